//! What every database of ours holds, read into the words of the domain and written from them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::Serialize;
use wire::{
    ItemId, OrderKey,
    problem::ItemLeft,
    stock::{Adjust, Category, ItemLevel, SeedItem, Seeded, StockItem},
};

use crate::domain::{
    StockError, StorageError,
    item::{in_menu_order, seeded},
    plan::{Operation, OrderState, OrderWrite, Portion, Refusal, RefusalReason, Shelf},
};

/// The database holds something that this code never writes.
pub(super) fn unreadable(what: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("a stored value cannot be read: {what}").into())
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<sqlx::Error> for StockError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// As JSON text, which is how some values are stored.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// A dish.
#[derive(sqlx::FromRow)]
pub(super) struct ItemRow {
    id: String,
    name: String,
    category: String,
    price_poisha: i64,
    picture: String,
    available: bool,
    quantity: i64,
    version: i64,
    revision: i64,
}

impl ItemRow {
    pub(super) fn read(self) -> Result<StockItem, sqlx::Error> {
        Ok(StockItem {
            id: self.id.parse().map_err(unreadable)?,
            name: self.name,
            category: Category::parse(&self.category).ok_or_else(|| unreadable(self.category))?,
            price_poisha: self.price_poisha.try_into().map_err(unreadable)?,
            picture: self.picture,
            available: self.available,
            quantity: self.quantity.try_into().map_err(unreadable)?,
            version: self.version.try_into().map_err(unreadable)?,
            revision: self.revision.try_into().map_err(unreadable)?,
        })
    }
}

/// The menu in its order.
pub(super) fn menu(rows: Vec<ItemRow>) -> Result<Vec<StockItem>, sqlx::Error> {
    let mut items = rows.into_iter().map(ItemRow::read).collect::<Result<Vec<_>, _>>()?;
    in_menu_order(&mut items);
    Ok(items)
}

/// Of a dish, what a plan needs.
#[derive(sqlx::FromRow)]
pub(super) struct ShelfRow {
    id: String,
    quantity: i64,
    version: i64,
    available: bool,
}

/// The dishes of a snapshot.
pub(super) fn shelves(rows: Vec<ShelfRow>) -> Result<HashMap<ItemId, Shelf>, sqlx::Error> {
    rows.into_iter()
        .map(|ShelfRow { id, quantity, version, available }| {
            let (quantity, version) =
                (quantity.try_into().map_err(unreadable)?, version.try_into().map_err(unreadable)?);
            Ok((id.parse().map_err(unreadable)?, Shelf { quantity, version, available }))
        })
        .collect()
}

/// A known key with one of its portions, or with none.
#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    order_key: String,
    state: String,
    fingerprint: Option<String>,
    code: Option<String>,
    left_json: Option<String>,
    #[sqlx(flatten)]
    portion: PortionRow,
}

/// Portions that an order holds: all of it is there, or none.
#[derive(sqlx::FromRow)]
struct PortionRow {
    item_id: Option<String>,
    quantity: Option<i64>,
    new_quantity: Option<i64>,
    version: Option<i64>,
}

impl PortionRow {
    fn read(self) -> Result<Option<Portion>, sqlx::Error> {
        let (Some(item_id), Some(quantity), Some(new_quantity), Some(version)) =
            (self.item_id, self.quantity, self.new_quantity, self.version)
        else {
            return Ok(None);
        };
        Ok(Some(Portion {
            quantity: quantity.try_into().map_err(unreadable)?,
            level: ItemLevel {
                item_id: item_id.parse().map_err(unreadable)?,
                new_quantity: new_quantity.try_into().map_err(unreadable)?,
                version: version.try_into().map_err(unreadable)?,
            },
        }))
    }
}

/// The keys of a snapshot, from rows in the order of their dishes.
pub(super) fn orders(rows: Vec<OrderRow>) -> Result<HashMap<OrderKey, OrderState>, sqlx::Error> {
    let mut orders = HashMap::<OrderKey, OrderState>::with_capacity(rows.len());
    for row in rows {
        let key: OrderKey = row.order_key.parse().map_err(unreadable)?;
        let portion = row.portion.read()?;
        if let Some(OrderState::Reserved { portions, .. }) = orders.get_mut(&key) {
            portions.extend(portion);
            continue;
        }
        let fingerprint = row.fingerprint.unwrap_or_default();
        let state = match row.state.as_str() {
            "reserved" => OrderState::Reserved { fingerprint, portions: portion.into_iter().collect() },
            "released" => OrderState::Released,
            "refused" => {
                let code = row.code.unwrap_or_default();
                let reason = RefusalReason::parse(&code).ok_or_else(|| unreadable(code))?;
                let left: Vec<ItemLeft> =
                    row.left_json.as_deref().map_or(Ok(vec![]), serde_json::from_str).map_err(unreadable)?;
                OrderState::Refused { fingerprint, refusal: Refusal { reason, left } }
            }
            other => return Err(unreadable(other)),
        };
        orders.insert(key, state);
    }
    Ok(orders)
}

/// The keys that a batch speaks of, each once.
pub(super) fn keys_of(batch: &[Operation]) -> BTreeSet<&OrderKey> {
    batch.iter().map(Operation::key).collect()
}

/// The dishes that a batch needs: those it asks for, and those that its known orders hold.
pub(super) fn items_of<'a>(
    batch: &'a [Operation],
    orders: &'a HashMap<OrderKey, OrderState>,
) -> BTreeSet<&'a ItemId> {
    let asked = batch
        .iter()
        .flat_map(|operation| match operation {
            Operation::Reduce { basket, .. } => basket.lines(),
            Operation::Release { .. } => &[],
        })
        .map(|line| &line.item_id);
    let held = orders
        .values()
        .flat_map(|state| match state {
            OrderState::Reserved { portions, .. } => portions.as_slice(),
            OrderState::Released | OrderState::Refused { .. } => &[],
        })
        .map(|portion| &portion.level.item_id);
    asked.chain(held).collect()
}

/// A key as it is written.
#[derive(Serialize)]
pub(super) struct OrderRecord<'a> {
    pub(super) key: String,
    pub(super) state: &'static str,
    pub(super) fingerprint: Option<&'a str>,
    pub(super) code: Option<&'static str>,
    pub(super) left_json: Option<String>,
}

/// Portions as they are written.
#[derive(Serialize)]
pub(super) struct PortionRecord<'a> {
    pub(super) key: String,
    pub(super) item_id: &'a str,
    pub(super) quantity: i64,
    pub(super) new_quantity: i64,
    pub(super) version: i64,
}

/// What a plan writes of orders.
#[derive(Default)]
pub(super) struct Records<'a> {
    /// Keys that were not known.
    pub(super) new: Vec<OrderRecord<'a>>,
    /// What they hold.
    pub(super) portions: Vec<PortionRecord<'a>>,
    /// Keys whose portions are given back, and which are released.
    pub(super) given_back: Vec<String>,
}

/// What a plan writes of these orders.
pub(super) fn records(orders: &[OrderWrite]) -> Result<Records<'_>, sqlx::Error> {
    let mut records = Records::default();
    for OrderWrite { key, state, gives_back } in orders {
        let key = key.to_string();
        if *gives_back {
            records.given_back.push(key);
            continue;
        }
        let (state, fingerprint, code, left_json) = match state {
            OrderState::Reserved { fingerprint, portions } => {
                for Portion { quantity, level } in portions {
                    records.portions.push(PortionRecord {
                        key: key.clone(),
                        item_id: level.item_id.as_str(),
                        quantity: quantity.get().into(),
                        new_quantity: level.new_quantity.into(),
                        version: signed(level.version)?,
                    });
                }
                ("reserved", Some(fingerprint.as_str()), None, None)
            }
            OrderState::Released => ("released", None, None, None),
            OrderState::Refused { fingerprint, refusal } => {
                let code = refusal.reason.code().as_str();
                ("refused", Some(fingerprint.as_str()), Some(code), Some(json(&refusal.left)?))
            }
        };
        records.new.push(OrderRecord { key, state, fingerprint, code, left_json });
    }
    Ok(records)
}

/// As databases count.
pub(super) fn signed(number: u64) -> Result<i64, sqlx::Error> {
    i64::try_from(number).map_err(unreadable)
}

/// What a seed writes.
pub(super) struct Seeding {
    /// The dishes that are new or change, as they are then, sorted by id.
    pub(super) changed: Vec<StockItem>,
    /// How many portions are added or taken away, where any are.
    pub(super) deltas: Vec<(ItemId, i64)>,
    /// The answer.
    pub(super) seeded: Seeded,
}

/// What a seed makes of the menu.
pub(super) fn seeding(known: Vec<ItemRow>, seeds: &[SeedItem]) -> Result<Seeding, sqlx::Error> {
    let mut menu = HashMap::with_capacity(known.len());
    for row in known {
        let item = row.read()?;
        menu.insert(item.id.clone(), item);
    }
    let updated = seeds.iter().filter(|seed| menu.contains_key(&seed.id)).count();
    let (mut changed, mut deltas) = (Vec::new(), Vec::new());
    for seed in seeds {
        let Some((item, delta)) = seeded(menu.get(&seed.id), seed) else { continue };
        if delta != 0 {
            deltas.push((item.id.clone(), delta));
        }
        changed.push(item.clone());
        menu.insert(item.id.clone(), item);
    }
    changed.sort_by(|a, b| a.id.cmp(&b.id));
    let mut items: Vec<_> = menu.into_values().collect();
    in_menu_order(&mut items);
    let count = |number: usize| u32::try_from(number).map_err(unreadable);
    let seeded = Seeded { created: count(seeds.len() - updated)?, updated: count(updated)?, items };
    Ok(Seeding { changed, deltas, seeded })
}

/// An adjustment that was made under a key before: dish, portions, reason, answer.
pub(super) type AdjustmentRow = (String, i64, String, String);

/// The answer to an adjustment whose key was used before.
pub(super) fn adjusted_before(
    id: &ItemId,
    adjust: &Adjust,
    (item_id, delta, reason, answer): AdjustmentRow,
) -> Result<StockItem, StockError> {
    if (item_id.as_str(), delta, &reason) != (id.as_str(), adjust.delta, &adjust.reason) {
        return Err(StockError::KeyReused);
    }
    Ok(serde_json::from_str(&answer).map_err(unreadable)?)
}

/// Why nothing could be adjusted of a dish, of which this is what there is.
pub(super) fn not_adjusted(adjust: &Adjust, item: Option<StockItem>) -> StockError {
    match item {
        None => StockError::NotFound,
        Some(item) if adjust.delta < 0 => StockError::TooFew { item_id: item.id, left: item.quantity },
        Some(item) => StockError::TooMany { left: item.quantity },
    }
}
