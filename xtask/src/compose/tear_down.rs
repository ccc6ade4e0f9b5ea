//! End of the test: removes containers, volumes and networks, and names what still holds one of them.
//!
//! dockerd 20.10 keeps a count of endpoints per network beside the endpoints. Containers that stop at the same moment can
//! leave it too high: the network "has active endpoints" although nothing is attached to it, until the daemon starts again
//! (moby/moby issue 42119). Compose stops all containers at the same moment, and met it in one of ten runs. So they are
//! stopped one after another first.

use std::{
    fmt::{self, Display, Formatter},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Error, Result, anyhow};

use super::{Daemon, PROJECT, Stage};
use crate::{
    program::{output, program, run},
    report::Outcome,
};

/// Time during which a failed removal is repeated: containers that are still ending let go within it.
const RETRY_PERIOD: Duration = Duration::from_secs(15);
/// Delay between two attempts.
const RETRY_DELAY: Duration = Duration::from_secs(2);
/// Time that a container has to end by itself.
const STOP_SECONDS: &str = "30";
const SEPARATOR: char = '\t';

/// Removes everything that belongs to the project.
///
/// # Errors
/// Something is left; the message names it and what holds it.
pub(super) fn tear_down(daemon: &mut Daemon) -> Result<Outcome> {
    let Err(stuck) = remove(daemon) else { return Ok(Outcome::Passed) };
    if !stuck.remains.is_miscounted() || !daemon.is_own() {
        return Err(stuck.into_error());
    }
    println!("{}\nthe daemon is started again, which counts anew", stuck.remains);
    daemon.restart()?;
    remove(daemon).map(|()| Outcome::Passed).map_err(Stuck::into_error)
}

fn remove(daemon: &Daemon) -> Result<(), Stuck> {
    let stage = Stage { daemon };
    let down = || {
        stop_one_after_another(daemon);
        run(&mut stage.compose(&["down", "--volumes", "--remove-orphans", "--timeout", STOP_SECONDS]))
    };
    repeat(down, || Remains::find(daemon), RETRY_PERIOD, RETRY_DELAY)
}

/// Stops the containers. One that does not stop is left to `down`, which reports it.
fn stop_one_after_another(daemon: &Daemon) {
    for container in list(daemon, &["ps", "--quiet"]).unwrap_or_default() {
        let mut stop = program("docker", ["stop", "-t", STOP_SECONDS, &container]);
        daemon.used_by(&mut stop);
        if let Err(error) = output(&mut stop) {
            println!("{error:#}");
        }
    }
}

/// Lists objects of the project, one a line, with a command of docker that can filter by label.
fn list(daemon: &Daemon, words: &[&str]) -> Result<Vec<String>> {
    let mut command = program("docker", words);
    command.args(["--filter", &format!("label=com.docker.compose.project={PROJECT}")]);
    daemon.used_by(&mut command);
    Ok(output(&mut command)?.lines().map(str::to_owned).collect())
}

/// Repeats `down` until nothing remains, for at most `period`.
fn repeat(
    mut down: impl FnMut() -> Result<()>,
    mut find: impl FnMut() -> Result<Remains>,
    period: Duration,
    delay: Duration,
) -> Result<(), Stuck> {
    let start = Instant::now();
    loop {
        let cause = down().err();
        // Success alone proves nothing: the newer compose skips a network that is in use, with a warning.
        let remains = find().map_err(|error| Stuck { cause: Some(error), remains: Remains::default() })?;
        if remains.is_empty() {
            return Ok(());
        }
        println!("{remains}");
        if start.elapsed() >= period {
            return Err(Stuck { cause, remains });
        }
        thread::sleep(delay);
    }
}

/// Removal that failed for good.
#[derive(Debug)]
struct Stuck {
    cause: Option<Error>,
    remains: Remains,
}

impl Stuck {
    fn into_error(self) -> Error {
        let Self { cause, remains } = self;
        let advice = match remains.is_miscounted() {
            true => {
                "the daemon counts endpoints that are gone (moby/moby issue 42119): start it again, then remove \
                     the networks with `docker network rm`"
            }
            false => "remove it by hand",
        };
        let cause = cause.unwrap_or_else(|| anyhow!("compose reported no error"));
        cause.context(format!("{remains}; {advice}"))
    }
}

/// Objects of the project that are still there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Remains {
    /// Containers, each with its status.
    containers: Vec<String>,
    /// Networks, each with the containers that are attached to it.
    networks: Vec<(String, Vec<String>)>,
    volumes: Vec<String>,
}

impl Remains {
    fn find(daemon: &Daemon) -> Result<Self> {
        let containers = list(daemon, &["ps", "--all", "--format", "{{.Names}} ({{.Status}})"])?;
        let volumes = list(daemon, &["volume", "ls", "--quiet"])?;
        let mut networks = Vec::new();
        for id in list(daemon, &["network", "ls", "--quiet"])? {
            let format = format!("{{{{.Name}}}}{{{{range .Containers}}}}{SEPARATOR}{{{{.Name}}}}{{{{end}}}}");
            let mut inspect = program("docker", ["network", "inspect", &id, "--format", &format]);
            daemon.used_by(&mut inspect);
            // A network that disappears between the two questions is no error.
            networks.extend(output(&mut inspect).ok().and_then(|text| attached(text.trim_end())));
        }
        Ok(Self { containers, networks, volumes })
    }

    fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.networks.is_empty() && self.volumes.is_empty()
    }

    /// Returns whether networks remain although no container does and nothing is attached to them.
    fn is_miscounted(&self) -> bool {
        let is_unused = |(_, attached): &(String, Vec<String>)| attached.is_empty();
        self.containers.is_empty() && !self.networks.is_empty() && self.networks.iter().all(is_unused)
    }
}

/// Parses a network's name and the containers that are attached to it.
fn attached(line: &str) -> Option<(String, Vec<String>)> {
    let mut names = line.split(SEPARATOR).map(str::to_owned);
    Some((names.next().filter(|name| !name.is_empty())?, names.collect()))
}

impl Display for Remains {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let networks = self.networks.iter().map(|(name, attached)| match attached.as_slice() {
            [] => format!("network {name}, to which nothing is attached"),
            some => format!("network {name}, held by {}", some.join(" and ")),
        });
        let containers = self.containers.iter().map(|name| format!("container {name}"));
        let volumes = self.volumes.iter().map(|name| format!("volume {name}"));
        let all: Vec<_> = containers.chain(networks).chain(volumes).collect();
        write!(f, "left: {}", if all.is_empty() { "nothing".to_owned() } else { all.join("; ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(attached: &[&str]) -> Remains {
        let attached = attached.iter().map(|name| (*name).to_owned()).collect();
        Remains { networks: vec![("test_backend".to_owned(), attached)], ..Remains::default() }
    }

    /// Repeats with these results of `down` and these remains, the last for ever; the number of attempts too.
    fn repeated(downs: &[bool], remains: &[Remains], period: Duration) -> (Result<(), Stuck>, usize) {
        let (mut attempts, mut found) = (0, 0);
        let down = || {
            attempts += 1;
            let good = downs.get(attempts - 1).or(downs.last()).copied().unwrap();
            if good { Ok(()) } else { Err(anyhow!("exit status: 1")) }
        };
        let find = || {
            found += 1;
            Ok(remains.get(found - 1).or(remains.last()).cloned().unwrap())
        };
        let result = repeat(down, find, period, Duration::ZERO);
        (result, attempts)
    }

    #[test]
    fn a_network_that_is_still_held_is_removed_once_it_is_released() {
        let held = network(&["test_seed_run_1"]);
        let (result, attempts) =
            repeated(&[false, false, true], &[held.clone(), held, Remains::default()], Duration::MAX);
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(attempts, 3);
    }

    #[test]
    fn what_holds_a_network_for_ever_is_named() {
        let held = network(&["test_web_1", "test_seed_run_1"]);
        assert!(!held.is_miscounted());
        let (result, _) = repeated(&[false], &[held], Duration::ZERO);
        let message = format!("{:#}", result.unwrap_err().into_error());
        assert!(
            message.contains("network test_backend, held by test_web_1 and test_seed_run_1"),
            "{message}"
        );
        assert!(message.contains("exit status: 1"), "{message}");
    }

    #[test]
    fn success_of_compose_is_not_believed_while_something_is_left() {
        let (result, _) = repeated(&[true], &[network(&["test_web_1"])], Duration::ZERO);
        assert!(result.is_err());
        let volume = Remains { volumes: vec!["test_redis-data".to_owned()], ..Remains::default() };
        let (result, _) = repeated(&[true], &[volume], Duration::ZERO);
        let message = format!("{:#}", result.unwrap_err().into_error());
        assert!(message.contains("volume test_redis-data"), "{message}");
    }

    #[test]
    fn only_networks_that_nothing_is_attached_to_are_miscounted() {
        assert!(network(&[]).is_miscounted());
        assert!(!network(&["test_web_1"]).is_miscounted());
        assert!(!Remains::default().is_miscounted());
        let ending = Remains { containers: vec!["test_web_1 (Dead)".to_owned()], ..network(&[]) };
        assert!(!ending.is_miscounted(), "a container that ends may still hold it");
        let stuck = Stuck { cause: None, remains: network(&[]) };
        assert!(format!("{:#}", stuck.into_error()).contains("moby/moby issue 42119"));
    }

    #[test]
    fn a_network_is_parsed_with_its_containers() {
        let expected = |name: &str, attached: &[&str]| {
            Some((name.to_owned(), attached.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(attached("test_edge"), expected("test_edge", &[]));
        assert_eq!(attached("test_edge\tweb_1\tseed_1"), expected("test_edge", &["web_1", "seed_1"]));
        assert_eq!(attached(""), None);
    }
}
