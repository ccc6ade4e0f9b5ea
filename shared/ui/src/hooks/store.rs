//! Stores of the crate `app` as state of a component.

use std::sync::Arc;

use app::Store;
use yew::prelude::*;

/// Returns the present state of a store, and draws the component anew after each change. Components rendered to text,
/// outside of a browser, see the first state.
#[hook]
pub fn use_store<S: Clone + 'static>(store: &Store<S>) -> Arc<S> {
    let state = use_state(|| store.get());
    let setter = state.setter();
    use_effect_with(store.clone(), move |store| {
        let listening = observe(store, setter);
        move || drop(listening)
    });
    Arc::clone(&state)
}

#[cfg(target_arch = "wasm32")]
fn observe<S: Clone + 'static>(
    store: &Store<S>,
    setter: UseStateSetter<Arc<S>>,
) -> Option<app::store::Listening<S>> {
    // It may have changed since the component was drawn.
    setter.set(store.get());
    Some(store.listen(move |state| setter.set(Arc::clone(state))))
}

#[cfg(not(target_arch = "wasm32"))]
fn observe<S>(_store: &Store<S>, _setter: UseStateSetter<Arc<S>>) -> Option<app::store::Listening<S>> {
    None
}
