//! What must not become an order.

use super::*;

on_both_shapes!(
    what_is_no_order_is_refused_and_has_no_effect,
    a_large_body_hears_why_also_without_a_length_and_before_a_sign_in,
    a_key_names_one_order_and_no_other,
);

fn order(body: impl Into<Vec<u8>>, code: ErrorCode) -> Bad {
    bad(OrderGateway, "POST /order", body, code)
}

/// Numbers that are no quantity, as JSON writes them.
const NO_QUANTITIES: [&str; 18] = [
    "-1",
    "0",
    "21",
    "-0",
    "1.5",
    "1.0",
    "1e300",
    "-1e300",
    "1e2",
    "1e999",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "null",
    "true",
    "\"2\"",
    "[1]",
    "{}",
];

fn quantities() -> Vec<Bad> {
    let mut all = Vec::new();
    for quantity in NO_QUANTITIES {
        let one = format!(r#"{{"itemId":"burger","quantity":{quantity}}}"#);
        all.push(order(one, Invalid).names("quantity"));
        let line =
            format!(r#"{{"lines":[{{"itemId":"cola"}},{{"itemId":"burger","quantity":{quantity}}}]}}"#);
        all.push(order(line, Invalid).names("lines[1].quantity"));
    }
    for quantity in ["01", "+1", "NaN", "Infinity", "1.", ""] {
        all.push(order(format!(r#"{{"itemId":"burger","quantity":{quantity}}}"#), Malformed));
    }
    all
}

fn forms() -> Vec<Bad> {
    let long = "x".repeat(41);
    let lines = |count: usize| {
        let lines: Vec<_> = (0..count).map(|n| json!({ "itemId": format!("dish-{n}") })).collect();
        json!({ "lines": lines }).to_string()
    };
    let mut all = vec![
        order("{}", Invalid).names("itemId"),
        order(r#"{"quantity":1}"#, Invalid).names("itemId"),
        order(r#"{"lines":[]}"#, Invalid).names("lines"),
        order(r#"{"lines":null}"#, Invalid).names("lines"),
        order(r#"{"lines":{"itemId":"burger"}}"#, Invalid).names("lines"),
        order(r#"{"lines":"burger"}"#, Invalid).names("lines"),
        order(r#"{"lines":[null]}"#, Invalid).names("lines[0]"),
        order(r#"{"lines":["burger"]}"#, Invalid).names("lines[0]"),
        order(r#"{"lines":[["burger",2]]}"#, Invalid).names("lines[0]"),
        order(r#"{"lines":[{"quantity":2}]}"#, Invalid).names("lines[0]"),
        order(lines(21), Invalid).names("lines"),
        order(r#"{"lines":[{"itemId":"burger","quantity":11},{"itemId":"burger","quantity":10}]}"#, Invalid)
            .names("lines"),
        order(r#"{"itemId":"burger","lines":[{"itemId":"burger"}]}"#, Invalid).names("lines"),
        order(r#"{"quantity":2,"lines":[{"itemId":"burger"}]}"#, Invalid).names("lines"),
        order(r#"{"itemId":"burger","itemId":"cola"}"#, Invalid),
        order(r#"{"itemId":"burger","quantity":1,"quantity":1}"#, Invalid),
        order(r#"{"itemId":"burger","orderId":"a","orderId":"b"}"#, Invalid),
        order(r#"{"itemId":"no-such-dish"}"#, ErrorCode::UnknownItem),
        order(r#"{"lines":[{"itemId":"burger"},{"itemId":"no-such-dish"}]}"#, ErrorCode::UnknownItem),
    ];
    let items = [
        "null",
        "5",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"Burger\"",
        "\" burger\"",
        "\"bürger\"",
        "\"burger\\u0000\"",
        "\"burger' OR '1'='1\"",
        "\"../../etc/passwd\"",
        "\"${jndi:ldap://x}\"",
    ];
    for item in items.map(str::to_owned).into_iter().chain([format!("\"{long}\"")]) {
        all.push(order(format!(r#"{{"itemId":{item}}}"#), Invalid).names("itemId"));
    }
    let names =
        ["null", "7", "\"\"", "\"a b\"", "\"a/b\"", "\"ü\"", "\"a\\n\"", "\"'; DROP TABLE orders;--\""];
    for name in names.map(str::to_owned).into_iter().chain([format!("\"{}\"", "n".repeat(65))]) {
        all.push(order(format!(r#"{{"itemId":"burger","orderId":{name}}}"#), Invalid).names("orderId"));
    }
    let burger = || order(r#"{"itemId":"burger","orderId":"named"}"#, Invalid).names("Idempotency-Key");
    for key in ["other", "", "a b", "a/b", &"k".repeat(65)] {
        all.push(burger().with("idempotency-key", key));
    }
    all
}

fn unreadable() -> Vec<Bad> {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let mut all = Vec::new();
    let texts = [
        "",
        " ",
        "{",
        "}",
        "{'itemId':'burger'}",
        "itemId=burger",
        "<order/>",
        r#"{"itemId":"burger"} x"#,
        r#"{"itemId":"burger"}{"itemId":"burger"}"#,
        r#"{"itemId":"burger",}"#,
        r#"{"itemId":"bur"#,
        r#"{"itemId":"\x"}"#,
        "// burger\n{}",
        "\u{feff}{\"itemId\":\"burger\"}",
    ];
    all.extend(texts.map(|text| order(text, Malformed)));
    let bytes: [&[u8]; 5] = [
        b"{\"itemId\":\"burger\xff\"}",
        b"{\"itemId\":\"burger\",\"note\":\"\xff\xfe\"}",
        b"{\"itemId\":\"burger\",\"orderId\":\"\xc0\xaf\"}",
        b"{\0\"\0i\0t\0e\0m\0I\0d\0\"\0:\0\"\0c\0o\0l\0a\0\"\0}\0",
        b"\0\0\0\0",
    ];
    all.extend(bytes.map(|bytes| order(bytes, Malformed)));
    for text in ["null", "5", "\"burger\"", "true", "[]", r#"["burger",1]"#, r#"["burger",1,null,"x"]"#] {
        all.push(order(text, Invalid));
    }
    all.push(order(r#"{"itemId":"\ud800"}"#, Invalid).names("itemId"));
    all.push(order("[".repeat(10_000), Malformed));
    all.push(order("{\"lines\":".to_owned() + &"[".repeat(10_000), Malformed));
    all.push(order(deep(8_000), Invalid));
    for field in ["itemId", "quantity", "orderId", "lines", "note"] {
        all.push(order(format!("{{\"{field}\":{}}}", deep(8_000)), Invalid));
    }
    all
}

fn wrong_kinds_and_sizes() -> Vec<Bad> {
    use ErrorCode::{BodyTooLarge, UnsupportedMediaType};
    let burger = |code| order(r#"{"itemId":"burger"}"#, code);
    let padded = |length: usize| {
        let order = r#"{"itemId":"burger","quantity":0}"#;
        order.to_owned() + &" ".repeat(length - order.len())
    };
    let mut all = vec![
        burger(UnsupportedMediaType).without("content-type"),
        order(padded(16 * 1024), Invalid).names("quantity"),
        order(padded(16 * 1024 + 1), BodyTooLarge),
        order(padded(1024 * 1024), BodyTooLarge),
        order(vec![0; 1024 * 1024], BodyTooLarge),
        // 413 before 415 before 400.
        order(padded(1024 * 1024), BodyTooLarge).with("content-type", "text/plain"),
        order("nonsense", UnsupportedMediaType).with("content-type", "text/plain"),
        order(r#"{"itemId":"burger","quantity":0}"#, Invalid)
            .with("content-type", "Application/JSON; charset=utf-8"),
        // 400 before 422.
        order(r#"{"itemId":"no-such-dish","quantity":0}"#, Invalid),
    ];
    let kinds = [
        "text/plain",
        "",
        "json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/xml",
    ];
    all.extend(kinds.map(|kind| burger(UnsupportedMediaType).with("content-type", kind)));
    all
}

async fn what_is_no_order_is_refused_and_has_no_effect(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    student.orders("soup", "a-good-one").await.is_accepted();
    student.sees("a-good-one", wire::OrderStatus::Ready).await;
    let before = everything(&student, &admin).await;
    assert_eq!((before.orders.len(), before.tickets.tickets.len()), (1, 1));

    are_refused(&student, &quantities()).await;
    are_refused(&student, &forms()).await;
    are_refused(&student, &unreadable()).await;
    are_refused(&student, &wrong_kinds_and_sizes()).await;

    assert_eq!(everything(&student, &admin).await, before, "nothing has changed");
    student.orders("soup", "another-good-one").await.is_accepted();
    system.stop().await;
}

async fn a_large_body_hears_why_also_without_a_length_and_before_a_sign_in(shape: Shape) {
    let system = shape.start().await;
    let student = system.student().await;
    let staff = system.staff().await;
    let large = || vec![b' '; 1024 * 1024];
    let pieces = || {
        let pieces = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
        reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))
    };
    let forger = student.with_token("nonsense");
    let callers = [
        (&student, ErrorCode::BodyTooLarge),
        (&staff, ErrorCode::Forbidden),
        (&forger, ErrorCode::Unauthenticated),
        (&system.anybody(), ErrorCode::Unauthenticated),
    ];
    for (person, code) in callers {
        for body in [reqwest::Body::from(large()), pieces()] {
            let request = person.request(reqwest::Method::POST, OrderGateway, "/order");
            send(request.header("content-type", "application/json").body(body)).await.is_problem(code);
        }
    }
    assert!(student.all_orders().await.is_empty());
    system.stop().await;
}

async fn a_key_names_one_order_and_no_other(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    student.orders("soup", "once").await.is_accepted();
    student.sees("once", wire::OrderStatus::Ready).await;
    let before = everything(&student, &admin).await;
    let reused = |body: &str| order(body, ErrorCode::KeyReused);
    let requests = [
        reused(r#"{"itemId":"cola","orderId":"once"}"#),
        reused(r#"{"itemId":"soup","quantity":2,"orderId":"once"}"#),
        reused(r#"{"lines":[{"itemId":"soup"},{"itemId":"cola"}],"orderId":"once"}"#),
        reused(r#"{"itemId":"cola"}"#).with("idempotency-key", "once"),
        // Before what is wrong with the dish, since that order stands.
        reused(r#"{"itemId":"no-such-dish","orderId":"once"}"#),
    ];
    are_refused(&student, &requests).await;
    assert_eq!(everything(&student, &admin).await, before, "nothing has changed");
    system.stop().await;
}
