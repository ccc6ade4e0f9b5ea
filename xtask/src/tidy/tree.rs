//! The files that a rule looks at.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use anyhow::{Context as _, Result};

use crate::program;

/// Paths from the root of the repository, and what is in the files.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// `None` is a file that is not text.
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// What git knows or would add, as it is on the disk.
    ///
    /// # Errors
    /// This is no checkout of git's, or a file cannot be read.
    pub(super) fn of_checkout(root: &Path) -> Result<Self> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let list = program::output(&mut program::program("git", list))
            .context("tidy looks at the files that git knows, and needs a checkout and git")?;
        let mut files = BTreeMap::new();
        for path in list.split_terminator('\0') {
            match fs::read(root.join(path)) {
                // As git does: a zero byte makes a file binary.
                Ok(bytes) if bytes.contains(&0) => files.insert(path.to_owned(), None),
                Ok(bytes) => files.insert(path.to_owned(), String::from_utf8(bytes).ok()),
                // Deleted, and not yet committed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
            };
        }
        Ok(Self { files })
    }

    /// Every text file: its path and what is in it.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// What is in a text file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether there is this file, or, where it ends in `/`, this folder.
    pub(super) fn has(&self, path: &str) -> bool {
        if path.ends_with('/') {
            self.files.keys().any(|file| file.starts_with(path))
        } else {
            self.files.contains_key(path)
        }
    }

    /// The folders at the top.
    pub(super) fn top_folders(&self) -> BTreeSet<&str> {
        self.files.keys().filter_map(|path| Some(path.split_once('/')?.0)).collect()
    }
}

/// The lines of a text with their numbers, from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Whether a word, or words, are in a line and not merely part of a longer word.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let of_a_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(of_a_word);
        let after = line[at + word.len()..].chars().next().is_some_and(of_a_word);
        !(before && word.starts_with(of_a_word) || after && word.ends_with(of_a_word))
    })
}

#[cfg(test)]
impl Tree {
    /// A tree with these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self::default().with(files)
    }

    /// The same tree with these files added or replaced.
    pub(super) fn with(mut self, files: &[(&str, &str)]) -> Self {
        self.files.extend(files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))));
        self
    }
}

/// A tree that breaks no rule.
#[cfg(test)]
pub(super) fn sound() -> Tree {
    let manifest = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nedition.workspace = true\n\n[lints]\nworkspace = true\n\n\
             [dependencies]\n{dependencies}"
        )
    };
    let code_map = "# Architecture\n\n## Code map\n`backend/stock-service/` is what is left, starting at \
                    `backend/stock-service/src/lib.rs`; `shared/wire/`; `.ci/`.\n\n## Else\n`no/such/`\n";
    let readme = "# Cafeteria\n```\ncargo xtask run\n```\nand\n```sh\ncargo xtask test   # all of it\n```\n";
    Tree::of(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"backend/*\", \"shared/wire\"]\n"),
        ("ARCHITECTURE.md", code_map),
        ("README.md", readme),
        (".ci/run", "#!/usr/bin/env bash\nset -euo pipefail\ncd ..\ncargo xtask test\n"),
        ("shared/wire/Cargo.toml", &manifest("wire", "serde.workspace = true\n")),
        ("shared/wire/src/lib.rs", "//! The wire.\n"),
        ("backend/stock-service/Cargo.toml", &manifest("stock-service", "wire = { workspace = true }\n")),
        ("backend/stock-service/src/lib.rs", "//! What is left.\n"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_are_found_by_their_whole_names() {
        let tree = sound();
        assert!(tree.has("shared/wire/"));
        assert!(tree.has("shared/wire/src/lib.rs"));
        assert!(!tree.has("shared/wi/"));
        assert!(!tree.has("shared/wire/src"));
        assert_eq!(tree.top_folders(), BTreeSet::from([".ci", "backend", "shared"]));
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use tokio::net;", "tokio"));
        assert!(!has_word("use tokio_util::net;", "tokio"));
        assert!(!has_word("use mytokio::net;", "tokio"));
        assert!(has_word("mytokio, tokio", "tokio"));
        assert!(has_word("thread::park(x)", "park("));
        assert!(!has_word("unpark(x)", "park("));
    }
}
