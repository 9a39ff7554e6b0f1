//! The server as pages and strangers meet it.

mod limits;
mod runs;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use journeysim::serve::{Server, Settings};
use serde_json::{Value as Json, json};
use tower::ServiceExt;

/// One year of eight customers.
const SMALL: &str = "name = \"Small\"\nquestion = \"Is it quick?\"\nextends = \"programs/pooled-ta.toml\"\nhorizon = \"1y\"\n\
                     replications = 4\n[population]\naccounts = 8\n";

/// A folder of scenarios and its server.
pub struct Site {
    folder: tempfile::TempDir,
    _server: Arc<Server>,
    pub routes: Router,
}

/// What was answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Copies the parts of scenarios that the pooled program is made of.
pub fn library(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for file in ["assumptions.toml", "populations/pooled.toml", "programs/pooled-ta.toml", "data/book.csv"] {
        fs::create_dir_all(to.join(file).parent().expect("the file lies in a folder")).expect("writable");
        fs::copy(from.join(file), to.join(file)).expect("a readable, writable file");
    }
    fs::write(to.join("small.toml"), SMALL).expect("a readable, writable file");
}

impl Site {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        library(folder.path());
        let mut settings = Settings::new(folder.path().to_owned());
        settings.threads = Some(1);
        // A machine that is busy with other things may be slow to ask for what it began.
        settings.grace = Duration::from_secs(60);
        change(&mut settings);
        let server = Arc::new(Server::bind(&settings).expect("it listens"));
        let routes = server.routes();
        Self { folder, _server: server, routes }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.routes.clone().oneshot(request).await.expect("it answers");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole answer").to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Json>) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        let request = match body {
            Some(body) => {
                request.header("content-type", "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        self.send(request.expect("a request")).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Json) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Queues a run and returns its number.
    async fn begin(&self, asked: &Json) -> u64 {
        let answer = self.post("/api/runs", asked).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["run"].as_u64().expect("a number")
    }

    /// Waits until a run is over, and returns what is known of it.
    async fn over(&self, run: u64) -> Json {
        loop {
            let known = self.get(&format!("/api/runs/{run}")).await.json();
            if matches!(known["state"].as_str(), Some("finished" | "stopped" | "failed")) {
                return known;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Asks for the small scenario as it stands, and with an easier gate.
fn two_ways() -> Json {
    json!({ "subject": { "file": "small.toml" }, "keep": true, "ways": [
        { "name": "baseline", "from": "baseline" },
        { "name": "changed", "from": "baseline", "changes": [["stages.utilization_gate", "70%"]] },
    ] })
}

/// Runs a test where requests are answered.
fn answering(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}

#[test]
fn the_page_loads_nothing_that_is_not_part_of_the_program() {
    answering(async {
        let site = Site::new();
        let page = site.get("/").await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let mut files: Vec<String> = vec!["/".to_owned()];
        let mut at = 0;
        while let Some(file) = files.get(at).cloned() {
            let answer = site.get(&file).await;
            assert_eq!(answer.status, StatusCode::OK, "{file}");
            for (before, prefix) in [("src=\"", ""), ("href=\"/ui", "/ui"), ("from \"./", "/ui/")] {
                for named in answer.text().split(before).skip(1) {
                    let named = format!("{prefix}{}", named.split('"').next().unwrap());
                    assert!(named.starts_with("/ui/"), "{file} loads {named}");
                    if !files.contains(&named) {
                        files.push(named);
                    }
                }
            }
            at += 1;
        }
        assert!(files.len() > 8, "{files:?}");
    });
}

#[test]
fn a_scenario_is_explained_and_has_its_controls() {
    answering(async {
        let site = Site::new();
        let listed = site.get("/api/scenarios").await.json();
        let files: Vec<&str> =
            listed["scenarios"].as_array().unwrap().iter().filter_map(|one| one["file"].as_str()).collect();
        assert_eq!(files, ["small.toml", "programs/pooled-ta.toml"]);
        let small = site.post("/api/scenario", &json!({ "file": "small.toml" })).await.json();
        assert_eq!(small["question"], "Is it quick?");
        assert_eq!(small["words"][0]["sentences"][0], "8 accounts are under contract on 2024-02-01.");
        let has = |path: &str| small["controls"].as_array().unwrap().iter().any(|one| one["path"] == path);
        assert!(
            has("stages.utilization_gate") && has("lighthouse.entry") && has("touchpoint.check-in.every")
        );
        let texts = small["texts"].as_array().unwrap();
        assert_eq!((&texts[0]["file"], &texts[0]["text"]), (&json!("small.toml"), &json!(SMALL)));
        assert_eq!(texts.len(), 4);
    });
}

/// What `check` finds in a file is what the page shows, at the same places.
#[test]
fn an_edited_text_has_the_faults_that_check_finds() {
    answering(async {
        let site = Site::new();
        let wrong = SMALL.replace("\"1y\"", "\"soon\"") + "acounts = 9\n[stages]\nusage_gate = \"130%\"\n";
        let edited = json!({ "file": "small.toml", "edited": { "small.toml": wrong } });
        let answer = site.post("/api/scenario", &edited).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        fs::write(site.folder.path().join("small.toml"), &wrong).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_journeysim"))
            .args(["check", "small.toml", "--json"])
            .current_dir(site.folder.path())
            .output()
            .unwrap();
        let checked: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer.json()["faults"], checked["faults"]);
        assert_eq!(checked["faults"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn a_fault_in_a_change_names_the_setting() {
    answering(async {
        let site = Site::new();
        let mut asked = two_ways();
        asked["ways"][1]["changes"] = json!([["stages.utilization_gate", "170%"]]);
        let answer = site.post("/api/runs", &asked).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let faults = answer.json()["faults"].clone();
        assert!(faults[0]["path"].as_str().unwrap().ends_with("stages.utilization_gate"), "{faults}");
    });
}

#[test]
fn an_uploaded_book_takes_the_place_of_the_generated_one() {
    answering(async {
        let site = Site::new();
        let bytes = "id,seats,arr,renewal\na,100,50000,2024-09-01\nb,20,9000,2024-12-01\n";
        let request =
            Request::post("/api/books/ours.csv").header("host", "localhost").body(Body::from(bytes));
        let book = site.send(request.unwrap()).await.json()["book"].as_u64().unwrap();
        let subject = json!({ "file": "small.toml", "book": book });
        let read = site.post("/api/scenario", &subject).await;
        assert_eq!(read.status, StatusCode::OK, "{}", read.text());
        assert_eq!(read.json()["words"][0]["sentences"][0], "2 accounts are under contract on 2024-02-01.");
        let mut asked = two_ways();
        asked["subject"] = subject;
        let run = site.begin(&asked).await;
        assert_eq!(site.over(run).await["state"], "finished");
        let rows = site.get(&format!("/api/runs/{run}/accounts/changed")).await.json();
        assert!(rows["rows"].as_array().unwrap().len() >= 2);
        // Whoever asks for a variant that there is not is told which there are.
        for path in ["accounts/chnaged", "lives/0/chnaged", "lives/0/changed/chnaged"] {
            let answer = site.get(&format!("/api/runs/{run}/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            let said = answer.json()["error"].as_str().unwrap().to_owned();
            assert!(said.contains("no variant `chnaged`; did you mean `changed`? variants: "), "{said}");
        }
    });
}
