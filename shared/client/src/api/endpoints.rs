//! Where the services are.

use wire::ops::ServiceName;

/// The address of each service, and of the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    services: [String; ServiceName::ALL.len()],
    socket: String,
}

impl Endpoints {
    /// All of them behind one origin, as in `https://food.example`: `/api/<service>` and `/socket.io`.
    pub fn of_origin(origin: &str) -> Self {
        let origin = origin.trim_end_matches('/');
        Self {
            services: ServiceName::ALL.map(|service| format!("{origin}/api/{service}")),
            socket: origin.to_owned(),
        }
    }

    /// Each at an address of its own, as in `http://127.0.0.1:3002`. The socket is the hub's.
    pub fn each(address: impl Fn(ServiceName) -> String) -> Self {
        let services = ServiceName::ALL.map(|service| address(service).trim_end_matches('/').to_owned());
        Self { services, socket: address(ServiceName::NotificationHub) }
    }

    /// The address of a service, without a slash at its end.
    pub fn url(&self, service: ServiceName) -> &str {
        &self.services[usize::from(service.port_offset() - 1)]
    }

    /// The origin of the socket.
    pub fn socket(&self) -> &str {
        &self.socket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_is_where_it_was_said_to_be() {
        let one = Endpoints::of_origin("https://food.example/");
        let own = Endpoints::each(|service| format!("http://127.0.0.1:{}", 3000 + service.port_offset()));
        for service in ServiceName::ALL {
            assert_eq!(one.url(service), format!("https://food.example/api/{service}"));
            assert_eq!(own.url(service), format!("http://127.0.0.1:{}", 3000 + service.port_offset()));
        }
        assert_eq!((one.socket(), own.socket()), ("https://food.example", "http://127.0.0.1:3005"));
    }
}
