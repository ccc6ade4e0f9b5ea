//! Every Rust file says in its first line what it is for, and is short enough to be read.

use super::{Finding, Tree};

/// A file that is longer is two files.
const LONGEST: usize = 600;

/// Looks at every Rust file.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        if text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//!"))
            .is_none_or(|says| says.trim().is_empty())
        {
            findings.push(Finding::at(path, 1, "starts without a `//!` line that says what the file is for"));
        }
        let count = text.lines().count();
        if count > LONGEST {
            findings.push(Finding::of(path, format!("has {count} lines; more than {LONGEST} are two files")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("a/build.rs", text)])).len()
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        assert_eq!(found("//! It builds.\n"), 0);
        assert_eq!(found("// It builds.\n"), 1);
        assert_eq!(found("\n//! It builds.\n"), 1);
        assert_eq!(found("//!\n//! It builds.\n"), 1);
        assert_eq!(found(""), 1);
    }

    #[test]
    fn a_long_file_is_found() {
        let of_length = |length| format!("//! Long.\n{}", "\n".repeat(length - 1));
        assert_eq!(found(&of_length(LONGEST)), 0);
        assert_eq!(found(&of_length(LONGEST + 1)), 1);
    }
}
