//! Digests: one short word that is equal exactly when all results are equal.
//!
//! # What is hashed
//!
//! ```text
//! variant:  for every replication in order, for every metric in the order of the catalogue:
//!           name, 0, presence (0 or 1), and if present the 8 bytes of the number, lowest first
//! all:      for every variant in the order of the file: name, 0, the 64 digits of its digest
//! points:   for every point in the order run: its overrides, 0, the 64 digits of the digest of all variants
//! ```
//!
//! The digest of a variant knows nothing of the other variants. Of a single variant, the digest of all is its
//! own.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::experiment::replicate::{Chunk, Outcome};
use crate::metrics::CATALOGUE;

/// The digest of one variant while its replications come in, in their order.
#[derive(Debug, Clone, Default)]
pub struct OfVariant(Sha256);

impl OfVariant {
    /// Adds the metrics of the next replication, in the order of the catalogue.
    pub fn add(&mut self, metrics: &[Option<f64>]) {
        let Self(hash) = self;
        for (metric, value) in CATALOGUE.iter().zip(metrics) {
            hash.update(metric.name.as_bytes());
            match value {
                None => hash.update([0, 0]),
                Some(value) => {
                    hash.update([0, 1]);
                    hash.update(value.to_bits().to_le_bytes());
                }
            }
        }
    }

    /// Returns the digest, in 64 hexadecimal digits.
    #[must_use]
    pub fn digits(self) -> String {
        hexadecimal(self.0)
    }
}

/// Returns the digest of one variant, in 64 hexadecimal digits.
#[must_use]
pub fn of_variant(chunk: &Chunk, variant: usize) -> String {
    of_outcomes(chunk.of(variant))
}

/// Returns the digest of one variant's replications in their order, in 64 hexadecimal digits.
#[must_use]
pub fn of_outcomes<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    let mut digest = OfVariant::default();
    outcomes.into_iter().for_each(|outcome| digest.add(&outcome.metrics));
    digest.digits()
}

/// Returns the digest of all variants, named in their order.
#[must_use]
pub fn of_all<'a>(chunk: &Chunk, names: impl IntoIterator<Item = &'a str>) -> String {
    let named = |(variant, name): (usize, &'a str)| (name, of_variant(chunk, variant));
    of_named(&names.into_iter().enumerate().map(named).collect::<Vec<_>>())
}

/// Returns the digest of all variants from their names and digests, in their order.
#[must_use]
pub fn of_named(digests: &[(&str, String)]) -> String {
    if let [(_, only)] = digests {
        return only.clone();
    }
    let mut hash = Sha256::new();
    for (name, digest) in digests {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(digest.as_bytes());
    }
    hexadecimal(hash)
}

/// Returns the digest of runs at several points: of what sets each apart, and of the digest of all its variants.
#[must_use]
pub fn of_points<'a>(points: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new();
    for (point, digest) in points {
        hash.update(point.as_bytes());
        hash.update([0]);
        hash.update(digest.as_bytes());
    }
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    let mut digits = String::with_capacity(64);
    for byte in hash.finalize() {
        write!(digits, "{byte:02x}").expect("a string can grow");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(values: &[Option<f64>]) -> Outcome {
        let metrics = (0..CATALOGUE.len()).map(|metric| values.get(metric).copied().flatten()).collect();
        Outcome { metrics, ..Outcome::default() }
    }

    fn chunk(replications: Vec<Vec<Outcome>>) -> Chunk {
        Chunk { first: 0, replications }
    }

    #[test]
    fn nothing_to_measure_is_not_zero_and_zero_has_a_sign() {
        let digest = |value| of_variant(&chunk(vec![vec![outcome(&[value])]]), 0);
        let digests = [None, Some(0.0), Some(-0.0), Some(1.0), Some(1.0 + f64::EPSILON)].map(digest);
        for (at, one) in digests.iter().enumerate() {
            assert_eq!(one.len(), 64);
            assert!(digests[..at].iter().all(|other| other != one), "{at}");
        }
    }

    #[test]
    fn a_digest_is_of_the_documented_bytes() {
        let mut bytes = Vec::new();
        for (at, metric) in CATALOGUE.iter().enumerate() {
            bytes.extend(metric.name.as_bytes());
            bytes.push(0);
            match at {
                0 => bytes.extend([1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), // 1.0
                _ => bytes.push(0),
            }
        }
        let found = of_variant(&chunk(vec![vec![outcome(&[Some(1.0)])]]), 0);
        let expected: Vec<String> = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, expected.concat());
    }

    #[test]
    fn the_order_of_replications_counts() {
        let (a, b) = (outcome(&[Some(1.0)]), outcome(&[Some(2.0)]));
        let one = of_variant(&chunk(vec![vec![a.clone()], vec![b.clone()]]), 0);
        let other = of_variant(&chunk(vec![vec![b], vec![a]]), 0);
        assert_ne!(one, other);
    }

    #[test]
    fn a_variant_keeps_its_digest_whoever_stands_beside_it() {
        let (a, b) = (outcome(&[Some(1.0)]), outcome(&[Some(2.0)]));
        let alone = chunk(vec![vec![b.clone()]]);
        let beside = chunk(vec![vec![a, b]]);
        assert_eq!(of_variant(&alone, 0), of_variant(&beside, 1));
        assert_eq!(of_all(&alone, ["b"]), of_variant(&alone, 0));
        assert_ne!(of_all(&beside, ["a", "b"]), of_all(&beside, ["a", "c"]));
    }
}
