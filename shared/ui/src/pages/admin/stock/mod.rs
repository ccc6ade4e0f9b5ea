//! The dishes, in a table that keeps its place while levels are pushed.
//!
//! - [`row`]: a dish, and editing it in place
//! - [`adjust`]: restock and waste
//! - [`add`]: a new dish

pub mod add;
pub mod adjust;
pub mod row;

use web_sys::HtmlInputElement;
use wire::{ItemId, stock::Category};
use yew::prelude::*;

use self::{add::AddDish, adjust::AdjustDish, row::Row};
use crate::{
    components::{
        icon::Icon,
        notice::{Empty, Failed},
        picture::Scene,
        table::Sortable,
    },
    hooks::{use_console, use_language},
    pages::student::menu::category_text,
    state::{
        remote::Remote,
        stock_table::{Column, View},
    },
    text::{Text, admin as say},
};

/// What is open in front of the table.
#[derive(Clone, PartialEq)]
enum Open {
    Adjust(ItemId),
    Add,
}

/// The table.
#[component]
pub fn StockPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let view = use_state_eq(View::default);
    let open = use_state_eq(|| None::<Open>);
    let typed = {
        let view = view.clone();
        Callback::from(move |event: InputEvent| {
            let query = event.target_unchecked_into::<HtmlInputElement>().value();
            view.set(View { query, ..(*view).clone() });
        })
    };
    let chip = |category: Option<Category>, text: Text| {
        let view = view.clone();
        let on = view.category == category;
        let onclick = Callback::from(move |_: MouseEvent| view.set(View { category, ..(*view).clone() }));
        html! {
            <button class="chip" type="button" aria-pressed={on.to_string()} {onclick}>{ language.say(text) }</button>
        }
    };
    let show = |what: Option<Open>| {
        let open = open.clone();
        Callback::from(move |()| open.set(what.clone()))
    };
    let content = match &console.stock_here {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            let console = console.clone();
            let again = Callback::from(move |()| console.fetch());
            html! { <Failed failure={failure.clone()} {again} /> }
        }
        Remote::Ready(()) => {
            let rows = view.rows(console.stock.all(), language);
            let head = |column: Column, label: Text, number: bool| {
                let view = view.clone();
                let sorted = (view.column == column).then_some(view.descending);
                let sort = Callback::from(move |()| {
                    let mut sorted = (*view).clone();
                    sorted.sort_by(column);
                    view.set(sorted);
                });
                html! { <Sortable label={language.say(label)} {sorted} {sort} {number} /> }
            };
            if rows.is_empty() {
                html! {
                    <Empty scene={Scene::EmptyBasket} title={language.say(say::NO_DISHES)}
                        hint={language.say(say::NO_DISHES_HINT)} />
                }
            } else {
                html! {
                    <div class="table-frame card" tabindex="0" role="region" aria-label={language.say(say::STOCK)}>
                        <table class="table stock" data-test="stock-table">
                            <thead>
                                <tr>
                                    { head(Column::Name, say::DISH, false) }
                                    { head(Column::Category, say::CATEGORY, false) }
                                    { head(Column::Price, say::PRICE, true) }
                                    { head(Column::Left, say::LEFT, true) }
                                    <th scope="col">{ language.say(say::STATE) }</th>
                                    <th scope="col">{ language.say(say::ACTIONS) }</th>
                                </tr>
                            </thead>
                            <tbody>
                                { for rows.into_iter().map(|item| html! {
                                    <Row key={item.id.as_str()} item={item.clone()}
                                        adjust={show(Some(Open::Adjust(item.id.clone())))} />
                                }) }
                            </tbody>
                        </table>
                    </div>
                }
            }
        }
    };
    let dialog = match &*open {
        None => Html::default(),
        Some(Open::Add) => html! { <AddDish close={show(None)} /> },
        Some(Open::Adjust(id)) => console
            .stock
            .get(id)
            .map(|item| html! { <AdjustDish item={item.clone()} close={show(None)} /> })
            .unwrap_or_default(),
    };
    let add = show(Some(Open::Add)).reform(|_: MouseEvent| ());
    html! {
        <>
            <div class="tools">
                <div class="search">
                    <Icon name="search" />
                    <input type="search" value={view.query.clone()} oninput={typed} maxlength="80"
                        placeholder={language.say(say::SEARCH_STOCK)} aria-label={language.say(say::SEARCH_STOCK)} />
                </div>
                <div class="chips" role="group" aria-label={language.say(say::CATEGORY)}>
                    { chip(None, say::ALL) }
                    { for Category::ALL.into_iter().map(|category| chip(Some(category), category_text(category))) }
                </div>
                <button class="button primary" type="button" onclick={add} data-test="add-dish">
                    <Icon name="plus" /><span>{ language.say(say::ADD_DISH) }</span>
                </button>
            </div>
            { content }
            { dialog }
            <datalist id="pictures">
                { for crate::components::picture::DISHES.iter().map(|name| html! { <option value={*name} /> }) }
            </datalist>
        </>
    }
}
