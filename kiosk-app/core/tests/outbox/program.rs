//! The program `keep-orders`, which keeps orders in a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::fixture;

/// Running program. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Command that keeps an order.
pub(crate) fn keep(order_id: &str) -> String {
    format!("keep {}\n", serde_json::to_string(&fixture::order(order_id)).unwrap())
}

impl Program {
    /// Starts the program on a data folder, by way of `wrapper`, and waits until the outbox is open.
    pub(crate) fn start(folder: &Path, wrapper: &[&str]) -> Self {
        let words: Vec<_> = wrapper.iter().copied().chain([env!("CARGO_BIN_EXE_keep-orders")]).collect();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started; install it: {error}", words[0]));
        let (commands, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut program = Self { child, commands, answers };
        assert_eq!(program.answer(), "open");
        program
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends commands.
    pub(crate) fn send(&mut self, commands: &str) {
        self.commands.as_mut().unwrap().write_all(commands.as_bytes()).unwrap();
    }

    /// Waits for the next answer.
    pub(crate) fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Kills the program, and returns the answers that it gave before.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut rest = String::new();
        self.answers.read_to_string(&mut rest).unwrap();
        rest.lines().map(str::to_owned).collect()
    }

    /// Lets the program end by itself.
    pub(crate) fn end(mut self) {
        drop(self.commands.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
