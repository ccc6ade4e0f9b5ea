//! Signing in, users, and the claims of a token.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::{Invalid, UserId, Username},
    named::{self, named_enum},
    role::Role,
    time::Time,
};

/// Text that must not reach a log; it prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A new password: 8 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Secret", into = "Secret")]
pub struct NewPassword(Secret);

impl NewPassword {
    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.0.0
    }
}

impl TryFrom<Secret> for NewPassword {
    type Error = Invalid;

    fn try_from(secret: Secret) -> Result<Self, Invalid> {
        match secret.0.chars().count() {
            8..=128 => Ok(Self(secret)),
            _ => Err(Invalid("must have 8 to 128 characters".into())),
        }
    }
}

impl From<NewPassword> for Secret {
    fn from(password: NewPassword) -> Self {
        password.0
    }
}

/// Body of `POST /login`. A malformed user name is refused like an unknown one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Login {
    /// User name, at most 128 characters.
    pub username: String,
    /// Password, at most 1,024 characters.
    pub password: Secret,
}

/// Response to a login or a refresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Access token, an Ed25519 JWT.
    pub token: Secret,
    /// Expiry of the access token.
    pub expires_at: Time,
    /// Token that buys the next session, once.
    pub refresh_token: Secret,
    /// The signed-in person.
    pub user: SessionUser,
}

/// The signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// Identifier, which never changes.
    pub user_id: UserId,
    /// Name to sign in with.
    pub username: Username,
    /// Display name.
    pub name: String,
    /// Role, which decides about access.
    pub role: Role,
}

/// Body of `POST /refresh` and `POST /logout`; a browser sends its cookie instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    /// Refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
}

/// Claims of an access token. A role that this version does not know makes the token invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claims {
    /// Subject: a user's id, or `service:<name>` for one of our services.
    pub sub: String,
    /// Role of the subject.
    #[serde(deserialize_with = "named::known")]
    pub role: Role,
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Time of issue, in seconds since 1970.
    pub iat: i64,
    /// Expiry, in seconds since 1970.
    pub exp: i64,
    /// Display name of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// User name of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Kiosk that a `kiosk_student` is signed in at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kiosk: Option<UserId>,
}

/// Issuer of people's tokens.
pub const USER_ISSUER: &str = "cafeteria";
/// Audience of people's tokens.
pub const USER_AUDIENCE: &str = "cafeteria";
/// Issuer of the tokens of our own services.
pub const SERVICE_ISSUER: &str = "cafeteria-services";

/// Response to `GET /verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verified {
    /// True if the token is valid.
    pub valid: bool,
    /// Claims of a valid token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<Claims>,
}

/// A public key as in RFC 7517 and RFC 8037.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Identifier of the key.
    pub kid: String,
    /// Public key, base64url without padding.
    pub x: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
}

/// Body of `GET /.well-known/jwks.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Jwks {
    /// Public keys of all keys that may sign tokens, the next one included.
    pub keys: Vec<Jwk>,
}

/// A user as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Identifier, which never changes.
    pub user_id: UserId,
    /// Name to sign in with, unique.
    pub username: Username,
    /// Display name, 1 to 100 characters.
    pub name: String,
    /// Role, which decides about access.
    pub role: Role,
    /// True if signing in is refused.
    pub disabled: bool,
    /// Time of creation.
    pub created_at: Time,
}

/// A page of users, sorted by user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserPage {
    /// Users of the page.
    pub users: Vec<User>,
    /// Value for `after` that fetches the next page; null on the last one.
    pub next: Option<Username>,
}

/// Body of `POST /users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Name to sign in with, unique.
    pub username: Username,
    /// Display name, 1 to 100 characters.
    pub name: String,
    /// Role of a person or kiosk; `service` is refused.
    #[serde(deserialize_with = "named::known")]
    pub role: Role,
    /// First password.
    pub password: NewPassword,
}

/// Body of `PATCH /users/{id}`; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// New display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New role.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// True to refuse signing in, which also ends all sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// New password; setting it ends all sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<NewPassword>,
}

/// Body of `POST /password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// Current password.
    pub current_password: Secret,
    /// New password.
    pub new_password: NewPassword,
}

/// An import of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportJob {
    /// Identifier of the import.
    pub job_id: uuid::Uuid,
    /// Progress of the import.
    pub state: ImportState,
    /// Lines in the file, without its header.
    pub total: u32,
    /// Lines processed.
    pub done: u32,
    /// Users created.
    pub created: u32,
    /// Lines refused.
    pub failed: u32,
    /// Results, line by line.
    pub report: Vec<ImportLine>,
}

named_enum! {
    /// Progress of an import.
    ImportState {
        /// The import is running.
        Running = "running",
        /// All lines are processed.
        Done = "done",
        /// A restart interrupted the import; importing the same file again is harmless.
        Interrupted = "interrupted",
    }
}

/// Result of one line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportLine {
    /// Number of the line in the file; the header is line 1.
    pub line: u32,
    /// User name in the line, as far as it can be read.
    pub username: String,
    /// True if the user was created.
    pub ok: bool,
    /// Error of a refused line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
