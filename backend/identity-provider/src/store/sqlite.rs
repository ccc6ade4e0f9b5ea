//! The user store on SQLite.

use std::path::Path;

use async_trait::async_trait;
use serde_json::json;
use service_kit::{
    audit::{Deed, SqliteAudit},
    sqlite::{Database, OpenError},
};
use sqlx::{Sqlite, Transaction, migrate::Migrator};
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    id::Username,
    identity::{ImportJob, ImportLine, ImportState, User},
};

use super::{
    Account, Change, Changed, NewUser, Rotation, SealedKey, StoreError, TokenHash, Turn, UserStore, rows,
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The user store in one SQLite file. Clones are the same one.
#[derive(Debug, Clone)]
pub struct SqliteUserStore(pub(super) Database);

impl SqliteUserStore {
    /// Opens the file; makes it if it is not there.
    ///
    /// # Errors
    /// The file cannot be made, read or migrated.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Database::open(path, &MIGRATIONS, 2).await.map(Self)
    }

    /// The audit trail in the same file.
    pub fn audit(&self) -> SqliteAudit {
        SqliteAudit(self.0.clone())
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

type AccountRow = rows::AccountRow<String>;

async fn account_in(tx: &mut Transaction<'_, Sqlite>, user_id: &str) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE id = ?1")
        .bind(user_id)
        .fetch_optional(&mut **tx)
        .await?
        .map(AccountRow::read)
        .transpose()
}

pub(super) async fn end_sessions(tx: &mut Transaction<'_, Sqlite>, user_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM refresh_tokens WHERE user_id = ?1").bind(user_id).execute(&mut **tx).await?;
    Ok(())
}

async fn has_admin_in(connection: impl sqlx::Executor<'_, Database = Sqlite>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND disabled = 0)")
        .fetch_one(connection)
        .await
}

async fn insert_user(tx: &mut Transaction<'_, Sqlite>, user: &NewUser) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO users (id, username, name, role, password_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (username) DO NOTHING",
    )
    .bind(user.user_id.to_string())
    .bind(user.username.as_str())
    .bind(&user.name)
    .bind(user.role.as_str())
    .bind(&user.password_hash)
    .bind(user.created_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[async_trait]
impl UserStore for SqliteUserStore {
    async fn by_username(&self, username: &Username) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE username = ?1")
            .bind(username.as_str())
            .fetch_optional(self.0.reader())
            .await?;
        Ok(row.map(AccountRow::read).transpose()?)
    }

    async fn by_id(&self, user_id: UserId) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE id = ?1")
            .bind(user_id.to_string())
            .fetch_optional(self.0.reader())
            .await?;
        Ok(row.map(AccountRow::read).transpose()?)
    }

    async fn page(
        &self,
        limit: u32,
        after: Option<&Username>,
        prefix: &str,
    ) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query_as::<_, AccountRow>(
            r"SELECT * FROM users
              WHERE username > ?1 AND (username LIKE ?2 ESCAPE '\' OR name LIKE ?2 ESCAPE '\')
              ORDER BY username LIMIT ?3",
        )
        .bind(after.map_or("", Username::as_str))
        .bind(rows::pattern(prefix))
        .bind(limit)
        .fetch_all(self.0.reader())
        .await?;
        Ok(rows.into_iter().map(|row| row.read().map(|account| account.user)).collect::<Result<_, _>>()?)
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(has_admin_in(self.0.reader()).await?)
    }

    async fn create(&self, user: &NewUser, deed: &Deed) -> Result<bool, StoreError> {
        let mut tx = self.0.begin().await?;
        if !insert_user(&mut tx, user).await? {
            return Ok(false);
        }
        SqliteAudit::write(&mut tx, deed).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn change(&self, user_id: UserId, change: &Change, deed: &Deed) -> Result<Changed, StoreError> {
        let id = user_id.to_string();
        let ends_sessions = change.password_hash.is_some() || change.disabled == Some(true);
        let mut tx = self.0.begin().await?;
        let could_sign_in_as_admin = account_in(&mut tx, &id)
            .await?
            .is_some_and(|account| account.user.role == Role::Admin && !account.user.disabled);
        let row = sqlx::query_as::<_, AccountRow>(
            "UPDATE users SET name = coalesce(?2, name), role = coalesce(?3, role),
                 disabled = coalesce(?4, disabled), password_hash = coalesce(?5, password_hash),
                 generation = generation + ?6
             WHERE id = ?1 AND (?7 IS NULL OR generation = ?7) RETURNING *",
        )
        .bind(&id)
        .bind(&change.name)
        .bind(change.role.map(Role::as_str))
        .bind(change.disabled)
        .bind(&change.password_hash)
        .bind(i64::from(ends_sessions))
        .bind(change.only_generation)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(Changed::NoSuchUser) };
        if could_sign_in_as_admin && !has_admin_in(&mut *tx).await? {
            return Ok(Changed::LastAdmin);
        }
        if ends_sessions {
            end_sessions(&mut tx, &id).await?;
        }
        SqliteAudit::write(&mut tx, deed).await?;
        tx.commit().await?;
        Ok(Changed::Done(row.read()?.user))
    }

    async fn replace_hash(&self, user_id: UserId, from: &str, to: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2")
            .bind(user_id.to_string())
            .bind(from)
            .bind(to)
            .execute(self.0.writer())
            .await?;
        Ok(())
    }

    async fn begin_session(
        &self,
        user_id: UserId,
        generation: i64,
        family: Uuid,
        token: TokenHash,
        expires_at: Time,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO refresh_tokens (hash, family, user_id, expires_at)
             SELECT ?1, ?2, id, ?3 FROM users WHERE id = ?4 AND generation = ?5 AND disabled = 0",
        )
        .bind(&token[..])
        .bind(family.to_string())
        .bind(expires_at.as_millis())
        .bind(user_id.to_string())
        .bind(generation)
        .execute(self.0.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn rotate(&self, turn: &Turn) -> Result<Rotation, StoreError> {
        let mut tx = self.0.begin().await?;
        let found: Option<(String, String, Option<i64>)> = sqlx::query_as(
            "SELECT family, user_id, rotated_at FROM refresh_tokens WHERE hash = ?1 AND expires_at > ?2",
        )
        .bind(&turn.presented[..])
        .bind(turn.now.as_millis())
        .fetch_optional(&mut *tx)
        .await?;
        let Some((family, user_id, rotated_at)) = found else { return Ok(Rotation::Unknown) };
        let Some(account) = account_in(&mut tx, &user_id).await?.filter(|account| !account.user.disabled)
        else {
            return Ok(Rotation::Unknown);
        };
        let Some(rotated_at) = rotated_at else {
            sqlx::query("UPDATE refresh_tokens SET rotated_at = ?2 WHERE hash = ?1")
                .bind(&turn.presented[..])
                .bind(turn.now.as_millis())
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) VALUES (?1, ?2, ?3, ?4)",
            )
            .bind(&turn.successor[..])
            .bind(&family)
            .bind(&user_id)
            .bind(turn.expires_at.as_millis())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            return Ok(Rotation::Done(account.user));
        };
        let last: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM refresh_tokens WHERE hash = ?1 AND rotated_at IS NULL)",
        )
        .bind(&turn.successor[..])
        .fetch_one(&mut *tx)
        .await?;
        if rows::is_repeat(turn, rotated_at, last) {
            return Ok(Rotation::Done(account.user));
        }
        sqlx::query("DELETE FROM refresh_tokens WHERE family = ?1").bind(&family).execute(&mut *tx).await?;
        SqliteAudit::write(&mut tx, &rows::reuse(turn, user_id)).await?;
        tx.commit().await?;
        Ok(Rotation::Reused)
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM refresh_tokens
             WHERE family = (SELECT family FROM refresh_tokens WHERE hash = ?1)",
        )
        .bind(&token[..])
        .execute(self.0.writer())
        .await?;
        Ok(())
    }

    async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        let rows = sqlx::query_as::<_, rows::KeyRow>(
            "SELECT kid, nonce, sealed, created_at, active_from FROM signing_keys ORDER BY active_from",
        )
        .fetch_all(self.0.reader())
        .await?;
        Ok(rows.into_iter().map(rows::KeyRow::read).collect::<Result<_, _>>()?)
    }

    async fn add_signing_key(&self, key: &SealedKey, newest: Option<&str>) -> Result<bool, StoreError> {
        let mut tx = self.0.begin().await?;
        let present: Option<String> =
            sqlx::query_scalar("SELECT kid FROM signing_keys ORDER BY active_from DESC LIMIT 1")
                .fetch_optional(&mut *tx)
                .await?;
        if present.as_deref() != newest {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO signing_keys (kid, nonce, sealed, created_at, active_from)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(&key.kid)
        .bind(&key.nonce[..])
        .bind(&key.sealed[..])
        .bind(key.created_at.as_millis())
        .bind(key.active_from.as_millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_signing_key(&self, kid: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM signing_keys WHERE kid = ?1").bind(kid).execute(self.0.writer()).await?;
        Ok(())
    }

    async fn begin_import(
        &self,
        job: Uuid,
        total: u32,
        refused: &[ImportLine],
        deed: &Deed,
    ) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO imports (id, state, total, started_at, beat_at) VALUES (?1, 'running', ?2, ?3, ?3)",
        )
        .bind(job.to_string())
        .bind(total)
        .bind(deed.at.as_millis())
        .execute(&mut *tx)
        .await?;
        let lines = json!(refused).to_string();
        sqlx::query(
            "INSERT INTO import_lines (import_id, line, username, message)
             SELECT ?1, value ->> 'line', value ->> 'username', value ->> 'message' FROM json_each(?2)",
        )
        .bind(job.to_string())
        .bind(lines)
        .execute(&mut *tx)
        .await?;
        SqliteAudit::write(&mut tx, deed).await?;
        Ok(tx.commit().await?)
    }

    async fn import(&self, job: Uuid, users: &[(u32, NewUser)], now: Time) -> Result<(), StoreError> {
        let rows: Vec<_> = users
            .iter()
            .map(|(line, user)| {
                json!({
                    "line": line, "id": user.user_id, "username": user.username, "name": user.name,
                    "role": user.role, "hash": user.password_hash, "at": user.created_at.as_millis(),
                })
            })
            .collect();
        let rows = json!(rows).to_string();
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO users (id, username, name, role, password_hash, created_at)
             SELECT value ->> 'id', value ->> 'username', value ->> 'name', value ->> 'role',
                    value ->> 'hash', value ->> 'at'
             FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
        )
        .bind(&rows)
        .execute(&mut *tx)
        .await?;
        // A user of that name with another id was there before.
        sqlx::query(
            "INSERT INTO import_lines (import_id, line, username, message)
             SELECT ?1, value ->> 'line', value ->> 'username',
                    CASE WHEN EXISTS (SELECT 1 FROM users WHERE id = value ->> 'id')
                         THEN NULL ELSE 'already there' END
             FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING",
        )
        .bind(job.to_string())
        .bind(&rows)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE imports SET beat_at = ?2 WHERE id = ?1")
            .bind(job.to_string())
            .bind(now.as_millis())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn end_import(&self, job: Uuid, state: ImportState, deed: &Deed) -> Result<(), StoreError> {
        let mut tx = self.0.begin().await?;
        sqlx::query("UPDATE imports SET state = ?2, beat_at = ?3 WHERE id = ?1")
            .bind(job.to_string())
            .bind(state.as_str())
            .bind(deed.at.as_millis())
            .execute(&mut *tx)
            .await?;
        SqliteAudit::write(&mut tx, deed).await?;
        Ok(tx.commit().await?)
    }

    async fn import_job(&self, job: Uuid, now: Time) -> Result<Option<ImportJob>, StoreError> {
        let found =
            sqlx::query_as::<_, rows::ImportRow>("SELECT state, total, beat_at FROM imports WHERE id = ?1")
                .bind(job.to_string())
                .fetch_optional(self.0.reader())
                .await?;
        let Some(import) = found else { return Ok(None) };
        let lines = sqlx::query_as::<_, rows::LineRow>(
            "SELECT line, username, message FROM import_lines WHERE import_id = ?1 ORDER BY line",
        )
        .bind(job.to_string())
        .fetch_all(self.0.reader())
        .await?;
        Ok(Some(import.read(job, lines, now)?))
    }

    async fn sweep(&self, now: Time, imports_before: Time) -> Result<bool, StoreError> {
        let mut tx = self.0.begin().await?;
        let tokens = sqlx::query(
            "DELETE FROM refresh_tokens
             WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at <= ?1 LIMIT ?2)",
        )
        .bind(now.as_millis())
        .bind(rows::SWEEP)
        .execute(&mut *tx)
        .await?;
        let imports = sqlx::query(
            "DELETE FROM imports WHERE id IN (SELECT id FROM imports WHERE started_at < ?1 LIMIT 1)",
        )
        .bind(imports_before.as_millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(tokens.rows_affected() + imports.rows_affected() > 0)
    }

    async fn is_up(&self) -> bool {
        self.0.is_up().await
    }
}
