//! One snapshot for every state of the kiosk's page, for tests and pictures.

use wire::{
    ErrorCode, ItemId, OrderId, Time,
    kiosk::{KioskMessage, PrinterState},
    problem::ItemLeft,
    stock::{Category, StockItem},
};

use crate::kiosk::{
    BasketLine, Field, KeptOrder, KeptState, Language, PinEntry, Placed, PlacedState, Refusal, Screen,
    SignIn, SignInError, Slip, Snapshot, Staff, TextSize, Theme, Trouble,
};

/// Time of all samples, 17:30 in Dhaka.
const NOON_MS: i64 = 1_772_364_600_000;

/// Returns the attract screen of a kiosk that works.
pub fn attract() -> Snapshot {
    Snapshot {
        seq: 1,
        kiosk: "North Hall 2".to_owned(),
        screen: Screen::Attract,
        language: Language::English,
        text_size: TextSize::Normal,
        theme: Theme::Light,
        low_reach: false,
        online: true,
        menu_as_of: None,
        printer: PrinterState::Ready,
        message: None,
        countdown: None,
        signed_in: false,
        basket: Vec::new(),
        total_poisha: 0,
        refusal: None,
    }
}

/// Returns the menu.
pub fn dishes() -> Vec<StockItem> {
    use Category::{Desserts, Drinks, Mains, Sides};
    let dishes = [
        ("biryani", "Chicken Biryani", 12, Mains, 18_000),
        ("burger", "Classic Beef Burger", 35, Mains, 22_000),
        ("ramen", "Spicy Miso Ramen", 3, Mains, 25_000),
        ("pizza", "Pepperoni Pizza", 20, Mains, 32_000),
        ("spaghetti", "Spaghetti Carbonara", 0, Mains, 28_000),
        ("wrap", "Grilled Chicken Wrap", 18, Mains, 16_000),
        ("fries", "Crispy Fries", 60, Sides, 9_000),
        ("garlic-bread", "Garlic Bread", 40, Sides, 8_000),
        ("soup", "Tomato Soup", 8, Sides, 11_000),
        ("salad", "Caesar Salad", 25, Sides, 14_000),
        ("cola", "Coca-Cola (330 ml)", 90, Drinks, 5_000),
        ("juice", "Fresh Orange Juice", 30, Drinks, 9_500),
        ("water", "Mineral Water", 120, Drinks, 2_000),
        ("coffee", "Flat White Coffee", 45, Drinks, 12_000),
        ("cheesecake", "New York Cheesecake", 10, Desserts, 19_000),
        ("brownie", "Chocolate Brownie", 22, Desserts, 12_000),
        ("icecream", "Vanilla Ice Cream", 33, Desserts, 10_000),
    ];
    let dish = |(id, name, quantity, category, price_poisha): (&str, &str, u32, Category, u32)| StockItem {
        id: item(id),
        name: name.to_owned(),
        category,
        price_poisha,
        picture: id.to_owned(),
        available: true,
        quantity,
        version: 1,
        revision: 1,
    };
    dishes.into_iter().map(dish).collect()
}

/// Returns the snapshot of every screen, and of the states that look different, by name.
pub fn all() -> Vec<(&'static str, Snapshot)> {
    let mut all = vec![("attract", attract())];
    all.extend(sign_ins());
    all.extend(orders());
    all.extend(placed());
    all.extend(notices());
    all.extend(staff());
    all
}

fn item(id: &str) -> ItemId {
    #[expect(clippy::expect_used, reason = "the ids of the samples are valid")]
    id.parse().expect("a valid id")
}

fn order(number: u128) -> OrderId {
    #[expect(clippy::expect_used, reason = "the ids of the samples are valid")]
    uuid::Uuid::from_u128(0x0199_b1a0_0000_7000_8000_0000_0000_0000 + number)
        .to_string()
        .parse()
        .expect("a valid id")
}

fn time(minutes: i64) -> Time {
    Time::from_millis(NOON_MS + minutes * 60_000)
}

fn screen(screen: Screen) -> Snapshot {
    Snapshot { screen, ..attract() }
}

fn signed_in(screen: Screen) -> Snapshot {
    let line = |id: &str, name: &str, quantity, price_poisha, left| BasketLine {
        item_id: item(id),
        name: name.to_owned(),
        quantity,
        price_poisha,
        left,
    };
    Snapshot {
        screen,
        signed_in: true,
        basket: vec![
            line("biryani", "Chicken Biryani", 2, 18_000, 12),
            line("soup", "Tomato Soup", 1, 11_000, 8),
            line("juice", "Fresh Orange Juice", 1, 9_500, 30),
        ],
        total_poisha: 56_500,
        ..attract()
    }
}

fn sign_ins() -> Vec<(&'static str, Snapshot)> {
    let sign_in = |field, username: &str, secret_length, error| {
        let username = username.to_owned();
        screen(Screen::SignIn(SignIn { field, username, secret_length, busy: false, error }))
    };
    let mut busy = sign_in(Field::Password, "student1", 11, None);
    if let Screen::SignIn(sign_in) = &mut busy.screen {
        sign_in.busy = true;
    }
    vec![
        ("sign-in", sign_in(Field::Username, "", 0, None)),
        ("sign-in-typed", sign_in(Field::Password, "student1", 6, None)),
        ("sign-in-busy", busy),
        ("sign-in-wrong", sign_in(Field::Password, "student1", 0, Some(SignInError::WrongCredentials))),
        (
            "sign-in-wait",
            sign_in(Field::Password, "student1", 0, Some(SignInError::TooManyTries { retry_in: 42 })),
        ),
        ("sign-in-card", sign_in(Field::Username, "", 0, Some(SignInError::UnknownCard))),
        ("pin", sign_in(Field::Pin, "", 2, None)),
        ("pin-wrong", sign_in(Field::Pin, "", 0, Some(SignInError::WrongCredentials))),
        ("not-known-offline", Snapshot { online: false, ..screen(Screen::NotKnownOffline) }),
    ]
}

fn orders() -> Vec<(&'static str, Snapshot)> {
    let mut empty = signed_in(Screen::Menu);
    empty.basket.clear();
    empty.total_poisha = 0;
    let offline = Snapshot {
        online: false,
        menu_as_of: Some(time(-20)),
        printer: PrinterState::PaperOut,
        message: Some(KioskMessage {
            en: "Iftar boxes are ready at 17:45.".to_owned(),
            bn: "ইফতার বক্স ১৭:৪৫-এ তৈরি হবে।".to_owned(),
        }),
        ..signed_in(Screen::Menu)
    };
    let mut empty_basket = empty.clone();
    empty_basket.screen = Screen::Basket;
    let mut short = signed_in(Screen::Basket);
    for (line, left) in short.basket.iter_mut().zip([1, 0, 30]) {
        line.left = left;
    }
    short.total_poisha = 27_500;
    short.refusal = Some(Refusal {
        code: ErrorCode::InsufficientStock,
        items: vec![
            ItemLeft { item_id: item("biryani"), left: 1 },
            ItemLeft { item_id: item("soup"), left: 0 },
        ],
    });
    let busy = Snapshot {
        refusal: Some(Refusal { code: ErrorCode::Overloaded, items: Vec::new() }),
        ..signed_in(Screen::Basket)
    };
    vec![
        ("menu-empty-basket", empty),
        ("menu", signed_in(Screen::Menu)),
        ("menu-offline", offline),
        ("countdown", Snapshot { countdown: Some(12), ..signed_in(Screen::Menu) }),
        ("basket", signed_in(Screen::Basket)),
        ("basket-empty", empty_basket),
        ("basket-short", short),
        ("basket-busy", busy),
        ("placing", signed_in(Screen::Placing)),
    ]
}

fn placed() -> Vec<(&'static str, Snapshot)> {
    let placed = |state, slip| {
        signed_in(Screen::Placed(Placed {
            order_id: order(1),
            state,
            tracker_url: "https://cafeteria.example/orders/0199b1a0-0000-7000-8000-000000000001".to_owned(),
            total_poisha: 56_500,
            slip,
        }))
    };
    vec![
        ("accepted", placed(PlacedState::Accepted, Slip::Printing)),
        ("numbered", placed(PlacedState::Numbered { number: 107 }, Slip::Printed)),
        ("numbered-no-slip", placed(PlacedState::Numbered { number: 1_284 }, Slip::Failed)),
        ("kept", placed(PlacedState::Kept, Slip::None)),
        ("failed", placed(PlacedState::Failed, Slip::None)),
        ("thanks", screen(Screen::Thanks)),
    ]
}

fn notices() -> Vec<(&'static str, Snapshot)> {
    let trouble = |trouble| screen(Screen::OutOfOrder { trouble });
    let configuration = Trouble::Configuration {
        file: "/etc/cafeteria-kiosk/config.toml".to_owned(),
        line: Some(12),
        fault: "server.url: \"cafeteria.example\" is not a URL".to_owned(),
        expected: "an address with its scheme, as in https://cafeteria.example".to_owned(),
    };
    vec![
        ("starting", screen(Screen::Starting)),
        (
            "closed",
            Snapshot {
                message: Some(KioskMessage {
                    en: "Open again at 17:45 for iftar.".to_owned(),
                    bn: "ইফতারের জন্য ১৭:৪৫-এ আবার খুলবে।".to_owned(),
                }),
                ..screen(Screen::Closed)
            },
        ),
        ("trouble-configuration", trouble(configuration)),
        ("trouble-revoked", trouble(Trouble::Revoked)),
        (
            "trouble-too-old",
            trouble(Trouble::TooOld { version: "1.2.0".to_owned(), minimum: "1.4.0".to_owned() }),
        ),
        ("trouble-storage", trouble(Trouble::Storage { fault: "outbox.db: the disk is full".to_owned() })),
    ]
}

fn staff() -> Vec<(&'static str, Snapshot)> {
    let pin = |length, wrong, retry_in| screen(Screen::StaffPin(PinEntry { length, wrong, retry_in }));
    let kept = |number, student: &str, summary: &str, total_poisha, minutes, state| KeptOrder {
        order_id: order(number),
        student: student.to_owned(),
        summary: summary.to_owned(),
        total_poisha,
        kept_at: time(minutes),
        state,
    };
    let outbox = vec![
        kept(1, "Student One", "2 × Chicken Biryani, 1 × Tomato Soup", 47_000, -31, KeptState::Waiting),
        kept(
            2,
            "Student Two",
            "1 × Spaghetti Carbonara",
            28_000,
            -24,
            KeptState::Refused { code: ErrorCode::SoldOut },
        ),
        kept(3, "Student Three", "1 × Flat White Coffee", 12_000, -190, KeptState::Expired),
    ];
    let diagnostics = [
        ("Version", "1.0.0"),
        ("Webview", "WebKitGTK 2.50.6"),
        ("Server", "https://cafeteria.example"),
        ("Connection", "down since 17:02:11"),
        ("Clock skew", "0.3 s"),
        ("Printer", "tcp 10.0.4.21:9100, ready"),
        ("Card reader", "last card 17:21:40"),
    ];
    let diagnostics: Vec<_> =
        diagnostics.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let full =
        Staff { outbox, sending: false, diagnostics: diagnostics.clone(), printer_test: Some(Slip::Printed) };
    let idle = Staff { outbox: Vec::new(), sending: false, diagnostics, printer_test: None };
    vec![
        ("staff-pin", pin(3, false, None)),
        ("staff-pin-wrong", pin(0, true, None)),
        ("staff-pin-wait", pin(0, true, Some(51))),
        ("staff", Snapshot { online: false, ..screen(Screen::Staff(full)) }),
        ("staff-idle", screen(Screen::Staff(idle))),
        ("touch-test", screen(Screen::TouchTest)),
    ]
}
