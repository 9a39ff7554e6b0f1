//! From TOML to something that can run.
//!
//! ```text
//! files --load, extends, overrides--> document --read--> ScenarioFile --check--> Scenario
//! ```
//!
//! A [`Scenario`] cannot be wrong: whoever holds one need not look at it again. Variants are overlays on the
//! document, so each is read and checked like a scenario of its own.

pub mod book;
pub mod calibrate;
pub mod change;
pub mod check;
pub mod design;
pub mod file;
pub mod load;
pub mod optimize;
pub mod precision;
pub mod selection;
pub mod sensitivity;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::base::time::{Almanac, Day};
use crate::capacity::PoolSettings;
use crate::capacity::hours::Hours;
use crate::health::HealthSettings;
use crate::language::AssumptionUse;
use crate::population::book::{BookRow, EARLIEST};
use crate::population::generate::Drift;
use crate::program::plan::{Plan, Trigger};
use crate::program::stage::StageSettings;
use crate::program::touchpoint::{Happening, MissingRole};
use crate::renewal::care::{AssessmentSettings, LighthouseSettings};
use crate::renewal::outcome::OddsCurve;
use crate::scenario::book::Listing;
use crate::scenario::change::Change;
use crate::scenario::file::{Effects, ProgramFile, ProgramSettings, ScenarioFile};
use crate::usage::activity::{Kernel, LiftKind};

/// A program ready to run.
#[derive(Debug, Clone)]
pub struct Program {
    /// Who runs it and how.
    pub settings: ProgramSettings,
    /// Stages and gates.
    pub stages: StageSettings,
    /// The health score.
    pub health: HealthSettings,
    /// The renewal health assessment.
    pub assessment: AssessmentSettings,
    /// Lighthouse.
    pub lighthouse: LighthouseSettings,
    /// Its touchpoints that are enabled, in the order of the file.
    pub plans: Vec<Plan>,
    /// For each happening, the touchpoints that wait for it: indices among the plans.
    waiting: Vec<(Happening, Vec<u16>)>,
}

impl Program {
    /// Returns the touchpoints that wait for `happening`, as indices among the plans.
    #[must_use]
    pub fn waiting_for(&self, happening: Happening) -> &[u16] {
        self.waiting.iter().find(|(other, _)| *other == happening).map_or(&[], |(_, plans)| plans)
    }
}

fn waiting(plans: &[Plan]) -> Vec<(Happening, Vec<u16>)> {
    let mut waiting: Vec<(Happening, Vec<u16>)> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        if let Trigger::On(happening) = plan.trigger {
            match waiting.iter_mut().find(|(other, _)| *other == happening) {
                Some((_, indices)) => indices.push(index as u16),
                None => waiting.push((happening, vec![index as u16])),
            }
        }
    }
    waiting
}

/// A scenario ready to run: one variant, checked and complete.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// As written, after overlays.
    pub file: ScenarioFile,
    /// Programs: the scenario's own, the further ones, then what changes make of them (see [`Scenario::under`]).
    pub programs: Vec<Program>,
    /// The same as written.
    pub rules: Vec<ProgramFile>,
    /// Dated changes, in the order of the file.
    pub changes: Vec<Change>,
    /// Dates of the run, its history included.
    pub almanac: Almanac,
    /// The day after the last.
    pub horizon: Day,
    /// First day lived: negative, before the start.
    pub first: Day,
    /// Kinds of lifts of all touchpoints.
    pub lifts: Vec<LiftKind>,
    /// The daily model of usage.
    pub kernel: Kernel,
    /// The odds at renewal.
    pub odds: OddsCurve,
    /// How far the traits of customers drift in a quarter.
    pub drift: Drift,
    /// Assumptions that were used, with their ranges and sources.
    pub assumptions: Vec<AssumptionUse>,
    /// Real accounts, which come first among the accounts of every replication.
    pub book: Option<Arc<Listing>>,
}

/// Half-life of the loss of relationship by tickets and of the gain by features (days).
pub const TICKET_HALF_LIFE: f64 = 90.0;

impl Scenario {
    /// Makes a checked file runnable with its programs as written and changed: its own, the further ones, then the same
    /// under each set of changes, the sets counted from 1 with a bit for each change.
    #[must_use]
    pub fn new(
        file: ScenarioFile,
        rules: Vec<ProgramFile>,
        assumptions: Vec<AssumptionUse>,
        book: Option<Arc<Listing>>,
    ) -> Self {
        let mut file = file;
        if file.pool.iter().any(|pool| pool.unlimited) {
            file.pool.clear();
        }
        let mut lifts = engine_lifts();
        let programs: Vec<Program> = rules
            .iter()
            .cloned()
            .map(|program| {
                let clock = program.program.touch_clock;
                let enabled = program.touchpoint.iter().filter(|touchpoint| touchpoint.enabled);
                let plans =
                    enabled.filter_map(|touchpoint| Plan::new(touchpoint, clock, &mut lifts)).collect();
                (program, plans)
            })
            .map(|(program, plans): (_, Vec<Plan>)| Program {
                waiting: waiting(&plans),
                plans,
                settings: program.program,
                stages: program.stages,
                health: program.health,
                assessment: program.assessment,
                lighthouse: program.lighthouse,
            })
            .collect();
        let start: NaiveDate = file.start.get();
        let end = file.horizon.end(start).expect("checked: the horizon lies inside the calendar");
        let horizon = Day(end.signed_duration_since(start).num_days() as i32);
        let population = &file.population;
        let warm_up = population.warm_up.in_days().round() as i32;
        let prospect = programs
            .iter()
            .filter_map(|program| program.stages.prospect_days)
            .map(super::language::plain::Count::get)
            .max();
        let lived = warm_up.max(prospect.unwrap_or(0) as i32);
        let first = Day(if population.mid_life { -lived } else { 0 });
        let mut back = Day(first.0 - (population.history.get() as i32 + 36) * 31);
        if let Some(book) = &book {
            let days = |date: NaiveDate| Day(date.signed_duration_since(start).num_days() as i32);
            let earliest = book.rows.iter().filter_map(|row| row.start).map(days).min();
            let needed = Day(earliest.unwrap_or(back).min(back).0 - LISTED_MONTHS * 31);
            back = needed.max(days(EARLIEST));
        }
        let public = file.region.iter().flat_map(|region| file.public_holidays(region));
        let holidays: Vec<NaiveDate> = file.holidays.iter().chain(public).map(|date| date.get()).collect();
        let almanac = Almanac::new(start, back, Day(horizon.0 + 4 * 366), &holidays)
            .expect("checked: start and horizon lie inside the calendar");
        let effects = file.effects == Effects::All;
        let kernel = Kernel::new(&file.usage, file.shocks.budget_recovery.in_days(), effects, lifts.clone());
        let odds = OddsCurve::new(&file.renewal);
        let drift = Drift::over(&file.usage, Drift::QUARTER);
        let changes = file.change.iter().map(|settings| Change::new(settings, &file)).collect();
        Self {
            programs,
            rules,
            changes,
            almanac,
            horizon,
            first,
            lifts,
            kernel,
            odds,
            drift,
            assumptions,
            book,
            file,
        }
    }

    /// Returns the same scenario with another list of real accounts.
    #[must_use]
    pub fn with_book(&self, book: Arc<Listing>) -> Self {
        Self::new(self.file.clone(), self.rules.clone(), self.assumptions.clone(), Some(book))
    }

    /// Returns the row of the list of real accounts that `account` is, if it is one.
    #[must_use]
    pub fn listed(&self, account: u32) -> Option<&BookRow> {
        self.book.as_ref()?.rows.get(account as usize)
    }

    /// Returns how many accounts are generated for the opening book.
    #[must_use]
    pub fn generated(&self) -> u32 {
        let generates = self.book.as_ref().is_none_or(|book| book.beside);
        if generates { self.file.population.accounts.get() } else { 0 }
    }

    /// Returns how many accounts are under contract when the run opens.
    #[must_use]
    pub fn opening_accounts(&self) -> u32 {
        let opens = self.file.start.get();
        let rows = self.book.iter().flat_map(|book| &book.rows);
        let begun = rows.filter(|row| row.start.is_none_or(|start| start < opens)).count();
        begun as u32 + self.generated()
    }

    /// Returns when a pool of these settings works, from the first day lived to the horizon.
    #[must_use]
    pub fn hours(&self, pool: &PoolSettings) -> Hours {
        let dates = pool.region.as_ref().map(|region| self.file.public_holidays(region));
        let own: Option<BTreeSet<Day>> =
            dates.map(|dates| dates.iter().map(|date| self.almanac.day_of(date.get())).collect());
        let is_holiday = |day| own.as_ref().map_or(self.almanac.is_holiday(day), |own| own.contains(&day));
        Hours::new(pool, self.file.time_zone, is_holiday, &self.almanac, (self.first, self.horizon))
    }

    /// Returns whether what the program does changes anything for the customer.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.file.effects == Effects::All
    }

    /// Returns the first program that serves the customers of `team`; one that names no teams serves all.
    #[must_use]
    pub fn program_for(&self, team: crate::population::segment::Team) -> Option<u16> {
        self.programs
            .iter()
            .position(|program| program.settings.serves.as_ref().is_none_or(|teams| teams.contains(&team)))
            .map(|index| index as u16)
    }

    /// Returns whether mails go to the Program Contact where a role is not held.
    #[must_use]
    pub fn falls_back(&self, program: u16) -> bool {
        self.programs[program as usize].settings.missing_role == MissingRole::Fallback
    }
}

/// Calendar that a listed account may need before its start or the history (months): the longest term, and two more
/// until the anniversary of a 29 February is found.
const LISTED_MONTHS: i32 = 3 * 120;

/// Kinds of lifts that the engine itself leaves behind, before those of touchpoints.
///
/// Order: see [`TICKET_LIFT`] and [`FEATURE_LIFT`].
fn engine_lifts() -> Vec<LiftKind> {
    use crate::usage::activity::LiftTarget;
    let daily_factor = crate::base::math::half_life_factor(TICKET_HALF_LIFE) as f32;
    vec![
        LiftKind { target: LiftTarget::Relationship, daily_factor },
        LiftKind { target: LiftTarget::Ceiling, daily_factor },
    ]
}

/// Index of the lift of the relationship by tickets and requests.
pub const TICKET_LIFT: usize = 0;
/// Index of the lift of the ceiling by a new feature.
pub const FEATURE_LIFT: usize = 1;
