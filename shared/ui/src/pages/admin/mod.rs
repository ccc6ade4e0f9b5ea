//! The console of staff and admins.
//!
//! - [`frame`]: what stands around each page, and who may come in; [`account`]: settings and the own password
//! - [`kitchen`]: the tickets
//! - [`stock`]: the dishes, in a table
//! - [`health`]: how the services are, figures, drills
//! - [`users`], [`person`], [`import`]: who may sign in
//! - [`letters`]: messages that the kitchen could not read
//! - [`audit`]: who did what

pub mod account;
pub mod audit;
pub mod frame;
pub mod health;
pub mod import;
pub mod kitchen;
pub mod letters;
pub mod person;
#[cfg(test)]
mod rendered;
pub mod stock;
pub mod users;

use wire::Role;
use yew_router::Routable;

use crate::text::{Text, admin as say};

/// The addresses of the console's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Routable)]
pub enum Route {
    /// Whatever the role begins with.
    #[at("/admin")]
    Start,
    /// The tickets.
    #[at("/admin/kitchen")]
    Kitchen,
    /// The dishes.
    #[at("/admin/stock")]
    Stock,
    /// How the services are.
    #[at("/admin/health")]
    Health,
    /// Who may sign in.
    #[at("/admin/users")]
    Users,
    /// Messages that could not be read.
    #[at("/admin/letters")]
    Letters,
    /// Who did what.
    #[at("/admin/audit")]
    Audit,
    /// Anything else.
    #[not_found]
    #[at("/admin/404")]
    NotFound,
}

impl Route {
    /// The pages of the navigation, in their order.
    pub const PAGES: [Self; 6] =
        [Self::Kitchen, Self::Stock, Self::Health, Self::Users, Self::Letters, Self::Audit];

    /// Whether it is shown to this role.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Start | Self::Kitchen | Self::Stock | Self::NotFound => {
                matches!(role, Role::Staff | Role::Admin)
            }
            Self::Health | Self::Users | Self::Letters | Self::Audit => role == Role::Admin,
        }
    }

    /// The page that the beginning of the console is for this role.
    pub fn begun_as(self, role: Role) -> Self {
        match self {
            Self::Start if role == Role::Admin => Self::Health,
            Self::Start => Self::Kitchen,
            other => other,
        }
    }

    /// What the page is called, and its drawing.
    pub fn name(self) -> (Text, &'static str) {
        match self {
            Self::Kitchen => (say::KITCHEN, "kitchen"),
            Self::Stock => (say::STOCK, "stock"),
            Self::Health => (say::HEALTH, "health"),
            Self::Users => (say::USERS, "users"),
            Self::Letters => (say::LETTERS, "letters"),
            Self::Audit => (say::AUDIT, "audit"),
            Self::Start | Self::NotFound => (say::CONSOLE, "dome"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_sees_what_is_its_own() {
        let pages = |role| Route::PAGES.into_iter().filter(|page| page.is_for(role)).count();
        assert_eq!(
            [pages(Role::Admin), pages(Role::Staff), pages(Role::Student), pages(Role::Kiosk)],
            [6, 2, 0, 0]
        );
        for role in [Role::Staff, Role::Admin] {
            assert!(Route::Start.begun_as(role).is_for(role));
        }
    }
}
