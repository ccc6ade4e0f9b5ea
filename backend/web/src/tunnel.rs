//! Connections that stop speaking HTTP: what comes from the one side goes to the other.

use axum::extract::Request;
use hyper_util::rt::TokioIo;
use service_kit::Tasks;

/// Ties the two connections together, once both have changed protocol. Ends when either does.
pub(crate) fn dig<B>(client: &mut Request, service: &mut hyper::Response<B>, tasks: &Tasks) {
    let (client, service) = (hyper::upgrade::on(client), hyper::upgrade::on(service));
    tasks.spawn_conversation(async move {
        let (client, service) = match tokio::try_join!(client, service) {
            Ok(both) => both,
            Err(error) => {
                tracing::debug!(%error, "a connection did not change its protocol");
                return;
            }
        };
        let (mut client, mut service) = (TokioIo::new(client), TokioIo::new(service));
        if let Err(error) = tokio::io::copy_bidirectional(&mut client, &mut service).await {
            tracing::debug!(%error, "a tunnel broke");
        }
    });
}
