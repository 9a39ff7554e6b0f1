//! Who may speak to the server, and what a page of it may do.
//!
//! The server listens on this computer only, but any page in the browser can send requests to it. A page that had its own
//! name lead here would name itself as the host; another page sends its own origin. Both are refused.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::serve::routes::said;

/// Names of this computer.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What a page may load and do: nothing but what comes from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

/// Lets a request pass if it comes from a page of this server or from no page at all.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match stranger(request.headers()) {
        Some(words) => said(StatusCode::FORBIDDEN, words).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Says why a request is refused, if it is.
fn stranger(headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) else {
        return Some("a request names exactly one host");
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if !HOSTS.contains(&name) {
        return Some("this server answers to localhost and 127.0.0.1 only");
    }
    let own = format!("http://{host}");
    if headers.get_all(ORIGIN).iter().any(|origin| origin.as_bytes() != own.as_bytes()) {
        return Some("this server answers its own pages only");
    }
    // Browsers say where a request comes from even where it has no origin.
    let site = headers.get("sec-fetch-site").map_or("none", |site| site.to_str().unwrap_or("cross-site"));
    let is_own = matches!(site, "none" | "same-origin");
    (!is_own).then_some("this server answers its own pages only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_pages_and_no_page_at_all_are_answered() {
        for (is_answered, headers) in [
            (true, vec![("host", "127.0.0.1:8080")]),
            (true, vec![("host", "localhost:8080"), ("origin", "http://localhost:8080")]),
            (true, vec![("host", "[::1]:8080"), ("sec-fetch-site", "same-origin")]),
            (true, vec![("host", "localhost")]),
            (false, vec![]),
            (false, vec![("host", "localhost"), ("host", "evil.example")]),
            (false, vec![("host", "evil.example:8080")]),
            (false, vec![("host", "localhost.evil.example")]),
            (false, vec![("host", "127.0.0.1:8080"), ("origin", "http://evil.example")]),
            (false, vec![("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9090")]),
            (false, vec![("host", "127.0.0.1:8080"), ("origin", "null")]),
            (false, vec![("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]),
            (false, vec![("host", "127.0.0.1:8080"), ("sec-fetch-site", "same-site")]),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(stranger(&map).is_none(), is_answered, "{headers:?}");
        }
    }
}
