//! The programs from npm that make files small: wasm-opt, esbuild, and two scripts of our own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// What compilers for the browser use today, and browsers of the last five years understand.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Where the programs are.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pages: PathBuf,
}

/// What esbuild says of the files that it has written: by the path of each, from the folder it worked in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Outputs {
    outputs: BTreeMap<String, Output>,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(rename = "entryPoint")]
    entry: Option<String>,
    inputs: BTreeMap<String, serde_json::Value>,
}

impl Outputs {
    /// The file that was made of a source, or a copy of it under a name with a hash.
    pub(crate) fn of(&self, source: &str) -> Result<&str> {
        let made = |output: &Output| match &output.entry {
            Some(entry) => entry == source,
            None => output.inputs.len() == 1 && output.inputs.contains_key(source),
        };
        let mut paths = self.outputs.iter().filter(|(_, output)| made(output)).map(|(path, _)| path.as_str());
        paths.next().with_context(|| format!("esbuild has made nothing of {source}"))
    }
}

impl Tools {
    /// Those that npm has installed for the pages.
    ///
    /// # Errors
    /// It has not.
    pub(crate) fn of(pages: &Path) -> Result<Self> {
        let pages = pages.canonicalize().with_context(|| format!("no folder {}", pages.display()))?;
        if !pages.join("node_modules").is_dir() {
            bail!("the packages of {} are not installed: npm ci", pages.display());
        }
        Ok(Self { pages })
    }

    fn installed(&self, name: &str) -> Command {
        Command::new(self.pages.join("node_modules/.bin").join(name))
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.pages.join(name));
        command
    }

    /// Makes a program small, in place.
    pub(crate) fn shrink(&self, program: &Path) -> Result<()> {
        let mut command = self.installed("wasm-opt");
        run(command.args(FEATURES).arg("-Oz").arg(program).arg("-o").arg(program))
    }

    /// Bundles these sources, which are in this folder, into `assets` of a site in it, under names with a hash.
    pub(crate) fn bundle(
        &self,
        folder: &Path,
        site: &str,
        sources: &[String],
        aliases: &[(&str, String)],
        dev: bool,
    ) -> Result<Outputs> {
        let said = folder.join("esbuild.json");
        let mut command = self.installed("esbuild");
        command
            .current_dir(folder)
            .env("NODE_PATH", self.pages.join("node_modules"))
            .args(sources)
            .args(["--bundle", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=warning"])
            .arg(format!("--outdir={site}/assets"))
            .args(["--outbase=.", "--entry-names=[name]-[hash]", "--asset-names=[name]-[hash]"])
            .args([
                "--loader:.wasm=file",
                "--loader:.woff2=file",
                "--loader:.svg=copy",
                "--public-path=/assets",
            ])
            .arg("--metafile=esbuild.json");
        command.args(aliases.iter().map(|(name, path)| format!("--alias:{name}={path}")));
        command.arg(if dev { "--sourcemap=inline" } else { "--minify" });
        run(&mut command)?;
        let text = fs::read_to_string(said).context("esbuild does not say what it has made")?;
        serde_json::from_str(&text).context("what esbuild says is not understood")
    }

    /// Writes the fonts into a folder, with only the characters that the pages show.
    pub(crate) fn fonts(&self, folder: &Path) -> Result<()> {
        run(self.script("fonts.mjs").arg(folder))
    }

    /// Compresses what is in a folder, beside it.
    pub(crate) fn compress(&self, folder: &Path) -> Result<()> {
        run(self.script("compress.mjs").arg(folder))
    }
}

/// Runs it; what it says is seen.
fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_of_a_source_is_found() {
        let outputs: Outputs = serde_json::from_str(
            r#"{"inputs":{},"outputs":{
                "site/assets/student-AAAAAAAA.js":{"entryPoint":"student.js","inputs":{"student.js":{},"glue/student.js":{}}},
                "site/assets/student_bg-BBBBBBBB.wasm":{"inputs":{"glue/student_bg.wasm":{}}}}}"#,
        )
        .unwrap();
        assert_eq!(outputs.of("student.js").unwrap(), "site/assets/student-AAAAAAAA.js");
        assert_eq!(outputs.of("glue/student_bg.wasm").unwrap(), "site/assets/student_bg-BBBBBBBB.wasm");
        assert!(
            outputs.of("glue/student.js").unwrap_err().to_string().contains("nothing of glue/student.js")
        );
    }
}
