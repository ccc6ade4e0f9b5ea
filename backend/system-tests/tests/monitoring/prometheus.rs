//! A real Prometheus on a running system: every panel of both dashboards has data, also before the first order, and
//! an alert fires with the labels as they are scraped.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use system_tests::{
    people::Person,
    system::{Addresses, Options, Program},
    wait,
};
use tempfile::TempDir;
use test_support::servers::{free_port, guard::Guard};
use wire::{
    OrderStatus,
    ops::ServiceName::{self, IdentityProvider, OrderGateway, StockService},
};

use crate::{
    PROMETHEUS,
    dashboards::{self, Query},
    metrics, path, program, read,
};

/// A real Prometheus with our rules, which asks each second.
struct Prometheus {
    url: String,
    guard: Guard,
    client: reqwest::Client,
    _folder: TempDir,
}

/// prometheus.yml as it is, but with the addresses of this system in the place of DNS, and a quicker pulse.
fn configuration(addresses: &Addresses) -> String {
    let mut config = String::new();
    let mut job = None;
    for line in read("monitoring/prometheus.yml").lines() {
        if let Some(name) = line.strip_prefix("  - job_name: ") {
            job = ServiceName::ALL.into_iter().find(|service| service.as_str() == name);
        }
        let line = match (line.trim_start().starts_with("dns_sd_configs: "), job) {
            (true, Some(name)) => {
                let address = addresses.url(name).replace("http://", "");
                format!("    static_configs: [{{ targets: [\"{address}\"] }}]")
            }
            // RabbitMQ is no part of the single process.
            (true, None) => "    static_configs: []".to_owned(),
            (false, _) => line.replace("15s", "1s").replace("10s", "1s"),
        };
        config.push_str(&line);
        config.push('\n');
    }
    assert_eq!(config.matches("static_configs: [{ targets: [\"127.").count(), 5, "{config}");
    config
}

impl Prometheus {
    async fn start(addresses: &Addresses) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, configuration(addresses)).unwrap();
        fs::copy(path("monitoring/alerts.yml"), folder.path().join("alerts.yml")).unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let guard = Guard::start(
            &[
                &program(PROMETHEUS),
                &format!("--config.file={}", file.display()),
                &format!("--storage.tsdb.path={}", folder.path().join("data").display()),
                &format!("--web.listen-address={address}"),
            ],
            &[],
            folder.path(),
        );
        let (url, client) = (format!("http://{address}/api/v1"), reqwest::Client::new());
        let server = Self { url, guard, client, _folder: folder };
        wait::until("Prometheus to see every service", async || {
            let up = server.values("up == 1").await?;
            if up.len() == 5 { Ok(()) } else { Err(format!("{up:?}\n{}", server.guard.last_words())) }
        })
        .await;
        server
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let text = |error: reqwest::Error| error.to_string();
        let request = self.client.get(format!("{}{path}", self.url)).query(query);
        let answer: Value = request.send().await.map_err(text)?.json().await.map_err(text)?;
        if answer["status"] == "success" { Ok(answer["data"].clone()) } else { Err(answer.to_string()) }
    }

    /// The values that a query has now, without those that are no number.
    async fn values(&self, query: &str) -> Result<Vec<f64>, String> {
        let data = self.get("/query", &[("query", query)]).await?;
        let series = data["result"].as_array().ok_or_else(|| data.to_string())?;
        let number = |series: &Value| series["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
        Ok(series.iter().filter_map(number).filter(|value| value.is_finite()).collect())
    }

    /// Waits until a panel's query has data of which this is true, while this goes on.
    async fn shows(&self, query: &Query, is_good: impl Fn(&[f64]) -> bool, goes_on: impl AsyncFn()) {
        // As Grafana does, with times that suit a scrape each second.
        let text = query.text.replace("$__rate_interval", "20s").replace("$__range", "5m");
        wait::until(&format!("{} ({text})", query.panel), async || {
            goes_on().await;
            let values = self.values(&text).await?;
            if is_good(&values) { Ok(()) } else { Err(format!("{values:?}")) }
        })
        .await;
    }

    /// The state of a rule, and what is wrong with it.
    async fn rules(&self) -> Vec<(String, String, Value)> {
        let data = self.get("/rules", &[]).await.unwrap();
        let rules =
            data["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        rules.map(|rule| (text(&rule["name"]), text(&rule["health"]), rule["state"].clone())).collect()
    }
}

/// A little of everything that is counted.
async fn smoke_load(program: &Program, student: &Person, admin: &Person) {
    let staff = program.staff().await;
    let stranger = Person::anonymous(program);
    let wrong = json!({ "username": "nobody", "password": "wrong-password" });
    stranger.post(IdentityProvider, "/login", &wrong).await.is(401);
    let _recorder = student.listens().await;

    // A stock-service that fails makes the kitchen try again.
    let drill = json!({ "enable": true, "mode": "errors", "errorRate": 1.0 });
    admin.orders_chaos(StockService, &drill).await.is(200);
    student.orders("biryani", "tried-again").await.is_accepted();
    wait::until("the kitchen to try again", async || {
        let retried = admin.metric(ServiceName::KitchenQueue, "orders_retried_total").await;
        if retried > 0.0 { Ok(()) } else { Err(retried) }
    })
    .await;
    admin.orders_chaos(StockService, &json!({ "enable": false })).await.is(200);

    // Too many for what is left, which only the stock-service can tell; then none is left, which the gateway can.
    student
        .places(&json!({ "itemId": "special", "quantity": 20, "orderId": "too-many" }))
        .await
        .is_accepted();
    student.sees("too-many", OrderStatus::Rejected).await;
    staff.restocks("special", -3, "all-gone").await.is(200);
    let mut tries = 0;
    wait::until("the special to be sold out at once", async || {
        tries += 1;
        let answer = student.orders("special", &format!("sold-out-{tries}")).await;
        if answer.status == 422 { Ok(()) } else { Err(answer) }
    })
    .await;
    for n in 0..20 {
        student.orders("water", &format!("smoke-{n}")).await.is_accepted();
    }
    student.orders("water", "smoke-0").await.is_accepted();
    for order in ["tried-again", "smoke-19"] {
        student.sees(order, OrderStatus::Ready).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_shows_data_and_an_alert_fires() {
    let options = ["--cooking-ms", "0..0"].map(str::to_owned).to_vec();
    let program = Program::start(Options { arguments: options, ..Options::default() }).await;
    let prometheus = Prometheus::start(&program).await;

    for query in dashboards::queries() {
        prometheus.shows(&query, |values| !values.is_empty(), async || {}).await;
    }
    let (student, admin) = (program.student().await, program.admin().await);
    smoke_load(&program, &student, &admin).await;
    for query in dashboards::queries() {
        let is_of_students = query.panel.starts_with("iut-cafeteria: ");
        // Nothing has failed with a 5xx.
        let may_be_zero = !is_of_students || query.text.contains("status=~\"5..\"");
        let is_good = |values: &[f64]| values.iter().any(|value| may_be_zero || *value > 0.0);
        // Rates are of the last seconds: an order that is repeated, and one that is refused.
        let goes_on = async || {
            student.orders("water", "smoke-0").await.is_accepted();
            student.orders("special", "refused").await.is(422);
        };
        prometheus.shows(&query, is_good, goes_on).await;
    }
    metrics::are_documented(&program).await;
    let rules = prometheus.rules().await;
    assert!(rules.len() > 15 && rules.iter().all(|(_, health, _)| health == "ok"), "{rules:?}");
    let state = |rules: &[(String, String, Value)], name: &str| {
        rules.iter().find(|(rule, ..)| rule == name).map(|(.., state)| state.clone()).unwrap()
    };
    assert_eq!(state(&rules, "GatewayHighLatency"), "inactive");

    // A slow gateway: the alert waits for 30 s.
    let slow = json!({ "enable": true, "mode": "latency", "latencyMs": 1500 });
    admin.orders_chaos(OrderGateway, &slow).await.is(200);
    wait::until_within(Duration::from_secs(120), "GatewayHighLatency to fire", async || {
        let body = json!({ "itemId": "water" });
        student.places(&body).await;
        let state = state(&prometheus.rules().await, "GatewayHighLatency");
        if state == "firing" { Ok(()) } else { Err(state) }
    })
    .await;
    let firing = prometheus.values("ALERTS{alertname=\"GatewayHighLatency\", alertstate=\"firing\"}").await;
    assert_eq!(firing.unwrap(), [1.0]);
    assert!(program.stop().await);
}
