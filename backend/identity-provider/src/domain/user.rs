//! What a user's name and role may be.

use wire::{FieldError, Role};

/// The most characters that a name may have.
pub const MAX_NAME: usize = 100;

/// The name without space around it, if it is one: 1 to 100 characters, none of them a control character.
///
/// # Errors
/// What is wrong with it.
pub fn checked_name(name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    if (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let message = "must have 1 to 100 characters, and no control characters".to_owned();
    Err(FieldError { field: "name".to_owned(), message })
}

/// The role, if a person or a kiosk may have it.
///
/// # Errors
/// What is wrong with it.
pub fn checked_role(role: Role) -> Result<Role, FieldError> {
    match role {
        Role::Student | Role::Staff | Role::Admin | Role::Kiosk => Ok(role),
        Role::KioskStudent | Role::Service | Role::Unknown => Err(FieldError {
            field: "role".to_owned(),
            message: "must be student, staff, admin or kiosk".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        let cases = [
            ("  Rahim Uddin ", Some("Rahim Uddin")),
            ("রহিম", Some("রহিম")),
            ("", None),
            ("   ", None),
            ("a\u{0}b", None),
            ("a\nb", None),
        ];
        for (name, expected) in cases {
            assert_eq!(checked_name(name).ok().as_deref(), expected, "{name:?}");
        }
        assert!(checked_name(&"ক".repeat(100)).is_ok());
        assert!(checked_name(&"ক".repeat(101)).is_err());
    }

    #[test]
    fn roles_of_tokens_alone_are_refused() {
        for role in Role::ALL {
            assert_eq!(
                checked_role(role).is_ok(),
                !matches!(role, Role::Service | Role::KioskStudent),
                "{role:?}"
            );
        }
    }
}
