//! The real program: started, asked, stopped, and told wrong things.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod backup;
mod commands;
mod secrecy;
mod settings;

use std::{path::Path, process::Command, time::Duration};

use serde_json::{Value, json};
use system_tests::{
    people::Person,
    system::{Options, Program, free_base_port, run},
    wait,
};
use wire::{
    ErrorCode, OrderStatus,
    kitchen::TicketPage,
    ops::ServiceName::{self, IdentityProvider, KitchenQueue, OrderGateway},
};

/// With these arguments.
fn with(arguments: &[&str]) -> Options {
    Options { arguments: arguments.iter().map(|text| (*text).to_owned()).collect(), ..Options::default() }
}

/// With what it prints kept in the file `out` of its folder.
fn heard(options: Options) -> Options {
    Options { wrapper: ["sh", "-c", "exec \"$0\" \"$@\" > out"].map(str::to_owned).to_vec(), ..options }
}

/// What it printed.
async fn printed(program: &Program, last: &str) -> String {
    wait::until("the program to introduce itself", async || {
        let text = std::fs::read_to_string(program.folder().join("out")).unwrap_or_default();
        if text.contains(last) { Ok(text) } else { Err(text) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_folder_is_enough() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::start(heard(Options::default())).await;
    let text = printed(&program, "Ctrl-C").await;
    for name in ServiceName::ALL {
        let url = program.url(name);
        assert!(text.lines().any(|line| line.contains(name.as_str()) && line.ends_with(&url)), "{text}");
    }
    for account in
        ["student1 password123 student", "admin adminpassword admin", "kitchen1 kitchenpassword staff"]
    {
        let printed = text.lines().any(|line| line.split_whitespace().eq(account.split(' ')));
        assert!(printed, "{account} in {text}");
        let mut words = account.split(' ');
        program.person(words.next().unwrap(), words.next().unwrap()).await;
    }
    assert_eq!(Person::anonymous(&program).menu().await.len(), 19);
    let secrets = std::fs::read_dir(program.folder().join("data/secrets")).unwrap();
    let modes: Vec<_> =
        secrets.map(|entry| entry.unwrap().metadata().unwrap().permissions().mode()).collect();
    assert!(modes.len() >= 5 && modes.iter().all(|mode| mode & 0o077 == 0), "{modes:?}");
    assert!(program.stop().await);
}

/// The smoke test of the README, with the ports of this program.
fn smoke_test(base_port: u16) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let block = readme.split("```").find(|block| block.contains("\"orderId\":\"smoke-test-001\"")).unwrap();
    let (_, script) = block.split_once('\n').unwrap();
    (1..=5).fold(script.to_owned(), |script, n| {
        script.replace(&format!("localhost:{}", 3000 + n), &format!("localhost:{}", base_port + n))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smoke_test_of_the_readme_works_as_written() {
    let program = Program::start(Options::default()).await;
    let script = smoke_test(program.base_port());
    for words in ["/login", "/stock | jq", "/order -H", "/latency-stats | jq", "wrongpass"] {
        assert!(script.contains(words), "{words} in {script}");
    }
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let said: Vec<Value> =
        serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().unwrap();
    let [menu @ .., order, latency, first, second, third, fourth] = &said[..] else { panic!("{text}") };
    assert_eq!(menu.len(), 19);
    assert!(menu.contains(&json!({ "id": "special", "name": "Chef's Special (limited!)", "quantity": 3 })));
    assert_eq!((&order["orderId"], &order["status"]), (&json!("smoke-test-001"), &json!("accepted")));
    assert_eq!(order["message"], "Order received and being processed");
    let fields: Vec<_> = latency.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["avg30s", "breached", "count30s", "thresholdS", "windowMs"]);
    assert_eq!(latency["count30s"], 1);
    // The sign-in at the beginning counts too: three attempts a minute, right or wrong.
    assert_eq!([first, second, third, fourth], [401, 401, 429, 429]);

    let staff = program.staff().await;
    wait::until("the order to be ready", async || {
        let page: TicketPage = staff.get(KitchenQueue, "/tickets").await.is(200).json();
        let ready = page.tickets.iter().any(|ticket| ticket.status == OrderStatus::Ready);
        if ready { Ok(()) } else { Err(page) }
    })
    .await;
    assert_eq!(staff.dish("burger").await.quantity, 34);
    assert!(program.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_it_finishes_what_is_under_way() {
    let mut program = Program::start(with(&["--cooking-ms", "0..0"])).await;
    let (student, admin) = (program.student().await, program.admin().await);
    let slow = json!({ "enable": true, "mode": "latency", "latencyMs": 2000 });
    admin.orders_chaos(OrderGateway, &slow).await.is(200);
    let (answer, ended_well) = tokio::join!(student.orders("burger", "in-flight"), async {
        // The order is on its way for two seconds.
        wait::pass(Duration::from_millis(500)).await;
        program.ends().await
    });
    answer.is_accepted();
    assert!(ended_well, "{}", program.log());
    program.restart().await;
    program.student().await.sees("in-flight", OrderStatus::Ready).await;
    assert!(program.stop().await);
}

/// The environment of an installation for real students.
fn production(password_file: &str) -> Vec<(String, String)> {
    [("CAFETERIA_FIRST_ADMIN", "head-of-it"), ("CAFETERIA_FIRST_ADMIN_PASSWORD_FILE", password_file)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn production_refuses_the_demo_and_begins_with_one_admin() {
    let secret = tempfile::tempdir().unwrap();
    let file = secret.path().join("password");
    std::fs::write(&file, "a-long-password-of-its-own\n").unwrap();
    let environment = production(file.to_str().unwrap());

    let mut demo = Program::start(Options::default()).await;
    assert!(demo.ends().await);
    let port = demo.base_port().to_string();
    let arguments = ["up", "--production", "--data-dir", "data", "--base-port", &port];
    let given: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (code, out, line) = run(demo.folder(), &arguments, &given);
    assert_eq!((code, out.as_str(), line.lines().count()), (1, "", 1), "{line}");
    let named =
        ["student1", "admin", "kitchen1"].iter().any(|name| line.contains(&format!("account {name}:")));
    assert!(named, "{line}");

    let options = Options { environment, ..heard(with(&["--production"])) };
    let program = Program::start(options).await;
    assert!(printed(&program, "Ctrl-C").await.contains("drills are off"));
    let admin = program.person("head-of-it", "a-long-password-of-its-own").await;
    for (username, password) in [("student1", "password123"), ("admin", "adminpassword")] {
        let login = json!({ "username": username, "password": password });
        let answer = Person::anonymous(&program).post(IdentityProvider, "/login", &login).await;
        answer.is_problem(ErrorCode::BadCredentials);
    }
    for name in ServiceName::ALL {
        admin.orders_chaos(name, &json!({ "enable": true })).await.is_problem(ErrorCode::Forbidden);
    }
    assert!(admin.menu().await.is_empty(), "the demo's menu is the demo's");
    assert!(program.stop().await);
}

#[test]
fn production_without_an_admin_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_base_port().to_string();
    let arguments = ["up", "--production", "--base-port", &port];
    let says = |environment: &[(&str, &str)], words: &str| {
        let (code, out, line) = run(folder.path(), &arguments, environment);
        assert!(code == 1 && out.is_empty() && line.lines().count() == 1, "{code} {out} {line}");
        assert!(line.starts_with("cafeteria: ") && line.contains(words), "{line} should say {words}");
    };
    says(&[], "first_admin");
    says(&[("CAFETERIA_FIRST_ADMIN", "boss")], "first_admin_password_file");
    let missing = ("CAFETERIA_FIRST_ADMIN_PASSWORD_FILE", "no-such-file");
    says(&[("CAFETERIA_FIRST_ADMIN", "boss"), missing], "first_admin_password_file: no-such-file");
    std::fs::write(folder.path().join("short"), "short").unwrap();
    let short = ("CAFETERIA_FIRST_ADMIN_PASSWORD_FILE", "short");
    says(&[("CAFETERIA_FIRST_ADMIN", "boss"), short], "8 to 128");
    says(&[("CAFETERIA_FIRST_ADMIN", "the boss"), short], "setting first_admin: ");
}
