//! The pick-up board: which numbers are being prepared, which are ready, and which became ready a moment ago.

use wire::{Time, kitchen::Board};

/// How long a number that became ready is shown large, in seconds.
pub const FRESH_S: u64 = 20;
/// The most numbers that are shown large at the same time.
const FRESH: usize = 4;

/// The board as it is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pickup {
    board: Option<Board>,
    /// Numbers that became ready while somebody looked, newest first, and until when they are large.
    fresh: Vec<(u32, Time)>,
}

impl Pickup {
    /// The board, once it is known.
    pub fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// Numbers that became ready a moment ago, newest first.
    pub fn fresh(&self, now: Time) -> impl Iterator<Item = u32> {
        self.fresh.iter().filter(move |(_, until)| *until > now).map(|(number, _)| *number)
    }

    /// Takes a board in; an older one changes nothing. Returns whether a number has become ready.
    pub fn take(&mut self, board: Board, now: Time) -> bool {
        let Some(known) = &self.board else {
            // What was ready before anybody looked is no news.
            self.board = Some(board);
            return false;
        };
        if board.seq < known.seq {
            return false;
        }
        let until = now.plus(std::time::Duration::from_secs(FRESH_S));
        let new: Vec<_> = board
            .ready
            .iter()
            .filter(|number| !known.ready.contains(number))
            .map(|number| (*number, until))
            .collect();
        let rings = !new.is_empty();
        self.fresh.retain(|(number, until)| *until > now && board.ready.contains(number));
        self.fresh.splice(0..0, new);
        self.fresh.truncate(FRESH);
        self.board = Some(board);
        rings
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

    fn fresh(pickup: &Pickup, second: i64) -> Vec<u32> {
        pickup.fresh(at(second)).collect()
    }

    #[test]
    fn what_becomes_ready_is_large_for_a_while() {
        let mut pickup = Pickup::default();
        assert!(!pickup.take(board(1, &[101]), at(0)), "it was ready before");
        assert!(pickup.take(board(2, &[102, 101]), at(1)));
        assert!(pickup.take(board(3, &[103, 102, 101]), at(2)));
        assert_eq!(fresh(&pickup, 3), [103, 102]);
        assert_eq!(fresh(&pickup, 21), [103]);
        assert_eq!(fresh(&pickup, 22), Vec::<u32>::new());
    }

    #[test]
    fn an_older_board_changes_nothing_and_one_that_is_picked_up_is_small_at_once() {
        let mut pickup = Pickup::default();
        pickup.take(board(5, &[]), at(0));
        assert!(!pickup.take(board(4, &[99]), at(0)));
        pickup.take(board(6, &[100]), at(1));
        assert!(!pickup.take(board(7, &[]), at(2)));
        assert_eq!(fresh(&pickup, 2), Vec::<u32>::new());
    }
}
