//! Values that are fetched.

use std::sync::Arc;

use client::Failure;

/// Fetched value. A value that is here stays while it is fetched again.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Remote<T> {
    /// First fetch under way.
    #[default]
    Loading,
    /// Value of the last successful fetch.
    Ready(T),
    /// The fetch failed, and no earlier value is here.
    Failed(Arc<Failure>),
}

impl<T> Remote<T> {
    /// Returns the value that is here.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Returns the value that is here, for a change.
    pub fn ready_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Takes the result of a fetch. A failure leaves the value that is here.
    pub fn take(&mut self, result: Result<T, Failure>) {
        match (result, &*self) {
            (Ok(value), _) => *self = Self::Ready(value),
            (Err(_), Self::Ready(_)) => {}
            (Err(failure), Self::Loading | Self::Failed(_)) => *self = Self::Failed(Arc::new(failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_value_that_is_here() {
        let mut remote = Remote::Loading;
        remote.take(Err(Failure::Unreachable));
        assert!(matches!(remote, Remote::Failed(_)));
        remote.take(Ok(1));
        remote.take(Err(Failure::TimedOut));
        assert_eq!(remote.ready(), Some(&1));
    }
}
