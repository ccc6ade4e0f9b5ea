//! What a batch of orders does to the stock: planned in memory, in order of arrival, on what the database holds.
//!
//! - An order is taken whole or refused; a refused one does not block smaller ones after it.
//! - A key has one effect: what was answered once is answered again. A refusal is final.
//! - A release may overtake its reduce: it leaves a tombstone, and the reduce is refused.

use std::collections::{HashMap, HashSet};

use wire::{
    ErrorCode, ItemId, OrderKey, Quantity,
    event::StockLevel,
    order::Basket,
    problem::ItemLeft,
    stock::{ItemLevel, StockResult},
};

/// What is asked for one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Take these portions.
    Reduce {
        /// Whose order it is.
        key: OrderKey,
        /// What it takes.
        basket: Basket,
    },
    /// Give back what was taken, if anything was, and never take anything again.
    Release {
        /// Whose order it is.
        key: OrderKey,
    },
}

impl Operation {
    /// Whose order it is.
    pub fn key(&self) -> &OrderKey {
        match self {
            Self::Reduce { key, .. } | Self::Release { key } => key,
        }
    }
}

/// A dish as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Portions left.
    pub quantity: u32,
    /// Counts every change.
    pub version: u64,
    /// Whether it can be ordered.
    pub available: bool,
}

/// Portions that an order holds, with what it was answered for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portion {
    /// How many, 1 to 20.
    pub quantity: Quantity,
    /// The dish after they were taken.
    pub level: ItemLevel,
}

/// Why an order is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// A dish is not on the menu.
    UnknownItem,
    /// A dish is hidden.
    UnavailableItem,
    /// Nothing is left of a dish.
    SoldOut,
    /// Fewer are left of a dish than were asked for.
    InsufficientStock,
}

impl RefusalReason {
    /// Every reason there is.
    pub const ALL: [Self; 4] =
        [Self::UnknownItem, Self::UnavailableItem, Self::SoldOut, Self::InsufficientStock];

    /// The code for programs; its text is what is stored.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::UnknownItem => ErrorCode::UnknownItem,
            Self::UnavailableItem => ErrorCode::UnavailableItem,
            Self::SoldOut => ErrorCode::SoldOut,
            Self::InsufficientStock => ErrorCode::InsufficientStock,
        }
    }

    /// The reason with that code, where there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code().as_str() == text)
    }
}

/// Why an order is not taken, and what is left of the dishes that are the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// The dishes that are the cause, with what can be had of them.
    pub left: Vec<ItemLeft>,
}

/// What is known of an order's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// It holds portions.
    Reserved {
        /// What was asked for.
        fingerprint: String,
        /// What it holds.
        portions: Vec<Portion>,
    },
    /// It holds nothing, and never will.
    Released,
    /// It was refused.
    Refused {
        /// What was asked for.
        fingerprint: String,
        /// Why.
        refusal: Refusal,
    },
}

/// What the database holds of everything that a batch speaks of: its dishes, its keys, and the dishes that those
/// keys hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The dishes that there are.
    pub items: HashMap<ItemId, Shelf>,
    /// The keys that are known.
    pub orders: HashMap<OrderKey, OrderState>,
}

/// What became of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done {
        /// The dishes after it; empty for a release without effect.
        levels: Vec<ItemLevel>,
        /// Whether it was done before.
        repeated: bool,
    },
    /// It is refused.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Whether it was refused before.
        repeated: bool,
    },
    /// Its portions were released before.
    Released,
    /// The key was used for other lines.
    KeyReused,
    /// Others were faster, again and again; nothing was done, and asking again makes sense.
    Conflict,
}

impl Outcome {
    /// The code for programs; `None` when it is done.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Done { .. } => None,
            Self::Refused { refusal, .. } => Some(refusal.reason.code()),
            Self::Released => Some(ErrorCode::Released),
            Self::KeyReused => Some(ErrorCode::KeyReused),
            Self::Conflict => Some(ErrorCode::Conflict),
        }
    }

    /// As it is answered.
    pub fn into_result(self, order_key: OrderKey) -> StockResult {
        let code = self.code();
        let status = match code {
            None => 200,
            // The dish is what the request names, so that the answer is that there is none.
            Some(ErrorCode::UnknownItem) => 404,
            Some(code) => code.status(),
        };
        let (items, left) = match self {
            Self::Done { levels, .. } => (levels, Vec::new()),
            Self::Refused { refusal, .. } => (Vec::new(), refusal.left),
            Self::Released | Self::KeyReused | Self::Conflict => (Vec::new(), Vec::new()),
        };
        StockResult { order_key, status, code, items, left }
    }
}

/// A dish that a plan changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemWrite {
    /// The version it must still have.
    pub expected: u64,
    /// What it is then.
    pub level: StockLevel,
}

/// A key that a plan changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderWrite {
    /// Which one.
    pub key: OrderKey,
    /// Its state then.
    pub state: OrderState,
    /// Whether the database holds reservations of it, which go.
    pub gives_back: bool,
}

/// What a batch does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each operation, in their order.
    pub outcomes: Vec<Outcome>,
    /// The dishes that change, sorted by id.
    pub items: Vec<ItemWrite>,
    /// The keys that change, each once.
    pub orders: Vec<OrderWrite>,
}

/// What tells one basket from another: its lines, which are merged and sorted.
pub fn fingerprint(basket: &Basket) -> String {
    let lines: Vec<_> =
        basket.lines().iter().map(|line| format!("{}:{}", line.item_id, line.quantity.get())).collect();
    lines.join(",")
}

/// Plans a batch on what the database holds.
pub fn plan(snapshot: Snapshot, batch: &[Operation]) -> Plan {
    let mut planner = Planner {
        held: snapshot
            .orders
            .iter()
            .filter(|(_, state)| matches!(state, OrderState::Reserved { .. }))
            .map(|(key, _)| key.clone())
            .collect(),
        now: snapshot,
        before: HashMap::new(),
        changed: HashSet::new(),
    };
    let outcomes = batch
        .iter()
        .map(|operation| match operation {
            Operation::Reduce { key, basket } => planner.reduce(key, basket),
            Operation::Release { key } => planner.release(key),
        })
        .collect();
    planner.finish(outcomes)
}

struct Planner {
    now: Snapshot,
    /// The keys that hold portions in the database.
    held: HashSet<OrderKey>,
    /// The versions in the database of the dishes that change.
    before: HashMap<ItemId, u64>,
    changed: HashSet<OrderKey>,
}

impl Planner {
    fn reduce(&mut self, key: &OrderKey, basket: &Basket) -> Outcome {
        let asked = fingerprint(basket);
        match self.now.orders.get(key) {
            None => {}
            Some(OrderState::Released) => return Outcome::Released,
            Some(OrderState::Reserved { fingerprint, portions }) => {
                if *fingerprint != asked {
                    return Outcome::KeyReused;
                }
                let levels = portions.iter().map(|portion| portion.level.clone()).collect();
                return Outcome::Done { levels, repeated: true };
            }
            Some(OrderState::Refused { fingerprint, refusal }) => {
                if *fingerprint != asked {
                    return Outcome::KeyReused;
                }
                return Outcome::Refused { refusal: refusal.clone(), repeated: true };
            }
        }
        if let Some(refusal) = self.refusal(basket) {
            let state = OrderState::Refused { fingerprint: asked, refusal: refusal.clone() };
            self.set(key, state);
            return Outcome::Refused { refusal, repeated: false };
        }
        let portions: Vec<_> = basket
            .lines()
            .iter()
            .filter_map(|line| {
                let level = self
                    .change(&line.item_id, |quantity| quantity.saturating_sub(line.quantity.get().into()))?;
                Some(Portion { quantity: line.quantity, level })
            })
            .collect();
        let levels = portions.iter().map(|portion| portion.level.clone()).collect();
        self.set(key, OrderState::Reserved { fingerprint: asked, portions });
        Outcome::Done { levels, repeated: false }
    }

    /// Why this basket cannot be taken: the reason that waiting helps least against goes first.
    fn refusal(&self, basket: &Basket) -> Option<Refusal> {
        let (mut unknown, mut hidden, mut short) = (Vec::new(), Vec::new(), Vec::new());
        for line in basket.lines() {
            let left = |left| ItemLeft { item_id: line.item_id.clone(), left };
            match self.now.items.get(&line.item_id) {
                None => unknown.push(left(0)),
                Some(shelf) if !shelf.available => hidden.push(left(0)),
                Some(shelf) if shelf.quantity < line.quantity.get().into() => {
                    short.push(left(shelf.quantity));
                }
                Some(_) => {}
            }
        }
        let (reason, left) = if !unknown.is_empty() {
            (RefusalReason::UnknownItem, unknown)
        } else if !hidden.is_empty() {
            (RefusalReason::UnavailableItem, hidden)
        } else if short.iter().any(|item| item.left == 0) {
            (RefusalReason::SoldOut, short)
        } else if !short.is_empty() {
            (RefusalReason::InsufficientStock, short)
        } else {
            return None;
        };
        Some(Refusal { reason, left })
    }

    fn release(&mut self, key: &OrderKey) -> Outcome {
        let levels = match self.now.orders.get(key) {
            Some(OrderState::Released | OrderState::Refused { .. }) => {
                return Outcome::Done { levels: Vec::new(), repeated: true };
            }
            None => Vec::new(),
            Some(OrderState::Reserved { portions, .. }) => portions
                .clone()
                .into_iter()
                .filter_map(|portion| {
                    let back = u32::from(portion.quantity.get());
                    self.change(&portion.level.item_id, |quantity| quantity.saturating_add(back))
                })
                .collect(),
        };
        self.set(key, OrderState::Released);
        Outcome::Done { levels, repeated: false }
    }

    /// Changes a dish, of which there is one: the refusal has looked, and reservations refer to dishes.
    fn change(&mut self, item_id: &ItemId, quantity: impl FnOnce(u32) -> u32) -> Option<ItemLevel> {
        let shelf = self.now.items.get_mut(item_id)?;
        if !self.before.contains_key(item_id) {
            self.before.insert(item_id.clone(), shelf.version);
        }
        shelf.quantity = quantity(shelf.quantity);
        shelf.version += 1;
        Some(ItemLevel { item_id: item_id.clone(), new_quantity: shelf.quantity, version: shelf.version })
    }

    fn set(&mut self, key: &OrderKey, state: OrderState) {
        self.changed.insert(key.clone());
        self.now.orders.insert(key.clone(), state);
    }

    fn finish(mut self, outcomes: Vec<Outcome>) -> Plan {
        let mut items: Vec<_> = self
            .before
            .into_iter()
            .filter_map(|(item_id, expected)| {
                let Shelf { quantity, version, available } = self.now.items.remove(&item_id)?;
                Some(ItemWrite { expected, level: StockLevel { item_id, quantity, available, version } })
            })
            .collect();
        // In one order everywhere, so that two replicas never wait for each other in a circle.
        items.sort_by(|a, b| a.level.item_id.cmp(&b.level.item_id));
        let mut orders: Vec<_> = self
            .changed
            .into_iter()
            .filter_map(|key| {
                let state = self.now.orders.remove(&key)?;
                let gives_back = self.held.contains(&key);
                Some(OrderWrite { key, state, gives_back })
            })
            .collect();
        orders.sort_by(|a, b| a.key.cmp(&b.key));
        Plan { outcomes, items, orders }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
