//! Observable state.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use client::{
    Portable,
    platform::{Shared, WeakShared},
};
use futures_util::{future::poll_fn, task::AtomicWaker};

#[cfg(target_arch = "wasm32")]
type Listener<S> = dyn Fn(&Arc<S>);
#[cfg(not(target_arch = "wasm32"))]
type Listener<S> = dyn Fn(&Arc<S>) + Send + Sync;

/// State with listeners. Clones share one state.
pub struct Store<S>(Shared<Inner<S>>);

struct Inner<S> {
    state: Mutex<Arc<S>>,
    listeners: Mutex<Vec<WeakShared<Listener<S>>>>,
}

/// Registration of a listener. Dropping it ends the calls.
#[must_use = "a listener is called as long as its registration lives"]
pub struct Listening<S>(#[expect(dead_code, reason = "keeps the listener alive")] Shared<Listener<S>>);

impl<S> fmt::Debug for Listening<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}

impl<S: Clone> Store<S> {
    /// Makes a store of this state.
    pub fn new(state: S) -> Self {
        Self(Shared::new(Inner { state: Mutex::new(Arc::new(state)), listeners: Mutex::default() }))
    }

    /// Returns the present state.
    pub fn get(&self) -> Arc<S> {
        Arc::clone(&lock(&self.0.state))
    }

    /// Changes the state, and calls the listeners afterwards. `change` must not touch the store.
    pub fn update<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let (result, state) = {
            let mut state = lock(&self.0.state);
            let result = change(Arc::make_mut(&mut state));
            (result, Arc::clone(&state))
        };
        let listeners = lock(&self.0.listeners).clone();
        for listener in listeners.iter().filter_map(WeakShared::upgrade) {
            listener(&state);
        }
        result
    }

    /// Calls `listener` with the state after each change, until the registration is dropped.
    pub fn listen(&self, listener: impl Fn(&Arc<S>) + Portable + 'static) -> Listening<S> {
        let listener: Shared<Listener<S>> = Shared::new(listener);
        let mut listeners = lock(&self.0.listeners);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Shared::downgrade(&listener));
        Listening(listener)
    }

    /// Waits until the state satisfies `condition`, and returns it.
    pub async fn wait_for(&self, condition: impl Fn(&S) -> bool) -> Arc<S> {
        let waker = Shared::new(AtomicWaker::new());
        let wakes = Shared::clone(&waker);
        let _listening = self.listen(move |_| wakes.wake());
        poll_fn(|context| {
            waker.register(context.waker());
            let state = self.get();
            if condition(&state) { Poll::Ready(state) } else { Poll::Pending }
        })
        .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Clone for Store<S> {
    fn clone(&self) -> Self {
        Self(Shared::clone(&self.0))
    }
}

/// Two stores are equal if they share one state.
impl<S> PartialEq for Store<S> {
    fn eq(&self, other: &Self) -> bool {
        Shared::ptr_eq(&self.0, &other.0)
    }
}

impl<S: fmt::Debug> fmt::Debug for Store<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&*lock(&self.0.state)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_sees_each_change_until_it_is_dropped() {
        let store = Store::new(0);
        let seen: Arc<Mutex<Vec<i32>>> = Arc::default();
        let memory = Arc::clone(&seen);
        let listening = store.listen(move |state| memory.lock().unwrap().push(**state));
        assert_eq!(store.update(|state| std::mem::replace(state, 1)), 0);
        store.update(|state| *state += 1);
        drop(listening);
        store.update(|state| *state += 1);
        assert_eq!((seen.lock().unwrap().clone(), *store.get()), (vec![1, 2], 3));
    }

    #[tokio::test]
    async fn a_condition_is_awaited() {
        let store = Store::new(0);
        let counter = store.clone();
        let counting = async move {
            for _ in 0..10 {
                counter.update(|state| *state += 1);
                tokio::task::yield_now().await;
            }
        };
        let (found, ()) = futures_util::future::join(store.wait_for(|state| *state >= 5), counting).await;
        assert!(*found >= 5);
    }
}
