//! Socket of a page: the package `socket.io-client`, which reconnects, and the rest: to come back after the server has
//! closed or refused the connection, and to notice that the device has slept.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

use gloo_timers::callback::Timeout;
use js_sys::{Function, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Document, EventTarget, VisibilityState};
use wire::{Time, event::names};

use super::{ConnectionState, LONGEST_RECONNECT_DELAY, Message, OnMessage, RESYNC_PERIOD, Verdict, judge};
use crate::{
    api::Client,
    platform::{self, millis},
    random,
    session::{Change, SessionListener},
};

/// Time without a packet after which a connection is dead: the hub pings each 25 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(40);

#[wasm_bindgen(module = "socket.io-client")]
extern "C" {
    fn io(origin: &str, options: &Object) -> SocketIo;

    type SocketIo;
    #[wasm_bindgen(method)]
    fn connect(this: &SocketIo);
    #[wasm_bindgen(method)]
    fn disconnect(this: &SocketIo);
    #[wasm_bindgen(method)]
    fn emit(this: &SocketIo, name: &str, body: &JsValue);
    #[wasm_bindgen(method)]
    fn on(this: &SocketIo, name: &str, listener: &Function);
    #[wasm_bindgen(method)]
    fn off(this: &SocketIo);
    #[wasm_bindgen(method, js_name = onAny)]
    fn on_any(this: &SocketIo, listener: &Function);
    #[wasm_bindgen(method, js_name = offAny)]
    fn off_any(this: &SocketIo);
    #[wasm_bindgen(method, getter)]
    fn connected(this: &SocketIo) -> bool;
    /// Returns whether the package reconnects by itself.
    #[wasm_bindgen(method, getter)]
    fn active(this: &SocketIo) -> bool;
    #[wasm_bindgen(method, getter, js_name = io)]
    fn manager(this: &SocketIo) -> Manager;

    type Manager;
    #[wasm_bindgen(method, js_name = on)]
    fn on(this: &Manager, name: &str, listener: &Function);
    #[wasm_bindgen(method, js_name = off)]
    fn off(this: &Manager, name: &str);
}

/// Connection that is kept up until it is dropped.
pub(crate) struct Socket {
    connection: Rc<Connection>,
    _session: SessionListener,
    page_listeners: Vec<PageListener>,
    /// Closures that JavaScript calls; they must outlive its references.
    _callbacks: Vec<Closure<dyn Fn(JsValue, JsValue)>>,
    _auth: Closure<dyn Fn(Function)>,
}

/// Target, name and callback of a listener on the page.
type PageListener = (EventTarget, &'static str, Closure<dyn Fn()>);

struct Connection {
    client: Client,
    on_message: OnMessage,
    socket: SocketIo,
    state: Cell<Option<ConnectionState>>,
    /// Token of the present connection.
    used: RefCell<Option<String>>,
    failures: Cell<u32>,
    refused: Cell<bool>,
    /// True if a refusal is being judged, which ends with a connection.
    judging: Cell<bool>,
    last_packet_at: Cell<Time>,
    /// Timer of the next connection, where the package leaves that to its user.
    reconnect: RefCell<Option<Timeout>>,
    resync: RefCell<Option<Timeout>>,
    closed: Cell<bool>,
}

impl Socket {
    pub(crate) fn open(client: &Client, on_message: OnMessage) -> Self {
        let this: Rc<RefCell<Weak<Connection>>> = Rc::default();
        let auth = {
            let this = Rc::clone(&this);
            Closure::<dyn Fn(Function)>::new(move |respond: Function| {
                if let Some(connection) = this.borrow().upgrade() {
                    platform::spawn(async move { connection.authenticate(&respond).await });
                }
            })
        };
        let socket = io(client.socket_origin(), &options(auth.as_ref()));
        let connection = Rc::new(Connection {
            client: client.clone(),
            on_message,
            socket,
            state: Cell::new(None),
            used: RefCell::default(),
            failures: Cell::new(0),
            refused: Cell::new(false),
            judging: Cell::new(false),
            last_packet_at: Cell::new(platform::now()),
            reconnect: RefCell::default(),
            resync: RefCell::default(),
            closed: Cell::new(false),
        });
        this.replace(Rc::downgrade(&connection));
        let session = {
            let connection = Rc::downgrade(&connection);
            client.session().listen(move |change| {
                if let Some(connection) = connection.upgrade() {
                    connection.session_changed(change);
                }
            })
        };
        let mut socket = Self {
            connection,
            _session: session,
            page_listeners: Vec::new(),
            _callbacks: Vec::new(),
            _auth: auth,
        };
        socket.listen_to_socket();
        socket.listen_to_page();
        socket.connection.report(ConnectionState::Connecting);
        socket.connection.socket.connect();
        socket
    }

    fn listen_to_socket(&mut self) {
        let any = self.callback(|connection, name, body| connection.receive(&name, &body));
        let disconnect =
            self.callback(|connection, reason, _| connection.lost(reason.as_string().as_deref()));
        let error = self.callback(|connection, error, _| connection.failed(&error));
        let ping = self.callback(|connection, _, _| connection.last_packet_at.set(platform::now()));
        let socket = &self.connection.socket;
        socket.on_any(any.as_ref().unchecked_ref());
        socket.on("disconnect", disconnect.as_ref().unchecked_ref());
        socket.on("connect_error", error.as_ref().unchecked_ref());
        socket.manager().on("ping", ping.as_ref().unchecked_ref());
        self._callbacks = vec![any, disconnect, error, ping];
    }

    fn callback(
        &self,
        handle: impl Fn(Rc<Connection>, JsValue, JsValue) + 'static,
    ) -> Closure<dyn Fn(JsValue, JsValue)> {
        let connection = Rc::downgrade(&self.connection);
        Closure::new(move |one, other| {
            if let Some(connection) = connection.upgrade() {
                handle(connection, one, other);
            }
        })
    }

    /// Notices that the network is back, and that the page is visible again.
    fn listen_to_page(&mut self) {
        let Some(window) = web_sys::window() else { return };
        let document = window.document().map(EventTarget::from);
        let targets = [(Some(window.into()), "online"), (document, "visibilitychange")];
        for (target, name) in targets.into_iter().filter_map(|(target, name)| Some((target?, name))) {
            let connection = Rc::downgrade(&self.connection);
            let listener = Closure::<dyn Fn()>::new(move || {
                if let Some(connection) = connection.upgrade() {
                    connection.check();
                }
            });
            // Without the listener the page works as well, with longer delays.
            let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            self.page_listeners.push((target, name, listener));
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let connection = &self.connection;
        connection.closed.set(true);
        connection.reconnect.take();
        connection.resync.take();
        for (target, name, listener) in &self.page_listeners {
            let _ = target.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        connection.socket.off_any();
        connection.socket.off();
        connection.socket.manager().off("ping");
        connection.socket.disconnect();
    }
}

/// Returns the options of `io`.
fn options(auth: &JsValue) -> Object {
    let transports = js_sys::Array::of2(&"websocket".into(), &"polling".into());
    let options = Object::new();
    let values: [(&str, JsValue); 8] = [
        ("transports", transports.into()),
        ("auth", auth.clone()),
        ("autoConnect", false.into()),
        // Each socket has a connection of its own.
        ("forceNew", true.into()),
        ("reconnectionDelay", 500.into()),
        ("reconnectionDelayMax", 5_000.into()),
        ("randomizationFactor", 0.5.into()),
        ("timeout", 10_000.into()),
    ];
    for (name, value) in values {
        set(&options, name, &value);
    }
    options
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &name.into(), value);
}

/// Returns the body of a handshake or a renewal.
fn token_body(token: Option<&str>) -> Object {
    let body = Object::new();
    if let Some(token) = token {
        set(&body, "token", &token.into());
    }
    body
}

impl Connection {
    fn report(&self, state: ConnectionState) {
        if self.state.replace(Some(state)) != Some(state) {
            (self.on_message)(Message::State(state));
        }
    }

    /// Responds to the handshake with a fresh token.
    async fn authenticate(&self, respond: &Function) {
        let token = self.client.socket_token().await;
        let body = token_body(token.as_deref());
        self.used.replace(token);
        if !self.closed.get() {
            // The callback of the package returns nothing.
            let _ = respond.call1(&JsValue::UNDEFINED, &body);
        }
    }

    fn receive(self: &Rc<Self>, name: &JsValue, body: &JsValue) {
        self.last_packet_at.set(platform::now());
        let Some(name) = name.as_string() else { return };
        match name.as_str() {
            names::READY => {
                self.failures.set(0);
                self.refused.set(false);
                self.report(ConnectionState::Connected);
                (self.on_message)(Message::Ready);
                if self.client.session().token() != *self.used.borrow() {
                    self.renew();
                }
            }
            names::RESYNC => self.resync_soon(),
            _ => {
                let body = JSON::stringify(body).ok().and_then(|text| text.as_string());
                let body = body.unwrap_or_else(|| "null".to_owned());
                (self.on_message)(Message::Event { name, body });
            }
        }
    }

    fn resync_soon(self: &Rc<Self>) {
        let mut resync = self.resync.borrow_mut();
        if resync.is_none() {
            let connection = Rc::downgrade(self);
            *resync = Some(Timeout::new(millis(RESYNC_PERIOD.mul_f64(random::unit())), move || {
                if let Some(connection) = connection.upgrade() {
                    connection.resync.take();
                    (connection.on_message)(Message::Resync);
                }
            }));
        }
    }

    /// Handles the end of a connection. The package does not reopen one that the server has closed.
    fn lost(self: &Rc<Self>, reason: Option<&str>) {
        // Whoever disconnects on purpose reports the state.
        if reason == Some("io client disconnect") {
            return;
        }
        self.report(ConnectionState::Reconnecting);
        if reason == Some("io server disconnect") {
            self.connect_later(self.next_delay());
        }
    }

    /// Handles a failed attempt: no network, where the package goes on by itself, or a refusal.
    fn failed(self: &Rc<Self>, error: &JsValue) {
        if self.socket.active() {
            self.report(ConnectionState::Reconnecting);
            return;
        }
        let message = Reflect::get(error, &"message".into()).ok().and_then(|text| text.as_string());
        let connection = Rc::clone(self);
        self.judging.set(true);
        platform::spawn(async move { connection.judge(&message.unwrap_or_default()).await });
    }

    async fn judge(self: Rc<Self>, reason: &str) {
        let used = self.used.take();
        let verdict = judge(&self.client, reason, used, self.refused.get(), self.failures.get()).await;
        self.judging.set(false);
        if self.closed.get() {
            return;
        }
        match verdict {
            Verdict::RetryNow => {
                self.refused.set(true);
                self.socket.connect();
            }
            Verdict::Anonymous => {
                self.report(ConnectionState::Refused);
                self.restart();
            }
            Verdict::RetryLater(state, delay) => {
                self.failures.set(self.failures.get().saturating_add(1));
                self.report(state);
                self.connect_later(delay);
            }
        }
    }

    fn next_delay(&self) -> Duration {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        random::backoff(failures, LONGEST_RECONNECT_DELAY)
    }

    fn connect_later(self: &Rc<Self>, delay: Duration) {
        let connection = Rc::downgrade(self);
        let timer = Timeout::new(millis(delay), move || {
            if let Some(connection) = connection.upgrade().filter(|connection| !connection.closed.get()) {
                connection.socket.connect();
            }
        });
        self.reconnect.replace(Some(timer));
    }

    fn session_changed(&self, change: &Change) {
        if change.is_renewal {
            if self.socket.connected() {
                self.renew();
            }
        } else if !self.judging.get() {
            self.refused.set(false);
            self.restart();
        }
    }

    /// Sends the newest token to the hub.
    fn renew(&self) {
        if let Some(token) = self.client.session().token() {
            self.socket.emit(names::RENEW, &token_body(Some(&token)));
            self.used.replace(Some(token));
        }
    }

    /// Connects anew as the present user.
    fn restart(&self) {
        self.reconnect.take();
        self.failures.set(0);
        self.socket.disconnect();
        self.report(ConnectionState::Connecting);
        self.socket.connect();
    }

    /// Reconnects at once if the connection is down or idle for too long: the network is back, or the page is visible
    /// again, so no delay and no timeout has to pass first.
    fn check(&self) {
        let document: Option<Document> = web_sys::window().and_then(|window| window.document());
        if document.is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
            || self.judging.get()
        {
            return;
        }
        if !self.socket.connected() || platform::now().since(self.last_packet_at.get()) > IDLE_TIMEOUT {
            self.reconnect.take();
            self.socket.disconnect();
            self.report(ConnectionState::Reconnecting);
            self.last_packet_at.set(platform::now());
            self.socket.connect();
        }
    }
}
