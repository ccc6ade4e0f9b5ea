//! Nothing is put off, left in or switched off in the code: each test runs, each path is written, each plan is an
//! issue and not a comment.

use super::{
    Finding, Tree,
    tree::{has_word, lines},
};

/// What may not be in a Rust file, and why. This file has to name them, and is the only one that may.
const FORBIDDEN: [(&str, &str); 9] = [
    ("#[ignore", "a test that does not run shows nothing"),
    ("#[should_panic", "a test states what has to hold"),
    ("todo!", "write it, or open an issue"),
    ("unimplemented!", "write it, or open an issue"),
    ("dbg!", "use tracing"),
    ("TODO", "write it, or open an issue"),
    ("FIXME", "write it, or open an issue"),
    ("XXX", "write it, or open an issue"),
    ("HACK", "write it, or open an issue"),
];

/// Looks at every Rust file but this one.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| *path != file!()) {
        for (number, line) in lines(text) {
            for (word, why) in FORBIDDEN.iter().filter(|(word, _)| has_word(line, word)) {
                findings.push(Finding::at(path, number, format!("`{word}`: {why}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found() {
        for line in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[should_panic(expected = \"x\")]",
            "let x = todo!();",
            "unimplemented!(\"x\")",
            "dbg!(x);",
            "// TODO: later",
            "// FIXME(me)",
            "// XXX",
            "/// HACK around it",
        ] {
            let text = format!("//! A file.\n{line}\n");
            let found = check(&Tree::of(&[("a/src/lib.rs", &text)]));
            assert!(matches!(found.as_slice(), [one] if one.line == 2), "{line}: {found:?}");
        }
    }

    #[test]
    fn parts_of_words_and_other_files_are_left_alone() {
        assert_eq!(check(&Tree::of(&[("a/src/lib.rs", "//! todo_list, HACKATHON\n")])), []);
        assert_eq!(check(&Tree::of(&[("a/README.md", "no TODO in the code\n")])), []);
        assert_eq!(check(&Tree::of(&[(file!(), "//! dbg!\n")])), []);
    }
}
