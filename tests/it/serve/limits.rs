//! What is refused: strangers, paths that lead elsewhere, and whatever is too much.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

use super::{Site, answering, two_ways};

#[test]
fn no_other_page_can_ask_for_anything() {
    answering(async {
        let site = Site::new();
        for path in ["/", "/ui/app.js", "/api/scenarios", "/api/runs", "/nowhere"] {
            for (host, origin) in [("evil.example", None), ("127.0.0.1:8080", Some("http://evil.example"))] {
                let mut request = Request::get(path).header("host", host);
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let answer = site.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} from {origin:?} at {host}");
            }
        }
    });
}

#[test]
fn no_path_leads_out_of_the_folder() {
    answering(async {
        let site = Site::new();
        let outside = site.folder.path().parent().unwrap().join("outside.toml");
        for file in [
            "../outside.toml",
            "programs/../../outside.toml",
            outside.to_str().unwrap(),
            "",
            ".",
            "/etc/passwd",
        ] {
            let answer = site.post("/api/scenario", &json!({ "file": file })).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
            let edited = json!({ "file": "small.toml", "edited": { file: "name = \"x\"" } });
            assert_eq!(
                site.post("/api/scenario", &edited).await.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{file}"
            );
        }
        for extended in ["../outside.toml", "/etc/passwd"] {
            let text = format!("name = \"x\"\nextends = {extended:?}\n");
            let edited = json!({ "file": "small.toml", "edited": { "small.toml": text } });
            let answer = site.post("/api/scenario", &edited).await;
            assert!(answer.text().contains("outside the folder that is served"), "{}", answer.text());
        }
        for name in ["..%2Fours.csv", "%2Fetc%2Fours.csv", "a%5Cb.csv", ".ours.csv", "ours.toml", "ours"] {
            let request = Request::post(format!("/api/books/{name}")).header("host", "localhost");
            let answer = site.send(request.body(Body::from("id\na\n")).unwrap()).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        }
        for path in ["/ui/../Cargo.toml", "/ui/%2e%2e%2fmod.rs", "/ui/..%2f..%2fmain.rs"] {
            assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    });
}

#[test]
fn whatever_is_too_much_is_refused_in_words() {
    answering(async {
        let site = Site::new();
        let large = "x".repeat((4 << 20) + 1);
        let edited = json!({ "file": "small.toml", "edited": { "small.toml": large } });
        assert_eq!(site.post("/api/scenario", &edited).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let text = format!("#{}\n", "x".repeat(1 << 20));
        let edited = json!({ "file": "small.toml", "edited": { "small.toml": text } });
        assert!(site.post("/api/scenario", &edited).await.text().contains("file-too-large"));
        let request = Request::post("/api/books/ours.csv").header("host", "localhost");
        let answer = site.send(request.body(Body::from(vec![b'x'; (16 << 20) + 1])).unwrap()).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.text().contains("16 MiB"), "{}", answer.text());
        let mut many = two_ways();
        many["replications"] = json!(1_001);
        assert!(site.post("/api/runs", &many).await.text().contains("more than the 2000"));
        let mut wide = two_ways();
        wide["ways"] = (0..33).map(|at| json!({ "name": format!("w{at}"), "from": "baseline" })).collect();
        assert!(site.post("/api/runs", &wide).await.text().contains("1 to 32 ways"));
        let crowd = "name = \"Crowd\"\nextends = \"small.toml\"\n[population]\naccounts = 1_000_000\n";
        let mut crowded = two_ways();
        crowded["subject"] = json!({ "file": "small.toml", "edited": { "small.toml": crowd.replace("small", "programs/pooled-ta") } });
        assert!(site.post("/api/runs", &crowded).await.text().contains("more than is run here"));
    });
}

#[test]
fn the_queue_is_bounded_and_whoever_stops_a_run_makes_room() {
    answering(async {
        let site = Site::with(|settings| settings.grace = Duration::from_secs(600));
        let mut asked = two_ways();
        asked["replications"] = json!(1_000);
        asked["keep"] = json!(false);
        let mut last = 0;
        for _ in 0..32 {
            last = site.begin(&asked).await;
        }
        let refused = site.post("/api/runs", &asked).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text().contains("32 runs are unfinished"), "{}", refused.text());
        for run in 1..=last {
            site.ask(Method::DELETE, &format!("/api/runs/{run}"), None).await;
        }
        site.over(1).await;
        site.begin(&two_ways()).await;
    });
}

#[test]
fn malformed_requests_are_answered() {
    let site = Site::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let method = prop_oneof!["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"].prop_map(|name: String| name);
    let piece = prop_oneof![
        Just("api".to_owned()),
        Just("runs".to_owned()),
        Just("scenario".to_owned()),
        Just("books".to_owned()),
        Just("events".to_owned()),
        Just("ui".to_owned()),
        Just("accounts".to_owned()),
        "[0-9]{1,22}",
        "[!-~]{0,6}",
    ];
    let path = proptest::collection::vec(piece, 0..5).prop_map(|parts| format!("/{}", parts.join("/")));
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        "\\PC{0,8}".prop_map(|it| json!(it)),
        Just(json!("small.toml")),
        Just(json!("baseline")),
    ];
    let keys = [
        "subject",
        "file",
        "edited",
        "ways",
        "name",
        "from",
        "changes",
        "replications",
        "seed",
        "like",
        "rough",
    ];
    let tree = leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec((proptest::sample::select(keys.to_vec()), inner), 0..5).prop_map(
                |pairs| { pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Json>() }
            ),
        ]
    });
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64),
        tree.prop_map(|tree| tree.to_string().into_bytes()),
    ];
    let header = prop_oneof![Just("127.0.0.1".to_owned()), Just("localhost:1".to_owned()), "[ -~]{0,12}"];
    let all = (method, path, header, prop_oneof![Just("application/json".to_owned()), "[ -~]{0,20}"], body);
    proptest!(ProptestConfig::with_cases(400), |((method, path, host, kind, body) in all)| {
        let request = Request::builder().method(method.as_str()).uri(&path).header("host", host).header("content-type", kind);
        let Ok(request) = request.body(Body::from(body)) else { return Ok(()) };
        let response = runtime.block_on(site.routes.clone().oneshot(request)).unwrap();
        prop_assert!(!response.status().is_server_error(), "{}: {}", path, response.status());
    });
}
