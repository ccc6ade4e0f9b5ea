//! What both shapes do before a service serves: the first users, the service's context, the error that stops a start.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use identity_provider::{setup, store::UserStore};
use service_kit::{
    Clock, Service, Tasks,
    audit::AuditTrail,
    chaos::Chaos,
    health::Health,
    keys::{KeySource, Verifier},
    metrics::Metrics,
};
use wire::{
    id::Username,
    identity::{Jwk, NewPassword, Secret},
};

use crate::settings::{Mode, Settings};

/// Why the system cannot start: one line, which names what is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    pub(crate) fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// Everything around a service that is not its own business, as [`context`] puts it together.
pub(crate) struct Surroundings<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) clock: &'a Clock,
    pub(crate) tasks: &'a Tasks,
    pub(crate) metrics: Metrics,
    /// This replica's name.
    pub(crate) instance: String,
    /// Where the keys of people's tokens come from.
    pub(crate) people: KeySource,
    /// The public keys of our services.
    pub(crate) services: &'a [Jwk],
    /// Where the last good keys are kept.
    pub(crate) keys_kept_at: PathBuf,
}

/// The context of one service.
pub(crate) fn context(around: Surroundings<'_>, health: Health, audit: Arc<dyn AuditTrail>) -> Service {
    let name = health.service();
    let clock = around.clock;
    let verifier =
        Verifier::new(name, clock.clone(), around.people, around.services, Some(around.keys_kept_at));
    verifier.keep_fresh(around.tasks);
    Service {
        name,
        instance: around.instance.into(),
        clock: clock.clone(),
        tasks: around.tasks.clone(),
        metrics: around.metrics,
        health,
        chaos: Chaos::new(name, clock.clone()),
        chaos_allowed: around.settings.chaos_allowed(),
        verifier,
        audit,
        http: around.settings.http.clone(),
    }
}

/// Makes the demo accounts, or in production the first admin, and sees to it that production has no demo accounts.
pub(crate) async fn first_users(
    settings: &Settings,
    clock: &Clock,
    users: &dyn UserStore,
) -> Result<(), StartError> {
    match settings.mode {
        Mode::Demo => {
            setup::seed_demo(users, clock).await.map_err(StartError::new)?;
        }
        Mode::Production => {
            let demo = setup::demo_accounts_present(users).await.map_err(StartError::new)?;
            if let Some(name) = demo.first() {
                return Err(StartError::new(format_args!(
                    "production mode refuses the demo account {name}: give it another password, or start on an empty store"
                )));
            }
            if let (Some(name), Some(file)) = (&settings.first_admin, &settings.first_admin_password_file) {
                first_admin(clock, users, name, file).await?;
            }
            if !users.has_admin().await.map_err(StartError::new)? {
                return Err(StartError::new(
                    "production mode has no admin yet: set first_admin and first_admin_password_file",
                ));
            }
        }
    }
    Ok(())
}

async fn first_admin(
    clock: &Clock,
    users: &dyn UserStore,
    name: &str,
    file: &Path,
) -> Result<(), StartError> {
    let name: Username =
        name.parse().map_err(|error| StartError::new(format_args!("setting first_admin: {error}")))?;
    let text = std::fs::read_to_string(file).map_err(|error| {
        StartError::new(format_args!("setting first_admin_password_file: {}: {error}", file.display()))
    })?;
    let password = NewPassword::try_from(Secret(text.trim_end().to_owned()))
        .map_err(|error| StartError::new(format_args!("setting first_admin_password_file: {error}")))?;
    setup::create_admin(users, &name, password, clock).await.map_err(StartError::new)?;
    Ok(())
}
