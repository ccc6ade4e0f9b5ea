//! What people change: the menu, restocks and waste, seeds. Each with its line in the audit trail.

use service_kit::{
    audit::{Deed, PgAudit},
    postgres::Database,
};
use sqlx::{PgExecutor, Postgres, Transaction};
use wire::{
    ItemId,
    stock::{Adjust, Category, ItemChange, MAX_QUANTITY, SeedItem, Seeded, StockItem},
};

use super::{Tried, find, is_all};
use crate::{
    domain::StockError,
    store::rows::{self, AdjustmentRow, ItemRow, json, signed},
};

/// The whole menu.
pub(super) async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision FROM items",
    )
    .fetch_all(executor)
    .await
}

pub(super) async fn change(
    db: &Database,
    id: &ItemId,
    expected_revision: u64,
    change: &ItemChange,
    deed: &Deed,
) -> Tried<Result<StockItem, StockError>> {
    let mut tx = db.begin().await?;
    let row: Option<ItemRow> = sqlx::query_as(
        "UPDATE items SET name = coalesce($3, name), category = coalesce($4, category),
             price_poisha = coalesce($5, price_poisha), picture = coalesce($6, picture),
             available = coalesce($7, available), version = version + 1, revision = revision + 1
         WHERE id = $1 AND revision = $2
         RETURNING id, name, category, price_poisha, picture, available, quantity, version, revision",
    )
    .bind(id.as_str())
    // What does not fit is no revision of ours.
    .bind(i64::try_from(expected_revision).unwrap_or(-1))
    .bind(&change.name)
    .bind(change.category.map(Category::as_str))
    .bind(change.price_poisha.map(i64::from))
    .bind(&change.picture)
    .bind(change.available)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        let known = find(&mut *tx, id).await?.is_some();
        return Ok(Some(Err(if known { StockError::Stale } else { StockError::NotFound })));
    };
    let item = row.read()?;
    PgAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(Some(Ok(item)))
}

pub(super) async fn adjust(
    db: &Database,
    id: &ItemId,
    adjust: &Adjust,
    deed: &Deed,
) -> Tried<Result<StockItem, StockError>> {
    let mut tx = db.begin().await?;
    let before: Option<AdjustmentRow> =
        sqlx::query_as("SELECT item_id, delta, reason, answer FROM adjustments WHERE key = $1")
            .bind(adjust.key.as_str())
            .fetch_optional(&mut *tx)
            .await?;
    if let Some(before) = before {
        return Ok(Some(rows::adjusted_before(id, adjust, before)));
    }
    let row: Option<ItemRow> = sqlx::query_as(
        "UPDATE items SET quantity = quantity + $2, version = version + 1, revision = revision + 1
         WHERE id = $1 AND quantity + $2 >= 0 AND ($2 < 0 OR quantity + $2 <= $3)
         RETURNING id, name, category, price_poisha, picture, available, quantity, version, revision",
    )
    .bind(id.as_str())
    .bind(adjust.delta)
    .bind(i64::from(MAX_QUANTITY))
    .fetch_optional(&mut *tx)
    .await?;
    let item = row.map(ItemRow::read).transpose()?;
    if let Some(item) = &item {
        let added = sqlx::query(
            "INSERT INTO adjustments (item_id, delta, reason, key, actor, at, answer)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT adjustments_key DO NOTHING",
        )
        .bind(id.as_str())
        .bind(adjust.delta)
        .bind(&adjust.reason)
        .bind(adjust.key.as_str())
        .bind(&deed.actor)
        .bind(deed.at.as_millis())
        .bind(json(item)?)
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        PgAudit::write(&mut tx, deed).await?;
    }
    let answer = match item {
        Some(item) => Ok(item),
        None => Err(rows::not_adjusted(adjust, find(&mut *tx, id).await?)),
    };
    tx.commit().await?;
    Ok(Some(answer))
}

pub(super) async fn seed(db: &Database, seeds: &[SeedItem], deed: &Deed) -> Tried<Seeded> {
    let mut tx = db.begin().await?;
    let known = known(&mut tx).await?;
    write_seed(tx, known, seeds, deed).await
}

pub(super) async fn seed_if_empty(db: &Database, seeds: &[SeedItem], deed: &Deed) -> Tried<Option<Seeded>> {
    let mut tx = db.begin().await?;
    let known = known(&mut tx).await?;
    if !known.is_empty() {
        return Ok(Some(None));
    }
    Ok(write_seed(tx, known, seeds, deed).await?.map(Some))
}

/// The whole menu, which nobody changes until the end of the transaction.
async fn known(tx: &mut Transaction<'_, Postgres>) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision
         FROM items ORDER BY id FOR NO KEY UPDATE",
    )
    .fetch_all(&mut **tx)
    .await
}

async fn write_seed(
    mut tx: Transaction<'_, Postgres>,
    known: Vec<ItemRow>,
    seeds: &[SeedItem],
    deed: &Deed,
) -> Tried<Seeded> {
    let rows::Seeding { changed, deltas, seeded } = rows::seeding(known, seeds)?;
    let texts = |field: fn(&StockItem) -> &str| changed.iter().map(field).collect::<Vec<_>>();
    let counts = |field: fn(&StockItem) -> u64| {
        changed.iter().map(|item| signed(field(item))).collect::<Result<Vec<_>, _>>()
    };
    // A dish that another replica has just added has a version already, and is not overwritten.
    let written = sqlx::query(
        "INSERT INTO items (id, name, category, price_poisha, picture, available, quantity, version, revision)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::boolean[],
             $7::bigint[], $8::bigint[], $9::bigint[])
         ON CONFLICT ON CONSTRAINT items_id DO UPDATE SET name = excluded.name, category = excluded.category,
             price_poisha = excluded.price_poisha, picture = excluded.picture, available = excluded.available,
             quantity = excluded.quantity, version = excluded.version, revision = excluded.revision
         WHERE items.version = excluded.version - 1",
    )
    .bind(texts(|item| item.id.as_str()))
    .bind(texts(|item| &item.name))
    .bind(texts(|item| item.category.as_str()))
    .bind(counts(|item| item.price_poisha.into())?)
    .bind(texts(|item| &item.picture))
    .bind(changed.iter().map(|item| item.available).collect::<Vec<_>>())
    .bind(counts(|item| item.quantity.into())?)
    .bind(counts(|item| item.version)?)
    .bind(counts(|item| item.revision)?)
    .execute(&mut *tx)
    .await?;
    if !is_all(written.rows_affected(), &changed) {
        tx.rollback().await?;
        return Ok(None);
    }
    let (ids, deltas): (Vec<_>, Vec<_>) = deltas.iter().map(|(id, delta)| (id.as_str(), *delta)).unzip();
    sqlx::query(
        "INSERT INTO adjustments (item_id, delta, reason, actor, at)
         SELECT item_id, delta, 'seed', $3, $4 FROM UNNEST($1::text[], $2::bigint[]) AS new (item_id, delta)",
    )
    .bind(ids)
    .bind(deltas)
    .bind(&deed.actor)
    .bind(deed.at.as_millis())
    .execute(&mut *tx)
    .await?;
    PgAudit::write(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(Some(seeded))
}
