//! Events that the services publish and the hub pushes to sockets, each with its audience.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ItemId, OrderId, UserId},
    kitchen::{Board, Ticket},
    named::named_enum,
    ops::{Heartbeat, ServiceName, SetChaos},
    problem::ItemLeft,
    status::{OrderStatus, Reason},
    time::Time,
    trace::TraceContext,
};

named_enum! {
    /// Kind of a [`Notification`].
    NotificationType {
        /// The order moved on.
        OrderStatus = "ORDER_STATUS",
        /// The order is ready.
        OrderSuccess = "ORDER_SUCCESS",
        /// The order was rejected or cancelled.
        OrderFailed = "ORDER_FAILED",
    }
}

/// A change of an order, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The order.
    pub order_id: OrderId,
    /// Kind of the change.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// Status after the change.
    pub status: OrderStatus,
    /// English text for clients without a catalogue.
    pub message: String,
    /// Reason of a failure.
    pub reason: Option<Reason>,
    /// Portions left of the dishes that the order failed for.
    #[serde(default)]
    pub items: Vec<ItemLeft>,
    /// Number to pick the order up with.
    pub ticket: Option<u32>,
    /// Sequence number of the change within its order; a client drops a change that is not newer than what it has.
    pub seq: u32,
    /// Time of the change.
    pub timestamp: Time,
}

impl Notification {
    /// Creates the notification that an order is now `status`.
    pub fn new(order_id: OrderId, status: OrderStatus, seq: u32, timestamp: Time) -> Self {
        let (kind, message) = match status {
            OrderStatus::Pending => (NotificationType::OrderStatus, "Your order was received."),
            OrderStatus::InKitchen => (NotificationType::OrderStatus, "The kitchen has your order."),
            OrderStatus::StockVerified => (NotificationType::OrderStatus, "Your order is being prepared."),
            OrderStatus::Ready => (NotificationType::OrderSuccess, "Your order is ready. Enjoy your meal!"),
            OrderStatus::Collected => (NotificationType::OrderStatus, "Your order was collected."),
            OrderStatus::Rejected => {
                (NotificationType::OrderFailed, "Your order could not be prepared. Nothing was taken.")
            }
            OrderStatus::Cancelled => (NotificationType::OrderFailed, "The cafeteria cancelled your order."),
            OrderStatus::Unknown => (NotificationType::OrderStatus, "Your order has changed."),
        };
        Self {
            order_id,
            kind,
            status,
            message: message.to_owned(),
            reason: None,
            items: Vec::new(),
            ticket: None,
            seq,
            timestamp,
        }
    }
}

/// Stock level of a dish, for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StockLevel {
    /// The dish.
    pub item_id: ItemId,
    /// Portions left.
    pub quantity: u32,
    /// True if the dish can be ordered.
    pub available: bool,
    /// Version of the dish; a client drops a level that is not newer than what it has.
    pub version: u64,
}

/// An event from the services to the hubs. Each kind has one audience, which the hub's rooms enforce.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Event {
    /// To the order's owner: a change of the order.
    Order {
        /// The owner.
        user_id: UserId,
        /// The change.
        notification: Notification,
        /// Trace that the order was accepted in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace: Option<TraceContext>,
    },
    /// To everybody: the stock level of a dish.
    Stock(StockLevel),
    /// To everybody: fetch the menu again.
    Menu,
    /// To everybody: the pick-up board.
    Board(Board),
    /// To the kitchen: a changed ticket.
    Ticket(Ticket),
    /// To admins: the statistics of a replica.
    Ops(Heartbeat),
    /// To the other replicas of a service: one of them was told to start or end chaos.
    #[serde(rename = "drill")]
    Chaos {
        /// The service.
        service: ServiceName,
        /// Replica that received the request.
        instance: String,
        /// The request.
        order: SetChaos,
    },
}

/// Names of the events on the socket.
pub mod names {
    /// To the owner of an order: a [`Notification`](super::Notification).
    pub const NOTIFICATION: &str = "notification";
    /// To everybody: a [`StockLevel`](super::StockLevel).
    pub const STOCK: &str = "stock";
    /// To everybody: fetch the menu again.
    pub const MENU: &str = "menu";
    /// To everybody: the pick-up board.
    pub const BOARD: &str = "board";
    /// To the kitchen: a ticket.
    pub const TICKET: &str = "ticket";
    /// To admins: a heartbeat.
    pub const OPS: &str = "ops";
    /// To one client: it may have missed events, and has to fetch its snapshot again.
    pub const RESYNC: &str = "resync";
    /// To one client: its socket has joined its rooms.
    pub const READY: &str = "ready";
    /// From the client: a new token.
    pub const RENEW: &str = "renew";
    /// From older clients; accepted without effect.
    pub const JOIN_USER: &str = "join_user";
}
