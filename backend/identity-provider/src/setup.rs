//! The first users: the demo accounts, and the first admin of a production installation.

use std::io;

use service_kit::{Clock, audit::Deed};
use tokio::sync::oneshot;
use wire::{
    Role, UserId,
    id::{Invalid, Username},
    identity::NewPassword,
};

use crate::{
    domain::password::{self, Workspace},
    store::{NewUser, StoreError, UserStore},
};

/// An account of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoAccount {
    /// What to sign in with.
    pub username: &'static str,
    /// Known to everybody.
    pub password: &'static str,
    /// What they are called.
    pub name: &'static str,
    /// What they may do.
    pub role: Role,
}

/// The accounts of the demo.
pub const DEMO_ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount { username: "student1", password: "password123", name: "Student One", role: Role::Student },
    DemoAccount { username: "admin", password: "adminpassword", name: "Administrator", role: Role::Admin },
    DemoAccount { username: "kitchen1", password: "kitchenpassword", name: "Kitchen", role: Role::Staff },
];

/// Why the first users cannot be made or looked at.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A user name is not one.
    #[error("the user name {0}")]
    Username(#[from] Invalid),
    /// A password cannot be hashed.
    #[error("a password cannot be hashed")]
    Algorithm(#[from] argon2::Error),
    /// The system gives no thread, or it broke off.
    #[error("a password cannot be hashed on a thread of its own")]
    Thread(#[from] io::Error),
}

/// Makes the demo accounts that are missing, and returns their names. Hashes on two threads: the first start is to
/// be quick.
///
/// # Errors
/// See [`SetupError`].
pub async fn seed_demo(users: &dyn UserStore, clock: &Clock) -> Result<Vec<Username>, SetupError> {
    let mut missing = Vec::new();
    for account in DEMO_ACCOUNTS {
        if users.by_username(&account.username.parse()?).await?.is_none() {
            missing.push(account);
        }
    }
    let (left, right) = missing.split_at(missing.len() / 2);
    let started = [left.to_vec(), right.to_vec()].map(|accounts| {
        on_a_thread(move || {
            let mut workspace = Workspace::default();
            let hashed = accounts
                .into_iter()
                .map(|account| password::hash(&mut workspace, account.password).map(|hash| (account, hash)));
            hashed.collect::<Result<Vec<_>, _>>()
        })
    });
    let mut made = Vec::new();
    for hashing in started {
        for (account, hash) in finished(hashing?).await?? {
            let username: Username = account.username.parse()?;
            if create(users, clock, &username, account.name, account.role, hash).await? {
                made.push(username);
            }
        }
    }
    Ok(made)
}

/// The demo accounts that can still be signed in to with the password that everybody knows.
///
/// # Errors
/// See [`SetupError`].
pub async fn demo_accounts_present(users: &dyn UserStore) -> Result<Vec<Username>, SetupError> {
    let mut present = Vec::new();
    for demo in DEMO_ACCOUNTS {
        let username: Username = demo.username.parse()?;
        let Some(account) = users.by_username(&username).await?.filter(|account| !account.user.disabled)
        else {
            continue;
        };
        let check = on_a_thread(move || {
            password::matches(&mut Workspace::default(), demo.password, &account.password_hash)
        })?;
        if finished(check).await? {
            present.push(username);
        }
    }
    Ok(present)
}

/// Makes an admin; returns whether the user name was free. A user of that name is left as they are.
///
/// # Errors
/// See [`SetupError`].
pub async fn create_admin(
    users: &dyn UserStore,
    username: &Username,
    password: NewPassword,
    clock: &Clock,
) -> Result<bool, SetupError> {
    if users.by_username(username).await?.is_some() {
        return Ok(false);
    }
    let hashing = on_a_thread(move || password::hash(&mut Workspace::default(), password.expose()))?;
    let hash = finished(hashing).await??;
    create(users, clock, username, username.as_str(), Role::Admin, hash).await
}

async fn create(
    users: &dyn UserStore,
    clock: &Clock,
    username: &Username,
    name: &str,
    role: Role,
    password_hash: String,
) -> Result<bool, SetupError> {
    let user = NewUser {
        user_id: UserId(clock.uuid()),
        username: username.clone(),
        name: name.to_owned(),
        role,
        password_hash,
        created_at: clock.now(),
    };
    let deed = Deed {
        at: user.created_at,
        actor: "setup".to_owned(),
        action: "user.create",
        subject: user.user_id.to_string(),
        detail: format!("{username}, {}", role.as_str()),
    };
    Ok(users.create(&user, &deed).await?)
}

fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<oneshot::Receiver<T>> {
    let (answer, result) = oneshot::channel();
    std::thread::Builder::new().name("setup".to_owned()).spawn(move || {
        // Whoever asked may have gone away.
        let _ = answer.send(work());
    })?;
    Ok(result)
}

async fn finished<T>(result: oneshot::Receiver<T>) -> io::Result<T> {
    result.await.map_err(io::Error::other)
}
