//! The routes, one resource a file.

mod import;
mod keys;
mod kiosk;
mod kiosks;
mod session;
mod users;

use service_kit::http::{Routes, audit_routes};

use crate::Identity;

pub(super) fn routes(identity: &Identity) -> Routes<()> {
    session::routes()
        .and(keys::routes())
        .and(users::routes())
        .and(import::routes())
        .and(kiosks::routes())
        .and(kiosk::routes())
        .with_state(identity.clone())
        .and(audit_routes(identity.0.service.clone()))
}
