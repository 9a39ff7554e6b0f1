//! The calendar against a hand-worked order, and against a plain priority queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

fn at(day: i32, second: i64) -> SimTime {
    SimTime(SimTime::from_day(Day(day)).0 + second)
}

/// Opens `day` and takes all its events.
fn work_off<E: Copy>(calendar: &mut EventCalendar<E>, day: i32) -> Vec<(SimTime, E)> {
    calendar.open(Day(day)).unwrap();
    std::iter::from_fn(|| calendar.pop()).collect()
}

#[test]
fn ties_come_out_by_rank_then_in_the_order_scheduled() {
    let mut calendar = EventCalendar::new(Day(0));
    calendar.schedule(at(1, 30), Rank(1), 'c').unwrap();
    calendar.schedule(at(1, 30), Rank(1), 'd').unwrap();
    calendar.schedule(at(1, 30), Rank(0), 'b').unwrap();
    calendar.schedule(at(1, 29), Rank(9), 'a').unwrap();
    assert_eq!(
        work_off(&mut calendar, 1),
        [(at(1, 29), 'a'), (at(1, 30), 'b'), (at(1, 30), 'c'), (at(1, 30), 'd')]
    );
}

#[test]
fn an_event_for_the_open_day_takes_its_place_behind_its_equals() {
    let mut calendar = EventCalendar::new(Day(0));
    for (second, event) in [(10, "first"), (20, "planned"), (30, "last")] {
        calendar.schedule(at(0, second), Rank(5), event).unwrap();
    }
    calendar.open(Day(0)).unwrap();
    assert_eq!(calendar.pop(), Some((at(0, 10), "first")));
    calendar.schedule(at(0, 20), Rank(5), "late, like the planned one").unwrap();
    calendar.schedule(at(0, 20), Rank(5), "later still").unwrap();
    calendar.schedule(at(0, 20), Rank(4), "late, but of lower rank").unwrap();
    calendar.schedule(at(0, 10), Rank(0), "this very second").unwrap();

    let rest: Vec<_> = std::iter::from_fn(|| calendar.pop()).map(|(_, event)| event).collect();
    assert_eq!(
        rest,
        [
            "this very second",
            "late, but of lower rank",
            "planned",
            "late, like the planned one",
            "later still",
            "last"
        ]
    );
}

#[test]
fn an_event_scheduled_years_ahead_goes_before_an_equal_one_scheduled_later() {
    let day = 3 * 365;
    let mut calendar = EventCalendar::new(Day(0));
    calendar.schedule(at(day, 0), Rank(0), "years ahead").unwrap();
    assert!(work_off(&mut calendar, day - 600).is_empty());
    calendar.schedule(at(day, 0), Rank(0), "within the ring").unwrap();
    assert!(work_off(&mut calendar, day - 1).is_empty());
    calendar.schedule(at(day, 0), Rank(0), "the day before").unwrap();
    let order: Vec<_> = work_off(&mut calendar, day).into_iter().map(|(_, event)| event).collect();
    assert_eq!(order, ["years ahead", "within the ring", "the day before"]);
}

#[test]
fn the_clock_refuses_the_past_and_forgets_nothing() {
    let mut calendar = EventCalendar::new(Day(-2));
    let before_start = at(-2, 0).0 - 1;
    assert_eq!(
        calendar.schedule(SimTime(before_start), Rank(0), ()),
        Err(PastTime { at: SimTime(before_start), now: at(-2, 0) })
    );
    calendar.schedule(at(-2, 50), Rank(0), ()).unwrap();
    assert_eq!(work_off(&mut calendar, -2), [(at(-2, 50), ())]);
    assert_eq!(calendar.now(), at(-2, 50));
    assert!(calendar.schedule(at(-2, 49), Rank(0), ()).is_err());
    assert!(calendar.schedule(at(-2, 50), Rank(0), ()).is_ok());
    assert_eq!(calendar.len(), 1);
}

#[test]
fn no_day_is_opened_twice_and_none_is_opened_over_an_unfinished_one() {
    let mut calendar = EventCalendar::new(Day(0));
    calendar.schedule(at(2, 0), Rank(0), ()).unwrap();
    calendar.schedule(at(5_000, 0), Rank(0), ()).unwrap();
    let unfinished = |asked, pending| CannotOpen::Unfinished { asked: Day(asked), pending: Day(pending) };

    assert_eq!(calendar.open(Day(3)), Err(unfinished(3, 2)), "day 2 would be left out");
    calendar.open(Day(2)).unwrap();
    assert_eq!(calendar.open(Day(2)), Err(CannotOpen::Past { asked: Day(2), open: Day(2) }));
    assert_eq!(calendar.open(Day(3)), Err(unfinished(3, 2)), "day 2 is open, but not done");
    calendar.pop().unwrap();
    calendar.schedule(at(2, 9), Rank(0), ()).unwrap();
    assert_eq!(calendar.open(Day(3)), Err(unfinished(3, 2)), "day 2 has something late");
    calendar.pop().unwrap();
    assert_eq!(calendar.open(Day(5_001)), Err(unfinished(5_001, 5_000)), "beyond the ring");
    assert_eq!(calendar.open(Day(5_000)), Ok(()));
}

#[test]
fn a_copy_goes_its_own_way() {
    let mut calendar = EventCalendar::new(Day(0));
    calendar.schedule(at(1, 0), Rank(0), 1).unwrap();
    let mut copy = calendar.clone();
    copy.schedule(at(1, 0), Rank(0), 2).unwrap();
    assert_eq!(work_off(&mut calendar, 1), [(at(1, 0), 1)]);
    assert_eq!(work_off(&mut copy, 1), [(at(1, 0), 1), (at(1, 0), 2)]);
}

#[test]
fn the_pool_stops_growing_when_the_number_of_pending_events_does() {
    let mut calendar = EventCalendar::new(Day(0));
    let mut sizes = Vec::new();
    for day in 0..4_000 {
        calendar.open(Day(day)).unwrap();
        while calendar.pop().is_some() {}
        for event in 0..40 {
            calendar.schedule(at(day + 30, event), Rank(0), event).unwrap();
        }
        sizes.push(calendar.ring.capacity());
    }
    assert_eq!(sizes[100], sizes[3_999]);
}

/// What a random run does next.
#[derive(Clone, Debug)]
enum Step {
    /// Schedules this many days and seconds ahead of the clock (never before it).
    Schedule { days: i32, second: i64, rank: u8 },
    /// Takes the next event, opening days as needed.
    Pop,
    /// Lets this many days pass, at most up to the next event.
    Skip { days: i32 },
    /// Drops the events whose number is divisible by this one.
    Drop { divisor: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let days = prop_oneof![3 => Just(0), 3 => 0..3, 3 => 0..400, 1 => 500..530, 1 => 1_000..1_100, 1 => 1_500..6_000];
    // Few seconds and ranks, so that ties are frequent; the last second of the day is among them.
    let second = prop_oneof![Just(0), Just(1), Just(86_399), 0_i64..86_400];
    prop_oneof![
        12 => (days, second, 0_u8..3).prop_map(|(days, second, rank)| Step::Schedule { days, second, rank }),
        10 => Just(Step::Pop),
        1 => (1..1_500).prop_map(|days| Step::Skip { days }),
        1 => (2_usize..9).prop_map(|divisor| Step::Drop { divisor }),
    ]
}

proptest! {
    #[test]
    fn the_order_is_that_of_a_heap_by_time_rank_and_sequence(
        first in -2_000..2_000,
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut calendar = EventCalendar::new(Day(first));
        let mut heap = BinaryHeap::new();
        let mut day = first - 1;
        let mut next = 0_usize;
        let drain = std::iter::repeat_n(Step::Pop, 400);
        for step in steps.into_iter().chain(drain) {
            match step {
                Step::Schedule { days, second, rank } => {
                    let time = at(calendar.now().day().0 + days, second).max(calendar.now());
                    calendar.schedule(time, Rank(rank), next).unwrap();
                    heap.push(Reverse((time, rank, next)));
                    next += 1;
                }
                Step::Pop => {
                    let clock = calendar.now();
                    let expected = heap.pop().map(|Reverse((time, _, event))| (time, event));
                    if let Some((time, _)) = expected && time.day().0 > day {
                        prop_assert_eq!(calendar.pop(), None);
                        day = time.day().0;
                        calendar.open(Day(day)).unwrap();
                    }
                    prop_assert_eq!(calendar.pop(), expected);
                    prop_assert!(calendar.now() >= clock);
                }
                Step::Skip { days } => {
                    let until = heap.peek().map_or(day + days, |Reverse((time, ..))| time.day().0.min(day + days));
                    if until > day {
                        day = until;
                        calendar.open(Day(day)).unwrap();
                    }
                }
                Step::Drop { divisor } => {
                    calendar.retain_mut(|event| *event % divisor != 0);
                    heap.retain(|Reverse((_, _, event))| event % divisor != 0);
                }
            }
            prop_assert_eq!(calendar.len(), heap.len());
        }
        prop_assert!(calendar.is_empty());
    }
}
