//! What people change: the menu, restocks and waste, seeds. Each with its line in the audit trail.

use service_kit::{
    audit::{Deed, SqliteAudit},
    sqlite::Database,
};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use wire::{
    ItemId,
    stock::{Adjust, Category, ItemChange, MAX_QUANTITY, SeedItem, Seeded, StockItem},
};

use super::find;
use crate::{
    domain::StockError,
    store::rows::{self, AdjustmentRow, ItemRow, json},
};

pub(super) async fn change(
    db: &Database,
    id: &ItemId,
    expected_revision: u64,
    change: &ItemChange,
    deed: &Deed,
) -> Result<StockItem, StockError> {
    let mut tx = db.begin().await?;
    let row: Option<ItemRow> = sqlx::query_as(
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
    let before: Option<AdjustmentRow> =
        sqlx::query_as("SELECT item_id, delta, reason, answer FROM adjustments WHERE key = ?1")
            .bind(adjust.key.as_str())
            .fetch_optional(&mut *tx)
            .await?;
    if let Some(before) = before {
        return rows::adjusted_before(id, adjust, before);
    }
    let row: Option<ItemRow> = sqlx::query_as(
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
        return Err(rows::not_adjusted(adjust, find(&mut tx, id).await?));
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
    .bind(json(&item)?)
    .execute(&mut *tx)
    .await?;
    SqliteAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(item)
}

pub(super) async fn seed(db: &Database, seeds: &[SeedItem], deed: &Deed) -> Result<Seeded, sqlx::Error> {
    let mut tx = db.begin().await?;
    let known = known(&mut tx).await?;
    write_seed(tx, known, seeds, deed).await
}

pub(super) async fn seed_if_empty(
    db: &Database,
    seeds: &[SeedItem],
    deed: &Deed,
) -> Result<Option<Seeded>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let known = known(&mut tx).await?;
    if known.is_empty() { write_seed(tx, known, seeds, deed).await.map(Some) } else { Ok(None) }
}

async fn known(tx: &mut SqliteConnection) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision FROM items",
    )
    .fetch_all(tx)
    .await
}

async fn write_seed(
    mut tx: Transaction<'_, Sqlite>,
    known: Vec<ItemRow>,
    seeds: &[SeedItem],
    deed: &Deed,
) -> Result<Seeded, sqlx::Error> {
    let seeding = rows::seeding(known, seeds)?;
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
    .bind(json(&seeding.changed)?)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO adjustments (item_id, delta, reason, actor, at)
         SELECT value ->> 0, value ->> 1, 'seed', ?2, ?3 FROM json_each(?1)",
    )
    .bind(json(&seeding.deltas)?)
    .bind(&deed.actor)
    .bind(deed.at.as_millis())
    .execute(&mut *tx)
    .await?;
    SqliteAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(seeding.seeded)
}
