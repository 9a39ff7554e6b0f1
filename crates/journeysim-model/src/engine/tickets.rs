//! Tickets of the last 90 days, of which the score sees two traits.
//!
//! Tickets come in by themselves, whatever the program does. So they are drawn ahead of their days, and only the days on
//! which a trait of the score turns are events: tens of arrivals and expiries a year become one or two.

use crate::base::random::Purpose;
use crate::base::time::Day;
use crate::engine::event::Event;
use crate::engine::journey::refresh_score;
use crate::engine::shocks::{self, first_count};
use crate::engine::world::World;
use crate::health::{TicketKind as Kind, Trait};
use crate::scenario::Scenario;

/// Days for which a ticket counts.
const TICKET_DAYS: i32 = 90;

/// Tickets for which there is room from the start, when they are drawn.
const EXPECTED: usize = 32;

/// Both kinds.
const KINDS: [Kind; 2] = [Kind::Defect, Kind::Help];

/// The tickets of one kind of an account, which are drawn anew whenever they are looked at: that is quicker than
/// fetching them from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tickets {
    /// The first block of four gaps with a ticket that may still count, and the day from which its first gap counts.
    from: (u32, i32),
    /// Tickets told by a list, evenly over the 90 days before a day, in place of what was drawn up to then.
    told: (u32, i32),
}

/// Tickets as they are drawn.
struct Drawn<G> {
    /// Days of the tickets that count or will come in, earliest first.
    days: Vec<i32>,
    /// Gives the days before each ticket of a block of four.
    gaps: G,
    /// Block to be drawn next, and the day from which its first gap counts.
    next: (u32, i32),
    /// The process has ended: the next ticket is too far away.
    ended: bool,
}

impl<G: FnMut(u32) -> [Option<i32>; 4]> Drawn<G> {
    /// Draws the next block, and keeps the tickets after `before`.
    fn draw(&mut self, before: i32) {
        let (block, mut came) = self.next;
        for gap in (self.gaps)(block) {
            let Some(gap) = gap else {
                self.ended = true;
                break;
            };
            came += gap;
            if came > before {
                self.days.push(came);
            }
        }
        self.next = (block + 1, came);
    }
}

impl Tickets {
    /// Tickets that come in from `day` on; `block` is the first block of their gaps.
    #[must_use]
    pub fn beginning(day: Day, block: u32) -> Self {
        Self { from: (block, day.0), told: (0, i32::MIN) }
    }

    /// Replaces the tickets that count on `day` by `count` that came in evenly over the last 90 days; those to come stay.
    pub fn replace(&mut self, day: Day, count: u32) {
        self.told = (count, day.0);
    }

    /// Draws the tickets that count on `today`, with the first of those to come.
    fn drawn<G: FnMut(u32) -> [Option<i32>; 4]>(&mut self, today: Day, gaps: G) -> Drawn<G> {
        let (count, told) = self.told;
        let ago = |ticket: u32| ((2 * ticket + 1) * TICKET_DAYS as u32 / (2 * count)) as i32;
        let expired = today.0 - TICKET_DAYS;
        let still_count = (0..count).rev().map(|ticket| told - ago(ticket)).filter(|&came| came > expired);
        let mut days = Vec::with_capacity(EXPECTED);
        days.extend(still_count);
        let mut drawn = Drawn { days, gaps, next: self.from, ended: false };
        while drawn.next.1 <= today.0 && !drawn.ended {
            if drawn.next.1 <= expired {
                self.from = drawn.next;
            }
            drawn.draw(expired.max(told));
        }
        drawn
    }

    /// Returns how many tickets count on `today`.
    pub fn recent(&mut self, today: Day, gaps: impl FnMut(u32) -> [Option<i32>; 4]) -> u32 {
        let Drawn { days, .. } = self.drawn(today, gaps);
        days.iter().filter(|&&came| came <= today.0).count() as u32
    }

    /// Returns the trait that `trait_of` gives the count of `today`, and the first day after it, up to `last`, on which
    /// it gives another; `gaps` gives the days before each ticket of a block of four.
    fn turn(
        &mut self,
        (today, last): (Day, Day),
        trait_of: impl Fn(u32) -> Trait,
        gaps: impl FnMut(u32) -> [Option<i32>; 4],
    ) -> (Trait, Option<Day>) {
        let mut drawn = self.drawn(today, gaps);
        let now = drawn.days.iter().filter(|&&came| came <= today.0).count();
        let trait_now = trait_of(now as u32);
        // Tickets before `oldest` have expired by `day`, and tickets before `newest` have come in.
        let (mut oldest, mut newest) = (0, now);
        let mut day = today.0;
        while day <= last.0 {
            if newest == drawn.days.len() && !drawn.ended {
                drawn.draw(i32::MIN);
            }
            let comes = drawn.days.get(newest).copied();
            let expires = (oldest < newest).then(|| drawn.days[oldest] + TICKET_DAYS);
            let Some(next) = comes.into_iter().chain(expires).min() else { break };
            day = next;
            newest += usize::from(comes == Some(day));
            oldest += usize::from(expires == Some(day));
            if trait_of((newest - oldest) as u32) != trait_now {
                return (trait_now, (day <= last.0).then_some(Day(day)));
            }
        }
        (trait_now, None)
    }
}

/// Lets tickets come in from today on, for a new spell of the account.
pub fn start(world: &mut World, scenario: &Scenario, account: u32) {
    let count = first_count(world.account(account).spell);
    let rate = scenario.file.shocks.defect_tickets.per_day();
    let first = shocks::gap_days(&world.streams, account, Purpose::DefectTicket, count, rate);
    if let Some(days) = first {
        world.schedule(Day(world.today.0 + days), Event::Defect { account, count });
    }
    world.tickets[account as usize] = [Tickets::beginning(world.today, count / 4); 2];
    lay_out(world, scenario, account);
}

/// Schedules the next turn of each trait, from today's counts and the thresholds of the account's program.
pub fn lay_out(world: &mut World, scenario: &Scenario, account: u32) {
    for kind in KINDS {
        schedule_turn(world, scenario, account, kind);
    }
}

/// Returns the days before each ticket of a block of four, from the block's number.
fn gaps(
    world: &World,
    scenario: &Scenario,
    account: u32,
    kind: Kind,
) -> impl Fn(u32) -> [Option<i32>; 4] + use<> {
    let shocks = &scenario.file.shocks;
    let (purpose, rate) = match kind {
        Kind::Defect => (Purpose::DefectTicket, shocks.defect_tickets.per_day()),
        Kind::Help => (Purpose::HelpTicket, shocks.help_tickets.per_day()),
    };
    let streams = world.streams;
    move |block| shocks::four_gaps(&streams, account, purpose, block, rate)
}

/// Returns how many tickets of a kind came in over the last 90 days.
#[must_use]
pub fn recent(world: &World, scenario: &Scenario, account: u32, kind: Kind) -> u32 {
    let gaps = gaps(world, scenario, account, kind);
    world.tickets[account as usize][kind as usize].clone().recent(world.today, gaps)
}

fn schedule_turn(world: &mut World, scenario: &Scenario, account: u32, kind: Kind) {
    let health = &world.program(scenario, account).health;
    let trait_of = |tickets: u32| health.ticket_trait(kind, tickets);
    let gaps = gaps(world, scenario, account, kind);
    let span = (world.today, scenario.horizon);
    let tickets = &mut world.tickets[account as usize][kind as usize];
    let (trait_now, turn) = tickets.turn(span, trait_of, gaps);
    let entry = world.account_mut(account);
    entry.ticket_traits[kind as usize] = trait_now;
    let life = entry.life;
    if let Some(day) = turn {
        world.schedule(day, Event::TicketTurn { account, kind, life });
    }
}

/// A trait of the score turns: enough tickets have come in, or have expired.
pub fn turn(world: &mut World, scenario: &Scenario, account: u32, kind: Kind, life: u16) {
    if world.account(account).life != life || !world.account(account).living {
        return;
    }
    schedule_turn(world, scenario, account, kind);
    refresh_score(world, scenario, account);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trait_of(tickets: u32) -> Trait {
        match tickets {
            0 | 1 => Trait::Healthy,
            2 => Trait::Concerning,
            _ => Trait::Poor,
        }
    }

    /// Walks from turn to turn and counts day by day beside it.
    #[test]
    fn turns_are_where_the_count_of_the_last_90_days_crosses_a_threshold() {
        let gaps = [10, 3, 40, 60, 200, 1, 1, 1, 88, 2, 90, 90, 300];
        let mut came = Vec::new();
        let mut day = 0;
        for gap in gaps {
            day += gap;
            came.push(day);
        }
        let recent = |day: i32| came.iter().filter(|&&came| came <= day && day < came + 90).count() as u32;
        let next = |block: u32| [0, 1, 2, 3].map(|place| gaps.get(4 * block as usize + place).copied());
        let mut tickets = Tickets::beginning(Day(0), 0);
        let mut turns = Vec::new();
        let mut today = Day(0);
        loop {
            let (trait_now, turn) = tickets.turn((today, Day(800)), trait_of, next);
            assert_eq!(trait_now, trait_of(recent(today.0)), "{today:?}");
            assert_eq!(tickets.recent(today, next), recent(today.0), "{today:?}");
            let Some(turn) = turn else { break };
            turns.push(turn.0);
            today = turn;
        }
        let expected: Vec<i32> =
            (1..=800).filter(|&day| trait_of(recent(day)) != trait_of(recent(day - 1))).collect();
        assert_eq!(turns, expected);
        assert!(turns.len() > 5);
    }

    #[test]
    fn tickets_told_by_a_list_count_for_what_is_left_of_their_90_days() {
        let none = |_| [None; 4];
        let mut tickets = Tickets::beginning(Day(-30), 0);
        tickets.replace(Day(0), 3);
        assert_eq!(tickets.recent(Day(0), none), 3);
        assert_eq!([15, 44, 45, 74, 75].map(|day| tickets.recent(Day(day), none)), [2, 2, 1, 1, 0]);
    }

    #[test]
    fn tickets_told_by_a_list_take_the_place_of_those_drawn_before_and_leave_those_after() {
        let weekly = |_| [Some(7); 4];
        let mut tickets = Tickets::beginning(Day(-28), 0);
        assert_eq!(tickets.recent(Day(0), weekly), 4);
        tickets.replace(Day(0), 1);
        assert_eq!([0, 7, 14].map(|day| tickets.recent(Day(day), weekly)), [1, 2, 3]);
    }
}
