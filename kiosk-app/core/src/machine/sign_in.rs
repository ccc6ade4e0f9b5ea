//! Signing in: typed fields, cards, and the answers of the server.

use std::time::Duration;

use app::kiosk::{Key, SignInError};
use wire::{
    identity::Secret,
    kiosk::{KioskSession, KioskSignIn, PIN_LENGTH},
};

use super::{Effect, Entry, Machine, SignInFailure, Stage};

/// Most characters of a typed field.
const MAX_FIELD: usize = 128;

impl Machine {
    pub(super) fn press(&mut self, key: Key) {
        match &mut self.stage {
            Stage::SignIn(entry) if !entry.busy => {
                entry.error = None;
                let is_pin = entry.card.is_some();
                let text = if is_pin || entry.is_password { &mut entry.secret } else { &mut entry.username };
                let max = if is_pin { *PIN_LENGTH.end() } else { MAX_FIELD };
                edit(text, key, max, is_pin);
            }
            Stage::StaffPin { pin, wrong, checking: false } if self.pin_locked_until.is_none() => {
                *wrong = false;
                edit(pin, key, MAX_FIELD, true);
            }
            _ => {}
        }
    }

    pub(super) fn confirm(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now;
        match &mut self.stage {
            Stage::SignIn(entry) if !entry.busy && entry.retry_at.is_none_or(|at| at <= now) => {
                let is_incomplete =
                    entry.secret.is_empty() || (entry.card.is_none() && entry.username.trim().is_empty());
                if is_incomplete {
                    // The first confirmation of a user name alone goes on to the password.
                    let is_username_done = !entry.is_password && !entry.username.trim().is_empty();
                    if entry.card.is_none() && is_username_done {
                        entry.is_password = true;
                    } else {
                        entry.error = Some(SignInError::Incomplete);
                    }
                    return;
                }
                let secret = Secret(std::mem::take(&mut entry.secret));
                let sign_in = match &entry.card {
                    Some(card) => KioskSignIn::Card { card: card.clone(), pin: secret },
                    None => {
                        KioskSignIn::Password { username: entry.username.trim().to_owned(), password: secret }
                    }
                };
                entry.busy = true;
                entry.error = None;
                self.attempt += 1;
                effects.push(Effect::SignIn { attempt: self.attempt, sign_in });
            }
            Stage::StaffPin { pin, checking, .. }
                if !*checking && !pin.is_empty() && self.pin_locked_until.is_none() =>
            {
                *checking = true;
                self.attempt += 1;
                let pin = Secret(std::mem::take(pin));
                effects.push(Effect::CheckPin { attempt: self.attempt, pin });
            }
            _ => {}
        }
    }

    pub(super) fn card(&mut self, card: Secret, effects: &mut Vec<Effect>) {
        if matches!(self.stage, Stage::Attract | Stage::NotKnownOffline) {
            self.begin();
        }
        if let Stage::SignIn(entry) = &mut self.stage
            && !entry.busy
        {
            *entry = Entry { card: Some(card.clone()), busy: true, ..Entry::default() };
            self.attempt += 1;
            effects.push(Effect::CheckCard { attempt: self.attempt, card });
        }
    }

    /// Takes the failure of an attempt.
    fn failed(&mut self, failure: SignInFailure) {
        let Stage::SignIn(entry) = &mut self.stage else { return };
        entry.busy = false;
        match failure {
            SignInFailure::NotKnownOffline => self.stage = Stage::NotKnownOffline,
            SignInFailure::Refused(error) => {
                if let SignInError::TooManyTries { retry_in } = &error {
                    entry.retry_at = Some(self.now.plus(Duration::from_secs(u64::from(*retry_in))));
                }
                let is_card_done = matches!(error, SignInError::UnknownCard | SignInError::CardExpired);
                if is_card_done {
                    entry.card = None;
                    entry.is_password = false;
                }
                entry.error = Some(error);
            }
        }
    }

    pub(super) fn card_checked(&mut self, attempt: u64, result: Result<(), SignInFailure>) {
        if attempt != self.attempt {
            return;
        }
        match result {
            Ok(()) => {
                if let Stage::SignIn(entry) = &mut self.stage {
                    entry.busy = false;
                }
            }
            // Without a network, the PIN decides whether the card is known here.
            Err(SignInFailure::NotKnownOffline) => {
                if let Stage::SignIn(entry) = &mut self.stage {
                    entry.busy = false;
                }
            }
            Err(failure) => self.failed(failure),
        }
    }

    pub(super) fn signed_in(&mut self, attempt: u64, result: Result<KioskSession, SignInFailure>) {
        if attempt != self.attempt || !matches!(self.stage, Stage::SignIn(_)) {
            return;
        }
        match result {
            Ok(session) => {
                self.session = Some(session);
                self.stage = Stage::Menu;
                // The wait for the server was not idleness.
                self.last_touch = self.now;
            }
            Err(failure) => self.failed(failure),
        }
    }
}

/// Changes a typed text by a key.
fn edit(text: &mut String, key: Key, max: usize, digits_only: bool) {
    match key {
        Key::Character { character } => {
            let is_allowed = if digits_only { character.is_ascii_digit() } else { !character.is_control() };
            if is_allowed && text.chars().count() < max {
                text.push(character);
            }
        }
        Key::Backspace => drop(text.pop()),
        Key::Clear => text.clear(),
    }
}
