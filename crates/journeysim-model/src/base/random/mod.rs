//! Random numbers keyed by meaning.
//!
//! A random number here is a pure function of *what it decides*: the replication, the [`Purpose`], the
//! subject (an account, an advisor, a pool), the occurrence (a day, the third renewal) and a [`label`].
//! There is no generator that moves on, so the order in which a run asks cannot change what it gets, and
//! two variants of a scenario meet the same luck wherever they take the same decision.
//!
//! The function is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", SC 2011). Its counter is the meaning:
//!
//! ```text
//! word 0    word 1      word 2   word 3, high half   word 3, low half
//! subject   occurrence  label    purpose             block
//! ```
//!
//! # Invariants
//!
//! - Two different meanings are two different counters, so within one replication their blocks never repeat.
//! - One meaning is asked for in one way: as a [`Draw`] or as a [`Substream`], which starts with that block.
//!
//! # Not here
//!
//! Distributions are [`dist`](super::dist); the day kernel's normals are [`lanes`](super::math::lanes).

mod purpose;

pub use purpose::Purpose;

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::{fill_bytes_via_next_word, next_u64_via_u32};

/// Key of the block that makes a replication's key: the first bits of pi's fraction.
const ROOT_KEY: [u32; 2] = [0x243F_6A88, 0x85A3_08D3];

/// The randomness of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    key: [u32; 2],
}

impl Streams {
    /// Returns the randomness of one replication (numbered from 0) of a scenario with this seed.
    ///
    /// The key is half of the Philox block of `(seed, replication)`. Seeds are never added to anything, so
    /// replication 1 of seed 7 has nothing in common with replication 0 of seed 8.
    #[must_use]
    pub fn new(seed: u64, replication: u32) -> Self {
        let [key0, key1, _, _] = philox([low_word(seed), high_word(seed), replication, 0], ROOT_KEY);
        Self { key: [key0, key1] }
    }

    /// Returns the Philox key, for a kernel that calls [`philox`] itself over many subjects.
    ///
    /// Its counter must be `[subject, occurrence, label, purpose.word()]`, as everywhere.
    #[must_use]
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// Returns the one block of random bits that belongs to this meaning.
    ///
    /// `label` is 0, or the [`label`] of a named touchpoint where one purpose serves many names.
    #[inline]
    #[must_use]
    pub fn draw(&self, purpose: Purpose, subject: u32, occurrence: u32, label: u32) -> Draw {
        Draw(philox([subject, occurrence, label, purpose.word()], self.key))
    }

    /// Returns a generator for a decision that needs an unknown number of draws, such as rejection.
    #[must_use]
    pub fn substream(&self, purpose: Purpose, subject: u32, occurrence: u32, label: u32) -> Substream {
        let first = [subject, occurrence, label, purpose.word()];
        Substream { key: self.key, first, block: 0, words: [0; 4], used: 4 }
    }
}

/// One block of random bits: four words, to be used as such or as numbers between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw([u32; 4]);

impl Draw {
    /// Returns number `index` (0 or 1) of two independent uniforms: an odd multiple of 2^-53, never 0 nor 1.
    ///
    /// Number 0 uses words 0 and 1, number 1 uses words 2 and 3.
    ///
    /// # Panics
    ///
    /// If `index` is above 1.
    #[inline]
    #[must_use]
    pub fn uniform(self, index: usize) -> f64 {
        let (low, high) = (self.0[2 * index], self.0[2 * index + 1]);
        let bits = u64::from(high) << 32 | u64::from(low);
        // 52 random bits and a final one: the middle of a cell, exact in 53 bits.
        ((bits >> 11) | 1) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Returns number `index` (0 to 3) of four independent uniforms: an odd multiple of 2^-33, never 0 nor 1.
    ///
    /// Coarser than [`Draw::uniform`], which shares its words: use one or the other.
    ///
    /// # Panics
    ///
    /// If `index` is above 3.
    #[inline]
    #[must_use]
    pub fn word_uniform(self, index: usize) -> f64 {
        (f64::from(self.0[index]) + 0.5) * (1.0 / (1_u64 << 32) as f64)
    }

    /// Returns the four words, each uniform over all of `u32`.
    #[inline]
    #[must_use]
    pub fn words(self) -> [u32; 4] {
        self.0
    }
}

/// A generator that belongs to one meaning, with `rand`'s traits, so that `rand_distr` samples from it.
///
/// The low half of the counter's last word numbers its blocks. It never runs out and never runs into a
/// neighbour: the last of the 2^16 blocks is not handed out but becomes the key of the next 2^16.
#[derive(Clone, Debug)]
pub struct Substream {
    key: [u32; 2],
    /// The counter of block 0.
    first: [u32; 4],
    /// The block to make next.
    block: u16,
    words: [u32; 4],
    used: usize,
}

impl Substream {
    fn next_word(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.refill();
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    fn refill(&mut self) {
        if self.block == u16::MAX {
            let [key0, key1, _, _] = self.make(u16::MAX);
            self.key = [key0, key1];
            self.block = 0;
        }
        self.words = self.make(self.block);
        self.used = 0;
        self.block += 1;
    }

    fn make(&self, block: u16) -> [u32; 4] {
        let [subject, occurrence, label, purpose] = self.first;
        philox([subject, occurrence, label, purpose | u32::from(block)], self.key)
    }
}

impl TryRng for Substream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(bytes, || Ok(self.next_word()))
    }
}

/// Returns the number under which a name enters a counter: its 32-bit FNV-1a hash.
///
/// **Source:** Fowler, Noll and Vo, "The FNV non-cryptographic hash algorithm" (RFC 9923).
#[must_use]
pub const fn label(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let mut hash: u32 = 0x811C_9DC5;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// Returns one block of Philox4x32-10: 128 bits that are a one-to-one function of the counter.
///
/// Only 32-bit words and 32 x 32 to 64-bit products, so that a loop over counters becomes vector code.
///
/// **Source:** Salmon et al. 2011, section 3.3; multipliers and key increments of the Random123 library.
#[inline(always)]
#[must_use]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const INCREMENTS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

    let [mut word0, mut word1, mut word2, mut word3] = counter;
    let [mut key0, mut key1] = key;
    for _ in 0..10 {
        let product0 = u64::from(word0) * u64::from(MULTIPLIERS[0]);
        let product1 = u64::from(word2) * u64::from(MULTIPLIERS[1]);
        (word0, word1) = (high_word(product1) ^ word1 ^ key0, low_word(product1));
        (word2, word3) = (high_word(product0) ^ word3 ^ key1, low_word(product0));
        key0 = key0.wrapping_add(INCREMENTS[0]);
        key1 = key1.wrapping_add(INCREMENTS[1]);
    }
    [word0, word1, word2, word3]
}

#[inline(always)]
fn low_word(bits: u64) -> u32 {
    bits as u32
}

#[inline(always)]
fn high_word(bits: u64) -> u32 {
    (bits >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// From Random123's `kat_vectors` (Salmon et al. 2011; BSD 3-clause); the third uses the digits of pi.
    #[test]
    fn philox_gives_the_published_answers() {
        #[rustfmt::skip]
        let cases: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            ([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
             [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
        ];
        for (counter, key, block) in cases {
            assert_eq!(philox(counter, key), block, "counter {counter:08x?} key {key:08x?}");
        }
    }

    /// The published test vectors of FNV-1a, 32 bits.
    #[test]
    fn labels_are_fnv_1a_hashes() {
        assert_eq!(label(""), 0x811c_9dc5);
        assert_eq!(label("a"), 0xe40c_292c);
        assert_eq!(label("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn a_draw_is_the_block_at_its_meaning() {
        let streams = Streams::new(7, 3);
        let block = philox([11, 22, 33, 30 << 16], streams.key());
        assert_eq!(streams.draw(Purpose::Touchpoint, 11, 22, 33).words(), block);
    }

    #[test]
    fn a_different_coordinate_gives_a_different_block() {
        let here = Streams::new(7, 3);
        let draws = [
            here.draw(Purpose::Seats, 1, 2, 3),
            here.draw(Purpose::Price, 1, 2, 3),
            here.draw(Purpose::Seats, 4, 2, 3),
            here.draw(Purpose::Seats, 1, 4, 3),
            here.draw(Purpose::Seats, 1, 2, 4),
            here.draw(Purpose::Seats, 2, 1, 3),
            Streams::new(7, 4).draw(Purpose::Seats, 1, 2, 3),
            Streams::new(8, 3).draw(Purpose::Seats, 1, 2, 3),
            Streams::new(8, 2).draw(Purpose::Seats, 1, 2, 3),
            Streams::new(3 << 32 | 7, 0).draw(Purpose::Seats, 1, 2, 3),
            Streams::new(7 << 32, 3).draw(Purpose::Seats, 1, 2, 3),
        ];
        for (i, one) in draws.iter().enumerate() {
            for other in &draws[..i] {
                assert!(one.words().iter().zip(other.words()).all(|(a, b)| *a != b), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn the_order_of_asking_does_not_change_what_is_drawn() {
        let streams = Streams::new(1, 0);
        let ask = |subject: u32| streams.draw(Purpose::DailyUsage, subject, 100, 0);
        let forward: Vec<Draw> = (0..500).map(ask).collect();
        let mut backward: Vec<Draw> = (0..500).rev().map(ask).collect();
        backward.reverse();
        assert_eq!(forward, backward);
    }

    #[test]
    fn uniforms_stay_strictly_inside_zero_and_one() {
        let (least, most) = (Draw([0; 4]), Draw([u32::MAX; 4]));
        let (half, fine) = (0.5_f64.powi(33), 0.5_f64.powi(53));
        for index in 0..2 {
            assert_eq!((least.uniform(index), most.uniform(index)), (fine, 1.0 - fine));
        }
        for index in 0..4 {
            assert_eq!((least.word_uniform(index), most.word_uniform(index)), (half, 1.0 - half));
        }
        assert_eq!(Draw([0, 1 << 31, 0, 1 << 30]).uniform(0), 0.5 + fine, "the high word leads");
        assert_eq!(Draw([0, 1 << 31, 0, 1 << 30]).uniform(1), 0.25 + fine);
    }

    /// Each statistic is compared with its exact standard error; 5.5 of them are exceeded by chance with
    /// probability 4e-8, and 18 statistics are looked at.
    #[test]
    fn uniforms_have_the_moments_of_independent_uniforms() {
        const DRAWS: u32 = 100_000;
        let n = f64::from(DRAWS);
        let here = Streams::new(2024, 0);
        let centred = |streams: Streams, subject: u32, day: u32| {
            streams.draw(Purpose::DailyUsage, subject, day, 0).uniform(0) - 0.5
        };
        let judge = |what: &str, expected: f64, deviation: f64, value: &dyn Fn(u32) -> f64| {
            let mean = (0..DRAWS).map(value).sum::<f64>() / n;
            let errors = (mean - expected) / (deviation / n.sqrt());
            assert!(errors.abs() < 5.5, "{what}: {mean} is {errors:.1} standard errors from {expected}");
        };
        let product = 1.0 / 12.0; // deviation of the product of two centred uniforms
        for index in 0..2 {
            let value = |i| here.draw(Purpose::Usage, i, 0, 0).uniform(index) - 0.5;
            judge("mean", 0.0, (1.0_f64 / 12.0).sqrt(), &value);
            judge("variance", 1.0 / 12.0, (1.0_f64 / 180.0).sqrt(), &|i| value(i).powi(2));
        }
        for index in 0..4 {
            let value = |i| here.draw(Purpose::Usage, i, 0, 0).word_uniform(index) - 0.5;
            judge("mean of words", 0.0, (1.0_f64 / 12.0).sqrt(), &value);
        }
        let pair = |i| here.draw(Purpose::Usage, i, 0, 0);
        judge("the two of one draw", 0.0, product, &|i| {
            (pair(i).uniform(0) - 0.5) * (pair(i).uniform(1) - 0.5)
        });
        for (what, subject, day) in [("next account", 1, 0), ("next day", 0, 1), ("both", 1, 1)] {
            judge(what, 0.0, product, &|i| centred(here, i, i) * centred(here, i + subject, i + day));
        }
        let others = [("next replication", Streams::new(2024, 1)), ("next seed", Streams::new(2025, 0))];
        for (what, other) in others {
            judge(what, 0.0, product, &|i| centred(here, i, 5) * centred(other, i, 5));
        }
        let keyed = |purpose, label, i: u32| here.draw(purpose, i, 5, label).uniform(0) - 0.5;
        judge("next purpose", 0.0, product, &|i| keyed(Purpose::Book, 0, i) * keyed(Purpose::Segment, 0, i));
        judge("next label", 0.0, product, &|i| keyed(Purpose::Book, 7, i) * keyed(Purpose::Book, 8, i));
        judge("one account's days", 0.0, product, &|i| centred(here, 9, i) * centred(here, 9, i + 1));
    }

    #[test]
    fn a_substream_hands_out_its_blocks_word_by_word() {
        let streams = Streams::new(5, 0);
        let block = |number: u32| philox([1, 2, 3, (51 << 16) | number], streams.key());
        let expected = [block(0), block(1)].concat();

        let mut words = streams.substream(Purpose::Service, 1, 2, 3);
        let words: Vec<u32> = (0..8).map(|_| words.next_u32()).collect();
        assert_eq!(words, expected);

        let mut mixed = streams.substream(Purpose::Service, 1, 2, 3);
        assert_eq!(mixed.next_u32(), expected[0]);
        assert_eq!(mixed.next_u64(), u64::from(expected[2]) << 32 | u64::from(expected[1]));
        let mut bytes = [0; 8];
        mixed.fill_bytes(&mut bytes);
        assert_eq!(bytes[..4], expected[3].to_le_bytes());
        assert_eq!(bytes[4..], expected[4].to_le_bytes());
    }

    #[test]
    fn a_substream_goes_on_under_a_new_key_after_its_last_block() {
        let streams = Streams::new(5, 0);
        let meaning = |block: u32| [1, 2, 3, (51 << 16) | block];
        let mut substream = streams.substream(Purpose::Service, 1, 2, 3);
        let mut next_block = || -> [u32; 4] { std::array::from_fn(|_| substream.next_u32()) };
        for _ in 0..0xFFFE {
            next_block();
        }
        assert_eq!(next_block(), philox(meaning(0xFFFE), streams.key()));
        let [key0, key1, _, _] = philox(meaning(0xFFFF), streams.key());
        assert_eq!(next_block(), philox(meaning(0), [key0, key1]));
        assert_eq!(next_block(), philox(meaning(1), [key0, key1]));
    }
}
