//! Tests of the outbox: keeping, states, what is refused at the opening, what stays on the disk.

use std::{fs, path::Path};

use app::kiosk::Language;
use wire::{
    ErrorCode, OrderId, Time,
    identity::{Secret, SessionUser},
    order::{Line, PlaceOrder, PricedLine},
};

use super::{
    APPLICATION_ID, Cleared, Counts, DATABASE_FILE, DataFolder, KeepError, KeptOrder, MAX_CLEARED,
    MAX_ORDERS, OpenError, Outbox, SCHEMA_VERSION, State,
};
use crate::vault::{KEY_FILE, Vault};

const NOW: i64 = 1_800_000_000_000;

pub(super) fn now() -> Time {
    Time::from_millis(NOW)
}

pub(super) fn later(millis: i64) -> Time {
    Time::from_millis(NOW + millis)
}

pub(super) fn id(text: &str) -> OrderId {
    text.parse().unwrap()
}

pub(super) fn order(order_id: &str, expires_at: Time) -> KeptOrder {
    let (item_id, quantity) = ("burger".parse().unwrap(), 2_i64.try_into().unwrap());
    let line = Line { item_id, quantity };
    KeptOrder {
        order: PlaceOrder {
            order_id: Some(id(order_id)),
            lines: Some(vec![line.clone()]),
            ..PlaceOrder::default()
        },
        token: Secret("token-of-the-student".to_owned()),
        token_expires_at: later(86_400_000),
        user: SessionUser {
            user_id: wire::UserId(uuid::Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0)),
            username: "student1".parse().unwrap(),
            name: "Student One".to_owned(),
            role: wire::Role::Student,
        },
        lines: vec![PricedLine {
            item_id: line.item_id,
            name: "Classic Beef Burger".to_owned(),
            quantity,
            price_poisha: 25_000,
        }],
        total_poisha: 50_000,
        language: Language::Bangla,
        expires_at,
    }
}

pub(super) async fn open(folder: &Path) -> Outbox {
    try_open(folder).await.unwrap()
}

async fn try_open(folder: &Path) -> Result<Outbox, OpenError> {
    Outbox::open(DataFolder::lock(folder)?, Vault::open(folder).await.unwrap()).await
}

async fn keep(outbox: &Outbox, order_id: &str) {
    outbox.keep(&order(order_id, later(1_000)), now()).await.unwrap();
}

async fn ids(outbox: &Outbox) -> Vec<String> {
    outbox.list().await.unwrap().into_iter().map(|entry| entry.order_id.to_string()).collect()
}

async fn reopened(outbox: Outbox, folder: &Path) -> Outbox {
    outbox.close().await;
    drop(outbox);
    open(folder).await
}

/// All bytes of all files of a folder and its folders.
fn bytes_in(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { bytes_in(&path) } else { fs::read(&path).unwrap() }).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn kept_orders_are_read_back_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    assert_eq!(outbox.next_waiting().await.unwrap(), None);
    for order_id in ["z", "a", "m"] {
        keep(&outbox, order_id).await;
    }
    let outbox = reopened(outbox, folder.path()).await;
    assert_eq!(ids(&outbox).await, ["z", "a", "m"]);
    let first = outbox.next_waiting().await.unwrap().unwrap();
    assert_eq!(first.content, Some(order("z", later(1_000))));
    assert_eq!((first.kept_at, first.state, first.attempts), (now(), State::Waiting, 0));
    assert!(outbox.sent(&id("z")).await.unwrap());
    assert!(!outbox.sent(&id("z")).await.unwrap());
    keep(&outbox, "b").await;
    let outbox = reopened(outbox, folder.path()).await;
    assert_eq!(ids(&outbox).await, ["a", "m", "b"]);
}

#[tokio::test]
async fn an_order_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "one").await;
    keep(&outbox, "one").await;
    let other = outbox.keep(&order("one", later(2_000)), now()).await;
    assert!(matches!(other, Err(KeepError::Conflict)), "{other:?}");
    let mut nameless = order("x", later(1_000));
    nameless.order.order_id = None;
    assert!(matches!(outbox.keep(&nameless, now()).await, Err(KeepError::NoId)));
    assert_eq!(ids(&outbox).await, ["one"]);
}

#[tokio::test]
async fn orders_are_refused_expired_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    for order_id in ["refused", "waiting", "cleared"] {
        keep(&outbox, order_id).await;
    }
    for (order_id, expires_at) in [("late-2", 500), ("late-1", 400)] {
        outbox.keep(&order(order_id, later(expires_at)), now()).await.unwrap();
    }
    assert!(outbox.refused(&id("refused"), ErrorCode::SoldOut).await.unwrap());
    assert!(!outbox.refused(&id("refused"), ErrorCode::Conflict).await.unwrap(), "it stays as it is");
    assert_eq!(outbox.expire(later(399)).await.unwrap(), []);
    assert_eq!(outbox.expire(later(500)).await.unwrap(), [id("late-2"), id("late-1")]);
    assert_eq!(outbox.expire(later(500)).await.unwrap(), [], "each once");
    outbox.attempted(&id("waiting")).await.unwrap();
    let outbox = reopened(outbox, folder.path()).await;
    let states: Vec<_> =
        outbox.list().await.unwrap().into_iter().map(|e| (e.order_id.to_string(), e.state)).collect();
    let expected = [
        ("refused", State::Refused(ErrorCode::SoldOut)),
        ("late-2", State::Expired),
        ("late-1", State::Expired),
        ("waiting", State::Waiting),
        ("cleared", State::Waiting),
    ];
    assert_eq!(states, expected.map(|(order_id, state)| (order_id.to_owned(), state)));
    assert_eq!(outbox.counts().await.unwrap(), Counts { waiting: 2, refused: 1, expired: 2 });
    assert_eq!(outbox.get(&id("waiting")).await.unwrap().unwrap().attempts, 1);

    let long = "ক".repeat(300);
    for (order_id, reason) in [("refused", "paid in cash"), ("cleared", long.as_str())] {
        assert!(outbox.clear(&id(order_id), reason, later(9)).await.unwrap());
        assert!(!outbox.clear(&id(order_id), reason, later(9)).await.unwrap());
    }
    let outbox = reopened(outbox, folder.path()).await;
    let entry =
        |order_id, reason: &str| Cleared { order_id: id(order_id), reason: reason.to_owned(), at: later(9) };
    let expected = [entry("cleared", &"ক".repeat(200)), entry("refused", "paid in cash")];
    assert_eq!(outbox.cleared().await.unwrap(), expected);
    assert_eq!(ids(&outbox).await, ["late-2", "late-1", "waiting"]);
}

#[tokio::test]
async fn the_outbox_and_the_log_of_cleared_orders_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "template").await;
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         INSERT INTO orders (order_id, sealed, kept_at, expires_at, state) \
         SELECT 'copy-' || i, sealed, kept_at, expires_at, state FROM orders, n",
    )
    .bind(i64::from(MAX_ORDERS) - 1)
    .execute(&outbox.pool)
    .await
    .unwrap();
    let refused = outbox.keep(&order("surplus", later(1_000)), now()).await;
    assert!(matches!(refused, Err(KeepError::Full)), "{refused:?}");
    keep(&outbox, "template").await;
    outbox.clear(&id("copy-1"), "", now()).await.unwrap();
    keep(&outbox, "surplus").await;

    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         INSERT INTO cleared (order_id, reason, at) SELECT 'x', '', 0 FROM n",
    )
    .bind(i64::from(MAX_CLEARED))
    .execute(&outbox.pool)
    .await
    .unwrap();
    outbox.clear(&id("surplus"), "last", now()).await.unwrap();
    let cleared = outbox.cleared().await.unwrap();
    assert_eq!((cleared.len(), cleared[0].reason.as_str()), (MAX_CLEARED as usize, "last"));
}

#[tokio::test]
async fn a_row_that_cannot_be_opened_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    for order_id in ["damaged", "moved", "good"] {
        keep(&outbox, order_id).await;
    }
    let damage = "UPDATE orders SET sealed = CASE order_id WHEN 'damaged' THEN x'00' \
                  ELSE (SELECT sealed FROM orders WHERE order_id = 'good') END WHERE order_id <> 'good'";
    sqlx::query(damage).execute(&outbox.pool).await.unwrap();
    assert_eq!(outbox.next_waiting().await.unwrap().unwrap().order_id, id("good"));
    for order_id in ["damaged", "moved"] {
        let entry = outbox.get(&id(order_id)).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.content), (State::Refused(ErrorCode::Unknown), None));
    }
}

#[tokio::test]
async fn a_second_instance_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "one").await;
    let error = try_open(folder.path()).await.unwrap_err();
    assert!(matches!(&error, OpenError::InUse { .. }), "{error}");
    let clone = outbox.clone();
    drop(outbox);
    assert!(try_open(folder.path()).await.is_err(), "a clone holds the lock");
    clone.close().await;
    drop(clone);
    assert_eq!(ids(&open(folder.path()).await).await, ["one"]);
}

/// Changes a closed outbox by a statement.
async fn change(folder: &Path, statement: &'static str) {
    let outbox = open(folder).await;
    sqlx::raw_sql(statement).execute(&outbox.pool).await.unwrap();
    outbox.close().await;
}

async fn refused_untouched(folder: &Path) -> OpenError {
    let path = folder.join(DATABASE_FILE);
    let before = fs::read(&path).unwrap();
    let error = try_open(folder).await.unwrap_err();
    assert!(fs::read(&path).unwrap() == before, "the file is changed: {error}");
    error
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "one").await;
    outbox.close().await;
    drop(outbox);
    change(folder.path(), "PRAGMA user_version = 7").await;
    let error = refused_untouched(folder.path()).await;
    assert!(matches!(&error, OpenError::Newer { found: 7, known: SCHEMA_VERSION, .. }), "{error}");
    assert!(error.to_string().contains("version 7, this app knows 1"), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    for foreign in [
        "PRAGMA application_id = 5",
        "PRAGMA application_id = 0",
        "PRAGMA application_id = 0; PRAGMA user_version = 0",
    ] {
        let folder = tempfile::tempdir().unwrap();
        change(folder.path(), foreign).await;
        let error = refused_untouched(folder.path()).await;
        assert!(matches!(&error, OpenError::Foreign { .. }), "{foreign}: {error}");
    }
    let bytes = APPLICATION_ID.to_be_bytes();
    assert_eq!(&bytes, b"CfKo");
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    for n in 0..40 {
        keep(&outbox, &format!("order-{n}")).await;
    }
    outbox.close().await;
    drop(outbox);
    let path = folder.path().join(DATABASE_FILE);
    let whole = fs::read(&path).unwrap();
    let damaged: [(&str, Vec<u8>); 5] = [
        ("text", b"this is not a database, but a text that somebody has put here".to_vec()),
        ("short", whole[..60].to_vec()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("zeroed", [&whole[..4096], vec![0; whole.len() - 4096].as_slice()].concat()),
        (
            "noise",
            whole.iter().enumerate().map(|(at, byte)| if at < 4096 { *byte } else { byte ^ 0x5a }).collect(),
        ),
    ];
    for (kind, bytes) in damaged {
        fs::write(&path, bytes).unwrap();
        let error = refused_untouched(folder.path()).await;
        assert!(matches!(&error, OpenError::Corrupt { .. }), "{kind}: {error}");
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(ids(&open(folder.path()).await).await.len(), 40);
}

#[tokio::test]
async fn orders_wait_for_the_key_that_sealed_them() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "one").await;
    outbox.close().await;
    drop(outbox);
    let key = folder.path().join(KEY_FILE);
    let aside = folder.path().join("aside");
    fs::rename(&key, &aside).unwrap();
    let error = refused_untouched(folder.path()).await;
    assert!(matches!(&error, OpenError::OtherKey { .. }), "{error}");
    fs::rename(&aside, &key).unwrap();
    let outbox = open(folder.path()).await;
    assert!(outbox.next_waiting().await.unwrap().unwrap().content.is_some());
    // Without orders, a new key takes over.
    outbox.sent(&id("one")).await.unwrap();
    outbox.close().await;
    drop(outbox);
    fs::remove_file(&key).unwrap();
    let outbox = open(folder.path()).await;
    keep(&outbox, "two").await;
    assert_eq!(ids(&reopened(outbox, folder.path()).await).await, ["two"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let outbox = open(&data).await;
    keep(&outbox, "one").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    // A file that became readable, for example when it was restored from a backup, is closed again.
    outbox.close().await;
    drop(outbox);
    fs::set_permissions(data.join(DATABASE_FILE), fs::Permissions::from_mode(0o644)).unwrap();
    open(&data).await;
    assert_eq!(mode(&data.join(DATABASE_FILE)), 0o600);
}

#[tokio::test]
async fn nothing_of_a_student_is_readable_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path()).await;
    let kept = order("one", later(1_000));
    keep(&outbox, "one").await;
    keep(&outbox, "two").await;
    let user_id = kept.user.user_id.0;
    let (hyphenated, simple) = (user_id.to_string(), user_id.simple().to_string());
    let secrets: [&[u8]; 8] = [
        kept.token.0.as_bytes(),
        b"Student One",
        b"student1",
        hyphenated.as_bytes(),
        simple.as_bytes(),
        user_id.as_bytes(),
        b"Classic Beef",
        b"burger",
    ];
    let shows_nothing = |state: &str| {
        let bytes = bytes_in(folder.path());
        for secret in secrets {
            assert!(!holds(&bytes, secret), "{state}: {}", String::from_utf8_lossy(secret));
        }
    };
    shows_nothing("kept");
    let sealed: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT sealed FROM orders ORDER BY seq").fetch_all(&outbox.pool).await.unwrap();
    // Any 32 bytes of a sealed text are its own.
    let traces = |sealed: &[u8]| {
        let bytes = bytes_in(folder.path());
        sealed.chunks_exact(32).filter(|part| holds(&bytes, part)).count()
    };
    assert!(sealed.iter().all(|sealed| traces(sealed) > 5), "the test sees sealed texts");
    outbox.sent(&id("one")).await.unwrap();
    shows_nothing("one sent");
    outbox.clear(&id("two"), "collected at the counter", now()).await.unwrap();
    shows_nothing("all gone");
    assert!(sealed.iter().all(|sealed| traces(sealed) == 0), "sealed texts are gone with the last order");
    outbox.close().await;
    assert!(sealed.iter().all(|sealed| traces(sealed) == 0));
}
