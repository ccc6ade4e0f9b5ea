//! The line of a page: the package `socket.io-client`, which does the reconnecting, and what it leaves to its user: to
//! come back after the server has closed the line, or refused it, and to notice that the machine has slept.

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

use super::{LONGEST_REST, LiveEvent, LiveState, RESYNC_SPREAD, Understands, Verdict, judge};
use crate::{
    api::Client,
    chance,
    platform::{self, millis},
    session::{Change, Link},
};

/// A line on which nothing was heard for so long is dead: the hub pings each 25 s.
const SILENCE: Duration = Duration::from_secs(40);

#[wasm_bindgen(module = "socket.io-client")]
extern "C" {
    fn io(origin: &str, options: &Object) -> Socket;

    type Socket;
    #[wasm_bindgen(method)]
    fn connect(this: &Socket);
    #[wasm_bindgen(method)]
    fn disconnect(this: &Socket);
    #[wasm_bindgen(method)]
    fn emit(this: &Socket, name: &str, body: &JsValue);
    #[wasm_bindgen(method)]
    fn on(this: &Socket, name: &str, listener: &Function);
    #[wasm_bindgen(method)]
    fn off(this: &Socket);
    #[wasm_bindgen(method, js_name = onAny)]
    fn on_any(this: &Socket, listener: &Function);
    #[wasm_bindgen(method, js_name = offAny)]
    fn off_any(this: &Socket);
    #[wasm_bindgen(method, getter)]
    fn connected(this: &Socket) -> bool;
    /// Whether it reconnects by itself.
    #[wasm_bindgen(method, getter)]
    fn active(this: &Socket) -> bool;
    #[wasm_bindgen(method, getter, js_name = io)]
    fn manager(this: &Socket) -> Manager;

    type Manager;
    #[wasm_bindgen(method, js_name = on)]
    fn on(this: &Manager, name: &str, listener: &Function);
    #[wasm_bindgen(method, js_name = off)]
    fn off(this: &Manager, name: &str);
}

/// A line that is kept up until it is dropped.
pub(super) struct Line {
    talk: Rc<Talk>,
    _link: Rc<Link>,
    listeners: Vec<Listener>,
    /// What JavaScript calls; it must not outlive them.
    _ears: Vec<Closure<dyn Fn(JsValue, JsValue)>>,
    _auth: Closure<dyn Fn(Function)>,
}

/// What is listened to on the page, and by whom.
type Listener = (EventTarget, &'static str, Closure<dyn Fn()>);

struct Talk {
    client: Client,
    understands: Understands,
    on_event: Box<dyn Fn(LiveEvent)>,
    socket: Socket,
    state: Cell<Option<LiveState>>,
    /// The token of the present connection.
    used: RefCell<Option<String>>,
    failures: Cell<u32>,
    refused: Cell<bool>,
    /// A refusal is being judged, and ends with a connection.
    judging: Cell<bool>,
    heard: Cell<Time>,
    /// When to connect again, where that is left to us.
    again: RefCell<Option<Timeout>>,
    resync: RefCell<Option<Timeout>>,
    closed: Cell<bool>,
}

impl Line {
    pub(super) fn open(client: &Client, understands: Understands, on_event: Box<dyn Fn(LiveEvent)>) -> Self {
        let me: Rc<RefCell<Weak<Talk>>> = Rc::default();
        let auth = {
            let me = Rc::clone(&me);
            Closure::<dyn Fn(Function)>::new(move |answer: Function| {
                if let Some(talk) = me.borrow().upgrade() {
                    platform::spawn(async move { talk.authenticate(&answer).await });
                }
            })
        };
        let socket = io(client.endpoints().socket(), &options(auth.as_ref()));
        let talk = Rc::new(Talk {
            client: client.clone(),
            understands,
            on_event,
            socket,
            state: Cell::new(None),
            used: RefCell::default(),
            failures: Cell::new(0),
            refused: Cell::new(false),
            judging: Cell::new(false),
            heard: Cell::new(platform::now()),
            again: RefCell::default(),
            resync: RefCell::default(),
            closed: Cell::new(false),
        });
        me.replace(Rc::downgrade(&talk));
        let link: Rc<Link> = {
            let talk = Rc::downgrade(&talk);
            Rc::new(move |change| {
                if let Some(talk) = talk.upgrade() {
                    talk.session_changed(change);
                }
            })
        };
        client.session().link(Rc::downgrade(&link));
        let mut line = Self { talk, _link: link, listeners: Vec::new(), _ears: Vec::new(), _auth: auth };
        line.listen();
        line.watch_the_page();
        line.talk.is_now(LiveState::Connecting);
        line.talk.socket.connect();
        line
    }

    /// Hears the socket.
    fn listen(&mut self) {
        let any = self.ear(|talk, name, body| talk.hear(&name, &body));
        let disconnect = self.ear(|talk, reason, _| talk.lost(reason.as_string().as_deref()));
        let error = self.ear(|talk, error, _| talk.failed(&error));
        let ping = self.ear(|talk, _, _| talk.heard.set(platform::now()));
        let socket = &self.talk.socket;
        socket.on_any(any.as_ref().unchecked_ref());
        socket.on("disconnect", disconnect.as_ref().unchecked_ref());
        socket.on("connect_error", error.as_ref().unchecked_ref());
        socket.manager().on("ping", ping.as_ref().unchecked_ref());
        self._ears = vec![any, disconnect, error, ping];
    }

    fn ear(&self, hear: impl Fn(Rc<Talk>, JsValue, JsValue) + 'static) -> Closure<dyn Fn(JsValue, JsValue)> {
        let talk = Rc::downgrade(&self.talk);
        Closure::new(move |one, other| {
            if let Some(talk) = talk.upgrade() {
                hear(talk, one, other);
            }
        })
    }

    /// Notices that the network is back, and that somebody looks at the page again.
    fn watch_the_page(&mut self) {
        let Some(window) = web_sys::window() else { return };
        let document = window.document();
        let here: Vec<(EventTarget, &'static str)> = [(Some(window.into()), "online")]
            .into_iter()
            .chain([(document.map(EventTarget::from), "visibilitychange")])
            .filter_map(|(target, name)| target.map(|target| (target, name)))
            .collect();
        for (target, name) in here {
            let talk = Rc::downgrade(&self.talk);
            let listener = Closure::<dyn Fn()>::new(move || {
                if let Some(talk) = talk.upgrade() {
                    talk.look();
                }
            });
            // A page on which nothing can be listened to goes on without.
            let _ = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            self.listeners.push((target, name, listener));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let talk = &self.talk;
        talk.closed.set(true);
        talk.again.take();
        talk.resync.take();
        for (target, name, listener) in &self.listeners {
            let _ = target.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        talk.socket.off_any();
        talk.socket.off();
        talk.socket.manager().off("ping");
        talk.socket.disconnect();
    }
}

/// What `io` is told.
fn options(auth: &JsValue) -> Object {
    let transports = js_sys::Array::of2(&"websocket".into(), &"polling".into());
    let options = Object::new();
    let wishes: [(&str, JsValue); 8] = [
        ("transports", transports.into()),
        ("auth", auth.clone()),
        ("autoConnect", false.into()),
        // Each line has a connection of its own.
        ("forceNew", true.into()),
        ("reconnectionDelay", 500.into()),
        ("reconnectionDelayMax", 5_000.into()),
        ("randomizationFactor", 0.5.into()),
        ("timeout", 10_000.into()),
    ];
    for (name, value) in wishes {
        set(&options, name, &value);
    }
    options
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &name.into(), value);
}

/// The body of a handshake or a renewal.
fn showing(token: Option<&str>) -> Object {
    let body = Object::new();
    if let Some(token) = token {
        set(&body, "token", &token.into());
    }
    body
}

impl Talk {
    fn is_now(&self, state: LiveState) {
        if self.state.replace(Some(state)) != Some(state) {
            (self.on_event)(LiveEvent::State(state));
        }
    }

    /// Answers the handshake with a token that is good for a while.
    async fn authenticate(&self, answer: &Function) {
        // A token that ends, and no other to be had: the hub judges the one there is.
        let token = self.client.token().await.unwrap_or_else(|_| self.client.session().token());
        let body = showing(token.as_deref());
        self.used.replace(token);
        if !self.closed.get() {
            // The package has nothing to say here.
            let _ = answer.call1(&JsValue::UNDEFINED, &body);
        }
    }

    fn hear(self: &Rc<Self>, name: &JsValue, body: &JsValue) {
        self.heard.set(platform::now());
        let Some(name) = name.as_string() else { return };
        match name.as_str() {
            names::READY => {
                self.failures.set(0);
                self.refused.set(false);
                self.is_now(LiveState::Live);
                (self.on_event)(LiveEvent::Ready);
                if self.client.session().token() != *self.used.borrow() {
                    self.renew();
                }
            }
            names::RESYNC => self.resync_soon(),
            name => {
                let body = JSON::stringify(body).ok().and_then(|text| text.as_string());
                if let Some(event) = (self.understands)(name, body.as_deref().unwrap_or("null")) {
                    (self.on_event)(event);
                }
            }
        }
    }

    fn resync_soon(self: &Rc<Self>) {
        let mut resync = self.resync.borrow_mut();
        if resync.is_none() {
            let talk = Rc::downgrade(self);
            *resync = Some(Timeout::new(millis(RESYNC_SPREAD.mul_f64(chance::dice())), move || {
                if let Some(talk) = talk.upgrade() {
                    talk.resync.take();
                    (talk.on_event)(LiveEvent::Resync);
                }
            }));
        }
    }

    /// The connection is over. What the server has closed is not opened again by the package.
    fn lost(self: &Rc<Self>, reason: Option<&str>) {
        // Our own doing: whoever did it says how the line is.
        if reason == Some("io client disconnect") {
            return;
        }
        self.is_now(LiveState::Reconnecting);
        if reason == Some("io server disconnect") {
            self.connect_later(self.rest());
        }
    }

    /// A connection could not be had: no network, which the package takes care of, or a refusal.
    fn failed(self: &Rc<Self>, error: &JsValue) {
        if self.socket.active() {
            self.is_now(LiveState::Reconnecting);
            return;
        }
        let message = Reflect::get(error, &"message".into()).ok().and_then(|text| text.as_string());
        let talk = Rc::clone(self);
        self.judging.set(true);
        platform::spawn(async move { talk.judge(&message.unwrap_or_default()).await });
    }

    async fn judge(self: Rc<Self>, why: &str) {
        let used = self.used.take();
        let verdict = judge(&self.client, why, used, self.refused.get(), self.failures.get()).await;
        self.judging.set(false);
        if self.closed.get() {
            return;
        }
        match verdict {
            Verdict::AtOnce => {
                self.refused.set(true);
                self.socket.connect();
            }
            Verdict::AsNobody => {
                self.is_now(LiveState::Refused);
                self.start_again();
            }
            Verdict::Later(state, rest) => {
                self.failures.set(self.failures.get().saturating_add(1));
                self.is_now(state);
                self.connect_later(rest);
            }
        }
    }

    fn rest(&self) -> Duration {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        chance::rest(failures, LONGEST_REST, chance::dice())
    }

    fn connect_later(self: &Rc<Self>, rest: Duration) {
        let talk = Rc::downgrade(self);
        let timer = Timeout::new(millis(rest), move || {
            if let Some(talk) = talk.upgrade().filter(|talk| !talk.closed.get()) {
                talk.socket.connect();
            }
        });
        self.again.replace(Some(timer));
    }

    fn session_changed(&self, change: Change) {
        match change {
            Change::Renewed if self.socket.connected() => self.renew(),
            Change::Renewed => {}
            Change::Other if self.judging.get() => {}
            Change::Other => {
                self.refused.set(false);
                self.start_again();
            }
        }
    }

    /// Shows the hub the newest token.
    fn renew(&self) {
        if let Some(token) = self.client.session().token() {
            self.socket.emit(names::RENEW, &showing(Some(&token)));
            self.used.replace(Some(token));
        }
    }

    /// Connects anew, as whoever is signed in now.
    fn start_again(&self) {
        self.again.take();
        self.failures.set(0);
        self.socket.disconnect();
        self.is_now(LiveState::Connecting);
        self.socket.connect();
    }

    /// The network came back, or the page was looked at: no time to wait for a rest to pass, or for a silence to be
    /// noticed.
    fn look(&self) {
        let document: Option<Document> = web_sys::window().and_then(|window| window.document());
        if document.is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
            || self.judging.get()
        {
            return;
        }
        if !self.socket.connected() || platform::now().since(self.heard.get()) > SILENCE {
            self.again.take();
            self.socket.disconnect();
            self.is_now(LiveState::Reconnecting);
            self.heard.set(platform::now());
            self.socket.connect();
        }
    }
}
