//! What reads bytes that come from elsewhere, a function each: whatever comes is read or refused, within its time.
//!
//! The package `fuzz`, whose attacks are led by coverage, is made of this file too; so it uses the library alone.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use journeysim::experiment::cells::Fingerprint;
use journeysim::experiment::shards::{Shard, ShardManifest, in_order};
use journeysim::language::fault::Fault;
use journeysim::language::source::{Disk, FileReader, ReadError};
use journeysim::output::finished::Finished;
use journeysim::output::folder::{Place, Standing};
use journeysim::output::manifest::{self, Asked, Contents};
use journeysim::output::report;
use journeysim::output::sheet::FORMATS;
use journeysim::questions::runs::Runs;
use journeysim::questions::variants::{self, Wish};
use journeysim::questions::{Host, Subject, optimize, sensitivity, staff};
use journeysim::scenario::load;
use serde::Serialize;

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
        assert!(faults.into_iter().all(|fault| is_placed(&fault)));
    }
}

fn is_placed(fault: &Fault) -> bool {
    fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty()
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

/// What is longer is not worth being changed at random.
const LONG: usize = 100_000;

/// Run folders in which one thing at a time is replaced, and a part of a sweep.
pub struct RunFolders {
    attacked: Vec<Attacked>,
    shard: Vec<u8>,
}

/// A file of a run folder.
struct Attacked {
    path: PathBuf,
    whole: Vec<u8>,
    /// Whether it stands for a table that is there in another format. Then it is only there while it is read.
    is_another_format: bool,
    /// What it says, and where in it something can be replaced, for attacks on one value.
    document: Option<(serde_json::Value, Vec<String>)>,
}

impl Attacked {
    /// All files of the run folder that are read, JSON documents as they are and value by value, tables in all formats.
    fn all(folder: &Path) -> Vec<Self> {
        let mut attacked = Vec::new();
        for name in ["manifest.json", "result.json"] {
            let path = folder.join(name);
            let whole = fs::read(&path).expect("it is written");
            let document: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
            let mut pointers = Vec::new();
            list(&document, "", &mut pointers);
            for document in [None, Some((document, pointers))] {
                let (path, whole) = (path.clone(), whole.clone());
                attacked.push(Self { path, whole, is_another_format: false, document });
            }
        }
        for sheet in &Finished::read(folder).expect("it is finished").sheets {
            for format in FORMATS {
                let (path, mut whole) = (folder.join(sheet.file_name(format)), Vec::new());
                (format.write)(&mut std::iter::once(Cow::Borrowed(sheet)), &mut whole)
                    .expect("memory has room");
                let is_another_format = !path.is_file();
                attacked.push(Self { path, whole, is_another_format, document: None });
            }
        }
        attacked
    }

    /// Some of what [`read`](Self::read) takes: nothing, and what is there, but no more of a table of text than its beginning.
    fn corpus(&self) -> Vec<Vec<u8>> {
        let is_text = self.path.extension().is_some_and(|extension| extension == "csv");
        let beginning = &self.whole[..self.whole.len().min(if is_text { 5_000 } else { LONG })];
        match &self.document {
            None if beginning.len() < self.whole.len() && !is_text => vec![Vec::new()],
            None => vec![Vec::new(), beginning.to_vec()],
            Some(_) => vec![b"\0\0null".to_vec(), b"\x01\x011e308".to_vec(), b"\0\x40[{}]".to_vec()],
        }
    }

    /// Shows the run with these bytes in the file; or, of a document, with the value that the first two bytes choose replaced by
    /// what the others say.
    fn read(&self, bytes: &[u8]) {
        let replaced = match (&self.document, bytes) {
            (None, _) => bytes.to_vec(),
            (Some((document, pointers)), &[high, low, ref value @ ..]) => {
                let mut document = document.clone();
                let pointer = &pointers[usize::from(u16::from_be_bytes([high, low])) % pointers.len()];
                *document.pointer_mut(pointer).expect("it is in the document") =
                    serde_json::from_slice(value)
                        .unwrap_or_else(|_| String::from_utf8_lossy(value).into_owned().into());
                serde_json::to_vec(&document).expect("it can be written")
            }
            (Some(_), _) => return,
        };
        fs::write(&self.path, &replaced).expect("it is writable");
        let folder = self.path.parent().expect("it is in a folder");
        let files = fs::read_dir(folder).expect("it is there").flatten();
        let bytes: u64 = files.map(|file| file.metadata().expect("it is there").len()).sum();
        in_time(bytes as usize, || {
            if let Ok(finished) = Finished::read(folder) {
                assert!(!report::page(&finished).is_empty());
            }
        });
        if self.is_another_format {
            fs::remove_file(&self.path).expect("it can be removed");
        } else {
            fs::write(&self.path, &self.whole).expect("it is writable");
        }
    }
}

/// Lists where everything in a document is, as JSON pointers.
fn list(value: &serde_json::Value, place: &str, pointers: &mut Vec<String>) {
    pointers.push(place.to_owned());
    match value {
        serde_json::Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| list(value, &format!("{place}/{at}"), pointers));
        }
        serde_json::Value::Object(values) => {
            let key = |key: &str| key.replace('~', "~0").replace('/', "~1");
            values.iter().for_each(|(name, value)| list(value, &format!("{place}/{}", key(name)), pointers));
        }
        _ => {}
    }
}

/// Asks for five customers and two futures.
fn small(file: &str, changes: &[&str]) -> Subject {
    let file = project(file);
    let sizes = ["replications=2", "assume.accounts=5", "horizon=13mo"];
    let changes = sizes.iter().chain(changes).map(|change| (*change).to_owned()).collect();
    Subject::on_disk(file.to_str().expect("a name in UTF-8"), changes)
}

/// Whoever asks in order to keep the answer, in this run folder.
struct Keeper(PathBuf);

impl Host for Keeper {
    fn note(&self, _: &Fault) {}

    fn keeps(&self) -> bool {
        true
    }

    fn during<T>(
        &self,
        _: Option<Fingerprint>,
        replications: u64,
        work: impl FnOnce(&Runs<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        work(&Runs::new(Some(1), &AtomicBool::new(false), None, replications, &|_, _| ()))
    }

    fn answered<D: Serialize>(
        &self,
        contents: Contents<'_, D>,
        asked: Asked<'_>,
        _: impl FnOnce(u16) -> String,
    ) -> anyhow::Result<()> {
        let text = FORMATS.iter().find(|format| format.name == "csv").expect("there is one of text");
        Ok(manifest::write(&Place::new(&self.0, Standing::Stays)?, contents, asked, text)?)
    }

    fn shown<D: Serialize>(&self, _: &D, _: impl FnOnce(u16) -> String) -> anyhow::Result<()> {
        anyhow::bail!("it is a run")
    }
}

impl RunFolders {
    /// Makes them in a folder that is not there yet.
    pub fn new(folder: &Path) -> Self {
        let answered = |question: &str, ask: &dyn Fn(&Keeper) -> anyhow::Result<()>| {
            let keeper = Keeper(folder.join(question));
            ask(&keeper).expect("it is answered");
            Attacked::all(&keeper.0)
        };
        let mut attacked = answered("variants", &|keeper| {
            let subject = small("scenarios/roll-out.toml", &[]);
            let experiment = variants::to_compare(&subject, keeper)?;
            let wish = Wish { why: true, slices: true, accounts_of: 0..1, ..Wish::default() };
            variants::compare(&experiment, &subject, &wish, keeper)
        });
        attacked.extend(answered("staff", &|keeper| {
            staff::answer(&small("scenarios/advisor-bandwidth.toml", &[]), keeper)
        }));
        attacked.extend(answered("sensitivity", &|keeper| {
            let subject = small("scenarios/what-it-hangs-on.toml", &["sensitivity.method=tornado"]);
            sensitivity::answer(&subject, keeper)
        }));
        attacked.extend(answered("optimize", &|keeper| {
            optimize::answer(&small("scenarios/best-cadence.toml", &["optimize.budget=20"]), keeper)
        }));
        let file = project("scenarios/validation/constant-hazard.toml");
        let only = Shard { number: 1, of: 1 };
        let read = ShardManifest::read(file.to_str().expect("a name in UTF-8"), &[], only);
        let (manifest, _) = read.expect("it has no faults");
        Self { attacked, shard: serde_json::to_vec(&manifest).expect("it can be written") }
    }

    /// Some of what [`read`](Self::read) takes.
    pub fn corpus(&self) -> Vec<Vec<u8>> {
        let numbered = |(number, attacked): (u8, &Attacked)| -> Vec<Vec<u8>> {
            attacked.corpus().into_iter().map(|bytes| [vec![number], bytes].concat()).collect()
        };
        let shard = [&[u8::MAX], &self.shard[..]].concat();
        (0..).zip(&self.attacked).flat_map(numbered).chain([shard]).collect()
    }

    /// Reads what the first byte says with the others in it.
    pub fn read(&self, bytes: &[u8]) {
        match bytes {
            [] => {}
            [u8::MAX, manifest @ ..] => in_time(manifest.len(), || shard(manifest)),
            [number, bytes @ ..] => self.attacked[usize::from(*number) % self.attacked.len()].read(bytes),
        }
    }
}

/// Reads what a part of a sweep says of itself, and what is missing for a whole.
fn shard(bytes: &[u8]) {
    let Ok(manifest) = serde_json::from_slice::<ShardManifest>(bytes) else { return };
    let replications = manifest.shard.of(manifest.replications);
    assert!(replications.start <= replications.end && replications.end <= manifest.replications);
    if let Err(faults) = manifest.experiment() {
        assert!(faults.into_iter().all(|fault| is_placed(&fault)));
    }
    if let Err(misfits) = in_order(vec![("part".into(), manifest)]) {
        assert!(misfits.iter().all(|misfit| !misfit.to_string().is_empty()));
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
