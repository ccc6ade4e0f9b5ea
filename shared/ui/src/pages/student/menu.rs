//! Menu: the dishes by category, with the portions left.

use app::{menu::LOW_STOCK, remote::Remote};
use std::sync::Arc;

use web_sys::HtmlInputElement;
use wire::stock::{Category, StockItem};
use yew::prelude::*;

use super::basket::BasketPanel;
use crate::{
    browser,
    components::{
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::{DishPicture, Scene},
        stepper::Stepper,
    },
    hooks::{use_language, use_shop},
    state::sections::sections,
    text::{Text, common, dishes, student},
};

/// Returns the name of a menu category.
pub fn category_text(category: Category) -> Text {
    match category {
        Category::Mains => common::MAINS,
        Category::Sides => common::SIDES,
        Category::Drinks => common::DRINKS,
        Category::Desserts => common::DESSERTS,
        Category::Unknown => common::OTHER_CATEGORY,
    }
}

/// Menu page, with the basket beside it on wide screens.
#[component]
pub fn MenuPage() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let selected = use_state_eq(|| None::<Category>);
    let query = use_state_eq(String::new);
    use_effect_with(language, |language| browser::title(language.say(common::CAFETERIA)));

    let chip = |choice: Option<Category>, text: Text| {
        let selected = selected.clone();
        let is_selected = *selected == choice;
        html! {
            <button class="chip" type="button" aria-pressed={is_selected.to_string()}
                onclick={Callback::from(move |_: MouseEvent| selected.set(choice))}>
                { language.say(text) }
            </button>
        }
    };
    let chips = Category::ALL.into_iter().map(|category| chip(Some(category), category_text(category)));
    let search = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let clear_search = {
        let query = query.clone();
        Callback::from(move |_: MouseEvent| query.set(String::new()))
    };
    let content = match &shop.menu {
        Remote::Loading => html! {
            <div class="dishes" aria-busy="true">
                { for (0..6).map(|_| html! { <div class="boot-tile" /> }) }
            </div>
        },
        Remote::Failed(failure) => {
            let retry = {
                let shop = shop.clone();
                Callback::from(move |()| shop.refresh())
            };
            html! { <FailureNotice failure={failure.clone()} {retry} /> }
        }
        Remote::Ready(menu) if menu.is_empty() => html! {
            <EmptyState scene={Scene::Closed} title={language.say(student::EMPTY_MENU)}
                hint={language.say(student::EMPTY_MENU_HINT)} />
        },
        Remote::Ready(menu) => {
            let sections = sections(menu, *selected, &query, language);
            let has_no_match = sections.is_empty();
            let sections = sections.into_iter().map(|section| {
                let cards = section.dishes.into_iter().map(|item| html! {
                    <DishCard key={item.id.as_str()} item={Arc::clone(item)} count={shop.basket.quantity(&item.id)}
                        disabled={shop.basket.is_sending()} />
                });
                let name = language.say(category_text(section.category));
                html! {
                    <section key={section.category.as_str()} class="shelf" aria-label={name}>
                        <h2>{ name }</h2>
                        <ul class="dishes">{ for cards }</ul>
                    </section>
                }
            });
            html! {
                <>
                    { for sections }
                    if has_no_match {
                        <p class="no-match" role="status">
                            { language.fill(student::NO_MATCHING_DISHES, &[("query", query.trim())]) }
                        </p>
                    }
                </>
            }
        }
    };
    html! {
        <div class="with-panel">
            <main class="page menu" id="main" tabindex="-1">
                <h1 class="hidden">{ language.say(student::MENU) }</h1>
                <div class="menu-tools">
                    <div class="search">
                        <Icon name="search" />
                        <input type="search" value={(*query).clone()} oninput={search} maxlength="80"
                            placeholder={language.say(student::SEARCH_DISHES)}
                            aria-label={language.say(student::SEARCH_DISHES)} />
                        if !query.is_empty() {
                            <button class="button quiet round" type="button" onclick={clear_search}
                                aria-label={language.say(common::CLEAR_SEARCH)}>
                                <Icon name="close" />
                            </button>
                        }
                    </div>
                    <div class="chips" role="group" aria-label={language.say(student::MENU)}>
                        { chip(None, student::ALL) }
                        { for chips }
                    </div>
                </div>
                { content }
            </main>
            <BasketPanel />
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct DishCardProps {
    item: Arc<StockItem>,
    count: u8,
    disabled: bool,
}

/// Dish with picture, name, price, portions left and the quantity in the basket.
#[component]
fn DishCard(DishCardProps { item, count, disabled }: &DishCardProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let name = dishes::name_of(language, item);
    let sold_out = item.quantity == 0;
    let left = match item.quantity {
        0 => language.say(student::SOLD_OUT).to_owned(),
        few @ 1..=LOW_STOCK => language.fill(student::LEFT, &[("n", &language.number(u64::from(few)))]),
        _ => String::new(),
    };
    let set = {
        let id = item.id.clone();
        Callback::from(move |count| shop.set_quantity(&id, count))
    };
    html! {
        <li class={classes!("dish", sold_out.then_some("sold-out"), (*count > 0).then_some("chosen"))}
            data-dish={item.id.to_string()}>
            <div class="dish-tile"><DishPicture name={item.picture.clone()} /></div>
            <div class="dish-text">
                <h3>{ name.clone() }</h3>
                <p class="dish-facts">
                    <span class="price">{ language.money(u64::from(item.price_poisha)) }</span>
                    <span class="left" key={left.clone()}>{ left }</span>
                </p>
            </div>
            if !sold_out || *count > 0 {
                <Stepper dish={name} count={*count} left={item.quantity} disabled={*disabled} on_change={set} />
            }
        </li>
    }
}
