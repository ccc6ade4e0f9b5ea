//! Fields of forms, each with its label and with what is wrong in it.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// A field to type in.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TextFieldProps {
    /// Its id on the page.
    pub id: AttrValue,
    /// What it is called.
    pub label: AttrValue,
    /// What is in it.
    pub value: AttrValue,
    /// Something else is.
    pub typed: Callback<String>,
    /// What is wrong in it.
    #[prop_or_default]
    pub wrong: Option<AttrValue>,
    /// What should be known of it.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// `text`, `password`, and the like.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// What a touch keyboard should offer.
    #[prop_or_default]
    pub mode: Option<AttrValue>,
    /// What the browser may fill in.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Names that it offers: the id of a list.
    #[prop_or_default]
    pub list: Option<AttrValue>,
}

/// A field to type in.
#[component]
pub fn TextField(props: &TextFieldProps) -> Html {
    let about = format!("{}-about", props.id);
    let described = (props.wrong.is_some() || props.hint.is_some()).then(|| about.clone());
    let oninput =
        props.typed.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    html! {
        <div class="field">
            <label for={props.id.clone()}>{ &props.label }</label>
            <input id={props.id.clone()} type={props.kind.clone()} value={props.value.clone()} {oninput}
                autocomplete={props.autocomplete.clone()} inputmode={props.mode.clone()} list={props.list.clone()}
                spellcheck="false" autocapitalize="none" maxlength="200"
                aria-invalid={props.wrong.is_some().to_string()} aria-describedby={described} />
            if let Some(wrong) = &props.wrong {
                <p class="field-wrong" id={about} role="alert">{ wrong }</p>
            } else if let Some(hint) = &props.hint {
                <p class="field-hint" id={about}>{ hint }</p>
            }
        </div>
    }
}

/// A choice from a list.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SelectFieldProps {
    /// Its id on the page.
    pub id: AttrValue,
    /// What it is called.
    pub label: AttrValue,
    /// What there is: value and name.
    pub options: Vec<(AttrValue, AttrValue)>,
    /// The value that is chosen.
    pub value: AttrValue,
    /// Another one is.
    pub chosen: Callback<String>,
}

/// A choice from a list.
#[component]
pub fn SelectField(props: &SelectFieldProps) -> Html {
    let onchange =
        props.chosen.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
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
