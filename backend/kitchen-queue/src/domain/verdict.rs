//! What an answer of the stock-service means for an order.

use std::time::Duration;

use service_kit::{peer::PeerError, random};
use wire::{ErrorCode, Time, problem::ItemLeft, status::Reason, stock::StockResult};

/// After the first, the second and the third known failure, how long to wait before the next try. After the
/// fourth the order is given up.
pub const RETRY_AFTER: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(6)];

/// What to do with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its portions are taken.
    Verified,
    /// It cannot be had, or was given up.
    Rejected {
        /// Why.
        reason: Reason,
        /// What is left of its dishes.
        left: Vec<ItemLeft>,
    },
    /// Try again; this one counted.
    Retry {
        /// How many tries have failed now, 1 to 3.
        attempts: u8,
        /// How long to wait, ± 10 % already in it.
        after: Duration,
    },
    /// Try again soon; this one did not count.
    Wait,
}

/// What the stock-service said of one order.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// It looked at the order.
    Result(&'a StockResult),
    /// The whole request failed.
    Failed(&'a PeerError),
}

/// Judges an answer for an order that has waited `since`, with `attempts` counted failures. `dice` is 0 to 1.
pub fn judge(
    answer: Answer<'_>,
    attempts: u8,
    since: Time,
    now: Time,
    max_wait: Duration,
    dice: f64,
) -> Verdict {
    match answer {
        Answer::Result(result) => match (result.status, result.code) {
            (200, _) => Verdict::Verified,
            (400 | 404 | 422, code) => Verdict::Rejected { reason: reason(code), left: result.left.clone() },
            _ => again(attempts, dice),
        },
        Answer::Failed(error) if is_outage(error) => {
            if now.since(since) < max_wait {
                Verdict::Wait
            } else {
                Verdict::Rejected { reason: Reason::StockUnavailable, left: Vec::new() }
            }
        }
        Answer::Failed(_) => again(attempts, dice),
    }
}

fn again(attempts: u8, dice: f64) -> Verdict {
    match RETRY_AFTER.get(usize::from(attempts)) {
        Some(delay) => Verdict::Retry { attempts: attempts + 1, after: random::spread(*delay, 0.1, dice) },
        None => Verdict::Rejected { reason: Reason::StockUnavailable, left: Vec::new() },
    }
}

/// Nobody was reached, or the stock-service itself cannot reach its database: that is an outage, not an answer.
pub fn is_outage(error: &PeerError) -> bool {
    match error {
        PeerError::Unreachable(_) => true,
        PeerError::Refused { code, .. } => *code == Some(ErrorCode::DependencyDown),
        PeerError::NoAnswer(_) | PeerError::Unreadable(_) => false,
    }
}

fn reason(code: Option<ErrorCode>) -> Reason {
    match code {
        Some(ErrorCode::SoldOut) => Reason::SoldOut,
        Some(ErrorCode::UnknownItem | ErrorCode::NotFound) => Reason::UnknownItem,
        Some(ErrorCode::UnavailableItem) => Reason::UnavailableItem,
        Some(ErrorCode::Released) => Reason::Released,
        Some(ErrorCode::KeyReused) => Reason::KeyReused,
        // The stock-service refuses with no other codes; a newer one that does means some lack of stock.
        Some(_) | None => Reason::InsufficientStock,
    }
}

#[cfg(test)]
mod tests {
    use wire::ops::ServiceName;

    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(600);
    const STOCK: ServiceName = ServiceName::StockService;

    fn failed(error: &PeerError, attempts: u8, waited_s: i64) -> Verdict {
        let since = Time::from_millis(0);
        judge(Answer::Failed(error), attempts, since, Time::from_millis(waited_s * 1000), MAX_WAIT, 0.5)
    }

    fn refused(status: u16, code: ErrorCode) -> PeerError {
        PeerError::Refused { target: STOCK, status, code: Some(code) }
    }

    #[test]
    fn known_failures_are_tried_again_after_2_4_and_6_seconds_and_then_given_up() {
        for error in
            [refused(503, ErrorCode::Chaos), PeerError::NoAnswer(STOCK), refused(503, ErrorCode::Overloaded)]
        {
            for (attempts, seconds) in [(0, 2), (1, 4), (2, 6)] {
                let expected = Verdict::Retry { attempts: attempts + 1, after: Duration::from_secs(seconds) };
                assert_eq!(failed(&error, attempts, 0), expected);
            }
            let given_up = Verdict::Rejected { reason: Reason::StockUnavailable, left: vec![] };
            assert_eq!(failed(&error, 3, 0), given_up);
        }
    }

    #[test]
    fn an_outage_is_waited_out_for_ten_minutes() {
        for error in [PeerError::Unreachable(STOCK), refused(503, ErrorCode::DependencyDown)] {
            assert_eq!(failed(&error, 3, 599), Verdict::Wait);
            assert!(matches!(failed(&error, 0, 600), Verdict::Rejected { .. }));
        }
    }

    #[test]
    fn the_delay_varies_by_a_tenth() {
        let error = PeerError::NoAnswer(STOCK);
        for (dice, millis) in [(0.0, 1800), (1.0, 2200)] {
            let verdict =
                judge(Answer::Failed(&error), 0, Time::from_millis(0), Time::from_millis(0), MAX_WAIT, dice);
            assert_eq!(verdict, Verdict::Retry { attempts: 1, after: Duration::from_millis(millis) });
        }
    }
}
