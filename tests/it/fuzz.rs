//! Whatever bytes come in, they are read or refused: scenarios, overlays, lists of customers, run folders, and what is sent
//! to the server. Nothing panics, and nothing takes long.
//!
//! Bytes come from a corpus (the shipped files, the wrong ones of `tests/faults`, and what attacks led by coverage left in
//! `tests/corpus`) by slips of a hand that knows the words of the format. Slips follow from a number alone, so an attack that succeeds can be repeated: CI makes the same
//! few of each, the long check others for ten minutes each.

mod reads;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use journeysim::base::random::philox;

pub use reads::now;
use reads::{RunFolders, project};

/// Attacks of each kind in CI.
const FEW: u64 = 150;

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
        let outcome = catch_unwind(AssertUnwindSafe(|| reads(bytes)));
        assert!(outcome.is_ok(), "{what}, {name}: a panic at {:?}", String::from_utf8_lossy(bytes));
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

/// The files of a folder whose names end so, by name.
fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(project(folder)).expect("a folder").flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.to_str().expect("a name in UTF-8").ends_with(ending)).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a readable file")).collect()
}

fn scenarios(attacks: impl Iterator<Item = u64>) -> u64 {
    let corpus = [files("scenarios/programs", ".toml"), files("tests/corpus/scenario", "")].concat();
    attack("scenario", &corpus, attacks, reads::scenario)
}

/// What extends another file: the shipped questions and all that is wrong in one way.
fn overlays(attacks: impl Iterator<Item = u64>) -> u64 {
    let shipped = [files("scenarios", ".toml"), files("tests/faults", ".toml")].concat();
    attack("overlay", &[shipped, files("tests/corpus/overlay", "")].concat(), attacks, reads::overlay)
}

fn books(attacks: impl Iterator<Item = u64>) -> u64 {
    let list = fs::read(project("scenarios/data/book.csv")).expect("it is there");
    let own = vec![list, b"id,arr,start\nA,60000,2023-01-01\n".to_vec(), Vec::new()];
    attack("book", &[own, files("tests/corpus/book", "")].concat(), attacks, reads::book)
}

fn run_folders(attacks: impl Iterator<Item = u64>) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runs = RunFolders::new(folder.path());
    let corpus = [runs.corpus(), files("tests/corpus/run_folder", "")].concat();
    attack("run folder", &corpus, attacks, |bytes| runs.read(bytes))
}

#[cfg(feature = "serve")]
fn requests(attacks: impl Iterator<Item = u64>) -> u64 {
    let requests = reads::Requests::new();
    attack("request", &files("tests/corpus/request", ""), attacks, |bytes| requests.read(bytes))
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
