//! A private RabbitMQ broker, with an Erlang port mapper of its own.

use std::{
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{
    free_port,
    guard::{Guard, program},
};
use crate::wait::{until_blocking, until_ready};

const INSTALL: &str = "apt-get install rabbitmq-server";

/// Virtual hosts that are made with the broker: one by one would cost a start of Erlang each.
const VHOSTS: u32 = 40;

/// A broker that keeps its messages in a temporary folder.
#[derive(Debug)]
pub struct RabbitMq {
    guard: Option<Guard>,
    port: u16,
    environment: Vec<(&'static str, String)>,
    given: AtomicU32,
    folder: TempDir,
    /// The port mapper, which goes last.
    _mapper: Guard,
    _mapper_folder: TempDir,
}

impl RabbitMq {
    /// Starts one.
    pub async fn start() -> Self {
        let (folder, mapper_folder) =
            (TempDir::with_prefix("rabbitmq-").unwrap(), TempDir::with_prefix("epmd-").unwrap());
        let (port, distribution, mapper_port) = (free_port(), free_port(), free_port().to_string());
        let epmd = program(&["epmd", "/usr/lib/erlang/bin/epmd"], INSTALL);
        let here = [("ERL_EPMD_ADDRESS", "127.0.0.1")];
        let mapper = Guard::start(&[&epmd, "-port", &mapper_port], &here, mapper_folder.path());
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::write(folder.path().join("plugins"), "[].").unwrap();
        let settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\n\
             log.console = true\n\
             log.console.level = error\n\
             log.file = false\n\
             disk_free_limit.absolute = 1MB\n\
             heartbeat = 10\n"
        );
        std::fs::write(folder.path().join("rabbitmq.conf"), settings).unwrap();
        let environment = vec![
            ("HOME", path("home")),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
            ("ERL_EPMD_PORT", mapper_port),
            ("RABBITMQ_NODENAME", format!("test{port}@localhost")),
            ("RABBITMQ_MNESIA_BASE", path("data")),
            ("RABBITMQ_LOG_BASE", path("logs")),
            ("RABBITMQ_DIST_PORT", distribution.to_string()),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins")),
            ("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf")),
            // Schedulers that have nothing to do sleep at once: the tests have the processors.
            (
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none".to_owned(),
            ),
        ];
        let mut broker = Self {
            guard: None,
            port,
            environment,
            given: AtomicU32::new(0),
            folder,
            _mapper: mapper,
            _mapper_folder: mapper_folder,
        };
        broker.restart().await;
        let last = VHOSTS - 1;
        broker.evaluate(&format!(
            "[begin V = list_to_binary(\"v\" ++ integer_to_list(N)), rabbit_vhost:add(V, <<\"test\">>), \
             rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, V, <<\".*\">>, <<\".*\">>, <<\".*\">>, \
             <<\"test\">>) end || N <- lists:seq(0, {last})]."
        ));
        broker
    }

    /// Starts it again on the same port and data, after [`RabbitMq::kill`], and waits until it can be spoken to.
    pub async fn restart(&mut self) {
        self.guard = None;
        let server = tool("rabbitmq-server");
        let environment: Vec<_> =
            self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.guard = Some(Guard::start(&[&server], &environment, self.folder.path()));
        until_ready("RabbitMQ", || {
            let words = self.guard.as_ref().map(Guard::last_words).unwrap_or_default();
            let connecting = TcpStream::connect(self.address());
            async move { connecting.await.map(drop).map_err(|error| format!("{error}; {words}")) }
        })
        .await;
    }

    /// Ends it at once (SIGKILL). Which quorum queues there are the broker writes down up to a few seconds after they are
    /// made, and forgets a queue that is younger, whatever was confirmed in it; a test's are, so this is made up for.
    pub fn kill(&mut self) {
        if self.guard.is_some() {
            let _ = self.ask(&["--timeout", "5", "eval", "[dets:sync(Table) || Table <- dets:all()]."]);
        }
        self.guard = None;
        // Its leader is gone; what it led needs a moment.
        until_blocking("RabbitMQ to end", || match std::net::TcpStream::connect(self.address()) {
            Ok(open) => Err(open),
            Err(_) => Ok(()),
        });
    }

    /// Stops it where it stands (SIGSTOP). No thread of it runs when this returns.
    pub fn pause(&self) {
        self.guard.as_ref().unwrap().pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.guard.as_ref().unwrap().resume();
    }

    /// Makes it believe that its memory is used up, or not: it blocks whoever publishes.
    pub fn memory_alarm(&self, on: bool) {
        self.control(&["set_vm_memory_high_watermark", if on { "0.0000001" } else { "0.4" }]);
    }

    /// The URL of an empty virtual host.
    ///
    /// # Panics
    /// All of them have been given away.
    pub fn vhost(&self) -> String {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        assert!(number < VHOSTS, "there are {VHOSTS} virtual hosts, and all are given away");
        format!("amqp://guest:guest@{}/v{number}", self.address())
    }

    /// Where it listens, as in `127.0.0.1:5672`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Process id of the broker's first process, for a look at [`super::processes`].
    pub fn pid(&self) -> u32 {
        self.guard.as_ref().unwrap().pid()
    }

    /// Runs `rabbitmqctl` with these arguments; what it printed.
    pub fn control(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        let environment = self.environment.iter().map(|(name, value)| (*name, value));
        Command::new(tool("rabbitmqctl")).args(arguments).envs(environment).output().unwrap()
    }

    fn evaluate(&self, expression: &str) {
        self.control(&["eval", expression]);
    }
}

fn tool(name: &str) -> String {
    let (here, elsewhere) = (format!("/usr/lib/rabbitmq/bin/{name}"), format!("/opt/rabbitmq/sbin/{name}"));
    program(&[&here, &elsewhere, name], INSTALL)
}
