//! Signing in, users, and what a token says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::{Invalid, UserId, Username},
    named::{self, named_enum},
    role::Role,
    time::Time,
};

/// Text that must not reach a log: it prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A password that may be set: 8 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Secret", into = "Secret")]
pub struct NewPassword(Secret);

impl NewPassword {
    /// The text itself.
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

/// The body of `POST /login`. A user name of any form is looked up, and so refused like an unknown one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Login {
    /// The user name, at most 128 characters.
    pub username: String,
    /// The password, at most 1,024 characters.
    pub password: Secret,
}

/// The answer to a login or a refresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The access token, an Ed25519 JWT.
    pub token: Secret,
    /// When it ends.
    pub expires_at: Time,
    /// The token that gets the next one, once.
    pub refresh_token: Secret,
    /// Whose it is.
    pub user: SessionUser,
}

/// The signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// Never changes.
    pub user_id: UserId,
    /// What they sign in with.
    pub username: Username,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// The body of `POST /refresh` and `POST /logout`; a browser sends its cookie instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    /// The refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
}

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claims {
    /// Who: a user's id, or `service:<name>` for one of ours.
    pub sub: String,
    /// What they may do.
    #[serde(deserialize_with = "named::known")]
    pub role: Role,
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// The issuer of the tokens of people.
pub const USER_ISSUER: &str = "cafeteria";
/// The audience of the tokens of people.
pub const USER_AUDIENCE: &str = "cafeteria";
/// The issuer of the tokens of our own services.
pub const SERVICE_ISSUER: &str = "cafeteria-services";

/// The answer of `GET /verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verified {
    /// Whether the token is good.
    pub valid: bool,
    /// What it says, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<Claims>,
}

/// One public key, as RFC 7517 and RFC 8037 write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Which key.
    pub kid: String,
    /// The public key, base64url without padding.
    pub x: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
}

/// The public keys, `GET /.well-known/jwks.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Jwks {
    /// The keys that tokens may be signed with, the next one included.
    pub keys: Vec<Jwk>,
}

/// A user, as admins see one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Never changes.
    pub user_id: UserId,
    /// Unique.
    pub username: Username,
    /// What they are called, 1 to 100 characters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether signing in is refused.
    pub disabled: bool,
    /// Since when there is this user.
    pub created_at: Time,
}

/// A page of users, by user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserPage {
    /// The users.
    pub users: Vec<User>,
    /// The value for `after` that gets the next page; null on the last one.
    pub next: Option<Username>,
}

/// The body of `POST /users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Unique.
    pub username: Username,
    /// What they are called, 1 to 100 characters.
    pub name: String,
    /// Any role of a person or kiosk; `service` is refused.
    #[serde(deserialize_with = "named::known")]
    pub role: Role,
    /// The first password.
    pub password: NewPassword,
}

/// The body of `PATCH /users/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another role.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether signing in is refused; disabling ends all sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// A new password; setting it ends all sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<NewPassword>,
}

/// The body of `POST /password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// The one there is.
    pub current_password: Secret,
    /// The one there shall be.
    pub new_password: NewPassword,
}

/// An import of users under way or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImportJob {
    /// Which import.
    pub job_id: uuid::Uuid,
    /// Whether it runs, is done, or was cut off by a restart (importing the same file again is harmless).
    pub state: ImportState,
    /// Lines there are, the header not counted.
    pub total: u32,
    /// Lines dealt with.
    pub done: u32,
    /// Users created.
    pub created: u32,
    /// Lines refused.
    pub failed: u32,
    /// What was wrong, line by line.
    pub report: Vec<ImportLine>,
}

named_enum! {
    /// How far an import is.
    ImportState {
        /// Under way.
        Running = "running",
        /// Every line was dealt with.
        Done = "done",
        /// The service was stopped in the middle.
        Interrupted = "interrupted",
    }
}

/// What became of one line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportLine {
    /// Its number in the file, the header being 1.
    pub line: u32,
    /// The user name in it, as far as there is one.
    pub username: String,
    /// Whether the user was created.
    pub ok: bool,
    /// What was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
