//! The requests of the load: orders of many students for many dishes, each with a name of its own.

use system_tests::{load::Load, people::Person};
use wire::ops::ServiceName;

use crate::bed::Bed;

/// How many connections the load comes over.
const CONNECTIONS: usize = 256;
/// Every order's name has so many digits, so that requests differ in nothing but them.
const DIGITS: usize = 10;

/// Writes `POST /order` requests.
pub(crate) struct Orders {
    /// A request of each student for each dish, in no order that matters.
    prepared: Vec<Prepared>,
    /// How many orders have been named.
    named: u64,
}

struct Prepared {
    bytes: Vec<u8>,
    /// Where the digits are.
    digits: usize,
}

impl Orders {
    /// Of these students, for these dishes.
    pub(crate) fn new(students: &[Person], dishes: &[String]) -> Self {
        let prepared = dishes
            .iter()
            .flat_map(|dish| students.iter().map(|student| Prepared::new(student, dish)))
            .collect();
        Self { prepared, named: 0 }
    }

    /// Of every student of the bed, for all that is left.
    pub(crate) async fn of_everything(bed: &Bed) -> Self {
        let menu = bed.admin.menu().await;
        let dishes: Vec<_> =
            menu.iter().filter(|item| item.quantity > 0).map(|item| item.id.to_string()).collect();
        Self::new(&bed.students, &dishes)
    }

    /// Writes the next one.
    pub(crate) fn write(&mut self, request: &mut Vec<u8>) {
        let at = usize::try_from(self.named).unwrap() % self.prepared.len();
        let Prepared { bytes, digits } = &self.prepared[at];
        request.extend_from_slice(bytes);
        let mut rest = self.named;
        for digit in request[*digits..digits + DIGITS].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap();
            rest /= 10;
        }
        self.named += 1;
    }
}

impl Prepared {
    fn new(student: &Person, dish: &str) -> Self {
        let name = "0".repeat(DIGITS);
        let body = format!(r#"{{"itemId":"{dish}","quantity":1,"orderId":"bench-{name}"}}"#);
        let head = format!(
            "POST /order HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            student.token(),
            body.len()
        );
        let digits = head.len() + body.find(&name).unwrap();
        Self { bytes: (head + &body).into_bytes(), digits }
    }
}

/// So many orders a second, for so long.
pub(crate) fn load(bed: &Bed, rate: u64, duration: std::time::Duration) -> Load {
    Load { address: bed.address(ServiceName::OrderGateway), rate, duration, connections: CONNECTIONS }
}
