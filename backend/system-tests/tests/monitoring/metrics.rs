//! The list of metrics in docs/metrics.md against what the code registers, what a running system exports, and what
//! dashboards and alerts ask for.

use std::collections::{BTreeMap, BTreeSet};

use system_tests::{people::Person, system::Addresses};
use wire::ops::ServiceName;

use crate::{dashboards, path, read};

/// What Prometheus itself and RabbitMQ's plugin export.
const OF_OTHERS: [&str; 4] =
    ["ALERTS", "rabbitmq_alarms_free_disk_space_watermark", "rabbitmq_alarms_memory_used_watermark", "up"];

/// Ways of making a metric, each followed by its name.
const REGISTRATIONS: [&str; 9] = [
    ".counter(",
    ".counters(",
    ".gauge(",
    ".gauges(",
    ".float_gauge(",
    ".seconds(",
    ".sizes(",
    "HistogramOpts::new(",
    "Opts::new(",
];

/// Name and type of each metric in docs/metrics.md.
pub(crate) fn documented() -> BTreeMap<String, String> {
    let page = read("docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| (name.to_owned(), rest.split(" | ").next().unwrap().to_owned())).collect()
}

/// The names that the code of the services registers.
fn registered() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![path("backend")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap();
            if entry.is_dir() {
                if !["tests", "system-tests", "test-support"].contains(&name) {
                    folders.push(entry);
                }
            } else if name.ends_with(".rs") {
                names.extend(names_in(&std::fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    names
}

/// The string literals that follow a registration.
fn names_in(source: &str) -> Vec<String> {
    let code = source.split("mod tests {").next().unwrap();
    let calls = REGISTRATIONS.iter().flat_map(|call| code.split(*call).skip(1));
    calls
        .filter_map(|after| Some(after.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned()))
        .collect()
}

/// The metrics that a text of PromQL names, recording rules included.
pub(crate) fn names_of_query(query: &str) -> BTreeSet<String> {
    const WORDS: [&str; 12] = [
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "atan2",
    ];
    // A function or an aggregation, not a metric.
    let is_called = |rest: &str| ["(", " by (", " without ("].iter().any(|next| rest.starts_with(next));
    let mut names = BTreeSet::new();
    let mut rest = query;
    while let Some(letter) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if letter == '{' || letter == '[' {
            // Labels and ranges; a bracket within a string would need more.
            rest = &rest[rest.find(['}', ']']).unwrap() + 1..];
        } else if letter.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
        } else if is_name(letter) {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            if ["by", "without", "on", "ignoring"].contains(&word) {
                rest = &rest[rest.find(')').unwrap() + 1..];
            } else if !WORDS.contains(&word) && !is_called(rest) {
                names.insert(word.to_owned());
            }
        } else {
            rest = &rest[letter.len_utf8()..];
        }
    }
    names
}

/// The expressions of the rules, and the names of those that are recorded.
fn rules() -> (Vec<String>, BTreeSet<String>) {
    let text = read("monitoring/alerts.yml");
    let mut expressions: Vec<String> = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if let Some(expression) = line.trim_start().strip_prefix("expr: ") {
            in_block = expression == "|";
            expressions.push(if in_block { String::new() } else { expression.to_owned() });
        } else if in_block && line.starts_with("          ") {
            let last = expressions.last_mut().unwrap();
            last.push_str(line);
            last.push('\n');
        } else {
            in_block = false;
        }
    }
    let recorded = text.lines().filter_map(|line| line.trim().strip_prefix("- record: "));
    (expressions, recorded.map(str::to_owned).collect())
}

#[test]
fn names_are_found_in_queries() {
    let names: Vec<_> = names_of_query(
        "sum by (job) (rate(a_total{reason!~\"x|y\", b=\"c\"}[5m])) / on (z) max(d:e) > 14.4 * 1e3 or vector(0) and f",
    )
    .into_iter()
    .collect();
    assert_eq!(names, ["a_total", "d:e", "f"]);
}

#[test]
fn what_the_code_registers_is_what_the_page_lists() {
    let documented: BTreeSet<_> = documented().into_keys().collect();
    let registered = registered();
    assert!(registered.len() > 30, "the names are no longer found in the code: {registered:?}");
    let missing: Vec<_> = registered.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/metrics.md does not list {missing:?}");
    let gone: Vec<_> = documented.difference(&registered).collect();
    assert!(gone.is_empty(), "docs/metrics.md lists {gone:?}, which nothing registers");
}

#[test]
fn what_dashboards_and_alerts_ask_for_exists() {
    let documented = documented();
    let (expressions, recorded) = rules();
    assert!(expressions.len() > 15, "the expressions are no longer found: {expressions:?}");
    let panels = dashboards::queries().into_iter().map(|query| (query.panel, query.text));
    let rules = expressions.into_iter().map(|text| ("alerts.yml".to_owned(), text));
    for (place, query) in panels.chain(rules) {
        let names = names_of_query(&query);
        assert!(!names.is_empty(), "{place} asks for nothing: {query}");
        for name in names {
            let series_of = ["_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(end));
            let of_a_histogram = series_of
                .into_iter()
                .any(|base| documented.get(base).is_some_and(|kind| kind == "histogram"));
            let known = of_a_histogram
                || documented.get(&name).is_some_and(|kind| kind != "histogram")
                || recorded.contains(&name)
                || OF_OTHERS.contains(&&*name);
            assert!(known, "{place} asks for {name}, which nothing exports: {query}");
        }
    }
}

#[test]
fn every_metric_is_seen_by_somebody_or_says_why_not() {
    let (expressions, _) = rules();
    let panels = dashboards::queries().into_iter().map(|query| query.text);
    let asked: BTreeSet<_> = panels.chain(expressions).flat_map(|query| names_of_query(&query)).collect();
    let page = read("docs/metrics.md");
    for (name, _) in documented() {
        let is_asked = asked.iter().any(|asked| {
            let rest = asked.strip_prefix(&name);
            rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
        });
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
        assert_eq!(is_asked, !row.ends_with("| nowhere |"), "{row}");
    }
}

/// Every metric that the services of a running system export is in docs/metrics.md, with its type.
pub(crate) async fn are_documented(addresses: &Addresses) {
    let documented = documented();
    let anybody = Person::anonymous(addresses);
    for service in ServiceName::ALL {
        let text = anybody.get(service, "/metrics").await.is(200).body;
        let types: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
        assert!(!types.is_empty(), "{text}");
        for (name, kind) in types {
            assert_eq!(documented.get(name).map(String::as_str), Some(kind), "{name} of {service}");
        }
    }
}
