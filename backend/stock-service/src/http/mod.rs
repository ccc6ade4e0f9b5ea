//! The routes of the service.

pub(crate) mod items;
pub(crate) mod orders;
