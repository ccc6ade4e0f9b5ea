//! The settings of one service as a process of its own: where its servers and the other services are, and its secrets.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use service_kit::config::{Alias, Check, ConfigError, within};
use wire::{identity::Secret, ops::ServiceName};

/// The names in the environment that operators know from elsewhere, and the settings that they are.
pub const ALIASES: &[Alias] = &[
    Alias("PORT", "distributed.port"),
    Alias("DATABASE_URL", "distributed.database_url"),
    Alias("DATABASE_URL_FILE", "distributed.database_url_file"),
    Alias("REDIS_URL", "distributed.redis_url"),
    Alias("REDIS_URL_FILE", "distributed.redis_url_file"),
    Alias("RABBITMQ_URL", "distributed.rabbitmq_url"),
    Alias("RABBITMQ_URL_FILE", "distributed.rabbitmq_url_file"),
    Alias("IDENTITY_PROVIDER_URL", "distributed.identity_provider_url"),
    Alias("STOCK_SERVICE_URL", "distributed.stock_service_url"),
    Alias("KITCHEN_QUEUE_URL", "distributed.kitchen_queue_url"),
    Alias("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint"),
];

/// What a secret begins with that everybody knows, because it is published with the project.
const DEMO: &str = "demo-";

/// The settings of one service as a process of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distributed {
    /// The port to listen on; the service's usual one where there is none. 0 chooses a free port.
    pub port: Option<u16>,
    /// This replica's name in the statistics; made from the service's name where there is none.
    pub instance: Option<String>,
    /// The service's own database.
    pub database_url: Option<Secret>,
    /// The file with the database's address.
    pub database_url_file: Option<PathBuf>,
    /// Connections to the database at once. 2 to 200.
    pub database_connections: u32,
    /// Redis.
    pub redis_url: Option<Secret>,
    /// The file with the address of Redis.
    pub redis_url_file: Option<PathBuf>,
    /// How long a question to Redis may take, in ms, before it is done without. 1 to 10,000.
    pub redis_deadline_ms: u64,
    /// RabbitMQ.
    pub rabbitmq_url: Option<Secret>,
    /// The file with the address of RabbitMQ.
    pub rabbitmq_url_file: Option<PathBuf>,
    /// Where the identity-provider is.
    pub identity_provider_url: String,
    /// Where the stock-service is.
    pub stock_service_url: String,
    /// Where the kitchen-queue is.
    pub kitchen_queue_url: String,
    /// The file with the key that this service signs its calls with.
    pub service_key_file: Option<PathBuf>,
    /// The file with the public keys of all services.
    pub service_keys_file: Option<PathBuf>,
    /// The file with the secret that the identity-provider seals its signing keys with.
    pub identity_secret_file: Option<PathBuf>,
}

impl Default for Distributed {
    fn default() -> Self {
        let here = |name: ServiceName| format!("http://127.0.0.1:{}", 3000 + name.port_offset());
        Self {
            port: None,
            instance: None,
            database_url: None,
            database_url_file: None,
            database_connections: 10,
            redis_url: None,
            redis_url_file: None,
            redis_deadline_ms: 50,
            rabbitmq_url: None,
            rabbitmq_url_file: None,
            identity_provider_url: here(ServiceName::IdentityProvider),
            stock_service_url: here(ServiceName::StockService),
            kitchen_queue_url: here(ServiceName::KitchenQueue),
            service_key_file: None,
            service_keys_file: None,
            identity_secret_file: None,
        }
    }
}

impl Check for Distributed {
    fn check(&self) -> Result<(), ConfigError> {
        within("distributed.database_connections", self.database_connections, 2..=200)?;
        within("distributed.redis_deadline_ms", self.redis_deadline_ms, 1..=10_000)
    }
}

/// A secret, and what it is called in messages.
#[derive(Debug)]
pub struct Named {
    /// As in `DATABASE_URL`.
    pub setting: &'static str,
    /// Without the line end of its file.
    pub secret: Secret,
}

impl Named {
    /// Whether it is one of those that are published with the project: for the demo, and refused in production.
    pub fn is_demo(&self) -> bool {
        let text = &self.secret.0;
        let password = text.split_once("://").and_then(|(_, rest)| {
            let (user, _) = rest.rsplit_once('@')?;
            user.split_once(':').map(|(_, password)| password)
        });
        let word = password.unwrap_or(text);
        word.starts_with(DEMO) || ["", "admin", "guest"].contains(&word)
    }
}

impl Distributed {
    /// The address of the service's database.
    ///
    /// # Errors
    /// It is not set, or its file cannot be read.
    pub fn database(&self) -> Result<Named, ConfigError> {
        let example = "postgres://stock:password@localhost/stock";
        read("DATABASE_URL", self.database_url.as_ref(), self.database_url_file.as_deref(), example)
    }

    /// The address of Redis.
    ///
    /// # Errors
    /// It is not set, or its file cannot be read.
    pub fn redis(&self) -> Result<Named, ConfigError> {
        let example = "redis://localhost";
        read("REDIS_URL", self.redis_url.as_ref(), self.redis_url_file.as_deref(), example)
    }

    /// The address of RabbitMQ.
    ///
    /// # Errors
    /// It is not set, or its file cannot be read.
    pub fn rabbitmq(&self) -> Result<Named, ConfigError> {
        let example = "amqp://guest:guest@localhost";
        read("RABBITMQ_URL", self.rabbitmq_url.as_ref(), self.rabbitmq_url_file.as_deref(), example)
    }

    /// The key that this service signs its calls with.
    ///
    /// # Errors
    /// It is not set, or its file cannot be read.
    pub fn service_key(&self) -> Result<Named, ConfigError> {
        let setting = "distributed.service_key_file";
        read(setting, None, self.service_key_file.as_deref(), "secrets/order-gateway.key")
    }

    /// The secret that the identity-provider seals its signing keys with.
    ///
    /// # Errors
    /// It is not set, or its file cannot be read.
    pub fn identity_secret(&self) -> Result<Named, ConfigError> {
        let setting = "distributed.identity_secret_file";
        read(setting, None, self.identity_secret_file.as_deref(), "secrets/identity.secret")
    }
}

fn read(
    setting: &'static str,
    value: Option<&Secret>,
    file: Option<&Path>,
    example: &str,
) -> Result<Named, ConfigError> {
    let wrong = |problem| ConfigError { setting: setting.to_owned(), problem };
    let secret = match (value, file) {
        (Some(_), Some(_)) => Err(wrong("is set twice, by itself and as a file; one is enough".to_owned())),
        (Some(secret), None) => Ok(secret.clone()),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(Secret(text.trim().to_owned())),
            Err(error) => Err(wrong(format!("{}: {error}", path.display()))),
        },
        (None, None) => Err(wrong(format!("this service needs it, as in {example}"))),
    }?;
    Ok(Named { setting, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_the_demo_are_recognised_also_within_an_address() {
        for (text, demo) in [
            ("demo-identity", true),
            ("postgres://stock:demo-stock@postgres/stock", true),
            ("amqp://guest:guest@rabbitmq", true),
            ("redis://:demo-redis@redis", true),
            ("redis://redis", false),
            ("postgres://stock:demolition@postgres/stock", false),
            ("postgres://demo-stock:Kx9@postgres/stock", false),
            ("Kx9", false),
            ("", true),
        ] {
            let named = Named { setting: "X", secret: Secret(text.to_owned()) };
            assert_eq!(named.is_demo(), demo, "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_an_example() {
        let error = Distributed::default().database().unwrap_err().to_string();
        assert!(
            error.starts_with("setting DATABASE_URL: this service needs it, as in postgres://"),
            "{error}"
        );
        let both = Distributed {
            redis_url: Some(Secret("redis://a".to_owned())),
            redis_url_file: Some("b".into()),
            ..Distributed::default()
        };
        assert!(both.redis().unwrap_err().to_string().contains("set twice"));
    }
}
