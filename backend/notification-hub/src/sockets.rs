//! Sockets: who may connect, which rooms they join, how long their token is good.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::json;
use service_kit::keys::TokenError;
use socketioxide::{
    SocketIo,
    extract::{SocketRef, TryData},
    handler::ConnectHandler as _,
};
use wire::{
    Role, UserId,
    event::names,
    identity::{Claims, Secret},
};

use crate::App;

/// How long after its token has ended a socket stays.
const GRACE_S: i64 = 30;
/// How often sockets are looked at for tokens that have ended.
const LOOK: Duration = Duration::from_secs(1);

/// The room of the kitchen.
pub(crate) const KITCHEN: &str = "kitchen";
/// The room of admins.
pub(crate) const OPS: &str = "ops";

/// The room of one person.
pub(crate) fn room_of(user: UserId) -> String {
    format!("user:{user}")
}

/// What a client sends when it connects, and with `renew`.
#[derive(Debug, Clone, Deserialize)]
struct Handshake {
    token: Option<Secret>,
}

/// Whose a socket is: what its last verified token says.
#[derive(Clone)]
struct Owner(Arc<Claims>);

/// It has missed something or may not stay: nothing is for it any more.
#[derive(Clone)]
struct Leaving;

pub(crate) fn is_leaving(socket: &SocketRef) -> bool {
    socket.extensions.get::<Leaving>().is_some()
}

/// Closes a socket, now or soon.
pub(crate) fn send_away(socket: &SocketRef) {
    socket.extensions.insert(Leaving);
    // A buffer that is full has no room for the farewell either: [`expire`] tries again.
    let _ = socket.clone().disconnect();
}

/// Why a socket is refused, for its client.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("bad_token")]
    BadToken,
    #[error("origin_not_allowed")]
    Origin,
    /// There are no keys to judge its token with: the token may be good.
    #[error("identity_unavailable")]
    NoKeys,
    #[error("overloaded")]
    Full,
}

/// Lets sockets in from now on.
pub(crate) fn accept(app: &App, io: &SocketIo) {
    let (gate, hall) = (app.clone(), app.clone());
    let admit = async move |socket: SocketRef, TryData(hello): TryData<Option<Handshake>>| {
        may_connect(&gate, &socket, hello.ok().flatten()).await
    };
    io.ns("/", (async move |socket: SocketRef| welcome(&hall, &socket)).with(admit));
}

async fn may_connect(app: &App, socket: &SocketRef, hello: Option<Handshake>) -> Result<(), Refused> {
    if !origin_is_allowed(&socket.req_parts().headers, &app.config.allowed_origins) {
        return Err(Refused::Origin);
    }
    if usize::try_from(app.metrics.active.get()).is_ok_and(|open| open >= app.config.max_sockets) {
        return Err(Refused::Full);
    }
    let Some(Secret(token)) = hello.and_then(|hello| hello.token) else { return Ok(()) };
    let claims = app.service.verifier.verify(&token).await.map_err(|error| match error {
        TokenError::Bad => Refused::BadToken,
        TokenError::NoKeys => Refused::NoKeys,
    })?;
    // A student at a kiosk orders and reads orders; rooms are for tokens that belong to a person's own device.
    if matches!(claims.role, Role::Service | Role::KioskStudent) {
        return Err(Refused::BadToken);
    }
    socket.extensions.insert(Owner(claims));
    Ok(())
}

/// Programs send no origin. A page's must be the hub's own host, or one of the settings.
fn origin_is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").is_some_and(|(_, rest)| !host.is_empty() && rest == host);
    own || allowed.iter().any(|known| known == origin)
}

fn welcome(app: &App, socket: &SocketRef) {
    app.metrics.active.inc();
    let active = app.metrics.active.clone();
    socket.on_disconnect(async move || active.dec());
    let owner = socket.extensions.get::<Owner>();
    if let Some(Owner(claims)) = &owner {
        if let Ok(user) = claims.sub.parse() {
            socket.join(room_of(user));
        }
        if matches!(claims.role, Role::Staff | Role::Admin) {
            socket.join(KITCHEN);
        }
        if claims.role == Role::Admin {
            socket.join(OPS);
        }
    }
    // Older clients ask to join a room of their choice; they are in theirs already.
    socket.on(names::JOIN_USER, async || {});
    let desk = app.clone();
    socket.on(names::RENEW, async move |socket: SocketRef, TryData(hello): TryData<Handshake>| {
        renew(&desk, &socket, hello.ok()).await;
    });
    let whose = owner.map(|Owner(claims)| claims.sub.clone());
    if let Err(error) = socket.emit(names::READY, &json!({ "userId": whose })) {
        tracing::debug!(%error, "a socket went away before it was welcomed");
    }
}

/// A newer token of the same person keeps the socket; anything else closes it. A token that cannot be judged now
/// changes nothing: the earlier one counts to its end.
async fn renew(app: &App, socket: &SocketRef, hello: Option<Handshake>) {
    let claims = match hello.and_then(|hello| hello.token) {
        Some(Secret(token)) => match app.service.verifier.verify(&token).await {
            Ok(claims) => Some(claims),
            Err(TokenError::Bad) => None,
            Err(TokenError::NoKeys) => return,
        },
        None => None,
    };
    let owner = socket.extensions.get::<Owner>();
    match (owner, claims) {
        (Some(Owner(old)), Some(new)) if old.sub == new.sub && old.role == new.role => {
            socket.extensions.insert(Owner(new));
        }
        // Its rooms were decided from another token: it has to connect anew.
        (Some(_) | None, _) => send_away(socket),
    }
}

/// Closes sockets whose token has ended, and those that are leaving and could not be told so.
pub(crate) async fn expire(app: App, io: SocketIo) {
    while app.service.tasks.pause(LOOK).await {
        let now = app.service.clock.now().as_secs();
        for socket in io.sockets() {
            let over = |Owner(claims): Owner| claims.exp + GRACE_S <= now;
            if is_leaving(&socket) || socket.extensions.get::<Owner>().is_some_and(over) {
                send_away(&socket);
            }
        }
    }
}

/// When the service is asked to stop, closes the sockets, spread over a time.
pub(crate) async fn close_in_the_end(app: App, io: SocketIo) {
    app.service.tasks.stopping().await;
    let sockets = io.sockets();
    let count = u32::try_from(sockets.len()).unwrap_or(u32::MAX).max(1);
    let pause = Duration::from_millis(app.config.close_over_ms) / count;
    for socket in sockets {
        let _ = socket.disconnect();
        tokio::time::sleep(pause).await;
    }
    io.close().await;
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allowed(origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("food.example:3005"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        origin_is_allowed(&headers, &["https://campus.example".to_owned()])
    }

    #[test]
    fn a_page_of_elsewhere_may_not_connect() {
        assert!(allowed(None), "programs send none");
        assert!(allowed(Some("http://food.example:3005")));
        assert!(allowed(Some("https://campus.example")));
        assert!(!allowed(Some("https://evil.example")));
        assert!(!allowed(Some("http://food.example:3005.evil.example")));
        assert!(!allowed(Some("null")));
    }
}
