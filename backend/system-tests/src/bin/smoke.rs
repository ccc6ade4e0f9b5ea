//! The smoke test of an installation that runs: `smoke --web http://127.0.0.1:3000`.
#![expect(clippy::print_stdout, reason = "the command line prints")]

use std::fmt;

use clap::Parser;
use system_tests::smoke;
use wire::ops::ServiceName;

/// Signs in, orders, and waits until the food is ready, through the web of a demo installation.
#[derive(Debug, Parser)]
struct Cli {
    /// The web's address; the services' ports follow its own.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    web: reqwest::Url,
    /// The id of the order that is placed, which has to be new.
    #[arg(long)]
    order_id: String,
    /// How many replicas of a service have to answer, as in order-gateway=3; can be repeated.
    #[arg(long, value_name = "SERVICE=COUNT")]
    replicas: Vec<Replicas>,
}

/// So many of a service.
#[derive(Debug, Clone)]
struct Replicas {
    service: ServiceName,
    count: usize,
}

impl std::str::FromStr for Replicas {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, count) = text.split_once('=').ok_or("write it as order-gateway=3")?;
        let service = ServiceName::ALL.into_iter().find(|known| known.as_str() == name);
        let service = service.ok_or_else(|| format!("{name} is no service"))?;
        Ok(Self { service, count: count.parse().map_err(|error| format!("{count}: {error}"))? })
    }
}

impl fmt::Display for Replicas {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} replicas of {} answer", self.count, self.service)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let web = cli.web.as_str().trim_end_matches('/');
    smoke::the_pages_are_there(web).await;
    println!("every page is there, with its program");
    smoke::an_order_through_the_web(web, &cli.order_id).await;
    println!("an order became ready, and was heard of, through {web}");
    smoke::metrics_and_chaos_are_for_admins(web).await;
    println!("metrics and drills are shown to admins alone");
    let host = cli.web.host_str().unwrap_or_default();
    let own_ports = smoke::own_ports(host, cli.web.port().unwrap_or(80));
    for wanted in cli.replicas {
        let seen = smoke::replicas(&own_ports, wanted.service).await;
        anyhow::ensure!(seen.len() == wanted.count, "{wanted}: {} did", seen.len());
        println!("{wanted}");
    }
    Ok(())
}
