//! Console pages of staff and admins.
//!
//! - [`frame`] — the layout around each page, and access by role; [`account`]: settings and change of password
//! - [`kitchen`] — tickets
//! - [`stock`] — dishes, in a table
//! - [`health`] — health of the services, charts, chaos experiments
//! - [`kiosks`], [`kiosk`] — kiosks
//! - [`users`], [`user`], [`import`]: user accounts
//! - [`dead_letters`] — dead letters of the order queue
//! - [`audit`] — the audit log

pub mod account;
pub mod audit;
pub mod dead_letters;
pub mod frame;
pub mod health;
pub mod import;
pub mod kiosk;
pub mod kiosks;
pub mod kitchen;
#[cfg(test)]
mod rendered;
pub mod stock;
pub mod user;
pub mod users;

use wire::Role;
use yew_router::Routable;

use crate::text::{Text, admin as say};

/// Routes of the console pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Routable)]
pub enum Route {
    /// Start page of the role.
    #[at("/admin")]
    Start,
    /// Kitchen.
    #[at("/admin/kitchen")]
    Kitchen,
    /// Stock.
    #[at("/admin/stock")]
    Stock,
    /// Health of the services.
    #[at("/admin/health")]
    Health,
    /// Kiosks.
    #[at("/admin/kiosks")]
    Kiosks,
    /// User accounts.
    #[at("/admin/users")]
    Users,
    /// Dead letters.
    #[at("/admin/letters")]
    DeadLetters,
    /// Audit log.
    #[at("/admin/audit")]
    Audit,
    /// Unknown address.
    #[not_found]
    #[at("/admin/404")]
    NotFound,
}

impl Route {
    /// Pages of the navigation, in display order.
    pub const PAGES: [Self; 7] =
        [Self::Kitchen, Self::Stock, Self::Health, Self::Kiosks, Self::Users, Self::DeadLetters, Self::Audit];

    /// Returns whether `role` has access to the page.
    pub fn is_visible_to(self, role: Role) -> bool {
        match self {
            Self::Start | Self::Kitchen | Self::Stock | Self::NotFound => {
                matches!(role, Role::Staff | Role::Admin)
            }
            Self::Health | Self::Kiosks | Self::Users | Self::DeadLetters | Self::Audit => {
                role == Role::Admin
            }
        }
    }

    /// Replaces [`Route::Start`] with the start page of `role`.
    pub fn resolve_start(self, role: Role) -> Self {
        match self {
            Self::Start if role == Role::Admin => Self::Health,
            Self::Start => Self::Kitchen,
            other => other,
        }
    }

    /// Returns the name and the icon of the page.
    pub fn name_and_icon(self) -> (Text, &'static str) {
        match self {
            Self::Kitchen => (say::KITCHEN, "kitchen"),
            Self::Stock => (say::STOCK, "stock"),
            Self::Health => (say::HEALTH, "health"),
            Self::Kiosks => (say::KIOSKS, "kiosk"),
            Self::Users => (say::USERS, "users"),
            Self::DeadLetters => (say::DEAD_LETTERS, "letters"),
            Self::Audit => (say::AUDIT, "audit"),
            Self::Start | Self::NotFound => (say::CONSOLE, "dome"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_sees_only_its_own_pages() {
        let pages = |role| Route::PAGES.into_iter().filter(|page| page.is_visible_to(role)).count();
        assert_eq!(
            [pages(Role::Admin), pages(Role::Staff), pages(Role::Student), pages(Role::Kiosk)],
            [7, 2, 0, 0]
        );
        for role in [Role::Staff, Role::Admin] {
            assert!(Route::Start.resolve_start(role).is_visible_to(role));
        }
    }
}
