//! Starting other programs, always in the folder of the workspace.

use std::{
    ffi::OsStr,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// The folder of the workspace.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A program that is to run in the folder of the workspace.
pub(crate) fn program(name: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(ROOT);
    // Cargo says by it that it runs a crate, here this one, and cargo's tools behave otherwise then.
    command.env_remove("CARGO_PKG_NAME");
    command
}

/// Cargo. What a build server compiles once needs nothing kept for the next, smaller, build.
pub(crate) fn cargo(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = program("cargo", args);
    if on_build_server() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

#[expect(clippy::disallowed_methods, reason = "no setting: the one question asked of the environment")]
fn on_build_server() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The command as one would type it.
pub(crate) fn typed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs it in sight, after a line that shows it.
///
/// # Errors
/// It cannot be started, or fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = typed(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs it out of sight and gives what it printed.
///
/// # Errors
/// It cannot be started, or fails; then with what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = typed(command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed something that is not UTF-8"))
}

/// Whether it can be run and succeeds, out of sight.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    silent(command).status().is_ok_and(|status| status.success())
}

/// Like [`succeeds`], but a program that takes longer is ended and has not succeeded: for what asks the network.
pub(crate) fn succeeds_within(command: &mut Command, longest: Duration) -> bool {
    let Ok(mut child) = silent(command).spawn() else { return false };
    let end = Instant::now() + longest;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return ExitStatus::success(&status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => {
                // Nothing depends on how it ends, only on its being gone.
                drop(child.kill());
                drop(child.wait());
                return false;
            }
        }
    }
}

fn silent(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let start = Instant::now();
        assert!(!succeeds_within(&mut program("cat", ["/dev/zero"]), Duration::from_millis(100)));
        assert!(start.elapsed() < Duration::from_secs(20), "it was waited for");
        assert!(succeeds_within(&mut program("true", [""; 0]), Duration::from_secs(60)));
        assert!(!succeeds_within(&mut program("false", [""; 0]), Duration::from_secs(60)));
        assert!(!succeeds_within(&mut program("no-such-program", [""; 0]), Duration::from_secs(60)));
    }

    #[test]
    fn a_failure_says_what_was_run_and_what_it_said() {
        let error = output(&mut program("ls", ["no-such-file"])).unwrap_err().to_string();
        assert!(error.contains("`ls no-such-file` failed"), "{error}");
        assert!(error.contains("No such file"), "{error}");
    }
}
