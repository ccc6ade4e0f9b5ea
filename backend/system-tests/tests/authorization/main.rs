//! Who may do what: every route of every service, called by everybody; nobody sees another's orders; no token but a
//! good one opens anything.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a socket of the scenario, not a task of a service")]

mod socket;

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cafeteria::settings::Settings;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::{
    Clock,
    clock::Hand,
    http::Access::{self, Admin, Public, Service, SignedIn, Staff, Student},
    token::{ServiceTokens, Signer},
};
use sha2::Sha256;
use socket::RawSocket;
use system_tests::{
    on_both_shapes,
    people::{Answer, Person, send},
    shape::{Shape, System},
    system::InProcess,
    wait,
};
use wire::{
    ErrorCode, OrderStatus, Role,
    event::names,
    identity::{Claims, Jwks, SERVICE_ISSUER, Secret, Session, USER_AUDIENCE, USER_ISSUER},
    kiosk::{CreateKiosk, KioskSignIn},
    ops::ServiceName::{self, IdentityProvider, KitchenQueue, NotificationHub, OrderGateway, StockService},
};

on_both_shapes!(
    every_route_is_known_and_open_to_those_it_is_for_alone,
    nobody_reads_lists_or_hears_anothers_order,
    a_socket_is_let_in_with_a_good_token_or_none_and_keeps_its_rooms,
    forged_tokens_order_nothing,
    an_expired_token_is_refused_and_a_refreshed_session_goes_on,
    a_disabled_user_gets_no_further_token,
);

/// What every service has.
const EVERYWHERE: [(&str, &str, Access); 8] = [
    ("GET", "/", Public),
    ("GET", "/health", Public),
    ("GET", "/livez", Public),
    ("GET", "/readyz", Public),
    ("GET", "/metrics", Public),
    ("GET", "/openapi.json", Public),
    ("GET", "/chaos", Public),
    ("POST", "/chaos", Admin),
];

/// What each has of its own. A route that is not in here fails the test.
const OWN: [(ServiceName, &str, &str, Access); 41] = [
    (IdentityProvider, "POST", "/login", Public),
    (IdentityProvider, "POST", "/refresh", Public),
    (IdentityProvider, "POST", "/logout", Public),
    (IdentityProvider, "GET", "/verify", Public),
    (IdentityProvider, "GET", "/.well-known/jwks.json", Public),
    (IdentityProvider, "POST", "/password", SignedIn),
    (IdentityProvider, "GET", "/users", Admin),
    (IdentityProvider, "POST", "/users", Admin),
    (IdentityProvider, "PATCH", "/users/{id}", Admin),
    (IdentityProvider, "POST", "/users/import", Admin),
    (IdentityProvider, "GET", "/users/import/{jobId}", Admin),
    (IdentityProvider, "GET", "/audit", Admin),
    (IdentityProvider, "GET", "/kiosks", Admin),
    (IdentityProvider, "POST", "/kiosks", Admin),
    (IdentityProvider, "PATCH", "/kiosks/{id}", Admin),
    (IdentityProvider, "POST", "/kiosks/{id}/secret", Admin),
    (IdentityProvider, "PUT", "/users/{id}/card", Admin),
    (IdentityProvider, "POST", "/kiosk/session", Access::Kiosk),
    (IdentityProvider, "POST", "/kiosk/card", Access::Kiosk),
    (IdentityProvider, "POST", "/kiosk/heartbeat", Access::Kiosk),
    (OrderGateway, "POST", "/order", Student),
    (OrderGateway, "GET", "/orders", Student),
    (OrderGateway, "GET", "/orders/{orderId}", Student),
    (OrderGateway, "GET", "/latency-stats", Public),
    (StockService, "GET", "/stock", Public),
    (StockService, "GET", "/stock/{id}", Public),
    (StockService, "PUT", "/stock/{id}", Staff),
    (StockService, "PATCH", "/stock/{id}", Staff),
    (StockService, "POST", "/stock/{id}/adjust", Staff),
    (StockService, "POST", "/seed", Staff),
    (StockService, "POST", "/stock/reduce", Service),
    (StockService, "POST", "/stock/release", Service),
    (StockService, "GET", "/audit", Admin),
    (KitchenQueue, "GET", "/tickets", Staff),
    (KitchenQueue, "POST", "/tickets/{id}/status", Staff),
    (KitchenQueue, "GET", "/dead-letters", Admin),
    (KitchenQueue, "POST", "/dead-letters/{id}/redrive", Admin),
    (KitchenQueue, "GET", "/board", Public),
    (KitchenQueue, "GET", "/audit", Admin),
    (KitchenQueue, "GET", "/users/{id}/orders", Service),
    (KitchenQueue, "GET", "/orders", Service),
];

/// Public routes whose own business it is to say 401: to a refresh token or a bearer token that is missing.
const JUDGES: [&str; 2] = ["/refresh", "/verify"];

fn all_routes() -> Vec<(ServiceName, &'static str, &'static str, Access)> {
    let common = ServiceName::ALL
        .into_iter()
        .flat_map(|name| EVERYWHERE.map(|(method, path, access)| (name, method, path, access)));
    common.chain(OWN).collect()
}

/// Who may, said once more and independently of the code that decides it.
fn may(access: Access, role: Option<Role>) -> bool {
    match (access, role) {
        (Public, _) => true,
        (_, None) => false,
        (SignedIn, Some(role)) => [Role::Student, Role::Staff, Role::Admin, Role::Kiosk].contains(&role),
        (Student, Some(role)) => [Role::Student, Role::KioskStudent, Role::Admin].contains(&role),
        (Staff, Some(role)) => [Role::Staff, Role::Admin].contains(&role),
        (Admin, Some(role)) => role == Role::Admin,
        (Access::Kiosk, Some(role)) => role == Role::Kiosk,
        (Service, Some(role)) => role == Role::Service,
    }
}

/// The token that one of our services calls another with.
fn service_token(system: &System, caller: ServiceName, target: ServiceName) -> String {
    ServiceTokens::new(caller, &system.service_seed(caller), Clock::system()).for_target(target).0
}

/// Returns a signed-in kiosk, and the token of a student who has signed in at it.
async fn kiosk_with_student(system: &System, admin: &Person) -> (Person, String) {
    let wanted = CreateKiosk { username: "kiosk-1".parse().unwrap(), name: "By the door".to_owned() };
    let secret = admin.client().create_kiosk(&wanted).await.unwrap().secret;
    let kiosk = system.person("kiosk-1", &secret.0).await;
    let password = Secret("password123".to_owned());
    let sign_in = KioskSignIn::Password { username: "student1".to_owned(), password };
    let session = kiosk.client().open_kiosk_session(&sign_in).await.unwrap();
    (kiosk, session.token.0)
}

async fn calls(
    system: &System,
    service: ServiceName,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> Answer {
    // A value that is a possible name of each kind of thing, and of nothing that there is.
    let nothing = "00000000-0000-0000-0000-000000000000";
    let path: Vec<_> =
        path.split('/').map(|part| if part.starts_with('{') { nothing } else { part }).collect();
    let request = system.anybody().request(method.parse().unwrap(), service, &path.join("/"));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    send(if method == "GET" || method == "HEAD" { request } else { request.json(&json!({})) }).await
}

async fn every_route_is_known_and_open_to_those_it_is_for_alone(shape: Shape) {
    let system = shape.start().await;
    let mut served = BTreeSet::new();
    for service in ServiceName::ALL {
        let page: Value = system.anybody().get(service, "/openapi.json").await.is(200).json();
        for (path, methods) in page["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let access = operation["x-access"].as_str().unwrap();
                served.insert(format!("{service}: {} {path} is for {access}", method.to_uppercase()));
            }
        }
    }
    let known: BTreeSet<_> = all_routes()
        .into_iter()
        .map(|(service, method, path, access)| format!("{service}: {method} {path} is for {access:?}"))
        .collect();
    let strange: Vec<_> = served.symmetric_difference(&known).collect();
    assert!(strange.is_empty(), "served and not in the table, or the other way round: {strange:#?}");

    let people = [system.student().await, system.staff().await, system.admin().await];
    let (kiosk, at_kiosk) = kiosk_with_student(&system, &people[2]).await;
    for (service, method, path, access) in all_routes() {
        let caller = if service == OrderGateway { KitchenQueue } else { OrderGateway };
        let services = service_token(&system, caller, service);
        let mut callers = vec![
            (None, None),
            (Some(Role::Service), Some(services)),
            (Some(Role::Kiosk), Some(kiosk.token())),
            (Some(Role::KioskStudent), Some(at_kiosk.clone())),
        ];
        for person in &people {
            callers.push((Some(person.client().signed_in().unwrap().user.role), Some(person.token())));
        }
        assert_eq!(callers.len(), 7);
        for (role, token) in callers {
            let answer = calls(&system, service, method, path, token.as_deref()).await;
            let what = format!("{service}: {method} {path} by {role:?}: {answer:?}");
            let status = answer.status.as_u16();
            if may(access, role) {
                assert!(status != 403 && (status != 401 || JUDGES.contains(&path)), "{what}");
                assert!(status != 405 && status < 500, "{what}");
            } else if role.is_none() {
                answer.is_problem(ErrorCode::Unauthenticated);
                let head = calls(&system, service, "HEAD", path, None).await;
                assert!(method != "GET" || head.status.as_u16() == 401, "{what}, HEAD: {head:?}");
            } else {
                answer.is_problem(ErrorCode::Forbidden);
            }
        }
        if access != Public {
            let another = if service == StockService { KitchenQueue } else { StockService };
            for bad in [service_token(&system, caller, another).as_str(), "nonsense", ""] {
                let answer = calls(&system, service, method, path, Some(bad)).await;
                answer.is_problem(ErrorCode::Unauthenticated);
            }
        }
    }
    // The scheme is written in any case (RFC 9110).
    for scheme in ["Bearer", "bearer", "BEARER", "Basic", "Bearer Bearer"] {
        let request = system.anybody().request(Method::GET, OrderGateway, "/orders");
        let answer = send(request.header("authorization", format!("{scheme} {}", people[0].token()))).await;
        let good = scheme.eq_ignore_ascii_case("bearer");
        assert_eq!(answer.status.as_u16(), if good { 200 } else { 401 }, "{scheme}: {answer:?}");
    }
    for service in ServiceName::ALL {
        let drill: Value = system.anybody().get(service, "/chaos").await.is(200).json();
        assert_eq!(drill["chaosMode"], false, "nothing of this has switched a drill on");
    }
    system.stop().await;
}

async fn nobody_reads_lists_or_hears_anothers_order(shape: Shape) {
    let system = shape.start().await;
    let owner = system.student().await;
    let others = system.students(1).await;
    let (other, staff, admin) = (&others[0], system.staff().await, system.admin().await);
    let mut sockets = Vec::new();
    for person in [&owner, other, &staff, &admin] {
        sockets.push(opens_socket(&system, Some(&person.token())).await);
    }
    let [owners, others_socket, kitchen, ops] = &sockets[..] else { unreachable!("four people") };
    let public = opens_socket(&system, None).await;
    let room = format!("user:{}", owner.user_id());
    for socket in [others_socket, &public] {
        for wish in [json!(owner.user_id()), json!({ "userId": owner.user_id() }), json!(room)] {
            socket.says(names::JOIN_USER, &wish);
            socket.says("join", &wish);
        }
        socket.says("join", &json!("kitchen"));
        socket.says("join", &json!("ops"));
    }

    owner.orders("burger", "private").await.is_accepted();
    owner.sees("private", OrderStatus::Ready).await;
    wait::until("the owner to hear all of it", async || match owners.notifications().last() {
        Some(news) if news.status == OrderStatus::Ready => Ok(()),
        other => Err(other.cloned()),
    })
    .await;
    kitchen.hears(names::TICKET).await;
    ops.hears(names::OPS).await;

    other.order("private").await.is_problem(ErrorCode::NotFound);
    admin.order("private").await.is_problem(ErrorCode::NotFound);
    assert!(other.all_orders().await.is_empty());
    let user = owner.user_id().to_string();
    let guesses = [
        format!("/orders/{user}%2Fprivate"),
        format!("/orders/{user}/private"),
        format!("/orders?userId={user}&limit=5"),
    ];
    for path in guesses {
        let answer = other.get(OrderGateway, &path).await;
        assert!(!answer.body.contains("private"), "{answer:?}");
    }
    // The same name is another order for somebody else, and does not show what the first one was.
    other.orders("cola", "private").await.is_accepted();
    let own = other.sees("private", OrderStatus::Ready).await;
    assert_eq!(own.lines[0].item_id.as_str(), "cola");
    assert_eq!(owner.all_orders().await.len(), 1);
    wait::until("the other to hear their own", async || match others_socket.notifications().last() {
        Some(news) if news.status == OrderStatus::Ready => Ok(()),
        last => Err(last.cloned()),
    })
    .await;

    // What comes after is heard last: whatever was on its way before has arrived by then.
    staff.restocks("cola", 7, "after").await.is(200);
    let level = u64::from(staff.dish("cola").await.quantity);
    for socket in [others_socket, &public] {
        wait::until("the last level", async || {
            let levels = socket.heard(names::STOCK);
            let seen = levels.iter().any(|news| news["itemId"] == "cola" && news["quantity"] == level);
            if seen { Ok(()) } else { Err(levels) }
        })
        .await;
    }
    let own_ticket = own.ticket;
    assert!(
        others_socket.notifications().iter().all(|news| news.ticket.is_none() || news.ticket == own_ticket)
    );
    assert_eq!(others_socket.notifications().len(), own.history.len() - 1);
    hears_only(others_socket, &["ready", "stock", "board", "menu", "notification"]);
    hears_only(&public, &["ready", "stock", "board", "menu"]);
    hears_only(kitchen, &["ready", "stock", "board", "menu", "ticket"]);
    assert!(!kitchen.heard(names::TICKET).iter().any(|ticket| ticket.to_string().contains(&user)));
    system.stop().await;
}

#[track_caller]
fn hears_only(socket: &RawSocket, allowed: &[&str]) {
    let allowed: BTreeSet<_> = allowed.iter().map(|name| (*name).to_owned()).collect();
    assert!(socket.names().is_subset(&allowed), "heard {:?}, not only {allowed:?}", socket.names());
}

async fn a_socket_is_let_in_with_a_good_token_or_none_and_keeps_its_rooms(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let from_service = service_token(&system, OrderGateway, NotificationHub);
    let (_, at_kiosk) = kiosk_with_student(&system, &admin).await;
    for bad in ["", "nonsense", &from_service, &at_kiosk, &format!("{}x", student.token())] {
        let refused = RawSocket::open(&system.url(NotificationHub), Some(bad)).await.unwrap_err();
        assert!(refused.contains("bad_token"), "{refused}");
    }
    // Another's token, or a token where there was none, does not make a socket theirs.
    for token in [Some(student.token()), None] {
        let socket = opens_socket(&system, token.as_deref()).await;
        socket.says(names::RENEW, &json!({ "token": admin.token() }));
        is_closed(&socket).await;
        hears_only(&socket, &["ready", "stock", "board", "menu"]);
    }
    let kept = opens_socket(&system, Some(&student.token())).await;
    kept.says(names::RENEW, &json!({ "token": student.token() }));
    student.orders("cola", "after-renewal").await.is_accepted();
    kept.hears(names::NOTIFICATION).await;
    assert!(!kept.is_closed());
    system.stop().await;
}

async fn opens_socket(system: &System, token: Option<&str>) -> RawSocket {
    RawSocket::open(&system.url(NotificationHub), token).await.unwrap()
}

/// Waits until the hub has closed a socket.
async fn is_closed(socket: &RawSocket) {
    wait::until(
        "the hub to close the socket",
        async || {
            if socket.is_closed() { Ok(()) } else { Err(socket.names()) }
        },
    )
    .await;
}

/// Reads the claims of a token.
fn claims(token: &str) -> Claims {
    let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn encoded(part: &impl serde::Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).unwrap())
}

async fn is_refused(student: &Person, what: &str, token: &str) {
    let forger = student.with_token(token);
    for answer in [forger.orders("burger", what).await, forger.get(OrderGateway, "/orders").await] {
        assert_eq!(answer.is_problem(ErrorCode::Unauthenticated).items, [], "{what}");
    }
    let verdict = forger.get(IdentityProvider, "/verify").await.is(401);
    assert_eq!(verdict.json::<Value>(), json!({ "valid": false }), "{what}");
}

async fn forged_tokens_order_nothing(shape: Shape) {
    let system = shape.start().await;
    let student = system.student().await;
    let token = student.token();
    let good = claims(&token);
    let keys: Jwks = system.anybody().get(IdentityProvider, "/.well-known/jwks.json").await.is(200).json();
    let header: Value = {
        let text = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let kid = header["kid"].as_str().unwrap();
    let key = keys.keys.iter().find(|key| key.kid == kid).unwrap();
    assert_eq!(
        (header["alg"].as_str(), good.aud.as_str(), good.iss.as_str()),
        (Some("EdDSA"), USER_AUDIENCE, USER_ISSUER)
    );

    is_refused(&student, "foreign", &Signer::new(kid, &[7; 32]).sign(&good).0).await;
    is_refused(&student, "unknown-key", &Signer::new("another", &[7; 32]).sign(&good).0).await;
    let parts: Vec<_> = token.split('.').collect();
    for alg in ["none", "None", "NONE"] {
        let head = encoded(&json!({ "alg": alg, "typ": "JWT", "kid": kid }));
        is_refused(&student, "alg-none", &format!("{head}.{}.", parts[1])).await;
        is_refused(&student, "alg-none-signed", &format!("{head}.{}.{}", parts[1], parts[2])).await;
    }
    let promoted = encoded(&Claims { role: Role::Admin, ..good.clone() });
    is_refused(&student, "promoted", &format!("{}.{promoted}.{}", parts[0], parts[2])).await;
    is_refused(&student, "unsigned", &format!("{}.{}.", parts[0], parts[1])).await;
    // The public key, taken for the secret of a symmetric algorithm.
    let symmetric = encoded(&json!({ "alg": "HS256", "typ": "JWT", "kid": kid }));
    let signed = format!("{symmetric}.{}", parts[1]);
    for secret in [key.x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&key.x).unwrap()] {
        let mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap().chain_update(&signed).finalize();
        let signature = URL_SAFE_NO_PAD.encode(mac.into_bytes());
        is_refused(&student, "symmetric", &format!("{signed}.{signature}")).await;
    }
    // A key of one of our services signs for that service, and for no person.
    let gateway = Signer::new("order-gateway", &system.service_seed(OrderGateway));
    for iss in [USER_ISSUER, SERVICE_ISSUER] {
        let claims = Claims { iss: iss.to_owned(), ..good.clone() };
        is_refused(&student, "by-a-service", &gateway.sign(&claims).0).await;
    }
    assert!(student.all_orders().await.is_empty(), "the good token still works, and nothing was ordered");
    system.stop().await;
}

/// A system whose tokens last for a minute, and its time where that is moved by hand, from the real present on: other
/// parts look at the real clock.
async fn with_short_tokens(shape: Shape) -> (System, Option<Hand>) {
    let short = |settings: &mut Settings| settings.identity.token_minutes = 1;
    match shape {
        Shape::Single => {
            let (clock, hand) = Clock::by_hand(Clock::system().now());
            (System::Single(Box::new(InProcess::start_at(clock, short).await)), Some(hand))
        }
        Shape::Distributed => (shape.start_with(short).await, None),
    }
}

async fn an_expired_token_is_refused_and_a_refreshed_session_goes_on(shape: Shape) {
    let (system, hand) = with_short_tokens(shape).await;
    let session = signs_in(&system).await;
    let token = &session.token.0;
    let student = system.anybody().with_token(token);
    student.get(OrderGateway, "/orders").await.is(200);
    let socket = opens_socket(&system, Some(token)).await;
    let said = claims(token);
    assert_eq!((said.exp - said.iat, session.expires_at.as_secs()), (60, said.exp));

    if let Some(hand) = &hand {
        hand.advance(Duration::from_secs(59));
        student.get(OrderGateway, "/orders").await.is(200);
        hand.advance(Duration::from_secs(1));
    }
    wait::until_within(Duration::from_secs(120), "the token to have expired", async || {
        let answer = student.get(OrderGateway, "/orders").await;
        if answer.status.as_u16() == 401 { Ok(()) } else { Err(answer) }
    })
    .await;
    is_refused(&student, "expired", token).await;
    assert!(RawSocket::open(&system.url(NotificationHub), Some(token)).await.is_err());
    assert!(!socket.is_closed(), "a socket stays half a minute longer");
    if let Some(hand) = &hand {
        hand.advance(Duration::from_secs(30));
    }
    is_closed(&socket).await;

    let next = refreshes(&system, &session).await.is(200).json::<Session>();
    let renewed = student.with_token(&next.token.0);
    renewed.get(OrderGateway, "/orders").await.is(200);
    renewed.orders("burger", "refreshed").await.is_accepted();
    system.stop().await;
}

async fn signs_in(system: &System) -> Session {
    let login = json!({ "username": "student1", "password": "password123" });
    system.anybody().post(IdentityProvider, "/login", &login).await.is(200).json()
}

async fn refreshes(system: &System, session: &Session) -> Answer {
    let body = json!({ "refreshToken": session.refresh_token });
    system.anybody().post(IdentityProvider, "/refresh", &body).await
}

async fn a_disabled_user_gets_no_further_token(shape: Shape) {
    let system = shape.start().await;
    let (session, admin) = (signs_in(&system).await, system.admin().await);
    let path = format!("/users/{}", session.user.user_id);
    let disable = admin.request(Method::PATCH, IdentityProvider, &path).json(&json!({ "disabled": true }));
    send(disable).await.is(200);
    refreshes(&system, &session).await.is_problem(ErrorCode::Unauthenticated);
    let login = json!({ "username": "student1", "password": "password123" });
    let answer = system.anybody().post(IdentityProvider, "/login", &login).await;
    answer.is_problem(ErrorCode::BadCredentials);
    system.stop().await;
}
