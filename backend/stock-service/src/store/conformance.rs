//! What every adapter of the port must show, on an empty store of its own; of replicas, on two stores of the same
//! stock.

pub(crate) mod replicas;

use futures_util::future::join_all;
use service_kit::audit::{AuditTrail, Deed};
use wire::{
    ErrorCode, ItemId, OrderKey, Time,
    order::{Basket, Line},
    stock::{Adjust, ItemChange, MAX_QUANTITY, SeedItem, StockItem, StockResult},
};

use super::StockStore;
use crate::domain::{StockError, plan::Operation};

const NOW: i64 = 1_800_000_000_000;

fn id(text: &str) -> ItemId {
    text.parse().unwrap()
}

fn key(n: usize) -> OrderKey {
    format!("00000000-0000-7000-8000-000000000001/order-{n}").parse().unwrap()
}

fn reduce(n: usize, lines: &[(&str, i64)]) -> Operation {
    let lines = lines
        .iter()
        .map(|(item, n)| Line { item_id: id(item), quantity: (*n).try_into().unwrap() })
        .collect();
    Operation::Reduce { key: key(n), basket: Basket::new(lines).unwrap() }
}

fn release(n: usize) -> Operation {
    Operation::Release { key: key(n) }
}

pub(crate) fn deed(action: &'static str) -> Deed {
    let at = Time::from_millis(NOW);
    Deed { at, actor: "cook".into(), action, subject: "a dish".into(), detail: "why".into() }
}

fn dish(item: &str, quantity: u32) -> SeedItem {
    let name = item.to_owned();
    let (category, price_poisha, picture, available) = (None, None, None, None);
    SeedItem { id: id(item), name, quantity, category, price_poisha, picture, available }
}

fn adjust(delta: i64, key: &str) -> Adjust {
    Adjust { delta, reason: "delivery".into(), key: key.parse().unwrap() }
}

async fn seed(store: &dyn StockStore, dishes: &[(&str, u32)]) {
    let items: Vec<_> = dishes.iter().map(|(item, quantity)| dish(item, *quantity)).collect();
    store.seed(&items, &deed("stock.seed")).await.unwrap();
}

async fn item(store: &dyn StockStore, text: &str) -> StockItem {
    store.item(&id(text)).await.unwrap().unwrap()
}

/// Applies and gives the results as they are answered.
async fn apply(store: &dyn StockStore, batch: &[Operation]) -> Vec<StockResult> {
    let applied = store.apply(batch, Time::from_millis(NOW)).await.unwrap();
    let results = applied.outcomes.into_iter().zip(batch);
    results.map(|(outcome, operation)| outcome.into_result(operation.key().clone())).collect()
}

async fn codes(store: &dyn StockStore, batch: &[Operation]) -> Vec<&'static str> {
    let results = apply(store, batch).await;
    results.into_iter().map(|result| result.code.map_or("", ErrorCode::as_str)).collect()
}

async fn is_conserved(store: &dyn StockStore) {
    assert_eq!(store.oversold().await.unwrap(), 0, "stock is conserved");
}

/// A seed makes and changes dishes, sets levels, and changes nothing the second time.
pub(crate) async fn seeds_can_be_repeated(store: &dyn StockStore) {
    let dishes = [dish("soup", 3), dish("cake", 0)];
    let first = store.seed(&dishes, &deed("stock.seed")).await.unwrap();
    assert_eq!((first.created, first.updated), (2, 0));
    let names = |items: &[StockItem]| items.iter().map(|item| item.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first.items), ["cake", "soup"]);
    let again = store.seed(&dishes, &deed("stock.seed")).await.unwrap();
    assert_eq!((again.created, again.updated), (0, 2));
    assert_eq!(again.items, first.items, "nothing changes, not even a version");
    apply(store, &[reduce(1, &[("soup", 2)])]).await;
    seed(store, &[("soup", 10)]).await;
    assert_eq!(item(store, "soup").await.quantity, 10, "what is on the shelf, not what was ever there");
    assert_eq!(store.items().await.unwrap().len(), 2);
    assert_eq!(store.item(&id("caviar")).await.unwrap(), None);
    is_conserved(store).await;
}

/// The first seed is done once, and only on an empty menu.
pub(crate) async fn an_empty_menu_is_seeded_once(store: &dyn StockStore) {
    let first = [dish("soup", 3)];
    let seeded = store.seed_if_empty(&first, &deed("stock.seed")).await.unwrap().unwrap();
    assert_eq!((seeded.created, seeded.items.len()), (1, 1));
    apply(store, &[reduce(1, &[("soup", 2)])]).await;
    assert_eq!(store.seed_if_empty(&first, &deed("stock.seed")).await.unwrap(), None);
    assert_eq!(item(store, "soup").await.quantity, 1, "what was sold stays sold");
    is_conserved(store).await;
}

/// Two hundred want the last three.
pub(crate) async fn nothing_is_sold_twice(store: &dyn StockStore) {
    seed(store, &[("special", 3)]).await;
    let orders: Vec<_> = (0..200).map(|n| [reduce(n, &[("special", 1)])]).collect();
    let answers = join_all(orders.iter().map(|order| codes(store, order))).await.concat();
    assert_eq!(answers.iter().filter(|code| code.is_empty()).count(), 3);
    assert_eq!(answers.iter().filter(|code| **code == "sold_out").count(), 197);
    assert_eq!(item(store, "special").await.quantity, 0);
    is_conserved(store).await;
}

/// One key, one effect, one answer, whatever else goes on.
pub(crate) async fn a_key_has_one_effect(store: &dyn StockStore) {
    seed(store, &[("soup", 10), ("tea", 10)]).await;
    let order = [reduce(1, &[("soup", 2), ("tea", 1)])];
    let answers = join_all((0..50).map(|_| apply(store, &order))).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(answers[0][0].status, 200);
    assert_eq!(item(store, "soup").await.quantity, 8);
    apply(store, &[reduce(2, &[("soup", 1)])]).await;
    assert_eq!(apply(store, &order).await, answers[0], "the answer that was lost, not a new one");
    assert_eq!(codes(store, &[reduce(1, &[("soup", 2)])]).await, ["key_reused"]);
    let refused = apply(store, &[reduce(3, &[("soup", 8), ("tea", 1)])]).await;
    assert_eq!((refused[0].status, refused[0].left[0].left), (422, 7));
    assert_eq!(apply(store, &[reduce(4, &[("caviar", 1)])]).await[0].status, 404);
    store.adjust(&id("soup"), &adjust(50, "more"), &deed("stock.adjust")).await.unwrap();
    assert_eq!(apply(store, &[reduce(3, &[("soup", 8), ("tea", 1)])]).await, refused, "a refusal is final");
    assert_eq!(codes(store, &[reduce(4, &[("caviar", 1)])]).await, ["unknown_item"]);
    is_conserved(store).await;
}

/// What is released comes back once; a release may come first.
pub(crate) async fn a_release_comes_back_once(store: &dyn StockStore) {
    seed(store, &[("soup", 10), ("tea", 10)]).await;
    apply(store, &[reduce(1, &[("soup", 4), ("tea", 1)])]).await;
    let before = item(store, "soup").await.version;
    let order = [release(1)];
    let answers = join_all((0..20).map(|_| codes(store, &order))).await.concat();
    assert_eq!(answers, [""; 20]);
    let soup = item(store, "soup").await;
    assert_eq!((soup.quantity, soup.version), (10, before + 1));
    assert_eq!(codes(store, &[reduce(1, &[("soup", 4), ("tea", 1)])]).await, ["released"]);
    assert_eq!(codes(store, &[release(2)]).await, [""], "a release may overtake its reduce");
    assert_eq!(codes(store, &[reduce(2, &[("soup", 1)])]).await, ["released"]);
    assert_eq!(codes(store, &[reduce(3, &[("soup", 1)]), release(3)]).await, ["", ""]);
    assert_eq!(item(store, "soup").await.quantity, 10);
    is_conserved(store).await;
}

/// Orders, releases and restocks at once.
pub(crate) async fn a_restock_in_the_rush_is_counted(store: &dyn StockStore) {
    seed(store, &[("soup", 5), ("tea", 40)]).await;
    let orders: Vec<_> = (0..60)
        .map(|n| match n % 3 {
            0 => vec![reduce(n, &[("soup", 1), ("tea", 1)])],
            1 => vec![reduce(n, &[("soup", 2)]), reduce(n + 1000, &[("tea", 1)])],
            _ => vec![release(n - 2), reduce(n, &[("tea", 2)])],
        })
        .collect();
    let restocks: Vec<_> =
        (0..10).map(|n| adjust(if n % 2 == 0 { 3 } else { -1 }, &format!("r{n}"))).collect();
    let (soup, deed) = (id("soup"), deed("stock.adjust"));
    let rush = join_all(orders.iter().map(|batch| apply(store, batch)));
    let supply = join_all(restocks.iter().map(|adjust| store.adjust(&soup, adjust, &deed)));
    let (_, supply) = futures_util::future::join(rush, supply).await;
    assert!(supply.iter().any(Result::is_ok));
    is_conserved(store).await;
}

/// Whoever has not seen the last revision changes nothing.
pub(crate) async fn a_stale_change_is_refused(store: &dyn StockStore) {
    seed(store, &[("soup", 5)]).await;
    let soup = item(store, "soup").await;
    let named = |name: &str| ItemChange { name: Some(name.into()), ..ItemChange::default() };
    let (id, names) = (soup.id.clone(), ["one", "two", "three"].map(named));
    apply(store, &[reduce(1, &[("soup", 1)])]).await;
    let deed = deed("stock.change");
    let raced = join_all(names.iter().map(|name| store.change(&id, soup.revision, name, &deed))).await;
    let won: Vec<_> = raced.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(won.len(), 1, "one of three; the sale in between was no change by people");
    assert_eq!((won[0].revision, won[0].version), (soup.revision + 1, soup.version + 2));
    assert_eq!((won[0].quantity, won[0].price_poisha), (4, soup.price_poisha), "the rest stays");
    let lost = raced.iter().filter(|result| matches!(result, Err(StockError::Stale))).count();
    assert_eq!(lost, 2);
    let stale = store.change(&id, u64::MAX, &names[0], &deed).await;
    assert!(matches!(stale, Err(StockError::Stale)));
    let unknown = store.change(&"caviar".parse().unwrap(), 1, &names[0], &deed).await;
    assert!(matches!(unknown, Err(StockError::NotFound)));
    let hidden = ItemChange { available: Some(false), ..ItemChange::default() };
    store.change(&id, won[0].revision, &hidden, &deed).await.unwrap();
    assert_eq!(codes(store, &[reduce(2, &[("soup", 1)])]).await, ["unavailable_item"]);
}

/// A restock or waste counts once, and never takes more than there is.
pub(crate) async fn an_adjustment_counts_once(store: &dyn StockStore) {
    seed(store, &[("soup", 5), ("tea", 0)]).await;
    let (soup, deed) = (id("soup"), deed("stock.adjust"));
    let more = adjust(10, "delivery-1");
    let answers = join_all((0..10).map(|_| store.adjust(&soup, &more, &deed))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.quantity == 15));
    store.adjust(&soup, &adjust(-15, "burnt"), &deed).await.unwrap();
    assert_eq!(store.adjust(&soup, &more, &deed).await.unwrap(), answers[0], "the first answer");
    assert_eq!(item(store, "soup").await.quantity, 0);
    for (target, other) in [("soup", adjust(11, "delivery-1")), ("tea", more.clone())] {
        let reused = store.adjust(&id(target), &other, &deed).await;
        assert!(matches!(reused, Err(StockError::KeyReused)), "{target}");
    }
    let fewer = store.adjust(&soup, &adjust(-1, "x"), &deed).await;
    assert!(matches!(fewer, Err(StockError::TooFew { left: 0, .. })));
    store.adjust(&soup, &adjust(MAX_QUANTITY.into(), "y"), &deed).await.unwrap();
    let many = store.adjust(&soup, &adjust(1, "z"), &deed).await;
    assert!(matches!(many, Err(StockError::TooMany { left: MAX_QUANTITY })));
    assert!(matches!(store.adjust(&id("caviar"), &more, &deed).await, Err(StockError::KeyReused)));
    assert!(matches!(store.adjust(&id("caviar"), &adjust(1, "w"), &deed).await, Err(StockError::NotFound)));
    store.adjust(&soup, &adjust(-1, "x"), &deed).await.unwrap();
    is_conserved(store).await;
}

/// Old keys go, old orders become totals, and the sums still add up.
pub(crate) async fn what_is_old_is_forgotten_and_still_adds_up(store: &dyn StockStore) {
    seed(store, &[("soup", 5)]).await;
    apply(store, &[reduce(1, &[("soup", 2)]), reduce(2, &[("soup", 9)]), release(3)]).await;
    let (before, after) = (Time::from_millis(NOW), Time::from_millis(NOW + 1));
    let kept = store.forget(before, before).await.unwrap();
    assert_eq!((kept.keys, kept.folded), (0, 0), "nothing is old enough");
    assert_eq!(codes(store, &[reduce(2, &[("soup", 9)]), release(3)]).await, ["insufficient_stock", ""]);
    let keys = store.forget(after, before).await.unwrap();
    assert_eq!((keys.keys, keys.folded), (2, 0));
    assert_eq!(codes(store, &[reduce(1, &[("soup", 2)])]).await, [""], "what holds portions is remembered");
    assert_eq!(item(store, "soup").await.quantity, 3);
    let totals = store.forget(before, after).await.unwrap();
    assert_eq!((totals.keys, totals.folded), (0, 2), "an order and an adjustment");
    is_conserved(store).await;
    assert_eq!(store.forget(after, after).await.unwrap().folded, 0);
    assert_eq!(codes(store, &[release(1)]).await, [""]);
    assert_eq!(item(store, "soup").await.quantity, 3, "it is sold, and cannot be given back");
    is_conserved(store).await;
}

/// What people do is written down with it, and what they fail to do is not.
pub(crate) async fn deeds_are_in_the_trail(store: &dyn StockStore, trail: &dyn AuditTrail) {
    seed(store, &[("soup", 5)]).await;
    let soup = item(store, "soup").await;
    let change = ItemChange { available: Some(true), ..ItemChange::default() };
    store.change(&soup.id, soup.revision, &change, &deed("stock.change")).await.unwrap();
    store.change(&soup.id, soup.revision, &change, &deed("stock.change")).await.unwrap_err();
    store.adjust(&soup.id, &adjust(1, "k"), &deed("stock.adjust")).await.unwrap();
    store.adjust(&soup.id, &adjust(1, "k"), &deed("stock.adjust")).await.unwrap();
    store.adjust(&soup.id, &adjust(-100, "l"), &deed("stock.adjust")).await.unwrap_err();
    let page = trail.page(None).await.unwrap();
    let actions: Vec<_> = page.entries.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["stock.adjust", "stock.change", "stock.seed"]);
}
