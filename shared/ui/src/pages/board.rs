//! Pick-up board: ticket numbers readable from ten metres, without personal data.

use app::{device::Sound, pickup::PickupBoard};
use client::ConnectionState;
use wire::kitchen::Board;
use yew::prelude::*;

use crate::{
    browser,
    components::{icon::Icon, settings::LanguageSwitch},
    format::ticket,
    hooks::{use_language, use_now, use_prefs, use_session, use_store},
    text::{board as say, common},
};

/// Maximum numbers in each column.
const MAX_NUMBERS: usize = 24;

/// Pick-up board.
#[component]
pub fn BoardPage() -> Html {
    let language = use_language();
    let (prefs, _) = use_prefs();
    let now = use_now(1_000);
    let session = use_session();
    let pickup = use_memo(session.client().clone(), |client| PickupBoard::new(client.clone()));
    let state = use_store(pickup.store());
    use_effect_with((*pickup).clone(), |pickup| {
        let running = pickup.run();
        move || drop(running)
    });
    use_effect_with(language, |language| browser::title(language.say(say::PAGE_TITLE)));
    let device = session.device().clone();
    use_effect_with(state.ready_count, move |ready_count| {
        if *ready_count > 0 && prefs.sound {
            device.play(Sound::OrderReady);
        }
    });
    let board = state.board().map(|board| Board::clone(board)).unwrap_or_default();
    let fresh: Vec<u32> = state.fresh(now).collect();
    let is_stale = state.connection != ConnectionState::Connected
        && state.connection != ConnectionState::Connecting
        || !state.is_fetched;
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
