//! The servers start, die, come back with what they had to keep, and are gone with the test.

use sqlx::{Connection as _, PgConnection};
use test_support::servers::{
    Postgres, Proxy, RabbitMq, Redis,
    processes::{Thread, all_threads},
    proxy::Network,
};

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_what_was_committed_through_a_kill_and_a_pause() {
    let mut server = Postgres::start().await;
    let url = server.database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE t (n int)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO t VALUES (7)").execute(&mut connection).await.unwrap();
    server.pause();
    let asked = std::time::Duration::from_millis(300);
    let paused = tokio::time::timeout(asked, sqlx::query("SELECT 1").execute(&mut connection)).await;
    assert!(paused.is_err(), "a paused server answers nothing");
    server.resume();
    server.kill();
    assert!(PgConnection::connect(&url).await.is_err());
    server.restart().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let kept: i32 = sqlx::query_scalar("SELECT n FROM t").fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_reached_through_a_proxy_unless_it_is_cut() {
    let server = Redis::start().await;
    let proxy = Proxy::start(vec![server.address()]).await;
    let client = redis::Client::open(format!("redis://{}", proxy.address())).unwrap();
    let ask = || {
        let answer = client.get_connection().and_then(|mut it| redis::cmd("PING").query::<String>(&mut it));
        answer.is_ok()
    };
    assert!(tokio::task::block_in_place(ask));
    proxy.set(Network::Cut);
    assert!(!tokio::task::block_in_place(ask));
    proxy.set(Network::Good);
    assert!(tokio::task::block_in_place(ask));
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_comes_back_on_its_port_and_obeys_its_alarm() {
    let mut server = RabbitMq::start().await;
    let greeting = || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
        let mut first = [0];
        stream.read_exact(&mut first).unwrap();
        first[0]
    };
    assert_eq!(tokio::task::block_in_place(greeting), 1, "a method frame");
    server.memory_alarm(true);
    assert!(server.control(&["eval", "rabbit_alarm:get_alarms()."]).contains("memory"));
    server.memory_alarm(false);
    assert_ne!(server.vhost(), server.vhost());
    server.kill();
    assert!(std::net::TcpStream::connect(server.address()).is_err());
    server.restart().await;
}

/// Pauses and resumes a server again and again, and looks at its threads at once.
fn stands_still_whenever_paused(pid: u32, pause: impl Fn(), resume: impl Fn()) {
    for round in 0..10 {
        pause();
        let running: Vec<_> = all_threads(pid).into_iter().filter(|thread| !thread.rests()).collect();
        assert_eq!(running, [], "round {round}: paused");
        resume();
        let stopped: Vec<_> = all_threads(pid).into_iter().filter(Thread::is_stopped).collect();
        assert_eq!(stopped, [], "round {round}: resumed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_thread_of_a_paused_server_runs() {
    let (postgres, redis, rabbitmq) = tokio::join!(Postgres::start(), Redis::start(), RabbitMq::start());
    // More work than its schedulers and the machine can do at once.
    rabbitmq.control(&["eval", "[spawn(fun() -> (fun F() -> F() end)() end) || _ <- lists:seq(1, 8)]."]);
    tokio::task::block_in_place(|| {
        assert!(all_threads(rabbitmq.pid()).len() > 10, "the broker has many threads");
        stands_still_whenever_paused(rabbitmq.pid(), || rabbitmq.pause(), || rabbitmq.resume());
        stands_still_whenever_paused(postgres.pid(), || postgres.pause(), || postgres.resume());
        stands_still_whenever_paused(redis.pid(), || redis.pause(), || redis.resume());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_server_can_be_killed() {
    let mut postgres = Postgres::start().await;
    let pid = postgres.pid();
    postgres.pause();
    tokio::task::block_in_place(|| postgres.kill());
    assert_eq!(all_threads(pid), []);
    postgres.restart().await;
}
