//! Dependencies point inwards: wire ← service-kit ← messaging ← services ← cafeteria ← system-tests, and beside them
//! wire ← client ← app ← ui, and app ← kiosk-core ← kiosk-app. Services never depend on each other, and wire does no I/O. Dependencies of tests count like any
//! other.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{
    Finding, Tree,
    manifests::{dependencies, members},
    tree::{has_word, lines},
};

const SERVICES: [&str; 5] =
    ["identity-provider", "order-gateway", "stock-service", "kitchen-queue", "notification-hub"];

const WIRE: &str = "shared/wire";
const IO_CRATES: [&str; 6] = ["axum", "hyper", "reqwest", "socketioxide", "sqlx", "tokio"];
const IO_MODULES: [&str; 5] = ["std::env", "std::fs", "std::net", "std::process", "std::thread"];

/// Looks at who depends on whom, and at what wire does.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let crates: Vec<_> = members(tree)
        .filter_map(|(folder, text)| {
            let manifest: Table = text.parse().ok()?;
            let name = manifest.get("package")?.get("name").and_then(Value::as_str)?.to_owned();
            Some((folder, name, manifest))
        })
        .collect();
    let ours: BTreeSet<_> = crates.iter().map(|(_, name, _)| name.as_str()).collect();
    let mut findings = Vec::new();
    for (folder, name, manifest) in &crates {
        let path = format!("{folder}/Cargo.toml");
        for (dependency, _) in dependencies(manifest) {
            if ours.contains(dependency.as_str()) && !may_depend(name, dependency) {
                findings.push(Finding::of(&path, format!("{name} may not depend on {dependency}")));
            }
            if *folder == WIRE && IO_CRATES.contains(&dependency.as_str()) {
                findings
                    .push(Finding::of(&path, format!("wire does no I/O, so it has no use for {dependency}")));
            }
        }
    }
    for (path, text) in tree.rust().filter(|(path, _)| path.starts_with("shared/wire/src/")) {
        for (number, line) in lines(text) {
            for word in IO_CRATES.iter().chain(&IO_MODULES).filter(|word| has_word(line, word)) {
                findings.push(Finding::at(
                    path,
                    number,
                    format!("wire does no I/O, so it has no use for {word}"),
                ));
            }
        }
    }
    findings
}

/// Whether a crate of ours may depend on another.
fn may_depend(name: &str, dependency: &str) -> bool {
    // Helpers that the tests of several crates share, and real servers for them.
    if dependency == "test-support" {
        return !["wire", "client", "app", "ui", "xtask", "bundler"].contains(&name);
    }
    match name {
        "client" | "service-kit" => dependency == "wire",
        "app" => ["wire", "client"].contains(&dependency),
        "kiosk-app" => ["wire", "app", "kiosk-core"].contains(&dependency),
        "kiosk-core" | "ui" | "load" => ["wire", "client", "app"].contains(&dependency),
        "messaging" | "web" => ["wire", "service-kit"].contains(&dependency),
        "test-support" => ["wire", "service-kit", "messaging"].contains(&dependency),
        "cafeteria" => !["client", "app", "ui", "load", "system-tests", "benchmark", "xtask", "bundler"]
            .contains(&dependency),
        "system-tests" => !["ui", "benchmark", "xtask", "bundler"].contains(&dependency),
        "benchmark" => !["ui", "xtask", "bundler"].contains(&dependency),
        service if SERVICES.contains(&service) => ["wire", "service-kit", "messaging"].contains(&dependency),
        // wire, xtask, bundler, and whatever is new and has not been given its place here.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(crates: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = crates
            .iter()
            .map(|(name, dependencies)| {
                (format!("x/{name}/Cargo.toml"), format!("package.name = \"{name}\"\n{dependencies}"))
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        check(&Tree::of(&files)).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn dependencies_that_point_outwards_are_found() {
        let all = [
            "wire",
            "client",
            "app",
            "ui",
            "service-kit",
            "messaging",
            "stock-service",
            "order-gateway",
            "cafeteria",
            "load",
            "system-tests",
            "test-support",
            "xtask",
        ];
        // Row depends on column.
        let expected = [
            ".............", // wire
            "+............", // client
            "++...........", // app
            "+++..........", // ui
            "+..........+.", // service-kit
            "+...+......+.", // messaging
            "+...++.....+.", // stock-service
            "+...++.....+.", // order-gateway
            "+...++++...+.", // cafeteria
            "+++........+.", // load
            "+++.++++++.+.", // system-tests
            "+...++.......", // test-support
            ".............", // xtask
        ];
        for (name, row) in all.iter().zip(expected) {
            for (dependency, allowed) in
                all.iter().zip(row.chars()).filter(|(dependency, _)| *dependency != name)
            {
                for kind in ["dependencies", "dev-dependencies"] {
                    let table = format!("[{kind}]\n{dependency}.workspace = true\n");
                    let found = problems(&[(name, &table), (dependency, "")]);
                    let wanted = format!("{name} may not depend on {dependency}");
                    assert_eq!(found, if allowed == '+' { vec![] } else { vec![wanted] });
                }
            }
        }
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        let found = problems(&[("printer", "[dependencies]\nwire.workspace = true\n"), ("wire", "")]);
        assert_eq!(found, ["printer may not depend on wire"]);
    }

    #[test]
    fn input_and_output_in_the_wire_are_found() {
        let manifest = "package.name = \"wire\"\n[dependencies]\ntokio.workspace = true\n";
        let source = "//! The wire.\nuse std::fs::File;\nuse crate::network;\n";
        let tree = Tree::of(&[("shared/wire/Cargo.toml", manifest), ("shared/wire/src/lib.rs", source)]);
        let found = check(&tree);
        assert_eq!(
            found,
            [
                Finding::of("shared/wire/Cargo.toml", "wire does no I/O, so it has no use for tokio"),
                Finding::at("shared/wire/src/lib.rs", 2, "wire does no I/O, so it has no use for std::fs"),
            ]
        );
    }
}
