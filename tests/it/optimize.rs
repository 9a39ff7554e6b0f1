//! Decisions searched on a small scenario, from the command line to its document.

use std::fs;
use std::process::Command;

use serde_json::Value;

const DECISIONS: &str = "horizon = \"1y\"\nreplications = 4\n[assume]\naccounts = 12\n\
    [optimize]\nobjective = \"advisor_hours_per_account_year\"\nbudget = 16\n\
    [[optimize.decision]]\nname = \"check-in\"\npath = \"touchpoint.check-in.enabled\"\nvalues = [true, false]\n\
    [[optimize.decision]]\nname = \"cadence\"\npath = \"touchpoint.check-in.every\"\nlow = \"30d\"\nhigh = \"120d\"\n\
    step = \"30d\"\n";

/// Runs `optimize --json` on the pooled program with `more`; the exit code, and the document if there is one.
fn optimize(more: &str, options: &[&str]) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    let pooled = fs::canonicalize("scenarios/programs/pooled-ta.toml").expect("the program is there");
    fs::write(&file, format!("extends = {pooled:?}\n{more}")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output = command
        .arg("optimize")
        .arg(&file)
        .args(["--json", "--quiet"])
        .args(options)
        .output()
        .expect("it runs");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

/// Without check-ins their cadence is all the same, and fewest hours are spent.
#[test]
fn the_cheapest_decision_is_to_do_less() {
    let (code, document) = optimize(DECISIONS, &["--threads", "2"]);
    assert_eq!(code, Some(0));
    assert_eq!(document["direction"], "minimise");
    assert_eq!(document["best"]["decisions"]["touchpoint.check-in.enabled"], false);
    assert_eq!(document["best"]["feasible"], true);
    assert_eq!(document["evaluations"].as_array().map(Vec::len), Some(8));
    assert!(document["confirmed"]["gain"].as_f64().is_some_and(|gain| gain <= 0.0));
    let frontier = document["frontier"].as_array().expect("a list");
    assert!(!frontier.is_empty());
    assert_eq!(document, optimize(DECISIONS, &["--threads", "1"]).1, "threads show");
}

/// A lower limit on utilization under check-ins alone turns the answer round.
#[test]
fn a_limit_that_never_holds_leaves_no_best() {
    let limit = "[[optimize.limit]]\nmetric = \"gross_revenue_retention\"\nrelation = \">=\"\nvalue = 1.0\n";
    let (code, document) = optimize(&format!("{DECISIONS}{limit}"), &[]);
    assert_eq!(code, Some(0));
    assert!(document["best"].is_null() && document["confirmed"].is_null());
    let rows = document["evaluations"].as_array().expect("a list");
    assert!(
        !rows.is_empty()
            && rows.iter().all(|row| row["limits"][0]["ok"] == false && row["feasible"] == false)
    );
}

#[test]
fn without_a_question_nothing_is_decided() {
    assert_eq!(optimize("replications = 2\n", &[]).0, Some(2));
}

/// The same answer, found over other sizes.
#[test]
fn the_digest_of_a_staffing_question_is_of_all_sizes_that_were_tried() {
    let staff = |to: u32| {
        let set = [
            format!(
                "staff={{ from = 1, to = {to}, target = [{{ metric = \"advisor_utilization\", relation = \"<=\", value = 0.9 }}] }}"
            ),
            "horizon=3mo".to_owned(),
            "population.accounts=60".to_owned(),
            "replications=2".to_owned(),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
        command.args(["staff", "scenarios/advisor-bandwidth.toml", "--json", "--quiet"]);
        let output = command.args(set.iter().flat_map(|set| ["--set", set])).output().expect("it runs");
        serde_json::from_slice::<Value>(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    };
    let (some, more) = (staff(13), staff(16));
    assert!(some["smallest"].is_number());
    assert_eq!(some["smallest"], more["smallest"]);
    assert_ne!(some["answers"], more["answers"]);
    assert_ne!(some["digest"], more["digest"]);
}
