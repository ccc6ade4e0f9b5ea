//! What each page weighs when it is opened for the first time, in English.

use std::{fmt::Write as _, fs};

use anyhow::{Result, bail};

use crate::{publish, stage::Bundle, surface::Surface};

/// Most bytes of the kiosk's page as it is. Nothing is sent over a network, but all of it stays in the panel's memory.
const KIOSK_BUDGET: u64 = 1_100_000;

/// A line per page, and under each a line per file: as it is, by gzip, by brotli, in bytes.
///
/// # Errors
/// A file cannot be read, or the kiosk's page has outgrown its budget.
pub(crate) fn table(bundle: &Bundle, dev: bool) -> Result<String> {
    let mut table = String::new();
    for surface in Surface::ALL {
        let mut lines = String::new();
        let mut sum = [0; 3];
        for file in bundle.first_load.get(&surface).into_iter().flatten() {
            let raw = fs::metadata(bundle.site.join(file))?.len();
            // What does not get smaller is sent as it is.
            let by = |end: &str| {
                fs::metadata(bundle.site.join(format!("{file}{end}"))).map_or(raw, |file| file.len())
            };
            let sizes = [raw, by(".gz"), by(".br")];
            for (sum, size) in sum.iter_mut().zip(sizes) {
                *sum += size;
            }
            line(&mut lines, &format!("  {file}"), sizes);
        }
        line(&mut table, &format!("{} (bytes: as it is, gzip, brotli)", surface.name()), sum);
        table.push_str(&lines);
    }
    let mut kiosk = 0;
    let mut lines = String::new();
    for file in publish::files(&bundle.kiosk)? {
        let size = fs::metadata(bundle.kiosk.join(&file))?.len();
        kiosk += size;
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{:<48}{size:>10}", format!("  {}", file.display()));
    }
    let _ = writeln!(table, "{:<48}{kiosk:>10}", "kiosk (bytes as it is, all of its files)");
    table.push_str(&lines);
    if !dev && kiosk > KIOSK_BUDGET {
        bail!("the kiosk's page has {kiosk} bytes, and its budget is {KIOSK_BUDGET}");
    }
    Ok(table)
}

fn line(table: &mut String, name: &str, [raw, gzip, brotli]: [u64; 3]) {
    // Writing to a string cannot fail.
    let _ = writeln!(table, "{name:<48}{raw:>10}{gzip:>10}{brotli:>10}");
}
