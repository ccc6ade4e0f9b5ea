//! Requests of the load: orders of many students for many dishes, each with an id of its own.

use wire::ItemId;

/// Digits of an order's number, so that requests differ in nothing else.
const DIGITS: usize = 10;
/// Digits before the first order.
const ZEROS: &str = "0000000000";

/// Writer of `POST /order` requests.
#[derive(Debug)]
pub struct Orders {
    /// Request of each student for each dish.
    prepared: Vec<Prepared>,
    /// Orders written so far.
    written: u64,
}

#[derive(Debug)]
struct Prepared {
    bytes: Vec<u8>,
    /// Offset of the digits.
    digits: usize,
}

impl Orders {
    /// Prepares the orders of the students who hold these access tokens, for these dishes.
    pub fn new(tokens: &[String], dishes: &[ItemId]) -> Self {
        let of_dish = |dish| tokens.iter().map(move |token| Prepared::new(token, dish));
        Self { prepared: dishes.iter().flat_map(of_dish).collect(), written: 0 }
    }

    /// Appends the next request.
    pub fn write(&mut self, request: &mut Vec<u8>) {
        let number = self.written;
        self.written += 1;
        let at = number % (self.prepared.len() as u64).max(1);
        let Some(Prepared { bytes, digits }) = usize::try_from(at).ok().and_then(|at| self.prepared.get(at))
        else {
            return;
        };
        let start = request.len() + digits;
        request.extend_from_slice(bytes);
        request[start..start + DIGITS].copy_from_slice(&decimal(number));
    }
}

impl Prepared {
    fn new(token: &str, dish: &ItemId) -> Self {
        let start = format!(r#"{{"itemId":"{dish}","quantity":1,"orderId":"load-"#);
        let body = format!(r#"{start}{ZEROS}"}}"#);
        let head = format!(
            "POST /order HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let digits = head.len() + start.len();
        Self { bytes: (head + &body).into_bytes(), digits }
    }
}

/// Returns the last digits of a number in decimal.
fn decimal(number: u64) -> [u8; DIGITS] {
    let mut rest = number;
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use wire::order::PlaceOrder;

    use super::*;

    #[test]
    fn each_request_is_an_order_with_an_id_of_its_own() {
        let dishes = ["burger", "cola"].map(|dish| dish.parse().unwrap());
        let mut orders = Orders::new(&["one".to_owned(), "two".to_owned()], &dishes);
        let mut written = Vec::new();
        for _ in 0..13 {
            let mut request = b"before".to_vec();
            orders.write(&mut request);
            let text = String::from_utf8(request).unwrap();
            let (head, body) = text.strip_prefix("before").unwrap().split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /order HTTP/1.1\r\n"), "{head}");
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
            let token = head.split("Bearer ").nth(1).unwrap().lines().next().unwrap().to_owned();
            let order: PlaceOrder = serde_json::from_str(body).unwrap();
            written.push((order.item_id.unwrap(), token, order.order_id.unwrap().to_string()));
        }
        let expected = |at: usize, dish: &str, token: &str, id: &str| {
            assert_eq!(written[at], (dish.parse().unwrap(), token.to_owned(), id.to_owned()));
        };
        expected(0, "burger", "one", "load-0000000000");
        expected(1, "burger", "two", "load-0000000001");
        expected(2, "cola", "one", "load-0000000002");
        expected(12, "burger", "one", "load-0000000012");
    }
}
