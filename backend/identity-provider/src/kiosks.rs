//! Sessions of students at kiosks, and heartbeats of kiosks.
//!
//! A kiosk is judged by its account at each request: one that is revoked is refused while its access token still lives.
//! The token of a student at a kiosk cannot be revoked; it places and reads that student's orders, and nothing else.

use std::{sync::Arc, time::Duration};

use service_kit::http::Caller;
use wire::{
    Role, Time,
    identity::{Claims, Secret, SessionUser, USER_AUDIENCE, USER_ISSUER, User},
    kiosk::{Kiosk, KioskInstruction, KioskReport, KioskSession, KioskSignIn},
};

use crate::{
    attempts::Attempt,
    config::Config,
    domain::kiosk::{check_card, check_pin, check_report, is_silent},
    error::IdentityError,
    sessions::{Desk, MAX_USERNAME},
    store::{
        Account,
        kiosk::{Card, Heartbeat, KioskStore, StoredKiosk},
    },
};

/// Kiosks of the service, with their settings.
pub(crate) struct Kiosks {
    pub(crate) store: Arc<dyn KioskStore>,
    token_ttl: Duration,
    pub(crate) silent_after: Duration,
    minimum_version: String,
}

impl Kiosks {
    pub(crate) fn new(store: Arc<dyn KioskStore>, config: &Config) -> Self {
        Self {
            store,
            token_ttl: Duration::from_secs(u64::from(config.kiosk_token_hours) * 3_600),
            silent_after: Duration::from_secs(config.kiosk_silent_seconds.into()),
            minimum_version: config.kiosk_minimum_version.clone(),
        }
    }

    /// Returns a kiosk as admins see it.
    pub(crate) fn view(&self, kiosk: StoredKiosk, now: Time) -> Kiosk {
        let StoredKiosk { user, open, message, heartbeat } = kiosk;
        let heartbeat_at = heartbeat.as_ref().map(|heartbeat| heartbeat.at);
        let clock_skew_ms = heartbeat.as_ref().map(|heartbeat| heartbeat.clock_skew_ms);
        Kiosk {
            kiosk_id: user.user_id,
            username: user.username,
            name: user.name,
            revoked: user.disabled,
            open,
            message,
            created_at: user.created_at,
            heartbeat_at,
            report: heartbeat.map(|heartbeat| heartbeat.report),
            clock_skew_ms,
            silent: is_silent(open && !user.disabled, heartbeat_at, now, self.silent_after),
        }
    }
}

/// Student whose credentials were right, as the account was when they were checked.
struct Checked(Account);

impl Desk {
    /// Returns the calling kiosk, unless its account is revoked.
    async fn calling_kiosk(&self, caller: &Caller) -> Result<StoredKiosk, IdentityError> {
        let kiosk_id = caller.user_id().map_err(|_| IdentityError::SessionEnded)?;
        let kiosk = self.kiosks.store.kiosk(kiosk_id).await?;
        kiosk.filter(|kiosk| !kiosk.user.disabled).ok_or(IdentityError::SessionEnded)
    }

    /// Opens a session for a student at the calling kiosk.
    pub(crate) async fn open_kiosk_session(
        &self,
        caller: &Caller,
        sign_in: KioskSignIn,
    ) -> Result<KioskSession, IdentityError> {
        let kiosk = self.calling_kiosk(caller).await?;
        let checked = match sign_in {
            KioskSignIn::Password { username, password } => self.check_password(&username, password).await,
            KioskSignIn::Card { card, pin } => self.check_pin(&kiosk, &card, pin).await,
        };
        match &checked {
            Ok(_) => self.metrics.success.inc(),
            Err(IdentityError::BadCredentials) => self.metrics.failed.inc(),
            Err(_) => {}
        }
        let Checked(account) = checked?;
        // The password was changed, or the user disabled, while the credentials were being checked.
        let current = self.users.by_id(account.user.user_id).await?;
        let user = current
            .filter(|current| current.generation == account.generation && !current.user.disabled)
            .map(|current| current.user)
            .ok_or(IdentityError::BadCredentials)?;
        if user.role != Role::Student {
            return Err(IdentityError::NotStudent);
        }
        self.kiosk_session(&user, &kiosk)
    }

    async fn check_password(&self, username: &str, password: Secret) -> Result<Checked, IdentityError> {
        // Guessing is limited here as at the login, and together with it.
        let counted: String = username.chars().take(MAX_USERNAME).collect();
        self.count_attempt(&counted).await?;
        let account = match username.parse() {
            Ok(name) => self.users.by_username(&name).await?,
            Err(_) => None,
        };
        self.check(account, password).await.map(Checked)
    }

    async fn check_pin(
        &self,
        kiosk: &StoredKiosk,
        number: &Secret,
        pin: Secret,
    ) -> Result<Checked, IdentityError> {
        check_pin(&pin.0).map_err(|error| IdentityError::Fields(vec![error]))?;
        let (card, account) = self.find_card(kiosk, number).await?;
        let hash = self.secrets.card_number(&number.0);
        self.count_attempt(&self.secrets.attempts_name(&format!("card {hash:?}"))).await?;
        self.count_attempt(account.user.username.as_str()).await?;
        let generation = account.generation;
        let with_pin = Account { password_hash: card.pin_hash, ..account };
        let account = self.check(Some(with_pin), pin).await?;
        Ok(Checked(Account { generation, ..account }))
    }

    /// Checks that a card belongs to a student and has not expired.
    pub(crate) async fn look_up_card(&self, caller: &Caller, number: &Secret) -> Result<(), IdentityError> {
        let kiosk = self.calling_kiosk(caller).await?;
        let (_, account) = self.find_card(&kiosk, number).await?;
        if account.user.role == Role::Student && !account.user.disabled {
            return Ok(());
        }
        self.count_unknown_card(&kiosk).await?;
        Err(IdentityError::UnknownCard)
    }

    /// Returns a card that has not expired, with its owner. Three unknown cards a minute stop all look-ups of that kiosk
    /// until the minute is over, so that a stolen secret of a kiosk does not find out which cards exist.
    async fn find_card(
        &self,
        kiosk: &StoredKiosk,
        number: &Secret,
    ) -> Result<(Card, Account), IdentityError> {
        check_card(&number.0).map_err(|error| IdentityError::Fields(vec![error]))?;
        if let Attempt::Refused { wait } = self.attempts.peek(&self.unknown_cards_of(kiosk)).await? {
            self.metrics.limited.inc();
            return Err(IdentityError::TooManyAttempts { wait });
        }
        let card = self.kiosks.store.card(&self.secrets.card_number(&number.0)).await?;
        let account = match &card {
            Some(card) => self.users.by_id(card.user_id).await?,
            None => None,
        };
        let Some((card, account)) = card.zip(account) else {
            self.count_unknown_card(kiosk).await?;
            return Err(IdentityError::UnknownCard);
        };
        if card.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(IdentityError::CardExpired);
        }
        Ok((card, account))
    }

    async fn count_unknown_card(&self, kiosk: &StoredKiosk) -> Result<(), IdentityError> {
        self.count_attempt(&self.unknown_cards_of(kiosk)).await
    }

    fn unknown_cards_of(&self, kiosk: &StoredKiosk) -> String {
        self.secrets.attempts_name(&format!("unknown cards at {}", kiosk.user.user_id))
    }

    fn kiosk_session(&self, user: &User, kiosk: &StoredKiosk) -> Result<KioskSession, IdentityError> {
        let now = self.clock.now();
        // A token counts in whole seconds.
        let expires_at = Time::from_millis(now.plus(self.kiosks.token_ttl).as_secs() * 1000);
        let claims = Claims {
            sub: user.user_id.to_string(),
            role: Role::KioskStudent,
            iss: USER_ISSUER.to_owned(),
            aud: USER_AUDIENCE.to_owned(),
            iat: now.as_secs(),
            exp: expires_at.as_secs(),
            name: Some(user.name.clone()),
            username: Some(user.username.to_string()),
            kiosk: Some(kiosk.user.user_id),
        };
        Ok(KioskSession {
            token: self.keys.sign(&claims).ok_or(IdentityError::NoKey)?,
            expires_at,
            user: SessionUser {
                user_id: user.user_id,
                username: user.username.clone(),
                name: user.name.clone(),
                role: user.role,
            },
        })
    }

    /// Keeps the report of the calling kiosk and returns its instruction.
    pub(crate) async fn record_heartbeat(
        &self,
        caller: &Caller,
        report: KioskReport,
    ) -> Result<KioskInstruction, IdentityError> {
        check_report(&report).map_err(IdentityError::Fields)?;
        let kiosk_id = caller.user_id().map_err(|_| IdentityError::SessionEnded)?;
        let now = self.clock.now();
        let clock_skew_ms = report.clock.as_millis().saturating_sub(now.as_millis());
        let heartbeat = Heartbeat { at: now, clock_skew_ms, report };
        let kiosk = self.kiosks.store.record_heartbeat(kiosk_id, &heartbeat).await?;
        let kiosk = kiosk.ok_or(IdentityError::SessionEnded)?;
        Ok(KioskInstruction {
            name: kiosk.user.name,
            open: kiosk.open,
            message: kiosk.message,
            minimum_version: self.kiosks.minimum_version.clone(),
            clock: now,
        })
    }
}
