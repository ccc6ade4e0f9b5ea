//! Who may come in: verifies tokens with the identity-provider's published keys, cached, and with the public keys
//! of our own services.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::RwLock;
use quick_cache::sync::Cache;
use tokio::{sync::Mutex, time::Instant};
use wire::{
    ErrorCode, Role,
    identity::{Claims, Jwk, Jwks, SERVICE_ISSUER, USER_AUDIENCE, USER_ISSUER},
    ops::ServiceName,
};

use crate::{
    backoff::Backoff,
    clock::Clock,
    files,
    tasks::Tasks,
    token::{PublicKey, key_id},
};

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 2048;
/// How many verified tokens are remembered.
const REMEMBERED: usize = 20_000;
/// How often an unknown key may cause the keys to be fetched.
const REFETCH_PAUSE: Duration = Duration::from_secs(10);
/// How often the keys are fetched without cause.
const REFRESH: Duration = Duration::from_secs(300);
/// Delay after the first fetch that failed; it doubles with each further one …
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(40);
/// … up to this.
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(2);
/// How long one fetch may take.
const FETCH_DEADLINE: Duration = Duration::from_secs(2);

/// Where the keys of people's tokens come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The identity-provider's `/.well-known/jwks.json`.
    Url(String),
    /// The identity-provider itself: the keys it publishes.
    Own(PublishedKeys),
}

/// Keys that an identity-provider publishes. Clones are the same.
pub type PublishedKeys = Arc<RwLock<Jwks>>;

/// Published keys, which the identity-provider replaces when it has others.
pub fn published(keys: Vec<Jwk>) -> PublishedKeys {
    Arc::new(RwLock::new(Jwks { keys }))
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours, or one that has ended.
    #[error("the token is missing, expired or not one of ours")]
    Bad,
    /// There are no keys to verify it with.
    #[error("no keys to verify tokens with")]
    NoKeys,
}

impl TokenError {
    /// For clients.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Bad => ErrorCode::Unauthenticated,
            Self::NoKeys => ErrorCode::IdentityUnavailable,
        }
    }
}

type PeopleKeys = HashMap<String, PublicKey>;

/// Verifies tokens. Clones share keys and memory.
#[derive(Clone)]
pub struct Verifier(Arc<Shared>);

struct Shared {
    service: ServiceName,
    clock: Clock,
    source: KeySource,
    http: reqwest::Client,
    kept_at: Option<PathBuf>,
    services: HashMap<String, PublicKey>,
    people: RwLock<Arc<PeopleKeys>>,
    last_fetch: Mutex<Option<Instant>>,
    known: Cache<Box<str>, Arc<Claims>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("service", &self.0.service).finish_non_exhaustive()
    }
}

impl Verifier {
    /// For the service named. `services` are the public keys of ours, whose `kid` is the service's name; `kept_at`
    /// is the file where the last good keys are kept.
    pub fn new(
        service: ServiceName,
        clock: Clock,
        source: KeySource,
        services: &[Jwk],
        kept_at: Option<PathBuf>,
    ) -> Self {
        let people = kept_at.as_deref().and_then(read_kept).unwrap_or_default();
        Self(Arc::new(Shared {
            service,
            clock,
            source,
            http: reqwest::Client::new(),
            kept_at,
            services: ready(services),
            people: RwLock::new(Arc::new(people)),
            last_fetch: Mutex::new(None),
            known: Cache::new(REMEMBERED),
        }))
    }

    /// Fetches the keys now and then, and at once until there are some.
    pub fn keep_fresh(&self, tasks: &Tasks) {
        if matches!(self.0.source, KeySource::Own(_)) {
            return;
        }
        let (verifier, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("keys", async move {
            let mut backoff = Backoff::new(FIRST_RETRY_DELAY, LONGEST_RETRY_DELAY);
            loop {
                let delay = if verifier.fetch().await {
                    backoff.reset();
                    REFRESH
                } else {
                    backoff.delay()
                };
                if !group.pause(delay).await {
                    return;
                }
            }
        });
    }

    /// Whether there are keys.
    pub fn has_keys(&self) -> bool {
        match &self.0.source {
            KeySource::Own(_) => true,
            KeySource::Url(_) => !self.people_keys().is_empty(),
        }
    }

    /// What a token says, if it is good here and now.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Bad);
        }
        let now = self.0.clock.now().as_secs();
        if let Some(claims) = self.0.known.get(token) {
            return if now < claims.exp { Ok(claims) } else { Err(TokenError::Bad) };
        }
        let kid = key_id(token).ok_or(TokenError::Bad)?;
        let claims = match self.0.services.get(&kid) {
            Some(key) => key.verify(token).filter(|claims| {
                claims.iss == SERVICE_ISSUER
                    && claims.aud == self.0.service.as_str()
                    && claims.role == Role::Service
                    && claims.sub.strip_prefix("service:") == Some(&kid)
            }),
            None => {
                let key = self.people_key(&kid).await?;
                key.verify(token).filter(|claims| {
                    claims.iss == USER_ISSUER && claims.aud == USER_AUDIENCE && claims.role != Role::Service
                })
            }
        };
        // A minute of grace for a clock that is ahead of ours; none for one that is behind.
        let claims =
            claims.filter(|claims| now < claims.exp && claims.iat <= now + 60).ok_or(TokenError::Bad)?;
        let claims = Arc::new(claims);
        self.0.known.insert(token.into(), Arc::clone(&claims));
        Ok(claims)
    }

    async fn people_key(&self, kid: &str) -> Result<PublicKey, TokenError> {
        if let KeySource::Own(jwks) = &self.0.source {
            let jwks = jwks.read();
            return jwks
                .keys
                .iter()
                .find(|jwk| jwk.kid == kid)
                .and_then(PublicKey::new)
                .ok_or(TokenError::Bad);
        }
        if let Some(key) = self.people_keys().get(kid) {
            return Ok(key.clone());
        }
        self.fetch_unless_just_done().await;
        let keys = self.people_keys();
        match keys.get(kid) {
            Some(key) => Ok(key.clone()),
            None if keys.is_empty() => Err(TokenError::NoKeys),
            None => Err(TokenError::Bad),
        }
    }

    fn people_keys(&self) -> Arc<PeopleKeys> {
        Arc::clone(&self.0.people.read())
    }

    /// At most one fetch in ten seconds, whoever asks; who asks meanwhile waits for its end.
    async fn fetch_unless_just_done(&self) {
        let mut last = self.0.last_fetch.lock().await;
        if last.is_none_or(|at| at.elapsed() >= REFETCH_PAUSE) {
            *last = Some(Instant::now());
            self.fetch().await;
        }
    }

    async fn fetch(&self) -> bool {
        let KeySource::Url(url) = &self.0.source else { return true };
        let request = self.0.http.get(url).timeout(FETCH_DEADLINE).send();
        let jwks: Jwks = match request.await.and_then(reqwest::Response::error_for_status) {
            Ok(response) => match response.json().await {
                Ok(jwks) => jwks,
                Err(error) => {
                    tracing::warn!(%error, "the identity-provider's keys cannot be read");
                    return false;
                }
            },
            Err(error) => {
                tracing::debug!(%error, "the identity-provider's keys cannot be fetched");
                return false;
            }
        };
        let keys = ready(&jwks.keys);
        if keys.is_empty() {
            return false;
        }
        *self.0.people.write() = Arc::new(keys);
        if let Some(path) = &self.0.kept_at
            && let Err(error) = keep(path, &jwks)
        {
            tracing::warn!(%error, "the identity-provider's keys cannot be kept on disk");
        }
        true
    }
}

fn ready(keys: &[Jwk]) -> PeopleKeys {
    keys.iter().filter_map(|jwk| Some((jwk.kid.clone(), PublicKey::new(jwk)?))).collect()
}

fn keep(path: &Path, jwks: &Jwks) -> std::io::Result<()> {
    files::replace(path, &serde_json::to_vec(jwks)?)
}

fn read_kept(path: &Path) -> Option<PeopleKeys> {
    let jwks: Jwks = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(ready(&jwks.keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{ServiceTokens, Signer};

    const SERVICE: ServiceName = ServiceName::StockService;

    struct Desk {
        verifier: Verifier,
        signer: Signer,
        hand: crate::clock::Hand,
        clock: Clock,
    }

    fn desk() -> Desk {
        let (clock, hand) = Clock::by_hand(Time::from_millis(1_000_000_000));
        let signer = Signer::new("people-1", &[1; 32]);
        let gateway = Signer::new("order-gateway", &[2; 32]);
        let source = KeySource::Own(published(vec![signer.public().clone()]));
        let verifier = Verifier::new(SERVICE, clock.clone(), source, &[gateway.public().clone()], None);
        Desk { verifier, signer, hand, clock }
    }

    use wire::{Time, identity::Secret};

    fn claims(desk: &Desk) -> Claims {
        Claims {
            sub: "somebody".into(),
            role: Role::Student,
            iss: USER_ISSUER.into(),
            aud: USER_AUDIENCE.into(),
            iat: desk.clock.now().as_secs(),
            exp: desk.clock.now().as_secs() + 900,
            name: None,
            username: None,
            kiosk: None,
        }
    }

    impl Desk {
        async fn refuses(&self, token: &Secret) {
            assert_eq!(self.verifier.verify(&token.0).await.unwrap_err(), TokenError::Bad);
        }
    }

    #[tokio::test]
    async fn a_token_is_good_until_its_end_also_when_it_is_remembered() {
        let desk = desk();
        let token = desk.signer.sign(&claims(&desk));
        for _ in 0..2 {
            assert_eq!(desk.verifier.verify(&token.0).await.unwrap().sub, "somebody");
        }
        desk.hand.advance(Duration::from_secs(901));
        desk.refuses(&token).await;
    }

    #[tokio::test]
    async fn foreign_forged_and_misused_tokens_are_refused() {
        let desk = desk();
        let good = claims(&desk);
        desk.refuses(&Signer::new("people-1", &[9; 32]).sign(&good)).await;
        desk.refuses(&Signer::new("people-2", &[1; 32]).sign(&good)).await;
        desk.refuses(&desk.signer.sign(&Claims { aud: "elsewhere".into(), ..good.clone() })).await;
        desk.refuses(&desk.signer.sign(&Claims { iss: "elsewhere".into(), ..good.clone() })).await;
        desk.refuses(&desk.signer.sign(&Claims { role: Role::Service, ..good.clone() })).await;
        desk.refuses(&desk.signer.sign(&Claims {
            iat: good.iat + 3600,
            exp: good.exp + 3600,
            ..good.clone()
        }))
        .await;
        // {"alg":"none","kid":"people-1"} with the body of a good token, and no signature.
        let body = desk.signer.sign(&good).0.split('.').nth(1).unwrap().to_owned();
        desk.refuses(&Secret(format!("eyJhbGciOiJub25lIiwia2lkIjoicGVvcGxlLTEifQ.{body}."))).await;
        desk.refuses(&Secret("x".repeat(MAX_TOKEN + 1))).await;
        desk.refuses(&Secret(String::new())).await;
    }

    #[tokio::test]
    async fn a_service_speaks_only_as_itself_and_only_to_its_target() {
        let desk = desk();
        let gateway = ServiceTokens::new(ServiceName::OrderGateway, &[2; 32], desk.clock.clone());
        let token = gateway.for_target(SERVICE);
        assert_eq!(desk.verifier.verify(&token.0).await.unwrap().role, Role::Service);
        desk.refuses(&gateway.for_target(ServiceName::KitchenQueue)).await;
        let as_kitchen = ServiceTokens::new(ServiceName::KitchenQueue, &[2; 32], desk.clock.clone());
        desk.refuses(&as_kitchen.for_target(SERVICE)).await;
    }
}
