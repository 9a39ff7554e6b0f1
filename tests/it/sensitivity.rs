//! `sensitivity` from the file to the document: what a method asks for is what is run.

use std::process::Command;

use serde_json::Value as Json;

const SCENARIO: &str = "scenarios/what-it-hangs-on.toml";

/// Few accounts and two assumptions.
const SMALL: [&str; 8] = [
    "--set",
    "assume.accounts=15",
    "--set",
    "horizon=1y",
    "--set",
    "sensitivity.assumptions=[\"check-in-lift\", \"check-in-effort\"]",
    "--replications",
    "3",
];

/// What the program prints as a document, of few accounts.
fn document(args: &[&str]) -> Json {
    printed(&[args, &SMALL].concat())
}

fn printed(args: &[&str]) -> Json {
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    program.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).arg("--json");
    let output = program.output().expect("it starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("standard output is one JSON document")
}

fn ask(more: &[&str]) -> Json {
    document(&[&["sensitivity", SCENARIO], more].concat())
}

fn number(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| panic!("{json} is no number"))
}

/// The mean difference in net value that `compare` finds.
fn compared(more: &[&str]) -> f64 {
    let document = document(&[&["compare", SCENARIO], more].concat());
    let rows = document["differences"].as_array().expect("a list");
    number(&rows.iter().find(|row| row["metric"] == "net_value").expect("it is compared")["mean"])
}

#[test]
fn each_end_of_a_tornado_is_the_comparison_with_that_override() {
    let found = ask(&["--set", "sensitivity.method=tornado"]);
    assert_eq!((&found["variant"], &found["minus"]), (&Json::from("monthly"), &Json::from("none")));
    assert_eq!((number(&found["points"]), number(&found["replications"])), (5.0, 3.0));
    assert_eq!(number(&found["base"]["mean"]), compared(&[]));
    let factors = found["factors"].as_array().expect("a list");
    let row = |path: &str| factors.iter().find(|row| row["path"] == path).expect("it is varied");
    let lift = row("assume.check-in-lift");
    let high = compared(&["--set", "assume.check-in-lift=+5pp"]);
    assert_eq!(number(&lift["at_high"]["mean"]), high);
    assert_eq!((number(&lift["low"]), number(&lift["base"]), number(&lift["high"])), (0.0, 0.02, 0.05));
    let effort = row("assume.check-in-effort");
    let low = compared(&["--set", "assume.check-in-effort=40m"]);
    assert_eq!(number(&effort["at_low"]["mean"]), low);
    assert!(
        number(&effort["effect"]) < 0.0 && number(&effort["ci_high"]) < 0.0,
        "time costs money: {effort}"
    );
    let sizes: Vec<f64> = factors.iter().map(|row| number(&row["effect"]).abs()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
}

/// The question's own number gives way to whoever asks for another, by the option or by the path of the scenario's.
#[test]
fn replications_asked_for_are_run_at_each_point_whatever_the_question_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/what-it-hangs-on.toml");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = folder.path().join("own.toml");
    let text =
        format!("extends = {file:?}\nsensitivity.replications = 4\nsensitivity.method = \"tornado\"\n");
    std::fs::write(&own, text).expect("it is writable");
    let at_each_point = |more: &[&str]| {
        let mut args = vec!["sensitivity", own.to_str().expect("a name in UTF-8")];
        args.extend(&SMALL[..6]);
        args.extend(more);
        number(&printed(&args)["replications"])
    };
    assert_eq!(at_each_point(&[]), 4.0, "the question's own");
    assert_eq!(at_each_point(&["--replications", "2"]), 2.0);
    assert_eq!(at_each_point(&["--set", "replications=2"]), 2.0);
    let both = ["--set", "replications=2", "--set", "sensitivity.replications=3"];
    assert_eq!(at_each_point(&both), 3.0, "what is said last");
}

/// For every method: the same document for any number of threads, another for another seed.
#[test]
fn a_question_about_assumptions_is_answered_alike_by_any_number_of_threads() {
    for more in [
        ["sensitivity.method=morris", "sensitivity.trajectories=2"],
        ["sensitivity.method=sobol", "sensitivity.samples=8"],
        ["sensitivity.method=worlds", "sensitivity.worlds=20"],
    ] {
        let asked = ["--set", more[0], "--set", more[1]];
        let alone = ask(&[&asked[..], &["--threads", "1"]].concat());
        let together = ask(&[&asked[..], &["--threads", "3"]].concat());
        assert_eq!(alone, together, "{more:?}");
        let other = ask(&[&asked[..], &["--seed", "2"]].concat());
        assert_ne!(alone["digest"], other["digest"], "{more:?}");
        assert_eq!(alone["digest"].as_str().map(str::len), Some(64));
        for row in alone["factors"].as_array().expect("a list") {
            let [low, effect, high] = ["ci_low", "effect", "ci_high"].map(|key| number(&row[key]));
            assert!(low <= effect && effect <= high, "{row}");
        }
    }
}

/// Of the baseline alone, and of one that says nothing of its assumptions.
#[test]
fn an_answer_can_be_one_metric_and_a_file_without_a_question_is_told_so() {
    let scenario = ["sensitivity", "scenarios/programs/pooled-ta.toml"];
    let metric = ["--set", "sensitivity.metric=advisor_hours_per_account_year"];
    let found = document(&[&scenario[..], &metric[..]].concat());
    assert_eq!((&found["variant"], &found["unit"]), (&Json::Null, &Json::from("hours per account-year")));
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output = program.current_dir(env!("CARGO_MANIFEST_DIR")).args(scenario).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("add a [sensitivity] table"));
}
