//! Dated changes at work: on its day a change takes over the customers it is rolled out to.
//!
//! 1. Lots are drawn: who is concerned, and who of them comes under the change. It stays so to the end.
//! 2. What the two programs have in common goes on undisturbed: dates, happenings under way, work that waits.
//! 3. What the change touches is laid out anew from today on, as if the program had always been so; what the new
//!    program does not know ends.
//!
//! Customers who close later begin under the change. A change that sets what is set already therefore changes nothing.

use std::collections::BTreeMap;

use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::record::{Before, LighthouseEnd};
use crate::engine::world::World;
use crate::engine::{care, journey, renewal, tickets, touch, work};
use crate::program::plan::Plan;
use crate::program::stage::Stage;
use crate::scenario::{Program, Scenario};

/// Draws who comes under the changes of today, and returns these accounts with the programs they had, by number.
///
/// Who has left is drawn as well, and who has not come yet: they may come (back).
pub fn draw_lots(world: &mut World, scenario: &Scenario) -> Vec<(u32, u16)> {
    let today = world.today;
    let changes = (0..).zip(&scenario.changes).filter(|(_, change)| change.day == today);
    let mut moved = BTreeMap::new();
    for (number, change) in changes {
        if world.record.before.last().is_none_or(|before| before.day != today) {
            let before = standing(world, scenario);
            world.record.before.push(before);
        }
        let bit = 1_u8 << number;
        for account in 0..world.accounts.len() as u32 {
            let entry = world.account_mut(account);
            let (own, before) = (scenario.own(entry.program), entry.program);
            if !change.concerns(own, entry.profile.segment, entry.spell == 0) {
                continue;
            }
            world.record_of(account).concerned |= bit;
            if change.treats(&world.streams, account) {
                world.record_of(account).treated |= bit;
                world.account_mut(account).program = scenario.under(own, scenario.changes_in(before) | bit);
                moved.entry(account).or_insert(before);
            }
        }
    }
    moved.into_iter().collect()
}

/// Returns how the replication stands this morning.
fn standing(world: &World, scenario: &Scenario) -> Before {
    let opened = world.record.window_count;
    let begins = |window: u16| scenario.almanac.add_months(Day(0), 12 * u32::from(window));
    Before {
        day: world.today,
        windows: (0..opened).filter(|&window| begins(window) < world.today).count() as u16,
        accounts: (0..world.accounts.len() as u32).map(|account| world.record_by_now(account)).collect(),
    }
}

/// Puts the changes of today in force, before anything of today has happened.
///
/// Those of the first day are in force when the scenario itself is.
pub fn come_into_force(world: &mut World, scenario: &Scenario) {
    let is_due = scenario.changes.iter().any(|change| change.day == world.today);
    if !is_due || world.today.0 == 0 {
        return;
    }
    let moved: BTreeMap<u32, u16> = draw_lots(world, scenario).into_iter().collect();
    let mut steps: BTreeMap<(u16, u16), Step<'_>> = BTreeMap::new();
    for (&account, &before) in &moved {
        let now = world.account(account).program;
        let step =
            || Step::between(&scenario.programs[usize::from(before)], &scenario.programs[usize::from(now)]);
        steps.entry((before, now)).or_insert_with(step);
    }
    let step_of = |account: u32, now: u16| Some(&steps[&(*moved.get(&account)?, now)]);
    let put_in = hand_over_events(world, &step_of);
    let place_of = |account: u32, now: u16, plan: u16| {
        Some(step_of(account, now)?.places.get(usize::from(plan)).copied().flatten())
    };
    work::renumber(world, scenario, &place_of);
    for &account in moved.keys() {
        let entry = world.account(account);
        let step = &steps[&(moved[&account], entry.program)];
        let is_served = entry.served();
        if step.watching {
            world.close_stage(account);
            world.watch(scenario, account);
        }
        if is_served {
            take_over(world, scenario, account, step, put_in.get(&account).copied());
        }
    }
}

/// What differs between a program and what a change makes of it.
struct Step<'a> {
    before: &'a Program,
    now: &'a Program,
    /// For each touchpoint of the program before its place in the new one.
    places: Vec<Option<u16>>,
    stages: bool,
    health: bool,
    assessment: bool,
    lighthouse: bool,
    put_in: bool,
    watching: bool,
}

impl<'a> Step<'a> {
    fn between(before: &'a Program, now: &'a Program) -> Self {
        let place = |plan: &Plan| {
            let place = now.plans.iter().position(|other| other.label == plan.label);
            place.map(|place| place as u16)
        };
        Self {
            places: before.plans.iter().map(place).collect(),
            stages: before.stages != now.stages,
            health: before.health != now.health,
            assessment: before.assessment != now.assessment,
            lighthouse: before.lighthouse != now.lighthouse,
            put_in: before.lighthouse.ad_hoc != now.lighthouse.ad_hoc,
            watching: before.settings.monitoring != now.settings.monitoring,
            before,
            now,
        }
    }

    /// Returns whether a touchpoint of the new program came due in the same way before.
    fn knows(&self, plan: &Plan) -> bool {
        self.before.plans.iter().any(|other| other.label == plan.label && other.is_timed_like(plan))
    }

    /// Returns the place of what a touchpoint of the program before has on the calendar, if it stays there.
    fn stays(&self, plan: u16) -> Option<u16> {
        let before = &self.before.plans[usize::from(plan)];
        let place = self.places[usize::from(plan)]?;
        before.is_timed_like(&self.now.plans[usize::from(place)]).then_some(place)
    }

    /// Returns whether what the program has on the calendar goes on.
    fn keeps(&self, event: Event) -> bool {
        match event {
            Event::TicketTurn { .. } => !self.health,
            Event::OnboardingEnds { .. }
            | Event::GoalEnds { .. }
            | Event::RenewalWindow { .. }
            | Event::GateCheck { .. } => !self.stages,
            Event::Assessment { .. } => !self.assessment,
            Event::LighthouseOpens { .. } => !self.lighthouse,
            Event::LighthouseAdHoc { .. } => !self.put_in,
            _ => true,
        }
    }
}

/// Takes from the calendar what is to be laid out anew, and gives what stays the places of the new programs. Returns the
/// count of the next time that somebody would put each account into Lighthouse, where that was taken away.
fn hand_over_events<'a>(
    world: &mut World,
    step_of: &impl Fn(u32, u16) -> Option<&'a Step<'a>>,
) -> BTreeMap<u32, u16> {
    let World { calendar, accounts, .. } = world;
    let mut put_in = BTreeMap::new();
    calendar.retain_mut(|event| {
        let Some(account) = event.account() else { return true };
        let entry = &accounts[account as usize];
        let Some(step) = step_of(account, entry.program) else { return true };
        match event {
            // Of an earlier contract or program, and passed over when its time comes.
            Event::Touch { life, .. } | Event::Rescheduled { life, .. } if *life != entry.life => true,
            Event::Touch { plan, .. } => step.stays(*plan).is_some_and(|place| {
                *plan = place;
                true
            }),
            Event::Rescheduled { plan, .. } => step.places[usize::from(*plan)].is_some_and(|place| {
                *plan = place;
                true
            }),
            other => {
                let stays = step.keeps(*other);
                if let (Event::LighthouseAdHoc { count, life, .. }, false) = (other, stays)
                    && *life == entry.life
                {
                    put_in.insert(account, *count);
                }
                stays
            }
        }
    });
    put_in
}

/// Lays out for a customer what a change touches; `put_in` is the count of the event taken away that would have put it
/// into Lighthouse.
fn take_over(world: &mut World, scenario: &Scenario, account: u32, step: &Step<'_>, put_in: Option<u16>) {
    if step.stages {
        journey::lay_out_stages(world, scenario, account);
        renewal::lay_out_window(world, scenario, account);
        world.gates[account as usize] = None;
        if world.account(account).stage == Stage::Adopting {
            journey::schedule_gate_check(world, scenario, account);
        }
    }
    if step.lighthouse {
        if !step.now.lighthouse.enabled {
            care::leave_at_renewal(world, account, LighthouseEnd::Expired);
        }
        renewal::lay_out_lighthouse(world, scenario, account);
    }
    if step.assessment {
        renewal::lay_out_assessment(world, scenario, account);
    }
    touch::take_over(world, scenario, account, |plan| !step.knows(plan), |plan| !step.knows(plan));
    if step.put_in {
        // The draw of the time that was taken away is spent: it said that nobody had come by today.
        care::lay_out_ad_hoc(world, scenario, account, put_in.map_or(0, |count| count + 1));
    }
    if step.health {
        tickets::lay_out(world, scenario, account);
        journey::refresh_score(world, scenario, account);
        world.band_due[account as usize] = world.today.0;
    }
}
