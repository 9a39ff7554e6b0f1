//! Parts of a sweep, run apart and put together: on as many machines as there are, which need not know of each other.
//!
//! Shard 3 of 64 holds the third of 64 stretches of the replications, with all variants, because the variants of a replication
//! share its opening book. A shard carries all files it was read from, so that the parts can be put together anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::experiment::cells;
use crate::experiment::read;
use crate::experiment::replicate::Options;
use crate::language::fault::Faults;
use crate::language::source::{Disk, FileReader, ReadError, Texts};
use crate::scenario::load::Experiment;

/// Which part of a sweep: written `3/64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Shard {
    /// Counted from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// What a manifest says that its shard is.
#[derive(Deserialize)]
struct Unchecked {
    number: u32,
    of: u32,
}

impl TryFrom<Unchecked> for Shard {
    type Error = String;

    fn try_from(Unchecked { number, of }: Unchecked) -> Result<Self, String> {
        if (1..=of).contains(&number) {
            Ok(Self { number, of })
        } else {
            Err("write which part of how many, counted from 1, such as 3/64".to_owned())
        }
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let parts =
            written.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = parts.unwrap_or_default();
        Unchecked { number, of }.try_into()
    }
}

impl Shard {
    /// Returns its stretch of so many replications; the stretches of all shards follow each other, and no two differ by more
    /// than one replication.
    #[must_use]
    pub fn of(self, replications: u32) -> Range<u32> {
        let end = |number: u32| {
            let end = u64::from(replications) * u64::from(number) / u64::from(self.of);
            u32::try_from(end).expect("invariant: no shard ends behind the last replication")
        };
        end(self.number - 1)..end(self.number)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// How many of those that are missing are named.
const NAMED: usize = 10;

/// What is measured in every shard: what a run folder shows.
#[must_use]
pub fn options() -> Options {
    Options { slices: true, weeks: true, accounts_of: 0..1, ..Options::default() }
}

/// Returns the hash that all shards of a sweep have in common.
#[must_use]
pub fn plan(experiment: &Experiment) -> cells::Fingerprint {
    cells::plan(experiment, COMMAND)
}

/// Returns the hash of one part of it.
#[must_use]
pub fn own_plan(experiment: &Experiment, shard: Shard) -> cells::Fingerprint {
    cells::plan(experiment, &format!("{COMMAND} {shard} of {}", experiment.replications))
}

/// What a shard's manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardManifest {
    /// The version of the program that ran it.
    pub tool_version: String,
    /// The command: `cells`.
    pub command: String,
    /// Which part it is.
    pub shard: Shard,
    /// The number of replications of the whole sweep.
    pub replications: u32,
    /// SHA-256 of what all parts have in common, in hexadecimal digits.
    pub plan: String,
    /// The scenario file.
    pub scenario: String,
    /// Changes made on the command line, as written.
    pub overrides: Vec<String>,
    /// All files that were read, by path.
    pub files: BTreeMap<String, String>,
}

impl ShardManifest {
    /// Reads the scenario `file` from the disk, and describes a part of it.
    ///
    /// # Errors
    ///
    /// All faults of the scenario.
    pub fn read(file: &str, overrides: &[String], shard: Shard) -> Result<(Self, Experiment), Faults> {
        let mut read = Remembered::default();
        let experiment = read::experiment(file, overrides, &mut read)?;
        let manifest = Self {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            command: COMMAND.to_owned(),
            shard,
            replications: experiment.replications,
            plan: hex(&plan(&experiment)),
            scenario: file.to_owned(),
            overrides: overrides.to_vec(),
            files: read.0,
        };
        Ok((manifest, experiment))
    }

    /// Reads the scenario again, from what the shard carries.
    ///
    /// # Errors
    ///
    /// All faults of the scenario, if somebody changed the manifest.
    pub fn experiment(&self) -> Result<Experiment, Faults> {
        let mut files = Texts::new(self.files.iter().map(|(path, text)| (path, text.as_bytes())));
        read::experiment(&self.scenario, &self.overrides, &mut files)
    }
}

/// The command that makes shards.
pub const COMMAND: &str = "cells";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Files of the disk, remembered by path.
#[derive(Debug, Default)]
struct Remembered(BTreeMap<String, String>);

impl FileReader for Remembered {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = Disk.read(path, limit)?;
        // What is not text is refused by whoever reads it.
        if let (Some(path), Ok(text)) = (path.to_str(), std::str::from_utf8(&bytes)) {
            self.0.insert(path.to_owned(), text.to_owned());
        }
        Ok(bytes)
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        Disk.names(folder)
    }
}

/// Why shards do not make a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is no part of the sweep that the first one is a part of.
    #[error("{folder} is no part of the same sweep as {first}: {difference}")]
    Foreign {
        /// The folder.
        folder: String,
        /// The folder named first.
        first: String,
        /// What differs.
        difference: String,
    },
    /// The same part twice.
    #[error("{0} and {1} are both shard {2}: name one of them")]
    Twice(String, String, Shard),
    /// Parts are missing.
    #[error("not all {of} shards are there; missing: {}", listed(.first, *.more))]
    Missing {
        /// The first of them.
        first: Vec<Shard>,
        /// How many more.
        more: usize,
        /// How many there should be in all.
        of: u32,
    },
}

fn listed(shards: &[Shard], more: usize) -> String {
    let more = (more > 0).then(|| format!("and {more} more"));
    shards.iter().map(Shard::to_string).chain(more).collect::<Vec<_>>().join(", ")
}

/// Puts shards in their order, or says all that is wrong with them.
///
/// # Errors
///
/// Every shard of another sweep, every one that is there twice, and all that are missing. There is at least one shard.
pub fn in_order(
    mut shards: Vec<(PathBuf, ShardManifest)>,
) -> Result<Vec<(PathBuf, ShardManifest)>, Vec<Misfit>> {
    let name = |at: usize| shards[at].0.display().to_string();
    let first = &shards[0].1;
    let mut misfits = Vec::new();
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, (_, other)) in shards.iter().enumerate() {
        let difference = if other.tool_version != first.tool_version {
            Some(format!("it was run by version {}, not {}", other.tool_version, first.tool_version))
        } else if other.plan != first.plan {
            Some("its scenario, seed or variants are others".to_owned())
        } else if (other.shard.of, other.replications) != (first.shard.of, first.replications) {
            let counts =
                |shard: &ShardManifest| format!("{} of {} replications", shard.shard, shard.replications);
            Some(format!("it is shard {}, the first is {}", counts(other), counts(first)))
        } else {
            None
        };
        if let Some(difference) = difference {
            misfits.push(Misfit::Foreign { folder: name(at), first: name(0), difference });
        } else if let Some(before) = seen.insert(other.shard.number, at) {
            misfits.push(Misfit::Twice(name(before), name(at), other.shard));
        }
    }
    let known: BTreeSet<u32> = seen.into_keys().collect();
    let of = first.shard.of;
    let missing = of as usize - known.len();
    if missing > 0 {
        let is_missing = |number: &u32| !known.contains(number);
        let named = (1..=of).filter(is_missing).take(NAMED).map(|number| Shard { number, of });
        let first: Vec<Shard> = named.collect();
        misfits.push(Misfit::Missing { more: missing - first.len(), first, of });
    }
    if !misfits.is_empty() {
        return Err(misfits);
    }
    shards.sort_by_key(|(_, manifest)| manifest.shard.number);
    Ok(shards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_follow_each_other_without_gap_or_overlap() {
        for (replications, of) in [(1, 1), (200, 64), (7, 7), (u32::MAX, 3), (1_000, 999)] {
            let stretches: Vec<Range<u32>> =
                (1..=of).map(|number| Shard { number, of }.of(replications)).collect();
            assert_eq!((stretches[0].start, stretches[stretches.len() - 1].end), (0, replications));
            assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
            let lengths = || stretches.iter().map(Range::len);
            assert!(lengths().max().unwrap() - lengths().min().unwrap() <= 1, "{replications} in {of}");
        }
    }

    #[test]
    fn a_shard_is_written_as_its_number_of_how_many() {
        assert_eq!("3/64".parse(), Ok(Shard { number: 3, of: 64 }));
        for wrong in ["", "3", "0/64", "65/64", "3/0", "a/b", "3/64/2", "-1/4", " 3/64", "3/4294967296"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_shard_that_cannot_be_is_not_read() {
        let read = |number: u32, of: u32| -> Option<Shard> {
            serde_json::from_value(serde_json::json!({ "number": number, "of": of })).ok()
        };
        assert_eq!(read(3, 64), Some(Shard { number: 3, of: 64 }));
        assert_eq!([read(0, 0), read(1, 0), read(0, 64), read(65, 64)], [None; 4]);
    }

    fn manifest(number: u32, of: u32) -> ShardManifest {
        ShardManifest {
            tool_version: "1".to_owned(),
            command: COMMAND.to_owned(),
            shard: Shard { number, of },
            replications: 10,
            plan: "ab".to_owned(),
            scenario: "x.toml".to_owned(),
            overrides: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    fn tried(shards: Vec<ShardManifest>) -> Result<Vec<u32>, Vec<String>> {
        let named = shards.into_iter().enumerate().map(|(at, it)| (PathBuf::from(format!("s{at}")), it));
        in_order(named.collect())
            .map(|sorted| sorted.iter().map(|(_, it)| it.shard.number).collect())
            .map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn all_parts_in_any_order_make_a_whole() {
        assert_eq!(tried(vec![manifest(3, 3), manifest(1, 3), manifest(2, 3)]), Ok(vec![1, 2, 3]));
    }

    #[test]
    fn of_thousands_that_are_missing_a_few_are_named() {
        let found = tried(vec![manifest(4, u32::MAX)]).unwrap_err();
        let named: Vec<String> =
            [1, 2, 3].into_iter().chain(5..12).map(|number| format!("{number}/{}", u32::MAX)).collect();
        let more = u32::MAX - 11;
        let named = named.join(", ");
        assert_eq!(
            found,
            [format!("not all {} shards are there; missing: {named}, and {more} more", u32::MAX)]
        );
    }

    #[test]
    fn whatever_does_not_fit_is_said_at_once() {
        let other_plan = ShardManifest { plan: "cd".to_owned(), ..manifest(2, 4) };
        let newer = ShardManifest { tool_version: "2".to_owned(), ..manifest(2, 4) };
        let longer = ShardManifest { replications: 11, ..manifest(2, 4) };
        let found = tried(vec![manifest(1, 4), manifest(4, 4), manifest(1, 4), other_plan, newer, longer]);
        assert_eq!(
            found.unwrap_err(),
            [
                "s0 and s2 are both shard 1/4: name one of them",
                "s3 is no part of the same sweep as s0: its scenario, seed or variants are others",
                "s4 is no part of the same sweep as s0: it was run by version 2, not 1",
                "s5 is no part of the same sweep as s0: it is shard 2/4 of 11 replications, the first is 1/4 of 10 \
                 replications",
                "not all 4 shards are there; missing: 2/4, 3/4",
            ]
        );
    }
}
