//! The program among extremes and enemies: numbers at the edge of what can be written, books of nobody and of ten million
//! seats, files that are none, disks that are full, and runs that get into each other's way.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value as Json;

use crate::cli::{Scenario, code, journeysim, json, program, stderr, stdout, text};

/// A year of few customers, twice.
const SHORT: &str = "horizon = \"13mo\"\nreplications = 2\nassume.accounts = 5\n";

/// Whether every number of the document is one: nothing is `null` but metrics as a whole, and what two replications that are
/// the same cannot tell.
fn has_means(document: &Json) -> bool {
    let metrics = document["metrics"].as_object().expect("a table of metrics");
    metrics
        .values()
        .filter(|metric| !metric.is_null())
        .all(|metric| metric["mean"].as_f64().is_some_and(f64::is_finite))
}

/// What the grammar allows, however absurd, is lived through, and never gives a number that is none.
#[test]
fn extreme_numbers_are_lived_through_or_refused() {
    let own = Scenario::new(SHORT);
    for (setting, code_wanted) in [
        ("renewal.hidden_spread=1e308", 0),
        ("renewal.hidden_spread=5e-324", 0),
        ("usage.pace_spread=1e308", 0),
        ("usage.pace_spread=-0.0", 0),
        ("usage.decay_without_contact=-0%", 0),
        ("shocks.champion_weight=-1e308", 0),
        ("shocks.defect_weight=1e308", 0),
        ("renewal.standing_green=1e308", 0),
        ("renewal.company_change_odds=-1e308", 0),
        ("renewal.late_days=100000000", 0),
        ("health.activity_poor=100000000", 0),
        ("start=1950-01-01", 0),
        ("responses.fatigue_mails=5e-324", 2),
        ("renewal.hidden_spread=1e309", 2),
        ("renewal.hidden_spread=nan", 2),
        ("usage.ceiling=-1%", 2),
        ("start=9999-12-31", 2),
        ("start=2150-01-01", 2),
        ("start=1900-02-29", 2),
        ("responses.requests=999999999999 per hour", 2),
        ("seed=18446744073709551615", 2),
    ] {
        let output = journeysim(&["run", &own.file, "--json", "--set", setting]);
        assert_eq!(code(&output), code_wanted, "{setting}: {}", stderr(&output));
        if code_wanted == 0 {
            let document: Json = serde_json::from_str(stdout(&output)).expect("JSON");
            assert!(has_means(&document), "{setting}: {document}");
        } else {
            assert!(
                stdout(&output).is_empty() && stderr(&output).contains("help:"),
                "{setting}: {}",
                stderr(&output)
            );
        }
    }
}

/// A start at the far end of the calendar is too late for the horizon, and not too early for the history.
#[test]
fn a_start_that_is_too_late_is_not_said_to_be_too_early() {
    let own = Scenario::new(SHORT);
    let output = journeysim(&["run", &own.file, "--set", "start=2150-01-01"]);
    assert!(stderr(&output).contains("[beyond-the-calendar]"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("[before-the-calendar]"), "{}", stderr(&output));
}

/// Nobody has no metric; one has those of one. Ten million seats pay what they pay, to the cent.
#[test]
fn books_of_nobody_of_one_and_of_ten_million_seats() {
    let own = Scenario::new(&format!("{SHORT}population.arrivals = \"0% per year\"\n"));
    let of = |accounts: &str| json(&["run", &own.file, "--json", "--set", accounts]);
    let nobody = of("population.accounts=0");
    assert_eq!(nobody["accounts"], 0);
    assert!(nobody["metrics"].as_object().expect("metrics").values().all(Json::is_null));
    let one = of("population.accounts=1");
    assert!(has_means(&one) && !one["metrics"]["gross_revenue_retention"].is_null());

    let own = Scenario::new(&format!("{SHORT}[book]\nfile = \"book.csv\"\n"));
    let list = "id,developers,seats,arr,start,term\nGiant,20000000,10000000,5880000000,2022-02-29,36\n";
    fs::write(own.path("book.csv"), list.replace("2022-02-29", "2023-11-30")).expect("it is writable");
    let giant = json(&["run", &own.file, "--json", "--set", "population.resegment=never"]);
    assert_eq!(giant["metrics"]["opening_arr"]["mean"], 5_880_000_000.0);
    assert!(has_means(&giant));
    fs::write(own.path("book.csv"), list).expect("it is writable");
    let impossible = journeysim(&["check", &own.file]);
    assert!(code(&impossible) == 1 && stdout(&impossible).contains("book.csv:2:"), "{}", stdout(&impossible));
}

/// Terms of three years from the end of a month go by the calendar: to the 28th, or to the 29th where there is one.
#[test]
fn terms_of_36_months_keep_their_day_over_leap_years() {
    let own = Scenario::new(
        "start = 2024-02-01\nhorizon = \"13y\"\nreplications = 1\n\
        [book]\nfile = \"book.csv\"\n[renewal]\nconstant_churn = \"0%\"\nlate = \"0%\"\nearly = \"0%\"\n\
        [population]\narrivals = \"0% per year\"\ncontract_start_lag = \"0d\"\nresegment = \"never\"\n",
    );
    fs::write(own.path("book.csv"), "id,developers,seats,arr,start,term\nA,900,50,29400,2024-02-29,36\n")
        .expect("it is writable");
    let traced = json(&["trace", &own.file, "--account", "A", "--json"]);
    let events = traced["events"].as_array().expect("a list");
    let renewed: Vec<&str> = events
        .iter()
        .filter(|event| event["kind"] == "renewed")
        .map(|event| &event["time"].as_str().expect("a text")[..10])
        .collect();
    assert_eq!(renewed, ["2027-02-28", "2030-02-28", "2033-02-28", "2036-02-29"]);
}

/// The scenario that a manifest holds is one: run by itself it gives the digest of the run that it tells of.
#[test]
fn the_merged_scenario_of_a_manifest_runs_to_the_same_digest() {
    let short = "horizon = \"13mo\"\nreplications = 2\npopulation.accounts = 5\n";
    let own = Scenario::new(&format!("{short}{}", crate::cli::VARIANTS));
    let out = own.path("run");
    assert_eq!(code(&journeysim(&["compare", &own.file, "--out", text(&out), "--quiet"])), 0);
    let manifest: Json =
        serde_json::from_str(&fs::read_to_string(out.join("manifest.json")).expect("it is there"))
            .expect("JSON");
    let merged = own.path("merged.toml");
    fs::write(&merged, manifest["merged"].as_str().expect("a text")).expect("it is writable");
    let again = json(&["compare", text(&merged), "--json"]);
    assert_eq!(again["digest"], manifest["digest"]);
}

/// Files that are none, or never end, or lead in circles.
#[cfg(unix)]
#[test]
fn what_is_no_scenario_is_refused_at_once() {
    let own = Scenario::new("");
    let (empty, circle, folder) = (own.path("empty.toml"), own.path("circle.toml"), own.path("folder.toml"));
    fs::write(&empty, "").expect("it is writable");
    std::os::unix::fs::symlink(&circle, &circle).expect("a link can be made");
    fs::create_dir(&folder).expect("a folder can be made");
    for path in [text(&empty), text(&circle), text(&folder), "/dev/zero", "/dev/null"] {
        let output = journeysim(&["run", path, "--json"]);
        assert_eq!(code(&output), 2, "{path}: {}", stderr(&output));
        assert!(
            stdout(&output).is_empty() && !stderr(&output).contains("panicked"),
            "{path}: {}",
            stderr(&output)
        );
    }
    // A link to a scenario is a scenario.
    let link = own.path("link.toml");
    std::os::unix::fs::symlink(&own.file, &link).expect("a link can be made");
    assert_eq!(code(&journeysim(&["check", text(&link)])), 0);
}

/// Where nothing can be written, the program says so and ends with 3; what was there stays.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_it_with_3() {
    let own = Scenario::new(SHORT);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = program()
        .args(["run", &own.file, "--json"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("the program starts");
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("No space left"), "{}", stderr(&output));
    let output = journeysim(&["run", &own.file, "--out", "/proc/run", "--quiet"]);
    assert!(code(&output) == 3 && stderr(&output).contains("/proc/run"), "{}", stderr(&output));

    // A disk of 400 KB can be made by an administrator only.
    let disk = own.path("disk");
    fs::create_dir(&disk).expect("a folder can be made");
    let mount = |args: &[&str]| Command::new("mount").args(args).arg(&disk).stderr(Stdio::null()).status();
    if !mount(&["-t", "tmpfs", "-o", "size=400k", "tmpfs"]).is_ok_and(|status| status.success()) {
        return;
    }
    let run = disk.join("run");
    let output = journeysim(&["run", &own.file, "--out", text(&run), "--quiet"]);
    let left: Vec<_> =
        fs::read_dir(&run).map_or(Vec::new(), |names| names.flatten().map(|it| it.file_name()).collect());
    let unmounted = Command::new("umount").arg(&disk).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert!(code(&output) == 3 && stderr(&output).contains("No space left"), "{}", stderr(&output));
    assert_eq!(left, ["cells.redb"], "what is finished stays, and nothing half made");
}

/// While one run writes into a folder, no other does: not a new one, not one that goes on, not one that replaces. Told to end,
/// the first keeps what it has finished.
#[cfg(unix)]
#[test]
fn two_runs_into_one_folder_do_not_meet() {
    let own = Scenario::new(SHORT);
    let out = own.path("run");
    let asked = ["run", &own.file, "--quiet", "--out", text(&out)];
    let mut first = program()
        .args([&asked[..], &["--replications", "1000000", "--threads", "1"]].concat())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    while !out.join("cells.redb").exists() {
        assert!(first.try_wait().expect("it can be asked").is_none(), "it goes on");
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(500));
    for (more, said) in [
        (&[][..], "unfinished run"),
        (&["--resume", "--replications", "1000000"], "another run is writing"),
        (&["--force"], "another run is writing"),
    ] {
        let second = journeysim(&[&asked[..], more].concat());
        assert!(code(&second) == 2 && stderr(&second).contains(said), "{more:?}: {}", stderr(&second));
    }
    let told = Command::new("kill").args(["-TERM", &first.id().to_string()]).status().expect("kill starts");
    assert!(told.success());
    let ended = first.wait_with_output().expect("it ends");
    assert_eq!(code(&ended), 130, "{}", stderr(&ended));
    let kept: Json = serde_json::from_str(&fs::read_to_string(out.join("result.json")).expect("it is kept"))
        .expect("JSON");
    assert_eq!(kept["stopped_by"], "interruption");
    assert_eq!(code(&journeysim(&[&asked[..], &["--force"]].concat())), 0, "now it may be replaced");
}

/// The program as somebody who may not do everything: where an administrator runs the tests, as nobody. [`None`] where nobody may
/// start it.
#[cfg(unix)]
fn ordinary(args: &[&str]) -> Option<std::process::Output> {
    use std::os::unix::process::CommandExt;

    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let mut command = program();
    if root {
        command.uid(65_534).gid(65_534);
    }
    command.args(args).output().ok()
}

/// Changes who may do what with a folder.
#[cfg(unix)]
fn allow(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is one's own");
}

/// What may not be read is wrong input, what may not be written ends it with 3; either is named, and nothing is left there.
#[cfg(unix)]
#[test]
fn folders_that_may_not_be_read_or_written_are_named() {
    let own = Scenario::new(SHORT);
    let (hidden, fixed) = (own.path("hidden"), own.path("fixed"));
    for folder in [&hidden, &fixed] {
        fs::create_dir(folder).expect("a folder can be made");
    }
    fs::copy(&own.file, hidden.join("own.toml")).expect("it is writable");
    fs::write(hidden.join("manifest.json"), "{}").expect("it is writable");
    allow(own.path("").as_path(), 0o755);
    allow(&hidden, 0o000);
    allow(&fixed, 0o555);
    let (inside, run) = (hidden.join("own.toml"), fixed.join("run"));
    let attempts = [
        (1, text(&hidden), vec!["check", text(&inside)]),
        (2, text(&hidden), vec!["run", text(&inside), "--json"]),
        (2, text(&hidden), vec!["report", text(&hidden)]),
        (2, text(&hidden), vec!["book", "describe", text(&hidden)]),
        (3, text(&run), vec!["run", &own.file, "--out", text(&run), "--quiet"]),
        (3, text(&run), vec!["run", &own.file, "--out", text(&run), "--quiet", "--force"]),
        (3, text(&run), vec!["init", text(&run)]),
    ];
    for (wanted, named, args) in attempts {
        let Some(output) = ordinary(&args) else { return };
        let said = [stdout(&output), stderr(&output)].concat();
        assert!(code(&output) == wanted && said.contains(named), "{args:?}: {} {said}", code(&output));
    }
    assert_eq!(fs::read_dir(&fixed).expect("readable").count(), 0);
    allow(&hidden, 0o755);
}

/// A link that leads to a folder, on whatever disk, stays one; a run goes where it leads.
#[cfg(unix)]
#[test]
fn a_run_folder_may_be_a_link() {
    let own = Scenario::new(SHORT);
    let disk = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    let (real, link) = (disk.path().join("real"), own.path("link"));
    fs::create_dir(&real).expect("a folder can be made");
    std::os::unix::fs::symlink(&real, &link).expect("a link can be made");
    for more in [&[][..], &["--force"]] {
        let output = journeysim(&[&["run", &own.file, "--quiet", "--out", text(&link)][..], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert!(real.join("manifest.json").is_file() && real.join("cells.redb").is_file());
        assert_eq!(fs::read_dir(disk.path()).expect("readable").count(), 1, "nothing is left beside it");
    }
    // One that leads nowhere, or to what is no run, is somebody else's.
    fs::write(real.join("manifest.json"), "")
        .and_then(|()| fs::remove_file(real.join("manifest.json")))
        .expect("writable");
    let astray = own.path("astray");
    std::os::unix::fs::symlink(own.path("nowhere"), &astray).expect("a link can be made");
    for target in [&link, &astray] {
        let output = journeysim(&["run", &own.file, "--quiet", "--force", "--out", text(target)]);
        assert!(code(&output) == 2 && stderr(&output).contains("no run folder"), "{}", stderr(&output));
    }
}

/// Told to end at any moment, a run can be gone on with afterwards, and comes to what it would have come to.
#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_at_any_moment_goes_on() {
    use std::os::unix::process::ExitStatusExt;

    let own = Scenario::new("horizon = \"1y\"\nreplications = 40\nassume.accounts = 10\n");
    let out = own.path("run");
    let asked = ["run", &own.file, "--threads", "1"];
    let undisturbed = json(&[&asked[..], &["--json"]].concat());
    let into = [&asked[..], &["--quiet", "--resume", "--out", text(&out)]].concat();
    for milliseconds in [0, 3, 10, 30, 60, 100, 150, 200] {
        let mut child = program().args(&into).stderr(Stdio::piped()).spawn().expect("the program starts");
        sleep(Duration::from_millis(milliseconds));
        let told =
            Command::new("kill").args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
        assert!(told.is_ok());
        let status = child.wait().expect("it ends");
        // Before it listens the system ends it.
        assert!(matches!(status.code(), Some(0 | 130)) || status.signal() == Some(15), "{status}");
    }
    let resumed = json(&[&into[..], &["--json"]].concat());
    assert_eq!(resumed["digest"], undisturbed["digest"]);
    let left: Vec<_> =
        fs::read_dir(own.path("")).expect("readable").flatten().map(|it| it.file_name()).collect();
    assert_eq!(left.len(), 2, "a scenario and its run: {left:?}");
}
