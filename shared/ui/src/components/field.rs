//! Form fields with label, hint and error message.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Properties of [`TextField`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TextFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// Label.
    pub label: AttrValue,
    /// Current value.
    pub value: AttrValue,
    /// Called with the new value on each input.
    pub on_input: Callback<String>,
    /// Error message.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    /// Hint, shown while there is no error.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// Value of the `type` attribute: `text`, `password`, …
    #[prop_or(AttrValue::Static("text"))]
    pub input_type: AttrValue,
    /// Value of the `inputmode` attribute, which selects the on-screen keyboard.
    #[prop_or_default]
    pub input_mode: Option<AttrValue>,
    /// Value of the `autocomplete` attribute.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Id of the `datalist` with suggestions.
    #[prop_or_default]
    pub list: Option<AttrValue>,
}

/// Text input with label, hint and error message.
#[component]
pub fn TextField(props: &TextFieldProps) -> Html {
    let about = format!("{}-about", props.id);
    let described = (props.error.is_some() || props.hint.is_some()).then(|| about.clone());
    let oninput =
        props.on_input.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    html! {
        <div class="field">
            <label for={props.id.clone()}>{ &props.label }</label>
            <input id={props.id.clone()} type={props.input_type.clone()} value={props.value.clone()} {oninput}
                autocomplete={props.autocomplete.clone()} inputmode={props.input_mode.clone()} list={props.list.clone()}
                spellcheck="false" autocapitalize="none" maxlength="200"
                aria-invalid={props.error.is_some().to_string()} aria-describedby={described} />
            if let Some(error) = &props.error {
                <p class="field-wrong" id={about} role="alert">{ error }</p>
            } else if let Some(hint) = &props.hint {
                <p class="field-hint" id={about}>{ hint }</p>
            }
        </div>
    }
}

/// Properties of [`SelectField`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SelectFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// Label.
    pub label: AttrValue,
    /// Options: value and label.
    pub options: Vec<(AttrValue, AttrValue)>,
    /// Value of the selected option.
    pub value: AttrValue,
    /// Called with the value of the newly selected option.
    pub on_change: Callback<String>,
}

/// Drop-down list with label.
#[component]
pub fn SelectField(props: &SelectFieldProps) -> Html {
    let onchange =
        props.on_change.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <div class="field">
            <label for={props.id.clone()}>{ &props.label }</label>
            <select id={props.id.clone()} {onchange}>
                { for props.options.iter().map(|(value, name)| html! {
                    <option value={value.clone()} selected={*value == props.value}>{ name }</option>
                }) }
            </select>
        </div>
    }
}
