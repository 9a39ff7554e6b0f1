//! A pool at work: who is there, who is free, and what waits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::time::{Day, SimTime};
use crate::capacity::roster::Roster;

/// Work in a queue, lowest first: its rank, its number among all that the pool was handed, its place among all work, and what
/// tells it from others that had the place.
pub(super) type Place = Reverse<([i64; 2], u32, u32, u32)>;

/// A pool at work.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Who is there, and when.
    pub roster: Roster,
    /// What each advisor is working on.
    pub(super) holding: Vec<Option<u32>>,
    /// Who is there today, a bit for each advisor, and of these who is free.
    here: Vec<u64>,
    idle: Vec<u64>,
    /// When the pool works today.
    window: (SimTime, SimTime),
    /// How long each has worked (s).
    pub(super) load: Vec<f64>,
    pub(super) queue: BinaryHeap<Place>,
    /// Work that only one advisor may take, by advisor.
    pub(super) own: Vec<BinaryHeap<Place>>,
    /// Work handed over so far.
    pub(super) handed: u32,
    pub(super) waiting: u32,
    /// Work that waits (s).
    pub(super) backlog: f64,
    /// Accounts whose work in this pool may be over, as found since it was last looked over.
    pub(super) moved_on: Vec<u32>,
    /// Share of the advisors' time for customers that watching over accounts and upkeep takes this week.
    pub(super) spent: f64,
}

impl Desk {
    pub(super) fn new(roster: Roster) -> Self {
        let advisors = roster.advisors.len();
        Self {
            roster,
            holding: vec![None; advisors],
            here: vec![0; advisors.div_ceil(64)],
            idle: vec![0; advisors.div_ceil(64)],
            window: (SimTime::ZERO, SimTime::ZERO),
            load: vec![0.0; advisors],
            queue: BinaryHeap::new(),
            own: vec![BinaryHeap::new(); advisors],
            handed: 0,
            waiting: 0,
            backlog: 0.0,
            moved_on: Vec::new(),
            spent: 0.0,
        }
    }

    /// Looks who is there on `day` by the pool's clock.
    pub(super) fn begin_day(&mut self, day: Day) {
        self.window = self.roster.hours.window(day);
        self.roster.begin_day(day);
        for advisor in 0..self.holding.len() {
            let (word, bit) = (advisor / 64, 1 << (advisor % 64));
            self.here[word] &= !bit;
            if self.roster.shift(advisor, day).is_some() {
                self.here[word] |= bit;
            }
            self.mark(advisor);
        }
    }

    /// Notes whether an advisor is free, after a change of what they hold.
    pub(super) fn mark(&mut self, advisor: usize) {
        let (word, bit) = (advisor / 64, 1 << (advisor % 64));
        self.idle[word] &= !bit;
        if self.holding[advisor].is_none() {
            self.idle[word] |= self.here[word] & bit;
        }
    }

    fn is_open(&self, now: SimTime) -> bool {
        self.window.0 <= now && now < self.window.1
    }

    /// Returns the advisors who are there and free, in their order.
    pub(super) fn free(&self, now: SimTime) -> impl Iterator<Item = usize> {
        let words = if self.is_open(now) { self.idle.as_slice() } else { &[] };
        (0..).zip(words).flat_map(|(word, &bits)| {
            std::iter::successors(Some(bits).filter(|&bits| bits != 0), |&bits| {
                Some(bits & (bits - 1)).filter(|&bits| bits != 0)
            })
            .map(move |bits: u64| 64 * word + bits.trailing_zeros() as usize)
        })
    }

    pub(super) fn is_free(&self, advisor: usize, now: SimTime) -> bool {
        self.is_open(now) && self.idle[advisor / 64] & 1 << (advisor % 64) != 0
    }

    /// Returns whether a call of `seconds` that a free advisor begins now ends before their day does; one that is longer than
    /// a whole day must begin with it.
    pub(super) fn leaves_time(&self, advisor: usize, now: SimTime, seconds: i64) -> bool {
        if self.roster.hours.is_always_open() {
            // Its day may have begun before anybody has looked who is there.
            return self.roster.shift_at(advisor, now).is_some();
        }
        let (opens, closes) = self.window;
        closes.0 - now.0 >= seconds.min(closes.0 - opens.0)
    }

    /// Returns the work that waits (minutes).
    #[must_use]
    pub fn backlog_minutes(&self) -> f64 {
        self.backlog / 60.0
    }
}
