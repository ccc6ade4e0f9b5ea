//! Encryption of everything that is stored of a student.
//!
//! - [`Vault`]: sealing under the key of this kiosk
//! - [`known`]: students who may sign in without network, because they signed in here while there was one
//! - `key_file`: the file that holds the key
//!
//! The key lies beside the data, so encryption does not protect against somebody who takes the whole disk and knows that.
//! It keeps students out of copied databases, logs of crashes, freed sectors and backups without the key file. The token of
//! a known student also needs the student's own password or PIN.

mod key_file;
pub mod known;
#[cfg(test)]
mod tests;

use std::{fmt, path::Path, sync::Arc};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use known::KnownStudents;

/// File of the key, in the data folder.
pub const KEY_FILE: &str = "device.key";
/// Length of the key, in bytes.
pub const KEY_LENGTH: usize = 32;
/// Length of the nonce that a sealed text begins with, in bytes.
const NONCE_LENGTH: usize = 24;

/// Fault that keeps the vault from being opened or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be used: {reason}")]
    Storage {
        /// The file or folder.
        path: String,
        /// Cause.
        reason: std::io::Error,
    },
    /// The key file can be read or written by others than its owner.
    #[error("{path} is open to others than its owner (mode {mode:03o}); its mode should be 600")]
    KeyExposed {
        /// The key file.
        path: String,
        /// Permission bits.
        mode: u32,
    },
    /// The key file has another length than a key.
    #[error("{path} holds {length} bytes; a key has {KEY_LENGTH}")]
    KeyLength {
        /// The key file.
        path: String,
        /// Length of the file, in bytes.
        length: u64,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// A text is too long to be sealed, or memory for a key derivation is missing.
    #[error("encryption failed")]
    Encryption,
}

impl VaultError {
    pub(crate) fn storage(path: &Path, reason: std::io::Error) -> Self {
        Self::Storage { path: path.display().to_string(), reason }
    }
}

/// Keys of this kiosk. Clones are the same vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    keys: Keys,
    known: KnownStudents,
}

/// Keys derived from the device key. Each has one use.
#[derive(Clone)]
struct Keys {
    /// Seals what the kiosk itself has to open again.
    sealing: [u8; 32],
    /// Turns user names and card numbers into lookup ids.
    lookup: [u8; 32],
    /// Goes into the keys that are derived from passwords and PINs.
    password: [u8; 32],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Keys {
    fn derive(device: &[u8; KEY_LENGTH]) -> Self {
        Self {
            sealing: hmac(device, &[b"kiosk/sealing/1"]),
            lookup: hmac(device, &[b"kiosk/lookup/1"]),
            password: hmac(device, &[b"kiosk/password/1"]),
        }
    }
}

impl Vault {
    /// Opens the vault of a data folder. Makes the folder and the key if they do not exist.
    ///
    /// # Errors
    /// The key file is open to others or has the wrong length, or the folder cannot be read or written.
    pub async fn open(folder: &Path) -> Result<Self, VaultError> {
        let folder = folder.to_owned();
        blocking(move || {
            let keys = Keys::derive(&key_file::read_or_create(&folder)?);
            let known = KnownStudents::open(&folder, keys.clone())?;
            Ok(Self(Arc::new(Inner { keys, known })))
        })
        .await
    }

    /// Returns the students who may sign in without network.
    pub fn known(&self) -> &KnownStudents {
        &self.0.known
    }

    /// Seals `plain`. `purpose` and `row` are bound to it: it opens with the same ones alone, so that rows cannot be
    /// exchanged.
    ///
    /// # Errors
    /// There is no randomness, or `plain` is longer than 256 GiB.
    pub fn seal(&self, purpose: &str, row: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(&self.0.keys.sealing, purpose, row, plain)
    }

    /// Opens a sealed text. Returns `None` if it was sealed under another key, purpose or row, or changed since.
    pub fn open_sealed(&self, purpose: &str, row: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        open_sealed(&self.0.keys.sealing, purpose, row, sealed)
    }
}

fn seal(key: &[u8; 32], purpose: &str, row: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = random::<NONCE_LENGTH>()?;
    let bound = bound_data(purpose, row);
    let text = XChaCha20Poly1305::new(&(*key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &bound })
        .map_err(|_| VaultError::Encryption)?;
    Ok([nonce.as_slice(), &text].concat())
}

fn open_sealed(key: &[u8; 32], purpose: &str, row: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let bound = bound_data(purpose, row);
    XChaCha20Poly1305::new(&(*key).into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &bound })
        .ok()
}

/// Returns the associated data. The length of the purpose keeps `("a", "bc")` and `("ab", "c")` apart.
fn bound_data(purpose: &str, row: &str) -> Vec<u8> {
    let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes();
    [length.as_slice(), purpose.as_bytes(), row.as_bytes()].concat()
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], VaultError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

/// Runs `work` on the pool for blocking work.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    // The work does not panic, and is not aborted while the runtime runs.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(VaultError::Encryption))
}
