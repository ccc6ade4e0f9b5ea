//! The routes of a service. Each states who may call it before it has a handler, and the same list makes the
//! router, the page of endpoints, the OpenAPI page and the table that the authorization test walks.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, on},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use wire::{ErrorCode, Role};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Anybody.
    Public,
    /// Any person who is signed in.
    SignedIn,
    /// A student, also one signed in at a kiosk; an admin may do everything.
    Student,
    /// Staff and admins.
    Staff,
    /// Admins.
    Admin,
    /// Kiosks, for themselves.
    Kiosk,
    /// Our own services.
    Service,
}

impl Access {
    /// Whether somebody of this role may; `None` is somebody without a token.
    pub fn admits(self, role: Option<Role>) -> bool {
        let Some(role) = role else { return self == Self::Public };
        match self {
            Self::Public => true,
            Self::SignedIn => matches!(role, Role::Student | Role::Staff | Role::Admin | Role::Kiosk),
            Self::Student => matches!(role, Role::Student | Role::KioskStudent | Role::Admin),
            Self::Kiosk => role == Role::Kiosk,
            Self::Staff => matches!(role, Role::Staff | Role::Admin),
            Self::Admin => role == Role::Admin,
            Self::Service => role == Role::Service,
        }
    }
}

/// Writes a type's schema.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What is said of a route.
#[derive(Debug, Clone)]
pub struct RouteSpec {
    /// The method.
    pub method: Method,
    /// The template of the path, as in `/stock/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// In a few words.
    pub summary: &'static str,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// The status of success.
    pub success: u16,
    /// True if it also responds during a chaos experiment.
    pub(super) reachable_in_chaos: bool,
    /// True if it responds however many requests are under way.
    pub(super) exempt_from_shedding: bool,
    /// True if its requests get a span of their own.
    pub(super) traced: bool,
    /// True if its handler ends with its request: when the client disconnects, or the deadline passes.
    pub(super) ends_with_request: bool,
    /// Code and detail of the answer when the deadline passes after the body was read.
    pub(super) when_late: (ErrorCode, &'static str),
    pub(super) request: Option<SchemaOf>,
    pub(super) response: Option<SchemaOf>,
}

/// The body limit of a route that states none: 16 KiB.
const BODY_LIMIT: usize = 16 * 1024;

/// Detail of the answer when the deadline passes.
pub(super) const LATE: &str = "It took too long.";

fn spec(method: Method, path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    RouteSpec {
        ends_with_request: method == Method::GET,
        method,
        path,
        access,
        summary,
        body_limit: BODY_LIMIT,
        success: 200,
        reachable_in_chaos: false,
        exempt_from_shedding: false,
        traced: true,
        when_late: (ErrorCode::Overloaded, LATE),
        request: None,
        response: None,
    }
}

/// A `GET` route.
pub fn get(path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    spec(Method::GET, path, access, summary)
}

/// A `POST` route.
pub fn post(path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    spec(Method::POST, path, access, summary)
}

/// A `PUT` route.
pub fn put(path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    spec(Method::PUT, path, access, summary)
}

/// A `PATCH` route.
pub fn patch(path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    spec(Method::PATCH, path, access, summary)
}

/// A `DELETE` route.
pub fn delete(path: &'static str, access: Access, summary: &'static str) -> RouteSpec {
    spec(Method::DELETE, path, access, summary)
}

/// What a route takes and gives, for its OpenAPI page.
pub trait Docs {
    /// The type of its JSON body.
    #[must_use]
    fn takes<T: JsonSchema>(self) -> Self;
    /// The type of its JSON answer.
    #[must_use]
    fn gives<T: JsonSchema>(self) -> Self;
    /// The status of success.
    #[must_use]
    fn success(self, status: u16) -> Self;
    /// The longest body, in bytes.
    #[must_use]
    fn at_most(self, bytes: usize) -> Self;
    /// Lets the route answer during a chaos experiment as well.
    #[must_use]
    fn reachable_in_chaos(self) -> Self;
    /// Lets the route answer however many requests are under way. For the liveness probe alone.
    #[must_use]
    fn exempt_from_shedding(self) -> Self;
    /// Makes no spans for requests that machines repeat.
    #[must_use]
    fn untraced(self) -> Self;
    /// Drops the handler when its client disconnects, which is the default for `GET` alone: work that nobody waits for
    /// is expensive, and nothing follows its commit.
    #[must_use]
    fn ends_with_request(self) -> Self;
    /// Answers with this code and detail when the deadline passes after the body was read.
    #[must_use]
    fn when_late(self, code: ErrorCode, detail: &'static str) -> Self;
}

impl Docs for RouteSpec {
    fn takes<T: JsonSchema>(mut self) -> Self {
        self.request = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    fn gives<T: JsonSchema>(mut self) -> Self {
        self.response = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    fn success(mut self, status: u16) -> Self {
        self.success = status;
        self
    }

    fn at_most(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    fn reachable_in_chaos(mut self) -> Self {
        self.reachable_in_chaos = true;
        self
    }

    fn exempt_from_shedding(mut self) -> Self {
        self.exempt_from_shedding = true;
        self
    }

    fn untraced(mut self) -> Self {
        self.traced = false;
        self
    }

    fn ends_with_request(mut self) -> Self {
        self.ends_with_request = true;
        self
    }

    fn when_late(mut self, code: ErrorCode, detail: &'static str) -> Self {
        self.when_late = (code, detail);
        self
    }
}

/// The routes of a service over its state `S`.
#[derive(Debug)]
pub struct Routes<S> {
    pub(super) router: Router<S>,
    pub(super) specs: Vec<RouteSpec>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), specs: Vec::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    ///
    /// # Panics
    /// The method is none of those that routes are made with here.
    #[must_use]
    #[expect(clippy::expect_used, reason = "every method a spec can have is one that axum filters by")]
    pub fn route<H, T>(mut self, spec: RouteSpec, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(spec.method.clone()).expect("a method that axum knows");
        self.router = self.router.route(spec.path, on(filter, handler));
        self.specs.push(spec);
        self
    }

    /// Those of another list too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.specs.extend(other.specs);
        self
    }

    /// What is said of each.
    pub fn specs(&self) -> &[RouteSpec] {
        &self.specs
    }

    /// With the state that the handlers need.
    pub fn with_state(self, state: S) -> Routes<()> {
        Routes { router: self.router.with_state(state), specs: self.specs }
    }
}
