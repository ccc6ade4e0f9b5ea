//! Tokens: Ed25519 JWTs (RFC 7519, RFC 8037) of people, and short ones that our services sign for each other.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use parking_lot::Mutex;
use wire::{
    Role,
    identity::{Claims, Jwk, SERVICE_ISSUER, Secret},
    ops::ServiceName,
};

use crate::clock::Clock;

mod eddsa;

/// How long a service's token lives.
const SERVICE_TOKEN_LIFE: Duration = Duration::from_secs(60);

/// A key that signs tokens, and its name.
#[derive(Clone)]
pub struct Signer {
    kid: Arc<str>,
    key: EncodingKey,
    public: Jwk,
}

impl Signer {
    /// From the 32 bytes of an Ed25519 private key (RFC 8032).
    ///
    /// # Panics
    /// Never: every 32 bytes are a key.
    #[expect(clippy::expect_used, reason = "encoding 32 bytes as PKCS #8 cannot fail")]
    pub fn new(kid: &str, seed: &[u8; 32]) -> Self {
        eddsa::install();
        let key = SigningKey::from_bytes(seed);
        let der = key.to_pkcs8_der().expect("an Ed25519 key is encoded");
        Self {
            kid: kid.into(),
            key: EncodingKey::from_ed_der(der.as_bytes()),
            public: Jwk {
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                kid: kid.to_owned(),
                x: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
                alg: "EdDSA".to_owned(),
                usage: "sig".to_owned(),
            },
        }
    }

    /// The public half.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// A signed token with these claims.
    ///
    /// # Panics
    /// Never: the claims are plain text and numbers.
    #[expect(clippy::expect_used, reason = "claims are plain text and numbers; signing them cannot fail")]
    pub fn sign(&self, claims: &Claims) -> Secret {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.to_string());
        Secret(jsonwebtoken::encode(&header, claims, &self.key).expect("claims are signed"))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A public key, ready to verify with.
#[derive(Clone)]
pub struct PublicKey(Arc<DecodingKey>);

impl PublicKey {
    /// From its JWK; `None` when it is not an Ed25519 key.
    pub fn new(jwk: &Jwk) -> Option<Self> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return None;
        }
        eddsa::install();
        DecodingKey::from_ed_components(&jwk.x).ok().map(|key| Self(Arc::new(key)))
    }

    /// What the token says, if this key signed it. Whose it is, whom it is for, and its times are not looked at.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        jsonwebtoken::decode::<Claims>(token, &self.0, &rules).ok().map(|token| token.claims)
    }
}

/// The name of the key that a token says it was signed with. Nothing about it is verified.
pub fn key_id(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid)
}

/// Makes the tokens that one of our services calls another with.
#[derive(Debug, Clone)]
pub struct ServiceTokens {
    caller: ServiceName,
    signer: Signer,
    clock: Clock,
    last: Arc<Mutex<Vec<(ServiceName, Claims, Secret)>>>,
}

impl ServiceTokens {
    /// For the service `caller`, with its own private key.
    pub fn new(caller: ServiceName, seed: &[u8; 32], clock: Clock) -> Self {
        Self { caller, signer: Signer::new(caller.as_str(), seed), clock, last: Arc::default() }
    }

    /// A token for `target`, good for at least half a minute.
    pub fn for_target(&self, target: ServiceName) -> Secret {
        let now = self.clock.now();
        let mut last = self.last.lock();
        if let Some((_, claims, token)) = last.iter().find(|(whom, ..)| *whom == target)
            && (claims.iat..claims.exp - 30).contains(&now.as_secs())
        {
            return token.clone();
        }
        let claims = Claims {
            sub: format!("service:{}", self.caller),
            role: Role::Service,
            iss: SERVICE_ISSUER.to_owned(),
            aud: target.as_str().to_owned(),
            iat: now.as_secs(),
            exp: now.plus(SERVICE_TOKEN_LIFE).as_secs(),
            name: None,
            username: None,
            kiosk: None,
        };
        let token = self.signer.sign(&claims);
        last.retain(|(whom, ..)| *whom != target);
        last.push((target, claims, token.clone()));
        token
    }
}
