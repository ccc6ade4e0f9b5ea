//! Gives back the portions of rejected and cancelled orders, again and again until the stock-service has said yes.
//! Also for orders that seem to hold none: an answer may have been lost, and a release that overtakes its reduce
//! makes that reduce refused.

use std::time::Duration;

use service_kit::telemetry::{self, Span};
use wire::stock::{MAX_STOCK_ORDERS, Release, StockResults};

use crate::{
    App,
    store::{StoreError, Unreleased},
};

/// How long to wait before asking again.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) {
    while app.may_work().await {
        match step(&app).await {
            Ok(true) => {}
            Ok(false) => tokio::select! {
                () = app.service.tasks.stopping() => return,
                () = app.to_release.notified() => {}
                () = tokio::time::sleep(AGAIN) => {}
            },
            Err(error) => {
                if !app.rest("release", &error).await {
                    return;
                }
            }
        }
    }
}

/// Whether there may be more to do at once.
async fn step(app: &App) -> Result<bool, StoreError> {
    let now = app.service.clock.now();
    let limit = u32::try_from(MAX_STOCK_ORDERS).unwrap_or(u32::MAX);
    let orders = app.ports.store.claim_unreleased(now, limit).await?;
    if orders.is_empty() {
        return Ok(false);
    }
    let request = Release::Many { order_keys: orders.iter().map(|order| order.key.clone()).collect() };
    let mut spans = super::spans(app, "release", orders.iter().map(|order| order.trace.as_ref()));
    let place = spans.first().map(|span| span.context().clone());
    let answer = app.ports.stock.post::<_, StockResults>("/stock/release", &request);
    match telemetry::within(place, answer).await {
        Ok(answer) => {
            let done = |order: &Unreleased| {
                answer.results.iter().any(|result| result.order_key == order.key && result.status == 200)
            };
            for (span, order) in spans.iter_mut().zip(&orders) {
                if !done(order) {
                    span.fail("refused; it is repeated");
                }
            }
            let (released, refused): (Vec<_>, Vec<_>) = orders.into_iter().partition(done);
            let given_back = app.ports.store.released(&pks(&released)).await;
            if !refused.is_empty() {
                tracing::warn!(orders = refused.len(), "the stock-service refused a release; it is repeated");
                app.ports.store.release_later(&pks(&refused), now.plus(AGAIN * 10)).await?;
            }
            given_back?;
        }
        Err(error) => {
            spans.into_iter().for_each(Span::forget);
            tracing::debug!(%error, orders = orders.len(), "portions cannot be given back yet");
            app.ports.store.put_down(&pks(&orders)).await;
            app.service.tasks.pause(AGAIN).await;
        }
    }
    Ok(true)
}

fn pks(orders: &[Unreleased]) -> Vec<i64> {
    orders.iter().map(|order| order.pk).collect()
}
