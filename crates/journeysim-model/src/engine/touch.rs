//! Touchpoints at work: when they come due, whom they reach, and what they leave behind.
//!
//! # Draws
//!
//! A touchpoint's draws are keyed by account, touchpoint name and the day it is due (before any delay). So the
//! same check-in of the same day meets the same customer's mood under every variant, and adding, dropping or
//! moving another touchpoint changes nothing here.

use crate::base::random::Purpose;
use crate::base::time::{Day, SimDuration, SimTime};
use crate::engine::event::Event;
use crate::engine::journey::refresh_score;
use crate::engine::record::Happened;
use crate::engine::trace::Question;
use crate::engine::work::{self, Handling, Job, Task};
use crate::engine::world::World;
use crate::population::Role;
use crate::program::plan::{Plan, Trigger};
use crate::program::stage::Stage;
use crate::program::touchpoint::{Channel, Happening, Owner};
use crate::scenario::{Scenario, TICKET_LIFT};

/// One time that a touchpoint of an account is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// Its place among the plans of the account's program.
    pub plan: u16,
    /// The day, or the number of the request, that keys its draws.
    pub key: u32,
    /// Dates of this call that were missed before.
    pub attempt: u8,
}

/// The working hour at which touchpoints come due (h).
const MORNING: i32 = 9;

/// Lays out everything that clocks and calendar make due from today on, for a customer of today.
pub fn lay_out(world: &mut World, scenario: &Scenario, account: u32) {
    lay_out_from(world, scenario, account, world.today, |_| true);
}

/// Lays out what counts from the first ping, which has just come.
pub fn lay_out_production(world: &mut World, scenario: &Scenario, account: u32) {
    lay_out_from(world, scenario, account, world.today, Plan::waits_for_production);
}

/// Lays out the touchpoints of a program that takes over an account today, as far as `dated` says that their dates are
/// not laid out yet, with those whose date has passed but whose delay has not. Those that are repeated while a band or
/// rating lasts begin at once if `new` says that they were not done before.
pub fn take_over(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    dated: impl Fn(&Plan) -> bool,
    new: impl Fn(&Plan) -> bool,
) {
    let delays = world.program(scenario, account).plans.iter().map(|plan| plan.longest_delay);
    let from = Day(world.today.0 - delays.max().unwrap_or(0));
    lay_out_from(world, scenario, account, from, dated);
    let program = world.program(scenario, account);
    for happening in [Happening::BandChange, Happening::Assessment] {
        for &index in program.waiting_for(happening) {
            let plan = &program.plans[index as usize];
            if plan.touchpoint.repeat && new(plan) && concerns(world, account, plan) {
                let next = after_cooldown(world, account, plan).unwrap_or(world.today).max(world.today);
                repeat(world, scenario, account, index, next);
            }
        }
    }
}

fn lay_out_from(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    from: Day,
    which: impl Fn(&Plan) -> bool,
) {
    for index in 0..world.program(scenario, account).plans.len() {
        let plan = &world.program(scenario, account).plans[index];
        if !which(plan) {
            continue;
        }
        let clocks = world.account(account).clocks;
        let mut from = from;
        while let Some(base) = plan.due_from(from, &clocks, &scenario.almanac) {
            if base > scenario.horizon {
                break;
            }
            let on = due_day(world, scenario, account, plan, base);
            if on >= world.today {
                schedule(world, scenario, account, index as u16, base);
                break;
            }
            from = Day(base.0 + 1);
        }
    }
}

/// Returns the day on which a touchpoint of `base` is worked: later by its delay, and on a working day where people
/// meet.
fn due_day(world: &World, scenario: &Scenario, account: u32, plan: &Plan, base: Day) -> Day {
    let touchpoint = &plan.touchpoint;
    let delay = touchpoint.delay.as_ref().map_or(0.0, |delay| {
        delay.sample(&world.streams, Purpose::TouchpointDelay, account, base.0 as u32, plan.label)
    });
    // Rounded by cutting off, which costs a tenth of a call.
    let days = (delay / 86_400.0 + 0.5) as i32;
    let almanac = &scenario.almanac;
    let day = if touchpoint.working_days {
        almanac.add_working_days(base, days.max(0) as u32)
    } else {
        Day(base.0 + days)
    };
    workable(scenario, plan, day)
}

/// Returns the first day from `day` on at which the touchpoint can be worked: people work on working days.
fn workable(scenario: &Scenario, plan: &Plan, day: Day) -> Day {
    match plan.touchpoint.channel {
        Channel::Mail | Channel::Survey => day,
        Channel::Call | Channel::Webinar | Channel::Document => scenario.almanac.next_working_day(day),
    }
}

fn schedule(world: &mut World, scenario: &Scenario, account: u32, index: u16, base: Day) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let day = due_day(world, scenario, account, plan, base);
    put_on(world, account, index, base, day);
}

/// Schedules what is repeated on `base`: the delay was for the first time.
fn repeat(world: &mut World, scenario: &Scenario, account: u32, index: u16, base: Day) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let day = workable(scenario, plan, base);
    put_on(world, account, index, base, day);
}

fn put_on(world: &mut World, account: u32, index: u16, base: Day, day: Day) {
    let at = SimTime::from_day(day) + SimDuration::from_hours(MORNING);
    let life = world.account(account).life;
    world.schedule_at(at, Event::Touch { account, base: base.0, plan: index, life });
}

/// Starts the touchpoints that wait for `happening`.
pub fn happen(world: &mut World, scenario: &Scenario, account: u32, happening: Happening) {
    let program = world.program(scenario, account);
    for &index in program.waiting_for(happening) {
        let plan = &program.plans[index as usize];
        if !concerns(world, account, plan) {
            continue;
        }
        let base = world.today;
        if after_cooldown(world, account, plan).is_some_and(|free| free > base) {
            continue;
        }
        schedule(world, scenario, account, index, base);
    }
}

/// Starts the touchpoints that wait for a band or a rating the account has had for a while, and that are meant for the
/// stage it has entered but not for the one it has `left`.
pub fn enter_stage(world: &mut World, scenario: &Scenario, account: u32, left: Stage) {
    let program = world.program(scenario, account);
    for happening in [Happening::BandChange, Happening::Assessment] {
        for &index in program.waiting_for(happening) {
            let plan = &program.plans[index as usize];
            let touchpoint = &plan.touchpoint;
            let waits = touchpoint.bands.is_some() || touchpoint.ratings.is_some();
            let was_meant = meant_for(plan, left);
            if !waits || was_meant || !concerns(world, account, plan) {
                continue;
            }
            if after_cooldown(world, account, plan).is_none_or(|free| free <= world.today) {
                schedule(world, scenario, account, index, world.today);
            }
        }
    }
}

/// Returns whether the touchpoint is meant for accounts in `stage`.
fn meant_for(plan: &Plan, stage: Stage) -> bool {
    match &plan.touchpoint.stages {
        Some(stages) => stages.iter().any(|&meant| Stage::from(meant) == stage),
        None => stage != Stage::Prospect && stage != Stage::Left,
    }
}

/// Returns whether the account is one that the touchpoint is meant for now.
fn concerns(world: &World, account: u32, plan: &Plan) -> bool {
    let entry = world.account(account);
    let touchpoint = &plan.touchpoint;
    let after_the_end = matches!(plan.trigger, Trigger::On(Happening::Churned));
    (meant_for(plan, entry.stage) || after_the_end)
        && touchpoint.products.as_ref().is_none_or(|products| products.contains(&entry.profile.products))
        && touchpoint.bands.as_ref().is_none_or(|bands| bands.contains(&entry.band))
        && touchpoint
            .ratings
            .as_ref()
            .is_none_or(|ratings| entry.rating.is_some_and(|rating| ratings.contains(&rating)))
}

/// Returns the first day on which the touchpoint's cooldown is over, if it was done before.
fn after_cooldown(world: &World, account: u32, plan: &Plan) -> Option<Day> {
    let cooldown = plan.touchpoint.cooldown?.in_days().round() as i32;
    let done = world.account(account).cooldowns.iter().find(|(label, _)| *label == plan.label)?;
    Some(Day(done.1.0 + cooldown))
}

/// A touchpoint is due.
pub fn due(world: &mut World, scenario: &Scenario, account: u32, base: Day, index: u16, life: u16) {
    if world.account(account).life != life {
        return;
    }
    let plan = &world.program(scenario, account).plans[index as usize];
    if !matches!(plan.trigger, Trigger::On(_)) {
        let clocks = world.account(account).clocks;
        if let Some(next) = plan.due_from(Day(base.0 + 1), &clocks, &scenario.almanac) {
            schedule(world, scenario, account, index, next);
        }
    }
    come_due(world, scenario, account, base.0 as u32, index);
}

/// Customers have asked for something; `key` tells this time from others.
pub fn ask(world: &mut World, scenario: &Scenario, account: u32, happening: Happening, key: u32) {
    for &index in world.program(scenario, account).waiting_for(happening) {
        come_due(world, scenario, account, key, index);
    }
}

/// Does what is due now, if it still concerns the account and was not done a short while ago.
fn come_due(world: &mut World, scenario: &Scenario, account: u32, key: u32, index: u16) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let today = world.today;
    if !concerns(world, account, plan)
        || after_cooldown(world, account, plan).is_some_and(|free| free > today)
    {
        return;
    }
    if plan.touchpoint.cooldown.is_some() {
        let cooldowns = &mut world.account_mut(account).cooldowns;
        match cooldowns.iter_mut().find(|(label, _)| *label == plan.label) {
            Some(done) => done.1 = today,
            None => cooldowns.push((plan.label, today)),
        }
    }
    if plan.touchpoint.repeat {
        let next = after_cooldown(world, account, plan).unwrap_or(Day(today.0 + 1));
        repeat(world, scenario, account, index, next);
    }
    world.log(account, Happened::Due { plan: index });
    if !world.warming_up {
        world.record_of(account).due += 1;
        world.touch_count(account, index).due += 1;
    }
    match plan.touchpoint.channel {
        Channel::Mail | Channel::Survey => send(world, scenario, account, key, index),
        Channel::Call | Channel::Webinar => offer(world, scenario, account, key, index),
        Channel::Document => work_off(world, scenario, account, Occasion { plan: index, key, attempt: 0 }),
    }
}

/// Returns the people addressed, each once, and whether some role was held by nobody and nobody stood in.
fn recipients(world: &World, scenario: &Scenario, account: u32, audience: &[Role]) -> ([u8; 4], usize, bool) {
    let entry = world.account(account);
    let fallback = scenario.falls_back(entry.program);
    let (mut people, mut count, mut missing) = ([0; 4], 0, false);
    for &role in audience {
        let other = || entry.profile.contacts.holder(Role::ProgramContact).filter(|_| fallback);
        let holder = entry.profile.contacts.holder(role).or_else(other);
        missing |= holder.is_none();
        if let Some(person) = holder.filter(|person| !people[..count].contains(person)) {
            people[count] = person;
            count += 1;
        }
    }
    (people, count, missing)
}

/// Sends a mail or survey to each person once.
fn send(world: &mut World, scenario: &Scenario, account: u32, key: u32, index: u16) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let touchpoint = &plan.touchpoint;
    let (people, count, missing) = recipients(world, scenario, account, &touchpoint.audience);
    if missing {
        world.log(account, Happened::NobodyInRole { plan: index });
        if !world.warming_up {
            world.touch_count(account, index).missing_role += 1;
        }
    }
    if count == 0 {
        return;
    }
    count_done(world, account, index);
    let streams = world.streams;
    let draw = |purpose| streams.draw(purpose, account, key, plan.label);
    let moods = draw(Purpose::Touchpoint);
    let mut answers = None;
    let mut answers = || *answers.get_or_insert_with(|| draw(Purpose::TouchpointAnswer));
    let survey = touchpoint.channel == Channel::Survey;
    let asks_for_help = touchpoint.asks_for_help.get();
    let mut reached = 0;
    for &person in &people[..count] {
        let place = usize::from(person - 1);
        let fatigue = count_mail(world, scenario, account);
        let opens = if survey { touchpoint.answered.get() } else { touchpoint.opened.get() };
        let question = if survey {
            Question::Answered { plan: index, person }
        } else {
            Question::Opened { plan: index, person }
        };
        if !world.chance(account, question, opens, moods.word_uniform(place)) {
            continue;
        }
        reached += 1;
        leave_behind(world, scenario, account, key, index, fatigue);
        let help = Question::AsksForHelp { plan: index, person };
        let asks =
            asks_for_help > 0.0 && world.chance(account, help, asks_for_help, answers().word_uniform(place));
        if survey {
            let favourable = Question::Favourable { plan: index, person };
            answer(world, scenario, account, (favourable, answers().word_uniform((place + 1) % 4)), asks);
        }
        if asks && scenario.has_effects() {
            ask(world, scenario, account, Happening::HelpAsked, world.today.0 as u32);
        }
    }
    if survey && !world.warming_up {
        world.record_of(account).surveys += count as u32;
    }
    if world.program(scenario, account).health.automation_counts_as_activity {
        world.note_activity(scenario, account);
    }
    world.log(account, Happened::Reached { plan: index, people: reached });
}

/// Counts a mail and returns how much of its effect is left: half beyond the limit of 30 days.
fn count_mail(world: &mut World, scenario: &Scenario, account: u32) -> f32 {
    let responses = &scenario.file.responses;
    let block = world.today.0.div_euclid(30);
    let entry = world.account_mut(account);
    match block - entry.mail_block {
        0 => {}
        1 => entry.mails = [0, entry.mails[0]],
        _ => entry.mails = [0, 0],
    }
    entry.mail_block = block;
    // The share of the previous block that still lies inside the last 30 days.
    let inside = 1.0 - f64::from(world.today.0.rem_euclid(30)) / 30.0;
    let entry = world.account_mut(account);
    entry.mails[0] += 1;
    let recent = f64::from(entry.mails[0]) + inside * f64::from(entry.mails[1]);
    if responses.fatigue && recent > responses.fatigue_mails.get() { 0.5 } else { 1.0 }
}

fn answer(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    (favourable, u): (Question, f64),
    asks: bool,
) {
    if !world.warming_up {
        let record = world.record_of(account);
        record.answers += 1;
        record.help_asked += u32::from(asks);
    }
    if scenario.has_effects() {
        let good = world.chance(account, favourable, scenario.file.responses.good_feedback.get(), u);
        let feedback = &mut world.account_mut(account).feedback;
        *feedback = (*feedback + if good { 0.1 } else { -0.2 }).clamp(-1.0, 1.0);
    }
}

/// Offers a call or webinar; if it is accepted, it is handed to the advisors.
fn offer(world: &mut World, scenario: &Scenario, account: u32, key: u32, index: u16) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let draw = world.streams.draw(Purpose::Touchpoint, account, key, plan.label);
    let accepted = plan.touchpoint.accepted.get();
    if world.chance(account, Question::Accepted { plan: index }, accepted, draw.word_uniform(0)) {
        work_off(world, scenario, account, Occasion { plan: index, key, attempt: 0 });
    } else {
        world.log(account, Happened::Declined { plan: index });
    }
}

/// Hands the work of a touchpoint to the advisors; other people's work is done at once.
fn work_off(world: &mut World, scenario: &Scenario, account: u32, occasion: Occasion) {
    let Occasion { plan: index, key, .. } = occasion;
    let plan = &world.program(scenario, account).plans[index as usize];
    let touchpoint = &plan.touchpoint;
    let Some(effort) = touchpoint.effort.as_ref().filter(|_| touchpoint.owner == Owner::Advisors) else {
        carry_out(world, scenario, account, occasion, Handling::AT_ONCE);
        return;
    };
    let seconds = effort.sample(&world.streams, Purpose::TouchpointEffort, account, key, plan.label);
    let patience = touchpoint.patience.as_ref();
    let job = Job {
        task: Task::Touch(occasion),
        name: Some(&touchpoint.name),
        minutes: seconds.max(0.0) / 60.0,
        patience: patience
            .map(|time| time.sample(&world.streams, Purpose::Patience, account, key, plan.label)),
        priority: touchpoint.priority,
    };
    work::hand_over(world, scenario, account, job);
}

/// Does what a touchpoint of people does for the customer.
pub fn carry_out(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    occasion: Occasion,
    handling: Handling,
) {
    let Occasion { plan: index, key, attempt } = occasion;
    let plan = &world.program(scenario, account).plans[index as usize];
    let touchpoint = &plan.touchpoint;
    let is_call = touchpoint.channel.is_meeting();
    let responses = &scenario.file.responses;
    let mut share = if handling.late { responses.late_effect.get() } else { 1.0 };
    if handling.by_mail {
        count_done(world, account, index);
        leave_behind(world, scenario, account, key, index, responses.degraded_effect.get() as f32);
        world.log(account, Happened::Reached { plan: index, people: 1 });
        return;
    }
    if is_call {
        let draw = |purpose| world.streams.draw(purpose, account, key, plan.label);
        let mood = match usize::from(attempt).checked_sub(1) {
            None => draw(Purpose::Touchpoint).word_uniform(1),
            Some(other_date) => draw(Purpose::Rescheduling).word_uniform(other_date),
        };
        if !world.chance(account, Question::Attended { plan: index }, touchpoint.attended.get(), mood) {
            world.log(account, Happened::Declined { plan: index });
            reschedule(world, scenario, account, occasion);
            return;
        }
        if handling.same_advisor {
            share *= responses.continuity.get();
        }
    }
    count_done(world, account, index);
    if is_call {
        world.contact(scenario, account);
        fill_roles(world, scenario, account, key, index);
    } else if matches!(plan.trigger, Trigger::On(Happening::Request | Happening::HelpAsked)) {
        // An answered request is a contact, and may do the relationship good.
        world.contact(scenario, account);
        if scenario.has_effects() {
            let weight = scenario.file.responses.request_weight.get() as f32;
            world.lift(account, TICKET_LIFT, weight);
        }
    }
    leave_behind(world, scenario, account, key, index, share as f32);
    world.log(account, Happened::Reached { plan: index, people: 1 });
}

/// Finds another date for a call that was missed, if the program tries again.
fn reschedule(world: &mut World, scenario: &Scenario, account: u32, occasion: Occasion) {
    let Occasion { plan: index, key, attempt } = occasion;
    let plan = &world.program(scenario, account).plans[usize::from(index)];
    let Some(after) = plan.touchpoint.reschedule else { return };
    if u32::from(attempt) >= plan.touchpoint.most_reschedules.get() {
        return;
    }
    let day = workable(scenario, plan, Day(world.today.0 + after.in_days().round() as i32));
    let at = SimTime::from_day(day) + SimDuration::from_hours(MORNING);
    let life = world.account(account).life;
    world.schedule_at(at, Event::Rescheduled { account, key, plan: index, life, attempt: attempt + 1 });
    world.log(account, Happened::Rescheduled { plan: index, day });
    if !world.warming_up {
        world.record_of(account).rescheduled += 1;
    }
}

/// A call that was missed is tried again, if it still concerns the account.
pub fn try_again(world: &mut World, scenario: &Scenario, account: u32, life: u16, occasion: Occasion) {
    let plan = &world.program(scenario, account).plans[usize::from(occasion.plan)];
    if world.account(account).life == life && concerns(world, account, plan) {
        work_off(world, scenario, account, occasion);
    }
}

/// Returns whether the task answers a request.
#[must_use]
pub fn is_request(world: &World, scenario: &Scenario, account: u32, task: Task) -> bool {
    let Task::Touch(Occasion { plan, .. }) = task else { return false };
    let trigger = &world.program(scenario, account).plans[usize::from(plan)].trigger;
    matches!(trigger, Trigger::On(Happening::Request | Happening::HelpAsked))
}

/// A request was left unanswered: the customer thinks the less of the team.
pub fn disappoint(world: &mut World, scenario: &Scenario, account: u32) {
    if scenario.has_effects() {
        let feedback = &mut world.account_mut(account).feedback;
        *feedback = (*feedback + scenario.file.responses.lapsed_request.get()).clamp(-1.0, 1.0);
    }
}

fn count_done(world: &mut World, account: u32, index: u16) {
    if !world.warming_up {
        world.record_of(account).done += 1;
        world.touch_count(account, index).done += 1;
    }
}

fn fill_roles(world: &mut World, scenario: &Scenario, account: u32, key: u32, index: u16) {
    let plan = &world.program(scenario, account).plans[index as usize];
    let chance = plan.touchpoint.fills_roles.get();
    if chance <= 0.0 {
        return;
    }
    let draw = world.streams.draw(Purpose::ContactRoles, account, key, plan.label);
    let roles = [Role::InstanceAdmin, Role::ProgramContact, Role::Champion, Role::Stakeholder];
    for (place, role) in roles.into_iter().enumerate() {
        // A champion does more than receive mail.
        let fills = role != Role::Champion || scenario.has_effects();
        let is_open = world.account(account).profile.contacts.holder(role).is_none() && fills;
        if is_open && world.chance(account, Question::RoleFilled { role }, chance, draw.word_uniform(place)) {
            let entry = world.account_mut(account);
            entry.profile.contacts.fill(role);
            if role == Role::Champion {
                (entry.champion_missing, entry.noticed_champion) = (false, true);
                refresh_score(world, scenario, account);
            }
        }
    }
}

/// Leaves the touchpoint's effect behind, times `share`.
fn leave_behind(world: &mut World, scenario: &Scenario, account: u32, key: u32, index: u16, share: f32) {
    if !scenario.has_effects() {
        return;
    }
    let plan = &world.program(scenario, account).plans[index as usize];
    for lift in &plan.lifts {
        world.lift(account, lift.kind, lift.amount * share);
    }
    let recovers = plan.touchpoint.effect.as_ref().and_then(|effect| effect.recovers);
    if let (Some(recovers), Some(recovery)) = (recovers, plan.recovery) {
        let draw = world.streams.draw(Purpose::Recovery, account, key, plan.label);
        let recovers = recovers.get() * f64::from(share);
        if world.chance(account, Question::Recovers { plan: index }, recovers, draw.uniform(0)) {
            world.lift(account, recovery.kind, recovery.amount);
        }
    }
}
