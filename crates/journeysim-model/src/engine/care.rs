//! Care for accounts at risk: the assessment, Lighthouse, and what advisors notice.

mod places;

use crate::base::math::ln;
use crate::base::random::Purpose;
use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::journey::refresh_score;
use crate::engine::record::{Happened, LighthouseEnd, LighthouseRecord};
use crate::engine::trace::Question;
use crate::engine::work::{self, Job, Task};
use crate::engine::world::{Member, World};
use crate::engine::{renewal, touch};
use crate::language::{Count, Dist, Span};
use crate::program::touchpoint::{Color, Happening};
use crate::renewal::care::{LighthouseEntry, LighthouseOwner};
use crate::scenario::Scenario;

pub use places::may_lead;
use places::{admit_waiting, has_place, present};

/// Class of the work that goes before all else: renewals and Lighthouse.
const FIRST: Count = Count::of(1);

/// The renewal health assessment is due: the advisors' rating of the true risk, with mistakes both ways.
pub fn assess(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.served() || entry.rating.is_some() {
        return;
    }
    let assessment = &world.program(scenario, account).assessment;
    if !assessment.enabled || entry.term_end.0 - world.today.0 > assessment.rha_days.get() as i32 {
        // The account has come to a program that assesses later, or not at all.
        return;
    }
    let minutes = effort(world, assessment.effort.as_ref(), account, u32::from(term), 0);
    let job = Job { task: Task::Assessment { term }, name: None, minutes, patience: None, priority: FIRST };
    work::hand_over(world, scenario, account, job);
}

/// The advisors write down their rating.
pub fn rate(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.served() || entry.rating.is_some() {
        return;
    }
    let assessment = &world.program(scenario, account).assessment;
    let truth = assessment.truth(renewal::odds(world, scenario, account, true).churn);
    let u = world.streams.draw(Purpose::Assessment, account, u32::from(term), 0).uniform(0);
    let misjudged = world.chance(account, Question::Misjudged { truth }, assessment.misjudges(truth), u);
    let rating = assessment.rating(truth, misjudged);
    world.account_mut(account).rating = Some(rating);
    world.log(account, Happened::Rated(rating));
    touch::happen(world, scenario, account, Happening::Assessment);
    enter_if_at_risk(world, scenario, account);
}

/// The window to enter Lighthouse opens: whoever is known to be at risk by now enters.
pub fn open_lighthouse(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    if world.account(account).term == term && world.account(account).living {
        enter_if_at_risk(world, scenario, account);
    }
}

fn enter_if_at_risk(world: &mut World, scenario: &Scenario, account: u32) {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let entry = world.account(account);
    let flagged = entry.band != Color::Green || !entry.noticed_champion;
    let at_risk = entry.rating.is_some_and(|rating| lighthouse.admits(rating))
        || (lighthouse.entry == LighthouseEntry::AnyFlag && flagged)
        || (lighthouse.champion_loss_triggers && entry.champion_missing);
    if at_risk {
        enter(world, scenario, account);
    }
}

/// A flag is raised: the health band has become worse, or a champion is found missing.
pub fn flag(world: &mut World, scenario: &Scenario, account: u32) {
    if world.program(scenario, account).lighthouse.entry == LighthouseEntry::AnyFlag {
        enter(world, scenario, account);
    }
}

/// Losing the champion may lead into Lighthouse.
pub fn champion_lost(world: &mut World, scenario: &Scenario, account: u32) {
    if world.program(scenario, account).lighthouse.champion_loss_triggers {
        enter(world, scenario, account);
    }
}

/// Starts the process by which executives and advisors put accounts into Lighthouse at any time, for one contract.
pub fn lay_out_ad_hoc(world: &mut World, scenario: &Scenario, account: u32, count: u16) {
    let rate = world.program(scenario, account).lighthouse.ad_hoc.per_day();
    if rate > 0.0 {
        let life = world.account(account).life;
        let key = u32::from(life);
        let u = world.streams.draw(Purpose::LighthouseAdHoc, account, u32::from(count), key).uniform(0);
        let days = (-ln(u) / rate).ceil().min(20_000.0) as i32;
        world.schedule(Day(world.today.0 + days), Event::LighthouseAdHoc { account, count, life });
    }
}

/// Somebody would put the account into Lighthouse; whoever is green is left alone.
pub fn put_in_ad_hoc(world: &mut World, scenario: &Scenario, account: u32, count: u16, life: u16) {
    if world.account(account).life != life {
        return;
    }
    lay_out_ad_hoc(world, scenario, account, count + 1);
    let entry = world.account(account);
    if entry.served() && entry.band != Color::Green {
        enter(world, scenario, account);
    }
}

/// Enters Lighthouse, or its waiting list, if the program has it and the window is open.
fn enter(world: &mut World, scenario: &Scenario, account: u32) {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let entry = world.account(account);
    let days_to_renewal = entry.term_end.0 - world.today.0;
    let inside = entry.lighthouse.is_some() || world.waiting.contains(&account);
    if !lighthouse.enabled || inside || !lighthouse.open_at(days_to_renewal) {
        return;
    }
    if !has_place(world, scenario, account) {
        world.waiting.push(account);
        world.log(account, Happened::LighthouseWaits);
        return;
    }
    admit(world, scenario, account);
}

fn admit(world: &mut World, scenario: &Scenario, account: u32) {
    let today = world.today;
    let record = world.record.lighthouse.len() as u32;
    world.record.lighthouse.push(LighthouseRecord::new(account, today));
    world.members.push(Member::new(account, record, today));
    let entry = world.account_mut(account);
    entry.lighthouse = Some(record);
    entry.lighthouse_this_term = true;
    let minutes = {
        let lighthouse = &world.program(scenario, account).lighthouse;
        effort(world, lighthouse.entry_effort.as_ref(), account, today.0 as u32, 1)
    };
    world.log(account, Happened::LighthouseEntered);
    let task = Task::LighthouseEntry { record };
    work::hand_over(
        world,
        scenario,
        account,
        Job { task, name: None, minutes, patience: None, priority: FIRST },
    );
}

fn member(world: &mut World, record: u32) -> Option<&mut Member> {
    // Members stand in the order they entered, and so do their records.
    let index = world.members.binary_search_by_key(&record, |member| member.record).ok()?;
    Some(&mut world.members[index])
}

/// Returns the place of an account among the members, if it is inside.
fn place_of(world: &World, account: u32) -> Option<usize> {
    let record = world.account(account).lighthouse?;
    world.members.binary_search_by_key(&record, |member| member.record).ok()
}

/// The plan of a new member is written, so that it can be presented at the next sync.
pub fn plan_is_written(world: &mut World, record: u32) {
    if let Some(member) = member(world, record) {
        member.is_planned = true;
    }
}

/// A member has had its week's work, or `was_done` says that it is not to have it.
pub fn week_is_over(world: &mut World, scenario: &Scenario, account: u32, record: u32, was_done: bool) {
    if let Some(member) = member(world, record) {
        member.is_waiting = false;
        if was_done {
            world.note_activity(scenario, account);
        }
    }
}

/// Makes an advisor the owner of a stay in Lighthouse.
pub fn own(world: &mut World, record: u32, owner: (u16, u16)) {
    if let Some(member) = member(world, record) {
        member.owner = Some(owner);
        let today = world.today;
        world.stay(record).led = Some((today, owner));
    }
}

/// Returns who owns the stay in Lighthouse of an account, if its program gives it to one advisor for the duration.
#[must_use]
pub fn owner(world: &World, scenario: &Scenario, account: u32) -> Option<(u16, u16)> {
    if world.program(scenario, account).lighthouse.owner != LighthouseOwner::Sticky {
        return None;
    }
    world.members[place_of(world, account)?].owner
}

/// Lets go whose longest stay is over. On Mondays: weekly work on members; every other week the program sync reviews the
/// members, presents the new ones who have a sponsor, and admits from the waiting list.
pub fn meet(world: &mut World, scenario: &Scenario) {
    expire(world, scenario);
    if scenario.almanac.weekday(world.today) != 0 {
        return;
    }
    let today = world.today;
    for index in 0..world.members.len() {
        // Who still waits for last week's work has no other.
        if std::mem::replace(&mut world.members[index].is_waiting, true) {
            continue;
        }
        let account = world.members[index].account;
        let lighthouse = &world.program(scenario, account).lighthouse;
        let minutes = effort(world, lighthouse.weekly_effort.as_ref(), account, today.0 as u32, 2);
        let task = Task::LighthouseWeek { record: world.members[index].record };
        let patience = Some(7.0 * 86_400.0);
        work::hand_over(
            world,
            scenario,
            account,
            Job { task, name: None, minutes, patience, priority: FIRST },
        );
    }
    let mut ready = Vec::new();
    let mut index = 0;
    while index < world.members.len() {
        let account = world.members[index].account;
        let lighthouse = &world.program(scenario, account).lighthouse;
        let every = (lighthouse.sync_every.in_days() / 7.0).round().max(1.0) as i32;
        let week = today.0.div_euclid(7);
        if week % every != 0 {
            index += 1;
            continue;
        }
        let green = world.account(account).band == Color::Green;
        let member = &mut world.members[index];
        if member.presented.is_none() {
            ready.extend(member.is_planned.then_some(account));
        } else {
            member.healthy_checks = if green { member.healthy_checks + 1 } else { 0 };
        }
        if member.healthy_checks >= lighthouse.exit_checks.get().max(1) {
            leave(world, account, LighthouseEnd::Healthy);
        } else {
            index += 1;
        }
    }
    present(world, scenario, today, &ready);
    admit_waiting(world, scenario);
}

fn expire(world: &mut World, scenario: &Scenario) {
    let mut index = 0;
    while index < world.members.len() {
        let Member { account, from, .. } = world.members[index];
        let longest = world.program(scenario, account).lighthouse.max_days;
        if longest.is_some_and(|days| world.today.0 - from.0 >= days.get() as i32) {
            leave(world, account, LighthouseEnd::Expired);
        } else {
            index += 1;
        }
    }
}

/// Hands the members of Lighthouse over to the program that takes over: they stay if it has Lighthouse, and leave
/// if not. What they have been given already is not lost either way.
///
/// Returns the old and the new record of each stay that goes on.
pub fn take_over(world: &mut World, scenario: &Scenario) -> Vec<(u32, u32)> {
    let today = world.today;
    let mut renumbered = Vec::new();
    for mut member in std::mem::take(&mut world.members) {
        let stays = world.program(scenario, member.account).lighthouse.enabled;
        let record = world.record.lighthouse.len() as u32;
        let entry = world.account_mut(member.account);
        if stays {
            renumbered.push((member.record, record));
            member.record = record;
            entry.lighthouse = Some(record);
            let stay = LighthouseRecord::new(member.account, member.from);
            world.record.lighthouse.push(LighthouseRecord {
                presented: member.presented,
                led: member.owner.map(|owner| (today, owner)),
                ..stay
            });
            world.members.push(member);
        } else {
            entry.lighthouse = None;
            entry.lighthouse_days += member.presented.map_or(0, |presented| today.0 - presented.0);
            work::move_on(world, member.account);
        }
    }
    let mut waiting = std::mem::take(&mut world.waiting);
    waiting.retain(|&account| world.program(scenario, account).lighthouse.enabled);
    world.waiting = waiting;
    renumbered
}

/// Ends a stay because the contract was renewed or the customer left.
pub fn leave_at_renewal(world: &mut World, account: u32, end: LighthouseEnd) {
    world.waiting.retain(|&waiting| waiting != account);
    if world.account(account).lighthouse.is_some() {
        leave(world, account, end);
    }
}

fn leave(world: &mut World, account: u32, end: LighthouseEnd) {
    let today = world.today;
    let Some(index) = place_of(world, account) else { return };
    let member = world.members.remove(index);
    world.stay(member.record).end = Some((today, end));
    let entry = world.account_mut(account);
    entry.lighthouse = None;
    entry.lighthouse_days += member.presented.map_or(0, |presented| today.0 - presented.0);
    work::move_on(world, account);
    world.log(account, Happened::LighthouseLeft(end));
}

/// Returns the share by which Lighthouse cuts the account's probability of churn today.
#[must_use]
pub fn churn_cut(world: &World, scenario: &Scenario, account: u32) -> f64 {
    let entry = world.account(account);
    if !scenario.has_effects() || !entry.lighthouse_this_term {
        return 0.0;
    }
    let presented = place_of(world, account).and_then(|index| world.members[index].presented);
    let current = presented.map_or(0, |presented| world.today.0 - presented.0);
    world.program(scenario, account).lighthouse.cut_after(entry.lighthouse_days + current)
}

/// An advisor notices what has changed: champion and sentiment as they are today.
pub fn notice(world: &mut World, scenario: &Scenario, account: u32) {
    let entry = world.account_mut(account);
    let known = std::mem::replace(&mut entry.noticed_champion, !entry.champion_missing);
    if entry.living {
        let lost = known && entry.champion_missing;
        refresh_score(world, scenario, account);
        if lost {
            flag(world, scenario, account);
        }
    }
}

fn effort(world: &World, effort: Option<&Dist<Span>>, account: u32, occurrence: u32, kind: u32) -> f64 {
    effort.map_or(0.0, |effort| {
        let seconds = effort.sample(&world.streams, Purpose::LighthouseEffort, account, occurrence, kind);
        seconds.max(0.0) / 60.0
    })
}
