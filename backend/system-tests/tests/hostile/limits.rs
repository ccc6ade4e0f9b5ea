//! The limits of the HTTP server: clients that are slow, many, or do not speak HTTP hold up nobody but themselves.

use std::time::Duration;

use cafeteria::settings::Settings;
use futures_util::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use system_tests::{system::healthy, wait};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wire::ops::ServiceName::NotificationHub;

use super::*;

on_both_shapes!(
    slow_headers_are_cut_off_and_others_are_served,
    a_slow_body_ends_at_the_deadline,
    an_order_that_breaks_off_is_no_order,
    what_is_not_http_is_shown_out,
    more_connections_than_there_is_room_for_wait_their_turn,
    more_requests_than_can_be_under_way_are_told_to_come_back,
);

/// A connection that says what it likes.
struct Raw(TcpStream);

impl Raw {
    async fn open(system: &Addresses, service: ServiceName) -> Self {
        let address = system.url(service).replace("http://", "");
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Says something; `false` when nobody listens any more.
    async fn says(&mut self, words: impl AsRef<[u8]>) -> bool {
        self.0.write_all(words.as_ref()).await.is_ok()
    }

    /// Whether the other side has closed it, and what it said before that.
    async fn hears(&mut self, heard: &mut Vec<u8>) -> bool {
        let mut bytes = [0; 1024];
        match tokio::time::timeout(Duration::from_millis(20), self.0.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => true,
            Ok(Ok(count)) => {
                heard.extend_from_slice(&bytes[..count]);
                false
            }
            Err(_) => false,
        }
    }

    /// Says a byte now and then until it is cut off; returns what it heard.
    async fn drips(mut self, byte: u8) -> String {
        let mut heard = Vec::new();
        wait::until("the connection to be cut off", async || {
            let alive = self.says([byte]).await;
            if self.hears(&mut heard).await || !alive { Ok(()) } else { Err("still open") }
        })
        .await;
        String::from_utf8(heard).unwrap()
    }

    /// Waits until the other side closes it; returns what it said.
    async fn until_closed(mut self) -> String {
        let mut heard = Vec::new();
        wait::until("the connection to be closed", async || {
            if self.hears(&mut heard).await { Ok(()) } else { Err("still open") }
        })
        .await;
        String::from_utf8(heard).unwrap()
    }

    /// Waits until something was said that begins so.
    async fn hears_first(&mut self, words: &str) {
        let mut heard = Vec::new();
        wait::until(words, async || {
            let _ = self.hears(&mut heard).await;
            let text = String::from_utf8_lossy(&heard);
            if text.starts_with(words) { Ok(()) } else { Err(text.into_owned()) }
        })
        .await;
    }
}

async fn slow_headers_are_cut_off_and_others_are_served(shape: Shape) {
    let system = shape.start_with(|settings| settings.http.header_timeout_ms = 700).await;
    let student = system.student().await;
    let mut slow = Vec::new();
    for service in ServiceName::ALL {
        let mut headers = Raw::open(&system, service).await;
        assert!(headers.says("GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ").await);
        slow.push(headers);
        slow.push(Raw::open(&system, service).await);
    }
    let served = async {
        for n in 0..10 {
            student.orders("cola", &format!("meanwhile-{n}")).await.is_accepted();
        }
    };
    let cut_off = join_all(slow.into_iter().map(|connection| connection.drips(b'a')));
    let (heard, ()) = tokio::join!(cut_off, served);
    for answer in heard {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    // Whoever says nothing at all does not keep a place either, be it before or after a request.
    for service in ServiceName::ALL {
        assert_eq!(Raw::open(&system, service).await.until_closed().await, "");
        let mut idle = Raw::open(&system, service).await;
        assert!(idle.says("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await);
        assert!(idle.until_closed().await.starts_with("HTTP/1.1 200"));
    }
    system.stop().await;
}

async fn a_slow_body_ends_at_the_deadline(shape: Shape) {
    let shorter = |settings: &mut Settings| {
        settings.http.deadline_ms = 700;
        settings.gateway.confirm_deadline_ms = 600;
    };
    let system = shape.start_with(shorter).await;
    let student = system.student().await;
    let mut slow = Raw::open(&system, OrderGateway).await;
    let head = format!(
        "POST /order HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\nauthorization: Bearer {}\r\n\r\n",
        student.token()
    );
    assert!(slow.says(head).await);
    let served = async { student.orders("cola", "meanwhile").await.is_accepted() };
    let (heard, _) = tokio::join!(slow.drips(b' '), served);
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 503"), "{heard}");
    if let Some((_, body)) = heard.split_once("\r\n\r\n") {
        assert!(body.contains("\"code\":\"overloaded\"") && body.contains("requestId"), "{heard}");
    }
    assert_eq!(student.all_orders().await.len(), 1);
    system.stop().await;
}

async fn an_order_that_breaks_off_is_no_order(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = everything(&student, &admin).await;
    let order = r#"{"itemId":"burger","orderId":"broken-off"}"#;
    let token = student.token();
    let head = format!(
        "POST /order HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n"
    );
    let broken = [
        // The order is whole, and less than was announced.
        format!("{head}content-length: {}\r\n\r\n{order}", order.len() + 1),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{order}\r\n", order.len()),
        format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{order}\r\n0\r\n\r\n"),
        format!(
            "{head}content-length: {0}\r\ncontent-length: {1}\r\n\r\n{order}",
            order.len(),
            order.len() - 1
        ),
        format!("{head}content-length: -1\r\n\r\n{order}"),
    ];
    for request in broken {
        let mut connection = Raw::open(&system, OrderGateway).await;
        assert!(connection.says(&request).await);
        connection.0.shutdown().await.unwrap();
        let answer = connection.until_closed().await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{request}: {answer}");
    }
    assert_eq!(everything(&student, &admin).await, before, "nothing has changed");
    system.stop().await;
}

async fn what_is_not_http_is_shown_out(shape: Shape) {
    let system = shape.start().await;
    let header = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(300_000));
    let many = format!("GET /livez HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-many: 1\r\n".repeat(1_000));
    let line = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(300_000));
    let noise = [
        "\r\n\r\nnoise\r\n\r\n",
        "\u{16}\u{3}\u{1}\0\u{5}hello\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        &header,
        &many,
        &line,
    ];
    for service in ServiceName::ALL {
        for words in noise {
            let mut connection = Raw::open(&system, service).await;
            connection.says(words).await;
            let answer = connection.until_closed().await;
            let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
            assert!(refused, "{service}: {answer} to {}", &words[..20]);
        }
    }
    healthy(&system).await;
    system.stop().await;
}

async fn more_connections_than_there_is_room_for_wait_their_turn(shape: Shape) {
    const ROOM: usize = 20;
    let few = |settings: &mut Settings| {
        settings.http.max_connections = ROOM;
        settings.http.header_timeout_ms = 600_000;
    };
    let system = shape.start_direct_with(few).await;
    let question = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut inside = Vec::new();
    for _ in 0..ROOM {
        let mut connection = Raw::open(&system, NotificationHub).await;
        assert!(connection.says(question).await);
        connection.hears_first("HTTP/1.1 200").await;
        inside.push(connection);
    }
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut connection = Raw::open(&system, NotificationHub).await;
        assert!(connection.says(question).await);
        waiting.push(connection);
    }
    // Those inside are still served, and those outside are not yet.
    for _ in 0..5 {
        for connection in &mut inside {
            assert!(connection.says(question).await);
            connection.hears_first("HTTP/1.1 200").await;
        }
    }
    for connection in &mut waiting {
        let mut heard = Vec::new();
        assert!(!connection.hears(&mut heard).await && heard.is_empty(), "there was no room for it");
    }
    for (mut connection, leaving) in waiting.into_iter().zip(inside) {
        drop(leaving);
        connection.hears_first("HTTP/1.1 200").await;
    }
    system.stop().await;
}

async fn more_requests_than_can_be_under_way_are_told_to_come_back(shape: Shape) {
    const PLACES: usize = 3;
    let system = shape.start_direct_with(|settings| settings.http.max_in_flight = PLACES).await;
    let admin = system.admin().await;
    let slow = json!({ "enable": true, "mode": "latency", "latencyMs": 3000 });
    admin.orders_chaos(IdentityProvider, &slow).await.is(200);
    let mut asked: FuturesUnordered<_> = (0..10).map(|_| admin.get(IdentityProvider, "/verify")).collect();
    let mut refused: Vec<_> = asked.by_ref().take(10 - PLACES).collect().await;
    // The others are under way. Whatever machines ask is refused as well, but for the liveness probe.
    refused.extend(
        join_all(["/health", "/readyz", "/metrics", "/chaos"].map(|path| admin.get(IdentityProvider, path)))
            .await,
    );
    admin.get(IdentityProvider, "/livez").await.is(200);
    for answer in asked.collect::<Vec<_>>().await {
        answer.is(200);
    }
    for answer in refused {
        answer.is_problem(ErrorCode::Overloaded);
        let seconds: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{answer:?}");
    }
    admin.orders_chaos(IdentityProvider, &json!({ "enable": false })).await.is(200);
    admin.get(IdentityProvider, "/verify").await.is(200);
    system.stop().await;
}
