//! Stock page: the dishes in a table that keeps its scroll position while stock levels change.
//!
//! - [`row`]: a dish, edited in place
//! - [`adjust`]: restock and waste
//! - [`add`]: a new dish

pub mod add;
pub mod adjust;
pub mod row;

use app::remote::Remote;
use web_sys::HtmlInputElement;
use wire::{ItemId, stock::Category};
use yew::prelude::*;

use self::{add::AddDishDialog, adjust::AdjustStockDialog, row::DishRow};
use crate::{
    components::{
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
        table::SortableHeader,
    },
    hooks::{use_console, use_language},
    pages::student::menu::category_text,
    state::stock_table::{Column, View},
    text::{Text, admin as say},
};

/// Open dialog.
#[derive(Clone, PartialEq)]
enum OpenDialog {
    Adjust(ItemId),
    Add,
}

/// Stock page.
#[component]
pub fn StockPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let view = use_state_eq(View::default);
    let open_dialog = use_state_eq(|| None::<OpenDialog>);
    let search = {
        let view = view.clone();
        Callback::from(move |event: InputEvent| {
            let query = event.target_unchecked_into::<HtmlInputElement>().value();
            view.set(View { query, ..(*view).clone() });
        })
    };
    let chip = |category: Option<Category>, text: Text| {
        let view = view.clone();
        let is_selected = view.category == category;
        let onclick = Callback::from(move |_: MouseEvent| view.set(View { category, ..(*view).clone() }));
        html! {
            <button class="chip" type="button" aria-pressed={is_selected.to_string()} {onclick}>{ language.say(text) }</button>
        }
    };
    let show = |dialog: Option<OpenDialog>| {
        let open_dialog = open_dialog.clone();
        Callback::from(move |()| open_dialog.set(dialog.clone()))
    };
    let content = match &console.stock_fetched {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            let console = console.clone();
            let retry = Callback::from(move |()| console.refresh());
            html! { <FailureNotice failure={failure.clone()} {retry} /> }
        }
        Remote::Ready(()) => {
            let rows = view.rows(console.stock.all().map(|dish| &**dish), language);
            let header = |column: Column, label: Text, numeric: bool| {
                let view = view.clone();
                let descending = (view.column == column).then_some(view.descending);
                let on_sort = Callback::from(move |()| {
                    let mut sorted = (*view).clone();
                    sorted.sort_by(column);
                    view.set(sorted);
                });
                html! { <SortableHeader label={language.say(label)} {descending} {on_sort} {numeric} /> }
            };
            if rows.is_empty() {
                html! {
                    <EmptyState scene={Scene::EmptyBasket} title={language.say(say::NO_MATCHING_DISHES)}
                        hint={language.say(say::NO_MATCHING_DISHES_HINT)} />
                }
            } else {
                html! {
                    <div class="table-frame card" tabindex="0" role="region" aria-label={language.say(say::STOCK)}>
                        <table class="table stock" data-test="stock-table">
                            <thead>
                                <tr>
                                    { header(Column::Name, say::DISH, false) }
                                    { header(Column::Category, say::CATEGORY, false) }
                                    { header(Column::Price, say::PRICE, true) }
                                    { header(Column::Left, say::LEFT, true) }
                                    <th scope="col">{ language.say(say::STATE) }</th>
                                    <th scope="col">{ language.say(say::ACTIONS) }</th>
                                </tr>
                            </thead>
                            <tbody>
                                { for rows.into_iter().map(|item| html! {
                                    <DishRow key={item.id.as_str()} item={item.clone()}
                                        on_adjust={show(Some(OpenDialog::Adjust(item.id.clone())))} />
                                }) }
                            </tbody>
                        </table>
                    </div>
                }
            }
        }
    };
    let dialog = match &*open_dialog {
        None => Html::default(),
        Some(OpenDialog::Add) => html! { <AddDishDialog on_close={show(None)} /> },
        Some(OpenDialog::Adjust(id)) => console
            .stock
            .get(id)
            .map(|item| html! { <AdjustStockDialog item={item.clone()} on_close={show(None)} /> })
            .unwrap_or_default(),
    };
    let add = show(Some(OpenDialog::Add)).reform(|_: MouseEvent| ());
    html! {
        <>
            <div class="tools">
                <div class="search">
                    <Icon name="search" />
                    <input type="search" value={view.query.clone()} oninput={search} maxlength="80"
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
                { for crate::components::picture::DISH_PICTURES.iter().map(|name| html! { <option value={*name} /> }) }
            </datalist>
        </>
    }
}
