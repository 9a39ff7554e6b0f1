//! Where the sources disagree, a switch decides: each is tested by a pair of small worlds that differ in it alone.
//!
//! The numbers of the points and what each switch does are in `docs/reference/switches.md`.
//!
//! # The world of a test
//!
//! One customer of the pooled program, with all that is random switched off (see [`QUIET`]): 150 seats at $500, closed
//! on Thursday 1 February 2024 for twelve months, on production at once, everybody willing on board within two weeks,
//! utilization 90 % and usage 40 % from then on. Nothing is done for it but what the test asks for, and whoever is
//! asked says yes. 2024 is a leap year, so D+60 is 1 April 2024, R-120 is 4 October 2024, and the renewal is
//! 1 February 2025, a Saturday.

mod capacity;
mod contract;
mod health;
mod journey;
mod lighthouse;
mod touchpoints;

use std::sync::OnceLock;

use journeysim::engine::record::{Happened, LighthouseEnd, LogEntry, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::source::Disk;
use journeysim::program::touchpoint::Channel;
use journeysim::scenario::Scenario;
use journeysim::scenario::load::experiment;

/// What makes the pooled program deterministic, as settings laid on its file.
const QUIET: &str = r#"
    horizon = "14mo"
    assume.mail-effect = "+0%"
    assume.kickoff-effect = "x1.0"
    assume.check-in-lift = "+0pp"
    assume.review-odds = "x1.0"
    assume.campaign-recovery = "+0pp"
    assume.lighthouse-cut = "0%"
    assume.risk-missed = "0%"
    assume.false-alarm = "0%"
    assessment.enabled = false
    lighthouse.enabled = false
    population.accounts = 1
    population.mid_life = false
    population.arrivals = "0 per year"
    population.contract_start_lag = "0d"
    population.group.mid-market-from-100k.remove = true
    population.group.enterprise-below-100k.share = "100%"
    population.group.enterprise-below-100k.developers_from = 600
    population.group.enterprise-below-100k.developers_to = 600
    population.seats_share = "25%"
    population.price_per_seat = "$500"
    population.price_spread = "0%"
    population.products.search.share = "100%"
    population.products.assistant.share = "0%"
    population.products.both.share = "0%"
    population.term.one-year.share = "100%"
    population.term.two-years.share = "0%"
    population.term.three-years.share = "0%"
    population.soft_cap = "0%"
    population.role_present = "100%"
    population.role_shared = "0%"
    population.buyer_access = "100%"
    population.code_navigation = "100%"
    usage.first_ping = "0d"
    usage.half_time = "1d"
    usage.pace_spread = 0
    usage.ceiling = "90%"
    usage.ceiling_spread = "0%"
    usage.usage = "40%"
    usage.usage_spread = "0%"
    usage.weekend = "100%"
    usage.daily_noise = "0%"
    usage.sway = "0%"
    usage.whole_users = false
    usage.decay_without_contact = "0%"
    shocks.champion_leaves = "0 per year"
    shocks.budget_cut = "0 per year"
    shocks.company_change = "0 per year"
    shocks.defect_tickets = "0 per year"
    shocks.help_tickets = "0 per year"
    shocks.feature_tried = "0%"
    responses.requests = "0 per year"
    responses.fatigue = false
    renewal.constant_churn = "0%"
    renewal.expansion = "0 per year"
    renewal.developer_growth = "+0%"
    renewal.price_change = "+0%"
    renewal.late = "0%"
    renewal.early = "0%"
    renewal.win_back = "0%"
    health.sentiment_weight = "0%"
    health.technical_weight = "15%"
    health.relationship_weight = "25%"
    health.utilization_weight = "60%"
"#;

/// What a touchpoint of the program is set to before a test enables those it looks at: nobody says no, or asks.
fn asleep(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Mail => &["enabled = false", "opened = 100%", "asks_for_help = 0%"],
        Channel::Survey => &["enabled = false", "answered = 100%", "asks_for_help = 0%"],
        Channel::Call | Channel::Webinar => &["enabled = false", "accepted = 100%"],
        Channel::Document => &["enabled = false"],
    }
}

/// One life of a small world: what it left behind, and its event log in words.
struct Lived {
    record: Record,
    /// "2024-04-01 adopting", in the order in which it happened.
    log: Vec<String>,
    /// The day of each line [days from close].
    dates: Vec<i32>,
}

impl Lived {
    /// Returns the lines of this log that are missing in `other`'s.
    fn beyond(&self, other: &Self) -> Vec<&str> {
        let mut there: Vec<&String> = other.log.iter().collect();
        let mut beyond = Vec::new();
        for line in &self.log {
            match there.iter().position(|known| *known == line) {
                Some(place) => drop(there.remove(place)),
                None => beyond.push(line.as_str()),
            }
        }
        beyond
    }

    /// Returns the first day on which `what` happened, counted from close.
    fn day(&self, what: &str) -> i32 {
        let line = self.log.iter().position(|line| &line[11..] == what);
        self.dates[line.unwrap_or_else(|| panic!("no {what} in {:#?}", self.log))]
    }

    /// Returns the days on which `what` happened, to whomever [days from close].
    fn days(&self, what: &str) -> Vec<i32> {
        self.log
            .iter()
            .zip(&self.dates)
            .filter(|(line, _)| line.ends_with(what))
            .map(|(_, day)| *day)
            .collect()
    }

    /// Returns the lines that end in `what`.
    fn lines(&self, what: &str) -> Vec<&str> {
        self.log.iter().map(String::as_str).filter(|line| line.ends_with(what)).collect()
    }
}

/// The reference page, and the tests it refers to.
const PAGE: &str = include_str!("../../docs/reference/switches.md");
const TESTS: [&str; 6] = [
    include_str!("switches/capacity.rs"),
    include_str!("switches/contract.rs"),
    include_str!("switches/health.rs"),
    include_str!("switches/journey.rs"),
    include_str!("switches/lighthouse.rs"),
    include_str!("switches/touchpoints.rs"),
];

#[test]
fn the_reference_page_lists_every_point_with_its_tests_and_every_test() {
    let rows: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let tests: Vec<&str> = TESTS
        .iter()
        .flat_map(|file| file.lines())
        .filter_map(|line| line.strip_prefix("fn point")?.split_once('('))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(rows.len(), 60);
    for (row, point) in rows.iter().zip(1..) {
        assert!(row.starts_with(&format!("| {point} | ")), "{row}");
        let listed: Vec<&str> =
            row.split("`point").skip(1).filter_map(|name| name.split('`').next()).collect();
        assert!(!listed.is_empty(), "point {point}");
        assert!(listed.iter().all(|name| tests.contains(name)), "point {point} names a test there is not");
    }
    let forgotten: Vec<&&str> =
        tests.iter().filter(|name| !PAGE.contains(&format!("`point{name}`"))).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

/// Lives the pooled program's quiet world under `settings`: lines of the form `path = value`.
fn live(settings: &str) -> Lived {
    live_under("pooled-ta", settings)
}

/// Lives the quiet world of one of the programs.
fn live_under(program: &str, settings: &str) -> Lived {
    let scenario = scenario(program, settings);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let told = || record.log.iter().filter(|entry| !matches!(entry.happened, Happened::Due { .. }));
    let log = told().map(|entry| words(&scenario, entry)).collect();
    let dates = told().map(|entry| entry.at.day().0).collect();
    Lived { record, log, dates }
}

/// Lives two worlds that share `settings` and differ in a switch. The first value is the stated reading, so
/// leaving the switch alone must come to the same.
fn pair(settings: &str, [stated, other]: [&str; 2]) -> [Lived; 2] {
    let with = |switch: &str| live(&format!("{settings}\n{switch}"));
    let (first, second) = (with(stated), with(other));
    assert_eq!(live(settings).log, first.log, "{stated} is not the default");
    [first, second]
}

fn scenario(program: &str, settings: &str) -> Scenario {
    let mut changes: Vec<String> = QUIET.lines().map(str::to_owned).collect();
    for (name, channel) in touchpoints(program) {
        changes.extend(asleep(channel).iter().map(|setting| format!("touchpoint.{name}.{setting}")));
    }
    changes.extend(settings.lines().map(str::to_owned));
    load(program, &changes)
}

/// Returns the touchpoints of `program`, as its file has them.
fn touchpoints(program: &str) -> Vec<(String, Channel)> {
    static POOLED: OnceLock<Vec<(String, Channel)>> = OnceLock::new();
    let read = || {
        let file = load(program, &[]).file;
        file.touchpoint.iter().map(|touch| (touch.name.as_str().to_owned(), touch.channel)).collect()
    };
    if program == "pooled-ta" { POOLED.get_or_init(read).clone() } else { read() }
}

fn load(program: &str, changes: &[String]) -> Scenario {
    let file = format!("{}/scenarios/programs/{program}.toml", env!("CARGO_MANIFEST_DIR"));
    let changes: Vec<String> =
        changes.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    match experiment(&file, &changes, &mut Disk) {
        Ok(mut experiment) => experiment.variants.remove(0).scenario,
        Err(faults) => panic!("{faults}"),
    }
}

/// Writes a line of the log: when, whose if there are several accounts, and what. What came due is told by its outcome.
fn words(scenario: &Scenario, entry: &LogEntry) -> String {
    let plans = &scenario.programs[usize::from(entry.program)].plans;
    let name = |plan: u16| plans[usize::from(plan)].touchpoint.name.as_str();
    let what = match entry.happened {
        Happened::Stage(stage) => stage.name().to_owned(),
        Happened::TrialBegan { is_free: true } => "free trial".to_owned(),
        Happened::TrialBegan { is_free: false } => "paid trial".to_owned(),
        Happened::ProspectLost => "prospect lost".to_owned(),
        Happened::FirstPing => "first ping".to_owned(),
        Happened::Due { plan } => format!("{} due", name(plan)),
        Happened::Reached { plan, people: 1 } => name(plan).to_owned(),
        Happened::Reached { plan, people } => format!("{} to {people}", name(plan)),
        Happened::NobodyInRole { plan } => format!("{}: nobody in a role", name(plan)),
        Happened::Declined { plan } => format!("{} declined", name(plan)),
        Happened::Band(band) => format!("turned {band}"),
        Happened::Rated(rating) => format!("rated {rating}"),
        Happened::LighthouseEntered => "lighthouse entered".to_owned(),
        Happened::LighthouseWaits => "waits for lighthouse".to_owned(),
        Happened::LighthousePresented => "lighthouse presented".to_owned(),
        Happened::LighthouseLeft(LighthouseEnd::Healthy) => "lighthouse left healthy".to_owned(),
        Happened::LighthouseLeft(LighthouseEnd::Renewed) => "lighthouse left renewed".to_owned(),
        Happened::LighthouseLeft(LighthouseEnd::Churned) => "lighthouse left churned".to_owned(),
        Happened::LighthouseLeft(LighthouseEnd::Expired) => "lighthouse left expired".to_owned(),
        Happened::Renewed(_) => "renewed".to_owned(),
        Happened::Churned => "churned".to_owned(),
        Happened::Expanded(_) => "expanded".to_owned(),
        Happened::TruedUp(_) => "trued up".to_owned(),
        Happened::WonBack => "won back".to_owned(),
        Happened::ChampionLeft => "champion left".to_owned(),
        Happened::ChampionFound => "champion found".to_owned(),
        Happened::BudgetCut => "budget cut".to_owned(),
        Happened::CompanyChanged => "company changed".to_owned(),
        Happened::FeatureUsed => "feature used".to_owned(),
        Happened::Requested => "requested".to_owned(),
        Happened::SignedEarly => "signed early".to_owned(),
        Happened::SignedLate(days) => format!("signed late by {days}"),
        Happened::Transferred => "transferred".to_owned(),
        Happened::Goal(true) => "goal reached".to_owned(),
        Happened::Goal(false) => "goal missed".to_owned(),
        Happened::WorkBegun { advisor, .. } => format!("advisor {advisor} begins"),
        Happened::WorkPutDown { advisor, .. } => format!("advisor {advisor} puts work down"),
        Happened::WorkEnded { advisor, .. } => format!("advisor {advisor} is done"),
        Happened::WorkDropped { .. } => "work is dropped".to_owned(),
        Happened::Rescheduled { plan, .. } => format!("another date for {}", name(plan)),
    };
    let date = scenario.almanac.date(entry.at.day());
    let several =
        scenario.file.population.accounts.get() > 1 || scenario.file.population.arrivals.per_day() > 0.0;
    if several { format!("{date} #{} {what}", entry.account) } else { format!("{date} {what}") }
}
