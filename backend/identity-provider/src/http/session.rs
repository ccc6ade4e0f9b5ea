//! `POST /login`, `POST /refresh`, `POST /logout`, `POST /password`: one's own session and password.
//!
//! A browser keeps its refresh token in a cookie that its scripts cannot read; other clients keep the one of the
//! body. The token of the body wins where both are sent.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Body, Caller, Docs as _, RawBody, Routes, post},
};
use wire::identity::{ChangePassword, Login, Refresh, Secret, Session};

use crate::{
    Identity,
    domain::password,
    error::IdentityError,
    hashing::Share,
    store::{Change, Changed},
};

/// The browser's cookie. Its path is that of this service on the web origin.
const COOKIE: &str = "cafeteria_refresh";
const COOKIE_PATH: &str = "/api/identity-provider";

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(
            post("/login", Access::Public, "Sign in; three tries a minute for each user name")
                .takes::<Login>()
                .gives::<Session>()
                .ends_with_request(),
            login,
        )
        .route(
            post(
                "/refresh",
                Access::Public,
                "The next session, for a refresh token in the body or the cookie",
            )
            .takes::<Refresh>()
            .gives::<Session>(),
            refresh,
        )
        .route(
            post("/logout", Access::Public, "End the session of a refresh token")
                .takes::<Refresh>()
                .success(204),
            logout,
        )
        .route(
            post("/password", Access::SignedIn, "Change the own password; ends all own sessions")
                .takes::<ChangePassword>()
                .success(204),
            change_password,
        )
}

async fn login(State(identity): State<Identity>, Body(login): Body<Login>) -> Result<Response, ApiError> {
    let session = identity.0.desk.sign_in(&login.username, login.password).await?;
    Ok(with_cookie(&identity, &session.refresh_token, Json(session.clone()).into_response()))
}

async fn refresh(
    State(identity): State<Identity>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, ApiError> {
    let (token, from_cookie) = presented(&headers, &body)?.ok_or(IdentityError::SessionEnded)?;
    let mut session = identity.0.desk.refresh(&token.0).await?;
    let next = session.refresh_token.clone();
    if from_cookie {
        // What scripts could not read in the cookie, they are not told here either.
        session.refresh_token = Secret(String::new());
    }
    Ok(with_cookie(&identity, &next, Json(session).into_response()))
}

async fn logout(
    State(identity): State<Identity>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, ApiError> {
    if let Some((token, _)) = presented(&headers, &body)? {
        identity.0.desk.sign_out(&token.0).await?;
    }
    Ok(without_cookie(&identity, StatusCode::NO_CONTENT.into_response()))
}

async fn change_password(
    State(identity): State<Identity>,
    caller: Caller,
    Body(change): Body<ChangePassword>,
) -> Result<Response, ApiError> {
    let desk = &identity.0.desk;
    let user_id = caller.user_id()?;
    let account = desk.users.by_id(user_id).await.map_err(IdentityError::from)?;
    let account = account.ok_or(IdentityError::SessionEnded)?;
    // Guessing is limited here as at the login, and together with it.
    desk.count_attempt(account.user.username.as_str()).await?;
    let account = desk.check(Some(account), change.current_password).await?;
    let new = change.new_password;
    let hash = desk
        .hashing
        .run(Share::Foreground, move |workspace| password::hash(workspace, new.expose()))
        .await
        .map_err(IdentityError::from)?
        .map_err(IdentityError::from)?;
    let change =
        Change { password_hash: Some(hash), only_generation: Some(account.generation), ..Change::default() };
    let deed = Deed {
        at: desk.clock.now(),
        actor: caller.0.sub.clone(),
        action: "user.password",
        subject: user_id.to_string(),
        detail: "changed their own password".to_owned(),
    };
    match desk.users.change(user_id, &change, &deed).await.map_err(IdentityError::from)? {
        Changed::Done(_) => Ok(without_cookie(&identity, StatusCode::NO_CONTENT.into_response())),
        Changed::NoSuchUser | Changed::LastAdmin => Err(IdentityError::ChangedMeanwhile.into()),
    }
}

/// The refresh token of the request, and whether it came as the cookie.
fn presented(headers: &HeaderMap, body: &RawBody) -> Result<Option<(Secret, bool)>, ApiError> {
    let sent: Refresh = if body.bytes.is_empty() { Refresh::default() } else { body.json()? };
    let in_body = sent.refresh_token.filter(|token| !token.0.is_empty());
    Ok(in_body.map(|token| (token, false)).or_else(|| cookie(headers).map(|token| (token, true))))
}

fn cookie(headers: &HeaderMap) -> Option<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| Secret(value.to_owned()))
}

fn with_cookie(identity: &Identity, token: &Secret, response: Response) -> Response {
    set_cookie(identity, &token.0, identity.0.desk.session_life.as_secs(), response)
}

fn without_cookie(identity: &Identity, response: Response) -> Response {
    set_cookie(identity, "", 0, response)
}

fn set_cookie(identity: &Identity, value: &str, max_age: u64, mut response: Response) -> Response {
    let secure = if identity.0.secure_cookies { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={value}; Path={COOKIE_PATH}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    // Tokens are base64url, which every header can hold.
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
