//! Dated changes: rules of a program that are rolled out inside a run, from a day on, to a share of its customers.
//!
//! Each customer concerned is in one of two *arms*, treated or not, for good: a simulated trial inside one book. A change
//! makes further programs of those it changes; where several changes meet, there is one for each set of them that may be
//! in force, so that what a customer is under is always one program of the scenario.

use chrono::NaiveDate;

use crate::base::random::{Purpose, Streams, label};
use crate::base::time::Day;
use crate::language::{Name, Override, Overrides, Share, Text, When, choices, path, settings};
use crate::population::segment::Segment;
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;

/// The most changes of one scenario: every set of them is read and checked as a program of its own.
pub const MOST_CHANGES: usize = 6;

choices! {
    /// Customers to whom a change is rolled out.
    pub enum Customers {
        /// All, new ones included.
        All = "all",
        /// Who has closed before the day of the change.
        Present = "present",
        /// Who closes on the day of the change or later.
        New = "new",
    }
}

settings! {
    /// A change of a program's rules inside the run.
    pub struct ChangeSettings {
        /// Its name, which decides by lot who comes under it.
        pub name: Name,
        /// What it is, in words.
        pub title: Option<Text>,
        /// From when on: a date, or a time after the start.
        pub from: When,
        /// Share of the customers concerned who come under it, drawn by lot; the rest are compared with them.
        pub share: Share = Share::of(1.0),
        /// Customers whom it concerns.
        pub customers: Customers = Customers::All,
        /// Segments whom it concerns, as they are on the day of the change; absent: all.
        pub segments: Option<Vec<Segment>>,
        /// Paths of rules of programs, and what they are set to.
        pub set: Overrides,
    }
}

/// Returns the program whose rule the setting at `path` is: its place among the scenario's programs, its own first.
/// [`None`]: it is no rule of a program.
#[must_use]
pub fn program_of(setting: &str, file: &ScenarioFile) -> Option<usize> {
    let parts = path::split(setting).ok()?;
    let (place, rule) = match parts.first().map(String::as_str) {
        Some("portfolio") => {
            let name = parts.get(1)?;
            (1 + file.portfolio.keys().position(|key| key.as_str() == name)?, parts.get(2)?)
        }
        _ => (0, &parts[0]),
    };
    RULES.contains(&rule.as_str()).then_some(place)
}

/// The tables that a program is made of.
pub const RULES: [&str; 6] = ["program", "stages", "health", "assessment", "lighthouse", "touchpoint"];

/// Returns what the changes in `set` change together, a bit each: of two that set one thing the one in force later.
#[must_use]
pub fn overrides_of(file: &ScenarioFile, set: u8) -> Vec<Override> {
    let start = file.start.get();
    let mut chosen: Vec<&ChangeSettings> = file
        .change
        .iter()
        .enumerate()
        .filter(|(at, _)| set >> at & 1 == 1)
        .map(|(_, change)| change)
        .collect();
    chosen.sort_by_key(|change| change.from.date(start));
    chosen.into_iter().flat_map(|change| change.set.0.iter().cloned()).collect()
}

/// A dated change, ready to be rolled out.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The day from which on it is in force.
    pub day: Day,
    share: f64,
    label: u32,
    customers: Customers,
    segments: Option<Vec<Segment>>,
    /// For each program of the file, whether it sets a rule of it.
    touches: Vec<bool>,
}

impl Change {
    pub(super) fn new(settings: &ChangeSettings, file: &ScenarioFile) -> Self {
        let start: NaiveDate = file.start.get();
        let date = settings.from.date(start).expect("checked: a change lies inside the run");
        let mut touches = vec![false; 1 + file.portfolio.len()];
        for place in settings.set.0.iter().filter_map(|change| program_of(&change.path, file)) {
            touches[place] = true;
        }
        Self {
            day: Day(date.signed_duration_since(start).num_days() as i32),
            share: settings.share.get(),
            label: label(settings.name.as_str()),
            customers: settings.customers,
            segments: settings.segments.clone(),
            touches,
        }
    }

    /// Returns whether it concerns a customer of program `own` of the file; `is_new`: who has not closed by its day.
    #[must_use]
    pub fn concerns(&self, own: u16, segment: Segment, is_new: bool) -> bool {
        let is_meant = match self.customers {
            Customers::All => true,
            Customers::Present => !is_new,
            Customers::New => is_new,
        };
        is_meant
            && self.touches[usize::from(own)]
            && self.segments.as_ref().is_none_or(|segments| segments.contains(&segment))
    }

    /// Returns whether an account that it concerns comes under it: drawn by account and name of the change, so that a
    /// larger share takes in all that a smaller one does.
    #[must_use]
    pub fn treats(&self, streams: &Streams, account: u32) -> bool {
        streams.draw(Purpose::RollOut, account, 0, self.label).uniform(0) < self.share
    }
}

impl Scenario {
    /// Returns the program of the file from which `program` is made by changes; itself if it is not.
    #[must_use]
    pub fn own(&self, program: u16) -> u16 {
        program % self.own_programs() as u16
    }

    /// Returns the changes that `program` is under, a bit each.
    #[must_use]
    pub fn changes_in(&self, program: u16) -> u8 {
        (program / self.own_programs() as u16) as u8
    }

    /// Returns what becomes of a program of the file under `changes`, a bit each.
    #[must_use]
    pub fn under(&self, own: u16, changes: u8) -> u16 {
        u16::from(changes) * self.own_programs() as u16 + own
    }

    /// Returns how many programs the file has; those made of them by changes come after.
    #[must_use]
    pub fn own_programs(&self) -> usize {
        1 + self.file.portfolio.len()
    }
}
