//! Sweeps that are killed at random moments go on to the same bits, and lose no more than what was in flight.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;

use journeysim::base::random::philox;
use journeysim::experiment::cells::Cells;
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::scenario::load::Experiment;
use serde_json::Value as Json;

use crate::cli::{Scenario, code, journeysim, json, program, stderr, stdout, text};
use crate::trial::experiment;

const KILLS: u32 = 20;
const THREADS: u32 = 2;
const REPLICATIONS: u32 = 16_000;

/// Names the folder in which [`a_sweep_that_waits_to_be_killed`] works, and nothing else.
const FOLDER: &str = "JOURNEYSIM_SWEEP_TO_BE_KILLED";

/// Waits a random time of up to so many milliseconds.
fn wait(number: u32, most: u32) {
    let [draw, ..] = philox([number, 0, 0, 0], [0, 0]);
    sleep(Duration::from_millis((draw % most).into()));
}

fn sweep() -> Experiment {
    experiment("check-in-cadence.toml", &["population.accounts=40", "horizon=1y"])
}

fn run(cells: Option<&Cells>, finished: &(dyn Fn() + Sync)) -> Chunk {
    let watch = Watch { finished, stop: &AtomicBool::new(false), cells };
    let options = Options { threads: Some(THREADS), ..Options::default() };
    run_range(&sweep(), 0..REPLICATIONS, &options, &watch).expect("it runs")
}

/// The part of a process of its own: it writes a byte for each replication that it reports as finished.
#[test]
#[ignore = "started and killed by the test below"]
fn a_sweep_that_waits_to_be_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let cells = Cells::open(&folder.join("cells.redb")).expect("it opens");
    let reports = Mutex::new(fs::File::create(folder.join("reports")).expect("it is writable"));
    run(Some(&cells), &|| reports.lock().expect("no panic").write_all(b".").expect("it is writable"));
}

/// A thread takes up a replication when its last one is kept and reported. So those taken up are at most as many as are
/// reported and one for each thread more; all of these but those kept are run again.
#[test]
#[ignore = "twenty sweeps that are killed"]
fn a_sweep_that_is_killed_twenty_times_runs_at_most_the_cells_in_flight_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("cells.redb");
    let variants = sweep().variants.len() as u64;
    let mut again = Vec::new();
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--ignored", "--exact", "long::kills::a_sweep_that_waits_to_be_killed"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        wait(kill, 600);
        assert!(child.try_wait().expect("it can be asked").is_none(), "the sweep is too short to be killed");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let kept = Cells::open(&path).and_then(|cells| cells.count()).expect("it opens");
        assert_eq!(kept % variants, 0, "a replication is kept as a whole");
        let reported = fs::metadata(folder.path().join("reports")).map_or(0, |reports| reports.len());
        assert!(reported <= kept / variants, "{reported} replications were reported, {kept} cells are kept");
        again.push((reported + u64::from(THREADS)).saturating_sub(kept / variants));
    }
    assert!(again.iter().all(|&again| again <= u64::from(THREADS)), "{again:?}");
    println!(
        "kills: {KILLS}, replications run again at most {:?} at a time, on {THREADS} threads",
        again.iter().max()
    );
    let cells = Cells::open(&path).expect("it opens");
    println!(
        "kills: {} of {} cells kept before the last start",
        cells.count().expect("it opens"),
        variants * u64::from(REPLICATIONS)
    );
    assert!(run(Some(&cells), &|| ()) == run(None, &|| ()), "the bits differ");
}

/// The program itself, asked about assumptions: twenty kills, then the answer of a run that nobody disturbed.
#[test]
#[ignore = "twenty runs that are killed"]
fn a_question_that_is_killed_twenty_times_is_answered_with_the_same_digest() {
    let own = Scenario::new(
        "horizon = \"1y\"\nreplications = 20\nassume.accounts = 20\n\
         sensitivity = { metric = \"net_value\", method = \"sobol\", samples = 256, \
         assumptions = [\"half-time\", \"ceiling\"] }\n",
    );
    let out = own.path("run");
    let asked = ["sensitivity", &own.file, "--quiet", "--json"];
    let kept = [&asked[..], &["--resume", "--out", text(&out)]].concat();
    let mut killed = 0;
    for kill in 0..KILLS {
        let mut child = program().args(&kept).stdout(Stdio::null()).spawn().expect("the program starts");
        wait(100 + kill, 200);
        killed += u32::from(child.try_wait().expect("it can be asked").is_none());
        let _ = child.kill();
        child.wait().expect("it ends");
    }
    let resumed = journeysim(&kept);
    assert_eq!(code(&resumed), 0, "{}", stderr(&resumed));
    let resumed: Json = serde_json::from_str(stdout(&resumed)).expect("JSON");
    assert_eq!(resumed, json(&asked));
    println!("sensitivity: {killed} of {KILLS} kills met an unfinished run, digest {}", resumed["digest"]);
    assert_eq!(killed, KILLS, "the question is too short to be killed");
}
