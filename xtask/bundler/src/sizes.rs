//! What each page weighs when it is opened for the first time, in English.

use std::{fmt::Write as _, fs};

use anyhow::Result;

use crate::{stage::Bundle, surface::Surface};

/// A line per page, and under each a line per file: as it is, by gzip, by brotli, in bytes.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn table(bundle: &Bundle) -> Result<String> {
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
    Ok(table)
}

fn line(table: &mut String, name: &str, [raw, gzip, brotli]: [u64; 3]) {
    // Writing to a string cannot fail.
    let _ = writeln!(table, "{name:<48}{raw:>10}{gzip:>10}{brotli:>10}");
}
