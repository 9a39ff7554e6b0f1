//! The journey of an account: close, first ping, stages, gates and health bands.

use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::record::Happened;
use crate::engine::world::{Gate, World};
use crate::engine::{care, renewal, shocks, tickets, touch};
use crate::health::{Signs, TicketKind};
use crate::program::plan::Plan;
use crate::program::stage::{Clock, Fallback, PostRenewal, Stage};
use crate::program::touchpoint::Happening;
use crate::scenario::Scenario;

/// Lets a new customer enter as a prospect: the team gets to know it before the contract closes.
pub fn enter_as_prospect(world: &mut World, scenario: &Scenario, account: u32) {
    world.enter(account, Stage::Prospect);
    touch::happen(world, scenario, account, Happening::ProspectEntry);
}

/// Closes the contract: the account is a customer, and its clocks start.
pub fn close(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    if world.account(account).life != life {
        return;
    }
    let today = world.today;
    let lag = world.account(account).profile.contract_start_lag;
    let entry = world.account_mut(account);
    entry.living = true;
    entry.band_since = today;
    entry.clocks.close = today;
    entry.clocks.contract_start = Day(today.0 + lag);
    entry.clocks.production_ready = None;
    let ping = entry.profile.first_ping;
    *world.activity.living.at(account) = 1.0;
    world.contact(scenario, account);
    if !world.warming_up {
        let arr = world.account(account).profile.arr();
        world.record.ledger.sign(today, account, arr).expect("invariant: who closes has no contract");
        let cohort = scenario.almanac.quarter(today);
        let record = world.record_of(account);
        // A customer who comes back stays in the cohort of its first close.
        if record.days == 0 && record.churned.is_none() {
            (record.close, record.cohort) = (today, cohort);
        }
    }
    world.schedule(Day(today.0 + ping), Event::FirstPing { account, life });
    shocks::start(world, scenario, account);
    renewal::begin_term(world, scenario, account, Day(today.0 + lag));
    let entry = world.account(account);
    if entry.team != entry.home && scenario.program_for(entry.team).is_none() {
        // A customer handed over to a team outside the scenario, which has left it and come back to it.
        return;
    }
    world.enter(account, Stage::Onboarding);
    refresh_score(world, scenario, account);
    lay_out_stages(world, scenario, account);
    touch::lay_out(world, scenario, account);
    care::lay_out_ad_hoc(world, scenario, account, 0);
    touch::happen(world, scenario, account, Happening::Close);
}

/// Puts a customer under the program that takes it over today: what the program counts from the contract's clocks is
/// laid out, and the score is made anew, since another program may weigh the same signs differently. `new` says which
/// touchpoints were not done before.
pub fn come_under(world: &mut World, scenario: &Scenario, account: u32, new: impl Fn(&Plan) -> bool) {
    lay_out_stages(world, scenario, account);
    renewal::lay_out_renewal(world, scenario, account);
    touch::take_over(world, scenario, account, |_| true, new);
    care::lay_out_ad_hoc(world, scenario, account, 0);
    tickets::lay_out(world, scenario, account);
    refresh_score(world, scenario, account);
    world.band_due[account as usize] = world.today.0;
    world.gates[account as usize] = None;
}

/// The first ping: production runs, users can adopt.
pub fn first_ping(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    if world.account(account).life != life || !world.account(account).living {
        return;
    }
    let today = world.today;
    *world.activity.running.at(account) = 1.0;
    world.account_mut(account).clocks.production_ready = Some(today);
    world.log(account, Happened::FirstPing);
    lay_out_production(world, scenario, account);
    touch::happen(world, scenario, account, Happening::FirstPing);
}

/// Schedules what the program counts from the clocks of the contract: the end of Onboarding and of the goal.
pub fn lay_out_stages(world: &mut World, scenario: &Scenario, account: u32) {
    let stages = &world.program(scenario, account).stages;
    let entry = world.account(account);
    let (life, clocks, stage) = (entry.life, entry.clocks, entry.stage);
    if stage == Stage::Onboarding {
        // A second onboarding counts from the term it came with. A stage clock that waits for production is laid out
        // when production is ready.
        let term_start = renewal::term_start(world, scenario, account);
        let renewed = (term_start > clocks.contract_start).then_some(term_start);
        if let Some(origin) = renewed.or_else(|| clocks.origin(stages.stage_clock)) {
            let end = Day(origin.0 + stages.onboarding_days.get() as i32);
            world.schedule(end, Event::OnboardingEnds { account, life });
        }
    }
    if let Some(origin) = clocks.origin(stages.goal_clock) {
        let end = Day(origin.0 + stages.goal_days.get() as i32);
        if end >= world.today {
            world.schedule(end, Event::GoalEnds { account, life });
        }
    }
}

fn lay_out_production(world: &mut World, scenario: &Scenario, account: u32) {
    let stages = &world.program(scenario, account).stages;
    let (goal, stage) = (stages.goal_clock, stages.stage_clock);
    let entry = world.account(account);
    let (life, onboarding) = (entry.life, entry.stage == Stage::Onboarding);
    let today = world.today;
    if goal == Clock::ProductionReady {
        world.schedule(Day(today.0 + stages.goal_days.get() as i32), Event::GoalEnds { account, life });
    }
    if stage == Clock::ProductionReady && onboarding {
        world.schedule(
            Day(today.0 + stages.onboarding_days.get() as i32),
            Event::OnboardingEnds { account, life },
        );
    }
    touch::lay_out_production(world, scenario, account);
}

/// The goal clock ends: the latest published utilization is held against the onboarding goal.
pub fn end_goal_clock(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    if world.account(account).life != life || !world.account(account).living {
        return;
    }
    let goal = world.program(scenario, account).stages.onboarding_goal.get();
    let reached = world.published.utilization(account).is_some_and(|utilization| utilization >= goal);
    world.log(account, Happened::Goal(reached));
    if !world.warming_up {
        world.record_of(account).goal = Some(reached);
    }
}

/// Onboarding ends on time alone.
pub fn end_onboarding(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    let entry = world.account(account);
    if entry.life != life || entry.stage != Stage::Onboarding {
        return;
    }
    let stages = &world.program(scenario, account).stages;
    let straight = stages.skip_adopting && gate_passed(world, scenario, account);
    move_to(world, scenario, account, if straight { Stage::Nurturing } else { Stage::Adopting });
    if !straight {
        schedule_gate_check(world, scenario, account);
    }
}

/// Moves an account into a stage and lets touchpoints know; who is there already stays.
pub fn move_to(world: &mut World, scenario: &Scenario, account: u32, stage: Stage) {
    let left = world.account(account).stage;
    if left == stage {
        return;
    }
    world.enter(account, stage);
    world.account_mut(account).months_below = 0;
    touch::happen(world, scenario, account, Happening::StageEntry);
    touch::enter_stage(world, scenario, account, left);
}

fn gate_passed(world: &World, scenario: &Scenario, account: u32) -> bool {
    let stages = &world.program(scenario, account).stages;
    stages.gate_passed(world.published.utilization(account), world.published.usage(account))
}

/// Schedules the next look at the gate: the next multiple of the interval from close, today included when it
/// comes on an interval of one day.
pub fn schedule_gate_check(world: &mut World, scenario: &Scenario, account: u32) {
    let interval = (world.program(scenario, account).stages.gate_check_interval.in_days() as i32).max(1);
    let entry = world.account(account);
    let (close, life) = (entry.clocks.close.0, entry.life);
    let passed = world.today.0 - close;
    let next = close + (passed + interval - 1).div_euclid(interval) * interval;
    world.schedule(Day(next), Event::GateCheck { account, life });
}

/// Looks at the gates of all accounts after new figures were published. Between publications nothing changes,
/// so this is the same as looking every day.
pub fn look_at_gates(world: &mut World, scenario: &Scenario, month: bool) {
    for account in 0..world.accounts.len() as u32 {
        if world.activity.living.get(account) == 0.0 {
            continue;
        }
        let program = match &scenario.programs[..] {
            [only] => only,
            _ => world.program(scenario, account),
        };
        let (utilization, usage) = (world.published.utilization(account), world.published.usage(account));
        let traits = program.health.published_traits(utilization, usage);
        // What advisors set by hand is looked over once a month.
        if month || traits != world.published_traits[account as usize] {
            refresh_score(world, scenario, account);
        }
        let stages = &program.stages;
        let passed = stages.gate_passed(utilization, usage);
        let falls_back = stages.fallback != Fallback::Never;
        let gate = Gate { passed, lost: falls_back && stages.gate_lost(utilization, usage) };
        let counts = falls_back && month;
        if world.gates[account as usize] == Some(gate) && !counts {
            continue;
        }
        world.gates[account as usize] = Some(gate);
        match world.account(account).stage {
            Stage::Adopting if passed => schedule_gate_check(world, scenario, account),
            Stage::Nurturing if falls_back => {
                let lost = gate.lost;
                let months = stages.fallback_months.get() as u16;
                let after = stages.fallback == Fallback::AfterMonths;
                let entry = world.account_mut(account);
                entry.months_below = match (lost, month) {
                    (false, _) => 0,
                    (true, true) => entry.months_below + 1,
                    (true, false) => entry.months_below,
                };
                if lost && (!after || entry.months_below >= months) {
                    entry.months_below = 0;
                    schedule_gate_check(world, scenario, account);
                }
            }
            _ => {}
        }
    }
}

/// Looks at the gate of one account.
pub fn check_gate(world: &mut World, scenario: &Scenario, account: u32, life: u16) {
    let entry = world.account(account);
    if entry.life != life || !entry.served() {
        return;
    }
    let stages = &world.program(scenario, account).stages;
    let inside = entry.term_end.0 - world.today.0 <= stages.renewing_lead();
    match entry.stage {
        // The clause read literally let it in; the window takes it on at the next check.
        Stage::Adopting | Stage::Nurturing if inside && !stages.renewal_preempts => {
            let next = if entry.stage == Stage::Adopting { Stage::Nurturing } else { Stage::Renewing };
            let again = entry.stage == Stage::Adopting;
            move_to(world, scenario, account, next);
            if again {
                let interval = (stages.gate_check_interval.in_days() as i32).max(1);
                world.schedule(Day(world.today.0 + interval), Event::GateCheck { account, life });
            }
        }
        Stage::Adopting if gate_passed(world, scenario, account) => {
            let term = entry.term;
            move_to(world, scenario, account, Stage::Nurturing);
            if inside {
                // Only where the window does not open for Adopting: it has been open for a while.
                world.schedule(world.today, Event::RenewalWindow { account, term });
            }
        }
        Stage::Nurturing
            if stages.fallback != Fallback::Never
                && stages.gate_lost(world.published.utilization(account), world.published.usage(account)) =>
        {
            move_to(world, scenario, account, Stage::Adopting);
        }
        _ => {}
    }
}

/// The renewal window opens.
pub fn open_renewal_window(world: &mut World, scenario: &Scenario, account: u32, term: u16) {
    let entry = world.account(account);
    if entry.term != term || !entry.served() || entry.stage == Stage::Renewing {
        return;
    }
    let stages = &world.program(scenario, account).stages;
    let (stage, life) = (entry.stage, entry.life);
    // A program that has taken the account over may open its window later.
    let opened = entry.term_end.0 - world.today.0 <= stages.renewing_lead();
    if !opened || (!stages.renewing_from_every_stage && stage != Stage::Nurturing) {
        return;
    }
    if !stages.renewal_preempts && matches!(stage, Stage::Adopting | Stage::Nurturing) {
        world.schedule(world.today, Event::GateCheck { account, life });
        return;
    }
    move_to(world, scenario, account, Stage::Renewing);
}

/// Puts an account whose renewal is signed into the stage the program gives it.
pub fn after_renewal(world: &mut World, scenario: &Scenario, account: u32) {
    let stages = &world.program(scenario, account).stages;
    let stage = match stages.post_renewal_stage {
        PostRenewal::ByMetrics if gate_passed(world, scenario, account) => Stage::Nurturing,
        PostRenewal::ByMetrics | PostRenewal::Adopting => Stage::Adopting,
        PostRenewal::Onboarding => Stage::Onboarding,
    };
    let days = stages.onboarding_days.get() as i32;
    move_to(world, scenario, account, stage);
    match stage {
        Stage::Onboarding => {
            let life = world.account(account).life;
            world.schedule(Day(world.today.0 + days), Event::OnboardingEnds { account, life });
        }
        Stage::Adopting => schedule_gate_check(world, scenario, account),
        _ => {}
    }
}

/// Counts the month just published of every account past onboarding.
pub fn count_month(world: &mut World, scenario: &Scenario) {
    if world.warming_up {
        return;
    }
    for account in 0..world.accounts.len() as u32 {
        let entry = world.account(account);
        if !entry.served() || entry.stage == Stage::Onboarding {
            continue;
        }
        let settings = &world.program(scenario, account).settings;
        let (utilization, usage) = (world.published.utilization(account), world.published.usage(account));
        let targets = (settings.utilization_target.get(), settings.usage_target.get());
        let record = world.record_of(account);
        if let Some(utilization) = utilization {
            record.months += 1;
            record.utilization_sum += utilization;
            record.months_utilization_healthy += u32::from(utilization >= targets.0);
        }
        if let Some(usage) = usage {
            record.usage_months += 1;
            record.usage_sum += usage;
            record.months_usage_healthy += u32::from(usage >= targets.1);
        }
    }
}

/// Makes the score of an account anew, but for its activity trait.
pub fn refresh_score(world: &mut World, scenario: &Scenario, account: u32) {
    let signs = signs(world, scenario, account);
    let health = &world.program(scenario, account).health;
    let bands = health.bands(&signs);
    world.published_traits[account as usize] = health.published_traits(signs.utilization, signs.usage);
    if bands != world.account(account).bands {
        world.account_mut(account).bands = bands;
        world.await_band(scenario, account);
    }
}

/// Returns what is known of an account when its score is made.
fn signs(world: &World, scenario: &Scenario, account: u32) -> Signs {
    let entry = world.account(account);
    Signs {
        sentiment: world.sentiment(scenario, account),
        code_navigation: entry.profile.code_navigation,
        defects: entry.ticket_traits[TicketKind::Defect as usize],
        help: entry.ticket_traits[TicketKind::Help as usize],
        champion: entry.noticed_champion,
        buyer: entry.profile.buyer,
        usage: world.published.usage(account),
        utilization: world.published.utilization(account),
    }
}

/// Returns the health score of an account as it stands now, from 0 to 10.
#[must_use]
pub fn score(world: &World, scenario: &Scenario, account: u32) -> f64 {
    let health = &world.program(scenario, account).health;
    let activity = health.activity(world.today.0 - world.account(account).last_activity.0);
    health.score(&signs(world, scenario, account)).total(activity)
}

/// Accounts whose next change of band is looked up together.
const TOGETHER: usize = 32;

/// Lets every health band follow the score of the day.
pub fn follow_bands(world: &mut World, scenario: &Scenario) {
    let today = world.today.0;
    let mut due = Vec::new();
    for first in (0..world.accounts.len()).step_by(TOGETHER) {
        if let Some(some) = world.band_due[first..].first_chunk::<TOGETHER>()
            && some.iter().map(|&due| u32::from(due <= today)).sum::<u32>() == 0
        {
            continue;
        }
        for account in first..world.accounts.len().min(first + TOGETHER) {
            if world.band_due[account] <= today {
                due.push(account as u32);
            }
        }
    }
    world.bring_near(due.iter().copied());
    for account in due {
        follow_band(world, scenario, account);
    }
}

fn follow_band(world: &mut World, scenario: &Scenario, account: u32) {
    let entry = world.account(account);
    if !entry.served() {
        world.band_due[account as usize] = i32::MAX;
        return;
    }
    let health = &world.program(scenario, account).health;
    let activity = health.activity(world.today.0 - entry.last_activity.0);
    let (before, band) = (entry.band, entry.bands[activity as usize]);
    if band != before {
        world.set_band(account, band);
    }
    world.await_band(scenario, account);
    if band != before {
        world.log(account, Happened::Band(band));
        touch::happen(world, scenario, account, Happening::BandChange);
        if band as u8 > before as u8 {
            care::flag(world, scenario, account);
        }
    }
}
