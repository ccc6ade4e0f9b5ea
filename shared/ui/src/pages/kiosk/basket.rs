//! Basket: lines, shortages, the refusal of the last try, and the order button with the sum in it.

use app::kiosk::{Action, BasketLine, Refusal};
use wire::ErrorCode;
use yew::prelude::*;

use super::use_kiosk;
use crate::{
    components::{
        icon::Icon,
        picture::{DishPicture, Scene, SceneDrawing},
        stepper::Stepper,
    },
    hooks::use_language,
    text::{Language, dishes, kiosk as say},
};

/// Basket screen.
#[component]
pub(super) fn BasketScreen() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let snapshot = &kiosk.snapshot;
    let back = kiosk.on(Action::Back);
    if snapshot.basket.is_empty() {
        return html! {
            <>
                <div class="show centered">
                    <SceneDrawing scene={Scene::EmptyBasket} />
                    <h1>{ language.say(say::EMPTY_BASKET) }</h1>
                    <p class="lead">{ language.say(say::EMPTY_BASKET_HINT) }</p>
                </div>
                <div class="act">
                    <button class="button primary huge" type="button" onclick={back} data-test="back">
                        <Icon name="back" /><span>{ language.say(say::TO_MENU) }</span>
                    </button>
                </div>
            </>
        };
    }
    let has_shortage = snapshot.basket.iter().any(|line| u32::from(line.quantity) > line.left)
        || snapshot.refusal.as_ref().is_some_and(is_about_stock);
    let has_any_left = snapshot.basket.iter().any(|line| line.left > 0);
    let sum = language.money(snapshot.total_poisha);
    let lines = snapshot
        .basket
        .iter()
        .map(|line| html! { <Line key={line.item_id.to_string()} line={line.clone()} /> });
    let refusal = snapshot.refusal.as_ref().map(|refusal| refusal_text(refusal, &snapshot.basket, language));
    let primary = if !has_shortage {
        Some(("place", Action::Place, say::PLACE_ORDER))
    } else if has_any_left {
        Some(("fit", Action::Fit, say::TAKE_WHAT_IS_LEFT))
    } else {
        None
    };
    html! {
        <>
            <div class="show">
                <SceneDrawing scene={Scene::NoOrders} />
                <h1>{ language.say(say::BASKET) }</h1>
            </div>
            <div class="act">
                if let Some(text) = refusal {
                    <p class="banner bad" role="alert" data-test="refusal"><Icon name="alert" /><span>{ text }</span></p>
                }
                <ul class="lines" data-test="lines">{ for lines }</ul>
                <div class="sum">
                    <p class="sum-row">
                        <span>{ language.say(say::TOTAL) }</span><strong data-test="sum">{ &sum }</strong>
                    </p>
                    <p class="muted">{ language.say(say::PAY_AT_COUNTER) }</p>
                </div>
                <div class="buttons">
                    <button class={classes!("button", "big", primary.is_none().then_some("primary"))} type="button"
                        onclick={back} data-test="back">
                        <Icon name={if primary.is_none() { "back" } else { "plus" }} />
                        <span>
                            { language.say(if primary.is_none() { say::TO_MENU } else { say::ADD_MORE }) }
                        </span>
                    </button>
                    if let Some((test, action, text)) = primary {
                        <button class="button primary big grow" type="button" onclick={kiosk.on(action)}
                            data-test={test}>
                            { language.fill(text, &[("sum", &sum)]) }
                        </button>
                    }
                </div>
            </div>
        </>
    }
}

/// Returns whether taking what is left may help.
fn is_about_stock(refusal: &Refusal) -> bool {
    matches!(refusal.code, ErrorCode::SoldOut | ErrorCode::InsufficientStock)
}

/// Returns the sentence for a refused order.
fn refusal_text(refusal: &Refusal, basket: &[BasketLine], language: Language) -> String {
    let sold_out = refusal.items.iter().filter(|item| item.left == 0);
    let names: Vec<_> = sold_out
        .filter_map(|item| basket.iter().find(|line| line.item_id == item.item_id))
        .map(|line| dishes::name(language, line.item_id.as_str(), &line.name))
        .collect();
    match refusal.code {
        ErrorCode::SoldOut | ErrorCode::InsufficientStock if !names.is_empty() => {
            language.fill(say::REFUSED_SOLD_OUT, &[("dish", &names.join(", "))])
        }
        ErrorCode::SoldOut | ErrorCode::InsufficientStock => language.say(say::REFUSED_TOO_FEW).to_owned(),
        ErrorCode::UnknownItem | ErrorCode::UnavailableItem => language.say(say::REFUSED_OFF_MENU).to_owned(),
        code if code.status() == 503 || code.status() == 429 => language.say(say::REFUSED_BUSY).to_owned(),
        _ => language.say(say::REFUSED_OTHER).to_owned(),
    }
}

#[derive(PartialEq, Properties)]
struct LineProps {
    line: BasketLine,
}

/// Dish in the basket. A sold-out dish is struck through and in no sum.
#[component]
fn Line(LineProps { line }: &LineProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let name = dishes::name(language, line.item_id.as_str(), &line.name);
    let dish = kiosk.menu.dish(&line.item_id);
    let picture = dish.map(|dish| dish.picture.clone()).unwrap_or_default();
    let is_short = u32::from(line.quantity) > line.left;
    let shortage = is_short.then(|| match line.left {
        0 => language.say(say::SOLD_OUT).to_owned(),
        left => language.fill(say::ONLY_LEFT, &[("n", &language.number(u64::from(left)))]),
    });
    // The price of a sold-out dish is struck through; of a short one, only the portions left count.
    let counted = match line.left {
        0 => u64::from(line.quantity),
        left => u64::from(line.quantity).min(u64::from(left)),
    };
    let on_change = {
        let (host, item_id) = (kiosk.host.clone(), line.item_id.clone());
        Callback::from(move |quantity| host.send(Action::Put { item_id: item_id.clone(), quantity }))
    };
    let class = classes!("line-item", is_short.then_some("short"), (line.left == 0).then_some("sold-out"));
    html! {
        <li {class} data-dish={line.item_id.to_string()}>
            <div class="line-picture"><DishPicture name={picture} /></div>
            <div class="line-text">
                <h2>{ name.clone() }</h2>
                <p class="muted">
                    { language.fill(say::EACH, &[("price", &language.money(u64::from(line.price_poisha)))]) }
                </p>
                if let Some(text) = shortage {
                    <p class="shortage"><Icon name="alert" /><span>{ text }</span></p>
                }
            </div>
            <Stepper dish={name} count={line.quantity} left={line.left} {on_change} />
            <strong class="line-sum">{ language.money(u64::from(line.price_poisha) * counted) }</strong>
        </li>
    }
}
