//! Pick-up board: ticket numbers readable from ten metres, without personal data.

use std::rc::Rc;

use client::{Client, Endpoints, Keeping, LiveEvent, LiveState};
use gloo_timers::callback::Interval;
use wire::kitchen::Board;
use yew::{platform::spawn_local, prelude::*};

use crate::{
    browser,
    components::{icon::Icon, settings::LanguageSwitch},
    format::ticket,
    hooks::{use_language, use_now, use_prefs},
    sound::{self, Chime},
    state::pickup::Pickup,
    text::{board as say, common},
};

/// Interval between two requests for the board, besides its events, in milliseconds.
const POLL_INTERVAL_MS: u32 = 5_000;
/// Maximum numbers in each column.
const MAX_NUMBERS: usize = 24;

/// State of the board.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    pickup: Pickup,
    live: LiveState,
    /// False after a failed request.
    answered: bool,
    /// Number of chimes so far.
    rings: u32,
}

enum Act {
    Board(Board),
    Live(LiveState),
    Silence,
}

impl Reducible for Seen {
    type Action = Act;

    fn reduce(mut self: Rc<Self>, act: Act) -> Rc<Self> {
        let seen = Rc::make_mut(&mut self);
        match act {
            Act::Board(board) => {
                seen.answered = true;
                seen.rings += u32::from(seen.pickup.take(board, client::now()));
            }
            Act::Live(live) => seen.live = live,
            Act::Silence => seen.answered = false,
        }
        self
    }
}

/// Pick-up board.
#[component]
pub fn BoardPage() -> Html {
    let language = use_language();
    let (prefs, _) = use_prefs();
    let now = use_now(1_000);
    let seen = use_reducer(|| Seen {
        pickup: Pickup::default(),
        live: LiveState::Connecting,
        answered: true,
        rings: 0,
    });
    use_effect_with(language, |language| browser::title(language.say(say::PAGE_TITLE)));
    use_news(&seen);
    use_effect_with(seen.rings, move |rings| {
        if *rings > 0 && prefs.sound {
            sound::play(Chime::Ready);
        }
    });
    let board = seen.pickup.board().cloned().unwrap_or_default();
    let fresh: Vec<u32> = seen.pickup.fresh(now).collect();
    let is_stale = seen.live != LiveState::Live && seen.live != LiveState::Connecting || !seen.answered;
    let numbers = |numbers: Vec<u32>, class: &'static str| {
        let more = numbers.len().saturating_sub(MAX_NUMBERS);
        html! {
            <>
                <ul {class}>
                    { for numbers.into_iter().take(MAX_NUMBERS).map(|number| html! {
                        <li key={number}>{ ticket(number) }</li>
                    }) }
                </ul>
                if more > 0 {
                    <p class="board-more">
                        { language.fill(say::MORE, &[("n", &language.number(u64::try_from(more).unwrap_or_default()))]) }
                    </p>
                }
            </>
        }
    };
    let ready: Vec<_> = board.ready.iter().copied().filter(|number| !fresh.contains(number)).collect();
    html! {
        <div class="board">
            <header class="board-head">
                <span class="brand"><Icon name="dome" />{ language.say(common::CAFETERIA) }</span>
                <span class="board-lost" role="status">
                    if is_stale { <Icon name="offline" />{ language.say(say::RECONNECTING) } }
                </span>
                <LanguageSwitch />
                <time class="board-clock">{ language.short_clock(now) }</time>
            </header>
            <main class="board-columns" id="main">
                <h1 class="hidden">{ language.say(say::PAGE_TITLE) }</h1>
                <section class="board-column preparing" aria-labelledby="preparing">
                    <h2 id="preparing"><Icon name="clock" />{ language.say(say::PREPARING) }</h2>
                    if board.preparing.is_empty() {
                        <p class="board-none">{ language.say(say::NOTHING_PREPARING) }</p>
                    }
                    { numbers(board.preparing.clone(), "numbers") }
                </section>
                <section class="board-column ready" aria-labelledby="ready" aria-live="polite">
                    <h2 id="ready"><Icon name="check" />{ language.say(say::READY) }</h2>
                    <ul class="numbers fresh">
                        { for fresh.iter().map(|number| html! { <li key={*number}>{ ticket(*number) }</li> }) }
                    </ul>
                    if board.ready.is_empty() {
                        <p class="board-none">{ language.say(say::NOTHING_READY) }</p>
                    }
                    { numbers(ready, "numbers") }
                </section>
            </main>
        </div>
    }
}

/// Subscribes to the board's events and also polls, so that a missed event is made up for within seconds.
#[hook]
fn use_news(seen: &UseReducerHandle<Seen>) {
    let seen = seen.dispatcher();
    use_effect_with((), move |()| {
        sound::resume_on_first_touch();
        let client = Client::new(Endpoints::of_origin(&browser::origin()), Keeping::Memory);
        let ask = {
            let (client, seen) = (client.clone(), seen.clone());
            move || {
                let (client, seen) = (client.clone(), seen.clone());
                spawn_local(async move {
                    seen.dispatch(match client.board().await {
                        Ok(board) => Act::Board(board),
                        Err(_) => Act::Silence,
                    });
                });
            }
        };
        ask();
        let subscription = listen(&client, seen, ask.clone());
        let interval = Interval::new(POLL_INTERVAL_MS, ask);
        move || drop((subscription, interval))
    });
}

#[cfg(target_arch = "wasm32")]
fn listen(
    client: &Client,
    seen: UseReducerDispatcher<Seen>,
    ask: impl Fn() + 'static,
) -> Option<client::Live> {
    Some(client.live_of(client::live::of_everybody, move |event| take(&seen, &ask, event)))
}

/// Opens no socket outside a browser.
#[cfg(not(target_arch = "wasm32"))]
fn listen(
    _client: &Client,
    seen: UseReducerDispatcher<Seen>,
    ask: impl Fn() + 'static,
) -> Option<client::Live> {
    let _ = move |event| take(&seen, &ask, event);
    None
}

fn take(seen: &UseReducerDispatcher<Seen>, ask: &impl Fn(), event: LiveEvent) {
    match event {
        LiveEvent::State(live) => seen.dispatch(Act::Live(live)),
        LiveEvent::Board(board) => seen.dispatch(Act::Board(board)),
        LiveEvent::Ready | LiveEvent::Resync => ask(),
        LiveEvent::Notification(_)
        | LiveEvent::Stock(_)
        | LiveEvent::Menu
        | LiveEvent::Ticket(_)
        | LiveEvent::Ops(_) => {}
    }
}
