//! The port's conformance on SQLite, and what is SQLite's own.

use wire::stock::ItemLevel;

use super::*;
use crate::{
    domain::plan::Outcome,
    menu::demo_menu,
    seed_menu,
    store::conformance::{self, replicas},
};

async fn empty() -> (tempfile::TempDir, SqliteStock) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStock::open(&folder.path().join("stock.db")).await.unwrap();
    (folder, store)
}

macro_rules! conforms {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let (_folder, store) = empty().await;
            conformance::$name(&store).await;
        })*
    };
}

conforms![
    seeds_can_be_repeated,
    an_empty_menu_is_seeded_once,
    nothing_is_sold_twice,
    a_key_has_one_effect,
    a_release_comes_back_once,
    a_restock_in_the_rush_is_counted,
    a_stale_change_is_refused,
    an_adjustment_counts_once,
    what_is_old_is_forgotten_and_still_adds_up,
];

macro_rules! replicas_conform {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let (folder, one) = empty().await;
            let two = SqliteStock::open(&folder.path().join("stock.db")).await.unwrap();
            replicas::$name(&one, &two).await;
        })*
    };
}

replicas_conform![
    a_first_start_of_two_seeds_once,
    a_key_raced_has_one_effect_and_one_answer,
    a_reduce_raced_by_its_release_holds_nothing,
    an_adjustment_raced_counts_once,
    what_two_forget_still_adds_up,
    whatever_is_raced_adds_up,
];

#[tokio::test]
async fn deeds_are_in_the_trail() {
    let (_folder, store) = empty().await;
    conformance::deeds_are_in_the_trail(&store, &store.audit()).await;
}

#[tokio::test]
async fn old_deeds_are_forgotten() {
    let (_folder, store) = empty().await;
    service_kit::audit::conformance::old_deeds_are_forgotten(&store.audit()).await;
}

fn burger(n: u32) -> Operation {
    let key = format!("00000000-0000-7000-8000-000000000001/order-{n}").parse().unwrap();
    let line = wire::order::Line { item_id: "burger".parse().unwrap(), quantity: wire::Quantity::ONE };
    Operation::Reduce { key, basket: wire::order::Basket::new(vec![line]).unwrap() }
}

fn now() -> Time {
    Time::from_millis(1_800_000_000_000)
}

#[tokio::test]
async fn a_version_that_changes_between_plan_and_update_has_no_effect_and_is_planned_again() {
    let (_folder, store) = empty().await;
    seed_menu(&store, demo_menu(), now()).await.unwrap();
    // Somebody else is faster, each time: the dish changes once the plan is made.
    let faster = "CREATE TRIGGER faster AFTER INSERT ON stock_orders BEGIN
                      UPDATE items SET version = version + 1 WHERE id = 'burger';
                  END";
    sqlx::query(faster).execute(store.db.writer()).await.unwrap();
    let applied = store.apply(&[burger(1), burger(2)], now()).await.unwrap();
    assert_eq!(applied.outcomes, [Outcome::Conflict, Outcome::Conflict]);
    assert_eq!(applied.changed, []);
    // It waits for the one writer, and so comes between the first attempt and the second.
    let orders = [burger(1)];
    let (applied, dropped) = tokio::join!(
        store.apply(&orders, now()),
        sqlx::query("DROP TRIGGER faster").execute(store.db.writer()),
    );
    dropped.unwrap();
    let applied = applied.unwrap();
    let level = ItemLevel { item_id: "burger".parse().unwrap(), new_quantity: 34, version: 2 };
    assert_eq!(applied.outcomes, [Outcome::Done { levels: vec![level], repeated: false }]);
    assert_eq!(store.oversold().await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let (folder, store) = empty().await;
    assert!(seed_menu(&store, demo_menu(), now()).await.unwrap().is_some());
    let first = store.apply(&[burger(1)], now()).await.unwrap();
    store.close().await;
    assert!(!store.is_up().await);
    assert!(store.apply(&[burger(2)], now()).await.is_err());
    let store = SqliteStock::open(&folder.path().join("stock.db")).await.unwrap();
    assert_eq!(seed_menu(&store, demo_menu(), now()).await.unwrap(), None, "only an empty menu is seeded");
    let again = store.apply(&[burger(1)], now()).await.unwrap();
    let levels = |outcome: &Outcome| outcome.clone().into_result(burger(1).key().clone()).items;
    assert_eq!(levels(&again.outcomes[0]), levels(&first.outcomes[0]));
    assert_eq!(again.changed, []);
}

#[tokio::test]
async fn sums_that_do_not_add_up_are_found() {
    let (_folder, store) = empty().await;
    seed_menu(&store, demo_menu(), now()).await.unwrap();
    store.apply(&[burger(1)], now()).await.unwrap();
    assert_eq!(store.oversold().await.unwrap(), 0);
    let by_hand = "UPDATE items SET quantity = quantity + 1 WHERE id IN ('burger', 'cola')";
    sqlx::query(by_hand).execute(store.db.writer()).await.unwrap();
    assert_eq!(store.oversold().await.unwrap(), 2);
    let negative = sqlx::query("UPDATE items SET quantity = -1").execute(store.db.writer()).await;
    assert!(
        service_kit::sqlite::is_constraint(&negative.unwrap_err()),
        "and the schema refuses less than none"
    );
}
