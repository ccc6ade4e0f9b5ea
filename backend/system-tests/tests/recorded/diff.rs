//! A line-by-line difference of two JSON values, for people.

use serde_json::Value;

/// Unchanged lines shown before and after each change.
const CONTEXT: usize = 2;

/// Returns the lines that differ, `-` for the recorded value and `+` for the present one.
pub(crate) fn lines(recorded: &Value, present: &Value) -> String {
    let (old, new) = (printed(recorded), printed(present));
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        edits.iter().skip(from).take(at - from + CONTEXT + 1).any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    let mut gap = false;
    for (at, (sign, line)) in edits.iter().enumerate() {
        if near(at) {
            text.push_str(&format!("    {sign} {line}\n"));
            gap = false;
        } else if !gap {
            text.push_str("      …\n");
            gap = true;
        }
    }
    text
}

fn printed(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// Turns the old lines into the new ones: removed (`-`), added (`+`) and kept (` `) lines in their order.
fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (left, right) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    // Length of the longest common subsequence of what follows each pair of places.
    let mut common = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            common[i][j] =
                if a == b { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let mut edits: Vec<_> = old[..start].iter().map(|line| (' ', *line)).collect();
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            edits.push((' ', left[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]) {
            edits.push(('-', left[i]));
            i += 1;
        } else {
            edits.push(('+', right[j]));
            j += 1;
        }
    }
    edits.extend(old[old.len() - end..].iter().map(|line| (' ', *line)));
    edits
}

#[test]
fn only_changed_lines_and_their_neighbours_are_shown() {
    use serde_json::json;

    let fields = |error: &str, extra: Option<u8>| {
        let mut value = json!({ "a": 1, "b": 2, "c": 3, "error": error, "x": 4, "y": 5, "z": 6 });
        if let Some(extra) = extra {
            value["extra"] = json!(extra);
        }
        value
    };
    let shown = lines(&fields("old", None), &fields("new", Some(9)));
    let shown: Vec<_> = shown.lines().map(str::trim_start).collect();
    let expected = [
        "…",
        "\"b\": 2,",
        "\"c\": 3,",
        "-   \"error\": \"old\",",
        "+   \"error\": \"new\",",
        "+   \"extra\": 9,",
        "\"x\": 4,",
        "\"y\": 5,",
        "…",
    ];
    assert_eq!(shown, expected);
    assert_eq!(lines(&json!([1, 2]), &json!([1, 2])).trim(), "…");
}
