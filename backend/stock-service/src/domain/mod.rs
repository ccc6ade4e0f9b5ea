//! The rules of stock, without I/O.

mod error;
pub mod item;
pub mod plan;

pub use error::{StockError, StorageError};
