//! Stores of a system that has stopped.

use std::path::Path;

use kitchen_queue::store::{KitchenStats, KitchenStore as _, sqlite::SqliteKitchen};
use stock_service::{SqliteStock, StockStore as _};

/// Asserts that no work is left in the stores of a system that has stopped: every order has ended, every release is
/// done, and for each dish the portions put in are those left and those reserved.
///
/// # Panics
/// Work is left, or a store cannot be read.
pub async fn is_settled(data: &Path) {
    assert!(
        data.join("kitchen.db").is_file() && data.join("stock.db").is_file(),
        "the stores exist before they are opened"
    );
    let kitchen = SqliteKitchen::open(&data.join("kitchen.db")).await.unwrap();
    let KitchenStats { unserved, to_release, .. } = kitchen.stats().await.unwrap();
    assert_eq!((unserved, to_release), (0, 0), "open orders, and orders to be released");
    kitchen.close().await;
    let stock = SqliteStock::open(&data.join("stock.db")).await.unwrap();
    assert_eq!(stock.oversold().await.unwrap(), 0, "dishes whose sums do not add up");
    stock.close().await;
}
