//! What a batch does, case by case, and for any sequence of batches.

use proptest::prelude::*;
use wire::order::Line;

use super::*;

fn key(n: u8) -> OrderKey {
    format!("00000000-0000-7000-8000-000000000001/order-{n}").parse().unwrap()
}

fn item(name: &str) -> ItemId {
    name.parse().unwrap()
}

fn basket(lines: &[(&str, i64)]) -> Basket {
    let line = |&(name, quantity): &(&str, i64)| Line {
        item_id: item(name),
        quantity: quantity.try_into().unwrap(),
    };
    Basket::new(lines.iter().map(line).collect()).unwrap()
}

fn reduce(n: u8, lines: &[(&str, i64)]) -> Operation {
    Operation::Reduce { key: key(n), basket: basket(lines) }
}

fn release(n: u8) -> Operation {
    Operation::Release { key: key(n) }
}

fn stock(levels: &[(&str, u32)]) -> Snapshot {
    let shelf =
        |&(name, quantity): &(&str, u32)| (item(name), Shelf { quantity, version: 10, available: true });
    Snapshot { items: levels.iter().map(shelf).collect(), orders: HashMap::new() }
}

/// What the database does with a plan.
fn write(snapshot: &mut Snapshot, plan: &Plan) {
    for write in &plan.items {
        let shelf = snapshot.items.get_mut(&write.level.item_id).unwrap();
        assert_eq!(shelf.version, write.expected, "it is planned on what is there");
        assert!(write.level.version > write.expected);
        (shelf.quantity, shelf.version) = (write.level.quantity, write.level.version);
    }
    for order in &plan.orders {
        let old = snapshot.orders.insert(order.key.clone(), order.state.clone());
        assert_eq!(order.gives_back, matches!(old, Some(OrderState::Reserved { .. })));
    }
}

/// Plans and writes; gives the statuses and codes.
fn run(snapshot: &mut Snapshot, batch: &[Operation]) -> Vec<(u16, &'static str)> {
    let plan = plan(snapshot.clone(), batch);
    write(snapshot, &plan);
    plan.outcomes
        .into_iter()
        .map(|outcome| outcome.into_result(key(0)))
        .map(|result| (result.status, result.code.map_or("", ErrorCode::as_str)))
        .collect()
}

#[test]
fn a_refused_order_does_not_block_smaller_ones() {
    let mut stock = stock(&[("special", 3), ("cola", 1)]);
    let batch = [
        reduce(1, &[("special", 2), ("cola", 1)]),
        reduce(2, &[("special", 2)]),
        reduce(3, &[("special", 1), ("cola", 1)]),
        reduce(4, &[("special", 1)]),
    ];
    let expected = [(200, ""), (422, "insufficient_stock"), (422, "sold_out"), (200, "")];
    assert_eq!(run(&mut stock, &batch), expected);
    assert_eq!(stock.items[&item("special")], Shelf { quantity: 0, version: 12, available: true });
}

#[test]
fn each_refusal_says_why_and_what_is_left() {
    let mut stock = stock(&[("soup", 2), ("tea", 0), ("hidden", 9)]);
    stock.items.get_mut(&item("hidden")).unwrap().available = false;
    let batch = [
        reduce(1, &[("soup", 3)]),
        reduce(2, &[("soup", 3), ("tea", 1)]),
        reduce(3, &[("tea", 1), ("hidden", 1)]),
        reduce(4, &[("hidden", 1), ("caviar", 1)]),
    ];
    let plan = plan(stock.clone(), &batch);
    let told: Vec<_> = plan
        .outcomes
        .into_iter()
        .map(|outcome| outcome.into_result(key(0)))
        .map(|r| {
            (r.status, r.code.unwrap().as_str(), r.left.into_iter().map(|l| (l.item_id.to_string(), l.left)))
        })
        .map(|(status, code, left)| (status, code, left.collect::<Vec<_>>()))
        .collect();
    let left = |name: &str, left: u32| (name.to_owned(), left);
    assert_eq!(
        told,
        [
            (422, "insufficient_stock", vec![left("soup", 2)]),
            (422, "sold_out", vec![left("soup", 2), left("tea", 0)]),
            (422, "unavailable_item", vec![left("hidden", 0)]),
            (404, "unknown_item", vec![left("caviar", 0)]),
        ]
    );
    assert_eq!(plan.items, [], "nothing was taken");
    assert_eq!(plan.orders.len(), 4, "and each refusal is kept");
}

#[test]
fn repeats_of_a_key_are_folded_also_within_a_batch() {
    let mut now = stock(&[("soup", 5)]);
    let batch = [reduce(1, &[("soup", 2)]), reduce(1, &[("soup", 2)]), reduce(1, &[("soup", 1)])];
    let first = plan(now.clone(), &batch);
    assert_eq!(run(&mut now, &batch), [(200, ""), (200, ""), (422, "key_reused")]);
    let answers: Vec<_> = first.outcomes.iter().cloned().map(|o| o.into_result(key(1))).collect();
    assert_eq!(answers[0], answers[1]);
    // Others go on; whoever lost the answer hears the same.
    run(&mut now, &[reduce(2, &[("soup", 1)])]);
    let again = plan(now.clone(), &batch[..1]);
    assert_eq!(again.outcomes[0].clone().into_result(key(1)), answers[0]);
    assert_eq!((again.items.len(), again.orders.len()), (0, 0), "without a second effect");
    assert_eq!(now.items[&item("soup")].quantity, 2);
}

#[test]
fn a_refusal_is_final_also_after_a_restock() {
    let mut now = stock(&[("soup", 0)]);
    assert_eq!(run(&mut now, &[reduce(1, &[("soup", 1)])]), [(422, "sold_out")]);
    now.items.get_mut(&item("soup")).unwrap().quantity = 50;
    assert_eq!(run(&mut now, &[reduce(1, &[("soup", 1)])]), [(422, "sold_out")]);
    assert_eq!(run(&mut now, &[reduce(1, &[("soup", 2)])]), [(422, "key_reused")]);
    assert_eq!(run(&mut now, &[release(1), reduce(1, &[("soup", 1)])]), [(200, ""), (422, "sold_out")]);
}

#[test]
fn a_release_gives_back_once_and_bars_its_reduce_for_ever() {
    let mut now = stock(&[("soup", 5)]);
    assert_eq!(run(&mut now, &[release(1), reduce(1, &[("soup", 1)])]), [(200, ""), (422, "released")]);
    assert_eq!(run(&mut now, &[reduce(2, &[("soup", 4)])]), [(200, "")]);
    assert_eq!(now.items[&item("soup")].quantity, 1);
    assert_eq!(run(&mut now, &[release(2), release(2)]), [(200, ""), (200, "")]);
    assert_eq!(run(&mut now, &[release(2), reduce(2, &[("soup", 4)])]), [(200, ""), (422, "released")]);
    assert_eq!(now.items[&item("soup")].quantity, 5);
    // Both in one batch: no trace but the tombstone, and the portions can be taken by the next at once.
    let batch = [reduce(3, &[("soup", 5)]), release(3), reduce(4, &[("soup", 5)])];
    assert_eq!(run(&mut now, &batch), [(200, ""), (200, ""), (200, "")]);
    assert_eq!(now.orders[&key(3)], OrderState::Released);
}

const DISHES: [&str; 3] = ["soup", "tea", "cake"];

#[derive(Debug, Clone)]
enum Step {
    Batch(Vec<Operation>),
    Adjust(usize, i64),
    Hide(usize, bool),
}

fn operation() -> impl Strategy<Value = Operation> {
    // One dish more than there are, so that some are unknown.
    let line = (prop::sample::select(vec!["soup", "tea", "cake", "caviar"]), 1..4_i64);
    prop_oneof![
        3 => (0..8_u8, prop::collection::vec(line, 1..4)).prop_map(|(n, lines)| reduce(n, &lines)),
        1 => (0..8_u8).prop_map(release),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(operation(), 1..10).prop_map(Step::Batch),
        1 => (0..3_usize, -5..6_i64).prop_map(|(dish, delta)| Step::Adjust(dish, delta)),
        1 => (0..3_usize, any::<bool>()).prop_map(|(dish, hide)| Step::Hide(dish, hide)),
    ]
}

fn reserved(snapshot: &Snapshot, dish: &ItemId) -> i64 {
    snapshot
        .orders
        .values()
        .flat_map(|state| match state {
            OrderState::Reserved { portions, .. } => portions.as_slice(),
            OrderState::Released | OrderState::Refused { .. } => &[],
        })
        .filter(|portion| portion.level.item_id == *dish)
        .map(|portion| i64::from(portion.quantity.get()))
        .sum()
}

proptest! {
    #[test]
    fn stock_is_conserved_and_every_answer_repeats(steps in prop::collection::vec(step(), 1..20)) {
        let mut now = stock(&[("soup", 6), ("tea", 3), ("cake", 0)]);
        let mut total = HashMap::from([(item("soup"), 6_i64), (item("tea"), 3), (item("cake"), 0)]);
        for step in steps {
            match step {
                Step::Adjust(dish, delta) => {
                    let shelf = now.items.get_mut(&item(DISHES[dish])).unwrap();
                    if let Ok(quantity) = u32::try_from(i64::from(shelf.quantity) + delta) {
                        shelf.quantity = quantity;
                        shelf.version += 1;
                        *total.get_mut(&item(DISHES[dish])).unwrap() += delta;
                    }
                }
                Step::Hide(dish, hide) => {
                    now.items.get_mut(&item(DISHES[dish])).unwrap().available = !hide;
                }
                Step::Batch(batch) => {
                    let whole = plan(now.clone(), &batch);
                    // One by one gives the same as all at once.
                    let mut single = now.clone();
                    for (operation, outcome) in batch.iter().zip(&whole.outcomes) {
                        let one = plan(single.clone(), std::slice::from_ref(operation));
                        prop_assert_eq!(&one.outcomes[0], outcome);
                        write(&mut single, &one);
                    }
                    write(&mut now, &whole);
                    prop_assert_eq!(&single, &now);
                    // The last thing said of each key is said again, and does nothing.
                    if let (Some(last), Some(outcome)) = (batch.last(), whole.outcomes.last()) {
                        let again = plan(now.clone(), std::slice::from_ref(last));
                        prop_assert!(again.items.is_empty() && again.orders.is_empty());
                        let (first, second) = (
                            outcome.clone().into_result(key(0)),
                            again.outcomes[0].clone().into_result(key(0)),
                        );
                        prop_assert_eq!((first.status, first.code), (second.status, second.code));
                        if matches!(last, Operation::Reduce { .. }) {
                            prop_assert_eq!(first, second);
                        }
                    }
                }
            }
            for (dish, total) in &total {
                let left = i64::from(now.items[dish].quantity);
                prop_assert_eq!(left + reserved(&now, dish), *total, "{} is conserved", dish);
            }
        }
    }
}
