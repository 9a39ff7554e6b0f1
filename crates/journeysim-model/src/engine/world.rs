//! The state of one replication: accounts, their usage, the calendar, and what is recorded.

use crate::base::money::Money;
use crate::base::random::Streams;
use crate::base::time::{Day, SimTime};
use crate::engine::calendar::EventCalendar;
use crate::engine::event::Event;
use crate::engine::record::{
    AccountRecord, Happened, LighthouseRecord, LogEntry, PoolRecord, Record, TouchCount,
};
use crate::engine::tickets::Tickets;
use crate::engine::trace::{self, Decision, Follower, Question, Told};
use crate::engine::work::{Desk, Work};
use crate::health::Trait;
use crate::population::generate::Profile;
use crate::population::segment::Team;
use crate::program::plan::Clocks;
use crate::program::stage::Stage;
use crate::program::touchpoint::Color;
use crate::renewal::outcome::Outcome;
use crate::scenario::{Program, Scenario};
use crate::usage::activity::Activity;
use crate::usage::published::Published;

/// Reading of a relationship below which advisors call it poor [standard deviations].
pub const POOR_BELOW: f64 = -1.0;

/// Reading of a relationship above which advisors call it healthy [standard deviations].
pub const HEALTHY_ABOVE: f64 = 0.25;

/// A customer and its contract.
///
/// What most events read comes first, on the first lines of the processor's memory.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Account {
    /// Where it is in the journey; [`Stage::Left`] also while it is looked after elsewhere.
    pub stage: Stage,
    /// Under contract.
    pub living: bool,
    /// Health band the program sees.
    pub band: Color,
    /// Bands that its score gives with each activity trait.
    pub bands: [Color; 3],
    /// Program that serves it, index among the scenario's.
    pub program: u16,
    /// Number of the current contract and program: events of an earlier one are stale.
    pub life: u16,
    /// How often it has closed: what befell it before is over.
    pub spell: u16,
    /// Number of the current term over all contracts, from 1; 0 before the first.
    pub term: u16,
    /// First day after the current term.
    pub term_end: Day,
    /// Last logged activity.
    pub last_activity: Day,
    /// Mails of the current and the previous 30 days.
    pub mails: [u16; 2],
    /// The 30-day block those counts belong to.
    pub mail_block: i32,
    /// Origins of its day counts.
    pub clocks: Clocks,
    /// Last day each touchpoint with a cooldown was done.
    pub cooldowns: Vec<(u32, Day)>,
    /// Day it entered that stage, or on which its days there were last counted.
    pub stage_since: Day,
    /// Consecutive published months below the gate.
    pub months_below: u16,
    /// What the score sees of its tickets, by [`TicketKind`](crate::health::TicketKind).
    pub ticket_traits: [Trait; 2],
    /// Rating of this term's assessment.
    pub rating: Option<Color>,
    /// What advisors believe: champion present and sentiment, as last noticed.
    pub noticed_champion: bool,
    /// The champion is missing.
    pub champion_missing: bool,
    /// Who it is; seats, price, products and contacts change with time.
    pub profile: Profile,
    /// Team that serves it: where the scenario has no program for that team, it is looked after elsewhere.
    pub team: Team,
    /// Team it came to.
    pub home: Team,
    /// Renewal signed early, to take effect at the term's end.
    pub signed: Option<Outcome>,
    /// The odds of churn at which it was not signed early: below them lies what decides at the term's end.
    pub refused: Option<f64>,
    /// Its renewal, signed early, counts already: it brought no loss.
    pub grown: bool,
    /// An expansion that ripened inside the renewal window.
    pub ripe: bool,
    /// What had not faded of the company's changes on `company_day`.
    pub company_change: f64,
    /// Day of that figure.
    pub company_day: Day,
    /// Change of sentiment by feedback [standard deviations].
    pub feedback: f64,
    /// Day it came into its band, or on which its days there were last counted.
    pub band_since: Day,
    /// Pool and advisor of its last touch.
    pub advisor: Option<(u16, u16)>,
    /// Pool and advisor it belongs to, where each account has its own.
    pub dedicated: Option<(u16, u16)>,
    /// Days served in Lighthouse for the coming renewal, before the current stay.
    pub lighthouse_days: i32,
    /// Index of the current stay among [`World::members`]' records, if it is inside.
    pub lighthouse: Option<u32>,
    /// Was in Lighthouse in this term.
    pub lighthouse_this_term: bool,
    /// Left inside the current window.
    pub left_in_window: bool,
    /// Comes from a list of real accounts: its past is given, not drawn.
    pub real: bool,
    /// Hidden constant probability of churn (theory of beta-distributed propensity).
    pub constant_churn: Option<f64>,
    /// Advisors' minutes a day that watching over it takes.
    pub watched_daily: f64,
    /// Which of the customers drawn for its place it is: part of the key of its drift.
    pub attempt: u32,
}

impl Account {
    /// Returns whether a program of the scenario looks after it: it is under contract, and not handed over to a
    /// team outside the scenario.
    #[must_use]
    pub fn served(&self) -> bool {
        self.living && self.stage != Stage::Left
    }

    /// Returns its recurring revenue: zero when not under contract.
    #[must_use]
    pub fn arr(&self) -> Money {
        if self.living { self.profile.arr() } else { Money::ZERO }
    }
}

/// A member of Lighthouse.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The account.
    pub account: u32,
    /// Its record among [`Record::lighthouse`].
    pub record: u32,
    /// First day.
    pub from: Day,
    /// Its plan is written.
    pub is_planned: bool,
    /// Work on it waits.
    pub is_waiting: bool,
    /// Pool and advisor who own the stay.
    pub owner: Option<(u16, u16)>,
    /// Presented at a program sync on this day: from here on it is at work.
    pub presented: Option<Day>,
    /// Consecutive healthy checks.
    pub healthy_checks: u32,
}

impl Member {
    /// Somebody who has just entered.
    #[must_use]
    pub const fn new(account: u32, record: u32, from: Day) -> Self {
        Self {
            account,
            record,
            from,
            is_planned: false,
            is_waiting: false,
            owner: None,
            presented: None,
            healthy_checks: 0,
        }
    }
}

/// How published figures stand to the gate of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// They pass it.
    pub passed: bool,
    /// They have fallen below it, by more than the hysteresis.
    pub lost: bool,
}

/// The state of one replication.
#[derive(Debug, Clone)]
pub struct World {
    /// Today.
    pub today: Day,
    /// All randomness.
    pub streams: Streams,
    /// First day on which each account's health band is another than the one it has, as far as is known.
    pub band_due: Vec<i32>,
    /// Traits of each account's published figures as they entered its score.
    pub published_traits: Vec<[Trait; 2]>,
    /// How each account's published figures stood to its gate when that was last looked at in its present stage.
    pub gates: Vec<Option<Gate>>,
    /// What happens next.
    pub calendar: EventCalendar<Event>,
    /// Accounts by number.
    pub accounts: Vec<Account>,
    /// Their tickets by [`TicketKind`](crate::health::TicketKind).
    pub tickets: Vec<[Tickets; 2]>,
    /// Their latent usage.
    pub activity: Activity,
    /// What is published of it.
    pub published: Published,
    /// Members of Lighthouse, in the order they entered.
    pub members: Vec<Member>,
    /// Accounts waiting for a place in Lighthouse.
    pub waiting: Vec<u32>,
    /// Pools at work.
    pub desks: Vec<Desk>,
    /// Work that was handed over, and the places among it that are free.
    pub works: Vec<Work>,
    /// See `works`.
    pub free_works: Vec<u32>,
    /// Of each account the latest work that is not over, which names the one before it.
    pub latest_works: Vec<Option<u32>>,
    /// What is left behind.
    pub record: Record,
    /// Before day 0: nothing is recorded and nobody leaves.
    pub warming_up: bool,
    /// Whether the event log is kept.
    pub logging: bool,
    /// Follows one account, whose life is then all that is logged.
    pub follower: Option<Box<Follower>>,
    /// What the pools had done by last Monday.
    pub work_before: PoolRecord,
    /// Advisors' minutes of the current week.
    pub week_minutes: f64,
}

impl World {
    /// Returns the program that serves `account`.
    #[must_use]
    pub fn program<'a>(&self, scenario: &'a Scenario, account: u32) -> &'a Program {
        &scenario.programs[self.accounts[account as usize].program as usize]
    }

    /// Returns the account numbered `account`.
    #[must_use]
    pub fn account(&self, account: u32) -> &Account {
        &self.accounts[account as usize]
    }

    /// Returns the account numbered `account`, to be changed.
    pub fn account_mut(&mut self, account: u32) -> &mut Account {
        &mut self.accounts[account as usize]
    }

    /// Returns the record of `account`.
    pub fn record_of(&mut self, account: u32) -> &mut AccountRecord {
        &mut self.record.accounts[account as usize]
    }

    /// Looks at every account of `accounts`, which are about to be worked on. The processor fetches many of them from
    /// memory at a time, where the work on one after another would each wait for its own.
    pub fn bring_near(&self, accounts: impl Iterator<Item = u32>) {
        let looked_at = accounts.fold(0, |sum: u32, account| {
            let (entry, record) = (&self.accounts[account as usize], &self.record.accounts[account as usize]);
            let below = u32::from(entry.months_below);
            let lines = [entry.life.into(), below, entry.profile.seats, entry.company_day.0 as u32];
            lines.into_iter().fold(sum ^ record.due, |sum, line| sum ^ line)
        });
        std::hint::black_box(looked_at);
    }

    /// Schedules `event` at the start of `day`, or at once if that day has begun.
    #[inline(always)]
    pub fn schedule(&mut self, day: Day, event: Event) {
        self.schedule_at(SimTime::from_day(day), event);
    }

    /// Schedules `event`; what lies in the past happens now. At equal times the kinds' ranks decide, then the
    /// order of scheduling.
    ///
    /// Inlined, so that an event is written once, into its bucket: handed on, it would be copied while its parts are
    /// still on their way to memory.
    #[inline(always)]
    pub fn schedule_at(&mut self, at: SimTime, event: Event) {
        // In the morning the clock still shows yesterday's last event.
        let at = at.max(self.calendar.now()).max(SimTime::from_day(self.today));
        self.calendar.schedule(at, event.rank(), event).expect("never before now");
    }

    /// Writes a line into the event log, where one is kept.
    pub fn log(&mut self, account: u32, happened: Happened) {
        if self.logging && !self.warming_up {
            if self.follower.is_some() {
                return trace::tell(self, account, Told::Happened(happened));
            }
            let program = self.accounts[account as usize].program;
            self.record.log.push(LogEntry { at: self.calendar.now(), account, program, happened });
        }
    }

    /// Returns whether chance says yes: whether the uniform `drawn` is below `probability`. Written down where the
    /// account is followed, unless the answer was certain.
    #[inline]
    pub fn chance(&mut self, account: u32, question: Question, probability: f64, drawn: f64) -> bool {
        if self.follower.is_some() && probability > 0.0 && probability < 1.0 {
            self.decided(account, question, &[probability], drawn);
        }
        drawn < probability
    }

    /// Writes down what chance has decided, if the account is followed.
    #[cold]
    pub fn decided(&mut self, account: u32, question: Question, odds: &[f64], drawn: f64) {
        let decision = Decision { question, odds: odds.to_vec(), drawn };
        trace::tell(self, account, Told::Decided(decision));
    }

    /// Books advisors' time on a touchpoint of `account`.
    pub fn work(&mut self, account: u32, minutes: f64) {
        if self.warming_up || minutes <= 0.0 {
            return;
        }
        self.week_minutes += minutes;
        self.record_of(account).minutes += minutes;
    }

    /// Returns the counts of a touchpoint.
    pub fn touch_count(&mut self, account: u32, plan: u16) -> &mut TouchCount {
        let program = self.accounts[account as usize].program as usize;
        &mut self.record.touches[program][plan as usize]
    }

    /// Moves `account` into `stage`, closing the days of the one before.
    pub fn enter(&mut self, account: u32, stage: Stage) {
        self.close_stage(account);
        let today = self.today;
        let entry = self.account_mut(account);
        entry.stage = stage;
        entry.stage_since = today;
        self.gates[account as usize] = None;
        if stage != Stage::Left {
            self.log(account, Happened::Stage(stage));
        }
        if stage == Stage::Nurturing && !self.warming_up {
            self.record_of(account).nurturing.get_or_insert(today);
        }
    }

    /// Adds the days since the last stage change to the record, and the watching over the account in them.
    pub fn close_stage(&mut self, account: u32) {
        let entry = &mut self.accounts[account as usize];
        if !self.warming_up {
            add_stage_days(&mut self.record.accounts[account as usize], entry, self.today);
        }
        entry.stage_since = self.today;
    }

    /// Returns the record of `account` as it would be if the run ended this morning.
    #[must_use]
    pub fn record_by_now(&self, account: u32) -> AccountRecord {
        let entry = self.account(account);
        let mut record = self.record.accounts[account as usize].clone();
        add_stage_days(&mut record, entry, self.today);
        add_band_days(&mut record, entry, self.today);
        record
    }

    /// Gives `account` the band `band`, closing the days of the one before.
    pub fn set_band(&mut self, account: u32, band: Color) {
        self.close_band(account);
        self.account_mut(account).band = band;
    }

    /// Adds the days since the last band change to the record.
    pub fn close_band(&mut self, account: u32) {
        let entry = &mut self.accounts[account as usize];
        if !self.warming_up {
            add_band_days(&mut self.record.accounts[account as usize], entry, self.today);
        }
        entry.band_since = self.today;
    }

    /// Notes that the customer was in touch with a person: decay stops, and the activity trait is fresh.
    pub fn contact(&mut self, scenario: &Scenario, account: u32) {
        *self.activity.last_contact.at(account) = self.today.0 as f32;
        self.note_activity(scenario, account);
    }

    /// Notes an activity that is logged: the activity trait is fresh.
    pub fn note_activity(&mut self, scenario: &Scenario, account: u32) {
        self.account_mut(account).last_activity = self.today;
        self.await_band(scenario, account);
    }

    /// Looks up the day on which the band of `account` will change unless something happens.
    pub fn await_band(&mut self, scenario: &Scenario, account: u32) {
        let today = self.today.0;
        let entry = self.account(account);
        let health = &self.program(scenario, account).health;
        let quiet = today - entry.last_activity.0;
        let due =
            health.band_changes_in(entry.bands, entry.band, quiet).map_or(i32::MAX, |days| today + days);
        self.band_due[account as usize] = due;
    }

    /// Lets the program that serves `account` watch over it: its share of the advisors' time.
    pub fn watch(&mut self, scenario: &Scenario, account: u32) {
        let weekly = self.program(scenario, account).settings.monitoring.in_days() * 1_440.0;
        self.account_mut(account).watched_daily = weekly / 7.0;
    }

    /// Adds `amount` to a lift of `account`.
    pub fn lift(&mut self, account: u32, kind: usize, amount: f32) {
        *self.activity.lifts[kind].at(account) += amount;
    }

    /// Returns the record of a stay in Lighthouse.
    pub fn stay(&mut self, record: u32) -> &mut LighthouseRecord {
        &mut self.record.lighthouse[record as usize]
    }

    /// Returns the trait of sentiment that the advisors have of `account`.
    #[must_use]
    pub fn sentiment(&self, scenario: &Scenario, account: u32) -> Trait {
        let read = self.reading(scenario, account);
        if read > HEALTHY_ABOVE {
            Trait::Healthy
        } else if read < POOR_BELOW {
            Trait::Poor
        } else {
            Trait::Concerning
        }
    }

    /// Returns what advisors read of the relationship with `account` [standard deviations].
    #[must_use]
    pub fn reading(&self, scenario: &Scenario, account: u32) -> f64 {
        let entry = self.account(account);
        let skill = scenario.file.population.sentiment_correlation.get();
        skill * entry.profile.relationship + entry.profile.misreading + entry.feedback
    }
}

/// Adds the days since the last stage change, and the watching over the account in them.
fn add_stage_days(record: &mut AccountRecord, entry: &Account, today: Day) {
    if entry.stage == Stage::Left {
        return;
    }
    let days = (today.0 - entry.stage_since.0.max(0)).max(0) as u32;
    record.stage_days[entry.stage as usize] += days;
    if entry.living {
        record.minutes += entry.watched_daily * f64::from(days);
        record.days += days;
    }
}

/// Adds the days since the last band change.
fn add_band_days(record: &mut AccountRecord, entry: &Account, today: Day) {
    if entry.served() {
        let days = (today.0 - entry.band_since.0.max(0)).max(0) as u32;
        record.band_days[entry.band as usize] += days;
    }
}
