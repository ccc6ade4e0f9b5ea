//! Users, for admins: one by one, and from a file.

use std::time::Duration;

use crate::support::World;
use identity_provider::{
    Config, create_admin, demo_accounts_present, seed_demo,
    store::{Change, UserStore as _},
};
use serde_json::{Value, json};
use service_kit::audit::{AuditTrail as _, Deed};
use wire::identity::{NewPassword, Secret};

#[tokio::test]
async fn an_admin_makes_finds_and_changes_users() {
    let world = World::new().await;
    let admin = world.admin().await;
    let rahim = json!({"username": "rahim", "name": " Rahim ", "role": "student", "password": "longenough"});
    let made = world.post("/users").token(&admin).json(rahim.clone()).send().await.has_status(201);
    assert_eq!((&made.body["name"], &made.body["disabled"]), (&json!("Rahim"), &json!(false)));
    world.post("/users").token(&admin).json(rahim.clone()).send().await.has_code(409, "taken");
    let session = world.signed_in("rahim", "longenough").await;

    let with = |field: &str, value: Value| {
        let mut body = rahim.clone();
        body["username"] = json!("karim");
        body[field] = value;
        world.post("/users").token(&admin).json(body).send()
    };
    with("role", json!("service")).await.has_code(400, "invalid");
    with("role", json!("chef")).await.has_code(400, "invalid");
    with("name", json!(" ")).await.has_code(400, "invalid");
    with("name", json!("a\u{1}")).await.has_code(400, "invalid");
    with("password", json!("1234567")).await.has_code(400, "invalid");
    with("password", json!("x".repeat(129))).await.has_code(400, "invalid");
    with("username", json!("with space")).await.has_code(400, "invalid");
    with("extra", json!(1)).await.has_code(400, "invalid");

    let path = format!("/users/{}", made.text("userId"));
    let change = |body: Value| world.patch(&path).token(&admin).json(body).send();
    let changed = change(json!({"name": "Rahim Uddin", "role": "staff"})).await.has_status(200);
    assert_eq!((&changed.body["name"], &changed.body["role"]), (&json!("Rahim Uddin"), &json!("staff")));
    change(json!({"role": "service"})).await.has_code(400, "invalid");
    change(json!({"name": ""})).await.has_code(400, "invalid");
    let refreshed = world.refresh(&session.text("refreshToken")).await.has_status(200);
    assert_eq!(refreshed.body["user"]["role"], "staff", "the next token says what is now");
    change(json!({"password": "another one"})).await.has_status(200);
    world.refresh(&refreshed.text("refreshToken")).await.has_status(401);
    world.login("rahim", "longenough").await.has_status(401);
    world.login("rahim", "another one").await.has_status(200);
    let nobody = "/users/00000000-0000-7000-8000-000000000000";
    world.patch(nobody).token(&admin).json(json!({"name": "x"})).send().await.has_code(404, "not_found");
    world.patch("/users/x").token(&admin).json(json!({"name": "x"})).send().await.has_status(404);

    let names = |body: &Value| {
        let users = body["users"].as_array().unwrap().clone();
        users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let page = world.get("/users?limit=2").token(&admin).send().await.has_status(200);
    assert_eq!(
        (names(&page.body), &page.body["next"]),
        (vec!["admin".into(), "kitchen1".into()], &json!("kitchen1"))
    );
    let page = world.get("/users?limit=2&after=kitchen1").token(&admin).send().await.has_status(200);
    assert_eq!(
        (names(&page.body), &page.body["next"]),
        (vec!["rahim".into(), "student1".into()], &Value::Null)
    );
    let page = world.get("/users?q=RAH").token(&admin).send().await.has_status(200);
    assert_eq!(names(&page.body), ["rahim"]);
    assert!(!page.body.to_string().contains("argon2"));
    for query in ["limit=0", "limit=201", "limit=x", "after=%20"] {
        world.get(&format!("/users?{query}")).token(&admin).send().await.has_code(400, "invalid");
    }

    let trail = world.get("/audit").token(&admin).send().await.has_status(200);
    let text = trail.body.to_string();
    let details: Vec<_> = trail.body["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["detail"].as_str().unwrap())
        .collect();
    assert_eq!(details[..3], ["new password", "name \"Rahim Uddin\", role staff", "rahim, student"]);
    for secret in ["longenough", "another one", "argon2"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn nobody_locks_the_installation_out() {
    let world = World::new().await;
    let session = world.signed_in("admin", "adminpassword").await;
    let (token, id) = (session.text("token"), session.body["user"]["userId"].as_str().unwrap().to_owned());
    let own = |body: Value| world.patch(&format!("/users/{id}")).token(&token).json(body).send();
    own(json!({"disabled": true})).await.has_code(409, "conflict");
    own(json!({"role": "staff"})).await.has_code(409, "conflict");
    own(json!({"name": "Boss", "role": "admin", "disabled": false})).await.has_status(200);

    // Two admins disable each other: the tokens of both are still good, but one of them stays.
    let second = json!({"username": "second", "name": "Second", "role": "admin", "password": "longenough"});
    let second = world.post("/users").token(&token).json(second).send().await.has_status(201).text("userId");
    own(json!({"disabled": true})).await.has_code(409, "conflict");
    own(json!({"role": "staff"})).await.has_code(409, "conflict");
    let other = world.token_of("second", "longenough").await;
    let disable = json!({"disabled": true});
    world.patch(&format!("/users/{id}")).token(&other).json(disable.clone()).send().await.has_status(200);
    let last = world.patch(&format!("/users/{second}")).token(&token).json(disable).send().await;
    last.has_code(409, "conflict");
}

#[tokio::test]
async fn users_are_for_admins_alone() {
    let world = World::new().await;
    let student = world.token_of("student1", "password123").await;
    let staff = world.token_of("kitchen1", "kitchenpassword").await;
    let id = "00000000-0000-7000-8000-000000000000";
    let routes = [
        ("GET", "/users".to_owned()),
        ("POST", "/users".to_owned()),
        ("PATCH", format!("/users/{id}")),
        ("POST", "/users/import".to_owned()),
        ("GET", format!("/users/import/{id}")),
        ("GET", "/audit".to_owned()),
    ];
    for (method, path) in &routes {
        world.call(method, path).send().await.has_code(401, "unauthenticated");
        for token in [&student, &staff] {
            world.call(method, path).token(token).send().await.has_code(403, "forbidden");
        }
    }
}

/// Waits until an import is no longer running.
async fn finished(world: &World, token: &str, job: &str) -> Value {
    loop {
        let answer = world.get(&format!("/users/import/{job}")).token(token).send().await.has_status(200);
        if answer.body["state"] != "running" {
            return answer.body;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_file_becomes_users_line_by_line() {
    let world = World::new().await;
    let admin = world.admin().await;
    let import =
        |body: String| world.post("/users/import").token(&admin).raw("text/csv; charset=utf-8", body).send();
    let file = "username,name,role,password\n\
        rahim,Rahim,student,rahim's password\n\
        student1,Taken,student,longenough\n\
        bad name,X,student,longenough\n\
        karim,Karim,staff,karim's password\n\
        rahim,Again,student,longenough\n";
    let begun = import(file.to_owned()).await.has_status(202);
    assert_eq!((&begun.body["total"], &begun.body["report"].as_array().unwrap().len()), (&json!(5), &2));
    let done = finished(&world, &admin, &begun.text("jobId")).await;
    assert_eq!(done["state"], "done");
    assert_eq!((&done["done"], &done["created"], &done["failed"]), (&json!(5), &json!(2), &json!(3)));
    let expected = json!([
        {"line": 2, "username": "rahim", "ok": true},
        {"line": 3, "username": "student1", "ok": false, "message": "already there"},
        {"line": 4, "username": "bad name", "ok": false, "message": "username must be 1 to 64 of A-Z a-z 0-9 . _ @ -"},
        {"line": 5, "username": "karim", "ok": true},
        {"line": 6, "username": "rahim", "ok": false, "message": "the same user name stands in line 2"},
    ]);
    assert_eq!(done["report"], expected);
    world.login("rahim", "rahim's password").await.has_status(200);
    let karim = world.login("karim", "karim's password").await.has_status(200);
    assert_eq!(karim.body["user"]["role"], "staff");
    world.login("student1", "password123").await.has_status(200);

    let again = import(file.to_owned()).await.has_status(202);
    let again = finished(&world, &admin, &again.text("jobId")).await;
    assert_eq!((&again["created"], &again["failed"]), (&json!(0), &json!(5)), "importing again is harmless");

    let wrong = import("name,username\nx,y\n".to_owned()).await.has_code(400, "invalid");
    assert!(wrong.text("detail").contains("username,name,role,password_hash"));
    world
        .post("/users/import")
        .token(&admin)
        .json(json!({}))
        .send()
        .await
        .has_code(415, "unsupported_media_type");
    import("x".repeat(8 * 1024 * 1024 + 1)).await.has_code(413, "body_too_large");
    let nothing = "/users/import/00000000-0000-7000-8000-000000000000";
    world.get(nothing).token(&admin).send().await.has_code(404, "not_found");
    let text = world.get("/audit").token(&admin).send().await.has_status(200).body.to_string();
    assert!(text.contains("users.import") && !text.contains("rahim's password"));

    world.hand.advance(Duration::from_secs(8 * 86_400));
    world.identity.sweep().await;
    let admin = world.admin().await;
    let old = format!("/users/import/{}", begun.text("jobId"));
    world.get(&old).token(&admin).send().await.has_code(404, "not_found");

    let trail = async || {
        let entries = world.store.audit().page(None).await.unwrap().entries;
        entries.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
    };
    assert!(trail().await.contains(&"users.import".to_owned()), "it outlives the report");
    world.hand.advance(Duration::from_secs(400 * 86_400));
    world.identity.sweep().await;
    assert_eq!(trail().await, Vec::<String>::new());
}

#[tokio::test]
async fn old_hashes_are_taken_over_and_replaced_at_the_first_login() {
    let world = World::new().await;
    let admin = world.admin().await;
    let old = bcrypt::hash_with_salt("an old password", 10, [3; 16]).unwrap();
    let empty = bcrypt::hash_with_salt("", 10, [3; 16]).unwrap().to_string();
    let php = old.format_for_version(bcrypt::Version::TwoY);
    let cheap = bcrypt::hash_with_salt("x", 4, [3; 16]).unwrap().to_string();
    let file = format!(
        "username,name,role,password_hash\nveteran,Veteran,student,{php}\ncheap,Cheap,student,{cheap}\nempty,Empty,student,{empty}\n"
    );
    let begun = world.post("/users/import").token(&admin).raw("text/csv", file).send().await.has_status(202);
    let done = finished(&world, &admin, &begun.text("jobId")).await;
    assert_eq!((&done["created"], &done["failed"]), (&json!(2), &json!(1)));
    assert_eq!(done["report"][1]["message"], "the cost of the bcrypt hash must be 10 to 14");

    // What is too long to be looked at is wrong, whatever is stored.
    world.login("empty", &"x".repeat(1_025)).await.has_code(401, "bad_credentials");

    let username = "veteran".parse().unwrap();
    let hash = async || world.store.by_username(&username).await.unwrap().unwrap().password_hash;
    assert_eq!(hash().await, php);
    world.login("veteran", "a wrong password").await.has_status(401);
    assert_eq!(hash().await, php, "a wrong password replaces nothing");
    world.login("veteran", "an old password").await.has_status(200);
    assert!(hash().await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    world.login("veteran", "an old password").await.has_status(200);
}

#[tokio::test]
async fn two_imports_run_at_once_and_a_stop_interrupts_them() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut file = "username,name,role,password\n".to_owned();
    for n in 0..20_000 {
        file.push_str(&format!("u{n},Name,student,longenough\n"));
    }
    let import =
        async || world.post("/users/import").token(&admin).raw("text/csv", file.clone()).send().await;
    let first = import().await.has_status(202).text("jobId");
    import().await.has_status(202);
    import().await.has_code(409, "conflict");
    // Logins get through meanwhile.
    world.login("student1", "password123").await.has_status(200);
    assert!(world.service.tasks.stop(Duration::from_secs(60)).await);
    let job = world.get(&format!("/users/import/{first}")).token(&admin).send().await.has_status(200);
    assert_eq!(job.body["state"], "interrupted");
    assert!(job.body["done"].as_u64().unwrap() < 20_000);
}

#[tokio::test]
async fn the_demo_is_seeded_once_and_recognized() {
    let world = World::empty(Config::default()).await;
    let clock = &world.service.clock;
    assert_eq!(demo_accounts_present(&world.store).await.unwrap(), []);
    let made = seed_demo(&world.store, clock).await.unwrap();
    assert_eq!(made.len(), 3);
    assert_eq!(seed_demo(&world.store, clock).await.unwrap(), []);
    let names = async || {
        let present = demo_accounts_present(&world.store).await.unwrap();
        present.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["student1", "admin", "kitchen1"]);
    let deed =
        Deed { at: clock.now(), actor: "a".into(), action: "b", subject: "c".into(), detail: "d".into() };
    let id = async |name: &str| {
        world.store.by_username(&name.parse().unwrap()).await.unwrap().unwrap().user.user_id
    };
    let disable = Change { disabled: Some(true), ..Change::default() };
    world.store.change(id("student1").await, &disable, &deed).await.unwrap();
    assert_eq!(names().await, ["admin", "kitchen1"]);
    let admin = world.admin().await;
    let path = format!("/users/{}", id("kitchen1").await);
    world
        .patch(&path)
        .token(&admin)
        .json(json!({"password": "one of their own"}))
        .send()
        .await
        .has_status(200);
    assert_eq!(names().await, ["admin"]);
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let world = World::empty(Config::default()).await;
    let clock = &world.service.clock;
    let password = |text: &str| NewPassword::try_from(Secret(text.to_owned())).unwrap();
    let username = "boss".parse().unwrap();
    assert!(create_admin(&world.store, &username, password("the first one"), clock).await.unwrap());
    assert!(!create_admin(&world.store, &username, password("another one"), clock).await.unwrap());
    let session = world.login("boss", "the first one").await.has_status(200);
    assert_eq!(session.body["user"]["role"], "admin");
    assert_eq!(world.store.audit().page(None).await.unwrap().entries[0].actor, "setup");
}
