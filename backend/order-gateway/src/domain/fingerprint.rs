//! The fingerprint of an order: what makes two requests the same.

use sha2::{Digest as _, Sha256};
use wire::{message::Fingerprint, order::Basket};

/// Of the merged and sorted lines, so that the two forms of a request, and any order of lines, are the same.
pub fn of(basket: &Basket) -> Fingerprint {
    let mut hash = Sha256::new();
    for line in basket.lines() {
        // An item's id has no line break and no space in its alphabet, so that no two baskets read alike.
        hash.update(line.item_id.as_str());
        hash.update([b' ', line.quantity.get(), b'\n']);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hash.finalize()[..16]);
    Fingerprint(half)
}

#[cfg(test)]
mod tests {
    use wire::order::PlaceOrder;

    use super::*;

    fn print(body: &str) -> Fingerprint {
        of(&serde_json::from_str::<PlaceOrder>(body).unwrap().basket().unwrap())
    }

    #[test]
    fn the_same_order_in_another_form_is_the_same() {
        let one = print(r#"{"itemId":"burger","quantity":2}"#);
        assert_eq!(one, print(r#"{"lines":[{"itemId":"burger"},{"itemId":"burger","quantity":1}]}"#));
        assert_ne!(one, print(r#"{"itemId":"burger","quantity":3}"#));
        let two = print(r#"{"lines":[{"itemId":"cola"},{"itemId":"burger"}],"orderId":"a"}"#);
        assert_eq!(two, print(r#"{"lines":[{"itemId":"burger"},{"itemId":"cola"}],"orderId":"b"}"#));
    }
}
