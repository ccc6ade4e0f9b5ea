//! Putting what was made into place, while browsers may be being served from there: first what pages name, then the
//! pages, then what no page names any more is removed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Makes `out` hold what `site` holds.
///
/// # Errors
/// A file cannot be written or removed.
pub(crate) fn publish(site: &Path, out: &Path) -> Result<()> {
    replace(site, out).with_context(|| format!("cannot write into {}", out.display()))
}

fn replace(site: &Path, out: &Path) -> Result<()> {
    let is_page = |file: &Path| file.components().count() == 1;
    let mut files: Vec<_> = files(site)?.into_iter().collect();
    files.sort_by_key(|file| is_page(file));
    for file in &files {
        let (from, to) = (site.join(file), out.join(file));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let beside = to.with_file_name(format!(".{name}.new"));
        fs::copy(&from, &beside)?;
        fs::rename(&beside, &to)?;
    }
    let wanted: BTreeSet<_> = files.into_iter().collect();
    for file in self::files(out)?.difference(&wanted) {
        fs::remove_file(out.join(file))?;
    }
    Ok(())
}

/// Every file in a folder, by its path from there.
pub(crate) fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let (mut files, mut folders) = (BTreeSet::new(), vec![PathBuf::new()]);
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_any_more_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (site, out) = (folder.path().join("site"), folder.path().join("out"));
        let write = |folder: &Path, path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(&site, "index.html", "new");
        write(&site, "assets/student-B.js", "b");
        write(&out, "index.html", "old");
        write(&out, "assets/student-A.js", "a");
        replace(&site, &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "new");
        assert_eq!(files(&out).unwrap(), files(&site).unwrap());
    }
}
