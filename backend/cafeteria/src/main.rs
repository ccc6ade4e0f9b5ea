//! The `cafeteria` program.

use std::{net::IpAddr, path::PathBuf, process::ExitCode, time::Duration};

use cafeteria::{
    command,
    settings::{DEFAULTS, Mode, Settings},
};
use clap::{Args, Parser, Subcommand};
use kitchen_queue::{Cooking, CookingTime};
use wire::{identity::Secret, ops::ServiceName};

/// A campus cafeteria that takes orders, cooks them and says when they are ready.
///
/// `cafeteria up` is all that is needed to try it: it makes its data, keys, demo accounts and menu by itself, and
/// prints where everything is. Every setting has a default; `cafeteria default-config` prints and explains them.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in one process: five services on five ports, on embedded storage.
    Up(Up),
    /// Run the identity-provider alone: users, passwords, tokens. Needs PostgreSQL, Redis, RabbitMQ.
    IdentityProvider(Alone),
    /// Run the order-gateway alone: the front door of orders. Needs Redis, RabbitMQ.
    OrderGateway(Alone),
    /// Run the stock-service alone: what is left. Needs PostgreSQL, Redis, RabbitMQ.
    StockService(Alone),
    /// Run the kitchen-queue alone: what happens to an order. Needs PostgreSQL, RabbitMQ.
    KitchenQueue(Alone),
    /// Run the notification-hub alone: who hears about it. Needs RabbitMQ.
    NotificationHub(Alone),
    /// Make the secrets of a distributed installation: keys, passwords, addresses, a file for each.
    Secrets {
        /// The folder they are written into.
        folder: PathBuf,
        /// Make those that everybody knows, for trying it out.
        #[arg(long)]
        demo: bool,
        /// Replace those that are there; what was sealed with them cannot be read any more.
        #[arg(long)]
        replace: bool,
    },
    /// Put the menu of nineteen dishes into a running system. Can be repeated; it sets the quantities anew.
    Seed(Seed),
    /// Ask a service how it is; the exit code is 0 when it is up.
    Healthcheck {
        /// As in http://localhost:3002
        url: String,
    },
    /// Print every setting with its default and what it means.
    DefaultConfig,
    /// Copy the data folder into a new folder, also while `up` runs on it: databases, keys, a list with checksums. For
    /// the single process; docs/operations.md tells how it is done with PostgreSQL.
    Backup {
        /// The folder that is made.
        folder: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Put a backup into a data folder that nothing runs on.
    Restore {
        /// The backup.
        folder: PathBuf,
        /// Replace what is in the data folder.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Bring the tables of a data folder up to date without serving. `up` does so by itself.
    Migrate {
        #[command(flatten)]
        place: Place,
    },
}

/// One service as a process of its own. Where its servers and the others are comes from the environment: DATABASE_URL,
/// REDIS_URL, RABBITMQ_URL and so on, or from the settings; `cafeteria default-config` explains them under
/// [distributed].
#[derive(Debug, Args)]
struct Alone {
    /// The file with the settings [default: cafeteria.toml, where there is one].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Which settings, and where the data is.
#[derive(Debug, Args)]
struct Place {
    /// The file with the settings [default: cafeteria.toml, where there is one].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where everything is kept [default: data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Up {
    #[command(flatten)]
    place: Place,
    /// The address to listen on [default: 127.0.0.1].
    #[arg(long, value_name = "IP")]
    host: Option<IpAddr>,
    /// The web's port; the five services follow it. 0 chooses free ports [default: 3000].
    #[arg(long, value_name = "PORT")]
    base_port: Option<u16>,
    /// The folder with the built pages [default: web beside the program, or else the checkout's target/web].
    #[arg(long, value_name = "DIR")]
    web_root: Option<PathBuf>,
    /// For real students: refuse demo accounts, switch drills off.
    #[arg(long)]
    production: bool,
    /// How orders become ready: simulated or staff [default: simulated].
    #[arg(long, value_name = "HOW")]
    cooking: Option<Cooking>,
    /// How long simulated cooking takes, in milliseconds; 0..0 is at once [default: 3000..7000].
    #[arg(long, value_name = "MIN..MAX")]
    cooking_ms: Option<CookingTime>,
}

#[derive(Debug, Args)]
struct Seed {
    /// The web's address; the services' ports follow its own.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: reqwest::Url,
    /// A token of staff or of an admin; without one, it signs in.
    #[arg(long)]
    token: Option<String>,
    /// Whom to sign in as.
    #[arg(long, default_value = "admin")]
    username: String,
    /// The file with the password; without one, the demo admin's.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// How long the system may take to come up, in s.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait_s: u32,
}

impl Place {
    fn settings(self) -> anyhow::Result<Settings> {
        let mut settings = command::settings(self.config.as_deref())?;
        if let Some(folder) = self.data_dir {
            settings.data_dir = folder;
        }
        Ok(settings)
    }
}

impl Up {
    fn settings(self) -> anyhow::Result<Settings> {
        let mut settings = self.place.settings()?;
        settings.host = self.host.unwrap_or(settings.host);
        settings.base_port = self.base_port.unwrap_or(settings.base_port);
        settings.web_root = self.web_root.or(settings.web_root);
        if self.production {
            settings.mode = Mode::Production;
        }
        settings.kitchen.cooking = self.cooking.unwrap_or(settings.kitchen.cooking);
        settings.kitchen.cooking_ms = self.cooking_ms.unwrap_or(settings.kitchen.cooking_ms);
        command::checked(settings)
    }
}

impl Seed {
    fn order(self) -> anyhow::Result<command::seed::Order> {
        let password = match self.password_file {
            Some(file) => std::fs::read_to_string(&file)
                .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?
                .trim_end()
                .to_owned(),
            None => "adminpassword".to_owned(),
        };
        Ok(command::seed::Order {
            url: self.url,
            token: self.token.map(Secret),
            username: self.username,
            password: Secret(password),
            patience: Duration::from_secs(self.wait_s.into()),
        })
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_wrong(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints the help that was asked for, or says in one line what was wrong with the arguments.
#[expect(clippy::print_stderr, reason = "the command line speaks to people here")]
fn not_understood(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    let helped = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if helped {
        error.exit();
    }
    let text = error.to_string();
    let said = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said = said.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let line = said.collect::<Vec<_>>().join("; ");
    eprintln!("cafeteria: {}; --help tells more", line.trim_start_matches("error: "));
    ExitCode::from(2)
}

/// One line that says what was wrong.
#[expect(clippy::print_stderr, reason = "the command line speaks to people here")]
fn say_wrong(error: &anyhow::Error) {
    eprintln!("cafeteria: {}", format!("{error:#}").replace('\n', " "));
}

#[expect(clippy::print_stdout, reason = "the command line speaks to people here")]
fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Up(up) => {
            let settings = up.settings()?;
            let telemetry = settings.telemetry(ServiceName::ALL.map(|name| (name, format!("{name}-1"))));
            let _until_the_end =
                service_kit::logs::init(settings.log_format, &settings.log, telemetry.as_ref())
                    .map_err(anyhow::Error::msg)?;
            runtime()?.block_on(command::up::run(settings))?;
        }
        Command::IdentityProvider(alone) => serve(ServiceName::IdentityProvider, &alone)?,
        Command::OrderGateway(alone) => serve(ServiceName::OrderGateway, &alone)?,
        Command::StockService(alone) => serve(ServiceName::StockService, &alone)?,
        Command::KitchenQueue(alone) => serve(ServiceName::KitchenQueue, &alone)?,
        Command::NotificationHub(alone) => serve(ServiceName::NotificationHub, &alone)?,
        Command::Secrets { folder, demo, replace } => {
            println!("{}", command::secrets::run(&folder, demo, replace)?);
        }
        Command::Seed(seed) => println!("{}", runtime()?.block_on(command::seed::run(seed.order()?))?),
        Command::Healthcheck { url } => println!("{}", runtime()?.block_on(command::healthcheck::run(&url))?),
        Command::DefaultConfig => print!("{DEFAULTS}"),
        Command::Backup { folder, place } => {
            let data = command::checked(place.settings()?)?.data_dir;
            let clock = service_kit::Clock::system();
            println!("{}", runtime()?.block_on(command::backup::back_up(&data, &folder, &clock))?);
        }
        Command::Restore { folder, force, place } => {
            let data = command::checked(place.settings()?)?.data_dir;
            println!("{}", command::backup::restore(&folder, &data, force)?);
        }
        Command::Migrate { place } => {
            for line in runtime()?.block_on(command::migrate::run(&command::checked(place.settings()?)?))? {
                println!("{line}");
            }
        }
    }
    Ok(())
}

fn serve(name: ServiceName, alone: &Alone) -> anyhow::Result<()> {
    let mut settings = command::settings(alone.config.as_deref())?;
    let telemetry = settings.instance(name);
    let telemetry = settings.telemetry([(name, telemetry)]);
    let _until_the_end = service_kit::logs::init(settings.log_format, &settings.log, telemetry.as_ref())
        .map_err(anyhow::Error::msg)?;
    runtime()?.block_on(command::serve::run(name, settings))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
