//! The ring of days: a bucket of unsorted events for each of the next [`DAYS`] days.
//!
//! A bucket is a chain of short chunks, all cut from one pool. What a day gives back when it is taken is what
//! the next days are filled with while it is still in the processor's cache, the pool grows to the largest
//! number of events ever pending and no further, and a copy of the ring is a copy of three arrays.

use crate::base::time::Day;

use super::entry::Entry;

/// Days that the ring holds at once.
pub(super) const DAYS: i32 = 1024;

/// Entries in a chunk. Longer ones waste more on quiet days, shorter ones cost more steps on busy days.
const CHUNK: usize = 32;

/// Marks the end of a chain, and an empty bucket.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(super) struct Ring<E> {
    /// The bucket of day `d` is `buckets[d mod DAYS]`.
    buckets: Vec<Bucket>,
    /// Chunk `c` is `pool[c * CHUNK..][..CHUNK]`.
    pool: Vec<Entry<E>>,
    /// The chunk after each chunk in its chain.
    next: Vec<u32>,
    /// The first of the chunks that no bucket uses.
    free: u32,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// The first chunk.
    first: u32,
    /// The place in the pool behind the last entry; at the end of a chunk when that chunk is full.
    end: u32,
}

const EMPTY: Bucket = Bucket { first: NONE, end: 0 };

impl<E: Copy> Ring<E> {
    pub(super) fn new() -> Self {
        Self { buckets: vec![EMPTY; DAYS as usize], pool: Vec::new(), next: Vec::new(), free: NONE }
    }

    /// Tells whether the bucket of `day` holds nothing.
    pub(super) fn is_empty_on(&self, day: Day) -> bool {
        self.buckets[slot(day)].first == NONE
    }

    /// Adds `entry` to the bucket of `day`, behind all that is there.
    #[inline(always)]
    pub(super) fn push(&mut self, day: Day, entry: Entry<E>) {
        let slot = slot(day);
        if self.buckets[slot].end.is_multiple_of(CHUNK as u32) {
            self.lengthen(slot, entry);
        }
        let end = &mut self.buckets[slot].end;
        self.pool[*end as usize] = entry;
        *end += 1;
    }

    /// Moves the bucket of `day` to the end of `entries`, in the order it was filled.
    pub(super) fn take(&mut self, day: Day, entries: &mut Vec<Entry<E>>) {
        let Bucket { first, end } = std::mem::replace(&mut self.buckets[slot(day)], EMPTY);
        let mut chunk = first;
        while chunk != NONE {
            let start = chunk as usize * CHUNK;
            let after = self.next[chunk as usize];
            let stop = if after == NONE { end as usize } else { start + CHUNK };
            entries.extend_from_slice(&self.pool[start..stop]);
            self.next[chunk as usize] = self.free;
            self.free = chunk;
            chunk = after;
        }
    }

    /// Drops the events for which `keep` says no and returns how many are left.
    pub(super) fn retain_mut(&mut self, mut keep: impl FnMut(&mut E) -> bool) -> usize {
        let mut left = 0;
        let mut bucket = Vec::new();
        for day in (0..DAYS).map(Day) {
            self.take(day, &mut bucket);
            for mut entry in bucket.drain(..) {
                if keep(&mut entry.event) {
                    self.push(day, entry);
                    left += 1;
                }
            }
        }
        left
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.pool.len()
    }

    /// Puts an unused chunk at the end of a chain whose last chunk is full.
    #[inline(never)]
    fn lengthen(&mut self, slot: usize, filler: Entry<E>) {
        if self.free == NONE {
            self.grow(filler);
        }
        let chunk = self.free;
        self.free = std::mem::replace(&mut self.next[chunk as usize], NONE);
        let bucket = &mut self.buckets[slot];
        if bucket.first == NONE {
            bucket.first = chunk;
        } else {
            let full = (bucket.end as usize - 1) / CHUNK;
            self.next[full] = chunk;
        }
        bucket.end = chunk * CHUNK as u32;
    }

    /// Adds one chunk to the pool; what fills it is never read.
    fn grow(&mut self, filler: Entry<E>) {
        let end = self.pool.len() + CHUNK;
        assert!(u32::try_from(end).is_ok(), "a calendar holds at most 2^32 events");
        self.free = self.next.len() as u32;
        self.next.push(NONE);
        self.pool.resize(end, filler);
    }
}

#[inline]
fn slot(day: Day) -> usize {
    day.0.rem_euclid(DAYS) as usize
}
