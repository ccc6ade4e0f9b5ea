//! Students who may sign in without network, because they signed in at this kiosk while there was one.
//!
//! One file per sign-in (user name, or card) in the folder `known`. Its name is a keyed hash of the user name or card
//! number, so that a listing of the folder shows nobody. Its content is sealed twice: by the device key, and inside by a
//! key that argon2id derives from the student's password or PIN and the device key.

use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use argon2::{Algorithm, Argon2, Params, Version};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use wire::{
    Time,
    kiosk::{KioskSession, KioskSignIn},
};

use super::{Keys, VaultError, blocking, hmac, open_sealed, random, seal};
use crate::files::{DRAFT_PREFIX, create_folder, replace};

/// Folder of the known students, in the data folder.
pub const FOLDER: &str = "known";
/// Most sign-ins that are remembered. Beyond it, the one that expires first is dropped.
pub const MAX_KNOWN: usize = 2_000;
/// Wrong passwords or PINs in a row after which a sign-in is dropped. A PIN of four digits would be guessed otherwise.
pub const MAX_WRONG: u32 = 5;

/// Memory of one derivation, in KiB (OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane).
const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Degree of parallelism.
const PARALLELISM: u32 = 1;
/// Length of a salt, in bytes.
const SALT_LENGTH: usize = 16;
/// Longest file that is read, in bytes. A session has about 1,000.
const MAX_FILE: u64 = 16 * 1024;

/// Purpose of the outer seal.
const OUTER: &str = "known-student";
/// Purpose of the inner seal.
const INNER: &str = "known-student/session";

/// Keyed hash of a user name or card number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct LookupId([u8; 32]);

impl fmt::Display for LookupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl LookupId {
    fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(id))
    }
}

/// Remembered sign-in, without its session.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    expires_at: Time,
    /// Wrong secrets since the last right one.
    wrong: u32,
}

/// Students who may sign in without network. Clones share their state.
#[derive(Clone)]
pub struct KnownStudents {
    folder: Arc<Path>,
    keys: Keys,
    index: Arc<Mutex<HashMap<LookupId, Remembered>>>,
    /// One derivation at a time: a kiosk has one student, and each derivation takes 19 MiB.
    derivations: Arc<Semaphore>,
}

impl fmt::Debug for KnownStudents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownStudents").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl KnownStudents {
    /// Reads the index. Files that cannot be opened are removed: they are of another key, or damaged.
    pub(super) fn open(data: &Path, keys: Keys) -> Result<Self, VaultError> {
        let folder = data.join(FOLDER);
        let storage = |reason| VaultError::storage(&folder, reason);
        create_folder(&folder).map_err(storage)?;
        let mut index = HashMap::new();
        for entry in fs::read_dir(&folder).map_err(storage)? {
            let entry = entry.map_err(storage)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let read = LookupId::parse(&name)
                .and_then(|id| Some((id, Stored::read(&entry.path(), id, &keys)?.expires_at)));
            match read {
                Some((id, expires_at)) => {
                    index.insert(id, Remembered { expires_at, wrong: 0 });
                }
                // A file that somebody else put here is left alone.
                None if LookupId::parse(&name).is_some() || name.starts_with(DRAFT_PREFIX) => {
                    remove(&entry.path())?;
                }
                None => {}
            }
        }
        let known = Self {
            folder: folder.into(),
            keys,
            index: Arc::new(Mutex::new(index)),
            derivations: Arc::new(Semaphore::new(1)),
        };
        known.drop_surplus()?;
        Ok(known)
    }

    /// Returns the number of remembered sign-ins.
    pub fn count(&self) -> usize {
        self.index.lock().len()
    }

    /// Remembers the session that a sign-in has opened, in place of an earlier one of the same student.
    ///
    /// # Errors
    /// The session cannot be encrypted or written.
    pub async fn remember(&self, sign_in: &KioskSignIn, session: &KioskSession) -> Result<(), VaultError> {
        let (known, id) = (self.clone(), self.lookup_id(sign_in));
        let (secret, session) = (secret_of(sign_in), session.clone());
        let _turn = self.derivations.acquire().await;
        blocking(move || {
            let salt = random::<SALT_LENGTH>()?;
            let key = derive_key(&known.keys, &secret, &salt)?;
            let plain = serde_json::to_vec(&session).map_err(|_| VaultError::Encryption)?;
            let inner = seal(&key, INNER, &id.to_string(), &plain)?;
            let stored = Stored { expires_at: session.expires_at, salt, inner };
            stored.write(&known.folder, id, &known.keys)?;
            known.index.lock().insert(id, Remembered { expires_at: session.expires_at, wrong: 0 });
            known.drop_surplus()
        })
        .await
    }

    /// Returns the session that a sign-in opened earlier, if the password or PIN is right and the session has not
    /// expired. After [`MAX_WRONG`] wrong ones in a row the sign-in is dropped. The answer takes as long for students who
    /// are not known.
    ///
    /// # Errors
    /// The file cannot be read or removed.
    pub async fn recall(&self, sign_in: &KioskSignIn, now: Time) -> Result<Option<KioskSession>, VaultError> {
        let (known, id, secret) = (self.clone(), self.lookup_id(sign_in), secret_of(sign_in));
        let _turn = self.derivations.acquire().await;
        blocking(move || known.recall_blocking(id, &secret, now)).await
    }

    fn recall_blocking(
        &self,
        id: LookupId,
        secret: &[u8],
        now: Time,
    ) -> Result<Option<KioskSession>, VaultError> {
        let stored = Stored::read(&self.path(id), id, &self.keys);
        let salt = stored.as_ref().map_or([0; SALT_LENGTH], |stored| stored.salt);
        let key = derive_key(&self.keys, secret, &salt)?;
        let Some(stored) = stored else { return Ok(None) };
        let plain = open_sealed(&key, INNER, &id.to_string(), &stored.inner);
        let session = plain.and_then(|plain| serde_json::from_slice::<KioskSession>(&plain).ok());
        let drop_it = {
            let mut index = self.index.lock();
            match (&session, index.get_mut(&id)) {
                (Some(session), Some(remembered)) => {
                    remembered.wrong = 0;
                    session.expires_at <= now
                }
                (None, Some(remembered)) => {
                    remembered.wrong += 1;
                    remembered.wrong >= MAX_WRONG
                }
                // Dropped meanwhile.
                (_, None) => true,
            }
        };
        if drop_it {
            self.drop_one(id)?;
            return Ok(None);
        }
        Ok(session)
    }

    /// Drops the session of a sign-in, for example because the server has refused the password since.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub async fn remove(&self, sign_in: &KioskSignIn) -> Result<(), VaultError> {
        let (known, id) = (self.clone(), self.lookup_id(sign_in));
        blocking(move || known.drop_one(id)).await
    }

    /// Drops every session that has expired, and returns their number.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub async fn purge(&self, now: Time) -> Result<usize, VaultError> {
        let known = self.clone();
        blocking(move || {
            let index = known.index.lock();
            let expired: Vec<_> =
                index.iter().filter(|(_, known)| known.expires_at <= now).map(|(id, _)| *id).collect();
            drop(index);
            expired.iter().try_for_each(|id| known.drop_one(*id))?;
            Ok(expired.len())
        })
        .await
    }

    fn lookup_id(&self, sign_in: &KioskSignIn) -> LookupId {
        let (kind, name): (&[u8], _) = match sign_in {
            KioskSignIn::Password { username, .. } => (b"username\0", username),
            KioskSignIn::Card { card, .. } => (b"card\0", &card.0),
        };
        LookupId(hmac(&self.keys.lookup, &[kind, name.as_bytes()]))
    }

    fn path(&self, id: LookupId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    fn drop_one(&self, id: LookupId) -> Result<(), VaultError> {
        remove(&self.path(id))?;
        self.index.lock().remove(&id);
        Ok(())
    }

    /// Drops the sign-ins that expire first, until no more than [`MAX_KNOWN`] are left.
    fn drop_surplus(&self) -> Result<(), VaultError> {
        let mut by_expiry: Vec<_> = {
            let index = self.index.lock();
            if index.len() <= MAX_KNOWN {
                return Ok(());
            }
            index.iter().map(|(id, known)| (known.expires_at, *id)).collect()
        };
        by_expiry.sort_unstable();
        let surplus = by_expiry.len().saturating_sub(MAX_KNOWN);
        by_expiry.into_iter().take(surplus).try_for_each(|(_, id)| self.drop_one(id))
    }
}

/// Content of a file: expiry, salt, and the session sealed under the derived key.
struct Stored {
    expires_at: Time,
    salt: [u8; SALT_LENGTH],
    inner: Vec<u8>,
}

impl Stored {
    fn read(path: &Path, id: LookupId, keys: &Keys) -> Option<Self> {
        if fs::metadata(path).ok()?.len() > MAX_FILE {
            return None;
        }
        let plain = open_sealed(&keys.sealing, OUTER, &id.to_string(), &fs::read(path).ok()?)?;
        let (expires_at, rest) = plain.split_first_chunk::<8>()?;
        let (salt, inner) = rest.split_first_chunk::<SALT_LENGTH>()?;
        let expires_at = Time::from_millis(i64::from_be_bytes(*expires_at));
        Some(Self { expires_at, salt: *salt, inner: inner.to_vec() })
    }

    fn write(&self, folder: &Path, id: LookupId, keys: &Keys) -> Result<(), VaultError> {
        let expires_at = self.expires_at.as_millis().to_be_bytes();
        let plain = [expires_at.as_slice(), &self.salt, &self.inner].concat();
        let sealed = seal(&keys.sealing, OUTER, &id.to_string(), &plain)?;
        let path = folder.join(id.to_string());
        replace(folder, &path, &sealed).map_err(|reason| VaultError::storage(&path, reason))
    }
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(VaultError::storage(path, error)),
        _ => Ok(()),
    }
}

fn secret_of(sign_in: &KioskSignIn) -> Vec<u8> {
    let (KioskSignIn::Password { password: secret, .. } | KioskSignIn::Card { pin: secret, .. }) = sign_in;
    secret.0.clone().into_bytes()
}

fn derive_key(keys: &Keys, secret: &[u8], salt: &[u8; SALT_LENGTH]) -> Result<[u8; 32], VaultError> {
    let derive = || {
        let params = Params::new(MEMORY_KIB, PASSES, PARALLELISM, Some(32))?;
        let argon2 = Argon2::new_with_secret(&keys.password, Algorithm::Argon2id, Version::V0x13, params)?;
        let mut key = [0; 32];
        argon2.hash_password_into(secret, salt, &mut key)?;
        Ok::<_, argon2::Error>(key)
    };
    derive().map_err(|_| VaultError::Encryption)
}

#[cfg(test)]
impl KnownStudents {
    /// Writes an entry without the cost of a derivation, beyond the bound if need be.
    pub(super) fn remember_for_test(&self, card: &str, expires_at: Time) -> Result<(), VaultError> {
        let secret = || wire::identity::Secret(card.to_owned());
        let id = self.lookup_id(&KioskSignIn::Card { card: secret(), pin: secret() });
        Stored { expires_at, salt: [0; SALT_LENGTH], inner: Vec::new() }.write(
            &self.folder,
            id,
            &self.keys,
        )?;
        self.index.lock().insert(id, Remembered { expires_at, wrong: 0 });
        Ok(())
    }

    /// Returns whether a sign-in is remembered.
    pub(super) fn has(&self, sign_in: &KioskSignIn) -> bool {
        self.index.lock().contains_key(&self.lookup_id(sign_in))
    }
}
