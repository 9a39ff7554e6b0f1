//! Day 0: the work of the baseline's pools goes to those of the scenario that takes over.

use super::day::{count_staffed, go_on, has_begun, open_desks, share_out_upkeep};
use super::queue::{enqueue, leave_queue};
use super::takers::{helper, only};
use super::{Handling, State, Task, Work, await_lapse, book, carry_out, finish, is_stale, note, store};
use crate::capacity::PoolSettings;
use crate::engine::record::PoolRecord;
use crate::engine::touch::Occasion;
use crate::engine::world::World;
use crate::scenario::Scenario;

/// What the numbers in work of the baseline stand for in the scenario that takes over.
pub struct Renumbered<'a> {
    /// The place of a touchpoint, by program and place; [`None`]: the new program does not know it.
    pub plan: &'a dyn Fn(u16, u16) -> Option<u16>,
    /// The record of a stay in Lighthouse; [`None`]: it has ended.
    pub stay: &'a dyn Fn(u32) -> Option<u32>,
}

impl Renumbered<'_> {
    fn task(&self, program: u16, task: Task) -> Option<Task> {
        Some(match task {
            Task::Touch(occasion) => {
                Task::Touch(Occasion { plan: (self.plan)(program, occasion.plan)?, ..occasion })
            }
            Task::Assessment { term } => Task::Assessment { term },
            Task::LighthouseEntry { record } => Task::LighthouseEntry { record: (self.stay)(record)? },
            Task::LighthouseWeek { record } => Task::LighthouseWeek { record: (self.stay)(record)? },
        })
    }
}

/// Hands the work of the baseline's pools to those of the scenario that takes over: where these are the same, all goes on;
/// else what is not done waits in the new ones, and without a pool that can do it, it is done at once.
///
/// Work that the new program does not know is forgotten.
pub fn take_over(world: &mut World, scenario: &Scenario, before: &[PoolSettings], new: &Renumbered<'_>) {
    // What was worked so far belongs to the warm-up.
    for pool in 0..world.desks.len() as u16 {
        go_on(world, pool);
    }
    for id in 0..world.works.len() as u32 {
        let Work { state, begun, account, program, task, .. } = world.works[id as usize];
        if state == State::Over {
            continue;
        }
        // What its account is under from today on, unless it has gone to another program meanwhile.
        let now = world.account(account).program;
        let program = if scenario.own(now) == program { now } else { program };
        world.works[id as usize].program = program;
        match new.task(program, task) {
            Some(task) => world.works[id as usize].task = task,
            // Work under way ends as it would; what it was for is told to nobody.
            None if begun => {}
            None => {
                leave_queue(world, id);
                finish(world, id);
            }
        }
    }
    world.record.pools = vec![PoolRecord::default(); scenario.file.pool.len()];
    world.record.waits.clear();
    let is_open = |work: &&Work| work.state != State::Over;
    let same_hours = || {
        let mut pools = world.desks.iter().zip(&scenario.file.pool);
        pools.all(|(desk, pool)| desk.roster.hours == scenario.hours(pool))
    };
    if before == scenario.file.pool && same_hours() {
        for work in world.works.iter().filter(is_open).filter(|work| !work.begun) {
            world.record.pools[usize::from(work.pool)].due += 1;
        }
        for pool in 0..world.desks.len() as u16 {
            if has_begun(world, pool) {
                count_staffed(world, pool, 1.0);
            }
        }
        return;
    }
    let mut works: Vec<Work> = world.works.iter().filter(is_open).cloned().collect();
    works.sort_by_key(|work| (work.due, work.pool, work.number));
    world.works.clear();
    world.free_works.clear();
    world.latest_works.fill(None);
    world.calendar.retain_mut(|event| event.account().is_some());
    world.accounts.iter_mut().for_each(|account| (account.advisor, account.dedicated) = (None, None));
    world.members.iter_mut().for_each(|member| member.owner = None);
    world.record.lighthouse.iter_mut().for_each(|stay| stay.led = None);
    open_desks(world, scenario);
    share_out_upkeep(world, scenario);
    for mut work in works {
        let name = match work.task {
            Task::Touch(Occasion { plan, .. }) => {
                let plans = &scenario.programs[usize::from(work.program)].plans;
                plans.get(usize::from(plan)).map(|plan| &plan.touchpoint.name)
            }
            _ => None,
        };
        let able = scenario.file.pool.iter().position(|pool| pool.is_able(name));
        let Some(pool) = able else {
            if !work.begun && !is_stale(world, &work) {
                book(world, work.account, work.task, work.minutes);
                carry_out(world, scenario, work.account, work.task, Handling::AT_ONCE);
            }
            continue;
        };
        (work.pool, work.state) = (pool as u16, State::Waiting);
        world.desks[pool].handed += 1;
        work.number = world.desks[pool].handed;
        work.helper = helper(scenario, &scenario.file.pool[pool], name);
        work.only = only(world, scenario, work.account, pool as u16, work.task);
        let begun = work.begun;
        note(world, pool, |record| record.due += u64::from(!begun));
        let id = store(world, work);
        enqueue(world, scenario, id);
        await_lapse(world, scenario, id);
    }
}
