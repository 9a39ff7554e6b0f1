//! What one *hold* costs: take the next event, schedule another at a random time in the future.
//!
//! The hold model (Jones 1986, "An empirical comparison of priority-queue and event-set implementations",
//! CACM 29(4)) keeps the number of pending events fixed, so it shows how the cost grows with that number. The
//! times ahead are a journey's: up to 400 days, and for one event in 32 up to three years.
//!
//! `ring` is [`EventCalendar`]; `heap` is a [`BinaryHeap`] over the same order. Drawing the
//! time ahead is part of both.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use journeysim_model::base::time::{Day, SimTime};
use journeysim_model::engine::calendar::{EventCalendar, Rank};

const PENDING: [u64; 3] = [1_000, 100_000, 1_000_000];
const DAY: u64 = 86_400;

/// An event as small as the engine's: who, and what.
type Event = [u32; 2];

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hold");
    for pending in PENDING {
        group.bench_function(BenchmarkId::new("ring", pending), |bencher| {
            let mut held = Ring::filled(pending);
            bencher.iter(|| held.hold());
        });
        group.bench_function(BenchmarkId::new("heap", pending), |bencher| {
            let mut held = Heap::filled(pending);
            bencher.iter(|| held.hold());
        });
    }
    group.finish();
}

struct Ring {
    calendar: EventCalendar<Event>,
    day: Day,
    ahead: Ahead,
}

impl Ring {
    fn filled(pending: u64) -> Self {
        let mut ring = Self { calendar: EventCalendar::new(Day(0)), day: Day(-1), ahead: Ahead(0) };
        for number in 0..pending {
            ring.schedule(SimTime(0), [number as u32, 0]);
        }
        ring.settle(pending)
    }

    /// Turns every event over twice, so that the list looks as it does long after the start.
    fn settle(mut self, pending: u64) -> Self {
        for _ in 0..2 * pending {
            self.hold();
        }
        self
    }

    fn hold(&mut self) {
        let (now, event) = loop {
            if let Some(next) = self.calendar.pop() {
                break next;
            }
            self.day.0 += 1;
            self.calendar.open(self.day).expect("every earlier day is empty");
        };
        self.schedule(now, black_box(event));
    }

    fn schedule(&mut self, now: SimTime, event: Event) {
        let (ahead, rank) = self.ahead.draw();
        let at = SimTime(now.0 + ahead);
        self.calendar.schedule(at, Rank(rank), event).expect("no time ahead is negative");
    }
}

struct Heap {
    events: BinaryHeap<Reverse<(i64, u8, u64, Event)>>,
    sequence: u64,
    ahead: Ahead,
}

impl Heap {
    fn filled(pending: u64) -> Self {
        let mut heap = Self { events: BinaryHeap::new(), sequence: 0, ahead: Ahead(0) };
        for number in 0..pending {
            heap.schedule(0, [number as u32, 0]);
        }
        for _ in 0..2 * pending {
            heap.hold();
        }
        heap
    }

    fn hold(&mut self) {
        let Reverse((now, _, _, event)) = self.events.pop().expect("a hold keeps the number of events");
        self.schedule(now, black_box(event));
    }

    fn schedule(&mut self, now: i64, event: Event) {
        let (ahead, rank) = self.ahead.draw();
        self.events.push(Reverse((now + ahead, rank, self.sequence, event)));
        self.sequence += 1;
    }
}

/// Draws times ahead [s] and ranks from SplitMix64 (Steele, Lea and Flood 2014): the same at every run.
struct Ahead(u64);

impl Ahead {
    #[inline]
    fn draw(&mut self) -> (i64, u8) {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = mixed ^ (mixed >> 31);
        let days = if bits.is_multiple_of(32) { 3 * 365 } else { 400 };
        let ahead = ((bits >> 32) * days * DAY) >> 32;
        (ahead as i64, (bits >> 8 & 15) as u8)
    }
}

criterion_group!(benches, hold);
criterion_main!(benches);
