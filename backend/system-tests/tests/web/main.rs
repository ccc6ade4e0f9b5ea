//! The web as it is deployed, a real Caddy with the project's Caddyfile, in front of a whole system: the browser's one
//! origin, the services' own ports, the pages, and what clients read while a part is away.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a scenario that cannot go on has failed")]

mod caddy;

use std::process::Command;

use caddy::{Web, closed_address};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::json;
use system_tests::{
    people::{Person, send},
    smoke,
    system::{Addresses, InProcess},
    wait,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use wire::{ErrorCode, OrderStatus, ops::ServiceName};

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_through_one_origin() {
    let system = InProcess::start().await;
    let web = Web::in_front_of(&system).await;
    smoke::an_order_through_the_web(&web.url(), "through-the-web").await;
    let unknown = Client::new().get(format!("{}/api/cellar/stock", web.url()));
    send(unknown).await.is_problem(ErrorCode::NotFound);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_served_with_tls_alone() {
    let system = InProcess::start().await;
    let web = Web::in_front_of(&system).await;
    let curl = |url: String| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--include", "--cacert"]).arg(web.authority()).arg(url);
        let output = curl.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap().to_lowercase())
    };
    let menu = wait::until("a certificate", async || {
        match curl(format!("{}/api/stock-service/stock/burger", web.tls_url())) {
            (true, answer) => Ok(answer),
            (false, _) => Err(web.log()),
        }
    })
    .await;
    assert!(menu.starts_with("http/2 200") && menu.contains("classic beef burger"), "{menu}");
    assert!(menu.contains("strict-transport-security: max-age=31536000"), "{menu}");
    let (_, plain) = curl(format!("{}/admin?x=1", web.plain_url()));
    assert!(plain.starts_with("http/1.1 308") && plain.contains("location: https://localhost"), "{plain}");
    let (_, without) = curl(web.url());
    assert!(
        without.starts_with("http/1.1 200") && !without.contains("strict-transport-security"),
        "{without}"
    );
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_drills_are_shown_to_admins_alone() {
    let system = InProcess::start().await;
    let web = Web::in_front_of(&system).await;
    smoke::metrics_and_chaos_are_for_admins(&web.url()).await;

    // Nobody can say who is an admin: nothing is shown, and nothing is hidden of a drill that ends it.
    let addresses = Addresses::of(|name| format!("{}/api/{name}", web.url()));
    let admin = Person::sign_in(&addresses, "admin", "adminpassword").await;
    let drill = json!({ "enable": true, "mode": "unavailable" });
    admin.post(ServiceName::IdentityProvider, "/chaos", &drill).await.is(200);
    admin.get(ServiceName::StockService, "/metrics").await.is_problem(ErrorCode::Chaos);
    admin.post(ServiceName::IdentityProvider, "/chaos", &json!({ "enable": false })).await.is(200);
    admin.get(ServiceName::StockService, "/metrics").await.is(200);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_single_process_has_a_web_of_its_own() {
    let system = InProcess::start().await;
    smoke::an_order_through_the_web(&system.web(), "through-its-own-web").await;
    smoke::metrics_and_chaos_are_for_admins(&system.web()).await;
    let unknown = Client::new().get(format!("{}/api/cellar/stock", system.web()));
    send(unknown).await.is_problem(ErrorCode::NotFound);

    // A drill at the one who knows the admins can be ended by an admin.
    let addresses = smoke::one_origin(&system.web());
    let admin = Person::sign_in(&addresses, "admin", "adminpassword").await;
    let drill = json!({ "enable": true, "mode": "unavailable" });
    admin.post(ServiceName::IdentityProvider, "/chaos", &drill).await.is(200);
    admin.get(ServiceName::StockService, "/metrics").await.is_problem(ErrorCode::Chaos);
    admin.post(ServiceName::IdentityProvider, "/chaos", &json!({ "enable": false })).await.is(200);
    admin.get(ServiceName::StockService, "/metrics").await.is(200);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_has_its_own_port_too() {
    let system = InProcess::start().await;
    let web = Web::in_front_of(&system).await;
    let ports = web.own_ports();
    let student = Person::sign_in(&ports, "student1", "password123").await;
    let recorder = student.listens().await;
    student.orders("ramen", "by-its-port").await.is_accepted();
    student.sees("by-its-port", OrderStatus::Ready).await;
    recorder.hears_of("by-its-port", OrderStatus::Ready, 0).await;
    for name in ServiceName::ALL {
        assert!(student.metric(name, "http_request_duration_seconds_count").await > 0.0, "{name}");
        assert_eq!(smoke::replicas(&ports, name).await.len(), 1, "{name}");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_stays_at_its_replica_by_a_cookie() {
    let system = InProcess::start().await;
    let web = Web::in_front_of(&system).await;
    for origin in [web.url(), web.own_ports().url(ServiceName::NotificationHub)] {
        let hello = Client::new().get(format!("{origin}/socket.io/?EIO=4&transport=polling"));
        let hello = send(hello).await.is(200);
        let cookie = hello.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("cafeteria_hub="), "{cookie}");
    }
    let page = send(Client::new().get(web.url())).await;
    assert_eq!(page.headers.get(header::SET_COOKIE), None, "pages need none");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_reached_is_away_and_says_so() {
    let web = Web::in_front_of(&Addresses::of(|_| closed_address())).await;
    for addresses in [smoke::one_origin(&web.url()), web.own_ports()] {
        let anybody = Person::anonymous(&addresses);
        let answer = anybody.post(ServiceName::OrderGateway, "/order", &json!({ "itemId": "burger" })).await;
        let problem = answer.problem();
        // Caddy does not tell a refused connection from a broken one; sending it again is safe in any case.
        assert_eq!(
            (answer.status, problem.code),
            (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::OutcomeUnknown)
        );
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    }
    let page = send(Client::new().get(web.url())).await.is(200);
    assert!(page.body.contains("<title>Cafeteria</title>"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_read_is_not_sent_again() {
    // A service that reads each request and hangs up.
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", service.local_addr().unwrap());
    let web = Web::in_front_of(&Addresses::of(|_| address.clone())).await;
    let origin = web.url();
    let ask = async |method: Method| {
        let url = format!("{origin}/api/order-gateway/order");
        send(Client::new().request(method, url).body("{}")).await.is_problem(ErrorCode::OutcomeUnknown);
    };
    let mut orders = 0;
    let asked = ask(Method::POST);
    tokio::pin!(asked);
    loop {
        tokio::select! {
            biased;
            () = &mut asked => break,
            accepted = service.accept() => {
                let mut stream = accepted.unwrap().0;
                let mut request = [0; 1024];
                let length = stream.read(&mut request).await.unwrap();
                orders += usize::from(request[..length].starts_with(b"POST /order "));
            }
        }
    }
    assert_eq!(orders, 1, "sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_bad_news_is_passed_on() {
    // A service in a drill: its 503 is its own, and the next request reaches it again.
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", service.local_addr().unwrap());
    let web = Web::in_front_of(&Addresses::of(|_| address.clone())).await;
    let origin = web.url();
    for round in 0..5 {
        let asked =
            async { send(Client::new().get(format!("{origin}/api/stock-service/stock"))).await.is(503).body };
        let answers = async {
            let (mut stream, _) = service.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            let answer =
                "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndrill";
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let (body, ()) = tokio::join!(asked, answers);
        assert_eq!(body, "drill", "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_safe_compressed_and_kept_as_long_as_they_may() {
    let site = tempfile::tempdir().unwrap();
    let style = "main { margin: 0; }\n".repeat(100);
    for name in ["index.html", "start.css", "ui-5RCXLHDE.css"] {
        std::fs::write(site.path().join(name), &style).unwrap();
    }
    let web = Web::showing(site, &Addresses::of(|_| closed_address())).await;
    let get = async |path: &str| {
        let request = Client::new().get(format!("{}{path}", web.url()));
        send(request.header(header::ACCEPT_ENCODING, "gzip")).await
    };
    let page = get("/").await.is(200);
    let csp = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(csp.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{csp}");
    assert!(!csp.contains("unsafe-inline") && !csp.contains('*'), "{csp}");
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_ENCODING, "gzip"),
    ] {
        assert_eq!(page.headers[&name], value, "{name}");
    }
    assert_eq!(page.headers.get(header::SERVER), None);
    let of_the_ui = get("/orders/mine").await.is(200);
    assert_eq!(of_the_ui.headers[header::ETAG], page.headers[header::ETAG], "the UI shows its own pages");
    let style = get("/start.css").await.is(200);
    assert_eq!(style.headers[header::CACHE_CONTROL], "no-cache", "it may be another one tomorrow");
    let hashed = get("/ui-5RCXLHDE.css").await.is(200);
    assert_eq!(hashed.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(hashed.headers[header::CONTENT_ENCODING], "gzip");
    let gone = get("/ui-5RCXLHDF.css").await.is(404);
    assert_eq!(gone.headers[header::CACHE_CONTROL], "no-store", "an error is not kept");
}
