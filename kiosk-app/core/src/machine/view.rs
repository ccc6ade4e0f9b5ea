//! Snapshots of the machine for the page.

use app::kiosk::{BasketLine, Field, PinEntry, Placed, Screen, SignIn, Snapshot};
use wire::stock::StockItem;

use super::{Machine, Stage};

impl Machine {
    pub(super) fn lines(&self) -> Vec<BasketLine> {
        let line = |(item_id, quantity): &(wire::ItemId, u8)| {
            let dish = self.menu.dish(item_id);
            BasketLine {
                item_id: item_id.clone(),
                name: dish.map_or_else(|| item_id.to_string(), |dish| dish.name.clone()),
                quantity: *quantity,
                price_poisha: dish.map_or(0, |dish| dish.price_poisha),
                left: self.menu.left(item_id),
            }
        };
        self.basket.lines().iter().map(line).collect()
    }

    /// Returns the dishes of the menu in their order, hidden ones left out.
    pub fn dishes(&self) -> Vec<StockItem> {
        self.menu.dishes().filter(|dish| dish.available).map(|dish| StockItem::clone(dish)).collect()
    }

    /// Returns whether the menu has changed since the last call.
    pub fn take_menu_change(&mut self) -> bool {
        std::mem::take(&mut self.menu_changed)
    }

    fn screen(&self) -> Screen {
        match &self.stage {
            Stage::Attract => match self.trouble() {
                Some(trouble) => Screen::OutOfOrder { trouble: trouble.clone() },
                None if !self.open => Screen::Closed,
                None if !self.has_menu => Screen::Starting,
                None => Screen::Attract,
            },
            Stage::SignIn(entry) => {
                let field = match (&entry.card, entry.is_password) {
                    (Some(_), _) => Field::Pin,
                    (None, true) => Field::Password,
                    (None, false) => Field::Username,
                };
                Screen::SignIn(SignIn {
                    field,
                    username: entry.username.clone(),
                    secret_length: u32::try_from(entry.secret.chars().count()).unwrap_or(u32::MAX),
                    busy: entry.busy,
                    error: entry.error.clone(),
                })
            }
            Stage::NotKnownOffline => Screen::NotKnownOffline,
            Stage::Menu => Screen::Menu,
            Stage::Basket => Screen::Basket,
            Stage::Placing(_) => Screen::Placing,
            Stage::Placed(order) => Screen::Placed(Placed {
                order_id: order.slip.order_id.clone(),
                state: order.state.clone(),
                tracker_url: order.slip.tracker_url.clone(),
                total_poisha: order.slip.total_poisha,
                slip: order.printed,
            }),
            Stage::Thanks(_) => Screen::Thanks,
            Stage::StaffPin { pin, wrong, checking: _ } => Screen::StaffPin(PinEntry {
                length: u32::try_from(pin.chars().count()).unwrap_or(u32::MAX),
                wrong: *wrong,
                retry_in: self.pin_locked_until.map(|until| {
                    u32::try_from(until.since(self.now).as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
                }),
            }),
            Stage::Staff(staff) => Screen::Staff(staff.clone()),
            Stage::TouchTest(_) => Screen::TouchTest,
        }
    }

    /// Returns the snapshot for the page, with the number 0.
    pub fn snapshot(&self) -> Snapshot {
        let countdown =
            self.countdown().map(|rest| u32::try_from(rest.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX));
        let counted = |line: &BasketLine| {
            u64::from(line.price_poisha) * u64::from(line.left.min(u32::from(line.quantity)))
        };
        let basket = self.lines();
        Snapshot {
            seq: 0,
            kiosk: self.name.clone(),
            screen: self.screen(),
            language: self.language,
            text_size: self.text_size,
            theme: self.settings.theme,
            low_reach: self.low_reach,
            online: self.online,
            menu_as_of: self.menu_as_of,
            printer: self.printer,
            message: self.message.clone(),
            countdown,
            signed_in: self.session.is_some(),
            total_poisha: basket.iter().map(counted).sum(),
            basket,
            refusal: self.refusal.clone(),
        }
    }
}
