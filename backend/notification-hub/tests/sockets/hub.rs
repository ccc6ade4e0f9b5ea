//! A hub of its own for each test, and a client that speaks Socket.IO v5 over WebSocket.

use std::{fmt::Debug, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use messaging::{Fanout as _, embedded::BroadcastFanout};
use notification_hub::{Config, Ports, health, serve};
use serde_json::{Value, json};
use service_kit::{
    Clock, Service, Tasks,
    audit::LoggedAudit,
    chaos::Chaos,
    clock::Hand,
    http::HttpConfig,
    keys::{KeySource, Verifier, published},
    metrics::Metrics,
    token::Signer,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use wire::{
    OrderStatus, Role, Time, UserId,
    event::{Event, Notification, StockLevel},
    identity::{Claims, Jwks, USER_AUDIENCE, USER_ISSUER},
    kitchen::{Board, Ticket},
    ops::ServiceName,
};

const NAME: ServiceName = ServiceName::NotificationHub;

pub(crate) struct Hub {
    url: String,
    pub(crate) service: Service,
    pub(crate) hand: Hand,
    pub(crate) fanout: Arc<BroadcastFanout>,
    signer: Signer,
}

pub(crate) async fn hub() -> Hub {
    hub_with(Config::default(), BroadcastFanout::default()).await
}

pub(crate) async fn hub_with(config: Config, fanout: BroadcastFanout) -> Hub {
    let keys = Jwks { keys: vec![Signer::new("people-1", &[1; 32]).public().clone()] };
    start(config, fanout, KeySource::Own(published(keys.keys))).await
}

/// A hub that has never seen the identity-provider.
pub(crate) async fn hub_without_keys() -> Hub {
    let nowhere = KeySource::Url("http://127.0.0.1:1/keys".to_owned());
    start(Config::default(), BroadcastFanout::default(), nowhere).await
}

async fn start(config: Config, fanout: BroadcastFanout, keys: KeySource) -> Hub {
    let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_344_800_000));
    let fanout = Arc::new(fanout);
    let ports = Ports { fanout: fanout.clone() };
    let service = Service {
        name: NAME,
        instance: "test".into(),
        clock: clock.clone(),
        tasks: Tasks::new(),
        metrics: Metrics::new(NAME.as_str()),
        health: health(&ports),
        chaos: Chaos::new(NAME, clock.clone()),
        chaos_allowed: true,
        verifier: Verifier::new(NAME, clock, keys, &[], None),
        audit: Arc::new(LoggedAudit),
        http: HttpConfig::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", listener.local_addr().unwrap());
    service.tasks.spawn(serve(service.clone(), config, ports, listener));
    Hub { url, service, hand, fanout, signer: Signer::new("people-1", &[1; 32]) }
}

/// Waits until it is so.
pub(crate) async fn until<T, E: Debug>(what: &str, look: impl AsyncFn() -> Result<T, E>) -> T {
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    let mut last = None;
    for _ in 0..1_500 {
        pause.tick().await;
        match look().await {
            Ok(found) => return found,
            Err(seen) => last = Some(seen),
        }
    }
    panic!("waited for {what}, and last saw {last:?}");
}

pub(crate) fn person(number: u128) -> UserId {
    UserId(uuid::Uuid::from_u128(number))
}

pub(crate) fn notification(owner: u128, seq: u32, message: &str) -> Event {
    let news = Notification::new("a".parse().unwrap(), OrderStatus::InKitchen, seq, Time::from_millis(0));
    Event::Order {
        user_id: person(owner),
        notification: Notification { message: message.to_owned(), ..news },
        trace: None,
    }
}

pub(crate) fn ticket(seq: u32) -> Ticket {
    Ticket {
        id: uuid::Uuid::from_u128(1),
        ticket: 1,
        status: OrderStatus::InKitchen,
        seq,
        lines: vec![],
        placed_at: Time::from_millis(0),
        since: Time::from_millis(0),
        note: None,
    }
}

pub(crate) fn board(seq: u64) -> Board {
    Board { seq, preparing: vec![], ready: vec![] }
}

pub(crate) fn level(version: u64) -> StockLevel {
    StockLevel { item_id: "burger".parse().unwrap(), quantity: 3, available: true, version }
}

impl Hub {
    /// A token that ends so many seconds from now.
    pub(crate) fn token(&self, who: u128, role: Role, seconds: i64) -> String {
        let now = self.service.clock.now().as_secs();
        let claims = Claims {
            sub: person(who).to_string(),
            role,
            iss: USER_ISSUER.into(),
            aud: USER_AUDIENCE.into(),
            iat: now,
            exp: now + seconds,
            name: None,
            username: None,
        };
        self.signer.sign(&claims).0
    }

    pub(crate) async fn publish(&self, events: Vec<Event>) {
        self.fanout.publish(events).await.unwrap();
    }

    pub(crate) fn metric(&self, name: &str) -> f64 {
        self.service.metrics.values().get(name).copied().unwrap_or_default()
    }

    /// Connects and is welcomed, or is refused with the hub's words.
    pub(crate) async fn connects(&self, token: Option<&str>) -> Result<Socket, String> {
        let (wire, _) = connect_async(&self.url).await.map_err(|error| error.to_string())?;
        let mut socket = Socket { wire, heard: Vec::new() };
        socket.next().await.ok_or("closed before it was open")?;
        let hello = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
        socket.wire.send(Message::text(format!("40{hello}"))).await.map_err(|error| error.to_string())?;
        let answer = socket.next().await.ok_or("closed without a word")?;
        if !answer.starts_with("40") {
            return Err(answer);
        }
        socket.hears("ready").await;
        Ok(socket)
    }
}

pub(crate) struct Socket {
    wire: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: Vec<(String, Value)>,
}

impl Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a socket that heard {:?}", self.names())
    }
}

impl Socket {
    /// The next packet but pings (Engine.IO 4: `2` ping, `3` pong); `None` when the connection is closed.
    async fn next(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(15), self.wire.next()).await;
            let Ok(next) = next else { panic!("nothing more was heard after {:?}", self.names()) };
            match next? {
                Ok(Message::Text(text)) if text.as_str() == "2" => {
                    let _ = self.wire.send(Message::text("3")).await;
                }
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next event, as name and body; `None` when the hub has closed the socket (`41`) or the connection.
    async fn event(&mut self) -> Option<(String, Value)> {
        let text = self.next().await?;
        let event = text.strip_prefix("42")?;
        let (name, body) = serde_json::from_str::<(String, Value)>(event).unwrap();
        self.heard.push((name.clone(), body.clone()));
        Some((name, body))
    }

    /// Reads on until something of this name is heard.
    pub(crate) async fn hears(&mut self, wanted: &str) -> Value {
        while let Some((name, body)) = self.event().await {
            if name == wanted {
                return body;
            }
        }
        panic!("closed before {wanted} was heard, after {:?}", self.names());
    }

    /// Reads on until the socket is closed.
    pub(crate) async fn is_closed(&mut self) {
        while self.event().await.is_some() {}
    }

    /// Everything of this name that was heard so far.
    pub(crate) fn heard(&self, name: &str) -> Vec<Value> {
        self.heard.iter().filter(|(heard, _)| heard == name).map(|(_, body)| body.clone()).collect()
    }

    /// The names of what was heard so far, each where it was heard first.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (name, _) in &self.heard {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    pub(crate) async fn says(&mut self, name: &str, body: &Value) {
        self.wire.send(Message::text(format!("42{}", json!([name, body])))).await.unwrap();
    }
}
