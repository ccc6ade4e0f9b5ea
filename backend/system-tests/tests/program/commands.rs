//! `seed`, `healthcheck`, `migrate`, `default-config`, `--help`.

use std::process::{Child, Stdio};

use system_tests::{short_or_long, system::binary};
use wire::ops::ServiceName::StockService;

use super::*;

fn url(program: &Program) -> String {
    format!("http://127.0.0.1:{}", program.base_port())
}

/// A command that fails with one line.
#[track_caller]
fn fails(folder: &Path, arguments: &[&str], words: &str) {
    let (code, out, line) = run(folder, arguments, &[]);
    assert!(code == 1 && out.is_empty() && line.lines().count() == 1, "{code} {out} {line}");
    assert!(line.contains(words), "{line} should say {words}");
}

/// The stock as a seed printed it: id and portions.
fn table(text: &str) -> Vec<(String, u32)> {
    let cells = |line: &str| -> Vec<String> {
        line.split(['│', '┆', '|'])
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
            .collect()
    };
    let words = |line: &str| cells(line).join(" ").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| {
        let words = words(line);
        Some((words.first()?.clone(), words.last()?.parse().ok()?))
    };
    text.lines().filter_map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn seed_puts_the_menu_in_again_and_again() {
    let program = Program::start(Options::default()).await;
    let staff = program.staff().await;
    staff.restocks("burger", 7, "more").await.is(200);
    staff.restocks("special", -3, "none-left").await.is(200);
    let menu = || async {
        let mut menu: Vec<_> =
            staff.menu().await.into_iter().map(|dish| (dish.id.to_string(), dish.quantity)).collect();
        menu.sort();
        menu
    };
    // The fourth within a minute has to wait for its turn to sign in.
    for _ in 0..short_or_long(3, 4) {
        let (code, out, error) = run(program.folder(), &["seed", "--url", &url(&program)], &[]);
        assert_eq!((code, error.as_str()), (0, ""), "{out}");
        assert!(out.contains("0 dishes are new, 19 were there."), "{out}");
        let mut printed = table(&out);
        printed.sort();
        assert_eq!(printed.len(), 19, "{out}");
        assert_eq!(printed, menu().await);
        assert!(printed.contains(&("burger".to_owned(), 35)) && printed.contains(&("special".to_owned(), 3)));
    }
    let token = ["seed", "--url", &url(&program), "--token", &staff.token()];
    assert_eq!(run(program.folder(), &token, &[]).0, 0, "staff may seed too");
    assert!(program.stop().await);
}

fn seeds_in_the_background(folder: &Path, url: &str) -> Child {
    let mut command = Command::new(binary());
    command.args(["seed", "--url", url]).current_dir(folder).stdout(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn seed_waits_for_a_system_that_is_not_up_yet_but_not_for_ever() {
    let mut program = Program::start(Options::default()).await;
    program.kill();
    let seed = seeds_in_the_background(program.folder(), &url(&program));
    let nobody = ["seed", "--url", &url(&program), "--wait-s", "1"];
    fails(program.folder(), &nobody, "did not come up within 1 s; is it started?");
    program.restart().await;
    let output = tokio::task::block_in_place(|| seed.wait_with_output().unwrap());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && table(&text).len() == 19, "{text}");
    assert!(program.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn seed_says_in_one_line_why_it_may_not() {
    let program = Program::start(Options::default()).await;
    let url = url(&program);
    std::fs::write(program.folder().join("password"), "not-the-password\n").unwrap();
    let wrong = ["seed", "--url", &url, "--password-file", "password"];
    fails(program.folder(), &wrong, "signing in: Check the user name and the password. (bad_credentials)");
    let missing = ["seed", "--url", &url, "--password-file", "no-such-file"];
    fails(program.folder(), &missing, "no-such-file: No such file");
    fails(program.folder(), &["seed", "--url", &url, "--token", "nonsense"], "(unauthenticated)");
    let student = program.student().await;
    fails(program.folder(), &["seed", "--url", &url, "--token", &student.token()], "(forbidden)");
    assert!(program.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_tells_by_its_exit_code() {
    let program = Program::start(Options::default()).await;
    let admin = program.admin().await;
    let check = |url: &str| run(program.folder(), &["healthcheck", url], &[]);
    for name in ServiceName::ALL {
        let (code, out, error) = check(&program.url(name));
        assert_eq!((code, error.as_str()), (0, ""));
        assert!(out.starts_with(&format!("{name} up")), "{out}");
    }
    let stock = program.url(StockService);
    assert_eq!(check(&format!("{stock}/")).0, 0);
    assert_eq!(check(&format!("{stock}/health")).0, 0);
    admin.orders_chaos(StockService, &json!({ "enable": true })).await.is(200);
    fails(program.folder(), &["healthcheck", &stock], "stock-service down");
    fails(program.folder(), &["healthcheck", &url(&program)], "is not the health of a service of ours");
    fails(
        program.folder(),
        &["healthcheck", &format!("http://127.0.0.1:{}", test_support::servers::free_port())],
        "does not answer",
    );
    fails(program.folder(), &["healthcheck", "nonsense"], "does not answer");
    assert!(program.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_prepares_an_empty_folder_and_leaves_a_used_one_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (code, out, error) = run(folder.path(), &["migrate", "--data-dir", "new/deep"], &[]);
        assert_eq!((code, error.as_str(), out.lines().count()), (0, "", 4), "{out}");
        assert!(out.lines().all(|line| line.starts_with("new/deep/") && line.ends_with(".db is up to date")));
    }

    let mut program = Program::start(with(&["--cooking-ms", "0..0"])).await;
    let migrate = ["migrate", "--data-dir", "data"];
    fails(program.folder(), &migrate, "another cafeteria is running on the data folder data");
    let up = ["up", "--data-dir", "data", "--base-port", "0"];
    fails(program.folder(), &up, "another cafeteria is running on the data folder data");
    let student = program.student().await;
    student.orders("burger", "kept").await.is_accepted();
    let before = student.sees("kept", OrderStatus::Ready).await;
    program.kill();
    assert_eq!(run(program.folder(), &migrate, &[]).0, 0);
    program.restart().await;
    assert_eq!(program.student().await.sees("kept", OrderStatus::Ready).await, before);
    assert!(program.stop().await);
}

#[test]
fn the_defaults_that_are_printed_are_a_file_of_settings() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, error) = run(folder.path(), &["default-config"], &[]);
    assert_eq!((code, error.as_str()), (0, ""));
    std::fs::write(folder.path().join("cafeteria.toml"), &text).unwrap();
    assert_eq!(run(folder.path(), &["migrate"], &[]).0, 0);
    let changed = text.replace("cooking = \"simulated\"", "cooking = \"robot\"");
    std::fs::write(folder.path().join("cafeteria.toml"), changed).unwrap();
    fails(folder.path(), &["migrate"], "kitchen.cooking: \"robot\" is not one of simulated, staff");
}

#[test]
fn help_names_every_option() {
    let folder = tempfile::tempdir().unwrap();
    let options: [(&[&str], &[&str]); 8] = [
        (&[], &["up", "seed", "healthcheck", "default-config", "migrate", "backup", "restore"]),
        (
            &["up"],
            &["--config", "--data-dir", "--host", "--base-port", "--production", "--cooking", "--cooking-ms"],
        ),
        (&["seed"], &["--url", "--token", "--username", "--password-file", "--wait-s"]),
        (&["healthcheck"], &["<URL>"]),
        (&["migrate"], &["--config", "--data-dir"]),
        (&["backup"], &["<FOLDER>", "--config", "--data-dir"]),
        (&["restore"], &["<FOLDER>", "--force", "--config", "--data-dir"]),
        (&["default-config"], &[]),
    ];
    for (command, words) in options {
        let (code, text, error) = run(folder.path(), &[command, &["--help"]].concat(), &[]);
        assert_eq!((code, error.as_str()), (0, ""));
        for word in words {
            assert!(text.split_whitespace().any(|known| known == *word), "{word} in {text}");
        }
    }
}
