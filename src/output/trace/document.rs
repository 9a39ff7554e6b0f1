//! The JSON document of a trace.

use serde::Serialize;

use crate::base::money::Money;
use crate::engine::trace::Moment;
use crate::output::document::{SCHEMA_VERSION, TOOL_VERSION};
use crate::output::happened::iso;
use crate::output::trace::{Asked, Event, Subject, Traced, events, parting};
use crate::scenario::Scenario;

/// The document of `trace`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceDocument {
    /// The version of the shape.
    pub schema_version: u32,
    /// The version of the program.
    pub tool_version: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Replications that were lived: one.
    pub replications: u32,
    /// Which one, counted from 0.
    pub replication: u32,
    /// Days from the first to the horizon.
    pub horizon_days: i32,
    /// The account.
    pub account: u32,
    /// What the list of real accounts calls it; `null` where it is on none.
    pub name: Option<String>,
    /// The variant.
    pub variant: String,
    /// Its numbers at the start of the run.
    pub opening: Numbers,
    /// What happened, in order.
    pub events: Vec<EventRow>,
    /// The same account under another variant; `null` where none was asked for.
    pub against: Option<Other>,
}

/// The same account under another variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Other {
    /// The variant.
    pub variant: String,
    /// How many events both lives begin with; what follows in them is different.
    pub in_common: usize,
    /// What happened, in order.
    pub events: Vec<EventRow>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRow {
    /// When, by the scenario's clock: `2024-04-01T09:00:00`.
    pub time: String,
    /// Days since the start of the run.
    pub day: i32,
    /// Its kind.
    pub kind: &'static str,
    /// What happened.
    pub what: String,
    /// Why; `null` where there is no more to say.
    pub why: Option<String>,
    /// The numbers at that moment.
    pub numbers: Numbers,
    /// What chance decided.
    pub probabilities: Vec<Asked>,
}

/// The numbers of an account at one moment; what is not known is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// Where it is in the journey.
    pub stage: &'static str,
    /// Health band that the program sees.
    pub band: String,
    /// Health score, from 0 to 10.
    pub score: f64,
    /// Published MAU / seats.
    pub utilization: Option<f64>,
    /// Published usage.
    pub usage: Option<f64>,
    /// Seats bought.
    pub seats: u32,
    /// Recurring revenue a year; zero when not under contract.
    pub arr: f64,
    /// The relationship as it really is [standard deviations].
    pub relationship: f64,
    /// What advisors read of it [standard deviations].
    pub reading: f64,
    /// Probability of churn if the term ended now, before Lighthouse.
    pub churn: f64,
    /// The end of the term: `2025-02-01` is the first day after it; `null` before the first contract.
    pub term_end: Option<String>,
    /// Rating of this term's assessment.
    pub rating: Option<String>,
    /// The champion is missing.
    pub champion_missing: bool,
    /// It is in Lighthouse.
    pub in_lighthouse: bool,
}

impl Numbers {
    fn of(moment: &Moment, scenario: &Scenario) -> Self {
        Self {
            stage: moment.stage.name(),
            band: moment.band.to_string(),
            score: moment.score,
            utilization: moment.utilization,
            usage: moment.usage,
            seats: moment.seats,
            arr: moment.arr.cents() as f64 / 100.0,
            relationship: moment.relationship,
            reading: moment.reading,
            churn: moment.churn,
            term_end: (moment.arr > Money::ZERO).then(|| scenario.almanac.date(moment.term_end).to_string()),
            rating: moment.rating.map(|rating| rating.to_string()),
            champion_missing: moment.champion_missing,
            in_lighthouse: moment.in_lighthouse,
        }
    }
}

impl EventRow {
    fn of(event: Event, scenario: &Scenario) -> Self {
        Self {
            time: iso(scenario, event.at),
            day: event.at.day().0,
            kind: event.kind.name,
            what: event.what,
            why: event.why,
            numbers: Numbers::of(&event.moment, scenario),
            probabilities: event.decisions,
        }
    }
}

impl TraceDocument {
    /// Describes a life, and the same account's under another variant.
    #[must_use]
    pub fn new(subject: Subject<'_>, one: Traced<'_>, other: Option<Traced<'_>>) -> Self {
        let rows = |events: Vec<Event>, scenario: &Scenario| {
            events.into_iter().map(|event| EventRow::of(event, scenario)).collect()
        };
        let own = events(one);
        let against = other.map(|other| {
            let events = events(other);
            let in_common = parting(&own, &events);
            Other { variant: other.variant.to_owned(), in_common, events: rows(events, other.scenario) }
        });
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: TOOL_VERSION,
            scenario: subject.scenario.to_owned(),
            seed: subject.seed,
            replications: 1,
            horizon_days: one.scenario.horizon.0,
            replication: subject.replication,
            account: one.life.account,
            name: subject.name.map(str::to_owned),
            variant: one.variant.to_owned(),
            opening: Numbers::of(&one.life.opening, one.scenario),
            events: rows(own, one.scenario),
            against,
        }
    }
}
