//! A disk that loses what was not synced. It is fed a trace of system calls, and can be cut off at any line.
//!
//! A file's writes are durable once the file was synced, its name once the folder was. Of the rest, a cut leaves a random
//! part: each write whole, torn at a sector, or not at all; each change of a name, or not.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{fixture::Random, trace::Call};

/// Length of a sector, in bytes.
const SECTOR: usize = 512;

/// The disk as a process sees it, and as a power cut would leave it.
pub(crate) struct Disk {
    folder: String,
    files: Vec<File>,
    /// Names as the process sees them.
    names: BTreeMap<String, usize>,
    /// Names that a cut leaves.
    durable_names: BTreeMap<String, usize>,
    /// Changes of names since the last sync of the folder.
    pending_names: Vec<Naming>,
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Pending>,
    /// End of what was written without an offset.
    cursor: usize,
}

#[derive(Clone)]
struct Pending {
    change: Change,
    ended: usize,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone)]
enum Naming {
    Add { name: String, file: usize },
    Remove { name: String },
    Rename { from: String, to: String, file: usize },
}

fn apply_change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes: written } => {
            let end = at + written.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*at..end].copy_from_slice(written);
        }
        Change::Truncate(length) => bytes.resize(*length, 0),
    }
}

fn apply_naming(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming {
        Naming::Add { name, file } => {
            names.insert(name.clone(), *file);
        }
        Naming::Remove { name } => {
            names.remove(name);
        }
        Naming::Rename { from, to, file } => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
    }
}

impl Disk {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.display().to_string(),
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
        }
    }

    /// Returns the name of a path directly in the folder.
    fn name(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix(&self.folder)?.strip_prefix('/')?;
        (!name.contains('/')).then(|| name.trim_end_matches(" (deleted)").to_owned())
    }

    fn rename(&mut self, naming: Naming) {
        apply_naming(&mut self.names, &naming);
        self.pending_names.push(naming);
    }

    fn change(&mut self, call: &Call, change: impl FnOnce(&mut File) -> Change) {
        let Some(file) = self.name(&call.file).and_then(|name| self.names.get(&name)) else { return };
        let file = &mut self.files[*file];
        let change = change(file);
        file.pending.push(Pending { change, ended: call.ended });
    }

    /// Does a call. A sync counts only if it has ended before the cut.
    pub(crate) fn feed(&mut self, call: &Call, cut: usize) {
        if call.result.is_none_or(|result| result < 0) {
            return;
        }
        match call.name.as_str() {
            "openat" | "open" => self.open(call),
            "pwrite64" => {
                self.change(call, |_| Change::Write { at: call.last_number(), bytes: call.texts[0].clone() });
            }
            "write" => self.change(call, |file| {
                let at = file.cursor;
                file.cursor += call.texts[0].len();
                Change::Write { at, bytes: call.texts[0].clone() }
            }),
            "ftruncate" => self.change(call, |_| Change::Truncate(call.last_number())),
            "fsync" | "fdatasync" if call.ended < cut => self.sync(call),
            "unlink" | "unlinkat" => {
                if let Some(name) = self.name(&call.path(0)) {
                    self.rename(Naming::Remove { name });
                }
            }
            "link" | "linkat" | "rename" | "renameat" | "renameat2" => {
                let (Some(from), Some(to)) = (self.name(&call.path(0)), self.name(&call.path(1))) else {
                    return;
                };
                let file = self.names[&from];
                self.rename(if call.name.starts_with("link") {
                    Naming::Add { name: to, file }
                } else {
                    Naming::Rename { from, to, file }
                });
            }
            _ => {}
        }
    }

    fn open(&mut self, call: &Call) {
        let Some(name) = self.name(&call.path(0)) else { return };
        if call.rest.contains("O_CREAT") && !self.names.contains_key(&name) {
            self.files.push(File::default());
            let file = self.files.len() - 1;
            self.rename(Naming::Add { name: name.clone(), file });
        }
        assert!(!call.rest.contains("O_TRUNC"), "the simulation knows no truncation by opening");
    }

    fn sync(&mut self, call: &Call) {
        if call.file == self.folder {
            for naming in self.pending_names.drain(..) {
                apply_naming(&mut self.durable_names, &naming);
            }
            return;
        }
        let Some(file) = self.name(&call.file).and_then(|name| self.names.get(&name)) else { return };
        let file = &mut self.files[*file];
        let (durable, pending) = file.pending.drain(..).partition(|pending| pending.ended < call.begun);
        let durable: Vec<Pending> = durable;
        file.pending = pending;
        for pending in durable {
            apply_change(&mut file.durable, &pending.change);
        }
    }

    /// Writes into a folder what a cut leaves.
    pub(crate) fn cut(&self, random: &mut Random, into: &Path) {
        let mut names = self.durable_names.clone();
        for naming in &self.pending_names {
            if random.below(2) == 0 {
                apply_naming(&mut names, naming);
            }
        }
        // Now and then everything or nothing that was not synced arrives.
        let share = random.below(4);
        for (name, file) in names {
            let file = &self.files[file];
            let mut bytes = file.durable.clone();
            for Pending { change, .. } in &file.pending {
                match (share, random.below(3)) {
                    (0, _) | (2.., 0) => {}
                    (1, _) | (2.., 1) => apply_change(&mut bytes, change),
                    _ => {
                        if let Change::Write { at, bytes: written } = change {
                            let sectors = random.below(written.len() / SECTOR + 1);
                            let torn = written[..sectors * SECTOR].to_vec();
                            apply_change(&mut bytes, &Change::Write { at: *at, bytes: torn });
                        }
                    }
                }
            }
            let path = into.join(name);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}
