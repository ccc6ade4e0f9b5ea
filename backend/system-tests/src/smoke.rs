//! The smoke test of an installation, told through the web's one origin as a browser would see it.

use std::{collections::BTreeSet, time::Duration};

use reqwest::{
    Client, Method, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::{Value, json};
use wire::{ErrorCode, OrderStatus, Role, ops::ServiceName};

use crate::{
    people::{Answer, Person, send},
    system::Addresses,
    wait,
};

/// Where everything is for a browser: all APIs and the sockets under the web's origin, as in `http://127.0.0.1:3000`.
pub fn one_origin(web: &str) -> Addresses {
    Addresses::of(|name| match name {
        // Its sockets are at the origin itself.
        ServiceName::NotificationHub => web.to_owned(),
        name => format!("{web}/api/{name}"),
    })
}

/// Each service on a port of its own beside the web's.
pub fn own_ports(host: &str, base_port: u16) -> Addresses {
    Addresses::of(|name| format!("http://{host}:{}", base_port + name.port_offset()))
}

/// Each surface has its page, and the program that the page names is there.
///
/// # Panics
/// Something is not as it should be.
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

/// A student signs in, orders, hears every step until the food is ready, and sees nothing that is for admins alone.
/// `order_id` is new.
///
/// # Panics
/// Something is not as it should be.
pub async fn an_order_through_the_web(web: &str, order_id: &str) {
    let addresses = one_origin(web);
    let student = patient(&addresses, "student1", "password123").await;
    assert_eq!(student.session().user.role, Role::Student);
    assert!(student.menu().await.len() >= 19, "the menu is there");
    let ear = student.listens().await;

    student.orders("burger", order_id).await.is_accepted();
    let again = student.orders("burger", order_id).await;
    again.is_accepted();
    assert_eq!(again.headers["idempotent-replayed"], "true", "{again:?}");
    let order = student.sees(order_id, OrderStatus::Ready).await;
    let told = wait::until(&format!("to hear that {order_id} is ready"), async || {
        let told: Vec<_> =
            ear.notifications().into_iter().filter(|news| news.order_id == order.order_id).collect();
        if told.iter().any(|news| news.status == OrderStatus::Ready) { Ok(told) } else { Err(told) }
    })
    .await;
    let mut heard: Vec<_> = told.iter().map(|news| (news.seq, news.status)).collect();
    heard.dedup();
    let steps: Vec<_> = order.history.iter().map(|step| (step.seq, step.status)).collect();
    assert!(steps.ends_with(&heard), "heard {heard:?} of {steps:?}");
}

/// Metrics and drills are shown through the web to admins alone; all else of a service is as it is.
///
/// # Panics
/// They are shown to somebody else, or not to an admin.
pub async fn metrics_and_drills_are_for_admins(web: &str) {
    let addresses = Addresses::of(|name| format!("{web}/api/{name}"));
    let anybody = Person::anonymous(&addresses);
    let student = patient(&addresses, "student1", "password123").await;
    let admin = patient(&addresses, "admin", "adminpassword").await;
    for service in ServiceName::ALL {
        for path in ["/metrics", "/chaos"] {
            anybody.get(service, path).await.is_problem(ErrorCode::Unauthenticated);
            student.get(service, path).await.is_problem(ErrorCode::Forbidden);
        }
        let metrics = admin.get(service, "/metrics").await.is(200).body;
        assert!(metrics.contains("http_request_duration_seconds"), "{metrics}");
        let drill: Value = admin.get(service, "/chaos").await.is(200).json();
        assert_eq!((&drill["service"], &drill["chaosMode"]), (&json!(service), &json!(false)));
        student.post(service, "/chaos", &json!({ "enable": true })).await.is_problem(ErrorCode::Forbidden);
        // Other ways to write the same path lead nowhere.
        for path in ["//metrics", "/metrics/", "/%6detrics", "/METRICS", "/livez/../metrics", "/./metrics"] {
            let url = format!("{web}/api/{service}{path}");
            let answer = raw_get(&url).await;
            assert!(!answer.contains("http_request_duration_seconds"), "{path}: {answer}");
        }
        anybody.get(service, "/livez").await.is(200);
    }
}

/// The replicas of a service that answer: each begins the ids of its requests in its own way. The hub's are chosen by
/// chance for whoever shows no cookie, so that sixty questions reach all.
pub async fn replicas(addresses: &Addresses, service: ServiceName) -> BTreeSet<String> {
    let anybody = Person::anonymous(addresses);
    let mut replicas = BTreeSet::new();
    for _ in 0..60 {
        let answer: Answer = send(anybody.request(Method::GET, service, "/livez")).await.is(200);
        let id = answer.headers["x-request-id"].to_str().unwrap();
        replicas.insert(id.rsplit_once('-').unwrap().0.to_owned());
    }
    replicas
}

/// Signs somebody in, also where that was done too often just now: an installation may be tested again and again.
async fn patient(addresses: &Addresses, username: &str, password: &str) -> Person {
    let login = json!({ "username": username, "password": password });
    loop {
        let answer = Person::anonymous(addresses).post(ServiceName::IdentityProvider, "/login", &login).await;
        if answer.status != StatusCode::TOO_MANY_REQUESTS {
            return Person::of(addresses, answer.is(200).json());
        }
        let seconds = answer.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
        wait::pass(Duration::from_secs(seconds)).await;
    }
}

/// What is answered to a path exactly as it is written, which ordinary clients would tidy up first.
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
