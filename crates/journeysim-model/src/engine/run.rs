//! One replication: read this first.
//!
//! ```text
//! opening (baseline, warmed up to day 0) --clone--> world of a variant --day by day--> Record
//! ```
//!
//! # A day, in this order
//!
//! 1. At midnight what fell due is published: the month on the first, then the week on Mondays, so that a Monday that is
//!    a first divides by the users of the month that has just ended.
//! 2. Health bands follow the score of the morning.
//! 3. Lighthouse meets on Mondays.
//! 4. The day's events happen, ordered by `(time, rank, sequence)`.
//! 5. Everyone uses the product: the day kernel.
//!
//! On its date a dated change comes into force before all of this: see [`changes`].
//!
//! A window `[from, to)` closes before anything of day `to` has happened.

use crate::base::random::Streams;
use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::record::{Happened, PoolRecord, Record, WeekRecord};
use crate::engine::takeover::{self, Predecessor};
use crate::engine::touch::Occasion;
use crate::engine::trace::{self, Follower, Life};
use crate::engine::windows;
use crate::engine::world::World;
use crate::engine::{care, changes, journey, listing, opening, renewal, shocks, tickets, touch, work};
use crate::population::generate::Profile;
use crate::program::stage::Stage;
use crate::scenario::Scenario;
use crate::usage::activity::DayInput;

/// What a replication keeps besides its counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// The event log.
    pub log: bool,
}

/// The opening book of a replication, made once under the baseline and shared by every variant.
#[derive(Debug, Clone)]
pub struct Opening {
    pub(super) world: World,
    predecessor: Predecessor,
}

/// A customer as a run opens with it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Who it is.
    pub profile: &'a Profile,
    /// MAU / seats, as last published.
    pub utilization: Option<f64>,
    /// Daily over monthly users, as last published.
    pub usage: Option<f64>,
}

impl Opening {
    /// Makes the opening book of `replication`: draws it and lives its last year under `baseline`.
    #[must_use]
    pub fn new(baseline: &Scenario, replication: u32) -> Self {
        let streams = Streams::new(baseline.file.seed, replication);
        let mut world = opening::open_book(baseline, streams);
        while world.today < Day(0) {
            live_a_day(&mut world, baseline);
        }
        listing::settle(&mut world, baseline);
        Self { world, predecessor: Predecessor::new(baseline) }
    }

    /// Returns the customers under contract, in their order.
    pub fn customers(&self) -> impl Iterator<Item = Seen<'_>> {
        let World { accounts, published, .. } = &self.world;
        let living = (0..).zip(accounts).filter(|(_, account)| account.living);
        living.map(|(number, account)| Seen {
            profile: &account.profile,
            utilization: published.utilization(number),
            usage: published.usage(number),
        })
    }

    /// Runs `scenario` from this opening to its horizon.
    #[must_use]
    pub fn run(&self, scenario: &Scenario, keep: Keep) -> Record {
        self.clone().run_on(scenario, keep)
    }

    /// Runs `scenario` from this opening as [`Self::run`] does, where no other will: that saves the memory of a copy.
    #[must_use]
    pub fn run_on(self, scenario: &Scenario, keep: Keep) -> Record {
        self.live(scenario, keep, None).record
    }

    /// Returns the number of accounts, numbered from 0: those of the opening book, then those that may close later.
    #[must_use]
    pub fn accounts(&self) -> u32 {
        self.world.accounts.len() as u32
    }

    /// Runs `scenario` as [`Self::run`] does and returns the life of `account` in it.
    ///
    /// # Panics
    ///
    /// If there is no such account.
    #[must_use]
    pub fn follow(&self, scenario: &Scenario, account: u32) -> (Record, Life) {
        let world = self.clone().live(scenario, Keep { log: true }, Some(account));
        let follower = world.follower.expect("invariant: who follows is not dismissed");
        (world.record, follower.life)
    }

    fn live(self, scenario: &Scenario, keep: Keep, followed: Option<u32>) -> World {
        let Self { mut world, predecessor } = self;
        takeover::put_in_force(&mut world, scenario, &predecessor, keep);
        world.follower = followed.map(|account| Box::new(Follower::new(&world, scenario, account)));
        while world.today < scenario.horizon {
            windows::open_and_close(&mut world, scenario);
            changes::come_into_force(&mut world, scenario);
            live_a_day(&mut world, scenario);
        }
        windows::open_and_close(&mut world, scenario);
        windows::close_books(&mut world);
        world
    }
}

fn live_a_day(world: &mut World, scenario: &Scenario) {
    let today = world.today;
    let almanac = &scenario.almanac;
    world.calendar.open(today).expect("invariant: days are opened in order and emptied");

    // 1. What fell due at midnight. Before the first day there was no month.
    let is_monday = almanac.weekday(today) == 0;
    let is_month = almanac.is_month_start(today) && today > scenario.first;
    if is_month {
        let counted = counted_days_of_last_month(scenario, today);
        world.published.close_month(&mut world.activity, &scenario.file.usage, counted);
    }
    if is_monday {
        world.published.close_week(&mut world.activity, &scenario.file.usage);
    }
    if is_month {
        journey::count_month(world, scenario);
    }
    if is_month || is_monday {
        journey::look_at_gates(world, scenario, is_month);
    }
    if is_monday {
        keep_up(world, scenario);
        note_week(world);
    }
    if is_month {
        renewal::count_heads(world, scenario);
    }

    // 2. and 3. Health and Lighthouse.
    journey::follow_bands(world, scenario);
    care::meet(world, scenario);

    // 4. The day's events.
    while let Some(event) = next_event(world) {
        if !world.warming_up {
            world.record.events += 1;
        }
        handle(world, scenario, event);
    }

    // 5. Use of the product.
    if world.warming_up {
        listing::hold(world, scenario);
    }
    let input =
        DayInput { day: today, working: almanac.is_working(today), weekend: almanac.is_weekend(today) };
    scenario.kernel.advance(&mut world.activity, &world.streams, input);
    world.today = Day(today.0 + 1);
}

/// Events whose accounts are fetched ahead together: enough for their times to overlap, few enough to stay near until their
/// turn comes.
const AHEAD: usize = 64;

fn next_event(world: &mut World) -> Option<Event> {
    if world.calendar.planned().len().is_multiple_of(AHEAD) {
        let ahead = world.calendar.planned().take(AHEAD);
        world.bring_near(ahead.filter_map(|event| event.account()));
    }
    world.calendar.pop().map(|(_, event)| event)
}

fn handle(world: &mut World, scenario: &Scenario, event: Event) {
    match event {
        Event::Prospect { account } => journey::enter_as_prospect(world, scenario, account),
        Event::Trial { account, is_free } => world.log(account, Happened::TrialBegan { is_free }),
        Event::ProspectLost { account } => {
            world.enter(account, Stage::Left);
            world.log(account, Happened::ProspectLost);
        }
        Event::Close { account, life } => journey::close(world, scenario, account, life),
        Event::FirstPing { account, life } => journey::first_ping(world, scenario, account, life),
        Event::GoalEnds { account, life } => journey::end_goal_clock(world, scenario, account, life),
        Event::OnboardingEnds { account, life } => journey::end_onboarding(world, scenario, account, life),
        Event::RenewalWindow { account, term } => {
            journey::open_renewal_window(world, scenario, account, term);
        }
        Event::GateCheck { account, life } => journey::check_gate(world, scenario, account, life),
        Event::TermEnds { account, term } => renewal::end_term(world, scenario, account, term),
        Event::EarlySigning { account, term } => renewal::sign_early(world, scenario, account, term),
        Event::Expansion { account, term, year } => renewal::expand(world, scenario, account, term, year),
        Event::TrueUp { account, term } => renewal::true_up(world, scenario, account, term),
        Event::WinBack { account, life } => renewal::win_back(world, scenario, account, life),
        Event::ChampionLeaves { account, count } => shocks::champion_leaves(world, scenario, account, count),
        Event::ChampionReturns { account } => shocks::champion_returns(world, scenario, account),
        Event::Drift { account, count } => shocks::drift(world, scenario, account, count),
        Event::BudgetCut { account, count } => shocks::budget_cut(world, scenario, account, count),
        Event::CompanyChange { account, count } => shocks::company_change(world, scenario, account, count),
        Event::Defect { account, count } => shocks::defect(world, scenario, account, count),
        Event::TicketTurn { account, kind, life } => tickets::turn(world, scenario, account, kind, life),
        Event::FeatureUse { account, count } => shocks::feature_use(world, scenario, account, count),
        Event::Request { account, count, spell } => shocks::request(world, scenario, account, count, spell),
        Event::PoolOpens { pool } => work::open_pool(world, scenario, pool),
        Event::WorkEnds { work, serial } => work::end(world, scenario, work, serial),
        Event::WorkLapses { work, serial } => work::lapse(world, scenario, work, serial),
        Event::Noticed { account } => care::notice(world, scenario, account),
        Event::Assessment { account, term } => care::assess(world, scenario, account, term),
        Event::LighthouseOpens { account, term } => care::open_lighthouse(world, scenario, account, term),
        Event::LighthouseAdHoc { account, count, life } => {
            care::put_in_ad_hoc(world, scenario, account, count, life);
        }
        Event::Rescheduled { account, key, plan, life, attempt } => {
            touch::try_again(world, scenario, account, life, Occasion { plan, key, attempt });
        }
        Event::Touch { account, base, plan, life } => {
            touch::due(world, scenario, account, Day(base), plan, life);
        }
    }
}

/// Returns how many days of the month before `first`, a first of the month, are in the mean of daily users.
pub(super) fn counted_days_of_last_month(scenario: &Scenario, first: Day) -> u32 {
    let almanac = &scenario.almanac;
    let mut day = Day(first.0 - 1);
    let mut counted = 0;
    loop {
        counted += u32::from(scenario.kernel.counts(almanac.is_weekend(day)));
        if almanac.is_month_start(day) {
            return counted;
        }
        day = Day(day.0 - 1);
    }
}

/// Counts the week's upkeep of the programs.
fn keep_up(world: &mut World, scenario: &Scenario) {
    work::share_out_upkeep(world, scenario);
    if world.warming_up {
        return;
    }
    let programs = &scenario.programs[..scenario.own_programs()];
    world.record.upkeep_minutes.resize(programs.len(), 0.0);
    for (program, minutes) in programs.iter().zip(&mut world.record.upkeep_minutes) {
        let upkeep = program.settings.upkeep.in_days() * 1_440.0;
        world.week_minutes += upkeep;
        *minutes += upkeep;
    }
}

/// Writes down the week that begins today, with its watching over accounts (booked to them day by day).
fn note_week(world: &mut World) {
    if world.warming_up {
        return;
    }
    if world.follower.is_some() {
        trace::note_week(world);
    }
    let minutes = std::mem::take(&mut world.week_minutes);
    let total = PoolRecord::sum(&world.record.pools);
    let work = total.since(&std::mem::replace(&mut world.work_before, total));
    let mut week = WeekRecord {
        day: world.today,
        accounts: 0,
        arr: crate::base::money::Money::ZERO,
        stages: [0; 5],
        bands: [0; 3],
        utilization: (0.0, 0),
        usage: (0.0, 0),
        lighthouse: world.members.len() as u32,
        lighthouse_waiting: world.waiting.len() as u32,
        minutes,
        work: (!world.desks.is_empty()).then_some(work),
        backlog: world.desks.iter().map(work::Desk::backlog_minutes).sum(),
        tenure: 0.0,
        propensity: 0.0,
    };
    for (number, account) in world.accounts.iter().enumerate() {
        if account.stage == Stage::Prospect {
            week.stages[Stage::Prospect as usize] += 1;
        }
        if !account.served() {
            continue;
        }
        week.accounts += 1;
        week.minutes += 7.0 * account.watched_daily;
        week.arr += account.profile.arr();
        week.stages[account.stage as usize] += 1;
        week.bands[account.band as usize] += 1;
        week.tenure += f64::from(world.today.0 - account.clocks.close.0);
        week.propensity += account.profile.propensity;
        let number = number as u32;
        if let Some(utilization) = world.published.utilization(number) {
            week.utilization = (week.utilization.0 + utilization, week.utilization.1 + 1);
        }
        if let Some(usage) = world.published.usage(number) {
            week.usage = (week.usage.0 + usage, week.usage.1 + 1);
        }
    }
    world.record.weeks.push(week);
}
