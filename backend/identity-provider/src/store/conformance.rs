//! What every adapter of the user store must show, as functions that its tests call, each with an empty store.
#![expect(clippy::unwrap_used, reason = "these are the bodies of tests")]

use std::{sync::Arc, time::Duration};

use service_kit::audit::Deed;
use tokio::task::JoinSet;
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    identity::{ImportLine, ImportState},
};

use super::{Change, Changed, IMPORT_SILENCE, NewUser, Rotation, SealedKey, Turn, UserStore};

const HOUR: Duration = Duration::from_secs(3_600);
const GRACE: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Time {
    Time::from_millis(1_700_000_000_000).plus(Duration::from_secs(seconds))
}

fn new_user(number: u128, username: &str, role: Role) -> NewUser {
    NewUser {
        user_id: UserId(Uuid::from_u128(number)),
        username: username.parse().unwrap(),
        name: format!("Name of {username}"),
        role,
        password_hash: format!("hash of {username}"),
        created_at: at(0),
    }
}

fn deed() -> Deed {
    Deed { at: at(0), actor: "a".into(), action: "test", subject: "s".into(), detail: "d".into() }
}

async fn add(store: &dyn UserStore, number: u128, username: &str, role: Role) -> UserId {
    let user = new_user(number, username, role);
    assert!(store.create(&user, &deed()).await.unwrap());
    user.user_id
}

/// Users are found, listed and changed; a user name belongs to one.
///
/// # Panics
/// The adapter is wrong.
pub async fn users_are_kept(store: &dyn UserStore) {
    assert!(!store.has_admin().await.unwrap());
    let admin = add(store, 1, "admin", Role::Admin).await;
    assert!(store.has_admin().await.unwrap());
    for (number, name) in [(2, "b_b"), (3, "bob"), (4, "Bea"), (5, "zed")] {
        add(store, number, name, Role::Student).await;
    }
    assert!(!store.create(&new_user(9, "bob", Role::Staff), &deed()).await.unwrap(), "the name is in use");
    let bob = store.by_username(&"bob".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((bob.user.role, bob.generation), (Role::Student, 0));
    assert_eq!(store.by_id(bob.user.user_id).await.unwrap().unwrap(), bob);
    assert_eq!(store.by_username(&"BOB".parse().unwrap()).await.unwrap(), None, "compared exactly");

    let page = async |limit, after: Option<&str>, prefix| {
        let after = after.map(|after| after.parse().unwrap());
        let users = store.page(limit, after.as_ref(), prefix).await.unwrap();
        users.into_iter().map(|user| user.username.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(3, None, "").await, ["Bea", "admin", "b_b"]);
    assert_eq!(page(3, Some("b_b"), "").await, ["bob", "zed"]);
    assert_eq!(page(9, None, "b").await, ["Bea", "b_b", "bob"], "letters of either case");
    assert_eq!(page(9, None, "b_").await, ["b_b"], "no wildcard");
    assert_eq!(page(9, None, "%").await, Vec::<String>::new());
    assert_eq!(page(9, None, "name of z").await, ["zed"]);

    let change = |id, change| async move { store.change(id, &change, &deed()).await.unwrap() };
    let rename = Change { name: Some("Bobby".into()), role: Some(Role::Staff), ..Change::default() };
    let Changed::Done(bobby) = change(bob.user.user_id, rename).await else { unreachable!("bob is there") };
    assert_eq!((bobby.name.as_str(), bobby.role, bobby.disabled), ("Bobby", Role::Staff, false));
    assert_eq!(change(UserId(Uuid::from_u128(77)), Change::default()).await, Changed::NoSuchUser);
    let stale = Change { only_generation: Some(7), ..Change::default() };
    assert_eq!(change(bob.user.user_id, stale).await, Changed::NoSuchUser);

    let disable = Change { disabled: Some(true), ..Change::default() };
    assert_eq!(change(admin, disable.clone()).await, Changed::LastAdmin);
    let demote = Change { role: Some(Role::Staff), ..Change::default() };
    assert_eq!(change(admin, demote).await, Changed::LastAdmin);
    assert!(!store.by_id(admin).await.unwrap().unwrap().user.disabled, "nothing has changed");
    add(store, 6, "other-admin", Role::Admin).await;
    assert!(matches!(change(admin, disable).await, Changed::Done(_)));
}

/// Refresh tokens rotate; a repeat gets the same, a reuse ends the family, and so does what ends all sessions.
///
/// # Panics
/// The adapter is wrong.
pub async fn sessions_rotate_and_end(store: &dyn UserStore) {
    let user = add(store, 1, "rahim", Role::Student).await;
    let begin = async |generation, token: u8| {
        let family = Uuid::from_u128(token.into());
        store.begin_session(user, generation, family, [token; 32], at(0).plus(HOUR)).await.unwrap()
    };
    let rotate = async |from: u8, to: u8, now: Time| {
        let turn = Turn {
            presented: [from; 32],
            successor: [to; 32],
            now,
            expires_at: now.plus(HOUR),
            grace: GRACE,
        };
        match store.rotate(&turn).await.unwrap() {
            Rotation::Done(found) => {
                assert_eq!(found.user_id, user);
                "done"
            }
            Rotation::Unknown => "unknown",
            Rotation::Reused => "reused",
        }
    };
    assert!(begin(0, 1).await);
    assert_eq!(rotate(99, 98, at(0)).await, "unknown");
    assert_eq!(rotate(1, 2, at(10)).await, "done");
    assert_eq!(rotate(1, 2, at(40)).await, "done", "a repeat within the grace");
    assert_eq!(rotate(2, 3, at(40)).await, "done");
    assert!(begin(0, 11).await);
    assert_eq!(rotate(11, 12, at(41)).await, "done");
    assert_eq!(rotate(1, 2, at(40)).await, "reused", "within the grace, but not the last one rotated");
    for dead in [1, 2, 3] {
        assert_eq!(rotate(dead, dead + 100, at(41)).await, "unknown", "the family was revoked");
    }
    assert_eq!(rotate(12, 13, at(42)).await, "done", "another family is not touched");
    assert_eq!(rotate(12, 13, at(73)).await, "reused", "a repeat after the grace");

    assert!(begin(0, 21).await);
    assert_eq!(rotate(21, 22, at(0).plus(HOUR)).await, "unknown", "it has ended");
    assert!(begin(0, 31).await);
    assert_eq!(rotate(31, 32, at(0)).await, "done");
    store.end_session([31; 32]).await.unwrap();
    assert_eq!(rotate(32, 33, at(0)).await, "unknown", "signed out with an older token of the family");
    store.end_session([77; 32]).await.unwrap();

    assert!(begin(0, 41).await);
    store.replace_hash(user, "another", "new").await.unwrap();
    assert_eq!(store.by_id(user).await.unwrap().unwrap().password_hash, "hash of rahim");
    store.replace_hash(user, "hash of rahim", "better").await.unwrap();
    assert_eq!(store.by_id(user).await.unwrap().unwrap().password_hash, "better");
    assert_eq!(rotate(41, 42, at(0)).await, "done", "a better hash of the same password ends nothing");
    let password = Change { password_hash: Some("other".into()), ..Change::default() };
    store.change(user, &password, &deed()).await.unwrap();
    assert_eq!(rotate(42, 43, at(0)).await, "unknown");
    assert!(!begin(0, 51).await, "the login had begun before the password changed");
    assert!(begin(1, 52).await);
    let disable = Change { disabled: Some(true), ..Change::default() };
    store.change(user, &disable, &deed()).await.unwrap();
    assert_eq!(rotate(52, 53, at(0)).await, "unknown");
    assert!(!begin(2, 61).await, "disabled");
}

fn key(kid: &str, seconds: u64) -> SealedKey {
    SealedKey {
        kid: kid.to_owned(),
        nonce: [1; 12],
        sealed: [2; 48],
        created_at: at(0),
        active_from: at(seconds),
    }
}

/// A signing key follows the newest, also when that is another replica's.
///
/// # Panics
/// An adapter is wrong.
pub async fn signing_keys_are_made_once(store: &dyn UserStore, replica: &dyn UserStore) {
    assert_eq!(store.signing_keys().await.unwrap(), []);
    assert!(store.add_signing_key(&key("a", 5), None).await.unwrap());
    assert!(!replica.add_signing_key(&key("b", 6), None).await.unwrap());
    assert!(replica.add_signing_key(&key("c", 7), Some("a")).await.unwrap());
    assert!(!store.add_signing_key(&key("d", 8), Some("a")).await.unwrap());
    assert_eq!(store.signing_keys().await.unwrap(), [key("a", 5), key("c", 7)]);
    store.remove_signing_key("a").await.unwrap();
    assert_eq!(replica.signing_keys().await.unwrap(), [key("c", 7)]);
}

/// Imports make users that are not there yet, report each line, and are known after a restart.
///
/// # Panics
/// The adapter is wrong.
pub async fn imports_are_reported(store: &dyn UserStore) {
    let job = Uuid::from_u128(100);
    add(store, 1, "there", Role::Student).await;
    assert_eq!(store.import_job(job, at(0)).await.unwrap(), None);
    let refused = ImportLine { line: 3, username: "bad".into(), ok: false, message: Some("is bad".into()) };
    store.begin_import(job, 4, std::slice::from_ref(&refused), &deed()).await.unwrap();
    let begun = store.import_job(job, at(1)).await.unwrap().unwrap();
    assert_eq!((begun.state, begun.total, begun.done, begun.failed), (ImportState::Running, 4, 1, 1));
    let users = [
        (2, new_user(2, "new", Role::Staff)),
        (4, new_user(3, "there", Role::Staff)),
        (5, new_user(4, "also-new", Role::Kiosk)),
    ];
    store.import(job, &users, at(20)).await.unwrap();
    store.import(job, &users, at(25)).await.unwrap();
    store.import(job, &[], at(30)).await.unwrap();
    let done = store.import_job(job, at(30)).await.unwrap().unwrap();
    assert_eq!((done.done, done.created, done.failed), (4, 2, 2));
    let lines: Vec<_> =
        done.report.iter().map(|line| (line.line, line.ok, line.message.as_deref())).collect();
    let already = Some("already there");
    assert_eq!(lines, [(2, true, None), (3, false, Some("is bad")), (4, false, already), (5, true, None)]);
    let there = store.by_username(&"there".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(there.user.role, Role::Student, "not overwritten");
    let new = store.by_username(&"new".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((new.user.role, new.password_hash.as_str()), (Role::Staff, "hash of new"));

    let state = async |now: Time| store.import_job(job, now).await.unwrap().map(|job| job.state);
    assert_eq!(state(at(30).plus(IMPORT_SILENCE)).await, Some(ImportState::Running));
    let silent = at(31).plus(IMPORT_SILENCE);
    assert_eq!(state(silent).await, Some(ImportState::Interrupted), "its worker is gone");
    store.end_import(job, ImportState::Done, &deed()).await.unwrap();
    assert_eq!(state(silent).await, Some(ImportState::Done));

    while store.sweep(at(0), at(0)).await.unwrap() {}
    assert_eq!(state(silent).await, Some(ImportState::Done), "not old enough");
    while store.sweep(at(0), at(1)).await.unwrap() {}
    assert_eq!(state(silent).await, None);
}

/// Tokens that have ended are swept out, and only those.
///
/// # Panics
/// The adapter is wrong.
pub async fn ended_tokens_are_swept(store: &dyn UserStore) {
    let user = add(store, 1, "rahim", Role::Student).await;
    for (token, seconds) in [(1, 10), (2, 20)] {
        let family = Uuid::from_u128(token.into());
        assert!(store.begin_session(user, 0, family, [token; 32], at(seconds)).await.unwrap());
    }
    assert!(store.sweep(at(10), at(0)).await.unwrap());
    assert!(!store.sweep(at(10), at(0)).await.unwrap());
    let rotate = async |token: u8| {
        let turn = Turn {
            presented: [token; 32],
            successor: [99; 32],
            now: at(5),
            expires_at: at(99),
            grace: GRACE,
        };
        matches!(store.rotate(&turn).await.unwrap(), Rotation::Done(_))
    };
    assert!(!rotate(1).await);
    assert!(rotate(2).await);
}

/// Two replicas, of which each does what the other does at the same time.
#[derive(Clone)]
struct Pair(Arc<dyn UserStore>, Arc<dyn UserStore>);

impl Pair {
    /// What became of `work`, done so many times at once, in turn by one and the other.
    async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        times: u8,
        work: impl Fn(Arc<dyn UserStore>, u8) -> F,
    ) -> Vec<T> {
        let mut all = JoinSet::new();
        for number in 0..times {
            let store = if number % 2 == 0 { &self.0 } else { &self.1 };
            all.spawn(work(Arc::clone(store), number));
        }
        all.join_all().await
    }
}

/// What the port says of replicas that meet, again and again.
///
/// # Panics
/// An adapter is wrong.
pub async fn replicas_agree(one: Arc<dyn UserStore>, other: Arc<dyn UserStore>) {
    let pair = Pair(one, other);
    one_makes_the_first_key(&pair).await;
    one_takes_a_name(&pair).await;
    one_rotates(&pair).await;
    an_admin_is_left(&pair).await;
    no_session_outlives_its_end(&pair).await;
    imports_do_not_block_each_other(&pair).await;
}

async fn one_makes_the_first_key(pair: &Pair) {
    let made = pair
        .at_once(20, |store, number| async move {
            store.add_signing_key(&key(&format!("k{number}"), number.into()), None).await.unwrap()
        })
        .await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(pair.1.signing_keys().await.unwrap().len(), 1);
}

async fn one_takes_a_name(pair: &Pair) {
    let made = pair
        .at_once(20, |store, number| async move {
            store.create(&new_user(number.into(), "wanted", Role::Student), &deed()).await.unwrap()
        })
        .await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
}

async fn one_rotates(pair: &Pair) {
    let user = add(&*pair.0, 100, "kiosk", Role::Kiosk).await;
    assert!(pair.0.begin_session(user, 0, Uuid::from_u128(1), [0; 32], at(99)).await.unwrap());
    for round in 0..20 {
        let turn = Turn {
            presented: [round; 32],
            successor: [round + 1; 32],
            now: at(1),
            expires_at: at(99),
            grace: GRACE,
        };
        let rotated = pair.at_once(4, |store, _| async move { store.rotate(&turn).await.unwrap() }).await;
        assert!(rotated.iter().all(|it| matches!(it, Rotation::Done(_))), "round {round}: {rotated:?}");
    }
}

async fn an_admin_is_left(pair: &Pair) {
    let admins = [1_000, 1_001].map(|number| UserId(Uuid::from_u128(number)));
    for (number, name) in [(1_000, "first-admin"), (1_001, "second-admin")] {
        add(&*pair.0, number, name, Role::Admin).await;
    }
    for round in 0..20 {
        let changed = pair
            .at_once(2, |store, number| async move {
                let disable = Change { disabled: Some(true), ..Change::default() };
                store.change(admins[usize::from(number)], &disable, &deed()).await.unwrap()
            })
            .await;
        let refused = changed.iter().filter(|changed| **changed == Changed::LastAdmin).count();
        assert_eq!(refused, 1, "round {round}: {changed:?}");
        for admin in admins {
            let enable = Change { disabled: Some(false), ..Change::default() };
            assert!(matches!(pair.0.change(admin, &enable, &deed()).await.unwrap(), Changed::Done(_)));
        }
    }
}

async fn no_session_outlives_its_end(pair: &Pair) {
    let user = add(&*pair.0, 2_000, "rahim", Role::Student).await;
    let turn = |from: u8, to: u8| Turn {
        presented: [from; 32],
        successor: [to; 32],
        now: at(1),
        expires_at: at(99),
        grace: GRACE,
    };
    for generation in 0..20 {
        for token in [101, 111] {
            let family = Uuid::from_u128(token.into());
            assert!(pair.0.begin_session(user, generation, family, [token; 32], at(99)).await.unwrap());
        }
        // A password is changed while a session is refreshed, another is refreshed and signed out, and one begins.
        pair.at_once(5, |store, number| async move {
            let family = Uuid::from_u128(121);
            match number {
                0 => drop(store.rotate(&turn(101, 102)).await.unwrap()),
                1 => {
                    let other = Change { password_hash: Some("other".into()), ..Change::default() };
                    drop(store.change(user, &other, &deed()).await.unwrap());
                }
                2 => drop(store.begin_session(user, generation, family, [121; 32], at(99)).await.unwrap()),
                3 => drop(store.rotate(&turn(111, 112)).await.unwrap()),
                _ => store.end_session([111; 32]).await.unwrap(),
            }
        })
        .await;
        for token in [101, 102, 111, 112, 121] {
            let rotated = pair.1.rotate(&turn(token, 200)).await.unwrap();
            assert_eq!(rotated, Rotation::Unknown, "token {token} of round {generation}");
        }
        // Signing out alone, and the end of a family by a reuse alone, against a refresh of the newest token.
        let generation = generation + 1;
        for token in [131, 141] {
            let family = Uuid::from_u128(token.into());
            assert!(pair.0.begin_session(user, generation, family, [token; 32], at(99)).await.unwrap());
        }
        for (from, to) in [(131, 132), (132, 133), (141, 142)] {
            assert!(matches!(pair.0.rotate(&turn(from, to)).await.unwrap(), Rotation::Done(_)));
        }
        pair.at_once(4, |store, number| async move {
            match number {
                0 => drop(store.rotate(&turn(133, 134)).await.unwrap()),
                1 => drop(store.rotate(&turn(131, 132)).await.unwrap()),
                2 => drop(store.rotate(&turn(142, 143)).await.unwrap()),
                _ => store.end_session([141; 32]).await.unwrap(),
            }
        })
        .await;
        for token in [133, 134, 142, 143] {
            let rotated = pair.1.rotate(&turn(token, 200)).await.unwrap();
            assert_eq!(rotated, Rotation::Unknown, "token {token} of round {generation}");
        }
    }
}

async fn imports_do_not_block_each_other(pair: &Pair) {
    for round in 0..10_u32 {
        let names: Vec<_> = (0..300).map(|number| format!("imported-{round}-{number:03}")).collect();
        let job = move |number: u8| Uuid::from_u128(u128::from(round) * 2 + u128::from(number));
        for number in [0, 1] {
            pair.0.begin_import(job(number), 300, &[], &deed()).await.unwrap();
        }
        pair.at_once(2, |store, number| {
            let mut users: Vec<_> = (1..)
                .zip(&names)
                .map(|(line, name)| {
                    (
                        line,
                        new_user((job(number).as_u128() + 1) << 32 | u128::from(line), name, Role::Student),
                    )
                })
                .collect();
            if number == 1 {
                users.reverse();
            }
            async move { store.import(job(number), &users, at(1)).await.unwrap() }
        })
        .await;
        let mut created = 0;
        for number in [0, 1] {
            let job = pair.1.import_job(job(number), at(1)).await.unwrap().unwrap();
            assert_eq!(job.done, 300);
            created += job.created;
        }
        assert_eq!(created, 300, "each name once");
    }
}
