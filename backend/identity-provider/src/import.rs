//! Imports: the lines of a file become users in the background, with the turns of hashing that logins leave.

use std::{sync::Arc, time::Duration};

use service_kit::{Clock, Tasks, audit::Deed};
use tokio::{sync::Semaphore, time::Instant};
use uuid::Uuid;
use wire::{
    UserId,
    identity::{ImportLine, ImportState},
};

use crate::{
    domain::{
        import_file::{Credential, GoodLine, ImportFile},
        password,
    },
    error::IdentityError,
    hashing::{HashingPool, Share},
    store::{NewUser, UserStore},
};

/// How many imports may run at once.
const AT_ONCE: usize = 2;
/// Users are made when so many are ready …
const BATCH: usize = 500;
/// … or after so long, so that progress is seen.
const FLUSH: Duration = Duration::from_secs(1);
/// How often a batch is tried while the store is away, and how long apart.
const TRIES: u32 = 20;
const RETRY: Duration = Duration::from_secs(1);

/// The imports that run. Clones are the same.
#[derive(Clone)]
pub(crate) struct Imports {
    users: Arc<dyn UserStore>,
    hashing: Arc<HashingPool>,
    clock: Clock,
    tasks: Tasks,
    places: Arc<Semaphore>,
}

impl Imports {
    pub(crate) fn new(
        users: Arc<dyn UserStore>,
        hashing: Arc<HashingPool>,
        clock: Clock,
        tasks: Tasks,
    ) -> Self {
        Self { users, hashing, clock, tasks, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Begins an import and returns its id; it goes on in the background.
    pub(crate) async fn start(&self, actor: String, file: ImportFile) -> Result<Uuid, IdentityError> {
        let place =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_| IdentityError::TooManyImports)?;
        let job = self.clock.uuid();
        let total = file.good.len() + file.bad.len();
        let refused: Vec<_> = file
            .bad
            .into_iter()
            .map(|bad| ImportLine {
                line: bad.line,
                username: bad.username,
                ok: false,
                message: Some(bad.message),
            })
            .collect();
        let deed = self.deed(&actor, job, format!("{total} lines"));
        self.users.begin_import(job, u32::try_from(total).unwrap_or(u32::MAX), &refused, &deed).await?;
        let imports = self.clone();
        self.tasks.spawn(async move {
            let _place = place;
            let state = match imports.work(job, file.good).await {
                Ok(()) => ImportState::Done,
                Err(reason) => {
                    tracing::warn!(%job, reason, "an import was interrupted");
                    ImportState::Interrupted
                }
            };
            let text = if state == ImportState::Done { "done" } else { "interrupted" };
            let deed = imports.deed(&actor, job, text.to_owned());
            if let Err(error) = imports.users.end_import(job, state, &deed).await {
                tracing::warn!(%job, %error, "the end of an import cannot be written down");
            }
        });
        Ok(job)
    }

    fn deed(&self, actor: &str, job: Uuid, detail: String) -> Deed {
        Deed {
            at: self.clock.now(),
            actor: actor.to_owned(),
            action: "users.import",
            subject: job.to_string(),
            detail,
        }
    }

    async fn work(&self, job: Uuid, lines: Vec<GoodLine>) -> Result<(), String> {
        let mut ready = Vec::new();
        let mut flushed = Instant::now();
        for line in lines {
            if self.tasks.is_stopping() {
                return Err("the service is stopping".to_owned());
            }
            let number = line.line;
            ready.push((number, self.user(line).await?));
            if ready.len() >= BATCH || flushed.elapsed() >= FLUSH {
                self.flush(job, &mut ready).await?;
                flushed = Instant::now();
            }
        }
        self.flush(job, &mut ready).await
    }

    async fn user(&self, line: GoodLine) -> Result<NewUser, String> {
        let password_hash = match line.credential {
            Credential::Hash(hash) => hash,
            Credential::Password(password) => self
                .hashing
                .run(Share::Background, move |workspace| password::hash(workspace, password.expose()))
                .await
                .map_err(|error| error.to_string())?
                .map_err(|error| error.to_string())?,
        };
        Ok(NewUser {
            user_id: UserId(self.clock.uuid()),
            username: line.username,
            name: line.name,
            role: line.role,
            password_hash,
            created_at: self.clock.now(),
        })
    }

    async fn flush(&self, job: Uuid, ready: &mut Vec<(u32, NewUser)>) -> Result<(), String> {
        for _ in 0..TRIES {
            match self.users.import(job, ready, self.clock.now()).await {
                Ok(()) => {
                    ready.clear();
                    return Ok(());
                }
                Err(error) => tracing::warn!(%job, ?error, "an import waits for the store"),
            }
            if !self.tasks.pause(RETRY).await {
                break;
            }
        }
        Err("the store is away".to_owned())
    }
}
