//! What a program finds when it takes over a book on the first day, or a customer later.

use std::collections::BTreeSet;
use std::fs;

use journeysim::base::time::{Day, SimTime};
use journeysim::engine::record::{Happened, LogEntry, Record, WaitedFor};
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::source::Disk;
use journeysim::program::stage::Stage;
use journeysim::scenario::{Scenario, load};

fn pooled(overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&change| change.to_owned()).collect();
    let file = "scenarios/programs/pooled-ta.toml";
    let mut experiment =
        load::experiment(file, &overrides, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants.swap_remove(experiment.baseline).scenario
}

/// Returns how often `touchpoint` came due before `until`.
fn due(scenario: &Scenario, record: &Record, touchpoint: &str, until: Day) -> usize {
    let plans = &scenario.programs[0].plans;
    let index = plans.iter().position(|plan| plan.touchpoint.name.as_str() == touchpoint);
    let plan = index.expect("a touchpoint of the program") as u16;
    let before = record.log.iter().filter(|entry| entry.at < SimTime::from_day(until));
    before.filter(|entry| entry.happened == Happened::Due { plan }).count()
}

#[test]
fn everybody_in_a_fresh_book_is_offered_the_kickoff() {
    let scenario = pooled(&["population.mid_life=false", "population.arrivals=0% per year", "horizon=1mo"]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    assert_eq!(due(&scenario, &record, "kickoff", Day(29)), record.opening_accounts as usize);
}

/// Calls at renewal come 30 days after the stage is entered at the earliest.
#[test]
fn a_renewal_under_way_when_the_run_starts_still_gets_its_call() {
    let scenario = pooled(&["horizon=1mo"]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    assert!(due(&scenario, &record, "renewal-call", Day(29)) > 0);
}

/// The kickoff's is the first kind of effect in the file: without it all others move up.
#[test]
fn effects_of_the_past_go_on_when_a_variant_lacks_a_touchpoint_that_was_never_done() {
    let never = pooled(&["touchpoint.kickoff.ratings=[\"red\"]", "horizon=1y"]);
    let without = pooled(&["touchpoint.kickoff.enabled=false", "horizon=1y"]);
    let opening = Opening::new(&never, 0);
    let [with, without] = [&never, &without].map(|scenario| opening.run(scenario, Keep::default()));
    assert_eq!(with.renewals, without.renewals);
    assert_eq!(with.weeks, without.weeks);
}

/// Nobody is known at close, every kickoff is held and fills every role, and no champion leaves.
#[test]
fn a_kickoff_finds_the_champion_whom_nobody_knew_at_close() {
    let scenario = pooled(&[
        "population.mid_life=false",
        "assume.role-present=0%",
        "assume.champion-leaves=0% per year",
        "touchpoint.kickoff.accepted=100%",
        "touchpoint.kickoff.fills_roles=100%",
        "horizon=4mo",
    ]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep::default());
    let plans = &scenario.programs[0].plans;
    let recap = plans.iter().position(|plan| plan.touchpoint.name.as_str() == "day-90-recap").unwrap();
    assert!(record.touches[0][recap].due >= record.opening_accounts);
    assert_eq!(record.touches[0][recap].missing_role, 0);
}

/// Sixty days lie between an anniversary and the call, so in the first fortnight it is held with those whose
/// anniversary was more than six weeks before the start.
#[test]
fn a_call_whose_long_delay_is_under_way_when_the_run_starts_still_comes() {
    let scenario = pooled(&[
        "population.accounts=400",
        "touchpoint.product-feedback.enabled=true",
        "touchpoint.product-feedback.delay=60d",
        "horizon=1mo",
    ]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    assert!(due(&scenario, &record, "product-feedback", Day(14)) > 0);
}

/// One advisor cannot keep up with 160 accounts, so assessments wait while the run starts.
#[test]
fn an_assessment_that_waits_when_the_run_starts_is_made_once() {
    let scenario =
        crate::trial::baseline("advisor-bandwidth.toml", &["pool.advisors.advisors=1", "horizon=2mo"]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let mut assessed = BTreeSet::new();
    for entry in &record.log {
        if let Happened::WorkBegun { work: WaitedFor::Assessment, .. } = entry.happened {
            assert!(
                assessed.insert(entry.account),
                "account {} is assessed twice in two months",
                entry.account
            );
        }
    }
    assert!(assessed.len() > 10, "{}", assessed.len());
}

/// Customers grow fast out of the pooled program and into a second one, which has these settings.
fn growing_into(second: &str) -> Scenario {
    let folder = tempfile::tempdir().expect("a folder");
    let pooled = fs::canonicalize("scenarios/programs/pooled-ta.toml").expect("the program is there");
    let text = format!(
        "extends = {pooled:?}\nhorizon = \"2y\"\nassume.developer-growth = \"+60%\"\n\
         [population]\nmid_life = false\nresegment = \"immediate\"\n[program]\nserves = [\"scaled\"]\n\
         [portfolio.named]\nprogram.name = \"named\"\nprogram.serves = [\"named\", \"digital\"]\n{second}\n\
         assessment = {{ risk_missed = \"risk-missed\", false_alarm = \"false-alarm\" }}\n\
         lighthouse = {{ churn_cut = \"lighthouse-cut\", full_after = \"lighthouse-full-after\" }}\n"
    );
    let file = folder.path().join("two.toml");
    fs::write(&file, text).expect("a file");
    let mut experiment = load::experiment(file.to_str().expect("a name in UTF-8"), &[], &mut Disk)
        .unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants.swap_remove(experiment.baseline).scenario
}

/// Who grows into another team is watched over as the program there says: a minute a day.
#[test]
fn a_customer_who_moves_to_another_program_is_watched_over_as_that_one_does() {
    let minutes = |monitoring: &str| {
        let scenario = growing_into(&format!("program.monitoring = \"{monitoring}\""));
        let record = Opening::new(&scenario, 0).run(&scenario, Keep::default());
        let moved = record.accounts.iter().filter(|account| account.transfers == 1 && account.program == 1);
        moved.map(|account| (account.minutes, f64::from(account.days))).collect::<Vec<_>>()
    };
    let (unwatched, watched) = (minutes("0m"), minutes("7m"));
    assert!(!watched.is_empty());
    for ((without, _), (with, days)) in unwatched.iter().zip(&watched) {
        assert!(with > without && with - without < *days, "{with} after {without} minutes in {days} days");
    }
}

/// The window of the program it comes from opens 120 days before the renewal, that of the program it goes to 30 days before.
#[test]
fn a_customer_who_moves_to_another_program_comes_up_for_renewal_when_that_one_says() {
    let scenario = growing_into("stages.renewing_days = 30");
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let mut opened = 0;
    for entry in record.log.iter().filter(|entry| entry.happened == Happened::Stage(Stage::Renewing)) {
        let ends = |later: &&LogEntry| {
            let is_end = matches!(later.happened, Happened::Renewed(_) | Happened::Churned);
            is_end && later.account == entry.account && later.at > entry.at
        };
        let Some(end) = record.log.iter().find(ends).filter(|_| entry.program == 1) else { continue };
        assert!(end.at.day().0 - entry.at.day().0 <= 30, "{entry:?} {end:?}");
        opened += 1;
    }
    assert!(opened > 5, "{opened}");
}

/// One program serves them all, so who grows into another segment stays with it.
#[test]
fn who_grows_has_the_segment_of_the_start_and_that_of_the_end() {
    let scenario = pooled(&[
        "program.serves=[\"scaled\", \"named\", \"digital\"]",
        "population.resegment=immediate",
        "assume.developer-growth=+60%",
        "horizon=2y",
    ]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep::default());
    let grown: Vec<_> = record.accounts.iter().filter(|it| it.segment != it.first_segment).collect();
    assert!(!grown.is_empty());
    assert!(grown.iter().all(|account| account.segment > account.first_segment && account.transfers == 0));
}

/// Who has been in Onboarding for longer than a shorter one lasts goes on at once: when it takes over the book, and when it
/// comes into force inside the run.
#[test]
fn a_shorter_onboarding_ends_for_those_who_are_beyond_it() {
    let horizon = "horizon=1y";
    let longer = pooled(&[horizon]);
    let shorter = pooled(&[horizon, "stages.onboarding_days=10"]);
    let change =
        "change=[{ name = \"shorter\", from = 2024-08-01, set = { \"stages.onboarding_days\" = 10 } }]";
    let later = pooled(&[horizon, change]);
    let opening = Opening::new(&longer, 0);
    let days = |scenario: &Scenario| -> u32 {
        let record = opening.run(scenario, Keep::default());
        record.accounts.iter().map(|account| account.stage_days[Stage::Onboarding as usize]).sum()
    };
    let [longer, shorter, later] = [&longer, &shorter, &later].map(days);
    assert!(shorter < later && later < longer, "{shorter}, {later} and {longer} days in Onboarding");
}

/// Contact is old after a fortnight, where it was after a month: bands follow on the first day.
#[test]
fn a_program_that_takes_contact_for_old_sooner_sees_it_on_the_first_day() {
    let accounts = "population.accounts=400";
    let later = pooled(&[accounts, "horizon=1mo"]);
    let sooner = pooled(&[accounts, "horizon=1mo", "health.activity_poor=15"]);
    let opening = Opening::new(&later, 0);
    let turned = |scenario: &Scenario| {
        let record = opening.run(scenario, Keep { log: true });
        let first = record.log.iter().filter(|entry| entry.at.day() == Day(0));
        first.filter(|entry| matches!(entry.happened, Happened::Band(_))).count()
    };
    let [later, sooner] = [&later, &sooner].map(turned);
    assert!(sooner > later, "{sooner} and {later} bands turn");
}
