//! PIN of the staff: its hash in the configuration, and its check.

use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use wire::identity::Secret;

/// Fewest and most digits of the staff's PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Fault of a new PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has {} to {} digits, and nothing else", PIN_DIGITS.start(), PIN_DIGITS.end())]
pub struct InvalidPin;

/// Returns the argon2id hash of a new PIN, for `staff.pin_hash` of the configuration.
///
/// # Errors
/// The PIN is too short, too long, or has other characters than digits.
pub fn hash_pin(pin: &Secret) -> Result<String, InvalidPin> {
    let pin = pin.0.trim();
    if !PIN_DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidPin);
    }
    let hash = Argon2::default().hash_password(pin.as_bytes()).map_err(|_| InvalidPin)?;
    Ok(hash.to_string())
}

/// Returns whether `pin` has this hash. Takes some tens of milliseconds, on a thread for blocking work.
pub async fn is_pin(hash: String, pin: Secret) -> bool {
    let check = move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(pin.0.as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_fits_its_pin_alone() {
        let hash = hash_pin(&secret("471100\n")).unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_pin(hash.clone(), secret("471100")).await);
        assert!(!is_pin(hash.clone(), secret("471101")).await);
        assert!(!is_pin(hash, secret("")).await);
        assert!(!is_pin("$argon2id$broken".to_owned(), secret("471100")).await);
    }

    #[test]
    fn a_pin_has_digits() {
        for pin in ["", "123", "1234567890123", "12a4", "১২৩৪"] {
            assert_eq!(hash_pin(&secret(pin)), Err(InvalidPin), "{pin}");
        }
    }
}
