//! Tickets of the last 90 days, of which the score sees two traits.
//!
//! Tickets come in by themselves, whatever the program does. So they are drawn ahead of their days, and only the days on
//! which a trait of the score turns are events: tens of arrivals and expiries a year become one or two.

use std::collections::VecDeque;

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

/// Both kinds.
const KINDS: [Kind; 2] = [Kind::Defect, Kind::Help];

/// The tickets of one kind of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tickets {
    /// Days of the tickets that count or will come in, earliest first.
    days: VecDeque<i32>,
    /// How many blocks of four gaps have been drawn in this spell.
    blocks: u32,
    /// The process has ended: the next ticket is too far away.
    ended: bool,
}

impl Tickets {
    /// Returns how many count on `day`.
    #[must_use]
    pub fn recent(&self, day: Day) -> u32 {
        let counts = |&came: &i32| came <= day.0 && day.0 < came + TICKET_DAYS;
        self.days.iter().take_while(|&&came| came <= day.0).filter(|came| counts(came)).count() as u32
    }

    /// Replaces the tickets that count on `day` by `count` that came in evenly over the last 90 days; those to come stay.
    pub fn replace(&mut self, day: Day, count: u32) {
        self.days.retain(|&came| came > day.0);
        for ticket in 0..count as i32 {
            // Nearest first, so that the front stays the earliest.
            let ago = (2 * ticket + 1) * TICKET_DAYS / (2 * count as i32);
            self.days.push_front(day.0 - ago);
        }
    }

    /// Returns the first day after `today`, up to `last`, on which `trait_of` the count is another than today; `next`
    /// gives the days before each ticket of a block of four.
    fn next_turn(
        &mut self,
        today: Day,
        last: Day,
        trait_of: impl Fn(u32) -> Trait,
        mut next: impl FnMut(u32) -> [Option<i32>; 4],
    ) -> Option<Day> {
        while self.days.front().is_some_and(|&came| came + TICKET_DAYS <= today.0) {
            self.days.pop_front();
        }
        let now = self.recent(today);
        // Tickets before `oldest` have expired by `day`, and tickets before `newest` have come in.
        let (mut oldest, mut newest) = (0, now as usize);
        let mut day = today.0;
        while day <= last.0 {
            if newest == self.days.len() && !self.ended {
                let mut came = self.days.back().map_or(today.0, |&came| came.max(today.0));
                let gaps = next(self.blocks);
                for gap in gaps.into_iter().map_while(|gap| gap) {
                    came += gap;
                    self.days.push_back(came);
                }
                self.ended = gaps.contains(&None);
                self.blocks += 1;
            }
            let comes = self.days.get(newest).copied();
            let expires = (oldest < newest).then(|| self.days[oldest] + TICKET_DAYS);
            day = comes.into_iter().chain(expires).min()?;
            newest += usize::from(comes == Some(day));
            oldest += usize::from(expires == Some(day));
            if trait_of((newest - oldest) as u32) != trait_of(now) {
                return (day <= last.0).then_some(Day(day));
            }
        }
        None
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
    world.tickets[account as usize] = Default::default();
    lay_out(world, scenario, account);
}

/// Schedules the next turn of each trait, from today's counts and the thresholds of the account's program.
pub fn lay_out(world: &mut World, scenario: &Scenario, account: u32) {
    for kind in KINDS {
        schedule_turn(world, scenario, account, kind);
    }
}

fn schedule_turn(world: &mut World, scenario: &Scenario, account: u32, kind: Kind) {
    let health = &world.program(scenario, account).health;
    let shocks = &scenario.file.shocks;
    let (purpose, rate) = match kind {
        Kind::Defect => (Purpose::DefectTicket, shocks.defect_tickets.per_day()),
        Kind::Help => (Purpose::HelpTicket, shocks.help_tickets.per_day()),
    };
    let (today, streams) = (world.today, world.streams);
    let tickets = &mut world.tickets[account as usize][kind as usize];
    let entry = &mut world.accounts[account as usize];
    let first = first_count(entry.spell) / 4;
    let life = entry.life;
    let next = |block: u32| shocks::four_gaps(&streams, account, purpose, first + block, rate);
    let trait_of = |tickets: u32| health.ticket_trait(kind, tickets);
    entry.ticket_traits[kind as usize] = trait_of(tickets.recent(today));
    let turn = tickets.next_turn(today, scenario.horizon, trait_of, next);
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
        let mut tickets = Tickets::default();
        let next = |block: u32| [0, 1, 2, 3].map(|place| gaps.get(4 * block as usize + place).copied());
        let mut turns = Vec::new();
        let mut today = Day(0);
        while let Some(turn) = tickets.next_turn(today, Day(800), trait_of, next) {
            assert_eq!(tickets.recent(turn), recent(turn.0), "{turn:?}");
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
        let mut tickets = Tickets::default();
        tickets.replace(Day(0), 3);
        assert_eq!(tickets.recent(Day(0)), 3);
        assert_eq!([15, 44, 45, 74, 75].map(|day| tickets.recent(Day(day))), [2, 2, 1, 1, 0]);
    }
}
