//! The keys that tokens are signed with: made once, sealed in the store, published before they are used.

use std::sync::Arc;

use parking_lot::RwLock;
use service_kit::{Clock, keys::PublishedKeys, secret, token::Signer};
use wire::{
    Time,
    identity::{Claims, Jwks, Secret},
};

use crate::{
    domain::rotation::{Turns, current, ended},
    secrets::Secrets,
    store::{StoreError, UserStore},
};

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed with another secret.
    #[error(
        "the signing key {0} cannot be opened: the secret is not the one that this database was made with; \
         restore the secret's file that belongs to it"
    )]
    OtherSecret(String),
}

/// The keys of the moment.
pub struct KeyRing {
    store: Arc<dyn UserStore>,
    secrets: Secrets,
    turns: Turns,
    clock: Clock,
    published: PublishedKeys,
    keys: RwLock<Vec<Key>>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("turns", &self.turns).finish_non_exhaustive()
    }
}

struct Key {
    signer: Signer,
    active_from: Time,
}

impl KeyRing {
    /// Reads the keys, and makes the first one if there is none. `published` is kept filled.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn open(
        store: Arc<dyn UserStore>,
        secrets: Secrets,
        turns: Turns,
        clock: Clock,
        published: PublishedKeys,
    ) -> Result<Self, KeyError> {
        let ring = Self { store, secrets, turns, clock, published, keys: RwLock::default() };
        ring.refresh().await?;
        Ok(ring)
    }

    /// Makes the next key when it is time, drops those that have ended, and publishes what there is.
    ///
    /// # Errors
    /// See [`KeyError`]; the keys stay as they were.
    pub async fn refresh(&self) -> Result<(), KeyError> {
        let now = self.clock.now();
        let mut stored = self.store.signing_keys().await?;
        let newest = stored.last();
        if let Some(active_from) = self.turns.next(newest.map(|key| key.active_from), now) {
            let kid = secret::random_text::<12>();
            let key = self.secrets.seal(&kid, &secret::random(), now, active_from);
            if self.store.add_signing_key(&key, newest.map(|key| key.kid.as_str())).await? {
                tracing::info!(kid, %active_from, "a signing key was made");
            }
            stored = self.store.signing_keys().await?;
        }
        let times: Vec<_> = stored.iter().map(|key| key.active_from).collect();
        for key in stored.drain(..ended(&times, now)) {
            self.store.remove_signing_key(&key.kid).await?;
            tracing::info!(kid = key.kid, "a signing key has ended");
        }
        let keys = stored
            .into_iter()
            .map(|key| match self.secrets.open(&key) {
                Some(seed) => Ok(Key { signer: Signer::new(&key.kid, &seed), active_from: key.active_from }),
                None => Err(KeyError::OtherSecret(key.kid)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let jwks = Jwks { keys: keys.iter().map(|key| key.signer.public().clone()).collect() };
        *self.published.write() = jwks;
        *self.keys.write() = keys;
        Ok(())
    }

    /// The public keys.
    pub fn published(&self) -> Jwks {
        self.published.read().clone()
    }

    /// Signs with the key whose turn it is; `None` when there is none.
    pub(crate) fn sign(&self, claims: &Claims) -> Option<Secret> {
        let keys = self.keys.read();
        let times: Vec<_> = keys.iter().map(|key| key.active_from).collect();
        let key = keys.get(current(&times, self.clock.now())?)?;
        Some(key.signer.sign(claims))
    }
}
