//! HTTP: routes that state their access, the frame around every request, problem responses, and the server.

mod body;
mod common;
mod error;
mod frame;
mod openapi;
mod rest;
mod routes;
mod server;
#[cfg(test)]
mod tests;

pub use body::{Arrived, Body, Caller, IfMatch, Path, Query, RawBody};
pub use common::audit_routes;
pub use error::{ApiError, Problematic};
pub use frame::{FrameConfig, assemble, bearer, problem};
pub use routes::{Access, Docs, RouteSpec, Routes, delete, get, patch, post, put};
pub use server::{HttpConfig, listen, serve};
