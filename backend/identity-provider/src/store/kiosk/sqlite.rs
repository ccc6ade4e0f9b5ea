//! Kiosks and cards on SQLite.

use async_trait::async_trait;
use serde_json::json;
use service_kit::audit::{Deed, SqliteAudit};
use sqlx::{Sqlite, Transaction};
use wire::UserId;

use super::{Card, CardNumber, CardSet, Heartbeat, KioskChange, KioskStore, StoredKiosk, rows};
use crate::store::{
    NewUser, StoreError, UserStore as _,
    rows::{AccountRow, unreadable},
    sqlite::{SqliteUserStore, end_sessions},
};

type KioskRow = rows::KioskRow<String>;

fn read(row: KioskRow) -> Result<StoredKiosk, sqlx::Error> {
    row.read(AccountRow::<String>::read)
}

async fn kiosk_in(
    connection: impl sqlx::Executor<'_, Database = Sqlite>,
    id: &str,
) -> Result<Option<StoredKiosk>, sqlx::Error> {
    sqlx::query_as::<_, KioskRow>(
        "SELECT users.*, open, message_en, message_bn, report, heartbeat_at, clock_skew_ms
         FROM users LEFT JOIN kiosks ON user_id = id WHERE id = ?1 AND role = 'kiosk'",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?
    .map(read)
    .transpose()
}

async fn add_row(tx: &mut Transaction<'_, Sqlite>, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO kiosks (user_id) VALUES (?1) ON CONFLICT DO NOTHING")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[async_trait]
impl KioskStore for SqliteUserStore {
    async fn create_kiosk(&self, account: &NewUser, event: &Deed) -> Result<bool, StoreError> {
        self.create(account, event).await
    }

    async fn kiosk(&self, kiosk_id: UserId) -> Result<Option<StoredKiosk>, StoreError> {
        Ok(kiosk_in(self.0.reader(), &kiosk_id.to_string()).await?)
    }

    async fn kiosks(&self, limit: u32) -> Result<Vec<StoredKiosk>, StoreError> {
        let found = sqlx::query_as::<_, KioskRow>(
            "SELECT users.*, open, message_en, message_bn, report, heartbeat_at, clock_skew_ms
             FROM users LEFT JOIN kiosks ON user_id = id WHERE role = 'kiosk' ORDER BY name, username LIMIT ?1",
        )
        .bind(limit)
        .fetch_all(self.0.reader())
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
        let id = kiosk_id.to_string();
        let mut tx = self.0.begin().await?;
        let changed = sqlx::query(
            "UPDATE users SET name = coalesce(?2, name), disabled = coalesce(?3, disabled),
                 password_hash = coalesce(?4, password_hash), generation = generation + ?5
             WHERE id = ?1 AND role = 'kiosk'",
        )
        .bind(&id)
        .bind(&change.name)
        .bind(change.revoked)
        .bind(&change.secret_hash)
        .bind(i64::from(change.ends_sessions()))
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        add_row(&mut tx, &id).await?;
        let (en, bn) = change.message().unzip();
        sqlx::query(
            "UPDATE kiosks SET open = coalesce(?2, open), message_en = coalesce(?3, message_en),
                 message_bn = coalesce(?4, message_bn)
             WHERE user_id = ?1",
        )
        .bind(&id)
        .bind(change.open)
        .bind(en)
        .bind(bn)
        .execute(&mut *tx)
        .await?;
        if change.ends_sessions() {
            end_sessions(&mut tx, &id).await?;
        }
        let kiosk = kiosk_in(&mut *tx, &id).await?;
        SqliteAudit::write(&mut tx, event).await?;
        tx.commit().await?;
        Ok(kiosk)
    }

    async fn record_heartbeat(
        &self,
        kiosk_id: UserId,
        heartbeat: &Heartbeat,
    ) -> Result<Option<StoredKiosk>, StoreError> {
        let id = kiosk_id.to_string();
        let mut tx = self.0.begin().await?;
        let Some(kiosk) = kiosk_in(&mut *tx, &id).await?.filter(|kiosk| !kiosk.user.disabled) else {
            return Ok(None);
        };
        if kiosk.heartbeat.as_ref().is_some_and(|last| last.at > heartbeat.at) {
            return Ok(Some(kiosk));
        }
        add_row(&mut tx, &id).await?;
        sqlx::query(
            "UPDATE kiosks SET report = ?2, heartbeat_at = ?3, clock_skew_ms = ?4 WHERE user_id = ?1",
        )
        .bind(&id)
        .bind(json!(heartbeat.report).to_string())
        .bind(heartbeat.at.as_millis())
        .bind(heartbeat.clock_skew_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(StoredKiosk { heartbeat: Some(heartbeat.clone()), ..kiosk }))
    }

    async fn set_card(&self, number: &CardNumber, card: &Card, event: &Deed) -> Result<CardSet, StoreError> {
        let id = card.user_id.to_string();
        let mut tx = self.0.begin().await?;
        let role: Option<String> = sqlx::query_scalar("SELECT role FROM users WHERE id = ?1")
            .bind(&id)
            .fetch_optional(&mut *tx)
            .await?;
        match role.as_deref() {
            Some("student") => {}
            Some(_) => return Ok(CardSet::NotStudent),
            None => return Ok(CardSet::NoSuchUser),
        }
        sqlx::query("DELETE FROM cards WHERE user_id = ?1").bind(&id).execute(&mut *tx).await?;
        let added = sqlx::query(
            "INSERT INTO cards (number, user_id, pin_hash, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (number) DO NOTHING",
        )
        .bind(&number[..])
        .bind(&id)
        .bind(&card.pin_hash)
        .bind(card.expires_at.map(wire::Time::as_millis))
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(CardSet::Taken);
        }
        SqliteAudit::write(&mut tx, event).await?;
        tx.commit().await?;
        Ok(CardSet::Done)
    }

    async fn card(&self, number: &CardNumber) -> Result<Option<Card>, StoreError> {
        let found = sqlx::query_as::<_, rows::CardRow<String>>(
            "SELECT user_id, pin_hash, expires_at FROM cards WHERE number = ?1",
        )
        .bind(&number[..])
        .fetch_optional(self.0.reader())
        .await?;
        let Some(row) = found else { return Ok(None) };
        let user_id = row.user_id.parse().map_err(|_| unreadable("cards.user_id"))?;
        Ok(Some(row.read(user_id)))
    }
}
