//! Placing an order: from the basket to the number and its slip.

use std::sync::Arc;

use app::{
    kiosk::{PlacedState, Refusal, Slip},
    menu::Menu,
};
use wire::{ErrorCode, OrderId, problem::ItemLeft};

use super::{Effect, Machine, NewOrder, Order, Outcome, Progress, Sending, SlipRequest, Stage};

impl Machine {
    pub(super) fn place_order(&mut self, effects: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Basket) {
            return;
        }
        let Some(session) = self.session.clone() else { return };
        let (lines, total_poisha) = (self.lines(), self.basket.total_poisha(&self.menu));
        let Some(order) = self.basket.send(session.user.user_id) else { return };
        let Some(order_id) = order.order_id.clone() else { return };
        self.refusal = None;
        let slip = SlipRequest {
            tracker_url: format!("{}{order_id}", self.settings.tracker_base),
            order_id: order_id.clone(),
            number: None,
            lines,
            total_poisha,
            placed_at: self.now,
            language: self.language,
        };
        self.stage = Stage::Placing(Sending { slip: slip.clone(), since: self.now, kept: false });
        effects.push(Effect::Place(Box::new(NewOrder { session, order, order_id, slip })));
    }

    pub(super) fn kept(&mut self, order_id: &OrderId, kept: bool) {
        let Stage::Placing(sending) = &mut self.stage else { return };
        if sending.slip.order_id != *order_id {
            return;
        }
        if kept {
            sending.kept = true;
        } else {
            self.refuse(ErrorCode::Internal, Vec::new());
        }
    }

    pub(super) fn refuse(&mut self, code: ErrorCode, items: Vec<ItemLeft>) {
        self.basket.stopped();
        if code == ErrorCode::KeyReused {
            self.basket.rekey(client::new_order_id());
        }
        self.refusal = Some(Refusal { code, items });
        self.stage = Stage::Basket;
        self.last_touch = self.now;
    }

    pub(super) fn outcome(&mut self, order_id: &OrderId, outcome: Outcome, effects: &mut Vec<Effect>) {
        match &mut self.stage {
            Stage::Placing(sending) if sending.slip.order_id == *order_id => match outcome {
                Outcome::Refused { code, items } => {
                    let mut menu = Menu::clone(&self.menu);
                    for left in &items {
                        menu.set_left(left);
                    }
                    self.menu = Arc::new(menu);
                    self.menu_changed = true;
                    self.refuse(code, items);
                }
                Outcome::Accepted => self.placed(PlacedState::Accepted, effects),
                Outcome::Kept => self.placed(PlacedState::Kept, effects),
            },
            Stage::Placed(order) if order.slip.order_id == *order_id && order.state == PlacedState::Kept => {
                match outcome {
                    Outcome::Accepted => {
                        order.state = PlacedState::Accepted;
                        order.accepted_at = Some(self.now);
                        if self.settings.has_printer {
                            order.printed = Slip::Printing;
                        }
                        self.follow(effects);
                    }
                    // It is refused while its student still stands here.
                    Outcome::Refused { .. } => order.state = PlacedState::Failed,
                    Outcome::Kept => {}
                }
            }
            _ => {}
        }
    }

    fn follow(&self, effects: &mut Vec<Effect>) {
        if let (Stage::Placed(order), Some(session)) = (&self.stage, &self.session) {
            let order_id = order.slip.order_id.clone();
            effects.push(Effect::Follow { session: Box::new(session.clone()), order_id });
        }
    }

    /// Leaves the wait for an outcome.
    pub(super) fn placed(&mut self, state: PlacedState, effects: &mut Vec<Effect>) {
        let Stage::Placing(sending) = &self.stage else { return };
        let is_accepted = state == PlacedState::Accepted;
        let printed = if is_accepted && self.settings.has_printer { Slip::Printing } else { Slip::None };
        let slip = sending.slip.clone();
        self.basket.accepted(&slip.order_id);
        self.stage =
            Stage::Placed(Order { slip, state, printed, accepted_at: is_accepted.then_some(self.now) });
        self.last_touch = self.now;
        if is_accepted {
            self.follow(effects);
        }
    }

    pub(super) fn progress(&mut self, order_id: &OrderId, progress: Progress, effects: &mut Vec<Effect>) {
        let Stage::Placed(order) = &mut self.stage else { return };
        if order.slip.order_id != *order_id {
            return;
        }
        match progress {
            Progress::Numbered(number) if order.state == PlacedState::Accepted => {
                order.state = PlacedState::Numbered { number };
                let is_awaited = order.slip.number.is_none() && order.printed == Slip::Printing;
                order.slip.number = Some(number);
                if is_awaited {
                    effects.push(Effect::Print(Box::new(order.slip.clone())));
                }
                self.last_touch = self.now;
            }
            Progress::Numbered(_) => {}
            Progress::Failed => {
                order.state = PlacedState::Failed;
                if order.slip.number.is_none() {
                    order.printed = Slip::None;
                }
            }
        }
    }

    pub(super) fn finish(&mut self, effects: &mut Vec<Effect>) {
        if let Stage::Placed(order) = &self.stage {
            let is_slip_due = order.state == PlacedState::Accepted && order.printed == Slip::Printing;
            if is_slip_due {
                effects.push(Effect::Print(Box::new(order.slip.clone())));
            }
            self.stage = Stage::Thanks(self.now);
        }
    }
}
