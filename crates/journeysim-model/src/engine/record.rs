//! What one replication leaves behind, from which every metric is made.
//!
//! The engine knows no metric: it counts what happened to each account and when. Totals are sums over accounts, so
//! that every metric can be had by segment, cohort and program as well.

use serde::{Deserialize, Serialize};

use crate::base::money::Money;
use crate::base::time::{Day, SimTime};
use crate::population::segment::Segment;
use crate::program::stage::Stage;
use crate::program::touchpoint::Color;
use crate::renewal::ledger::Ledger;

/// What one account did and had, from the start of the run to the horizon.
///
/// What most events count comes first, on one line of the processor's memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[repr(C, align(64))]
pub struct AccountRecord {
    /// Minutes of advisors' work.
    pub minutes: f64,
    /// Touchpoints that came due.
    pub due: u32,
    /// Touchpoints done.
    pub done: u32,
    /// Done after their patience.
    pub late: u32,
    /// Dropped.
    pub dropped: u32,
    /// Degraded to mail.
    pub degraded: u32,
    /// Calls that were missed and got another date.
    pub rescheduled: u32,
    /// Surveys sent.
    pub surveys: u32,
    /// Surveys answered.
    pub answers: u32,
    /// Answers that asked for help.
    pub help_asked: u32,
    /// Requests that were answered or dropped.
    pub requests: u32,
    /// Requests that were answered within 48 hours.
    pub answered_in_time: u32,
    /// Touches by an advisor, after its first.
    pub touches: u32,
    /// Of these, touches by the advisor of the one before.
    pub same_advisor: u32,
    /// Segment at the start, or at close for new business.
    pub first_segment: Segment,
    /// Segment in which it is served at the end, or was when it left the scenario.
    pub segment: Segment,
    /// Program of the file that holds it, by its place, whatever changes it is under.
    pub program: u16,
    /// Dated changes that concern it, a bit each in the order of the scenario.
    pub concerned: u8,
    /// Of these, the changes it comes under.
    pub treated: u8,
    /// Under contract at the start: one of the opening book.
    pub opened: bool,
    /// Calendar quarter of close, counted from year 0.
    pub cohort: i32,
    /// Day of close; of one who never was a customer it says nothing.
    pub close: Day,
    /// Days spent in each stage, in the order of [`Stage::ALL`].
    pub stage_days: [u32; 5],
    /// Days spent in each band: green, yellow, red.
    pub band_days: [u32; 3],
    /// Days under contract.
    pub days: u32,
    /// Whole months after onboarding with a published utilization.
    pub months: u32,
    /// Of these, months at or above the utilization target.
    pub months_utilization_healthy: u32,
    /// Months with a published usage.
    pub usage_months: u32,
    /// Of these, months at or above the usage target.
    pub months_usage_healthy: u32,
    /// Sum of published utilization over months.
    pub utilization_sum: f64,
    /// Sum of published usage over months.
    pub usage_sum: f64,
    /// Whether the onboarding goal was reached, once its clock has ended.
    pub goal: Option<bool>,
    /// First entry into Nurturing.
    pub nurturing: Option<Day>,
    /// First churn.
    pub churned: Option<Day>,
    /// Times it moved to another program (or would have, had the scenario one for it).
    pub transfers: u32,
}

/// How a replication stood on the day on which dated changes came into force, before anything of that day had happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// The day.
    pub day: Day,
    /// Windows of 12 months that had opened on an earlier day.
    pub windows: u16,
    /// The accounts.
    pub accounts: Vec<AccountRecord>,
}

/// A renewal that was decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenewalRecord {
    /// The account.
    pub account: u32,
    /// Day of the decision: the term's end.
    pub day: Day,
    /// Recurring revenue up for renewal.
    pub up: Money,
    /// Recurring revenue renewed, expansion left out.
    pub renewed: Money,
    /// Health band the program saw.
    pub band: Color,
    /// Rating of the assessment, if there was one.
    pub rating: Option<Color>,
    /// Whether it was, or had been in this term, in Lighthouse.
    pub lighthouse: bool,
    /// The odds of churn that were at work.
    pub churn_odds: f64,
}

/// What a uniform number can decide about revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// The contract is not renewed.
    Churn,
    /// It is renewed with fewer seats.
    Downsize,
    /// An account that may expand wants to.
    Expansion,
}

/// A moment at which a uniform number decided something, with the probability that held just before.
///
/// Everything but `came` is known before the number is looked at, so that `came - probability` is zero in expectation,
/// whatever was decided earlier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceRecord {
    /// The account.
    pub account: u32,
    /// What was decided.
    pub chance: Chance,
    /// Recurring revenue of the account at that moment.
    pub stake: Money,
    /// The window of 12 months that was open, if one was.
    pub window: Option<u16>,
    /// The probability that it comes.
    pub probability: f64,
    /// Whether it came.
    pub came: bool,
}

/// Recurring revenue of an account at the two ends of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowRecord {
    /// The account.
    pub account: u32,
    /// Which window of 12 months, from 0.
    pub window: u16,
    /// Program of the file that held it when the window opened.
    pub program: u16,
    /// Segment when the window opened.
    pub segment: Segment,
    /// At the opening.
    pub opening: Money,
    /// At the close; zero for an account that churned inside the window, even if it returned.
    pub closing: Money,
}

/// How a stay in Lighthouse ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LighthouseEnd {
    /// Healthy, and leadership agreed.
    Healthy,
    /// The contract was renewed.
    Renewed,
    /// The customer left.
    Churned,
    /// The longest stay was over.
    Expired,
}

/// A stay in Lighthouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LighthouseRecord {
    /// The account.
    pub account: u32,
    /// First day; negative for a stay that began before the start.
    pub from: Day,
    /// Day of the sync at which it was presented.
    pub presented: Option<Day>,
    /// Since when it is led by an advisor, and by whom: pool and advisor.
    pub led: Option<(Day, (u16, u16))>,
    /// Last day and how it ended; [`None`]: still inside at the horizon.
    pub end: Option<(Day, LighthouseEnd)>,
}

impl LighthouseRecord {
    /// A stay that begins.
    #[must_use]
    pub const fn new(account: u32, from: Day) -> Self {
        Self { account, from, presented: None, led: None, end: None }
    }
}

/// One week of the whole book.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeekRecord {
    /// The Monday.
    pub day: Day,
    /// Accounts under contract.
    pub accounts: u32,
    /// Recurring revenue.
    pub arr: Money,
    /// Accounts in each stage, in the order of [`Stage::ALL`].
    pub stages: [u32; 5],
    /// Accounts in each band: green, yellow, red.
    pub bands: [u32; 3],
    /// Sum of published utilization, and of how many accounts.
    pub utilization: (f64, u32),
    /// Sum of published usage, and of how many accounts.
    pub usage: (f64, u32),
    /// Members of Lighthouse, and accounts that wait for a place in it.
    pub lighthouse: u32,
    /// See `lighthouse`.
    pub lighthouse_waiting: u32,
    /// Advisors' minutes since the Monday before.
    pub minutes: f64,
    /// Work that waits in the pools (minutes).
    pub backlog: f64,
    /// What the pools did since the Monday before; [`None`] without a pool.
    pub work: Option<PoolRecord>,
    /// Sum of tenure (days).
    pub tenure: f64,
    /// Sum of hidden propensity [log odds].
    pub propensity: f64,
}

/// What an advisor is waited for.
#[allow(missing_docs, reason = "the fields are named in the variants' sentences")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitedFor {
    /// A touchpoint, by program and place in it.
    Touchpoint { program: u16, plan: u16 },
    /// The renewal health assessment.
    Assessment,
    /// The plan of an account that enters Lighthouse.
    LighthousePlan,
    /// A week's work on a member of Lighthouse.
    LighthouseWeek,
}

/// A call or request that an advisor has begun to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The account.
    pub account: u32,
    /// Working time of the pool that it waited (s).
    pub seconds: u32,
    /// The day on which it was begun.
    pub day: Day,
    /// What it is.
    pub kind: WaitedFor,
}

/// What a pool did: due = done + late + dropped + degraded + open.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PoolRecord {
    /// Time that its advisors worked for customers, watching over accounts and upkeep included (s).
    pub busy: f64,
    /// Time for customers that its advisors were there (s).
    pub staffed: f64,
    /// Days that advisors were employed, from the start to the horizon.
    pub advisor_days: f64,
    /// Work that was waiting or under way when recording began, or was handed over since.
    pub due: u64,
    /// Begun in time.
    pub done: u64,
    /// Begun after its patience.
    pub late: u64,
    /// Not done: lapsed, refused, or its customer has left.
    pub dropped: u64,
    /// Replaced by a mail.
    pub degraded: u64,
    /// Waiting at the horizon.
    pub open: u64,
}

impl PoolRecord {
    /// Adds up what several pools did.
    #[must_use]
    pub fn sum(pools: &[Self]) -> Self {
        let add = |sum: Self, pool: &Self| Self {
            busy: sum.busy + pool.busy,
            staffed: sum.staffed + pool.staffed,
            advisor_days: sum.advisor_days + pool.advisor_days,
            due: sum.due + pool.due,
            done: sum.done + pool.done,
            late: sum.late + pool.late,
            dropped: sum.dropped + pool.dropped,
            degraded: sum.degraded + pool.degraded,
            open: sum.open + pool.open,
        };
        pools.iter().fold(Self::default(), add)
    }

    /// Returns what was done since it stood at `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            busy: self.busy - before.busy,
            staffed: self.staffed - before.staffed,
            advisor_days: self.advisor_days - before.advisor_days,
            due: self.due - before.due,
            done: self.done - before.done,
            late: self.late - before.late,
            dropped: self.dropped - before.dropped,
            degraded: self.degraded - before.degraded,
            open: self.open - before.open,
        }
    }
}

/// Counts of one kind of touchpoint.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TouchCount {
    /// Came due.
    pub due: u32,
    /// Reached the customer, or was worked off.
    pub done: u32,
    /// Not sent for want of a role.
    pub missing_role: u32,
    /// Advisors' minutes.
    pub minutes: f64,
}

/// What happened, for the event log. `plan` is the touchpoint's index in the account's program.
#[allow(missing_docs, reason = "the fields are named in the variants' sentences")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Happened {
    /// A stage was entered.
    Stage(Stage),
    /// A prospect began to try the product.
    TrialBegan { is_free: bool },
    /// A prospect did not close.
    ProspectLost,
    /// The first ping came.
    FirstPing,
    /// A touchpoint came due.
    Due { plan: u16 },
    /// A touchpoint reached this many people (a call: 1).
    Reached { plan: u16, people: u8 },
    /// A touchpoint found nobody in its roles.
    NobodyInRole { plan: u16 },
    /// An offered call was declined, or not attended.
    Declined { plan: u16 },
    /// A call that was not attended is to be held on this day.
    Rescheduled { plan: u16, day: Day },
    /// The health band changed.
    Band(Color),
    /// The assessment gave a rating.
    Rated(Color),
    /// Lighthouse was entered.
    LighthouseEntered,
    /// No place in Lighthouse was free: the account waits for one.
    LighthouseWaits,
    /// The plan was presented at the program sync: from here on Lighthouse is at work.
    LighthousePresented,
    /// Lighthouse was left.
    LighthouseLeft(LighthouseEnd),
    /// The contract was renewed at this recurring revenue.
    Renewed(Money),
    /// The customer left.
    Churned,
    /// Seats were added in mid-term.
    Expanded(Money),
    /// Users above the seats were billed.
    TruedUp(Money),
    /// A former customer came back.
    WonBack,
    /// The champion left.
    ChampionLeft,
    /// A new champion was found.
    ChampionFound,
    /// Layoff or budget cut.
    BudgetCut,
    /// Acquisition or migration.
    CompanyChanged,
    /// A new feature was used.
    FeatureUsed,
    /// The customer asked for something.
    Requested,
    /// An advisor began to work for it, or went on with what was put down.
    WorkBegun { pool: u16, advisor: u16, work: WaitedFor },
    /// An advisor was interrupted, or left, before the work was done.
    WorkPutDown { pool: u16, advisor: u16, work: WaitedFor },
    /// An advisor was done.
    WorkEnded { pool: u16, advisor: u16, work: WaitedFor },
    /// Work for it was not done.
    WorkDropped { work: WaitedFor },
    /// The renewal was signed early.
    SignedEarly,
    /// The renewal was signed late, inside an approved extension, by this many days.
    SignedLate(u16),
    /// The account moved to another team.
    Transferred,
    /// The onboarding goal's clock ended; whether it was reached.
    Goal(bool),
}

/// A line of the event log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub account: u32,
    /// Program whose plans the entry refers to.
    pub program: u16,
    /// What.
    pub happened: Happened,
}

/// What one replication leaves behind.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// First day and day after the last.
    pub horizon: i32,
    /// Accounts under contract at the start.
    pub opening_accounts: u32,
    /// One for each account that ever was a customer, by account number.
    pub accounts: Vec<AccountRecord>,
    /// How it stood on the days of the dated changes, a day each.
    pub before: Vec<Before>,
    /// Windows of 12 calendar months.
    pub windows: Vec<WindowRecord>,
    /// Number of whole windows.
    pub window_count: u16,
    /// Renewals in the order decided.
    pub renewals: Vec<RenewalRecord>,
    /// What luck decided about revenue, in the order decided.
    pub chances: Vec<ChanceRecord>,
    /// Movements of recurring revenue.
    pub ledger: Ledger,
    /// Recurring revenue at the horizon, counted account by account.
    pub closing: Money,
    /// Stays in Lighthouse.
    pub lighthouse: Vec<LighthouseRecord>,
    /// Weeks.
    pub weeks: Vec<WeekRecord>,
    /// Counts by program and touchpoint, in the order of the scenario.
    pub touches: Vec<Vec<TouchCount>>,
    /// Advisors' minutes on the upkeep of each program, which no account has caused.
    pub upkeep_minutes: Vec<f64>,
    /// What each pool did.
    pub pools: Vec<PoolRecord>,
    /// Waits for an advisor, in the order they ended.
    pub waits: Vec<Wait>,
    /// Events handled from the start on.
    pub events: u64,
    /// The event log, where it was asked for.
    pub log: Vec<LogEntry>,
}
