//! Randomness from the operating system, and secrets kept in files that only their owner can read.

use std::{fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::files;

/// Random bytes from the operating system.
#[expect(
    clippy::expect_used,
    reason = "Linux gives randomness at any time after boot; without it nothing is safe"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A random text of `N` bytes' worth, base64url without padding.
pub fn random_text<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<N>())
}

/// The 32-byte secret kept in a file (base64url); made on first use, readable by its owner alone. When two
/// processes start together, both get the one that was written first.
///
/// # Errors
/// The file can be neither read nor made, or does not hold such a secret.
pub fn load_or_create(path: &Path) -> io::Result<[u8; 32]> {
    match fs::read_to_string(path) {
        Ok(text) => decode(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
        Err(error) => Err(error),
    }
}

fn create(path: &Path) -> io::Result<[u8; 32]> {
    files::create(path, random_text::<32>().as_bytes())?;
    decode(&fs::read_to_string(path)?)
}

fn decode(text: &str) -> io::Result<[u8; 32]> {
    URL_SAFE_NO_PAD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "does not hold 32 bytes as base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/key");
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_create(&path).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|secret| *secret == all[0]), "eight starters, one secret");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no drafts left");
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(load_or_create(&path).is_err());
    }
}
