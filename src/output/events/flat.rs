//! The event log as a table: one row an event.

use crate::engine::record::{Happened, LogEntry};
use crate::experiment::events::Logged;
use crate::output::events::Wanted;
use crate::output::happened::Named;
use crate::output::sheet::{Column, Sheet};
use crate::program::touchpoint::Owner;
use crate::scenario::Scenario;

/// Rows of a part of the table, which is how many of them are in memory at a time.
const ROWS: usize = 65_536;

/// The name of the table.
pub const NAME: &str = "events";

/// The events of one replication of one variant, in parts with the same columns; at least one, which may be empty.
#[derive(Debug)]
pub struct Parts<'a> {
    logged: Logged<'a>,
    /// Places in the log that are written.
    chosen: Vec<usize>,
    /// How many of them have been written; [`None`] before the first part.
    written: Option<usize>,
}

impl<'a> Parts<'a> {
    /// Takes what is wanted of a log.
    #[must_use]
    pub fn of(logged: Logged<'a>, wanted: &Wanted) -> Self {
        let log = logged.record.log.iter().enumerate();
        let chosen = log.filter(|(_, entry)| wanted.has(entry.account)).map(|(at, _)| at).collect();
        Self { logged, chosen, written: None }
    }
}

impl Iterator for Parts<'_> {
    type Item = Sheet;

    fn next(&mut self) -> Option<Sheet> {
        let from = match self.written {
            Some(written) if written == self.chosen.len() => return None,
            written => written.unwrap_or(0),
        };
        let to = self.chosen.len().min(from + ROWS);
        self.written = Some(to);
        let rows: Vec<&LogEntry> =
            self.chosen[from..to].iter().map(|&at| &self.logged.record.log[at]).collect();
        Some(sheet(&self.logged, &rows))
    }
}

/// What an event says beyond its name.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    /// Recurring revenue that is renewed, added or billed.
    arr: Option<f64>,
    /// People reached.
    people: Option<i64>,
    /// Days by which a signature is late.
    days: Option<i64>,
}

impl Figures {
    fn of(happened: &Happened) -> Self {
        match *happened {
            Happened::Renewed(arr) | Happened::Expanded(arr) | Happened::TruedUp(arr) => {
                Self { arr: Some(arr.cents() as f64 / 100.0), ..Self::default() }
            }
            Happened::Reached { people, .. } => Self { people: Some(people.into()), ..Self::default() },
            Happened::SignedLate(days) => Self { days: Some(days.into()), ..Self::default() },
            _ => Self::default(),
        }
    }
}

fn sheet(logged: &Logged<'_>, rows: &[&LogEntry]) -> Sheet {
    let Logged { variant, replication, .. } = *logged;
    let scenario = &variant.scenario;
    let named: Vec<Named<'_>> =
        rows.iter().map(|entry| Named::of(&entry.happened, scenario, entry.program)).collect();
    let figures: Vec<Figures> = rows.iter().map(|entry| Figures::of(&entry.happened)).collect();
    let columns = vec![
        Column::text("case", rows.iter().map(|entry| case(&variant.name, replication, entry.account))),
        Column::text("activity", named.iter().map(|named| named.activity.clone())),
        Column::instant("timestamp", rows.iter().map(|entry| scenario.almanac.instant(entry.at))),
        Column::maybe_text(
            "resource",
            rows.iter().zip(&named).map(|(entry, named)| resource(scenario, entry, named)),
        ),
        Column::text("variant", rows.iter().map(|_| variant.name.clone())),
        Column::whole("replication", rows.iter().map(|_| i64::from(replication))),
        Column::whole("account", rows.iter().map(|entry| i64::from(entry.account))),
        Column::text("kind", named.iter().map(|named| named.kind.name.to_owned())),
        Column::maybe_text("touchpoint", named.iter().map(|named| named.touchpoint.map(str::to_owned))),
        Column::text("program", rows.iter().map(|entry| program(scenario, entry.program).to_owned())),
        Column::whole("day", rows.iter().map(|entry| i64::from(entry.at.day().0))),
        Column::number("arr", figures.iter().map(|figures| figures.arr)),
        Column::maybe_whole("people", figures.iter().map(|figures| figures.people)),
        Column::maybe_whole("days_late", figures.iter().map(|figures| figures.days)),
    ];
    Sheet { name: NAME, columns }
}

/// The name of a case: the same account is another case in another variant or replication.
fn case(variant: &str, replication: u32, account: u32) -> String {
    format!("{variant}/{replication}/{account}")
}

fn program(scenario: &Scenario, program: u16) -> &str {
    scenario.programs[usize::from(program)].settings.name.as_str()
}

/// Returns who did it: an advisor by name, or whoever owns the touchpoint; nobody for what befalls an account.
pub(super) fn resource(scenario: &Scenario, entry: &LogEntry, named: &Named<'_>) -> Option<String> {
    let by_owner = || {
        let (Happened::Reached { plan, .. }
        | Happened::Declined { plan }
        | Happened::Rescheduled { plan, .. }) = entry.happened
        else {
            return None;
        };
        let owner = scenario.programs[usize::from(entry.program)].plans[usize::from(plan)].touchpoint.owner;
        let name = match owner {
            Owner::Automation => "automation",
            Owner::AccountExecutive => "account_executive",
            Owner::Advisors => return None,
        };
        Some(name.to_owned())
    };
    named.resource(scenario).or_else(by_owner)
}
