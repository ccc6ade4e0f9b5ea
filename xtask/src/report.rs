//! Headings, durations, and the table at the end.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::Result;

/// How a step that did not fail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Passed,
    /// Something could not be looked at; this says why.
    Skipped(String),
}

#[derive(Debug)]
struct Row {
    step: &'static str,
    took: Duration,
    /// How it ended, or what went wrong.
    outcome: Result<Outcome, String>,
}

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// Runs a step under its heading and keeps how it ended. True when it did not fail.
    pub(crate) fn step(
        &mut self,
        step: &'static str,
        about: &str,
        work: impl FnOnce() -> Result<Outcome>,
    ) -> bool {
        println!("\n=== {step}: {about}");
        let start = Instant::now();
        let outcome = work().map_err(|error| format!("{error:#}"));
        let row = Row { step, took: start.elapsed(), outcome };
        println!("=== {step}: {} ({})", row.verdict(), duration(row.took));
        let good = row.outcome.is_ok();
        self.0.push(row);
        good
    }

    /// Whether no step failed.
    pub(crate) fn all_good(&self) -> bool {
        self.0.iter().all(|row| row.outcome.is_ok())
    }

    /// The table: a line per step, and one for all of them.
    pub(crate) fn table(&self) -> String {
        let width = self.0.iter().map(|row| row.step.len()).max().unwrap_or(0);
        let mut table = String::from("\n");
        for row in &self.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{:width$}  {:>12}  {}", row.step, duration(row.took), row.verdict());
        }
        let failed: Vec<_> = self.0.iter().filter(|row| row.outcome.is_err()).map(|row| row.step).collect();
        let all = duration(self.0.iter().map(|row| row.took).sum());
        let _ = match failed.as_slice() {
            [] => writeln!(table, "all passed in {all}"),
            [..] => writeln!(table, "FAILED in {all}: {}", failed.join(", ")),
        };
        table
    }
}

impl Row {
    fn verdict(&self) -> String {
        match &self.outcome {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(problem) => format!("FAILED: {problem}"),
        }
    }
}

/// For people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60.. => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_table_names_what_failed_and_why() {
        let mut report = Report::default();
        assert!(report.step("fmt", "the format", || Ok(Outcome::Passed)));
        assert!(report.step("wasm", "the browser", || Ok(Outcome::Skipped("no compiler".to_owned()))));
        assert!(report.all_good());
        assert!(!report.step("deny", "licences", || bail!("one is unknown")));
        assert!(!report.all_good());
        let table = report.table();
        assert!(table.contains("skipped: no compiler"), "{table}");
        assert!(table.contains("FAILED: one is unknown"), "{table}");
        assert!(table.trim_end().ends_with(": deny"), "{table}");
    }

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
