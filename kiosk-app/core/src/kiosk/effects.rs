//! Effects of the machine, carried out.

use std::time::Duration;

use app::kiosk::{KeptOrder as ShownOrder, KeptState, SignInError};
use client::{Failure, now, platform::spawn};
use tokio::time::{Instant, timeout};
use wire::{
    ErrorCode, OrderId, Quantity, Time,
    identity::Secret,
    kiosk::{KioskSession, KioskSignIn},
    order::PricedLine,
};

use super::{Actor, Kiosk, Services};
use crate::{
    machine::{Effect, Input, NewOrder, Outcome, Progress, SignInFailure, SlipRequest},
    outbox::{Entry, KeptOrder, State, sender},
    pin::is_pin,
    printer::{PrintResult, can_print},
    receipt::{Receipt, ReceiptLine},
};

/// Interval at which an accepted order is asked for its number.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(700);
/// Longest time for which an accepted order is followed.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(90);
/// Longest time for which an order is being kept: shorter than the machine waits for its outcome.
const KEEP_TIMEOUT: Duration = Duration::from_secs(8);
/// Reason in the outbox's log for an order that was not on the disk in time.
const NOT_KEPT: &str = "not on the disk in time";
/// Reason in the outbox's log for an order that was refused while its student stood at the kiosk.
const REFUSED_AT_COUNTER: &str = "refused while the student was at the kiosk";

impl Actor {
    pub(super) fn carry_out(&mut self, effect: Effect) {
        let kiosk = self.kiosk.clone();
        let services = self.services.clone();
        match effect {
            Effect::Wipe => {
                self.student_work.abort_all();
                if let Some(reader) = &mut self.reader {
                    reader.clear();
                }
                self.host.wipe();
            }
            Effect::Exit => self.host.exit(),
            Effect::CheckPin { attempt, pin } => {
                let hash = self.pin_hash.clone();
                spawn(async move {
                    let right = match hash {
                        Some(hash) => is_pin(hash, pin).await,
                        // With a faulty configuration there is no PIN, and so no way in.
                        None => false,
                    };
                    kiosk.send_input(Input::PinChecked { attempt, right }).await;
                });
            }
            Effect::SignIn { attempt, sign_in } => {
                let work = async move {
                    let result = match services {
                        Some(services) => services.open_session(&sign_in).await,
                        None => Err(SignInFailure::Refused(SignInError::Unavailable)),
                    };
                    kiosk.send_input(Input::SignedIn { attempt, result }).await;
                };
                self.student_work.spawn(work);
            }
            Effect::CheckCard { attempt, card } => {
                let work = async move {
                    let result = match services {
                        Some(services) => services.check_card(card).await,
                        None => Err(SignInFailure::Refused(SignInError::Unavailable)),
                    };
                    kiosk.send_input(Input::CardChecked { attempt, result }).await;
                };
                self.student_work.spawn(work);
            }
            Effect::Follow { session, order_id } => {
                if let Some(services) = services {
                    self.student_work.spawn(async move { services.follow(&session, order_id, &kiosk).await });
                }
            }
            // A wipe ends none of the following: an order that is being kept is kept, and a slip is printed to its end.
            Effect::Place(order) => spawn(async move {
                match services {
                    Some(services) => services.place(*order, &kiosk).await,
                    None => kiosk.send_input(Input::Kept { order_id: order.order_id, kept: false }).await,
                }
            }),
            Effect::Print(slip) => spawn(async move {
                let order_id = slip.order_id.clone();
                let printed = match services {
                    Some(services) => services.print(&slip).await,
                    None => false,
                };
                kiosk.send_input(Input::Printed { order_id, printed }).await;
            }),
            Effect::TestPrinter => spawn(async move {
                let printed = match services {
                    Some(services) => services.print_test().await,
                    None => false,
                };
                kiosk.send_input(Input::PrinterTested(printed)).await;
            }),
            Effect::ListOutbox => {
                self.staff_refreshed_at = Instant::now();
                spawn(async move {
                    let staff = match services {
                        Some(services) => services.staff().await,
                        None => Input::Staff {
                            outbox: Vec::new(),
                            sending: false,
                            diagnostics: vec![("Outbox".to_owned(), "not open".to_owned())],
                        },
                    };
                    kiosk.send_input(staff).await;
                });
            }
            Effect::SendOutbox => {
                if let Some(services) = services {
                    services.sender.wake();
                }
            }
            Effect::ClearKept { order_id, reason } => {
                if let Some(services) = services {
                    spawn(async move { services.clear(&order_id, &reason, &kiosk).await });
                }
            }
        }
    }
}

/// Returns the failure of a sign-in for the screen; `None` if the server did not answer.
fn refusal(failure: &Failure) -> Option<SignInFailure> {
    let error = match failure.code()? {
        ErrorCode::BadCredentials => SignInError::WrongCredentials,
        ErrorCode::UnknownCard => SignInError::UnknownCard,
        ErrorCode::CardExpired => SignInError::CardExpired,
        ErrorCode::Forbidden => SignInError::NotStudent,
        ErrorCode::TooManyAttempts => {
            let seconds = failure.retry_after().map_or(60, |wait| wait.as_secs().max(1));
            SignInError::TooManyTries { retry_in: u32::try_from(seconds).unwrap_or(u32::MAX) }
        }
        _ if failure.is_retryable() => return None,
        _ => SignInError::Unavailable,
    };
    Some(SignInFailure::Refused(error))
}

impl Services {
    async fn open_session(&self, sign_in: &KioskSignIn) -> Result<KioskSession, SignInFailure> {
        match self.client.open_kiosk_session(sign_in).await {
            Ok(session) => {
                if let Err(error) = self.vault.known().remember(sign_in, &session).await {
                    tracing::warn!(%error, "the student will not be known without network");
                }
                Ok(session)
            }
            Err(failure) => {
                tracing::info!(%failure, "a session was not opened");
                match refusal(&failure) {
                    Some(refused) => Err(refused),
                    None => self.recall(sign_in).await,
                }
            }
        }
    }

    /// Signs a student in without the server, who has signed in here before.
    async fn recall(&self, sign_in: &KioskSignIn) -> Result<KioskSession, SignInFailure> {
        match self.vault.known().recall(sign_in, now()).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(SignInFailure::NotKnownOffline),
            Err(error) => {
                tracing::error!(%error, "the students who are known here cannot be read");
                Err(SignInFailure::NotKnownOffline)
            }
        }
    }

    async fn check_card(&self, card: Secret) -> Result<(), SignInFailure> {
        match self.client.check_card(card).await {
            Ok(()) => Ok(()),
            Err(failure) => Err(refusal(&failure).unwrap_or(SignInFailure::NotKnownOffline)),
        }
    }

    /// Keeps an order, and tries to send it.
    async fn place(&self, order: NewOrder, kiosk: &Kiosk) {
        let NewOrder { session, order, order_id, slip } = order;
        let lines = slip.lines.iter().filter_map(|line| {
            Some(PricedLine {
                item_id: line.item_id.clone(),
                name: line.name.clone(),
                quantity: Quantity::try_from(i64::from(line.quantity)).ok()?,
                price_poisha: line.price_poisha,
            })
        });
        let kept = KeptOrder {
            order,
            token: session.token,
            token_expires_at: session.expires_at,
            user: session.user,
            lines: lines.collect(),
            total_poisha: slip.total_poisha,
            language: slip.language,
            expires_at: self.expiry(session.expires_at),
        };
        let is_kept = match timeout(KEEP_TIMEOUT, self.outbox.keep(&kept, now())).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "an order cannot be kept");
                false
            }
            Err(_) => {
                tracing::error!("an order is not on the disk in time");
                false
            }
        };
        drop(kept);
        kiosk.send_input(Input::Kept { order_id: order_id.clone(), kept: is_kept }).await;
        if !is_kept {
            // The screen says that it is not placed, so it must not be sent when the disk answers after all.
            if let Err(error) = self.sender.clear(&order_id, NOT_KEPT).await {
                tracing::warn!(%error, "an order that was not kept in time may be in the outbox");
            }
            return;
        }
        let outcome = match self.sender.try_now(&order_id).await {
            sender::Outcome::Sent(_) => Outcome::Accepted,
            sender::Outcome::Refused { code, items } => {
                // Its student sees the refusal on the screen.
                if let Err(error) = self.sender.clear(&order_id, REFUSED_AT_COUNTER).await {
                    tracing::warn!(%error, "a refused order stays in the outbox");
                }
                Outcome::Refused { code, items }
            }
            sender::Outcome::Expired => {
                Outcome::Refused { code: ErrorCode::Unauthenticated, items: Vec::new() }
            }
            sender::Outcome::Waiting | sender::Outcome::Gone => Outcome::Kept,
        };
        kiosk.send_input(Input::Outcome { order_id, outcome }).await;
    }

    /// Returns the time from which an order is not sent any more.
    fn expiry(&self, token_expires_at: Time) -> Time {
        let kept = Duration::from_secs(u64::from(self.config.outbox.keep_hours) * 3_600);
        now().plus(kept).min(token_expires_at)
    }

    async fn follow(&self, session: &KioskSession, order_id: OrderId, kiosk: &Kiosk) {
        let begin = Instant::now();
        while begin.elapsed() < FOLLOW_TIMEOUT {
            if let Ok(order) = self.client.order_as(&session.token, &order_id).await {
                let progress = match order.ticket {
                    _ if order.status.is_failed() => Some(Progress::Failed),
                    Some(number) => Some(Progress::Numbered(number)),
                    None => None,
                };
                if let Some(progress) = progress {
                    return kiosk.send_input(Input::Progress { order_id, progress }).await;
                }
            }
            client::sleep(FOLLOW_INTERVAL).await;
        }
    }

    async fn print(&self, slip: &SlipRequest) -> bool {
        let receipt = Receipt {
            kiosk: self.config.kiosk.name.clone().unwrap_or_default(),
            number: slip.number,
            lines: slip
                .lines
                .iter()
                .map(|line| ReceiptLine {
                    quantity: u32::from(line.quantity),
                    name: line.name.clone(),
                    sum_poisha: u64::from(line.price_poisha) * u64::from(line.quantity),
                })
                .collect(),
            total_poisha: slip.total_poisha,
            placed_at: slip.placed_at,
            language: slip.language,
            tracker_url: slip.tracker_url.clone(),
            order_id: Some(slip.order_id.clone()),
        };
        self.print_receipt(receipt).await
    }

    async fn print_test(&self) -> bool {
        let receipt = Receipt {
            kiosk: self.config.kiosk.name.clone().unwrap_or_default(),
            number: None,
            lines: vec![ReceiptLine {
                quantity: 1, name: "স্কুল ক্ষুধা রান্নাঘর".to_owned(), sum_poisha: 12_345
            }],
            total_poisha: 12_345,
            placed_at: now(),
            language: app::kiosk::Language::Bangla,
            tracker_url: self.config.server.origin.clone(),
            order_id: None,
        };
        self.print_receipt(receipt).await
    }

    async fn print_receipt(&self, receipt: Receipt) -> bool {
        let paper = self.config.paper;
        // Drawing takes some milliseconds of processor time.
        let drawn = tokio::task::spawn_blocking(move || receipt.draw(paper)).await;
        let Ok(picture) = drawn else { return false };
        match self.printer.print(&picture).await {
            PrintResult::Printed => true,
            PrintResult::Failed(state) => {
                tracing::warn!(?state, "a slip is not printed");
                false
            }
        }
    }

    async fn clear(&self, order_id: &OrderId, reason: &str, kiosk: &Kiosk) {
        if let Err(error) = self.sender.clear(order_id, reason).await {
            tracing::error!(%error, "an order cannot be removed from the outbox");
        }
        kiosk.send_input(self.staff().await).await;
    }

    async fn staff(&self) -> Input {
        let (outbox, fault) = match self.outbox.list().await {
            Ok(entries) => (entries.into_iter().map(shown).collect(), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Input::Staff { outbox, sending: self.sender.is_sending(), diagnostics: self.diagnostics(fault).await }
    }

    async fn diagnostics(&self, fault: Option<String>) -> Vec<(String, String)> {
        let counts = self.outbox.counts().await.unwrap_or_default();
        let printer = self.printer.state();
        let line = |name: &str, value: String| (name.to_owned(), value);
        let mut lines = vec![
            line("Version", self.info.version.clone()),
            line("Webview", self.info.webview.clone()),
            line("Server", self.config.server.origin.clone()),
            line("Account", self.config.kiosk.username.to_string()),
            line("Signed in", if self.client.signed_in().is_some() { "yes" } else { "no" }.to_owned()),
            line(
                "Outbox",
                format!("{} waiting, {} refused, {} expired", counts.waiting, counts.refused, counts.expired),
            ),
            line(
                "Printer",
                format!(
                    "{}{}",
                    printer.as_str(),
                    if can_print(printer) { "" } else { " (slips are not printed)" }
                ),
            ),
            line("Known students", self.vault.known().count().to_string()),
            line("Data folder", self.config.data_folder.display().to_string()),
        ];
        if let Some(fault) = fault {
            lines.push(line("Storage", fault));
        }
        lines
    }
}

/// Returns an order of the outbox for the staff's screen.
fn shown(entry: Entry) -> ShownOrder {
    let state = match entry.state {
        State::Waiting => KeptState::Waiting,
        State::Refused(code) => KeptState::Refused { code },
        State::Expired => KeptState::Expired,
    };
    let (student, summary, total_poisha) = match entry.content {
        Some(content) => {
            let lines: Vec<String> =
                content.lines.iter().map(|line| format!("{} × {}", line.quantity.get(), line.name)).collect();
            (content.user.name, lines.join(", "), content.total_poisha)
        }
        None => (String::new(), "sealed with another key".to_owned(), 0),
    };
    ShownOrder { order_id: entry.order_id, student, summary, total_poisha, kept_at: entry.kept_at, state }
}
