//! Rules of the machine, and its properties under any sequence of inputs.

use app::kiosk::{Key, Screen};
use proptest::prelude::*;
use wire::{
    ItemId, OrderId, Role, UserId,
    identity::SessionUser,
    kiosk::KioskSignIn,
    problem::ItemLeft,
    stock::{Category, StockItem},
};

use super::*;

const IDLE_TIMEOUT: Duration = Duration::from_secs(45);
const COUNTDOWN_PERIOD: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    Settings {
        kiosk: "Kiosk 1".to_owned(),
        language: Language::English,
        theme: app::kiosk::Theme::Light,
        idle_timeout: IDLE_TIMEOUT,
        countdown_period: COUNTDOWN_PERIOD,
        has_printer: true,
        tracker_base: "https://cafeteria.example/orders/".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

fn dish(id: &str, quantity: u32) -> StockItem {
    StockItem {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        category: Category::Mains,
        price_poisha: 22_000,
        picture: "burger".to_owned(),
        available: true,
        quantity,
        version: 1,
        revision: 1,
    }
}

fn menu() -> Arc<Menu> {
    let mut menu = Menu::default();
    let epoch = menu.epoch();
    menu.snapshot(epoch, vec![dish("burger", 9), dish("fries", 1)]);
    Arc::new(menu)
}

fn session() -> KioskSession {
    KioskSession {
        token: Secret("token-of-rahim".to_owned()),
        expires_at: Time::from_millis(i64::MAX / 2),
        user: SessionUser {
            user_id: UserId(uuid::Uuid::from_u128(77)),
            username: "rahim.77".parse().unwrap(),
            name: "Rahim Uddin".to_owned(),
            role: Role::Student,
        },
    }
}

/// Machine with its clock.
struct Kiosk {
    machine: Machine,
    now: Time,
}

impl Kiosk {
    fn new() -> Self {
        let now = Time::from_millis(1_000_000);
        let mut kiosk = Self { machine: Machine::new(settings(), now), now };
        kiosk.hears(Input::Menu(menu(), None));
        kiosk.hears(Input::Online(true));
        kiosk
    }

    fn hears(&mut self, input: Input) -> Vec<Effect> {
        self.machine.handle(input, self.now)
    }

    fn does(&mut self, action: Action) -> Vec<Effect> {
        self.hears(Input::Action(action))
    }

    fn waits(&mut self, period: Duration) -> Vec<Effect> {
        self.now = self.now.plus(period);
        self.hears(Input::Tick)
    }

    fn types(&mut self, text: &str) {
        for character in text.chars() {
            self.does(Action::Press { key: Key::Character { character } });
        }
    }

    fn screen(&self) -> Screen {
        self.machine.snapshot().screen
    }

    /// Signs in with a password; returns the attempt.
    fn asks_to_sign_in(&mut self) -> u64 {
        self.does(Action::Begin);
        self.types("rahim.77");
        self.does(Action::Confirm);
        self.types("password123");
        let effects = self.does(Action::Confirm);
        let [Effect::SignIn { attempt, sign_in }] = &effects[..] else { panic!("{effects:?}") };
        let expected = KioskSignIn::Password {
            username: "rahim.77".to_owned(),
            password: Secret("password123".to_owned()),
        };
        assert_eq!(*sign_in, expected);
        *attempt
    }

    fn signs_in(&mut self) {
        let attempt = self.asks_to_sign_in();
        self.hears(Input::SignedIn { attempt, result: Ok(session()) });
        assert_eq!(self.screen(), Screen::Menu);
    }

    fn puts(&mut self, item: &str, quantity: u8) {
        self.does(Action::Put { item_id: item.parse().unwrap(), quantity });
    }

    /// Orders two burgers; returns the order's key.
    fn places(&mut self) -> OrderId {
        self.puts("burger", 2);
        self.does(Action::ShowBasket);
        let effects = self.does(Action::Place);
        let [Effect::Place(order)] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(order.slip.total_poisha, 44_000);
        assert_eq!(order.slip.tracker_url, format!("https://cafeteria.example/orders/{}", order.order_id));
        order.order_id.clone()
    }

    fn is_wiped(&self) {
        assert!(self.machine.is_idle(), "{:?}", self.screen());
        let everything = format!("{:?}", self.machine);
        for secret in ["rahim", "Rahim", "password123", "card-4711", &session().user.user_id.to_string()] {
            assert!(!everything.contains(secret), "{secret} in {everything}");
        }
        assert!(self.machine.basket.is_empty());
    }
}

fn placed(screen: Screen) -> app::kiosk::Placed {
    match screen {
        Screen::Placed(placed) => placed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_student_orders_and_everything_is_wiped() {
    let mut kiosk = Kiosk::new();
    assert_eq!(kiosk.screen(), Screen::Attract);
    kiosk.signs_in();
    let order_id = kiosk.places();
    assert_eq!(kiosk.screen(), Screen::Placing);
    kiosk.hears(Input::Kept { order_id: order_id.clone(), kept: true });
    let effects = kiosk.hears(Input::Outcome { order_id: order_id.clone(), outcome: Outcome::Accepted });
    assert!(matches!(&effects[..], [Effect::Follow { order_id: id, .. }] if *id == order_id), "{effects:?}");
    assert_eq!(placed(kiosk.screen()).slip, Slip::Printing);
    let effects =
        kiosk.hears(Input::Progress { order_id: order_id.clone(), progress: Progress::Numbered(107) });
    assert!(
        matches!(&effects[..], [Effect::Print(slip)] if slip.number == Some(107)),
        "the slip is printed with its number: {effects:?}"
    );
    kiosk.hears(Input::Printed { order_id, printed: true });
    let shown = placed(kiosk.screen());
    assert_eq!((shown.state, shown.slip), (PlacedState::Numbered { number: 107 }, Slip::Printed));
    kiosk.does(Action::Finish);
    assert_eq!(kiosk.screen(), Screen::Thanks);
    assert_eq!(kiosk.waits(THANKS_PERIOD), [Effect::Wipe]);
    kiosk.is_wiped();
}

#[test]
fn an_order_without_network_is_kept_and_no_slip_is_printed() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    let order_id = kiosk.places();
    kiosk.hears(Input::Kept { order_id: order_id.clone(), kept: true });
    let effects = kiosk.hears(Input::Outcome { order_id: order_id.clone(), outcome: Outcome::Kept });
    assert_eq!(effects, []);
    let shown = placed(kiosk.screen());
    assert_eq!((shown.state, shown.slip), (PlacedState::Kept, Slip::None));
    // The network returns while the student still stands here.
    let effects = kiosk.hears(Input::Outcome { order_id, outcome: Outcome::Accepted });
    assert!(matches!(&effects[..], [Effect::Follow { .. }]));
    assert_eq!(placed(kiosk.screen()).slip, Slip::Printing);
}

#[test]
fn a_number_that_does_not_come_is_not_waited_for_for_ever() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    let order_id = kiosk.places();
    kiosk.hears(Input::Outcome { order_id, outcome: Outcome::Accepted });
    let effects = kiosk.waits(NUMBER_TIMEOUT);
    assert!(matches!(&effects[..], [Effect::Print(slip)] if slip.number.is_none()), "{effects:?}");
    assert_eq!(kiosk.waits(Duration::from_secs(1)), [], "once");
}

#[test]
fn a_refused_order_leaves_the_basket_with_its_reason() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    let order_id = kiosk.places();
    kiosk.hears(Input::Kept { order_id: order_id.clone(), kept: true });
    let burger: ItemId = "burger".parse().unwrap();
    let items = vec![ItemLeft { item_id: burger.clone(), left: 1 }];
    let outcome = Outcome::Refused { code: ErrorCode::InsufficientStock, items };
    kiosk.hears(Input::Outcome { order_id: order_id.clone(), outcome });
    let shown = kiosk.machine.snapshot();
    assert_eq!(shown.screen, Screen::Basket);
    assert_eq!(shown.refusal.unwrap().code, ErrorCode::InsufficientStock);
    assert_eq!((shown.basket[0].quantity, shown.basket[0].left, shown.total_poisha), (2, 1, 22_000));
    kiosk.does(Action::Fit);
    assert_eq!(kiosk.machine.basket.quantity(&burger), 1);
    let effects = kiosk.does(Action::Place);
    assert!(matches!(&effects[..], [Effect::Place(order)] if order.order_id == order_id), "the same key");
}

#[test]
fn an_order_that_cannot_be_kept_is_refused() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    let order_id = kiosk.places();
    kiosk.hears(Input::Kept { order_id, kept: false });
    assert_eq!(kiosk.screen(), Screen::Basket);
    assert_eq!(kiosk.machine.snapshot().refusal.unwrap().code, ErrorCode::Internal);
}

#[test]
fn the_countdown_is_cancelled_by_any_touch() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    kiosk.waits(IDLE_TIMEOUT - Duration::from_millis(1));
    assert_eq!(kiosk.machine.snapshot().countdown, None);
    kiosk.waits(Duration::from_millis(1));
    assert_eq!(kiosk.machine.snapshot().countdown, Some(20));
    kiosk.waits(COUNTDOWN_PERIOD - Duration::from_millis(1));
    assert_eq!(kiosk.machine.snapshot().countdown, Some(1));
    kiosk.does(Action::Touch);
    assert_eq!(kiosk.machine.snapshot().countdown, None);
    assert_eq!(kiosk.screen(), Screen::Menu);
    assert_eq!(kiosk.waits(IDLE_TIMEOUT + COUNTDOWN_PERIOD), [Effect::Wipe]);
    kiosk.is_wiped();
}

#[test]
fn there_is_no_countdown_during_a_submit() {
    let mut kiosk = Kiosk::new();
    kiosk.signs_in();
    kiosk.waits(IDLE_TIMEOUT + Duration::from_secs(19));
    kiosk.puts("burger", 2);
    kiosk.does(Action::ShowBasket);
    kiosk.does(Action::Place);
    kiosk.waits(PLACING_TIMEOUT - Duration::from_millis(1));
    assert_eq!((kiosk.screen(), kiosk.machine.snapshot().countdown), (Screen::Placing, None));
}

#[test]
fn a_result_for_somebody_who_left_is_dropped() {
    let mut kiosk = Kiosk::new();
    let attempt = kiosk.asks_to_sign_in();
    kiosk.does(Action::Leave);
    kiosk.does(Action::Begin);
    kiosk.hears(Input::SignedIn { attempt, result: Ok(session()) });
    assert!(matches!(kiosk.screen(), Screen::SignIn(_)));
    kiosk.does(Action::Leave);
    kiosk.is_wiped();
}

#[test]
fn a_card_identifies_and_its_pin_authorises() {
    let mut kiosk = Kiosk::new();
    let effects = kiosk.hears(Input::Card(Secret("card-4711".to_owned())));
    let [Effect::CheckCard { attempt, .. }] = effects[..] else { panic!("{effects:?}") };
    kiosk.hears(Input::CardChecked { attempt, result: Ok(()) });
    let Screen::SignIn(shown) = kiosk.screen() else { panic!() };
    assert_eq!((shown.field, shown.busy), (Field::Pin, false));
    kiosk.types("12x34");
    let effects = kiosk.does(Action::Confirm);
    let [Effect::SignIn { attempt, sign_in: KioskSignIn::Card { pin, .. } }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(pin.0, "1234");
    kiosk.hears(Input::SignedIn { attempt: *attempt, result: Ok(session()) });
    assert_eq!(kiosk.screen(), Screen::Menu);
}

#[test]
fn an_unknown_card_and_an_expired_one_have_their_own_errors() {
    for error in [SignInError::UnknownCard, SignInError::CardExpired] {
        let mut kiosk = Kiosk::new();
        let effects = kiosk.hears(Input::Card(Secret("card-4711".to_owned())));
        let [Effect::CheckCard { attempt, .. }] = effects[..] else { panic!("{effects:?}") };
        let result = Err(SignInFailure::Refused(error.clone()));
        kiosk.hears(Input::CardChecked { attempt, result });
        let Screen::SignIn(shown) = kiosk.screen() else { panic!() };
        assert_eq!((shown.field, shown.error), (Field::Username, Some(error)));
    }
}

#[test]
fn too_many_tries_are_counted_down() {
    let mut kiosk = Kiosk::new();
    let attempt = kiosk.asks_to_sign_in();
    let error = SignInError::TooManyTries { retry_in: 40 };
    kiosk.hears(Input::SignedIn { attempt, result: Err(SignInFailure::Refused(error)) });
    kiosk.waits(Duration::from_secs(10));
    let Screen::SignIn(shown) = kiosk.screen() else { panic!() };
    assert_eq!(shown.error, Some(SignInError::TooManyTries { retry_in: 30 }));
    kiosk.types("password123");
    assert_eq!(kiosk.does(Action::Confirm), [], "not before the time");
    kiosk.waits(Duration::from_secs(30));
    assert!(matches!(&kiosk.does(Action::Confirm)[..], [Effect::SignIn { .. }]));
}

#[test]
fn five_wrong_pins_lock_the_staff_screen_for_a_minute() {
    let mut kiosk = Kiosk::new();
    kiosk.does(Action::OpenStaff);
    for n in 1..=MAX_PIN_TRIES {
        kiosk.types("0000");
        let effects = kiosk.does(Action::Confirm);
        let [Effect::CheckPin { attempt, .. }] = effects[..] else { panic!("try {n}: {effects:?}") };
        kiosk.hears(Input::PinChecked { attempt, right: false });
    }
    let locked = |kiosk: &Kiosk| match kiosk.screen() {
        Screen::StaffPin(entry) => entry.retry_in,
        other => panic!("{other:?}"),
    };
    assert_eq!(locked(&kiosk), Some(60));
    kiosk.types("1234");
    assert_eq!(kiosk.does(Action::Confirm), []);
    // Leaving and coming back is no way round.
    kiosk.does(Action::Leave);
    kiosk.does(Action::OpenStaff);
    assert_eq!(locked(&kiosk), Some(60));
    kiosk.waits(Duration::from_secs(30));
    kiosk.does(Action::Touch);
    kiosk.waits(Duration::from_secs(30));
    assert_eq!(locked(&kiosk), None);
    kiosk.types("1234");
    let effects = kiosk.does(Action::Confirm);
    let [Effect::CheckPin { attempt, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(kiosk.hears(Input::PinChecked { attempt, right: true }), [Effect::ListOutbox]);
    assert!(matches!(kiosk.screen(), Screen::Staff(_)));
}

#[test]
fn staff_commands_need_the_pin() {
    let kept: OrderId = "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
    let clear = Action::ClearKept { order_id: kept, reason: "Student left".to_owned() };
    for action in [Action::Exit, Action::SendOutbox, Action::TestPrinter, clear] {
        let mut kiosk = Kiosk::new();
        assert_eq!(kiosk.does(action.clone()), []);
        kiosk.signs_in();
        assert_eq!(kiosk.does(action.clone()), []);
        kiosk.does(Action::OpenStaff);
        assert_eq!(kiosk.screen(), Screen::Menu, "not while a student is signed in");
        kiosk.does(Action::Leave);
        kiosk.does(Action::OpenStaff);
        assert_eq!(kiosk.does(action), []);
    }
}

#[test]
fn a_closed_kiosk_lets_the_student_finish() {
    let mut kiosk = Kiosk::new();
    let instruction = |open, minimum: &str| {
        Input::Instruction(KioskInstruction {
            name: "North".to_owned(),
            open,
            message: None,
            minimum_version: minimum.to_owned(),
            clock: Time::from_millis(0),
        })
    };
    kiosk.signs_in();
    kiosk.hears(instruction(false, "0.1.0"));
    assert_eq!(kiosk.screen(), Screen::Menu);
    kiosk.does(Action::Leave);
    assert_eq!(kiosk.screen(), Screen::Closed);
    kiosk.does(Action::Begin);
    assert_eq!(kiosk.screen(), Screen::Closed);
    kiosk.hears(Input::Card(Secret("card-4711".to_owned())));
    assert_eq!(kiosk.screen(), Screen::Closed);
    kiosk.hears(instruction(true, "0.10.0"));
    let trouble = Trouble::TooOld { version: "0.1.0".to_owned(), minimum: "0.10.0".to_owned() };
    assert_eq!(kiosk.screen(), Screen::OutOfOrder { trouble });
    kiosk.does(Action::OpenStaff);
    assert!(matches!(kiosk.screen(), Screen::StaffPin(_)), "staff get in all the same");
    kiosk.does(Action::Back);
    kiosk.hears(instruction(true, "0.1.0"));
    assert_eq!(kiosk.screen(), Screen::Attract);
}

fn actions() -> impl Strategy<Value = Action> {
    let key = prop_oneof![
        any::<char>().prop_map(|character| Key::Character { character }),
        Just(Key::Backspace),
        Just(Key::Clear)
    ];
    let item = prop_oneof![Just("burger"), Just("fries"), Just("unknown")];
    prop_oneof![
        Just(Action::Touch),
        Just(Action::ChooseLanguage { language: Language::Bangla }),
        Just(Action::Begin),
        Just(Action::Focus { field: Field::Password }),
        key.prop_map(|key| Action::Press { key }),
        Just(Action::Confirm),
        Just(Action::Back),
        (item, 0_u8..=30)
            .prop_map(|(item, quantity)| Action::Put { item_id: item.parse().unwrap(), quantity }),
        Just(Action::ShowBasket),
        Just(Action::Fit),
        Just(Action::Place),
        Just(Action::PrintAgain),
        Just(Action::Finish),
        Just(Action::Leave),
        Just(Action::OpenStaff),
        Just(Action::TestPrinter),
        Just(Action::TestTouch),
        Just(Action::SendOutbox),
    ]
}

/// Step of a run: an action, or an answer to the last effect, right or wrong, in time or late.
#[derive(Debug, Clone)]
enum Step {
    Act(Action),
    Answer(u8),
    Stale(u8),
    Network(bool),
    Open(bool),
    Revoked(bool),
    Card,
    Clock(i64),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => actions().prop_map(Step::Act),
        6 => any::<u8>().prop_map(Step::Answer),
        1 => any::<u8>().prop_map(Step::Stale),
        1 => any::<bool>().prop_map(Step::Network),
        1 => any::<bool>().prop_map(Step::Open),
        1 => any::<bool>().prop_map(Step::Revoked),
        1 => Just(Step::Card),
        4 => (-90_000_i64..90_000).prop_map(Step::Clock),
    ]
}

/// Answer to an effect.
fn answer(effect: &Effect, choice: u8) -> Option<Input> {
    let good = choice.is_multiple_of(2);
    Some(match effect {
        Effect::SignIn { attempt, .. } => Input::SignedIn {
            attempt: *attempt,
            result: match choice % 4 {
                0 | 1 => Ok(session()),
                2 => Err(SignInFailure::NotKnownOffline),
                _ => Err(SignInFailure::Refused(SignInError::TooManyTries { retry_in: 50 })),
            },
        },
        Effect::CheckCard { attempt, .. } => Input::CardChecked {
            attempt: *attempt,
            result: if good { Ok(()) } else { Err(SignInFailure::Refused(SignInError::UnknownCard)) },
        },
        Effect::Place(order) if choice.is_multiple_of(3) => {
            Input::Kept { order_id: order.order_id.clone(), kept: good }
        }
        Effect::Place(order) => Input::Outcome {
            order_id: order.order_id.clone(),
            outcome: match choice % 4 {
                0 | 1 => Outcome::Accepted,
                2 => Outcome::Kept,
                _ => Outcome::Refused { code: ErrorCode::KeyReused, items: Vec::new() },
            },
        },
        Effect::Follow { order_id, .. } => Input::Progress {
            order_id: order_id.clone(),
            progress: if good { Progress::Numbered(7) } else { Progress::Failed },
        },
        Effect::Print(slip) => Input::Printed { order_id: slip.order_id.clone(), printed: good },
        Effect::CheckPin { attempt, .. } => Input::PinChecked { attempt: *attempt, right: good },
        Effect::TestPrinter => Input::PrinterTested(good),
        Effect::ListOutbox | Effect::SendOutbox | Effect::ClearKept { .. } | Effect::Wipe | Effect::Exit => {
            return None;
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn from_every_state_the_attract_screen_follows_and_nothing_of_a_student_is_left(
        steps in proptest::collection::vec(steps(), 0..120)
    ) {
        let mut kiosk = Kiosk::new();
        let mut open: Vec<Effect> = Vec::new();
        let mut begun_sessions = 0;
        for step in steps {
            let effects = match step {
                Step::Act(action) => kiosk.does(action),
                Step::Answer(choice) => match open.last().and_then(|effect| answer(effect, choice)) {
                    Some(input) => kiosk.hears(input),
                    None => kiosk.waits(Duration::from_secs(1)),
                },
                Step::Stale(choice) => match open.first().and_then(|effect| answer(effect, choice)) {
                    Some(input) => kiosk.hears(input),
                    None => Vec::new(),
                },
                Step::Network(online) => kiosk.hears(Input::Online(online)),
                Step::Open(open) => kiosk.hears(Input::Instruction(KioskInstruction {
                    name: "North".to_owned(), open, message: None,
                    minimum_version: "0.1.0".to_owned(), clock: Time::from_millis(0),
                })),
                Step::Revoked(revoked) => kiosk.hears(Input::Trouble(revoked.then_some(Trouble::Revoked))),
                Step::Card => kiosk.hears(Input::Card(Secret("card-4711".to_owned()))),
                Step::Clock(by) => {
                    kiosk.now = Time::from_millis(kiosk.now.as_millis() + by);
                    kiosk.hears(Input::Tick)
                }
            };
            if matches!(kiosk.screen(), Screen::Menu) { begun_sessions += 1; }
            if kiosk.machine.is_idle() { kiosk.is_wiped(); }
            open.extend(effects.into_iter().filter(|effect| answer(effect, 0).is_some()));
        }
        prop_assume!(begun_sessions < 1_000);
        // Nobody touches it any more, and nothing is answered.
        let longest = PLACING_TIMEOUT + IDLE_TIMEOUT + COUNTDOWN_PERIOD + THANKS_PERIOD;
        let mut waited = Duration::ZERO;
        while waited < longest {
            kiosk.waits(Duration::from_millis(250));
            waited += Duration::from_millis(250);
        }
        kiosk.is_wiped();
        // What was begun for an earlier person changes nothing any more.
        for choice in 0..8 {
            for effect in &open {
                if let Some(input) = answer(effect, choice) { kiosk.hears(input); }
                kiosk.is_wiped();
            }
        }
    }
}
