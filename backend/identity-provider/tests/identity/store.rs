//! The user store on SQLite: the conformance suite, and what is its own.

use std::sync::Arc;

use identity_provider::store::{UserStore as _, conformance, kiosk, sqlite::SqliteUserStore};
use service_kit::audit::AuditTrail as _;
use tempfile::TempDir;

async fn store() -> (SqliteUserStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap(), folder)
}

#[tokio::test]
async fn users_are_kept() {
    let (store, _folder) = store().await;
    conformance::users_are_kept(&store).await;
}

#[tokio::test]
async fn sessions_rotate_and_end() {
    let (store, _folder) = store().await;
    conformance::sessions_rotate_and_end(&store).await;
    let page = store.audit().page(None).await.unwrap();
    let reuses = page.entries.iter().filter(|entry| entry.action == "session.reused").count();
    assert_eq!(reuses, 2, "a reuse is in the audit trail");
}

#[tokio::test]
async fn signing_keys_are_made_once() {
    let (store, folder) = store().await;
    let replica = SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap();
    conformance::signing_keys_are_made_once(&store, &replica).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_agree() {
    let (store, folder) = store().await;
    let replica = SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap();
    conformance::replicas_agree(Arc::new(store), Arc::new(replica)).await;
}

#[tokio::test]
async fn kiosks_are_kept() {
    let (store, _folder) = store().await;
    kiosk::conformance::kiosks_are_kept(&store).await;
    // Three users, two secrets or revocations, four other changes, one change of role: none for what was refused.
    assert_eq!(store.audit().page(None).await.unwrap().entries.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_belong_to_one_student() {
    let (store, _folder) = store().await;
    kiosk::conformance::cards_belong_to_one_student(&store).await;
    let (store, folder) = self::store().await;
    let replica = SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap();
    kiosk::conformance::a_card_is_given_once(Arc::new(store), Arc::new(replica)).await;
}

#[tokio::test]
async fn imports_are_reported() {
    let (store, _folder) = store().await;
    conformance::imports_are_reported(&store).await;
}

#[tokio::test]
async fn ended_tokens_are_swept() {
    let (store, _folder) = store().await;
    conformance::ended_tokens_are_swept(&store).await;
}

#[tokio::test]
async fn old_deeds_are_forgotten() {
    let (store, _folder) = store().await;
    service_kit::audit::conformance::old_deeds_are_forgotten(&store.audit()).await;
}

#[tokio::test]
async fn what_is_closed_is_down_and_says_so() {
    let (store, _folder) = store().await;
    assert!(store.is_up().await);
    store.close().await;
    assert!(!store.is_up().await);
    assert!(store.has_admin().await.is_err());
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_no_trace() {
    let (store, _folder) = store().await;
    conformance::users_are_kept(&store).await;
    let page = store.audit().page(None).await.unwrap();
    // Six users were made and two changes done; one name was in use, and four changes were refused.
    assert_eq!(page.entries.len(), 8);
}
