//! The keys that are derived from the one secret of this service, and what is sealed with them.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    ChaCha20Poly1305,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use service_kit::secret;
use sha2::{Digest as _, Sha256};
use wire::{Time, identity::Secret};

use crate::store::{SealedKey, TokenHash, kiosk::CardNumber};

/// The derived keys. Each has one use, so that nothing said with one means anything to another.
#[derive(Clone)]
pub struct Secrets {
    /// Seals the private halves of signing keys.
    sealing: [u8; 32],
    /// Makes the successor of a refresh token out of it.
    refresh: [u8; 32],
    /// Hashes card numbers.
    cards: [u8; 32],
    /// Makes names of attempts that nobody can sign in under.
    attempts: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

impl Secrets {
    /// From the secret of this service.
    pub fn derive(secret: &[u8; 32]) -> Self {
        Self {
            sealing: hmac(secret, b"identity-provider/signing-keys/1"),
            refresh: hmac(secret, b"identity-provider/refresh-tokens/1"),
            cards: hmac(secret, b"identity-provider/cards/1"),
            attempts: hmac(secret, b"identity-provider/attempts/1"),
        }
    }

    /// Seals the seed of a signing key for storage. Its name is bound to it, so that rows cannot be swapped.
    ///
    /// # Panics
    /// Never: 32 bytes can be sealed.
    #[expect(clippy::expect_used, reason = "sealing fails only beyond 256 GiB (RFC 8439)")]
    pub fn seal(&self, kid: &str, seed: &[u8; 32], created_at: Time, active_from: Time) -> SealedKey {
        let nonce = secret::random::<12>();
        let sealed = ChaCha20Poly1305::new(&self.sealing.into())
            .encrypt(&nonce.into(), Payload { msg: seed, aad: kid.as_bytes() })
            .ok()
            .and_then(|sealed| sealed.try_into().ok())
            .expect("32 bytes are sealed as 48");
        SealedKey { kid: kid.to_owned(), nonce, sealed, created_at, active_from }
    }

    /// The seed of a stored signing key; `None` if it was sealed with another secret, or changed.
    pub fn open(&self, key: &SealedKey) -> Option<[u8; 32]> {
        ChaCha20Poly1305::new(&self.sealing.into())
            .decrypt(&key.nonce.into(), Payload { msg: &key.sealed, aad: key.kid.as_bytes() })
            .ok()?
            .try_into()
            .ok()
    }

    /// The refresh token that follows this one: always the same, and known to nobody without the secret.
    pub fn successor(&self, token: &str) -> Secret {
        Secret(URL_SAFE_NO_PAD.encode(hmac(&self.refresh, token.as_bytes())))
    }

    /// Hashes a card number for storage. Card numbers are short, so that a plain hash could be reversed.
    pub fn card_number(&self, number: &str) -> CardNumber {
        hmac(&self.cards, number.as_bytes())
    }

    /// Returns the name that attempts on `subject` are counted under. Nobody outside can sign in under it and use up
    /// its attempts.
    pub fn attempts_name(&self, subject: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac(&self.attempts, subject.as_bytes()))
    }
}

/// What is stored of a refresh token.
pub fn token_hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_and_name_alone() {
        let (secrets, now) = (Secrets::derive(&[1; 32]), Time::from_millis(0));
        let key = secrets.seal("k1", &[7; 32], now, now);
        assert_eq!(secrets.open(&key), Some([7; 32]));
        assert_eq!(Secrets::derive(&[2; 32]).open(&key), None);
        assert_eq!(secrets.open(&SealedKey { kid: "k2".to_owned(), ..key.clone() }), None);
        let mut changed = key.clone();
        changed.sealed[0] ^= 1;
        assert_eq!(secrets.open(&changed), None);
        assert_ne!(secrets.seal("k1", &[7; 32], now, now).nonce, key.nonce);
    }

    #[test]
    fn a_successor_is_always_the_same_and_needs_the_secret() {
        let secrets = Secrets::derive(&[1; 32]);
        assert_eq!(secrets.successor("a"), secrets.successor("a"));
        assert_ne!(secrets.successor("a"), secrets.successor("b"));
        assert_ne!(secrets.successor("a"), Secrets::derive(&[2; 32]).successor("a"));
    }
}
