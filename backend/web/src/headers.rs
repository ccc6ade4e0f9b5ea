//! Which headers are one connection's own business (RFC 9110, 7.6.1), and which a stranger must not be believed.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What is never passed on, named in `Connection` or not.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];
/// What only a proxy may say.
const OF_PROXIES: [HeaderName; 6] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Takes away what belongs to the connection that the headers came by.
pub(crate) fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Replaces what the client may have made up of proxies by what is so.
pub(crate) fn say_who_was_asked(headers: &mut HeaderMap) {
    for name in &OF_PROXIES {
        headers.remove(name);
    }
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert(HeaderName::from_static("x-forwarded-host"), host);
    }
    headers.insert(HeaderName::from_static("x-forwarded-proto"), HeaderValue::from_static("http"));
}

/// The protocol that the client would go over to, if it would.
pub(crate) fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let wished = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| wished).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_belongs_to_a_connection_stays_there() {
        let mut all = headers(&[
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("accept", "*/*"),
        ]);
        drop_hop_by_hop(&mut all);
        assert_eq!(all, headers(&[("accept", "*/*")]));
    }

    #[test]
    fn strangers_are_not_believed_where_they_come_from() {
        let mut all = headers(&[
            ("host", "cafeteria:3000"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-host", "elsewhere"),
            ("forwarded", "for=10.0.0.1"),
        ]);
        say_who_was_asked(&mut all);
        let expected = [
            ("host", "cafeteria:3000"),
            ("x-forwarded-host", "cafeteria:3000"),
            ("x-forwarded-proto", "http"),
        ];
        assert_eq!(all, headers(&expected));
    }

    #[test]
    fn a_client_changes_protocol_only_if_it_says_so_in_both_places() {
        assert!(
            upgrade(&headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")])).is_some()
        );
        assert!(upgrade(&headers(&[("connection", "keep-alive"), ("upgrade", "websocket")])).is_none());
        assert!(upgrade(&headers(&[("connection", "upgrade")])).is_none());
    }
}
