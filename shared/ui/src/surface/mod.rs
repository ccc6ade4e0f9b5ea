//! Surfaces: the pages that are mounted as a whole.

pub mod admin;
pub mod board;
pub mod kiosk;
pub mod student;

use client::{Client, Endpoints, TokenStorage, transport::Transport};
use yew::prelude::*;

use crate::{
    browser,
    device::{BrowserDevice, DeviceHandle},
};

/// Client and device of a surface.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SurfaceProps {
    /// Client.
    pub client: Client,
    /// Device.
    pub device: DeviceHandle,
}

impl SurfaceProps {
    /// Returns a client of the page's origin and the browser as its device.
    pub fn of_browser(storage: TokenStorage) -> Self {
        let endpoints = Endpoints::of_origin(&browser::origin());
        Self {
            client: Client::new(Transport::http(endpoints), storage),
            device: DeviceHandle::new(BrowserDevice),
        }
    }
}
