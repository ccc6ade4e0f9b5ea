//! The file that holds the key of this kiosk: 32 random bytes, readable by its owner alone.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use super::{KEY_FILE, KEY_LENGTH, VaultError, random};
use crate::files::{create_folder, write_new};

/// Reads the key of a data folder, or makes one if there is none.
pub(super) fn read_or_create(folder: &Path) -> Result<[u8; KEY_LENGTH], VaultError> {
    create_folder(folder).map_err(|reason| VaultError::storage(folder, reason))?;
    let path = folder.join(KEY_FILE);
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let key = random::<KEY_LENGTH>()?;
    match write_new(folder, &path, &key) {
        Ok(()) => Ok(key),
        // Another process was faster. Its key is the key.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(&path)?.ok_or_else(|| VaultError::storage(&path, io::Error::from(io::ErrorKind::NotFound)))
        }
        Err(error) => Err(VaultError::storage(&path, error)),
    }
}

fn read(path: &Path) -> Result<Option<[u8; KEY_LENGTH]>, VaultError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(VaultError::storage(path, error)),
    };
    let metadata = file.metadata().map_err(|error| VaultError::storage(path, error))?;
    check_mode(path, &metadata)?;
    let length = metadata.len();
    let wrong_length = || VaultError::KeyLength { path: path.display().to_string(), length };
    if !metadata.is_file() || length != KEY_LENGTH as u64 {
        return Err(wrong_length());
    }
    let mut key = [0; KEY_LENGTH];
    file.read_exact(&mut key).map_err(|error| VaultError::storage(path, error))?;
    Ok(Some(key))
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(VaultError::KeyExposed { path: path.display().to_string(), mode })
}

/// On Windows, the folder inherits its access list from the profile or the service's folder.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), VaultError> {
    Ok(())
}
