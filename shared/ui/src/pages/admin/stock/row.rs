//! Dish in the stock table, edited in place. Events change the stock level of the row but never the edited fields.

use app::console::ItemOutcome;
use client::Failure;
use wire::stock::{Category, ItemChange, StockItem};
use yew::prelude::*;

use crate::{
    browser,
    components::{
        field::{SelectField, TextField},
        icon::Icon,
        notice::FailureBanner,
        picture::DishPicture,
    },
    hooks::{console::use_console, use_language},
    pages::student::menu::category_text,
    state::stock_table::{Draft, Field},
    text::{Language, Text, admin as say, common, dishes},
};

/// Properties of [`DishRow`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DishRowProps {
    /// Dish.
    pub item: StockItem,
    /// Called to open the dialog for restock and waste.
    pub on_adjust: Callback<()>,
}

/// Row of a dish.
#[component]
pub fn DishRow(DishRowProps { item, on_adjust }: &DishRowProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let draft = use_state_eq(|| None::<Draft>);
    let name = dishes::name_of(language, item);
    let edit_button_id = format!("edit-{}", item.id);
    let start_editing = {
        let (draft, item) = (draft.clone(), item.clone());
        Callback::from(move |_: MouseEvent| draft.set(Some(Draft::of(&item))))
    };
    let stop_editing = {
        let (draft, edit_button_id) = (draft.clone(), edit_button_id.clone());
        Callback::from(move |()| {
            draft.set(None);
            browser::focus(&edit_button_id);
        })
    };
    let toggle = {
        let (id, available) = (item.id.clone(), item.available);
        Callback::from(move |_: MouseEvent| console.set_available(&id, !available, true))
    };
    let label = |text| language.fill(text, &[("dish", &name)]);
    let (state, icon, state_text) = match item.available {
        true => ("state good", "eye", say::SHOWN),
        false => ("state", "eye-off", say::HIDDEN),
    };
    let low_class = match item.quantity {
        0 => Some("none"),
        1..=10 => Some("few"),
        _ => None,
    };
    html! {
        <>
            <tr class={classes!((!item.available).then_some("off"))} data-dish={item.id.to_string()}>
                <th scope="row">
                    <span class="dish-cell"><DishPicture name={item.picture.clone()} /><span>{ &name }</span></span>
                </th>
                <td>{ language.say(category_text(item.category)) }</td>
                <td class="number">{ language.money(item.price_poisha.into()) }</td>
                <td class={classes!("number", "left", low_class)} data-test="left">
                    <strong>{ language.number(item.quantity.into()) }</strong>
                </td>
                <td><span class={state}><Icon name={icon} />{ language.say(state_text) }</span></td>
                <td>
                    <div class="row-actions">
                        <button class="button" type="button" onclick={on_adjust.reform(|_: MouseEvent| ())}
                            aria-label={label(say::ADJUST_DISH)} data-test="adjust">
                            <Icon name="plus" /><span>{ language.say(say::ADJUST) }</span>
                        </button>
                        <button class="button quiet round" type="button" onclick={start_editing} id={edit_button_id}
                            aria-label={label(say::EDIT_DISH)} aria-expanded={draft.is_some().to_string()} data-test="edit">
                            <Icon name="edit" />
                        </button>
                        <button class="button quiet round" type="button" onclick={toggle} data-test="toggle"
                            aria-label={label(if item.available { say::HIDE_DISH } else { say::SHOW_DISH })}>
                            <Icon name={if item.available { "eye-off" } else { "eye" }} />
                        </button>
                    </div>
                </td>
            </tr>
            if let Some(initial) = (*draft).clone() {
                <tr class="edit-row" data-test="edit-row">
                    <td colspan="6"><DishEditor {initial} on_close={stop_editing} /></td>
                </tr>
            }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct DishEditorProps {
    initial: Draft,
    on_close: Callback<()>,
}

/// Form with the fields of a dish.
#[component]
fn DishEditor(DishEditorProps { initial, on_close }: &DishEditorProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let draft = use_state_eq(|| initial.clone());
    let errors = use_state_eq(Vec::<(Field, Text)>::new);
    let busy = use_state_eq(|| false);
    let theirs = use_state_eq(|| None::<StockItem>);
    let failure = use_state(|| None::<std::sync::Arc<Failure>>);
    let id = |field: &str| format!("{field}-{}", initial.base.id);
    {
        let first = id("name");
        use_effect_with((), move |()| browser::focus(&first));
    }
    let set = |change: fn(&mut Draft, String)| {
        let draft = draft.clone();
        Callback::from(move |text| {
            let mut changed = (*draft).clone();
            change(&mut changed, text);
            draft.set(changed);
        })
    };
    let save = {
        let (draft, errors, busy) = (draft.clone(), errors.clone(), busy.clone());
        let (theirs, failure, on_close) = (theirs.clone(), failure.clone(), on_close.clone());
        Callback::from(move |sent: Draft| {
            draft.set(sent.clone());
            theirs.set(None);
            let change = match sent.change() {
                Ok(change) if change == ItemChange::default() => return on_close.emit(()),
                Ok(change) => change,
                Err(fields) => return errors.set(fields),
            };
            errors.set(Vec::new());
            failure.set(None);
            busy.set(true);
            let (toast, busy, theirs) = (console.toast().clone(), busy.clone(), theirs.clone());
            let (failure, on_close, name) = (failure.clone(), on_close.clone(), sent.name.clone());
            let then = Callback::from(move |result| {
                busy.set(false);
                match result {
                    ItemOutcome::Changed => {
                        toast.show_with(say::SAVED, vec![("dish", name.clone())], None);
                        on_close.emit(());
                    }
                    ItemOutcome::Conflict(item) => theirs.set(Some(*item)),
                    ItemOutcome::Failed(error) => failure.set(Some(error.into())),
                }
            });
            console.change_item(&sent.base.id, sent.base.revision, change, then);
        })
    };
    let onsubmit = {
        let (save, draft, busy) = (save.clone(), draft.clone(), busy.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !*busy {
                save.emit((*draft).clone());
            }
        })
    };
    let onkeydown = {
        let on_close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                on_close.emit(());
            }
        })
    };
    let error_of = |field| {
        let found = errors.iter().find(|(invalid, _)| *invalid == field);
        found.map(|(_, text)| AttrValue::from(language.say(*text)))
    };
    let categories = Category::ALL.map(|category| {
        (AttrValue::from(category.as_str()), AttrValue::from(language.say(category_text(category))))
    });
    let conflict = (*theirs).clone().map(|item| {
        let keep = {
            let (save, merged) = (save.clone(), draft.on_top_of(&item));
            Callback::from(move |_: MouseEvent| save.emit(merged.clone()))
        };
        let conflicts = conflict_lines(language, &draft, &item);
        html! {
            <div class="banner warn conflict" role="alert" data-test="conflict">
                <Icon name="alert" />
                <div class="stack">
                    <strong>{ language.say(say::CONFLICT) }</strong>
                    <ul>{ for conflicts.into_iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                    <div class="buttons">
                        <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())} data-test="take-theirs">
                            { language.say(say::TAKE_THEIRS) }
                        </button>
                        <button class="button primary" type="button" onclick={keep} data-test="keep-mine">
                            { language.say(say::KEEP_MINE) }
                        </button>
                    </div>
                </div>
            </div>
        }
    });
    html! {
        <form class="editor" {onsubmit} {onkeydown} novalidate=true>
            <TextField id={id("name")} label={language.say(say::NAME)} value={draft.name.clone()}
                error={error_of(Field::Name)} on_input={set(|draft, text| draft.name = text)} />
            <SelectField id={id("category")} label={language.say(say::CATEGORY)} options={categories.to_vec()}
                value={draft.category.as_str()}
                on_change={set(|draft, text| draft.category = Category::parse(&text).unwrap_or(draft.category))} />
            <TextField id={id("price")} label={language.say(say::PRICE_IN_TAKA)} value={draft.price.clone()}
                input_mode={AttrValue::from("decimal")} error={error_of(Field::Price)}
                on_input={set(|draft, text| draft.price = text)} />
            <TextField id={id("picture")} label={language.say(say::PICTURE)} value={draft.picture.clone()}
                list={AttrValue::from("pictures")} error={error_of(Field::Picture)}
                on_input={set(|draft, text| draft.picture = text)} />
            { conflict }
            if let Some(failure) = (*failure).clone() { <FailureBanner {failure} /> }
            <div class="buttons">
                <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
                    { language.say(common::CANCEL) }
                </button>
                <button class="button primary" type="submit" disabled={*busy} aria-busy={busy.to_string()} data-test="save">
                    { language.say(common::SAVE) }
                </button>
            </div>
        </form>
    }
}

/// Returns a line with both values for each field that both users changed.
fn conflict_lines(language: Language, mine: &Draft, item: &StockItem) -> Vec<String> {
    let theirs = Draft::of(item);
    let availability = |available| language.say(if available { say::SHOWN } else { say::HIDDEN }).to_owned();
    let category = |category| language.say(category_text(category)).to_owned();
    let lines: Vec<_> = mine
        .conflicts(item)
        .into_iter()
        .map(|field| {
            let (name, theirs, mine) = match field {
                Field::Name => (say::NAME, theirs.name.clone(), mine.name.clone()),
                Field::Category => (say::CATEGORY, category(theirs.category), category(mine.category)),
                Field::Price => (say::PRICE, language.digits(&theirs.price), language.digits(&mine.price)),
                Field::Picture => (say::PICTURE, theirs.picture.clone(), mine.picture.clone()),
                Field::Available => {
                    (say::STATE, availability(theirs.available), availability(mine.available))
                }
            };
            let values =
                [("field", language.say(name)), ("theirs", theirs.as_str()), ("mine", mine.as_str())];
            language.fill(say::CONFLICT_FIELD, &values)
        })
        .collect();
    if lines.is_empty() { vec![language.say(say::CONFLICT_OTHER).to_owned()] } else { lines }
}
