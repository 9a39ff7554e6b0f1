//! Who takes a piece of work: who may, who is free, and which work an advisor who is free takes next.

use super::day::date;
use super::queue::{enqueue, pop};
use super::{State, Task, Work, begin, put_down};
use crate::capacity::{Assignment, PoolSettings};
use crate::engine::care;
use crate::engine::record::Happened;
use crate::engine::world::World;
use crate::language::Name;
use crate::scenario::Scenario;

/// Calls passed over because they would not end before the day does, before an advisor is left idle.
pub(super) const PASSED_OVER: usize = 16;

/// Returns the pool that does the work of Lighthouse, if there is one.
#[must_use]
pub fn lighthouse_pool(scenario: &Scenario) -> Option<u16> {
    scenario.file.pool.iter().position(|pool| pool.is_able(None)).map(|pool| pool as u16)
}

/// Returns whether an advisor has come and not left.
#[must_use]
pub fn is_employed(world: &World, pool: u16, advisor: usize) -> bool {
    let today = date(world, pool);
    let someone = &world.desks[usize::from(pool)].roster.advisors[advisor];
    someone.hired <= today && today < someone.gone
}

/// Returns how many advisors a pool has today, on leave or not.
#[must_use]
pub fn employed(world: &World, pool: u16) -> usize {
    let advisors = world.desks[usize::from(pool)].holding.len();
    (0..advisors).filter(|&advisor| is_employed(world, pool, advisor)).count()
}

/// Returns the pool that helps out `settings`, if it has the skill.
pub(super) fn helper(scenario: &Scenario, settings: &PoolSettings, name: Option<&Name>) -> Option<u16> {
    let other = settings.overflow.as_ref()?;
    let helps = |pool: &PoolSettings| pool.name == *other && pool.is_able(name);
    scenario.file.pool.iter().position(helps).map(|pool| pool as u16)
}

/// Returns the pools that `pool` helps out.
pub(super) fn helped(scenario: &Scenario, pool: u16) -> impl Iterator<Item = u16> {
    let name = &scenario.file.pool[usize::from(pool)].name;
    (0..)
        .zip(&scenario.file.pool)
        .filter(move |(_, other)| other.overflow.as_ref() == Some(name))
        .map(|(at, _)| at)
}

/// Returns the one advisor who may take the work: of a member of Lighthouse who has an owner, and in a pool where
/// accounts have theirs.
pub(super) fn only(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    pool: u16,
    task: Task,
) -> Option<u16> {
    let settings = &scenario.file.pool[usize::from(pool)];
    let is_there = |world: &World, advisor: u16| is_employed(world, pool, usize::from(advisor));
    if matches!(task, Task::LighthouseWeek { .. }) {
        let owner = care::owner(world, scenario, account).filter(|owner| owner.0 == pool);
        if let Some((_, advisor)) = owner.filter(|&(_, advisor)| is_there(world, advisor)) {
            return Some(advisor);
        }
    }
    if settings.assignment != Assignment::Dedicated {
        return None;
    }
    let own = world.account(account).dedicated.filter(|own| own.0 == pool).map(|(_, advisor)| advisor);
    if let Some(advisor) = own.filter(|&advisor| is_there(world, advisor)) {
        return Some(advisor);
    }
    // The one with the fewest accounts.
    let mut accounts = vec![0u32; world.desks[usize::from(pool)].holding.len()];
    for other in world.accounts.iter().filter(|other| other.served()) {
        if let Some((_, advisor)) = other.dedicated.filter(|own| own.0 == pool) {
            accounts[usize::from(advisor)] += 1;
        }
    }
    let there = (0..accounts.len() as u16).filter(|&advisor| is_there(world, advisor));
    let chosen = there.min_by_key(|&advisor| (accounts[usize::from(advisor)], advisor));
    if let Some(advisor) = chosen {
        world.account_mut(account).dedicated = Some((pool, advisor));
    }
    chosen
}

/// Returns who could begin the work now: free advisors of its pool, else of the pool that helps out.
pub(super) fn takers<'a>(
    world: &'a World,
    scenario: &'a Scenario,
    work: &'a Work,
) -> impl Iterator<Item = (u16, usize)> + use<'a> {
    let now = world.calendar.now();
    std::iter::once(work.pool).chain(work.helper).flat_map(move |pool| {
        let free = world.desks[usize::from(pool)].free(now);
        free.filter(move |&advisor| can_begin(world, scenario, work, pool, advisor))
            .map(move |advisor| (pool, advisor))
    })
}

/// Returns whether an advisor is free, may take the work, and has time today for the call that it is.
fn can_begin(world: &World, scenario: &Scenario, work: &Work, pool: u16, advisor: usize) -> bool {
    let now = world.calendar.now();
    let desk = &world.desks[usize::from(pool)];
    let is_own = match work.only {
        Some(only) => pool == work.pool && usize::from(only) == advisor,
        None => pool == work.pool || work.helper == Some(pool),
    };
    let live = if work.begun { 0 } else { work.live };
    let leads = || {
        let is_plan = matches!(work.task, Task::LighthouseEntry { .. }) && !work.begun;
        !is_plan || care::may_lead(world, scenario, work.account, (pool, advisor))
    };
    is_own && desk.is_free(advisor, now) && desk.leaves_time(advisor, now, live) && leads()
}

/// Chooses who of those who are free takes the work.
pub(super) fn choose(world: &World, scenario: &Scenario, work: &Work) -> Option<(u16, usize)> {
    let mut free = takers(world, scenario, work).peekable();
    let first = *free.peek()?;
    match scenario.file.pool[usize::from(work.pool)].assignment {
        Assignment::AnyFree | Assignment::Dedicated => Some(first),
        Assignment::StickyPreferred => {
            let last = world.account(work.account).advisor.filter(|&(pool, _)| pool == work.pool);
            let last = last.map(|(pool, advisor)| (pool, usize::from(advisor)));
            Some(
                last.filter(|&(_, advisor)| can_begin(world, scenario, work, work.pool, advisor))
                    .unwrap_or(first),
            )
        }
        Assignment::LeastLoaded => {
            let load = |&(pool, advisor): &(u16, usize)| world.desks[usize::from(pool)].load[advisor];
            free.filter(|taker| taker.0 == first.0).min_by(|a, b| load(a).total_cmp(&load(b)))
        }
    }
}

/// Lets an advisor who is free take the next work.
pub(super) fn take_next(world: &mut World, scenario: &Scenario, pool: u16, advisor: usize) {
    let now = world.calendar.now();
    let mut passed = Vec::new();
    while world.desks[usize::from(pool)].is_free(advisor, now) && passed.len() < PASSED_OVER {
        let Some(id) = next_for(world, scenario, pool, advisor) else { break };
        if can_begin(world, scenario, &world.works[id as usize], pool, advisor) {
            begin(world, scenario, id, pool, advisor);
        } else {
            passed.push(id);
        }
    }
    for id in passed {
        enqueue(world, scenario, id);
    }
}

/// Takes the first work that an advisor may take: their own, their pool's, or of a pool that they help out.
fn next_for(world: &mut World, scenario: &Scenario, pool: u16, advisor: usize) -> Option<u32> {
    let desk = &world.desks[usize::from(pool)];
    let own = desk.own[advisor].peek().map(|place| place.0);
    let common = desk.queue.peek().map(|place| place.0);
    let own_first = own.is_some_and(|own| common.is_none_or(|common| own < common));
    let first = own_first.then_some(advisor);
    let second = (!own_first && own.is_some()).then_some(advisor);
    if let Some(id) = pop(world, scenario, pool, first) {
        return Some(id);
    }
    if let Some(id) = (own_first || second.is_some()).then(|| pop(world, scenario, pool, second)).flatten() {
        return Some(id);
    }
    let helped: Vec<u16> = helped(scenario, pool).collect();
    helped.into_iter().find_map(|other| pop(world, scenario, other, None))
}

/// Interrupts the work of the highest class number, the latest begun among equals, for work of a lower one.
pub(super) fn interrupt(world: &mut World, scenario: &Scenario, id: u32) {
    let Work { pool, priority, only, .. } = world.works[id as usize];
    let now = world.calendar.now();
    let desk = &world.desks[usize::from(pool)];
    let weakest = (0..desk.holding.len())
        .filter(|&advisor| only.is_none_or(|only| usize::from(only) == advisor))
        .filter(|&advisor| desk.roster.shift_at(advisor, now).is_some())
        .filter_map(|advisor| desk.holding[advisor].map(|held| (advisor, held)))
        .filter(|&(_, held)| world.works[held as usize].priority > priority)
        .max_by_key(|&(_, held)| {
            let State::UnderWay { since, .. } = world.works[held as usize].state else { return (0, 0, 0) };
            (world.works[held as usize].priority, since.0, held)
        });
    let Some((advisor, held)) = weakest else { return };
    put_down(world, held);
    let Work { account, .. } = world.works[held as usize];
    let work = world.works[held as usize].kind();
    world.log(account, Happened::WorkPutDown { pool, advisor: advisor as u16, work });
    enqueue(world, scenario, held);
    take_next(world, scenario, pool, advisor);
}
