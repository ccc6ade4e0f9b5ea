//! `cafeteria backup` and `cafeteria restore`: the data folder of the single process, kept somewhere else and put back.
//!
//! A backup is taken while the cafeteria runs. Each database is copied as it is at one moment, and the databases are
//! copied in the order in which an order travels: what has left one of them by then is in the next, so that no order
//! is missing, and none is verified without its portions taken. What is in two of them is done once when it is
//! restored, since every step is repeatable by its key.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use service_kit::{Clock, sqlite};
use sha2::{Digest as _, Sha256};

use crate::single;

/// The databases, in the order in which an order travels; users come last, so that nobody who has ordered is missing.
const DATABASES: [&str; 4] = ["queue.db", "kitchen.db", "stock.db", "identity.db"];
/// What else is kept: the services' keys, and with them the one that the signing keys are sealed with.
const FOLDERS: [&str; 1] = ["secrets"];
/// What the backup is made of; written last, so that a backup without it is none.
const MANIFEST: &str = "manifest.json";
/// The version of the manifest's form.
const FORMAT: u32 = 1;
/// Where a restore keeps what it has copied until all of it is there.
pub const RESTORING: &str = "restoring";
/// What a data folder may hold and still be empty.
const LOCK: &str = "lock";

/// What a backup is made of.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// Of the program that made it; the same or a newer one reads it.
    version: String,
    /// When it was begun.
    at: String,
    files: Vec<Kept>,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Its path within the folder, as in `secrets/order-gateway.key`.
    path: String,
    bytes: u64,
    /// SHA-256 of its contents, in hexadecimal.
    sha256: String,
}

/// Copies the data folder into a new folder. Returns what to say.
///
/// # Errors
/// There is no data, the new folder is not empty, or something cannot be copied.
pub async fn back_up(data: &Path, to: &Path, clock: &Clock) -> anyhow::Result<String> {
    if let Some(missing) = DATABASES.iter().find(|name| !data.join(name).is_file()) {
        bail!("the folder {} is no data folder: it has no {missing}", data.display());
    }
    if is_filled(to)? {
        bail!("the folder {} is not empty; a backup goes into one of its own", to.display());
    }
    let at = clock.now().to_string();
    make_folder(to)?;
    let mut files = Vec::new();
    for name in DATABASES {
        let copy = to.join(name);
        sqlite::copy(&data.join(name), &copy).await?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600))?;
        files.push(name.to_owned());
    }
    for folder in FOLDERS {
        make_folder(&to.join(folder))?;
        for file in
            fs::read_dir(data.join(folder)).with_context(|| data.join(folder).display().to_string())?
        {
            let path = format!("{folder}/{}", file?.file_name().to_string_lossy());
            copy(&data.join(&path), &to.join(&path))?;
            files.push(path);
        }
    }
    let files = files.into_iter().map(|path| Kept::of(to, path)).collect::<anyhow::Result<Vec<_>>>()?;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let count = files.len();
    let manifest = Manifest { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), at, files };
    write(&to.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    File::open(to)?.sync_all()?;
    Ok(format!(
        "{count} files with {bytes} bytes are in {}. It holds secrets: keep it where nobody else reads it.",
        to.display()
    ))
}

/// Puts a backup into a data folder that no cafeteria runs on. Returns what to say.
///
/// # Errors
/// The backup is not whole, or the data folder is in use, or holds data and `replace` is false. It is as it was then.
pub fn restore(from: &Path, data: &Path, replace: bool) -> anyhow::Result<String> {
    let manifest = Manifest::read(from)?;
    for file in &manifest.files {
        file.is_whole(from)?;
    }
    let _lock = single::lock_for_restore(data)?;
    let interrupted = data.join(RESTORING).exists();
    if !replace && !interrupted && holds_data(data)? {
        bail!(
            "the data folder {} is not empty; --force replaces what is in it, and nothing of it is left then",
            data.display()
        );
    }
    let there = data.join(RESTORING);
    if interrupted {
        fs::remove_dir_all(&there)?;
    }
    make_folder(&there)?;
    for folder in FOLDERS {
        make_folder(&there.join(folder))?;
    }
    for file in &manifest.files {
        copy(&from.join(&file.path), &there.join(&file.path))?;
        file.is_whole(&there)?;
    }
    // From here on the folder is the backup's; should this be cut short, the cafeteria does not start until the restore
    // has been repeated.
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name() == LOCK || entry.file_name() == RESTORING {
            continue;
        }
        let path = entry.path();
        if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    for name in DATABASES.iter().chain(&FOLDERS) {
        fs::rename(there.join(name), data.join(name))?;
    }
    File::open(data)?.sync_all()?;
    fs::remove_dir_all(&there)?;
    Ok(format!(
        "{} files of {}, by version {}, are in {}.",
        manifest.files.len(),
        manifest.at,
        manifest.version,
        data.display()
    ))
}

impl Manifest {
    fn read(from: &Path) -> anyhow::Result<Self> {
        let path = from.join(MANIFEST);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("{} is no backup, or one that was not finished: {MANIFEST} is missing", from.display())
        })?;
        let manifest: Self =
            serde_json::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))?;
        if manifest.format != FORMAT {
            bail!("{} is of a form that this version does not know; use a newer cafeteria", path.display());
        }
        let named = |name: &str| manifest.files.iter().any(|file| file.path == name);
        if let Some(missing) = DATABASES.iter().find(|name| !named(name)) {
            bail!("{} does not name {missing}", path.display());
        }
        let known = |path: &str| {
            let parts: Vec<_> = Path::new(path).components().collect();
            match parts[..] {
                [Component::Normal(_)] => DATABASES.contains(&path),
                [Component::Normal(folder), Component::Normal(_)] => {
                    FOLDERS.iter().any(|known| folder == *known)
                }
                _ => false,
            }
        };
        if let Some(other) = manifest.files.iter().find(|file| !known(&file.path)) {
            bail!("{} names {}, which is not part of a backup", path.display(), other.path);
        }
        Ok(manifest)
    }
}

impl Kept {
    fn of(folder: &Path, path: String) -> anyhow::Result<Self> {
        let (bytes, sha256) = digest(&folder.join(&path))?;
        Ok(Self { path, bytes, sha256 })
    }

    fn is_whole(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(&self.path);
        let found = digest(&path)?;
        if found != (self.bytes, self.sha256.clone()) {
            bail!("{} is not what was backed up: its checksum is another", path.display());
        }
        Ok(())
    }
}

/// How long a file is, and its SHA-256.
fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let (mut hash, mut length, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => {
                hash.update(&piece[..read]);
                length += read as u64;
            }
        }
    }
    Ok((length, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// A folder that nobody but its owner enters.
fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| path.display().to_string())
}

/// Copies a file, readable by its owner alone, onto the disk.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from).with_context(|| from.display().to_string())?;
    let mut copied = create(to)?;
    io::copy(&mut source, &mut copied)?;
    copied.sync_all().with_context(|| to.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all().with_context(|| path.display().to_string())
}

fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).with_context(|| path.display().to_string())
}

/// Whether a folder is there and has anything in it.
fn is_filled(folder: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| folder.display().to_string()),
    }
}

/// Whether a data folder holds more than its lock.
fn holds_data(folder: &Path) -> anyhow::Result<bool> {
    let names: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into())).collect::<io::Result<_>>()?;
    Ok(names.iter().any(|name| name != Path::new(LOCK)))
}
