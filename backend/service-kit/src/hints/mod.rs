//! The port of stock hints: stock-service writes them, order-gateway reads them.
//!
//! - *Meaning*: a hint is what stock-service last told of a dish, never the truth. It may be missing, stale or wrong;
//!   promises hold all the same. A reader believes it for [`BELIEVED`] after its `at`.
//! - *Order*: of two hints of one dish, the one with the higher version stays; of two with the same version, the one
//!   with the later `at`. The order of writing does not matter.
//! - *Away*: a write that does not get through is dropped, a read that does not get through finds nothing; neither
//!   takes longer than a measured deadline, and neither is an error.
//! - *Expiry*: a hint may be forgotten once it is not believed any more.

mod memory;
mod redis;

use std::time::Duration;

use async_trait::async_trait;
use wire::{ItemId, stock::CachedStockLevel};

pub use memory::MemoryHints;
pub use redis::RedisHints;

/// How long after it was told a hint is believed.
pub const BELIEVED: Duration = Duration::from_secs(3);

/// Where hints of what is left are kept. See the module for the semantics.
#[async_trait]
pub trait StockHints: Send + Sync + 'static {
    /// Tells hints, each kept only if it is newer than what is there.
    async fn write(&self, hints: Vec<CachedStockLevel>);

    /// The hint of a dish.
    async fn read(&self, item: &ItemId) -> Option<CachedStockLevel>;

    /// The hints of these dishes, in this order.
    async fn read_many(&self, items: &[&ItemId]) -> Vec<Option<CachedStockLevel>>;

    /// Whether hints can be told and read.
    async fn is_up(&self) -> bool;
}

/// What every adapter of the port must show, for its tests to call.
pub mod conformance {
    use wire::{ItemId, Time, stock::CachedStockLevel};

    use super::StockHints;

    fn hint(item: &ItemId, version: u64, at: i64, quantity: u32) -> CachedStockLevel {
        CachedStockLevel {
            item_id: item.clone(),
            quantity,
            available: true,
            version,
            at: Time::from_millis(at),
        }
    }

    /// Shows all of it, with two dishes of which nothing was told yet.
    ///
    /// # Panics
    /// The adapter breaks the semantics.
    pub async fn check(hints: &dyn StockHints, first: &ItemId, second: &ItemId) {
        assert!(hints.is_up().await, "up");
        assert_eq!(hints.read(first).await, None, "nothing was told yet");

        hints.write(vec![hint(first, 5, 1_000, 7), hint(second, 1, 1_000, 3)]).await;
        let (one, two) = (hint(first, 5, 1_000, 7), hint(second, 1, 1_000, 3));
        assert_eq!(hints.read(first).await, Some(one.clone()), "what was told is read");
        let both = hints.read_many(&[second, first, second]).await;
        assert_eq!(both, [Some(two.clone()), Some(one), Some(two)], "read in the order asked for");

        hints.write(vec![hint(first, 4, 9_000, 99)]).await;
        assert_eq!(hints.read(first).await.map(|hint| hint.version), Some(5), "an older version is dropped");
        hints.write(vec![hint(first, 5, 2_000, 7)]).await;
        assert_eq!(hints.read(first).await, Some(hint(first, 5, 2_000, 7)), "the same version is refreshed");
        hints.write(vec![hint(first, 5, 1_500, 7)]).await;
        assert_eq!(hints.read(first).await, Some(hint(first, 5, 2_000, 7)), "but not with an earlier time");
        hints.write(vec![hint(first, 6, 1_900, 0)]).await;
        assert_eq!(hints.read(first).await, Some(hint(first, 6, 1_900, 0)), "a newer version always counts");
        hints.write(vec![hint(first, 8, 3_000, 2), hint(first, 7, 3_000, 3)]).await;
        assert_eq!(hints.read(first).await, Some(hint(first, 8, 3_000, 2)), "also within one write");
        hints.write(Vec::new()).await;
    }
}
