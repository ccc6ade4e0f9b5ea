//! Kiosks: an admin makes one, it signs in and reports, students order at it, and the console steers it.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use client::Failure;
use service_kit::Clock;
use system_tests::{on_both_shapes, people::Person, shape::Shape, wait};
use wire::{
    ErrorCode, OrderStatus,
    identity::Secret,
    kiosk::{
        ChangeKiosk, CreateKiosk, KioskInstruction, KioskMessage, KioskReport, KioskSecret, KioskSignIn,
        PrinterState, SetCard,
    },
    ops::ServiceName,
    order::PlaceOrder,
};

on_both_shapes!(
    a_student_orders_at_a_kiosk_by_password_and_by_card,
    the_next_heartbeat_says_what_the_console_has_changed,
);

async fn creates_a_kiosk(admin: &Person) -> KioskSecret {
    let wanted = CreateKiosk { username: "kiosk-door".parse().unwrap(), name: "By the door".to_owned() };
    let made = admin.client().create_kiosk(&wanted).await.unwrap();
    let taken = admin.client().create_kiosk(&wanted).await.unwrap_err();
    assert_eq!(taken.code(), Some(ErrorCode::Taken));
    made
}

fn report(outbox: u32) -> KioskReport {
    let now = Clock::system().now();
    KioskReport {
        version: "0.1.0".to_owned(),
        webview: "WebKitGTK 2.44".to_owned(),
        outbox,
        refused: 0,
        clock: now,
        started_at: now,
        printer: PrinterState::Ready,
    }
}

async fn heartbeat(kiosk: &Person, outbox: u32) -> KioskInstruction {
    kiosk.client().send_kiosk_heartbeat(&report(outbox)).await.unwrap()
}

fn by_password(password: &str) -> KioskSignIn {
    KioskSignIn::Password { username: "student1".to_owned(), password: Secret(password.to_owned()) }
}

fn by_card(card: &str, pin: &str) -> KioskSignIn {
    KioskSignIn::Card { card: Secret(card.to_owned()), pin: Secret(pin.to_owned()) }
}

async fn a_student_orders_at_a_kiosk_by_password_and_by_card(shape: Shape) {
    let system = shape.start().await;
    let admin = system.admin().await;
    let made = creates_a_kiosk(&admin).await;
    let kiosk = system.person("kiosk-door", &made.secret.0).await;
    assert_eq!(heartbeat(&kiosk, 0).await.name, "By the door");
    let student = system.student().await;

    let sessions = kiosk.client();
    let session = sessions.open_kiosk_session(&by_password("password123")).await.unwrap();
    assert_eq!(session.user.user_id, student.user_id());
    let order = |id: &str| PlaceOrder {
        item_id: Some("burger".parse().unwrap()),
        order_id: Some(id.parse().unwrap()),
        ..PlaceOrder::default()
    };
    for replayed in [false, true] {
        let placed = sessions.place_as(&session.token, &order("at-the-kiosk")).await.unwrap();
        assert_eq!(placed.replayed, replayed);
    }
    let id = "at-the-kiosk".parse().unwrap();
    wait::until("the order to be ready", async || match sessions.order_as(&session.token, &id).await {
        Ok(view) if view.status == OrderStatus::Ready => Ok(()),
        other => Err(other),
    })
    .await;
    let own = student.sees("at-the-kiosk", OrderStatus::Ready).await;
    assert_eq!(own.order_id, id, "it is the student's order on their phone as well");

    let card = SetCard { card: Secret("00047711".into()), pin: Secret("1234".into()), expires_at: None };
    admin.client().set_card(student.user_id(), &card).await.unwrap();
    sessions.check_card(Secret("00047711".into())).await.unwrap();
    let wrong = sessions.open_kiosk_session(&by_card("00047711", "4321")).await.unwrap_err();
    assert_eq!(wrong.code(), Some(ErrorCode::BadCredentials));
    // Password and PIN of a student are guessed together: the login, two sessions, and then no more.
    let limited = sessions.open_kiosk_session(&by_card("00047711", "1234")).await.unwrap_err();
    assert_eq!(limited.code(), Some(ErrorCode::TooManyAttempts));
    let unknown = sessions.check_card(Secret("99999999".into())).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode::UnknownCard));

    let others = system.students(1).await;
    let card = SetCard { card: Secret("00050000".into()), ..card };
    admin.client().set_card(others[0].user_id(), &card).await.unwrap();
    let session = sessions.open_kiosk_session(&by_card("00050000", "1234")).await.unwrap();
    sessions.place_as(&session.token, &order("by-card")).await.unwrap();
    others[0].sees("by-card", OrderStatus::Ready).await;
    let foreign = sessions.order_as(&session.token, &id).await.unwrap_err();
    assert_eq!(foreign.code(), Some(ErrorCode::NotFound), "an order of somebody else");
    system.stop().await;
}

async fn the_next_heartbeat_says_what_the_console_has_changed(shape: Shape) {
    let system = shape.start().await;
    let admin = system.admin().await;
    let made = creates_a_kiosk(&admin).await;
    let kiosk = system.person("kiosk-door", &made.secret.0).await;
    let instruction = heartbeat(&kiosk, 3).await;
    assert_eq!((instruction.open, instruction.message), (true, None));
    let listed = admin.client().kiosks().await.unwrap().kiosks;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].report.as_ref().map(|report| report.outbox), Some(3));
    assert!(!listed[0].silent && listed[0].heartbeat_at.is_some());
    wait::until("the kiosk in the metrics", async || {
        let metrics = admin.get(ServiceName::IdentityProvider, "/metrics").await.is(200).body;
        if metrics.contains("kiosk_outbox_orders{kiosk=\"kiosk-door\"} 3\n") { Ok(()) } else { Err(metrics) }
    })
    .await;

    let id = made.kiosk.kiosk_id;
    let message = KioskMessage { en: "Iftar at 18:10".into(), bn: "ইফতার ১৮:১০".into() };
    let change = ChangeKiosk {
        name: Some("In the hall".to_owned()),
        open: Some(false),
        message: Some(message.clone()),
        ..ChangeKiosk::default()
    };
    admin.client().change_kiosk(id, &change).await.unwrap();
    let instruction = heartbeat(&kiosk, 0).await;
    assert_eq!((instruction.name.as_str(), instruction.open), ("In the hall", false));
    assert_eq!(instruction.message, Some(message));

    let revoked = |to| ChangeKiosk { revoked: Some(to), ..ChangeKiosk::default() };
    assert!(admin.client().change_kiosk(id, &revoked(true)).await.unwrap().revoked);
    // Its access token lives on; the raw request carries it, and the client cannot get another one.
    let token = kiosk.token();
    let raw = kiosk.with_token(&token);
    raw.post(ServiceName::IdentityProvider, "/kiosk/heartbeat", &report(0))
        .await
        .is_problem(ErrorCode::Unauthenticated);
    let body = serde_json::json!({ "username": "student1", "password": "password123" });
    raw.post(ServiceName::IdentityProvider, "/kiosk/session", &body)
        .await
        .is_problem(ErrorCode::Unauthenticated);
    let failure = kiosk.client().send_kiosk_heartbeat(&report(0)).await.unwrap_err();
    assert!(
        failure == Failure::SignedOut || failure.code() == Some(ErrorCode::Unauthenticated),
        "{failure:?}"
    );

    admin.client().change_kiosk(id, &revoked(false)).await.unwrap();
    let replaced = admin.client().replace_kiosk_secret(id).await.unwrap();
    assert_ne!(replaced.secret, made.secret);
    let refused =
        Person::anonymous(&system).client().sign_in("kiosk-door", &made.secret.0).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::BadCredentials));
    let kiosk = system.person("kiosk-door", &replaced.secret.0).await;
    assert_eq!(heartbeat(&kiosk, 0).await.name, "In the hall");
    system.stop().await;
}
