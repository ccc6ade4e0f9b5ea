//! Alertmanager: the configuration that its start script writes, who hears of what, and a real one that delivers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use system_tests::wait;
use tempfile::TempDir;
use test_support::servers::{free_port, guard::Guard};

use crate::{ALERTMANAGER, AMTOOL, content, output, path, program, read, sinks::Sink};

/// A password with everything that YAML, a shell, printf or sed could stumble over.
const PASSWORD: &str = r#"a'b"c\n%s $HOME `id` #{}:[]&*!|> é"#;

const SLACK: (&str, &str) = ("SLACK_WEBHOOK_URL", "https://hooks.slack.example/services/T/B/secret-of-slack");

const EMAIL: [(&str, &str); 6] = [
    ("SMTP_HOST", "mail.example"),
    ("SMTP_PORT", "2525"),
    ("SMTP_FROM", "cafeteria@example.org"),
    ("SMTP_TO", "it@example.org, canteen@example.org"),
    ("SMTP_USERNAME", "cafeteria"),
    ("SMTP_PASSWORD", PASSWORD),
];

/// The start script with nothing in its environment but these variables.
fn script(file: &Path, variables: &[(&str, &str)], command: &[&str]) -> Command {
    let mut script = Command::new("sh");
    script
        .arg(path("monitoring/alertmanager-start.sh"))
        .args(command)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("ALERTMANAGER_CONFIG", file)
        .envs(variables.iter().copied());
    script
}

/// What the script writes, into a folder, and what it says.
fn written(folder: &TempDir, variables: &[(&str, &str)]) -> (PathBuf, String) {
    let file = folder.path().join("alertmanager.yml");
    let (good, said) = output(&mut script(&file, variables, &["true"]));
    assert!(good, "{said}");
    (file, said)
}

fn all() -> Vec<(&'static str, &'static str)> {
    [SLACK].into_iter().chain(EMAIL).collect()
}

#[test]
fn amtool_is_content_with_all_and_with_none_of_the_variables() {
    for variables in [Vec::new(), vec![SLACK], EMAIL.to_vec(), EMAIL[..4].to_vec(), all()] {
        let folder = TempDir::new().unwrap();
        let (file, _) = written(&folder, &variables);
        let text = content(AMTOOL, &["check-config", file.to_str().unwrap()]);
        assert!(text.contains("- 2 receivers") && text.contains("- 3 inhibit rules"), "{text}");
        let config = fs::read_to_string(file).unwrap();
        let times = |word: &str| config.matches(word).count();
        let (slack, email) = (variables.contains(&SLACK), variables.contains(&EMAIL[0]));
        assert_eq!(times("slack_configs:"), if slack { 2 } else { 0 }, "{config}");
        let for_notices = usize::from(!slack);
        assert_eq!(times("email_configs:"), if email { 1 + for_notices } else { 0 }, "{config}");
        let sends_a_password = variables.contains(&EMAIL[5]);
        assert_eq!(config.contains("require_tls: false"), email && !sends_a_password, "{config}");
    }
}

#[test]
fn who_hears_of_what() {
    let folder = TempDir::new().unwrap();
    let (file, _) = written(&folder, &all());
    let config = format!("--config.file={}", file.to_str().unwrap());
    for rule in read("monitoring/alerts.yml").split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let is_critical = rule.contains("severity: critical\n");
        let (severity, receiver) = if is_critical { ("critical", "urgent") } else { ("warning", "notices") };
        let labels = [format!("alertname={name}"), format!("severity={severity}")];
        let wanted = format!("--verify.receivers={receiver}");
        content(AMTOOL, &["config", "routes", "test", &config, &wanted, &labels[0], &labels[1]]);
    }
}

#[test]
fn a_secret_is_read_as_it_is_and_shown_to_nobody() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("alertmanager.yml");
    let calls = folder.path().join("calls");
    let script = script(&file, &all(), &["true"]);
    // Every program that the script starts, with its arguments and its environment.
    let mut traced = Command::new("strace");
    traced.args(["-f", "-v", "-s", "10000", "-e", "trace=execve", "-o"]).arg(&calls);
    traced.arg("sh").args(script.get_args()).env_clear();
    traced.envs(script.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let (good, said) = output(&mut traced);
    assert!(good, "{said}");
    assert!(!said.contains(PASSWORD) && !said.contains("secret-of-slack"), "{said}");
    let calls = fs::read_to_string(calls).unwrap();
    let started: Vec<_> =
        calls.lines().filter(|line| line.contains("execve(") && line.ends_with("= 0")).collect();
    let [shell, others @ ..] = &started[..] else { panic!("nothing was started: {calls}") };
    assert!(shell.contains("secret-of-slack"), "the trace shows environments: {shell}");
    assert!(others.iter().any(|call| call.contains("--config.file=")), "{calls}");
    let secret = ["secret-of-slack", "SMTP_PASSWORD"];
    assert!(others.iter().all(|call| secret.iter().all(|word| !call.contains(word))), "{calls}");

    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let config = fs::read_to_string(&file).unwrap();
    let quoted = format!("auth_password: '{}'\n", PASSWORD.replace('\'', "''"));
    assert!(config.contains(&quoted), "{config}");
}

#[test]
fn secrets_may_be_files() {
    let folder = TempDir::new().unwrap();
    let (password, webhook) = (folder.path().join("password"), folder.path().join("webhook"));
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    fs::write(&webhook, SLACK.1).unwrap();
    let files = [
        ("SMTP_PASSWORD_FILE", password.to_str().unwrap()),
        ("SLACK_WEBHOOK_URL_FILE", webhook.to_str().unwrap()),
    ];
    let variables: Vec<_> = EMAIL[..5].iter().copied().chain(files).collect();
    let (by_files, _) = written(&folder, &variables);
    let by_files = fs::read_to_string(by_files).unwrap();
    let (by_variables, _) = written(&folder, &all());
    assert_eq!(by_files, fs::read_to_string(by_variables).unwrap());
}

#[test]
fn half_a_setting_stops_the_start_with_a_line_that_names_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("alertmanager.yml");
    for (variables, named) in [
        (&EMAIL[..3], "SMTP_TO"),
        (&EMAIL[..5], "SMTP_PASSWORD"),
        (&[("SLACK_WEBHOOK_URL", "https://a.example/\nglobal: {}")], "SLACK_WEBHOOK_URL"),
        (&[("SLACK_WEBHOOK_URL_FILE", "no/such/file")], "SLACK_WEBHOOK_URL_FILE"),
    ] {
        let (good, said) = output(&mut script(&file, variables, &["true"]));
        assert!(!good && said.lines().count() == 1 && said.contains(named), "{named}: {said}");
    }
    let (_, said) = written(&folder, &[]);
    assert!(said.starts_with("Alerts go nowhere: set SLACK_WEBHOOK_URL"), "{said}");
}

/// A real Alertmanager.
struct Alertmanager {
    url: String,
    guard: Guard,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Alertmanager {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("alertmanager.yml");
        let address = format!("127.0.0.1:{}", free_port());
        let storage = format!("--storage.path={}", folder.path().join("data").display());
        let listen = format!("--web.listen-address={address}");
        let script = script(&file, &[], &[]);
        let start: Vec<_> = script.get_args().map(|word| word.to_str().unwrap()).collect();
        let server = program(ALERTMANAGER);
        let command: Vec<_> = ["sh"]
            .into_iter()
            .chain(start)
            .chain([&*server, &storage, &listen, "--cluster.listen-address="])
            .collect();
        let environment: Vec<_> = [("ALERTMANAGER_CONFIG", file.to_str().unwrap())]
            .into_iter()
            .chain(variables.iter().copied())
            .collect();
        let guard = Guard::start(&command, &environment, folder.path());
        let (url, client) = (format!("http://{address}/api/v2"), reqwest::Client::new());
        let server = Self { url, guard, client, _folder: folder };
        wait::until("Alertmanager to be ready", async || {
            match server.client.get(format!("{}/status", server.url)).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                other => Err(format!("{other:?}\n{}", server.guard.last_words())),
            }
        })
        .await;
        server
    }

    /// Tells it, as Prometheus does, that these alerts fire.
    async fn hears(&self, alerts: &[(&str, &str)]) {
        let alerts: Vec<_> = alerts
            .iter()
            .map(|(name, severity)| {
                json!({
                    "labels": { "alertname": name, "severity": severity, "job": "order-gateway" },
                    "annotations": { "summary": format!("{name} it is"), "description": "as told", "runbook": "page" },
                })
            })
            .collect();
        let answer = self.client.post(format!("{}/alerts", self.url)).json(&alerts).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// The state of each alert: `active`, `suppressed`.
    async fn states(&self) -> Vec<(String, String)> {
        let alerts: Vec<Value> =
            self.client.get(format!("{}/alerts", self.url)).send().await.unwrap().json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        alerts.iter().map(|it| (text(&it["labels"]["alertname"]), text(&it["status"]["state"]))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_arrive_in_slack_and_by_mail_and_the_cause_hides_what_follows() {
    let (slack, mail) = (Sink::webhook(), Sink::smtp());
    let (webhook, port) = (format!("http://127.0.0.1:{}/slack", slack.port()), mail.port().to_string());
    let server = Alertmanager::start(&[
        ("SLACK_WEBHOOK_URL", &webhook),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("SMTP_FROM", "cafeteria@example.org"),
        ("SMTP_TO", "it@example.org"),
    ])
    .await;
    // The first is the cause of the second; the third is another matter, and goes the same way as the second.
    server
        .hears(&[("ServiceDown", "critical"), ("GatewayHighLatency", "warning"), ("DeadLetters", "warning")])
        .await;
    let (posts, mails) = wait::until("the alerts to arrive", async || {
        let (posts, mails) = (slack.arrived(), mail.arrived());
        if posts.len() >= 2 && !mails.is_empty() { Ok((posts, mails)) } else { Err((posts, mails)) }
    })
    .await;

    let posted = posts.join("\n");
    for words in ["critical: ServiceDown", "ServiceDown it is: as told (page)", "warning: DeadLetters"] {
        assert!(posted.contains(words), "{words} in {posted}");
    }
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    for words in
        ["MAIL FROM:<cafeteria@example.org>", "RCPT TO:<it@example.org>", "ServiceDown it is: as told (page)"]
    {
        assert!(mail.contains(words), "{words} in {mail}");
    }
    let subject = mail.lines().find(|line| line.starts_with("Subject:")).unwrap();
    assert!(subject.contains("critical") && subject.contains("ServiceDown"), "{subject}");

    assert!(
        !posted.contains("GatewayHighLatency") && !mail.contains("GatewayHighLatency"),
        "{posts:?} {mail}"
    );
    let mut states = server.states().await;
    states.sort();
    let states: Vec<_> = states.iter().map(|(name, state)| (&**name, &**state)).collect();
    let wanted = [("DeadLetters", "active"), ("GatewayHighLatency", "suppressed"), ("ServiceDown", "active")];
    assert_eq!(states, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_setting_it_starts_and_takes_alerts() {
    let server = Alertmanager::start(&[]).await;
    server.hears(&[("ServiceDown", "critical")]).await;
    let active = ("ServiceDown".to_owned(), "active".to_owned());
    wait::until("the alert to be there", async || {
        let states = server.states().await;
        if states == [active.clone()] { Ok(()) } else { Err(states) }
    })
    .await;
}
