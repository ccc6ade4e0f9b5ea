//! Text files are clean (no tabs, nothing at the end of a line, a newline at the end of the file), and name no path
//! that exists on one machine only.

use super::{Finding, Tree, tree::lines};

/// Where paths of one machine begin. This file has to name them, and is the only one that may.
const MACHINE_PATHS: [&str; 4] = ["/home/", "/root/", "/Users/", "/work/"];

/// Looks at every text file.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        // `str::lines` would hide a carriage return.
        for (number, line) in (1..).zip(text.split('\n')) {
            if line.contains('\t') {
                findings.push(Finding::at(path, number, "has a tab"));
            }
            if line.ends_with(char::is_whitespace) {
                findings.push(Finding::at(path, number, "ends in white space"));
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            findings.push(Finding::of(path, "has no newline at its end"));
        }
        for (number, line) in lines(text).filter(|_| path != file!()) {
            for start in MACHINE_PATHS.iter().filter(|start| starts_a_path(line, start)) {
                let problem = format!("a path under {start} exists on one machine only");
                findings.push(Finding::at(path, number, problem));
            }
        }
    }
    findings
}

/// Whether an absolute path that begins so is in the line; `data/work/` is none.
fn starts_a_path(line: &str, start: &str) -> bool {
    let goes_on = |letter: char| letter.is_alphanumeric() || "_-.}~".contains(letter);
    line.match_indices(start).any(|(at, _)| !line[..at].chars().next_back().is_some_and(goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        check(&Tree::of(&[("a.md", text)])).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn white_space_is_found() {
        assert_eq!(problems("clean\n\nand short\n"), [""; 0]);
        assert_eq!(problems(""), [""; 0]);
        assert_eq!(problems("a\tb\n"), ["has a tab"]);
        assert_eq!(problems("a \nb\n"), ["ends in white space"]);
        assert_eq!(problems("a\r\n"), ["ends in white space"]);
        assert_eq!(problems("a\nb"), ["has no newline at its end"]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for start in MACHINE_PATHS {
            for line in [format!("cd {start}me\n"), format!("{start}me\n"), format!("\"{start}me\"\n")] {
                assert_eq!(problems(&line), [format!("a path under {start} exists on one machine only")]);
            }
            assert_eq!(problems(&format!("target{start}x and $HOME{start}x\n")), [""; 0]);
        }
        assert_eq!(problems("POST /users/import, /var/lib/cafeteria/\n"), [""; 0]);
        assert_eq!(check(&Tree::of(&[(file!(), "/home/\n")])), []);
    }
}
