//! Sweeps that last: whatever is asked, what was finished is kept, found again, and changes no bit.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use journeysim::language::source::Disk;
use journeysim::scenario::load;
use serde_json::Value as Json;

use crate::cli::{Scenario, VARIANTS, code, journeysim, json, program, stderr, stdout, text};

/// Few accounts, one year, and every question that a scenario can ask.
const QUESTIONS: &str = "
variant = [
  { name = \"as-is\" },
  { name = \"monthly\", set = { \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\" } },
]
horizon = \"1y\"
replications = 3
assume.accounts = 10
selection = { metric = \"advisor_hours_per_account_year\", indifference = 0.05, first_stage = 4, budget = 40 }
sensitivity = { metric = \"net_value\", variant = \"monthly\", assumptions = [\"check-in-lift\", \"check-in-effort\"] }
[[pool]]
name = \"advisors\"
advisors = 2
[staff]
from = 1
to = 4
[[staff.target]]
metric = \"advisor_utilization\"
relation = \"<=\"
value = 0.2
[optimize]
objective = \"net_value\"
budget = 12
[[optimize.decision]]
path = \"touchpoint.check-in.enabled\"
values = [true, false]
";

/// How many cells a run says that it goes on with.
fn finished_cells(shown: &str) -> Option<u64> {
    let (_, rest) = shown.split_once("goes on with ")?;
    rest.split_once(" finished cell")?.0.replace(',', "").parse().ok()
}

/// The answer is the same without a folder, with a new one, and with one in which everything is finished already.
#[test]
fn every_question_finds_its_finished_cells_again_and_answers_alike() {
    let own = Scenario::new(QUESTIONS);
    for command in ["run", "compare", "staff", "optimize", "sensitivity"] {
        let asked = [command, &own.file, "--json"];
        let plain = json(&asked);
        let out = own.path(command);
        let kept = [&asked[..], &["--out", text(&out), "--resume"]].concat();
        assert_eq!(json(&kept), plain, "{command}");
        let again = journeysim(&kept);
        assert_eq!(code(&again), 0, "{command}: {}", stderr(&again));
        assert_eq!(serde_json::from_str::<Json>(stdout(&again)).expect("JSON"), plain, "{command}");
        let cells = finished_cells(stderr(&again));
        assert!(cells.is_some_and(|cells| cells >= 3), "{command}: {}", stderr(&again));
        assert_eq!(finished_cells(stderr(&journeysim(&kept))), cells, "{command} ran a cell again");
        let read = |name: &str| fs::read_to_string(out.join(name)).expect("the file is there");
        assert_eq!(serde_json::from_str::<Json>(&read("result.json")).expect("JSON"), plain, "{command}");
        let manifest: Json = serde_json::from_str(&read("manifest.json")).expect("JSON");
        assert_eq!((&manifest["command"], &manifest["digest"]), (&Json::from(command), &plain["digest"]));
        let other = journeysim(&[&kept[..], &["--seed", "5"]].concat());
        assert!(code(&other) == 2 && stderr(&other).contains("another scenario"), "{}", stderr(&other));
    }
    let optimized = own.path("optimize");
    let other = ["staff", &own.file, "--out", text(&optimized), "--resume"];
    assert_eq!(code(&journeysim(&other)), 2, "one question went on with the folder of another");
}

/// Runs shard `number` of `of` into the folder `parts/NUMBER`, and returns that.
fn part(own: &Scenario, number: u32, of: u32, more: &[&str]) -> String {
    let (shard, out) = (format!("{number}/{of}"), own.path(&format!("parts-{number}")));
    let asked = ["cells", &own.file, "--shard", &shard, "--out", text(&out)];
    let output = journeysim(&[&asked[..], more].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    text(&out).to_owned()
}

/// The parts are put together in another folder and another order; their scenario is gone by then.
#[test]
fn parts_of_a_sweep_make_the_whole_to_the_bit() {
    for (command, more) in [("compare", VARIANTS), ("run", "")] {
        let own = Scenario::new(&format!("horizon = \"1y\"\nreplications = 5\nassume.accounts = 10\n{more}"));
        let whole_folder = own.path("whole");
        let whole = json(&[command, &own.file, "--json", "--out", text(&whole_folder)]);
        let parts = [2, 3, 1].map(|number| part(&own, number, 3, &["--threads", "1"]));
        fs::remove_file(&own.file).expect("it was there");
        let merged_folder = own.path("merged");
        let asked = ["merge", &parts[0], &parts[1], &parts[2], "--json", "--out", text(&merged_folder)];
        assert_eq!(json(&asked), whole, "{command}");
        for file in ["manifest.json", "timeline.parquet", "replications.parquet", "accounts.parquet"] {
            let read = |folder: &Path| fs::read(folder.join(file)).expect("the file is there");
            assert!(read(&whole_folder) == read(&merged_folder), "{command}: {file} differs");
        }
    }
}

/// The digests that `determinism` holds the library to, whatever a run of the program consists of.
#[test]
fn the_program_its_parts_and_what_is_resumed_reach_the_known_digests() {
    let known = include_str!("../data/digests.csv").lines().filter(|line| !line.starts_with('#')).skip(1);
    for row in known {
        let [file, settings, digest] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let own = Scenario::new("");
        let file = format!("scenarios/{file}");
        let set: Vec<&str> =
            settings.split(';').filter(|it| !it.is_empty()).flat_map(|it| ["--set", it]).collect();
        let of = |command: &[&str], more: &[&str]| {
            let document = json(&[command, &set, &["--seed", "7", "--replications", "2"], more].concat());
            document["digest"].as_str().expect("a digest").to_owned()
        };
        let out = own.path("run");
        let asked = ["--json", "--out", text(&out), "--resume"];
        let variants = load::experiment(&file, &[], &mut Disk).expect("it is right").variants.len();
        let command = [if variants > 1 { "compare" } else { "run" }, &file];
        assert_eq!(of(&command, &asked), digest, "{row}");
        assert_eq!(of(&command, &asked), digest, "{row}, resumed");
        let parts = ["1/2", "2/2"].map(|shard| {
            let out = own.path(&shard.replace('/', "-of-"));
            let asked =
                ["cells", &file, "--seed", "7", "--replications", "2", "--shard", shard, "--out", text(&out)];
            let output = journeysim(&[&asked, &set[..]].concat());
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            text(&out).to_owned()
        });
        assert_eq!(json(&["merge", &parts[0], &parts[1], "--json"])["digest"], digest, "{row}, in parts");
    }
}

#[test]
fn parts_that_make_no_whole_are_refused_by_name() {
    let own = Scenario::new(&format!("horizon = \"1y\"\nreplications = 2\nassume.accounts = 10\n{VARIANTS}"));
    let first = part(&own, 1, 2, &[]);
    let second = part(&own, 2, 2, &["--seed", "5"]);
    let other = format!(
        "{second} is no part of the same sweep as {first}: its scenario, seed or variants are others"
    );
    let nothing = own.path("nothing");
    let no_shard = format!("{} is no shard", text(&nothing));
    let bare = own.path("bare");
    fs::create_dir(&bare).expect("a folder can be made");
    fs::write(bare.join("manifest.json"), "{}").expect("it is writable");
    let lacking = format!("{} is no manifest of a shard, missing field", text(&bare.join("manifest.json")));
    let twice = format!("{first} and {first} are both shard 1/2");
    let unfinished = format!("{second} holds an unfinished shard");
    let refused = |folders: &[&str], expected: &str| {
        let output = journeysim(&[&["merge"], folders].concat());
        let said = stderr(&output);
        assert!(code(&output) == 2 && said.contains(expected), "{said} instead of {expected}");
    };
    refused(&[&first], "missing: 2/2");
    refused(&[&first, &second], &other);
    refused(&[&first, &first], &twice);
    refused(&[&first, text(&nothing)], &no_shard);
    refused(&[&first, text(&bare)], &lacking);
    // The same part of the right sweep, of which a cell was lost.
    part(&own, 2, 2, &["--force"]);
    fs::remove_file(Path::new(&second).join("manifest.json")).expect("it was there");
    refused(&[&first, &second], &unfinished);
    part(&own, 2, 2, &["--resume"]);
    let output = journeysim(&["merge", &first, &second]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    fs::copy(Path::new(&first).join("cells.redb"), Path::new(&second).join("cells.redb")).expect("a copy");
    refused(&[&first, &second], &format!("{second}: it holds a run of another scenario"));
}

#[test]
fn what_cannot_be_cut_into_parts_is_refused() {
    let precise = "precision = { metric = \"gross_revenue_retention\", half_width = \"1pp\" }";
    for (more, shard, expected) in [
        ("replications = 3", "1/4", "ask for 3 at most"),
        (precise, "1/2", "leave it out"),
        ("", "5/4", "such as 3/64"),
    ] {
        let own = Scenario::new(&format!("horizon = \"1y\"\n{more}"));
        let out = own.path("part");
        let output = journeysim(&["cells", &own.file, "--shard", shard, "--out", text(&out)]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains(expected) && !out.exists(), "{}", stderr(&output));
    }
}

/// More replications at each point are the same question, and those that are finished count.
#[test]
fn a_question_about_assumptions_can_be_made_longer() {
    let own = Scenario::new(QUESTIONS);
    let out = own.path("run");
    let asked = |replications: &str, more: &[&str]| {
        let args = ["sensitivity", &own.file, "--json", "--replications", replications];
        let output = journeysim(&[&args[..], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        output
    };
    let kept = ["--resume", "--out", text(&out)];
    asked("2", &kept);
    let longer = asked("4", &kept);
    // The base and both ends of two assumptions, by two variants and two replications.
    assert_eq!(finished_cells(stderr(&longer)), Some(5 * 2 * 2));
    assert_eq!(stdout(&longer), stdout(&asked("4", &[])));
}

/// What is kept of an interrupted run is what a run of that many replications gives.
#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_was_finished() {
    let own = Scenario::new("");
    let out = own.path("run");
    let args = ["run", &own.file, "--set", "assume.accounts=8", "--set", "horizon=1y", "--replications"];
    let many = [&args[..], &["1000000", "--out", text(&out)]].concat();
    let child = program()
        .args(many)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill starts");
    assert!(killed.success());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(code(&output), 130);
    assert!(
        stdout(&output).is_empty() && stderr(&output).contains("interrupted after"),
        "{}",
        stderr(&output)
    );
    let kept: Json = serde_json::from_str(&fs::read_to_string(out.join("result.json")).expect("it is kept"))
        .expect("JSON");
    assert_eq!(kept["stopped_by"], "interruption");
    let finished = kept["replications"].to_string();
    let again = json(&[&args[..], &[&finished, "--json"]].concat());
    assert_eq!(kept["digest"], again["digest"]);
}

/// However often a run dies, what was finished is found again, and the end is the same to the bit.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bits() {
    let own = Scenario::new(VARIANTS);
    let out = own.path("run");
    let plan =
        ["compare", &own.file, "--set", "assume.accounts=20", "--set", "horizon=1y", "--replications", "60"];
    let kept = |more: &[&'static str]| [&plan[..], &["--out", text(&out)], more].concat();
    for wait in [30, 90, 150, 210] {
        let mut child =
            program().args(kept(&["--resume", "--threads", "2"])).spawn().expect("the program starts");
        std::thread::sleep(std::time::Duration::from_millis(wait));
        // One that has ended already is as good as any.
        let _ = child.kill();
        child.wait().expect("it ends");
    }
    let resumed = journeysim(&kept(&["--resume", "--json"]));
    assert_eq!(code(&resumed), 0, "{}", stderr(&resumed));
    let resumed: Json = serde_json::from_str(stdout(&resumed)).expect("JSON");
    let whole = json(&[&plan[..], &["--json"]].concat());
    assert_eq!(resumed, whole);
    // A finished run is shown again; one that stays is not touched; another plan is refused.
    assert_eq!(json(&kept(&["--resume", "--json"])), whole);
    let stays = journeysim(&kept(&[]));
    assert!(code(&stays) == 2 && stderr(&stays).contains("--resume"), "{}", stderr(&stays));
    let other = journeysim(&kept(&["--resume", "--seed", "5"]));
    assert!(code(&other) == 2 && stderr(&other).contains("another scenario"), "{}", stderr(&other));
    let replaced = journeysim(&kept(&["--force", "--seed", "5"]));
    assert_eq!(code(&replaced), 0, "{}", stderr(&replaced));
}
