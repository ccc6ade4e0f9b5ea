//! Real servers for tests: PostgreSQL, Redis, RabbitMQ, each private, on a free port of loopback, in a temporary
//! folder, and gone with the test that started it; and a proxy that cuts connections.
//!
//! The map of the module:
//! - [`guard`]: a server process that cannot outlive the test process
//! - [`postgres`], [`redis`], [`rabbitmq`]: the servers; each can be killed, started again on its port and data, and
//!   paused
//! - [`processes`]: the processes and threads of a server, stopped and resumed all together
//! - [`ports`]: ports that no other test is given
//! - [`proxy`]: a TCP proxy that spreads connections over replicas, and can cut them off
//!
//! A test that needs a server that is not installed fails with the command that installs it.

pub mod guard;
pub mod ports;
pub mod postgres;
pub mod processes;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;

pub use ports::{free_port, free_ports};
pub use postgres::Postgres;
pub use proxy::Proxy;
pub use rabbitmq::RabbitMq;
pub use redis::Redis;
