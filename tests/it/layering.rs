//! The rooms of the house, and who may import whom.
//!
//! A room imports from the floors below its own. On the floors of layers 1 and 2 the rooms also see each other,
//! because customers, their usage, the program, health, renewal and capacity speak of one another's words. In
//! layer 0 the language sees the base but not the other way round, and in layer 8 the command line sees the
//! server, which it starts, and the questions, which it asks; so each of those has a floor of its own. Up to the engine
//! the house is the crate `journeysim-model`, above it `journeysim`; each crate's root belongs to no floor: it only lists
//! the rooms, and nobody imports from it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rust_source::{Named, paths};

struct Floor {
    /// The number in the house's plan.
    layer: u8,
    rooms: &'static [&'static str],
    /// Whether its rooms see each other.
    is_open: bool,
}

const fn floor(layer: u8, rooms: &'static [&'static str]) -> Floor {
    Floor { layer, rooms, is_open: false }
}

const fn open_floor(layer: u8, rooms: &'static [&'static str]) -> Floor {
    Floor { layer, rooms, is_open: true }
}

/// From the ground up.
const FLOORS: [Floor; 12] = [
    floor(0, &["base"]),
    floor(0, &["language"]),
    open_floor(1, &["population", "usage"]),
    open_floor(2, &["program", "health", "renewal", "capacity"]),
    floor(3, &["scenario"]),
    floor(4, &["engine"]),
    floor(5, &["metrics"]),
    floor(6, &["experiment"]),
    floor(7, &["output"]),
    floor(8, &["questions"]),
    floor(8, &["serve"]),
    floor(8, &["cli"]),
];

/// The sources of the two crates.
const SOURCES: [&str; 2] = ["crates/journeysim-model/src", "src"];

/// Below this layer there are no threads, no clock, no environment and no terminal.
const PURE_BELOW: u8 = 6;

/// The rooms below that layer where files are read: scenarios, and books of real customers.
const READERS: [&str; 3] = ["language", "scenario", "population"];

/// What the rooms below [`PURE_BELOW`] do without, tests excepted.
const OUTSIDE: [(&str, &str); 5] = [
    ("std::thread", "replications run in parallel in `experiment`, nothing else does"),
    ("rayon", "replications run in parallel in `experiment`, nothing else does"),
    ("std::time::Instant", "a result must not depend on the clock"),
    ("std::time::SystemTime", "a result must not depend on the clock"),
    ("std::env", "a result must not depend on the environment"),
];

const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Nowhere, not even in tests: their order differs from run to run.
const UNORDERED: [&str; 2] = ["HashMap", "HashSet"];

#[test]
fn no_room_imports_upward_and_none_below_the_experiment_sees_the_outside_world() {
    let mut faults = Vec::new();
    for folder in SOURCES {
        let source_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = rust_files(&source_folder);
        assert!(files.len() > 10, "found only {} files under {folder}", files.len());
        for file in &files {
            let inside = file.strip_prefix(&source_folder).expect("every file was found in that folder");
            let text = fs::read_to_string(file).expect("source files are readable text");
            faults.extend(
                self::faults(inside, &text)
                    .iter()
                    .map(|fault| format!("{folder}/{}:{fault}", inside.display())),
            );
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Lists what is wrong in the file at `file` under `src`, each fault as "line: what".
fn faults(file: &Path, text: &str) -> Vec<String> {
    let module = module_of(file);
    let module: Vec<&str> = module.iter().map(String::as_str).collect();
    let named = paths(&module, text);
    let room = module.first().copied();
    let is_known = room.is_none_or(|room| place(room).is_some());
    let unknown = (!is_known).then(|| "1: this room has no floor in tests/it/layering.rs".to_owned());
    let wrong = named
        .iter()
        .filter_map(|named| Some(format!("{}: {}", named.line, fault(room.filter(|_| is_known), named)?)));
    unknown.into_iter().chain(wrong).collect()
}

fn fault(room: Option<&str>, named: &Named) -> Option<String> {
    let path = named.segments.join("::");
    if named.segments.iter().any(|segment| UNORDERED.contains(&segment.as_str())) {
        return Some(format!("`{path}` has no fixed order; use BTreeMap, BTreeSet or Vec"));
    }
    let room = room?;
    if let ["crate", target, ..] = named.segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return import_fault(room, target).map(|what| format!("`{path}`: {what}"));
    }
    if FLOORS[place(room)?].layer >= PURE_BELOW || named.in_tests {
        return None;
    }
    if named.is_macro && PRINTING.contains(&path.as_str()) {
        return Some(format!("`{path}!` in {room}: only the command line prints"));
    }
    if starts_with(&path, "std::fs") && !READERS.contains(&room) {
        return Some(format!("`{path}` in {room}: files are read only in {}", READERS.join(", ")));
    }
    let (_, why) = OUTSIDE.into_iter().find(|(banned, _)| starts_with(&path, banned))?;
    Some(format!("`{path}` in {room}: {why}"))
}

/// Says what is wrong with importing from `crate::target` in `room`.
fn import_fault(room: &str, target: &str) -> Option<String> {
    let from = place(room)?;
    let Some(to) = place(target) else {
        return Some("not a room; import from the room that holds it, not through the root".to_owned());
    };
    let may = room == target || to < from || (to == from && FLOORS[from].is_open);
    (!may).then(|| {
        format!(
            "{room} (layer {}) may not import from {target} (layer {})",
            FLOORS[from].layer, FLOORS[to].layer
        )
    })
}

/// Returns the floor of `room`, counted from the ground.
fn place(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.rooms.contains(&room))
}

fn starts_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns the module that the file at `file` under `src` holds: none for the crate's two roots.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    module.pop_if(|last| last == "mod");
    if module == ["lib"] || module == ["main"] { Vec::new() } else { module }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_kind_of_bad_line_is_found_and_its_good_neighbour_is_not() {
    let cases = [
        // why                             file                  bad                                good
        ("upward", "health/score.rs", "use crate::engine::run;", "use crate::base::time;"),
        ("upward through super", "health/score.rs", "super::super::engine::run()", "super::band()"),
        ("upward in a group", "base/time.rs", "use crate::{base, language};", "use crate::{base};"),
        (
            "upward in a test",
            "base/time.rs",
            "mod tests { use crate::engine; }",
            "mod tests { use super::*; }",
        ),
        ("beside, behind a wall", "metrics/mod.rs", "use crate::experiment::x;", "use crate::metrics::x;"),
        ("beside, one way only", "serve/mod.rs", "use crate::cli::x;", "use crate::output::x;"),
        ("through the root", "engine/run.rs", "use crate::Money;", "use crate::base::money::Money;"),
        ("a thread", "engine/run.rs", "use std::{thread, fmt};", "use std::fmt;"),
        ("rayon", "engine/run.rs", "use rayon::prelude::*;", "fn rayon_free() {}"),
        ("the clock", "engine/run.rs", "std::time::Instant::now()", "std::time::Duration::ZERO"),
        ("the environment", "base/random.rs", "std::env::var(x)", "env!(x)"),
        ("printing", "usage/activity.rs", "println!()", "mod tests { fn f() { println!() } }"),
        ("a file", "engine/run.rs", "std::fs::read(x)", "std::io::Error"),
        ("hashing, even in a test", "cli/run.rs", "mod tests { use std::collections::HashMap; }", "BTreeMap"),
        ("an unknown room", "attic/mod.rs", "", "// this line is not read"),
    ];
    for (why, file, bad, good) in cases {
        assert_eq!(faults(Path::new(file), bad).len(), 1, "{why}: {bad}: {:?}", faults(Path::new(file), bad));
        if file != "attic/mod.rs" {
            assert_eq!(faults(Path::new(file), good), Vec::<String>::new(), "{why}: {good}");
        }
    }
}

#[test]
fn what_is_allowed_where_it_belongs_is_not_a_fault() {
    let cases = [
        ("siblings on an open floor", "renewal/outcome.rs", "use crate::health::score;"),
        ("siblings on an open floor", "usage/mod.rs", "use crate::population::segment;"),
        ("the language on the base", "language/mod.rs", "use crate::base::money;"),
        ("the command line on the server", "cli/serve.rs", "use crate::serve::run;"),
        ("threads in the experiment", "experiment/replicate.rs", "use rayon::prelude::*;"),
        ("a book of customers", "population/book.rs", "std::fs::read(x)"),
        ("the root lists the rooms", "lib.rs", "pub use crate::engine::run;"),
    ];
    for (why, file, line) in cases {
        assert_eq!(faults(Path::new(file), line), Vec::<String>::new(), "{why}");
    }
}

#[test]
fn a_fault_names_its_line_and_both_rooms() {
    assert_eq!(
        faults(Path::new("health/score.rs"), "fn a() {}\n\nuse crate::engine::run;\n"),
        ["3: `crate::engine::run`: health (layer 2) may not import from engine (layer 4)"]
    );
}
