//! An event in its bucket, and the order within a day.

use crate::base::time::{Day, SimTime};

use super::Rank;

/// An event on a day that the place of its entry tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<E> {
    pub(super) key: Key,
    pub(super) event: E,
}

/// The second of the day above eight bits of rank, so that one comparison orders both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u32);

impl Key {
    /// Makes the key of an event of `rank` at `at`, an instant on `day`.
    #[inline]
    pub(super) fn new(at: SimTime, day: Day, rank: Rank) -> Self {
        let second = (at.0 - SimTime::from_day(day).0) as u32;
        Self(second << 8 | u32::from(rank.0))
    }

    /// Returns the instant this key stands for on `day`.
    #[inline]
    pub(super) fn time_on(self, day: Day) -> SimTime {
        SimTime(SimTime::from_day(day).0 + i64::from(self.0 >> 8))
    }
}

/// Below this many events, comparing beats clearing the counters.
const FEW: usize = 96;

/// Where the digits of a [`Key`] lie and how many bits they have: the rank, then the second in two parts, for
/// which 17 bits hold the 86,400 of a day.
const DIGITS: [(u32, usize); 3] = [(0, 8), (8, 9), (17, 8)];

/// Sorts `entries` by key and leaves those of equal keys in the order they had.
///
/// A busy day is sorted by digits, lowest first, each pass a stable distribution by counting (Knuth, The Art of
/// Computer Programming 3, section 5.2.5), which costs the same per event however busy the day is.
/// `scratch` is only lent for its memory.
pub(super) fn sort<E: Copy>(entries: &mut Vec<Entry<E>>, scratch: &mut Vec<Entry<E>>) {
    if entries.len() < FEW {
        entries.sort_by_key(|entry| entry.key);
        return;
    }
    scratch.clear();
    scratch.extend_from_slice(entries);
    let digit =
        |entry: &Entry<E>, (shift, bits): (u32, usize)| (entry.key.0 >> shift) as usize & ((1 << bits) - 1);
    let mut counts = [[0_u32; 512]; DIGITS.len()];
    for entry in entries.iter() {
        for (count, digits) in counts.iter_mut().zip(DIGITS) {
            count[digit(entry, digits)] += 1;
        }
    }
    for (mut places, digits) in counts.into_iter().zip(DIGITS) {
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for entry in entries.iter() {
            let place = &mut places[digit(entry, digits)];
            scratch[*place as usize] = *entry;
            *place += 1;
        }
        std::mem::swap(entries, scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = Day(-3);

    #[test]
    fn a_key_orders_by_second_and_then_by_rank() {
        let key = |second, rank| Key::new(SimTime(SimTime::from_day(DAY).0 + second), DAY, Rank(rank));
        let ascending = [key(0, 0), key(0, 255), key(1, 0), key(86_399, 0), key(86_399, 255)];
        assert!(ascending.is_sorted_by(|a, b| a < b), "{ascending:?}");
    }

    #[test]
    fn a_key_gives_back_the_instant_of_a_day_before_the_start() {
        let last_second_of_day = SimTime(-2 * 86_400 - 1);
        assert_eq!(Key::new(last_second_of_day, DAY, Rank(7)).time_on(DAY), last_second_of_day);
    }

    #[test]
    fn few_and_many_entries_are_sorted_alike_and_ties_keep_their_order() {
        for len in [0, 1, FEW - 1, FEW, 5_000] {
            // Multiplying by a number prime to 86,400 spreads the seconds; every key comes about four times.
            let second = |number: usize| (number / 4 * 7_919 % 86_400) as i64;
            let mut entries: Vec<Entry<usize>> = (0..len)
                .map(|event| {
                    let at = SimTime(SimTime::from_day(DAY).0 + second(event));
                    Entry { key: Key::new(at, DAY, Rank((event / 4 % 3) as u8)), event }
                })
                .collect();
            let mut expected = entries.clone();
            expected.sort_by_key(|entry| (entry.key, entry.event));

            sort(&mut entries, &mut Vec::new());
            let order =
                |entries: &[Entry<usize>]| entries.iter().map(|entry| entry.event).collect::<Vec<_>>();
            assert_eq!(order(&entries), order(&expected), "{len} entries");
        }
    }
}
