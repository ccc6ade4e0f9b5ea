//! Layout around each console page, and access by role.

use app::session::Visitor;
use client::ConnectionState;
use wire::{Role, Time};
use yew::prelude::*;
use yew_router::prelude::*;

use super::{
    Route, account::Account, audit::AuditPage, dead_letters::DeadLettersPage, health::HealthPage,
    kiosks::KiosksPage, kitchen::KitchenPage, stock::StockPage, users::UsersPage,
};
use crate::{
    browser,
    components::{
        connection::ConnectionStatus,
        dialog::Dialog,
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
        settings::LanguageSwitch,
        sign_in::SignIn,
        toast::Toast,
    },
    hooks::{self, use_console, use_language, use_stats},
    text::{admin as say, common},
};

/// Console, the sign-in page, or an explanation for users without access.
#[component]
pub fn Frame() -> Html {
    let console = use_console();
    match &console.session.visitor {
        Visitor::Starting => html! {
            <main class="boot" aria-busy="true" id="main"><div class="boot-head" /><div class="boot-tile" /></main>
        },
        Visitor::SignedOut { expired: ended } => html! { <SignInPage ended={*ended} /> },
        Visitor::Unknown(failure) => {
            let console = console.clone();
            let retry = Callback::from(move |()| console.session.resume());
            html! { <main class="page" id="main"><FailureNotice failure={failure.clone()} {retry} /></main> }
        }
        Visitor::SignedIn(person) => match person.user.role {
            Role::Staff | Role::Admin => html! { <ConsoleLayout role={person.user.role} /> },
            Role::Student | Role::Kiosk | Role::KioskStudent | Role::Service | Role::Unknown => {
                html! { <NotStaffPage /> }
            }
        },
    }
}

#[derive(PartialEq, Properties)]
struct SignInPageProps {
    ended: bool,
}

#[component]
fn SignInPage(SignInPageProps { ended }: &SignInPageProps) -> Html {
    let language = use_language();
    use_effect_with(language, |language| browser::title(language.say(say::WELCOME)));
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
                    <SignIn />
                </div>
            </main>
        </div>
    }
}

/// Page for a signed-in user who is not staff.
#[component]
fn NotStaffPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let sign_out = Callback::from(move |_: MouseEvent| console.sign_out());
    html! {
        <main class="page" id="main" data-test="refusal">
            <h1 class="hidden">{ language.say(say::WELCOME) }</h1>
            <EmptyState scene={Scene::Closed} title={language.say(say::NOT_STAFF)} hint={language.say(say::NOT_STAFF_HINT)}>
                <div class="dialog-buttons">
                    <a class="button primary" href="/">{ language.say(say::GO_TO_CAFETERIA) }</a>
                    <button class="button" type="button" onclick={sign_out}>
                        <Icon name="sign-out" /><span>{ language.say(common::SIGN_OUT) }</span>
                    </button>
                </div>
            </EmptyState>
        </main>
    }
}

#[derive(PartialEq, Properties)]
struct ConsoleLayoutProps {
    role: Role,
}

#[component]
fn ConsoleLayout(ConsoleLayoutProps { role }: &ConsoleLayoutProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let role = *role;
    let current = use_route::<Route>().unwrap_or(Route::Start).resolve_start(role);
    use_effect_with((current, language), |(current, language)| {
        browser::to_the_top();
        let (name, _) = current.name_and_icon();
        browser::title(&format!("{} · {}", language.say(name), language.say(common::CAFETERIA)));
    });
    let page = match current {
        page if !page.is_visible_to(role) => html! {
            <EmptyState scene={Scene::Closed} title={language.say(say::ADMINS_ONLY)} hint={language.say(say::ADMINS_ONLY_HINT)} />
        },
        Route::Start | Route::Kitchen => html! { <KitchenPage /> },
        Route::Stock => html! { <StockPage /> },
        Route::Health => html! { <HealthPage /> },
        Route::Kiosks => html! { <KiosksPage /> },
        Route::Users => html! { <UsersPage /> },
        Route::DeadLetters => html! { <DeadLettersPage /> },
        Route::Audit => html! { <AuditPage /> },
        Route::NotFound => html! {
            <EmptyState scene={Scene::Closed} title={language.say(common::NOT_FOUND_TITLE)}
                hint={language.say(common::NOT_FOUND_HINT)} />
        },
    };
    let (name, _) = current.name_and_icon();
    html! {
        <div class="console">
            <a class="skip" href="#main">{ language.say(common::SKIP_TO_CONTENT) }</a>
            <Navigation {current} {role} />
            <div class="console-body">
                <Header />
                if role == Role::Admin { <SlowBanner /> }
                <main class="console-main" id="main" tabindex="-1">
                    <h1 class={classes!((current == Route::Kitchen).then_some("hidden"))}>{ language.say(name) }</h1>
                    { page }
                </main>
            </div>
            if let Some(toast) = console.toast().present() { <CurrentToast toast={toast.clone()} /> }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct NavigationProps {
    current: Route,
    role: Role,
}

#[component]
fn Navigation(NavigationProps { current, role }: &NavigationProps) -> Html {
    let language = use_language();
    let pages = Route::PAGES.into_iter().filter(|page| page.is_visible_to(*role));
    html! {
        <nav class="console-nav" aria-label={language.say(say::NAVIGATION)}>
            <span class="brand"><Icon name="dome" /><span class="nav-word">{ language.say(common::CAFETERIA) }</span></span>
            <ul>
                { for pages.map(|page| {
                    let (name, icon) = page.name_and_icon();
                    let is_current = page == *current;
                    html! {
                        <li>
                            <PageLink {page} {is_current}>
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
    is_current: bool,
    children: Html,
}

/// Navigation link that marks the current page.
#[component]
fn PageLink(PageLinkProps { page, is_current, children }: &PageLinkProps) -> Html {
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
        <a class="nav-link" href={page.to_path()} {onclick} aria-current={is_current.then_some("page")}
            data-test={page.to_path().replace("/admin/", "nav-")}>{ children.clone() }</a>
    }
}

#[component]
fn Header() -> Html {
    let (console, stats, language) = (use_console(), use_stats(), use_language());
    let is_open = use_state(|| false);
    // A socket can be connected and deliver nothing: missing heartbeats show it at once.
    let is_silent = console.session.connection == ConnectionState::Connected && stats.has_fallen_silent();
    let (live, live_text) = match console.session.is_admin() && is_silent {
        true => (ConnectionState::Reconnecting, common::LIVE_PAUSED),
        false => (console.session.connection, console.session.connection_text()),
    };
    let show = |to: bool| {
        let is_open = is_open.clone();
        move || is_open.set(to)
    };
    let (open, close) = (show(true), show(false));
    let name = console.session.signed_in().map(|person| person.user.name.clone()).unwrap_or_default();
    html! {
        <header class="console-head">
            <ConnectionStatus state={live} text={live_text} />
            <span class="head-space" />
            <LanguageSwitch />
            <button class="button quiet" type="button" onclick={Callback::from(move |_: MouseEvent| open())}
                data-test="account">
                <Icon name="user" /><span class="head-name">{ name }</span>
                <span class="hidden">{ language.say(common::ACCOUNT) }</span>
            </button>
            if *is_open {
                <Dialog title={language.say(common::ACCOUNT)} on_close={Callback::from(move |()| close())}>
                    <Account />
                </Dialog>
            }
        </header>
    }
}

/// Banner while the gateway is slow, and for some time after it recovered.
#[component]
fn SlowBanner() -> Html {
    let (stats, language) = (use_stats(), use_language());
    let Some(slow) = stats.latency_alert.slow().copied() else { return Html::default() };
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
    // The role is on an element that stays, so that screen readers announce it once and not with every new value.
    html! {
        <div class="slow-banner" role={if slow.until.is_none() { "alert" } else { "status" }} aria-atomic="false"
            data-test="latency-alert" data-state={if slow.until.is_none() { "slow" } else { "recovered" }}>
            <p {class}><Icon name={icon} /><span>{ text }</span></p>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct CurrentToastProps {
    toast: hooks::Toast,
}

/// Latest toast, with an undo button where the action can be undone.
#[component]
fn CurrentToast(CurrentToastProps { toast }: &CurrentToastProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let values: Vec<_> = toast.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = language.fill(toast.text, &values);
    let on_dismiss = {
        let console = console.clone();
        Callback::from(move |number| console.toast().dismiss(number))
    };
    let undo = toast.action.clone().map(|action| {
        let number = toast.number;
        let onclick = Callback::from(move |_: MouseEvent| {
            console.toast().dismiss(number);
            console.undo(action.clone());
        });
        html! {
            <button class="button" type="button" {onclick} data-test="undo">
                <Icon name="undo" /><span>{ language.say(common::UNDO) }</span>
            </button>
        }
    });
    html! { <Toast number={toast.number} {text} {on_dismiss}>{ undo }</Toast> }
}
