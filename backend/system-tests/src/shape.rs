//! The two shapes of the system, and scenarios that run on both.

use std::ops::Deref;

use cafeteria::settings::Settings;
use wire::ops::ServiceName;

use crate::{
    deployment::{Deployment, Plan},
    system::{Addresses, InProcess},
};

/// Shape of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All services in one process, on embedded storage.
    Single,
    /// Each service as a process of its own, on PostgreSQL, Redis and RabbitMQ.
    Distributed,
}

/// Running system of either shape.
#[derive(Debug)]
pub enum System {
    /// In this process.
    Single(Box<InProcess>),
    /// In processes of their own.
    Distributed(Box<Deployment>),
}

impl Shape {
    /// Starts a system of this shape with the settings for scenarios.
    pub async fn start(self) -> System {
        self.start_with(|_| {}).await
    }

    /// Starts a system of this shape with some settings changed.
    pub async fn start_with(self, change: impl FnOnce(&mut Settings)) -> System {
        match self {
            Self::Single => System::Single(Box::new(InProcess::start_with(change).await)),
            Self::Distributed => System::Distributed(Box::new(Deployment::start_with(change).await)),
        }
    }

    /// As [`Shape::start_with`], without proxies between the parts, for scenarios that count connections.
    pub async fn start_direct_with(self, change: impl FnOnce(&mut Settings)) -> System {
        match self {
            Self::Single => self.start_with(change).await,
            Self::Distributed => {
                let plan = Plan { direct: true, ..Plan::default() };
                System::Distributed(Box::new(Deployment::start(plan, change).await))
            }
        }
    }
}

impl System {
    /// Returns the seed of a service's own key.
    pub fn service_seed(&self, name: ServiceName) -> [u8; 32] {
        match self {
            Self::Single(system) => system.service_seed(name),
            Self::Distributed(system) => system.service_seed(name),
        }
    }

    /// Stops the system, and fails if it did not end by itself.
    pub async fn stop(self) {
        match self {
            Self::Single(system) => system.stop().await,
            Self::Distributed(system) => system.stop().await,
        }
    }
}

impl Deref for System {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        match self {
            Self::Single(system) => system,
            Self::Distributed(system) => system,
        }
    }
}

/// Makes a test of each scenario for each shape: `on_both_shapes!(it_holds);` for `async fn it_holds(shape: Shape)`.
#[macro_export]
macro_rules! on_both_shapes {
    ($($scenario:ident),+ $(,)?) => {
        mod single {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$scenario($crate::shape::Shape::Single).await;
            })+
        }

        mod distributed {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$scenario($crate::shape::Shape::Distributed).await;
            })+
        }
    };
}
