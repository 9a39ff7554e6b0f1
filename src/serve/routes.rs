//! What can be asked of the server, and what it answers.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/scenarios` | the scenarios of the folder |
//! | `POST /api/scenario` | one of them: in words, its controls, its variants, its text; or its faults |
//! | `POST /api/books/NAME` | the number of an uploaded list of accounts |
//! | `POST /api/runs` | the number of a run that is queued; or faults |
//! | `GET /api/runs`, `GET /api/runs/N` | what is known of all runs, of one |
//! | `GET /api/runs/N/events` | the same as it changes, as server-sent events |
//! | `PUT /api/runs/N/keep`, `DELETE /api/runs/N/keep` | keeps a run when its page is gone, lets go of it |
//! | `DELETE /api/runs/N` | stops a run |
//! | `GET /api/runs/N/lives/ACCOUNT/VARIANT`, `/lives/ACCOUNT/VARIANT/OTHER` | the life of an account as a page; two side by side |
//! | `GET /api/runs/N/document`, `/charts`, `/accounts/VARIANT`, `/overlay.toml`, `/folder.zip` | its results |
//!
//! Errors are `{ "error": "..." }` or `{ "faults": [...] }`.

use std::convert::Infallible;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json as Body, Router};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::language::document::LARGEST_FILE;
use crate::language::fault::Faults;
use crate::language::source::FileReader;
use crate::serve::app::{App, LARGEST_UPLOAD};
use crate::serve::ask::{Ask, Plan, Refusal, Subject, Upload, Way};
use crate::serve::jobs::{Full, Job, Watching};
use crate::serve::progress::Progress;
use crate::serve::remains::Remains;
use crate::serve::{assets, controls, guard, words};

/// The largest request but for an upload: a few scenario files (bytes).
const LARGEST_REQUEST: usize = 4 << 20;

/// Returns all routes.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(assets::page))
        .route("/ui/{file}", get(assets::file))
        .route("/api/scenarios", get(scenarios))
        .route("/api/scenario", post(scenario))
        .route("/api/books/{name}", post(upload).layer(DefaultBodyLimit::max(LARGEST_UPLOAD)))
        .route("/api/runs", get(runs).post(run))
        .route("/api/runs/{run}", get(progress).delete(stop))
        .route("/api/runs/{run}/events", get(events))
        .route("/api/runs/{run}/keep", put(keep).delete(let_go))
        .route("/api/runs/{run}/document", get(document))
        .route("/api/runs/{run}/charts", get(charts))
        .route("/api/runs/{run}/accounts/{variant}", get(accounts))
        .route("/api/runs/{run}/lives/{account}/{variant}", get(life))
        .route("/api/runs/{run}/lives/{account}/{variant}/{other}", get(two_lives))
        .route("/api/runs/{run}/overlay.toml", get(overlay))
        .route("/api/runs/{run}/folder.zip", get(folder))
        .fallback(async || said(StatusCode::NOT_FOUND, "there is no such page"))
        .method_not_allowed_fallback(async || said(StatusCode::METHOD_NOT_ALLOWED, "this is not done here"))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(middleware::from_fn(guard::guard))
        .with_state(app)
}

/// An error in words.
pub(super) fn said(status: StatusCode, words: impl Into<String>) -> Refused {
    Refused { status, body: json!({ "error": words.into() }) }
}

/// An answer that is an error.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    body: Json,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Body(self.body)).into_response()
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Faults(faults) => faults.into(),
            Refusal::Words(words) => said(StatusCode::UNPROCESSABLE_ENTITY, words),
        }
    }
}

impl From<Faults> for Refused {
    fn from(faults: Faults) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body: json!({ "faults": faults }) }
    }
}

impl From<Full> for Refused {
    fn from(full: Full) -> Self {
        let status = match full {
            Full::Unfinished | Full::Kept => StatusCode::TOO_MANY_REQUESTS,
            Full::Closing => StatusCode::SERVICE_UNAVAILABLE,
        };
        said(status, full.to_string())
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        said(rejection.status(), rejection.body_text())
    }
}

impl From<BytesRejection> for Refused {
    fn from(rejection: BytesRejection) -> Self {
        let words = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                format!("the list is larger than the {} MiB that can be uploaded", LARGEST_UPLOAD >> 20)
            }
            _ => rejection.body_text(),
        };
        said(rejection.status(), words)
    }
}

/// A request whose body is JSON; whatever is wrong with it is said in JSON as well.
struct Asked<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Asked<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refused> {
        let Body(asked) = Body::<T>::from_request(request, app).await?;
        Ok(Self(asked))
    }
}

/// Runs what takes time where it holds nobody up.
async fn apart<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> T + Send + 'static,
) -> Result<T, Refused> {
    let _turn = app.turns.acquire().await.map_err(|_| Refused::from(Full::Closing))?;
    let app = Arc::clone(app);
    let done = tokio::task::spawn_blocking(move || work(&app)).await;
    done.map_err(|_| said(StatusCode::INTERNAL_SERVER_ERROR, "this broke off: it is a fault of the program"))
}

async fn scenarios(State(app): State<Arc<App>>) -> Result<Response, Refused> {
    let listed = apart(&app, |app| app.folder.scenarios()).await?;
    Ok(Body(json!({ "scenarios": listed })).into_response())
}

async fn scenario(State(app): State<Arc<App>>, Asked(subject): Asked<Subject>) -> Result<Response, Refused> {
    apart(&app, move |app| described(app, &subject)).await?
}

/// Describes a scenario: what it says, what can be changed, and the text of its files.
fn described(app: &App, subject: &Subject) -> Result<Response, Refused> {
    let upload = app.upload(subject.book)?;
    subject.is_inside()?;
    let read = subject.read(&app.folder, upload.as_ref());
    let mut files = subject.reading(&app.folder, upload.as_ref());
    let mut text = |file: &str| -> Json {
        let bytes = files.read(FilePath::new(file), LARGEST_FILE);
        bytes.map_or(Json::Null, |bytes| String::from_utf8_lossy(&bytes).into())
    };
    let experiment = match read {
        Ok(experiment) => experiment,
        Err(faults) => {
            let texts = json!([{ "file": subject.file, "text": text(&subject.file) }]);
            let body = json!({ "faults": faults, "texts": texts });
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Body(body)).into_response());
        }
    };
    let scenario = &experiment.variants[experiment.baseline].scenario;
    let is_text = |file: &&str| file.ends_with(".toml");
    let files: Vec<&str> =
        experiment.inputs.iter().map(|input| input.path.as_str()).filter(is_text).collect();
    let texts: Vec<Json> = files.iter().map(|file| json!({ "file": file, "text": text(file) })).collect();
    let variants: Vec<Json> = experiment
        .variants
        .iter()
        .map(|variant| json!({ "name": variant.name, "title": variant.title, "changes": variant.changes }))
        .collect();
    Ok(Body(json!({
        "file": subject.file,
        "name": experiment.name,
        "question": experiment.question,
        "words": words::explain(&experiment),
        "controls": controls::controls(scenario),
        "variants": variants,
        "baseline": experiment.variants[experiment.baseline].name,
        "replications": experiment.replications,
        "seed": experiment.seed,
        "notes": experiment.notes,
        "texts": texts,
    }))
    .into_response())
}

async fn upload(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let bytes = bytes?;
    let number = app.take(Upload { name, bytes: Arc::from(&bytes[..]) })?;
    Ok((StatusCode::CREATED, Body(json!({ "book": number }))).into_response())
}

async fn run(State(app): State<Arc<App>>, Asked(ask): Asked<Ask>) -> Result<Response, Refused> {
    let (rough, keep, replaces) = (ask.rough, ask.keep, ask.replaces);
    if let Some(old) = replaces.and_then(|old| app.jobs.find(old)) {
        old.stop();
    }
    let planned = apart(&app, move |app| -> Result<Plan, Refused> {
        let like = ask.like.map(|run| find(app, run)).transpose()?;
        let subject = ask.subject.clone().or_else(|| Some(like?.plan.subject.clone()));
        let subject = subject.ok_or_else(|| Refusal::Words("name the scenario to be run".to_owned()))?;
        let upload = app.upload(subject.book)?;
        Ok(ask.plan(subject, &app.folder, upload.as_ref())?)
    });
    let job = app.jobs.add(planned.await??, rough, keep)?;
    Ok((StatusCode::CREATED, Body(described_run(&job))).into_response())
}

/// What is known of a run, with what it was asked to do.
#[derive(Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    progress: Progress,
    scenario: &'a str,
    /// What tells its subject from all others.
    subject: String,
    ways: Vec<&'a str>,
    asked: &'a [Way],
    replications: u32,
    seed: u64,
    kept: bool,
    has_results: bool,
}

fn described_run(job: &Job) -> Json {
    let experiment = &job.plan.experiment;
    let run = Run {
        progress: job.progress(),
        scenario: &experiment.name,
        subject: job.plan.subject.key(),
        ways: experiment.variants.iter().map(|variant| variant.name.as_str()).collect(),
        asked: &job.plan.ways,
        replications: experiment.replications,
        seed: experiment.seed,
        kept: job.is_kept(),
        has_results: job.remains().is_some(),
    };
    serde_json::to_value(run).unwrap_or_default()
}

async fn runs(State(app): State<Arc<App>>) -> Response {
    let runs: Vec<Json> = app.jobs.all().iter().map(|job| described_run(job)).collect();
    Body(json!({ "runs": runs })).into_response()
}

fn find(app: &App, run: u64) -> Result<Arc<Job>, Refused> {
    app.jobs
        .find(run)
        .ok_or_else(|| said(StatusCode::NOT_FOUND, format!("there is no run {run}, or no longer")))
}

async fn progress(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<Response, Refused> {
    Ok(Body(described_run(&*find(&app, run)?)).into_response())
}

async fn stop(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<StatusCode, Refused> {
    find(&app, run)?.stop();
    Ok(StatusCode::NO_CONTENT)
}

async fn keep(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<StatusCode, Refused> {
    change_keeping(&app, run, true).await
}

async fn let_go(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<StatusCode, Refused> {
    change_keeping(&app, run, false).await
}

async fn change_keeping(app: &Arc<App>, run: u64, keep: bool) -> Result<StatusCode, Refused> {
    let job = find(app, run)?;
    let kept = apart(app, move |app| app.jobs.keep(&job, keep)).await?;
    kept.map_err(|words| said(StatusCode::CONFLICT, words))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn events(
    State(app): State<Arc<App>>,
    Path(run): Path<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let watching = find(&app, run)?.watch();
    let stream = stream::unfold(Some(watching), |watching| async move {
        let mut watching: Watching = watching?;
        watching.progress.changed().await.ok()?;
        let progress = watching.progress.borrow_and_update().clone();
        let event = Event::default().json_data(&progress).unwrap_or_default();
        // The stream ends with the run.
        Some((Ok(event), (!progress.state.is_over()).then_some(watching)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

async fn document(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<Response, Refused> {
    let job = find(&app, run)?;
    let finished = job.remains().ok_or_else(unfinished)?;
    Ok(Body(finished.document.clone()).into_response())
}

async fn charts(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<Response, Refused> {
    let job = find(&app, run)?;
    let made = apart(&app, move |_| job.remains().map(Remains::charts)).await?;
    Ok(Body(made.ok_or_else(unfinished)?.map_err(|error| unreadable(&error))?).into_response())
}

async fn accounts(
    State(app): State<Arc<App>>,
    Path((run, variant)): Path<(u64, String)>,
) -> Result<Response, Refused> {
    let job = find(&app, run)?;
    job.plan.variant(&variant).map_err(|words| said(StatusCode::NOT_FOUND, words))?;
    let listed = job.remains().ok_or_else(unfinished)?.accounts(&variant);
    Ok(Body(listed).into_response())
}

async fn life(
    State(app): State<Arc<App>>,
    Path((run, account, variant)): Path<(u64, u32, String)>,
) -> Result<Response, Refused> {
    told(&app, run, account, vec![variant]).await
}

async fn two_lives(
    State(app): State<Arc<App>>,
    Path((run, account, variant, other)): Path<(u64, u32, String, String)>,
) -> Result<Response, Refused> {
    told(&app, run, account, vec![variant, other]).await
}

/// Lives the first replication once more and tells what happened to one account, as a page that needs no script.
async fn told(app: &Arc<App>, run: u64, account: u32, variants: Vec<String>) -> Result<Response, Refused> {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'";
    let job = find(app, run)?;
    let page = apart(app, move |_| job.plan.life(account, &variants)).await?;
    let page = page.map_err(|words| said(StatusCode::NOT_FOUND, words))?;
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)], page)
        .into_response())
}

async fn overlay(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<Response, Refused> {
    let job = find(&app, run)?;
    Ok(download(&job.plan.overlay_name, "application/toml", job.plan.overlay.clone().into_bytes()))
}

async fn folder(State(app): State<Arc<App>>, Path(run): Path<u64>) -> Result<Response, Refused> {
    let job = find(&app, run)?;
    let name = job.remains().ok_or_else(unfinished)?.zip_name();
    let zipped = apart(&app, move |_| job.remains().map(Remains::zipped)).await?;
    let bytes = zipped.ok_or_else(unfinished)?.map_err(|error| unreadable(&error))?;
    Ok(download(&name, "application/zip", bytes))
}

fn unreadable(error: &dyn std::error::Error) -> Refused {
    said(StatusCode::INTERNAL_SERVER_ERROR, format!("the run folder cannot be read: {error}"))
}

fn unfinished() -> Refused {
    said(StatusCode::CONFLICT, "the run has no results yet")
}

fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().filter(is_plain).collect();
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}
