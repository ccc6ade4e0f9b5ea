//! Kiosk at the counter. Its native core holds all state; the page draws the last snapshot and menu, and sends an
//! action for every touch.
//!
//! - `host`: the core as the page sees it
//! - `frame`: top bar, notices, countdown, and the screen in between
//! - `guards`: keys, gestures and touches of the whole window
//! - `keyboard`: keyboard and keypad of the kiosk
//! - `attract`, `sign_in`, `menu`, `basket`, `placed`: the student's way
//! - `notice`: screens of one sentence
//! - `staff`, `touch_test`: staff's screens

mod attract;
mod basket;
pub mod frame;
mod guards;
pub mod host;
mod keyboard;
mod menu;
mod notice;
mod placed;
#[cfg(test)]
mod rendered;
mod sign_in;
mod staff;
mod touch_test;

use std::rc::Rc;

use app::{
    kiosk::{self as contract, Action, Snapshot},
    menu::Menu,
};
use yew::prelude::*;

pub use self::{
    frame::Frame,
    host::{HostHandle, KioskHost},
};
use crate::text::Language;

/// Snapshot, menu and core, for every component of the page.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Kiosk {
    /// Core.
    pub host: HostHandle,
    /// Last snapshot.
    pub snapshot: Rc<Snapshot>,
    /// Last menu.
    pub menu: Rc<Menu>,
}

impl Kiosk {
    /// Returns a click handler that sends an action.
    fn on(&self, action: Action) -> Callback<MouseEvent> {
        let host = self.host.clone();
        Callback::from(move |_| host.send(action.clone()))
    }
}

/// Returns what the page draws.
///
/// # Panics
/// The component is not below [`Frame`].
#[hook]
#[expect(clippy::expect_used, reason = "every component of the page is below its frame")]
fn use_kiosk() -> Kiosk {
    use_context::<Kiosk>().expect("a component of the kiosk is below its frame")
}

/// Returns the page's language for the core's.
pub fn language_of(language: contract::Language) -> Language {
    match language {
        contract::Language::English => Language::English,
        contract::Language::Bangla => Language::Bangla,
    }
}
