//! Files of the data folder: written whole or not at all, synced, readable by their owner alone.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Writes a file that must not exist yet, whole or not at all, and syncs it and its folder.
pub(crate) fn write_new(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    draft(folder, bytes)?.persist_noclobber(path)?;
    sync_folder(folder)
}

/// Replaces a file in one step, and syncs it and its folder.
pub(crate) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    draft(folder, bytes)?.persist(path)?;
    sync_folder(folder)
}

/// Prefix of files that are not complete yet.
pub(crate) const DRAFT_PREFIX: &str = ".draft-";

/// Writes a file of mode 0600 beside its final place, and syncs it.
fn draft(folder: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut draft = tempfile::Builder::new().prefix(DRAFT_PREFIX).tempfile_in(folder)?;
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

/// Makes a folder that its owner alone can enter. An existing one keeps its mode.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Syncs a folder, so that the names of its files survive a power cut.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Does nothing: Windows writes names through the journal of NTFS, and cannot sync a folder.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
