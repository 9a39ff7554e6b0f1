//! Work of advisors: handed over when it is due, waiting for somebody who is free, under way, over.
//!
//! ```text
//! due ──hand_over──▶ waiting ──begin──▶ under way ──end──▶ over
//!                       │  ▲                │
//!                       │  └── interrupted ─┘
//!                       └── lapses: dropped, or a mail in its place
//! ```
//!
//! What work does for the customer it does when it begins. Without a pool it begins when it is due and takes nobody's
//! time but what is counted, so that a pool with somebody always free changes nothing for any customer.

mod desk;
mod handover;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::time::{Day, SimDuration, SimTime};
use crate::capacity::roster::Roster;
use crate::capacity::{Assignment, Order, Overload, PoolSettings};
use crate::engine::event::Event;
use crate::engine::record::{Happened, PoolRecord, Wait, WaitedFor};
use crate::engine::touch::Occasion;
use crate::engine::world::World;
use crate::engine::{care, renewal, touch};
use crate::language::{Count, Name};
use crate::program::touchpoint::Channel;
use crate::scenario::Scenario;

pub use desk::Desk;
use desk::Place;
pub use handover::{Renumbered, take_over};

/// Time within which requests are to be answered.
const PROMISE: SimDuration = SimDuration::from_hours(48);

/// Calls passed over because they would not end before the day does, before an advisor is left idle.
const PASSED_OVER: usize = 16;

/// What is to be done.
#[allow(missing_docs, reason = "the fields are named in the variants' sentences")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A touchpoint.
    Touch(Occasion),
    /// The renewal health assessment of a term.
    Assessment { term: u16 },
    /// The plan of an account that enters Lighthouse, by the record of its stay.
    LighthouseEntry { record: u32 },
    /// A week's work on a member of Lighthouse.
    LighthouseWeek { record: u32 },
}

/// Work as it is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// What is to be done.
    pub task: Task,
    /// Name of the touchpoint, if it is one.
    pub name: Option<&'a Name>,
    /// Time that it takes (minutes).
    pub minutes: f64,
    /// Time after which it has lost its value (s).
    pub patience: Option<f64>,
    /// Its class, 1 before all else.
    pub priority: Count,
}

/// How work came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// After its patience.
    pub late: bool,
    /// By the advisor who held the account's previous touch.
    pub same_advisor: bool,
    /// By a mail in its place.
    pub by_mail: bool,
}

impl Handling {
    /// Done at once, by nobody in particular.
    pub const AT_ONCE: Self = Self { late: false, same_advisor: false, by_mail: false };
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting,
    UnderWay { pool: u16, advisor: u16, since: SimTime, spent: f64 },
    Over,
}

/// A piece of work that was handed over.
#[derive(Debug, Clone)]
pub struct Work {
    account: u32,
    life: u16,
    /// Program whose plan the task refers to.
    program: u16,
    task: Task,
    /// Answers a request.
    is_request: bool,
    pool: u16,
    /// The pool that helps out, if it can do this.
    helper: Option<u16>,
    due: SimTime,
    lapses: Option<SimTime>,
    priority: u32,
    /// What is left to do (s).
    left: f64,
    minutes: f64,
    /// Time of a call with the customer, which must fit into the day (s).
    live: i64,
    /// The one advisor who may take it.
    only: Option<u16>,
    begun: bool,
    state: State,
    /// Its number among all that the pool was handed: work that came earlier has a lower one.
    number: u32,
    /// Tells this work from others that had its place before.
    serial: u32,
}

impl Work {
    /// Returns what is waited for.
    fn kind(&self) -> WaitedFor {
        match self.task {
            Task::Touch(Occasion { plan, .. }) => WaitedFor::Touchpoint { program: self.program, plan },
            Task::Assessment { .. } => WaitedFor::Assessment,
            Task::LighthouseEntry { .. } => WaitedFor::LighthousePlan,
            Task::LighthouseWeek { .. } => WaitedFor::LighthouseWeek,
        }
    }
}

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

/// Hands work on `account` to the first pool that can do it; without a pool it is done at once.
pub fn hand_over(world: &mut World, scenario: &Scenario, account: u32, job: Job<'_>) {
    let Job { task, name, minutes, patience, priority } = job;
    let able = |(_, pool): &(usize, &PoolSettings)| pool.is_able(name);
    let Some((number, settings)) = scenario.file.pool.iter().enumerate().find(able) else {
        book(world, account, task, minutes);
        carry_out(world, scenario, account, task, Handling::AT_ONCE);
        return;
    };
    let now = world.calendar.now();
    world.desks[number].handed += 1;
    let entry = world.account(account);
    let work = Work {
        account,
        life: entry.life,
        program: entry.program,
        task,
        is_request: touch::is_request(world, scenario, account, task),
        pool: number as u16,
        helper: helper(scenario, settings, name),
        due: now,
        lapses: patience.map(|seconds| SimTime(now.0 + seconds.max(0.0) as i64)),
        priority: priority.get(),
        left: minutes * 60.0,
        minutes,
        live: live(world, scenario, account, task).min((minutes * 60.0) as i64),
        only: only(world, scenario, account, number as u16, task),
        begun: false,
        state: State::Waiting,
        number: world.desks[number].handed,
        serial: 0,
    };
    note(world, number, |record| record.due += 1);
    let desk = &world.desks[number];
    let nobody = !takers(world, scenario, &work).any(|_| true);
    let is_full = settings.queue_limit.is_some_and(|limit| desk.waiting >= limit.get());
    // A working day of the coming week, so that a weekend does not stop everything.
    let usual = || (0..7).map(|day| desk.roster.staffed(Day(world.today.0 + day))).fold(1.0, f64::max);
    let is_stopped =
        settings.overload == Overload::Stop && desk.backlog > settings.workable.in_days() * usual();
    if nobody && (is_full || is_stopped) {
        drop_work(world, scenario, &work);
        return;
    }
    let id = store(world, work);
    let chosen = choose(world, scenario, id);
    if let Some((pool, advisor)) = chosen {
        begin(world, scenario, id, pool, advisor);
        return;
    }
    enqueue(world, scenario, id);
    await_lapse(world, scenario, id);
    if settings.order == Order::Preemptive {
        interrupt(world, scenario, id);
    }
}

fn await_lapse(world: &mut World, scenario: &Scenario, id: u32) {
    let Work { lapses, serial, pool, .. } = world.works[id as usize];
    let overload = scenario.file.pool[usize::from(pool)].overload;
    if let (Some(at), Overload::Drop | Overload::Degrade) = (lapses, overload) {
        world.schedule_at(at.max(SimTime::from_day(world.today)), Event::WorkLapses { work: id, serial });
    }
}

/// Returns the pool that helps out `settings`, if it has the skill.
fn helper(scenario: &Scenario, settings: &PoolSettings, name: Option<&Name>) -> Option<u16> {
    let other = settings.overflow.as_ref()?;
    let helps = |pool: &PoolSettings| pool.name == *other && pool.is_able(name);
    scenario.file.pool.iter().position(helps).map(|pool| pool as u16)
}

fn live(world: &World, scenario: &Scenario, account: u32, task: Task) -> i64 {
    let Task::Touch(Occasion { plan, .. }) = task else { return 0 };
    let touchpoint = &world.program(scenario, account).plans[usize::from(plan)].touchpoint;
    let is_call = matches!(touchpoint.channel, Channel::Call | Channel::Webinar);
    if is_call { touchpoint.live.get() } else { 0 }
}

/// Returns the one advisor who may take the work: of a member of Lighthouse who has an owner, and in a pool where
/// accounts have theirs.
fn only(world: &mut World, scenario: &Scenario, account: u32, pool: u16, task: Task) -> Option<u16> {
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

fn store(world: &mut World, mut work: Work) -> u32 {
    match world.free_works.pop() {
        Some(id) => {
            work.serial = world.works[id as usize].serial + 1;
            world.works[id as usize] = work;
            id
        }
        None => {
            world.works.push(work);
            world.works.len() as u32 - 1
        }
    }
}

/// Returns who could begin the work now: free advisors of its pool, else of the pool that helps out.
fn takers<'a>(
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
    is_own && desk.is_free(advisor, now) && desk.roster.leaves_time(advisor, now, live) && leads()
}

/// Chooses who of those who are free takes the work.
fn choose(world: &World, scenario: &Scenario, id: u32) -> Option<(u16, usize)> {
    let work = &world.works[id as usize];
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

fn enqueue(world: &mut World, scenario: &Scenario, id: u32) {
    let place = place(world, scenario, id);
    let Work { pool, only, left, .. } = world.works[id as usize];
    let desk = &mut world.desks[usize::from(pool)];
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
        match choose(world, scenario, id) {
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

/// Returns whether the work of a place in a queue still waits in it.
fn still_waits(world: &World, place: &Place) -> bool {
    let Reverse((_, _, id, serial)) = *place;
    let work = &world.works[id as usize];
    work.serial == serial && work.state == State::Waiting
}

fn ranked_anew(world: &World, scenario: &Scenario, queue: BinaryHeap<Place>) -> BinaryHeap<Place> {
    let waiting = queue.into_iter().filter(|waits| still_waits(world, waits));
    waiting.map(|Reverse((_, _, id, _))| place(world, scenario, id)).collect()
}

/// Gives up what waits for customers who have left, and for what is over.
fn give_up_stale(world: &mut World, scenario: &Scenario, pool: u16) {
    for id in 0..world.works.len() as u32 {
        let work = &world.works[id as usize];
        if work.state == State::Waiting && work.pool == pool && is_stale(world, work) {
            leave_queue(world, id);
            let work = world.works[id as usize].clone();
            finish(world, id);
            if !work.begun {
                drop_work(world, scenario, &work);
            }
        }
    }
}

/// Counts the time that the advisors of a pool have for customers from now until it closes, and what upkeep takes of it.
fn count_staffed(world: &mut World, pool: u16, times: f64) {
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
fn has_begun(world: &World, pool: u16) -> bool {
    let hours = &world.desks[usize::from(pool)].roster.hours;
    hours.opens_on(date(world, pool)).is_some_and(|opens| opens < now(world))
}

/// Returns the pools that `pool` helps out.
fn helped(scenario: &Scenario, pool: u16) -> impl Iterator<Item = u16> {
    let name = &scenario.file.pool[usize::from(pool)].name;
    (0..)
        .zip(&scenario.file.pool)
        .filter(move |(_, other)| other.overflow.as_ref() == Some(name))
        .map(|(at, _)| at)
}

/// Takes the first work that still waits from the queue of a pool, or of one of its advisors.
fn pop(world: &mut World, scenario: &Scenario, pool: u16, own: Option<usize>) -> Option<u32> {
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

/// Returns whether the customer has left, or what the work was for is over.
fn is_stale(world: &World, work: &Work) -> bool {
    let entry = world.account(work.account);
    entry.life != work.life
        || match work.task {
            Task::Touch(_) => false,
            Task::Assessment { term } => entry.term != term,
            Task::LighthouseEntry { record } | Task::LighthouseWeek { record } => {
                entry.lighthouse != Some(record)
            }
        }
}

fn leave_queue(world: &mut World, id: u32) {
    let Work { pool, left, .. } = world.works[id as usize];
    let desk = &mut world.desks[usize::from(pool)];
    desk.waiting -= 1;
    desk.backlog = if desk.waiting == 0 { 0.0 } else { desk.backlog - left };
}

/// Lets an advisor who is free take the next work.
fn take_next(world: &mut World, scenario: &Scenario, pool: u16, advisor: usize) {
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

/// Gives work that is not over the places of what accounts have come under today: `place_of` says of an account, the
/// program it is in now and the place of a touchpoint before, where that stands now; [`None`] without the inner value where
/// it is gone, and without the outer one where the account has come under nothing.
///
/// Work for touchpoints that are gone is dropped, if nobody has begun it.
pub fn renumber(
    world: &mut World,
    scenario: &Scenario,
    place_of: &dyn Fn(u32, u16, u16) -> Option<Option<u16>>,
) {
    for id in 0..world.works.len() as u32 {
        let Work { state, account, program, begun, task, life, .. } = world.works[id as usize];
        let entry = world.account(account);
        let Task::Touch(occasion) = task else { continue };
        let is_current = entry.life == life && scenario.own(entry.program) == scenario.own(program);
        if state == State::Over || !is_current {
            continue;
        }
        let now = entry.program;
        match place_of(account, now, occasion.plan) {
            Some(Some(plan)) => {
                let work = &mut world.works[id as usize];
                (work.program, work.task) = (now, Task::Touch(Occasion { plan, ..occasion }));
            }
            Some(None) if !begun => {
                leave_queue(world, id);
                let work = world.works[id as usize].clone();
                finish(world, id);
                drop_work(world, scenario, &work);
            }
            Some(None) | None => {}
        }
    }
}

/// Returns whether the assessment of the account's present term waits for an advisor.
#[must_use]
pub fn awaits_assessment(world: &World, account: u32) -> bool {
    let task = Task::Assessment { term: world.account(account).term };
    let waits = |work: &&Work| work.account == account && work.task == task && work.state != State::Over;
    world.works.iter().filter(waits).any(|work| !is_stale(world, work))
}

/// Interrupts the work of the highest class number, the latest begun among equals, for work of a lower one.
fn interrupt(world: &mut World, scenario: &Scenario, id: u32) {
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

/// Returns the date by the pool's clock.
fn date(world: &World, pool: u16) -> Day {
    world.desks[usize::from(pool)].roster.hours.date(now(world))
}

/// Returns the clock, or, before anything of today has happened, the start of the day.
fn now(world: &World) -> SimTime {
    world.calendar.now().max(SimTime::from_day(world.today))
}

/// Ends an advisor's hold on work that is not done, and keeps what is left.
fn put_down(world: &mut World, id: u32) {
    let now = now(world);
    let State::UnderWay { pool, advisor, since, spent } = world.works[id as usize].state else { return };
    let desk = &mut world.desks[usize::from(pool)];
    let done = desk.roster.worked(usize::from(advisor), since, now, spent);
    desk.holding[usize::from(advisor)] = None;
    desk.mark(usize::from(advisor));
    desk.load[usize::from(advisor)] += done;
    note(world, usize::from(pool), |record| record.busy += done);
    let work = &mut world.works[id as usize];
    work.left = (work.left - done).max(0.0);
    work.state = State::Waiting;
    // What was to happen at its end is stale.
    work.serial += 1;
}

/// Lets an advisor work on from now: until the end, or until they leave.
fn take_up(world: &mut World, id: u32, pool: u16, advisor: usize) {
    let now = now(world);
    let desk = &mut world.desks[usize::from(pool)];
    let spent = desk.spent;
    let work = &mut world.works[id as usize];
    let ends = desk.roster.finish(advisor, now, work.left, spent);
    let gone = desk.roster.leaves(advisor);
    desk.holding[advisor] = Some(id);
    desk.mark(advisor);
    work.state = State::UnderWay { pool, advisor: advisor as u16, since: now, spent };
    let serial = work.serial;
    world.schedule_at(ends.unwrap_or(gone), Event::WorkEnds { work: id, serial });
}

fn begin(world: &mut World, scenario: &Scenario, id: u32, pool: u16, advisor: usize) {
    take_up(world, id, pool, advisor);
    let work = world.works[id as usize].kind();
    world.log(world.works[id as usize].account, Happened::WorkBegun { pool, advisor: advisor as u16, work });
    if std::mem::replace(&mut world.works[id as usize].begun, true) {
        return;
    }
    let Work { account, task, minutes, due, lapses, pool: asked, .. } = world.works[id as usize];
    let now = world.calendar.now();
    let waited = world.desks[usize::from(asked)].roster.hours.elapsed(due, now);
    let late = lapses.is_some_and(|lapses| now > lapses);
    let who = Some((pool, advisor as u16));
    let before = world.account(account).advisor;
    let same_advisor = before == who;
    if !world.warming_up {
        let day = world.today;
        world.record.waits.push(Wait { account, seconds: waited as u32, day, kind: work });
        let record = world.record_of(account);
        record.late += u32::from(late && matches!(task, Task::Touch(_)));
        record.touches += u32::from(before.is_some());
        record.same_advisor += u32::from(same_advisor);
    }
    note(world, usize::from(asked), |record| if late { record.late += 1 } else { record.done += 1 });
    world.account_mut(account).advisor = who;
    book(world, account, task, minutes);
    if let Task::LighthouseEntry { record } = task {
        care::own(world, record, (pool, advisor as u16));
    }
    let handling = Handling { late, same_advisor, by_mail: false };
    carry_out(world, scenario, account, task, handling);
}

/// Work ends, or its advisor leaves before it does.
pub fn end(world: &mut World, scenario: &Scenario, id: u32, serial: u32) {
    let work = &world.works[id as usize];
    let State::UnderWay { pool, advisor, .. } = work.state else { return };
    if work.serial != serial {
        return;
    }
    let (account, is_request, due, kind) = (work.account, work.is_request, work.due, work.kind());
    let now = world.calendar.now();
    put_down(world, id);
    let advisor = usize::from(advisor);
    // Rounding to whole seconds leaves up to one.
    if world.works[id as usize].left > 1.0 && world.desks[usize::from(pool)].roster.leaves(advisor) <= now {
        world.works[id as usize].only = None;
        world.log(account, Happened::WorkPutDown { pool, advisor: advisor as u16, work: kind });
        enqueue(world, scenario, id);
        if let Some((by, other)) = choose(world, scenario, id) {
            leave_queue(world, id);
            begin(world, scenario, id, by, other);
        }
        return;
    }
    if is_request {
        note_answer(world, account, due);
    }
    world.log(account, Happened::WorkEnded { pool, advisor: advisor as u16, work: kind });
    finish(world, id);
    take_next(world, scenario, pool, advisor);
}

fn finish(world: &mut World, id: u32) {
    let work = &mut world.works[id as usize];
    work.state = State::Over;
    work.serial += 1;
    world.free_works.push(id);
}

/// Counts a request that was due then and is answered now.
fn note_answer(world: &mut World, account: u32, due: SimTime) {
    let waited = world.calendar.now().0 - due.0;
    if !world.warming_up {
        let record = world.record_of(account);
        record.requests += 1;
        record.answered_in_time += u32::from(waited <= PROMISE.0);
    }
}

/// The patience with work that waits is over: it is dropped, or a mail takes its place.
pub fn lapse(world: &mut World, scenario: &Scenario, id: u32, serial: u32) {
    let work = &world.works[id as usize];
    if work.serial != serial || work.state != State::Waiting || work.begun {
        return;
    }
    leave_queue(world, id);
    let work = world.works[id as usize].clone();
    finish(world, id);
    let pool = usize::from(work.pool);
    let is_call = work.live > 0;
    if scenario.file.pool[pool].overload == Overload::Degrade && is_call && !is_stale(world, &work) {
        note(world, pool, |record| record.degraded += 1);
        if !world.warming_up {
            world.record_of(work.account).degraded += 1;
        }
        if work.is_request {
            note_answer(world, work.account, work.due);
        }
        let handling = Handling { late: false, same_advisor: false, by_mail: true };
        carry_out(world, scenario, work.account, work.task, handling);
    } else {
        drop_work(world, scenario, &work);
    }
}

/// Work is not done: its value has lapsed, nobody takes it on, or its customer has left.
fn drop_work(world: &mut World, scenario: &Scenario, work: &Work) {
    note(world, usize::from(work.pool), |record| record.dropped += 1);
    if !world.warming_up {
        let is_given_up = matches!(work.task, Task::Touch(_)) && !is_stale(world, work);
        let record = world.record_of(work.account);
        record.dropped += u32::from(is_given_up);
        record.requests += u32::from(work.is_request);
    }
    world.log(work.account, Happened::WorkDropped { work: work.kind() });
    if let Task::LighthouseWeek { record } = work.task {
        care::week_is_over(world, scenario, work.account, record, false);
    }
    if work.is_request {
        touch::disappoint(world, scenario, work.account);
    }
}

fn note(world: &mut World, pool: usize, change: impl FnOnce(&mut PoolRecord)) {
    if !world.warming_up {
        change(&mut world.record.pools[pool]);
    }
}

fn book(world: &mut World, account: u32, task: Task, minutes: f64) {
    world.work(account, minutes);
    if let (Task::Touch(Occasion { plan, .. }), false) = (task, world.warming_up) {
        world.touch_count(account, plan).minutes += minutes.max(0.0);
    }
}

fn carry_out(world: &mut World, scenario: &Scenario, account: u32, task: Task, handling: Handling) {
    match task {
        Task::Touch(occasion) => touch::carry_out(world, scenario, account, occasion, handling),
        Task::Assessment { term } => care::rate(world, scenario, account, term),
        Task::LighthouseEntry { record } => care::plan_is_written(world, record),
        Task::LighthouseWeek { record } => care::week_is_over(world, scenario, account, record, true),
    }
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
fn go_on(world: &mut World, pool: u16) {
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
