//! What waits in a pool, and in which order.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::desk::Place;
use super::{State, Task, Work, drop_work, finish, is_stale, works_on};
use crate::capacity::Order;
use crate::engine::renewal;
use crate::engine::world::World;
use crate::scenario::Scenario;

pub(super) fn enqueue(world: &mut World, scenario: &Scenario, id: u32) {
    let place = place(world, scenario, id);
    let Work { pool, only, left, account, .. } = world.works[id as usize];
    let is_stale = is_stale(world, &world.works[id as usize]);
    let desk = &mut world.desks[usize::from(pool)];
    if is_stale {
        desk.moved_on.push(account);
    }
    desk.waiting += 1;
    desk.backlog += left;
    match only {
        Some(advisor) => desk.own[usize::from(advisor)].push(place),
        None => desk.queue.push(place),
    }
}

fn place(world: &World, scenario: &Scenario, id: u32) -> Place {
    let Work { number, serial, .. } = world.works[id as usize];
    Reverse((rank(world, scenario, id), number, id, serial))
}

/// Returns where the work stands in the order of its pool: lower goes first, and among equals what was handed over earlier.
fn rank(world: &World, scenario: &Scenario, id: u32) -> [i64; 2] {
    let work = &world.works[id as usize];
    let came = work.due.0;
    let loses_value = work.lapses.map_or(came, |lapses| lapses.0);
    let is_lighthouse = matches!(work.task, Task::LighthouseEntry { .. } | Task::LighthouseWeek { .. });
    match scenario.file.pool[usize::from(work.pool)].order {
        Order::FirstCome => [0, came],
        Order::DueDate => [0, loses_value],
        Order::Priority | Order::Preemptive => [i64::from(work.priority), came],
        Order::LighthouseFirst => [i64::from(!is_lighthouse), loses_value],
        Order::Renewal => [i64::from(world.account(work.account).term_end.0), came],
        Order::RevenueAtRisk => {
            let churn = renewal::odds(world, scenario, work.account, true).churn;
            let at_risk = world.account(work.account).arr().cents() as f64 * churn;
            [-(at_risk as i64), came]
        }
    }
}

/// Returns whether the work of a place in a queue still waits in it.
pub(super) fn still_waits(world: &World, place: &Place) -> bool {
    let Reverse((_, _, id, serial)) = *place;
    let work = &world.works[id as usize];
    work.serial == serial && work.state == State::Waiting
}

pub(super) fn ranked_anew(world: &World, scenario: &Scenario, queue: BinaryHeap<Place>) -> BinaryHeap<Place> {
    let waiting = queue.into_iter().filter(|waits| still_waits(world, waits));
    waiting.map(|Reverse((_, _, id, _))| place(world, scenario, id)).collect()
}

/// Takes the first work that still waits from the queue of a pool, or of one of its advisors.
pub(super) fn pop(world: &mut World, scenario: &Scenario, pool: u16, own: Option<usize>) -> Option<u32> {
    loop {
        let desk = &mut world.desks[usize::from(pool)];
        let heap = own.map_or(&mut desk.queue, |advisor| &mut desk.own[advisor]);
        let place = heap.pop()?;
        if !still_waits(world, &place) {
            continue;
        }
        let id = place.0.2;
        leave_queue(world, id);
        let work = &world.works[id as usize];
        if is_stale(world, work) {
            let work = work.clone();
            finish(world, id);
            if !work.begun {
                drop_work(world, scenario, &work);
            }
            continue;
        }
        return Some(id);
    }
}

pub(super) fn leave_queue(world: &mut World, id: u32) {
    let Work { pool, left, .. } = world.works[id as usize];
    let desk = &mut world.desks[usize::from(pool)];
    desk.waiting -= 1;
    desk.backlog = if desk.waiting == 0 { 0.0 } else { desk.backlog - left };
}

/// Gives up what waits for customers who have left, and for what is over, in the order of its places.
pub(super) fn give_up_stale(world: &mut World, scenario: &Scenario, pool: u16) {
    let moved_on = std::mem::take(&mut world.desks[usize::from(pool)].moved_on);
    let waits_here = |&id: &u32| {
        let work = &world.works[id as usize];
        work.state == State::Waiting && work.pool == pool && is_stale(world, work)
    };
    let works = moved_on.into_iter().flat_map(|account| works_on(world, account));
    let stale: BTreeSet<u32> = works.filter(waits_here).collect();
    for id in stale {
        leave_queue(world, id);
        let work = world.works[id as usize].clone();
        finish(world, id);
        if !work.begun {
            drop_work(world, scenario, &work);
        }
    }
}
