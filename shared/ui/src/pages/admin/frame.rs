//! What stands around each page of the console, and who may come in.

use client::LiveState;
use wire::{Role, Time};
use yew::prelude::*;
use yew_router::prelude::*;

use super::{
    Route, account::Account, audit::AuditPage, health::HealthPage, kitchen::KitchenPage,
    letters::LettersPage, stock::StockPage, users::UsersPage,
};
use crate::{
    browser,
    components::{
        dialog::Dialog,
        icon::Icon,
        line::Line,
        notice::{Empty, Failed},
        picture::Scene,
        settings::LanguageSwitch,
        sign_in::SignIn,
        toast::Toast,
    },
    hooks::{use_beats, use_console, use_language},
    state::{console::Word, shop::Who},
    text::{admin as say, common},
};

/// The console, or the door, or a friendly word to whom it is not for.
#[component]
pub fn Frame() -> Html {
    let console = use_console();
    match &console.who {
        Who::Starting => html! {
            <main class="boot" aria-busy="true" id="main"><div class="boot-head" /><div class="boot-tile" /></main>
        },
        Who::Nobody { ended } => html! { <Door ended={*ended} /> },
        Who::Unknown(failure) => {
            let console = console.clone();
            let again = Callback::from(move |()| console.resume());
            html! { <main class="page" id="main"><Failed failure={failure.clone()} {again} /></main> }
        }
        Who::Person(person) => match person.user.role {
            Role::Staff | Role::Admin => html! { <Inside role={person.user.role} /> },
            Role::Student | Role::Kiosk | Role::Service | Role::Unknown => html! { <Refusal /> },
        },
    }
}

#[derive(PartialEq, Properties)]
struct DoorProps {
    ended: bool,
}

#[component]
fn Door(DoorProps { ended }: &DoorProps) -> Html {
    let (console, language) = (use_console(), use_language());
    use_effect_with(language, |language| browser::title(language.say(say::WELCOME)));
    let client = console.client().clone();
    let done = Callback::from(move |person| console.signed_in(person));
    html! {
        <div class="console-door">
            <header class="door-head">
                <span class="brand"><Icon name="dome" />{ language.say(common::CAFETERIA) }</span>
                <LanguageSwitch />
            </header>
            <main class="console-door-main" id="main">
                <div class="card door-card">
                    <h1>{ language.say(say::WELCOME) }</h1>
                    if *ended {
                        <p class="banner warn" role="status">
                            <Icon name="info" /><span>{ language.say(common::SESSION_ENDED) }</span>
                        </p>
                    } else {
                        <p class="muted">{ language.say(say::WELCOME_HINT) }</p>
                    }
                    <SignIn {client} {done} />
                </div>
            </main>
        </div>
    }
}

/// A student has come here.
#[component]
fn Refusal() -> Html {
    let (console, language) = (use_console(), use_language());
    let sign_out = Callback::from(move |_: MouseEvent| console.sign_out());
    html! {
        <main class="page" id="main" data-test="refusal">
            <h1 class="hidden">{ language.say(say::WELCOME) }</h1>
            <Empty scene={Scene::Closed} title={language.say(say::NOT_STAFF)} hint={language.say(say::NOT_STAFF_HINT)}>
                <div class="dialog-buttons">
                    <a class="button primary" href="/">{ language.say(say::TO_THE_CAFETERIA) }</a>
                    <button class="button" type="button" onclick={sign_out}>
                        <Icon name="sign-out" /><span>{ language.say(common::SIGN_OUT) }</span>
                    </button>
                </div>
            </Empty>
        </main>
    }
}

#[derive(PartialEq, Properties)]
struct InsideProps {
    role: Role,
}

#[component]
fn Inside(InsideProps { role }: &InsideProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let role = *role;
    let here = use_route::<Route>().unwrap_or(Route::Start).begun_as(role);
    use_effect_with((here, language), |(here, language)| {
        browser::to_the_top();
        browser::title(&format!("{} · {}", language.say(here.name().0), language.say(common::CAFETERIA)));
    });
    let page = match here {
        page if !page.is_for(role) => html! {
            <Empty scene={Scene::Closed} title={language.say(say::NOT_YOURS)} hint={language.say(say::NOT_YOURS_HINT)} />
        },
        Route::Start | Route::Kitchen => html! { <KitchenPage /> },
        Route::Stock => html! { <StockPage /> },
        Route::Health => html! { <HealthPage /> },
        Route::Users => html! { <UsersPage /> },
        Route::Letters => html! { <LettersPage /> },
        Route::Audit => html! { <AuditPage /> },
        Route::NotFound => html! {
            <Empty scene={Scene::Closed} title={language.say(common::NOT_FOUND_TITLE)}
                hint={language.say(common::NOT_FOUND_HINT)} />
        },
    };
    let name = here.name().0;
    html! {
        <div class="console">
            <a class="skip" href="#main">{ language.say(common::SKIP_TO_CONTENT) }</a>
            <Navigation {here} {role} />
            <div class="console-body">
                <Head />
                if role == Role::Admin { <SlowBanner /> }
                <main class="console-main" id="main" tabindex="-1">
                    <h1 class={classes!((here == Route::Kitchen).then_some("hidden"))}>{ language.say(name) }</h1>
                    { page }
                </main>
            </div>
            if let Some(word) = &console.word { <Said word={word.clone()} /> }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct NavigationProps {
    here: Route,
    role: Role,
}

#[component]
fn Navigation(NavigationProps { here, role }: &NavigationProps) -> Html {
    let language = use_language();
    let pages = Route::PAGES.into_iter().filter(|page| page.is_for(*role));
    html! {
        <nav class="console-nav" aria-label={language.say(say::NAVIGATION)}>
            <span class="brand"><Icon name="dome" /><span class="nav-word">{ language.say(common::CAFETERIA) }</span></span>
            <ul>
                { for pages.map(|page| {
                    let (name, icon) = page.name();
                    let on = page == *here;
                    html! {
                        <li>
                            <PageLink {page} {on}>
                                <Icon name={icon} /><span class="nav-name">{ language.say(name) }</span>
                            </PageLink>
                        </li>
                    }
                }) }
            </ul>
        </nav>
    }
}

#[derive(PartialEq, Properties)]
struct PageLinkProps {
    page: Route,
    on: bool,
    children: Html,
}

/// A link that says whether it leads to where one is.
#[component]
fn PageLink(PageLinkProps { page, on, children }: &PageLinkProps) -> Html {
    let navigator = use_navigator();
    let page = *page;
    let onclick = Callback::from(move |event: MouseEvent| {
        if event.meta_key() || event.ctrl_key() || event.shift_key() {
            return;
        }
        if let Some(navigator) = &navigator {
            event.prevent_default();
            navigator.push(&page);
        }
    });
    html! {
        <a class="nav-link" href={page.to_path()} {onclick} aria-current={on.then_some("page")}
            data-test={page.to_path().replace("/admin/", "nav-")}>{ children.clone() }</a>
    }
}

#[component]
fn Head() -> Html {
    let (console, beats, language) = (use_console(), use_beats(), use_language());
    let open = use_state(|| false);
    // The socket may be there, and nothing come through it: beats are missed at once.
    let unheard = console.live == LiveState::Live && beats.has_fallen_silent();
    let (live, line) = match console.is_admin() && unheard {
        true => (LiveState::Reconnecting, common::LIVE_PAUSED),
        false => (console.live, console.line_text()),
    };
    let show = |to: bool| {
        let open = open.clone();
        move || open.set(to)
    };
    let (opens, closes) = (show(true), show(false));
    let name = console.person().map(|person| person.user.name.clone()).unwrap_or_default();
    html! {
        <header class="console-head">
            <Line state={live} text={line} />
            <span class="head-space" />
            <LanguageSwitch />
            <button class="button quiet" type="button" onclick={Callback::from(move |_: MouseEvent| opens())}
                data-test="account">
                <Icon name="user" /><span class="head-name">{ name }</span>
                <span class="hidden">{ language.say(common::ACCOUNT) }</span>
            </button>
            if *open {
                <Dialog title={language.say(common::ACCOUNT)} close={Callback::from(move |()| closes())}>
                    <Account />
                </Dialog>
            }
        </header>
    }
}

/// Says that the gateway is slow, or was a moment ago.
#[component]
fn SlowBanner() -> Html {
    let (beats, language) = (use_beats(), use_language());
    let Some(slow) = beats.alert.slow().copied() else { return Html::default() };
    let value = language.decimal(slow.average, 2);
    let clock = |time: Time| language.short_clock(time);
    let (class, icon, text) = match slow.until {
        None => {
            let values = [("value", value.as_str()), ("time", &clock(slow.since))];
            ("banner bad alarm", "alert", language.fill(say::GATEWAY_SLOW, &values))
        }
        Some(until) => {
            let values = [("value", value.as_str()), ("time", &clock(until)), ("since", &clock(slow.since))];
            ("banner good", "check", language.fill(say::GATEWAY_RECOVERED, &values))
        }
    };
    // The role stands on something that stays, so that it is read out when it comes, and not with every new value.
    html! {
        <div class="slow-banner" role={if slow.until.is_none() { "alert" } else { "status" }} aria-atomic="false"
            data-test="latency-alert" data-state={if slow.until.is_none() { "slow" } else { "recovered" }}>
            <p {class}><Icon name={icon} /><span>{ text }</span></p>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct SaidProps {
    word: Word,
}

/// The last short word, with its way back.
#[component]
fn Said(SaidProps { word }: &SaidProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let values: Vec<_> = word.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = language.fill(word.text, &values);
    let gone = {
        let console = console.clone();
        Callback::from(move |number| console.said(number))
    };
    let undo = word.undo.clone().map(|undo| {
        let number = word.number;
        let onclick = Callback::from(move |_: MouseEvent| {
            console.said(number);
            console.undo(undo.clone());
        });
        html! {
            <button class="button" type="button" {onclick} data-test="undo">
                <Icon name="undo" /><span>{ language.say(common::UNDO) }</span>
            </button>
        }
    });
    html! { <Toast number={word.number} {text} {gone}>{ undo }</Toast> }
}
