//! notification-hub: who hears about it. It listens to the fan-out and hands each event to the sockets it is for.
//!
//! The map of the service:
//! - [`config`]: whose pages may connect, how sockets are closed at the end
//! - [`sockets`]: connecting, rooms, renewal and expiry of tokens
//! - [`push`]: from the fan-out to the rooms
//!
//! Invariant: which rooms a socket is in is decided from its verified token alone.

pub mod config;
pub mod push;
pub mod sockets;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use messaging::Fanout;
use prometheus::{IntCounter, IntGauge};
use service_kit::{
    Service,
    health::{Health, Need},
    http::{ApiError, Routes, assemble, problem},
};
use socketioxide::SocketIo;
use tokio::net::TcpListener;
use wire::{ErrorCode, ops::ServiceName};

pub use config::Config;

/// How many events may wait for one socket; one that is further behind is closed. The kitchen relays 500 changes at
/// once, and a burst of them must find room at the kitchen board.
const BUFFER: usize = 4_096;

/// What the service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where news comes from.
    pub fanout: Arc<dyn Fanout>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// The state that sockets and the pusher share.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) config: Arc<Config>,
    pub(crate) metrics: Arc<Metrics>,
}

/// What the hub counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) pushed: IntCounter,
    pub(crate) unpushed: IntCounter,
    pub(crate) withheld: IntCounter,
    pub(crate) resyncs: IntCounter,
    pub(crate) active: IntGauge,
}

/// What the service needs to be healthy: its notifications.
pub fn health(ports: &Ports) -> Health {
    Health::new(ServiceName::NotificationHub).with(
        "notifications",
        Need::Required,
        &ports.fanout,
        async move |fanout| fanout.is_up().await,
    )
}

/// Every route with who may call it: none beside those of every service. Sockets have their own way in.
pub fn routes() -> Routes<()> {
    Routes::new()
}

/// Serves and pushes until the service is asked to stop.
pub async fn serve(service: Service, config: Config, ports: Ports, listener: TcpListener) {
    let metrics = Arc::new(Metrics {
        pushed: service.metrics.counter("notifications_pushed_total", "Notifications that a socket took"),
        unpushed: service.metrics.counter(
            "notifications_unpushed_total",
            "Notifications that a slow socket did not take; it was closed",
        ),
        withheld: service.metrics.counter(
            "notifications_withheld_total",
            "Notifications that came in a drill, and were told to nobody",
        ),
        resyncs: service
            .metrics
            .counter("notification_resyncs_total", "Times that all sockets were told to resync"),
        active: service.metrics.gauge("socket_connections_active", "Sockets that are connected"),
    });
    let app = App { service: service.clone(), config: Arc::new(config), metrics };
    let (hall, io) = SocketIo::builder()
        .max_payload(16 * 1024)
        .max_buffer_size(BUFFER)
        .connect_timeout(Duration::from_secs(10))
        .ping_interval(Duration::from_secs(20))
        .ping_timeout(Duration::from_secs(20))
        .build_svc();
    sockets::accept(&app, &io);
    // Subscribed before the first socket can connect, so that nothing falls between.
    let subscription = ports.fanout.subscribe();
    service.tasks.spawn_worker("push", push::run(app.clone(), io.clone(), subscription));
    service.tasks.spawn_worker("expire", sockets::expire(app.clone(), io.clone()));
    service.tasks.spawn_worker("close", sockets::close_in_the_end(app.clone(), io.clone()));
    close_when_killed(&service, io);
    messaging::beats::start(&service, ports.fanout.clone(), |_| {});
    let router = assemble(&service, service.http.frame(), routes())
        // As routes: a layer around the fallback would be made anew for every request, with no memory of its sessions.
        .route_service("/socket.io", hall.clone())
        .route_service("/socket.io/", hall)
        .layer(from_fn_with_state(service.clone(), no_sockets_in_a_drill));
    drop(app);
    service_kit::http::serve(listener, router, &service.http, &service.tasks).await;
}

/// Sockets live in tasks of their library; when the service is cut off, they are cut off too.
#[expect(
    clippy::disallowed_methods,
    reason = "what ends the sockets of a killed service cannot be ended with it"
)]
fn close_when_killed(service: &Service, io: SocketIo) {
    let tasks = service.tasks.clone();
    drop(tokio::spawn(async move {
        tokio::select! {
            biased;
            () = tasks.killed() => io.close().await,
            () = tasks.last_call() => {}
        }
    }));
}

/// Nobody connects in a drill.
async fn no_sockets_in_a_drill(State(service): State<Service>, request: Request, next: Next) -> Response {
    if service.chaos.is_unavailable() && request.uri().path().starts_with("/socket.io") {
        return problem(ApiError::new(ErrorCode::Chaos));
    }
    next.run(request).await
}
