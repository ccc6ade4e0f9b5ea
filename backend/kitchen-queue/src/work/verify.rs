//! Verifies orders: asks the stock-service for the portions of many orders at once, and judges its answers.

use std::time::Duration;

use service_kit::{
    peer::PeerError,
    random,
    telemetry::{self, Span},
};
use wire::{
    OrderStatus, Time,
    stock::{MAX_STOCK_ORDERS, Reduce, ReduceOrder, StockResults},
};

use crate::{
    App, Cooking,
    domain::verdict::{Answer, Verdict, is_outage, judge},
    store::{Change, Postponed, StoreError, Unverified},
};

/// The longest time until the store is looked into again, should a wake-up have been missed.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// The shortest: what is due may be in the hands of another replica.
const SHORTEST_REST: Duration = Duration::from_millis(5);
/// How long to wait before a stock-service that is away is asked again.
const OUTAGE_REST: Duration = Duration::from_millis(500);

pub(super) async fn run(app: App) {
    // Since when the stock-service has been away, as far as this process knows: an order waits for it from then on,
    // however long the kitchen itself was away before.
    let mut away_since = None;
    while app.may_work().await {
        match step(&app, &mut away_since).await {
            Ok(Step::More) => {}
            Ok(Step::Idle(rest)) => {
                tokio::select! {
                    () = app.service.tasks.stopping() => return,
                    () = app.to_verify.notified() => {}
                    () = tokio::time::sleep(rest) => {}
                }
            }
            Ok(Step::Outage) => {
                if !app.service.tasks.pause(OUTAGE_REST).await {
                    return;
                }
            }
            Err(error) => {
                if !app.rest("verify", &error).await {
                    return;
                }
            }
        }
    }
}

enum Step {
    /// There may be more to do.
    More,
    /// Nothing is due before this time has passed.
    Idle(Duration),
    /// The stock-service is away.
    Outage,
}

async fn step(app: &App, away_since: &mut Option<Time>) -> Result<Step, StoreError> {
    let store = &app.ports.store;
    let limit = u32::try_from(MAX_STOCK_ORDERS).unwrap_or(u32::MAX);
    let orders = store.claim_unverified(app.service.clock.now(), limit).await?;
    if orders.is_empty() {
        let (next, _) = store.next_due().await?;
        let rest = next.map_or(LONGEST_REST, |due| due.since(app.service.clock.now())).min(LONGEST_REST);
        return Ok(Step::Idle(rest.max(SHORTEST_REST)));
    }
    let spans = super::spans(app, "verify", orders.iter().map(|order| order.trace.as_ref()));
    let place = |at: usize| spans.get(at).map(|span: &Span| span.context().clone());
    let request = Reduce::Many {
        orders: orders
            .iter()
            .enumerate()
            .map(|(at, order)| ReduceOrder {
                order_key: order.key.clone(),
                lines: order.lines.clone(),
                trace: place(at),
            })
            .collect(),
    };
    // One request belongs to one trace; the stock-service tells its part in those of the others too.
    let answer = app.ports.stock.post::<_, StockResults>("/stock/reduce", &request);
    let answer = telemetry::within(place(0), answer).await;
    let answer = match answer {
        Ok(answer)
            if answer.results.iter().map(|result| &result.order_key).eq(orders.iter().map(|o| &o.key)) =>
        {
            Ok(answer)
        }
        Ok(_) => Err(PeerError::Unreadable(wire::ops::ServiceName::StockService)),
        Err(error) => Err(error),
    };
    if let Err(error) = &answer {
        tracing::warn!(%error, orders = orders.len(), "the stock-service could not be asked");
    }
    let now = app.service.clock.now();
    *away_since = match &answer {
        Err(error) if is_outage(error) => Some(away_since.unwrap_or(now)),
        Ok(_) | Err(_) => None,
    };
    settle(app, &orders, spans, answer, *away_since, now).await
}

async fn settle(
    app: &App,
    orders: &[Unverified],
    spans: Vec<Span>,
    answer: Result<StockResults, PeerError>,
    away_since: Option<Time>,
    now: Time,
) -> Result<Step, StoreError> {
    let max_wait = Duration::from_secs(app.config.stock_wait_s);
    let (mut changes, mut postponed, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let mut spans = spans.into_iter();
    let mut told = Vec::new();
    for (at, order) in orders.iter().enumerate() {
        let said = match &answer {
            Ok(answer) => Answer::Result(&answer.results[at]),
            Err(error) => Answer::Failed(error),
        };
        let since = away_since.map_or(order.since, |away| away.max(order.since));
        let verdict = judge(said, order.attempts, since, now, max_wait, random::fraction());
        told.extend(spans.next().and_then(|span| tell(span, &verdict)));
        match verdict {
            Verdict::Verified => {
                let due = match app.config.cooking {
                    Cooking::Simulated => Some(now.plus(app.config.cooking_ms.pick(random::fraction()))),
                    Cooking::Staff => None,
                };
                let to = OrderStatus::StockVerified;
                changes.push(Change { due, ..change(order, to) });
            }
            Verdict::Rejected { reason, left } => {
                let to = OrderStatus::Rejected;
                changes.push(Change { reason: Some(reason), left, ..change(order, to) });
            }
            Verdict::Retry { attempts, after } => {
                app.metrics.retried.inc();
                postponed.push(Postponed { pk: order.pk, attempts, due: now.plus(after) });
            }
            Verdict::Wait => waiting.push(order.pk),
        }
    }
    app.ports.store.put_down(&waiting).await;
    if !changes.is_empty() || !postponed.is_empty() {
        let applied = app.ports.store.settle(&changes, &postponed, now).await?;
        for change in changes.iter().filter(|change| applied.contains(&change.pk)) {
            match change.reason {
                None => app.metrics.processed.inc(),
                Some(reason) => app.metrics.failed.with_label_values(&[reason.as_str()]).inc(),
            }
        }
        app.note_change();
        app.timers.notify_one();
        app.to_release.notify_one();
    }
    drop(told);
    Ok(if waiting.is_empty() { Step::More } else { Step::Outage })
}

/// What a span says of its order's verdict. Waiting is told by the gap that it leaves.
fn tell(mut span: Span, verdict: &Verdict) -> Option<Span> {
    match verdict {
        Verdict::Verified => {}
        Verdict::Rejected { reason, .. } => span.fail(reason.as_str()),
        Verdict::Retry { attempts, .. } => {
            span.set("order.attempts", i64::from(*attempts));
            span.fail("it is tried again");
        }
        Verdict::Wait => {
            span.forget();
            return None;
        }
    }
    Some(span)
}

fn change(order: &Unverified, to: OrderStatus) -> Change {
    Change {
        pk: order.pk,
        seq: order.seq,
        from: OrderStatus::InKitchen,
        to,
        by: "kitchen".to_owned(),
        reason: None,
        left: Vec::new(),
        due: None,
    }
}
