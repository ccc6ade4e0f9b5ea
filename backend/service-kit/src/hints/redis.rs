//! Hints of all replicas, in Redis.
//!
//! A hint is one value, `stock:<dish>`: version, time, portions and whether it can be ordered, as numbers. What is
//! there is not trusted: what cannot be read is no hint, and the next one takes its place.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::Script;
use wire::{ItemId, Time, stock::CachedStockLevel};

use super::{BELIEVED, StockHints};
use crate::redis::Redis;

/// Sets each key to its value, unless what is there is as new. An entry without an end is none of ours.
const WRITE: &str = "
    for i, key in ipairs(KEYS) do
        local new, known, newer = ARGV[i + 1], redis.pcall('GET', key), true
        local version, at = string.match(new, '^(%d+) (%-?%d+) ')
        if type(known) == 'string' and redis.call('PTTL', key) > 0 then
            local known_version, known_at = string.match(known, '^(%d+) (%-?%d+) %d+ [01]$')
            if known_version == version then
                newer = tonumber(known_at) < tonumber(at)
            elseif known_version then
                newer = tonumber(known_version) < tonumber(version)
            end
        end
        if newer then redis.call('SET', key, new, 'PX', ARGV[1]) end
    end
";

/// For how long an entry is kept: a few times as long as it is believed, so that an older one that comes late still
/// finds it.
const KEPT: Duration = BELIEVED.saturating_mul(4);

/// Hints in Redis. Clones are the same.
#[derive(Debug, Clone)]
pub struct RedisHints {
    redis: Redis,
    write: Arc<Script>,
}

impl RedisHints {
    /// In this Redis.
    pub fn new(redis: Redis) -> Self {
        Self { redis, write: Arc::new(Script::new(WRITE)) }
    }
}

fn key(item: &ItemId) -> String {
    format!("stock:{item}")
}

fn value(hint: &CachedStockLevel) -> String {
    format!("{} {} {} {}", hint.version, hint.at.as_millis(), hint.quantity, u8::from(hint.available))
}

/// The hint in an entry, if it is one.
fn parse(item: &ItemId, entry: &[u8]) -> Option<CachedStockLevel> {
    let mut fields = str::from_utf8(entry).ok()?.split(' ');
    let version = fields.next()?.parse().ok()?;
    let at = Time::from_millis(fields.next()?.parse().ok()?);
    let quantity = fields.next()?.parse().ok()?;
    let available = match fields.next()? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    if fields.next().is_some() {
        return None;
    }
    Some(CachedStockLevel { item_id: item.clone(), quantity, available, version, at })
}

#[async_trait]
impl StockHints for RedisHints {
    async fn write(&self, hints: Vec<CachedStockLevel>) {
        if hints.is_empty() {
            return;
        }
        let script = Arc::clone(&self.write);
        let told = self.redis.ask(|connection| {
            Box::pin(async move {
                let mut call = script.arg(KEPT.as_millis() as u64);
                for hint in &hints {
                    call.key(key(&hint.item_id)).arg(value(hint));
                }
                call.invoke_async::<()>(connection).await
            })
        });
        if let Err(error) = told.await {
            tracing::debug!(%error, "hints could not be told");
        }
    }

    async fn read(&self, item: &ItemId) -> Option<CachedStockLevel> {
        self.read_many(&[item]).await.pop().flatten()
    }

    async fn read_many(&self, items: &[&ItemId]) -> Vec<Option<CachedStockLevel>> {
        let none = vec![None; items.len()];
        if items.is_empty() {
            return none;
        }
        let keys: Vec<_> = items.iter().map(|item| key(item)).collect();
        let found = self.redis.ask(|connection| {
            Box::pin(async move {
                redis::cmd("MGET").arg(keys).query_async::<Vec<Option<Vec<u8>>>>(connection).await
            })
        });
        match found.await {
            Ok(entries) if entries.len() == items.len() => {
                items.iter().zip(entries).map(|(item, entry)| parse(item, &entry?)).collect()
            }
            Ok(_) => none,
            Err(error) => {
                tracing::debug!(%error, "hints could not be read");
                none
            }
        }
    }

    async fn is_up(&self) -> bool {
        self.redis.is_up().await
    }
}

#[cfg(test)]
mod tests {
    use test_support::{servers::Redis as Server, wait::until_true};

    use super::*;
    use crate::{hints::conformance, metrics::Metrics};

    fn hints(server: &Server) -> RedisHints {
        RedisHints::new(Redis::new(&server.url(), &Metrics::new("test")).unwrap())
    }

    fn hint(item: &str, version: u64) -> CachedStockLevel {
        let at = Time::from_millis(1_000);
        CachedStockLevel { item_id: item.parse().unwrap(), quantity: 7, available: false, version, at }
    }

    fn by_hand(server: &Server, command: &[&str]) -> redis::Value {
        let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
        redis::cmd(command[0]).arg(&command[1..]).query(&mut connection).unwrap()
    }

    #[tokio::test]
    async fn hints_in_redis_keep_the_port_s_semantics_for_every_replica() {
        let server = Server::start().await;
        let (first, second) = ("burger".parse().unwrap(), "cola".parse().unwrap());
        conformance::check(&hints(&server), &first, &second).await;
        let known = hints(&server).read(&first).await.unwrap();
        assert_eq!(known.version, 8, "another replica reads the same");
        hints(&server).write(vec![CachedStockLevel { version: 7, ..known.clone() }]).await;
        assert_eq!(hints(&server).read(&first).await, Some(known), "and its older hints are dropped");
    }

    #[tokio::test]
    async fn entries_end_and_what_cannot_be_read_is_replaced() {
        let server = Server::start().await;
        let hints = hints(&server);
        hints.write(vec![hint("cola", 3)]).await;
        let redis::Value::Int(left) = by_hand(&server, &["PTTL", "stock:cola"]) else { panic!("no number") };
        assert!((3_001..=12_000).contains(&left), "longer than it is believed, and not for ever: {left}");

        let bad = ["", "rubbish", "9 9", "9 9 9 9", "9 9 9 1 9", "-9 9 9 1", "9 9 5000000000 1", "9 x 9 1"];
        for entry in bad {
            by_hand(&server, &["SET", "stock:burger", entry, "PX", "60000"]);
            assert_eq!(hints.read(&"burger".parse().unwrap()).await, None, "{entry:?} is no hint");
        }
        by_hand(&server, &["SET", "stock:tea", "99999999999999999999 1 1 1"]);
        by_hand(&server, &["LPUSH", "stock:soup", "3 1000 7 0"]);
        let (burger, soup, tea) = (hint("burger", 1), hint("soup", 1), hint("tea", 1));
        let dishes = [&burger.item_id, &soup.item_id, &tea.item_id];
        assert_eq!(hints.read_many(&dishes).await, [None, None, None]);
        hints.write(vec![burger.clone(), soup.clone(), tea.clone()]).await;
        assert_eq!(hints.read_many(&dishes).await, [Some(burger), Some(soup), Some(tea)]);
    }

    #[tokio::test]
    async fn a_redis_that_forgets_pauses_or_dies_costs_hints_and_comes_back() {
        let mut server = Server::start().await;
        let hints = hints(&server);
        let cola = hint("cola", 3);
        hints.write(vec![cola.clone()]).await;
        server.flush_all();
        assert_eq!(hints.read(&cola.item_id).await, None, "it has forgotten");
        hints.write(vec![cola.clone()]).await;
        assert_eq!(hints.read(&cola.item_id).await, Some(cola.clone()));

        server.pause();
        // Each of these ends, though nobody answers.
        assert_eq!(hints.read(&cola.item_id).await, None);
        assert_eq!(hints.read_many(&[&cola.item_id, &cola.item_id]).await, [None, None]);
        hints.write(vec![hint("cola", 4)]).await;
        assert!(!hints.is_up().await);
        server.resume();
        until_true("Redis to be up", async || hints.is_up().await).await;

        server.kill();
        until_true("Redis to be down", async || !hints.is_up().await).await;
        assert_eq!(hints.read(&cola.item_id).await, None);
        server.restart().await;
        until_true("Redis to be up", async || hints.is_up().await).await;
        until_true("a hint to be read", async || {
            hints.write(vec![cola.clone()]).await;
            hints.read(&cola.item_id).await.as_ref() == Some(&cola)
        })
        .await;
    }
}
