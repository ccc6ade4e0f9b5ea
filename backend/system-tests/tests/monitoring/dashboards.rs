//! The dashboards: well formed, provisioned, and with the panels that were promised. What their queries return is
//! judged by a real Prometheus (`prometheus.rs`), since Grafana only draws it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{path, read};

const BOARDS: [&str; 2] = ["iut-cafeteria", "operators"];

/// The panels of the students' side, in their order.
const PANELS: [&str; 12] = [
    "Orders accepted",
    "Orders rejected",
    "Orders processed",
    "Orders retried",
    "Orders failed",
    "Notifications pushed",
    "Gateway request rate",
    "Gateway latency",
    "Login success",
    "Login failed",
    "Stock reductions",
    "Stock failures",
];

/// One query of a panel.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Board and title.
    pub(crate) panel: String,
    pub(crate) text: String,
}

fn board(name: &str) -> Value {
    serde_json::from_str(&read(&format!("monitoring/grafana/dashboards/{name}.json"))).unwrap()
}

fn panels(board: &Value) -> &Vec<Value> {
    board["panels"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Every query of both boards.
pub(crate) fn queries() -> Vec<Query> {
    let mut queries = Vec::new();
    for name in BOARDS {
        for panel in panels(&board(name)) {
            for target in panel["targets"].as_array().unwrap() {
                let panel = format!("{name}: {}", text(&panel["title"]));
                queries.push(Query { panel, text: text(&target["expr"]).to_owned() });
            }
        }
    }
    queries
}

#[test]
fn the_students_side_has_its_twelve_panels() {
    let board = board("iut-cafeteria");
    assert_eq!(board["title"], "IUT Cafeteria");
    let titles: Vec<_> = panels(&board).iter().map(|panel| text(&panel["title"])).collect();
    assert_eq!(titles, PANELS);

    let latency = &panels(&board)[7];
    let names: Vec<_> =
        latency["targets"].as_array().unwrap().iter().map(|it| text(&it["legendFormat"])).collect();
    assert_eq!(names, ["p50", "p95", "p99"]);
    let defaults = &latency["fieldConfig"]["defaults"];
    assert_eq!((&defaults["unit"], &defaults["thresholds"]["steps"][1]["value"]), (&json!("s"), &json!(1)));
    assert_eq!(defaults["custom"]["thresholdsStyle"]["mode"], "line");
}

#[test]
fn the_operators_side_shows_what_was_promised() {
    let board = board("operators");
    let titles: BTreeSet<_> = panels(&board).iter().map(|panel| text(&panel["title"])).collect();
    for title in [
        "Queue depth",
        "Oldest order",
        "Confirm latency",
        "Orders per commit",
        "Outbox lag",
        "Hint state",
        "Sockets",
        "Pools",
        "Oversold",
    ] {
        assert!(titles.contains(title), "{title} in {titles:?}");
    }
}

#[test]
fn every_panel_is_placed_explained_and_asks_prometheus() {
    let mut uids = BTreeSet::new();
    for name in BOARDS {
        let board = board(name);
        assert!(board["schemaVersion"].as_u64().unwrap() >= 36);
        assert!(board.get("id").is_none(), "Grafana gives the ids of boards");
        assert!(uids.insert(text(&board["uid"]).to_owned()));
        let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for panel in panels(&board) {
            let title = text(&panel["title"]);
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
            assert!(["stat", "timeseries"].contains(&text(&panel["type"])), "{title}");
            assert!(text(&panel["description"]).ends_with('.'), "{title}");
            let place = |side: &str| panel["gridPos"][side].as_u64().unwrap();
            assert!(place("x") + place("w") <= 24, "{title}");
            for cell in (place("x")..place("x") + place("w"))
                .flat_map(|x| (place("y")..place("y") + place("h")).map(move |y| (x, y)))
            {
                assert!(taken.insert(cell), "{title} lies over another panel");
            }
            let source = json!({ "type": "prometheus", "uid": "prometheus" });
            let targets = panel["targets"].as_array().unwrap();
            let mut names = BTreeSet::new();
            for target in targets {
                assert!(names.insert(text(&target["refId"])), "{title}");
                assert_eq!(target["datasource"], source, "{title}");
                // A number is of the whole range, a line of each of its moments.
                let over_the_range = text(&target["expr"]).contains("[$__range]");
                assert!(!over_the_range || panel["type"] == "stat", "{title}");
                assert_eq!(target["instant"], panel["type"] == "stat", "{title}");
            }
            assert!(!targets.is_empty(), "{title}");
        }
    }
}

#[test]
fn sources_and_boards_are_provisioned() {
    let sources = read("monitoring/grafana/provisioning/datasources/datasources.yml");
    for (uid, url) in [
        ("prometheus", "http://prometheus:9090"),
        ("alertmanager", "http://alertmanager:9093"),
        ("jaeger", "http://jaeger:16686"),
    ] {
        let source =
            sources.split("  - name: ").find(|source| source.contains(&format!("uid: {uid}\n"))).unwrap();
        let (kind, url) = (format!("type: {uid}\n"), format!("url: {url}\n"));
        assert!(source.contains(&kind) && source.contains(&url), "{source}");
    }
    assert!(
        sources.contains("timeInterval: 15s\n"),
        "$__rate_interval is worked out from the scrape interval"
    );
    let boards = read("monitoring/grafana/provisioning/dashboards/dashboards.yml");
    assert!(boards.contains("path: /etc/grafana/dashboards\n"), "{boards}");
    let files = std::fs::read_dir(path("monitoring/grafana/dashboards")).unwrap().count();
    assert_eq!(files, BOARDS.len(), "a board that no test looks at");
}
