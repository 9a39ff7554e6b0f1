//! What happened, under one name everywhere: in traces, event logs and their reference page.

use crate::base::time::SimTime;
use crate::engine::record::{Happened, LighthouseEnd, WaitedFor};
use crate::scenario::Scenario;

/// A kind of happening, as `kind` in a trace and in an event log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub summary: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $summary:literal;)*) => {
        $(const $constant: Kind = Kind { name: $name, summary: $summary };)*

        /// All kinds.
        pub const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    STAGE = "stage", "A stage of the journey is entered.";
    TRIAL = "trial", "A prospect begins to try the product.";
    PROSPECT_LOST = "prospect_lost", "A prospect does not close.";
    FIRST_PING = "first_ping", "The production environment sends its first ping: users can adopt.";
    GOAL = "goal", "The onboarding goal's clock ends: reached or missed.";
    DUE = "touchpoint_due", "A touchpoint comes due.";
    DONE = "touchpoint_done", "A touchpoint reaches its customer, or is worked off.";
    NOBODY = "nobody_in_role", "A touchpoint finds nobody in a role it is meant for.";
    DECLINED = "touchpoint_declined", "An offered call is declined, or not attended.";
    RESCHEDULED = "touchpoint_rescheduled", "A call that was missed gets another date.";
    BAND = "band", "The health band changes.";
    RATED = "rated", "The renewal health assessment gives a rating.";
    LIGHTHOUSE_WAITS = "lighthouse_waits", "No place in Lighthouse is free: the account waits for one.";
    LIGHTHOUSE_ENTERED = "lighthouse_entered", "Lighthouse is entered.";
    LIGHTHOUSE_PRESENTED = "lighthouse_presented", "The plan is presented at the program sync: Lighthouse is at work.";
    LIGHTHOUSE_LEFT = "lighthouse_left", "Lighthouse is left.";
    SIGNED_EARLY = "signed_early", "The renewal is signed before the term ends.";
    SIGNED_LATE = "signed_late", "The renewal is signed after the term has ended, inside an approved extension.";
    RENEWED = "renewed", "The contract is renewed.";
    CHURNED = "churned", "The customer leaves.";
    EXPANDED = "expanded", "Seats or a product are added in mid-term.";
    TRUED_UP = "trued_up", "Users above the seats are billed.";
    WON_BACK = "won_back", "A former customer comes back.";
    TRANSFERRED = "transferred", "The account moves to another team.";
    CHAMPION_LEFT = "champion_left", "The champion leaves.";
    CHAMPION_FOUND = "champion_found", "A new champion is found.";
    BUDGET_CUT = "budget_cut", "A layoff or budget cut: fewer seats are needed.";
    COMPANY_CHANGED = "company_changed", "An acquisition or migration.";
    FEATURE_USED = "feature_used", "A user tries a new feature.";
    REQUESTED = "requested", "The customer asks for something.";
    WORK_BEGUN = "work_begun", "An advisor begins a piece of work, or goes on with one that was put down.";
    WORK_PUT_DOWN = "work_put_down", "An advisor is interrupted, or leaves, before the work is done.";
    WORK_ENDED = "work_ended", "An advisor is done with a piece of work.";
    WORK_DROPPED = "work_dropped", "A piece of work is not done: it has lapsed, was refused, or its customer has left.";
    CHANCE = "chance", "Chance decides, and nothing comes of it.";
}

/// The kind of what chance decides and nothing comes of.
pub const UNDECIDED: Kind = CHANCE;

/// Returns whether a touchpoint comes due.
#[must_use]
pub fn is_due(kind: Kind) -> bool {
    kind == DUE
}

/// Returns whether what happened settles a touchpoint that has come due.
#[must_use]
pub fn settles(kind: Kind) -> bool {
    kind == DONE || kind == DECLINED
}

/// Returns whether what happened is a milestone of a customer's life, rather than everyday.
#[must_use]
pub fn is_milestone(kind: Kind) -> bool {
    [STAGE, RATED, LIGHTHOUSE_ENTERED, LIGHTHOUSE_LEFT, RENEWED, CHURNED, EXPANDED, WON_BACK].contains(&kind)
}

/// What happened, as far as it can be said without the account.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<'a> {
    /// Its kind.
    pub kind: Kind,
    /// What it is called among the activities of a process: "check-in done", "nurturing entered".
    pub activity: String,
    /// The touchpoint it is about, if any.
    pub touchpoint: Option<&'a str>,
    /// Pool and advisor who do it, if any.
    pub advisor: Option<(u16, u16)>,
}

impl<'a> Named<'a> {
    /// Names what happened to an account that `program` serves.
    #[must_use]
    pub fn of(happened: &Happened, scenario: &'a Scenario, program: u16) -> Self {
        let plan = |plan: u16| touchpoint(scenario, program, plan);
        let plain = |kind: Kind, activity: &str| Self {
            kind,
            activity: activity.to_owned(),
            touchpoint: None,
            advisor: None,
        };
        let touch = |kind: Kind, at: u16, what: &str| {
            let name = plan(at);
            Self { touchpoint: Some(name), ..plain(kind, &format!("{name} {what}")) }
        };
        let work = |kind: Kind, work: WaitedFor, advisor: Option<(u16, u16)>, what: &str| {
            let name = work_name(scenario, work);
            let is_touchpoint = matches!(work, WaitedFor::Touchpoint { .. });
            Self {
                touchpoint: is_touchpoint.then_some(name),
                advisor,
                ..plain(kind, &format!("work on {name} {what}"))
            }
        };
        match *happened {
            Happened::Stage(stage) => plain(STAGE, &format!("{} entered", stage.name())),
            Happened::TrialBegan { is_free: true } => plain(TRIAL, "free trial begun"),
            Happened::TrialBegan { is_free: false } => plain(TRIAL, "paid trial begun"),
            Happened::ProspectLost => plain(PROSPECT_LOST, "prospect lost"),
            Happened::FirstPing => plain(FIRST_PING, "first ping"),
            Happened::Goal(true) => plain(GOAL, "goal reached"),
            Happened::Goal(false) => plain(GOAL, "goal missed"),
            Happened::Due { plan } => touch(DUE, plan, "due"),
            Happened::Reached { plan, .. } => touch(DONE, plan, "done"),
            Happened::NobodyInRole { plan } => touch(NOBODY, plan, "without recipient"),
            Happened::Declined { plan } => touch(DECLINED, plan, "declined"),
            Happened::Rescheduled { plan, .. } => touch(RESCHEDULED, plan, "rescheduled"),
            Happened::Band(band) => plain(BAND, &format!("band {band}")),
            Happened::Rated(rating) => plain(RATED, &format!("rated {rating}")),
            Happened::LighthouseWaits => plain(LIGHTHOUSE_WAITS, "lighthouse waited for"),
            Happened::LighthouseEntered => plain(LIGHTHOUSE_ENTERED, "lighthouse entered"),
            Happened::LighthousePresented => plain(LIGHTHOUSE_PRESENTED, "lighthouse plan presented"),
            Happened::LighthouseLeft(end) => {
                let end = match end {
                    LighthouseEnd::Healthy => "healthy",
                    LighthouseEnd::Renewed => "renewed",
                    LighthouseEnd::Churned => "churned",
                    LighthouseEnd::Expired => "expired",
                };
                plain(LIGHTHOUSE_LEFT, &format!("lighthouse left {end}"))
            }
            Happened::SignedEarly => plain(SIGNED_EARLY, "renewal signed early"),
            Happened::SignedLate(_) => plain(SIGNED_LATE, "renewal signed late"),
            Happened::Renewed(_) => plain(RENEWED, "renewed"),
            Happened::Churned => plain(CHURNED, "churned"),
            Happened::Expanded(_) => plain(EXPANDED, "expanded"),
            Happened::TruedUp(_) => plain(TRUED_UP, "trued up"),
            Happened::WonBack => plain(WON_BACK, "won back"),
            Happened::Transferred => plain(TRANSFERRED, "transferred"),
            Happened::ChampionLeft => plain(CHAMPION_LEFT, "champion left"),
            Happened::ChampionFound => plain(CHAMPION_FOUND, "champion found"),
            Happened::BudgetCut => plain(BUDGET_CUT, "budget cut"),
            Happened::CompanyChanged => plain(COMPANY_CHANGED, "company changed"),
            Happened::FeatureUsed => plain(FEATURE_USED, "feature used"),
            Happened::Requested => plain(REQUESTED, "requested"),
            Happened::WorkBegun { pool, advisor, work: on } => {
                work(WORK_BEGUN, on, Some((pool, advisor)), "begun")
            }
            Happened::WorkPutDown { pool, advisor, work: on } => {
                work(WORK_PUT_DOWN, on, Some((pool, advisor)), "put down")
            }
            Happened::WorkEnded { pool, advisor, work: on } => {
                work(WORK_ENDED, on, Some((pool, advisor)), "ended")
            }
            Happened::WorkDropped { work: on } => work(WORK_DROPPED, on, None, "dropped"),
        }
    }

    /// Returns the resource: an advisor of a pool, or nobody in particular.
    #[must_use]
    pub fn resource(&self, scenario: &Scenario) -> Option<String> {
        self.advisor.map(|(pool, advisor)| {
            format!("{}/{}", scenario.file.pool[usize::from(pool)].name.as_str(), advisor + 1)
        })
    }
}

/// Writes an instant by the scenario's clock: `2024-04-01T09:00:00`.
#[must_use]
pub fn iso(scenario: &Scenario, at: SimTime) -> String {
    scenario.almanac.instant(at).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Returns the name of a touchpoint.
#[must_use]
pub fn touchpoint(scenario: &Scenario, program: u16, plan: u16) -> &str {
    scenario.programs[usize::from(program)].plans[usize::from(plan)].touchpoint.name.as_str()
}

/// Returns what an advisor works on.
#[must_use]
pub fn work_name(scenario: &Scenario, work: WaitedFor) -> &str {
    match work {
        WaitedFor::Touchpoint { program, plan } => touchpoint(scenario, program, plan),
        WaitedFor::Assessment => "assessment",
        WaitedFor::LighthousePlan => "lighthouse_plan",
        WaitedFor::LighthouseWeek => "lighthouse_week",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_different_names() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..at].iter().all(|other| other.name != kind.name), "{}", kind.name);
            assert!(kind.summary.ends_with('.'), "{}", kind.name);
        }
    }
}
