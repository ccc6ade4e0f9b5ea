//! One service as a process of its own, on PostgreSQL, Redis and RabbitMQ, beside any number of replicas.

pub mod secrets;
