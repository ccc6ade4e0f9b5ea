//! What is pushed to sockets, and to whom.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ItemId, OrderId, UserId},
    kitchen::{Board, Ticket},
    named::named_enum,
    ops::{Beat, ServiceName, SetChaos},
    problem::ItemLeft,
    status::{OrderStatus, Reason},
    time::Time,
    trace::TraceContext,
};

named_enum! {
    /// What kind of news a [`Notification`] is.
    NotificationType {
        /// It moved on.
        OrderStatus = "ORDER_STATUS",
        /// It is ready.
        OrderSuccess = "ORDER_SUCCESS",
        /// It was rejected or cancelled.
        OrderFailed = "ORDER_FAILED",
    }
}

/// A change of an order, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Which order.
    pub order_id: OrderId,
    /// What kind of news it is.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// Where the order is now.
    pub status: OrderStatus,
    /// English text for clients without a catalogue.
    pub message: String,
    /// Why, when it failed.
    pub reason: Option<Reason>,
    /// What was left of the dishes it failed for.
    #[serde(default)]
    pub items: Vec<ItemLeft>,
    /// The number to pick it up with.
    pub ticket: Option<u32>,
    /// The number of the change; a client drops what is not newer than what it has.
    pub seq: u32,
    /// When it changed.
    pub timestamp: Time,
}

impl Notification {
    /// The news that an order is now `status`.
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

/// What is left of a dish, for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StockLevel {
    /// Which dish.
    pub item_id: ItemId,
    /// Portions left.
    pub quantity: u32,
    /// Whether it can be ordered.
    pub available: bool,
    /// A client drops what is not newer than what it has.
    pub version: u64,
}

/// What the services tell the hubs. Each kind has one audience; the hub's rooms enforce it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Event {
    /// To the order's owner.
    Order {
        /// The owner.
        user_id: UserId,
        /// The news.
        notification: Notification,
        /// The trace that the order was accepted in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace: Option<TraceContext>,
    },
    /// To everybody: a dish's level.
    Stock(StockLevel),
    /// To everybody: fetch the menu again.
    Menu,
    /// To everybody: the pick-up board.
    Board(Board),
    /// To the kitchen.
    Ticket(Ticket),
    /// To admins.
    Ops(Beat),
    /// To the other replicas of a service: a drill was ordered.
    Drill {
        /// Whose drill.
        service: ServiceName,
        /// The replica that was told.
        instance: String,
        /// What it was told.
        order: SetChaos,
    },
}

/// The names of the events on the socket.
pub mod names {
    /// To the owner of an order.
    pub const NOTIFICATION: &str = "notification";
    /// A dish's level.
    pub const STOCK: &str = "stock";
    /// Fetch the menu again.
    pub const MENU: &str = "menu";
    /// The pick-up board.
    pub const BOARD: &str = "board";
    /// A ticket, to the kitchen.
    pub const TICKET: &str = "ticket";
    /// A beat, to admins.
    pub const OPS: &str = "ops";
    /// Something may have been missed.
    pub const RESYNC: &str = "resync";
    /// The socket's rooms are joined.
    pub const READY: &str = "ready";
    /// From the client: a new token.
    pub const RENEW: &str = "renew";
    /// From older clients; accepted, and without effect.
    pub const JOIN_USER: &str = "join_user";
}
