//! The console of staff and admins.

use std::{ops::Deref, sync::Arc};

use app::{
    console::{Console, ConsoleState, ItemOutcome},
    device::Sound,
    stats::Stats,
};
use client::{Client, Failure, platform::spawn};
use uuid::Uuid;
use wire::{
    ErrorCode, ItemId, OrderStatus,
    identity::ChangePassword,
    kitchen::Ticket,
    ops::{ChaosState, ServiceName, SetChaos},
    stock::{Adjust, ItemChange, SeedItem},
};
use yew::prelude::*;

use super::{
    Children, SessionHandle, ToastAction, ToastHandle, shop::run, use_prefs, use_session, use_store,
    use_toast,
};
use crate::{
    format,
    text::{Text, admin as say, failures},
};

/// Console of the page. Dereferences to its state.
#[derive(Clone)]
pub struct ConsoleHandle {
    console: Console,
    state: Arc<ConsoleState>,
    /// Session of the page.
    pub session: SessionHandle,
    toast: ToastHandle,
}

/// Commands read the present state from the console, so a handle is another one only with another state.
impl PartialEq for ConsoleHandle {
    fn eq(&self, other: &Self) -> bool {
        self.console == other.console
            && Arc::ptr_eq(&self.state, &other.state)
            && self.session == other.session
            && self.toast == other.toast
    }
}

impl Deref for ConsoleHandle {
    type Target = ConsoleState;

    fn deref(&self) -> &ConsoleState {
        &self.state
    }
}

/// Stats of the services, as context.
#[derive(Debug, Clone)]
struct StatsHandle(Arc<Stats>);

impl PartialEq for StatsHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Returns the console of the page.
///
/// # Panics
/// Outside of a [`ConsoleProvider`].
#[hook]
pub fn use_console() -> ConsoleHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<ConsoleHandle>().expect("pages of staff stand in a ConsoleProvider")
}

/// Returns the stats of the services.
///
/// # Panics
/// Outside of a [`ConsoleProvider`].
#[hook]
pub fn use_stats() -> Arc<Stats> {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<StatsHandle>().expect("pages of admins stand in a ConsoleProvider").0
}

/// Runs the console of the session, for everybody below.
#[component]
pub fn ConsoleProvider(Children { children }: &Children) -> Html {
    let (session, toast) = (use_session(), use_toast());
    let console = use_memo(session.session().clone(), |session| Console::new(session.clone()));
    let state = use_store(console.store());
    use_effect_with((*console).clone(), |console| {
        let running = console.run();
        move || drop(running)
    });
    let handle = ConsoleHandle { console: (*console).clone(), state, session, toast };
    use_new_ticket_signal(&handle);
    let cleared = handle.toast.clone();
    let user = handle.session.signed_in().map(|signed_in| signed_in.user.user_id);
    use_effect_with(user, move |_| cleared.clear());
    html! {
        <ContextProvider<ConsoleHandle> context={handle}>
            <StatsProvider console={(*console).clone()}>{ children.clone() }</StatsProvider>
        </ContextProvider<ConsoleHandle>>
    }
}

/// Console whose stats are provided.
#[derive(Debug, Clone, PartialEq, Properties)]
struct StatsProps {
    console: Console,
    children: Html,
}

/// Provides the stats: a component of its own, so that a heartbeat draws no page that does not show them.
#[component]
fn StatsProvider(StatsProps { console, children }: &StatsProps) -> Html {
    let stats = use_store(console.stats());
    html! {
        <ContextProvider<StatsHandle> context={StatsHandle(stats)}>
            { children.clone() }
        </ContextProvider<StatsHandle>>
    }
}

/// Sounds when a ticket arrives.
#[hook]
fn use_new_ticket_signal(handle: &ConsoleHandle) {
    let (prefs, _) = use_prefs();
    let device = handle.session.device().clone();
    use_effect_with(handle.tickets.arrivals(), move |arrivals| {
        if *arrivals > 0 && prefs.sound {
            device.play(Sound::NewTicket);
        }
    });
}

impl ConsoleHandle {
    /// Returns the client, for what only one page requests.
    pub fn client(&self) -> &Client {
        self.session.client()
    }

    /// Returns the toasts of the page.
    pub fn toast(&self) -> &ToastHandle {
        &self.toast
    }

    /// Runs the command behind the button of a toast.
    pub fn undo(&self, action: ToastAction) {
        match action {
            ToastAction::SetTicket { id, status } => self.set_ticket(id, status, say::TICKET_RESTORED, None),
            ToastAction::SetAvailable { item, available } => self.set_available(&item, available, false),
            ToastAction::RestoreBasket(_) => {}
        }
    }

    /// Fetches again what could not be fetched.
    pub fn refresh(&self) {
        let console = self.console.clone();
        spawn(async move { console.refresh().await });
    }

    /// Signs out.
    pub fn sign_out(&self) {
        let this = self.clone();
        run(async move {
            if let Err(failure) = this.session.session().sign_out().await {
                this.toast.show_failure(&failure);
            }
        });
    }

    /// Changes the own password, and calls `then` with the result.
    pub fn change_password(&self, change: ChangePassword, then: Callback<Result<(), Failure>>) {
        let session = self.session.session().clone();
        run(async move { then.emit(session.change_password(&change).await) });
    }

    /// Moves a ticket on, and shows a toast with a way back.
    pub fn move_on(&self, ticket: &Ticket, to: OrderStatus) {
        let said = match to {
            OrderStatus::Ready => say::TICKET_IS_READY,
            OrderStatus::Collected => say::TICKET_IS_COLLECTED,
            OrderStatus::Cancelled => say::TICKET_IS_CANCELLED,
            OrderStatus::StockVerified => say::TICKET_RESTORED,
            OrderStatus::Pending | OrderStatus::InKitchen | OrderStatus::Rejected | OrderStatus::Unknown => {
                return;
            }
        };
        let back = to.staff_undo().filter(|before| *before == ticket.status);
        let undo = back.map(|status| ToastAction::SetTicket { id: ticket.id, status });
        self.set_ticket(ticket.id, to, said, undo);
    }

    fn set_ticket(&self, id: Uuid, status: OrderStatus, said: Text, undo: Option<ToastAction>) {
        let Some(number) = self.console.state().tickets.get(id).map(|ticket| format::ticket(ticket.ticket))
        else {
            return;
        };
        let this = self.clone();
        run(async move {
            match this.console.set_ticket(id, status).await {
                Ok(()) => this.toast.show_with(said, vec![("n", number)], undo),
                Err(failure) => match failure.code() {
                    Some(ErrorCode::Stale | ErrorCode::Conflict | ErrorCode::NotFound) => {
                        this.toast.show_with(say::TICKET_MOVED, vec![("n", number)], None);
                    }
                    _ => this.toast.show_failure(&failure),
                },
            }
        });
    }

    /// Changes a dish that still has this revision, and calls `then` with the outcome.
    pub fn change_item(&self, item: &ItemId, revision: u64, change: ItemChange, then: Callback<ItemOutcome>) {
        let (console, item) = (self.console.clone(), item.clone());
        run(async move { then.emit(console.change_item(&item, revision, &change).await) });
    }

    /// Shows a dish to students or hides it, and shows a toast, with a way back if `is_undoable`.
    pub fn set_available(&self, item: &ItemId, available: bool, is_undoable: bool) {
        let Some(name) = self.console.state().stock.get(item).map(|dish| dish.name.clone()) else { return };
        let (this, item) = (self.clone(), item.clone());
        run(async move {
            match this.console.set_available(&item, available).await {
                ItemOutcome::Changed => {
                    let said = if available { say::DISH_SHOWN } else { say::DISH_HIDDEN };
                    let undo =
                        is_undoable.then_some(ToastAction::SetAvailable { item, available: !available });
                    this.toast.show_with(said, vec![("dish", name)], undo);
                }
                ItemOutcome::Conflict(_) => this.toast.show(failures::STALE),
                ItemOutcome::Failed(failure) => this.toast.show_failure(&failure),
            }
        });
    }

    /// Adds or removes portions, and calls `then` with the result. The same key is the same change.
    pub fn adjust(&self, item: &ItemId, adjust: Adjust, then: Callback<Result<(), Failure>>) {
        let (console, item) = (self.console.clone(), item.clone());
        run(async move { then.emit(console.adjust(&item, &adjust).await) });
    }

    /// Adds a dish to the menu, and calls `then` with the result.
    pub fn add_item(&self, item: SeedItem, then: Callback<Result<(), Failure>>) {
        let console = self.console.clone();
        run(async move { then.emit(console.add_item(item).await) });
    }

    /// Polls the health of services.
    pub fn poll_services(&self, services: impl IntoIterator<Item = ServiceName> + 'static) {
        let console = self.console.clone();
        run(async move { console.poll_services(services).await });
    }

    /// Starts or ends a chaos experiment, and calls `then` with the result.
    pub fn set_chaos(
        &self,
        service: ServiceName,
        chaos: SetChaos,
        then: Callback<Result<ChaosState, Failure>>,
    ) {
        let console = self.console.clone();
        run(async move { then.emit(console.set_chaos(service, &chaos).await) });
    }

    /// Ends the chaos experiment of one service.
    pub fn recover(&self, service: ServiceName) {
        let this = self.clone();
        run(async move {
            match this.console.end_chaos(&[service]).await {
                Ok(()) => {
                    this.toast.show_with(
                        say::SERVICE_RECOVERING,
                        vec![("service", service.to_string())],
                        None,
                    );
                }
                Err(failure) => this.toast.show_failure(&failure),
            }
        });
    }

    /// Ends every chaos experiment.
    pub fn recover_all(&self) {
        let this = self.clone();
        run(async move {
            match this.console.end_chaos(&ServiceName::ALL).await {
                Ok(()) => this.toast.show(say::ALL_RECOVERING),
                Err(failure) => this.toast.show_failure(&failure),
            }
        });
    }
}
