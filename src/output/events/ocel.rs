//! Object-centric event logs: OCEL 2.0 in JSON.
//!
//! **Source:** Berti, Koren, Adams, Park, Knopp, Graves, Rafiei, Liß, Tacke Genannt Unterberg, Zhang, Schwanen, Pegoraro
//! and van der Aalst, "OCEL (Object-Centric Event Log) 2.0 Specification", 2024, section 7.
//!
//! # Objects
//!
//! | Type | What it is | Events relate to it as |
//! |---|---|---|
//! | `account` | a customer | `account` |
//! | `contract` | one term of a customer's contract | `runs`; at its two ends `begins` and `ends` |
//! | `advisor` | an advisor of a pool | `done by` |
//! | `touchpoint` | a touchpoint of the program | `touchpoint` |

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::engine::record::{Happened, LogEntry};
use crate::experiment::events::Logged;
use crate::output::events::Wanted;
use crate::output::happened::{Named, iso};
use crate::program::stage::Stage;

/// A log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ocel<'a> {
    object_types: Vec<Type>,
    event_types: Vec<Type>,
    objects: Vec<Object>,
    events: Events<'a>,
}

/// A type of objects or events, with the attributes they may have.
#[derive(Debug, Serialize)]
struct Type {
    name: String,
    attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Attribute {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Object {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    attributes: Vec<TimedValue>,
    relationships: Vec<Relationship>,
}

/// Values are written as words, whatever their type.
#[derive(Debug, Serialize)]
struct TimedValue {
    name: &'static str,
    time: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct Value {
    name: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    object_id: String,
    qualifier: &'static str,
}

#[derive(Debug, Serialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    time: String,
    attributes: Vec<Value>,
    relationships: Vec<Relationship>,
}

/// Events, which are made one after the other as they are written.
#[derive(Debug)]
struct Events<'a> {
    logged: &'a Logged<'a>,
    wanted: &'a Wanted,
}

/// Writes the log of one replication of one variant.
///
/// # Errors
///
/// As `to`.
pub fn write(logged: &Logged<'_>, wanted: &Wanted, to: impl Write) -> io::Result<()> {
    let events = Events { logged, wanted };
    let scenario = &logged.variant.scenario;
    let mut activities = BTreeMap::new();
    let mut touchpoints = BTreeSet::new();
    let mut advisors = BTreeSet::new();
    let mut contracts = Contracts::at_the_start(logged);
    let mut accounts: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for entry in wanted.of(&logged.record.log) {
        let named = Named::of(&entry.happened, scenario, entry.program);
        touchpoints.extend(named.touchpoint);
        advisors.extend(named.resource(scenario));
        activities.entry(named.activity).or_insert_with(|| attributes(&entry.happened));
        let terms = contracts.of(entry.account, &entry.happened).into_iter().map(|(term, _)| term);
        accounts.entry(entry.account).or_default().extend(terms);
    }
    let named = |(name, attributes): (String, Vec<Attribute>)| Type { name, attributes };
    let log = Ocel {
        object_types: vec![
            Type {
                name: "account".to_owned(),
                attributes: vec![text("segment"), text("program"), time("close")],
            },
            Type { name: "contract".to_owned(), attributes: Vec::new() },
            Type { name: "advisor".to_owned(), attributes: vec![text("pool")] },
            Type { name: "touchpoint".to_owned(), attributes: Vec::new() },
        ],
        event_types: activities.into_iter().map(named).collect(),
        objects: objects(logged, &accounts, &touchpoints, &advisors),
        events,
    };
    serde_json::to_writer(to, &log).map_err(io::Error::from)
}

const fn text(name: &'static str) -> Attribute {
    Attribute { name, kind: "string" }
}

const fn time(name: &'static str) -> Attribute {
    Attribute { name, kind: "time" }
}

/// Returns the attributes of the events of a kind.
fn attributes(happened: &Happened) -> Vec<Attribute> {
    match happened {
        Happened::Renewed(_) | Happened::Expanded(_) | Happened::TruedUp(_) => {
            vec![Attribute { name: "arr", kind: "float" }]
        }
        Happened::Reached { .. } => vec![Attribute { name: "people", kind: "integer" }],
        Happened::SignedLate(_) => vec![Attribute { name: "days", kind: "integer" }],
        _ => Vec::new(),
    }
}

fn values(happened: &Happened) -> Vec<Value> {
    match happened {
        Happened::Renewed(arr) | Happened::Expanded(arr) | Happened::TruedUp(arr) => {
            vec![Value { name: "arr", value: (arr.cents() as f64 / 100.0).to_string() }]
        }
        Happened::Reached { people, .. } => vec![Value { name: "people", value: people.to_string() }],
        Happened::SignedLate(days) => vec![Value { name: "days", value: days.to_string() }],
        _ => Vec::new(),
    }
}

fn account_id(account: u32) -> String {
    format!("account-{account}")
}

fn contract_id(account: u32, term: u32) -> String {
    format!("contract-{account}-{term}")
}

fn advisor_id(advisor: &str) -> String {
    format!("advisor-{advisor}")
}

fn touchpoint_id(touchpoint: &str) -> String {
    format!("touchpoint-{touchpoint}")
}

fn objects(
    logged: &Logged<'_>,
    accounts: &BTreeMap<u32, BTreeSet<u32>>,
    touchpoints: &BTreeSet<&str>,
    advisors: &BTreeSet<String>,
) -> Vec<Object> {
    let scenario = &logged.variant.scenario;
    let start = format!("{}T00:00:00Z", scenario.file.start);
    let attribute = |name, value| TimedValue { name, time: start.clone(), value };
    let mut objects = Vec::new();
    for (&account, terms) in accounts {
        let record = &logged.record.accounts[account as usize];
        let program = &scenario.programs[usize::from(record.program)].settings.name;
        let own = terms
            .iter()
            .map(|&term| Relationship { object_id: contract_id(account, term), qualifier: "holds" });
        objects.push(Object {
            id: account_id(account),
            kind: "account",
            attributes: vec![
                attribute("segment", record.first_segment.name().to_owned()),
                attribute("program", program.as_str().to_owned()),
                attribute("close", format!("{}T00:00:00Z", scenario.almanac.date(record.close))),
            ],
            relationships: own.collect(),
        });
        objects.extend(terms.iter().map(|&term| Object {
            id: contract_id(account, term),
            kind: "contract",
            attributes: Vec::new(),
            relationships: Vec::new(),
        }));
    }
    objects.extend(advisors.iter().map(|advisor| Object {
        id: advisor_id(advisor),
        kind: "advisor",
        attributes: vec![attribute("pool", advisor.split('/').next().unwrap_or_default().to_owned())],
        relationships: Vec::new(),
    }));
    objects.extend(touchpoints.iter().map(|touchpoint| Object {
        id: touchpoint_id(touchpoint),
        kind: "touchpoint",
        attributes: Vec::new(),
        relationships: Vec::new(),
    }));
    objects
}

/// The contract terms of the accounts, counted from the start of the run: the one under way at the start is the first.
#[derive(Debug, Default)]
struct Contracts {
    /// By account: number of the term under way or ended last, and whether it is under way.
    terms: BTreeMap<u32, (u32, bool)>,
}

impl Contracts {
    /// Opens the terms that are under way when the run starts: those of accounts that renew or leave before they close,
    /// or have closed before the run.
    fn at_the_start(logged: &Logged<'_>) -> Self {
        let mut begins: BTreeMap<u32, bool> = BTreeMap::new();
        for entry in &logged.record.log {
            match entry.happened {
                Happened::Stage(Stage::Onboarding) => begins.entry(entry.account).or_insert(true),
                Happened::Renewed(_) | Happened::Churned => begins.entry(entry.account).or_insert(false),
                _ => continue,
            };
        }
        let is_open = |account: u32, closed: i32| begins.get(&account).map_or(closed <= 0, |begins| !begins);
        let records = (0..).zip(&logged.record.accounts);
        let open = records.filter(|(account, record)| is_open(*account, record.close.0));
        Self { terms: open.map(|(account, _)| (account, (1, true))).collect() }
    }

    /// Returns the terms that an event of `account` is about, each with what it is to it.
    fn of(&mut self, account: u32, happened: &Happened) -> Vec<(u32, &'static str)> {
        let (term, is_open) = self.terms.entry(account).or_default();
        match happened {
            Happened::Renewed(_) if *is_open => {
                *term += 1;
                vec![(*term - 1, "ends"), (*term, "begins")]
            }
            Happened::Churned if *is_open => {
                *is_open = false;
                vec![(*term, "ends")]
            }
            Happened::Stage(Stage::Onboarding) if !*is_open => {
                (*term, *is_open) = (*term + 1, true);
                vec![(*term, "begins")]
            }
            _ if *is_open => vec![(*term, "runs")],
            _ => Vec::new(),
        }
    }
}

impl Events<'_> {
    fn event(&self, number: usize, entry: &LogEntry, contracts: &mut Contracts) -> Event {
        let scenario = &self.logged.variant.scenario;
        let named = Named::of(&entry.happened, scenario, entry.program);
        let relate = |object_id, qualifier| Relationship { object_id, qualifier };
        let mut relationships = vec![relate(account_id(entry.account), "account")];
        let terms = contracts.of(entry.account, &entry.happened);
        relationships
            .extend(terms.into_iter().map(|(term, is)| relate(contract_id(entry.account, term), is)));
        let advisor = named.resource(scenario).map(|advisor| advisor_id(&advisor));
        relationships.extend(advisor.map(|advisor| relate(advisor, "done by")));
        relationships.extend(named.touchpoint.map(|name| relate(touchpoint_id(name), "touchpoint")));
        Event {
            id: format!("event-{number}"),
            time: format!("{}Z", iso(scenario, entry.at)),
            attributes: values(&entry.happened),
            kind: named.activity,
            relationships,
        }
    }
}

impl Serialize for Events<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut contracts = Contracts::at_the_start(self.logged);
        let entries = self.wanted.of(&self.logged.record.log).enumerate();
        serializer.collect_seq(entries.map(|(number, entry)| self.event(number, entry, &mut contracts)))
    }
}
