//! A Socket.IO client of another make, `socket.io-client` from npm, on both of its transports: it signs in, hears what
//! is its own and nothing else, comes back when the hub was killed, and catches up.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a scenario that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use system_tests::{on_both_shapes, people::Person, shape::Shape, wait};
use wire::{OrderStatus, event::names, ops::ServiceName, order::OrderView};

on_both_shapes!(
    it_hears_each_step_of_its_own_orders_and_nothing_of_others,
    it_comes_back_after_the_hub_was_killed_and_catches_up,
    a_bad_token_is_refused_and_none_hears_what_is_public,
    a_renewed_token_keeps_the_socket_and_another_ones_closes_it,
);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/socketio-client");
const TRANSPORTS: [&str; 2] = ["websocket", "polling"];

/// A running client, and everything that it said.
struct Node {
    process: Child,
    input: ChildStdin,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Node {
    /// Starts one with this token. It connects by itself.
    fn start(person: &Person, token: Option<&str>, transport: &str) -> Self {
        let there = Path::new(FOLDER).join("node_modules/socket.io-client").is_dir();
        assert!(there, "the packages of {FOLDER} are missing; install them: cargo xtask setup");
        let url = |service| person.addresses().url(service);
        let wishes = json!({
            "hub": url(ServiceName::NotificationHub),
            "gateway": url(ServiceName::OrderGateway),
            "token": token,
            "transport": transport,
        });
        let mut process = Command::new("node")
            .args(["client.mjs", &wishes.to_string()])
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is missing; install it: cargo xtask setup");
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                memory.lock().unwrap().push(serde_json::from_str(&line.unwrap()).unwrap());
            }
        });
        Self { process, input, said }
    }

    /// Starts one for a student, and waits until it shows their orders.
    async fn of(student: &Person, transport: &str) -> Self {
        let node = Self::start(student, Some(&student.token()), transport);
        node.says("snapshot", 1).await;
        node
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    fn lines(&self) -> Vec<Value> {
        self.said.lock().unwrap().clone()
    }

    fn lines_with(&self, key: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line.get(key).is_some()).collect()
    }

    /// Waits until it has said so many lines with a key, and returns the last.
    async fn says(&self, key: &str, count: usize) -> Value {
        wait::until(&format!("{count} times {key:?}"), async || {
            let mut lines = self.lines_with(key);
            if lines.len() >= count { Ok(lines.pop().unwrap()) } else { Err(self.lines()) }
        })
        .await
    }

    /// The names of the events that it heard, in order.
    fn heard(&self) -> Vec<String> {
        let lines = self.lines_with("heard");
        lines.iter().map(|line| line["heard"].as_str().unwrap().to_owned()).collect()
    }

    /// What it showed of each order, in order.
    fn showed(&self) -> BTreeMap<String, Vec<(u64, OrderStatus)>> {
        let mut showed = BTreeMap::<_, Vec<_>>::new();
        for line in self.lines_with("shows") {
            let step =
                (line["seq"].as_u64().unwrap(), serde_json::from_value(line["status"].clone()).unwrap());
            showed.entry(line["shows"].as_str().unwrap().to_owned()).or_default().push(step);
        }
        showed
    }

    /// Waits until it shows the end of an order, and asserts that it never went back.
    async fn shows_the_end_of(&self, order: &OrderView) {
        let order_id = order.order_id.to_string();
        let end = (u64::from(order.seq), order.status);
        let showed = wait::until(&format!("{order_id} to be shown as {end:?}"), async || {
            let showed = self.showed().remove(&order_id).unwrap_or_default();
            if showed.last() == Some(&end) { Ok(showed) } else { Err(self.lines()) }
        })
        .await;
        assert!(showed.is_sorted_by(|before, after| before.0 < after.0), "{showed:?}");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn it_hears_each_step_of_its_own_orders_and_nothing_of_others(shape: Shape) {
    let system = shape.start().await;
    let students = system.students(2).await;
    for transport in TRANSPORTS {
        let (node, other) =
            (Node::of(&students[0], transport).await, Node::of(&students[1], transport).await);
        assert_eq!(node.says("connected", 1).await["connected"], transport);
        assert_eq!(node.heard()[0], names::READY, "its rooms are joined before anything is said");
        let own = students[0].user_id().to_string();
        assert_eq!(node.lines_with("heard")[0]["body"]["userId"], own);

        let order_id = format!("mine-{transport}");
        students[0].orders("burger", &order_id).await.is_accepted();
        let order = students[0].sees(&order_id, OrderStatus::Ready).await;
        node.shows_the_end_of(&order).await;
        let told: Vec<_> =
            order.history.iter().skip(1).map(|step| (u64::from(step.seq), step.status)).collect();
        assert_eq!(node.showed()[&order_id], told, "each step, once, in order");

        // When the other one hears of an order of its own, it would have heard of this one before.
        let theirs = format!("theirs-{transport}");
        students[1].orders("burger", &theirs).await.is_accepted();
        other.shows_the_end_of(&students[1].sees(&theirs, OrderStatus::Ready).await).await;
        assert!(other.showed().keys().all(|order| order.starts_with("theirs")), "{:?}", other.lines());
        assert!(node.showed().keys().all(|order| order.starts_with("mine")), "{:?}", node.lines());
    }
    system.stop().await;
}

async fn it_comes_back_after_the_hub_was_killed_and_catches_up(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    for transport in TRANSPORTS {
        let node = Node::of(&student, transport).await;
        let place = async |n: u32| {
            let order_id = format!("{transport}-{n}");
            student.orders("water", &order_id).await.is_accepted();
            order_id
        };
        let mut orders = vec![place(0).await];
        let kill = json!({ "enable": true, "mode": "kill" });
        admin.orders_chaos(ServiceName::NotificationHub, &kill).await.is(200);
        node.says("disconnected", 1).await;
        for n in 1..5 {
            orders.push(place(n).await);
        }
        node.says("connected", 2).await;
        for n in 5..10 {
            orders.push(place(n).await);
        }
        for order_id in orders {
            node.shows_the_end_of(&student.sees(&order_id, OrderStatus::Ready).await).await;
        }
    }
    system.stop().await;
}

async fn a_bad_token_is_refused_and_none_hears_what_is_public(shape: Shape) {
    let system = shape.start().await;
    let student = system.student().await;
    for transport in TRANSPORTS {
        let node = Node::start(&student, Some("ey.not.good"), transport);
        assert_eq!(node.says("refused", 1).await["refused"], "bad_token");
        assert_eq!(node.heard(), [""; 0]);

        let guest = Node::start(&student, None, transport);
        wait::until("the guest to be welcome", async || {
            if guest.heard().iter().any(|name| name == names::READY) { Ok(()) } else { Err(guest.lines()) }
        })
        .await;
        student.orders("cola", &format!("thirst-{transport}")).await.is_accepted();
        wait::until("the guest to hear of the stock", async || {
            if guest.heard().iter().any(|name| name == names::STOCK) { Ok(()) } else { Err(guest.lines()) }
        })
        .await;
        student.sees(&format!("thirst-{transport}"), OrderStatus::Ready).await;
        assert!(!guest.heard().iter().any(|name| name == names::NOTIFICATION), "{:?}", guest.lines());
    }
    system.stop().await;
}

async fn a_renewed_token_keeps_the_socket_and_another_ones_closes_it(shape: Shape) {
    let system = shape.start().await;
    let (student, staff) = (system.student().await, system.staff().await);
    let mut node = Node::of(&student, "websocket").await;
    let newer = system.student().await;
    node.tell(&format!("renew {}", newer.token()));
    student.orders("cola", "after-the-renewal").await.is_accepted();
    node.shows_the_end_of(&student.sees("after-the-renewal", OrderStatus::Ready).await).await;
    assert_eq!(node.lines_with("disconnected"), [Value::Null; 0]);

    node.tell(&format!("renew {}", staff.token()));
    assert_eq!(node.says("disconnected", 1).await["disconnected"], "io server disconnect");
    system.stop().await;
}
