//! The web of the single process: the pages, and every service under one origin. What Caddy is to the containers
//! (`web/Caddyfile`), with the same paths, headers and answers.
//!
//! The map of the crate:
//! - [`router`]: which path goes where
//! - `pages`: the files that browsers are served, how long they may be kept, what they may do
//! - `proxy`: passing a request on to a service, and its answer back
//! - `headers`: which headers are one connection's own business
//! - `tunnel`: connections that stop speaking HTTP (WebSocket)
//! - `problem`: what is answered when a service cannot be asked
//!
//! Invariant: it knows no order and keeps nothing. It may be away, and the services are reached by their ports.

mod headers;
mod pages;
mod problem;
mod proxy;
mod tunnel;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, header, uri::PathAndQuery},
    response::Response,
    routing::any,
};
use service_kit::{Tasks, http::HttpConfig};
use tokio::net::TcpListener;
use wire::{ErrorCode, ops::ServiceName};

use crate::{pages::Pages, proxy::Proxy};

/// The page of the identity-provider that is shown to admins alone, and of which nothing is wanted here.
const FOR_ADMINS: &str = "/audit?before=0";

/// What the web stands in front of.
#[derive(Debug, Clone)]
pub struct Behind {
    /// Where each service listens.
    pub services: BTreeMap<ServiceName, SocketAddr>,
    /// The folder with the pages. It may be filled later, or never: then a page says how.
    pub pages: PathBuf,
}

#[derive(Clone)]
struct Web {
    proxy: Proxy,
    pages: Pages,
}

/// All paths of the web's origin. Connections that become tunnels live in `tasks`.
pub fn router(behind: &Behind, tasks: &Tasks) -> Router {
    let web = Web { proxy: Proxy::new(&behind.services, tasks), pages: Pages::new(&behind.pages) };
    Router::new()
        .route("/api/{*rest}", any(api))
        .route("/socket.io/{*rest}", any(socket))
        .route("/socket.io/", any(socket))
        .fallback(page)
        .with_state(web)
}

/// Serves until the group is asked to stop.
pub async fn serve(listener: TcpListener, behind: &Behind, config: &HttpConfig, tasks: &Tasks) {
    service_kit::http::serve(listener, router(behind, tasks), config, tasks).await;
}

/// `/api/<service>/<path>` is the service's `/<path>`.
async fn api(State(web): State<Web>, request: Request) -> Response {
    let whole = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    let Some((service, path)) = of_a_service(whole) else { return problem::answer(ErrorCode::NotFound) };
    let path = path.to_owned();
    let bare = path.split_once('?').map_or(path.as_str(), |(bare, _)| bare);
    // Drills are ordered by POST, and the service itself sees to it that an admin does: so a drill at the
    // identity-provider can be ended though nobody can say who is an admin.
    let inside = bare == "/metrics" || bare == "/chaos" && request.method() != Method::POST;
    if inside {
        let token = request.headers().get(header::AUTHORIZATION).cloned();
        if let Err(refusal) = is_admin(&web, token).await {
            return *refusal;
        }
    }
    web.proxy.pass_on(service, &path, request).await
}

async fn socket(State(web): State<Web>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
    web.proxy.pass_on(ServiceName::NotificationHub, &path, request).await
}

async fn page(State(web): State<Web>, request: Request) -> Response {
    web.pages.show(request).await
}

/// The service and the rest of `/api/<service>/<rest>`.
fn of_a_service(path: &str) -> Option<(ServiceName, &str)> {
    let rest = path.strip_prefix("/api/")?;
    let end = rest.find('/')?;
    let name = ServiceName::ALL.into_iter().find(|name| name.as_str() == &rest[..end])?;
    Some((name, &rest[end..]))
}

/// Asks the identity-provider, with the caller's token, for what is shown to admins alone. Its refusal is the answer.
async fn is_admin(web: &Web, token: Option<HeaderValue>) -> Result<(), Box<Response>> {
    let mut question = Request::new(Body::empty());
    if let Some(token) = token {
        question.headers_mut().insert(header::AUTHORIZATION, token);
    }
    let answer = web.proxy.pass_on(ServiceName::IdentityProvider, FOR_ADMINS, question).await;
    if answer.status().is_success() { Ok(()) } else { Err(Box::new(answer)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_by_its_name_alone() {
        for (path, found) in [
            ("/api/stock-service/stock?x=1", Some((ServiceName::StockService, "/stock?x=1"))),
            ("/api/stock-service/", Some((ServiceName::StockService, "/"))),
            ("/api/stock-service", None),
            ("/api/stock-service-2/stock", None),
            ("/api//stock", None),
            ("/api/cellar/stock", None),
        ] {
            assert_eq!(of_a_service(path), found, "{path}");
        }
    }
}
