//! A new dish.

use std::rc::Rc;

use client::Failure;
use wire::{
    ItemId,
    stock::{Category, SeedItem},
};
use yew::prelude::*;

use crate::{
    components::{
        dialog::Dialog,
        field::{SelectField, TextField},
        notice::FailedLine,
    },
    hooks::{use_console, use_language},
    pages::student::menu::category_text,
    state::stock_table::{is_picture, poisha, portions},
    text::{Text, admin as say, common},
};

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq)]
struct Typed {
    id: String,
    name: String,
    category: String,
    price: String,
    picture: String,
    left: String,
}

impl Typed {
    /// The dish, or what is wrong in which field.
    fn dish(&self) -> Result<SeedItem, Vec<(&'static str, Text)>> {
        let id = self.id.trim().parse::<ItemId>();
        let name = self.name.trim();
        let (price, quantity) = (poisha(&self.price), portions(&self.left));
        let picture = self.picture.trim();
        let checks = [
            (id.is_err(), "id", say::WRONG_ID),
            (name.is_empty() || name.chars().count() > 80, "name", say::WRONG_NAME),
            (price.is_none(), "price", say::WRONG_PRICE),
            (quantity.is_none(), "left", say::WRONG_PORTIONS),
            (!picture.is_empty() && !is_picture(picture), "picture", say::WRONG_PICTURE),
        ];
        let wrong: Vec<_> =
            checks.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, text)| (field, text)).collect();
        match (id, price, quantity) {
            (Ok(id), Some(price), Some(quantity)) if wrong.is_empty() => Ok(SeedItem {
                id,
                name: name.to_owned(),
                quantity,
                category: Category::parse(&self.category),
                price_poisha: Some(price),
                picture: (!picture.is_empty()).then(|| picture.to_owned()),
                available: None,
            }),
            _ => Err(wrong),
        }
    }
}

/// Where the dialog is closed.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct AddProps {
    /// It is done, or not wanted.
    pub close: Callback<()>,
}

/// The dialog of a new dish.
#[component]
pub fn AddDish(AddProps { close }: &AddProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let typed = use_state_eq(|| Typed { category: Category::Mains.as_str().to_owned(), ..Typed::default() });
    let wrong = use_state_eq(Vec::<(&'static str, Text)>::new);
    let busy = use_state_eq(|| false);
    let failed = use_state(|| None::<Rc<Failure>>);
    let set = |change: fn(&mut Typed, String)| {
        let typed = typed.clone();
        Callback::from(move |text| {
            let mut changed = (*typed).clone();
            change(&mut changed, text);
            typed.set(changed);
        })
    };
    let onsubmit = {
        let (typed, wrong, busy, failed) = (typed.clone(), wrong.clone(), busy.clone(), failed.clone());
        let close = close.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let dish = match typed.dish() {
                // Adding one that is there would set what is left of it.
                Ok(dish) if console.clone().stock.get(&dish.id).is_some() => {
                    return wrong.set(vec![("id", say::ID_TAKEN)]);
                }
                Ok(dish) => dish,
                Err(fields) => return wrong.set(fields),
            };
            if *busy {
                return;
            }
            wrong.set(Vec::new());
            failed.set(None);
            busy.set(true);
            let (said, close, busy) = (console.clone(), close.clone(), busy.clone());
            let (failed, name) = (failed.clone(), dish.name.clone());
            let then = Callback::from(move |answer: Result<(), Failure>| {
                busy.set(false);
                match answer {
                    Ok(()) => {
                        said.say_with(say::DISH_ADDED, vec![("dish", name.clone())], None);
                        close.emit(());
                    }
                    Err(failure) => failed.set(Some(Rc::new(failure))),
                }
            });
            console.add_item(dish, then);
        })
    };
    let of = |field: &str| {
        let found = wrong.iter().find(|(wrong, _)| *wrong == field);
        found.map(|(_, text)| AttrValue::from(language.say(*text)))
    };
    let categories = Category::ALL.map(|category| {
        (AttrValue::from(category.as_str()), AttrValue::from(language.say(category_text(category))))
    });
    html! {
        <Dialog title={language.say(say::ADD_DISH)} close={close.clone()}>
            <form class="stack" {onsubmit} novalidate=true data-test="add-dish-form">
                <TextField id="dish-id" label={language.say(say::DISH_ID)} value={typed.id.clone()} wrong={of("id")}
                    hint={language.say(say::DISH_ID_HINT)} typed={set(|typed, text| typed.id = text)} />
                <TextField id="dish-name" label={language.say(say::NAME)} value={typed.name.clone()} wrong={of("name")}
                    typed={set(|typed, text| typed.name = text)} />
                <SelectField id="dish-category" label={language.say(say::CATEGORY)} options={categories.to_vec()}
                    value={typed.category.clone()} chosen={set(|typed, text| typed.category = text)} />
                <div class="pair">
                    <TextField id="dish-price" label={language.say(say::PRICE_IN_TAKA)} value={typed.price.clone()}
                        mode={AttrValue::from("decimal")} wrong={of("price")} typed={set(|typed, text| typed.price = text)} />
                    <TextField id="dish-left" label={language.say(say::PORTIONS)} value={typed.left.clone()}
                        mode={AttrValue::from("numeric")} wrong={of("left")} typed={set(|typed, text| typed.left = text)} />
                </div>
                <TextField id="dish-picture" label={language.say(say::PICTURE)} value={typed.picture.clone()}
                    list={AttrValue::from("pictures")} wrong={of("picture")} typed={set(|typed, text| typed.picture = text)} />
                if let Some(failure) = (*failed).clone() { <FailedLine {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CANCEL) }
                    </button>
                    <button class="button primary" type="submit" disabled={*busy} aria-busy={busy.to_string()}>
                        { language.say(say::ADD_DISH) }
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
