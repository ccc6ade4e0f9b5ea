//! The files of Prometheus: valid, complete, and each alert with a case that fires, one that does not, and one that
//! resolves.

use wire::ops::ServiceName;

use crate::{PROMTOOL, alerts, content, read};

#[test]
fn promtool_is_content() {
    content(PROMTOOL, &["check", "config", "prometheus.yml"]);
    content(PROMTOOL, &["check", "rules", "alerts.yml"]);
    content(PROMTOOL, &["test", "rules", "alerts.test.yml"]);
}

#[test]
fn every_service_is_scraped_under_its_name_and_port() {
    let config = read("monitoring/prometheus.yml");
    for name in ServiceName::ALL {
        let port = 3000 + name.port_offset();
        let found = format!(
            "  - job_name: {name}\n    dns_sd_configs: [{{ names: [{name}], type: A, port: {port}, refresh_interval: 15s }}]\n"
        );
        assert!(config.contains(&found), "{found} in {config}");
        let absent = format!("absent(up{{job=\"{name}\"}})");
        assert!(read("monitoring/alerts.yml").contains(&absent), "{absent}");
    }
}

#[test]
fn every_alert_is_tested_from_both_sides() {
    let tests = read("monitoring/alerts.test.yml");
    for name in alerts() {
        let quiet = format!("{{ alertname: {name}, eval_time: ");
        let fires = format!("- alertname: {name}\n");
        let groups = tests.split("  - interval: ").skip(1);
        // One group of cases shows all three: quiet before it fires, and quiet again after it.
        let whole = groups.clone().any(|group| {
            let Some(at) = group.find(&fires) else { return false };
            group[..at].contains(&quiet) && group[at..].contains(&quiet)
        });
        assert!(whole, "alerts.test.yml has no case of {name} that begins, fires and resolves");
    }
}

#[test]
fn every_alert_says_how_bad_it_is_and_what_to_do() {
    let rules = read("monitoring/alerts.yml");
    let guide = read("docs/operations.md");
    for (name, rule) in rules.split("- alert: ").skip(1).filter_map(|rule| rule.split_once('\n')) {
        let severe = ["critical", "warning"].iter().any(|is| rule.contains(&format!("severity: {is}\n")));
        assert!(severe, "{name} has no severity");
        for needed in ["summary: ", "description: "] {
            assert!(rule.contains(needed), "{name} has no {needed}");
        }
        let runbook = format!("runbook: docs/operations.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&runbook), "{name} should have {runbook}");
        assert!(guide.contains(&format!("\n### {name}\n")), "docs/operations.md has no heading {name}");
    }
}
