//! The signed-in user, and the refresh of the session: before a token expires, once for all who wait, with every
//! change announced to its listeners.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{FutureExt as _, future};
use serde::{Deserialize, Serialize};
use wire::{
    Time,
    identity::{ChangePassword, Login, Refresh, Secret, Session, SessionUser},
    ops::ServiceName,
};

use crate::{
    api::Client,
    carried::Call,
    error::Failure,
    platform::{self, BoxFuture, Portable, Shared, WeakShared},
    random,
    transport::{Method, Request, Route},
};

/// Remaining life below which a token is replaced before use.
const EXPIRY_GRACE_PERIOD: Duration = Duration::from_secs(30);
/// Interval at which the due time of a refresh is checked. Short, since timers of a machine that slept fire late.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Longest delay after a refresh that failed.
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(30);
/// Share of a token's life after which it is refreshed, varied by [`REFRESH_JITTER`].
const REFRESH_AT: f64 = 2.0 / 3.0;
/// Jitter of the refresh, as a share.
const REFRESH_JITTER: f64 = 0.1;

/// Place of the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenStorage {
    /// In the browser's cookie, which no script can read. The session outlives the page.
    Cookie,
    /// In memory of this program. The session ends with it.
    Memory,
    /// At the carrier of a carried transport. The client knows who is signed in, and no token.
    External,
}

/// Signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// User.
    pub user: SessionUser,
    /// Expiry of the present token, by the platform's clock. It is replaced long before.
    pub expires_at: Time,
}

/// Change of the session.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Signed-in user after the change.
    pub(crate) signed_in: Option<SignedIn>,
    /// True if the same user, with the same role, has a new token.
    pub(crate) is_renewal: bool,
}

#[cfg(target_arch = "wasm32")]
type Listener = dyn Fn(&Change);
#[cfg(not(target_arch = "wasm32"))]
type Listener = dyn Fn(&Change) + Send + Sync;

/// Registration of a session listener. Dropping it ends the calls.
#[must_use = "a listener is called as long as its registration lives"]
pub struct SessionListener(#[expect(dead_code, reason = "keeps the listener alive")] Shared<Listener>);

impl std::fmt::Debug for SessionListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionListener")
    }
}

/// Session of a [`Client`] and its clones.
pub(crate) struct State {
    storage: TokenStorage,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    held: Option<Held>,
    /// Number of changes of the signed-in user. A response to a request of an earlier epoch is ignored.
    epoch: u64,
    /// Running refresh, shared by all who wait.
    refresh: Option<SharedRefresh>,
    listeners: Vec<WeakShared<Listener>>,
}

type SharedRefresh = future::Shared<BoxFuture<Result<Option<SignedIn>, Failure>>>;

/// Session with its tokens, by the clock of this machine, which may be wrong by hours.
struct Held {
    signed_in: SignedIn,
    /// Access token; none with [`TokenStorage::External`].
    token: Option<String>,
    /// Refresh token, with [`TokenStorage::Memory`].
    refresh_token: Option<String>,
    /// Time of the next refresh.
    refresh_at: Time,
    /// Expiry of the access token.
    expires_at: Time,
}

impl Held {
    /// Makes a session of the answer to a request sent at `sent_at`.
    fn new(session: Session, storage: TokenStorage, sent_at: Time) -> Self {
        let Session { token: Secret(token), expires_at, refresh_token: Secret(refresh_token), user } =
            session;
        let life = token_life(&token).unwrap_or_else(|| expires_at.since(sent_at));
        Self {
            signed_in: SignedIn { user, expires_at },
            token: Some(token),
            refresh_token: (storage == TokenStorage::Memory).then_some(refresh_token),
            refresh_at: sent_at.plus(random::jitter(life.mul_f64(REFRESH_AT), REFRESH_JITTER)),
            expires_at: sent_at.plus(life),
        }
    }

    /// Makes a session whose tokens somebody else holds.
    fn external(signed_in: SignedIn) -> Self {
        let expires_at = signed_in.expires_at;
        Self { signed_in, token: None, refresh_token: None, refresh_at: expires_at, expires_at }
    }
}

/// Returns the life of a token by its own claims.
fn token_life(token: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Claims {
        iat: i64,
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let Claims { iat, exp } = serde_json::from_slice(&claims).ok()?;
    u64::try_from(exp.checked_sub(iat)?).ok().map(Duration::from_secs)
}

impl State {
    pub(crate) fn new(storage: TokenStorage) -> Self {
        Self { storage, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the present token, expired or not.
    pub(crate) fn token(&self) -> Option<String> {
        self.lock().held.as_ref()?.token.clone()
    }

    /// Calls `listener` after each change until the registration is dropped.
    pub(crate) fn listen(&self, listener: impl Fn(&Change) + Portable + 'static) -> SessionListener {
        let listener: Shared<Listener> = Shared::new(listener);
        let mut inner = self.lock();
        inner.listeners.retain(|listener| listener.strong_count() > 0);
        inner.listeners.push(Shared::downgrade(&listener));
        SessionListener(listener)
    }

    /// Takes over the session that the carrier holds.
    pub(crate) fn adopt(&self, signed_in: Option<SignedIn>) -> Option<SignedIn> {
        self.replace(signed_in.map(Held::external))
    }

    /// Replaces the session and calls the listeners.
    fn replace(&self, held: Option<Held>) -> Option<SignedIn> {
        let signed_in = held.as_ref().map(|held| held.signed_in.clone());
        let (change, listeners) = {
            let mut inner = self.lock();
            if inner.held.is_none() && held.is_none() {
                return None;
            }
            let identity = |held: &Option<Held>| {
                held.as_ref().map(|held| (held.signed_in.user.user_id, held.signed_in.user.role))
            };
            let is_renewal = identity(&inner.held) == identity(&held);
            if !is_renewal {
                inner.epoch += 1;
            }
            inner.held = held;
            (Change { signed_in: signed_in.clone(), is_renewal }, inner.listeners.clone())
        };
        for listener in listeners.iter().filter_map(WeakShared::upgrade) {
            listener(&change);
        }
        signed_in
    }
}

impl Client {
    /// Returns the signed-in user.
    pub fn signed_in(&self) -> Option<SignedIn> {
        self.session().lock().held.as_ref().map(|held| held.signed_in.clone())
    }

    /// Returns the present access token, for requests that a program sends outside of this client.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn access_token(&self) -> Option<String> {
        self.session().token()
    }

    /// Calls `listener` after each change of the session: signed in, refreshed, and `None` when it is over.
    pub fn on_session(&self, listener: impl Fn(Option<SignedIn>) + Portable + 'static) -> SessionListener {
        self.session().listen(move |change| listener(change.signed_in.clone()))
    }

    /// Signs a user in, in place of the present one.
    ///
    /// # Errors
    /// `bad_credentials`, `too_many_attempts` with the time to wait, or the request failed.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<SignedIn, Failure> {
        let login = Login { username: username.to_owned(), password: Secret(password.to_owned()) };
        if let Route::Carried(_) = self.route() {
            let signed_in = self.carry(Call::SignIn(login)).await?.into_session()?;
            return self.session().adopt(signed_in).ok_or(Failure::SignedOut);
        }
        self.finish_refresh().await;
        let sent_at = platform::now();
        let request = Request::new(Method::Post, ServiceName::IdentityProvider, "/login").json(&login);
        let session: Session = self.send_as(&request, None).await?.read()?;
        let held = Held::new(session, self.session().storage, sent_at);
        let signed_in = held.signed_in.clone();
        // A response to a request of the earlier session says nothing about this one.
        self.session().lock().epoch += 1;
        self.session().replace(Some(held));
        Ok(signed_in)
    }

    /// Resumes the session of the cookie, of memory or of the carrier. Returns `None` if there is none, or if it is
    /// over.
    ///
    /// # Errors
    /// The request failed: there may be a session.
    pub async fn resume(&self) -> Result<Option<SignedIn>, Failure> {
        self.refresh().await
    }

    /// Ends the session at the service, then here. A session in memory ends here in any case; one in a cookie stays if
    /// the service cannot be reached, for it would be back tomorrow.
    ///
    /// # Errors
    /// The service could not be reached.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        if let Route::Carried(_) = self.route() {
            let signed_in = self.carry(Call::SignOut).await?.into_session()?;
            self.session().adopt(signed_in);
            return Ok(());
        }
        self.finish_refresh().await;
        let request = Request::new(Method::Post, ServiceName::IdentityProvider, "/logout");
        let outcome = self.send_as(&request.json(&self.presented()), None).await;
        if outcome.is_ok() || self.session().storage == TokenStorage::Memory {
            self.session().replace(None);
        }
        outcome.map(drop)
    }

    /// Changes the own password. Ends all own sessions, this one included.
    ///
    /// # Errors
    /// `bad_credentials`, `too_many_attempts`, or the request failed.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<(), Failure> {
        if let Route::Carried(_) = self.route() {
            let signed_in = self.carry(Call::ChangePassword(change.clone())).await?.into_session()?;
            self.session().adopt(signed_in);
            return Ok(());
        }
        self.send(Request::new(Method::Post, ServiceName::IdentityProvider, "/password").json(change))
            .await?;
        self.session().replace(None);
        Ok(())
    }

    /// Refreshes the session whenever it is due: at two thirds of its life, 10 % sooner or later. Never returns, so the
    /// caller spawns it, once. With external storage the carrier refreshes.
    pub async fn keep_fresh(&self) {
        if self.session().storage == TokenStorage::External {
            return future::pending().await;
        }
        let mut failures = 0;
        loop {
            let due = self.session().lock().held.as_ref().map(|held| held.refresh_at);
            let delay = match due {
                Some(due) if due <= platform::now() => match self.refresh().await {
                    Ok(_) => {
                        failures = 0;
                        CHECK_INTERVAL
                    }
                    Err(failure) => {
                        let delay = random::backoff(failures, LONGEST_RETRY_DELAY);
                        failures += 1;
                        failure.retry_after().unwrap_or_default().min(LONGEST_RETRY_DELAY).max(delay)
                    }
                },
                Some(due) => due.since(platform::now()).min(CHECK_INTERVAL),
                None => CHECK_INTERVAL,
            };
            platform::sleep(delay).await;
        }
    }

    /// Returns a token that stays valid for a while; `None` where nobody is signed in.
    pub(crate) async fn token(&self) -> Result<Option<String>, Failure> {
        let now = platform::now();
        let (token, expires_at) = match &self.session().lock().held {
            Some(Held { token: Some(token), expires_at, .. }) => (token.clone(), *expires_at),
            _ => return Ok(None),
        };
        if expires_at.since(now) >= EXPIRY_GRACE_PERIOD {
            return Ok(Some(token));
        }
        match self.refresh().await {
            Ok(Some(_)) => Ok(self.session().token()),
            Ok(None) => Err(Failure::SignedOut),
            // The present token is used up to its end.
            Err(_) if expires_at > now => Ok(Some(token)),
            Err(failure) => Err(failure),
        }
    }

    /// Returns another token than `refused`; `None` if the session is over.
    pub(crate) async fn token_after(&self, refused: &str) -> Result<Option<String>, Failure> {
        match self.session().token() {
            Some(token) if token == refused => Ok(self.refresh().await?.and(self.session().token())),
            other => Ok(other),
        }
    }

    /// Refreshes the session. Concurrent callers share one refresh, which completes even if all of them go, since half
    /// a refresh would cost the session.
    pub(crate) async fn refresh(&self) -> Result<Option<SignedIn>, Failure> {
        let (refresh, is_new) = {
            let mut inner = self.session().lock();
            match &inner.refresh {
                Some(refresh) => (refresh.clone(), false),
                None => {
                    let client = self.clone();
                    let work: BoxFuture<_> = Box::pin(async move { client.refresh_once().await });
                    let refresh = work.shared();
                    inner.refresh = Some(refresh.clone());
                    (refresh, true)
                }
            }
        };
        if is_new {
            platform::spawn(refresh.clone().map(drop));
        }
        refresh.await
    }

    async fn refresh_once(&self) -> Result<Option<SignedIn>, Failure> {
        let outcome = match self.route() {
            Route::Http(..) => self.request_refresh().await,
            Route::Carried(_) => self.resume_carried().await,
        };
        self.session().lock().refresh = None;
        outcome
    }

    async fn resume_carried(&self) -> Result<Option<SignedIn>, Failure> {
        let signed_in = self.carry(Call::Resume).await?.into_session()?;
        Ok(self.session().adopt(signed_in))
    }

    async fn request_refresh(&self) -> Result<Option<SignedIn>, Failure> {
        let presented = self.presented();
        if self.session().storage == TokenStorage::Memory && presented.refresh_token.is_none() {
            return Ok(None);
        }
        let (epoch, sent_at) = (self.session().lock().epoch, platform::now());
        let request = Request::new(Method::Post, ServiceName::IdentityProvider, "/refresh").json(&presented);
        let response = self.send_as(&request, None).await;
        if self.session().lock().epoch != epoch {
            return Ok(self.signed_in());
        }
        match response {
            Ok(response) => {
                let mut session: Session = response.read()?;
                if session.refresh_token.0.is_empty()
                    && let Some(kept) = presented.refresh_token
                {
                    session.refresh_token = kept;
                }
                Ok(self.session().replace(Some(Held::new(session, self.session().storage, sent_at))))
            }
            Err(failure) if failure.problem().is_some_and(|problem| problem.status == 401) => {
                Ok(self.session().replace(None))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Returns the proof of the session for the service: the token in memory, or nothing beside the cookie.
    fn presented(&self) -> Refresh {
        let inner = self.session().lock();
        let kept = inner.held.as_ref().and_then(|held| held.refresh_token.clone());
        Refresh { refresh_token: kept.map(Secret) }
    }

    /// Waits for a running refresh: its result belongs to the earlier session.
    async fn finish_refresh(&self) {
        let refresh = self.session().lock().refresh.clone();
        if let Some(refresh) = refresh {
            // Its callers hear the outcome.
            let _ = refresh.await;
        }
    }
}
