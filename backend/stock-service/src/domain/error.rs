//! What can be wrong with a request about stock.

use std::sync::Arc;

use service_kit::http::Problematic;
use wire::{ErrorCode, FieldError, ItemId, problem::ItemLeft, stock::MAX_QUANTITY};

/// The database did not do what was asked; nothing has changed, or it is not known whether it has.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the stock database is away")]
pub struct StorageError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

/// Why a request about stock is not fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// No dish of that id.
    #[error("There is no such dish.")]
    NotFound,
    /// The dish was changed by somebody else.
    #[error("Somebody has changed the dish in the meantime. Look at it again.")]
    Stale,
    /// The key belongs to another adjustment.
    #[error("This key was used for another adjustment.")]
    KeyReused,
    /// Fewer are left than are to be taken away.
    #[error("Only {left} of {item_id} are left.")]
    TooFew {
        /// Which dish.
        item_id: ItemId,
        /// Portions left.
        left: u32,
    },
    /// More than fit.
    #[error("There are {left} portions; there may be at most {MAX_QUANTITY}.")]
    TooMany {
        /// Portions left.
        left: u32,
    },
    /// Fields out of range.
    #[error("{}", .0.first().map_or_else(String::new, |first| format!("{}: {}", first.field, first.message)))]
    Invalid(Vec<FieldError>),
    /// As many orders wait as may.
    #[error("too many orders wait for a commit")]
    Overloaded,
    /// The database is away.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Problematic for StockError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::NotFound,
            Self::Stale => ErrorCode::Stale,
            Self::KeyReused => ErrorCode::KeyReused,
            Self::TooFew { .. } => ErrorCode::InsufficientStock,
            Self::TooMany { .. } | Self::Invalid(_) => ErrorCode::Invalid,
            Self::Overloaded => ErrorCode::Overloaded,
            Self::Storage(_) => ErrorCode::DependencyDown,
        }
    }

    fn items(&self) -> Vec<ItemLeft> {
        match self {
            Self::TooFew { item_id, left } => vec![ItemLeft { item_id: item_id.clone(), left: *left }],
            Self::NotFound
            | Self::Stale
            | Self::KeyReused
            | Self::TooMany { .. }
            | Self::Invalid(_)
            | Self::Overloaded
            | Self::Storage(_) => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::TooMany { .. } => {
                vec![FieldError { field: "delta".to_owned(), message: self.to_string() }]
            }
            Self::NotFound
            | Self::Stale
            | Self::KeyReused
            | Self::TooFew { .. }
            | Self::Overloaded
            | Self::Storage(_) => Vec::new(),
        }
    }
}
