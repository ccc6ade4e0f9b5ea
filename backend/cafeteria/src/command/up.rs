//! `cafeteria up`: everything in one process.

use std::{io::Write as _, time::Instant};

use service_kit::Clock;
use tokio::signal::unix::{SignalKind, signal};
use wire::ops::ServiceName;

use crate::{
    settings::{Mode, Settings},
    single::System,
};

/// Starts everything, says where it is, and runs until it is asked to stop.
///
/// # Errors
/// It cannot start; the error is one line.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (mode, drills) = (settings.mode, settings.chaos_allowed());
    let folder = settings.data_dir.clone();
    let system = System::start(settings, Clock::system()).await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "The cafeteria is open. It took {} ms; its data is in {}.\n",
        started.elapsed().as_millis(),
        folder.display()
    )?;
    writeln!(out, "  {:<18} {}   (/admin for staff, /board for the wall)\n", "the pages", system.web())?;
    for name in ServiceName::ALL {
        writeln!(out, "  {:<18} {}", name.as_str(), system.url(name))?;
    }
    match mode {
        Mode::Demo => {
            writeln!(out, "\nDemo accounts (CAFETERIA_MODE=production refuses them):")?;
            for account in identity_provider::DEMO_ACCOUNTS {
                let (name, password) = (account.username, account.password);
                writeln!(out, "  {name:<10} {password:<16} {}", account.role.as_str())?;
            }
        }
        Mode::Production => {
            let drills = if drills { "on" } else { "off" };
            writeln!(out, "\nProduction mode: demo accounts are refused, drills are {drills}.")?;
        }
    }
    writeln!(out, "\nCtrl-C stops it.")?;
    out.flush()?;
    drop(out);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: what is under way is finished first; a second signal stops at once");
    tokio::select! {
        gentle = system.stop() => {
            if !gentle {
                tracing::warn!("not everything ended in time; what is stored is safe");
            }
            Ok(())
        }
        _ = interrupt.recv() => anyhow::bail!("stopped at once; what is stored is safe"),
        _ = terminate.recv() => anyhow::bail!("stopped at once; what is stored is safe"),
    }
}
