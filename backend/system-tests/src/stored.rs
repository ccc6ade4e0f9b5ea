//! What a system has stored, looked at while nobody works on it.

use std::path::Path;

use kitchen_queue::store::{KitchenStats, KitchenStore as _, sqlite::SqliteKitchen};
use stock_service::{SqliteStock, StockStore as _};

/// Asserts that nothing is left to be done in the stores of a system that has stopped: no order is on its way, no
/// portion is to be given back, and for each dish what was put in is what is left and what is reserved.
///
/// # Panics
/// Something is, or a store cannot be read.
pub async fn is_settled(data: &Path) {
    assert!(
        data.join("kitchen.db").is_file() && data.join("stock.db").is_file(),
        "opening makes what is not there"
    );
    let kitchen = SqliteKitchen::open(&data.join("kitchen.db")).await.unwrap();
    let KitchenStats { unserved, to_release, .. } = kitchen.stats().await.unwrap();
    assert_eq!((unserved, to_release), (0, 0), "orders on their way, and orders to be given back");
    kitchen.close().await;
    let stock = SqliteStock::open(&data.join("stock.db")).await.unwrap();
    assert_eq!(stock.oversold().await.unwrap(), 0, "dishes whose sums do not add up");
    stock.close().await;
}
