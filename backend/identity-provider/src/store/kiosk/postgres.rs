//! Kiosks and cards on PostgreSQL, which replicas share. The user's row is locked before the kiosk's or the card's.

use async_trait::async_trait;
use serde_json::json;
use service_kit::audit::{Deed, PgAudit};
use sqlx::PgConnection;
use uuid::Uuid;
use wire::{Time, UserId};

use super::{Card, CardNumber, CardSet, Heartbeat, KioskChange, KioskStore, StoredKiosk, rows};
use crate::store::{NewUser, StoreError, UserStore as _, postgres::PgUserStore, rows::AccountRow};

type KioskRow = rows::KioskRow<Uuid>;

fn read(row: KioskRow) -> Result<StoredKiosk, sqlx::Error> {
    row.read(AccountRow::<Uuid>::read)
}

async fn kiosk_in(executor: impl sqlx::PgExecutor<'_>, id: Uuid) -> Result<Option<StoredKiosk>, sqlx::Error> {
    sqlx::query_as::<_, KioskRow>(
        "SELECT users.*, open, message_en, message_bn, report, heartbeat_at, clock_skew_ms
         FROM users LEFT JOIN kiosks ON user_id = id WHERE id = $1 AND role = 'kiosk'",
    )
    .bind(id)
    .fetch_optional(executor)
    .await?
    .map(read)
    .transpose()
}

async fn add_row(tx: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO kiosks (user_id) VALUES ($1) ON CONFLICT ON CONSTRAINT kiosks_user_id DO NOTHING",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

#[async_trait]
impl KioskStore for PgUserStore {
    async fn create_kiosk(&self, account: &NewUser, event: &Deed) -> Result<bool, StoreError> {
        self.create(account, event).await
    }

    async fn kiosk(&self, kiosk_id: UserId) -> Result<Option<StoredKiosk>, StoreError> {
        Ok(self.database().within(kiosk_in(self.database().pool(), kiosk_id.0)).await?)
    }

    async fn kiosks(&self, limit: u32) -> Result<Vec<StoredKiosk>, StoreError> {
        let found = self
            .database()
            .within(
                sqlx::query_as::<_, KioskRow>(
                    r#"SELECT users.*, open, message_en, message_bn, report, heartbeat_at, clock_skew_ms
                       FROM users LEFT JOIN kiosks ON user_id = id WHERE role = 'kiosk'
                       ORDER BY name COLLATE "C", username LIMIT $1"#,
                )
                .bind(i64::from(limit))
                .fetch_all(self.database().pool()),
            )
            .await?;
        let mut kiosks: Vec<_> = found.into_iter().map(read).collect::<Result<_, _>>()?;
        rows::sort(&mut kiosks);
        Ok(kiosks)
    }

    async fn change_kiosk(
        &self,
        kiosk_id: UserId,
        change: &KioskChange,
        event: &Deed,
    ) -> Result<Option<StoredKiosk>, StoreError> {
        let work = async {
            let mut tx = self.database().begin().await?;
            let changed = sqlx::query(
                "UPDATE users SET name = coalesce($2, name), disabled = coalesce($3, disabled),
                     password_hash = coalesce($4, password_hash), generation = generation + $5
                 WHERE id = $1 AND role = 'kiosk'",
            )
            .bind(kiosk_id.0)
            .bind(&change.name)
            .bind(change.revoked)
            .bind(&change.secret_hash)
            .bind(i64::from(change.ends_sessions()))
            .execute(&mut *tx)
            .await?;
            if changed.rows_affected() == 0 {
                return Ok(None);
            }
            add_row(&mut tx, kiosk_id.0).await?;
            let (en, bn) = change.message().unzip();
            sqlx::query(
                "UPDATE kiosks SET open = coalesce($2, open), message_en = coalesce($3, message_en),
                     message_bn = coalesce($4, message_bn)
                 WHERE user_id = $1",
            )
            .bind(kiosk_id.0)
            .bind(change.open)
            .bind(en)
            .bind(bn)
            .execute(&mut *tx)
            .await?;
            if change.ends_sessions() {
                sqlx::query("DELETE FROM refresh_tokens WHERE user_id = $1")
                    .bind(kiosk_id.0)
                    .execute(&mut *tx)
                    .await?;
            }
            let kiosk = kiosk_in(&mut *tx, kiosk_id.0).await?;
            PgAudit::write(&mut tx, event).await?;
            tx.commit().await?;
            Ok(kiosk)
        };
        Ok(self.database().within(work).await?)
    }

    async fn record_heartbeat(
        &self,
        kiosk_id: UserId,
        heartbeat: &Heartbeat,
    ) -> Result<Option<StoredKiosk>, StoreError> {
        let work = async {
            let mut tx = self.database().begin().await?;
            // Who revokes the kiosk at the same time waits, or is waited for.
            let admitted: Option<i32> = sqlx::query_scalar(
                "SELECT 1 FROM users WHERE id = $1 AND role = 'kiosk' AND NOT disabled FOR NO KEY UPDATE",
            )
            .bind(kiosk_id.0)
            .fetch_optional(&mut *tx)
            .await?;
            if admitted.is_none() {
                return Ok(None);
            }
            add_row(&mut tx, kiosk_id.0).await?;
            sqlx::query(
                "UPDATE kiosks SET report = $2, heartbeat_at = $3, clock_skew_ms = $4
                 WHERE user_id = $1 AND (heartbeat_at IS NULL OR heartbeat_at <= $3)",
            )
            .bind(kiosk_id.0)
            .bind(json!(heartbeat.report).to_string())
            .bind(heartbeat.at.as_millis())
            .bind(heartbeat.clock_skew_ms)
            .execute(&mut *tx)
            .await?;
            let kiosk = kiosk_in(&mut *tx, kiosk_id.0).await?;
            tx.commit().await?;
            Ok(kiosk)
        };
        Ok(self.database().within(work).await?)
    }

    async fn set_card(&self, number: &CardNumber, card: &Card, event: &Deed) -> Result<CardSet, StoreError> {
        let work = async {
            let mut tx = self.database().begin().await?;
            // One at a time: two students who swap their cards at once would wait for each other.
            sqlx::query("SELECT pg_advisory_xact_lock(hashtext('cards'))").execute(&mut *tx).await?;
            let role: Option<String> =
                sqlx::query_scalar("SELECT role FROM users WHERE id = $1 FOR NO KEY UPDATE")
                    .bind(card.user_id.0)
                    .fetch_optional(&mut *tx)
                    .await?;
            match role.as_deref() {
                Some("student") => {}
                Some(_) => return Ok(CardSet::NotStudent),
                None => return Ok(CardSet::NoSuchUser),
            }
            sqlx::query("DELETE FROM cards WHERE user_id = $1")
                .bind(card.user_id.0)
                .execute(&mut *tx)
                .await?;
            let added = sqlx::query(
                "INSERT INTO cards (number, user_id, pin_hash, expires_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT ON CONSTRAINT cards_number DO NOTHING",
            )
            .bind(&number[..])
            .bind(card.user_id.0)
            .bind(&card.pin_hash)
            .bind(card.expires_at.map(Time::as_millis))
            .execute(&mut *tx)
            .await?;
            if added.rows_affected() == 0 {
                return Ok(CardSet::Taken);
            }
            PgAudit::write(&mut tx, event).await?;
            tx.commit().await?;
            Ok(CardSet::Done)
        };
        Ok(self.database().within(work).await?)
    }

    async fn card(&self, number: &CardNumber) -> Result<Option<Card>, StoreError> {
        let found = self
            .database()
            .within(
                sqlx::query_as::<_, rows::CardRow<Uuid>>(
                    "SELECT user_id, pin_hash, expires_at FROM cards WHERE number = $1",
                )
                .bind(&number[..])
                .fetch_optional(self.database().pool()),
            )
            .await?;
        Ok(found.map(|row| {
            let user_id = UserId(row.user_id);
            row.read(user_id)
        }))
    }
}
