//! The opening book and the stream of new business.
//!
//! 1. Real accounts come first: see [`listing`]. Each other place of the book takes the first customer drawn who is
//!    still there: see `Places` below.
//! 2. The world begins a warm-up before day 0, with these customers under contract; nobody leaves in it.
//! 3. On day 0 a variant's program takes over: see [`super::takeover`].

use crate::base::math::exp;
use crate::base::random::{Purpose, Streams};
use crate::base::time::Day;
use crate::engine::calendar::EventCalendar;
use crate::engine::event::Event;
use crate::engine::past::Past;
use crate::engine::record::{AccountRecord, PoolRecord, Record, TouchCount};
use crate::engine::tickets::Tickets;
use crate::engine::world::{Account, World};
use crate::engine::{care, journey, listing, renewal, shocks, touch, work};
use crate::health::Trait;
use crate::population::generate::{Generator, Profile, season};
use crate::program::plan::Clocks;
use crate::program::stage::Stage;
use crate::program::touchpoint::Color;
use crate::scenario::Scenario;
use crate::usage::activity::Activity;
use crate::usage::published::Published;

/// Redraws of one place before its latest customer is taken, whatever became of it.
const PATIENCE: u32 = 10_000;

/// Opens the book of one replication: the world at the start of its warm-up.
#[must_use]
pub fn open_book(scenario: &Scenario, streams: Streams) -> World {
    let mut world = World {
        today: scenario.first,
        streams,
        calendar: EventCalendar::new(scenario.first),
        accounts: Vec::new(),
        activity: Activity::default(),
        published: Published::default(),
        band_due: Vec::new(),
        published_traits: Vec::new(),
        gates: Vec::new(),
        tickets: Vec::new(),
        members: Vec::new(),
        waiting: Vec::new(),
        desks: Vec::new(),
        works: Vec::new(),
        free_works: Vec::new(),
        latest_works: Vec::new(),
        record: Record::default(),
        warming_up: true,
        logging: false,
        follower: None,
        work_before: PoolRecord::default(),
        week_minutes: 0.0,
    };
    world.record.touches = touches(scenario);
    work::open_desks(&mut world, scenario);
    let generator = generator(scenario, &streams);
    let places = Places { scenario, generator };
    let listed = scenario.book.as_ref().map_or(0, |book| book.rows.len() as u32);
    for number in 0..listed {
        listing::place(&mut world, &places, number);
    }
    for number in listed..listed + scenario.generated() {
        if scenario.file.population.mid_life {
            let place = places.survivor(number);
            let account = add(&mut world, scenario, place.profile, place.attempt);
            install(&mut world, scenario, account, place.close);
        } else {
            let account = add(&mut world, scenario, generator.profile(number, 0), 0);
            journey::close(&mut world, scenario, account, 0);
        }
    }
    arrivals(&mut world, scenario, &generator);
    world
}

fn generator<'a>(scenario: &'a Scenario, streams: &'a Streams) -> Generator<'a> {
    Generator {
        population: &scenario.file.population,
        usage: &scenario.file.usage,
        hidden_spread: scenario.file.renewal.hidden_spread.get(),
        streams,
    }
}

/// Returns counts of zero for every touchpoint of `scenario`.
#[must_use]
pub fn touches(scenario: &Scenario) -> Vec<Vec<TouchCount>> {
    scenario.programs.iter().map(|program| vec![TouchCount::default(); program.plans.len()]).collect()
}

/// Draws who is in the book.
pub(super) struct Places<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) generator: Generator<'a>,
}

struct Place {
    profile: Profile,
    close: Day,
    attempt: u32,
}

impl Places<'_> {
    /// Returns the first customer drawn for a place who has survived every renewal up to day 0.
    ///
    /// Ages are drawn evenly over the history (weighted by season); surviving selects the ages of a book in steady
    /// state, and the hidden propensities that go with them.
    fn survivor(&self, number: u32) -> Place {
        let population = &self.scenario.file.population;
        let almanac = &self.scenario.almanac;
        let oldest = Day(-((f64::from(population.history.get()) * 365.0 / 12.0) as i32));
        for attempt in 0..PATIENCE {
            let drawn = self.generator.profile(number, attempt);
            let close = self.generator.close_day(almanac, number, attempt, oldest, Day(-1));
            let past = Past::new(self.scenario, self.generator.streams, (number, attempt), drawn, close);
            if let Some((profile, _)) = past.live() {
                return Place { profile, close, attempt };
            }
        }
        Place { profile: self.generator.profile(number, PATIENCE), close: Day(-1), attempt: PATIENCE }
    }
}

/// Adds an account that is not yet a customer, found for its place in an attempt.
pub(super) fn add(world: &mut World, scenario: &Scenario, profile: Profile, attempt: u32) -> u32 {
    let account = world.activity.add(scenario.lifts.len());
    world.published.add();
    world.band_due.push(world.today.0);
    world.published_traits.push([Trait::Concerning; 2]);
    world.gates.push(None);
    world.latest_works.push(None);
    world.tickets.push([Tickets::beginning(world.today, 0); 2]);
    let usage = &scenario.file.usage;
    let limit = if profile.soft_cap { scenario.file.population.soft_cap_limit.get() } else { 1.0 };
    let set = |column: &mut crate::usage::activity::Column, value: f64| *column.at(account) = value as f32;
    set(&mut world.activity.seats, f64::from(profile.seats));
    set(&mut world.activity.cap, limit);
    set(&mut world.activity.ceiling, profile.ceiling(usage));
    set(&mut world.activity.need, 1.0);
    set(&mut world.activity.pace, usage.pace() * profile.pace);
    set(&mut world.activity.usage, profile.usage(usage));
    set(&mut world.activity.adoption, usage.at_first());
    let constant_churn = renewal::beta_propensity(scenario, &world.streams, account, attempt);
    let today = world.today;
    let segment = profile.segment;
    let team = scenario.file.population.segmentation.team(segment, profile.arr());
    world.accounts.push(Account {
        profile,
        program: 0,
        team,
        home: team,
        stage: Stage::Left,
        stage_since: today,
        clocks: Clocks { close: today, contract_start: today, production_ready: None },
        term_end: today,
        term: 0,
        life: 0,
        spell: 0,
        living: false,
        signed: None,
        grown: false,
        refused: None,
        ripe: false,
        champion_missing: false,
        company_change: 0.0,
        company_day: today,
        ticket_traits: [Trait::Healthy; 2],
        noticed_champion: true,
        feedback: 0.0,
        bands: [Color::Yellow; 3],
        band: Color::Yellow,
        band_since: today,
        advisor: None,
        dedicated: None,
        last_activity: today,
        rating: None,
        lighthouse_days: 0,
        lighthouse: None,
        lighthouse_this_term: false,
        mails: [0, 0],
        mail_block: 0,
        months_below: 0,
        left_in_window: false,
        real: false,
        constant_churn,
        watched_daily: 0.0,
        attempt,
        cooldowns: Vec::new(),
    });
    world.record.accounts.push(blank_record(segment));
    let entry = world.account_mut(account);
    let champion = entry.profile.contacts.holder(crate::population::Role::Champion).is_some();
    entry.champion_missing = !champion;
    entry.noticed_champion = champion;
    assign(world, scenario, account);
    account
}

fn blank_record(segment: crate::population::segment::Segment) -> AccountRecord {
    AccountRecord {
        first_segment: segment,
        segment,
        program: 0,
        concerned: 0,
        treated: 0,
        opened: false,
        cohort: 0,
        close: Day(0),
        stage_days: [0; 5],
        band_days: [0; 3],
        days: 0,
        months: 0,
        months_utilization_healthy: 0,
        usage_months: 0,
        months_usage_healthy: 0,
        utilization_sum: 0.0,
        usage_sum: 0.0,
        goal: None,
        nurturing: None,
        churned: None,
        minutes: 0.0,
        due: 0,
        done: 0,
        late: 0,
        dropped: 0,
        degraded: 0,
        rescheduled: 0,
        surveys: 0,
        answers: 0,
        help_asked: 0,
        transfers: 0,
        requests: 0,
        answered_in_time: 0,
        touches: 0,
        same_advisor: 0,
    }
}

/// Gives a new account to the program whose teams serve it; the scenario's own program takes the rest.
pub(super) fn assign(world: &mut World, scenario: &Scenario, account: u32) {
    let program = scenario.program_for(world.account(account).team).unwrap_or(0);
    world.account_mut(account).program = program;
    world.watch(scenario, account);
}

/// Puts a customer who closed before the warm-up under contract as history left it; a later one closes in the warm-up.
pub(super) fn install(world: &mut World, scenario: &Scenario, account: u32, close: Day) {
    let life = world.account(account).life;
    if close >= world.today {
        world.schedule(close, Event::Close { account, life });
        return;
    }
    let almanac = &scenario.almanac;
    let today = world.today;
    let profile = &world.account(account).profile;
    let start = Day(close.0 + profile.contract_start_lag);
    let months = profile.term_months;
    let ping = Day(close.0 + profile.first_ping);
    let mut term = 1;
    while almanac.add_months(start, term * months) <= today {
        term += 1;
    }
    let term_start = almanac.add_months(start, (term - 1) * months);
    let tenure = f64::from(today.0 - ping.0).max(0.0);
    let usage = &scenario.file.usage;
    let pace = f64::from(world.activity.pace.get(account));
    let adopted = usage.adopted(usage.at_first(), pace, tenure);
    shocks::befall_before(world, scenario, account, today.0 - close.0);
    shocks::start(world, scenario, account);
    *world.activity.living.at(account) = 1.0;
    *world.activity.last_contact.at(account) = today.0 as f32;
    let entry = world.account_mut(account);
    entry.living = true;
    entry.term = (term - 1) as u16;
    entry.clocks = Clocks { close, contract_start: start, production_ready: None };
    entry.last_activity = today;
    if ping <= today {
        entry.clocks.production_ready = Some(ping);
        *world.activity.running.at(account) = 1.0;
        *world.activity.adoption.at(account) = adopted as f32;
    } else {
        world.schedule(ping, Event::FirstPing { account, life });
    }
    let stages = &world.program(scenario, account).stages;
    let origin = world.account(account).clocks.origin(stages.stage_clock);
    let onboarding = origin.is_none_or(|origin| today.0 - origin.0 < stages.onboarding_days.get() as i32);
    world.enter(account, if onboarding { Stage::Onboarding } else { Stage::Adopting });
    journey::refresh_score(world, scenario, account);
    renewal::begin_term(world, scenario, account, term_start.max(start));
    journey::lay_out_stages(world, scenario, account);
    touch::lay_out(world, scenario, account);
    care::lay_out_ad_hoc(world, scenario, account, 0);
}

/// Lets new business arrive: each day's number is drawn by its own key, whatever the policies.
fn arrivals(world: &mut World, scenario: &Scenario, generator: &Generator) {
    let population = &scenario.file.population;
    let rate = population.arrivals.per_day() * f64::from(scenario.opening_accounts());
    if rate <= 0.0 {
        return;
    }
    let almanac = &scenario.almanac;
    // Two of three months weigh 1, the last of the quarter more: the mean weight keeps the yearly number.
    let mean_weight = (2.0 + population.quarter_end_weight.get()) / 3.0;
    let prospects = scenario.programs[0].stages.prospect_days.map(|days| days.get() as i32);
    let free = population.trial_free.get();
    let closing = free * population.closes(true) + (1.0 - free) * population.closes(false);
    let closing = if prospects.is_some() { closing } else { 1.0 };
    let mut number = world.accounts.len() as u32;
    for close in 0..scenario.horizon.0 {
        let weight = season(almanac, Day(close), population.quarter_end_weight.get()) / mean_weight;
        let mean = rate * weight / closing;
        // The sum of Poisson numbers is one: in parts whose probabilities do not vanish.
        let parts = (mean / LARGEST_MEAN).ceil() as u32;
        let drawn = |part| world.streams.draw(Purpose::Arrival, 0, close as u32, part).uniform(0);
        let count: u32 = (0..parts).map(|part| poisson(mean / f64::from(parts), drawn(part))).sum();
        for _ in 0..count {
            let account = add(world, scenario, generator.profile(number, 0), 0);
            let mut closes = true;
            if let Some(days) = prospects {
                let is_free = world.streams.draw(Purpose::Trial, number, 0, 0).uniform(0) < free;
                let draw = world.streams.draw(Purpose::Prospect, number, 0, 0);
                closes = draw.uniform(0) < population.closes(is_free);
                world.schedule(Day(close - days), Event::Prospect { account });
                if !world.account(account).profile.self_hosted {
                    let begins = Day(close - population.trial.in_days().round() as i32);
                    world.schedule(begins, Event::Trial { account, is_free });
                }
            }
            if closes {
                world.schedule(Day(close), Event::Close { account, life: 0 });
            } else {
                world.schedule(Day(close), Event::ProspectLost { account });
            }
            number += 1;
        }
    }
}
/// The largest mean for which [`poisson`] is asked: `exp(-500)` is far from the smallest number.
const LARGEST_MEAN: f64 = 500.0;

/// Returns a Poisson number of `mean`, by inversion of the uniform `u`.
fn poisson(mean: f64, mut u: f64) -> u32 {
    let mut probability = exp(-mean);
    let mut count = 0;
    while u > probability && probability > 0.0 {
        u -= probability;
        count += 1;
        probability *= mean / f64::from(count);
    }
    count
}
