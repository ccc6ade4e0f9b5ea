//! What people change: the menu, restocks and waste, seeds. Each with its line in the audit trail.

use std::collections::HashMap;

use service_kit::{
    audit::{Deed, SqliteAudit},
    sqlite::Database,
};
use wire::{
    ItemId,
    stock::{Adjust, Category, ItemChange, MAX_QUANTITY, SeedItem, Seeded, StockItem},
};

use super::{Row, find, unreadable};
use crate::domain::{
    StockError, StorageError,
    item::{in_menu_order, seeded},
};

pub(super) async fn change(
    db: &Database,
    id: &ItemId,
    expected_revision: u64,
    change: &ItemChange,
    deed: &Deed,
) -> Result<StockItem, StockError> {
    let mut tx = db.begin().await?;
    let row: Option<Row> = sqlx::query_as(
        "UPDATE items SET name = coalesce(?3, name), category = coalesce(?4, category),
             price_poisha = coalesce(?5, price_poisha), picture = coalesce(?6, picture),
             available = coalesce(?7, available), version = version + 1, revision = revision + 1
         WHERE id = ?1 AND revision = ?2
         RETURNING id, name, category, price_poisha, picture, available, quantity, version, revision",
    )
    .bind(id.as_str())
    // What does not fit is no revision of ours.
    .bind(i64::try_from(expected_revision).unwrap_or(-1))
    .bind(&change.name)
    .bind(change.category.map(Category::as_str))
    .bind(change.price_poisha)
    .bind(&change.picture)
    .bind(change.available)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Err(match find(&mut tx, id).await? {
            Some(_) => StockError::Stale,
            None => StockError::NotFound,
        });
    };
    let item = row.read()?;
    SqliteAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(item)
}

pub(super) async fn adjust(
    db: &Database,
    id: &ItemId,
    adjust: &Adjust,
    deed: &Deed,
) -> Result<StockItem, StockError> {
    let mut tx = db.begin().await?;
    let before: Option<(String, i64, String, String)> =
        sqlx::query_as("SELECT item_id, delta, reason, answer FROM adjustments WHERE key = ?1")
            .bind(adjust.key.as_str())
            .fetch_optional(&mut *tx)
            .await?;
    if let Some((item_id, delta, reason, answer)) = before {
        if (item_id.as_str(), delta, &reason) != (id.as_str(), adjust.delta, &adjust.reason) {
            return Err(StockError::KeyReused);
        }
        return Ok(serde_json::from_str(&answer)?);
    }
    let row: Option<Row> = sqlx::query_as(
        "UPDATE items SET quantity = quantity + ?2, version = version + 1, revision = revision + 1
         WHERE id = ?1 AND quantity + ?2 >= 0 AND (?2 < 0 OR quantity + ?2 <= ?3)
         RETURNING id, name, category, price_poisha, picture, available, quantity, version, revision",
    )
    .bind(id.as_str())
    .bind(adjust.delta)
    .bind(MAX_QUANTITY)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Err(match find(&mut tx, id).await? {
            None => StockError::NotFound,
            Some(item) if adjust.delta < 0 => StockError::TooFew { item_id: item.id, left: item.quantity },
            Some(item) => StockError::TooMany { left: item.quantity },
        });
    };
    let item = row.read()?;
    sqlx::query(
        "INSERT INTO adjustments (item_id, delta, reason, key, actor, at, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(id.as_str())
    .bind(adjust.delta)
    .bind(&adjust.reason)
    .bind(adjust.key.as_str())
    .bind(&deed.actor)
    .bind(deed.at.as_millis())
    .bind(serde_json::to_string(&item)?)
    .execute(&mut *tx)
    .await?;
    SqliteAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(item)
}

pub(super) async fn seed(db: &Database, seeds: &[SeedItem], deed: &Deed) -> Result<Seeded, StorageError> {
    let mut tx = db.begin().await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision FROM items",
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut menu = HashMap::with_capacity(rows.len());
    for row in rows {
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
    sqlx::query(
        "INSERT INTO items (id, name, category, price_poisha, picture, available, quantity, version, revision)
         SELECT value ->> 'id', value ->> 'name', value ->> 'category', value ->> 'pricePoisha',
             value ->> 'picture', value ->> 'available', value ->> 'quantity', value ->> 'version',
             value ->> 'revision'
         FROM json_each(?1) WHERE true
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, category = excluded.category,
             price_poisha = excluded.price_poisha, picture = excluded.picture, available = excluded.available,
             quantity = excluded.quantity, version = excluded.version, revision = excluded.revision",
    )
    .bind(serde_json::to_string(&changed)?)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO adjustments (item_id, delta, reason, actor, at)
         SELECT value ->> 0, value ->> 1, 'seed', ?2, ?3 FROM json_each(?1)",
    )
    .bind(serde_json::to_string(&deltas)?)
    .bind(&deed.actor)
    .bind(deed.at.as_millis())
    .execute(&mut *tx)
    .await?;
    SqliteAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    let mut items: Vec<_> = menu.into_values().collect();
    in_menu_order(&mut items);
    let count = |number: usize| u32::try_from(number).map_err(unreadable);
    Ok(Seeded { created: count(seeds.len() - updated)?, updated: count(updated)?, items })
}
