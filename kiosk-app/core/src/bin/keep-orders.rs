//! Keeps orders in an outbox as standard input says, for tests that kill it, trace it and take its disk away.
//!
//! Its one argument is the data folder. Each line is a command: `keep` with an order in JSON, or `sent` with an order id.
//! Each is answered by a line once it is done.

use std::{
    error::Error,
    io::{BufRead as _, Write as _},
    path::PathBuf,
};

use kiosk_core::{
    outbox::{DataFolder, KeepError, KeptOrder, Outbox},
    vault::Vault,
};
use wire::{OrderId, Time};

/// Time at which all orders are kept.
const KEPT_AT_MS: i64 = 1_800_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("the data folder is missing")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let locked = DataFolder::lock(&folder)?;
        let vault = Vault::open(&folder).await?;
        let outbox = Outbox::open(locked, vault).await?;
        say("open")?;
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            say(&answer(&outbox, &line).await?)?;
        }
        outbox.close().await;
        Ok(())
    })
}

async fn answer(outbox: &Outbox, line: &str) -> Result<String, Box<dyn Error>> {
    match line.split_once(' ') {
        Some(("keep", order)) => {
            let order: KeptOrder = serde_json::from_str(order)?;
            let id = order.order.order_id.as_ref().map_or_else(String::new, OrderId::to_string);
            Ok(match outbox.keep(&order, Time::from_millis(KEPT_AT_MS)).await {
                Ok(()) => format!("kept {id}"),
                Err(KeepError::Storage(_)) => format!("not-kept {id}"),
                Err(error) => return Err(error.into()),
            })
        }
        Some(("sent", id)) => {
            outbox.sent(&id.parse()?).await?;
            Ok(format!("sent {id}"))
        }
        _ => Err("a line is no command".into()),
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
