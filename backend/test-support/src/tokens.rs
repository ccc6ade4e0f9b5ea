//! Tokens of people that the service under test trusts.

use service_kit::{
    keys::{KeySource, published},
    token::Signer,
};
use wire::{
    Role, Time,
    identity::{Claims, USER_AUDIENCE, USER_ISSUER},
};

/// User id of somebody, where a test needs only one.
pub const USER_ID: &str = "00000000-0000-7000-8000-00000000000a";

/// Lifetime of a token in seconds, where the test does not care.
pub const TOKEN_TTL: i64 = 900;

/// Signs tokens in place of the identity-provider.
#[derive(Debug, Clone)]
pub struct TokenIssuer(Signer);

impl Default for TokenIssuer {
    fn default() -> Self {
        Self(Signer::new("people-1", &[1; 32]))
    }
}

impl TokenIssuer {
    /// Returns the public key, as a service that trusts this issuer has it.
    pub fn keys(&self) -> KeySource {
        KeySource::Own(published(vec![self.0.public().clone()]))
    }

    /// Signs a token for a user, valid for `ttl` seconds from `now`.
    pub fn token(&self, user_id: &str, role: Role, now: Time, ttl: i64) -> String {
        let now = now.as_secs();
        let claims = Claims {
            sub: user_id.to_owned(),
            role,
            iss: USER_ISSUER.to_owned(),
            aud: USER_AUDIENCE.to_owned(),
            iat: now,
            exp: now + ttl,
            name: None,
            username: None,
            kiosk: None,
        };
        self.0.sign(&claims).0
    }
}
