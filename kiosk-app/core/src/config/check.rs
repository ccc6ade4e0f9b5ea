//! Checks of the values, and their defaults.

use std::{
    net::{IpAddr, Ipv6Addr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use app::kiosk::{Language, Theme};
use argon2::{Algorithm, Params, PasswordHash};
use toml::Value;
use wire::{
    identity::Secret,
    kiosk::{CARD_LENGTH, MAX_NAME},
};

use super::{
    Account, Config, Fault, OutboxConfig, ScreenConfig, Server, StaffConfig, default_data_folder,
    file::{Placed, Sections},
};
use crate::{
    card::CardConfig,
    printer::{PrinterConfig, Target},
    receipt::Paper,
};

/// Least memory of the PIN's hash in KiB, and its least number of passes.
const MIN_MEMORY_KIB: u32 = 19_456;
const MIN_PASSES: u32 = 2;
/// Most memory in KiB, passes and threads, so that a PIN is checked within seconds.
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_PASSES: u32 = 10;
const MAX_PARALLELISM: u32 = 8;
/// Fewest bytes of the hash.
const MIN_HASH_BYTES: usize = 16;
/// Most characters of a card reader's prefix.
const MAX_PREFIX: usize = 8;

/// Checks everything and adds the defaults. `main` is the file that a missing key is missing in.
pub(super) fn config(written: Sections, main: &Path) -> Result<Config, Fault> {
    let Sections { server, kiosk, staff, screen, outbox, printer, card, data } = written;
    let key = |name: &'static str, value: Option<Placed>| Key { name, value, main };
    let default = ScreenConfig::default();
    let config = Config {
        server: Server { origin: key("server.origin", server.origin).required(ORIGIN, origin)? },
        kiosk: Account {
            username: key("kiosk.username", kiosk.username).required(USERNAME, |text| text.parse().ok())?,
            secret: key("kiosk.secret", kiosk.secret)
                .required(SECRET, |text| bounded(text, 1..=1_024).map(Secret))?,
            name: key("kiosk.name", kiosk.name).text(NAME, |text| bounded(text, 1..=MAX_NAME))?,
        },
        staff: StaffConfig { pin_hash: key("staff.pin_hash", staff.pin_hash).required(PIN_HASH, pin_hash)? },
        screen: ScreenConfig {
            theme: key("screen.theme", screen.theme).text(THEME, theme)?.unwrap_or_default(),
            language: key("screen.language", screen.language).text(LANGUAGE, language)?.unwrap_or_default(),
            idle_seconds: key("screen.idle_seconds", screen.idle_seconds)
                .number(15..=600)?
                .unwrap_or(default.idle_seconds),
            countdown_seconds: key("screen.countdown_seconds", screen.countdown_seconds)
                .number(5..=60)?
                .unwrap_or(default.countdown_seconds),
        },
        outbox: OutboxConfig {
            keep_hours: key("outbox.keep_hours", outbox.keep_hours).number(1..=48)?.unwrap_or(24),
        },
        paper: key("printer.width", printer.width).text(WIDTH, paper)?.unwrap_or_default(),
        printer: {
            let kind = key("printer.kind", printer.kind.clone()).text(KIND, kind)?.unwrap_or(Kind::None);
            let path = key("printer.path", printer.path).text(DEVICE, absolute)?;
            let address = key("printer.address", printer.address).text(ADDRESS, address)?;
            let target = match kind {
                Kind::None => Some(Target::None),
                Kind::Device => path.map(Target::Device),
                Kind::Tcp => address.map(Target::Tcp),
            };
            let target = target.ok_or_else(|| {
                let (name, expected) = match kind {
                    Kind::Tcp => ("printer.address", ADDRESS),
                    Kind::Device | Kind::None => ("printer.path", DEVICE),
                };
                Key { name, value: printer.kind, main }.missing(expected)
            })?;
            PrinterConfig {
                target,
                answers_status: key("printer.status", printer.status).truth()?.unwrap_or(true),
                ..PrinterConfig::default()
            }
        },
        card: CardConfig {
            enabled: key("card.enabled", card.enabled).truth()?.unwrap_or(true),
            prefix: key("card.prefix", card.prefix).text(PREFIX, prefix)?.unwrap_or_default(),
            terminator: key("card.terminator", card.terminator)
                .text(TERMINATOR, terminator)?
                .unwrap_or_else(|| CardConfig::default().terminator),
        },
        data_folder: key("data.folder", data.folder)
            .text(FOLDER, absolute)?
            .unwrap_or_else(|| default_data_folder(main)),
    };
    Ok(config)
}

const ORIGIN: &str = "https://, a host and perhaps a port, as in \"https://cafeteria.example.edu\"; \
                      http:// for this machine alone";
const USERNAME: &str = "1 to 64 of A-Z a-z 0-9 . _ @ -";
const SECRET: &str = "the secret that the console has shown, 1 to 1024 characters";
const NAME: &str = "1 to 60 characters";
const PIN_HASH: &str = "an argon2id hash of at least 19456 KiB and 2 passes, as in \
                        \"$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH\"";
const THEME: &str = "\"light\" or \"dark\"";
const LANGUAGE: &str = "\"english\" or \"bangla\"";
const WIDTH: &str = "\"80mm\" or \"58mm\"";
const KIND: &str = "\"none\", \"device\" or \"tcp\"";
const DEVICE: &str = "a whole path, as in \"/dev/usb/lp0\" or '\\\\localhost\\Slips'";
const ADDRESS: &str = "a host and a port, as in \"192.0.2.7:9100\"";
const PREFIX: &str = "at most 8 characters without letters, digits and spaces, as in \";\"";
const TERMINATOR: &str = "\"Enter\", \"Tab\" or one character";
const FOLDER: &str = "a whole path";

/// Key with its value, if there is one.
struct Key<'a> {
    name: &'static str,
    value: Option<Placed>,
    main: &'a Path,
}

impl Key<'_> {
    /// Reads a text that has to be there.
    fn required<T>(self, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        let missing = Key { value: None, ..self };
        let given = Key { name: missing.name, value: self.value, main: missing.main };
        given.text(expected, read)?.ok_or_else(|| missing.missing(expected))
    }

    /// Reads a text.
    fn text<T>(self, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        self.read(expected, |value| match value {
            Value::String(text) => read(text),
            _ => None,
        })
    }

    fn number(self, range: RangeInclusive<u32>) -> Result<Option<u32>, Fault> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(&expected, |value| {
            let number = value.as_integer().and_then(|number| u32::try_from(number).ok())?;
            range.contains(&number).then_some(number)
        })
    }

    fn truth(self) -> Result<Option<bool>, Fault> {
        self.read("true or false", Value::as_bool)
    }

    fn read<T>(self, expected: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(placed) = self.value else { return Ok(None) };
        match read(&placed.value) {
            Some(value) => Ok(Some(value)),
            // The value itself is not shown: it could be a secret in the wrong place.
            None => Err(Fault {
                file: placed.file.to_path_buf(),
                line: Some(placed.line),
                fault: format!("{} is not valid", self.name),
                expected: expected.to_owned(),
            }),
        }
    }

    /// Returns the fault that this key is missing, at the place of the value that demands it, if there is one.
    fn missing(self, expected: &str) -> Fault {
        let (file, line) = match self.value {
            Some(placed) => (placed.file.to_path_buf(), Some(placed.line)),
            None => (self.main.to_owned(), None),
        };
        Fault { file, line, fault: format!("{} is missing", self.name), expected: expected.to_owned() }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Device,
    Tcp,
}

fn kind(text: &str) -> Option<Kind> {
    match text {
        "none" => Some(Kind::None),
        "device" => Some(Kind::Device),
        "tcp" => Some(Kind::Tcp),
        _ => None,
    }
}

fn theme(text: &str) -> Option<Theme> {
    match text {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

fn language(text: &str) -> Option<Language> {
    match text {
        "english" => Some(Language::English),
        "bangla" => Some(Language::Bangla),
        _ => None,
    }
}

fn paper(text: &str) -> Option<Paper> {
    match text {
        "80mm" => Some(Paper::Mm80),
        "58mm" => Some(Paper::Mm58),
        _ => None,
    }
}

fn bounded(text: &str, length: RangeInclusive<usize>) -> Option<String> {
    let fits = length.contains(&text.chars().count()) && !text.chars().any(char::is_control);
    (fits && !text.trim().is_empty()).then(|| text.to_owned())
}

fn absolute(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    (path.is_absolute() && !text.chars().any(char::is_control)).then_some(path)
}

fn prefix(text: &str) -> Option<String> {
    let fits = text.chars().count() <= MAX_PREFIX.min(*CARD_LENGTH.end());
    let apart = text.chars().all(|c| !c.is_control() && !c.is_whitespace());
    // The first character must not begin a user name or a PIN, else a person's key is taken for a card.
    let first = text.chars().next().is_none_or(|c| !c.is_alphanumeric());
    (fits && apart && first).then(|| text.to_owned())
}

fn terminator(text: &str) -> Option<String> {
    let mut characters = text.chars();
    let single = characters.next().is_some_and(|c| !c.is_control() && !c.is_alphanumeric());
    (matches!(text, "Enter" | "Tab") || (single && characters.next().is_none())).then(|| text.to_owned())
}

/// Checks a host and a port.
fn address(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    (port > 0 && is_host(host)).then(|| text.to_owned())
}

/// Checks an origin, and removes a slash at its end.
fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let (encrypted, authority) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(authority), _) => (true, authority),
        (None, Some(authority)) => (false, authority),
        (None, None) => return None,
    };
    // A colon within brackets belongs to the host.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_is_valid = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_local = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    (port_is_valid && is_host(host) && (encrypted || is_local)).then(|| text.to_owned())
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// Checks that a hash is argon2id, and neither too weak nor too slow.
fn pin_hash(text: &str) -> Option<String> {
    let hash = PasswordHash::new(text).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let is_strong = (MIN_MEMORY_KIB..=MAX_MEMORY_KIB).contains(&params.m_cost())
        && (MIN_PASSES..=MAX_PASSES).contains(&params.t_cost())
        && params.p_cost() <= MAX_PARALLELISM;
    let is_whole =
        hash.salt.is_some() && hash.hash.as_ref().is_some_and(|hash| hash.as_bytes().len() >= MIN_HASH_BYTES);
    let is_argon2id = hash.algorithm.as_str() == Algorithm::Argon2id.as_str() && hash.version == Some(0x13);
    (is_argon2id && is_strong && is_whole).then(|| text.to_owned())
}
