//! No test sleeps: it waits for a condition, which is fast where it holds and tells its last state where it does not.

use super::{
    Finding, Tree,
    tree::{has_word, lines},
};

/// The one place that may: it polls a condition on behalf of all tests.
const WAIT: &str = "backend/test-support/src/wait.rs";

/// Looks at all test code. This file has to name what it looks for.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| *path != file!()) {
        let mut in_tests = is_test_file(path);
        for (number, line) in lines(text) {
            in_tests |= line.trim_start().starts_with("mod tests {");
            if in_tests && has_word(line, "sleep(") {
                let problem = format!("a test sleeps; wait for a condition instead ({WAIT} has how)");
                findings.push(Finding::at(path, number, problem));
            }
        }
    }
    findings
}

fn is_test_file(path: &str) -> bool {
    let is_named_so =
        path.split('/').any(|part| ["tests", "tests.rs", "conformance", "conformance.rs"].contains(&part));
    let is_of_tests =
        ["backend/system-tests/", "backend/test-support/"].iter().any(|it| path.starts_with(it));
    is_named_so || is_of_tests && path != WAIT
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEEPS: &str = "//! A file.\nfn f() { std::thread::sleep(SECOND); }\n";

    #[test]
    fn a_sleep_in_a_test_is_found() {
        for path in [
            "backend/stock-service/tests/routes.rs",
            "backend/stock-service/src/store/tests.rs",
            "backend/messaging/src/conformance/queue.rs",
            "backend/system-tests/src/student.rs",
            "backend/test-support/src/servers/redis.rs",
        ] {
            assert_eq!(check(&Tree::of(&[(path, SLEEPS)])).len(), 1, "{path}");
        }
        let inside = "//! A file.\nmod tests {\n    async fn f() { tokio::time::sleep(SECOND).await; }\n}\n";
        assert_eq!(check(&Tree::of(&[("a/src/lib.rs", inside)])).len(), 1);
    }

    #[test]
    fn a_sleep_elsewhere_is_left_alone() {
        for path in ["a/src/lib.rs", WAIT, "backend/benchmark/src/main.rs"] {
            assert_eq!(check(&Tree::of(&[(path, SLEEPS)])), [], "{path}");
        }
        let until = "//! A file.\nmod tests {\n    fn f() { sleep_until(END) }\n}\n";
        assert_eq!(check(&Tree::of(&[("a/src/lib.rs", until)])), []);
    }
}
