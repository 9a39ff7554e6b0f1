//! Day 0: the program of a variant takes over from that of the baseline, and recording starts.
//!
//! 1. What follows from clocks and calendar alone (stages, assessments, dated touchpoints) is laid out anew.
//! 2. What the customers have started stays under way if the program in force has it too: touchpoints that answer
//!    a happening, stays in Lighthouse, and what earlier touchpoints have left behind.
//! 3. The rest ends.
//!
//! Under the baseline itself nothing changes.

use crate::capacity::PoolSettings;
use crate::engine::event::Event;
use crate::engine::opening::touches;
use crate::engine::record::PoolRecord;
use crate::engine::run::Keep;
use crate::engine::work::Renumbered;
use crate::engine::world::{Account, World};
use crate::engine::{care, changes, journey, work};
use crate::program::plan::{Plan, Trigger};
use crate::renewal::ledger::Ledger;
use crate::scenario::Scenario;
use crate::usage::activity::LiftKind;

/// What the baseline's numbers in the calendar and in the columns of lifts stand for.
#[derive(Debug, Clone)]
pub struct Predecessor {
    lifts: Vec<LiftKind>,
    pools: Vec<PoolSettings>,
    /// The touchpoints of each program, by index: key and trigger.
    plans: Vec<Vec<(u32, Trigger)>>,
}

impl Predecessor {
    /// Notes what is to be known of the baseline when another program takes over.
    #[must_use]
    pub fn new(baseline: &Scenario) -> Self {
        let key = |plan: &Plan| (plan.label, plan.trigger.clone());
        let plans = baseline.programs.iter().map(|program| program.plans.iter().map(key).collect()).collect();
        Self { lifts: baseline.lifts.clone(), pools: baseline.file.pool.clone(), plans }
    }

    /// Returns the place that a touchpoint of the baseline has in `program`, which takes over.
    fn place_of(&self, scenario: &Scenario, program: u16, plan: u16) -> Option<u16> {
        let own = usize::from(scenario.own(program));
        let (label, trigger) = self.plans[own].get(usize::from(plan))?;
        let same = |other: &Plan| other.label == *label && other.trigger == *trigger;
        scenario.programs[usize::from(program)].plans.iter().position(same).map(|place| place as u16)
    }

    fn has(&self, program: usize, plan: &Plan) -> bool {
        self.plans[program].iter().any(|(label, trigger)| *label == plan.label && *trigger == plan.trigger)
    }
}

/// Puts `scenario` in force and starts recording.
pub fn put_in_force(world: &mut World, scenario: &Scenario, predecessor: &Predecessor, keep: Keep) {
    world.warming_up = false;
    world.logging = keep.log;
    world.record.touches = touches(scenario);
    world.record.lighthouse.clear();
    world.record.weeks.clear();
    world.week_minutes = 0.0;
    world.work_before = PoolRecord::default();
    changes::draw_lots(world, scenario);
    hand_over_touchpoints(world, scenario, predecessor);
    let place = |kind| predecessor.lifts.iter().position(|known| known == kind);
    world.activity.replace_lifts(&scenario.lifts.iter().map(place).collect::<Vec<_>>());
    let stays = care::take_over(world, scenario);
    let plan = |program: u16, plan: u16| predecessor.place_of(scenario, program, plan);
    let stay = |old: u32| stays.iter().find(|(before, _)| *before == old).map(|&(_, now)| now);
    work::take_over(world, scenario, &predecessor.pools, &Renumbered { plan: &plan, stay: &stay });
    for account in 0..world.accounts.len() as u32 {
        world.watch(scenario, account);
        let living = world.account(account).living;
        let entry = world.account(account);
        let close = entry.clocks.close;
        let cohort = scenario.almanac.quarter(close);
        let (program, segment) = (scenario.own(entry.program), entry.profile.segment);
        let record = world.record_of(account);
        (record.program, record.cohort, record.close) = (program, cohort, close);
        (record.first_segment, record.segment, record.opened) = (segment, segment, living);
        if living {
            world.record.opening_accounts += 1;
            let is_new = |plan: &Plan| !predecessor.has(usize::from(program), plan);
            journey::come_under(world, scenario, account, is_new);
        }
    }
    let opening = world.accounts.iter().map(Account::arr).collect();
    world.record.ledger = Ledger::open(opening).expect("invariant: nobody pays less than nothing");
}

/// Keeps the touchpoints under way that answer a happening or have got another date, and that the new program has as well.
fn hand_over_touchpoints(world: &mut World, scenario: &Scenario, predecessor: &Predecessor) {
    let World { calendar, accounts, .. } = world;
    calendar.retain_mut(|event| {
        let is_again = matches!(event, Event::Rescheduled { .. });
        let (Event::Touch { account, plan, life, .. } | Event::Rescheduled { account, plan, life, .. }) =
            event
        else {
            return !event.belongs_to_program();
        };
        let entry = &accounts[*account as usize];
        if entry.life != *life {
            return false;
        }
        let own = usize::from(scenario.own(entry.program));
        let trigger = predecessor.plans[own].get(usize::from(*plan)).map(|plan| &plan.1);
        let stays = is_again || matches!(trigger, Some(Trigger::On(_)));
        let place = predecessor.place_of(scenario, entry.program, *plan).filter(|_| stays);
        let Some(index) = place else { return false };
        *plan = index;
        true
    });
}
