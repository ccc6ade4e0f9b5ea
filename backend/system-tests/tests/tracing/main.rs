//! One trace for each order, from the student's request to the socket, told to a collector where there is one; and
//! the trace's id in logs and problems, whether there is one or not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a scenario that cannot go on has failed")]

mod collector;

use std::{collections::BTreeSet, ops::Deref};

use collector::{Collector, tree};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{
    deployment::Deployment,
    on_both_shapes,
    people::{Person, send},
    shape::Shape,
    system::{Addresses, InProcess, Options, Program},
    wait,
};
use wire::{
    ErrorCode, OrderStatus,
    ops::ServiceName::{KitchenQueue, OrderGateway},
};

on_both_shapes!(
    the_whole_way_of_an_order_is_one_trace,
    orders_that_are_handled_together_keep_their_own_traces,
);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// How the thread's name begins that sends spans.
const EXPORT: &str = "OpenTelemetry.";
const COMPLAINT: &str = "spans cannot be sent to the collector";

/// Of the program, with food that is ready at once.
fn options(environment: &[(&str, &str)]) -> Options {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Options {
        arguments: ["--cooking-ms", "0..0"].map(str::to_owned).to_vec(),
        environment: environment.iter().map(owned).collect(),
        ..Options::default()
    }
}

/// A system that tells its spans to a collector: real processes, since what exports them is one for each process.
enum Traced {
    Single(Box<Program>),
    Distributed(Box<Deployment>),
}

impl Traced {
    async fn start(shape: Shape, collector: &Collector) -> Self {
        match shape {
            Shape::Single => {
                let there = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())];
                let program = Program::start(options(&there)).await;
                assert!(
                    threads(&program).iter().any(|name| name.starts_with(EXPORT)),
                    "{:?}",
                    threads(&program)
                );
                Self::Single(Box::new(program))
            }
            Shape::Distributed => {
                let there = Some(collector.url().to_owned());
                let deployment = Deployment::start_with(|settings| settings.otlp_endpoint = there).await;
                Self::Distributed(Box::new(deployment))
            }
        }
    }

    async fn stop(self) {
        match self {
            Self::Single(program) => assert!(program.stop().await),
            Self::Distributed(deployment) => deployment.stop().await,
        }
    }
}

impl Deref for Traced {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        match self {
            Self::Single(program) => program,
            Self::Distributed(deployment) => deployment,
        }
    }
}

/// Orders within a trace of the client's own.
async fn order_in_trace(student: &Person, order_id: &str) {
    let request = student
        .request(Method::POST, OrderGateway, "/order")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .json(&json!({ "itemId": "burger", "orderId": order_id }));
    send(request).await.is_accepted();
}

/// The names of the program's threads.
fn threads(program: &Program) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", program.pid())).unwrap();
    // One that has ended by now has no name any more.
    tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok()).collect()
}

/// What follows when an order is placed.
const WAY: [&str; 12] = [
    "order-gateway: POST /order",
    "  order-gateway: publish",
    "    kitchen-queue: receive",
    "      kitchen-queue: relay in_kitchen",
    "        notification-hub: push in_kitchen",
    "      kitchen-queue: relay ready",
    "        notification-hub: push ready",
    "      kitchen-queue: relay stock_verified",
    "        notification-hub: push stock_verified",
    "      kitchen-queue: verify",
    "        stock-service: POST /stock/reduce",
    "        stock-service: reduce",
];

/// In the distributed shape it goes through RabbitMQ twice: from the gateway to the kitchen, and from there to the hub.
async fn the_whole_way_of_an_order_is_one_trace(shape: Shape) {
    let collector = Collector::start().await;
    let system = Traced::start(shape, &collector).await;
    let student = system.student().await;
    let recorder = student.listens().await;
    order_in_trace(&student, "traced").await;
    recorder.hears_of("traced", OrderStatus::Ready, 0).await;
    let spans = wait::until("the whole trace", async || {
        let spans = collector.trace(TRACE);
        if tree(&spans) == WAY { Ok(spans) } else { Err(tree(&spans)) }
    })
    .await;
    let one = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(one("POST /order").parent, PARENT);
    assert_eq!(one("POST /order").attributes["http.response.status_code"], "202");
    assert_eq!(one("publish").attributes["order.id"], "traced");
    assert_eq!(one("push ready").attributes["sockets"], "1");
    assert!(spans.iter().all(|span| !span.failed && span.time.0 <= span.time.1), "{spans:?}");
    system.stop().await;
}

async fn orders_that_are_handled_together_keep_their_own_traces(shape: Shape) {
    let (orders, portions) = (20, 10);
    let collector = Collector::start().await;
    let system = Traced::start(shape, &collector).await;
    let (admin, student) = (system.admin().await, system.student().await);
    let delta = portions - i64::from(student.dish("burger").await.quantity);
    admin.restocks("burger", delta, "few-are-left").await.is(200);
    // The kitchen rests until all have ordered, and finds all of them at once.
    admin.orders_chaos(KitchenQueue, &json!({ "enable": true, "mode": "unavailable" })).await.is(200);
    let names: Vec<_> = (0..orders).map(|n| format!("together-{n}")).collect();
    for answer in join_all(names.iter().map(|name| student.orders("burger", name))).await {
        answer.is_accepted();
    }
    admin.orders_chaos(KitchenQueue, &json!({ "enable": false })).await.is(200);
    let mut requests = 0;
    let mut rejected = 0;
    for name in &names {
        let end = student.sees_the_end_of(name).await.status;
        let mut way: Vec<_> = match end {
            OrderStatus::Ready => WAY.map(str::to_owned).to_vec(),
            _ => WAY.into_iter().filter(|line| !line.ends_with("ready")).map(rejected_instead).collect(),
        };
        if end != OrderStatus::Ready {
            rejected += 1;
            way.insert(7, "      kitchen-queue: release".to_owned());
        }
        // A request is for many orders, and in the trace of one of them.
        way.retain(|line| !line.contains("POST /stock/"));
        let spans = wait::until(&format!("the trace of {name}"), async || {
            let told = collector.spans();
            let first = told.iter().find(|span| span.attributes.get("order.id") == Some(name));
            let spans = first.map(|first| collector.trace(&first.trace)).unwrap_or_default();
            let mut lines = tree(&spans);
            lines.retain(|line| !line.contains("POST /stock/"));
            if lines == way { Ok(spans) } else { Err((end, lines)) }
        })
        .await;
        requests += spans.iter().filter(|span| span.name == "POST /stock/reduce").count();
        let one = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        assert_eq!(one("verify").failed, end != OrderStatus::Ready, "{spans:?}");
        let request = collector.trace(&one("reduce").links[0]);
        assert!(request.iter().any(|span| span.name == "POST /stock/reduce"), "{request:?}");
    }
    assert!(requests < orders, "{requests} requests for {orders} orders: none were handled together");
    assert_eq!(rejected, orders - usize::try_from(portions).unwrap());
    system.stop().await;
}

fn rejected_instead(line: &str) -> String {
    line.replace("stock_verified", "rejected")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_sent_before_the_end() {
    let collector = Collector::start().await;
    let program = Program::start(options(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())])).await;
    let student = program.student().await;
    order_in_trace(&student, "the-last").await;
    assert!(program.stop().await);
    let told = collector.trace(TRACE);
    assert!(told.iter().any(|span| span.name == "publish"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_nothing_is_sent() {
    let collector = Collector::start().await;
    // Where the library would send to by itself, if it were asked to send.
    let traces = format!("{}/v1/traces", collector.url());
    let program = Program::start(options(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces)])).await;
    let student = program.student().await;
    order_in_trace(&student, "untold").await;
    student.sees("untold", OrderStatus::Ready).await;
    assert!(!threads(&program).iter().any(|name| name.starts_with(EXPORT)), "{:?}", threads(&program));
    assert!(program.stop().await);
    assert_eq!(collector.spans(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_is_complained_about_once_and_harms_nobody() {
    let collector = Collector::answering(StatusCode::BAD_REQUEST).await;
    let mut program = Program::start(options(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())])).await;
    let student = program.student().await;
    wait::until("several refusals", async || {
        student.menu().await;
        if collector.requests() >= 3 { Ok(()) } else { Err(collector.requests()) }
    })
    .await;
    student.orders("burger", "untold").await.is_accepted();
    student.sees("untold", OrderStatus::Ready).await;
    assert!(program.ends().await);
    assert_eq!(program.log().matches(COMPLAINT).count(), 1, "{}", program.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_sound_caller_is_followed() {
    let system = InProcess::start().await;
    let anybody = system.anybody();
    let ask = async |headers: &[&[u8]]| {
        let mut request = anybody.request(Method::GET, OrderGateway, "/orders");
        for header in headers {
            request = request.header("traceparent", *header);
        }
        send(request).await.is_problem(ErrorCode::Unauthenticated).trace_id.unwrap()
    };
    let good = format!("00-{TRACE}-{PARENT}-01");
    assert_eq!(ask(&[good.as_bytes()]).await, TRACE);
    assert_eq!(ask(&[format!("00-{TRACE}-{PARENT}-00").as_bytes()]).await, TRACE);
    let mut seen = BTreeSet::new();
    for bad in [
        "",
        "garbage",
        "00",
        &format!("00-{TRACE}-{PARENT}"),
        &format!("00-{TRACE}-{PARENT}-01-more"),
        &format!("ff-{TRACE}-{PARENT}-01"),
        &format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        &format!("00-{}-{PARENT}-01", "0".repeat(32)),
        &format!("00-{TRACE}-{}-01", "0".repeat(16)),
        &format!("00-{TRACE}-{PARENT}-0x"),
        &format!("00-{TRACE}'; DROP TABLE orders; --{PARENT}-01"),
        &format!("{good}{}", "0".repeat(4_000)),
        &"0".repeat(30_000),
    ] {
        seen.insert(ask(&[bad.as_bytes()]).await);
    }
    seen.insert(ask(&[b"00-\xff\xfe"]).await);
    seen.insert(ask(&[good.as_bytes(), good.as_bytes()]).await);
    seen.insert(ask(&[]).await);
    seen.insert(ask(&[]).await);
    assert_eq!(seen.len(), 17, "each began a trace of its own: {seen:?}");
    for id in &seen {
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id != TRACE, "{id}");
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_problem_is_in_its_log_lines() {
    for format in ["human", "json"] {
        // However few lines are wanted elsewhere.
        let environment = [("CAFETERIA_LOG", "warn,order_gateway=debug"), ("CAFETERIA_LOG_FORMAT", format)];
        let program = Program::start(options(&environment)).await;
        let (admin, student) = (program.admin().await, program.student().await);
        admin.orders_chaos(KitchenQueue, &json!({ "enable": true, "mode": "unavailable" })).await.is(200);
        let trace = student.order("some").await.is_problem(ErrorCode::DependencyDown).trace_id.unwrap();
        let log = program.log();
        let line = log.lines().find(|line| line.contains("the kitchen cannot be asked")).unwrap();
        let told = match format {
            "json" => {
                let line: Value = serde_json::from_str(line).unwrap();
                line["span"]["trace_id"].as_str().unwrap().to_owned()
            }
            _ => line.split("trace_id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned(),
        };
        assert_eq!(told, trace, "{line}");
        assert!(program.stop().await);
    }
}
