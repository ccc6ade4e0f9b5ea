//! ARCHITECTURE.md's code map is true and complete: every crate and every folder at the top is named in it, and
//! every path that it names exists.

use super::{Finding, Tree, manifests::members, tree::lines};

const PAGE: &str = "ARCHITECTURE.md";

/// What makes a word in backticks a path, besides a `/` at its end.
const PATH_ENDINGS: [&str; 4] = [".rs", ".toml", ".yml", ".md"];

/// Looks at the code map from both sides.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.text(PAGE) else {
        return vec![Finding::of(PAGE, "is missing: it holds the code map")];
    };
    let map = code_map(page);
    if map.is_empty() {
        return vec![Finding::of(PAGE, "has no section \"Code map\"")];
    }
    let mut findings = Vec::new();
    let folders = members(tree).map(|(folder, _)| folder).chain(tree.top_folders());
    for folder in folders.filter(|folder| !map.iter().any(|(_, line)| names(line, folder))) {
        findings.push(Finding::of(PAGE, format!("the code map does not name `{folder}/`")));
    }
    for (number, line) in &map {
        for path in paths(line).filter(|path| !tree.has(path)) {
            findings.push(Finding::at(PAGE, *number, format!("`{path}` does not exist")));
        }
    }
    findings
}

/// The lines of the section, with their numbers: up to the next heading that is not below it.
fn code_map(page: &str) -> Vec<(usize, &str)> {
    let level = |line: &str| line.len() - line.trim_start_matches('#').len();
    let mut rest = lines(page).skip_while(|(_, line)| level(line) == 0 || !line.contains("Code map"));
    let Some((_, heading)) = rest.next() else { return Vec::new() };
    rest.take_while(|(_, line)| level(line) == 0 || level(line) > level(heading)).collect()
}

/// Whether a line names this folder, by itself or on the way to something in it.
fn names(line: &str, folder: &str) -> bool {
    let of_a_path = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    line.match_indices(&format!("{folder}/"))
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(of_a_path))
}

/// The paths in backticks.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|word| {
        let is_path = word.ends_with('/') || PATH_ENDINGS.iter().any(|ending| word.ends_with(ending));
        // A pattern, a placeholder or a command stands for more than one path.
        is_path && !word.contains(['*', '<', '{', ' '])
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tree::sound, *};

    fn problems(tree: &Tree) -> Vec<String> {
        check(tree).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_found() {
        let tree = sound().with(&[("backend/stock/Cargo.toml", "[package]\nname = \"stock\"\n")]);
        assert_eq!(problems(&tree), ["the code map does not name `backend/stock/`"]);
    }

    #[test]
    fn a_folder_that_is_not_on_the_map_is_found() {
        let tree = sound().with(&[("monitoring/alerts.yml", "")]);
        assert_eq!(problems(&tree), ["the code map does not name `monitoring/`"]);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        let page = sound().text(PAGE).unwrap().replace("src/lib.rs", "src/main.rs");
        let findings = check(&sound().with(&[(PAGE, &page)]));
        assert_eq!(findings, [Finding::at(PAGE, 4, "`backend/stock-service/src/main.rs` does not exist")]);
    }

    #[test]
    fn a_section_that_is_gone_is_found() {
        let tree = sound().with(&[(PAGE, "# Architecture\nThe Code map is elsewhere.\n")]);
        assert_eq!(problems(&tree), ["has no section \"Code map\""]);
        assert_eq!(problems(&Tree::default()), ["is missing: it holds the code map"]);
    }

    #[test]
    fn headings_below_the_section_belong_to_it() {
        let map = code_map("## Code map\na\n### b\nc\n## d\ne\n");
        assert_eq!(map, [(2, "a"), (3, "### b"), (4, "c")]);
    }

    #[test]
    fn patterns_and_commands_are_no_paths() {
        let line =
            "`src/http/*.rs`, `migrations/<database>/`, `cat README.md`, `Cargo.toml`, Cargo.md, `wire`";
        assert_eq!(paths(line).collect::<Vec<_>>(), ["Cargo.toml"]);
    }
}
