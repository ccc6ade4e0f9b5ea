//! Something that is fetched.

use std::rc::Rc;

use client::Failure;

/// What is known of something that is fetched. What was there once stays while it is fetched again.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Remote<T> {
    /// It is on its way for the first time.
    #[default]
    Loading,
    /// It is here.
    Ready(T),
    /// It could not be had, and nothing older is there.
    Failed(Rc<Failure>),
}

impl<T> Remote<T> {
    /// What is here.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }

    /// What is here, to be changed.
    pub fn ready_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Takes an answer in. A failure does not take away what is here.
    pub fn answer(&mut self, answer: Result<T, Failure>) {
        match (answer, &*self) {
            (Ok(value), _) => *self = Self::Ready(value),
            (Err(_), Self::Ready(_)) => {}
            (Err(failure), Self::Loading | Self::Failed(_)) => *self = Self::Failed(Rc::new(failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_what_is_here() {
        let mut remote = Remote::Loading;
        remote.answer(Err(Failure::Unreachable));
        assert!(matches!(remote, Remote::Failed(_)));
        remote.answer(Ok(1));
        remote.answer(Err(Failure::TimedOut));
        assert_eq!(remote.ready(), Some(&1));
    }
}
