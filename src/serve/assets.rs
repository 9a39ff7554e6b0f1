//! The files of the page, which are part of the program.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::serve::routes::said;

/// A file by its path, with its kind.
macro_rules! assets {
    ($($path:literal: $kind:literal),+ $(,)?) => {
        &[$(($path, $kind, include_bytes!(concat!("ui/", $path)))),+]
    };
}

const HTML: &str = "index.html";

const ASSETS: &[(&str, &str, &[u8])] = assets![
    "index.html": "text/html; charset=utf-8",
    "app.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "app.js": "text/javascript; charset=utf-8",
    "api.js": "text/javascript; charset=utf-8",
    "charts.js": "text/javascript; charset=utf-8",
    "controls.js": "text/javascript; charset=utf-8",
    "elements.js": "text/javascript; charset=utf-8",
    "results.js": "text/javascript; charset=utf-8",
    "runs.js": "text/javascript; charset=utf-8",
    "text.js": "text/javascript; charset=utf-8",
    "words.js": "text/javascript; charset=utf-8",
];

/// Returns the page.
pub(super) async fn page() -> Response {
    asset(HTML)
}

/// Returns one of its files.
pub(super) async fn file(axum::extract::Path(path): axum::extract::Path<String>) -> Response {
    asset(&path)
}

fn asset(path: &str) -> Response {
    match ASSETS.iter().find(|(name, ..)| *name == path) {
        Some((_, kind, bytes)) => ([(CONTENT_TYPE, *kind)], *bytes).into_response(),
        None => said(StatusCode::NOT_FOUND, "there is no such file").into_response(),
    }
}
