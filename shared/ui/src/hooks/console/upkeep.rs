//! What keeps the console true without anybody's doing.

use client::{LiveEvent, LiveState};
use gloo_timers::callback::Interval;
use wire::{Role, ops::ServiceName};
use yew::{platform::spawn_local, prelude::*};

use super::ConsoleHandle;
use crate::{
    hooks::use_prefs,
    sound::{self, Chime},
    state::{
        beats::{self, Beats},
        console::Act,
        shop::Who,
    },
};

/// How often everything is asked for while the socket is away.
const ASK_EVERY_MS: u32 = 4_000;
/// How often the beats that came in are taken in.
const SECOND_MS: u32 = 1_000;

#[hook]
pub(super) fn use_upkeep(handle: &ConsoleHandle, beats: &UseReducerHandle<Beats>) {
    use_session(handle);
    use_socket(handle);
    use_seconds(handle);
    use_asking(handle, beats);
    use_chime(handle);
}

/// Takes the session up, and hears when it is over.
#[hook]
fn use_session(handle: &ConsoleHandle) {
    let handle = handle.clone();
    use_effect_with((), move |()| {
        sound::resume_on_first_touch();
        listen_to_session(&handle);
        handle.resume();
        let client = handle.client.clone();
        spawn_local(async move { client.keep_fresh().await });
    });
}

#[cfg(target_arch = "wasm32")]
fn listen_to_session(handle: &ConsoleHandle) {
    let dispatcher = handle.console.dispatcher();
    handle.client.on_session(move |person| match person {
        Some(person) => dispatcher.dispatch(Act::Who(Who::Person(person))),
        // By itself, as far as is known; whoever signs out says so afterwards.
        None => dispatcher.dispatch(Act::Who(Who::Nobody { ended: true })),
    });
}

/// Outside of a browser nobody signs in.
#[cfg(not(target_arch = "wasm32"))]
fn listen_to_session(_handle: &ConsoleHandle) {}

/// Opens the socket, and fetches what was missed whenever it is there again.
#[hook]
fn use_socket(handle: &ConsoleHandle) {
    let known = handle.person().filter(|_| handle.is_staff()).map(|person| person.user.user_id);
    let snapshots = handle.clone();
    use_effect_with(known, move |known| {
        snapshots.waiting.0.borrow_mut().clear();
        snapshots.beats.dispatch(beats::Act::Forget);
        if known.is_some() {
            snapshots.clone().fetch();
        }
    });
    let handle = handle.clone();
    use_effect_with(known.is_some(), move |staff| {
        let line = staff.then(|| connect(&handle)).flatten();
        move || drop(line)
    });
}

#[cfg(target_arch = "wasm32")]
fn connect(handle: &ConsoleHandle) -> Option<client::Live> {
    let this = handle.clone();
    Some(handle.client.live_of(client::live::of_all, move |event| take(&this, event)))
}

/// Outside of a browser nothing is heard.
#[cfg(not(target_arch = "wasm32"))]
fn connect(handle: &ConsoleHandle) -> Option<client::Live> {
    let _ = |event| take(handle, event);
    None
}

fn take(handle: &ConsoleHandle, event: LiveEvent) {
    match event {
        LiveEvent::State(state) => handle.act(Act::Live(state)),
        // A clone, since a handle remembers every state that was read through it.
        LiveEvent::Ready | LiveEvent::Resync => handle.clone().fetch(),
        LiveEvent::Menu => handle.fetch_stock(),
        LiveEvent::Stock(level) => handle.act(Act::Level(level)),
        LiveEvent::Ticket(ticket) => handle.act(Act::Ticket(ticket)),
        LiveEvent::Ops(beat) => handle.waiting.0.borrow_mut().push(*beat),
        LiveEvent::Notification(_) | LiveEvent::Board(_) => {}
    }
}

/// Takes in, once a second, the beats that were heard.
#[hook]
fn use_seconds(handle: &ConsoleHandle) {
    let admin = handle.role() == Some(Role::Admin);
    let (beats, waiting) = (handle.beats.clone(), handle.waiting.clone());
    use_effect_with(admin, move |admin| {
        let interval = admin.then(|| {
            Interval::new(SECOND_MS, move || {
                let heard = std::mem::take(&mut *waiting.0.borrow_mut());
                beats.dispatch(beats::Act::Second { beats: heard, now: client::now() });
            })
        });
        move || drop(interval)
    });
}

/// Asks for everything, every few seconds, while nothing is heard.
#[hook]
fn use_asking(handle: &ConsoleHandle, beats: &UseReducerHandle<Beats>) {
    let (staff, admin) = (handle.is_staff(), handle.is_admin());
    let unknown = matches!(handle.who, Who::Unknown(_));
    // While the line is there, only those are asked that are not heard.
    let unheard: Vec<_> = if admin { beats.unheard().collect() } else { Vec::new() };
    // A line through which not one beat comes is none.
    let deaf = handle.live != LiveState::Live || unheard.len() == ServiceName::ALL.len();
    let handle = handle.clone();
    use_effect_with((deaf, staff, unknown, unheard), move |(deaf, staff, unknown, unheard)| {
        let (deaf, staff, unknown, unheard) = (*deaf, *staff, *unknown, unheard.clone());
        let asks = unknown || (staff && (deaf || !unheard.is_empty()));
        let interval = asks.then(|| {
            Interval::new(ASK_EVERY_MS, move || {
                if unknown {
                    handle.resume();
                }
                if deaf && staff {
                    handle.fetch_tickets();
                    handle.fetch_stock();
                }
                if deaf && admin {
                    handle.ask_latency();
                }
                handle.ask_services(unheard.iter().copied());
            })
        });
        move || drop(interval)
    });
}

/// Sounds when a ticket comes in.
#[hook]
fn use_chime(handle: &ConsoleHandle) {
    let (prefs, _) = use_prefs();
    use_effect_with(handle.tickets.arrivals(), move |arrivals| {
        if *arrivals > 0 && prefs.sound {
            sound::play(Chime::Ticket);
        }
    });
}
