//! Commands of the page, one line each. The build script declares them, `capabilities/main.json` permits them to the one
//! window, and [`app::kiosk::Action::command`] names the one of each action.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]

use std::sync::Arc;

use app::kiosk::{Action, KeyPress, Push};
use kiosk_core::kiosk::Kiosk;
use tauri::{Runtime, State, ipc::Channel, ipc::Invoke};

use crate::watchdog::Watchdog;

/// Longest text of a report, in characters.
const MAX_REPORT: usize = 500;

/// Returns the handler of all commands.
pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![start, heartbeat, report, keys, touch, sign_in, order, finish, staff, leave_app]
}

/// Opens the channel of snapshots and menus.
#[tauri::command]
fn start(kiosk: State<'_, Kiosk>, channel: Channel<Push>) {
    kiosk.watch(Arc::new(move |push| {
        if let Err(error) = channel.send(push.clone()) {
            tracing::warn!(%error, "a snapshot does not reach the page");
        }
    }));
}

/// Says that the page draws.
#[tauri::command]
fn heartbeat(watchdog: State<'_, Watchdog>) {
    watchdog.page_is_alive();
}

/// Logs a fault of the page.
#[tauri::command]
fn report(text: &str) {
    let text: String = text.chars().filter(|character| !character.is_control()).take(MAX_REPORT).collect();
    tracing::error!(page = text, "the page reports a fault");
}

/// Takes keys of a keyboard or card reader.
#[tauri::command]
fn keys(kiosk: State<'_, Kiosk>, presses: Vec<KeyPress>) {
    kiosk.take_keys(presses);
}

/// Passes `action` on if it belongs to `command`.
fn act(kiosk: &Kiosk, command: &str, action: Action) {
    if action.command() == command {
        kiosk.act(action);
    } else {
        tracing::warn!(command, "the page sends an action by the wrong command");
    }
}

/// Takes a touch, and the choices of the top bar.
#[tauri::command]
fn touch(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "touch", action);
}

/// Takes an action of the sign-in.
#[tauri::command]
fn sign_in(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "sign_in", action);
}

/// Takes an action of menu and basket.
#[tauri::command]
fn order(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "order", action);
}

/// Takes an action that ends a visit.
#[tauri::command]
fn finish(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "finish", action);
}

/// Takes an action of the staff.
#[tauri::command]
fn staff(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "staff", action);
}

/// Ends the app, behind the staff's PIN.
#[tauri::command]
fn leave_app(kiosk: State<'_, Kiosk>, action: Action) {
    act(&kiosk, "leave_app", action);
}
