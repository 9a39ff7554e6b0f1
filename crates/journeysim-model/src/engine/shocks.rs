//! What befalls customers from outside: champions come and go, budgets are cut, companies change hands,
//! features are released, tickets and requests come in.
//!
//! Each is a Poisson process keyed by account, spell and count, so the k-th ticket of an account comes at the same moment
//! under every program. A *spell* is the time from a close to the churn after it: nothing befalls who is no customer.

use crate::base::math::lanes::ln_f32;
use crate::base::math::{ln, normal_quantile, powf};
use crate::base::random::{Purpose, Streams};
use crate::base::time::{Day, SimTime};
use crate::engine::event::Event;
use crate::engine::record::Happened;
use crate::engine::world::World;
use crate::engine::{renewal, tickets, touch};
use crate::health::Trait;
use crate::population::Role;
use crate::population::generate::Drift;
use crate::program::stage::Stage;
use crate::program::touchpoint::{
    Color, Happening, RequestFactors, RequestPhase, RequestTimes, ResponseSettings,
};
use crate::scenario::{FEATURE_LIFT, Scenario, TICKET_LIFT};

/// Starts all processes of an account that becomes a customer, or is one when the warm-up begins.
pub fn start(world: &mut World, scenario: &Scenario, account: u32) {
    let entry = world.account_mut(account);
    entry.spell += 1;
    let count = first_count(entry.spell);
    let shocks = &scenario.file.shocks;
    let processes = [
        (shocks.champion_leaves, Purpose::ChampionLeaves, Event::ChampionLeaves { account, count }),
        (shocks.budget_cut, Purpose::BudgetShock, Event::BudgetCut { account, count }),
        (shocks.company_change, Purpose::CompanyShock, Event::CompanyChange { account, count }),
    ];
    for (rate, purpose, event) in processes {
        if let Some(day) = gap(world, account, purpose, count, rate.per_day()) {
            world.schedule(day, event);
        }
    }
    schedule_request(world, scenario, account, 0, SimTime::from_day(world.today));
    tickets::start(world, scenario, account);
    schedule_feature_use(world, scenario, account, count);
    world.schedule(next_drift(account, world.today), Event::Drift { account, count });
}

/// Returns the count of the first event of each process in a spell.
pub(super) fn first_count(spell: u16) -> u32 {
    u32::from(spell) << 20
}

/// Returns whether the event of a process belongs to an earlier spell, or the customer has left.
pub(super) fn is_over(world: &World, account: u32, count: u32) -> bool {
    let entry = world.account(account);
    !entry.living || count >> 20 != u32::from(entry.spell)
}

/// Returns the first day from `from` on at which `account` drifts: each has its own day of the quarter.
#[must_use]
pub fn next_drift(account: u32, from: Day) -> Day {
    let own_day = (account % Drift::QUARTER as u32) as i32;
    Day(from.0 + (own_day - from.0).rem_euclid(Drift::QUARTER))
}

/// Returns the draws of an account's step of drift on `day`.
#[must_use]
pub fn drift_draws(streams: &Streams, account: u32, attempt: u32, day: Day) -> [f64; 3] {
    let draw = streams.draw(Purpose::Drift, account, day.0 as u32, attempt);
    [0, 1, 2].map(|word| normal_quantile(draw.word_uniform(word)))
}

/// Relationship, ceiling and usage drift by a quarter.
pub fn drift(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    let today = world.today;
    world.schedule(Day(today.0 + Drift::QUARTER), Event::Drift { account, count });
    let usage = &scenario.file.usage;
    let normals = drift_draws(&world.streams, account, world.account(account).attempt, today);
    let profile = &mut world.account_mut(account).profile;
    profile.drift(usage, scenario.drift, normals);
    let (ceiling, ratio) = (profile.ceiling(usage), profile.usage(usage));
    *world.activity.ceiling.at(account) = ceiling as f32;
    *world.activity.usage.at(account) = ratio as f32;
}

/// Returns the day of the next arrival of a Poisson process of `rate` a day, counted from today.
fn gap(world: &World, account: u32, purpose: Purpose, count: u32, rate: f64) -> Option<Day> {
    let days = gap_days(&world.streams, account, purpose, count, rate)?;
    Some(Day(world.today.0 + days))
}

/// Returns how many days pass before event `count` of a Poisson process of `rate` a day, at least one.
pub(super) fn gap_days(
    streams: &Streams,
    account: u32,
    purpose: Purpose,
    count: u32,
    rate: f64,
) -> Option<i32> {
    if rate <= 0.0 {
        return None;
    }
    four_gaps(streams, account, purpose, count / 4, rate)[count as usize % 4]
}

/// One of 2^32 parts of 1.
const CELL: f32 = 1.0 / 4_294_967_296.0;

/// Returns the gaps before events `4 block` to `4 block + 3` of a Poisson process: a word of one draw for each.
pub(super) fn four_gaps(
    streams: &Streams,
    account: u32,
    purpose: Purpose,
    block: u32,
    rate: f64,
) -> [Option<i32>; 4] {
    let mean = (1.0 / rate) as f32;
    // The middle of one of 2^32 cells, as near as single precision comes. All four before any is looked at, so that
    // they are reckoned side by side.
    let uniforms = streams.draw(purpose, account, block, 0).words().map(|word| (word as f32 + 0.5) * CELL);
    let days = uniforms.map(|uniform| -ln_f32(uniform) * mean);
    days.map(|days| (days < 20_000.0).then_some((days as i32).saturating_add(1)))
}

/// What shocks of the past have left of an account on one day.
#[derive(Debug, Clone, Copy)]
pub struct Befallen {
    /// Share of the seats still needed.
    pub need: f64,
    /// Days since the last change of the company.
    pub company_change: Option<f64>,
    /// Days until the champion who has left is replaced.
    pub champion_missing: Option<f64>,
}

impl Befallen {
    /// Draws what has befallen an account of `tenure` days by the day that `occasion` and `label` stand for: the need for
    /// seats half recovered from the last cut, the last change of the company half forgotten, a champion missing as
    /// often as one is.
    #[must_use]
    pub fn draw(
        scenario: &Scenario,
        streams: &Streams,
        account: u32,
        (occasion, label): (u32, u32),
        tenure: i32,
    ) -> Self {
        let shocks = &scenario.file.shocks;
        let uniform = |purpose| streams.draw(purpose, account, occasion, label).uniform(0);
        let ago = |purpose, rate: f64| {
            let days = -ln(uniform(purpose)) / rate.max(1e-12);
            (days < f64::from(tenure)).then_some(days)
        };
        let cut = ago(Purpose::BudgetShock, shocks.budget_cut.per_day());
        let left = ago(Purpose::ChampionLeaves, shocks.champion_leaves.per_day());
        let replaced = -ln(uniform(Purpose::ChampionReturns)) * shocks.champion_replaced.in_days();
        Self {
            need: cut.map_or(1.0, |days| {
                1.0 - shocks.budget_cut_size.get() * powf(0.5, days / shocks.budget_recovery.in_days())
            }),
            company_change: ago(Purpose::CompanyShock, shocks.company_change.per_day()),
            champion_missing: left.map(|days| replaced - days).filter(|&days| days > 0.0),
        }
    }
}

/// Leaves an account of `tenure` days as the shocks of its past left it.
pub fn befall_before(world: &mut World, scenario: &Scenario, account: u32, tenure: i32) {
    let befallen = Befallen::draw(scenario, &world.streams, account, (0, 1), tenure);
    let today = world.today;
    *world.activity.need.at(account) = befallen.need as f32;
    if let Some(days) = befallen.company_change {
        let entry = world.account_mut(account);
        entry.company_change = 1.0;
        entry.company_day = Day(today.0 - days as i32);
    }
    if let Some(days) = befallen.champion_missing {
        let entry = world.account_mut(account);
        entry.champion_missing = true;
        entry.noticed_champion = false;
        entry.profile.contacts.clear(Role::Champion);
        let back = Day(today.0 + days.ceil() as i32);
        world.schedule(back, Event::ChampionReturns { account });
    }
}

/// The champion leaves; a new one may be found after a while.
pub fn champion_leaves(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    let shocks = &scenario.file.shocks;
    let rate = shocks.champion_leaves.per_day();
    if let Some(day) = gap(world, account, Purpose::ChampionLeaves, count + 1, rate) {
        world.schedule(day, Event::ChampionLeaves { account, count: count + 1 });
    }
    let mean = shocks.champion_replaced.in_days();
    let u = world.streams.draw(Purpose::ChampionReturns, account, count, 0).uniform(0);
    let back = Day(world.today.0 + (-ln(u) * mean).ceil().min(20_000.0) as i32);
    let entry = world.account_mut(account);
    let was_missing = std::mem::replace(&mut entry.champion_missing, true);
    entry.profile.contacts.clear(Role::Champion);
    if !was_missing {
        world.schedule(back, Event::ChampionReturns { account });
        world.log(account, Happened::ChampionLeft);
        notice_later(world, scenario, account);
        touch::happen(world, scenario, account, Happening::ChampionLeft);
        super::care::champion_lost(world, scenario, account);
    }
}

/// A new champion is found.
pub fn champion_returns(world: &mut World, scenario: &Scenario, account: u32) {
    let entry = world.account_mut(account);
    if !entry.champion_missing {
        return;
    }
    entry.champion_missing = false;
    entry.profile.contacts.fill(Role::Champion);
    if entry.living {
        world.log(account, Happened::ChampionFound);
        notice_later(world, scenario, account);
    }
}

/// Lets the advisors notice a change of what they set by hand, with the lag of their monthly prompt.
fn notice_later(world: &mut World, scenario: &Scenario, account: u32) {
    let lag = world.program(scenario, account).health.hand_set_lag.get() as i32;
    world.schedule(Day(world.today.0 + lag), Event::Noticed { account });
}

/// Fewer seats are needed.
pub fn budget_cut(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    let shocks = &scenario.file.shocks;
    if let Some(day) = gap(world, account, Purpose::BudgetShock, count + 1, shocks.budget_cut.per_day()) {
        world.schedule(day, Event::BudgetCut { account, count: count + 1 });
    }
    *world.activity.need.at(account) *= 1.0 - shocks.budget_cut_size.get() as f32;
    world.log(account, Happened::BudgetCut);
}

/// The company is acquired, or moves to another platform.
pub fn company_change(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    let shocks = &scenario.file.shocks;
    let rate = shocks.company_change.per_day();
    if let Some(day) = gap(world, account, Purpose::CompanyShock, count + 1, rate) {
        world.schedule(day, Event::CompanyChange { account, count: count + 1 });
    }
    let today = world.today;
    let left = renewal::company_change(world, scenario, account);
    let entry = world.account_mut(account);
    entry.company_change = left + 1.0;
    entry.company_day = today;
    world.log(account, Happened::CompanyChanged);
}

/// A defect ticket comes in.
pub fn defect(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    let shocks = &scenario.file.shocks;
    if let Some(day) = gap(world, account, Purpose::DefectTicket, count + 1, shocks.defect_tickets.per_day())
    {
        world.schedule(day, Event::Defect { account, count: count + 1 });
    }
    world.lift(account, TICKET_LIFT, -(shocks.defect_weight.get() as f32));
}

/// The customer asks the team for something.
pub fn request(world: &mut World, scenario: &Scenario, account: u32, count: u32, spell: u16) {
    let entry = world.account(account);
    if !entry.living || entry.spell != spell {
        return;
    }
    let now = world.calendar.now();
    let from = match scenario.file.responses.requests_at {
        RequestTimes::Always => now,
        RequestTimes::WorkingHours => spread_over_day(now),
    };
    schedule_request(world, scenario, account, count + 1, from);
    let responses = &scenario.file.responses;
    if responses.request_factors != RequestFactors::default() {
        let draw = world.streams.draw(Purpose::Request, account, count, u32::from(spell) << 1);
        let phase = phase_factor(&responses.request_phases, from);
        if draw.uniform(1) * busiest(responses) >= phase * state_factor(world, scenario, account) {
            return;
        }
    }
    world.log(account, Happened::Requested);
    touch::ask(world, scenario, account, Happening::Request, count);
}

/// When customers who keep working hours begin to ask, and for how long each working day (s).
const ASKING: (i64, i64) = (9 * 3_600, 8 * 3_600);
const DAY: i64 = 86_400;

/// More than any run lasts (s).
const LONGEST_GAP: i64 = 200 * 366 * DAY;

/// Schedules the first request from `from` on. Customers who keep working hours ask as often, and within them: days on
/// which nobody works are left out, and the hours of a day are pressed into those of work.
///
/// Phases, and what a customer is going through, thin out a process at the rate of the busiest customer in the busiest phase
/// (Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", Naval Research Logistics Quarterly 26,
/// 1979). Phases are known ahead; for the rest every request that may come is an event, and one draw decides on it then.
fn schedule_request(world: &mut World, scenario: &Scenario, account: u32, first: u32, from: SimTime) {
    let responses = &scenario.file.responses;
    let always = responses.requests_at == RequestTimes::Always;
    let busiest = busiest(responses);
    // Five days of seven.
    let rate = responses.requests.per_day() * busiest * if always { 1.0 } else { 1.4 } / DAY as f64;
    if rate <= 0.0 && responses.between_requests.is_none() {
        return;
    }
    let spell = world.account(account).spell;
    let label = u32::from(spell) << 1;
    let most = responses.request_factors.largest();
    let mut at = from;
    for count in first.. {
        let draw = world.streams.draw(Purpose::Request, account, count, label);
        let gap = match &responses.between_requests {
            Some(between) => between.sample(&world.streams, Purpose::Request, account, count, label | 1),
            None => -ln(draw.uniform(0)) / rate,
        };
        at = SimTime(at.0 + (gap.round() as i64).clamp(1, LONGEST_GAP));
        if at.day() > scenario.horizon {
            return;
        }
        let asks = draw.uniform(1) * busiest < phase_factor(&responses.request_phases, at) * most;
        if asks && (always || scenario.almanac.is_working(at.day())) {
            let at = if always { at } else { pressed_into_work(at) };
            world.schedule_at(at, Event::Request { account, count, spell });
            return;
        }
    }
}

/// Returns the factor on the rate of the busiest customer in the busiest phase.
fn busiest(responses: &ResponseSettings) -> f64 {
    let phases = responses.request_phases.iter().map(|phase| phase.factor.get()).reduce(f64::max);
    phases.unwrap_or(1.0) * responses.request_factors.largest()
}

/// Returns the factor on the rate of requests by what the customer is going through now.
fn state_factor(world: &World, scenario: &Scenario, account: u32) -> f64 {
    let factors = &scenario.file.responses.request_factors;
    let entry = world.account(account);
    let stage = match entry.stage {
        Stage::Onboarding => factors.onboarding.get(),
        Stage::Adopting => factors.adopting.get(),
        Stage::Nurturing => factors.nurturing.get(),
        Stage::Renewing => factors.renewing.get(),
        Stage::Prospect | Stage::Left => 1.0,
    };
    let band = match entry.band {
        Color::Green => factors.green,
        Color::Yellow => factors.yellow,
        Color::Red => factors.red,
    };
    let tickets = if entry.ticket_traits.contains(&Trait::Poor) {
        factors.poor_tickets.get()
    } else if entry.ticket_traits.contains(&Trait::Concerning) {
        factors.concerning_tickets.get()
    } else {
        1.0
    };
    stage * band.get() * tickets
}

/// Returns the factor of the phase that `at` falls into.
fn phase_factor(phases: &[RequestPhase], at: SimTime) -> f64 {
    let cycle: i64 = phases.iter().map(|phase| phase.length.get()).sum();
    if cycle <= 0 {
        return 1.0;
    }
    let mut left = at.0.rem_euclid(cycle);
    for phase in phases {
        if left < phase.length.get() {
            return phase.factor.get();
        }
        left -= phase.length.get();
    }
    unreachable!("what is left is less than the cycle")
}

fn pressed_into_work(at: SimTime) -> SimTime {
    let midnight = SimTime::from_day(at.day());
    SimTime(midnight.0 + ASKING.0 + (at.0 - midnight.0) * ASKING.1 / DAY)
}

/// Undoes [`pressed_into_work`].
fn spread_over_day(at: SimTime) -> SimTime {
    let midnight = SimTime::from_day(at.day());
    SimTime(midnight.0 + (at.0 - midnight.0 - ASKING.0) * DAY / ASKING.1)
}

/// Schedules the first use of the next feature that this account's users try.
fn schedule_feature_use(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    let shocks = &scenario.file.shocks;
    let every = (shocks.release_every.in_days().round() as i32).max(1);
    let mut release = world.today.0.div_euclid(every) + 1;
    let last = scenario.horizon.0.div_euclid(every) + 1;
    while release <= last {
        let draw = world.streams.draw(Purpose::FeatureUse, account, release as u32, 0);
        if draw.uniform(0) < shocks.feature_tried.get() {
            let lag = (draw.uniform(1) * 0.5 * f64::from(every)) as i32;
            world.schedule(Day(release * every + lag), Event::FeatureUse { account, count });
            return;
        }
        release += 1;
    }
}

/// A user's first use of the feature of a release.
pub fn feature_use(world: &mut World, scenario: &Scenario, account: u32, count: u32) {
    if is_over(world, account, count) {
        return;
    }
    schedule_feature_use(world, scenario, account, count);
    if world.activity.running.get(account) > 0.0 {
        world.lift(account, FEATURE_LIFT, scenario.file.shocks.feature_lift.get() as f32);
        world.log(account, Happened::FeatureUsed);
        touch::happen(world, scenario, account, Happening::FeatureUse);
    }
}
