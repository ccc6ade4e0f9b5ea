//! Hostile input to everything but `POST /order`.

use super::*;

on_both_shapes!(
    what_makes_no_sense_anywhere_is_refused_and_has_no_effect,
    in_a_drill_every_error_is_still_a_problem,
);

/// How the body of a route looks, with a place for one value.
fn each<const N: usize>(
    service: ServiceName,
    route: &str,
    template: &str,
    field: &'static str,
    values: [&str; N],
) -> Vec<Bad> {
    let fill = |value: &str| bad(service, route, template.replace('?', value), Invalid).names(field);
    values.map(fill).to_vec()
}

fn at_stock() -> Vec<Bad> {
    use ErrorCode::{InsufficientStock, MethodNotAllowed, NotFound, PreconditionRequired, Stale};
    let stock = |route: &str, body: &str, code| bad(StockService, route, body, code);
    let adjust = "POST /stock/burger/adjust";
    let mut all = each(
        StockService,
        adjust,
        r#"{"delta":?,"reason":"r","key":"k"}"#,
        "delta",
        [
            "0",
            "1.5",
            "1e300",
            "null",
            "\"5\"",
            "9223372036854775808",
            "-9223372036854775809",
            "1000001",
            "-1000001",
            "[]",
        ],
    );
    all.extend(each(
        StockService,
        adjust,
        r#"{"delta":1,"reason":?,"key":"k"}"#,
        "reason",
        ["null", "5", "\"\"", "\"  \"", "\"a\\u0000b\"", &format!("\"{}\"", "r".repeat(201))],
    ));
    all.extend(each(
        StockService,
        adjust,
        r#"{"delta":1,"reason":"r","key":?}"#,
        "key",
        ["null", "\"\"", "\"a b\"", "7", &format!("\"{}\"", "k".repeat(65))],
    ));
    all.extend(each(
        StockService,
        "PATCH /stock/burger",
        r#"{"pricePoisha":?}"#,
        "pricePoisha",
        ["-1", "1.5", "1e300", "4294967296", "10000001", "\"5\"", "[]"],
    ));
    all.extend(each(
        StockService,
        "PATCH /stock/burger",
        r#"{"name":?}"#,
        "name",
        ["5", "\"\"", "\"\\u0007\""],
    ));
    all.extend(each(
        StockService,
        "PATCH /stock/burger",
        r#"{"picture":?}"#,
        "picture",
        ["\"../../etc/passwd\"", "\"\"", "\"http://elsewhere/x.svg\""],
    ));
    all.extend(each(StockService, "PUT /stock/burger", "?", "pricePoisha", [r#"{"name":"Burger"}"#]));
    let seed = r#"{"items":[{"id":"burger","name":"B","quantity":?}]}"#;
    all.extend(each(
        StockService,
        "POST /seed",
        seed,
        "items[0].quantity",
        ["-1", "1.5", "1e300", "null", "\"5\"", "4294967296", "1000001"],
    ));
    all.extend(each(
        StockService,
        "POST /seed",
        r#"{"items":[{"id":?,"name":"B","quantity":1}]}"#,
        "items[0].id",
        ["\"Burger\"", "\"\"", "\"../x\"", "null"],
    ));
    let twice =
        r#"{"items":[{"id":"burger","name":"B","quantity":1},{"id":"burger","name":"C","quantity":2}]}"#;
    let fine = r#"{"delta":1,"reason":"r","key":"k"}"#;
    all.extend([
        stock("POST /seed", twice, Invalid).names("items[1].id"),
        stock("POST /seed", "{}", Invalid),
        stock("POST /seed", r#"["burger"]"#, Invalid),
        stock("POST /seed", &" ".repeat(1024 * 1024 + 1), ErrorCode::BodyTooLarge),
        stock(adjust, r#"{"delta":1,"reason":"r","key":"k","quantity":7}"#, Invalid),
        stock(adjust, r#"[1,"r","k"]"#, Invalid),
        stock(adjust, "{", Malformed),
        stock(adjust, r#"{"delta":-1000,"reason":"r","key":"too-many"}"#, InsufficientStock),
        stock(adjust, r#"{"delta":1000000,"reason":"r","key":"no-room"}"#, Invalid).names("delta"),
        // 400 before 404 before 409 before 428.
        stock("POST /stock/no-such-dish/adjust", r#"{"delta":0,"reason":"r","key":"k"}"#, Invalid),
        stock("POST /stock/NO_DISH/adjust", r#"{"delta":0,"reason":"r","key":"k"}"#, Invalid),
        stock("POST /stock/no-such-dish/adjust", fine, NotFound),
        stock("POST /stock/NO_DISH/adjust", fine, NotFound),
        stock("PATCH /stock/burger", "{}", Invalid),
        stock("PATCH /stock/burger", r#"{"quantity":500}"#, Invalid),
        stock("PATCH /stock/NO_DISH", "{}", Invalid),
        stock("PATCH /stock/no-such-dish", r#"{"available":false}"#, NotFound),
        stock("PATCH /stock/burger", r#"{"available":false}"#, Stale).with("if-match", "\"999\""),
        stock("PATCH /stock/burger", r#"{"available":false}"#, Invalid).with("if-match", "yesterday"),
        stock("PATCH /stock/burger", r#"{"available":false}"#, PreconditionRequired),
        stock("GET /stock/..%2F..%2Fetc%2Fpasswd", "", NotFound),
        stock("GET /stock/burger%00", "", NotFound),
        stock("GET /stock/%FF", "", NotFound),
        stock(&format!("GET /stock/{}", "x".repeat(20_000)), "", NotFound),
        stock("DELETE /stock/burger", "", MethodNotAllowed),
        stock("GET /audit?before=yesterday", "", Invalid),
    ]);
    all
}

fn at_the_kitchen() -> Vec<Bad> {
    use ErrorCode::{MethodNotAllowed, NotFound};
    let nobody = "POST /tickets/00000000-0000-0000-0000-000000000000/status";
    let set = |route: &str, body: &str, code| bad(KitchenQueue, route, body, code);
    let mut all = each(
        KitchenQueue,
        nobody,
        r#"{"status":?,"expectedSeq":2}"#,
        "status",
        ["\"eaten\"", "\"pending\"", "\"rejected\"", "\"READY\"", "null", "1", "[\"ready\"]"],
    );
    all.extend(each(
        KitchenQueue,
        nobody,
        r#"{"status":"ready","expectedSeq":?}"#,
        "expectedSeq",
        ["-1", "1.5", "1e300", "null", "\"2\"", "4294967296"],
    ));
    all.extend([
        set(nobody, r#"{"status":"ready","expectedSeq":2}"#, NotFound),
        set("POST /tickets/7/status", r#"{"status":"ready","expectedSeq":2}"#, NotFound),
        set("POST /tickets/7/status", r#"{"status":"eaten","expectedSeq":2}"#, Invalid),
        set(nobody, r#"["ready",2]"#, Invalid),
        set("POST /dead-letters/9223372036854775808/redrive", "", NotFound),
        set("POST /dead-letters/-1/redrive", "", NotFound),
        set("PUT /board", "", MethodNotAllowed),
    ]);
    let queries = [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=many",
        "limit=1e3",
        "status=eaten",
        "before=7",
        "before=",
    ];
    all.extend(queries.map(|query| set(&format!("GET /tickets?{query}"), "", Invalid)));
    all
}

fn at_identity() -> Vec<Bad> {
    use ErrorCode::{
        BadCredentials, BodyTooLarge, MethodNotAllowed, NotFound, Unauthenticated, UnsupportedMediaType,
    };
    let ask = |route: &str, body: &str, code| bad(IdentityProvider, route, body, code);
    let long = "x".repeat(7_000);
    let mut all = Vec::new();
    for value in ["null", "5", "[]", "{}", "true"] {
        let name = format!(r#"{{"username":{value},"password":"p"}}"#);
        let password = format!(r#"{{"username":"u","password":{value}}}"#);
        all.push(ask("POST /login", &name, Invalid).names("username"));
        all.push(ask("POST /login", &password, Invalid).names("password"));
        all.push(ask(
            "POST /refresh",
            &format!(r#"{{"refreshToken":{value}}}"#),
            if value == "null" { Unauthenticated } else { Invalid },
        ));
    }
    let strangers = [
        json!({ "username": long, "password": long }),
        json!({ "username": "", "password": "" }),
        json!({ "username": "student1\u{0}", "password": "password123" }),
        json!({ "username": "student1 ", "password": "password123" }),
        json!({ "username": "STUDENT1", "password": "password123" }),
        json!({ "username": "' OR 1=1 --", "password": "' OR 1=1 --" }),
        json!({ "username": "stranger", "password": "\u{0}".repeat(100) }),
        json!({ "username": "শিক্ষার্থী", "password": "\u{1F354}".repeat(300) }),
    ];
    all.extend(strangers.map(|login| ask("POST /login", &login.to_string(), BadCredentials)));
    let user = |field: &'static str, value: Value| {
        let mut user =
            json!({ "username": "new-one", "name": "New", "role": "student", "password": "password-1" });
        user[field] = value;
        ask("POST /users", &user.to_string(), Invalid).names(field)
    };
    for value in [
        json!(null),
        json!(""),
        json!("a b"),
        json!("a\u{0}"),
        json!("u".repeat(65)),
        json!("<script>"),
        json!(7),
    ] {
        all.push(user("username", value));
    }
    for value in [json!(null), json!(""), json!("  "), json!("a\nb"), json!("n".repeat(101)), json!({})] {
        all.push(user("name", value));
    }
    for value in [json!(null), json!("service"), json!("root"), json!(""), json!(["admin"])] {
        all.push(user("role", value));
    }
    for value in [json!(null), json!("seven77"), json!("p".repeat(129)), json!(12_345_678)] {
        all.push(user("password", value));
    }
    let nobody = "PATCH /users/00000000-0000-0000-0000-000000000000";
    all.extend([
        ask("POST /login", "{}", Invalid),
        ask("POST /login", r#"["student1","password123"]"#, Invalid),
        ask("POST /login", "username=student1&password=password123", UnsupportedMediaType)
            .with("content-type", "application/x-www-form-urlencoded"),
        ask("POST /login", &json!({ "username": "x".repeat(1024 * 1024) }).to_string(), BodyTooLarge),
        ask("GET /login", "", MethodNotAllowed),
        ask("POST /refresh", r#"{"refreshToken":"nonsense"}"#, Unauthenticated),
        ask("POST /refresh", &json!({ "refreshToken": long }).to_string(), Unauthenticated),
        ask("POST /refresh", "", Unauthenticated)
            .with("cookie", "cafeteria_refresh=nonsense")
            .without("content-type"),
        ask(
            "POST /users",
            r#"{"username":"student1","name":"S","role":"admin","password":"password-1"}"#,
            ErrorCode::Taken,
        ),
        ask(nobody, r#"{"name":"Nobody"}"#, NotFound),
        ask(nobody, r#"{"role":"service"}"#, Invalid).names("role"),
        ask(nobody, r#"{"disabled":"yes"}"#, Invalid).names("disabled"),
        ask(nobody, r#"{"userId":"x"}"#, Invalid),
        ask("PATCH /users/student1", r#"{"name":"Nobody"}"#, NotFound),
        ask("PATCH /users/student1", r#"{"role":"service"}"#, Invalid),
        ask("GET /users?limit=0", "", Invalid),
        ask("GET /users?limit=201", "", Invalid),
        ask("GET /users?after=a%20b", "", Invalid),
        ask("POST /users/import", "a,b\n", UnsupportedMediaType),
        ask("POST /users/import", "a,b\n", Invalid).with("content-type", "text/csv"),
        ask("POST /users/import", "", Invalid).with("content-type", "text/csv"),
        ask("POST /users/import", &" ".repeat(8 * 1024 * 1024 + 1), BodyTooLarge)
            .with("content-type", "text/csv"),
        ask("GET /users/import/7", "", NotFound),
        ask("POST /password", r#"{"currentPassword":"adminpassword","newPassword":"short"}"#, Invalid)
            .names("newPassword"),
    ]);
    all
}

fn at_every_service() -> Vec<Bad> {
    use ErrorCode::{MethodNotAllowed, NotFound};
    let mut all = Vec::new();
    for service in ServiceName::ALL {
        let ask = |route: &str, body: &str, code| bad(service, route, body, code);
        for path in
            ["/nothing", "//", "/health/", "/%2e%2e%2fetc%2fpasswd", "/.git/config", "/chaos/x", "/%00"]
        {
            all.push(ask(&format!("GET {path}"), "", NotFound));
        }
        for route in ["DELETE /chaos", "POST /metrics", "PUT /health", "PATCH /", "OPTIONS /chaos"] {
            all.push(ask(route, "", MethodNotAllowed));
        }
        all.extend([
            ask("POST /chaos", "{}", Invalid),
            ask("POST /chaos", r#"{"enable":"yes"}"#, Invalid).names("enable"),
            ask("POST /chaos", r#"{"enable":true,"mode":"explode"}"#, Invalid).names("mode"),
            ask("POST /chaos", r#"{"enable":true,"latencyMs":0}"#, Invalid).names("latencyMs"),
            ask("POST /chaos", r#"{"enable":true,"latencyMs":4294967296}"#, Invalid).names("latencyMs"),
            ask("POST /chaos", r#"{"enable":true,"errorRate":1.5}"#, Invalid).names("errorRate"),
            ask("POST /chaos", r#"{"enable":true,"errorRate":-1e300}"#, Invalid).names("errorRate"),
            ask("POST /chaos", r#"{"enable":true,"forSeconds":0}"#, Invalid).names("forSeconds"),
            ask("POST /chaos", "[true]", Invalid),
            ask("POST /chaos", "enable", Malformed),
        ]);
    }
    for query in
        ["limit=0", "limit=101", "limit=-1", "limit=x", "before=x", "before=5", "before=5.", "before=x.a"]
    {
        all.push(bad(OrderGateway, &format!("GET /orders?{query}"), "", Invalid));
    }
    for path in ["/orders/none", "/orders/a%20b", "/orders/%00", "/orders/a%2Fb"] {
        all.push(bad(OrderGateway, &format!("GET {path}"), "", NotFound));
    }
    all
}

async fn what_makes_no_sense_anywhere_is_refused_and_has_no_effect(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    student.orders("soup", "a-good-one").await.is_accepted();
    student.sees("a-good-one", wire::OrderStatus::Ready).await;
    let before = everything(&student, &admin).await;

    are_refused(&admin, &at_stock()).await;
    are_refused(&admin, &at_the_kitchen()).await;
    are_refused(&admin, &at_identity()).await;
    are_refused(&admin, &at_every_service()).await;

    assert_eq!(everything(&student, &admin).await, before, "nothing has changed");
    for service in ServiceName::ALL {
        let drill: Value = admin.get(service, "/chaos").await.is(200).json();
        assert_eq!(drill["chaosMode"], false, "{service}");
    }
    // The address of a method that there is not names those that there are.
    let answer = bad(OrderGateway, "GET /order", "", ErrorCode::MethodNotAllowed).is_sent_by(&admin).await;
    assert_eq!(answer.headers.get("allow").unwrap(), "POST");
    system.stop().await;
}

async fn in_a_drill_every_error_is_still_a_problem(shape: Shape) {
    let system = shape.start().await;
    let admin = system.admin().await;
    let drilled = [
        (OrderGateway, "GET /latency-stats"),
        (StockService, "GET /stock"),
        (KitchenQueue, "GET /board"),
        (ServiceName::NotificationHub, "GET /socket.io/?EIO=4&transport=polling"),
        (IdentityProvider, "GET /verify"),
    ];
    for (service, route) in drilled {
        admin.orders_chaos(service, &json!({ "enable": true })).await.is(200);
        let request = bad(service, route, "", ErrorCode::Chaos);
        assert!(request.is_sent_by(&admin).await.headers.contains_key("retry-after"));
        are_refused(&admin, &[request]).await;
    }
    system.stop().await;
}
