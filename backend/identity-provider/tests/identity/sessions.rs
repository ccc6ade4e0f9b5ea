//! Signing in, staying signed in, signing out, and what a token says.

use std::time::Duration;

use crate::support::World;
use identity_provider::{
    Config,
    store::{Change, UserStore as _},
};
use serde_json::{Value, json};
use service_kit::audit::Deed;
use test_support::request::{TestRequest, TestResponse};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_login_gives_a_token_that_verifies() {
    let world = World::new().await;
    let session = world.login("student1", "password123").await.has_status(200);
    assert_eq!(session.body["user"]["username"], "student1");
    assert_eq!(session.body["user"]["name"], "Student One");
    assert_eq!(session.body["user"]["role"], "student");
    let cookie = session.cookie();
    let expected = format!(
        "cafeteria_refresh={}; Path=/api/identity-provider; Max-Age=1209600; HttpOnly; SameSite=Strict",
        session.text("refreshToken")
    );
    assert_eq!(cookie, expected);

    let verified = world.get("/verify").token(&session.text("token")).send().await.has_status(200);
    assert_eq!(verified.body["valid"], true);
    let claims = &verified.body["decoded"];
    assert_eq!(claims["sub"], session.body["user"]["userId"]);
    assert_eq!(claims["role"], "student");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("cafeteria"), &json!("cafeteria")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60);

    world.hand.advance(15 * 60 * SECOND);
    let refused = world.get("/verify").token(&session.text("token")).send().await.has_status(401);
    assert_eq!(refused.body, json!({"valid": false}));
    assert_eq!(refused.headers["content-type"], "application/json");
    for bad in ["", "x", "a.b.c"] {
        let refused = world.get("/verify").token(bad).send().await.has_status(401);
        assert_eq!(refused.body, json!({"valid": false}));
    }
    world.get("/verify").send().await.has_status(401);
}

#[tokio::test]
async fn wrong_unknown_and_disabled_are_refused_alike() {
    let world = World::new().await;
    let admin = world.admin().await;
    let student = world.signed_in("student1", "password123").await;
    let id = student.body["user"]["userId"].as_str().unwrap().to_owned();
    let wrong = world.login("student1", "password124").await.has_code(401, "bad_credentials");
    let unknown = world.login("nobody", "password123").await.has_code(401, "bad_credentials");
    world
        .patch(&format!("/users/{id}"))
        .token(&admin)
        .json(json!({"disabled": true}))
        .send()
        .await
        .has_status(200);
    let disabled = world.login("student1", "password123").await.has_code(401, "bad_credentials");
    let without_id = |mut body: Value| {
        body["requestId"] = Value::Null;
        body["traceId"] = Value::Null;
        body
    };
    assert_eq!(wrong.body["error"], "Invalid credentials", "as in the earlier system");
    let bodies = [wrong, unknown, disabled].map(|answer| without_id(answer.body));
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
    let metrics = world.service.metrics.values();
    assert_eq!((metrics["login_success_total"], metrics["login_failed_total"]), (2.0, 3.0));
    assert_eq!(metrics["password_hash_seconds_count"], 5.0, "the same work, also for nobody");
    world.refresh(&student.text("refreshToken")).await.has_code(401, "unauthenticated");
}

#[tokio::test]
async fn hostile_names_and_passwords_are_wrong_ones() {
    let world = World::new().await;
    let long = "x".repeat(2_000);
    let names = ["", "student1\0", "student1 ", "STUDENT1", "' OR 1=1 --", "ছাত্র", long.as_str()];
    for name in names {
        world.login(name, "password123").await.has_code(401, "bad_credentials");
    }
    for password in ["", "password123\0", long.as_str()] {
        world.login("student1", password).await.has_code(401, "bad_credentials");
    }
    world.login(&long, "x").await.has_status(401);
    world.login(&long, "x").await.has_status(401);
    world.login(&format!("{long}y"), "x").await.has_code(429, "too_many_attempts");
    let post = |body: &'static str| world.post("/login").raw("application/json", body).send();
    post("{").await.has_code(400, "malformed");
    post("{}").await.has_code(400, "invalid");
    post(r#"{"username":1,"password":"x"}"#).await.has_code(400, "invalid");
    world.post("/login").raw("text/plain", "{}").send().await.has_status(415);
    world.post("/login").json(json!({"username": "x".repeat(20_000)})).send().await.has_status(413);
}

#[tokio::test]
async fn the_fourth_attempt_in_a_minute_waits() {
    let world = World::new().await;
    for password in ["wrong", "password123", "wrong"] {
        world.login("student1", password).await;
        world.hand.advance(10 * SECOND);
    }
    for _ in 0..10 {
        let refused = world.login("student1", "password123").await.has_code(429, "too_many_attempts");
        assert_eq!(refused.retry_after(), 30);
    }
    world.login("kitchen1", "kitchenpassword").await.has_status(200);
    world.hand.advance(30 * SECOND);
    world.login("student1", "password123").await.has_status(200);
    world.login("student1", "password123").await.has_status(429);
    assert_eq!(world.service.metrics.values()["login_limited_total"], 11.0);
}

#[tokio::test]
async fn a_refresh_rotates_and_a_reuse_ends_the_family() {
    let world = World::new().await;
    let first = world.signed_in("student1", "password123").await.text("refreshToken");
    let answer = world.refresh(&first).await.has_status(200);
    let second = answer.text("refreshToken");
    assert_ne!(first, second);
    world.get("/verify").token(&answer.text("token")).send().await.has_status(200);
    world.hand.advance(30 * SECOND);
    assert_eq!(
        world.refresh(&first).await.has_status(200).text("refreshToken"),
        second,
        "a repeat within 30 s"
    );
    let other = world.signed_in("student1", "password123").await.text("refreshToken");
    world.refresh(&first).await.has_code(401, "unauthenticated");
    world.refresh(&second).await.has_code(401, "unauthenticated");
    world.refresh(&other).await.has_status(200);

    let third = world.signed_in("student1", "password123").await.text("refreshToken");
    world.hand.advance(14 * 24 * 3_600 * SECOND);
    world.refresh(&third).await.has_code(401, "unauthenticated");
    world.identity.sweep().await;
    world.refresh("nonsense").await.has_code(401, "unauthenticated");
}

#[tokio::test]
async fn ten_refreshes_at_once_get_one_successor() {
    let world = World::new().await;
    let first = world.signed_in("student1", "password123").await.text("refreshToken");
    let mut successors = std::collections::BTreeSet::new();
    let (results, mut answers) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..10 {
        let (call, results) = (world.post("/refresh").json(json!({"refreshToken": first})), results.clone());
        world.service.tasks.spawn(async move {
            results.send(call.send().await.has_status(200).text("refreshToken")).unwrap();
        });
    }
    drop(results);
    while let Some(successor) = answers.recv().await {
        successors.insert(successor);
    }
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_browser_needs_its_cookie_alone() {
    let world = World::with(Config { secure_cookies: true, ..Config::default() }).await;
    let session = world.signed_in("student1", "password123").await;
    assert!(session.cookie().ends_with("; Secure"), "{}", session.cookie());
    let pair = |cookie: &str| cookie.split(';').next().unwrap().to_owned();
    let first = pair(&session.cookie());
    let refreshed =
        world.post("/refresh").header("cookie", &format!("a=b; {first}")).send().await.has_status(200);
    let second = pair(&refreshed.cookie());
    assert_ne!(first, second);
    assert_eq!(refreshed.text("refreshToken"), "", "scripts are not told what is in the cookie");
    world.get("/verify").token(&refreshed.text("token")).send().await.has_status(200);
    let empty = json!({"refreshToken": ""});
    world.post("/refresh").header("cookie", &second).json(json!({})).send().await.has_status(200);
    world.post("/refresh").header("cookie", &second).json(empty).send().await.has_status(200);
    let wins = json!({"refreshToken": "nonsense"});
    world.post("/refresh").header("cookie", &second).json(wins).send().await.has_status(401);

    let ended = world.post("/logout").header("cookie", &second).send().await.has_status(204);
    assert!(ended.cookie().starts_with("cafeteria_refresh=; ") && ended.cookie().contains("Max-Age=0"));
    world.post("/refresh").header("cookie", &second).send().await.has_code(401, "unauthenticated");
    world.post("/refresh").send().await.has_code(401, "unauthenticated");
    world.post("/refresh").raw("text/plain", "x").send().await.has_code(415, "unsupported_media_type");
    world.post("/refresh").raw("application/json", "{").send().await.has_code(400, "malformed");
}

#[tokio::test]
async fn signing_out_ends_one_session() {
    let world = World::new().await;
    let here = world.signed_in("student1", "password123").await.text("refreshToken");
    let there = world.signed_in("student1", "password123").await.text("refreshToken");
    world.post("/logout").json(json!({"refreshToken": here})).send().await.has_status(204);
    world.post("/logout").json(json!({"refreshToken": here})).send().await.has_status(204);
    world.post("/logout").send().await.has_status(204);
    world.refresh(&here).await.has_status(401);
    world.refresh(&there).await.has_status(200);
}

#[tokio::test]
async fn a_new_password_ends_all_sessions() {
    let world = World::new().await;
    let session = world.signed_in("student1", "password123").await;
    let (token, refresh) = (session.text("token"), session.text("refreshToken"));
    let change = |current: &str, new: &str| {
        world
            .post("/password")
            .token(&token)
            .json(json!({"currentPassword": current, "newPassword": new}))
            .send()
    };
    change("wrong", "a new password").await.has_code(401, "bad_credentials");
    change("password123", "short").await.has_code(400, "invalid");
    change("password123", "a new password").await.has_status(204);
    world.refresh(&refresh).await.has_status(401);
    change("wrong", "a new password").await.has_code(401, "bad_credentials");
    change("wrong", "a new password").await.has_code(429, "too_many_attempts");
    world.hand.advance(60 * SECOND);
    world.login("student1", "password123").await.has_status(401);
    world.login("student1", "a new password").await.has_status(200);
    world.post("/password").json(json!({})).send().await.has_status(401);
}

#[tokio::test]
async fn a_store_that_is_away_is_503() {
    let world = World::new().await;
    let token = world.admin().await;
    world.store.close().await;
    assert!(!world.store.is_up().await);
    let refused = world.login("student1", "password123").await.has_code(503, "dependency_down");
    assert!(refused.retry_after() > 0);
    assert!(!refused.body.to_string().contains("ool"), "no word of the pool: {}", refused.body);
    world.get("/users").token(&token).send().await.has_code(503, "dependency_down");
    world.refresh("x").await.has_code(503, "dependency_down");
    world.get("/health").send().await.has_status(503);
    world.get("/verify").token(&token).send().await.has_status(200);
    world.get("/.well-known/jwks.json").send().await.has_status(200);
}

/// Holds up the one hashing thread with a password that is slow to check; what is sent meanwhile has read its
/// account before `meanwhile` changes it.
async fn overtaken(call: impl Fn(&World, &str) -> TestRequest) -> TestResponse {
    let world = World::new().await;
    let token = world.token_of("student1", "password123").await;
    let id = |name: &str| {
        let username = name.parse().unwrap();
        let store = world.store.clone();
        async move { store.by_username(&username).await.unwrap().unwrap().user.user_id }
    };
    let deed = Deed {
        at: world.service.clock.now(),
        actor: "admin".into(),
        action: "test",
        subject: "s".into(),
        detail: "d".into(),
    };
    // No password is known to match it, and each is slow to check.
    let slow = format!("$2b$13${}", ".".repeat(53));
    let slow = Change { password_hash: Some(slow), ..Change::default() };
    world.store.change(id("kitchen1").await, &slow, &deed).await.unwrap();
    let hashed = || world.service.metrics.values()["password_hash_seconds_count"];
    let before = hashed();
    let (slow_login, call) = (world.login("kitchen1", "y"), call(&world, &token).send());
    let (done, mut answers) = tokio::sync::mpsc::unbounded_channel();
    let meanwhile = async {
        while world.service.metrics.values()["hashing_queue"] < 1.0 {
            tokio::task::yield_now().await;
        }
        let change = Change { password_hash: Some("that of another one".into()), ..Change::default() };
        world.store.change(id("student1").await, &change, &deed).await.unwrap();
        assert_eq!(hashed(), before, "the slow one still holds the others up");
    };
    let call = async { done.send(call.await).unwrap() };
    tokio::join!(slow_login, call, meanwhile);
    answers.recv().await.unwrap()
}

#[tokio::test]
async fn a_password_that_changes_during_a_login_ends_it() {
    let login = json!({"username": "student1", "password": "password123"});
    let answer = overtaken(|world, _| world.post("/login").json(login.clone())).await;
    answer.has_code(401, "bad_credentials");
}

#[tokio::test]
async fn of_two_changes_of_a_password_at_once_one_is_refused() {
    let change = json!({"currentPassword": "password123", "newPassword": "my own new one"});
    let answer = overtaken(|world, token| world.post("/password").token(token).json(change.clone())).await;
    answer.has_code(409, "conflict");
}
