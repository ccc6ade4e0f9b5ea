//! Tests of configuration files and of the words of their faults.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::printer::Target;

const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS0xIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Smallest configuration, 7 lines.
fn base() -> String {
    format!(
        "[server]\norigin = \"https://cafeteria.example.edu\"\n[kiosk]\nusername = \"kiosk-1\"\n\
         secret = \"a-secret\"\n[staff]\npin_hash = \"{HASH}\"\n"
    )
}

/// Folder with a main file and files in `config.d`.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new(main: impl AsRef<[u8]>, extra: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), main).unwrap();
        if !extra.is_empty() {
            fs::create_dir(folder.path().join("config.d")).unwrap();
        }
        for (name, text) in extra {
            fs::write(folder.path().join("config.d").join(name), text).unwrap();
        }
        Self { folder }
    }

    fn main(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn load(&self) -> Result<Config, Fault> {
        Config::load(&self.main())
    }

    /// Returns the fault in words, with the file relative to the folder.
    fn fault(&self) -> String {
        let text = self.load().expect_err("it is refused").to_string();
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn the_example_is_a_valid_configuration_and_shows_the_defaults() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../config.example.toml");
    let config = Config::load(&path).unwrap();
    assert_eq!(config.server.origin, "https://cafeteria.example.edu");
    // The same file with every default switched on means the same.
    let text = fs::read_to_string(&path).unwrap();
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ").filter(|rest| is_key(rest)) {
            Some(rest) if !["name", "path", "address"].contains(&rest.split(' ').next().unwrap()) => rest,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_ne!(uncommented, text);
    let files = Files::new(uncommented, &[]);
    assert_eq!(files.load().unwrap(), config);
}

fn is_key(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let config = Files::new(base(), &[]).load().unwrap();
    assert_eq!(config.screen.idle_seconds, 45);
    assert_eq!(config.screen.countdown_seconds, 20);
    assert_eq!(config.screen.theme, Theme::Light);
    assert_eq!(config.outbox.keep_hours, 24);
    assert_eq!(config.printer, PrinterConfig::default());
    assert_eq!(config.paper, Paper::Mm80);
    assert_eq!(config.card, CardConfig::default());
    assert_eq!(config.kiosk.name, None);
    if cfg!(unix) {
        assert_eq!(config.data_folder, PathBuf::from("/var/lib/cafeteria-kiosk"));
    }
}

#[test]
fn later_files_replace_values_in_the_order_of_their_names() {
    let files = Files::new(
        base(),
        &[
            ("20-printer.toml", "[printer]\nkind = \"tcp\"\naddress = \"192.0.2.7:9100\"\n"),
            ("10-first.toml", "[printer]\nkind = \"none\"\nwidth = \"58mm\"\n[screen]\nidle_seconds = 60"),
            ("30-screen.toml", "[screen]\nidle_seconds = 90\nlanguage = \"bangla\"\n"),
            ("40-other.toml.dpkg-dist", "not read"),
        ],
    );
    let config = files.load().unwrap();
    assert_eq!(config.printer.target, Target::Tcp("192.0.2.7:9100".to_owned()));
    assert_eq!(config.paper, Paper::Mm58);
    assert_eq!((config.screen.idle_seconds, config.screen.language), (90, Language::Bangla));
    assert_eq!(config.kiosk.secret, Secret("a-secret".to_owned()));
}

#[test]
fn files_of_windows_editors_are_read() {
    let text = format!("\u{feff}{}[screen]\ntheme = \"dark\"\n", base()).replace('\n', "\r\n");
    assert_eq!(Files::new(&text, &[]).load().unwrap().screen.theme, Theme::Dark);
    let wrong = text.replace("\"dark\"", "\"blue\"");
    let fault = "config.toml:9: screen.theme is not valid; expected \"light\" or \"dark\"";
    assert_eq!(Files::new(wrong, &[]).fault(), fault);
}

#[test]
fn every_fault_names_file_line_and_the_right_value() {
    let origin = "https://, a host and perhaps a port, as in \"https://cafeteria.example.edu\"; \
                  http:// for this machine alone";
    let hash = "an argon2id hash of at least 19456 KiB and 2 passes, as in \
                \"$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH\"";
    let device = "a whole path, as in \"/dev/usb/lp0\" or '\\\\localhost\\Slips'";
    let address = "a host and a port, as in \"192.0.2.7:9100\"";
    let added: &[(&str, &str)] = &[
        (
            "[screen]\nidle_seconds = 14",
            "9: screen.idle_seconds is not valid; expected a whole number from 15 to 600",
        ),
        (
            "[screen]\nidle_seconds = \"45\"",
            "9: screen.idle_seconds is not valid; expected a whole number from 15 to 600",
        ),
        (
            "[screen]\n\n\ncountdown_seconds = 4.5",
            "11: screen.countdown_seconds is not valid; expected a whole number from 5 to 60",
        ),
        (
            "[screen]\nlanguage = \"bn\"",
            "9: screen.language is not valid; expected \"english\" or \"bangla\"",
        ),
        (
            "[outbox]\nkeep_hours = 49",
            "9: outbox.keep_hours is not valid; expected a whole number from 1 to 48",
        ),
        (
            "[outbox]\nkeep_hours = -1",
            "9: outbox.keep_hours is not valid; expected a whole number from 1 to 48",
        ),
        ("[outbox]\nkeep = 1", "9: unknown field `keep`; expected `keep_hours`"),
        (
            "[printer]\nkind = \"usb\"",
            "9: printer.kind is not valid; expected \"none\", \"device\" or \"tcp\"",
        ),
        ("[printer]\nkind = \"device\"", &format!("9: printer.path is missing; expected {device}")),
        (
            "[printer]\nkind = \"device\"\npath = \"lp0\"",
            &format!("10: printer.path is not valid; expected {device}"),
        ),
        ("[printer]\nkind = \"tcp\"", &format!("9: printer.address is missing; expected {address}")),
        (
            "[printer]\naddress = \"192.0.2.7\"",
            &format!("9: printer.address is not valid; expected {address}"),
        ),
        (
            "[printer]\naddress = \"192.0.2.7:0\"",
            &format!("9: printer.address is not valid; expected {address}"),
        ),
        ("[printer]\nwidth = 80", "9: printer.width is not valid; expected \"80mm\" or \"58mm\""),
        ("[printer]\nstatus = \"yes\"", "9: printer.status is not valid; expected true or false"),
        (
            "[card]\nprefix = \"a\"",
            "9: card.prefix is not valid; expected at most 8 characters without letters, digits and spaces, as in \";\"",
        ),
        (
            "[card]\nterminator = \"Return\"",
            "9: card.terminator is not valid; expected \"Enter\", \"Tab\" or one character",
        ),
        ("[card]\nenabled = 1", "9: card.enabled is not valid; expected true or false"),
        ("[data]\nfolder = \"data\"", "9: data.folder is not valid; expected a whole path"),
    ];
    for (text, fault) in added {
        let files = Files::new(format!("{}{text}\n", base()), &[]);
        assert_eq!(files.fault(), format!("config.toml:{fault}"), "{text}");
    }
    let replaced = [
        ("https://cafeteria", "http://cafeteria", format!("2: server.origin is not valid; expected {origin}")),
        ("example.edu", "example.edu/api", format!("2: server.origin is not valid; expected {origin}")),
        ("example.edu", "example.edu:99999", format!("2: server.origin is not valid; expected {origin}")),
        ("https://", "https://user@", format!("2: server.origin is not valid; expected {origin}")),
        ("kiosk-1", "kiosk 1", "4: kiosk.username is not valid; expected 1 to 64 of A-Z a-z 0-9 . _ @ -".to_owned()),
        ("\"a-secret\"", "4711", "5: kiosk.secret is not valid; expected the secret that the console has shown, 1 to 1024 characters".to_owned()),
        ("m=19456", "m=19455", format!("7: staff.pin_hash is not valid; expected {hash}")),
        ("t=2", "t=1", format!("7: staff.pin_hash is not valid; expected {hash}")),
        ("argon2id", "argon2i", format!("7: staff.pin_hash is not valid; expected {hash}")),
        (HASH, "1234", format!("7: staff.pin_hash is not valid; expected {hash}")),
    ];
    for (from, to, fault) in replaced {
        let files = Files::new(base().replace(from, to), &[]);
        assert_eq!(files.fault(), format!("config.toml:{fault}"), "{to}");
    }
    let missing = Files::new(base().replace("username = \"kiosk-1\"", ""), &[]);
    assert_eq!(
        missing.fault(),
        "config.toml: kiosk.username is missing; expected 1 to 64 of A-Z a-z 0-9 . _ @ -"
    );
}

#[test]
fn a_fault_names_the_file_that_holds_the_value() {
    let files = Files::new(base(), &[("50-x.toml", "\n[screen]\nidle_seconds = 1")]);
    let fault =
        "config.d/50-x.toml:3: screen.idle_seconds is not valid; expected a whole number from 15 to 600";
    assert_eq!(files.fault(), fault);
    let trouble = Trouble::from(files.load().unwrap_err());
    let Trouble::Configuration { file, line, .. } = trouble else { panic!("{trouble:?}") };
    assert!(file.ends_with("50-x.toml"));
    assert_eq!(line, Some(3));
}

#[test]
fn faults_of_the_syntax_have_a_line() {
    for (text, line) in [
        ("[screen\n", 8),
        ("[screen]\ntheme = light\n", 9),
        ("[screen]\ntheme = \"light\"\ntheme = \"dark\"\n", 10),
        ("[kiosk]\nname = \"x\"\n", 8),
        ("[printers]\n", 8),
    ] {
        let fault = Files::new(base() + text, &[]).load().unwrap_err();
        assert_eq!(fault.line, Some(line), "{text}: {fault}");
        assert!(!fault.expected.is_empty());
    }
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Config::load(&folder.path().join("config.toml")).unwrap_err();
    assert_eq!(missing.fault, "the file does not exist");
    assert_eq!(missing.expected, "a configuration as in config.example.toml");
    // A folder in the place of the file.
    assert_eq!(Config::load(folder.path()).unwrap_err().fault, "the file cannot be read: is a directory");

    let not_utf8 = Files::new([base().as_bytes(), b"\n# \xff\n"].concat(), &[]);
    assert_eq!(not_utf8.fault(), "config.toml:9: the file is not UTF-8; expected a file saved as UTF-8");
    let large = Files::new(format!("{}# {}", base(), "x".repeat(256 * 1024)), &[]);
    assert_eq!(large.fault(), "config.toml: the file is too large; expected at most 256 KiB");
}

#[test]
fn no_fault_and_no_debug_output_shows_a_secret() {
    for text in [
        base().replace("secret = \"a-secret\"", "secret = 424242"),
        base().replace("secret = \"a-secret\"", "secret = [\"424242\"]"),
        format!("kiosk = \"424242\"\n{}", base().replace("[kiosk]", "[kiosks]")),
        base().replace(HASH, "424242"),
        base().replace("\"a-secret\"", "\"424242\\q\""),
    ] {
        let fault = Files::new(&text, &[]).load().unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("424242"), "{fault}");
    }
    let config = Files::new(base(), &[]).load().unwrap();
    let debug = format!("{config:?}");
    assert!(!debug.contains("a-secret") && !debug.contains("argon2id"), "{debug}");
}

#[test]
fn origins_of_this_machine_may_be_plain() {
    for (origin, kept) in [
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("http://localhost/", "http://localhost"),
        ("http://[::1]:4000", "http://[::1]:4000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("https://cafeteria:8443", "https://cafeteria:8443"),
    ] {
        let files = Files::new(base().replace("https://cafeteria.example.edu", origin), &[]);
        assert_eq!(files.load().unwrap().server.origin, kept);
    }
}
