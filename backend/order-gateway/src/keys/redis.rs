//! The idempotency keys of all replicas, in Redis.
//!
//! A key is one value: how far it has come, the fingerprint, when it was accepted, and the message. What was confirmed
//! stands in a sorted set for each student as well, and the attempts that hold an unconfirmed key in a set beside it. What is there is not trusted: what cannot be read is an error, and
//! the order goes on without its key.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::Script;
use service_kit::redis::{Redis, RedisError};
use uuid::Uuid;
use wire::{OrderId, OrderKey, Time, UserId, message::Fingerprint};

use super::{Attempt, Begun, IdempotencyKeys, KeysError};

/// Returns the value of the key. Stores the given one if there is none, unless it is empty. An attempt that may publish
/// joins the set of those that hold the key. A reserved key whose set is gone has holders that nobody knows any more:
/// it gets no new set, so that no release frees it.
const BEGIN: &str = "
    local known = redis.call('GET', KEYS[1])
    if not known then
        if ARGV[1] == '' then return known end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        redis.call('DEL', KEYS[2])
    elseif string.sub(known, 1, 1) ~= 'b' or string.sub(known, 2, 17) ~= ARGV[4]
        or redis.call('EXISTS', KEYS[2]) == 0 then
        return known
    end
    redis.call('SADD', KEYS[2], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    return known
";

/// Removes an attempt from those that hold the key. Deletes the key when that was the last one and it is not
/// confirmed. Returns whether it was deleted.
const RELEASE: &str = "
    if redis.call('SREM', KEYS[2], ARGV[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
    if redis.call('GETRANGE', KEYS[1], 0, 0) ~= 'b' then return 0 end
    return redis.call('DEL', KEYS[1])
";

/// Marks the key as confirmed and puts it among the student's, of which the newest 100 stay. Says whether this was the
/// first time. Time and mark are where [`Record`] has them.
const CONFIRM: &str = "
    local head = redis.call('GETRANGE', KEYS[1], 0, 24)
    if #head < 25 or string.sub(head, 1, 1) ~= 'b' then return 0 end
    redis.call('SETRANGE', KEYS[1], 0, 'c')
    redis.call('DEL', KEYS[3])
    redis.call('ZADD', KEYS[2], struct.unpack('>i8', head, 18), ARGV[1])
    redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -101)
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    return 1
";

/// How a value begins when the key has begun …
const BEGUN: u8 = b'b';
/// … and when it is confirmed.
const CONFIRMED: u8 = b'c';

/// The keys in Redis. Clones are the same.
#[derive(Debug, Clone)]
pub struct RedisKeys {
    redis: Redis,
    life: u64,
    begin: Arc<Script>,
    confirm: Arc<Script>,
    release: Arc<Script>,
}

/// A value that is none of ours, or of another version.
#[derive(Debug, thiserror::Error)]
#[error("the value of an idempotency key cannot be read")]
struct Unreadable;

/// What is known of a key: a byte for how far it has come, 16 for the fingerprint, 8 for the time, the message.
struct Record<'a> {
    confirmed: bool,
    fingerprint: Fingerprint,
    accepted_at: Time,
    message: &'a [u8],
}

impl<'a> Record<'a> {
    fn write(&self) -> Vec<u8> {
        let state = if self.confirmed { CONFIRMED } else { BEGUN };
        let at = self.accepted_at.as_millis().to_be_bytes();
        [&[state], &self.fingerprint.0[..], &at, self.message].concat()
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (state, bytes) = bytes.split_first()?;
        let (fingerprint, bytes) = bytes.split_first_chunk()?;
        let (at, message) = bytes.split_first_chunk()?;
        Some(Self {
            confirmed: match *state {
                BEGUN => false,
                CONFIRMED => true,
                _ => return None,
            },
            fingerprint: Fingerprint(*fingerprint),
            accepted_at: Time::from_millis(i64::from_be_bytes(*at)),
            message,
        })
    }
}

impl RedisKeys {
    /// Remembers each key for `life`.
    pub fn new(redis: Redis, life: Duration) -> Self {
        let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX);
        let script = |text| Arc::new(Script::new(text));
        Self { redis, life, begin: script(BEGIN), confirm: script(CONFIRM), release: script(RELEASE) }
    }
}

fn name(key: &OrderKey) -> String {
    format!("order-key:{key}")
}

/// Name of the set of attempts that hold an unconfirmed key.
fn name_of_attempts(key: &OrderKey) -> String {
    format!("order-attempts:{key}")
}

/// Where the confirmed keys of a student stand, by the time they were accepted.
fn name_of_student(user: UserId) -> String {
    format!("order-keys-of:{user}")
}

fn away(error: RedisError) -> KeysError {
    KeysError(Box::new(error))
}

#[async_trait]
impl IdempotencyKeys for RedisKeys {
    async fn begin(&self, attempt: Attempt<'_>) -> Result<Begun, KeysError> {
        let Attempt { key, id, fingerprint, accepted_at, message } = attempt;
        let given = message.map(|message| Record { confirmed: false, fingerprint, accepted_at, message });
        let (value, refuse) = (given.map(|record| record.write()).unwrap_or_default(), message.is_none());
        let (script, name, attempts) = (Arc::clone(&self.begin), name(key), name_of_attempts(key));
        let life = self.life;
        let known: Option<Vec<u8>> = self
            .redis
            .ask(|connection| {
                Box::pin(async move {
                    script
                        .key(name)
                        .key(attempts)
                        .arg(value)
                        .arg(life)
                        .arg(id.as_bytes())
                        .arg(&fingerprint.0)
                        .invoke_async(connection)
                        .await
                })
            })
            .await
            .map_err(away)?;
        let Some(known) = known else { return Ok(if refuse { Begun::Refused } else { Begun::New }) };
        let known = Record::read(&known).ok_or_else(|| KeysError(Box::new(Unreadable)))?;
        Ok(if known.fingerprint != fingerprint {
            Begun::Contradiction
        } else if known.confirmed {
            Begun::Replay { accepted_at: known.accepted_at }
        } else {
            Begun::Again { accepted_at: known.accepted_at, message: known.message.to_vec() }
        })
    }

    async fn confirm(&self, key: &OrderKey) -> Result<bool, KeysError> {
        let (script, name, student) = (Arc::clone(&self.confirm), name(key), name_of_student(key.user_id));
        let (order, life, attempts) = (key.order_id.to_string(), self.life, name_of_attempts(key));
        self.redis
            .ask(|connection| {
                Box::pin(async move {
                    script
                        .key(name)
                        .key(student)
                        .key(attempts)
                        .arg(order)
                        .arg(life)
                        .invoke_async(connection)
                        .await
                })
            })
            .await
            .map_err(away)
    }

    async fn release(&self, key: &OrderKey, attempt: Uuid) -> Result<bool, KeysError> {
        let (script, name, attempts) = (Arc::clone(&self.release), name(key), name_of_attempts(key));
        self.redis
            .ask(|connection| {
                Box::pin(async move {
                    script.key(name).key(attempts).arg(attempt.as_bytes()).invoke_async(connection).await
                })
            })
            .await
            .map_err(away)
    }

    async fn confirmed(&self, key: &OrderKey) -> Result<Option<Vec<u8>>, KeysError> {
        let name = name(key);
        let known: Option<Vec<u8>> = self
            .redis
            .ask(|connection| {
                Box::pin(async move { redis::cmd("GET").arg(name).query_async(connection).await })
            })
            .await
            .map_err(away)?;
        Ok(known.and_then(|known| message_if_confirmed(&known)))
    }

    async fn confirmed_of(&self, user: UserId, since: Time) -> Result<Vec<Vec<u8>>, KeysError> {
        let student = name_of_student(user);
        let orders: Vec<Vec<u8>> = self
            .redis
            .ask(|connection| {
                Box::pin(async move {
                    redis::cmd("ZRANGE")
                        .arg(student)
                        .arg(("+inf", since.as_millis(), "BYSCORE", "REV", "LIMIT", 0, 100))
                        .query_async(connection)
                        .await
                })
            })
            .await
            .map_err(away)?;
        let names: Vec<_> = orders
            .iter()
            .filter_map(|order| std::str::from_utf8(order).ok()?.parse::<OrderId>().ok())
            .map(|order_id| name(&OrderKey { user_id: user, order_id }))
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let known: Vec<Option<Vec<u8>>> = self
            .redis
            .ask(|connection| {
                Box::pin(async move { redis::cmd("MGET").arg(names).query_async(connection).await })
            })
            .await
            .map_err(away)?;
        Ok(known.into_iter().flatten().filter_map(|known| message_if_confirmed(&known)).collect())
    }

    /// Nothing to do: each key has its time in Redis.
    async fn sweep(&self, _: Time) {}

    async fn is_up(&self) -> bool {
        self.redis.is_up().await
    }
}

fn message_if_confirmed(known: &[u8]) -> Option<Vec<u8>> {
    Record::read(known).filter(|record| record.confirmed).map(|record| record.message.to_vec())
}

#[cfg(test)]
mod tests {
    use service_kit::metrics::Metrics;
    use test_support::{servers::Redis as Server, wait::until};
    use tokio::{task::JoinSet, time::Instant};

    use super::*;

    const LIFE: Duration = Duration::from_secs(3600);

    fn keys(server: &Server) -> RedisKeys {
        RedisKeys::new(Redis::new(&server.url(), &Metrics::new("test")).unwrap(), LIFE)
    }

    fn client(server: &Server) -> redis::Connection {
        redis::Client::open(server.url()).unwrap().get_connection().unwrap()
    }

    fn key(order: &str) -> OrderKey {
        OrderKey { user_id: UserId(uuid::Uuid::from_u128(1)), order_id: order.parse().unwrap() }
    }

    async fn begin(keys: &RedisKeys, order: &str, fingerprint: u8) -> Result<Begun, KeysError> {
        let attempt = Attempt {
            key: &key(order),
            id: service_kit::Clock::system().uuid(),
            fingerprint: Fingerprint([fingerprint; 16]),
            accepted_at: Time::from_millis(1_700_000_000_000),
            message: Some(b"m"),
        };
        keys.begin(attempt).await
    }

    /// Lets time pass for everything that has a time.
    fn pass(server: &Server, by: Duration) {
        let mut client = client(server);
        for name in redis::cmd("KEYS").arg("*").query::<Vec<String>>(&mut client).unwrap() {
            let left: i64 = redis::cmd("PTTL").arg(&name).query(&mut client).unwrap();
            assert!(left > 0, "{name} would stay for ever: {left}");
            let left = left - i64::try_from(by.as_millis()).unwrap();
            redis::cmd("PEXPIRE").arg(&name).arg(left).exec(&mut client).unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_conforms() {
        let server = Server::start().await;
        let open = |life, _| {
            server.flush_all();
            assert_eq!(life, LIFE);
            Arc::new(keys(&server))
        };
        super::super::conformance::all(open, |_, by| pass(&server, by)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_at_once_on_two_replicas_one_is_new_and_one_confirm_is_the_first() {
        let server = Server::start().await;
        let replicas = [keys(&server), keys(&server)];
        let mut all = JoinSet::new();
        for number in 0..100 {
            let replica = replicas[number % 2].clone();
            all.spawn(async move {
                let new = begin(&replica, "same", 1).await.unwrap() == Begun::New;
                (new, replica.confirm(&key("same")).await.unwrap())
            });
        }
        let all = all.join_all().await;
        assert_eq!(all.iter().filter(|(new, _)| *new).count(), 1);
        assert_eq!(all.iter().filter(|(_, first)| *first).count(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_whose_set_of_attempts_is_lost_is_not_released() {
        let server = Server::start().await;
        let (keys, mut client) = (keys(&server), client(&server));
        assert_eq!(begin(&keys, "a", 1).await.unwrap(), Begun::New);
        redis::cmd("DEL").arg(name_of_attempts(&key("a"))).exec(&mut client).unwrap();
        let retry = Attempt {
            key: &key("a"),
            id: Uuid::from_u128(2),
            fingerprint: Fingerprint([1; 16]),
            accepted_at: Time::from_millis(1_700_000_000_000),
            message: Some(b"m"),
        };
        assert!(matches!(keys.begin(retry).await.unwrap(), Begun::Again { .. }));
        assert!(!keys.release(&key("a"), Uuid::from_u128(2)).await.unwrap());
        assert_eq!(begin(&keys, "a", 2).await.unwrap(), Begun::Contradiction);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_redis_it_is_an_error_at_once_and_a_flush_forgets() {
        let mut server = Server::start().await;
        let keys = keys(&server);
        assert_eq!(begin(&keys, "a", 1).await.unwrap(), Begun::New);
        server.flush_all();
        assert_eq!(begin(&keys, "a", 2).await.unwrap(), Begun::New);
        assert!(keys.confirm(&key("a")).await.unwrap());

        for paused in [true, false] {
            if paused {
                server.pause();
            } else {
                server.kill();
            }
            // Not the deadline itself, which is measured elsewhere, but nothing near the patience of a client.
            let asked = Instant::now();
            assert!(begin(&keys, "a", 2).await.is_err());
            assert!(keys.confirm(&key("a")).await.is_err());
            assert!(keys.release(&key("a"), Uuid::from_u128(1)).await.is_err());
            assert!(keys.confirmed(&key("a")).await.is_err());
            assert!(keys.confirmed_of(key("a").user_id, Time::from_millis(0)).await.is_err());
            assert!(!keys.is_up().await);
            assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
            if paused {
                server.resume();
            } else {
                server.restart().await;
            }
            until("Redis", async || if keys.is_up().await { Ok(()) } else { Err("away".to_owned()) }).await;
        }
        assert_eq!(begin(&keys, "a", 3).await.unwrap(), Begun::New);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_none_of_ours_is_an_error_and_never_believed() {
        let server = Server::start().await;
        let (keys, mut client) = (keys(&server), client(&server));
        let student = name_of_student(key("a").user_id);
        assert_eq!(begin(&keys, "real", 1).await.unwrap(), Begun::New);
        assert!(keys.confirm(&key("real")).await.unwrap());
        let later_version = [&[b'd'][..], &[1; 40]].concat();
        for garbage in [&b""[..], b"b", &[b'b'; 24], &[0xff; 400], &later_version] {
            redis::cmd("SET").arg(name(&key("a"))).arg(garbage).exec(&mut client).unwrap();
            for member in [&b"a"[..], b"\xff\xfe", b"not an order id", b"gone"] {
                redis::cmd("ZADD").arg(&student).arg(i64::MAX).arg(member).exec(&mut client).unwrap();
            }
            assert!(begin(&keys, "a", 1).await.is_err(), "{garbage:?}");
            assert!(!keys.confirm(&key("a")).await.unwrap(), "{garbage:?}");
            assert_eq!(keys.confirmed(&key("a")).await.unwrap(), None, "{garbage:?}");
            let found = keys.confirmed_of(key("a").user_id, Time::from_millis(0)).await.unwrap();
            assert_eq!(found, [b"m"], "{garbage:?}");
        }
        redis::cmd("DEL").arg(&[name(&key("a")), student.clone()]).exec(&mut client).unwrap();
        redis::cmd("RPUSH").arg(name(&key("a"))).arg("a list").exec(&mut client).unwrap();
        redis::cmd("RPUSH").arg(&student).arg("a list").exec(&mut client).unwrap();
        assert!(begin(&keys, "a", 1).await.is_err());
        assert!(keys.confirm(&key("a")).await.is_err());
        assert!(keys.confirmed(&key("a")).await.is_err());
        assert!(keys.confirmed_of(key("a").user_id, Time::from_millis(0)).await.is_err());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_student_s_confirmed_keys_are_bounded_in_redis() {
        let server = Server::start().await;
        let keys = keys(&server);
        for number in 0..120 {
            begin(&keys, &number.to_string(), 1).await.unwrap();
            keys.confirm(&key(&number.to_string())).await.unwrap();
        }
        let student = name_of_student(key("a").user_id);
        assert_eq!(redis::cmd("ZCARD").arg(student).query::<i64>(&mut client(&server)).unwrap(), 100);
    }
}
