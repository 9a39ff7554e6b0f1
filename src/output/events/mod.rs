//! Event logs: everything that happened to the accounts of chosen replications.
//!
//! [`flat`] writes one table for all of them, as process mining tools and data tools read it; [`ocel`] writes one
//! object-centric log for each variant and replication.

pub mod flat;
pub mod ocel;

use std::ops::Range;

use crate::engine::record::LogEntry;

/// What is to be written of the event log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The table.
    pub flat: bool,
    /// Object-centric logs.
    pub ocel: bool,
    /// Accounts whose events are written, as ranges of their numbers; empty: all.
    pub accounts: Vec<Range<u32>>,
}

impl Wanted {
    /// Returns whether anything is to be written.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.flat || self.ocel
    }

    /// Returns whether the events of `account` are to be written.
    #[must_use]
    pub fn has(&self, account: u32) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|range| range.contains(&account))
    }

    /// Returns the entries that are to be written, in the order in which they happened.
    pub fn of<'a>(&self, log: &'a [LogEntry]) -> impl Iterator<Item = &'a LogEntry> {
        log.iter().filter(|entry| self.has(entry.account))
    }
}
