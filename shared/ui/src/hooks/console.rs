//! The console: what staff and admins see, and everything that they can do.
//!
//! The provider keeps it true: it takes the session up, opens the socket, fetches what was missed, and asks every few
//! seconds while nothing is heard. Beats come every second and are a context of their own, so that only the pages that
//! show them are drawn as often.

mod kitchen;
mod services;
mod stock;
mod upkeep;

pub use stock::Changed;

use std::{cell::RefCell, rc::Rc};

use client::{Client, Endpoints, Failure, Keeping, LiveState};
use wire::{identity::ChangePassword, ops::Beat};
use yew::{platform::spawn_local, prelude::*};

use super::prefs::Around;
use crate::{
    browser,
    pages::failure,
    state::{
        beats::Beats,
        console::{Act, Console, Undo},
        shop::Who,
    },
    text::{Text, common},
};

/// The console, for components. Dereferences to what it knows.
#[derive(Clone, PartialEq)]
pub struct ConsoleHandle {
    console: UseReducerHandle<Console>,
    beats: UseReducerDispatcher<Beats>,
    client: Client,
    waiting: Waiting,
}

/// Beats that were heard in this second.
#[derive(Clone, Default)]
struct Waiting(Rc<RefCell<Vec<Beat>>>);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for ConsoleHandle {
    type Target = Console;

    fn deref(&self) -> &Console {
        &self.console
    }
}

/// The console of the page.
///
/// # Panics
/// Outside of a [`ConsoleProvider`].
#[hook]
pub fn use_console() -> ConsoleHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<ConsoleHandle>().expect("pages of staff stand in a ConsoleProvider")
}

/// How the services are.
///
/// # Panics
/// Outside of a [`ConsoleProvider`].
#[hook]
pub fn use_beats() -> UseReducerHandle<Beats> {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<UseReducerHandle<Beats>>().expect("pages of admins stand in a ConsoleProvider")
}

/// Keeps the console, for everybody below.
#[component]
pub fn ConsoleProvider(Around { children }: &Around) -> Html {
    let client = use_memo((), |()| Client::new(Endpoints::of_origin(&browser::origin()), Keeping::Cookie));
    let console = use_reducer(Console::default);
    let beats = use_reducer(Beats::default);
    let waiting = use_memo((), |()| Waiting::default());
    let handle = ConsoleHandle {
        console,
        beats: beats.dispatcher(),
        client: (*client).clone(),
        waiting: (*waiting).clone(),
    };
    upkeep::use_upkeep(&handle, &beats);
    html! {
        <ContextProvider<ConsoleHandle> context={handle}>
            <ContextProvider<UseReducerHandle<Beats>> context={beats}>
                { children.clone() }
            </ContextProvider<UseReducerHandle<Beats>>>
        </ContextProvider<ConsoleHandle>>
    }
}

impl ConsoleHandle {
    fn act(&self, act: Act) {
        self.console.dispatch(act);
    }

    /// The client, for what only one page asks.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Says something short.
    pub fn say(&self, text: Text) {
        self.act(Act::Say(text, Vec::new(), None));
    }

    /// Says something short, with values, and perhaps how to take it back.
    pub fn say_with(&self, text: Text, values: Vec<(&'static str, String)>, undo: Option<Undo>) {
        self.act(Act::Say(text, values, undo));
    }

    /// Says what went wrong.
    pub fn say_failure(&self, failure: &Failure) {
        self.say(failure::message_of(failure));
    }

    /// What was said was read.
    pub fn said(&self, number: u32) {
        self.act(Act::Said(number));
    }

    /// Takes back what was done last.
    pub fn undo(&self, undo: Undo) {
        match undo {
            Undo::Ticket { id, status } => self.move_back(id, status),
            Undo::Shown { item, available } => self.show_item(&item, available, false),
        }
    }

    /// Asks again for what could not be had.
    pub fn fetch(&self) {
        if self.is_staff() {
            self.fetch_tickets();
            self.fetch_stock();
        }
    }

    /// Asks who is there, at the start and when it could not be found out.
    pub fn resume(&self) {
        let this = self.clone();
        spawn_local(async move {
            let who = match this.client.resume().await {
                Ok(Some(person)) => Who::Person(person),
                Ok(None) => Who::Nobody { ended: false },
                Err(failure) => Who::Unknown(Rc::new(failure)),
            };
            this.act(Act::Who(who));
        });
    }

    /// Somebody signed in.
    pub fn signed_in(&self, person: client::SignedIn) {
        self.act(Act::Who(Who::Person(person)));
    }

    /// Signs out.
    pub fn sign_out(&self) {
        let this = self.clone();
        spawn_local(async move {
            match this.client.sign_out().await {
                Ok(()) => this.act(Act::Who(Who::Nobody { ended: false })),
                Err(failure) => this.say_failure(&failure),
            }
        });
    }

    /// Changes one's own password; calls back with how that went.
    pub fn change_password(&self, change: ChangePassword, then: Callback<Result<(), Failure>>) {
        let this = self.clone();
        spawn_local(async move { then.emit(this.client.change_password(&change).await) });
    }

    /// What the state of the line is called.
    pub fn line_text(&self) -> Text {
        match self.live {
            LiveState::Live => common::LIVE,
            LiveState::Connecting => common::CONNECTING,
            LiveState::Reconnecting | LiveState::Refused if !browser::is_online() => common::OFFLINE,
            LiveState::Reconnecting => common::RECONNECTING,
            LiveState::Refused => common::LIVE_PAUSED,
        }
    }
}
