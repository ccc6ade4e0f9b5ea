//! The session and the device, for everybody below.

use std::{ops::Deref, sync::Arc};

use app::session::{Session, SessionState};
use client::{Client, ConnectionState};
use yew::prelude::*;

use super::use_store;
use crate::{
    device::DeviceHandle,
    sound,
    text::{Text, common},
};

/// Session of the page. Dereferences to its state.
#[derive(Debug, Clone)]
pub struct SessionHandle {
    session: Session,
    device: DeviceHandle,
    state: Arc<SessionState>,
}

impl PartialEq for SessionHandle {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session && self.device == other.device && self.state == other.state
    }
}

impl Deref for SessionHandle {
    type Target = SessionState;

    fn deref(&self) -> &SessionState {
        &self.state
    }
}

impl SessionHandle {
    /// Returns the session with its commands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the client, for what only one page requests.
    pub fn client(&self) -> &Client {
        self.session.client()
    }

    /// Returns the device.
    pub fn device(&self) -> &DeviceHandle {
        &self.device
    }

    /// Resumes the session again after that failed.
    pub fn resume(&self) {
        let session = self.session.clone();
        client::platform::spawn(async move { session.resume().await });
    }

    /// Returns the name of the connection's state.
    pub fn connection_text(&self) -> Text {
        match self.connection {
            ConnectionState::Connected => common::LIVE,
            ConnectionState::Connecting => common::CONNECTING,
            ConnectionState::Reconnecting | ConnectionState::Refused if !self.device.is_online() => {
                common::OFFLINE
            }
            ConnectionState::Reconnecting => common::RECONNECTING,
            ConnectionState::Refused => common::LIVE_PAUSED,
        }
    }
}

/// Client and device of a page, and its content.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SessionProps {
    /// Client.
    pub client: Client,
    /// Device.
    pub device: DeviceHandle,
    /// Content.
    pub children: Html,
}

/// Runs the session, for everybody below.
#[component]
pub fn SessionProvider(SessionProps { client, device, children }: &SessionProps) -> Html {
    let session = use_memo((client.clone(), device.clone()), |(client, device)| {
        Session::new(client.clone(), device.shared())
    });
    let state = use_store(session.store());
    use_effect_with((*session).clone(), |session| {
        sound::resume_on_first_touch();
        let running = session.run();
        move || drop(running)
    });
    let handle = SessionHandle { session: (*session).clone(), device: device.clone(), state };
    html! {
        <ContextProvider<SessionHandle> context={handle}>{ children.clone() }</ContextProvider<SessionHandle>>
    }
}

/// Returns the session of the page.
///
/// # Panics
/// Outside of a [`SessionProvider`].
#[hook]
pub fn use_session() -> SessionHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<SessionHandle>().expect("pages stand in a SessionProvider")
}

/// Returns the device of the page; `None` outside of a [`SessionProvider`], as where a component is rendered to text.
#[hook]
pub fn use_device() -> Option<DeviceHandle> {
    use_context::<SessionHandle>().map(|session| session.device)
}
