//! Passing a request on to a service, and its answer back: both as they come, nothing is held here.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, Version, header},
    response::Response,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use service_kit::Tasks;
use wire::{ErrorCode, ops::ServiceName};

use crate::{headers, problem, tunnel};

/// How long connecting may take: services are on this machine.
const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// How long a service may take to begin its answer. Services answer within 10 s, the hub's longest polls within 25 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a connection to a service is kept for the next request. Services close one that was silent for 10 s;
/// whoever closes first does not lose a request to that.
const KEPT: Duration = Duration::from_secs(5);

/// Passes requests on. Clones share connections.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    client: Client<HttpConnector, Body>,
    services: Arc<BTreeMap<ServiceName, SocketAddr>>,
    tasks: Tasks,
}

impl Proxy {
    /// To these services. Tunnels live in the group.
    pub(crate) fn new(services: &BTreeMap<ServiceName, SocketAddr>, tasks: &Tasks) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(KEPT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { client, services: Arc::new(services.clone()), tasks: tasks.clone() }
    }

    /// The service's answer, under a path of its own. A service that is away is a problem that says whether
    /// somebody may have read the request.
    pub(crate) async fn pass_on(&self, service: ServiceName, path: &str, mut request: Request) -> Response {
        let Some(uri) = self.uri(service, path) else { return problem::answer(ErrorCode::NotFound) };
        let upgrade = headers::upgrade(request.headers());
        // The half that the connection itself needs stays here, should the protocol be changed.
        let mut client = Request::new(Body::empty());
        std::mem::swap(client.extensions_mut(), request.extensions_mut());
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        headers::drop_hop_by_hop(request.headers_mut());
        headers::say_who_was_asked(request.headers_mut());
        if let Some(protocol) = &upgrade {
            request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            request.headers_mut().insert(header::UPGRADE, protocol.clone());
        }
        let asked = tokio::time::timeout(ANSWER_WITHIN, self.client.request(request)).await;
        let mut answer = match asked {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => {
                tracing::debug!(%service, %error, "a service cannot be reached");
                return problem::answer(ErrorCode::DependencyDown);
            }
            Ok(Err(error)) => {
                tracing::debug!(%service, %error, "a service was asked, and has not answered");
                return problem::answer(ErrorCode::OutcomeUnknown);
            }
            Err(_) => {
                tracing::warn!(%service, "a service takes too long to answer");
                return problem::answer(ErrorCode::OutcomeUnknown);
            }
        };
        let changes = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        if changes && upgrade.is_some() {
            tunnel::dig(&mut client, &mut answer, &self.tasks);
        }
        let mut answer = answer.map(Body::new);
        let protocol = answer.headers().get(header::UPGRADE).cloned();
        headers::drop_hop_by_hop(answer.headers_mut());
        if let Some(protocol) = protocol.filter(|_| changes) {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            answer.headers_mut().insert(header::UPGRADE, protocol);
        }
        answer
    }

    fn uri(&self, service: ServiceName, path: &str) -> Option<Uri> {
        let address = self.services.get(&service)?;
        format!("http://{address}{path}").parse().ok()
    }
}
