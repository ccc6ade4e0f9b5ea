//! Pick-up board: the numbers being prepared, those ready, and those that became ready a moment ago.

use std::{fmt, sync::Arc, time::Duration};

use client::{Client, ConnectionState, Event, platform, socket::public_events};
use wire::{Time, kitchen::Board};

use crate::{
    merge::{Epoch, Merge},
    running::{Running, poll_delay},
    store::Store,
};

/// Period for which a number that became ready is shown large.
pub const FRESH_PERIOD: Duration = Duration::from_secs(20);
/// Most numbers shown large at once.
const MAX_FRESH: usize = 4;
/// Interval at which the board is fetched beside its events, varied by a quarter.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// State of the board.
#[derive(Debug, Clone, PartialEq)]
pub struct PickupState {
    board: Merge<Board>,
    /// Numbers that became ready while the board was shown, newest first, with the end of their time.
    fresh: Vec<(u32, Time)>,
    /// State of the connection to the hub.
    pub connection: ConnectionState,
    /// True if the last fetch succeeded.
    pub is_fetched: bool,
    /// Number of times that numbers became ready.
    pub ready_count: u32,
}

impl Default for PickupState {
    fn default() -> Self {
        Self {
            board: Merge::default(),
            fresh: Vec::new(),
            connection: ConnectionState::Connecting,
            is_fetched: true,
            ready_count: 0,
        }
    }
}

impl PickupState {
    /// Returns the board, once it is known.
    pub fn board(&self) -> Option<&Arc<Board>> {
        self.board.get(&())
    }

    /// Returns the numbers that became ready a moment ago, newest first.
    pub fn fresh(&self, now: Time) -> impl Iterator<Item = u32> {
        self.fresh.iter().filter(move |(_, until)| *until > now).map(|(number, _)| *number)
    }

    /// Takes a pushed board.
    pub fn pushed(&mut self, board: Board, now: Time) {
        self.merge(now, |known| {
            known.event(board);
        });
    }

    /// Takes a fetched board, requested in the epoch `requested_in`.
    pub fn fetched(&mut self, requested_in: Epoch, board: Board, now: Time) {
        self.merge(now, |known| known.snapshot(requested_in, vec![board]));
    }

    fn merge(&mut self, now: Time, merge: impl FnOnce(&mut Merge<Board>)) {
        self.is_fetched = true;
        let before = self.board().cloned();
        merge(&mut self.board);
        // Numbers that were ready before anybody looked are not fresh.
        let (Some(before), Some(board)) = (before, self.board().cloned()) else { return };
        let until = now.plus(FRESH_PERIOD);
        let is_new = |number: &&u32| !before.ready.contains(number);
        let new: Vec<_> = board.ready.iter().filter(is_new).map(|number| (*number, until)).collect();
        self.ready_count += u32::from(!new.is_empty());
        self.fresh.retain(|(number, until)| *until > now && board.ready.contains(number));
        self.fresh.splice(0..0, new);
        self.fresh.truncate(MAX_FRESH);
    }
}

/// Pick-up board of one page or program. Clones share it.
#[derive(Clone)]
pub struct PickupBoard {
    client: Client,
    store: Store<PickupState>,
}

impl PickupBoard {
    /// Makes a board over `client`. Nothing is fetched before [`PickupBoard::run`].
    pub fn new(client: Client) -> Self {
        Self { client, store: Store::new(PickupState::default()) }
    }

    /// Returns the state, to be observed.
    pub fn store(&self) -> &Store<PickupState> {
        &self.store
    }

    /// Keeps the board current until the guard is dropped: by events, and by fetches every few seconds.
    pub fn run(&self) -> Running {
        let mut running = Running::default();
        let this = self.clone();
        running.keep(self.client.subscribe(public_events, move |event| this.take(event)));
        let this = self.clone();
        running.run(async move {
            loop {
                this.fetch().await;
                poll_delay(POLL_INTERVAL).await;
            }
        });
        running
    }

    async fn fetch(&self) {
        let epoch = self.store.get().board.epoch();
        let result = self.client.board().await;
        self.store.update(|state| match result {
            Ok(board) => state.fetched(epoch, board, client::now()),
            Err(_) => state.is_fetched = false,
        });
    }

    fn take(&self, event: Event) {
        match event {
            Event::State(connection) => self.store.update(|state| state.connection = connection),
            Event::Board(board) => self.store.update(|state| state.pushed(board, client::now())),
            Event::Ready => {
                self.store.update(|state| state.board.begin_epoch());
                self.spawn_fetch();
            }
            Event::Resync => self.spawn_fetch(),
            Event::Notification(_) | Event::Stock(_) | Event::Menu | Event::Ticket(_) | Event::Ops(_) => {}
        }
    }

    fn spawn_fetch(&self) {
        let this = self.clone();
        platform::spawn(async move { this.fetch().await });
    }
}

/// Two boards are equal if they share one state.
impl PartialEq for PickupBoard {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl fmt::Debug for PickupBoard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PickupBoard").field("client", &self.client).field("store", &self.store).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_millis(second * 1000)
    }

    fn board(seq: u64, ready: &[u32]) -> Board {
        Board { seq, preparing: vec![], ready: ready.to_vec() }
    }

    fn fresh(state: &PickupState, second: i64) -> Vec<u32> {
        state.fresh(at(second)).collect()
    }

    #[test]
    fn a_number_that_becomes_ready_is_fresh_for_a_while() {
        let mut state = PickupState::default();
        state.fetched(Epoch::default(), board(1, &[101]), at(0));
        assert_eq!(state.ready_count, 0, "it was ready before");
        state.pushed(board(2, &[102, 101]), at(1));
        state.pushed(board(3, &[103, 102, 101]), at(2));
        assert_eq!(state.ready_count, 2);
        assert_eq!(fresh(&state, 3), [103, 102]);
        assert_eq!(fresh(&state, 21), [103]);
        assert_eq!(fresh(&state, 22), Vec::<u32>::new());
    }

    #[test]
    fn an_older_board_changes_nothing_and_a_collected_number_is_no_longer_fresh() {
        let mut state = PickupState::default();
        state.pushed(board(5, &[]), at(0));
        state.pushed(board(4, &[99]), at(0));
        assert_eq!(state.ready_count, 0);
        state.pushed(board(6, &[100]), at(1));
        state.pushed(board(7, &[]), at(2));
        assert_eq!((state.ready_count, fresh(&state, 2)), (1, vec![]));
    }

    #[test]
    fn the_board_of_a_restored_server_is_believed() {
        let mut state = PickupState::default();
        state.pushed(board(90, &[7]), at(0));
        state.board.begin_epoch();
        state.fetched(state.board.epoch(), board(3, &[1]), at(1));
        assert_eq!(state.board().unwrap().ready, [1]);
    }
}
