//! Report: tables, and a summary beside the earlier system and the aims.

use std::fmt::Write as _;

use serde::Serialize;

/// Results, in the order of their measurement.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    machine: Vec<(String, String)>,
    summary: Vec<Line>,
    sections: Vec<Section>,
}

/// Result beside its aim and the result of the earlier system.
#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    earlier: &'static str,
    aim: &'static str,
    now: String,
}

/// Table with a title, and a note on how it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    title: String,
    note: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Section {
    /// Makes an empty table.
    pub(crate) fn new(title: impl Into<String>, note: impl Into<String>, columns: &[&'static str]) -> Self {
        Self { title: title.into(), note: note.into(), columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, with a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "{}: {cells:?}", self.title);
        self.rows.push(cells);
    }
}

impl Report {
    /// Sets the facts of the machine.
    pub(crate) fn machine(&mut self, facts: &[(&str, String)]) {
        self.machine = facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect();
    }

    /// Adds a result to the summary.
    pub(crate) fn sums_up(
        &mut self,
        what: &'static str,
        earlier: &'static str,
        aim: &'static str,
        now: String,
    ) {
        self.summary.push(Line { what, earlier, aim, now });
    }

    /// Adds a table.
    pub(crate) fn add(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// Returns the report as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        let facts: Vec<_> = self.machine.iter().map(|(name, fact)| format!("{name} {fact}")).collect();
        writeln!(text, "{}.\n", facts.join(", ")).unwrap();
        let summary = self
            .summary
            .iter()
            .map(|line| {
                vec![line.what.to_owned(), line.earlier.to_owned(), line.aim.to_owned(), line.now.clone()]
            })
            .collect::<Vec<_>>();
        table(&mut text, &["", "Node.js system before", "aim", "now"], &summary);
        for section in &self.sections {
            writeln!(text, "\n### {}\n{}\n", section.title, section.note).unwrap();
            table(&mut text, &section.columns, &section.rows);
        }
        text
    }

    /// Returns the report as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }
}

fn table(text: &mut String, columns: &[&str], rows: &[Vec<String>]) {
    writeln!(text, "| {} |", columns.join(" | ")).unwrap();
    writeln!(text, "|{}", "---|".repeat(columns.len())).unwrap();
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
}

/// Formats a number: three significant digits, thousands separated.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size < 999.5 && value.fract() == 0.0 => format!("{value:.0}"),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        size if size < 999.5 => format!("{value:.0}"),
        _ => {
            let digits = format!("{value:.0}");
            let from_end = |at: usize| digits.len() - at;
            let spaced = digits.char_indices().map(|(at, digit)| {
                if at > 0 && from_end(at).is_multiple_of(3) { format!(",{digit}") } else { digit.to_string() }
            });
            spaced.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.1234, "0.12"),
            (9.996, "10.0"),
            (12.345, "12.3"),
            (99.96, "100"),
            (-256.4, "-256"),
            (999.6, "1,000"),
            (1234.5, "1,234"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
