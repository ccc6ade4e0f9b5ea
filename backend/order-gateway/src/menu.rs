//! The menu as the gateway knows it: names and prices at acceptance, and what is left where there is no hint.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::RwLock;
use service_kit::{
    Tasks, files,
    hints::{BELIEVED, StockHints},
    peer::Peer,
};
use tokio::{sync::Mutex, time::Instant};
use wire::{
    ItemId, Time,
    stock::{CachedStockLevel, StockItem},
};

/// How often the menu is fetched.
const REFRESH: Duration = Duration::from_secs(2);
/// How long a request waits for an answer of the stock-service before the order is accepted without one.
const ASK_DEADLINE: Duration = Duration::from_millis(100);
/// How long an answer, or the lack of one, is good for everybody who asks.
const ASK_PAUSE: Duration = Duration::from_millis(500);

type Items = HashMap<ItemId, StockItem>;

/// The menu. Clones are the same.
#[derive(Clone)]
pub struct Menu(Arc<Shared>);

struct Shared {
    stock: Peer,
    hints: Arc<dyn StockHints>,
    file: Option<PathBuf>,
    items: RwLock<Arc<Items>>,
    /// When the stock-service was asked last, and whether it answered: the shared question.
    asked: Mutex<Option<(Instant, bool)>>,
}

impl std::fmt::Debug for Menu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Menu")
    }
}

/// What is known of a dish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dish {
    /// It can be ordered, as far as is known.
    Known {
        /// Its name.
        name: String,
        /// Its price in poisha.
        price_poisha: u32,
    },
    /// Nothing is left.
    SoldOut,
    /// It is hidden.
    Unavailable,
    /// It is not on the menu.
    Unknown,
    /// It is not on the menu as last seen, and the stock-service does not answer: it may be new.
    NotKnown,
}

impl Menu {
    /// The menu of this stock-service, at first the one kept in the file.
    pub fn new(stock: Peer, hints: Arc<dyn StockHints>, file: Option<PathBuf>) -> Self {
        let items = file.as_deref().and_then(read_kept).unwrap_or_default();
        Self(Arc::new(Shared {
            stock,
            hints,
            file,
            items: RwLock::new(Arc::new(items)),
            asked: Mutex::new(None),
        }))
    }

    /// Fetches the menu now and then, and soon when there is none.
    pub fn keep_fresh(&self, tasks: &Tasks) {
        let (menu, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("menu", async move {
            loop {
                let fetched = menu.fetch().await;
                let soon = !fetched && menu.items().is_empty();
                if !group.pause(if soon { Duration::from_millis(20) } else { REFRESH }).await {
                    return;
                }
            }
        });
    }

    fn items(&self) -> Arc<Items> {
        Arc::clone(&self.0.items.read())
    }

    /// What is known of each of these dishes now. Where there is no hint, the stock-service is asked, once for all who
    /// ask. What is known only from earlier refuses nothing: it may have changed since.
    pub async fn look_up(&self, wanted: &[&ItemId], now: Time) -> Vec<Dish> {
        let hints = self.0.hints.read_many(wanted).await;
        let hints: Vec<_> =
            hints.into_iter().map(|hint| hint.filter(|hint| is_believed(hint, now))).collect();
        let mut items = self.items();
        let told = wanted.iter().zip(&hints).all(|(id, hint)| hint.is_some() && items.contains_key(*id));
        let answered = !told && self.ask().await;
        if answered {
            items = self.items();
        }
        let dish_of = |(id, hint): (&&ItemId, &Option<CachedStockLevel>)| match (items.get(*id), hint) {
            (Some(item), Some(hint)) => dish(item, hint.available, hint.quantity),
            (Some(item), None) if answered => dish(item, item.available, item.quantity),
            (Some(item), None) => dish(item, true, 1),
            (None, _) if answered => Dish::Unknown,
            (None, _) => Dish::NotKnown,
        };
        wanted.iter().zip(&hints).map(dish_of).collect()
    }

    /// How many dishes are known, and for how many of them there is a hint that is believed.
    pub async fn hint_state(&self, now: Time) -> (usize, usize) {
        let items = self.items();
        let ids: Vec<_> = items.keys().collect();
        let hints = self.0.hints.read_many(&ids).await;
        let believed = hints.iter().flatten().filter(|hint| is_believed(hint, now)).count();
        (items.len(), believed)
    }

    /// Asks the stock-service, or shares the answer of who has just asked. Returns whether it answered.
    async fn ask(&self) -> bool {
        let mut asked = self.0.asked.lock().await;
        if let Some((at, answered)) = *asked
            && at.elapsed() < ASK_PAUSE
        {
            return answered;
        }
        let answered = tokio::time::timeout(ASK_DEADLINE, self.fetch()).await.unwrap_or(false);
        *asked = Some((Instant::now(), answered));
        answered
    }

    async fn fetch(&self) -> bool {
        let items: Vec<StockItem> = match self.0.stock.get("/stock", &()).await {
            Ok(items) => items,
            Err(error) => {
                tracing::debug!(%error, "the menu cannot be fetched");
                return false;
            }
        };
        let known = self.items();
        let changed = items.len() != known.len()
            || items.iter().any(|item| known.get(&item.id).is_none_or(|old| old.revision != item.revision));
        if changed
            && let Some(path) = &self.0.file
            && let Err(error) = keep(path, &items)
        {
            tracing::warn!(%error, "the menu cannot be kept on disk");
        }
        let items = items.into_iter().map(|item| (item.id.clone(), item)).collect();
        *self.0.items.write() = Arc::new(items);
        true
    }
}

/// Neither too old, nor from a clock so far ahead that it would be believed for too long.
fn is_believed(hint: &CachedStockLevel, now: Time) -> bool {
    now.since(hint.at).max(hint.at.since(now)) <= BELIEVED
}

fn dish(item: &StockItem, available: bool, left: u32) -> Dish {
    match (available, left) {
        (false, _) => Dish::Unavailable,
        (true, 0) => Dish::SoldOut,
        (true, _) => Dish::Known { name: item.name.clone(), price_poisha: item.price_poisha },
    }
}

fn read_kept(path: &Path) -> Option<Items> {
    let items: Vec<StockItem> = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(items.into_iter().map(|item| (item.id.clone(), item)).collect())
}

fn keep(path: &Path, items: &[StockItem]) -> std::io::Result<()> {
    files::replace(path, &serde_json::to_vec(items)?)
}
