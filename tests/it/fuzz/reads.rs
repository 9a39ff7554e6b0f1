//! What reads bytes that come from elsewhere, a function each: whatever comes is read or refused, within its time.
//!
//! The package `fuzz`, whose attacks are led by coverage, is made of this file too; so it uses the library alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use journeysim::cli::{self, Cli};
use journeysim::language::fault::Fault;
use journeysim::language::source::{Disk, FileReader, ReadError};
use journeysim::output::finished::Finished;
use journeysim::output::report;
use journeysim::scenario::load;

/// How long reading may take for each KB begun.
const LONGEST: Duration = Duration::from_secs(1);

/// Does what reads so many bytes, which must not take too long.
fn in_time<T>(bytes: usize, reads: impl FnOnce() -> T) -> T {
    let began = now();
    let read = reads();
    let took = now() - began;
    let most = LONGEST * (1 + bytes as u32 / 1024);
    assert!(took <= most, "{took:?} for {bytes} bytes");
    read
}

/// The time since some moment.
#[expect(clippy::disallowed_methods, reason = "how long reading takes is what is checked")]
pub fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later than 1970")
}

/// A file of the project, in which this package is, or to which it belongs.
pub fn project(path: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("scenarios").is_dir());
    root.expect("the project has scenarios").join(path)
}

/// Reads a scenario that extends none.
pub fn scenario(bytes: &[u8]) {
    experiment("scenarios/programs/attacked.toml", "scenarios/programs/attacked.toml", bytes);
}

/// Reads what extends another file.
pub fn overlay(bytes: &[u8]) {
    experiment("scenarios/attacked.toml", "scenarios/attacked.toml", bytes);
}

/// Reads a list of customers.
pub fn book(bytes: &[u8]) {
    experiment("scenarios/book.toml", "scenarios/data/book.csv", bytes);
}

/// Reads the scenario `file` as if these bytes stood in the file `attacked`.
fn experiment(file: &str, attacked: &str, bytes: &[u8]) {
    let (file, attacked) = (project(file), project(attacked));
    let file = file.to_str().expect("a name in UTF-8");
    let read = in_time(bytes.len(), || load::experiment(file, &[], &mut With(&attacked, bytes)));
    if let Err(faults) = read {
        let is_placed = |fault: &Fault| fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty();
        assert!(faults.into_iter().all(|fault| is_placed(&fault)));
    }
}

/// The project's files, one of them with these bytes.
struct With<'a>(&'a Path, &'a [u8]);

impl FileReader for With<'_> {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        if path == self.0 { Ok(self.1.to_vec()) } else { Disk.read(path, limit) }
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        Disk.names(folder)
    }
}

/// A comparison in its run folder, of which one file at a time is replaced.
pub struct RunFolder {
    folder: PathBuf,
    /// Names and bytes of its files, by name.
    whole: Vec<(String, Vec<u8>)>,
}

impl RunFolder {
    /// Makes one in a folder that is not there yet, with tables as text.
    pub fn new(folder: PathBuf) -> Self {
        let (out, file) =
            (folder.to_str().expect("a name in UTF-8"), project("scenarios/check-in-cadence.toml"));
        let asked =
            ["journeysim", "compare", file.to_str().expect("a name in UTF-8"), "--out", out, "--quiet"];
        let small =
            ["--format", "csv", "--replications", "2", "--set", "assume.accounts=5", "--set", "horizon=13mo"];
        let ended = cli::run(&Cli::parse_from(asked.iter().chain(&small)));
        assert!(ended.is_ok(), "{ended:?}");
        let entries = fs::read_dir(&folder).expect("it is there").flatten().map(|entry| entry.path());
        let is_read = |path: &PathBuf| path.extension().is_some_and(|it| it == "csv" || it == "json");
        let mut paths: Vec<PathBuf> = entries.filter(is_read).collect();
        paths.sort();
        let named = |path: &PathBuf| {
            let name = path.file_name().expect("a file").to_str().expect("a name in UTF-8").to_owned();
            (name, fs::read(path).expect("it is written"))
        };
        let whole = paths.iter().map(named).collect();
        Self { folder, whole }
    }

    /// What [`read`](Self::read) takes for each file, empty and as it is: its number and its first bytes, since tables are long.
    pub fn corpus(&self) -> Vec<Vec<u8>> {
        let first = |bytes: &[u8]| bytes[..bytes.len().min(20_000)].to_vec();
        let both = |(number, (_, bytes)): (u8, &(String, Vec<u8>))| {
            [vec![number], [vec![number], first(bytes)].concat()]
        };
        (0..).zip(&self.whole).flat_map(both).collect()
    }

    /// Shows the run with one file replaced: the first byte says which, the others are what stands in it.
    pub fn read(&self, bytes: &[u8]) {
        let Some((&number, bytes)) = bytes.split_first() else { return };
        let (name, whole) = &self.whole[usize::from(number) % self.whole.len()];
        let path = self.folder.join(name);
        fs::write(&path, bytes).expect("it is writable");
        let others = self.whole.iter().filter(|(other, _)| other != name).map(|(_, bytes)| bytes.len());
        in_time(bytes.len() + others.sum::<usize>(), || {
            if let Ok(finished) = Finished::read(&self.folder) {
                assert!(!report::page(&finished).is_empty());
            }
        });
        fs::write(&path, whole).expect("it is writable");
    }
}

/// The server, as pages ask it.
#[cfg(feature = "serve")]
pub struct Requests {
    routes: axum::Router,
    runtime: tokio::runtime::Runtime,
    _server: journeysim::serve::Server,
}

#[cfg(feature = "serve")]
impl Requests {
    /// Begins to serve the project's scenarios.
    pub fn new() -> Self {
        use journeysim::serve::{Server, Settings};

        let settings = Settings { threads: Some(1), ..Settings::new(project("scenarios")) };
        let server = Server::bind(&settings).expect("it listens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { routes: server.routes(), runtime, _server: server }
    }

    /// Sends a request: the first byte says which, the others are its body. A run that begins is stopped.
    pub fn read(&self, bytes: &[u8]) {
        let Some((&number, body)) = bytes.split_first() else { return };
        let path = ["/api/scenario", "/api/runs", "/api/books/ours.csv"][usize::from(number) % 3];
        let (status, answer) = in_time(body.len(), || self.ask("POST", path, body));
        assert!(status < 500, "{path}: {status}");
        if path == "/api/runs" && status == 201 {
            let known: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
            assert_eq!(self.ask("DELETE", &format!("/api/runs/{}", known["run"]), &[]).0, 204);
        }
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        use tower::ServiceExt;

        let request =
            axum::http::Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        let request = request.header("content-type", "application/json");
        let request = request.body(axum::body::Body::from(body.to_vec())).expect("a request");
        self.runtime.block_on(async {
            let response = self.routes.clone().oneshot(request).await.expect("it answers");
            let status = response.status().as_u16();
            let answer =
                axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole answer");
            (status, answer.to_vec())
        })
    }
}
