//! `GET /users`, `POST /users`, `PATCH /users/{id}`: users, for admins.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Body, Caller, Docs as _, Path, Query, Routes, get, patch, post},
};
use wire::{
    FieldError, Role, UserId,
    id::Username,
    identity::{ChangeUser, CreateUser, NewPassword, User, UserPage},
};

use crate::{
    Identity,
    domain::{
        password,
        user::{checked_name, checked_role},
    },
    error::IdentityError,
    hashing::Share,
    store::{Change, Changed, NewUser},
};

/// Users on a page, unless the caller says otherwise, and at most.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(
            get("/users", Access::Admin, "Users by user name: ?limit=&after=&q= (q: how a name begins)")
                .gives::<UserPage>(),
            list,
        )
        .route(
            post("/users", Access::Admin, "Make a user").takes::<CreateUser>().gives::<User>().success(201),
            create,
        )
        .route(
            patch("/users/{id}", Access::Admin, "Change name, role, password; disable or enable")
                .takes::<ChangeUser>()
                .gives::<User>(),
            change,
        )
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    limit: Option<u32>,
    after: Option<String>,
    q: Option<String>,
}

async fn list(
    State(identity): State<Identity>,
    Query(query): Query<ListQuery>,
) -> Result<Json<UserPage>, ApiError> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(ApiError::invalid("limit", format!("must be 1 to {MAX_PAGE}")));
    }
    let after = query.after.map(|after| after.parse::<Username>()).transpose();
    let after = after.map_err(|wrong| ApiError::invalid("after", wrong.to_string()))?;
    let prefix = query.q.unwrap_or_default();
    let users = &identity.0.desk.users;
    let mut found =
        users.page(limit + 1, after.as_ref(), prefix.trim()).await.map_err(IdentityError::from)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|user| user.username.clone());
    Ok(Json(UserPage { users: found, next }))
}

async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Body(wanted): Body<CreateUser>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    let (name, role) = (checked_name(&wanted.name), checked_role(wanted.role));
    let (name, role) = match (name, role) {
        (Ok(name), Ok(role)) => (name, role),
        (name, role) => return Err(wrong([name.err(), role.err()])),
    };
    let desk = &identity.0.desk;
    let user = NewUser {
        user_id: UserId(desk.clock.uuid()),
        username: wanted.username,
        name,
        role,
        password_hash: hash(&identity, wanted.password).await?,
        created_at: desk.clock.now(),
    };
    let detail = format!("{}, {}", user.username, role.as_str());
    let deed = deed(&identity, &caller, "user.create", user.user_id, detail);
    if !desk.users.create(&user, &deed).await.map_err(IdentityError::from)? {
        return Err(IdentityError::Taken.into());
    }
    let NewUser { user_id, username, name, role, password_hash: _, created_at } = user;
    let user = User { user_id, username, name, role, disabled: false, created_at };
    Ok((StatusCode::CREATED, Json(user)))
}

async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    user_id: Result<Path<UserId>, ApiError>,
    Body(wanted): Body<ChangeUser>,
) -> Result<Json<User>, ApiError> {
    let (name, role) =
        (wanted.name.as_deref().map(checked_name).transpose(), wanted.role.map(checked_role).transpose());
    let (name, role) = match (name, role) {
        (Ok(name), Ok(role)) => (name, role),
        (name, role) => return Err(wrong([name.err(), role.err()])),
    };
    let Path(user_id) = user_id?;
    let gives_up = wanted.disabled == Some(true) || role.is_some_and(|role| role != Role::Admin);
    if caller.user_id()? == user_id && gives_up {
        return Err(IdentityError::OwnAccount.into());
    }
    let detail = described(name.as_deref(), role, wanted.disabled, wanted.password.is_some());
    let password_hash = match wanted.password {
        Some(password) => Some(hash(&identity, password).await?),
        None => None,
    };
    let change = Change { name, role, disabled: wanted.disabled, password_hash, only_generation: None };
    let deed = deed(&identity, &caller, "user.change", user_id, detail);
    match identity.0.desk.users.change(user_id, &change, &deed).await.map_err(IdentityError::from)? {
        Changed::Done(user) => Ok(Json(user)),
        Changed::NoSuchUser => Err(IdentityError::NotFound.into()),
        Changed::LastAdmin => Err(IdentityError::LastAdmin.into()),
    }
}

fn wrong(fields: [Option<FieldError>; 2]) -> ApiError {
    IdentityError::Fields(fields.into_iter().flatten().collect()).into()
}

async fn hash(identity: &Identity, password: NewPassword) -> Result<String, IdentityError> {
    let hashing = &identity.0.desk.hashing;
    Ok(hashing
        .run(Share::Foreground, move |workspace| password::hash(workspace, password.expose()))
        .await??)
}

fn deed(identity: &Identity, caller: &Caller, action: &'static str, user_id: UserId, detail: String) -> Deed {
    Deed {
        at: identity.0.desk.clock.now(),
        actor: caller.0.sub.clone(),
        action,
        subject: user_id.to_string(),
        detail,
    }
}

/// What an admin changed, for people, without the password.
fn described(name: Option<&str>, role: Option<Role>, disabled: Option<bool>, password: bool) -> String {
    let parts = [
        name.map(|name| format!("name {name:?}")),
        role.map(|role| format!("role {}", role.as_str())),
        disabled.map(|disabled| if disabled { "disabled" } else { "enabled" }.to_owned()),
        password.then(|| "new password".to_owned()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
