//! A pool's day: it opens, upkeep slows it down, and what its advisors were there for is counted.

use super::desk::{Desk, Place};
use super::queue::{enqueue, give_up_stale, pop, ranked_anew, still_waits};
use super::takers::{PASSED_OVER, choose, helped, interrupt, only, take_next};
use super::{State, Work, begin, note, put_down, take_up};
use crate::base::time::{Day, SimTime};
use crate::capacity::roster::Roster;
use crate::capacity::{Order, PoolSettings};
use crate::engine::event::Event;
use crate::engine::record::PoolRecord;
use crate::engine::world::World;
use crate::scenario::Scenario;

/// Opens the pools of `scenario` on the first day of the warm-up.
pub fn open_desks(world: &mut World, scenario: &Scenario) {
    let roster = |(number, settings): (u32, &PoolSettings)| {
        Roster::new(settings, number, scenario.hours(settings), &scenario.almanac, &world.streams)
    };
    let rosters: Vec<Roster> = (0..).zip(&scenario.file.pool).map(roster).collect();
    world.desks = rosters.into_iter().map(Desk::new).collect();
    world.record.pools = vec![PoolRecord::default(); world.desks.len()];
    for pool in 0..world.desks.len() as u16 {
        let desk = &mut world.desks[usize::from(pool)];
        let today = desk.roster.hours.date(SimTime::from_day(world.today));
        desk.begin_day(today);
        schedule_opening(world, pool, today);
    }
}

fn schedule_opening(world: &mut World, pool: u16, from: Day) {
    let roster = &world.desks[usize::from(pool)].roster;
    let next = (from.0..=from.0 + 400).map(Day).find_map(|day| roster.hours.opens_on(day));
    if let Some(at) = next {
        // Elsewhere the day may have begun before the run's.
        world.schedule_at(at.max(SimTime::from_day(world.today)), Event::PoolOpens { pool });
    }
}

/// A pool begins its day: what waits is put in order anew if it is to be, and everybody who is free takes work.
pub fn open_pool(world: &mut World, scenario: &Scenario, pool: u16) {
    let today = date(world, pool);
    schedule_opening(world, pool, today + 1);
    let number = usize::from(pool);
    world.desks[number].begin_day(today);
    count_staffed(world, pool, 1.0);
    give_up_stale(world, scenario, pool);
    let advisors = world.desks[number].holding.len();
    if scenario.file.pool[number].rerank {
        let queue = std::mem::take(&mut world.desks[number].queue);
        world.desks[number].queue = ranked_anew(world, scenario, queue);
        for advisor in 0..advisors {
            let own = std::mem::take(&mut world.desks[number].own[advisor]);
            world.desks[number].own[advisor] = ranked_anew(world, scenario, own);
        }
    }
    for advisor in 0..advisors {
        let has_left = world.desks[number].roster.advisors[advisor].gone <= today;
        while let Some(id) = has_left.then(|| pop(world, scenario, pool, Some(advisor))).flatten() {
            let Work { account, task, .. } = world.works[id as usize];
            world.works[id as usize].only = only(world, scenario, account, pool, task);
            enqueue(world, scenario, id);
        }
    }
    for advisor in 0..advisors {
        if !world.desks[number].own[advisor].is_empty() {
            take_next(world, scenario, pool, advisor);
        }
    }
    // In the order of the work, so that each piece can choose among all who are free.
    let mut passed = Vec::new();
    let now = world.calendar.now();
    while world.desks[number].free(now).next().is_some() && passed.len() < PASSED_OVER {
        let Some(id) = pop(world, scenario, pool, None) else { break };
        match choose(world, scenario, &world.works[id as usize]) {
            Some((by, advisor)) => begin(world, scenario, id, by, advisor),
            None => passed.push(id),
        }
    }
    for id in passed {
        enqueue(world, scenario, id);
    }
    // Who is still free helps out.
    if helped(scenario, pool).next().is_some() {
        for advisor in 0..advisors {
            take_next(world, scenario, pool, advisor);
        }
    }
    // What came while nobody was there interrupts what was left under way.
    if scenario.file.pool[number].order == Order::Preemptive {
        let desk = &world.desks[number];
        let mut waiting: Vec<Place> = desk
            .queue
            .iter()
            .chain(desk.own.iter().flatten())
            .filter(|place| still_waits(world, place))
            .copied()
            .collect();
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        for place in waiting {
            if still_waits(world, &place) {
                interrupt(world, scenario, place.0.2);
            }
        }
    }
}

/// Counts the time that the advisors of a pool have for customers from now until it closes, and what upkeep takes of it.
pub(super) fn count_staffed(world: &mut World, pool: u16, times: f64) {
    let (today, now) = (date(world, pool), now(world));
    let desk = &world.desks[usize::from(pool)];
    let staffed = times * desk.roster.staffed_after(today, now);
    let spent = desk.spent;
    note(world, usize::from(pool), |record| {
        record.staffed += staffed;
        record.busy += spent * staffed;
    });
}

/// Returns whether a pool has begun its day: where its clock is not the run's, that may be so at midnight.
pub(super) fn has_begun(world: &World, pool: u16) -> bool {
    let hours = &world.desks[usize::from(pool)].roster.hours;
    hours.opens_on(date(world, pool)).is_some_and(|opens| opens < now(world))
}

/// Shares out the week's watching over accounts and the upkeep of programs among the advisors of the first pool.
///
/// Work under way goes on at the new pace.
pub fn share_out_upkeep(world: &mut World, scenario: &Scenario) {
    if world.desks.is_empty() {
        return;
    }
    let served = world.accounts.iter().filter(|account| account.served());
    let watching: f64 = served.map(|account| 7.0 * account.watched_daily).sum();
    let programs = &scenario.programs[..scenario.own_programs()];
    let upkeep: f64 = programs.iter().map(|program| program.settings.upkeep.in_days() * 1_440.0).sum();
    let today = world.today;
    let desk = &mut world.desks[0];
    let staffed: f64 = (today.0..today.0 + 7).map(|day| desk.roster.staffed(Day(day))).sum();
    desk.spent = if staffed > 0.0 { ((watching + upkeep) * 60.0 / staffed).min(0.9) } else { 0.0 };
    go_on(world, 0);
}

/// Counts what was worked so far in a pool; work under way goes on.
pub(super) fn go_on(world: &mut World, pool: u16) {
    for advisor in 0..world.desks[usize::from(pool)].holding.len() {
        if let Some(id) = world.desks[usize::from(pool)].holding[advisor] {
            put_down(world, id);
            take_up(world, id, pool, advisor);
        }
    }
}

/// Counts the work that is left at the horizon, and how long advisors were employed.
pub fn close(world: &mut World) {
    for (desk, record) in world.desks.iter().zip(&mut world.record.pools) {
        let days = |from: Day, to: Day| f64::from((to.min(world.today).0 - from.max(Day(0)).0).max(0));
        record.advisor_days =
            desk.roster.advisors.iter().map(|someone| days(someone.hired, someone.gone)).sum();
    }
    for pool in 0..world.desks.len() as u16 {
        go_on(world, pool);
        if has_begun(world, pool) {
            count_staffed(world, pool, -1.0);
        }
    }
    for work in world.works.iter().filter(|work| work.state == State::Waiting && !work.begun) {
        world.record.pools[usize::from(work.pool)].open += 1;
    }
}

/// Returns the date by the pool's clock.
pub(super) fn date(world: &World, pool: u16) -> Day {
    world.desks[usize::from(pool)].roster.hours.date(now(world))
}

/// Returns the clock, or, before anything of today has happened, the start of the day.
pub(super) fn now(world: &World) -> SimTime {
    world.calendar.now().max(SimTime::from_day(world.today))
}
