//! What two stores of the same stock must show, as two replicas have them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering},
};

use futures_util::future::{join, join_all};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use wire::{OrderKey, Time};

use super::{NOW, adjust, apply, codes, deed, dish, id, is_conserved, item, reduce, release, seed};
use crate::{
    demo_menu,
    domain::plan::{Operation, Outcome},
    seed_menu,
    store::StockStore,
};

/// Both start on an empty database: the menu is seeded once.
pub(crate) async fn a_first_start_of_two_seeds_once(one: &dyn StockStore, two: &dyn StockStore) {
    let now = Time::from_millis(NOW);
    let (first, second) = join(seed_menu(one, demo_menu(), now), seed_menu(two, demo_menu(), now)).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.is_some() != second.is_some(), "one of them: {first:?}, {second:?}");
    assert_eq!(item(two, "burger").await.version, 1);
    for n in 0..30 {
        // One adds it, the other changes what it finds.
        let name = format!("new-{n}");
        let (few, many, deed) = ([dish(&name, 5)], [dish(&name, 7)], deed("stock.seed"));
        let (few, many) = join(one.seed(&few, &deed), two.seed(&many, &deed)).await;
        assert_eq!(few.unwrap().created + many.unwrap().created, 1);
        assert_eq!(item(one, &name).await.version, 2);
        is_conserved(two).await;
    }
}

/// Two thousand portions of one dish, and both want them all, in batches from 16 sides. They are sold once, and
/// nobody is left out.
pub(crate) async fn both_share_a_hot_dish(one: &dyn StockStore, two: &dyn StockStore) {
    const PORTIONS: usize = 2_000;
    const SIDES: usize = 16;
    const BATCH: usize = 8;
    seed(one, &[("special", PORTIONS.try_into().unwrap()), ("tea", 0)]).await;
    let next = AtomicUsize::new(0);
    let got: [AtomicUsize; SIDES] = Default::default();
    join_all((0..SIDES).map(async |side| {
        let store = if side % 2 == 0 { one } else { two };
        loop {
            let batch: Vec<_> =
                (0..BATCH).map(|_| reduce(next.fetch_add(1, Ordering::Relaxed), &[("special", 1)])).collect();
            let answers = codes(store, &batch).await;
            let taken = answers.iter().filter(|code| code.is_empty()).count();
            let sold_out = answers.iter().filter(|code| **code == "sold_out").count();
            assert_eq!(taken + sold_out, BATCH, "every one is answered for good: {answers:?}");
            got[side].fetch_add(taken, Ordering::Relaxed);
            if sold_out > 0 {
                return;
            }
        }
    }))
    .await;
    let got: Vec<_> = got.iter().map(|taken| taken.load(Ordering::Relaxed)).collect();
    assert_eq!(got.iter().sum::<usize>(), PORTIONS);
    assert!(got.iter().all(|taken| *taken > 0), "nobody is starved: {got:?}");
    let of_two: usize = got.iter().skip(1).step_by(2).sum();
    assert!((PORTIONS / 5..=PORTIONS * 4 / 5).contains(&of_two), "nor a replica: {got:?}");
    let special = item(two, "special").await;
    assert_eq!((special.quantity, special.version), (0, 1 + PORTIONS as u64));
    is_conserved(one).await;
}

/// The same order at both at once: taken once, and answered alike.
pub(crate) async fn a_key_raced_has_one_effect_and_one_answer(one: &dyn StockStore, two: &dyn StockStore) {
    seed(one, &[("soup", 1_000), ("tea", 20)]).await;
    for n in 0..30 {
        // The last of them find too little tea: a refusal has one answer too.
        let order = [reduce(n, &[("soup", 2), ("tea", 1)])];
        let (first, second) = join(apply(one, &order), apply(two, &order)).await;
        assert_eq!(first, second);
        let other = [reduce(n, &[("soup", 1)])];
        assert_eq!(
            join(codes(one, &other), codes(two, &other)).await,
            (vec!["key_reused"], vec!["key_reused"])
        );
    }
    assert_eq!((item(one, "soup").await.quantity, item(two, "tea").await.quantity), (960, 0));
    for n in 30..60 {
        // Different orders under one key: one of them.
        let (few, many) = ([reduce(n, &[("soup", 1)])], [reduce(n, &[("soup", 2)])]);
        let (first, second) = join(codes(one, &few), codes(two, &many)).await;
        let mut both = [first, second].concat();
        both.sort_unstable();
        assert_eq!(both, ["", "key_reused"]);
    }
    is_conserved(one).await;
}

/// An order and its end at two replicas at once: whichever comes first, it holds nothing in the end, and for ever.
pub(crate) async fn a_reduce_raced_by_its_release_holds_nothing(one: &dyn StockStore, two: &dyn StockStore) {
    seed(one, &[("soup", 100)]).await;
    for n in 0..60 {
        let (order, end) = ([reduce(n, &[("soup", 2)])], [release(n)]);
        let (taken, ended) = match n % 3 {
            0 => join(codes(one, &order), codes(two, &end)).await,
            1 => join(codes(two, &order), codes(one, &end)).await,
            // Both end it, while it is there.
            _ => {
                let taken = codes(one, &order).await;
                let ends = join(codes(one, &end), codes(two, &end)).await;
                assert_eq!(ends, (vec![""], vec![""]));
                (taken, ends.1)
            }
        };
        assert!(matches!(taken[..], ["" | "released"]), "{taken:?}");
        assert_eq!(ended, [""]);
        assert_eq!(item(one, "soup").await.quantity, 100, "order {n} holds nothing");
        let late = join(codes(one, &order), codes(two, &order)).await;
        assert_eq!(late, (vec!["released"], vec!["released"]));
    }
    is_conserved(two).await;
}

/// The same delivery written down at both at once counts once.
pub(crate) async fn an_adjustment_raced_counts_once(one: &dyn StockStore, two: &dyn StockStore) {
    seed(one, &[("soup", 0)]).await;
    let (soup, deed) = (id("soup"), deed("stock.adjust"));
    for n in 1..=20 {
        let more = adjust(3, &format!("delivery-{n}"));
        let (first, second) = join(one.adjust(&soup, &more, &deed), two.adjust(&soup, &more, &deed)).await;
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first, second);
        assert_eq!(first.quantity, 3 * n);
    }
    is_conserved(one).await;
}

/// Both forget at once, while orders go on: nothing is counted twice.
pub(crate) async fn what_two_forget_still_adds_up(one: &dyn StockStore, two: &dyn StockStore) {
    seed(one, &[("soup", 500), ("tea", 500)]).await;
    let orders: Vec<_> = (0..300).map(|n| reduce(n, &[("soup", 1), ("tea", 1)])).collect();
    apply(one, &orders).await;
    apply(two, &(0..50).map(release).collect::<Vec<_>>()).await;
    let old = Time::from_millis(NOW + 1);
    let sales = async {
        for n in 0..20 {
            apply(one, &[release(100 + n), reduce(1_000 + n, &[("tea", 1)])]).await;
        }
    };
    let forget = async |store: &dyn StockStore| store.forget(old, old).await.unwrap();
    join(sales, join(forget(one), forget(two))).await;
    is_conserved(one).await;
    while forget(two).await.folded > 0 {}
    is_conserved(one).await;
    assert!(item(one, "soup").await.quantity <= 500);
}

/// What one side does next.
#[derive(Debug, Clone)]
enum Step {
    Orders(Vec<Operation>),
    Restock(&'static str, i64),
    Seed(u32),
    Hide(bool),
    Forget,
}

const DISHES: [&str; 3] = ["cake", "soup", "tea"];

fn operation() -> impl Strategy<Value = Operation> {
    let lines = proptest::sample::subsequence(DISHES.to_vec(), 1..=3);
    prop_oneof![
        5 => (0..40_usize, lines, 1..4_i64).prop_map(|(n, dishes, quantity)| {
            // One basket for each key, most of the time.
            let quantity = if n % 7 == 0 { quantity } else { 1 + (n % 3) as i64 };
            let dishes = if n % 7 == 0 { dishes } else { DISHES[n % 3..].to_vec() };
            reduce(n, &dishes.into_iter().map(|dish| (dish, quantity)).collect::<Vec<_>>())
        }),
        2 => (0..40_usize).prop_map(release),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => proptest::collection::vec(operation(), 1..6).prop_map(Step::Orders),
        3 => (proptest::sample::select(&DISHES[..]), -3..8_i64)
            .prop_map(|(dish, delta)| Step::Restock(dish, if delta == 0 { 1 } else { delta })),
        1 => (0..30_u32).prop_map(Step::Seed),
        1 => any::<bool>().prop_map(Step::Hide),
        1 => Just(Step::Forget),
    ]
}

/// Many sides do many things at both replicas at once, in 12 different ways: it adds up, and every key has had one
/// effect.
pub(crate) async fn whatever_is_raced_adds_up(one: &dyn StockStore, two: &dyn StockStore) {
    const SIDES: usize = 8;
    let numbers = AtomicU32::new(0);
    for turn in 0..12_u8 {
        let mut runner = TestRunner::new_with_rng(
            Config::default(),
            TestRng::from_seed(RngAlgorithm::ChaCha, &[turn; 32]),
        );
        seed(one, &DISHES.map(|dish| (dish, 20))).await;
        let plans: Vec<Vec<Step>> = (0..SIDES)
            .map(|_| proptest::collection::vec(step(), 10).new_tree(&mut runner).unwrap().current())
            .collect();
        let answers = join_all(plans.iter().enumerate().map(async |(side, steps)| {
            let store = if side % 2 == 0 { one } else { two };
            let mut answers = Vec::new();
            for step in steps {
                answers.extend(take(store, turn, step, &numbers).await);
            }
            answers
        }))
        .await;
        one_effect_for_each_key(answers.into_iter().flatten());
        is_conserved(one).await;
        let level = |item: wire::stock::StockItem| (item.id.to_string(), item.quantity);
        let levels = async |store: &dyn StockStore| {
            store.items().await.unwrap().into_iter().map(level).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(levels(one).await, levels(two).await, "both see the same");
    }
}

/// Takes a step. Keys differ from turn to turn.
async fn take(
    store: &dyn StockStore,
    turn: u8,
    step: &Step,
    numbers: &AtomicU32,
) -> Vec<(OrderKey, Operation, Outcome)> {
    let deed = deed("stock.test");
    let now = Time::from_millis(NOW + 1 + i64::from(turn));
    match step {
        Step::Orders(operations) => {
            let batch: Vec<_> = operations.iter().map(|operation| at_turn(turn, operation)).collect();
            let applied = store.apply(&batch, now).await.unwrap();
            let done = batch.into_iter().zip(applied.outcomes);
            return done.map(|(operation, outcome)| (operation.key().clone(), operation, outcome)).collect();
        }
        Step::Restock(dish, delta) => {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            // It may be too few to take away.
            let _ = store.adjust(&id(dish), &adjust(*delta, &format!("restock-{number}")), &deed).await;
        }
        Step::Seed(quantity) => {
            store.seed(&[dish("soup", *quantity), dish("tea", 15)], &deed).await.unwrap();
        }
        Step::Hide(available) => {
            let revision = item(store, "cake").await.revision;
            let change =
                wire::stock::ItemChange { available: Some(*available), ..wire::stock::ItemChange::default() };
            // Somebody else may have changed it.
            let _ = store.change(&id("cake"), revision, &change, &deed).await;
        }
        Step::Forget => {
            // All but the orders of this turn is old.
            store.forget(now, now).await.unwrap();
        }
    }
    Vec::new()
}

fn at_turn(turn: u8, operation: &Operation) -> Operation {
    let fresh = |old: &OrderKey| -> OrderKey { format!("{old}-{turn}").parse().unwrap() };
    match operation {
        Operation::Reduce { key, basket } => Operation::Reduce { key: fresh(key), basket: basket.clone() },
        Operation::Release { key } => Operation::Release { key: fresh(key) },
    }
}

/// Of each key, one reduce was done anew at most, one answer was given for what was taken, and nothing was both
/// taken and refused.
fn one_effect_for_each_key(answers: impl Iterator<Item = (OrderKey, Operation, Outcome)>) {
    let mut first = HashMap::<OrderKey, (u32, Option<Outcome>)>::new();
    for (key, operation, outcome) in answers {
        assert_ne!(outcome, Outcome::Conflict, "{key}");
        let (new, known) = first.entry(key.clone()).or_default();
        let once = match (&operation, outcome) {
            (Operation::Reduce { .. }, Outcome::Done { levels, repeated }) => {
                *new += u32::from(!repeated);
                Outcome::Done { levels, repeated: true }
            }
            (Operation::Reduce { .. }, Outcome::Refused { refusal, repeated }) => {
                *new += u32::from(!repeated);
                Outcome::Refused { refusal, repeated: true }
            }
            _ => continue,
        };
        assert!(*new <= 1, "{key} had an effect twice");
        let known = known.get_or_insert_with(|| once.clone());
        assert_eq!(*known, once, "{key} was answered in two ways");
    }
}
