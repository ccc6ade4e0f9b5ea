//! The language of the code: doc comments, identifiers and durations are worded as the glossary says. The rules hold for
//! the folders that have been rewritten in it.

use super::{Finding, Tree, tree::lines};

/// Folders that the rules hold for, those that are still to come included.
const FOLDERS: [&str; 9] = [
    "shared/wire/",
    "shared/client/",
    "shared/app/",
    "shared/ui/",
    "backend/test-support/",
    "backend/load/",
    "kiosk-app/",
    "admin-app/",
    "installers/",
];

/// Words that no sentence of a doc comment begins with.
const OPENINGS: [&str; 5] = ["What", "Whether", "Who", "How", "Where"];

/// Words that no identifier contains, and the words to write instead.
const RETIRED: [(&str, &str); 23] = [
    ("adrift", "uncertain claim"),
    ("beat", "heartbeat, stats"),
    ("chance", "random, jitter"),
    ("contradiction", "conflicting reuse"),
    ("deaf", "disconnected"),
    ("deed", "audit event"),
    ("desk", "service"),
    ("dice", "random, jitter"),
    ("drill", "chaos"),
    ("ear", "subscription"),
    ("forgotten", "purged"),
    ("greeting", "timeout"),
    ("incarnation", "run"),
    ("keeping", "token storage"),
    ("lane", "confirm channel"),
    ("letter", "dead letter"),
    ("news", "events"),
    ("patience", "timeout"),
    ("silence", "timeout"),
    ("surroundings", "context"),
    ("told", "published"),
    ("untold", "pending events"),
    ("upkeep", "maintenance, subscriptions"),
];

/// Endings of constants that hold a duration.
const DURATION_ENDINGS: [&str; 6] = ["_TIMEOUT", "_INTERVAL", "_DELAY", "_TTL", "_PERIOD", "_OPEN_FOR"];
/// Name of a duration that has none of the endings.
const CLOCK_SKEW: &str = "CLOCK_SKEW";

/// Checks every Rust file in the folders.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        if !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (number, opening) in openings(text) {
            let problem = format!(
                "a sentence of a doc comment begins with \"{opening}\"; write a noun phrase, or a verb in the third person"
            );
            findings.push(Finding::at(path, number, problem));
        }
        for (number, line) in lines(&code(text)) {
            for (identifier, instead) in identifiers(line).filter_map(retired) {
                let problem = format!("`{identifier}` holds a retired word; write: {instead}");
                findings.push(Finding::at(path, number, problem));
            }
            if let Some(name) = badly_named_duration(line) {
                let problem = format!("`{name}` is a duration; end it in {}", DURATION_ENDINGS.join(", "));
                findings.push(Finding::at(path, number, problem));
            }
        }
    }
    findings
}

/// Returns the forbidden words that sentences of doc comments begin with, and their lines.
fn openings(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    let (mut at_start, mut in_example) = (true, false);
    for (number, line) in lines(text) {
        let line = line.trim_start();
        let Some(doc) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            (at_start, in_example) = (true, false);
            continue;
        };
        let doc = doc.trim_start();
        if doc.starts_with("```") {
            in_example = !in_example;
        }
        let is_block = doc.is_empty() || doc.starts_with(['#', '-', '*', '|', '`']) || is_numbered(doc);
        at_start |= is_block && !doc.starts_with('`');
        if in_example {
            continue;
        }
        for word in doc.split_whitespace() {
            let bare = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
            let first = bare.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
            // A bullet, a heading's mark or an opening quotation mark is not the first word yet.
            if first.is_empty() {
                continue;
            }
            found.extend(
                OPENINGS
                    .iter()
                    .filter(|opening| at_start && first == **opening)
                    .map(|opening| (number, *opening)),
            );
            at_start = word.trim_end_matches(['"', ')', '*']).ends_with(['.', '!', '?']);
        }
        // A heading ends without a full stop.
        at_start |= doc.starts_with('#');
    }
    found
}

/// Returns whether a line is an item of a numbered list.
fn is_numbered(line: &str) -> bool {
    line.split_once(". ").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the identifiers and keywords in a line of code.
fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// Returns the identifier and the words to write, if it contains a retired word.
fn retired(identifier: &str) -> Option<(&str, &'static str)> {
    let words = words(identifier);
    words.iter().enumerate().find_map(|(at, word)| {
        let is_dead_letter = word.starts_with("letter") && at > 0 && words[at - 1] == "dead";
        let (_, instead) = RETIRED.iter().find(|(retired, _)| {
            word == retired || word.strip_suffix('s').is_some_and(|singular| singular == *retired)
        })?;
        (!is_dead_letter).then_some((identifier, *instead))
    })
}

/// Returns the words of a name in `snake_case`, `CamelCase` or `UPPER_CASE`, in lower case.
fn words(identifier: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in identifier.split('_') {
        let mut before = ' ';
        for letter in part.chars() {
            if letter.is_uppercase() && !before.is_uppercase() || before == ' ' {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
            before = letter;
        }
    }
    words
}

/// Returns the name of a constant in this line that holds a duration, if it does not say so.
fn badly_named_duration(line: &str) -> Option<&str> {
    let (_, declared) = line.split_once("const ")?;
    let (name, kind) = declared.split_once(':')?;
    let kind = kind.split('=').next()?.trim();
    let is_duration = kind == "Duration" || kind.ends_with("::Duration");
    let is_well_named = name == CLOCK_SKEW
        || DURATION_ENDINGS.iter().any(|ending| name.ends_with(ending) || name == &ending[1..]);
    (is_duration && !is_well_named).then_some(name)
}

/// Returns the source without what comments, texts and characters contain, line by line as before.
fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => text_length(rest),
            'r' if !code.ends_with(|before: char| before.is_alphanumeric() || before == '_') => {
                raw_length(rest)
            }
            '\'' => character_length(rest),
            _ => 0,
        };
        let (skipped, after) = rest.split_at(length.max(letter.len_utf8()));
        if length == 0 {
            code.push_str(skipped);
        } else {
            code.extend(skipped.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// Returns the length of a text in quotation marks.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns the length of a text as `r#"…"#`; 0 where there is none.
fn raw_length(rest: &str) -> usize {
    let marks = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    if rest.as_bytes().get(1 + marks) != Some(&b'"') {
        return 0;
    }
    let start = 2 + marks;
    let end = format!("\"{}", "#".repeat(marks));
    rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
}

/// Returns the length of a character in apostrophes; 0 where the apostrophe begins a lifetime.
fn character_length(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = escaped + 1;
            rest.get(after..).and_then(|rest| rest.find('\'')).map_or(0, |end| after + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, String)> {
        let findings = check(&Tree::of(&[("shared/wire/src/lib.rs", text)]));
        findings.into_iter().map(|finding| (finding.line, finding.problem)).collect()
    }

    #[track_caller]
    fn is_found(text: &str, line: usize, named: &str) {
        let found = found(text);
        assert!(
            matches!(found.as_slice(), [(at, problem)] if *at == line && problem.contains(named)),
            "{found:?}"
        );
    }

    #[test]
    fn a_sentence_that_begins_with_a_question_is_found() {
        for opening in OPENINGS {
            is_found(&format!("//! {opening} it is.\n"), 1, opening);
            is_found(&format!("fn f() {{}}\n    /// {opening}, when it is.\n"), 2, opening);
            is_found(&format!("/// A thing. {opening} it is.\n"), 1, opening);
            is_found(&format!("/// A thing.\n/// {opening} it is.\n"), 2, opening);
            is_found(&format!("/// A thing\n///\n/// {opening} it is.\n"), 3, opening);
            is_found(&format!("/// Things:\n/// - {opening} it is.\n"), 2, opening);
            is_found(&format!("/// Things:\n/// 1. {opening} it is.\n"), 2, opening);
            is_found(&format!("/// # Errors\n/// {opening}'s wrong.\n"), 2, opening);
        }
    }

    #[test]
    fn the_same_words_within_a_sentence_are_left_alone() {
        for text in [
            "/// Returns whether it is, and\n/// What it is.\n",
            "/// However it is.\n",
            "// What it is.\n",
            "fn f() { let text = \"/// no\"; }\n",
            "/// ```\n/// What();\n/// ```\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn each_retired_word_is_found_in_every_kind_of_name() {
        for (word, instead) in RETIRED {
            let camel = word[..1].to_uppercase() + &word[1..];
            for name in [
                word.to_owned(),
                format!("{word}s"),
                format!("next_{word}"),
                format!("Next{camel}s"),
                format!("{}_NEXT", word.to_uppercase()),
                format!("{camel}Next"),
            ] {
                is_found(&format!("//! A.\nlet {name} = 1;\n"), 2, instead);
            }
        }
    }

    #[test]
    fn texts_comments_and_longer_words_are_left_alone() {
        for text in [
            "//! A beat.\n// A drill.\nlet x = 1; /* news */\n",
            "let x = \"a \\\" drill\"; let c = '\"'; let y = r#\"a \" drill\"#; let z = '\\'';\n",
            "let heartbeat = search.early(dead_letter, DeadLetters, DEAD_LETTERS, newspaper);\n",
            "fn f<'a>(x: &'a str) -> &'a str { x }\n",
            "let text = \"two lines\\\n             of news\";\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        is_found("let c = '\"'; let drill = 1; let d = '\"';\n", 1, "drill");
        is_found("fn f<'a>(beat: &'a str) {}\n", 1, "beat");
        is_found("let text = \"a\nb\";\nlet dice = 1;\n", 3, "dice");
    }

    #[test]
    fn a_duration_without_its_ending_is_found() {
        is_found("pub(crate) const LONGEST: Duration = Duration::from_secs(1);\n", 1, "LONGEST");
        is_found("const LONGEST: std::time::Duration = Duration::from_secs(1);\n", 1, "LONGEST");
        for name in ["LOGIN_TIMEOUT", "TIMEOUT", "KEY_TTL", "BREAKER_OPEN_FOR", "GRACE_PERIOD", "CLOCK_SKEW"]
        {
            assert_eq!(found(&format!("const {name}: Duration = Duration::ZERO;\n")), [], "{name}");
        }
        assert_eq!(found("const LONGEST: usize = 1;\nfn wait(longest: Duration) {}\n"), []);
    }

    #[test]
    fn other_folders_are_left_alone() {
        let text = "//! What it is.\nstruct Beat;\n";
        assert_eq!(check(&Tree::of(&[("backend/web/src/lib.rs", text)])), []);
        for folder in FOLDERS {
            assert_eq!(check(&Tree::of(&[(&format!("{folder}src/lib.rs"), text)])).len(), 2, "{folder}");
        }
    }
}
