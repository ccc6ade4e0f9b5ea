//! Passwords: argon2id for new ones; bcrypt, from the old system, is verified and replaced at the next login.

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use bcrypt::HashParts;
use service_kit::secret;

/// Memory of one hash, in KiB (OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane).
pub const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
pub const PASSES: u32 = 2;
/// Lanes.
pub const LANES: u32 = 1;

/// The least cost of a bcrypt hash that is taken over.
pub const BCRYPT_MIN_COST: u32 = 10;
/// The highest, so that one login cannot hold up all others: each step doubles the time.
pub const BCRYPT_MAX_COST: u32 = 14;

/// The most characters of a password that is looked at.
pub const MAX_CHARS: usize = 1024;

/// Stands in for the hash of somebody who does not exist. No password is known to match it.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS0xIQ$\
                          bm9ib2R5J3MgcGFzc3dvcmQgbWF0Y2hlcyB0aGlzISE";

/// Working memory for hashing, which one hash can leave to the next.
#[derive(Debug, Default)]
pub struct Workspace(Vec<Block>);

impl Workspace {
    /// Larger than glibc's largest threshold for memory maps (32 MiB), of which only what is used becomes
    /// resident: the allocator gives it back to the system when it is freed, instead of keeping it.
    const CAPACITY: usize = 33 * 1024;

    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.is_empty() {
            self.0.reserve_exact(count.max(Self::CAPACITY));
        }
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        self.0.get_mut(..count).unwrap_or_default()
    }
}

/// A new hash of the password, as a PHC string.
///
/// # Errors
/// The password is too long for the algorithm (4 GiB).
pub fn hash(workspace: &mut Workspace, password: &str) -> Result<String, argon2::Error> {
    let salt = secret::random::<16>();
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32))?;
    let output = argon2id(workspace, params, password, &salt)?;
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    ))
}

fn argon2id(
    workspace: &mut Workspace,
    params: Params,
    password: &str,
    salt: &[u8],
) -> Result<[u8; 32], argon2::Error> {
    let blocks = workspace.blocks(params.block_count());
    let mut output = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        &mut output,
        blocks,
    )?;
    Ok(output)
}

/// Whether the password is the one that was hashed. A hash that cannot be read matches nothing.
pub fn matches(workspace: &mut Workspace, password: &str, stored: &str) -> bool {
    if is_bcrypt(stored) {
        return bcrypt::verify(password, stored).unwrap_or(false);
    }
    let Ok(parsed) = PasswordHash::new(stored) else { return false };
    let (Some(salt), Some(expected), Ok(params)) = (parsed.salt, parsed.hash, Params::try_from(&parsed))
    else {
        return false;
    };
    let Ok(output) = argon2id(workspace, params, password, &salt) else { return false };
    // The comparison of two outputs takes the same time wherever they differ.
    argon2::password_hash::phc::Output::new(&output).is_ok_and(|output| output == expected)
}

/// Whether a hash is of the old kind, and to be replaced once the password is known.
pub fn is_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix))
}

/// Whether a hash of the old system may be taken over.
///
/// # Errors
/// What is wrong with it, for people.
pub fn acceptable_bcrypt(stored: &str) -> Result<(), &'static str> {
    let parts: HashParts = stored
        .parse()
        .ok()
        .filter(|_| is_bcrypt(stored))
        .ok_or("the password hash is not a bcrypt hash ($2a$, $2b$ or $2y$)")?;
    match parts.get_cost() {
        BCRYPT_MIN_COST..=BCRYPT_MAX_COST => Ok(()),
        _ => Err("the cost of the bcrypt hash must be 10 to 14"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_hashes_are_argon2id_of_the_cost_that_is_promised() {
        assert_eq!((MEMORY_KIB, PASSES, LANES), (19 * 1024, 2, 1));
        let mut workspace = Workspace::default();
        let stored = hash(&mut workspace, "password123").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash(&mut workspace, "password123").unwrap(), "each has its own salt");
        // The memory that another hash has left behind does not matter.
        assert!(matches(&mut workspace, "password123", &stored));
        assert!(matches(&mut Workspace::default(), "password123", &stored));
        assert!(!matches(&mut workspace, "password124", &stored));
        assert!(!matches(&mut workspace, "password123\0", &stored));
    }

    #[test]
    fn it_agrees_with_the_library_s_own_way() {
        use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
        let theirs = Argon2::default().hash_password("পাসওয়ার্ড".as_bytes()).unwrap().to_string();
        let mut workspace = Workspace::default();
        assert!(matches(&mut workspace, "পাসওয়ার্ড", &theirs));
        let ours = hash(&mut workspace, "পাসওয়ার্ড").unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        Argon2::default().verify_password("পাসওয়ার্ড".as_bytes(), &parsed).unwrap();
    }

    #[test]
    fn nobody_costs_as_much_as_somebody_and_matches_nothing() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert!(parsed.salt.is_some_and(|salt| salt.len() == 16));
        assert!(parsed.hash.is_some_and(|hash| hash.len() == 32));
        assert!(!matches(&mut Workspace::default(), "", NOBODY));
    }

    #[test]
    fn old_hashes_are_verified_and_checked() {
        let old = bcrypt::hash_with_salt("password123", 10, [7; 16]).unwrap();
        let mut workspace = Workspace::default();
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB, bcrypt::Version::TwoY] {
            let stored = old.format_for_version(version);
            assert!(is_bcrypt(&stored) && acceptable_bcrypt(&stored).is_ok());
            assert!(matches(&mut workspace, "password123", &stored));
            assert!(!matches(&mut workspace, "password124", &stored));
        }
        let cheap = bcrypt::hash_with_salt("x", 9, [7; 16]);
        let refused = [
            cheap.unwrap().format_for_version(bcrypt::Version::TwoB),
            old.format_for_version(bcrypt::Version::TwoX),
            format!("$2b$31${}", "a".repeat(53)),
            "$2b$10$short".to_owned(),
            NOBODY.to_owned(),
            String::new(),
        ];
        for stored in refused {
            assert!(acceptable_bcrypt(&stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn a_hash_that_cannot_be_read_matches_nothing() {
        for stored in ["", "password123", "$argon2id$", "$2b$10$short", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA"] {
            assert!(!matches(&mut Workspace::default(), "password123", stored), "{stored}");
        }
    }
}
