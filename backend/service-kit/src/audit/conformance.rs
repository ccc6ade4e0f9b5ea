//! What every trail must show on the tables of its service, as functions that the services' tests call.
#![expect(clippy::unwrap_used, reason = "these are the bodies of tests")]

use wire::Time;

use super::{AuditTrail, Deed};

/// What is too old is forgotten, the oldest first and not more than a commit may; what is younger stays.
///
/// # Panics
/// The adapter is wrong.
pub async fn old_deeds_are_forgotten(trail: &dyn AuditTrail) {
    for at in 0..6 {
        let (actor, subject, detail) = ("head".to_owned(), at.to_string(), String::new());
        let deed = Deed { at: Time::from_millis(at), actor, action: "test.deed", subject, detail };
        trail.record(deed).await.unwrap();
    }
    let left = async || {
        let entries = trail.page(None).await.unwrap().entries;
        entries.into_iter().map(|entry| entry.subject).collect::<Vec<_>>()
    };
    assert_eq!(trail.forget(Time::from_millis(0), 100).await.unwrap(), 0, "not old enough");
    assert_eq!(left().await.len(), 6);
    assert_eq!(trail.forget(Time::from_millis(5), 3).await.unwrap(), 3, "bounded");
    assert_eq!(left().await, ["5", "4", "3"], "the oldest first");
    assert_eq!(trail.forget(Time::from_millis(5), 100).await.unwrap(), 2);
    assert_eq!(trail.forget(Time::from_millis(5), 100).await.unwrap(), 0);
    assert_eq!(left().await, ["5"], "what is as old as may be stays");
}
