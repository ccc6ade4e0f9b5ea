//! Hints within one process.

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::RwLock;
use wire::{ItemId, stock::CachedStockLevel};

use super::StockHints;

/// Hints within one process.
#[derive(Debug, Default)]
pub struct MemoryHints(RwLock<HashMap<ItemId, CachedStockLevel>>);

impl MemoryHints {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl StockHints for MemoryHints {
    async fn write(&self, hints: Vec<CachedStockLevel>) {
        let mut known = self.0.write();
        for hint in hints {
            let newer = known
                .get(&hint.item_id)
                .is_none_or(|known| (known.version, known.at) < (hint.version, hint.at));
            if newer {
                known.insert(hint.item_id.clone(), hint);
            }
        }
    }

    async fn read(&self, item: &ItemId) -> Option<CachedStockLevel> {
        self.0.read().get(item).cloned()
    }

    async fn read_many(&self, items: &[&ItemId]) -> Vec<Option<CachedStockLevel>> {
        let known = self.0.read();
        items.iter().map(|item| known.get(*item).cloned()).collect()
    }

    async fn is_up(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hints::conformance;

    #[tokio::test]
    async fn hints_in_the_process_keep_the_port_s_semantics() {
        let (first, second) = ("burger".parse().unwrap(), "cola".parse().unwrap());
        conformance::check(&MemoryHints::new(), &first, &second).await;
    }
}
