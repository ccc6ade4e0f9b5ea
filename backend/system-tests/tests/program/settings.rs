//! A wrong, missing or misspelt setting stops the start with one line that names it and says what would be right.

use std::net::{Ipv4Addr, TcpListener};

use super::*;

/// `cafeteria up` does not start, and says so in one line.
#[track_caller]
fn says(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], words: &[&str]) {
    // A port that is free, should it start by mistake.
    let arguments = [&["up", "--base-port", "0"], arguments].concat();
    let (code, out, line) = run(folder, &arguments, environment);
    assert!(code == 1 && out.is_empty(), "{environment:?}: {code} {out} {line}");
    assert!(line.lines().count() == 1 && line.starts_with("cafeteria: "), "{environment:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{environment:?}: {line} should say {word}");
    }
}

#[test]
fn a_wrong_setting_in_the_environment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &str, &[&str]); 17] = [
        (
            "KITCHEN__COOKKING",
            "staff",
            &["kitchen.cookking", "did you mean cooking?", "CAFETERIA_KITCHEN__COOKKING"],
        ),
        ("KITCHN__COOKING", "staff", &["setting kitchn", "did you mean kitchen?"]),
        ("PASSWORD", "x", &["setting password", "there is no such setting"]),
        ("KITCHEN__COOKING", "robot", &["kitchen.cooking", "\"robot\" is not one of simulated, staff"]),
        ("KITCHEN__COOKING_MS", "abc", &["kitchen.cooking_ms", "as in 3000..7000"]),
        ("KITCHEN__COOKING_MS", "7000..3000", &["kitchen.cooking_ms", "as in 3000..7000"]),
        ("MODE", "prod", &["setting mode", "demo, production"]),
        ("CHAOS", "maybe", &["setting chaos", "auto, on, off"]),
        ("HOST", "nowhere", &["setting host", "an IP address, as in 127.0.0.1"]),
        ("LOG", "=,=", &["setting log", "info,order_gateway=debug"]),
        ("LOG_FORMAT", "xml", &["setting log_format", "human, json"]),
        ("HTTP", "5", &["setting http", "a group of settings"]),
        (
            "HTTP__MAX_CONNECTIONS",
            "0",
            &["http.max_connections", "0 is out of range; it must be 1 to 100000"],
        ),
        ("IDENTITY__TOKEN_MINUTES", "61", &["identity.token_minutes", "1 to 60"]),
        ("IDENTITY__TOKEN_MINUTES", "-1", &["identity.token_minutes", "a whole number"]),
        ("QUEUE__CAPACITY", "many", &["queue.capacity", "\"many\"", "a whole number"]),
        ("IDENTITY__SECURE_COOKIES", "perhaps", &["identity.secure_cookies", "true or false"]),
    ];
    for (name, value, words) in cases {
        says(folder.path(), &[], &[(&format!("CAFETERIA_{name}"), value)], words);
    }
    let (code, _, line) = run(folder.path(), &["up"], &[("CAFETERIA_BASE_PORT", "65531")]);
    assert!(code == 1 && line.contains("base_port: 65531 is out of range; it must be 1 to 65530"), "{line}");
    let (code, _, line) = run(folder.path(), &["up"], &[("CAFETERIA_BASE_PORT", "70000")]);
    assert!(code == 1 && line.contains("base_port") && line.contains("from 0 to 65535"), "{line}");
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[test]
fn a_wrong_file_is_named_with_what_is_wrong_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[u8], &[&str]); 6] = [
        (b"[kitchen]\ncoking = \"staff\"\n", &["kitchen.coking", "did you mean cooking?", "settings.toml"]),
        (b"[kichen]\ncooking = \"staff\"\n", &["setting kichen", "did you mean kitchen?"]),
        (b"base_port = \"x\"\n", &["base_port", "a whole number from 0 to 65535", "settings.toml"]),
        (b"[kitchen\n", &["settings.toml", "line 1, column 9"]),
        (b"mode = demo\n", &["settings.toml", "line 1"]),
        (b"mode = \"\xff\"\n", &["settings.toml", "cannot be read"]),
    ];
    let path = folder.path().join("settings.toml");
    let file = path.to_str().unwrap();
    for (text, words) in cases {
        std::fs::write(&path, text).unwrap();
        says(folder.path(), &["--config", file], &[], words);
    }
    says(folder.path(), &["--config", "none.toml"], &[], &["none.toml", "No such file"]);
    says(folder.path(), &["--config", "/proc"], &[], &["/proc", "directory"]);
    // The file that is found by itself counts as well; the environment wins over it, and the command line over both.
    std::fs::write(folder.path().join("cafeteria.toml"), "mode = \"prod\"\n").unwrap();
    says(folder.path(), &[], &[], &["setting mode", "cafeteria.toml"]);
    says(
        folder.path(),
        &[],
        &[("CAFETERIA_MODE", "other")],
        &["setting mode", "\"other\"", "CAFETERIA_MODE"],
    );
}

#[test]
fn a_place_that_cannot_be_had_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    says(folder.path(), &["--data-dir", "file"], &[], &["data_dir", "file is not a folder"]);
    says(folder.path(), &["--data-dir", "file/below"], &[], &["data_dir", "file/below"]);
    says(folder.path(), &["--data-dir", "/proc/x"], &[], &["data_dir", "/proc/x"]);
    says(
        folder.path(),
        &["--host", "203.0.113.1"],
        &[],
        &["203.0.113.1", "host must be an address of this machine"],
    );

    let base = free_base_port();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, base + 3)).unwrap();
    let arguments = ["--base-port", &base.to_string()];
    let (code, out, line) = run(folder.path(), &[&["up"], &arguments[..]].concat(), &[]);
    assert!(code == 1 && out.is_empty() && line.lines().count() == 1, "{code} {out} {line}");
    for words in ["stock-service", &taken.local_addr().unwrap().to_string(), "base_port"] {
        assert!(line.contains(words), "{line} should say {words}");
    }
}

#[test]
fn wrong_arguments_are_named_in_one_line_too() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["up", "--cooking", "robot"], "\"robot\" is not one of simulated, staff"),
        (&["up", "--cooking-ms", "5"], "as in 3000..7000"),
        (&["up", "--base-port", "99999"], "99999 is not in 0..=65535"),
        (&["up", "--base-prt", "1"], "--base-port"),
        (&["upp"], "'up'"),
        (&["healthcheck"], "<URL>"),
        (&["seed", "--url", "nonsense"], "'nonsense' for '--url <URL>'"),
        (&["seed", "--wait-s", "soon"], "'soon' for '--wait-s <SECONDS>'"),
    ];
    for (arguments, words) in cases {
        let (code, out, line) = run(folder.path(), arguments, &[]);
        assert!(code == 2 && out.is_empty() && line.lines().count() == 1, "{code} {out} {line}");
        assert!(line.starts_with("cafeteria: ") && line.contains(words), "{line} should say {words}");
    }
}
