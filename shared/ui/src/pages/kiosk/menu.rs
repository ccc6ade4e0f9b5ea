//! Menu: categories at the left, large tiles, the basket at the bottom.

use std::sync::Arc;

use app::{
    kiosk::{Action, Snapshot},
    menu::LOW_STOCK,
};
use wire::{
    ItemId,
    stock::{Category, StockItem},
};
use yew::prelude::*;

use super::use_kiosk;
use crate::{
    components::{
        icon::Icon,
        picture::{DishPicture, Scene, SceneDrawing},
        stepper::Stepper,
    },
    hooks::use_language,
    pages::student::menu::category_text,
    state::sections::sections,
    text::{Language, dishes, kiosk as say},
};

/// Returns the portions of a dish in the basket.
pub(super) fn quantity_of(snapshot: &Snapshot, id: &ItemId) -> u8 {
    snapshot.basket.iter().find(|line| line.item_id == *id).map_or(0, |line| line.quantity)
}

/// Returns the number of portions, as in `3 items`.
pub(super) fn items_text(snapshot: &Snapshot, language: Language) -> String {
    match snapshot.basket.iter().map(|line| u64::from(line.quantity)).sum() {
        1 => language.say(say::ONE_ITEM).to_owned(),
        count => language.fill(say::ITEMS, &[("n", &language.number(count))]),
    }
}

/// Menu screen.
#[component]
pub(super) fn MenuScreen() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let selected = use_state_eq(|| None::<Category>);
    let all = sections(&kiosk.menu, None, "", language);
    let category = |choice: Option<Category>, name: &str, picture: Option<String>| {
        let setter = selected.setter();
        html! {
            <button class="category" type="button" aria-pressed={(*selected == choice).to_string()}
                onclick={Callback::from(move |_: MouseEvent| setter.set(choice))}
                data-category={choice.map_or("all", |category| category.as_str())}>
                if let Some(picture) = picture {
                    <DishPicture name={picture} />
                } else {
                    <Icon name="dome" />
                }
                <span>{ name }</span>
            </button>
        }
    };
    let rail = all.iter().map(|section| {
        let picture = section.dishes.first().map(|dish| dish.picture.clone());
        category(Some(section.category), language.say(category_text(section.category)), picture)
    });
    // The chosen category may have lost its last dish.
    let is_offered = all.iter().any(|section| Some(section.category) == *selected);
    let shown = all.iter().filter(|section| !is_offered || Some(section.category) == *selected);
    let shelves = shown.map(|section| {
        let name = language.say(category_text(section.category));
        let tiles = section.dishes.iter().map(|dish| html! {
            <Tile key={dish.id.to_string()} item={Arc::clone(dish)} count={quantity_of(&kiosk.snapshot, &dish.id)} />
        });
        html! {
            <section key={section.category.as_str()} class="shelf" aria-label={name}>
                <h2>{ name }</h2>
                <ul class="tiles">{ for tiles }</ul>
            </section>
        }
    });
    html! {
        <>
            <div class="show">
                <SceneDrawing scene={Scene::Iftar} />
                <h1>{ language.say(say::CHOOSE_DISHES) }</h1>
            </div>
            <div class="act">
                if all.is_empty() {
                    <div class="empty">
                        <SceneDrawing scene={Scene::Closed} />
                        <p class="empty-title">{ language.say(say::EMPTY_MENU) }</p>
                        <p class="empty-hint">{ language.say(say::EMPTY_MENU_HINT) }</p>
                    </div>
                } else {
                    <div class="menu-body">
                        <nav class="rail" aria-label={language.say(say::CATEGORIES)}>
                            { category(None, language.say(say::ALL), None) }
                            { for rail }
                        </nav>
                        <div class="shelves" key={selected.map_or("all", |category| category.as_str())}
                            data-test="shelves">
                            { for shelves }
                        </div>
                    </div>
                }
                <BasketBar />
            </div>
        </>
    }
}

/// Basket at the bottom of the menu: portions, sum, and the way to it.
#[component]
fn BasketBar() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let is_empty = kiosk.snapshot.basket.is_empty();
    html! {
        <div class="basket-bar" data-test="basket-bar">
            if is_empty {
                <p class="basket-bar-text"><Icon name="basket" />{ language.say(say::CHOOSE_HINT) }</p>
            } else {
                <p class="basket-bar-text" role="status">
                    <Icon name="basket" />
                    <span>{ items_text(&kiosk.snapshot, language) }</span>
                    <strong data-test="sum">{ language.money(kiosk.snapshot.total_poisha) }</strong>
                </p>
            }
            <button class="button primary big" type="button" disabled={is_empty}
                onclick={kiosk.on(Action::ShowBasket)} data-test="show-basket">
                <span>{ language.say(say::SEE_BASKET) }</span><Icon name="forward" />
            </button>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct TileProps {
    item: Arc<StockItem>,
    count: u8,
}

/// Dish with picture, name, price, portions left and the quantity in the basket. Its picture adds the first portion.
#[component]
fn Tile(TileProps { item, count }: &TileProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let name = dishes::name_of(language, item);
    let is_sold_out = item.quantity == 0;
    let left = match item.quantity {
        0 => Some(language.say(say::SOLD_OUT).to_owned()),
        few @ 1..=LOW_STOCK => Some(language.fill(say::LEFT, &[("n", &language.number(u64::from(few)))])),
        _ => None,
    };
    let put = |quantity: u8| Action::Put { item_id: item.id.clone(), quantity };
    let on_change = {
        let (host, item_id) = (kiosk.host.clone(), item.id.clone());
        Callback::from(move |quantity| host.send(Action::Put { item_id: item_id.clone(), quantity }))
    };
    let on_picture = (!is_sold_out && *count == 0).then(|| kiosk.on(put(1)));
    html! {
        <li class={classes!("tile", is_sold_out.then_some("sold-out"), (*count > 0).then_some("chosen"))}
            data-dish={item.id.to_string()}>
            <div class="tile-picture" onclick={on_picture}><DishPicture name={item.picture.clone()} /></div>
            <h3>{ name.clone() }</h3>
            <p class="tile-facts">
                <span class="price">{ language.money(u64::from(item.price_poisha)) }</span>
                if let Some(left) = left { <span class="left">{ left }</span> }
            </p>
            if !is_sold_out || *count > 0 {
                <Stepper dish={name} count={*count} left={item.quantity} {on_change} />
            }
        </li>
    }
}
