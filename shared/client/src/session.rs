//! Who is signed in, and how the session is kept fresh: before a token ends, once for all who wait, and told to all
//! whom it concerns.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{FutureExt as _, future};
use serde::Deserialize;
use wire::{
    Time,
    identity::{ChangePassword, Login, Refresh, Secret, Session, SessionUser},
    ops::ServiceName,
};

use crate::{
    api::Client,
    chance,
    error::Failure,
    platform::{self, Portable, Portion, Shared, Unowned},
};

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(30);
/// How often it is looked whether the session has to be refreshed. Short, since the timers of a machine that slept
/// ring late.
const LOOK: Duration = Duration::from_secs(5);
/// The longest wait after a refresh that had no answer.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Where the refresh token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// In the browser's cookie, which no script can read. The session outlives the page.
    Cookie,
    /// In this program's memory. The session ends with it.
    Memory,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: SessionUser,
    /// When the present token ends, by the platform's clock. It is replaced long before.
    pub expires_at: Time,
}

/// What a change of the session means for a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The same person, with a new token.
    Renewed,
    /// Somebody else, or nobody.
    Other,
}

/// A socket that wants to know of changes.
#[cfg(target_arch = "wasm32")]
pub(crate) type Link = dyn Fn(Change);
/// A socket that wants to know of changes.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Link = dyn Fn(Change) + Send + Sync;
#[cfg(target_arch = "wasm32")]
type Listener = dyn Fn(Option<SignedIn>);
#[cfg(not(target_arch = "wasm32"))]
type Listener = dyn Fn(Option<SignedIn>) + Send + Sync;

/// The session of a [`Client`] and its clones.
pub(crate) struct State {
    keeping: Keeping,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    held: Option<Held>,
    /// Counts who was signed in: what was asked for by somebody else before changes nothing.
    epoch: u64,
    /// The refresh under way, which all share.
    flight: Option<Flight>,
    listener: Option<Shared<Listener>>,
    links: Vec<Unowned<Link>>,
}

type Flight = future::Shared<Portion<Result<Option<SignedIn>, Failure>>>;

/// A session, by the clock of this machine, which may go wrong by hours.
struct Held {
    token: String,
    refresh_token: Option<String>,
    signed_in: SignedIn,
    /// When it should be replaced.
    due: Time,
    /// When the token ends.
    ends: Time,
}

impl Held {
    /// A session that was asked for at `asked`.
    fn new(session: Session, keeping: Keeping, asked: Time) -> Self {
        let Session { token: Secret(token), expires_at, refresh_token: Secret(refresh_token), user } =
            session;
        let life = life(&token).unwrap_or_else(|| expires_at.since(asked));
        Self {
            token,
            refresh_token: match keeping {
                Keeping::Memory => Some(refresh_token),
                Keeping::Cookie => None,
            },
            signed_in: SignedIn { user, expires_at },
            due: asked.plus(chance::spread(life.mul_f64(2.0 / 3.0), 0.1, chance::dice())),
            ends: asked.plus(life),
        }
    }

    fn ends_soon(&self, now: Time) -> bool {
        self.ends.since(now) < MARGIN
    }
}

/// How long a token lives, by its own account.
fn life(token: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Life {
        iat: i64,
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Life { iat, exp } = serde_json::from_slice(&claims).ok()?;
    u64::try_from(exp.checked_sub(iat)?).ok().map(Duration::from_secs)
}

impl State {
    pub(crate) fn new(keeping: Keeping) -> Self {
        Self { keeping, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token there is, good or not.
    pub(crate) fn token(&self) -> Option<String> {
        self.lock().held.as_ref().map(|held| held.token.clone())
    }

    /// Tells this socket of changes, as long as it lives.
    pub(crate) fn link(&self, link: Unowned<Link>) {
        let mut inner = self.lock();
        inner.links.retain(|link| link.strong_count() > 0);
        inner.links.push(link);
    }

    /// Puts another session in the place of the present one, and tells everybody.
    fn replace(&self, held: Option<Held>) -> Option<SignedIn> {
        let signed_in = held.as_ref().map(|held| held.signed_in.clone());
        let (change, listener, links) = {
            let mut inner = self.lock();
            let who = |held: &Option<Held>| {
                held.as_ref().map(|held| (held.signed_in.user.user_id, held.signed_in.user.role))
            };
            let change = if who(&inner.held) == who(&held) { Change::Renewed } else { Change::Other };
            if inner.held.is_none() && held.is_none() {
                return None;
            }
            if change == Change::Other {
                inner.epoch += 1;
            }
            inner.held = held;
            (change, inner.listener.clone(), inner.links.clone())
        };
        for link in links.iter().filter_map(Unowned::upgrade) {
            link(change);
        }
        if let Some(listener) = listener {
            listener(signed_in.clone());
        }
        signed_in
    }
}

impl Client {
    /// Who is signed in.
    pub fn signed_in(&self) -> Option<SignedIn> {
        self.session().lock().held.as_ref().map(|held| held.signed_in.clone())
    }

    /// Tells every change of the session from now on: signed in, refreshed, and `None` when it is over. There is one
    /// such listener; another one takes its place.
    pub fn on_session(&self, listener: impl Fn(Option<SignedIn>) + Portable + 'static) {
        self.session().lock().listener = Some(Shared::new(listener));
    }

    /// Signs somebody in, in the place of whoever was.
    ///
    /// # Errors
    /// `bad_credentials`, `too_many_attempts` with how long to wait, or no good answer.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<SignedIn, Failure> {
        self.settle().await;
        let login = Login { username: username.to_owned(), password: Secret(password.to_owned()) };
        let asked = platform::now();
        let ask = self.ask("POST", ServiceName::IdentityProvider, "/login").json(&login);
        let session: Session = self.send_as(&ask, None).await?.read()?;
        let held = Held::new(session, self.session().keeping, asked);
        let signed_in = held.signed_in.clone();
        // Whatever was asked for in the name of the earlier session is none of this one's.
        self.session().lock().epoch += 1;
        self.session().replace(Some(held));
        Ok(signed_in)
    }

    /// Takes up the session that there is, by its cookie or the token in memory. `None` when there is none, or when it
    /// is over.
    ///
    /// # Errors
    /// It could not be asked for: there may be one.
    pub async fn resume(&self) -> Result<Option<SignedIn>, Failure> {
        self.refresh().await
    }

    /// Signs out: the session is ended at the service, then forgotten here. One that is kept in memory is forgotten
    /// in any case; one in a cookie stays when the service cannot be told, for it would be there again tomorrow.
    ///
    /// # Errors
    /// The service could not be told.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.settle().await;
        let ask = self.ask("POST", ServiceName::IdentityProvider, "/logout").json(&self.presented());
        let told = self.send_as(&ask, None).await;
        match (&told, self.session().keeping) {
            (Ok(_), _) | (Err(_), Keeping::Memory) => {
                self.session().replace(None);
            }
            (Err(_), Keeping::Cookie) => {}
        }
        told.map(drop)
    }

    /// Changes the own password. It ends all own sessions, this one included.
    ///
    /// # Errors
    /// `bad_credentials`, `too_many_attempts`, or no good answer.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<(), Failure> {
        let ask = self.ask("POST", ServiceName::IdentityProvider, "/password").json(change);
        self.send(&ask).await?;
        self.session().replace(None);
        Ok(())
    }

    /// Refreshes the session whenever it is due: at two thirds of its life, 10 % sooner or later. Never ends, so it
    /// is to be spawned, once.
    pub async fn keep_fresh(&self) {
        let mut failures = 0;
        loop {
            let due = self.session().lock().held.as_ref().map(|held| held.due);
            let wait = match due {
                Some(due) if due <= platform::now() => match self.refresh().await {
                    Ok(_) => {
                        failures = 0;
                        LOOK
                    }
                    Err(failure) => {
                        let rest = chance::rest(failures, LONGEST_REST, chance::dice());
                        failures += 1;
                        failure.retry_after().unwrap_or_default().min(LONGEST_REST).max(rest)
                    }
                },
                Some(due) => due.since(platform::now()).min(LOOK),
                None => LOOK,
            };
            platform::pause(wait).await;
        }
    }

    /// A token that is good for a while; `None` where nobody is signed in.
    pub(crate) async fn token(&self) -> Result<Option<String>, Failure> {
        let now = platform::now();
        let (token, ends_soon, ended) = match &self.session().lock().held {
            Some(held) => (held.token.clone(), held.ends_soon(now), held.ends <= now),
            None => return Ok(None),
        };
        if !ends_soon {
            return Ok(Some(token));
        }
        match self.refresh().await {
            Ok(Some(_)) => Ok(self.session().token()),
            Ok(None) => Err(Failure::SignedOut),
            // As long as it lasts, it does.
            Err(_) if !ended => Ok(Some(token)),
            Err(failure) => Err(failure),
        }
    }

    /// Another token than this one, which was not taken; `None` when the session is over.
    pub(crate) async fn token_after(&self, refused: &str) -> Result<Option<String>, Failure> {
        match self.session().token() {
            Some(token) if token == refused => Ok(self.refresh().await?.and(self.session().token())),
            other => Ok(other),
        }
    }

    /// Refreshes the session. All who want that at the same time share one refresh; it ends also when none of them
    /// waits for it any more, since half a refresh would cost the session.
    pub(crate) async fn refresh(&self) -> Result<Option<SignedIn>, Failure> {
        let (flight, is_new) = {
            let mut inner = self.session().lock();
            match &inner.flight {
                Some(flight) => (flight.clone(), false),
                None => {
                    let client = self.clone();
                    let work: Portion<_> = Box::pin(async move { client.refresh_alone().await });
                    let flight = work.shared();
                    inner.flight = Some(flight.clone());
                    (flight, true)
                }
            }
        };
        if is_new {
            platform::spawn(flight.clone().map(drop));
        }
        flight.await
    }

    async fn refresh_alone(&self) -> Result<Option<SignedIn>, Failure> {
        let found = self.ask_for_refresh().await;
        self.session().lock().flight = None;
        found
    }

    async fn ask_for_refresh(&self) -> Result<Option<SignedIn>, Failure> {
        let presented = self.presented();
        if self.session().keeping == Keeping::Memory && presented.refresh_token.is_none() {
            return Ok(None);
        }
        let (epoch, asked) = (self.session().lock().epoch, platform::now());
        let ask = self.ask("POST", ServiceName::IdentityProvider, "/refresh").json(&presented);
        let answer = self.send_as(&ask, None).await;
        if self.session().lock().epoch != epoch {
            return Ok(self.signed_in());
        }
        match answer {
            Ok(answer) => {
                let mut session: Session = answer.read()?;
                if session.refresh_token.0.is_empty()
                    && let Some(kept) = presented.refresh_token
                {
                    session.refresh_token = kept;
                }
                Ok(self.session().replace(Some(Held::new(session, self.session().keeping, asked))))
            }
            Err(failure) if failure.problem().is_some_and(|problem| problem.status == 401) => {
                Ok(self.session().replace(None))
            }
            Err(failure) => Err(failure),
        }
    }

    /// What shows the service whose session it is: the token in memory, or nothing beside the cookie.
    fn presented(&self) -> Refresh {
        let inner = self.session().lock();
        let kept = inner.held.as_ref().and_then(|held| held.refresh_token.clone());
        Refresh { refresh_token: kept.map(Secret) }
    }

    /// Waits for the refresh that is under way, if one is: what it brings belongs to the earlier session.
    async fn settle(&self) {
        let flight = self.session().lock().flight.clone();
        if let Some(flight) = flight {
            // Its outcome is told to those who asked for it.
            let _ = flight.await;
        }
    }
}
