//! One configuration file: sections and keys with their lines, before the values are checked.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use toml::{Spanned, Value};

use super::Fault;

/// Most bytes of a file.
const MAX_BYTES: u64 = 256 * 1024;
const EXPECTED_FILE: &str = "a configuration as in config.example.toml";

/// Value with its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// Value.
    pub(super) value: Value,
    /// File.
    pub(super) file: Arc<Path>,
    /// Line.
    pub(super) line: u32,
}

/// Declares the sections, their keys, and everything that is done alike with each of them.
macro_rules! sections {
    ($($section:ident { $($key:ident),* })*) => {
        /// Sections of all files read so far.
        #[derive(Debug, Default)]
        pub(super) struct Sections {
            $(pub(super) $section: $section::Keys,)*
        }

        /// Sections of one file.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            $(#[serde(default)] $section: $section::Written,)*
        }

        $(
            mod $section {
                use super::*;

                #[derive(Debug, Default)]
                pub(in super::super) struct Keys {
                    $(pub(in super::super) $key: Option<Placed>,)*
                }

                #[derive(Default, Deserialize)]
                #[serde(deny_unknown_fields)]
                pub(super) struct Written {
                    $(pub(super) $key: Option<Spanned<Value>>,)*
                }
            }
        )*

        impl Sections {
            fn of(written: Written, place: &impl Fn(Spanned<Value>) -> Placed) -> Self {
                Self {
                    $($section: $section::Keys { $($key: written.$section.$key.map(place),)* },)*
                }
            }

            /// Replaces every value that `later` holds.
            pub(super) fn replace_by(&mut self, later: Self) {
                $($(
                    if later.$section.$key.is_some() {
                        self.$section.$key = later.$section.$key;
                    }
                )*)*
            }
        }
    };
}

sections! {
    server { origin }
    kiosk { username, secret, name }
    staff { pin_hash }
    screen { theme, language, idle_seconds, countdown_seconds }
    outbox { keep_hours }
    printer { kind, path, address, width, status }
    card { enabled, prefix, terminator }
    data { folder }
}

impl Sections {
    /// Reads one file.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let text = read_text(path)?;
        let file: Arc<Path> = Arc::from(path);
        let written: Written = toml::from_str(&text).map_err(|error| {
            // The message names keys and types. The excerpt, which could show a secret, is not used.
            let (fault, expected) = match error.message().split_once(", expected ") {
                Some((fault, expected)) => (fault.to_owned(), expected.replace('\n', " ")),
                None => (error.message().replace('\n', " "), EXPECTED_FILE.to_owned()),
            };
            let line = error.span().map(|span| line_of(text.as_bytes(), span.start));
            if is_about_type(&fault) {
                let (fault, expected) =
                    ("a value stands where a section is expected", "a section, as in [kiosk]");
                return Fault {
                    file: path.to_owned(),
                    line,
                    fault: fault.to_owned(),
                    expected: expected.to_owned(),
                };
            }
            Fault { file: path.to_owned(), line, fault, expected }
        })?;
        let place = |value: Spanned<Value>| {
            let line = line_of(text.as_bytes(), value.span().start);
            Placed { value: value.into_inner(), file: Arc::clone(&file), line }
        };
        Ok(Self::of(written, &place))
    }
}

/// Returns whether serde's message quotes a value, which could be a secret. Keys take any value here, so the value stands
/// where a section is expected.
fn is_about_type(fault: &str) -> bool {
    fault.starts_with("invalid type") || fault.starts_with("invalid value")
}

/// Lists the TOML files of a folder by name; a missing folder has none.
pub(super) fn list(folder: &Path, most: usize) -> Result<Vec<PathBuf>, Fault> {
    let unreadable = |error: io::Error| Fault {
        file: folder.to_owned(),
        line: None,
        fault: format!("the folder cannot be read: {}", error.kind()),
        expected: "a folder of TOML files that the kiosk may read".to_owned(),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
        if files.len() > most {
            return Err(Fault {
                file: folder.to_owned(),
                line: None,
                fault: format!("the folder has more than {most} TOML files"),
                expected: format!("at most {most}"),
            });
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file as text, without a byte order mark.
fn read_text(path: &Path) -> Result<String, Fault> {
    let fault = |line, fault: String, expected: &str| Fault {
        file: path.to_owned(),
        line,
        fault,
        expected: expected.to_owned(),
    };
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => fault(None, "the file does not exist".to_owned(), EXPECTED_FILE),
        kind => fault(None, format!("the file cannot be read: {kind}"), "a file that the kiosk may read"),
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fault(None, "the file is too large".to_owned(), "at most 256 KiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = line_of(error.as_bytes(), error.utf8_error().valid_up_to());
        fault(Some(line), "the file is not UTF-8".to_owned(), "a file saved as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Returns the line of a byte, from 1.
fn line_of(text: &[u8], at: usize) -> u32 {
    let breaks = text.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}
