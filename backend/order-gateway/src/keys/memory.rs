//! The idempotency keys of one process, in its memory.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;
use wire::{OrderId, OrderKey, Time, UserId, message::Fingerprint};

use super::{Attempt, Begun, IdempotencyKeys, KeysError};

/// In how many parts the keys lie, so that few requests wait for each other.
const PARTS: usize = 64;

/// The keys, in parts by student.
#[derive(Debug)]
pub struct MemoryKeys {
    parts: Vec<Mutex<Part>>,
    hasher: RandomState,
    life: Duration,
    part_capacity: usize,
}

#[derive(Debug, Default)]
struct Part {
    known: BTreeMap<OrderKey, Known>,
    /// The keys in the order they came, for forgetting the oldest first.
    ages: VecDeque<(Time, OrderKey)>,
}

#[derive(Debug)]
struct Known {
    fingerprint: Fingerprint,
    accepted_at: Time,
    state: KeyState,
    message: Box<[u8]>,
}

/// Progress of a known key.
#[derive(Debug)]
enum KeyState {
    /// Not confirmed, with the attempts that may have published it.
    Reserved(Vec<Uuid>),
    /// Answered with a 202.
    Confirmed,
}

impl Known {
    fn is_confirmed(&self) -> bool {
        matches!(self.state, KeyState::Confirmed)
    }
}

impl MemoryKeys {
    /// Remembers each key for `life`, and at most about `capacity` of them, the oldest going first.
    pub fn new(life: Duration, capacity: usize) -> Self {
        Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            life,
            part_capacity: (capacity / PARTS).max(1),
        }
    }

    /// Forgets what is over.
    fn forget(&self, now: Time) {
        for part in &self.parts {
            let mut part = part.lock();
            while part.ages.front().is_some_and(|(at, _)| now.since(*at) > self.life) {
                part.forget_oldest();
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 64")]
    fn part(&self, user: UserId) -> MutexGuard<'_, Part> {
        let at = (self.hasher.hash_one(user) % PARTS as u64) as usize;
        self.parts[at].lock()
    }
}

impl Part {
    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.ages.pop_front() {
            self.known.remove(&key);
        }
    }
}

#[async_trait]
impl IdempotencyKeys for MemoryKeys {
    async fn begin(&self, attempt: Attempt<'_>) -> Result<Begun, KeysError> {
        let mut part = self.part(attempt.key.user_id);
        if let Some(known) = part.known.get_mut(attempt.key) {
            if known.fingerprint != attempt.fingerprint {
                return Ok(Begun::Contradiction);
            }
            let accepted_at = known.accepted_at;
            return Ok(match &mut known.state {
                KeyState::Confirmed => Begun::Replay { accepted_at },
                KeyState::Reserved(attempts) => {
                    attempts.push(attempt.id);
                    Begun::Again { accepted_at, message: known.message.to_vec() }
                }
            });
        }
        let Some(message) = attempt.message else { return Ok(Begun::Refused) };
        if part.known.len() >= self.part_capacity {
            part.forget_oldest();
        }
        part.ages.push_back((attempt.accepted_at, attempt.key.clone()));
        let known = Known {
            fingerprint: attempt.fingerprint,
            accepted_at: attempt.accepted_at,
            state: KeyState::Reserved(vec![attempt.id]),
            message: message.into(),
        };
        part.known.insert(attempt.key.clone(), known);
        Ok(Begun::New)
    }

    async fn confirm(&self, key: &OrderKey) -> Result<bool, KeysError> {
        let mut part = self.part(key.user_id);
        let Some(known) = part.known.get_mut(key) else { return Ok(false) };
        let first = !known.is_confirmed();
        known.state = KeyState::Confirmed;
        Ok(first)
    }

    async fn release(&self, key: &OrderKey, attempt: Uuid) -> Result<bool, KeysError> {
        let mut part = self.part(key.user_id);
        let Some(Known { state: KeyState::Reserved(attempts), .. }) = part.known.get_mut(key) else {
            return Ok(false);
        };
        let Some(held) = attempts.iter().position(|id| *id == attempt) else { return Ok(false) };
        attempts.swap_remove(held);
        if !attempts.is_empty() {
            return Ok(false);
        }
        part.known.remove(key);
        // Most keys are released soon after they came, so the search begins with the newest.
        if let Some(age) = part.ages.iter().rposition(|(_, known)| known == key) {
            part.ages.remove(age);
        }
        Ok(true)
    }

    async fn confirmed(&self, key: &OrderKey) -> Result<Option<Vec<u8>>, KeysError> {
        let part = self.part(key.user_id);
        Ok(part.known.get(key).filter(|known| known.is_confirmed()).map(|known| known.message.to_vec()))
    }

    async fn confirmed_of(&self, user: UserId, since: Time) -> Result<Vec<Vec<u8>>, KeysError> {
        let part = self.part(user);
        // "-" is the first of all order ids: the lowest character of their alphabet, alone.
        let Ok(first) = "-".parse::<OrderId>() else { return Ok(Vec::new()) };
        let mut found: Vec<_> = part
            .known
            .range(OrderKey { user_id: user, order_id: first }..)
            .take_while(|(key, _)| key.user_id == user)
            .filter(|(_, known)| known.is_confirmed() && known.accepted_at >= since)
            .map(|(_, known)| (known.accepted_at, known.message.to_vec()))
            .collect();
        found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        found.truncate(100);
        Ok(found.into_iter().map(|(_, message)| message).collect())
    }

    async fn sweep(&self, now: Time) {
        self.forget(now);
    }

    async fn is_up(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_conforms() {
        let now = std::cell::Cell::new(Time::from_millis(1_700_000_000_000));
        let pass = |keys: &MemoryKeys, by| {
            now.set(now.get().plus(by));
            keys.forget(now.get());
        };
        let open = |life, capacity| std::sync::Arc::new(MemoryKeys::new(life, capacity));
        super::super::conformance::all(open, pass).await;
    }

    #[tokio::test]
    async fn a_key_is_remembered_for_its_time_to_the_millisecond() {
        let keys = MemoryKeys::new(Duration::from_secs(60), 100);
        let user = UserId(uuid::Uuid::from_u128(7));
        let attempt = Attempt {
            key: &OrderKey { user_id: user, order_id: "a".parse().unwrap() },
            id: Uuid::from_u128(1),
            fingerprint: Fingerprint([0; 16]),
            accepted_at: Time::from_millis(0),
            message: Some(b"m"),
        };
        assert_eq!(keys.begin(attempt.clone()).await.unwrap(), Begun::New);
        keys.sweep(Time::from_millis(60_000)).await;
        assert!(matches!(keys.begin(attempt.clone()).await.unwrap(), Begun::Again { .. }));
        keys.sweep(Time::from_millis(60_001)).await;
        assert_eq!(keys.begin(attempt).await.unwrap(), Begun::New);
    }

    #[tokio::test]
    async fn the_oldest_are_forgotten_when_it_is_full() {
        let keys = MemoryKeys::new(Duration::from_secs(60), 2 * PARTS);
        let user = UserId(uuid::Uuid::from_u128(7));
        let key = |n: u8| OrderKey { user_id: user, order_id: format!("o{n}").parse().unwrap() };
        for n in 0..5 {
            let attempt = Attempt {
                key: &key(n),
                id: Uuid::from_u128(n.into()),
                fingerprint: Fingerprint([0; 16]),
                accepted_at: Time::from_millis(n.into()),
                message: Some(b"m"),
            };
            assert_eq!(keys.begin(attempt).await.unwrap(), Begun::New);
            assert!(keys.confirm(&key(n)).await.unwrap());
        }
        assert!(keys.confirmed(&key(2)).await.unwrap().is_none());
        assert!(keys.confirmed(&key(3)).await.unwrap().is_some());
        assert!(keys.confirmed(&key(4)).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_released_key_leaves_no_age_that_would_end_its_successor() {
        let keys = MemoryKeys::new(Duration::from_secs(60), 100);
        let key = OrderKey { user_id: UserId(Uuid::from_u128(7)), order_id: "a".parse().unwrap() };
        let attempt = |number: u8| Attempt {
            key: &key,
            id: Uuid::from_u128(number.into()),
            fingerprint: Fingerprint([number; 16]),
            accepted_at: Time::from_millis(i64::from(number) * 1000),
            message: Some(b"m"),
        };
        assert_eq!(keys.begin(attempt(0)).await.unwrap(), Begun::New);
        assert!(keys.release(&key, Uuid::from_u128(0)).await.unwrap());
        assert_eq!(keys.begin(attempt(10)).await.unwrap(), Begun::New);
        keys.sweep(Time::from_millis(65_000)).await;
        assert!(matches!(keys.begin(attempt(10)).await.unwrap(), Begun::Again { .. }));
    }
}
