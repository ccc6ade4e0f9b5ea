//! The signed-in user and the connection, shared by the shop, the console and the board.

use std::{fmt, sync::Arc};

use client::{
    Client, ConnectionState, Event, Failure, SignedIn, Subscription, platform::Shared, socket::Decoder,
};
use wire::{Role, identity::ChangePassword};

use crate::{device::Device, running::Running, store::Store};

/// Person in front of the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Visitor {
    /// The session is being resumed.
    Starting,
    /// Nobody is signed in.
    SignedOut {
        /// Whether the session ended without a sign-out.
        expired: bool,
    },
    /// The session could not be resumed for now.
    Unknown(Arc<Failure>),
    /// Signed-in user.
    SignedIn(SignedIn),
}

/// State of a [`Session`].
#[derive(Debug, Clone, PartialEq)]
pub struct SessionState {
    /// Person in front of the page.
    pub visitor: Visitor,
    /// State of the connection to the hub.
    pub connection: ConnectionState,
}

impl SessionState {
    /// Returns the signed-in user.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.visitor {
            Visitor::SignedIn(signed_in) => Some(signed_in),
            Visitor::Starting | Visitor::SignedOut { .. } | Visitor::Unknown(_) => None,
        }
    }

    /// Returns the role of the signed-in user.
    pub fn role(&self) -> Option<Role> {
        self.signed_in().map(|signed_in| signed_in.user.role)
    }

    /// Returns whether the signed-in user is an admin.
    pub fn is_admin(&self) -> bool {
        self.role() == Some(Role::Admin)
    }

    /// Returns whether the signed-in user may use the console.
    pub fn is_staff(&self) -> bool {
        matches!(self.role(), Some(Role::Staff | Role::Admin))
    }
}

/// Session of a page or program. Clones share it.
#[derive(Clone)]
pub struct Session {
    client: Client,
    device: Shared<dyn Device>,
    store: Store<SessionState>,
}

impl Session {
    /// Makes a session over `client` on `device`. Nothing happens before [`Session::run`].
    pub fn new(client: Client, device: Shared<dyn Device>) -> Self {
        let visitor = client.signed_in().map_or(Visitor::Starting, Visitor::SignedIn);
        let connection = ConnectionState::Connecting;
        Self { client, device, store: Store::new(SessionState { visitor, connection }) }
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the device.
    pub fn device(&self) -> &dyn Device {
        &*self.device
    }

    /// Returns the state, to be observed.
    pub fn store(&self) -> &Store<SessionState> {
        &self.store
    }

    /// Returns the present state.
    pub fn state(&self) -> Arc<SessionState> {
        self.store.get()
    }

    /// Resumes the session where nobody is signed in yet, and keeps it fresh until the guard is dropped.
    pub fn run(&self) -> Running {
        let mut running = Running::default();
        let store = self.store.clone();
        running.keep(self.client.on_session(move |signed_in| {
            // A sign-out says afterwards that it was one.
            let visitor = signed_in.map_or(Visitor::SignedOut { expired: true }, Visitor::SignedIn);
            store.update(|state| state.visitor = visitor);
        }));
        let this = self.clone();
        running.run(async move {
            if this.state().visitor == Visitor::Starting {
                this.resume().await;
            }
            this.client.keep_fresh().await;
        });
        running
    }

    /// Resumes the session: at the start, and again while that failed.
    pub async fn resume(&self) {
        let visitor = match self.client.resume().await {
            Ok(Some(signed_in)) => Visitor::SignedIn(signed_in),
            Ok(None) => Visitor::SignedOut { expired: false },
            Err(failure) => Visitor::Unknown(Arc::new(failure)),
        };
        self.store.update(|state| state.visitor = visitor);
    }

    /// Signs a user in.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<(), Failure> {
        let signed_in = self.client.sign_in(username, password).await?;
        self.store.update(|state| state.visitor = Visitor::SignedIn(signed_in));
        Ok(())
    }

    /// Signs the user out.
    ///
    /// # Errors
    /// As [`Client::sign_out`].
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.client.sign_out().await?;
        self.store.update(|state| state.visitor = Visitor::SignedOut { expired: false });
        Ok(())
    }

    /// Changes the own password, which ends all own sessions.
    ///
    /// # Errors
    /// As [`Client::change_password`].
    pub async fn change_password(&self, change: &ChangePassword) -> Result<(), Failure> {
        self.client.change_password(change).await
    }

    /// Subscribes to events and keeps the state of the connection.
    pub(crate) fn subscribe(
        &self,
        decoder: Decoder,
        on_event: impl Fn(Event) + client::Portable + 'static,
    ) -> Subscription {
        let store = self.store.clone();
        self.client.subscribe(decoder, move |event| match event {
            Event::State(connection) => store.update(|state| state.connection = connection),
            event => on_event(event),
        })
    }
}

/// Two sessions are equal if they share one state.
impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("client", &self.client).field("store", &self.store).finish()
    }
}
