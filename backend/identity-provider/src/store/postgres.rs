//! The user store on PostgreSQL, which replicas share.
//!
//! Locks are taken in one order, so that replicas do not block each other for good: first what admits one change of
//! admins at a time, then the user, then their tokens. Who touches the sessions of a user holds the user's row.

use async_trait::async_trait;
use service_kit::{
    Tasks,
    audit::{Deed, PgAudit},
    metrics::Metrics,
    postgres::{Database, OpenError},
};
use sqlx::{PgConnection, migrate::Migrator};
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    id::Username,
    identity::{ImportJob, ImportLine, ImportState, User},
};

use super::{
    Account, Change, Changed, NewUser, Rotation, SealedKey, StoreError, TokenHash, Turn, UserStore,
    rows::{self, ImportRow, KeyRow, LineRow},
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

type AccountRow = rows::AccountRow<Uuid>;

/// The user store in a PostgreSQL database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct PgUserStore(Database);

impl PgUserStore {
    /// Opens the database, with at most so many connections; brings its tables up to date.
    ///
    /// # Errors
    /// The database does not come up or refuses, or cannot be migrated.
    pub async fn open(
        url: &str,
        connections: u32,
        tasks: &Tasks,
        metrics: &Metrics,
    ) -> Result<Self, OpenError> {
        Database::open(url, &MIGRATIONS, connections, tasks, metrics).await.map(Self)
    }

    /// The audit trail in the same database.
    pub fn audit(&self) -> PgAudit {
        PgAudit(self.0.clone())
    }

    /// The database, for what else is kept in it.
    pub fn database(&self) -> &Database {
        &self.0
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// Holds the row of whoever this token belongs to, and returns them; `None` if nobody has that token.
async fn hold_owner(tx: &mut PgConnection, token: &TokenHash) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as::<_, AccountRow>(
        "SELECT * FROM users WHERE id = (SELECT user_id FROM refresh_tokens WHERE hash = $1)
         FOR NO KEY UPDATE",
    )
    .bind(&token[..])
    .fetch_optional(tx)
    .await?
    .map(AccountRow::read)
    .transpose()
}

async fn has_admin_in(executor: impl sqlx::PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled)")
        .fetch_one(executor)
        .await
}

#[async_trait]
impl UserStore for PgUserStore {
    async fn by_username(&self, username: &Username) -> Result<Option<Account>, StoreError> {
        let row = self
            .0
            .within(
                sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE username = $1")
                    .bind(username.as_str())
                    .fetch_optional(self.0.pool()),
            )
            .await?;
        Ok(row.map(AccountRow::read).transpose()?)
    }

    async fn by_id(&self, user_id: UserId) -> Result<Option<Account>, StoreError> {
        let row = self
            .0
            .within(
                sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE id = $1")
                    .bind(user_id.0)
                    .fetch_optional(self.0.pool()),
            )
            .await?;
        Ok(row.map(AccountRow::read).transpose()?)
    }

    async fn page(
        &self,
        limit: u32,
        after: Option<&Username>,
        prefix: &str,
    ) -> Result<Vec<User>, StoreError> {
        if prefix.contains('\0') {
            // No name has that character, and PostgreSQL takes no text with it.
            return Ok(Vec::new());
        }
        let rows = self
            .0
            .within(
                sqlx::query_as::<_, AccountRow>(
                    r"SELECT * FROM users
                      WHERE username > $1 AND (username ILIKE $2 ESCAPE '\' OR name ILIKE $2 ESCAPE '\')
                      ORDER BY username LIMIT $3",
                )
                .bind(after.map_or("", Username::as_str))
                .bind(rows::pattern(prefix))
                .bind(i64::from(limit))
                .fetch_all(self.0.pool()),
            )
            .await?;
        Ok(rows.into_iter().map(|row| row.read().map(|account| account.user)).collect::<Result<_, _>>()?)
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(self.0.within(has_admin_in(self.0.pool())).await?)
    }

    async fn create(&self, user: &NewUser, deed: &Deed) -> Result<bool, StoreError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            let done = sqlx::query(
                "INSERT INTO users (id, username, name, role, password_hash, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT users_username DO NOTHING",
            )
            .bind(user.user_id.0)
            .bind(user.username.as_str())
            .bind(&user.name)
            .bind(user.role.as_str())
            .bind(&user.password_hash)
            .bind(user.created_at.as_millis())
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            PgAudit::write(&mut tx, deed).await?;
            tx.commit().await?;
            Ok(true)
        };
        Ok(self.0.within(work).await?)
    }

    async fn change(&self, user_id: UserId, change: &Change, deed: &Deed) -> Result<Changed, StoreError> {
        let ends_sessions = change.password_hash.is_some() || change.disabled == Some(true);
        let work = async {
            let mut tx = self.0.begin().await?;
            if change.role.is_some() || change.disabled.is_some() {
                // One at a time, or of two admins who are disabled at once, each would see the other as still there.
                sqlx::query("SELECT pg_advisory_xact_lock(hashtext('last admin'))").execute(&mut *tx).await?;
            }
            let before =
                sqlx::query_as::<_, AccountRow>("SELECT * FROM users WHERE id = $1 FOR NO KEY UPDATE")
                    .bind(user_id.0)
                    .fetch_optional(&mut *tx)
                    .await?
                    .map(AccountRow::read)
                    .transpose()?
                    .filter(|account| change.only_generation.is_none_or(|only| only == account.generation));
            let Some(before) = before else { return Ok(Changed::NoSuchUser) };
            let row = sqlx::query_as::<_, AccountRow>(
                "UPDATE users SET name = coalesce($2, name), role = coalesce($3, role),
                     disabled = coalesce($4, disabled), password_hash = coalesce($5, password_hash),
                     generation = generation + $6
                 WHERE id = $1 RETURNING *",
            )
            .bind(user_id.0)
            .bind(&change.name)
            .bind(change.role.map(Role::as_str))
            .bind(change.disabled)
            .bind(&change.password_hash)
            .bind(i64::from(ends_sessions))
            .fetch_one(&mut *tx)
            .await?;
            let could_sign_in_as_admin = before.user.role == Role::Admin && !before.user.disabled;
            if could_sign_in_as_admin && !has_admin_in(&mut *tx).await? {
                return Ok(Changed::LastAdmin);
            }
            if ends_sessions {
                sqlx::query("DELETE FROM refresh_tokens WHERE user_id = $1")
                    .bind(user_id.0)
                    .execute(&mut *tx)
                    .await?;
            }
            PgAudit::write(&mut tx, deed).await?;
            tx.commit().await?;
            Ok(Changed::Done(row.read()?.user))
        };
        Ok(self.0.within(work).await?)
    }

    async fn replace_hash(&self, user_id: UserId, from: &str, to: &str) -> Result<(), StoreError> {
        self.0
            .within(
                sqlx::query("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
                    .bind(user_id.0)
                    .bind(from)
                    .bind(to)
                    .execute(self.0.pool()),
            )
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
        let done = self
            .0
            .within(
                sqlx::query(
                    "INSERT INTO refresh_tokens (hash, family, user_id, expires_at)
                     SELECT $1, $2, id, $3 FROM users
                     WHERE id = $4 AND generation = $5 AND NOT disabled FOR NO KEY UPDATE",
                )
                .bind(&token[..])
                .bind(family)
                .bind(expires_at.as_millis())
                .bind(user_id.0)
                .bind(generation)
                .execute(self.0.pool()),
            )
            .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn rotate(&self, turn: &Turn) -> Result<Rotation, StoreError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            let owner = hold_owner(&mut tx, &turn.presented).await?;
            let Some(account) = owner.filter(|account| !account.user.disabled) else {
                return Ok(Rotation::Unknown);
            };
            let found: Option<(Uuid, Option<i64>)> = sqlx::query_as(
                "SELECT family, rotated_at FROM refresh_tokens WHERE hash = $1 AND expires_at > $2",
            )
            .bind(&turn.presented[..])
            .bind(turn.now.as_millis())
            .fetch_optional(&mut *tx)
            .await?;
            let Some((family, rotated_at)) = found else { return Ok(Rotation::Unknown) };
            let user_id = account.user.user_id;
            let Some(rotated_at) = rotated_at else {
                sqlx::query("UPDATE refresh_tokens SET rotated_at = $2 WHERE hash = $1")
                    .bind(&turn.presented[..])
                    .bind(turn.now.as_millis())
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(
                    "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) VALUES ($1, $2, $3, $4)",
                )
                .bind(&turn.successor[..])
                .bind(family)
                .bind(user_id.0)
                .bind(turn.expires_at.as_millis())
                .execute(&mut *tx)
                .await?;
                tx.commit().await?;
                return Ok(Rotation::Done(account.user));
            };
            let last: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM refresh_tokens WHERE hash = $1 AND rotated_at IS NULL)",
            )
            .bind(&turn.successor[..])
            .fetch_one(&mut *tx)
            .await?;
            if rows::is_repeat(turn, rotated_at, last) {
                return Ok(Rotation::Done(account.user));
            }
            sqlx::query("DELETE FROM refresh_tokens WHERE family = $1")
                .bind(family)
                .execute(&mut *tx)
                .await?;
            PgAudit::write(&mut tx, &rows::reuse(turn, user_id.to_string())).await?;
            tx.commit().await?;
            Ok(Rotation::Reused)
        };
        Ok(self.0.within(work).await?)
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            if hold_owner(&mut tx, &token).await?.is_some() {
                sqlx::query(
                    "DELETE FROM refresh_tokens
                     WHERE family = (SELECT family FROM refresh_tokens WHERE hash = $1)",
                )
                .bind(&token[..])
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await
        };
        Ok(self.0.within(work).await?)
    }

    async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        let rows = self
            .0
            .within(
                sqlx::query_as::<_, KeyRow>(
                    "SELECT kid, nonce, sealed, created_at, active_from FROM signing_keys ORDER BY active_from",
                )
                .fetch_all(self.0.pool()),
            )
            .await?;
        Ok(rows.into_iter().map(KeyRow::read).collect::<Result<_, _>>()?)
    }

    async fn add_signing_key(&self, key: &SealedKey, newest: Option<&str>) -> Result<bool, StoreError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            // Readers go on; another that adds waits here, and then sees this key.
            sqlx::query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
            let present: Option<String> =
                sqlx::query_scalar("SELECT kid FROM signing_keys ORDER BY active_from DESC LIMIT 1")
                    .fetch_optional(&mut *tx)
                    .await?;
            if present.as_deref() != newest {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO signing_keys (kid, nonce, sealed, created_at, active_from)
                 VALUES ($1, $2, $3, $4, $5)",
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
        };
        Ok(self.0.within(work).await?)
    }

    async fn remove_signing_key(&self, kid: &str) -> Result<(), StoreError> {
        self.0
            .within(sqlx::query("DELETE FROM signing_keys WHERE kid = $1").bind(kid).execute(self.0.pool()))
            .await?;
        Ok(())
    }

    async fn begin_import(
        &self,
        job: Uuid,
        total: u32,
        refused: &[ImportLine],
        deed: &Deed,
    ) -> Result<(), StoreError> {
        let lines: Vec<_> = refused.iter().map(|line| i64::from(line.line)).collect();
        let names: Vec<_> = refused.iter().map(|line| line.username.as_str()).collect();
        let messages: Vec<_> = refused.iter().map(|line| line.message.as_deref()).collect();
        let work = async {
            let mut tx = self.0.begin().await?;
            sqlx::query(
                "INSERT INTO imports (id, state, total, started_at, beat_at) VALUES ($1, 'running', $2, $3, $3)",
            )
            .bind(job)
            .bind(i64::from(total))
            .bind(deed.at.as_millis())
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO import_lines (import_id, line, username, message)
                 SELECT $1, * FROM UNNEST($2::bigint[], $3::text[], $4::text[])",
            )
            .bind(job)
            .bind(&lines)
            .bind(&names)
            .bind(&messages)
            .execute(&mut *tx)
            .await?;
            PgAudit::write(&mut tx, deed).await?;
            tx.commit().await
        };
        Ok(self.0.within(work).await?)
    }

    async fn import(&self, job: Uuid, users: &[(u32, NewUser)], now: Time) -> Result<(), StoreError> {
        // By name: of two imports at once, none waits for a name of the other while the other waits for one of it.
        let mut users: Vec<_> = users.iter().collect();
        users.sort_by(|(_, one), (_, other)| one.username.cmp(&other.username));
        let lines: Vec<_> = users.iter().map(|(line, _)| i64::from(*line)).collect();
        let ids: Vec<_> = users.iter().map(|(_, user)| user.user_id.0).collect();
        let usernames: Vec<_> = users.iter().map(|(_, user)| user.username.as_str()).collect();
        let names: Vec<_> = users.iter().map(|(_, user)| user.name.as_str()).collect();
        let roles: Vec<_> = users.iter().map(|(_, user)| user.role.as_str()).collect();
        let hashes: Vec<_> = users.iter().map(|(_, user)| user.password_hash.as_str()).collect();
        let times: Vec<_> = users.iter().map(|(_, user)| user.created_at.as_millis()).collect();
        let work = async {
            let mut tx = self.0.begin().await?;
            sqlx::query(
                "INSERT INTO users (id, username, name, role, password_hash, created_at)
                 SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
                 ON CONFLICT DO NOTHING",
            )
            .bind(&ids)
            .bind(&usernames)
            .bind(&names)
            .bind(&roles)
            .bind(&hashes)
            .bind(&times)
            .execute(&mut *tx)
            .await?;
            // A user of that name with another id was there before.
            sqlx::query(
                "INSERT INTO import_lines (import_id, line, username, message)
                 SELECT $1, line, username,
                        CASE WHEN EXISTS (SELECT 1 FROM users WHERE users.id = made.id)
                             THEN NULL ELSE 'already there' END
                 FROM UNNEST($2::bigint[], $3::uuid[], $4::text[]) AS made (line, id, username)
                 ON CONFLICT DO NOTHING",
            )
            .bind(job)
            .bind(&lines)
            .bind(&ids)
            .bind(&usernames)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE imports SET beat_at = $2 WHERE id = $1")
                .bind(job)
                .bind(now.as_millis())
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        Ok(self.0.within(work).await?)
    }

    async fn end_import(&self, job: Uuid, state: ImportState, deed: &Deed) -> Result<(), StoreError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            sqlx::query("UPDATE imports SET state = $2, beat_at = $3 WHERE id = $1")
                .bind(job)
                .bind(state.as_str())
                .bind(deed.at.as_millis())
                .execute(&mut *tx)
                .await?;
            PgAudit::write(&mut tx, deed).await?;
            tx.commit().await
        };
        Ok(self.0.within(work).await?)
    }

    async fn import_job(&self, job: Uuid, now: Time) -> Result<Option<ImportJob>, StoreError> {
        let work = async {
            let found =
                sqlx::query_as::<_, ImportRow>("SELECT state, total, beat_at FROM imports WHERE id = $1")
                    .bind(job)
                    .fetch_optional(self.0.pool())
                    .await?;
            let Some(import) = found else { return Ok(None) };
            let lines = sqlx::query_as::<_, LineRow>(
                "SELECT line, username, message FROM import_lines WHERE import_id = $1 ORDER BY line",
            )
            .bind(job)
            .fetch_all(self.0.pool())
            .await?;
            import.read(job, lines, now).map(Some)
        };
        Ok(self.0.within(work).await?)
    }

    async fn sweep(&self, now: Time, imports_before: Time) -> Result<bool, StoreError> {
        // What another replica is at, or somebody signs in with, is left for the next time.
        let work = async {
            let tokens = sqlx::query(
                "DELETE FROM refresh_tokens WHERE hash IN (
                     SELECT hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
            )
            .bind(now.as_millis())
            .bind(rows::SWEEP)
            .execute(self.0.pool())
            .await?;
            let imports = sqlx::query(
                "DELETE FROM imports WHERE id IN (
                     SELECT id FROM imports WHERE started_at < $1 LIMIT 1 FOR UPDATE SKIP LOCKED)",
            )
            .bind(imports_before.as_millis())
            .execute(self.0.pool())
            .await?;
            Ok(tokens.rows_affected() + imports.rows_affected() > 0)
        };
        Ok(self.0.within(work).await?)
    }

    async fn is_up(&self) -> bool {
        self.0.is_up().await
    }
}
