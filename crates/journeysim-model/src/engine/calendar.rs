//! The event calendar: which event happens next.
//!
//! One calendar belongs to one replication and holds its *future event list*. Events come out ordered by
//! `(time, rank, sequence)`: earliest first, then by the kind's fixed [`Rank`], then in the order they were
//! scheduled.
//!
//! The list is a ring of days, so that scheduling costs the same however many events are pending:
//!
//! 1. The **open day** is sorted once, when it is opened, and read from front to back. What is scheduled for
//!    the open day itself waits in a small heap beside it.
//! 2. The **ring** has one bucket for every day of this turn and the next (a turn is 512 days). A bucket is
//!    filled in the order of scheduling and is not sorted until its day is opened.
//! 3. The **overflow** has one unsorted list for every later turn. When a turn comes within the ring, its list
//!    is spread over its days; no event is moved more than once in this way.
//!
//! Neither of the last two stores a sequence number: a turn's list is spread before anything can be scheduled
//! straight to its days, so every bucket lies in the order of scheduling, and a stable sort keeps that order.
//!
//! # Invariants
//!
//! - The clock never runs backwards: [`EventCalendar::schedule`] refuses a time before [`EventCalendar::now`],
//!   and [`EventCalendar::open`] refuses to leave an event behind.
//! - Ties are settled by the key above and by nothing else, so the order is the same on every machine and with
//!   any number of threads.
//! - Emptied buckets are used again: once the calendar has seen its busiest time, an event costs no allocation.
//!
//! # Not here
//!
//! What an event *does* is the handlers' business, and which rank a kind of event has is the event's. The
//! calendar never looks inside an event.

mod entry;
mod ring;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use thiserror::Error;

use crate::base::time::{Day, SimTime};

use entry::{Entry, Key};
use ring::Ring;

/// Days in a turn. The ring holds two, so an event up to 512 days ahead is never in the overflow.
const TURN: i32 = ring::DAYS / 2;

/// The place of a kind of event among those of the same instant: lower ranks come first.
///
/// A rank orders events in time; it has nothing to do with the priority of work in an advisor's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Rank(pub u8);

/// An event was scheduled for a time that is already over.
///
/// The calendar is unchanged and the run can go on; the caller asked for the impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an event was scheduled for second {}, but the clock already stands at second {}", at.0, now.0)]
pub struct PastTime {
    /// When the event was to happen.
    pub at: SimTime,
    /// The clock when it was scheduled, and the earliest time it could have had.
    pub now: SimTime,
}

/// A day could not be opened. The calendar is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CannotOpen {
    /// The day is over, or open already: days are opened once, in order.
    #[error("day {} was to be opened, but day {} has been opened already", asked.0, open.0)]
    Past {
        /// The day that was to be opened.
        asked: Day,
        /// The day that is open.
        open: Day,
    },
    /// An event on an earlier day has not happened yet, and opening this day would lose it.
    #[error("day {} was to be opened, but an event on day {} has not happened yet", asked.0, pending.0)]
    Unfinished {
        /// The day that was to be opened.
        asked: Day,
        /// The earliest day with an event left.
        pending: Day,
    },
}

/// The future event list of one replication, of events of type `E`.
///
/// ```
/// # use journeysim_model::base::time::{Day, SimTime};
/// # use journeysim_model::engine::calendar::{EventCalendar, Rank};
/// let mut calendar = EventCalendar::new(Day(0));
/// let morning = SimTime::from_day(Day(3));
/// calendar.schedule(morning, Rank(1), "call the customer")?;
/// calendar.schedule(morning, Rank(0), "read the month's usage")?;
///
/// for day in 0..=3 {
///     calendar.open(Day(day))?;
///     while let Some((time, event)) = calendar.pop() {
///         println!("{time:?}: {event}"); // Usage is read first: its rank is lower.
///     }
/// }
/// assert!(calendar.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventCalendar<E> {
    now: SimTime,
    /// The day being worked; before the first is opened, the day before it.
    open_day: Day,
    /// What was scheduled for the open day before it was opened, sorted; `today[..done]` has happened.
    today: Vec<Entry<E>>,
    done: usize,
    /// What was scheduled for the open day while it was open, next one at the top.
    late: BinaryHeap<Reverse<Late<E>>>,
    late_sequence: u64,
    /// The turn of the open day; the ring covers this one and the next.
    turn: i32,
    ring: Ring<E>,
    /// The turns after the ring's, nearest first.
    overflow: VecDeque<Vec<Far<E>>>,
    /// Kept for its memory.
    scratch: Vec<Entry<E>>,
    len: usize,
}

impl<E: Copy> EventCalendar<E> {
    /// Makes an empty calendar whose clock stands at the start of `first`, the first day that can be opened.
    #[must_use]
    pub fn new(first: Day) -> Self {
        Self {
            now: SimTime::from_day(first),
            open_day: Day(first.0 - 1),
            today: Vec::new(),
            done: 0,
            late: BinaryHeap::new(),
            late_sequence: 0,
            turn: turn_of(first),
            ring: Ring::new(),
            overflow: VecDeque::new(),
            scratch: Vec::new(),
            len: 0,
        }
    }

    /// Returns the clock: the time of the last event that happened, or the start of the open day if none has.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Returns how many events are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Schedules `event` to happen at `at`.
    ///
    /// **At equal times** the event comes after those of lower rank, and of its own rank scheduled before it,
    /// and before those of higher rank. What has happened stays first: an event for the very second the clock
    /// shows, of a lower rank than the event being handled, comes right after it.
    ///
    /// **Cost:** constant; for the open day, logarithmic in the number of events scheduled for it since it was
    /// opened. The first event of a turn in the overflow also costs 24 bytes for every turn before it.
    ///
    /// # Errors
    ///
    /// [`PastTime`] if `at` is before [`now`](Self::now).
    #[inline(always)]
    pub fn schedule(&mut self, at: SimTime, rank: Rank, event: E) -> Result<(), PastTime> {
        if at < self.now {
            return Err(PastTime { at, now: self.now });
        }
        self.len += 1;
        let day = at.day();
        let entry = Entry { key: Key::new(at, day, rank), event };
        let turns_ahead = turn_of(day) - self.turn;
        if day == self.open_day {
            self.schedule_today(entry);
        } else if turns_ahead <= 1 {
            self.ring.push(day, entry);
        } else {
            self.schedule_far(day, entry, turns_ahead as usize - 2);
        }
        Ok(())
    }

    #[inline(never)]
    fn schedule_today(&mut self, entry: Entry<E>) {
        self.late.push(Reverse(Late { sequence: self.late_sequence, entry }));
        self.late_sequence += 1;
    }

    /// Schedules what lies `turn` turns beyond the ring.
    #[inline(never)]
    fn schedule_far(&mut self, day: Day, entry: Entry<E>, turn: usize) {
        if self.overflow.len() <= turn {
            self.overflow.resize_with(turn + 1, Vec::new);
        }
        self.overflow[turn].push(Far { day, entry });
    }

    /// Opens `day`: sorts its events and sets the clock to its first second. Days without events may be left
    /// out.
    ///
    /// # Errors
    ///
    /// - [`CannotOpen::Past`] if `day` or a later one has been opened before.
    /// - [`CannotOpen::Unfinished`] if an event on an earlier day has not happened yet.
    pub fn open(&mut self, day: Day) -> Result<(), CannotOpen> {
        if day <= self.open_day {
            return Err(CannotOpen::Past { asked: day, open: self.open_day });
        }
        if let Some(pending) = self.first_pending_before(day) {
            return Err(CannotOpen::Unfinished { asked: day, pending });
        }
        while self.turn < turn_of(day) {
            self.begin_next_turn();
        }
        self.today.clear();
        self.ring.take(day, &mut self.today);
        entry::sort(&mut self.today, &mut self.scratch);
        self.done = 0;
        self.late_sequence = 0;
        self.open_day = day;
        self.now = SimTime::from_day(day);
        Ok(())
    }

    /// Returns the events that were scheduled for the open day before it was opened, and have not happened yet, in order.
    #[must_use]
    pub fn planned(&self) -> impl ExactSizeIterator<Item = &E> {
        self.today[self.done..].iter().map(|entry| &entry.event)
    }

    /// Takes the next event of the open day and sets the clock to its time; `None` when the day is done.
    ///
    /// **At equal times** lower ranks come first, and events of one rank come in the order they were scheduled.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let Entry { key, event } = match self.today.get(self.done) {
            // All that was planned was scheduled before all that is late, so it goes first at equal keys.
            Some(planned) if self.late.peek().is_none_or(|Reverse(late)| planned.key <= late.entry.key) => {
                self.done += 1;
                *planned
            }
            _ => self.late.pop()?.0.entry,
        };
        self.len -= 1;
        self.now = key.time_on(self.open_day);
        Some((self.now, event))
    }

    /// Drops every pending event for which `keep` says no; those that stay it may change, but for their kind, whose
    /// rank they keep. They keep their order, too; `keep` sees them in no particular one.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut E) -> bool) {
        self.today.drain(..self.done);
        self.done = 0;
        self.today.retain_mut(|entry| keep(&mut entry.event));
        let late = std::mem::take(&mut self.late).into_iter();
        self.late = late
            .filter_map(|Reverse(mut late)| keep(&mut late.entry.event).then_some(Reverse(late)))
            .collect();
        let ring = self.ring.retain_mut(&mut keep);
        for turn in &mut self.overflow {
            turn.retain_mut(|far| keep(&mut far.entry.event));
        }
        let overflow: usize = self.overflow.iter().map(Vec::len).sum();
        self.len = self.today.len() + self.late.len() + ring + overflow;
    }

    /// Moves the ring on by one turn and spreads the list of the turn that came within it over its days.
    fn begin_next_turn(&mut self) {
        self.turn += 1;
        let Some(mut list) = self.overflow.pop_front() else { return };
        for Far { day, entry } in list.drain(..) {
            self.ring.push(day, entry);
        }
        self.overflow.push_back(list);
    }

    /// Returns the earliest day before `day` that has an event left.
    fn first_pending_before(&self, day: Day) -> Option<Day> {
        if self.done < self.today.len() || !self.late.is_empty() {
            return Some(self.open_day);
        }
        let ring_ends = (self.turn + 2) * TURN;
        (self.open_day.0 + 1..day.0.min(ring_ends)).map(Day).find(|&day| !self.ring.is_empty_on(day)).or_else(
            || {
                let far = self.overflow.iter().find(|turn| !turn.is_empty())?;
                far.iter().map(|far| far.day).min().filter(|&first| first < day)
            },
        )
    }
}

/// An event beyond the ring.
#[derive(Clone, Copy, Debug)]
struct Far<E> {
    day: Day,
    entry: Entry<E>,
}

/// An event of the open day that came after the day was opened.
#[derive(Clone, Copy, Debug)]
struct Late<E> {
    sequence: u64,
    entry: Entry<E>,
}

impl<E> Late<E> {
    fn order(&self) -> (Key, u64) {
        (self.entry.key, self.sequence)
    }
}

impl<E> PartialEq for Late<E> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl<E> Eq for Late<E> {}

impl<E> PartialOrd for Late<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Late<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

#[inline]
fn turn_of(day: Day) -> i32 {
    day.0.div_euclid(TURN)
}
