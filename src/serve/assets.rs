//! The files of the page, which are part of the program.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::output::vendor::SCRIPTS;
use crate::serve::routes::said;

/// A file by its path, with its kind.
macro_rules! assets {
    ($($path:literal: $kind:expr),+ $(,)?) => {
        &[$(($path, $kind, include_bytes!(concat!("ui/", $path)))),+]
    };
}

const HTML: &str = "index.html";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[(&str, &str, &[u8])] = assets![
    "index.html": "text/html; charset=utf-8",
    "app.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "app.js": SCRIPT,
    "api.js": SCRIPT,
    "charts.js": SCRIPT,
    "controls.js": SCRIPT,
    "elements.js": SCRIPT,
    "results.js": SCRIPT,
    "runs.js": SCRIPT,
    "text.js": SCRIPT,
    "words.js": SCRIPT,
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
    let own = ASSETS.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes));
    let drawing = SCRIPTS.iter().find(|script| script.name == path);
    match own.or_else(|| drawing.map(|script| (SCRIPT, script.text.as_bytes()))) {
        Some((kind, bytes)) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        None => said(StatusCode::NOT_FOUND, "there is no such file").into_response(),
    }
}
