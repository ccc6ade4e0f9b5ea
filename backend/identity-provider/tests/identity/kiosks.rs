//! Kiosks: their accounts, the sessions of students at them, cards, heartbeats.

use std::time::Duration;

use crate::support::World;
use identity_provider::Config;
use serde_json::{Value, json};
use test_support::request::TestResponse;

const MINUTE: Duration = Duration::from_secs(60);

/// A world with a kiosk that is signed in.
struct Counter {
    world: World,
    admin: String,
    id: String,
    secret: String,
    token: String,
}

impl Counter {
    async fn new() -> Self {
        let world = World::new().await;
        let admin = world.admin().await;
        let body = json!({"username": "kiosk-1", "name": " By the door "});
        let made = world.post("/kiosks").token(&admin).json(body).send().await.has_status(201);
        let id = made.body["kiosk"]["kioskId"].as_str().unwrap().to_owned();
        let secret = made.text("secret");
        let token = world.token_of("kiosk-1", &secret).await;
        Self { world, admin, id, secret, token }
    }

    async fn change(&self, body: Value) -> TestResponse {
        self.world.patch(&format!("/kiosks/{}", self.id)).token(&self.admin).json(body).send().await
    }

    async fn session(&self, body: Value) -> TestResponse {
        self.world.post("/kiosk/session").token(&self.token).json(body).send().await
    }

    async fn look_up(&self, card: &str) -> TestResponse {
        self.world.post("/kiosk/card").token(&self.token).json(json!({"card": card})).send().await
    }

    async fn heartbeat(&self) -> TestResponse {
        self.world.post("/kiosk/heartbeat").token(&self.token).json(report()).send().await
    }

    async fn listed(&self) -> Value {
        let list = self.world.get("/kiosks").token(&self.admin).send().await.has_status(200);
        assert_eq!(list.body["kiosks"].as_array().unwrap().len(), 1);
        list.body["kiosks"][0].clone()
    }

    async fn user_id(&self, username: &str) -> String {
        let page = self.world.get(&format!("/users?q={username}")).token(&self.admin).send().await;
        page.body["users"][0]["userId"].as_str().unwrap().to_owned()
    }

    async fn set_card(&self, user_id: &str, body: Value) -> TestResponse {
        let path = format!("/users/{user_id}/card");
        self.world.call("PUT", &path).token(&self.admin).json(body).send().await
    }
}

fn report() -> Value {
    json!({
        "version": "0.1.0", "webview": "WebKitGTK 2.44", "outbox": 2, "refused": 1,
        "clock": "2026-03-01T12:30:01.500Z", "startedAt": "2026-03-01T12:00:00Z", "printer": "paper_low",
    })
}

fn password(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password})
}

#[tokio::test]
async fn an_admin_creates_and_changes_a_kiosk() {
    let counter = Counter::new().await;
    let (world, admin) = (&counter.world, &counter.admin);
    let create = |body: Value| world.post("/kiosks").token(admin).json(body).send();
    create(json!({"username": "kiosk-1", "name": "Twice"})).await.has_code(409, "taken");
    create(json!({"username": "student1", "name": "Taken"})).await.has_code(409, "taken");
    create(json!({"username": "kiosk-2", "name": " "})).await.has_code(400, "invalid");
    create(json!({"username": "kiosk-2", "name": "x".repeat(61)})).await.has_code(400, "invalid");
    create(json!({"username": "with space", "name": "x"})).await.has_code(400, "invalid");
    create(json!({"username": "kiosk-2", "name": "x", "secret": "own"})).await.has_code(400, "invalid");

    let listed = counter.listed().await;
    assert_eq!((&listed["name"], &listed["username"]), (&json!("By the door"), &json!("kiosk-1")));
    assert_eq!(
        (&listed["open"], &listed["revoked"], &listed["silent"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert!(listed.get("heartbeatAt").is_none() && listed.get("secret").is_none(), "{listed}");

    let message = json!({"en": " Iftar at 18:10 ", "bn": "ইফতার ১৮:১০"});
    let changed =
        counter.change(json!({"name": "Door", "open": false, "message": message})).await.has_status(200);
    assert_eq!(changed.body["message"], json!({"en": "Iftar at 18:10", "bn": "ইফতার ১৮:১০"}));
    let instruction = counter.heartbeat().await.has_status(200);
    assert_eq!(
        instruction.body,
        json!({
            "name": "Door", "open": false, "message": {"en": "Iftar at 18:10", "bn": "ইফতার ১৮:১০"},
            "minimumVersion": "0.1.0", "clock": instruction.body["clock"],
        })
    );
    let removed =
        counter.change(json!({"open": true, "message": {"en": " ", "bn": ""}})).await.has_status(200);
    assert!(removed.body.get("message").is_none());
    assert_eq!(counter.heartbeat().await.body["open"], true);

    for wrong in [
        json!({"name": ""}),
        json!({"message": {"en": "x".repeat(201), "bn": ""}}),
        json!({"message": {"en": "", "bn": "a\u{7}"}}),
        json!({"message": {"en": ""}}),
        json!({"secret": "own"}),
    ] {
        counter.change(wrong).await.has_code(400, "invalid");
    }
    for other in ["00000000-0000-7000-8000-000000000000".to_owned(), counter.user_id("student1").await] {
        let path = format!("/kiosks/{other}");
        world.patch(&path).token(admin).json(json!({"open": false})).send().await.has_code(404, "not_found");
        let path = format!("/kiosks/{other}/secret");
        world.post(&path).token(admin).send().await.has_code(404, "not_found");
    }

    let trail = world.get("/audit").token(admin).send().await.has_status(200);
    let entries = trail.body["entries"].as_array().unwrap();
    let details: Vec<_> = entries
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        details[..3],
        [
            ("kiosk.change", "opened, no message"),
            ("kiosk.change", r#"name "Door", closed, message "Iftar at 18:10" / "ইফতার ১৮:১০""#),
            ("kiosk.create", r#"kiosk-1, name "By the door""#),
        ]
    );
    assert!(!trail.body.to_string().contains(&counter.secret));
}

#[tokio::test]
async fn a_heartbeat_is_kept_and_its_absence_noticed() {
    let counter = Counter::new().await;
    counter.heartbeat().await.has_status(200);
    let now = counter.world.service.clock.now();
    let listed = counter.listed().await;
    let expected = wire::Time::from_millis(1_772_368_201_500).as_millis() - now.as_millis();
    assert_eq!(listed["clockSkewMs"], expected);
    assert_eq!(listed["heartbeatAt"], now.to_string());
    assert_eq!((&listed["report"]["outbox"], &listed["report"]["printer"]), (&json!(2), &json!("paper_low")));
    let metrics = async || {
        counter.world.identity.refresh_kiosk_metrics().await;
        counter.world.get("/metrics").send().await.has_status(200).body.as_str().unwrap().to_owned()
    };
    let age = |seconds: u32| format!("kiosk_heartbeat_age_seconds{{kiosk=\"kiosk-1\"}} {seconds}\n");
    counter.world.hand.advance(2 * MINUTE);
    assert_eq!(counter.listed().await["silent"], false);
    let text = metrics().await;
    assert!(
        text.contains(&age(120)) && text.contains("kiosk_outbox_orders{kiosk=\"kiosk-1\"} 2\n"),
        "{text}"
    );
    assert!(text.contains("kiosk_silent_after_seconds 120\n"), "{text}");
    counter.world.hand.advance(Duration::from_secs(1));
    assert_eq!(counter.listed().await["silent"], true);
    counter.change(json!({"open": false})).await.has_status(200);
    assert_eq!(counter.listed().await["silent"], false, "nobody expects a closed kiosk");
    assert!(!metrics().await.contains("kiosk_heartbeat_age_seconds{"));
    counter.change(json!({"open": true})).await.has_status(200);
    assert!(metrics().await.contains(&age(121)));

    let send = |field: &str, value: Value| {
        let mut body = report();
        body[field] = value;
        counter.world.post("/kiosk/heartbeat").token(&counter.token).json(body).send()
    };
    send("version", json!("1".repeat(41))).await.has_code(400, "invalid");
    send("webview", json!("w".repeat(81))).await.has_code(400, "invalid");
    send("outbox", json!(1_000_001)).await.has_code(400, "invalid");
    send("refused", json!(-1)).await.has_code(400, "invalid");
    send("printer", json!("on_fire")).await.has_status(200);
    assert_eq!(counter.listed().await["report"]["printer"], "unknown", "of a later version");
    send("clock", json!("0001-01-01T00:00:00Z")).await.has_status(200);
}

#[tokio::test]
async fn a_student_signs_in_at_a_kiosk_to_order_and_nothing_else() {
    let counter = Counter::new().await;
    let world = &counter.world;
    let opened = counter.session(password("student1", "password123")).await.has_status(200);
    assert_eq!(opened.body["user"]["username"], "student1");
    assert_eq!(opened.body["expiresAt"], world.service.clock.now().plus(48 * 60 * MINUTE).to_string());
    let token = opened.text("token");
    let verified = world.get("/verify").token(&token).send().await.has_status(200);
    let claims = &verified.body["decoded"];
    assert_eq!((&claims["role"], &claims["kiosk"]), (&json!("kiosk_student"), &json!(counter.id)));
    assert_eq!(claims["sub"], opened.body["user"]["userId"]);
    assert_eq!((&claims["username"], &claims["name"]), (&json!("student1"), &json!("Student One")));

    for (method, path) in
        [("POST", "/password"), ("GET", "/users"), ("POST", "/kiosk/session"), ("POST", "/kiosk/heartbeat")]
    {
        world.call(method, path).token(&token).json(json!({})).send().await.has_code(403, "forbidden");
    }
    world.refresh(&token).await.has_code(401, "unauthenticated");
    for caller in [&counter.admin, &world.token_of("student1", "password123").await] {
        for (path, body) in [("session", password("student1", "password123")), ("heartbeat", report())] {
            let path = format!("/kiosk/{path}");
            world.post(&path).token(caller).json(body).send().await.has_code(403, "forbidden");
        }
    }

    world.hand.advance(48 * 60 * MINUTE);
    world.get("/verify").token(&token).send().await.has_status(401);
}

#[tokio::test]
async fn passwords_are_judged_as_at_the_login() {
    let counter = Counter::new().await;
    let world = &counter.world;
    counter.session(password("student1", "wrong")).await.has_code(401, "bad_credentials");
    counter.session(password("nobody", "password123")).await.has_code(401, "bad_credentials");
    counter.session(password("with space", "x")).await.has_code(401, "bad_credentials");
    counter.session(password("kitchen1", "kitchenpassword")).await.has_code(403, "forbidden");
    counter.session(password("admin", "adminpassword")).await.has_code(403, "forbidden");
    counter.session(password("kiosk-1", &counter.secret)).await.has_code(403, "forbidden");
    counter.session(json!({"username": "student1"})).await.has_code(400, "invalid");
    // The login counts together with it.
    world.login("student1", "wrong").await.has_status(401);
    counter.session(password("student1", "wrong")).await.has_status(401);
    let limited = counter.session(password("student1", "password123")).await;
    limited.has_code(429, "too_many_attempts");
    world.hand.advance(MINUTE);
    counter.session(password("student1", "password123")).await.has_status(200);

    let path = format!("/users/{}", counter.user_id("student1").await);
    world.patch(&path).token(&counter.admin).json(json!({"disabled": true})).send().await.has_status(200);
    counter.session(password("student1", "password123")).await.has_code(401, "bad_credentials");
}

#[tokio::test]
async fn a_card_identifies_and_its_pin_authorises() {
    let counter = Counter::new().await;
    let (world, student) = (&counter.world, counter.user_id("student1").await);
    let card = |card: &str, pin: &str| json!({"card": card, "pin": pin});
    for wrong in
        [card("123", "1234"), card("0004 7711", "12"), card("0004 7711", "12a4"), card("a\nbcd", "1234")]
    {
        counter.set_card(&student, wrong).await.has_code(400, "invalid");
    }
    counter
        .set_card(&counter.user_id("kitchen1").await, card("00047712", "1234"))
        .await
        .has_code(400, "invalid");
    let nobody = "00000000-0000-7000-8000-000000000000";
    counter.set_card(nobody, card("00047712", "1234")).await.has_code(404, "not_found");
    counter.set_card(&student, card("00047711", "1234")).await.has_status(204);

    counter.look_up("00047711").await.has_status(204);
    let opened = counter.session(card("00047711", "1234")).await.has_status(200);
    assert_eq!(opened.body["user"]["userId"], student);
    counter.session(card("00047711", "4321")).await.has_code(401, "bad_credentials");
    counter.session(card("00047711", "12345678901")).await.has_code(400, "invalid");
    counter.session(card("00047711", "9999")).await.has_code(401, "bad_credentials");
    counter.session(card("00047711", "1234")).await.has_code(429, "too_many_attempts");
    // A PIN is guessed together with the password, and the other way round.
    world.login("student1", "password123").await.has_status(429);
    counter.look_up("00047711").await.has_status(204);
    world.hand.advance(MINUTE);

    let other = json!({"username": "rahim", "name": "Rahim", "role": "student", "password": "longenough"});
    let made = world.post("/users").token(&counter.admin).json(other).send().await.has_status(201);
    let rahim = made.text("userId");
    counter.set_card(&rahim, card("00047711", "1111")).await.has_code(409, "taken");
    let until = world.service.clock.now().plus(MINUTE);
    let body = json!({"card": "00050000", "pin": "1111", "expiresAt": until.to_string()});
    counter.set_card(&rahim, body).await.has_status(204);
    counter.session(card("00050000", "1111")).await.has_status(200);
    world.hand.advance(MINUTE);
    counter.look_up("00050000").await.has_code(401, "card_expired");
    counter.session(card("00050000", "1111")).await.has_code(401, "card_expired");

    world
        .patch(&format!("/users/{student}"))
        .token(&counter.admin)
        .json(json!({"disabled": true}))
        .send()
        .await;
    counter.session(card("00047711", "1234")).await.has_code(401, "bad_credentials");
    counter.look_up("00047711").await.has_code(401, "unknown_card");

    let trail = world.get("/audit").token(&counter.admin).send().await.has_status(200).body.to_string();
    assert!(trail.contains("user.card") && trail.contains("new card, until"), "{trail}");
    for secret in ["00047711", "00050000", "1111"] {
        assert!(!trail.contains(secret), "{trail}");
    }
}

#[tokio::test]
async fn a_kiosk_does_not_find_out_which_cards_exist() {
    let counter = Counter::new().await;
    let student = counter.user_id("student1").await;
    counter.set_card(&student, json!({"card": "00047711", "pin": "1234"})).await.has_status(204);
    counter.look_up("10000000").await.has_code(401, "unknown_card");
    counter.session(json!({"card": "10000001", "pin": "1234"})).await.has_code(401, "unknown_card");
    counter.look_up("10000002").await.has_code(401, "unknown_card");
    for card in ["10000003", "00047711"] {
        counter.look_up(card).await.has_code(429, "too_many_attempts");
        counter.session(json!({"card": card, "pin": "1234"})).await.has_code(429, "too_many_attempts");
    }
    counter.session(password("student1", "password123")).await.has_status(200);
    counter.world.hand.advance(MINUTE);
    counter.look_up("00047711").await.has_status(204);
}

#[tokio::test]
async fn a_revoked_kiosk_is_refused_while_its_token_lives() {
    let counter = Counter::new().await;
    let world = &counter.world;
    let session = world.signed_in("kiosk-1", &counter.secret).await;
    counter.heartbeat().await.has_status(200);
    assert_eq!(counter.change(json!({"revoked": true})).await.has_status(200).body["revoked"], true);
    counter.heartbeat().await.has_code(401, "unauthenticated");
    counter.session(password("student1", "password123")).await.has_code(401, "unauthenticated");
    counter.look_up("00047711").await.has_code(401, "unauthenticated");
    world.refresh(&session.text("refreshToken")).await.has_code(401, "unauthenticated");
    world.login("kiosk-1", &counter.secret).await.has_code(401, "bad_credentials");
    counter.change(json!({"revoked": false})).await.has_status(200);
    counter.heartbeat().await.has_status(200);

    let path = format!("/kiosks/{}/secret", counter.id);
    let replaced = world.post(&path).token(&counter.admin).send().await.has_status(200);
    let secret = replaced.text("secret");
    assert!(secret.len() == 43 && secret != counter.secret);
    world.hand.advance(MINUTE);
    world.login("kiosk-1", &counter.secret).await.has_code(401, "bad_credentials");
    world.login("kiosk-1", &secret).await.has_status(200);
}

#[tokio::test]
async fn the_life_of_a_session_is_a_setting() {
    let world = World::with(Config {
        kiosk_token_hours: 1,
        kiosk_minimum_version: "2.0.0".to_owned(),
        ..Config::default()
    })
    .await;
    let admin = world.admin().await;
    let body = json!({"username": "kiosk-1", "name": "Door"});
    let made = world.post("/kiosks").token(&admin).json(body).send().await.has_status(201);
    let token = world.token_of("kiosk-1", &made.text("secret")).await;
    let opened =
        world.post("/kiosk/session").token(&token).json(password("student1", "password123")).send().await;
    assert_eq!(opened.body["expiresAt"], world.service.clock.now().plus(60 * MINUTE).to_string());
    let instruction =
        world.post("/kiosk/heartbeat").token(&token).json(report()).send().await.has_status(200);
    assert_eq!(instruction.body["minimumVersion"], "2.0.0");
}
