//! Places in Lighthouse: how many members a program has, how many an advisor leads, and who waits for a sponsor.
//!
//! Where places or sponsors are short, the account with most revenue at risk goes first.

use std::collections::BTreeMap;

use super::{admit, place_of};
use crate::base::time::Day;
use crate::capacity::Assignment;
use crate::engine::record::Happened;
use crate::engine::world::{Member, World};
use crate::engine::{renewal, work};
use crate::scenario::Scenario;

/// Members, counted once for many who would be one.
#[derive(Default)]
pub(super) struct Members {
    /// By program of the file.
    by_program: BTreeMap<u16, usize>,
    /// By the advisor of their own.
    by_advisor: BTreeMap<(u16, u16), usize>,
}

impl Members {
    /// Counts those of whom `counts` says so.
    fn of(world: &World, scenario: &Scenario, counts: impl Fn(&Member) -> bool) -> Self {
        let mut members = Self::default();
        for member in world.members.iter().filter(|member| counts(member)) {
            members.add(world, scenario, member.account);
        }
        members
    }

    fn add(&mut self, world: &World, scenario: &Scenario, account: u32) {
        *self.by_program.entry(own(world, scenario, account)).or_default() += 1;
        if let Some(advisor) = world.account(account).dedicated {
            *self.by_advisor.entry(advisor).or_default() += 1;
        }
    }

    fn of_program(&self, program: u16) -> usize {
        self.by_program.get(&program).copied().unwrap_or(0)
    }

    /// Returns whether there is a place for one more, the account: in its program, and with some advisor.
    fn leave_a_place(&self, world: &World, scenario: &Scenario, account: u32) -> bool {
        let lighthouse = &world.program(scenario, account).lighthouse;
        let inside = self.of_program(own(world, scenario, account));
        if lighthouse.max_concurrent.is_some_and(|most| inside >= most.get() as usize) {
            return false;
        }
        let (Some(most), Some(pool)) = (lighthouse.max_per_advisor, work::lighthouse_pool(scenario)) else {
            return true;
        };
        let most = most.get() as usize;
        let own = world.account(account).dedicated.filter(|own| own.0 == pool);
        if let (Assignment::Dedicated, Some(own)) = (scenario.file.pool[usize::from(pool)].assignment, own)
            && work::is_employed(world, pool, usize::from(own.1))
        {
            return self.by_advisor.get(&own).copied().unwrap_or(0) < most;
        }
        world.members.len() < work::employed(world, pool) * most
    }
}

/// Returns whether Lighthouse has a place for the account: in its program, and with some advisor.
pub(super) fn has_place(world: &World, scenario: &Scenario, account: u32) -> bool {
    let lighthouse = &world.program(scenario, account).lighthouse;
    let is_limited = lighthouse.max_concurrent.is_some() || lighthouse.max_per_advisor.is_some();
    !is_limited || Members::of(world, scenario, |_| true).leave_a_place(world, scenario, account)
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
    let mut members = Members::of(world, scenario, |_| true);
    for account in by_revenue_at_risk(world, scenario, &world.waiting) {
        if members.leave_a_place(world, scenario, account) {
            world.waiting.retain(|&waiting| waiting != account);
            admit(world, scenario, account);
            members.add(world, scenario, account);
        }
    }
}

/// Presents at a program sync the members whose plans are written, as far as there are sponsors: who has one keeps it until
/// the stay ends.
pub(super) fn present(world: &mut World, scenario: &Scenario, today: Day, ready: &[u32]) {
    let mut presented = Members::of(world, scenario, |member| member.presented.is_some());
    for account in by_revenue_at_risk(world, scenario, ready) {
        let lighthouse = &world.program(scenario, account).lighthouse;
        let inside = presented.of_program(own(world, scenario, account)) as u64;
        let most = lighthouse.sponsors.map(|it| u64::from(it.get()) * u64::from(lighthouse.sponsored.get()));
        if most.is_some_and(|most| inside >= most) {
            continue;
        }
        if let Some(index) = place_of(world, account) {
            presented.add(world, scenario, account);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::base::random::Streams;
    use crate::engine::opening::open_book;
    use crate::language::{Count, Disk};
    use crate::scenario::load::experiment;

    /// Three customers of a pool of two advisors, whose standing is their relationship alone.
    fn office(changes: &[&str]) -> (World, Scenario) {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/validation/small-pool.toml");
        let few = ["population.accounts=3", "population.arrivals=0% per year", "renewal.usage_weight=0%"];
        let changes: Vec<String> = [&few, changes].concat().into_iter().map(str::to_owned).collect();
        let mut experiment =
            experiment(file, &changes, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
        let scenario = experiment.variants.remove(0).scenario;
        (open_book(&scenario, Streams::new(1, 0)), scenario)
    }

    /// Puts an account into Lighthouse, led by an advisor.
    fn enter(world: &mut World, account: u32, owner: Option<(u16, u16)>) {
        let (record, from) = (world.members.len() as u32, world.today);
        world.account_mut(account).lighthouse = Some(record);
        world.members.push(Member { is_planned: true, owner, ..Member::new(account, record, from) });
    }

    #[test]
    fn most_revenue_at_risk_goes_first_as_far_as_anybody_can_see() {
        let (mut world, scenario) = office(&[]);
        // Revenue 100,000, 60,000 and 200,000; of it at risk 20,000, 30,000 and 10,000.
        for (account, seats, churn) in [(0, 1_000, 0.20), (1, 600, 0.50), (2, 2_000, 0.05)] {
            let entry = world.account_mut(account);
            entry.profile.price = Money::from_units(100);
            entry.profile.odd_cents = Money::ZERO;
            entry.profile.seats = seats;
            (entry.living, entry.constant_churn) = (true, Some(churn));
        }
        assert_eq!(by_revenue_at_risk(&world, &scenario, &[0, 1, 2]), [1, 0, 2]);
        for (account, hidden) in [(0, 0.0), (1, 2.0), (2, -2.0)] {
            let entry = world.account_mut(account);
            (entry.profile.seats, entry.profile.relationship) = (1_000, 0.0);
            (entry.profile.propensity, entry.constant_churn) = (hidden, None);
        }
        assert_eq!(by_revenue_at_risk(&world, &scenario, &[0, 1, 2]), [0, 1, 2], "nobody sees a propensity");
    }

    #[test]
    fn customers_under_a_change_share_the_places_of_their_program() {
        let change = "change=[{ name = \"sooner\", from = \"90d\", set = { \"stages.goal_days\" = 45 } }]";
        let (mut world, mut scenario) = office(&[change]);
        for program in &mut scenario.programs {
            program.lighthouse.max_concurrent = Some(Count::of(1));
        }
        enter(&mut world, 0, None);
        let programs = [0, 1].map(|changes| scenario.under(0, changes));
        assert_ne!(programs[0], programs[1]);
        for program in programs {
            world.account_mut(1).program = program;
            assert!(!has_place(&world, &scenario, 1));
        }
    }

    #[test]
    fn an_advisor_leads_what_they_own_and_not_what_their_like_in_another_pool_does() {
        let (mut world, mut scenario) = office(&[]);
        scenario.programs[0].lighthouse.max_per_advisor = Some(Count::of(1));
        enter(&mut world, 0, Some((1, 0)));
        enter(&mut world, 1, Some((0, 1)));
        let leads = [(0, 0), (0, 1), (1, 0)].map(|advisor| may_lead(&world, &scenario, 2, advisor));
        assert_eq!(leads, [true, false, false]);
    }

    /// Each advisor may lead one. Account 0 is a member; account 1 would be one.
    #[test]
    fn where_accounts_have_their_own_advisor_there_is_a_place_with_that_one_while_they_are_there() {
        let has_place = |own: [Option<(u16, u16)>; 2], has_left: bool| {
            let (mut world, mut scenario) = office(&[]);
            scenario.programs[0].lighthouse.max_per_advisor = Some(Count::of(1));
            scenario.file.pool[0].assignment = Assignment::Dedicated;
            enter(&mut world, 0, None);
            for (account, own) in (0..).zip(own) {
                world.account_mut(account).dedicated = own;
            }
            if has_left {
                world.desks[0].roster.advisors[0].gone = Day(world.today.0 - 1);
            }
            has_place(&world, &scenario, 1)
        };
        let [first, second, elsewhere] = [(0, 0), (0, 1), (1, 0)].map(Some);
        assert!(!has_place([first, first], false));
        assert!(has_place([first, second], false));
        assert!(has_place([first, None], false), "with the other");
        assert!(has_place([elsewhere, elsewhere], false), "with one of this pool");
        assert!(!has_place([second, first], true), "their own has left, and the other leads one");
    }
}
