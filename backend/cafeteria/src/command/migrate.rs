//! `cafeteria migrate`: brings the tables of a data folder up to date without serving.

use identity_provider::store::sqlite::SqliteUserStore;
use kitchen_queue::store::sqlite::SqliteKitchen;
use messaging::embedded::SqliteOrderQueue;
use service_kit::{Clock, Tasks, metrics::Metrics};
use stock_service::SqliteStock;

use crate::{settings::Settings, single};

/// Opens each database, which migrates it, and closes it again. Returns a line for each.
///
/// # Errors
/// A database cannot be opened or migrated, or the folder is in use.
pub async fn run(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let folder = &settings.data_dir;
    let _lock = single::lock(folder)?;
    SqliteUserStore::open(&folder.join("identity.db")).await?.close().await;
    SqliteStock::open(&folder.join("stock.db")).await?.close().await;
    SqliteKitchen::open(&folder.join("kitchen.db")).await?.close().await;
    let (tasks, metrics) = (Tasks::new(), Metrics::new("migrate"));
    let path = folder.join("queue.db");
    let queue =
        SqliteOrderQueue::open(&path, settings.queue.capacity, &tasks, Clock::system(), &metrics).await?;
    tasks.stop(settings.shutdown()).await;
    queue.close().await;
    let line = |name: &str| format!("{} is up to date", folder.join(name).display());
    Ok(["identity.db", "stock.db", "kitchen.db", "queue.db"].map(line).to_vec())
}
