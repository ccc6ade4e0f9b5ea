//! Orders one portion of a dish and waits until it is ready, through whatever cuts the connection meanwhile.
//!
//! ```text
//! cargo run -p app --example order -- http://127.0.0.1:3000 student1 password123 burger [--carried]
//! ```
//!
//! With `--carried` the same program runs over a carried transport, as the page of a desktop app does.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use app::{
    MemoryDevice,
    session::Session,
    shop::{Placement, Shop},
};
use client::{
    Client, Endpoints, TokenStorage,
    carried::{Host, over_channel},
    platform::Shared,
    transport::Transport,
};
use wire::{ItemId, OrderStatus};

/// Time for the whole program.
const TIMEOUT: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (is_carried, arguments): (Vec<_>, Vec<_>) =
        arguments.into_iter().partition(|argument| argument == "--carried");
    let [origin, username, password, dish] = arguments.as_slice() else {
        bail!("usage: order ORIGIN USERNAME PASSWORD DISH [--carried]");
    };
    let client = client(origin, !is_carried.is_empty());
    let dish = dish.parse().context("DISH is the id of a dish, such as burger")?;
    tokio::time::timeout(TIMEOUT, order(client, username, password, &dish))
        .await
        .context("the order was not ready in time")?
}

fn client(origin: &str, is_carried: bool) -> Client {
    let direct = Client::new(Transport::http(Endpoints::of_origin(origin)), TokenStorage::Memory);
    if is_carried {
        let carrier = over_channel(Host::new(direct, |_| true));
        Client::new(Transport::carried(carrier), TokenStorage::External)
    } else {
        direct
    }
}

async fn order(client: Client, username: &str, password: &str, dish: &ItemId) -> Result<()> {
    let session = Session::new(client, Shared::new(MemoryDevice::default()));
    session.sign_in(username, password).await?;
    let shop = Shop::new(session.clone());
    let _running = (session.run(), shop.run());

    let state = shop.store().wait_for(|state| state.menu.ready().is_some()).await;
    let left = state.dishes().left(dish);
    println!("{left} portions of {dish} left");

    shop.set_quantity(dish, 1);
    let id = match shop.place().await {
        Placement::Accepted(id) | Placement::EarlierAccepted(id) => id,
        other => bail!("the order was not accepted: {other:?} {:?}", shop.state().placing),
    };
    println!("{id} accepted");

    let mut last = None;
    loop {
        let state = shop
            .store()
            .wait_for(|state| state.orders.order(&id).is_some_and(|order| Some(order.status) != last))
            .await;
        let order = state.orders.order(&id).context("an accepted order is known")?;
        println!("{id} {} {:?}", order.status.as_str(), session.state().connection);
        if order.status == OrderStatus::Ready {
            println!("{id} ticket {}", order.ticket.unwrap_or_default());
            return Ok(());
        }
        if order.status.is_failed() {
            bail!("the order failed: {:?}", order.reason);
        }
        last = Some(order.status);
    }
}
