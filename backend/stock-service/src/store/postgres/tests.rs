//! The port's conformance on PostgreSQL, for one replica and for two, and what is its own.

use service_kit::{Tasks, metrics::Metrics};
use test_support::servers::{
    Postgres,
    proxy::{Network, Proxy},
};
use tokio::{sync::OnceCell, task::JoinSet};

use super::*;
use crate::{
    demo_menu, seed_menu,
    store::conformance::{self, replicas},
};

/// One server for all of them; it ends with the process.
static SERVER: OnceCell<Postgres> = OnceCell::const_new();

async fn open(url: &str) -> PgStock {
    PgStock::open(url, 8, &Tasks::new(), &Metrics::new("stock-service")).await.unwrap()
}

async fn database() -> String {
    SERVER.get_or_init(Postgres::start).await.database().await
}

macro_rules! conforms {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            conformance::$name(&open(&database().await).await).await;
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
            let url = database().await;
            // They also migrate at the same time.
            let (one, two) = tokio::join!(open(&url), open(&url));
            replicas::$name(&one, &two).await;
        })*
    };
}

replicas_conform![
    a_first_start_of_two_seeds_once,
    both_share_a_hot_dish,
    a_key_raced_has_one_effect_and_one_answer,
    a_reduce_raced_by_its_release_holds_nothing,
    an_adjustment_raced_counts_once,
    what_two_forget_still_adds_up,
    whatever_is_raced_adds_up,
];

#[tokio::test]
async fn deeds_are_in_the_trail() {
    let store = open(&database().await).await;
    conformance::deeds_are_in_the_trail(&store, &store.audit()).await;
}

#[tokio::test]
async fn old_deeds_are_forgotten() {
    let store = open(&database().await).await;
    service_kit::audit::conformance::old_deeds_are_forgotten(&store.audit()).await;
}

fn burger(n: u32) -> [Operation; 1] {
    let key = format!("00000000-0000-7000-8000-000000000001/order-{n}").parse().unwrap();
    let line = wire::order::Line { item_id: "burger".parse().unwrap(), quantity: wire::Quantity::ONE };
    [Operation::Reduce { key, basket: wire::order::Basket::new(vec![line]).unwrap() }]
}

fn now() -> Time {
    Time::from_millis(1_800_000_000_000)
}

async fn left(store: &PgStock) -> u32 {
    store.item(&"burger".parse().unwrap()).await.unwrap().unwrap().quantity
}

/// Asks again, as the kitchen does, until there is an answer.
async fn insist(store: &PgStock, batch: &[Operation]) -> Vec<Outcome> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match store.apply(batch, now()).await {
            Ok(applied) => return applied.outcomes,
            Err(error) => assert!(Instant::now() < end, "it does not heal: {:?}", error.0),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_rule_of_the_schema_is_the_last_net() {
    let store = open(&database().await).await;
    seed_menu(&store, demo_menu(), now()).await.unwrap();
    for (statement, rule) in [
        ("UPDATE items SET quantity = -1", "items_quantity_not_negative"),
        ("UPDATE items SET quantity = 4294967296", "items_quantity_fits"),
        ("UPDATE items SET revision = version + 1", "items_revision"),
        ("INSERT INTO reservations VALUES ('nobody', 'burger', 1, 1, 1)", "reservations_of_order"),
    ] {
        let refused = sqlx::query(statement).execute(store.db.pool()).await.unwrap_err();
        assert_eq!(service_kit::postgres::constraint(&refused), Some(rule));
    }
    let by_hand = "UPDATE items SET quantity = quantity + 1 WHERE id IN ('burger', 'cola')";
    sqlx::query(by_hand).execute(store.db.pool()).await.unwrap();
    assert_eq!(store.oversold().await.unwrap(), 2, "what does not add up is found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_waits_and_gives_up_in_bounded_time() {
    let url = database().await;
    let store = open(&url).await;
    seed_menu(&store, demo_menu(), now()).await.unwrap();
    // Somebody is always faster: the dish changes as soon as the batch has been planned.
    for statement in [
        "CREATE FUNCTION faster() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN UPDATE items SET version = version + 1 WHERE id = ''burger''; RETURN NULL; END'",
        "CREATE TRIGGER faster BEFORE INSERT ON stock_orders FOR EACH ROW EXECUTE FUNCTION faster()",
    ] {
        sqlx::query(statement).execute(store.db.pool()).await.unwrap();
    }
    let applied = store.apply(&burger(1), now()).await.unwrap();
    assert_eq!(applied.outcomes, [Outcome::Conflict]);
    assert_eq!(applied.changed, []);
    assert!(store.conflicts.get() > 1);
    assert_eq!(left(&store).await, 35);
    sqlx::query("DROP TRIGGER faster ON stock_orders").execute(store.db.pool()).await.unwrap();
    assert_eq!(insist(&store, &burger(1)).await[0].code(), None);
    assert_eq!(left(&store).await, 34);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_under_orders_loses_and_doubles_nothing() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let (one, two) = (open(&url).await, open(&url).await);
    seed_menu(&one, demo_menu(), now()).await.unwrap();
    for round in 0..3_u32 {
        let orders: Vec<_> = (round * 8..round * 8 + 8).map(burger).collect();
        let mut asking = JoinSet::new();
        for (order, store) in orders.iter().cloned().zip([&one, &two].into_iter().cloned().cycle()) {
            asking.spawn(async move { store.apply(&order, now()).await.map(|applied| applied.outcomes) });
        }
        // Some of them are answered, some not, and of some nobody knows. This blocks its thread, and not theirs.
        tokio::task::yield_now().await;
        server.kill();
        while let Some(answer) = asking.join_next().await {
            assert!(answer.unwrap().iter().flatten().all(|outcome| outcome.code().is_none()));
        }
        let (up, asked) = tokio::join!(one.is_up(), one.apply(&orders[0], now()));
        assert!(!up && asked.is_err());
        server.restart().await;
        for order in &orders {
            assert_eq!(insist(&two, order).await[0].code(), None);
        }
        assert_eq!(insist(&one, &orders[0]).await[0].code(), None);
        assert_eq!(left(&one).await, 35 - 8 * (round + 1), "each once");
        assert_eq!(one.oversold().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_an_error_and_nothing_hangs() {
    let server = SERVER.get_or_init(Postgres::start).await;
    let url = server.database().await;
    let proxy = Proxy::start(vec![server.address()]).await;
    let store = open(&url.replace(&server.address(), &proxy.address())).await;
    seed_menu(&store, demo_menu(), now()).await.unwrap();
    proxy.set(Network::Silent);
    let (id, deed) = ("burger".parse().unwrap(), crate::store::conformance::deed("stock.adjust"));
    let adjust = wire::stock::Adjust { delta: 1, reason: "delivery".into(), key: "k".parse().unwrap() };
    let (order, item) = (burger(1), store.item(&id));
    // More than there are connections: some wait for one.
    let orders = futures_util::future::join_all((0..10).map(|_| store.apply(&order, now())));
    let (orders, item, adjusted, oversold, up) =
        tokio::join!(orders, item, store.adjust(&id, &adjust, &deed), store.oversold(), store.is_up());
    assert!(orders.iter().all(Result::is_err) && item.is_err() && adjusted.is_err() && oversold.is_err());
    assert!(!up);
    proxy.set(Network::Good);
    assert_eq!(insist(&store, &burger(1)).await[0].code(), None);
    assert!(store.adjust(&id, &adjust, &deed).await.is_ok());
    assert_eq!(left(&store).await, 35);
    assert_eq!(store.oversold().await.unwrap(), 0);
}
