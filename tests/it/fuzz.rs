//! Whatever bytes come in, they are read or refused: scenarios, overlays, lists of customers, run folders, and what is sent
//! to the server. Nothing panics, and nothing takes long.
//!
//! Bytes come from a small corpus (the shipped files, and the wrong ones of `tests/faults`) by slips of a hand that knows the
//! words of the format. Slips follow from a number alone, so an attack that succeeds can be repeated: CI makes the same
//! few of each, the long check others for ten minutes each.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use journeysim::base::random::philox;
use journeysim::language::source::{Disk, FileReader, ReadError};
use journeysim::output::finished::Finished;
use journeysim::output::report;
use journeysim::scenario::load;

use crate::cli::{Scenario, VARIANTS, code, journeysim, stderr, text};

/// Attacks of each kind in CI.
const FEW: u64 = 150;

/// A scenario may take so long to be read, and any other input, for each KB begun.
const LONGEST: Duration = Duration::from_secs(1);

/// Pieces at which readers stumble.
const PIECES: [&str; 36] = [
    "1e308",
    "-1e308",
    "5e-324",
    "nan",
    "inf",
    "-0",
    "-0.0",
    "0",
    "1",
    "99999999999999999999",
    "0.1e-400",
    "9999-12-31",
    "2024-02-30",
    "2024-02-29",
    "1900-01-01",
    "\"\"",
    "\"\u{0}\"",
    "[[",
    "]]",
    "{",
    "}",
    "[",
    "]",
    "=",
    ",",
    ";",
    "\n",
    "\r\n",
    "\t",
    "true",
    "null",
    "\u{feff}",
    "100%",
    "x0",
    "\"0d\"",
    "per year",
];

/// Words of a sequence that follows from its number.
struct Luck {
    number: u64,
    drawn: u32,
}

impl Luck {
    fn new(number: u64) -> Self {
        Self { number, drawn: 0 }
    }

    /// A number below `most`, which is above zero.
    fn below(&mut self, most: usize) -> usize {
        self.drawn += 1;
        let [word, ..] = philox([self.drawn, 0, 0, 0], [self.number as u32, (self.number >> 32) as u32]);
        word as usize % most
    }

    /// A range of `bytes`, of 64 at most.
    fn range(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(bytes.len() + 1);
        let to = from + self.below(65);
        from..to.min(bytes.len())
    }

    /// One of `corpus` with one to eight slips.
    fn bytes(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            match self.below(7) {
                0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => drop(bytes.splice(self.range(&bytes.clone()), [])),
                3 => drop(bytes.splice(at..at, PIECES[self.below(PIECES.len())].bytes())),
                4 => {
                    let again = bytes[self.range(&bytes.clone())].to_vec();
                    bytes.splice(at..at, again);
                }
                5 => {
                    let other = &corpus[self.below(corpus.len())];
                    let part = other[self.range(other)].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {
                    // A value is what stands between a separator and the end of its line.
                    let from = bytes[at..]
                        .iter()
                        .position(|byte| b"=:,".contains(byte))
                        .map_or(bytes.len(), |more| at + more + 1);
                    let to = bytes[from..]
                        .iter()
                        .position(|byte| b",\n}".contains(byte))
                        .map_or(bytes.len(), |more| from + more);
                    bytes.splice(from..to, PIECES[self.below(PIECES.len())].bytes());
                }
            }
        }
        bytes
    }
}

/// Attacks `reads` with what becomes of `corpus` under the numbers of `attacks`, after the corpus itself.
fn attack(
    what: &str,
    corpus: &[Vec<u8>],
    attacks: impl Iterator<Item = u64>,
    mut reads: impl FnMut(&[u8]),
) -> u64 {
    let mut made = 0;
    let mut one = |name: String, bytes: &[u8]| {
        let began = now();
        let outcome = catch_unwind(AssertUnwindSafe(|| reads(bytes)));
        assert!(outcome.is_ok(), "{what}, {name}: a panic at {:?}", String::from_utf8_lossy(bytes));
        let took = now() - began;
        let most = LONGEST * (1 + bytes.len() as u32 / 1024);
        assert!(took <= most, "{what}, {name}: {took:?} for {:?}", String::from_utf8_lossy(bytes));
    };
    for (place, bytes) in corpus.iter().enumerate() {
        one(format!("file {place} of the corpus"), bytes);
    }
    for number in attacks {
        one(format!("attack {number}"), &Luck::new(number).bytes(corpus));
        made += 1;
    }
    made
}

/// The time since some moment.
#[expect(clippy::disallowed_methods, reason = "how long reading takes is what is checked")]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later than 1970")
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

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let names = fs::read_dir(project(folder)).expect("a folder").flatten().map(|entry| entry.path());
    let mut names: Vec<PathBuf> =
        names.filter(|path| path.extension().is_some_and(|it| it == ending)).collect();
    names.sort();
    names.iter().map(|path| fs::read(path).expect("a readable file")).collect()
}

/// Reads `bytes` as if they stood in the file `path`.
fn read_as(path: &str, bytes: &[u8]) {
    let path = project(path);
    let read = load::experiment(text(&path), &[], &mut With(&path, bytes));
    if let Err(faults) = read {
        assert!(
            faults.into_iter().all(|fault| fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty())
        );
    }
}

fn scenarios(attacks: impl Iterator<Item = u64>) -> u64 {
    attack("scenario", &files("scenarios/programs", "toml"), attacks, |bytes| {
        read_as("scenarios/programs/attacked.toml", bytes);
    })
}

/// What extends another file: the shipped questions and all that is wrong in one way.
fn overlays(attacks: impl Iterator<Item = u64>) -> u64 {
    let corpus = [files("scenarios", "toml"), files("tests/faults", "toml")].concat();
    attack("overlay", &corpus, attacks, |bytes| read_as("scenarios/attacked.toml", bytes))
}

fn books(attacks: impl Iterator<Item = u64>) -> u64 {
    let list = project("scenarios/data/book.csv");
    let corpus =
        [fs::read(&list).expect("it is there"), b"id,arr,start\nA,60000,2023-01-01\n".to_vec(), Vec::new()];
    attack("book", &corpus, attacks, |bytes| {
        let path = project("scenarios/book.toml");
        if let Err(faults) = load::experiment(text(&path), &[], &mut With(&list, bytes)) {
            assert!(faults.into_iter().all(|fault| fault.line >= 1 && fault.column >= 1));
        }
    })
}

/// A comparison as tables in text, one of whose files is what an attack made of it.
fn run_folders(attacks: impl Iterator<Item = u64>) -> u64 {
    let own =
        Scenario::new(&format!("horizon = \"13mo\"\nreplications = 2\nassume.accounts = 5\n{VARIANTS}"));
    let run = own.path("run");
    let output = journeysim(&["compare", &own.file, "--out", text(&run), "--format", "csv", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let names =
        ["manifest.json", "result.json", "replications.csv", "timeline.csv", "slices.csv", "survival.csv"];
    let whole: Vec<Vec<u8>> =
        names.iter().map(|name| fs::read(run.join(name)).expect("it is written")).collect();
    let mut turn = 0;
    // Tables are long: of each its first lines.
    let corpus: Vec<Vec<u8>> = whole.iter().map(|bytes| bytes[..bytes.len().min(20_000)].to_vec()).collect();
    attack("run folder", &corpus, attacks, |bytes| {
        turn = (turn + 1) % names.len();
        fs::write(run.join(names[turn]), bytes).expect("it is writable");
        if let Ok(finished) = Finished::read(&run) {
            assert!(!report::page(&finished).is_empty());
        }
        fs::write(run.join(names[turn]), &whole[turn]).expect("it is writable");
    })
}

/// Questions about a scenario, as the page asks them.
#[cfg(feature = "serve")]
fn requests(attacks: impl Iterator<Item = u64>) -> u64 {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    let site = crate::serve::Site::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let corpus: Vec<Vec<u8>> = [
        r#"{"file":"small.toml"}"#,
        r#"{"file":"programs/pooled-ta.toml","edited":{"small.toml":"name = \"x\""}}"#,
        r#"{"file":"small.toml","changes":[["stages.utilization_gate","70%"],["population.accounts",12]]}"#,
        r#"{"subject":{"file":"none.toml"},"keep":true,"ways":[{"name":"baseline","from":"baseline","changes":[["a.b",1]]}]}"#,
    ]
    .map(|body| body.as_bytes().to_vec())
    .into();
    let mut turn = 0;
    attack("request", &corpus, attacks, |bytes| {
        // No run is begun: whatever is asked about is no scenario of the folder.
        turn += 1;
        let to = if turn % 2 == 0 { "/api/scenario" } else { "/api/runs" };
        let bytes = if turn % 2 == 0 {
            bytes.to_vec()
        } else {
            String::from_utf8_lossy(bytes)
                .replace("small.toml", "n.toml")
                .replace("pooled", "no")
                .into_bytes()
        };
        let request =
            Request::post(to).header("host", "127.0.0.1:8080").header("content-type", "application/json");
        let request = request.body(Body::from(bytes)).expect("a request");
        let response = runtime.block_on(site.routes.clone().oneshot(request)).expect("it answers");
        assert!(!response.status().is_server_error(), "{}", response.status());
    })
}

#[test]
fn attacked_scenarios_are_read_or_refused() {
    assert_eq!(scenarios(0..FEW), FEW);
}

#[test]
fn attacked_overlays_are_read_or_refused() {
    assert_eq!(overlays(0..FEW), FEW);
}

#[test]
fn attacked_books_are_read_or_refused() {
    assert_eq!(books(0..FEW), FEW);
}

#[test]
fn attacked_run_folders_are_shown_or_refused() {
    assert_eq!(run_folders(0..FEW), FEW);
}

#[cfg(feature = "serve")]
#[test]
fn attacked_requests_are_answered() {
    assert_eq!(requests(0..FEW), FEW);
}

/// Ten minutes of each, or as many as `JOURNEYSIM_FUZZ_MINUTES` says; and the memory that all of them took.
#[test]
#[ignore = "takes almost an hour"]
fn long_attacks_are_withstood() {
    let minutes =
        std::env::var("JOURNEYSIM_FUZZ_MINUTES").map_or(10.0, |minutes| minutes.parse().expect("a number"));
    type Attack = fn(Box<dyn Iterator<Item = u64>>) -> u64;
    let kinds: Vec<(&str, Attack)> = vec![
        ("scenarios", |attacks| scenarios(attacks)),
        ("overlays", |attacks| overlays(attacks)),
        ("books", |attacks| books(attacks)),
        ("run folders", |attacks| run_folders(attacks)),
        #[cfg(feature = "serve")]
        ("requests", |attacks| requests(attacks)),
    ];
    for (what, attacks) in kinds {
        let end = now() + Duration::from_secs_f64(60.0 * minutes);
        // Other numbers than those of CI.
        let made = attacks(Box::new((1 << 32..).take_while(move |_| now() < end)));
        println!("{what}: {made} attacks in {minutes} minutes");
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map(|text| text.trim().trim_end_matches(" kB"));
    if let Some(most) = most.and_then(|most| most.parse::<u64>().ok()) {
        println!("memory: {} MB at most", most / 1024);
        assert!(most < 1 << 20, "{most} kB");
    }
}
