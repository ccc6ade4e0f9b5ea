//! Frame of the kiosk: top bar, notices, the screen in between, and the countdown in front of all of it.

use app::kiosk::{Action, Screen, TextSize, Theme};
use gloo_timers::callback::Timeout;
use wire::kiosk::PrinterState;
use yew::prelude::*;

use super::{
    Kiosk,
    attract::Attract,
    basket::BasketScreen,
    guards::use_guards,
    language_of,
    menu::MenuScreen,
    notice,
    placed::PlacedScreen,
    sign_in::SignInScreen,
    staff::{StaffPinScreen, StaffScreen},
    touch_test::TouchTest,
    use_kiosk,
};
use crate::{
    browser,
    components::icon::Icon,
    hooks::{LanguageProvider, use_language},
    state::prefs,
    text::{Language, common, kiosk as say},
};

/// Milliseconds for which staff hold the logo to open the entry of their PIN.
const HOLD_MS: u32 = 3_000;

/// Page for one snapshot.
#[component]
pub fn Frame(kiosk: &Kiosk) -> Html {
    let snapshot = kiosk.snapshot.clone();
    let language = language_of(snapshot.language);
    use_guards(kiosk.host.clone(), snapshot.countdown.is_some());
    use_effect_with((language, snapshot.theme, snapshot.text_size), |(language, theme, text_size)| {
        let theme = match theme {
            Theme::Light => prefs::Theme::Light,
            Theme::Dark => prefs::Theme::Dark,
        };
        browser::dress(language.tag(), theme);
        browser::title(language.say(say::PAGE_TITLE));
        let text_size = match text_size {
            TextSize::Normal => "normal",
            TextSize::Large => "large",
        };
        browser::set_root_attribute("data-text", text_size);
    });
    let name = screen_name(&snapshot.screen);
    // A screen starts at its top, and a change inside of it keeps its place.
    html! {
        <LanguageProvider {language}>
            <ContextProvider<Kiosk> context={kiosk.clone()}>
                <div class={classes!("kiosk", snapshot.low_reach.then_some("low"))} data-test="kiosk"
                    data-screen={name} data-reach={if snapshot.low_reach { "low" } else { "full" }}>
                    <TopBar />
                    <main class={classes!("screen", name)} key={name} id="main">
                        { screen(&snapshot.screen) }
                    </main>
                    if let Some(seconds) = snapshot.countdown {
                        <Countdown {seconds} />
                    }
                </div>
            </ContextProvider<Kiosk>>
        </LanguageProvider>
    }
}

/// Returns the name of a screen, as in `data-screen`.
pub fn screen_name(screen: &Screen) -> &'static str {
    match screen {
        Screen::Starting => "starting",
        Screen::OutOfOrder { .. } => "out-of-order",
        Screen::Closed => "closed",
        Screen::Attract => "attract",
        Screen::SignIn(_) => "sign-in",
        Screen::NotKnownOffline => "not-known-offline",
        Screen::Menu => "menu",
        Screen::Basket => "basket",
        Screen::Placing => "placing",
        Screen::Placed(_) => "placed",
        Screen::Thanks => "thanks",
        Screen::StaffPin(_) => "staff-pin",
        Screen::Staff(_) => "staff",
        Screen::TouchTest => "touch-test",
    }
}

fn screen(screen: &Screen) -> Html {
    match screen {
        Screen::Starting => html! { <notice::Starting /> },
        Screen::OutOfOrder { trouble } => html! { <notice::OutOfOrder trouble={trouble.clone()} /> },
        Screen::Closed => html! { <notice::Closed /> },
        Screen::Attract => html! { <Attract /> },
        Screen::SignIn(sign_in) => html! { <SignInScreen sign_in={sign_in.clone()} /> },
        Screen::NotKnownOffline => html! { <notice::NotKnownOffline /> },
        Screen::Menu => html! { <MenuScreen /> },
        Screen::Basket => html! { <BasketScreen /> },
        Screen::Placing => html! { <notice::Placing /> },
        Screen::Placed(placed) => html! { <PlacedScreen placed={placed.clone()} /> },
        Screen::Thanks => html! { <notice::Thanks /> },
        Screen::StaffPin(entry) => html! { <StaffPinScreen entry={entry.clone()} /> },
        Screen::Staff(staff) => html! { <StaffScreen staff={staff.clone()} /> },
        Screen::TouchTest => html! { <TouchTest /> },
    }
}

/// Returns whether a screen is a student's, with language, text size and reach to choose.
fn is_for_students(screen: &Screen) -> bool {
    match screen {
        Screen::Attract
        | Screen::SignIn(_)
        | Screen::NotKnownOffline
        | Screen::Menu
        | Screen::Basket
        | Screen::Placing
        | Screen::Placed(_)
        | Screen::Thanks
        | Screen::Closed => true,
        Screen::Starting
        | Screen::OutOfOrder { .. }
        | Screen::StaffPin(_)
        | Screen::Staff(_)
        | Screen::TouchTest => false,
    }
}

/// Logo, choices of the student, sign-out and notices.
#[component]
fn TopBar() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let snapshot = &kiosk.snapshot;
    if snapshot.screen == Screen::TouchTest {
        return Html::default();
    }
    let is_for_students = is_for_students(&snapshot.screen);
    let signs_out = matches!(snapshot.screen, Screen::Menu | Screen::Basket);
    html! {
        <header class="top">
            <div class="top-row">
                <Logo />
                if is_for_students {
                    <div class="top-tools">
                        <LanguagePair />
                        <TextSizeButton />
                        <ReachButton />
                    </div>
                }
                if signs_out {
                    <button class="button tool leave" type="button" onclick={kiosk.on(Action::Leave)}
                        data-test="leave">
                        <Icon name="sign-out" /><span>{ language.say(say::SIGN_OUT) }</span>
                    </button>
                }
            </div>
            <Notices />
        </header>
    }
}

/// Logo and name of the kiosk. Held for three seconds, it opens the entry of the staff's PIN.
#[component]
fn Logo() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let hold = use_mut_ref(|| None::<Timeout>);
    let press = {
        let (hold, host) = (hold.clone(), kiosk.host.clone());
        Callback::from(move |_: PointerEvent| {
            let host = host.clone();
            *hold.borrow_mut() = Some(Timeout::new(HOLD_MS, move || host.send(Action::OpenStaff)));
        })
    };
    let release = Callback::from(move |_: PointerEvent| {
        hold.borrow_mut().take();
    });
    html! {
        <div class="brand" data-test="logo" onpointerdown={press} onpointerup={release.clone()}
            onpointercancel={release.clone()} onpointerleave={release}>
            <Icon name="dome" />
            <span class="brand-text">
                <span>{ language.say(common::CAFETERIA) }</span>
                <span class="brand-kiosk">{ &kiosk.snapshot.kiosk }</span>
            </span>
        </div>
    }
}

/// Both languages, each by its own name.
#[component]
pub(super) fn LanguagePair() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let buttons = Language::ALL.into_iter().map(|known| {
        let action = Action::ChooseLanguage { language: known.into() };
        html! {
            <button class="choice" type="button" lang={known.tag()} aria-pressed={(known == language).to_string()}
                onclick={kiosk.on(action)} data-test={format!("language-{}", known.tag())}>
                { known.own_name() }
            </button>
        }
    });
    html! { <div class="pair" role="group" aria-label={language.say(say::LANGUAGE)}>{ for buttons }</div> }
}

#[component]
fn TextSizeButton() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let (text_size, label) = match kiosk.snapshot.text_size {
        TextSize::Normal => (TextSize::Large, say::LARGER_TEXT),
        TextSize::Large => (TextSize::Normal, say::NORMAL_TEXT),
    };
    html! {
        <button class="button tool" type="button" onclick={kiosk.on(Action::ChooseTextSize { text_size })}
            data-test="text-size">
            <Icon name="text-size" /><span>{ language.say(label) }</span>
        </button>
    }
}

#[component]
fn ReachButton() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let low = !kiosk.snapshot.low_reach;
    let (icon, label) = if low { ("lower", say::LOWER_CONTROLS) } else { ("raise", say::HIGHER_CONTROLS) };
    html! {
        <button class="button tool" type="button" onclick={kiosk.on(Action::ChooseReach { low })} data-test="reach">
            <Icon name={icon} /><span>{ language.say(label) }</span>
        </button>
    }
}

/// Everything that a student has to know before ordering.
#[component]
fn Notices() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let snapshot = &kiosk.snapshot;
    let is_ordering = match snapshot.screen {
        Screen::Attract | Screen::SignIn(_) | Screen::Menu | Screen::Basket => true,
        Screen::Starting
        | Screen::OutOfOrder { .. }
        | Screen::Closed
        | Screen::NotKnownOffline
        | Screen::Placing
        | Screen::Placed(_)
        | Screen::Thanks
        | Screen::StaffPin(_)
        | Screen::Staff(_)
        | Screen::TouchTest => false,
    };
    if !is_ordering {
        return Html::default();
    }
    let message = snapshot.message.as_ref().map(|message| match language {
        Language::English => message.en.clone(),
        Language::Bangla => message.bn.clone(),
    });
    let as_of = snapshot
        .menu_as_of
        .map(|time| language.fill(say::MENU_AS_OF, &[("time", &language.short_clock(time))]));
    let has_no_slips = match snapshot.printer {
        PrinterState::PaperOut | PrinterState::CoverOpen | PrinterState::Offline => true,
        PrinterState::None | PrinterState::Ready | PrinterState::PaperLow | PrinterState::Unknown => false,
    };
    let notice = |class: &'static str, icon: &'static str, text: String| {
        html! { <p class={classes!("banner", class)} role="status"><Icon name={icon} /><span>{ text }</span></p> }
    };
    html! {
        <div class="notices" data-test="notices">
            if let Some(text) = message.filter(|text| !text.is_empty()) { { notice("info", "info", text) } }
            if !snapshot.online {
                { notice("warn", "offline", format!("{} {}", language.say(say::OFFLINE), as_of.unwrap_or_default())) }
            } else if let Some(as_of) = as_of {
                { notice("warn", "clock", as_of) }
            }
            if has_no_slips && snapshot.signed_in {
                { notice("quiet", "printer", language.say(say::NO_SLIPS).to_owned()) }
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct CountdownProps {
    seconds: u32,
}

/// Countdown in front of the screen. The guards report the touch that cancels it.
#[component]
fn Countdown(CountdownProps { seconds }: &CountdownProps) -> Html {
    let language = use_language();
    let number = language.number(u64::from(*seconds));
    html! {
        <div class="countdown" role="alertdialog" aria-modal="true" aria-labelledby="countdown-title"
            data-test="countdown">
            <div class="countdown-card">
                <p class="countdown-number" aria-hidden="true">{ &number }</p>
                <h2 id="countdown-title">{ language.say(say::STILL_THERE) }</h2>
                <p>{ language.fill(say::CLEARED_IN, &[("n", &number)]) }</p>
                <p class="countdown-hint">{ language.say(say::TOUCH_TO_STAY) }</p>
            </div>
        </div>
    }
}
