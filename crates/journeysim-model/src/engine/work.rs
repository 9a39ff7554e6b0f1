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
//!
//! # Not here
//!
//! In which order work waits is `queue`, who takes it `takers`, how a pool opens, closes and is slowed down `day`, and what
//! becomes of the work of another program's pools `handover`.

mod day;
mod desk;
mod handover;
mod queue;
mod takers;
#[cfg(test)]
mod tests;

use crate::base::time::{Day, SimDuration, SimTime};
use crate::capacity::{Order, Overload, PoolSettings};
use crate::engine::event::Event;
use crate::engine::record::{Happened, PoolRecord, Wait, WaitedFor};
use crate::engine::touch::Occasion;
use crate::engine::world::World;
use crate::engine::{care, touch};
use crate::language::{Count, Name};
use crate::scenario::Scenario;

use day::now;
pub use day::{close, open_desks, open_pool, share_out_upkeep};
pub use desk::Desk;
pub use handover::{Renumbered, take_over};
use queue::{enqueue, leave_queue};
use takers::{choose, helper, interrupt, only, take_next};
pub use takers::{employed, is_employed, lighthouse_pool};

/// Time within which requests are to be answered.
const PROMISE: SimDuration = SimDuration::from_hours(48);

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
    /// The work on the same account that was handed over before this and is not over.
    earlier: Option<u32>,
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
        earlier: None,
    };
    note(world, number, |record| record.due += 1);
    let desk = &world.desks[number];
    if let Some((pool, advisor)) = choose(world, scenario, &work) {
        let id = store(world, work);
        begin(world, scenario, id, pool, advisor);
        return;
    }
    let is_full = settings.queue_limit.is_some_and(|limit| desk.waiting >= limit.get());
    // A working day of the coming week, so that a weekend does not stop everything.
    let usual = || (0..7).map(|day| desk.roster.staffed(Day(world.today.0 + day))).fold(1.0, f64::max);
    let is_stopped =
        settings.overload == Overload::Stop && desk.backlog > settings.workable.in_days() * usual();
    if is_full || is_stopped {
        drop_work(world, scenario, &work);
        return;
    }
    let id = store(world, work);
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

fn live(world: &World, scenario: &Scenario, account: u32, task: Task) -> i64 {
    let Task::Touch(Occasion { plan, .. }) = task else { return 0 };
    let touchpoint = &world.program(scenario, account).plans[usize::from(plan)].touchpoint;
    let is_call = touchpoint.channel.is_meeting();
    if is_call { touchpoint.live.get() } else { 0 }
}

fn store(world: &mut World, mut work: Work) -> u32 {
    let id = world.free_works.pop().unwrap_or(world.works.len() as u32);
    work.earlier = world.latest_works[work.account as usize].replace(id);
    match world.works.get_mut(id as usize) {
        Some(place) => {
            work.serial = place.serial + 1;
            *place = work;
        }
        None => world.works.push(work),
    }
    id
}

/// Returns the work on `account` that is not over, the latest first.
fn works_on(world: &World, account: u32) -> impl Iterator<Item = u32> {
    let latest = world.latest_works[account as usize];
    std::iter::successors(latest, |&id| world.works[id as usize].earlier)
}

/// Notes that some work on `account` may be over from now on: its contract, term or stay in Lighthouse has ended.
pub fn move_on(world: &mut World, account: u32) {
    for desk in &mut world.desks {
        desk.moved_on.push(account);
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
    let mut works = works_on(world, account).map(|id| &world.works[id as usize]);
    works.any(|work| work.task == task && !is_stale(world, work))
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
        if let Some((by, other)) = choose(world, scenario, &world.works[id as usize]) {
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
    let (account, earlier) = (work.account, work.earlier);
    world.free_works.push(id);
    let later = works_on(world, account).find(|&later| world.works[later as usize].earlier == Some(id));
    match later {
        Some(later) => world.works[later as usize].earlier = earlier,
        None => world.latest_works[account as usize] = earlier,
    }
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
