//! Keyboard and keypad of the kiosk. They press on touch, not on release, so that two thumbs type quickly; keys have no
//! focus, so that no system keyboard appears.

use app::kiosk::Key;
use yew::prelude::*;

use crate::{components::icon::Icon, hooks::use_language, text::kiosk as say};

const ALPHABET: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const SYMBOLS: [&str; 3] = ["!@#$%^&*()", "-_=+[]{}\\|", ";:'\",.<>/?"];
const DIGITS: &str = "1234567890";
/// Characters beside the letters of the last row, which user names are likely to contain.
const USUAL: &str = "._-@";
/// Further symbols, in the last row of the symbols.
const RARE: &str = "`~";

/// Properties of [`Keyboard`] and [`Keypad`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct KeyboardProps {
    /// Called with each key.
    pub on_key: Callback<Key>,
    /// True while no key counts.
    #[prop_or_default]
    pub disabled: bool,
}

#[derive(PartialEq, Properties)]
struct KeyButtonProps {
    #[prop_or_default]
    class: Classes,
    /// Accessible name, if the content is an icon.
    #[prop_or_default]
    label: Option<AttrValue>,
    #[prop_or_default]
    pressed: Option<bool>,
    test: AttrValue,
    disabled: bool,
    on_press: Callback<()>,
    children: Html,
}

/// Key. A pointer presses it when it touches; assistive technology by its click, which has no pointer.
#[component]
fn KeyButton(props: &KeyButtonProps) -> Html {
    let onpointerdown = props.on_press.reform(|_: PointerEvent| ());
    let on_press = props.on_press.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if event.detail() == 0 {
            on_press.emit(());
        }
    });
    let pressed = props.pressed.map(|pressed| pressed.to_string());
    html! {
        <button class={classes!("key", props.class.clone())} type="button" tabindex="-1" disabled={props.disabled}
            aria-label={props.label.clone()} aria-pressed={pressed} data-key={props.test.clone()}
            onpointerdown={(!props.disabled).then_some(onpointerdown)} {onclick}>
            { props.children.clone() }
        </button>
    }
}

/// Layer of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Small,
    /// Capitals for one character.
    Capitals,
    Symbols,
}

/// Keyboard with letters, digits and symbols.
#[component]
pub(super) fn Keyboard(KeyboardProps { on_key, disabled }: &KeyboardProps) -> Html {
    let language = use_language();
    let layer = use_state_eq(|| Layer::Small);
    let character = |character: char| {
        let (on_key, layer) = (on_key.clone(), layer.clone());
        let on_press = Callback::from(move |()| {
            on_key.emit(Key::Character { character });
            if *layer == Layer::Capitals {
                layer.set(Layer::Small);
            }
        });
        html! {
            <KeyButton key={character.to_string()} test={character.to_string()} disabled={*disabled} {on_press}>
                { character }
            </KeyButton>
        }
    };
    let row = |characters: &str| {
        let upper = *layer == Layer::Capitals;
        let characters = characters.chars().map(|c| if upper { c.to_ascii_uppercase() } else { c });
        characters.map(character).collect::<Html>()
    };
    let to_layer = |to: Layer| {
        let layer = layer.clone();
        Callback::from(move |()| layer.set(to))
    };
    let on_backspace = on_key.reform(|()| Key::Backspace);
    let on_space = on_key.reform(|()| Key::Character { character: ' ' });
    let is_symbols = *layer == Layer::Symbols;
    let is_capitals = *layer == Layer::Capitals;
    let [first, second, third] = if is_symbols { SYMBOLS } else { ALPHABET };
    let (shift, symbols) = (
        to_layer(if is_capitals { Layer::Small } else { Layer::Capitals }),
        to_layer(if is_symbols { Layer::Small } else { Layer::Symbols }),
    );
    html! {
        <div class="keyboard" role="group" aria-label={language.say(say::KEYBOARD)} data-test="keyboard">
            <div class="key-row">{ row(DIGITS) }</div>
            <div class="key-row">{ row(first) }</div>
            <div class="key-row">{ row(second) }</div>
            <div class="key-row">
                if !is_symbols {
                    <KeyButton class="control" label={language.say(say::KEY_SHIFT)} pressed={is_capitals} test="shift"
                        disabled={*disabled} on_press={shift}>
                        <Icon name="shift" />
                    </KeyButton>
                }
                { row(third) }
                <KeyButton class="control" label={language.say(say::KEY_BACKSPACE)} test="backspace"
                    disabled={*disabled} on_press={on_backspace}>
                    <Icon name="backspace" />
                </KeyButton>
            </div>
            <div class="key-row">
                <KeyButton class="control wide" test="symbols" disabled={*disabled} on_press={symbols}>
                    { language.say(if is_symbols { say::KEY_ALPHABET } else { say::KEY_SYMBOLS }) }
                </KeyButton>
                <KeyButton class="space" test="space" disabled={*disabled} on_press={on_space}>
                    { language.say(say::KEY_SPACE) }
                </KeyButton>
                { row(if is_symbols { RARE } else { USUAL }) }
            </div>
        </div>
    }
}

/// Keypad with digits alone, for a PIN.
#[component]
pub(super) fn Keypad(KeyboardProps { on_key, disabled }: &KeyboardProps) -> Html {
    let language = use_language();
    let digits = "123456789".chars().map(|digit| {
        let on_press = on_key.reform(move |()| Key::Character { character: digit });
        html! {
            <KeyButton key={digit.to_string()} test={digit.to_string()} disabled={*disabled} {on_press}>
                { digit }
            </KeyButton>
        }
    });
    html! {
        <div class="keypad" role="group" aria-label={language.say(say::KEYBOARD)} data-test="keypad">
            { for digits }
            <KeyButton class="control" test="clear" disabled={*disabled} on_press={on_key.reform(|()| Key::Clear)}>
                { language.say(say::KEY_CLEAR) }
            </KeyButton>
            <KeyButton test="0" disabled={*disabled}
                on_press={on_key.reform(|()| Key::Character { character: '0' })}>
                { "0" }
            </KeyButton>
            <KeyButton class="control" label={language.say(say::KEY_BACKSPACE)} test="backspace"
                disabled={*disabled} on_press={on_key.reform(|()| Key::Backspace)}>
                <Icon name="backspace" />
            </KeyButton>
        </div>
    }
}
