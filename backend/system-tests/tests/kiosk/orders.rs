//! Orders at the counter.

use wire::{ItemId, OrderStatus, kiosk::ChangeKiosk};

use crate::counter::Counter;

#[tokio::test(flavor = "multi_thread")]
async fn a_student_orders_and_the_number_is_that_of_the_kitchen() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    visit.puts("burger").await;
    visit.puts("burger").await;
    visit.places().await;
    let number = visit.gets_a_number().await;
    let orders = counter.ready_orders(1).await;
    assert_eq!((orders[0].ticket, orders[0].lines[0].quantity.get()), (Some(number), 2));
    visit.touches("finish").await;
    visit.shows("thanks").await;
    visit.shows("attract").await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_goes_in_bangla() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.touches("language-bn").await;
    visit
        .0
        .until("a page in Bangla", async || {
            let language = visit.0.run("return document.documentElement.lang", &[]).await?;
            if language == "bn" { Ok(()) } else { Err(format!("{language}")) }
        })
        .await;
    visit.signs_in().await;
    visit.puts("fries").await;
    visit.places().await;
    let number = visit.gets_a_number().await;
    assert_eq!(counter.ready_orders(1).await[0].ticket, Some(number));
    visit.touches("finish").await;
    visit.shows("attract").await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_wrong_password_the_right_one_signs_in() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.tries_to_sign_in("student1", "wrong").await;
    visit.0.sees("[data-test=error]", "").await;
    visit.types("password123").await;
    visit.touches("confirm").await;
    visit.shows("menu").await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dish_that_sells_out_in_the_basket_can_be_left_out() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    visit.puts("special").await;
    visit.puts("fries").await;
    visit.touches("show-basket").await;
    let special: ItemId = "special".parse().unwrap();
    let buyer = counter.program.students(1).await.remove(0);
    for n in 0..3 {
        let key = format!("last-{n}");
        buyer.orders("special", &key).await.is_accepted();
        buyer.sees(&key, OrderStatus::Ready).await;
    }
    assert_eq!(counter.student().await.dish("special").await.quantity, 0);
    visit.0.sees("[data-test=lines] .sold-out[data-dish=special]", "").await;
    visit.touches("fit").await;
    visit.touches("place").await;
    visit.gets_a_number().await;
    let orders = counter.ready_orders(1).await;
    let items: Vec<_> = orders[0].lines.iter().map(|line| line.item_id.clone()).collect();
    assert!(!items.contains(&special) && items.len() == 1, "{items:?}");
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_closes_and_opens_the_kiosk() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    let (admin, kiosk) = (counter.admin().await, counter.kiosk.kiosk_id);
    let message = wire::kiosk::KioskMessage {
        en: "Back at 17:00".to_owned(), bn: "১৭:০০-এ খুলব".to_owned()
    };
    let close = ChangeKiosk { open: Some(false), message: Some(message), ..ChangeKiosk::default() };
    admin.change_kiosk(kiosk, &close).await.unwrap();
    visit.shows("closed").await;
    visit.0.sees("[data-screen=closed]", "Back at 17:00").await;
    let open = ChangeKiosk { open: Some(true), ..ChangeKiosk::default() };
    admin.change_kiosk(kiosk, &open).await.unwrap();
    visit.shows("attract").await;
    let revoke = ChangeKiosk { revoked: Some(true), ..ChangeKiosk::default() };
    admin.change_kiosk(kiosk, &revoke).await.unwrap();
    visit.shows("out-of-order").await;
    visit.0.closes().await;
    counter.closes().await;
}
