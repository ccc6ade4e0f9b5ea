//! The browser as a [`Device`].

use std::fmt;

use app::device::{Device, Sound};
use client::platform::Shared;

use crate::{browser, sound};

/// Device of the page, for components.
#[derive(Clone)]
pub struct DeviceHandle(Shared<dyn Device>);

impl DeviceHandle {
    /// Wraps a device.
    pub fn new(device: impl Device + 'static) -> Self {
        Self(Shared::new(device))
    }

    /// Returns the device for the crate `app`.
    pub fn shared(&self) -> Shared<dyn Device> {
        Shared::clone(&self.0)
    }
}

impl std::ops::Deref for DeviceHandle {
    type Target = dyn Device;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// Two handles are equal if they share one device.
impl PartialEq for DeviceHandle {
    fn eq(&self, other: &Self) -> bool {
        Shared::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for DeviceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceHandle")
    }
}

/// Browser around the page: local storage, its idea of the network, Web Audio.
#[derive(Debug, Clone, Copy)]
pub struct BrowserDevice;

impl Device for BrowserDevice {
    fn load(&self, name: &str) -> Option<String> {
        browser::kept(name)
    }

    fn save(&self, name: &str, value: Option<&str>) {
        browser::keep(name, value);
    }

    fn is_online(&self) -> bool {
        browser::is_online()
    }

    fn is_visible(&self) -> bool {
        !browser::is_hidden()
    }

    fn play(&self, sound: Sound) {
        sound::play(sound);
    }

    fn vibrate(&self) {
        browser::tremble();
    }

    fn print(&self) {
        browser::print();
    }
}
