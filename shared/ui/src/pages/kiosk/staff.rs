//! Staff's screens: their PIN, the outbox, diagnostics, tests, exit.

use app::kiosk::{Action, KeptOrder, KeptState, Key, PinEntry, Slip, Staff};
use wire::{ErrorCode, OrderId};
use yew::prelude::*;

use super::{
    keyboard::{Keyboard, Keypad},
    sign_in::dots_field,
    use_kiosk,
};
use crate::{
    components::icon::Icon,
    hooks::use_language,
    text::{Language, Text, kiosk as say},
};

/// Reasons to clear an order.
const REASONS: [Text; 3] = [say::REASON_LEFT, say::REASON_COOKED, say::REASON_TEST];
/// Most characters of a reason.
const MAX_REASON: usize = 200;

/// Properties of [`StaffPinScreen`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct StaffPinProps {
    /// State of the entry.
    pub entry: PinEntry,
}

/// Entry of the staff's PIN.
#[component]
pub(super) fn StaffPinScreen(StaffPinProps { entry }: &StaffPinProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let error = match entry.retry_in {
        Some(seconds) => {
            let time = language.countdown(u64::from(seconds));
            Some(language.fill(say::STAFF_PIN_WAIT, &[("time", &time)]))
        }
        None => entry.wrong.then(|| language.say(say::STAFF_PIN_WRONG).to_owned()),
    };
    let on_key = {
        let host = kiosk.host.clone();
        Callback::from(move |key| host.send(Action::Press { key }))
    };
    let is_blocked = entry.retry_in.is_some();
    html! {
        <>
            <div class="show">
                <h1>{ language.say(say::STAFF_PIN_TITLE) }</h1>
                <p class="lead">{ language.say(say::STAFF_PIN_HINT) }</p>
            </div>
            <div class="act">
                <div class="sign-in-fields">
                    <div class="message-place" aria-live="assertive">
                        if let Some(text) = error {
                            <p class="banner bad" data-test="error"><Icon name="alert" /><span>{ text }</span></p>
                        }
                    </div>
                    { dots_field(entry.length, language) }
                </div>
                <Keypad {on_key} disabled={is_blocked} />
                <div class="buttons">
                    <button class="button big" type="button" onclick={kiosk.on(Action::Back)} data-test="back">
                        <Icon name="back" /><span>{ language.say(say::BACK) }</span>
                    </button>
                    <button class="button primary big grow" type="button" onclick={kiosk.on(Action::Confirm)}
                        disabled={is_blocked} data-test="confirm">
                        { language.say(say::UNLOCK) }
                    </button>
                </div>
            </div>
        </>
    }
}

/// Question in front of the staff's screen.
#[derive(Debug, Clone, PartialEq)]
enum Question {
    /// Reason for clearing an order; typed by the keyboard if it is another one.
    Clear { order_id: OrderId, student: String, reason: Option<usize>, typed: String },
    /// Exit of the app.
    Exit,
}

/// Properties of [`StaffScreen`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct StaffProps {
    /// State of the kiosk for staff.
    pub staff: Staff,
}

/// Staff's screen.
#[component]
pub(super) fn StaffScreen(StaffProps { staff }: &StaffProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let question = use_state_eq(|| None::<Question>);
    let ask = {
        let question = question.setter();
        Callback::from(move |asked: Option<Question>| question.set(asked))
    };
    match &*question {
        Some(Question::Exit) => return html! { <ExitQuestion on_change={ask} /> },
        Some(clear @ Question::Clear { .. }) => {
            return html! { <ClearQuestion question={clear.clone()} on_change={ask} /> };
        }
        None => {}
    }
    let rows = staff.outbox.iter().map(|order| row(order, language, &ask));
    let send = if staff.sending { say::SENDING } else { say::SEND_NOW };
    let test = staff.printer_test.map(|slip| match slip {
        Slip::None => ("warn", say::TEST_NO_PRINTER),
        Slip::Printing => ("quiet", say::TEST_PRINTING),
        Slip::Printed => ("good", say::TEST_PRINTED),
        Slip::Failed => ("bad", say::TEST_NOT_PRINTED),
    });
    let diagnostics = staff.diagnostics.iter().map(|(name, value)| {
        html! {
            <div key={name.clone()}><dt>{ name }</dt><dd>{ value }</dd></div>
        }
    });
    let exit = ask.reform(|_: MouseEvent| Some(Question::Exit));
    let column = |text| html! { <th scope="col">{ language.say(text) }</th> };
    html! {
        <>
            <div class="show">
                <h1>{ language.say(say::STAFF) }</h1>
            </div>
            <div class="staff-body">
                <section class="panel" aria-labelledby="outbox">
                    <div class="panel-head">
                        <h2 id="outbox">{ language.say(say::OUTBOX) }</h2>
                        <button class="button" type="button" onclick={kiosk.on(Action::SendOutbox)}
                            disabled={staff.sending || staff.outbox.is_empty()} aria-busy={staff.sending.to_string()}
                            data-test="send-outbox">
                            <Icon name="refresh" /><span>{ language.say(send) }</span>
                        </button>
                    </div>
                    if staff.outbox.is_empty() {
                        <p class="muted">{ language.say(say::OUTBOX_EMPTY) }</p>
                    } else {
                        <table class="outbox" data-test="outbox">
                            <thead>
                                <tr>
                                    { column(say::COLUMN_KEPT) }
                                    { column(say::COLUMN_STUDENT) }
                                    { column(say::COLUMN_ORDER) }
                                    { column(say::COLUMN_SUM) }
                                    { column(say::COLUMN_STATE) }
                                    <th scope="col"><span class="hidden">{ language.say(say::COLUMN_ACTIONS) }</span></th>
                                </tr>
                            </thead>
                            <tbody>{ for rows }</tbody>
                        </table>
                    }
                </section>
                <section class="panel" aria-labelledby="diagnostics">
                    <h2 id="diagnostics">{ language.say(say::DIAGNOSTICS) }</h2>
                    <dl class="diagnostics" lang="en" data-test="diagnostics">{ for diagnostics }</dl>
                </section>
                <section class="panel" aria-labelledby="tests">
                    <h2 id="tests">{ language.say(say::TESTS) }</h2>
                    <div class="buttons">
                        <button class="button" type="button" onclick={kiosk.on(Action::TestPrinter)}
                            disabled={staff.printer_test == Some(Slip::Printing)} data-test="test-printer">
                            <Icon name="printer" /><span>{ language.say(say::TEST_PRINTER) }</span>
                        </button>
                        <button class="button" type="button" onclick={kiosk.on(Action::TestTouch)}
                            data-test="test-touch">
                            <Icon name="hand" /><span>{ language.say(say::TEST_TOUCH) }</span>
                        </button>
                    </div>
                    if let Some((class, text)) = test {
                        <p class={classes!("banner", class)} role="status" data-test="printer-test">
                            <Icon name="printer" /><span>{ language.say(text) }</span>
                        </p>
                    }
                </section>
            </div>
            <div class="act">
                <div class="buttons">
                    <button class="button danger-quiet big" type="button" onclick={exit} data-test="exit">
                        <Icon name="sign-out" /><span>{ language.say(say::EXIT) }</span>
                    </button>
                    <button class="button primary big grow" type="button" onclick={kiosk.on(Action::Back)}
                        data-test="back">
                        <Icon name="back" /><span>{ language.say(say::LEAVE_STAFF) }</span>
                    </button>
                </div>
            </div>
        </>
    }
}

fn row(order: &KeptOrder, language: Language, ask: &Callback<Option<Question>>) -> Html {
    let (class, icon, state) = match &order.state {
        KeptState::Waiting => ("warn", "clock", say::STATE_WAITING),
        KeptState::Expired => ("bad", "close", say::STATE_EXPIRED),
        KeptState::Refused { code } => ("bad", "alert", refused_text(*code)),
    };
    let question = Question::Clear {
        order_id: order.order_id.clone(),
        student: order.student.clone(),
        reason: None,
        typed: String::new(),
    };
    let onclick = ask.reform(move |_: MouseEvent| Some(question.clone()));
    let label = language.fill(say::CLEAR_ORDER_OF, &[("student", &order.student)]);
    html! {
        <tr key={order.order_id.to_string()} data-order={order.order_id.to_string()}>
            <td class="when">{ language.short_clock(order.kept_at) }</td>
            <td>{ &order.student }</td>
            <td>{ &order.summary }</td>
            <td class="amount">{ language.money(order.total_poisha) }</td>
            <td><span class={classes!("state", class)}><Icon name={icon} />{ language.say(state) }</span></td>
            <td>
                <button class="button" type="button" aria-label={label} {onclick} data-test="clear">
                    { language.say(say::CLEAR_ONE) }
                </button>
            </td>
        </tr>
    }
}

/// Returns the state of a refused order.
fn refused_text(code: ErrorCode) -> Text {
    match code {
        ErrorCode::SoldOut | ErrorCode::InsufficientStock => say::STATE_SOLD_OUT,
        ErrorCode::UnknownItem | ErrorCode::UnavailableItem => say::STATE_OFF_MENU,
        _ => say::STATE_REFUSED,
    }
}

#[derive(PartialEq, Properties)]
struct ExitProps {
    on_change: Callback<Option<Question>>,
}

#[component]
fn ExitQuestion(ExitProps { on_change }: &ExitProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    html! {
        <>
            <div class="show centered">
                <h1>{ language.say(say::EXIT_TITLE) }</h1>
                <p class="lead">{ language.say(say::EXIT_HINT) }</p>
            </div>
            <div class="act">
                <div class="buttons">
                    <button class="button big grow" type="button" onclick={on_change.reform(|_: MouseEvent| None)}
                        data-test="cancel">
                        { language.say(say::CANCEL) }
                    </button>
                    <button class="button danger big grow" type="button" onclick={kiosk.on(Action::Exit)}
                        data-test="confirm-exit">
                        { language.say(say::EXIT) }
                    </button>
                </div>
            </div>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct ClearProps {
    question: Question,
    on_change: Callback<Option<Question>>,
}

/// Reason for clearing an order.
#[component]
fn ClearQuestion(ClearProps { question, on_change }: &ClearProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let Question::Clear { order_id, student, reason, typed } = question else { return Html::default() };
    let change = |reason: Option<usize>, typed: String| Question::Clear {
        order_id: order_id.clone(),
        student: student.clone(),
        reason,
        typed,
    };
    let is_other = *reason == Some(REASONS.len());
    let choice = |index: usize, text: Text| {
        let chosen = change(Some(index), typed.clone());
        html! {
            <button class="reason" type="button" aria-pressed={(*reason == Some(index)).to_string()}
                onclick={on_change.reform(move |_: MouseEvent| Some(chosen.clone()))}
                data-test={format!("reason-{index}")}>
                { language.say(text) }
            </button>
        }
    };
    let choices = REASONS.into_iter().enumerate().map(|(index, text)| choice(index, text));
    let on_key = {
        let (on_change, question) = (on_change.clone(), question.clone());
        Callback::from(move |key| on_change.emit(Some(typed_into(question.clone(), key))))
    };
    // The record is read by staff of every language, so that the reason is in English.
    let given = match reason {
        Some(index) if is_other => Some((*index, typed.trim().to_owned())),
        Some(index) => REASONS.get(*index).map(|text| (*index, Language::English.say(*text).to_owned())),
        None => None,
    };
    let given = given.map(|(_, text)| text).filter(|text| !text.is_empty());
    let disabled = given.is_none();
    let confirm = {
        let (host, on_change, order_id) = (kiosk.host.clone(), on_change.clone(), order_id.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(reason) = given.clone() {
                host.send(Action::ClearKept { order_id: order_id.clone(), reason });
                on_change.emit(None);
            }
        })
    };
    html! {
        <>
            <div class="show">
                <h1>{ language.say(say::CLEAR_TITLE) }</h1>
                <p class="lead">{ student }</p>
                <p class="lead">{ language.say(say::CLEAR_HINT) }</p>
            </div>
            <div class="act">
                <div class="reasons" role="group" aria-label={language.say(say::CLEAR_TITLE)}>
                    { for choices }
                    { choice(REASONS.len(), say::REASON_OTHER) }
                </div>
                if is_other {
                    <p class="typed chosen" data-test="reason-typed">
                        <span class="typed-name">{ language.say(say::REASON_OTHER) }</span>
                        <span class="typed-text">{ typed }<span class="caret" aria-hidden="true" /></span>
                    </p>
                    <Keyboard {on_key} />
                }
                <div class="buttons">
                    <button class="button big" type="button" onclick={on_change.reform(|_: MouseEvent| None)}
                        data-test="cancel">
                        { language.say(say::CANCEL) }
                    </button>
                    <button class="button danger big grow" type="button" {disabled} onclick={confirm}
                        data-test="confirm-clear">
                        { language.say(say::CLEAR_CONFIRM) }
                    </button>
                </div>
            </div>
        </>
    }
}

/// Returns the question with a key typed into its reason.
fn typed_into(question: Question, key: Key) -> Question {
    let Question::Clear { order_id, student, reason, mut typed } = question else { return question };
    match key {
        Key::Character { character } if typed.chars().count() < MAX_REASON => typed.push(character),
        Key::Character { .. } => {}
        Key::Backspace => {
            typed.pop();
        }
        Key::Clear => typed.clear(),
    }
    Question::Clear { order_id, student, reason, typed }
}
