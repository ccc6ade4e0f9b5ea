//! User interface of the platform: the student's pages, the console of staff and admins, and the pick-up board.
//!
//! Code map of the crate:
//! - [`text`]: all texts in English and Bangla; [`format`](mod@format): numbers, money and times
//! - [`state`]: state of the pages as pure values, tested natively
//! - [`hooks`]: hooks that keep the state current: session, socket, timers, stored preferences
//! - [`components`]: building blocks that pages share
//! - [`pages`]: one file for each page
//! - [`surface`]: root component of each surface; each is a program of its own in `src/bin/`
//! - [`browser`], [`sound`]: browser APIs
//!
//! `web/` holds styles, pictures, fonts and the HTML pages that load the programs.

pub mod browser;
pub mod components;
pub mod device;
pub mod format;
pub mod hooks;
pub mod pages;
pub mod sound;
pub mod state;
pub mod surface;
pub mod text;

#[cfg(test)]
mod rendered;
