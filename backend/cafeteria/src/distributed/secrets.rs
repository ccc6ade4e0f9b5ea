//! The secrets of a distributed installation: reading them, and refusing in production those that everybody knows.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use service_kit::token::Signer;
use sha2::{Digest as _, Sha256};
use wire::{
    identity::{Jwk, Jwks},
    ops::ServiceName,
};

use crate::{
    settings::{Mode, Named, Settings},
    start::StartError,
};

/// The 32 bytes that a secret's text stands for. Any text will do: it is hashed with its purpose.
pub(crate) fn seed(purpose: &str, text: &str) -> [u8; 32] {
    Sha256::new().chain_update(purpose).chain_update([0]).chain_update(text).finalize().into()
}

/// The 32 bytes of a service's private key, from the text of its secret.
pub fn service_seed(name: ServiceName, text: &str) -> [u8; 32] {
    seed(&format!("cafeteria/{name}/1"), text)
}

/// Refuses what everybody knows, in production.
pub(crate) fn admit(settings: &Settings, named: Named) -> Result<String, StartError> {
    if settings.mode == Mode::Production && named.is_demo() {
        return Err(StartError::new(format_args!(
            "production mode refuses the default secret in {}; `cafeteria secrets` makes new ones",
            named.setting
        )));
    }
    Ok(named.secret.0)
}

/// The public keys of all services, from their file.
pub(crate) fn public_keys(settings: &Settings) -> Result<Vec<Jwk>, StartError> {
    let setting = "distributed.service_keys_file";
    let wrong = |what: &dyn std::fmt::Display| StartError::new(format_args!("setting {setting}: {what}"));
    let Some(path) = &settings.distributed.service_keys_file else {
        return Err(wrong(&"this service needs it, as in secrets/service-keys.json"));
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| wrong(&format_args!("{}: {error}", path.display())))?;
    let keys: Jwks =
        serde_json::from_str(&text).map_err(|error| wrong(&format_args!("{}: {error}", path.display())))?;
    Ok(keys.keys)
}

/// Every secret of an installation, by the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets(pub BTreeMap<String, String>);

/// The databases, and whose they are.
const DATABASES: [(&str, ServiceName); 3] = [
    ("identity", ServiceName::IdentityProvider),
    ("stock", ServiceName::StockService),
    ("kitchen", ServiceName::KitchenQueue),
];

impl Secrets {
    /// Makes them: `word` gives the text of each by what it is for, `broker` is the user name at RabbitMQ.
    fn make(broker: &str, word: impl Fn(&str) -> String) -> Self {
        let mut files = BTreeMap::new();
        let mut keys = Vec::new();
        for name in ServiceName::ALL {
            let file = format!("{name}.key");
            let text = word(&file);
            keys.push(Signer::new(name.as_str(), &service_seed(name, &text)).public().clone());
            files.insert(file, text);
        }
        let mut public = serde_json::to_string_pretty(&Jwks { keys }).unwrap_or_default();
        public.push('\n');
        files.insert("service-keys.json".to_owned(), public);
        files.insert("identity.secret".to_owned(), word("identity.secret"));
        for (database, _) in DATABASES {
            let password = word(&format!("postgres-{database}"));
            let url = format!("postgres://{database}:{password}@postgres:5432/{database}");
            files.insert(format!("postgres-{database}.password"), password);
            files.insert(format!("{database}-database.url"), url);
        }
        files.insert("postgres-admin.password".to_owned(), word("postgres-admin"));
        let redis = word("redis");
        files.insert("redis.url".to_owned(), format!("redis://:{redis}@redis:6379"));
        files.insert("redis.password".to_owned(), redis);
        let rabbitmq = word("rabbitmq");
        files.insert("rabbitmq.url".to_owned(), format!("amqp://{broker}:{rabbitmq}@rabbitmq:5672/%2f"));
        files.insert("rabbitmq.password".to_owned(), rabbitmq);
        files.insert("grafana-admin.password".to_owned(), word("grafana-admin"));
        files.insert("first-admin.password".to_owned(), word("first-admin"));
        Self(files)
    }

    /// Such as nobody knows.
    pub fn random() -> Self {
        Self::make("cafeteria", |_| URL_SAFE_NO_PAD.encode(service_kit::secret::random::<24>()))
    }

    /// Such as everybody knows, for the demo; production refuses them.
    pub fn demo() -> Self {
        Self::make("guest", |purpose| match purpose {
            "rabbitmq" => "guest".to_owned(),
            "grafana-admin" => "admin".to_owned(),
            _ => format!("demo-{}", purpose.replace('.', "-")),
        })
    }

    /// Writes them into a folder, which, when it is new, nobody but its owner enters. The files can be read by all, since
    /// containers are handed single files and read them as users of their own. What is there already stays, unless
    /// `replace`.
    ///
    /// # Errors
    /// The folder cannot be written to, or something is there.
    pub fn write(&self, folder: &Path, replace: bool) -> std::io::Result<()> {
        use std::{
            fs,
            io::{Error, ErrorKind},
            os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        if let Some(there) = self.0.keys().find(|name| !replace && folder.join(name).exists()) {
            let what = format!("{} is there already, and stays as it is", folder.join(there).display());
            return Err(Error::new(ErrorKind::AlreadyExists, what));
        }
        for (name, text) in &self.0 {
            let path = folder.join(name);
            let line_end = if text.ends_with('\n') { "" } else { "\n" };
            fs::write(&path, format!("{text}{line_end}"))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wire::identity::Secret;

    use super::*;

    #[test]
    fn every_secret_of_the_demo_is_refused_in_production_and_no_other_is() {
        let settings = Settings { mode: Mode::Production, ..Settings::default() };
        for (made, admitted) in [(Secrets::demo(), false), (Secrets::random(), true)] {
            for (name, text) in made.0.iter().filter(|(name, _)| *name != "service-keys.json") {
                let named = Named { setting: "X", secret: Secret(text.clone()) };
                assert_eq!(admit(&settings, named).is_ok(), admitted, "{name}");
            }
        }
    }

    #[test]
    fn secrets_are_behind_their_owner_s_door_and_are_not_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("secrets");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let first = Secrets::random();
        first.write(&folder, false).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let error = Secrets::random().write(&folder, false).unwrap_err();
        assert!(error.to_string().contains("is there already"), "{error}");
        for (name, text) in &first.0 {
            let path = folder.join(name);
            assert_eq!(std::fs::read_to_string(&path).unwrap().trim_end(), text.trim_end());
            assert_eq!(mode(&path), 0o644, "{name}");
        }
    }
}
