//! Tests of the vault: the key file, sealing, and students who are known without network.

use std::fs;

use wire::{
    Time,
    identity::{Secret, SessionUser},
    kiosk::{KioskSession, KioskSignIn},
};

use super::{
    KEY_FILE, Vault, VaultError,
    known::{FOLDER, MAX_KNOWN, MAX_WRONG},
};

const NOW: i64 = 1_800_000_000_000;

fn now() -> Time {
    Time::from_millis(NOW)
}

fn later(millis: i64) -> Time {
    Time::from_millis(NOW + millis)
}

fn by_password(username: &str, password: &str) -> KioskSignIn {
    KioskSignIn::Password { username: username.to_owned(), password: Secret(password.to_owned()) }
}

fn by_card(card: &str, pin: &str) -> KioskSignIn {
    KioskSignIn::Card { card: Secret(card.to_owned()), pin: Secret(pin.to_owned()) }
}

fn session(expires_at: Time) -> KioskSession {
    KioskSession {
        token: Secret("token-of-the-student".to_owned()),
        expires_at,
        user: SessionUser {
            user_id: wire::UserId(uuid::Uuid::from_u128(7)),
            username: "student1".parse().unwrap(),
            name: "Student One".to_owned(),
            role: wire::Role::Student,
        },
    }
}

#[tokio::test]
async fn a_sealed_text_opens_with_the_same_key_purpose_and_row_alone() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    let sealed = vault.seal("order", "1", b"two burgers").unwrap();
    assert_eq!(vault.open_sealed("order", "1", &sealed).unwrap(), b"two burgers");
    assert_eq!(vault.open_sealed("order", "2", &sealed), None);
    assert_eq!(vault.open_sealed("orde", "r1", &sealed), None);
    assert_ne!(vault.seal("order", "1", b"two burgers").unwrap(), sealed, "each has its own nonce");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(vault.open_sealed("order", "1", &changed), None, "byte {at}");
        assert_eq!(vault.open_sealed("order", "1", &sealed[..at]), None, "{at} bytes");
    }
    let other = tempfile::tempdir().unwrap();
    assert_eq!(Vault::open(other.path()).await.unwrap().open_sealed("order", "1", &sealed), None);
    let again = Vault::open(folder.path()).await.unwrap();
    assert_eq!(again.open_sealed("order", "1", &sealed).unwrap(), b"two burgers");
}

#[tokio::test]
async fn concurrent_openings_agree_on_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let opened = futures_util::future::join_all((0..8).map(|_| Vault::open(folder.path()))).await;
    let vaults: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    let sealed = vaults[0].seal("p", "r", b"text").unwrap();
    for vault in &vaults {
        assert_eq!(vault.open_sealed("p", "r", &sealed).unwrap(), b"text");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "the key and the folder of students, no draft"
    );
}

#[tokio::test]
async fn a_key_of_another_length_is_refused_and_left_alone() {
    for length in [0, 31, 33] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        fs::write(&path, vec![1; length]).unwrap();
        restrict(&path, 0o600);
        let error = Vault::open(folder.path()).await.unwrap_err();
        assert!(
            matches!(error, VaultError::KeyLength { length: found, .. } if found == length as u64),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap().len(), length);
    }
}

#[cfg(unix)]
fn restrict(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn restrict(_: &std::path::Path, _: u32) {}

#[cfg(unix)]
#[tokio::test]
async fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    Vault::open(folder.path()).await.unwrap();
    let path = folder.path().join(KEY_FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for exposed in [0o640, 0o604, 0o660, 0o606, 0o610, 0o601] {
        restrict(&path, exposed);
        let error = Vault::open(folder.path()).await.unwrap_err();
        assert!(matches!(error, VaultError::KeyExposed { mode, .. } if mode == exposed), "{error}");
    }
    restrict(&path, 0o400);
    Vault::open(folder.path()).await.unwrap();
}

#[tokio::test]
async fn a_known_student_is_recalled_by_the_right_secret_until_the_session_expires() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    let (password, card) = (by_password("student1", "correct horse"), by_card("04A1B2C3", "4711"));
    vault.known().remember(&password, &session(later(1_000))).await.unwrap();
    vault.known().remember(&card, &session(later(2_000))).await.unwrap();
    // Also after a restart.
    let vault = Vault::open(folder.path()).await.unwrap();
    let recall = async |sign_in: &KioskSignIn, at| vault.known().recall(sign_in, at).await.unwrap();
    assert_eq!(recall(&password, now()).await, Some(session(later(1_000))));
    assert_eq!(recall(&card, later(1_500)).await, Some(session(later(2_000))));
    assert_eq!(recall(&by_password("student1", "wrong"), now()).await, None);
    assert_eq!(recall(&by_password("student2", "correct horse"), now()).await, None);
    assert_eq!(recall(&by_password("04A1B2C3", "4711"), now()).await, None, "a card is no user name");
    assert_eq!(recall(&password, later(1_000)).await, None, "expired");
    assert_eq!(recall(&password, now()).await, None, "and dropped");
    assert_eq!(vault.known().count(), 1);
}

#[tokio::test]
async fn a_sign_in_is_dropped_after_too_many_wrong_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    let known = vault.known();
    known.remember(&by_card("card", "4711"), &session(later(1_000))).await.unwrap();
    let wrong = by_card("card", "0000");
    for _ in 1..MAX_WRONG {
        assert_eq!(known.recall(&wrong, now()).await.unwrap(), None);
    }
    // The right one starts the count again.
    assert!(known.recall(&by_card("card", "4711"), now()).await.unwrap().is_some());
    for _ in 0..MAX_WRONG {
        assert_eq!(known.recall(&wrong, now()).await.unwrap(), None);
    }
    assert_eq!(known.recall(&by_card("card", "4711"), now()).await.unwrap(), None);
    assert_eq!(fs::read_dir(folder.path().join(FOLDER)).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_on_the_disk_shows_a_known_student() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    let card = by_card("04A1B2C3", "4711");
    vault.known().remember(&by_password("student1", "correct horse"), &session(later(1_000))).await.unwrap();
    vault.known().remember(&card, &session(later(1_000))).await.unwrap();
    let files: Vec<_> = fs::read_dir(folder.path().join(FOLDER)).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let bytes = [file.file_name().as_encoded_bytes(), &fs::read(file.path()).unwrap()].concat();
        for secret in
            ["student1", "Student One", "token-of", "correct horse", "04A1B2C3", "4711", "expiresAt"]
        {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
    }
    // A file that is given another's name opens for nobody, and is removed at the next start.
    let path =
        |file: usize| fs::read_dir(folder.path().join(FOLDER)).unwrap().nth(file).unwrap().unwrap().path();
    fs::copy(path(0), path(1)).unwrap();
    assert_eq!(Vault::open(folder.path()).await.unwrap().known().count(), 1);
    assert_eq!(fs::read_dir(folder.path().join(FOLDER)).unwrap().count(), 1);
}

#[tokio::test]
async fn expired_sessions_are_purged_and_removed_ones_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    for (card, expires_at) in [("one", 1_000), ("two", 2_000), ("three", 3_000)] {
        vault.known().remember(&by_card(card, "1234"), &session(later(expires_at))).await.unwrap();
    }
    assert_eq!(vault.known().purge(later(2_000)).await.unwrap(), 2);
    assert_eq!(vault.known().count(), 1);
    vault.known().remove(&by_card("three", "any")).await.unwrap();
    assert_eq!(vault.known().recall(&by_card("three", "1234"), now()).await.unwrap(), None);
    assert_eq!(fs::read_dir(folder.path().join(FOLDER)).unwrap().count(), 0);
}

#[tokio::test]
async fn the_number_of_known_students_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(folder.path()).await.unwrap();
    let known = vault.known();
    for n in 0..=i64::try_from(MAX_KNOWN).unwrap() {
        known.remember_for_test(&format!("card-{n}"), later(1_000 + n)).unwrap();
    }
    assert_eq!(known.count(), MAX_KNOWN + 1);
    let first_to_expire = by_card("card-0", "");
    known.remember(&by_card("new", "1234"), &session(later(500_000))).await.unwrap();
    assert_eq!(known.count(), MAX_KNOWN);
    assert!(!known.has(&first_to_expire) && !known.has(&by_card("card-1", "")));
    assert!(known.has(&by_card("card-2", "")) && known.has(&by_card("new", "")));
    // The bound also holds for what is found at a start.
    known.remember_for_test("late", later(900_000)).unwrap();
    assert_eq!(Vault::open(folder.path()).await.unwrap().known().count(), MAX_KNOWN);
}
