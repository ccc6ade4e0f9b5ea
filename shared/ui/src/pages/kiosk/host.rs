//! The kiosk's core, as the page sees it.

use std::{fmt, ops::Deref, rc::Rc};

use app::kiosk::{Action, KeyPress, Push};
use yew::Callback;

/// Core of the kiosk.
pub trait KioskHost {
    /// Registers the receiver of all pushes. The first snapshot and the menu follow at once.
    fn subscribe(&self, on_push: Callback<Push>);

    /// Sends an action. Actions arrive in the order in which they are sent.
    fn send(&self, action: Action);

    /// Sends key presses of a keyboard or card reader.
    fn keys(&self, presses: Vec<KeyPress>);
}

/// Core, for components.
#[derive(Clone)]
pub struct HostHandle(Rc<dyn KioskHost>);

impl HostHandle {
    /// Wraps a core.
    pub fn new(host: impl KioskHost + 'static) -> Self {
        Self(Rc::new(host))
    }
}

impl Deref for HostHandle {
    type Target = dyn KioskHost;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// Two handles are equal if they share one core.
impl PartialEq for HostHandle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for HostHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostHandle")
    }
}
