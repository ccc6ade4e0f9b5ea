//! Files that are written whole or not at all.

use std::{
    io::{self, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;

/// Replaces a file in one step, so that a reader or a crash never sees half of it. Makes its folder if need be. The file
/// is readable by its owner alone.
///
/// # Errors
/// The file cannot be written.
pub fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    draft(path, contents)?.persist(path)?;
    Ok(())
}

/// Makes a file in one step, readable by its owner alone. Makes its folder if need be. Returns false, and changes nothing,
/// when the file is there already.
///
/// # Errors
/// The file cannot be written.
pub fn create(path: &Path, contents: &[u8]) -> io::Result<bool> {
    match draft(path, contents)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// The contents in a file of its own beside the path, on the disk.
fn draft(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
    draft.write_all(contents)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_its_draft_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        for contents in ["one", "two"] {
            replace(&path, contents.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(replace(folder.path(), b"a folder cannot be replaced").is_err());
    }

    #[test]
    fn a_file_is_created_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        assert!(create(&path, b"one").unwrap());
        assert!(!create(&path, b"two").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
