//! A dish in the table, and editing it in place. What is pushed meanwhile changes what is left, never what is typed.

use client::Failure;
use wire::stock::{Category, ItemChange, StockItem};
use yew::prelude::*;

use crate::{
    browser,
    components::{
        field::{SelectField, TextField},
        icon::Icon,
        notice::FailedLine,
        picture::Dish,
    },
    hooks::{console::Changed, use_console, use_language},
    pages::student::menu::category_text,
    state::stock_table::{Draft, Field},
    text::{Language, Text, admin as say, common, dishes},
};

/// A dish.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct RowProps {
    /// The dish.
    pub item: StockItem,
    /// Opens restock and waste.
    pub adjust: Callback<()>,
}

/// A dish in the table.
#[component]
pub fn Row(RowProps { item, adjust }: &RowProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let draft = use_state_eq(|| None::<Draft>);
    let name = dishes::name_of(language, item);
    let edit = format!("edit-{}", item.id);
    let begins = {
        let (draft, item) = (draft.clone(), item.clone());
        Callback::from(move |_: MouseEvent| draft.set(Some(Draft::of(&item))))
    };
    let ends = {
        let (draft, edit) = (draft.clone(), edit.clone());
        Callback::from(move |()| {
            draft.set(None);
            browser::focus(&edit);
        })
    };
    let toggles = {
        let (id, available) = (item.id.clone(), item.available);
        Callback::from(move |_: MouseEvent| console.show_item(&id, !available, true))
    };
    let label = |text| language.fill(text, &[("dish", &name)]);
    let (state, icon, word) = match item.available {
        true => ("state good", "eye", say::SHOWN),
        false => ("state", "eye-off", say::HIDDEN),
    };
    let low = match item.quantity {
        0 => Some("none"),
        1..=10 => Some("few"),
        _ => None,
    };
    html! {
        <>
            <tr class={classes!((!item.available).then_some("off"))} data-dish={item.id.to_string()}>
                <th scope="row">
                    <span class="dish-cell"><Dish name={item.picture.clone()} /><span>{ &name }</span></span>
                </th>
                <td>{ language.say(category_text(item.category)) }</td>
                <td class="number">{ language.money(item.price_poisha.into()) }</td>
                <td class={classes!("number", "left", low)} data-test="left">
                    <strong>{ language.number(item.quantity.into()) }</strong>
                </td>
                <td><span class={state}><Icon name={icon} />{ language.say(word) }</span></td>
                <td>
                    <div class="row-actions">
                        <button class="button" type="button" onclick={adjust.reform(|_: MouseEvent| ())}
                            aria-label={label(say::ADJUST_DISH)} data-test="adjust">
                            <Icon name="plus" /><span>{ language.say(say::ADJUST) }</span>
                        </button>
                        <button class="button quiet round" type="button" onclick={begins} id={edit}
                            aria-label={label(say::EDIT_DISH)} aria-expanded={draft.is_some().to_string()} data-test="edit">
                            <Icon name="edit" />
                        </button>
                        <button class="button quiet round" type="button" onclick={toggles} data-test="toggle"
                            aria-label={label(if item.available { say::HIDE_DISH } else { say::SHOW_DISH })}>
                            <Icon name={if item.available { "eye-off" } else { "eye" }} />
                        </button>
                    </div>
                </td>
            </tr>
            if let Some(begun) = (*draft).clone() {
                <tr class="edit-row" data-test="edit-row">
                    <td colspan="6"><Editor {begun} {ends} /></td>
                </tr>
            }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct EditorProps {
    begun: Draft,
    ends: Callback<()>,
}

/// The fields of a dish.
#[component]
fn Editor(EditorProps { begun, ends }: &EditorProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let draft = use_state_eq(|| begun.clone());
    let wrong = use_state_eq(Vec::<(Field, Text)>::new);
    let busy = use_state_eq(|| false);
    let theirs = use_state_eq(|| None::<StockItem>);
    let failed = use_state(|| None::<std::rc::Rc<Failure>>);
    let id = |field: &str| format!("{field}-{}", begun.base.id);
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
        let (draft, wrong, busy) = (draft.clone(), wrong.clone(), busy.clone());
        let (theirs, failed, ends) = (theirs.clone(), failed.clone(), ends.clone());
        Callback::from(move |sent: Draft| {
            draft.set(sent.clone());
            theirs.set(None);
            let change = match sent.change() {
                Ok(change) if change == ItemChange::default() => return ends.emit(()),
                Ok(change) => change,
                Err(fields) => return wrong.set(fields),
            };
            wrong.set(Vec::new());
            failed.set(None);
            busy.set(true);
            let (said, busy, theirs) = (console.clone(), busy.clone(), theirs.clone());
            let (failed, ends, name) = (failed.clone(), ends.clone(), sent.name.clone());
            let then = Callback::from(move |changed| {
                busy.set(false);
                match changed {
                    Changed::Done => {
                        said.say_with(say::SAVED, vec![("dish", name.clone())], None);
                        ends.emit(());
                    }
                    Changed::Conflict(item) => theirs.set(Some(*item)),
                    Changed::Failed(failure) => failed.set(Some(failure.into())),
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
        let ends = ends.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                ends.emit(());
            }
        })
    };
    let of = |field| {
        let found = wrong.iter().find(|(wrong, _)| *wrong == field);
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
                        <button class="button" type="button" onclick={ends.reform(|_: MouseEvent| ())} data-test="take-theirs">
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
            <TextField id={id("name")} label={language.say(say::NAME)} value={draft.name.clone()} wrong={of(Field::Name)}
                typed={set(|draft, text| draft.name = text)} />
            <SelectField id={id("category")} label={language.say(say::CATEGORY)} options={categories.to_vec()}
                value={draft.category.as_str()}
                chosen={set(|draft, text| draft.category = Category::parse(&text).unwrap_or(draft.category))} />
            <TextField id={id("price")} label={language.say(say::PRICE_IN_TAKA)} value={draft.price.clone()}
                mode={AttrValue::from("decimal")} wrong={of(Field::Price)} typed={set(|draft, text| draft.price = text)} />
            <TextField id={id("picture")} label={language.say(say::PICTURE)} value={draft.picture.clone()}
                list={AttrValue::from("pictures")} wrong={of(Field::Picture)}
                typed={set(|draft, text| draft.picture = text)} />
            { conflict }
            if let Some(failure) = (*failed).clone() { <FailedLine {failure} /> }
            <div class="buttons">
                <button class="button" type="button" onclick={ends.reform(|_: MouseEvent| ())}>
                    { language.say(common::CANCEL) }
                </button>
                <button class="button primary" type="submit" disabled={*busy} aria-busy={busy.to_string()} data-test="save">
                    { language.say(common::SAVE) }
                </button>
            </div>
        </form>
    }
}

/// Both values of each field that both have changed.
fn conflict_lines(language: Language, mine: &Draft, item: &StockItem) -> Vec<String> {
    let theirs = Draft::of(item);
    let shown = |available| language.say(if available { say::SHOWN } else { say::HIDDEN }).to_owned();
    let part = |category| language.say(category_text(category)).to_owned();
    let lines: Vec<_> = mine
        .conflicts(item)
        .into_iter()
        .map(|field| {
            let (name, theirs, mine) = match field {
                Field::Name => (say::NAME, theirs.name.clone(), mine.name.clone()),
                Field::Category => (say::CATEGORY, part(theirs.category), part(mine.category)),
                Field::Price => (say::PRICE, language.digits(&theirs.price), language.digits(&mine.price)),
                Field::Picture => (say::PICTURE, theirs.picture.clone(), mine.picture.clone()),
                Field::Available => (say::STATE, shown(theirs.available), shown(mine.available)),
            };
            let values =
                [("field", language.say(name)), ("theirs", theirs.as_str()), ("mine", mine.as_str())];
            language.fill(say::CONFLICT_FIELD, &values)
        })
        .collect();
    if lines.is_empty() { vec![language.say(say::CONFLICT_OTHER).to_owned()] } else { lines }
}
