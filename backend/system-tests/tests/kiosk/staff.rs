//! Staff behind the PIN.

use test_support::servers::proxy::Network;

use crate::counter::{Counter, PIN};

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_outbox_clear_an_order_and_end_the_app() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    counter.proxy.set(Network::Cut);
    visit.puts("burger").await;
    visit.places().await;
    visit.0.sees("[data-test=placed][data-state=kept]", "").await;
    visit.touches("finish").await;
    visit.shows("attract").await;
    visit.opens_staff("0000").await;
    visit.0.sees("[data-test=error]", "").await;
    visit.types(PIN).await;
    visit.touches("confirm").await;
    visit.shows("staff").await;
    visit.0.sees("[data-test=outbox]", "Classic Beef Burger").await;
    visit.0.sees("[data-test=diagnostics]", "WebKitGTK").await;
    visit.touches("clear").await;
    visit.touches("reason-0").await;
    visit.touches("confirm-clear").await;
    visit.0.sees_no("[data-order]").await;
    counter.proxy.set(Network::Good);
    visit.touches("exit").await;
    visit.0.sees("[data-test=confirm-exit]", "").await;
    // Touched a little later: the app ends before the driver has an answer.
    let touch = "setTimeout(() => document.querySelector('[data-test=confirm-exit]').click(), 100)";
    visit.0.run(touch, &[]).await.unwrap();
    visit.0.is_gone().await;
    assert!(counter.config().with_file_name("exit").is_file(), "the supervisor lets it rest");
    assert!(counter.student().await.all_orders().await.is_empty());
    counter.closes().await;
}
