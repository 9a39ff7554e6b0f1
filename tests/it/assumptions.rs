//! Every assumption moves its metric in the direction that reason demands.
//!
//! [`ROWS`] is written by thinking, before anything is run: for each assumption the metric it must move, the
//! direction, and why. Each row runs the pooled program, or the one that has it, with the assumption at its low and at its
//! high end, on the same random numbers, and holds the mean difference (high minus low) against its standard error.
//!
//! # Which opening book
//!
//! An assumption about the customers themselves holds for their past as well as for their future, so each end has
//! an opening book of its own, lived under it. An assumption about what the program does or achieves holds from the
//! first day on: both ends start from one book, made under the base, and the difference is the program's alone.
//! Where everybody closes on the first day there is no past, and the question does not arise.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use journeysim::base::stats::{Better, PairedDifference};
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::AssumptionUse;
use journeysim::language::source::Disk;
use journeysim::metrics::{self, View, Worth};
use journeysim::scenario::{Scenario, load};
use rayon::prelude::*;

/// How many standard errors the mean difference must be away from nothing.
const STANDARD_ERRORS: f64 = 3.0;

/// Replications of every row.
const REPLICATIONS: u32 = 12;

/// The direction in which a metric moves as an assumption goes from its low to its high end.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Up,
    Down,
}

use Sign::{Down, Up};

/// One assumption, what it must do, and why.
struct Row {
    name: &'static str,
    metric: &'static str,
    sign: Sign,
    because: &'static str,
    /// Overrides under which the effect shows, at both ends.
    given: &'static [&'static str],
    /// Accounts of the opening book; 0: as the scenario has it.
    accounts: u32,
    /// Length of the run; 0: as `given` has it.
    years: u32,
    /// The scenario that shows the effect.
    file: &'static str,
}

/// States that `metric` moves by `sign`, seen on few accounts in a year unless the row says more.
const fn row(name: &'static str, metric: &'static str, sign: Sign, because: &'static str) -> Row {
    Row { name, metric, sign, because, given: &[], accounts: 32, years: 1, file: PROGRAMS[0] }
}

impl Row {
    /// Seen where advisors are few.
    const fn in_a_pool(self) -> Self {
        Self { file: A_POOL, accounts: 0, years: 0, ..self }
    }

    /// Seen under named advisors.
    const fn of_named(self) -> Self {
        Self { file: NAMED, ..self }
    }

    const fn given(self, given: &'static [&'static str]) -> Self {
        Self { given, ..self }
    }

    const fn on(self, accounts: u32, years: u32) -> Self {
        Self { accounts, years, ..self }
    }
}

/// Everybody closes on the first day: what happens after a close then happens to all of them at once.
const FRESH: &str = "population.mid_life=false";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // --- Who the customers are ---
    row("accounts", "opening_arr", Up,
        "Revenue is a sum over accounts.")
        .given(&[FRESH, "horizon=1mo"]).on(0, 0),
    row("enterprise-share", "opening_arr", Down,
        "At close an Enterprise account of the pool is below $100k a year, a Mid-Market one above.")
        .given(&[FRESH, "horizon=1mo"]).on(100, 0),
    row("seats-share", "opening_arr", Up,
        "More seats for each developer are more seats to pay for.")
        .given(&[FRESH, "horizon=1mo"]).on(100, 0),
    row("price-per-seat", "opening_arr", Up,
        "Inside the bounds of its group an account pays more for each seat.")
        .given(&[FRESH, "horizon=1mo"]).on(100, 0),
    row("soft-cap-share", "expansion_arr", Up,
        "A soft cap lets more people in than there are seats, and they are billed.")
        .given(&["assume.ceiling=85%", FRESH, "horizon=3y"]).on(100, 0),
    row("quarter-end-weight", "new_arr", Up,
        "March is the last month of a quarter, and a heavier weight moves more of the year's business into it.")
        .given(&[FRESH, "start=2024-03-01", "horizon=31d"]).on(400, 0),
    row("role-present", "touchpoints_done", Up,
        "A mail or survey whose only role is held by nobody is not sent.")
        .given(&[FRESH, "horizon=90d"]).on(64, 0),
    // --- How they use the product ---
    row("first-ping", "utilization_mean", Down,
        "Nobody uses the product before its first ping, so the first months are published lower.")
        .given(&[FRESH, "horizon=6mo"]).on(64, 0),
    row("half-time", "utilization_goal_attainment", Down,
        "Who needs longer to half of the ceiling is further below it when the goal's clock ends.")
        .given(&[FRESH, "horizon=6mo"]).on(64, 0),
    row("ceiling", "utilization_mean", Up,
        "Utilization settles at the ceiling."),
    row("ceiling-spread", "utilization_healthy_share", Up,
        "With the mean ceiling well below the target of 80 %, only those far from the mean reach it.")
        .given(&["assume.ceiling=55%"]).on(64, 1),
    row("usage", "usage_mean", Up,
        "Published usage is measured around the account's own."),
    row("usage-spread", "usage_healthy_share", Up,
        "With the mean well below the target of 30 %, only those far from the mean reach it.")
        .given(&["assume.usage=20%"]).on(64, 1),
    row("memory", "utilization_mean", Up,
        "Renewals select customers with high ceilings; the longer traits last, the longer the survivors keep them.")
        .on(400, 1),
    row("weekend", "usage_mean", Down,
        "Usage is a mean over all days: for the same mean, the more falls on weekends the less falls on weekdays.")
        .given(&["usage.dau_days=weekdays"]),
    row("decay-without-contact", "utilization_mean", Down,
        "Users fall away where nobody has been in touch for a while."),
    row("champion-leaves", "contract_renewal_rate", Down,
        "While there is no champion, here for a year on average, the relationship is weaker.")
        .given(&[FRESH, "shocks.champion_replaced=365d"]).on(300, 2),
    row("budget-cut", "utilization_mean", Down,
        "After a cut fewer seats are needed and the rest stands idle."),
    row("budget-cut-size", "utilization_mean", Down,
        "The larger the cut, the more seats stand idle."),
    row("company-change", "contract_renewal_rate", Down,
        "An acquisition or migration costs relationship and raises the odds of leaving, here for years.")
        .given(&[FRESH, "shocks.company_fading=1095d"]).on(150, 2),
    row("defect-tickets", "health_share_green", Down,
        "From two defect tickets in 90 days on the technical trait is concerning, from five poor."),
    row("help-tickets", "health_share_green", Down,
        "From ten help tickets in 90 days on the technical trait is concerning, from fifteen poor."),
    // --- How they renew ---
    row("churn-green", "contract_renewal_rate", Down,
        "Accounts that stand well leave more often.")
        .given(&[FRESH, "horizon=15mo"]).on(200, 0),
    row("churn-yellow", "contract_renewal_rate", Down,
        "Accounts that stand so-so leave more often.")
        .given(&[FRESH, "horizon=15mo"]).on(200, 0),
    row("churn-red", "contract_renewal_rate", Down,
        "Accounts that stand badly leave more often.")
        .given(&[FRESH, "horizon=15mo"]).on(200, 0),
    row("downsize-green", "contraction_arr", Up,
        "Accounts that stand well cut seats more often.").given(&[FRESH, "horizon=15mo"]).on(150, 0),
    row("downsize-yellow", "contraction_arr", Up,
        "Accounts that stand so-so cut seats more often.").given(&[FRESH, "horizon=15mo"]).on(150, 0),
    row("downsize-red", "contraction_arr", Up,
        "Accounts that stand badly cut seats more often.").given(&[FRESH, "horizon=15mo"]).on(150, 0),
    row("downsize-size", "contraction_arr", Up,
        "Each downsize takes a larger share.").given(&[FRESH, "horizon=15mo"]).on(150, 0),
    row("expansion", "expansion_arr", Up,
        "Eligible accounts expand more often.").given(&[FRESH, "horizon=1y"]).on(64, 0),
    row("expansion-size", "expansion_arr", Up,
        "Each expansion adds a larger share of the seats.").given(&[FRESH, "horizon=1y"]).on(64, 0),
    row("developer-growth", "expansion_arr", Up,
        "Seats cannot outgrow the developers, so more developers leave room for larger expansions.").on(64, 2),
    row("price-change", "net_revenue_retention", Up,
        "Every renewed contract goes on at the new price.").given(&[FRESH, "horizon=2y"]).on(64, 0),
    row("late-renewal", "contract_renewal_rate", Down,
        "Where no extension is approved, a renewal that is not signed when the term ends is churn.")
        .given(&["renewal.extension_probability=0%"]).on(64, 1),
    row("usage-weight", "contract_renewal_rate", Up,
        "Where usage is better than the reference and relationships are ordinary, standing rises with usage's weight.")
        .given(&["assume.ceiling=85%", "assume.usage=36%"]).on(100, 2),
    row("hidden-spread", "contract_renewal_rate", Down,
        "Odds of leaving are below one half, where a spread of log odds raises more than it lowers.")
        .given(&[FRESH, "horizon=15mo"]).on(400, 0),
    // --- What touchpoints change ---
    row("mail-opened", "utilization_mean", Up,
        "An opened mail speeds adoption up; an unopened one does nothing.")
        .given(&[FRESH, "horizon=6mo", "assume.mail-effect=+4%"]).on(100, 0),
    row("mail-effect", "utilization_mean", Up,
        "A faster pace brings users in sooner.")
        .given(&[FRESH, "horizon=6mo"]).on(100, 0),
    row("mail-fatigue", "utilization_mean", Up,
        "The more mails it takes until the effect halves, the more of it is left.")
        .given(&[FRESH, "horizon=6mo", "assume.mail-effect=+4%", "assume.mail-opened=50%"]).on(200, 0),
    row("survey-answered", "survey_response_share", Up,
        "It is the probability that a survey is answered.")
        .given(&[FRESH, "horizon=2mo"]).on(64, 0),
    row("answer-asks-help", "help_request_share", Up,
        "It is the probability that an answer asks for help.")
        .given(&[FRESH, "horizon=2mo"]).on(64, 0),
    row("call-accepted", "advisor_hours_per_account_year", Up,
        "An accepted call takes advisors' time, a declined one none."),
    row("check-in-lift", "utilization_mean", Up,
        "Each check-in that is attended lifts the ceiling for a while.")
        .given(&["touchpoint.check-in.enabled=true"]),
    row("corrective-plan-lift", "utilization_mean", Up,
        "Each update of the plan of an account in poor health lifts its ceiling for a while.").of_named(),
    row("kickoff-effect", "utilization_mean", Up,
        "A kickoff quickens the pace of adoption.")
        .given(&[FRESH, "horizon=6mo"]).on(64, 0),
    row("review-odds", "contract_renewal_rate", Up,
        "Plan syncs, here four times a year, and business reviews raise the odds of renewal.")
        .given(&["touchpoint.plan-sync.times_per_year=4"]).on(100, 2),
    row("ad-hoc-entries", "lighthouse_entries", Up,
        "Who is put in by hand enters besides those who are rated red.").of_named().on(100, 1),
    row("lighthouse-cut", "contract_renewal_rate", Up,
        "Lighthouse cuts the probability that those inside leave.").on(64, 2),
    row("lighthouse-full-after", "contract_renewal_rate", Down,
        "Assessed 60 days before its term ends, nobody is inside for twelve weeks, but some are for four.")
        .given(&["assume.lighthouse-cut=50%", "assessment.rha_days=60"]).on(100, 2),
    row("campaign-recovery", "health_share_green", Up,
        "More of those who read a health campaign take themselves in hand.").on(100, 1),
    row("risk-missed", "lighthouse_entries", Down,
        "A risk rated green by mistake does not enter Lighthouse.").on(64, 1),
    row("false-alarm", "lighthouse_entries", Up,
        "A healthy account rated red enters Lighthouse.").on(64, 1),
    // --- Advisors' time ---
    row("kickoff-effort", "advisor_hours_per_account_year", Up,
        "Every customer who closes has a kickoff."),
    row("day-90-call-effort", "advisor_hours_per_account_year", Up,
        "Some of those who closed 90 days ago accept the call."),
    row("check-in-effort", "advisor_hours_per_account_year", Up,
        "Check-ins that are accepted take time.")
        .given(&["touchpoint.check-in.enabled=true"]),
    row("plan-sync-effort", "advisor_hours_per_account_year", Up,
        "Plans are synced twice a year."),
    row("roadmap-effort", "advisor_hours_per_account_year", Up,
        "The roadmap is reviewed twice a year."),
    row("feedback-effort", "advisor_hours_per_account_year", Up,
        "Feedback sessions are held twice a year."),
    row("use-case-effort", "advisor_hours_per_account_year", Up,
        "Use cases are mapped twice a year in Nurturing."),
    row("review-effort", "advisor_hours_per_account_year", Up,
        "Business reviews are held once a year in Nurturing."),
    row("assessment-effort", "advisor_hours_per_account_year", Up,
        "Every renewal is assessed."),
    row("lighthouse-entry-effort", "advisor_hours_per_account_year", Up,
        "Every entry into Lighthouse takes a plan and a presentation."),
    row("lighthouse-week-effort", "advisor_hours_per_account_year", Up,
        "Every week inside takes work."),
    row("save-plan-effort", "advisor_hours_per_account_year", Up,
        "Every account assessed yellow gets a save plan.")
        .given(&["touchpoint.save-plan.enabled=true"]),
    row("save-plan-week-effort", "advisor_hours_per_account_year", Up,
        "A save plan is worked on every week until the renewal.")
        .given(&["touchpoint.save-plan-week.enabled=true"]),
    row("request-effort", "advisor_hours_per_account_year", Up,
        "Every request takes an answer."),
    row("requests", "advisor_hours_per_account_year", Up,
        "More requests are more answers to write."),
    row("reply-effort", "advisor_hours_per_account_year", Up,
        "Somebody who asks for help gets a reply.").on(64, 1),
    row("monitoring-effort", "advisor_hours_per_account_year", Up,
        "Every account is watched every week."),
    row("upkeep-effort", "advisor_hours_per_account_year", Up,
        "The automated program is kept up every week, whoever its customers are."),
    row("renewal-call-effort", "advisor_hours_per_account_year", Up,
        "Renewals take sync calls and a licence."),
    // --- The team ---
    row("customer-share", "advisor_utilization", Down,
        "The same work for more time for it.").in_a_pool(),
    row("advisor-leaves", "advisor_utilization", Up,
        "Until somebody new has come and learnt, the same work is for one advisor less.").in_a_pool(),
    row("advisor-replaced", "wait_hours_mean", Up,
        "The longer a place is empty, the more waits for the others.").in_a_pool()
        .given(&["pool.advisors.attrition=100% per year"]),
    row("leave-days", "advisor_utilization", Up,
        "The same work for fewer days.").in_a_pool(),
    row("sick-days", "advisor_utilization", Up,
        "The same work for fewer days.").in_a_pool(),
    row("continuity", "utilization_mean", Up,
        "A call does more in the voice the customer knows.")
        .in_a_pool().on(0, 6).given(&["touchpoint.check-in.enabled=true", "touchpoint.check-in.every=30d"]),
    row("late-effect", "utilization_mean", Up,
        "With too few advisors calls come after their patience, and do as much as this leaves.")
        .in_a_pool().given(&["pool.advisors.advisors=3", "touchpoint.check-in.enabled=true", "touchpoint.check-in.patience=1d"]),
    row("degraded-effect", "utilization_mean", Up,
        "With too few advisors mails take the place of calls, and do as much as this.")
        .in_a_pool().given(&[
            "pool.advisors.advisors=3", "pool.advisors.overload=degrade_to_email",
            "touchpoint.check-in.enabled=true", "touchpoint.check-in.patience=1d",
        ]),
    row("lapsed-request", "health_share_green", Up,
        "With too few advisors requests lapse, and who is left alone thinks the less of the team.")
        .in_a_pool().given(&["pool.advisors.advisors=3", "pool.advisors.overload=drop"]),
];

/// A scenario with a pool.
const A_POOL: &str = "scenarios/advisor-bandwidth.toml";

const NAMED: &str = "scenarios/programs/named-enterprise-ta.toml";

const PROGRAMS: [&str; 6] = [
    "scenarios/programs/pooled-ta.toml",
    "scenarios/programs/scaled-ta.toml",
    "scenarios/programs/digital-scaled-success.toml",
    "scenarios/programs/digital-success.toml",
    NAMED,
    A_POOL,
];

/// What came of a row.
struct Trial {
    low: f64,
    high: f64,
    mean: f64,
    standard_error: f64,
}

impl Trial {
    fn holds(&self, sign: Sign) -> bool {
        let signed = if sign == Up { self.mean } else { -self.mean };
        signed > 0.0 && signed >= STANDARD_ERRORS * self.standard_error
    }
}

fn scenario(program: &str, overrides: &[String]) -> Scenario {
    let mut experiment =
        load::experiment(program, overrides, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants.swap_remove(experiment.baseline).scenario
}

/// Returns whether an assumption is about customers, past and future, and not about what the program does.
fn is_about_customers(name: &str, uses: &[AssumptionUse]) -> bool {
    let rooms = ["population", "usage", "shocks", "responses", "renewal"];
    let mut uses = uses.iter().filter(|one| one.name.as_deref() == Some(name)).peekable();
    assert!(uses.peek().is_some(), "{name} is not used");
    uses.all(|one| rooms.iter().any(|room| one.path.starts_with(&format!("{room}."))))
}

fn run(row: &Row) -> Trial {
    let mut overrides = vec![];
    if row.accounts > 0 {
        overrides.push(format!("assume.accounts={}", row.accounts));
    }
    if row.years > 0 {
        overrides.push(format!("horizon={}y", row.years));
    }
    overrides.extend(row.given.iter().map(|&given| given.to_owned()));
    let at = |level: &str| {
        let end = format!("assume.{}={level}", row.name);
        scenario(row.file, &[overrides.as_slice(), &[end]].concat())
    };
    let base = scenario(row.file, &overrides);
    let range = base.assumptions.iter().find(|one| one.name.as_deref() == Some(row.name));
    let range = range.unwrap_or_else(|| panic!("{} is not used", row.name));
    let ends = [&range.low, &range.high].map(|level| at(&level.written));
    let own = is_about_customers(row.name, &base.assumptions);
    let metric = metrics::find(row.metric).unwrap_or_else(|| panic!("there is no metric {}", row.metric));
    let value = |scenario: &Scenario, replication: u32| {
        let opening = Opening::new(if own { scenario } else { &base }, replication);
        let record = opening.run(scenario, Keep::default());
        let worth = Worth::from(&scenario.file.value);
        let view = View { record: &record, counterfactual: None, worth, members: None };
        (metric.compute)(&view).unwrap_or_else(|| panic!("{}: nothing to measure", row.name))
    };
    let pairs: Vec<[f64; 2]> = (0..REPLICATIONS)
        .into_par_iter()
        .map(|replication| [0, 1].map(|end: usize| value(&ends[end], replication)))
        .collect();
    let [low, high] = [0, 1].map(|end: usize| pairs.iter().map(|pair| Some(pair[end])).collect::<Vec<_>>());
    let difference = PairedDifference::of(&high, &low, 0.95, Better::Neither);
    let mean_of = |values: &[Option<f64>]| values.iter().flatten().sum::<f64>() / values.len() as f64;
    Trial {
        low: mean_of(&low),
        high: mean_of(&high),
        mean: difference.mean.expect("there are pairs"),
        standard_error: difference.stddev.expect("there are pairs") / f64::from(REPLICATIONS).sqrt(),
    }
}

fn all_uses() -> Vec<AssumptionUse> {
    PROGRAMS.iter().flat_map(|program| scenario(program, &[]).assumptions).collect()
}

/// Returns the table of the page on assumptions.
fn table() -> String {
    let uses = all_uses();
    let mut table = String::from(
        "| Assumption | Moves | Direction | Because | Book | Given |\n|---|---|---|---|---|---|\n",
    );
    for Row { name, metric, sign, because, given, file, .. } in ROWS {
        let direction = if *sign == Up { "up" } else { "down" };
        let book = if given.contains(&FRESH) {
            "fresh"
        } else if is_about_customers(name, &uses) {
            "own"
        } else {
            "shared"
        };
        let given: Vec<String> =
            given.iter().filter(|&&change| change != FRESH).map(|change| format!("`{change}`")).collect();
        let given = given.join(", ");
        let place = match file.rsplit('/').next() {
            Some(name) if *file != PROGRAMS[0] => format!("`{name}` "),
            _ => String::new(),
        };
        writeln!(table, "| `{name}` | `{metric}` | {direction} | {because} | {book} | {place}{given} |")
            .expect("a string takes what is written");
    }
    table
}

#[test]
fn every_assumption_moves_its_metric_as_reason_demands() {
    let trials: Vec<(&Row, Trial)> = ROWS.par_iter().map(|row| (row, run(row))).collect();
    let wrong: Vec<String> = trials
        .iter()
        .filter(|(row, trial)| !trial.holds(row.sign))
        .map(|(row, Trial { low, high, mean, standard_error })| {
            let Row { name, metric, because, .. } = row;
            format!(
                "{name}: {metric} is {low} at the low end and {high} at the high, a difference of {mean} with a \
                 standard error of {standard_error}; but: {because}"
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_assumption_is_in_the_table_once_and_used_by_a_program() {
    let file = std::fs::read_to_string("scenarios/assumptions.toml").expect("it is shipped");
    let file: toml::Table = file.parse().expect("it is TOML");
    let stated: BTreeSet<&str> =
        file["assume"].as_table().expect("a table").keys().map(String::as_str).collect();
    let listed: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), stated);
    assert_eq!(listed.len(), stated.len(), "an assumption is listed twice");
    let uses = all_uses();
    let used: BTreeSet<&str> = uses.iter().filter_map(|one| one.name.as_deref()).collect();
    assert_eq!(used, stated);
}

#[test]
fn the_page_on_assumptions_shows_this_table() {
    let page = std::fs::read_to_string("docs/background/assumptions.md").expect("it is shipped");
    let table = table();
    assert!(page.contains(&table), "docs/background/assumptions.md should contain:\n\n{table}");
}
