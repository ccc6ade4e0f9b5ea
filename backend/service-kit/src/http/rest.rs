//! Body of a request, shared by the handler and the middleware. Once the answer is there, the middleware reads on what
//! the handler has left and throws it away, so that a client that is still sending hears the answer: closing the
//! connection on it would take the answer away too.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;

/// The most that is thrown away, in bytes, where the route itself does not take more.
pub(super) const MOST: usize = 2 * 1024 * 1024;
/// Time that a client may take to send what is left.
const REST_TIMEOUT: Duration = Duration::from_secs(1);

/// A body that was lent to a handler.
#[derive(Debug, Clone)]
pub(super) struct Rest(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    body: Body,
    /// Everything was read.
    ended: bool,
    /// The handler gets nothing more of it.
    withdrawn: bool,
}

/// An end from which the body is read.
struct Reader {
    shared: Arc<Mutex<Shared>>,
    /// True for the half of the handler, from which the body may be withdrawn.
    lent: bool,
}

impl Rest {
    /// Lends a body.
    pub(super) fn lend(body: Body) -> (Body, Self) {
        let shared = Arc::new(Mutex::new(Shared { body, ended: false, withdrawn: false }));
        (Body::new(Reader { shared: Arc::clone(&shared), lent: true }), Self(shared))
    }

    /// Takes the body from the handler, unless the handler has read all of it. Returns whether the handler has.
    pub(super) fn was_read(&self) -> bool {
        let mut shared = self.0.lock();
        let read = shared.is_end();
        shared.withdrawn |= !read;
        read
    }

    /// Reads on what is left of it, up to so many bytes, for a short time.
    pub(super) async fn throw_away(self, most: usize) {
        let mut left = Reader { shared: self.0, lent: false };
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
        let _ = tokio::time::timeout(REST_TIMEOUT, reading).await;
    }
}

impl Shared {
    fn is_end(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }
}

impl HttpBody for Reader {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let mut shared = self.shared.lock();
        if shared.withdrawn && self.lent {
            return Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))));
        }
        let polled = Pin::new(&mut shared.body).poll_frame(context);
        shared.ended |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.shared.lock().is_end()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.shared.lock().body.size_hint()
    }
}
