//! What a handler has left of a body is read on and thrown away, so that a client that is still sending hears the
//! answer: closing the connection on it would take the answer away too.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt as _;

/// The most that is thrown away, in bytes, where the route itself does not take more.
pub(super) const MOST: usize = 2 * 1024 * 1024;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A body that was lent to a handler.
#[derive(Debug)]
pub(super) struct Rest(Arc<Mutex<Body>>);

/// The handler's end of it.
struct Lent(Arc<Mutex<Body>>);

impl Rest {
    /// Lends a body.
    pub(super) fn lend(body: Body) -> (Body, Self) {
        let shared = Arc::new(Mutex::new(body));
        (Body::new(Lent(Arc::clone(&shared))), Self(shared))
    }

    /// Reads on what is left of it, up to so many bytes, for a short time.
    pub(super) async fn throw_away(self, most: usize) {
        let mut left = Lent(self.0);
        if left.is_end_stream() {
            return;
        }
        let reading = async {
            let mut count = 0;
            while let Some(Ok(frame)) = left.frame().await {
                count += frame.data_ref().map_or(0, Bytes::len);
                if count > most {
                    return;
                }
            }
        };
        // Whoever has not sent it by now may not hear the answer.
        let _ = tokio::time::timeout(PATIENCE, reading).await;
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
