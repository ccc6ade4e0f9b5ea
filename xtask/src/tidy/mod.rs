//! The step that holds the rules no compiler knows. Each rule looks at the files that git knows or would add, and is
//! seen to fail by its own tests, on small trees in memory.

mod code_map;
mod commands;
mod language;
mod layers;
mod manifests;
mod sleeps;
mod sources;
mod text;
mod tree;
mod words;

use std::{fmt, path::Path};

use anyhow::{Result, bail};

use self::tree::Tree;
use crate::{program, report::Outcome};

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// From 1; 0 is the file as a whole.
    line: usize,
    /// What is wrong, and what would be right.
    problem: String,
}

impl Finding {
    /// About a line, counted from 1.
    fn at(path: &str, line: usize, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, problem: problem.into() }
    }

    /// About a file as a whole.
    fn of(path: &str, problem: impl Into<String>) -> Self {
        Self::at(path, 0, problem)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(to, "{}: {}", self.path, self.problem),
            line => write!(to, "{}:{line}: {}", self.path, self.problem),
        }
    }
}

/// A rule: what it says of a tree.
type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    code_map::check,
    layers::check,
    manifests::check,
    sources::check,
    words::check,
    text::check,
    commands::check,
    sleeps::check,
    language::check,
];

/// Looks at the whole checkout.
///
/// # Errors
/// A rule is broken, or git cannot say which files there are.
pub(crate) fn step() -> Result<Outcome> {
    let tree = Tree::of_checkout(Path::new(program::ROOT))?;
    let mut findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(Outcome::Passed),
        1 => bail!("a rule is broken (CONTRIBUTING.md has them all)"),
        more => bail!("rules are broken in {more} places (CONTRIBUTING.md has them all)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_can_be_clicked() {
        assert_eq!(Finding::at("a/b.rs", 3, "is long").to_string(), "a/b.rs:3: is long");
        assert_eq!(Finding::of("a/b.rs", "is long").to_string(), "a/b.rs: is long");
    }

    #[test]
    fn a_small_sound_tree_breaks_no_rule() {
        let tree = tree::sound();
        let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
        assert_eq!(findings, []);
    }
}
