//! Places in Lighthouse: how many members a program has, how many an advisor leads, and who waits for a sponsor.
//!
//! Where places or sponsors are short, the account with most revenue at risk goes first.

use super::{admit, place_of};
use crate::base::time::Day;
use crate::capacity::Assignment;
use crate::engine::record::Happened;
use crate::engine::world::World;
use crate::engine::{renewal, work};
use crate::scenario::Scenario;

/// Returns whether Lighthouse has a place for the account: in its program, and with some advisor.
pub(super) fn has_place(world: &World, scenario: &Scenario, account: u32) -> bool {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let program = own(world, scenario, account);
    let members = || world.members.iter().filter(|member| own(world, scenario, member.account) == program);
    if lighthouse.max_concurrent.is_some_and(|most| members().count() >= most.get() as usize) {
        return false;
    }
    let (Some(most), Some(pool)) = (lighthouse.max_per_advisor, work::lighthouse_pool(scenario)) else {
        return true;
    };
    let most = most.get() as usize;
    let own = world.account(account).dedicated.filter(|own| own.0 == pool);
    if let (Assignment::Dedicated, Some((_, advisor))) =
        (scenario.file.pool[usize::from(pool)].assignment, own)
        && work::is_employed(world, pool, usize::from(advisor))
    {
        let same = |other: u32| world.account(other).dedicated == own;
        return world.members.iter().filter(|member| same(member.account)).count() < most;
    }
    world.members.len() < work::employed(world, pool) * most
}

/// Returns whether an advisor may lead one more member of Lighthouse.
#[must_use]
pub fn may_lead(world: &World, scenario: &Scenario, account: u32, advisor: (u16, usize)) -> bool {
    let most = world.program(scenario, account).lighthouse.max_per_advisor;
    most.is_none_or(|most| {
        let leads = |owner: Option<(u16, u16)>| {
            owner.is_some_and(|(pool, number)| (pool, usize::from(number)) == advisor)
        };
        world.members.iter().filter(|member| leads(member.owner)).count() < most.get() as usize
    })
}

/// Admits from the waiting list whoever there is a place for, most revenue at risk first. A place that is taken opens none,
/// so each is looked at once.
pub(super) fn admit_waiting(world: &mut World, scenario: &Scenario) {
    for account in by_revenue_at_risk(world, scenario, &world.waiting) {
        if has_place(world, scenario, account) {
            world.waiting.retain(|&waiting| waiting != account);
            admit(world, scenario, account);
        }
    }
}

/// Presents at a program sync the members whose plans are written, as far as there are sponsors: who has one keeps it until
/// the stay ends.
pub(super) fn present(world: &mut World, scenario: &Scenario, today: Day, ready: &[u32]) {
    for account in by_revenue_at_risk(world, scenario, ready) {
        if !has_sponsor(world, scenario, account) {
            continue;
        }
        if let Some(index) = place_of(world, account) {
            let member = &mut world.members[index];
            member.presented = Some(today);
            let record = member.record;
            world.stay(record).presented = Some(today);
            world.log(account, Happened::LighthousePresented);
        }
    }
}

/// Returns the program of the file that `account` belongs to: customers under a change share its places with the rest.
fn own(world: &World, scenario: &Scenario, account: u32) -> u16 {
    scenario.own(world.account(account).program)
}

fn has_sponsor(world: &World, scenario: &Scenario, account: u32) -> bool {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let program = own(world, scenario, account);
    lighthouse.sponsors.is_none_or(|sponsors| {
        let presented = world.members.iter().filter(|member| member.presented.is_some());
        let of_program = presented.filter(|member| own(world, scenario, member.account) == program);
        (of_program.count() as u64) < u64::from(sponsors.get()) * u64::from(lighthouse.sponsored.get())
    })
}

/// Returns the accounts in the order of their recurring revenue times visible odds of churn, most first; equals keep their
/// order.
fn by_revenue_at_risk(world: &World, scenario: &Scenario, accounts: &[u32]) -> Vec<u32> {
    let at_risk = |&account: &u32| {
        let odds = renewal::odds(world, scenario, account, true);
        (world.account(account).arr().cents() as f64 * odds.churn, account)
    };
    let mut ranked: Vec<(f64, u32)> = accounts.iter().map(at_risk).collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    ranked.into_iter().map(|(_, account)| account).collect()
}
