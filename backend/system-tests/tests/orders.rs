//! Orders under load: all of them end, nothing is sold twice, everybody hears their own.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use client::Event;
use futures_util::future::join_all;
use serde_json::json;
use system_tests::{
    on_both_shapes,
    people::Person,
    recorder::Recorder,
    shape::Shape,
    short_or_long,
    stock::{self, Portions},
    wait,
};
use wire::{ErrorCode, OrderStatus, ops::ServiceName, order::OrderView, status::Reason};

on_both_shapes!(
    every_accepted_order_ends_and_its_owner_hears_each_step_in_order,
    the_last_three_specials_go_to_three_of_two_hundred,
    the_same_order_sent_fifty_times_is_one_order,
    an_order_keeps_the_name_and_the_price_it_was_accepted_with,
    staff_lead_an_order_to_its_end_and_back,
    a_restock_in_the_middle_of_a_rush_is_sold_and_not_lost,
);

/// What the rush is for.
const DISHES: [&str; 8] = ["burger", "fries", "cola", "water", "soup", "biryani", "coffee", "brownie"];

/// What one student orders: every third time several dishes at once.
fn basket(student: usize, n: usize) -> serde_json::Value {
    let dish = |at: usize| DISHES[at % DISHES.len()];
    let order_id = format!("rush-{student}-{n}");
    match n % 3 {
        0 => json!({ "orderId": order_id, "lines": [
            { "itemId": dish(student + n), "quantity": 1 },
            { "itemId": dish(student + n + 3), "quantity": 2 },
            { "itemId": dish(student + n + 5) },
        ] }),
        1 => json!({ "orderId": order_id, "itemId": dish(student * 3 + n), "quantity": 1 + n % 3 }),
        _ => json!({ "orderId": order_id, "itemId": dish(student + n) }),
    }
}

/// The orders that a student placed and got a 202 for, at their end.
async fn places_orders(student: Person, number: usize, count: usize) -> (Person, Vec<OrderView>) {
    let mut accepted = Vec::new();
    for n in 0..count {
        let answer = student.places(&basket(number, n)).await;
        match answer.status.as_u16() {
            202 => accepted.push(format!("rush-{number}-{n}")),
            422 => assert_eq!(answer.is_problem(ErrorCode::SoldOut).items[0].left, 0),
            _ => panic!("{answer:?}"),
        }
    }
    let mut orders = Vec::new();
    for order_id in &accepted {
        orders.push(student.sees_the_end_of(order_id).await);
    }
    (student, orders)
}

async fn every_accepted_order_ends_and_its_owner_hears_each_step_in_order(shape: Shape) {
    let system = shape.start().await;
    let (students, each) = (20, short_or_long(15, 50));
    let people = system.students(students).await;
    let staff = system.staff().await;
    // Enough for most of the rush, and not for all of it.
    for dish in DISHES {
        staff.restocks(dish, short_or_long(10, 160), &format!("before-{dish}")).await.is(200);
    }
    let before = stock::left(&staff).await;
    let recorders = join_all(people.iter().map(Person::listens)).await;

    let rush =
        people.iter().cloned().enumerate().map(|(number, student)| places_orders(student, number, each));
    let ended = join_all(rush).await;

    let all: Vec<&OrderView> = ended.iter().flat_map(|(_, orders)| orders).collect();
    assert!(all.len() >= students * each / 2, "only {} of {} were accepted", all.len(), students * each);
    stock::is_conserved(
        &before,
        &Portions::new(),
        &stock::left(&staff).await,
        &stock::taken(all.iter().copied()),
    );
    assert!(
        all.iter().any(|order| order.status == OrderStatus::Rejected),
        "the rush is larger than the stock"
    );

    let mut tickets = BTreeSet::new();
    for order in &all {
        assert!(tickets.insert(order.ticket.unwrap()), "ticket {:?} was dealt twice", order.ticket);
    }
    for ((_, orders), recorder) in ended.iter().zip(&recorders) {
        hears_all_of(orders, recorder).await;
    }
    system.stop().await;
}

/// Every status of each order was heard, by `seq` without a gap, and nothing of anybody else.
async fn hears_all_of(orders: &[OrderView], recorder: &Recorder) {
    let expected: usize = orders.iter().map(|order| order.history.len() - 1).sum();
    wait::until("every status to be heard", async || {
        let heard = recorder.notifications().len();
        if heard >= expected { Ok(()) } else { Err(format!("{heard} of {expected}")) }
    })
    .await;
    let mut heard = BTreeMap::<_, Vec<(u32, OrderStatus)>>::new();
    for news in recorder.notifications() {
        heard.entry(news.order_id).or_default().push((news.seq, news.status));
    }
    for order in orders {
        let told: Vec<_> = order.history.iter().skip(1).map(|step| (step.seq, step.status)).collect();
        assert_eq!(heard.remove(&order.order_id), Some(told), "{}", order.order_id);
        assert_eq!(
            order.history.iter().map(|step| step.seq).collect::<Vec<_>>(),
            (0..=order.seq).collect::<Vec<_>>()
        );
    }
    assert!(heard.is_empty(), "somebody else's orders were heard: {heard:?}");
}

async fn the_last_three_specials_go_to_three_of_two_hundred(shape: Shape) {
    let system = shape.start().await;
    let students = system.students(short_or_long(60, 200)).await;
    let answers = join_all(students.iter().map(|student| student.orders("special", "the-last"))).await;
    let (mut ready, mut refused) = (0, 0);
    for (student, answer) in students.iter().zip(&answers) {
        if answer.status.as_u16() == 422 {
            let problem = answer.is_problem(ErrorCode::SoldOut);
            assert!(problem.fast_rejection, "{problem:?}");
            refused += 1;
            continue;
        }
        answer.is_accepted();
        let order = student.sees_the_end_of("the-last").await;
        match order.status {
            OrderStatus::Ready => ready += 1,
            OrderStatus::Rejected => {
                assert_eq!(order.reason, Some(Reason::SoldOut));
                refused += 1;
            }
            _ => panic!("{order:?}"),
        }
    }
    assert_eq!((ready, refused), (3, students.len() - 3));
    assert_eq!(students[0].dish("special").await.quantity, 0);
    system.stop().await;
}

async fn the_same_order_sent_fifty_times_is_one_order(shape: Shape) {
    let system = shape.start().await;
    let student = Arc::new(system.student().await);
    let before = student.dish("burger").await.quantity;
    let answers = join_all((0..50).map(|_| student.orders("burger", "again"))).await;
    let first = answers[0].is_accepted();
    assert!(answers.iter().all(|answer| answer.is_accepted() == first), "fifty equal answers");
    let fresh = answers.iter().filter(|answer| !answer.headers.contains_key("idempotent-replayed")).count();
    assert_eq!(fresh, 1, "one of them was the first");

    let order = student.sees("again", OrderStatus::Ready).await;
    assert_eq!(order.placed_at, first.accepted_at);
    assert_eq!(student.all_orders().await.len(), 1);
    assert_eq!(student.dish("burger").await.quantity, before - 1);

    let other = student.places(&json!({ "itemId": "burger", "quantity": 2, "orderId": "again" })).await;
    other.is_problem(ErrorCode::KeyReused);
    let same = student.places(&json!({ "lines": [{ "itemId": "burger" }], "orderId": "again" })).await;
    assert_eq!(same.is_accepted(), first, "the other form of the same order");
    let header = student
        .request(reqwest::Method::POST, ServiceName::OrderGateway, "/order")
        .header("idempotency-key", "again")
        .json(&json!({ "itemId": "burger" }));
    assert_eq!(system_tests::people::send(header).await.is_accepted(), first, "the key in the header");
    assert_eq!(student.dish("burger").await.quantity, before - 1);
    system.stop().await;
}

async fn an_order_keeps_the_name_and_the_price_it_was_accepted_with(shape: Shape) {
    let system = shape.start_with(|settings| settings.kitchen.cooking = kitchen_by_staff()).await;
    let (student, staff) = (system.student().await, system.staff().await);
    let dish = student.dish("burger").await;
    student.orders("burger", "before-the-rise").await.is_accepted();
    let change = staff
        .request(reqwest::Method::PATCH, ServiceName::StockService, "/stock/burger")
        .header("if-match", format!("\"{}\"", dish.revision))
        .json(&json!({ "pricePoisha": dish.price_poisha + 5_000, "name": "Golden Burger" }));
    system_tests::people::send(change).await.is(200);
    let order = student.sees("before-the-rise", OrderStatus::StockVerified).await;
    assert_eq!(order.lines[0].price_poisha, dish.price_poisha);
    assert_eq!(order.lines[0].name, dish.name);
    assert_eq!(order.total_poisha, u64::from(dish.price_poisha));
    system.stop().await;
}

fn kitchen_by_staff() -> cafeteria::settings::Cooking {
    cafeteria::settings::Cooking::Staff
}

async fn staff_lead_an_order_to_its_end_and_back(shape: Shape) {
    let system = shape.start_with(|settings| settings.kitchen.cooking = kitchen_by_staff()).await;
    let (student, staff) = (system.student().await, system.staff().await);
    let board = staff.listens().await;
    let before = student.dish("ramen").await.quantity;
    student.orders("ramen", "by-hand").await.is_accepted();
    let order = student.sees("by-hand", OrderStatus::StockVerified).await;
    let page: wire::kitchen::TicketPage =
        staff.get(ServiceName::KitchenQueue, "/tickets?status=stock_verified").await.is(200).json();
    let ticket = page.tickets.iter().find(|ticket| Some(ticket.ticket) == order.ticket).unwrap().clone();
    assert!(
        !staff.get(ServiceName::KitchenQueue, "/tickets").await.body.contains(&student.user_id().to_string())
    );

    let mut current = ticket.clone();
    for to in [
        OrderStatus::Ready,
        OrderStatus::StockVerified,
        OrderStatus::Ready,
        OrderStatus::Collected,
        OrderStatus::Ready,
    ] {
        let next: wire::kitchen::Ticket = staff.sets(&current, to).await.is(200).json();
        assert_eq!((next.status, next.seq), (to, current.seq + 1));
        staff.sets(&current, to).await.is_problem(ErrorCode::Stale);
        current = next;
    }
    let same: wire::kitchen::Ticket = staff.sets(&current, OrderStatus::Ready).await.is(200).json();
    assert_eq!(same.seq, current.seq, "set, never toggled");
    staff.sets(&current, OrderStatus::Cancelled).await.is_problem(ErrorCode::Conflict);
    wait::until("the board to show the ticket", async || {
        let board: wire::kitchen::Board =
            student.get(ServiceName::KitchenQueue, "/board").await.is(200).json();
        if board.ready.contains(&ticket.ticket) { Ok(()) } else { Err(board) }
    })
    .await;
    assert_eq!(student.dish("ramen").await.quantity, before - 1);
    // In the kitchen, verified, and each of the five.
    wait::until("the kitchen board to hear every change", async || {
        let events = board.events();
        let tickets = events.iter().filter(|event| matches!(event, Event::Ticket(_)));
        if tickets.count() >= 7 { Ok(()) } else { Err(events) }
    })
    .await;

    student.orders("ramen", "withdrawn").await.is_accepted();
    student.sees("withdrawn", OrderStatus::StockVerified).await;
    let page: wire::kitchen::TicketPage =
        staff.get(ServiceName::KitchenQueue, "/tickets?status=stock_verified&limit=1").await.is(200).json();
    staff.sets(&page.tickets[0], OrderStatus::Cancelled).await.is(200);
    let order = student.sees("withdrawn", OrderStatus::Cancelled).await;
    assert_eq!(order.reason, Some(Reason::CancelledByStaff));
    wait::until("the portion to be given back", async || {
        let left = student.dish("ramen").await.quantity;
        if left == before - 1 { Ok(()) } else { Err(left) }
    })
    .await;
    system.stop().await;
}

async fn a_restock_in_the_middle_of_a_rush_is_sold_and_not_lost(shape: Shape) {
    let system = shape.start().await;
    let students = system.students(10).await;
    let staff = system.staff().await;
    let before = stock::left(&staff).await;
    let rush = students.iter().cloned().enumerate().map(|(number, student)| async move {
        let mut accepted = Vec::new();
        for n in 0..20 {
            let order_id = format!("cake-{number}-{n}");
            if student.orders("cheesecake", &order_id).await.status.as_u16() == 202 {
                accepted.push(student.sees_the_end_of(&order_id).await);
            }
        }
        accepted
    });
    let restock = async {
        for n in 0..10 {
            staff.restocks("cheesecake", 5, &format!("fresh-{n}")).await.is(200);
            staff.restocks("cheesecake", 5, &format!("fresh-{n}")).await.is(200);
        }
    };
    let (ended, ()) = tokio::join!(join_all(rush), restock);
    let all: Vec<_> = ended.into_iter().flatten().collect();
    let added = Portions::from([("cheesecake".to_owned(), 50)]);
    stock::is_conserved(&before, &added, &stock::left(&staff).await, &stock::taken(&all));
    system.stop().await;
}
