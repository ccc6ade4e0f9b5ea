//! Conformance suite of the port of kiosks and cards, as functions that the tests of each adapter call with an empty store.
#![expect(clippy::unwrap_used, reason = "these are the bodies of tests")]

use std::{sync::Arc, time::Duration};

use service_kit::audit::Deed;
use tokio::task::JoinSet;
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    kiosk::{KioskMessage, KioskReport, PrinterState},
};

use super::{Card, CardSet, Heartbeat, KioskChange, KioskStore};
use crate::store::{Change, Changed, NewUser, Rotation, Turn, UserStore};

fn at(seconds: u64) -> Time {
    Time::from_millis(1_700_000_000_000).plus(Duration::from_secs(seconds))
}

fn account(number: u128, username: &str, role: Role) -> NewUser {
    NewUser {
        user_id: UserId(Uuid::from_u128(number)),
        username: username.parse().unwrap(),
        name: format!("Name of {username}"),
        role,
        password_hash: "hash".into(),
        created_at: at(0),
    }
}

fn event() -> Deed {
    Deed { at: at(0), actor: "a".into(), action: "test", subject: "s".into(), detail: "d".into() }
}

fn heartbeat(seconds: u64, outbox: u32) -> Heartbeat {
    Heartbeat {
        at: at(seconds),
        clock_skew_ms: -1_500,
        report: KioskReport {
            version: "0.1.0".into(),
            webview: "WebKitGTK 2.44".into(),
            outbox,
            refused: 1,
            clock: at(seconds),
            started_at: at(0),
            printer: PrinterState::PaperLow,
        },
    }
}

/// Checks that kiosks are created, listed, changed and report, and that revoking ends sessions.
///
/// # Panics
/// The adapter is wrong.
pub async fn kiosks_are_kept<S: KioskStore + UserStore>(store: &S) {
    assert_eq!(store.kiosks(10).await.unwrap(), []);
    let front = account(1, "kiosk-front", Role::Kiosk);
    let (id, nobody) = (front.user_id, UserId(Uuid::from_u128(99)));
    assert!(store.create_kiosk(&front, &event()).await.unwrap());
    assert!(!store.create_kiosk(&account(2, "kiosk-front", Role::Kiosk), &event()).await.unwrap());
    // An account that was made as a user is a kiosk as well; other roles are not.
    assert!(store.create(&account(3, "kiosk-back", Role::Kiosk), &event()).await.unwrap());
    assert!(store.create(&account(4, "rahim", Role::Student), &event()).await.unwrap());
    let names = async |limit| {
        let kiosks = store.kiosks(limit).await.unwrap();
        kiosks.into_iter().map(|kiosk| kiosk.user.username.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(10).await, ["kiosk-back", "kiosk-front"]);
    assert_eq!(names(1).await, ["kiosk-back"]);
    let kiosk = store.kiosk(id).await.unwrap().unwrap();
    assert_eq!((kiosk.open, &kiosk.message, &kiosk.heartbeat), (true, &None, &None));
    assert_eq!(kiosk.user.role, Role::Kiosk);
    for other in [UserId(Uuid::from_u128(4)), nobody] {
        assert_eq!(store.kiosk(other).await.unwrap(), None);
        let close = KioskChange { open: Some(false), ..KioskChange::default() };
        assert_eq!(store.change_kiosk(other, &close, &event()).await.unwrap(), None);
        assert_eq!(store.record_heartbeat(other, &heartbeat(1, 0)).await.unwrap(), None);
    }

    let seen = store.record_heartbeat(id, &heartbeat(10, 2)).await.unwrap().unwrap();
    assert_eq!(seen.heartbeat, Some(heartbeat(10, 2)));
    let seen = store.record_heartbeat(id, &heartbeat(5, 7)).await.unwrap().unwrap();
    assert_eq!(seen.heartbeat, Some(heartbeat(10, 2)), "an earlier one changes nothing");
    assert_eq!(store.kiosk(id).await.unwrap().unwrap(), seen);

    let message = KioskMessage { en: "Iftar at 18:10".into(), bn: "ইফতার ১৮:১০".into() };
    let change = KioskChange {
        name: Some("At the door".into()),
        open: Some(false),
        message: Some(message.clone()),
        ..KioskChange::default()
    };
    let changed = store.change_kiosk(id, &change, &event()).await.unwrap().unwrap();
    assert_eq!((changed.user.name.as_str(), changed.open), ("At the door", false));
    assert_eq!((&changed.message, &changed.heartbeat), (&Some(message), &Some(heartbeat(10, 2))));
    let unchanged = store.change_kiosk(id, &KioskChange::default(), &event()).await.unwrap().unwrap();
    assert_eq!(unchanged, changed);
    let remove = KioskChange { message: Some(KioskMessage::default()), ..KioskChange::default() };
    assert_eq!(store.change_kiosk(id, &remove, &event()).await.unwrap().unwrap().message, None);

    let turn = |token: u8| Turn {
        presented: [token; 32],
        successor: [token + 100; 32],
        now: at(1),
        expires_at: at(99),
        grace: Duration::from_secs(30),
    };
    let revoke = KioskChange { revoked: Some(true), ..KioskChange::default() };
    let replace = KioskChange { secret_hash: Some("other".into()), ..KioskChange::default() };
    for (token, generation, change) in [(1, 0, replace), (2, 1, revoke)] {
        let family = Uuid::from_u128(token.into());
        assert!(store.begin_session(id, generation, family, [token; 32], at(99)).await.unwrap());
        store.change_kiosk(id, &change, &event()).await.unwrap().unwrap();
        assert_eq!(store.rotate(&turn(token)).await.unwrap(), Rotation::Unknown);
        assert!(!store.begin_session(id, generation, family, [token; 32], at(99)).await.unwrap());
    }
    let account = store.by_id(id).await.unwrap().unwrap();
    assert_eq!((account.password_hash.as_str(), account.generation), ("other", 2));
    assert!(store.kiosk(id).await.unwrap().unwrap().user.disabled);
    assert_eq!(store.record_heartbeat(id, &heartbeat(20, 0)).await.unwrap(), None);
    let admit = KioskChange { revoked: Some(false), ..KioskChange::default() };
    let admitted = store.change_kiosk(id, &admit, &event()).await.unwrap().unwrap();
    assert_eq!(admitted.heartbeat, Some(heartbeat(10, 2)), "a refused heartbeat is not kept");
    assert!(store.record_heartbeat(id, &heartbeat(20, 0)).await.unwrap().is_some());

    let promote = Change { role: Some(Role::Staff), ..Change::default() };
    assert!(matches!(store.change(id, &promote, &event()).await.unwrap(), Changed::Done(_)));
    assert_eq!(store.kiosk(id).await.unwrap(), None, "an account with another role is no kiosk");
    assert_eq!(store.record_heartbeat(id, &heartbeat(30, 0)).await.unwrap(), None);
    assert_eq!(names(10).await, ["kiosk-back"]);
}

/// Checks that a student has one card, a card one student, and that nobody else has any.
///
/// # Panics
/// The adapter is wrong.
pub async fn cards_belong_to_one_student<S: KioskStore + UserStore>(store: &S) {
    for (number, name, role) in
        [(1, "rahim", Role::Student), (2, "karim", Role::Student), (3, "cook", Role::Staff)]
    {
        assert!(store.create(&account(number, name, role), &event()).await.unwrap());
    }
    let card = |user: u128, pin: &str| Card {
        user_id: UserId(Uuid::from_u128(user)),
        pin_hash: pin.into(),
        expires_at: (user == 1).then(|| at(50)),
    };
    let set = async |number: u8, card: &Card| store.set_card(&[number; 32], card, &event()).await.unwrap();
    assert_eq!(store.card(&[1; 32]).await.unwrap(), None);
    assert_eq!(set(1, &card(1, "a")).await, CardSet::Done);
    assert_eq!(store.card(&[1; 32]).await.unwrap(), Some(card(1, "a")));
    assert_eq!(set(1, &card(1, "b")).await, CardSet::Done, "the same card with another PIN");
    assert_eq!(set(2, &card(2, "c")).await, CardSet::Done);
    assert_eq!(set(1, &card(2, "d")).await, CardSet::Taken);
    assert_eq!(store.card(&[2; 32]).await.unwrap(), Some(card(2, "c")), "the own card is still there");
    assert_eq!(set(3, &card(1, "e")).await, CardSet::Done);
    assert_eq!(store.card(&[1; 32]).await.unwrap(), None, "the earlier card is gone");
    assert_eq!(set(1, &card(2, "f")).await, CardSet::Done, "and free");
    assert_eq!(set(4, &card(3, "g")).await, CardSet::NotStudent);
    assert_eq!(set(4, &card(9, "g")).await, CardSet::NoSuchUser);
    assert_eq!(store.card(&[4; 32]).await.unwrap(), None);
}

/// Checks that of students who get one card at once, one does, and that swaps do not block each other.
///
/// # Panics
/// The adapter is wrong.
pub async fn a_card_is_given_once<S: KioskStore + UserStore>(one: Arc<S>, other: Arc<S>) {
    for number in 0..4 {
        let student = account(number, &format!("student-{number}"), Role::Student);
        assert!(one.create(&student, &event()).await.unwrap());
    }
    for round in 0..10_u8 {
        let mut tasks = JoinSet::new();
        for number in 0..4 {
            let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
            tasks.spawn(async move {
                let user_id = UserId(Uuid::from_u128(number));
                let card = Card { user_id, pin_hash: "a".into(), expires_at: None };
                store.set_card(&[round; 32], &card, &event()).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        let done = outcomes.iter().filter(|outcome| **outcome == CardSet::Done).count();
        assert_eq!(done, 1, "round {round}: {outcomes:?}");
    }
}
