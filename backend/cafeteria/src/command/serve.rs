//! `cafeteria order-gateway` and its like: one service as a process of its own.

use service_kit::Clock;
use tokio::signal::unix::{SignalKind, signal};
use wire::ops::ServiceName;

use crate::{
    distributed::{self, End},
    settings::Settings,
};

/// Runs one service until it is asked to stop. A second signal stops at once.
///
/// # Errors
/// It cannot start, or it broke and is to be started anew; the error is one line.
pub async fn run(name: ServiceName, settings: Settings) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (mut again, mut once_more) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let second = async move {
        tokio::select! {
            _ = async { again.recv().await; again.recv().await } => {}
            _ = async { once_more.recv().await; once_more.recv().await } => {}
        }
    };
    let serving = distributed::run(name, settings, Clock::system(), stop, |address| {
        tracing::info!(service = %name, %address, "open");
    });
    tokio::select! {
        ended = serving => match ended? {
            End::Finished => Ok(()),
            End::Cut => {
                tracing::warn!("not everything ended in time; what is stored is safe");
                Ok(())
            }
            End::Broken => anyhow::bail!("{name} broke off and is to be started anew; what is stored is safe"),
        },
        () = second => anyhow::bail!("stopped at once; what is stored is safe"),
    }
}
