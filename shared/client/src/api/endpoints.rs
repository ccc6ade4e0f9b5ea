//! Addresses of the services.

use wire::ops::ServiceName;

/// Address of each service, and of the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    services: [String; ServiceName::ALL.len()],
    socket: String,
}

impl Endpoints {
    /// Returns the endpoints behind one origin such as `https://food.example`: `/api/<service>` and `/socket.io`.
    pub fn of_origin(origin: &str) -> Self {
        let origin = origin.trim_end_matches('/');
        Self {
            services: ServiceName::ALL.map(|service| format!("{origin}/api/{service}")),
            socket: origin.to_owned(),
        }
    }

    /// Returns endpoints where each service has an address of its own, such as `http://127.0.0.1:3002`. The socket is
    /// the hub's.
    pub fn each(address: impl Fn(ServiceName) -> String) -> Self {
        let services = ServiceName::ALL.map(|service| address(service).trim_end_matches('/').to_owned());
        Self { services, socket: address(ServiceName::NotificationHub) }
    }

    /// Returns the address of `path` at a service.
    pub(crate) fn address(&self, service: ServiceName, path: &str) -> String {
        format!("{}{path}", self.services[usize::from(service.port_offset() - 1)])
    }

    /// Returns the origin of the socket.
    pub(crate) fn socket(&self) -> &str {
        &self.socket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_address() {
        let one = Endpoints::of_origin("https://food.example/");
        let own = Endpoints::each(|service| format!("http://127.0.0.1:{}", 3000 + service.port_offset()));
        for service in ServiceName::ALL {
            assert_eq!(one.address(service, "/x"), format!("https://food.example/api/{service}/x"));
            let port = 3000 + service.port_offset();
            assert_eq!(own.address(service, "/x"), format!("http://127.0.0.1:{port}/x"));
        }
        assert_eq!((one.socket(), own.socket()), ("https://food.example", "http://127.0.0.1:3005"));
    }
}
