//! The smoke test of an installation, through the web's one origin as a browser uses it.

use std::collections::BTreeSet;

use reqwest::{Client, Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use wire::{ErrorCode, OrderStatus, Role, ops::ServiceName, order::PlaceOrder};

use crate::{
    people::{Person, send},
    system::Addresses,
    wait,
};

/// Returns the addresses for a browser: all APIs and the sockets under the web's origin, as in `http://127.0.0.1:3000`.
pub fn one_origin(web: &str) -> Addresses {
    Addresses::of(|name| match name {
        // Its sockets are at the origin itself.
        ServiceName::NotificationHub => web.to_owned(),
        name => format!("{web}/api/{name}"),
    })
}

/// Returns the addresses of the services on ports of their own beside the web's.
pub fn own_ports(host: &str, base_port: u16) -> Addresses {
    Addresses::of(|name| format!("http://{host}:{}", base_port + name.port_offset()))
}

/// Asserts that each surface has its page, and that the program of the page is there.
///
/// # Panics
/// A page or its program is missing.
pub async fn the_pages_are_there(web: &str) {
    let get = async |path: &str| send(Client::new().get(format!("{web}{path}"))).await.is(200);
    for (path, surface) in
        [("/", "student"), ("/orders", "student"), ("/admin", "admin"), ("/board", "board")]
    {
        let page = get(path).await.body;
        assert!(page.contains(&format!("data-surface=\"{surface}\"")), "{path}: {page}");
        let programs: Vec<_> = page.split('"').filter(|text| text.ends_with(".wasm")).collect();
        assert_eq!(programs.len(), 1, "{path}: {page}");
        let program = get(programs[0]).await;
        assert_eq!(program.headers[CONTENT_TYPE], "application/wasm", "{path}");
    }
}

/// Has a student sign in, order, and hear every step until the food is ready. `order_id` is new.
///
/// # Panics
/// A step fails, or is not heard.
pub async fn an_order_through_the_web(web: &str, order_id: &str) {
    let student = signs_in(&one_origin(web), "student1", "password123").await;
    assert_eq!(student.client().signed_in().unwrap().user.role, Role::Student);
    assert!(student.menu().await.len() >= 19, "the menu is there");
    let recorder = student.listens().await;
    let (item_id, id) = (Some("burger".parse().unwrap()), order_id.parse().unwrap());
    let order = PlaceOrder { item_id, order_id: Some(id), ..PlaceOrder::default() };
    for replayed in [false, true] {
        assert_eq!(student.client().place(&order).await.unwrap().replayed, replayed);
    }
    let order = student.sees(order_id, OrderStatus::Ready).await;
    recorder.hears_of(order_id, OrderStatus::Ready, 0).await;
    let heard = recorder.notifications().into_iter().filter(|one| one.order_id == order.order_id);
    let mut heard: Vec<_> = heard.map(|one| (one.seq, one.status)).collect();
    heard.dedup();
    let steps: Vec<_> = order.history.iter().map(|step| (step.seq, step.status)).collect();
    assert!(steps.ends_with(&heard), "heard {heard:?} of {steps:?}");
}

/// Asserts that the web shows metrics and chaos experiments to admins alone, and passes everything else on.
///
/// # Panics
/// It shows them to somebody else, or not to an admin.
pub async fn metrics_and_chaos_are_for_admins(web: &str) {
    let addresses = Addresses::of(|name| format!("{web}/api/{name}"));
    let anybody = Person::anonymous(&addresses);
    let student = signs_in(&addresses, "student1", "password123").await;
    let admin = signs_in(&addresses, "admin", "adminpassword").await;
    for service in ServiceName::ALL {
        for path in ["/metrics", "/chaos"] {
            anybody.get(service, path).await.is_problem(ErrorCode::Unauthenticated);
            student.get(service, path).await.is_problem(ErrorCode::Forbidden);
        }
        let metrics = admin.get(service, "/metrics").await.is(200).body;
        assert!(metrics.contains("http_request_duration_seconds"), "{metrics}");
        let chaos: Value = admin.get(service, "/chaos").await.is(200).json();
        assert_eq!((&chaos["service"], &chaos["chaosMode"]), (&json!(service), &json!(false)));
        student.post(service, "/chaos", &json!({ "enable": true })).await.is_problem(ErrorCode::Forbidden);
        // No other spelling of the path shows them.
        for path in ["//metrics", "/metrics/", "/%6detrics", "/METRICS", "/livez/../metrics", "/./metrics"] {
            let url = format!("{web}/api/{service}{path}");
            let answer = raw_get(&url).await;
            assert!(!answer.contains("http_request_duration_seconds"), "{path}: {answer}");
        }
        anybody.get(service, "/livez").await.is(200);
    }
}

/// Returns the replicas of a service that respond, by the prefix of their request ids. The web chooses a hub at random
/// for a request without a cookie, so that sixty requests reach all.
pub async fn replicas(addresses: &Addresses, service: ServiceName) -> BTreeSet<String> {
    let anybody = Person::anonymous(addresses);
    let mut replicas = BTreeSet::new();
    for _ in 0..60 {
        let answer = send(anybody.request(Method::GET, service, "/livez")).await.is(200);
        let id = answer.headers["x-request-id"].to_str().unwrap();
        replicas.insert(id.rsplit_once('-').unwrap().0.to_owned());
    }
    replicas
}

/// Signs a person in, and waits where that was tried too often: an installation may be tested again and again.
async fn signs_in(addresses: &Addresses, username: &str, password: &str) -> Person {
    let person = Person::anonymous(addresses);
    while let Err(failure) = person.client().sign_in(username, password).await {
        assert_eq!(failure.code(), Some(ErrorCode::TooManyAttempts), "{username}: {failure}");
        wait::pass(failure.retry_after().unwrap()).await;
    }
    person
}

/// Returns the response to a path exactly as written, which ordinary clients would normalize.
async fn raw_get(url: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
