//! The two commands that people are told are the first in the README, and the build server runs the second.

use super::{Finding, Tree, tree::lines};

const README: &str = "README.md";
const FIRST_COMMANDS: [&str; 2] = ["cargo xtask run", "cargo xtask test"];
const BUILD_SERVER: &str = ".ci/run";

/// Looks at the README and at what the build server runs.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let told: Vec<_> = tree.text(README).map(cargo_lines).unwrap_or_default();
    if !told.iter().take(2).eq(&FIRST_COMMANDS) {
        let [first, second] = FIRST_COMMANDS;
        findings
            .push(Finding::of(README, format!("its first two commands are not `{first}` and `{second}`")));
    }
    let run = tree.text(BUILD_SERVER).unwrap_or_default();
    let runs = run.lines().filter(|line| !line.starts_with('#') && line.contains("cargo"));
    if !runs.eq([FIRST_COMMANDS[1]]) {
        findings.push(Finding::of(BUILD_SERVER, format!("does not run exactly `{}`", FIRST_COMMANDS[1])));
    }
    findings
}

/// The lines of code blocks that start with cargo, without their comments.
fn cargo_lines(page: &str) -> Vec<&str> {
    let mut in_block = false;
    let mut commands = Vec::new();
    for (_, line) in lines(page) {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block && line.trim_start().starts_with("cargo") {
            commands.push(line.split('#').next().unwrap_or(line).trim());
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::{super::tree::sound, *};

    #[test]
    fn a_readme_that_starts_otherwise_is_found() {
        for text in [
            "",
            "```\ncargo xtask test\ncargo xtask run\n```\n",
            "```\ncargo build\ncargo xtask run\ncargo xtask test\n```\n",
            "```\ncargo xtask run --release\ncargo xtask test\n```\n",
            "cargo xtask run\ncargo xtask test\n",
        ] {
            let found = check(&sound().with(&[(README, text)]));
            assert!(matches!(found.as_slice(), [one] if one.path == README), "{text}: {found:?}");
        }
        let good = "```sh\ncargo xtask run     # all of it\ncargo xtask test\ncargo xtask bench\n```\n";
        assert_eq!(check(&sound().with(&[(README, good)])), []);
    }

    #[test]
    fn a_build_server_that_runs_something_else_is_found() {
        for text in ["", "# cargo xtask test\n", "cargo xtask test --full\n", "cargo xtask test\ncargo doc\n"]
        {
            let found = check(&sound().with(&[(BUILD_SERVER, text)]));
            assert!(matches!(found.as_slice(), [one] if one.path == BUILD_SERVER), "{text}: {found:?}");
        }
    }
}
