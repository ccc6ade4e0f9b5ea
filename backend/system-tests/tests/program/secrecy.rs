//! Secrets that no log contains, however verbose it is.

use std::collections::BTreeMap;

use reqwest::Method;
use system_tests::people::send;
use wire::identity::Session;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn no_password_token_or_key_is_ever_logged() {
    let environment = vec![("CAFETERIA_LOG".to_owned(), "trace".to_owned())];
    let program = Program::start(Options { environment, ..with(&["--cooking-ms", "0..0"]) }).await;
    let (admin, student) = (program.admin().await, program.student().await);
    let anybody = Person::anonymous(&program);
    let mut secrets = BTreeMap::<String, String>::new();
    let mut hide = |what: &str, text: &str| {
        assert!(text.len() >= 8);
        secrets.insert(what.to_owned(), text.to_owned());
    };

    hide("the student's password", "password123");
    hide("the admin's password", "adminpassword");
    let wrong = json!({ "username": "kitchen1", "password": "a-wrong-password" });
    anybody.post(IdentityProvider, "/login", &wrong).await.is(401);
    hide("a wrong password", "a-wrong-password");
    let user =
        json!({ "username": "newcomer", "name": "N", "role": "student", "password": "first-password" });
    admin.post(IdentityProvider, "/users", &user).await.is(201);
    hide("a new user's password", "first-password");
    let newcomer = program.person("newcomer", "first-password").await;
    let change = json!({ "currentPassword": "first-password", "newPassword": "second-password" });
    newcomer.post(IdentityProvider, "/password", &change).await.is(204);
    hide("a changed password", "second-password");
    let import =
        admin.request(Method::POST, IdentityProvider, "/users/import").header("content-type", "text/csv");
    let csv = "username,name,role,password\nimported,I,student,imported-password\nbroken,B,student,short12\n";
    send(import.body(csv)).await.is(202);
    hide("an imported password", "imported-password");

    let login = json!({ "username": "student1", "password": "password123" });
    let session: Session = anybody.post(IdentityProvider, "/login", &login).await.is(200).json();
    let refresh = json!({ "refreshToken": session.refresh_token });
    let next: Session = anybody.post(IdentityProvider, "/refresh", &refresh).await.is(200).json();
    let cookie = format!("cafeteria_refresh={}", next.refresh_token.0);
    send(anybody.request(Method::POST, IdentityProvider, "/refresh").header("cookie", cookie)).await.is(200);
    anybody
        .post(IdentityProvider, "/refresh", &json!({ "refreshToken": "not-a-refresh-token" }))
        .await
        .is(401);
    hide("a refresh token", &session.refresh_token.0);
    hide("the next refresh token", &next.refresh_token.0);
    hide("a refresh token that is none", "not-a-refresh-token");

    // The client shows its socket the renewed token.
    let (first, recorder) = (student.token(), student.listens().await);
    student.client().resume().await.unwrap();
    student.orders("burger", "spoken-of").await.is_accepted();
    recorder.hears_of("spoken-of", OrderStatus::Ready, 0).await;
    drop(recorder);
    student.with_token("not.a.token-at-all").get(OrderGateway, "/orders").await.is(401);
    hide("a token that is none", "not.a.token-at-all");
    for (what, token) in
        [("a token", first), ("a renewed token", student.token()), ("an admin's", admin.token())]
    {
        hide(&format!("the signature of {what}"), token.rsplit('.').next().unwrap());
    }
    for entry in std::fs::read_dir(program.folder().join("data/secrets")).unwrap() {
        let path = entry.unwrap().path();
        hide(&path.display().to_string(), std::fs::read_to_string(&path).unwrap().trim());
    }
    let log = program.log();
    assert!(log.contains("TRACE") && log.contains("DEBUG"), "everything is logged: {}", log.len());
    assert!(program.stop().await);
    for (what, secret) in secrets {
        let told: Vec<_> = log.lines().filter(|line| line.contains(&secret)).take(3).collect();
        assert!(told.is_empty(), "{what} is in the log: {told:#?}");
        // As bytes in decimal, as a debug line of a buffer prints them.
        let bytes = secret.bytes().take(8).map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        assert!(!log.contains(&bytes), "{what} is in the log, byte by byte");
    }
}
