//! Fits of a scenario to histories that the simulator itself has lived, where the truth is known.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use journeysim::base::money::Money;
use journeysim::base::stats::latin_hypercube;
use journeysim::base::time::Day;
use journeysim::engine::record::Record;
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::calibrate::emulator::{Emulator, Nearness, Trial};
use journeysim::experiment::calibrate::posterior::Posterior;
use journeysim::experiment::calibrate::question::Question;
use journeysim::experiment::read;
use journeysim::experiment::replicate::{Options, Watch, run_range};
use journeysim::language::Disk;
use journeysim::scenario::Scenario;
use journeysim::scenario::load::Template;
use serde_json::Value;

const GROWS: &str = "a string grows";
const TRUTH: &str = "tests/data/history/truth.toml";
const HISTORY: &str = "tests/data/history/history.toml";
const FITTED: &str = "scenarios/fitted.toml";

fn scenario(file: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let experiment =
        read::experiment(file, &overrides, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants[experiment.baseline].scenario.clone()
}

/// Writes what a vendor's books would tell of a replication: subscriptions with their changes, renewals, use by quarter.
struct Books {
    accounts: String,
    subscriptions: String,
    renewals: String,
    usage: String,
}

/// What a seat costs in these books, so that seats follow from revenue.
const PRICE: i64 = 560;

fn seats(arr: Money) -> i64 {
    (arr.cents() / (100 * PRICE)).max(1)
}

/// An amount as a file holds it, without separators.
fn plain(amount: Money) -> String {
    format!("{}.{:02}", amount.cents() / 100, amount.cents() % 100)
}

impl Books {
    fn of(scenario: &Scenario, record: &Record) -> Self {
        let mut books = Self {
            accounts: "account,segment,customer since\n".to_owned(),
            subscriptions: "subscription,account,start,end,arr,seats\n".to_owned(),
            renewals: "account,due,outcome,arr before,arr after\n".to_owned(),
            usage: "account,month,monthly users\n".to_owned(),
        };
        let date = |day: Day| scenario.almanac.date(day);
        let id = |account: usize| format!("A{:03}", account + 1);
        let mut number = 0;
        let opening = record.ledger.book_at(Day(0));
        for (account, it) in record.accounts.iter().enumerate() {
            let mut level = opening.get(account).copied().unwrap_or(Money::ZERO);
            let mut since = it.close;
            let mut row = |from: Day, to: Option<Day>, arr: Money| {
                if arr > Money::ZERO && to != Some(from) {
                    number += 1;
                    let end = to.map_or(String::new(), |day| date(day).to_string());
                    let (start, seats, arr) = (date(from), seats(arr), plain(arr));
                    writeln!(books.subscriptions, "S{number:04},{},{start},{end},{arr},{seats}", id(account))
                        .expect(GROWS);
                }
            };
            for entry in record.ledger.entries().iter().filter(|entry| entry.account as usize == account) {
                row(since, Some(entry.day), level);
                (since, level) = (entry.day, level + entry.signed());
            }
            row(since, None, level);
            if it.days > 0 {
                writeln!(books.accounts, "{},{},{}", id(account), it.segment, date(it.close)).expect(GROWS);
            }
        }
        for renewal in &record.renewals {
            let after = record.ledger.book_at(Day(renewal.day.0 + 1))[renewal.account as usize];
            let outcome = match renewal.renewed {
                Money::ZERO => "churned",
                kept if kept < renewal.up => "downsized",
                _ if after > renewal.up => "expanded",
                _ => "renewed",
            };
            let after = if renewal.renewed == Money::ZERO { Money::ZERO } else { after.max(renewal.renewed) };
            let (account, due) = (id(renewal.account as usize), date(renewal.day));
            let (before, after) = (plain(renewal.up), plain(after));
            writeln!(books.renewals, "{account},{due},{outcome},{before},{after}").expect(GROWS);
        }
        books
    }

    /// Adds the use of one month, from what was counted before it and after it.
    fn add_month(&mut self, scenario: &Scenario, month: Day, before: &Record, after: &Record) {
        let opening = after.ledger.book_at(month);
        for (account, it) in after.accounts.iter().enumerate() {
            let counted = before.accounts.get(account).map_or((0, 0.0), |it| (it.months, it.utilization_sum));
            if it.months == counted.0 || opening[account] == Money::ZERO {
                continue;
            }
            let utilization = (it.utilization_sum - counted.1) / f64::from(it.months - counted.0);
            let users = (utilization * seats(opening[account]) as f64).round();
            let date = scenario.almanac.date(month).format("%Y-%m");
            writeln!(self.usage, "A{:03},{date},{users}", account + 1).expect(GROWS);
        }
    }

    fn write(&self, folder: &Path) {
        for (name, text) in [
            ("accounts.csv", &self.accounts),
            ("subscriptions.csv", &self.subscriptions),
            ("renewals.csv", &self.renewals),
            ("usage.csv", &self.usage),
        ] {
            fs::write(folder.join(name), text).expect("the folder is there");
        }
    }
}

/// Makes the example's history anew: five years of 150 accounts under the assumptions of `truth.toml`.
#[test]
#[ignore = "writes the files of the example; run by hand when the model's results change"]
fn write_the_history_of_the_example() {
    let whole = scenario(TRUTH, &[]);
    let live = |scenario: &Scenario| Opening::new(scenario, 0).run(scenario, Keep::default());
    let record = live(&whole);
    let mut books = Books::of(&whole, &record);
    let mut month = Day(0);
    while month < whole.horizon {
        // What is counted between two month ends is the month before: months are published on the first of the next.
        let (from, to) = (whole.almanac.add_months(month, 1), whole.almanac.add_months(month, 1).0 + 1);
        if to > whole.horizon.0 {
            break;
        }
        let days = |days: i32| scenario(TRUTH, &[&format!("horizon={days}d")]);
        let (before, after) = (live(&days(from.0)), live(&days(to)));
        books.add_month(&whole, month, &before, &after);
        month = whole.almanac.add_months(month, 3);
    }
    books.write(Path::new("tests/data/history"));
}

/// Runs `calibrate --json` on the pooled program with `more`: exit code, document, what was said, and the overlay if there is one.
fn calibrate(more: &str, options: &[&str]) -> (Option<i32>, Value, String, Option<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, overlay) = (folder.path().join("own.toml"), folder.path().join("fit.toml"));
    let pooled = fs::canonicalize("scenarios/programs/pooled-ta.toml").expect("the program is there");
    fs::write(&file, format!("extends = {pooled:?}\nhorizon = \"1y\"\n{more}")).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let command = command.arg("calibrate").arg(&file).args(["--json", "--quiet", "--out"]).arg(&overlay);
    let output = command.args(options).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), document, said, fs::read_to_string(&overlay).ok())
}

/// Utilization is ceiling times adoption, and of old customers adoption is whole: the ceiling is found by what they use.
const BY_USE: &str = "[calibrate]\nparameters = [\"ceiling\", \"churn-green\"]\ntrials = 14\nreplications = 2\n\
    [[calibrate.target]]\nfigure = \"utilization_mean\"\ntolerance = 0.03\n";

#[test]
fn a_stated_figure_is_reached_and_the_fit_can_be_extended() {
    let more = format!("[assume]\naccounts = 30\n{BY_USE}value = 0.72\n");
    let (code, document, said, overlay) = calibrate(&more, &["--threads", "2"]);
    assert_eq!(code, Some(0), "{said}");
    let [ceiling, churn] = &document["parameters"].as_array().expect("a list")[..] else { panic!("two") };
    assert_eq!((&ceiling["identified"], &churn["identified"]), (&true.into(), &false.into()), "{document}");
    let target = &document["targets"][0];
    assert!(
        target["ok"] == true && (target["reached"].as_f64().expect("a number") - 0.72).abs() <= 0.03,
        "{target}"
    );
    assert_eq!(document["held_out"], Value::Null);
    let overlay = overlay.expect("the fit is written");
    assert!(
        overlay.contains("[assume]\nceiling = {") && overlay.contains("# The data hardly tell"),
        "{overlay}"
    );

    // Laid over the program, the fit shows what was wanted.
    let folder = tempfile::tempdir().expect("a folder");
    let pooled = fs::canonicalize("scenarios/programs/pooled-ta.toml").expect("the program is there");
    fs::write(folder.path().join("fit.toml"), overlay).expect("a file");
    let text = format!(
        "extends = [{pooled:?}, \"fit.toml\"]\nhorizon = \"1y\"\nreplications = 40\n[assume]\naccounts = 30\n"
    );
    fs::write(folder.path().join("next.toml"), text).expect("a file");
    let mut run = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output = run
        .arg("run")
        .arg(folder.path().join("next.toml"))
        .args(["--json", "--quiet"])
        .output()
        .expect("it runs");
    let next: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let shown = next["metrics"]["utilization_mean"]["mean"].as_f64().expect("measured");
    assert!((shown - 0.72).abs() < 0.05, "{shown}");

    let (_, again, ..) = calibrate(&more, &["--threads", "1"]);
    assert_eq!(again, document, "threads show");
}

/// No ceiling up to 85 % makes customers use 99 %.
#[test]
fn a_figure_out_of_reach_is_said_and_nothing_is_written() {
    let more = format!("[assume]\naccounts = 30\n{BY_USE}value = 0.99\n");
    let (code, document, said, overlay) = calibrate(&more, &[]);
    assert_eq!((code, overlay), (Some(3), None), "{said}");
    assert_eq!(document["converged"], false);
    assert!(said.contains("did not converge, and nothing was written"), "{said}");
    assert!(said.contains("utilization_mean comes to 0."), "{said}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let (code, _, said, _) = calibrate("[assume]\naccounts = 30\n", &["--replications", "1"]);
    assert!(code == Some(2) && said.contains("add a [calibrate] table"), "{said}");
    // Replications asked for are those at each point, of which one does not tell how far luck goes.
    let (code, _, said, _) = calibrate(&format!("{BY_USE}value = 0.72\n"), &["--replications", "1"]);
    assert!(code == Some(2) && said.contains("calibrate.replications=1"), "{said}");
    // A history could tell these, but there is none.
    for figure in ["utilization_mean", "days_to_nurturing_median", "response_within_48h"] {
        let asked = BY_USE.replace("utilization_mean", figure).replace("tolerance = 0.03\n", "");
        let (code, _, said, _) = calibrate(&asked, &[]);
        assert!(code == Some(2) && said.contains(&format!("nothing tells {figure}")), "{said}");
    }
}

/// The example: what was held out is predicted from its first day, and both rivals predict beside it.
#[test]
fn the_example_is_tried_on_the_year_that_was_held_out() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output =
        command.args(["calibrate", FITTED, "--book", HISTORY, "--back-test", "--json", "--quiet"]).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let held_out = &document["held_out"];
    assert_eq!((&held_out["from"], &held_out["to"]), (&"2023-02-01".into(), &"2024-02-01".into()));
    let figures = held_out["figures"].as_array().expect("a list");
    assert_eq!(figures[0]["figure"], "gross_revenue_retention");
    for figure in figures {
        let number = |key: &str| figure[key].as_f64().unwrap_or_else(|| panic!("{key} of {figure}"));
        assert!(number("low") <= number("predicted") && number("predicted") <= number("high"), "{figure}");
        assert_eq!(figure["ok"], (number("low")..=number("high")).contains(&number("happened")));
        assert!(figure["curve"].is_number() != (figure["figure"] == "net_revenue_retention"), "{figure}");
    }
    // Growth of use is told by those who came later, and renewal goes with use.
    let ceiling = document["formulas"]["adoption"]["ceiling"]["estimate"].as_f64();
    assert!(ceiling.is_some_and(|it| (0.5..1.0).contains(&it)), "{ceiling:?}");
    let slope = &document["formulas"]["renewal_on_utilization"]["slope"];
    let ratio =
        slope["estimate"].as_f64().zip(slope["standard_error"].as_f64()).map(|(it, error)| it / error);
    assert!(ratio.is_some_and(|ratio| ratio > 2.0), "{slope}");
}

/// The assumptions that move net revenue retention of the pooled program most, by a tornado over all of them.
const INFLUENTIAL: [&str; 10] = [
    "ceiling",
    "developer-growth",
    "expansion",
    "usage",
    "price-change",
    "churn-green",
    "enterprise-share",
    "memory",
    "churn-red",
    "churn-yellow",
];

/// What a history with accounts, renewals and use shows.
const FIGURES: [&str; 14] = [
    "gross_revenue_retention",
    "net_revenue_retention",
    "logo_retention",
    "contract_renewal_rate",
    "renewal_rate_year_1",
    "renewal_rate_later",
    "downsize_share",
    "downsize_depth",
    "utilization_mean",
    "utilization_p25",
    "utilization_p75",
    "usage_mean",
    "usage_healthy_share",
    "lighthouse_entries",
];

/// A hundred truths from all over the ranges of ten assumptions, a history of each, and a fit to it: of the thousand 90 % intervals
/// 88 to 92 % hold their truth, and of no assumption fewer than 80.
///
/// All fits share their trials, which know nothing of the histories.
#[test]
#[ignore = "takes minutes; `cargo xtask verify-long` runs it"]
fn intervals_hold_the_truth_of_the_ten_most_influential_assumptions() {
    const TRIALS: u32 = 320;
    const REPLICATIONS: u32 = 4;
    const MIDDLE: u32 = 160;
    const HISTORIES: u32 = 100;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("recovery.toml");
    let pooled = fs::canonicalize("scenarios/programs/pooled-ta.toml").expect("the program is there");
    let mut text = format!(
        "extends = {pooled:?}\nhorizon = \"3y\"\n[assume]\naccounts = 200\n[calibrate]\nparameters = {INFLUENTIAL:?}\n"
    );
    for figure in FIGURES {
        writeln!(text, "[[calibrate.target]]\nfigure = {figure:?}\nvalue = 0").expect(GROWS);
    }
    fs::write(&file, text).expect("a file");
    let file = file.to_str().expect("a name in UTF-8");
    let template = Template::new(file, &[], Box::new(Disk));
    let experiment = template.at(&[]).unwrap_or_else(|faults| panic!("{faults}"));
    let question = Question::of(&experiment, None).expect("it is asked");
    assert_eq!(question.parameters.len(), INFLUENTIAL.len());
    let values = |point: &[f64]| -> Vec<f64> {
        let ends = question.parameters.iter().zip(point);
        ends.map(|(it, at)| it.nearest(it.low.value + at * (it.high.value - it.low.value))).collect()
    };
    let place = |values: &[f64]| -> Vec<f64> {
        let ends = question.parameters.iter().zip(values);
        ends.map(|(it, value)| (value - it.low.value) / (it.high.value - it.low.value)).collect()
    };
    let show = |point: &[f64], range: Range<u32>| -> Trial {
        let values = values(point);
        let experiment =
            template.at(&question.overrides(&values)).unwrap_or_else(|faults| panic!("{faults}"));
        let options = Options { seen: true, ..Options::default() };
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        let chunk = run_range(&experiment, range, &options, &watch).expect("it runs");
        let row = |row: Vec<Option<f64>>| row.into_iter().map(|it| it.expect("measured")).collect();
        Trial { point: place(&values), shown: question.shown(chunk.of(0)).into_iter().map(row).collect() }
    };
    let trials: Vec<Trial> = latin_hypercube(1, TRIALS, INFLUENTIAL.len())
        .iter()
        .map(|point| show(point, 0..REPLICATIONS))
        .collect();
    let middle = show(&[0.5; INFLUENTIAL.len()], 0..MIDDLE).shown;
    let nearness = [Nearness { scatters: true, discrepancy: 0.0 }; FIGURES.len()];
    let emulator = Emulator::through(&trials, &middle, &nearness).expect("a surface");
    let mut held = [0_u32; INFLUENTIAL.len()];
    for (point, at) in latin_hypercube(2, HISTORIES, INFLUENTIAL.len()).iter().zip(0..) {
        let history = show(point, 10_000 + at..10_001 + at);
        let found = Posterior::sample(&emulator, &history.shown[0], INFLUENTIAL.len(), u64::from(at));
        for (parameter, truth) in history.point.iter().enumerate() {
            let (low, high) = found.interval(parameter, 0.9);
            held[parameter] += u32::from((low..=high).contains(truth));
        }
    }
    let all: u32 = held.iter().sum();
    println!(
        "{all} of 1,000 intervals hold; by assumption: {:?}",
        INFLUENTIAL.iter().zip(held).collect::<Vec<_>>()
    );
    assert!((880..=920).contains(&all), "{all} of 1,000");
    assert!(held.iter().all(|held| *held >= 80), "{held:?}");
}
