//! Program of the kiosk's page, inside its app. The only code that knows Tauri's `invoke`.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use app::kiosk::{Action, KeyPress, Push};
use gloo_timers::{callback::Interval, future::TimeoutFuture};
use js_sys::{JSON, Promise, Reflect};
use ui::{
    browser,
    pages::kiosk::{HostHandle, KioskHost},
    state::kiosk::InOrder,
    surface::kiosk::{KioskProps, Surface},
};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use yew::Callback;

/// Milliseconds between two heartbeats.
const HEARTBEAT_MS: u32 = 2_000;
/// Milliseconds after which the next command is sent, even if the core has not answered the one before.
const ANSWER_MS: u32 = 5_000;
/// Most commands that wait for the one before; further ones are dropped.
const MAX_WAITING: usize = 256;
/// Milliseconds in which at most [`MAX_REPORTS`] are sent.
const REPORT_WINDOW_MS: u32 = 60_000;
/// Most reports in a window.
const MAX_REPORTS: u32 = 5;
/// Most characters of a report.
const MAX_REPORT: usize = 500;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["window", "__TAURI_INTERNALS__"])]
    fn invoke(command: &str, arguments: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback)]
    fn transform_callback(callback: &JsValue, once: bool) -> Result<JsValue, JsValue>;
}

thread_local! {
    /// Reports in the present window.
    static REPORTS: Cell<u32> = const { Cell::new(0) };
    /// True after a panic: the program is broken, and the heartbeat stops so that the core restarts the page.
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        PANICKED.set(true);
        report(&panic.to_string());
    }));
    report_errors();
    start_heartbeat();
    let host = HostHandle::new(TauriHost::default());
    yew::Renderer::<Surface>::with_props(KioskProps { host }).render();
}

/// Command with its arguments as JSON.
type Waiting = (&'static str, String);

/// Core on the other side of Tauri's IPC. Commands are sent one after the other, in their order.
#[derive(Default)]
struct TauriHost {
    waiting: Rc<RefCell<VecDeque<Waiting>>>,
    is_sending: Rc<Cell<bool>>,
}

impl TauriHost {
    fn push(&self, command: &'static str, arguments: String) {
        {
            let mut waiting = self.waiting.borrow_mut();
            if waiting.len() >= MAX_WAITING {
                return;
            }
            waiting.push_back((command, arguments));
        }
        if self.is_sending.replace(true) {
            return;
        }
        let (waiting, is_sending) = (Rc::clone(&self.waiting), Rc::clone(&self.is_sending));
        spawn_local(async move {
            loop {
                let next = waiting.borrow_mut().pop_front();
                let Some((command, arguments)) = next else { break };
                if let Err(error) = call(command, &arguments).await {
                    report(&format!("{command}: {}", text_of(&error)));
                }
            }
            is_sending.set(false);
        });
    }
}

impl KioskHost for TauriHost {
    fn subscribe(&self, on_push: Callback<Push>) {
        let messages = RefCell::new(InOrder::<JsValue>::default());
        let receive = Closure::<dyn Fn(JsValue)>::new(move |raw: JsValue| {
            let field = |name: &str| Reflect::get(&raw, &name.into()).unwrap_or_default();
            let (Some(index), message) = (field("index").as_f64(), field("message")) else { return };
            if message.is_undefined() || index < 0.0 {
                // The end of the channel: the app is closing.
                return;
            }
            // An index is a whole number, far below the precision of a float.
            let due = messages.borrow_mut().take(index as u64, message);
            for message in due {
                match parse(&message) {
                    Ok(push) => on_push.emit(push),
                    Err(error) => report(&format!("push: {error}")),
                }
            }
        });
        match transform_callback(receive.as_ref(), false) {
            Ok(id) => {
                let id = id.as_f64().unwrap_or_default();
                self.push("start", format!(r#"{{"channel":"__CHANNEL__:{id}"}}"#));
            }
            Err(error) => report(&format!("channel: {}", text_of(&error))),
        }
        // The channel lasts as long as the page.
        receive.forget();
    }

    fn send(&self, action: Action) {
        match serde_json::to_string(&action) {
            Ok(json) => self.push(action.command(), format!(r#"{{"action":{json}}}"#)),
            Err(error) => report(&error.to_string()),
        }
    }

    fn keys(&self, presses: Vec<KeyPress>) {
        match serde_json::to_string(&presses) {
            Ok(json) => self.push("keys", format!(r#"{{"presses":{json}}}"#)),
            Err(error) => report(&error.to_string()),
        }
    }
}

/// Reads a push. Large ones arrive as text, small ones as objects.
fn parse(message: &JsValue) -> Result<Push, String> {
    let text = match message.as_string() {
        Some(text) => text,
        None => JSON::stringify(message).map_err(|error| text_of(&error))?.into(),
    };
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Invokes a command and waits for its answer, with a timeout.
async fn call(command: &str, arguments: &str) -> Result<(), JsValue> {
    let answer = invoke(command, &JSON::parse(arguments)?)?;
    let timeout = future_to_promise(async {
        TimeoutFuture::new(ANSWER_MS).await;
        Ok(JsValue::UNDEFINED)
    });
    let either = js_sys::Array::of2(&answer, &timeout);
    JsFuture::from(Promise::race(&either)).await.map(|_| ())
}

/// Sends a heartbeat every two seconds, from an animation frame, so that a page that does not draw sends none.
fn start_heartbeat() {
    let is_requested = Rc::new(Cell::new(false));
    let on_frame = {
        let is_requested = Rc::clone(&is_requested);
        Closure::<dyn Fn()>::new(move || {
            is_requested.set(false);
            if !PANICKED.get() {
                spawn_local(async {
                    // A core that does not answer needs no report: it restarts the page.
                    let _ = call("heartbeat", "{}").await;
                });
            }
        })
    };
    let request = move || {
        if is_requested.replace(true) {
            return;
        }
        if let Some(window) = browser::window() {
            let _ = window.request_animation_frame(on_frame.as_ref().unchecked_ref());
        }
    };
    request();
    Interval::new(HEARTBEAT_MS, request).forget();
    Interval::new(REPORT_WINDOW_MS, || REPORTS.set(0)).forget();
}

/// Reports errors that nothing in the page has handled.
fn report_errors() {
    let on_error = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
        let field = |name: &str| Reflect::get(&event, &name.into()).unwrap_or_default();
        let text = field("message").as_string().unwrap_or_else(|| text_of(&field("reason")));
        report(&text);
    });
    if let Some(window) = browser::window() {
        for name in ["error", "unhandledrejection"] {
            let _ = window.add_event_listener_with_callback(name, on_error.as_ref().unchecked_ref());
        }
    }
    on_error.forget();
}

/// Sends a report to the core, for its log.
fn report(text: &str) {
    let sent = REPORTS.get();
    if sent >= MAX_REPORTS {
        return;
    }
    REPORTS.set(sent + 1);
    let text: String = text.chars().take(MAX_REPORT).collect();
    let arguments = js_sys::Object::new();
    let _ = Reflect::set(&arguments, &"text".into(), &text.into());
    // A report of a failed report would never end.
    if let Ok(answer) = invoke("report", &arguments) {
        spawn_local(async move {
            let _ = JsFuture::from(answer).await;
        });
    }
}

/// Returns the text of a thrown value.
fn text_of(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message
        .or_else(|| error.as_string())
        .or_else(|| JSON::stringify(error).ok().map(String::from))
        .unwrap_or_default()
}
