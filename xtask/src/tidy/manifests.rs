//! Every crate inherits the lints, the edition and the versions of the workspace.

use toml::{Table, Value};

use super::{Finding, Tree};

/// The tables of a manifest that hold dependencies, also within `[target.'…']`.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The crates: folder, and text of the manifest.
pub(super) fn members(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.texts().filter_map(|(path, text)| Some((path.strip_suffix("/Cargo.toml")?, text)))
}

/// The dependencies of a manifest, of every kind and for every target.
pub(super) fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
    let tables = std::iter::once(manifest).chain(targets);
    tables
        .flat_map(|table| DEPENDENCIES.iter().filter_map(|kind| table.get(*kind)?.as_table()))
        .flat_map(Table::iter)
}

/// Looks at the manifest of every crate.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, text) in members(tree) {
        let path = format!("{folder}/Cargo.toml");
        let manifest = match text.parse::<Table>() {
            Ok(manifest) => manifest,
            Err(error) => {
                findings.push(Finding::of(&path, error.message()));
                continue;
            }
        };
        let inherits = |value: Option<&Value>| value.is_some_and(comes_from_workspace);
        if !inherits(manifest.get("lints")) {
            findings.push(Finding::of(&path, "lacks `[lints] workspace = true`"));
        }
        if !inherits(manifest.get("package").and_then(|package| package.get("edition"))) {
            findings.push(Finding::of(&path, "lacks `edition.workspace = true`"));
        }
        for (name, _) in dependencies(&manifest).filter(|(_, value)| !comes_from_workspace(value)) {
            let right =
                format!("write `{name}.workspace = true`, and the version into the root's Cargo.toml");
            findings.push(Finding::of(&path, format!("{name} has a version of its own: {right}")));
        }
    }
    findings
}

fn comes_from_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "[package]\nedition.workspace = true\n[lints]\nworkspace = true\n";

    fn problems(manifest: &str) -> Vec<String> {
        let findings = check(&Tree::of(&[("a/Cargo.toml", manifest)]));
        findings.into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn what_is_not_inherited_is_found() {
        assert_eq!(problems(SOUND), [""; 0]);
        assert_eq!(
            problems("[package]\nedition = \"2024\"\n"),
            ["lacks `[lints] workspace = true`", "lacks `edition.workspace = true`"]
        );
        assert_eq!(
            problems("package.edition.workspace = true\n[lints.rust]\nunsafe_code = \"allow\"\n").len(),
            1
        );
    }

    #[test]
    fn versions_of_its_own_are_found_wherever_they_are() {
        for table in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.build-dependencies"] {
            let bad = problems(&format!("{SOUND}[{table}]\nserde.workspace = true\nrand = \"0.9\"\n"));
            assert!(matches!(bad.as_slice(), [one] if one.starts_with("rand has")), "{table}: {bad:?}");
            let good = format!("{SOUND}[{table}]\nserde = {{ workspace = true, features = [\"rc\"] }}\n");
            assert_eq!(problems(&good), [""; 0]);
        }
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_found() {
        assert_eq!(problems("[package").len(), 1);
    }
}
