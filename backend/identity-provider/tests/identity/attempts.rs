//! Login attempts in the database and with Redis in front of it: three a minute over all replicas, whatever happens to
//! Redis meanwhile.

use std::{sync::Arc, time::Duration};

use identity_provider::attempts::{
    Attempt, LoginAttempts, conformance, database::DatabaseAttempts, redis::RedisAttempts,
};
use service_kit::metrics::Metrics;
use sqlx::{Connection as _, PgConnection};
use test_support::{
    servers::{Postgres, Redis},
    wait::until,
};
use tokio::task::JoinSet;

use crate::postgres::{database, open};

/// Lets time pass for what lies in the database.
async fn pass(url: &str, time: Duration) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(
        "UPDATE login_attempts SET times = ARRAY(SELECT at - make_interval(secs => $1) FROM unnest(times) AS at)",
    )
    .bind(time.as_secs_f64())
    .execute(&mut connection)
    .await
    .unwrap();
}

/// Lets time pass for what lies in Redis.
fn pass_in_redis(redis: &Redis, time: Duration) {
    let mut connection = client(redis);
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    for key in keys {
        let left: i64 = redis::cmd("PTTL").arg(&key).query(&mut connection).unwrap();
        let left = left - i64::try_from(time.as_millis()).unwrap();
        redis::cmd("PEXPIRE").arg(&key).arg(left).exec(&mut connection).unwrap();
    }
}

fn client(redis: &Redis) -> redis::Connection {
    redis::Client::open(redis.url()).unwrap().get_connection().unwrap()
}

async fn with_redis(redis: &Redis, url: &str) -> RedisAttempts {
    let connection = service_kit::redis::Redis::new(&redis.url(), &Metrics::new("test")).unwrap();
    RedisAttempts::new(connection, DatabaseAttempts::new(&open(url).await))
}

/// How many of so many tries at once, in turn on each replica, are allowed.
async fn allowed<A: LoginAttempts + Clone>(replicas: &[A], tries: usize, name: &'static str) -> usize {
    let mut all = JoinSet::new();
    for replica in replicas.iter().cycle().take(tries) {
        let replica = replica.clone();
        all.spawn(async move { replica.count(name).await.unwrap() == Attempt::Allowed });
    }
    all.join_all().await.into_iter().filter(|allowed| *allowed).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_conforms() {
    let url = database().await;
    let attempts = DatabaseAttempts::new(&open(&url).await);
    conformance::the_fourth_within_a_minute_waits(&attempts, async |time| pass(&url, time).await).await;
    conformance::each_name_has_its_own_window(&attempts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_with_redis_conforms() {
    let (redis, url) = (Redis::start().await, database().await);
    let attempts = with_redis(&redis, &url).await;
    let pass = async |time| {
        pass(&url, time).await;
        pass_in_redis(&redis, time);
    };
    conformance::the_fourth_within_a_minute_waits(&attempts, pass).await;
    conformance::each_name_has_its_own_window(&attempts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_in_all_are_allowed_whatever_happens_to_redis() {
    let (mut redis, url) = (Redis::start().await, database().await);
    let replicas = [with_redis(&redis, &url).await, with_redis(&redis, &url).await];
    assert_eq!(allowed(&replicas, 100, "two replicas").await, 3);

    for happens in ["flushed", "paused", "killed"] {
        assert_eq!(allowed(&replicas, 2, happens).await, 2);
        match happens {
            "flushed" => redis.flush_all(),
            "paused" => redis.pause(),
            _ => redis.kill(),
        }
        assert_eq!(allowed(&replicas, 50, happens).await, 1, "{happens}");
        match happens {
            "flushed" => redis.flush_all(),
            "paused" => redis.resume(),
            _ => redis.restart().await,
        }
        assert_eq!(allowed(&replicas, 50, happens).await, 0, "{happens} and back");
    }
    // And while it all happens at once.
    let mut going = JoinSet::new();
    going.spawn(async move { allowed(&replicas, 300, "in the middle").await });
    redis.flush_all();
    redis.kill();
    redis.restart().await;
    redis.flush_all();
    assert_eq!(going.join_all().await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_refuses_without_the_database_and_never_for_longer() {
    let (redis, mut postgres) = (Redis::start().await, Postgres::start().await);
    let url = postgres.database().await;
    let attempts = with_redis(&redis, &url).await;
    let times = async |expected| {
        for _ in 0..3 {
            assert_eq!(attempts.count("rahim").await.unwrap(), expected);
        }
    };
    times(Attempt::Allowed).await;
    let Attempt::Refused { wait } = attempts.count("rahim").await.unwrap() else { panic!("a fourth") };
    let left = |key: &str| redis::cmd("PTTL").arg(key).query::<u128>(&mut client(&redis)).unwrap();
    let key: String = redis::cmd("KEYS").arg("*").query::<Vec<_>>(&mut client(&redis)).unwrap().remove(0);
    assert!(left(&key) <= wait.as_millis(), "{} of {wait:?}", left(&key));

    postgres.kill();
    assert!(matches!(attempts.count("rahim").await.unwrap(), Attempt::Refused { .. }));
    assert!(attempts.count("karim").await.is_err(), "nobody is let through");
    for garbage in [None, Some(3_600_000)] {
        let set = match garbage {
            None => redis::cmd("SET").arg(&key).arg("for ever").exec(&mut client(&redis)),
            Some(time) => redis::cmd("PEXPIRE").arg(&key).arg(time).exec(&mut client(&redis)),
        };
        set.unwrap();
        assert!(attempts.count("rahim").await.is_err(), "what cannot be is not believed");
    }
    redis.pause();
    assert!(attempts.count("rahim").await.is_err(), "both are away");
    redis.resume();
    postgres.restart().await;
    until("the database", async || attempts.count("karim").await.map_err(|error| format!("{error:?}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_left_the_window_is_swept_out_and_nothing_else() {
    let url = database().await;
    let attempts = DatabaseAttempts::new(&open(&url).await);
    let known = async || -> i64 {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM login_attempts").fetch_one(&mut connection).await.unwrap()
    };
    attempts.count("old").await.unwrap();
    pass(&url, Duration::from_secs(61)).await;
    attempts.count("new").await.unwrap();
    let other = Arc::new(attempts.clone());
    let (one, two) = tokio::join!(attempts.sweep(), other.sweep());
    one.unwrap();
    two.unwrap();
    assert_eq!(known().await, 1);
    assert_eq!(allowed(&[attempts], 5, "new").await, 2);
}
