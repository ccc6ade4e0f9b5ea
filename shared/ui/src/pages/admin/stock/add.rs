//! Dialog that adds a dish.

use std::sync::Arc;

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
        notice::FailureBanner,
    },
    hooks::{use_console, use_language},
    pages::student::menu::category_text,
    state::stock_table::{is_picture, poisha, portions},
    text::{Text, admin as say, common},
};

/// Maximum length of a dish's name, in characters, as the stock-service enforces it.
const MAX_NAME_LENGTH: usize = 80;

/// Content of the form.
#[derive(Debug, Clone, Default, PartialEq)]
struct DishForm {
    id: String,
    name: String,
    category: String,
    price: String,
    picture: String,
    left: String,
}

impl DishForm {
    /// Validates the form and returns the dish, or the invalid fields with their messages.
    fn to_dish(&self) -> Result<SeedItem, Vec<(&'static str, Text)>> {
        let id = self.id.trim().parse::<ItemId>();
        let name = self.name.trim();
        let (price, quantity) = (poisha(&self.price), portions(&self.left));
        let picture = self.picture.trim();
        let checks = [
            (id.is_err(), "id", say::INVALID_DISH_ID),
            (name.is_empty() || name.chars().count() > MAX_NAME_LENGTH, "name", say::INVALID_DISH_NAME),
            (price.is_none(), "price", say::INVALID_PRICE),
            (quantity.is_none(), "left", say::INVALID_PORTIONS),
            (!picture.is_empty() && !is_picture(picture), "picture", say::INVALID_PICTURE),
        ];
        let errors: Vec<_> = checks
            .into_iter()
            .filter(|(is_invalid, ..)| *is_invalid)
            .map(|(_, field, text)| (field, text))
            .collect();
        match (id, price, quantity) {
            (Ok(id), Some(price), Some(quantity)) if errors.is_empty() => Ok(SeedItem {
                id,
                name: name.to_owned(),
                quantity,
                category: Category::parse(&self.category),
                price_poisha: Some(price),
                picture: (!picture.is_empty()).then(|| picture.to_owned()),
                available: None,
            }),
            _ => Err(errors),
        }
    }
}

/// Properties of [`AddDishDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct AddDishDialogProps {
    /// Called when the dialog closes, with or without a new dish.
    pub on_close: Callback<()>,
}

/// Dialog that adds a dish.
#[component]
pub fn AddDishDialog(AddDishDialogProps { on_close }: &AddDishDialogProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let form =
        use_state_eq(|| DishForm { category: Category::Mains.as_str().to_owned(), ..DishForm::default() });
    let errors = use_state_eq(Vec::<(&'static str, Text)>::new);
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<Arc<Failure>>);
    let set = |change: fn(&mut DishForm, String)| {
        let form = form.clone();
        Callback::from(move |text| {
            let mut changed = (*form).clone();
            change(&mut changed, text);
            form.set(changed);
        })
    };
    let onsubmit = {
        let (form, errors, busy, failure) = (form.clone(), errors.clone(), busy.clone(), failure.clone());
        let on_close = on_close.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let dish = match form.to_dish() {
                // Adding a dish that exists would overwrite its stock level.
                Ok(dish) if console.clone().stock.get(&dish.id).is_some() => {
                    return errors.set(vec![("id", say::DISH_ID_TAKEN)]);
                }
                Ok(dish) => dish,
                Err(fields) => return errors.set(fields),
            };
            if *busy {
                return;
            }
            errors.set(Vec::new());
            failure.set(None);
            busy.set(true);
            let (toast, on_close, busy) = (console.toast().clone(), on_close.clone(), busy.clone());
            let (failure, name) = (failure.clone(), dish.name.clone());
            let then = Callback::from(move |result: Result<(), Failure>| {
                busy.set(false);
                match result {
                    Ok(()) => {
                        toast.show_with(say::DISH_ADDED, vec![("dish", name.clone())], None);
                        on_close.emit(());
                    }
                    Err(error) => failure.set(Some(Arc::new(error))),
                }
            });
            console.add_item(dish, then);
        })
    };
    let error_of = |field: &str| {
        let found = errors.iter().find(|(invalid, _)| *invalid == field);
        found.map(|(_, text)| AttrValue::from(language.say(*text)))
    };
    let categories = Category::ALL.map(|category| {
        (AttrValue::from(category.as_str()), AttrValue::from(language.say(category_text(category))))
    });
    html! {
        <Dialog title={language.say(say::ADD_DISH)} on_close={on_close.clone()}>
            <form class="stack" {onsubmit} novalidate=true data-test="add-dish-form">
                <TextField id="dish-id" label={language.say(say::DISH_ID)} value={form.id.clone()} error={error_of("id")}
                    hint={language.say(say::DISH_ID_HINT)} on_input={set(|form, text| form.id = text)} />
                <TextField id="dish-name" label={language.say(say::NAME)} value={form.name.clone()} error={error_of("name")}
                    on_input={set(|form, text| form.name = text)} />
                <SelectField id="dish-category" label={language.say(say::CATEGORY)} options={categories.to_vec()}
                    value={form.category.clone()} on_change={set(|form, text| form.category = text)} />
                <div class="pair">
                    <TextField id="dish-price" label={language.say(say::PRICE_IN_TAKA)} value={form.price.clone()}
                        input_mode={AttrValue::from("decimal")} error={error_of("price")}
                        on_input={set(|form, text| form.price = text)} />
                    <TextField id="dish-left" label={language.say(say::PORTIONS)} value={form.left.clone()}
                        input_mode={AttrValue::from("numeric")} error={error_of("left")}
                        on_input={set(|form, text| form.left = text)} />
                </div>
                <TextField id="dish-picture" label={language.say(say::PICTURE)} value={form.picture.clone()}
                    list={AttrValue::from("pictures")} error={error_of("picture")}
                    on_input={set(|form, text| form.picture = text)} />
                if let Some(failure) = (*failure).clone() { <FailureBanner {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
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

#[cfg(test)]
mod tests {
    use wire::stock::{MAX_PRICE_POISHA, MAX_QUANTITY};

    use super::*;
    use crate::{
        state::stock_table::taka,
        text::tests::{assert_names_alphabet, numbers_in},
    };

    /// Returns the message of the form's only error, or `None` if the form is valid.
    fn error_of(change: impl FnOnce(&mut DishForm)) -> Option<Text> {
        let text = |text: &str| text.to_owned();
        let mut form = DishForm {
            id: text("soup"),
            name: text("Soup"),
            category: text("sides"),
            price: text("180"),
            picture: text("soup"),
            left: text("12"),
        };
        change(&mut form);
        let errors = form.to_dish().err()?;
        assert_eq!(errors.len(), 1, "{errors:?}");
        Some(errors[0].1)
    }

    /// Returns the greatest accepted length of a field that is filled with one letter.
    fn longest_accepted(set: fn(&mut DishForm, String)) -> u64 {
        let accepts = |length: &u16| error_of(|form| set(form, "a".repeat((*length).into()))).is_none();
        (1..=300).rev().find(accepts).unwrap().into()
    }

    #[test]
    fn messages_name_the_accepted_lengths() {
        let longest = longest_accepted(|form, text| form.id = text);
        assert_eq!(numbers_in(say::INVALID_DISH_ID), [longest]);
        assert_eq!(numbers_in(say::DISH_ID_HINT), [longest]);
        let longest = longest_accepted(|form, text| form.name = text);
        assert_eq!(numbers_in(say::INVALID_DISH_NAME), [1, longest]);
        let longest = longest_accepted(|form, text| form.picture = text);
        assert_eq!(numbers_in(say::INVALID_PICTURE), [longest]);
    }

    #[test]
    fn messages_name_the_accepted_alphabets() {
        let accepts = |text: &str| error_of(|form| form.id = text.to_owned()).is_none();
        assert_names_alphabet(say::INVALID_DISH_ID, accepts);
        assert_names_alphabet(say::DISH_ID_HINT, accepts);
        // Within a name: the form trims the ends, and takes an empty name as the default picture.
        let accepts = |text: &str| error_of(|form| form.picture = format!("a{text}a")).is_none();
        assert_names_alphabet(say::INVALID_PICTURE, accepts);
    }

    #[test]
    fn messages_name_the_accepted_numbers() {
        assert_eq!(numbers_in(say::INVALID_PRICE)[..2], [0, u64::from(MAX_PRICE_POISHA / 100)]);
        for (poisha, error) in
            [(0, None), (MAX_PRICE_POISHA, None), (MAX_PRICE_POISHA + 1, Some(say::INVALID_PRICE))]
        {
            assert_eq!(error_of(|form| form.price = taka(poisha)), error, "{poisha}");
        }
        assert_eq!(numbers_in(say::INVALID_PORTIONS), [0, u64::from(MAX_QUANTITY)]);
        for (portions, error) in
            [(0, None), (MAX_QUANTITY, None), (MAX_QUANTITY + 1, Some(say::INVALID_PORTIONS))]
        {
            assert_eq!(error_of(|form| form.left = portions.to_string()), error, "{portions}");
        }
    }
}
