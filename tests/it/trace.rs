//! One account's life: following it changes nothing, tells all of it, and tells the truth about chance.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use journeysim::engine::record::{Happened, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::engine::trace::{Decision, Life, Question, Told};
use journeysim::output::trace::{Event, Traced, events, told};
use journeysim::scenario::Scenario;
use serde_json::Value as Json;

use crate::trial::{baseline, experiment};

const SMALL: [&str; 3] = ["population.accounts=30", "horizon=2y", "population.arrivals=40% per year"];

/// Two scenarios, one with advisors of limited time.
const FILES: [&str; 2] = ["check-in-cadence.toml", "advisor-bandwidth.toml"];

fn lives(opening: &Opening, scenario: &Scenario) -> Vec<(Record, Life)> {
    (0..opening.accounts()).map(|account| opening.follow(scenario, account)).collect()
}

fn happened(life: &Life) -> Vec<Happened> {
    let told = life.entries.iter().filter_map(|entry| match entry.told {
        Told::Happened(happened) => Some(happened),
        Told::Decided(_) => None,
    });
    told.collect()
}

#[test]
fn following_an_account_changes_no_result_and_tells_what_the_log_tells_of_it() {
    for file in FILES {
        let scenario = baseline(file, &SMALL);
        let opening = Opening::new(&scenario, 1);
        let plain = opening.run(&scenario, Keep::default());
        let logged = opening.run(&scenario, Keep { log: true });
        for account in [0, 7, opening.accounts() - 1] {
            let (mut followed, life) = opening.follow(&scenario, account);
            followed.log.clear();
            assert!(
                format!("{followed:?}") == format!("{plain:?}"),
                "{file}: account {account} was disturbed"
            );
            let of_account = logged.log.iter().filter(|entry| entry.account == account);
            let expected: Vec<Happened> = of_account.map(|entry| entry.happened).collect();
            assert_eq!(happened(&life), expected, "{file}: account {account}");
        }
    }
}

/// Who renews was drawn a renewal or a downsize, or had signed before; who leaves was drawn churn, or signed late without an
/// extension.
#[test]
fn what_becomes_of_a_contract_is_what_was_drawn() {
    let scenario = baseline(FILES[0], &SMALL);
    let opening = Opening::new(&scenario, 0);
    let (mut renewed, mut churned) = (0, 0);
    for (_, life) in lives(&opening, &scenario) {
        let mut signed = false;
        for (at, entry) in life.entries.iter().enumerate() {
            let decided = |what: fn(&Question) -> bool| {
                let before = life.entries[..at].iter().rev().take_while(|other| other.at == entry.at);
                before.filter_map(decision).find(|decision| what(&decision.question)).map(Decision::answer)
            };
            let contract = || decided(|question| matches!(question, Question::Renewal { .. }));
            match entry.told {
                Told::Happened(Happened::SignedEarly) => signed = true,
                Told::Happened(Happened::Renewed(_)) => {
                    let answer = contract();
                    assert!(
                        if std::mem::take(&mut signed) {
                            answer.is_none()
                        } else {
                            answer.is_some_and(|it| it != "churn")
                        },
                        "account {}: {answer:?}",
                        life.account
                    );
                    renewed += 1;
                }
                Told::Happened(Happened::Churned) => {
                    let unextended = decided(|question| *question == Question::Extended) == Some("no");
                    let too_late = decided(|question| *question == Question::SignsLate) == Some("yes");
                    assert!(
                        contract() == Some("churn") || unextended || too_late,
                        "account {}",
                        life.account
                    );
                    churned += 1;
                }
                _ => {}
            }
        }
    }
    assert!(renewed > 20 && churned > 0, "{renewed} renewed, {churned} churned");
}

fn decision(entry: &journeysim::engine::trace::Entry) -> Option<&Decision> {
    match &entry.told {
        Told::Decided(decision) => Some(decision),
        Told::Happened(_) => None,
    }
}

/// Mails of the pooled program are opened with 35 %, calls accepted with 80 %: of n draws that many say yes, but for five standard
/// deviations of the binomial.
#[test]
fn chance_says_yes_as_often_as_it_is_said_to() {
    let scenario = baseline(FILES[0], &SMALL);
    let opening = Opening::new(&scenario, 2);
    let decisions: Vec<Decision> = lives(&opening, &scenario)
        .iter()
        .flat_map(|(_, life)| life.entries.iter().filter_map(decision).cloned().collect::<Vec<_>>())
        .collect();
    let share = |what: fn(&Question) -> bool, p: f64| {
        let asked: Vec<&Decision> =
            decisions.iter().filter(|it| what(&it.question) && it.odds == [p]).collect();
        let yes = asked.iter().filter(|decision| decision.answer() == "yes").count() as f64;
        let n = asked.len() as f64;
        assert!(n > 300.0, "{n} draws of {p}");
        assert!((yes / n - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "{yes} of {n} say yes, {p} is said");
    };
    share(|question| matches!(question, Question::Opened { .. }), 0.35);
    share(|question| matches!(question, Question::Accepted { .. }), 0.80);
    for decision in &decisions {
        let total: f64 = decision.answers().iter().map(|(_, odds)| odds).sum();
        assert!((total - 1.0).abs() < 1e-12 && (0.0..1.0).contains(&decision.drawn), "{decision:?}");
    }
}

#[test]
fn two_lives_are_the_same_until_the_variants_treat_the_account_otherwise() {
    let experiment = experiment(FILES[0], &SMALL);
    let variant =
        |name: &str| &experiment.variants.iter().find(|it| it.name == name).expect("there").scenario;
    let (none, monthly) = (variant("none"), variant("monthly"));
    let opening = Opening::new(none, 0);
    let mut parted = 0;
    for account in 0..opening.accounts() {
        let (one, other) = (happened(&opening.follow(none, account).1), opening.follow(monthly, account).1);
        let plan = |plan: u16| monthly.programs[0].plans[usize::from(plan)].touchpoint.name.as_str();
        let first = happened(&other).iter().zip(&one).position(|(a, b)| {
            let kind = |it: &Happened| std::mem::discriminant(it);
            kind(a) != kind(b)
        });
        let check_in = happened(&other)
            .iter()
            .position(|it| matches!(*it, Happened::Due { plan: at } if plan(at) == "check-in"));
        if let (Some(first), Some(check_in)) = (first, check_in) {
            assert!(
                check_in <= first,
                "account {account} parts at event {first}, its first check-in is {check_in}"
            );
            parted += 1;
        }
    }
    assert!(parted > 10, "{parted} lives part");
}

fn trace(more: &[&str]) -> (bool, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    program.current_dir(env!("CARGO_MANIFEST_DIR")).args(["trace", "scenarios/check-in-cadence.toml"]);
    let output =
        program.args(more).args(SMALL.map(|set| format!("--set={set}"))).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_document_has_what_is_promised() {
    let (_, text, _) = trace(&["--account", "8", "--variant", "none", "--against", "monthly", "--json"]);
    assert_eq!(text.matches("\n  \"events\"").count(), 1, "a key stands there once");
    let document: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&document["account"], &document["replication"]), (&Json::from(8), &Json::from(0)));
    for key in ["time", "kind", "why", "numbers", "probabilities"] {
        assert!(document["events"][0].get(key).is_some(), "{key}");
    }
    let common = document["against"]["in_common"].as_u64().expect("a number") as usize;
    let what = |events: &Json, at: usize| events[at]["what"].clone();
    let (own, other) = (&document["events"], &document["against"]["events"]);
    assert!((0..common).all(|at| what(own, at) == what(other, at)));
    assert_ne!(what(own, common), what(other, common));
}

#[test]
fn a_page_asks_nobody_for_anything_and_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("life.html");
    let path = path.to_str().expect("UTF-8");
    let (done, ..) = trace(&["--account", "8", "--variant", "none", "--against", "monthly", "--html", path]);
    assert!(done);
    let page = fs::read_to_string(path).expect("it was written");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for outside in ["http://", "https://", "<script", "<link", "src=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    for name in ["div", "section", "main", "svg", "span", "figure"] {
        let (open, closed) =
            (page.matches(&format!("<{name}")).count(), page.matches(&format!("</{name}>")).count());
        assert_eq!(open, closed, "{name}");
    }
}

#[test]
fn whoever_names_an_account_or_variant_that_is_not_there_is_told_what_is() {
    for (args, expected) in [
        (vec!["--account", "9999"], "has accounts 0 to"),
        (vec!["--account", "Acme"], "accounts are numbered from 0"),
        (vec!["--account", "1", "--variant", "monthy"], "did you mean `monthly`?"),
        (vec!["--account", "1", "--against", "none"], "name another one"),
    ] {
        let (done, _, said) = trace(&args);
        assert!(!done && said.contains(expected), "{args:?}: {said}");
    }
}

/// A list of accounts holds what somebody's export holds; a terminal would obey it.
#[test]
fn what_a_list_calls_an_account_is_told_without_its_escapes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("own.toml");
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/book.toml");
    let list = fs::read_to_string("scenarios/data/book.csv").expect("the list is there");
    fs::write(folder.path().join("list.csv"), list.replacen("C-1001", "\"C\u{1b}[31m\n1\"", 1))
        .expect("a file");
    fs::write(&file, format!("extends = {book:?}\n[book]\nfile = \"list.csv\"\n")).expect("a file");
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output = program.arg("trace").arg(&file).args(["--account", "0", "--set", "horizon=1mo"]).output();
    let told = String::from_utf8(output.expect("it runs").stdout).expect("UTF-8");
    assert!(told.contains("Account 0 (C [31m 1), variant baseline"), "{told}");
}

/// Three advisors of whom most leave within a year: more than three hold work, and nobody is called a fourth of three.
#[test]
fn who_comes_for_an_advisor_who_left_is_called_the_replacement_of_that_one() {
    let changes =
        [&SMALL[..], &["pool.advisors.advisors=3", "pool.advisors.attrition=90% per year"]].concat();
    let scenario = baseline(FILES[1], &changes);
    let opening = Opening::new(&scenario, 0);
    let mut called = BTreeSet::new();
    for (_, life) in lives(&opening, &scenario) {
        let traced = Traced { variant: "as-is", scenario: &scenario, life: &life };
        let who = |event: Event| event.what.split_once(" of advisors ").map(|(who, _)| who.to_owned());
        called.extend(told(traced).into_iter().filter_map(who));
        // Documents number everybody, as event logs do.
        let numbers = happened(&life).into_iter().filter_map(|happened| match happened {
            Happened::WorkBegun { advisor, .. }
            | Happened::WorkPutDown { advisor, .. }
            | Happened::WorkEnded { advisor, .. } => Some(format!("Advisor {}", advisor + 1)),
            _ => None,
        });
        assert!(events(traced).into_iter().filter_map(who).eq(numbers), "account {}", life.account);
    }
    let firsts: Vec<&String> = called.iter().filter(|who| who.starts_with("Advisor ")).collect();
    assert_eq!(firsts, ["Advisor 1", "Advisor 2", "Advisor 3"], "{called:?}");
    for replaced in ["The replacement of Advisor 1", "Replacement 2 of Advisor 3"] {
        assert!(called.contains(replaced), "{called:?}");
    }
}
