//! `GET /kiosks`, `POST /kiosks`, `PATCH /kiosks/{id}`, `POST /kiosks/{id}/secret`, `PUT /users/{id}/card`: kiosks and
//! cards, for admins.

use axum::{Json, extract::State, http::StatusCode};
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Body, Caller, Docs as _, Path, Routes, get, patch, post, put},
    secret,
};
use wire::{
    FieldError, Role, UserId,
    identity::{Secret, User},
    kiosk::{ChangeKiosk, CreateKiosk, Kiosk, KioskList, KioskSecret, SetCard},
};

use crate::{
    Identity,
    domain::{
        kiosk::{check_card, check_pin, checked_message, checked_name},
        password,
    },
    error::IdentityError,
    hashing::Share,
    store::{
        NewUser,
        kiosk::{Card, CardSet, KioskChange, StoredKiosk},
    },
};

/// Most kiosks of a list.
const MAX_LISTED: u32 = 1_000;

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(get("/kiosks", Access::Admin, "All kiosks, by name").gives::<KioskList>(), list)
        .route(
            post("/kiosks", Access::Admin, "Create a kiosk; the response alone holds its secret")
                .takes::<CreateKiosk>()
                .gives::<KioskSecret>()
                .success(201),
            create,
        )
        .route(
            patch(
                "/kiosks/{id}",
                Access::Admin,
                "Rename, open, close, revoke or admit a kiosk; set its message",
            )
            .takes::<ChangeKiosk>()
            .gives::<Kiosk>(),
            change,
        )
        .route(
            post("/kiosks/{id}/secret", Access::Admin, "Replace the secret of a kiosk; ends its sessions")
                .gives::<KioskSecret>(),
            replace_secret,
        )
        .route(
            put("/users/{id}/card", Access::Admin, "Set card and PIN of a student in place of earlier ones")
                .takes::<SetCard>()
                .success(204),
            set_card,
        )
}

async fn list(State(identity): State<Identity>) -> Result<Json<KioskList>, ApiError> {
    let desk = &identity.0.desk;
    let found = desk.kiosks.store.kiosks(MAX_LISTED).await.map_err(IdentityError::from)?;
    let now = desk.clock.now();
    Ok(Json(KioskList { kiosks: found.into_iter().map(|kiosk| desk.kiosks.view(kiosk, now)).collect() }))
}

async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Body(wanted): Body<CreateKiosk>,
) -> Result<(StatusCode, Json<KioskSecret>), ApiError> {
    let name = checked_name(&wanted.name).map_err(|error| IdentityError::Fields(vec![error]))?;
    let desk = &identity.0.desk;
    let (secret, password_hash) = new_secret(&identity).await?;
    let account = NewUser {
        user_id: UserId(desk.clock.uuid()),
        username: wanted.username,
        name,
        role: Role::Kiosk,
        password_hash,
        created_at: desk.clock.now(),
    };
    let detail = format!("{}, name \"{}\"", account.username, account.name);
    let event = event(&identity, &caller, "kiosk.create", account.user_id, detail);
    if !desk.kiosks.store.create_kiosk(&account, &event).await.map_err(IdentityError::from)? {
        return Err(IdentityError::Taken.into());
    }
    let NewUser { user_id, username, name, role, password_hash: _, created_at } = account;
    let user = User { user_id, username, name, role, disabled: false, created_at };
    let stored = StoredKiosk { user, open: true, message: None, heartbeat: None };
    let kiosk = desk.kiosks.view(stored, desk.clock.now());
    Ok((StatusCode::CREATED, Json(KioskSecret { kiosk, secret })))
}

async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    kiosk_id: Result<Path<UserId>, ApiError>,
    Body(wanted): Body<ChangeKiosk>,
) -> Result<Json<Kiosk>, ApiError> {
    let mut errors: Vec<FieldError> = Vec::new();
    let mut kept = |result: Result<_, _>| result.map_err(|error| errors.push(error)).ok();
    let name = wanted.name.as_deref().map(checked_name).and_then(&mut kept);
    let message = match wanted.message.as_ref().map(checked_message).transpose() {
        Ok(message) => message,
        Err(wrong) => {
            errors.extend(wrong);
            None
        }
    };
    if !errors.is_empty() {
        return Err(IdentityError::Fields(errors).into());
    }
    let Path(kiosk_id) = kiosk_id?;
    let change = KioskChange { name, revoked: wanted.revoked, open: wanted.open, message, secret_hash: None };
    let event = event(&identity, &caller, "kiosk.change", kiosk_id, described(&change));
    changed(&identity, kiosk_id, &change, &event).await.map(Json)
}

async fn replace_secret(
    State(identity): State<Identity>,
    caller: Caller,
    Path(kiosk_id): Path<UserId>,
) -> Result<Json<KioskSecret>, ApiError> {
    let kiosks = &identity.0.desk.kiosks.store;
    if kiosks.kiosk(kiosk_id).await.map_err(IdentityError::from)?.is_none() {
        return Err(IdentityError::NotFound.into());
    }
    let (secret, hash) = new_secret(&identity).await?;
    let change = KioskChange { secret_hash: Some(hash), ..KioskChange::default() };
    let event = event(&identity, &caller, "kiosk.secret", kiosk_id, "new secret".to_owned());
    let kiosk = changed(&identity, kiosk_id, &change, &event).await?;
    Ok(Json(KioskSecret { kiosk, secret }))
}

async fn set_card(
    State(identity): State<Identity>,
    caller: Caller,
    user_id: Result<Path<UserId>, ApiError>,
    Body(wanted): Body<SetCard>,
) -> Result<StatusCode, ApiError> {
    let errors = [check_card(&wanted.card.0).err(), check_pin(&wanted.pin.0).err()];
    let errors: Vec<_> = errors.into_iter().flatten().collect();
    if !errors.is_empty() {
        return Err(IdentityError::Fields(errors).into());
    }
    let Path(user_id) = user_id?;
    let desk = &identity.0.desk;
    let pin_hash = hash(&identity, wanted.pin).await?;
    let card = Card { user_id, pin_hash, expires_at: wanted.expires_at };
    let detail = match card.expires_at {
        Some(end) => format!("new card, until {end}"),
        None => "new card".to_owned(),
    };
    let event = event(&identity, &caller, "user.card", user_id, detail);
    let number = desk.secrets.card_number(&wanted.card.0);
    match desk.kiosks.store.set_card(&number, &card, &event).await.map_err(IdentityError::from)? {
        CardSet::Done => Ok(StatusCode::NO_CONTENT),
        CardSet::Taken => Err(IdentityError::CardTaken.into()),
        CardSet::NoSuchUser => Err(IdentityError::NotFound.into()),
        CardSet::NotStudent => {
            let message = "only students have cards".to_owned();
            Err(IdentityError::Fields(vec![FieldError { field: "card".to_owned(), message }]).into())
        }
    }
}

async fn changed(
    identity: &Identity,
    kiosk_id: UserId,
    change: &KioskChange,
    event: &Deed,
) -> Result<Kiosk, ApiError> {
    let desk = &identity.0.desk;
    let kiosk = desk.kiosks.store.change_kiosk(kiosk_id, change, event).await.map_err(IdentityError::from)?;
    Ok(desk.kiosks.view(kiosk.ok_or(IdentityError::NotFound)?, desk.clock.now()))
}

/// Returns a new secret of 32 random bytes, and its hash.
async fn new_secret(identity: &Identity) -> Result<(Secret, String), IdentityError> {
    let secret = Secret(secret::random_text::<32>());
    let hash = hash(identity, secret.clone()).await?;
    Ok((secret, hash))
}

async fn hash(identity: &Identity, secret: Secret) -> Result<String, IdentityError> {
    let hashing = &identity.0.desk.hashing;
    Ok(hashing.run(Share::Foreground, move |workspace| password::hash(workspace, &secret.0)).await??)
}

fn event(
    identity: &Identity,
    caller: &Caller,
    action: &'static str,
    subject: UserId,
    detail: String,
) -> Deed {
    Deed {
        at: identity.0.desk.clock.now(),
        actor: caller.0.sub.clone(),
        action,
        subject: subject.to_string(),
        detail,
    }
}

/// Describes a change for the audit log, without secrets. Texts were checked: they have no control characters, and their
/// Bangla vowel signs are kept as they are.
fn described(change: &KioskChange) -> String {
    let message = change.message.as_ref().map(|message| match (message.en.as_str(), message.bn.as_str()) {
        ("", "") => "no message".to_owned(),
        (en, bn) => format!("message \"{en}\" / \"{bn}\""),
    });
    let parts = [
        change.name.as_ref().map(|name| format!("name \"{name}\"")),
        change.revoked.map(|revoked| if revoked { "revoked" } else { "admitted" }.to_owned()),
        change.open.map(|open| if open { "opened" } else { "closed" }.to_owned()),
        message,
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
