//! Signing in, staying signed in, and signing out.

use std::{sync::Arc, time::Duration};

use service_kit::{Clock, secret};
use wire::{
    Time,
    id::Username,
    identity::{Claims, Secret, Session, SessionUser, USER_AUDIENCE, USER_ISSUER, User},
};

use crate::{
    attempts::{Attempt, LoginAttempts},
    config::{Config, days, minutes},
    domain::password,
    error::IdentityError,
    hashing::{HashingPool, Share},
    kiosks::Kiosks,
    metrics::IdentityMetrics,
    secrets::{Secrets, token_hash},
    signing::KeyRing,
    store::{Account, Rotation, Turn, UserStore},
};

/// For how long a repeat of the last refresh gets the same answer.
const GRACE: Duration = Duration::from_secs(30);
/// The most characters of a user name that is looked at.
pub(crate) const MAX_USERNAME: usize = 128;

/// What sessions are made with.
pub(crate) struct Desk {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) kiosks: Kiosks,
    pub(crate) attempts: Arc<dyn LoginAttempts>,
    pub(crate) hashing: Arc<HashingPool>,
    pub(crate) keys: KeyRing,
    pub(crate) secrets: Secrets,
    pub(crate) clock: Clock,
    pub(crate) metrics: IdentityMetrics,
    pub(crate) token_life: Duration,
    pub(crate) session_life: Duration,
}

impl Desk {
    pub(crate) fn lives(config: &Config) -> (Duration, Duration) {
        (minutes(config.token_minutes), days(config.refresh_days))
    }

    /// A session for whoever knows the password. Somebody unknown or disabled is refused like a wrong password, and
    /// after the same work (but for a user who still has a bcrypt hash of the old system, which takes its own time).
    pub(crate) async fn sign_in(&self, username: &str, password: Secret) -> Result<Session, IdentityError> {
        let counted: String = username.chars().take(MAX_USERNAME).collect();
        self.count_attempt(&counted).await?;
        let account = match username.parse::<Username>() {
            Ok(name) => self.users.by_username(&name).await?,
            Err(_) => None,
        };
        let known = self.check(account, password).await;
        match &known {
            Ok(_) => self.metrics.success.inc(),
            Err(IdentityError::BadCredentials) => self.metrics.failed.inc(),
            Err(_) => {}
        }
        let account = known?;
        let token = Secret(secret::random_text::<32>());
        let ends = self.clock.now().plus(self.session_life);
        let family = self.clock.uuid();
        let user_id = account.user.user_id;
        let begun =
            self.users.begin_session(user_id, account.generation, family, token_hash(&token.0), ends).await?;
        // The password was changed, or the user disabled, while it was being checked.
        if begun { self.session(&account.user, token) } else { Err(IdentityError::BadCredentials) }
    }

    pub(crate) async fn count_attempt(&self, username: &str) -> Result<(), IdentityError> {
        match self.attempts.count(username).await? {
            Attempt::Allowed => Ok(()),
            Attempt::Refused { wait } => {
                self.metrics.limited.inc();
                Err(IdentityError::TooManyAttempts { wait })
            }
        }
    }

    /// The account, if it is enabled and this is its password. An old hash is replaced.
    pub(crate) async fn check(
        &self,
        account: Option<Account>,
        password: Secret,
    ) -> Result<Account, IdentityError> {
        let stored = hash_to_check(account.as_ref()).to_owned();
        // Nobody has so long a password, since none can be set; the work is done all the same.
        let too_long = password.0.chars().nth(password::MAX_CHARS).is_some();
        let text = if too_long { String::new() } else { password.0 };
        let (matched, new_hash) = self
            .hashing
            .run(Share::Foreground, move |workspace| {
                let matched = password::matches(workspace, &text, &stored) && !too_long;
                let old = matched && password::is_bcrypt(&stored);
                (matched, old.then(|| password::hash(workspace, &text)))
            })
            .await?;
        let account = account
            .filter(|account| matched && !account.user.disabled)
            .ok_or(IdentityError::BadCredentials)?;
        if let Some(new_hash) = new_hash {
            self.users.replace_hash(account.user.user_id, &account.password_hash, &new_hash?).await?;
        }
        Ok(account)
    }

    /// The next session for a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Session, IdentityError> {
        let (now, successor) = (self.clock.now(), self.secrets.successor(token));
        let turn = Turn {
            presented: token_hash(token),
            successor: token_hash(&successor.0),
            now,
            expires_at: now.plus(self.session_life),
            grace: GRACE,
        };
        match self.users.rotate(&turn).await? {
            Rotation::Done(user) => self.session(&user, successor),
            Rotation::Unknown => Err(IdentityError::SessionEnded),
            Rotation::Reused => {
                tracing::warn!("a refresh token was used twice; its session was ended");
                Err(IdentityError::SessionEnded)
            }
        }
    }

    pub(crate) async fn sign_out(&self, token: &str) -> Result<(), IdentityError> {
        Ok(self.users.end_session(token_hash(token)).await?)
    }

    fn session(&self, user: &User, refresh_token: Secret) -> Result<Session, IdentityError> {
        let now = self.clock.now();
        // A token counts in whole seconds.
        let expires_at = Time::from_millis(now.plus(self.token_life).as_secs() * 1000);
        let claims = Claims {
            sub: user.user_id.to_string(),
            role: user.role,
            iss: USER_ISSUER.to_owned(),
            aud: USER_AUDIENCE.to_owned(),
            iat: now.as_secs(),
            exp: expires_at.as_secs(),
            name: Some(user.name.clone()),
            username: Some(user.username.to_string()),
            kiosk: None,
        };
        Ok(Session {
            token: self.keys.sign(&claims).ok_or(IdentityError::NoKey)?,
            expires_at,
            refresh_token,
            user: SessionUser {
                user_id: user.user_id,
                username: user.username.clone(),
                name: user.name.clone(),
                role: user.role,
            },
        })
    }
}

/// What a password is checked against. It is as much work for nobody as for somebody.
fn hash_to_check(account: Option<&Account>) -> &str {
    account.map_or(password::NOBODY, |account| &account.password_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_checked_like_somebody() {
        assert_eq!(hash_to_check(None), password::NOBODY);
    }
}
