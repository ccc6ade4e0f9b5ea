//! Calls of kiosks, and of admins about kiosks and cards.

use wire::{
    OrderId, UserId,
    identity::Secret,
    kiosk::{
        CardLookup, ChangeKiosk, CreateKiosk, Kiosk, KioskInstruction, KioskList, KioskReport, KioskSecret,
        KioskSession, KioskSignIn, SetCard,
    },
    ops::ServiceName,
    order::{OrderView, PlaceOrder},
};

use super::{Client, Placed, student::ORDER_TIMEOUT};
use crate::{
    error::Failure,
    transport::{Method, Request},
};

fn identity(method: Method, path: impl Into<String>) -> Request {
    Request::new(method, ServiceName::IdentityProvider, path)
}

impl Client {
    /// Opens a session for a student at the signed-in kiosk.
    ///
    /// # Errors
    /// `bad_credentials`, `too_many_attempts`, `unknown_card`, `card_expired`, `forbidden` if the account is not a
    /// student's, or the request failed.
    pub async fn open_kiosk_session(&self, sign_in: &KioskSignIn) -> Result<KioskSession, Failure> {
        self.send(identity(Method::Post, "/kiosk/session").json(sign_in)).await?.read()
    }

    /// Checks that a card belongs to a student and has not expired.
    ///
    /// # Errors
    /// `unknown_card`, `card_expired`, or the request failed.
    pub async fn check_card(&self, card: Secret) -> Result<(), Failure> {
        self.send(identity(Method::Post, "/kiosk/card").json(&CardLookup { card })).await.map(drop)
    }

    /// Reports the state of the signed-in kiosk, and fetches its instruction.
    ///
    /// # Errors
    /// The request failed.
    pub async fn send_kiosk_heartbeat(&self, report: &KioskReport) -> Result<KioskInstruction, Failure> {
        self.send(identity(Method::Post, "/kiosk/heartbeat").json(report)).await?.read()
    }

    /// Places an order once with the token of a kiosk session. The caller sends it again under the same id until the
    /// outcome is known.
    ///
    /// # Errors
    /// The order was refused, its outcome is unknown, or [`Failure::Problem`] with `unauthenticated` if the token has
    /// expired.
    pub async fn place_as(&self, token: &Secret, order: &PlaceOrder) -> Result<Placed, Failure> {
        let request = Request::new(Method::Post, ServiceName::OrderGateway, "/order").json(order);
        let response = self.send_as(&request.timeout(ORDER_TIMEOUT), Some(&token.0)).await?;
        Ok(Placed { accepted: response.read()?, replayed: response.replayed })
    }

    /// Fetches an order with the token of a kiosk session.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn order_as(&self, token: &Secret, order: &OrderId) -> Result<OrderView, Failure> {
        let request = Request::new(Method::Get, ServiceName::OrderGateway, format!("/orders/{order}"));
        self.send_as(&request, Some(&token.0)).await?.read()
    }

    /// Fetches all kiosks.
    ///
    /// # Errors
    /// The request failed.
    pub async fn kiosks(&self) -> Result<KioskList, Failure> {
        self.get(ServiceName::IdentityProvider, "/kiosks").await
    }

    /// Creates a kiosk. Its secret is in this response alone.
    ///
    /// # Errors
    /// `taken`, `invalid` with the fields, or the request failed.
    pub async fn create_kiosk(&self, kiosk: &CreateKiosk) -> Result<KioskSecret, Failure> {
        self.send(identity(Method::Post, "/kiosks").json(kiosk)).await?.read()
    }

    /// Changes a kiosk.
    ///
    /// # Errors
    /// `not_found`, `invalid` with the fields, or the request failed.
    pub async fn change_kiosk(&self, kiosk: UserId, change: &ChangeKiosk) -> Result<Kiosk, Failure> {
        self.send(identity(Method::Patch, format!("/kiosks/{kiosk}")).json(change)).await?.read()
    }

    /// Replaces the secret of a kiosk, which ends its sessions.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn replace_kiosk_secret(&self, kiosk: UserId) -> Result<KioskSecret, Failure> {
        self.send(identity(Method::Post, format!("/kiosks/{kiosk}/secret"))).await?.read()
    }

    /// Sets the card of a student, in place of an earlier one.
    ///
    /// # Errors
    /// `not_found`, `taken` if another student has the card, `invalid` with the fields, or the request failed.
    pub async fn set_card(&self, user: UserId, card: &SetCard) -> Result<(), Failure> {
        self.send(identity(Method::Put, format!("/users/{user}/card")).json(card)).await.map(drop)
    }
}
