//! Real accounts in the opening book: what their list tells holds, the rest is drawn.
//!
//! 1. `place` draws who an account is, given what the list tells, until one is drawn who has survived the
//!    renewals before day 0. Listed accounts are numbered in the order of the list, before all others.
//! 2. In the warm-up [`hold`] lets it use the product, every day, as the list tells; the engine keeps its seats
//!    and its revenue, and nobody leaves.
//! 3. On day 0 [`settle`] publishes the figures of the list and sets right what the warm-up has moved:
//!    contacts, access to the buyer, opinion, tickets. From there on it lives like every other account.
//!
//! # Not here
//!
//! What is drawn of a contract, and from what: `population::book`.

use crate::base::math::{exp, ln};
use crate::base::random::Purpose;
use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::opening::{Places, add, assign, install};

use crate::engine::past::Past;
use crate::engine::run::counted_days_of_last_month;
use crate::engine::world::{HEALTHY_ABOVE, POOR_BELOW, World};
use crate::engine::{journey, renewal, tickets};
use crate::health::TicketKind;
use crate::population::Role;
use crate::population::book::BookRow;
use crate::population::generate::{Contract, Profile};
use crate::scenario::{Scenario, TICKET_LIFT};
use crate::usage::activity::LiftTarget;
use crate::usage::{DauDays, UsageSettings};

/// Redraws of one account before the latest is taken, whatever became of it.
const PATIENCE: u32 = 1_000;

/// How far inside an opinion a reading is put that lies outside it [standard deviations].
const INSIDE: f64 = 0.05;

/// Puts the account of row `number` into the book: under contract if it has begun, else to close on its start.
pub(super) fn place(world: &mut World, places: &Places<'_>, number: u32) {
    let scenario = places.scenario;
    let row = scenario.listed(number).expect("invariant: every listed account has its row");
    let contract = row.contract(&places.generator, number);
    let opinions = row.pulse.map(|pulse| pulse.readings(POOR_BELOW, HEALTHY_ABOVE));
    let skill = scenario.file.population.sentiment_correlation.get();
    let fits = |profile: &Profile| {
        let read = skill * profile.relationship + profile.misreading;
        opinions.is_none_or(|(from, to)| (from..=to).contains(&read))
    };
    let mut attempt = 0;
    let (profile, close) = loop {
        let (profile, close) = draw(places, row, number, attempt, contract);
        if close >= Day(0) {
            break (profile, close);
        }
        let streams = places.generator.streams;
        match Past::new(scenario, streams, (number, attempt), profile.clone(), close).live() {
            Some((at_first, today)) if fits(&today) => break (at_first, close),
            _ if attempt + 1 == PATIENCE => break (profile, close),
            _ => attempt += 1,
        }
    };
    let account = add(world, scenario, profile, attempt);
    let cap = world.activity.cap.at(account);
    *cap = cap.max(utilization(row, contract.seats).unwrap_or(0.0) as f32);
    world.account_mut(account).real = true;
    // Who closes after the horizon is never seen.
    if close < scenario.horizon {
        if let Some(days) = scenario.programs[0].stages.prospect_days {
            let first_known = Day(close.0 - days.get() as i32);
            if first_known >= world.today {
                world.schedule(first_known, Event::Prospect { account });
            }
        }
        install(world, scenario, account, close);
    }
}

/// Draws who an account is, and the day it closed, from the population and from what its row tells.
fn draw(places: &Places<'_>, row: &BookRow, number: u32, attempt: u32, contract: Contract) -> (Profile, Day) {
    let scenario = places.scenario;
    let (population, usage) = (&scenario.file.population, &scenario.file.usage);
    let uniform = |purpose| places.generator.streams.draw(purpose, number, attempt, 0).uniform(0);
    let mut profile = places.generator.customer(number, attempt, contract);
    let opens = scenario.file.start.get();
    let term = row.term_length(opens, &population.term, uniform(Purpose::Term));
    let oldest = f64::from((population.history.get() / term).max(1));
    let has_begun = row.start.is_none() && row.renewal.is_none_or(|renewal| renewal >= opens);
    let terms = if has_begun { 1 + (uniform(Purpose::CloseDate) * oldest) as u32 } else { 1 };
    let anchor = scenario.almanac.day_of(row.anchor(term, terms));
    let close = match row.start {
        Some(start) => scenario.almanac.day_of(start),
        None => Day(anchor.0 - profile.contract_start_lag),
    };
    profile.term_months = term;
    profile.contract_start_lag = anchor.0 - close.0;
    row.set_contacts(&mut profile.contacts);
    profile.buyer = row.buyer.unwrap_or(profile.buyer);
    if let Some(utilization) = utilization(row, contract.seats) {
        profile.soft_cap |= utilization > 1.0;
        profile.ceiling_z = place_of(utilization.min(1.0), usage.ceiling.get(), usage.ceiling_spread.get());
        if utilization > 0.0 && close < Day(0) {
            // Whoever uses the product has had the first ping, in the first half of its time at the latest.
            profile.first_ping = profile.first_ping.min(-close.0 / 2);
        }
    }
    if let Some(ratio) = daily_over_monthly(row) {
        profile.usage_z = place_of(latent_usage(usage, ratio), usage.usage.get(), usage.usage_spread.get());
    }
    // Developers are those of day 0; the model lets them grow from the close.
    let years = f64::from((-close.0).max(0)) / 365.0;
    profile.developers *= exp(-years * scenario.file.renewal.developer_growth.get());
    (profile, close)
}

/// Lets the listed accounts use the product as their rows tell, for another day of the warm-up.
///
/// Utilization is ceiling times adoption: a young account goes on adopting, so its ceiling is the higher the less it
/// has adopted; where that would pass all seats, it has adopted more. Whatever befell the need for
/// seats, or lapsed for want of contact, is in the figures already.
pub fn hold(world: &mut World, scenario: &Scenario) {
    let rows = scenario.book.iter().flat_map(|book| &book.rows);
    for (account, row) in (0..).zip(rows) {
        if world.activity.living.get(account) > 0.0 && world.activity.running.get(account) > 0.0 {
            hold_utilization(world, scenario, account, row);
            hold_usage(world, scenario, account, row);
        }
    }
}

fn hold_utilization(world: &mut World, scenario: &Scenario, account: u32, row: &BookRow) {
    let Some(wanted) = utilization(row, world.account(account).profile.seats) else { return };
    let usage = &scenario.file.usage;
    let lift = lifted(world, scenario, account, LiftTarget::Ceiling);
    let highest = wanted.max(1.0);
    let adopted =
        f64::from(world.activity.adoption.get(account)).max(wanted / (highest + lift).max(0.01)).min(1.0);
    let ceiling = if adopted > 0.0 { wanted / adopted - lift } else { 0.0 };
    let activity = &mut world.activity;
    *activity.adoption.at(account) = adopted as f32;
    *activity.ceiling.at(account) = ceiling as f32;
    *activity.need.at(account) = 1.0;
    *activity.lapse.at(account) = 0.0;
    *activity.sway.at(account) = 0.0;
    world.account_mut(account).profile.ceiling_z =
        place_of(ceiling, usage.ceiling.get(), usage.ceiling_spread.get());
}

fn hold_usage(world: &mut World, scenario: &Scenario, account: u32, row: &BookRow) {
    let usage = &scenario.file.usage;
    let users = f64::from(world.activity.active.get(account));
    let ratio = match (daily_over_monthly(row), row.dau) {
        (Some(ratio), _) => ratio,
        // Without the month's users, the daily ones are held against those there are.
        (None, Some(daily)) if row.mau.is_none() && users > 0.0 => (f64::from(daily) / users).min(1.0),
        _ => return,
    };
    let wanted = latent_usage(usage, ratio) - lifted(world, scenario, account, LiftTarget::Engagement);
    *world.activity.usage.at(account) = wanted as f32;
    world.account_mut(account).profile.usage_z =
        place_of(wanted, usage.usage.get(), usage.usage_spread.get());
}

/// Sets right on day 0 what the warm-up has moved, and publishes the figures of the list as those of the last month.
pub fn settle(world: &mut World, scenario: &Scenario) {
    let Some(book) = &scenario.book else { return };
    hold(world, scenario);
    for (account, row) in (0..).zip(&book.rows) {
        let entry = world.account(account);
        if !entry.living {
            continue;
        }
        if entry.term_end == world.today && row.renewal.is_some_and(|told| told > scenario.file.start.get()) {
            // The renewal told is the next one: today's has been signed.
            renewal::end_term(world, scenario, account, entry.term);
        }
        publish(world, scenario, account, row);
        for (kind, told) in [(TicketKind::Defect, row.defect_tickets), (TicketKind::Help, row.help_tickets)] {
            if let Some(count) = told {
                set_tickets(world, scenario, account, kind, count);
            }
        }
        set_people(world, scenario, account, row);
        set_opinion(world, scenario, account, row);
        let entry = world.account_mut(account);
        // Who leaves and comes back begins on the day it signs.
        entry.profile.contract_start_lag = 0;
        if let Some(segment) = row.known_segment() {
            entry.profile.segment = segment;
        }
        let team = scenario.file.population.segmentation.team(entry.profile.segment, entry.profile.arr());
        (entry.team, entry.home) = (team, team);
        assign(world, scenario, account);
        journey::refresh_score(world, scenario, account);
    }
}

fn publish(world: &mut World, scenario: &Scenario, account: u32, row: &BookRow) {
    let Some(users) = row.mau.map(f64::from) else { return };
    let ratio = daily_over_monthly(row).map(|ratio| ratio.min(scenario.file.usage.usage_limit.get()));
    let seats = f64::from(world.account(account).profile.seats);
    world.published.set(account, users, seats, ratio);
    if scenario.almanac.is_month_start(world.today) {
        // The month closes in the morning: it has been that of the list.
        *world.activity.month_peak.at(account) = users as f32;
        if let Some(daily) = row.dau {
            let counted = counted_days_of_last_month(scenario, world.today);
            *world.activity.month_daily.at(account) = daily as f32 * counted as f32;
        }
    }
}

/// The tickets came in evenly over the last 90 days, whatever the warm-up had.
fn set_tickets(world: &mut World, scenario: &Scenario, account: u32, kind: TicketKind, count: u32) {
    let today = world.today;
    let before = tickets::recent(world, scenario, account, kind);
    world.tickets[account as usize][kind as usize].replace(today, count);
    if kind == TicketKind::Defect {
        // On average a ticket is half its time old, and its weight has faded to the root of one half.
        let more = f64::from(count) - f64::from(before);
        let weight = scenario.file.shocks.defect_weight.get() * std::f64::consts::FRAC_1_SQRT_2;
        world.lift(account, TICKET_LIFT, (-weight * more) as f32);
    }
}

fn set_people(world: &mut World, scenario: &Scenario, account: u32, row: &BookRow) {
    let today = world.today;
    let entry = world.account_mut(account);
    row.set_contacts(&mut entry.profile.contacts);
    entry.profile.buyer = row.buyer.unwrap_or(entry.profile.buyer);
    let Some(is_there) = row.champion else { return };
    (entry.champion_missing, entry.noticed_champion) = (!is_there, is_there);
    if !is_there && entry.profile.contacts.holder(Role::Champion).is_none() {
        let mean = scenario.file.shocks.champion_replaced.in_days();
        let u = world.streams.draw(Purpose::ChampionReturns, account, 0, 2).uniform(0);
        let found = (-ln(u) * mean).ceil().min(20_000.0) as i32;
        world.schedule(Day(today.0 + found), Event::ChampionReturns { account });
    }
}

/// Moves what advisors misread so that their opinion is the one told.
fn set_opinion(world: &mut World, scenario: &Scenario, account: u32, row: &BookRow) {
    let Some(pulse) = row.pulse else { return };
    let (from, to) = pulse.readings(POOR_BELOW, HEALTHY_ABOVE);
    let read = world.reading(scenario, account);
    let told = read.max(from + INSIDE).min(to - INSIDE);
    world.account_mut(account).profile.misreading += told - read;
}

/// MAU / seats as told.
fn utilization(row: &BookRow, seats: u32) -> Option<f64> {
    row.mau.map(|users| f64::from(users) / f64::from(seats))
}

/// DAU / MAU as told.
fn daily_over_monthly(row: &BookRow) -> Option<f64> {
    let (daily, monthly) = (row.dau?, row.mau.filter(|&users| users > 0)?);
    Some(f64::from(daily) / f64::from(monthly))
}

/// Usage over all days of the week that shows as `ratio` in the days that are counted.
fn latent_usage(usage: &UsageSettings, ratio: f64) -> f64 {
    match usage.dau_days {
        DauDays::Calendar => ratio,
        DauDays::Weekdays => ratio / usage.weekday_scale(),
    }
}

fn lifted(world: &World, scenario: &Scenario, account: u32, target: LiftTarget) -> f64 {
    let lifts = scenario.lifts.iter().zip(&world.activity.lifts).filter(|(kind, _)| kind.target == target);
    lifts.map(|(_, column)| f64::from(column.get(account))).sum()
}

/// The place of `value` among a population [standard deviations]; the middle where all are alike.
fn place_of(value: f64, mean: f64, spread: f64) -> f64 {
    if spread > 0.0 { (value - mean) / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::run::Opening;
    use crate::health::Trait;
    use crate::language::source::Disk;
    use crate::population::book::Pulse;
    use crate::scenario::load::experiment;

    fn example() -> Scenario {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/book.toml");
        let mut experiment = experiment(path, &[], &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
        experiment.variants.remove(0).scenario
    }

    /// Everything the list tells, of every account that has begun, in several replications.
    #[test]
    fn on_the_first_day_all_is_as_the_list_tells() {
        let scenario = example();
        let rows = &scenario.book.as_ref().unwrap().rows;
        for replication in 0..4 {
            let opening = Opening::new(&scenario, replication);
            let world = &opening.world;
            for (account, row) in (0..).zip(rows) {
                let entry = world.account(account);
                let profile = &entry.profile;
                let has_begun = row.start.is_none_or(|start| start < scenario.file.start.get());
                assert_eq!(entry.living, has_begun, "{}", row.id);
                assert_eq!(profile.arr(), row.arr, "{}", row.id);
                assert!(row.seats.is_none_or(|seats| profile.seats == seats), "{}", row.id);
                assert!(row.products.is_none_or(|products| profile.products == products), "{}", row.id);
                assert!(row.buyer.is_none_or(|buyer| profile.buyer == buyer), "{}", row.id);
                let champion = profile.contacts.holder(Role::Champion).is_some();
                assert!(row.champion.is_none_or(|told| told == champion), "{}", row.id);
                if !has_begun {
                    continue;
                }
                let due = scenario.almanac.date(entry.term_end);
                assert!(row.renewal.is_none_or(|told| told == due), "{}: {due}", row.id);
                assert!(row.champion.is_none_or(|told| told != entry.champion_missing), "{}", row.id);
                let tickets = tickets::recent(world, &scenario, account, TicketKind::Defect);
                assert!(row.defect_tickets.is_none_or(|told| told == tickets), "{}", row.id);
                let opinion = match world.sentiment(&scenario, account) {
                    Trait::Healthy => Pulse::Healthy,
                    Trait::Concerning => Pulse::Concerning,
                    Trait::Poor => Pulse::Poor,
                };
                assert!(row.pulse.is_none_or(|told| told == opinion), "{}", row.id);
                if let Some(users) = row.mau {
                    assert_eq!(world.published.mau(account), Some(f64::from(users)), "{}", row.id);
                }
                let years = f64::from(-entry.clocks.close.0) / 365.0;
                let grown = profile.developers * exp(years * scenario.file.renewal.developer_growth.get());
                assert!(
                    row.developers.is_none_or(|told| (grown - f64::from(told)).abs() < 1e-6),
                    "{}",
                    row.id
                );
            }
        }
    }

    /// Utilization has been what the list tells long before the first day, so that stages are those of its past.
    #[test]
    fn the_warm_up_is_lived_at_the_figures_told() {
        let scenario = example();
        let world = Opening::new(&scenario, 0).world;
        let mature = (0..).zip(&scenario.book.as_ref().unwrap().rows).filter(|(account, row)| {
            world.account(*account).clocks.close < scenario.first && row.mau.is_some()
        });
        let mut count = 0;
        for (account, row) in mature {
            let told = f64::from(row.mau.unwrap()) / f64::from(world.account(account).profile.seats);
            let lived = world.activity.utilization(account);
            assert!((lived - told).abs() < 0.02, "{}: {lived} where {told} is told", row.id);
            count += 1;
        }
        assert!(count > 20, "{count}");
    }
}
