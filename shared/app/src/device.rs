//! Surroundings of a page or program: stored values, network and visibility, sound, print.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use client::Portable;

/// Sound that a device can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// An own order, or an order on the board, is ready.
    OrderReady,
    /// A ticket arrived in the kitchen.
    NewTicket,
}

/// Surroundings of a page or program.
pub trait Device: Portable {
    /// Returns the value stored under `name`.
    fn load(&self, name: &str) -> Option<String>;

    /// Stores `value` under `name`; `None` removes it. A device without room or permission keeps it until the page is
    /// left.
    fn save(&self, name: &str, value: Option<&str>);

    /// Returns whether the device has a network, as far as it knows.
    fn is_online(&self) -> bool {
        true
    }

    /// Returns whether somebody can see the page.
    fn is_visible(&self) -> bool {
        true
    }

    /// Plays a sound, where the device can.
    fn play(&self, sound: Sound) {
        let _ = sound;
    }

    /// Vibrates, where the device can.
    fn vibrate(&self) {}

    /// Opens the print dialog for the present page, where the device has one.
    fn print(&self) {}
}

/// Device that keeps values in memory: for programs and tests.
#[derive(Debug, Default)]
pub struct MemoryDevice(Mutex<BTreeMap<String, String>>);

impl Device for MemoryDevice {
    fn load(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn save(&self, name: &str, value: Option<&str>) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => values.insert(name.to_owned(), value.to_owned()),
            None => values.remove(name),
        };
    }
}
