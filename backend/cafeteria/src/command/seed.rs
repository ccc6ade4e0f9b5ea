//! `cafeteria seed`: puts the menu of nineteen dishes into a running system, through its API, any number of times.

use std::time::Duration;

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::ProgressBar;
use reqwest::{Client, Response, StatusCode, Url, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use wire::{
    Problem,
    identity::{Login, Secret, Session},
    ops::ServiceName,
    stock::{Seed, Seeded, StockItem},
};

/// Whom to seed, and as whom.
#[derive(Debug)]
pub struct Order {
    /// The web's address; the services' ports follow its own.
    pub url: Url,
    /// A staff or admin token; without one, signs in.
    pub token: Option<Secret>,
    /// The user name to sign in with.
    pub username: String,
    /// The password to sign in with.
    pub password: Secret,
    /// How long the system may take to come up.
    pub patience: Duration,
}

/// Waits until the system is up, signs in, seeds the menu. Returns the stock as a table.
///
/// # Errors
/// The system does not come up, the account is refused, or the menu is.
pub async fn run(order: Order) -> anyhow::Result<String> {
    let client = Client::new();
    let progress = ProgressBar::new_spinner().with_message("waiting for the cafeteria to be up");
    progress.enable_steady_tick(Duration::from_millis(100));
    let identity = address(&order.url, ServiceName::IdentityProvider)?;
    let stock = address(&order.url, ServiceName::StockService)?;
    for service in [&identity, &stock] {
        wait_for(&client, service, order.patience).await?;
    }
    let token = match order.token {
        Some(token) => token,
        None => {
            progress.set_message("signing in");
            let login = Login { username: order.username, password: order.password };
            sign_in(&client, identity.join("/login")?, &login, &progress).await.context("signing in")?.token
        }
    };
    progress.set_message("putting the menu in");
    let menu = Seed { items: stock_service::demo_menu() };
    let answer = client.post(stock.join("/seed")?).bearer_auth(&token.0).json(&menu).send().await?;
    let seeded: Seeded = read(answer).await.context("seeding the menu")?;
    progress.finish_and_clear();
    let summary = format!("{} dishes are new, {} were there.", seeded.created, seeded.updated);
    Ok(format!("{}\n{summary}", table(&seeded.items)))
}

/// The address of a service, whose port follows the web's.
fn address(web: &Url, name: ServiceName) -> anyhow::Result<Url> {
    let port = web.port_or_known_default().context("the address has no port")?;
    let mut url = web.clone();
    let port = port.checked_add(name.port_offset()).context("the address has too high a port")?;
    url.set_port(Some(port)).map_err(|()| anyhow::anyhow!("{web} cannot have a port"))?;
    Ok(url)
}

async fn wait_for(client: &Client, service: &Url, patience: Duration) -> anyhow::Result<()> {
    let asked = async {
        loop {
            let health = client.get(service.join("/health")?).timeout(Duration::from_secs(2)).send().await;
            if health.is_ok_and(|response| response.status().is_success()) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(patience, asked).await.map_err(|_| {
        anyhow::anyhow!("{service} did not come up within {} s; is it started?", patience.as_secs())
    })?
}

/// Signs in. Where that was tried too often just now, as by seeding again and again, waits for the next try.
async fn sign_in(
    client: &Client,
    address: Url,
    login: &Login,
    progress: &ProgressBar,
) -> anyhow::Result<Session> {
    loop {
        let answer = client.post(address.clone()).json(login).send().await?;
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match wait.filter(|_| answer.status() == StatusCode::TOO_MANY_REQUESTS) {
            Some(seconds) => {
                progress.set_message(format!("too many tries to sign in; the next is in {seconds} s"));
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            None => return read(answer).await,
        }
    }
}

async fn read<T: DeserializeOwned>(answer: Response) -> anyhow::Result<T> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer.json().await?);
    }
    let problem: Option<Problem> = answer.json().await.ok();
    let title = problem.map_or_else(
        || status.to_string(),
        |problem| format!("{} ({})", problem.detail.unwrap_or(problem.title), problem.code.as_str()),
    );
    anyhow::bail!(title)
}

fn table(items: &[StockItem]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["id", "name", "part", "price", "left"]);
    for item in items {
        let price = format!("৳{}.{:02}", item.price_poisha / 100, item.price_poisha % 100);
        table.add_row([
            item.id.as_str().to_owned(),
            item.name.clone(),
            item.category.as_str().to_owned(),
            price,
            item.quantity.to_string(),
        ]);
    }
    for column in [3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
