//! What a metric is computed from: the record of one replication, or a slice of it.

use serde::{Deserialize, Serialize};

use crate::base::stats::sum;
use crate::engine::record::{
    AccountRecord, LighthouseRecord, PoolRecord, Record, RenewalRecord, WindowRecord,
};
use crate::metrics::retention::AccountWindow;
use crate::population::segment::Segment;
use crate::scenario::file::ValueSettings;

/// Days of a year in every rate a year: so that a run of 365 days is one year, leap day or not (days).
pub const DAYS_A_YEAR: f64 = 365.0;

/// Whose metric it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Slice {
    /// The whole book.
    All,
    /// The accounts of one segment.
    Segment(Segment),
    /// The accounts of one program of the file, by its place, whatever changes they are under.
    Program(u16),
    /// The accounts that closed in one calendar quarter, counted from year 0.
    Cohort(i32),
    /// One arm of those whom a dated change concerns: who comes under it, or who does not.
    Arm {
        /// The change, index among the scenario's.
        change: u8,
        /// Whether they come under it.
        treated: bool,
    },
}

/// What things are worth: the scenario's own statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// Margin on recurring revenue, a fraction.
    pub margin: f64,
    /// Cost of an advisor [currency units a year].
    pub advisor_cost: f64,
    /// Customer hours of an advisor [hours a year]; more than none.
    pub advisor_hours: f64,
}

impl From<&ValueSettings> for Worth {
    fn from(settings: &ValueSettings) -> Self {
        Self {
            margin: settings.margin.get(),
            advisor_cost: settings.advisor_cost.get(),
            advisor_hours: settings.advisor_hours.get(),
        }
    }
}

impl Worth {
    /// Returns the cost of an advisor's customer hour [currency units].
    #[must_use]
    pub fn cost_of_an_hour(&self) -> f64 {
        self.advisor_cost / self.advisor_hours
    }
}

/// The record of one replication, seen through a slice.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What happened.
    pub record: &'a Record,
    /// What happened in the same replication without Lighthouse, if that was run.
    pub counterfactual: Option<&'a Record>,
    /// What things are worth.
    pub worth: Worth,
    /// Which accounts are looked at; [`None`] for all.
    pub members: Option<&'a Members>,
}

/// The accounts of a slice, found once for all metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    slice: Slice,
    /// For each account of the record, whether it is one.
    includes: Vec<bool>,
    /// Their numbers, ascending.
    accounts: Vec<u32>,
}

impl Members {
    /// Finds those of `slice` in `record`: work, renewals and revenue follow the account.
    #[must_use]
    pub fn of(slice: Slice, record: &Record) -> Self {
        let belongs = |entry: &AccountRecord| match slice {
            Slice::All => true,
            Slice::Segment(segment) => entry.segment == segment,
            Slice::Program(program) => entry.program == program,
            Slice::Cohort(cohort) => entry.cohort == cohort,
            Slice::Arm { change, treated } => {
                entry.concerned >> change & 1 == 1 && (entry.treated >> change & 1 == 1) == treated
            }
        };
        let includes: Vec<bool> = record.accounts.iter().map(belongs).collect();
        let accounts = (0..).zip(&includes).filter(|&(_, &is_one)| is_one).map(|(account, _)| account);
        Self { slice, accounts: accounts.collect(), includes }
    }
}

impl<'a> View<'a> {
    /// Returns which accounts are looked at.
    #[must_use]
    pub fn slice(&self) -> Slice {
        self.members.map_or(Slice::All, |members| members.slice)
    }

    /// Returns whether `account` belongs to the slice.
    #[must_use]
    #[inline]
    pub fn includes(&self, account: u32) -> bool {
        let account = account as usize;
        match self.members {
            Some(members) => account < members.includes.len() && members.includes[account],
            None => account < self.record.accounts.len(),
        }
    }

    /// Returns the slice's accounts that were under contract at some time of the run.
    pub fn customers(self) -> impl Iterator<Item = &'a AccountRecord> {
        self.accounts().filter(|account| account.days > 0)
    }

    /// Returns the slice's accounts, prospects included.
    pub fn accounts(self) -> impl Iterator<Item = &'a AccountRecord> {
        let all = if self.members.is_none() { &self.record.accounts[..] } else { &[] };
        let members = self.members.map_or(&[][..], |members| &members.accounts);
        all.iter().chain(members.iter().map(move |&account| &self.record.accounts[account as usize]))
    }

    /// Returns the renewals of the slice's accounts.
    pub fn renewals(self) -> impl Iterator<Item = &'a RenewalRecord> {
        self.record.renewals.iter().filter(move |renewal| self.includes(renewal.account))
    }

    /// Returns the stays in Lighthouse of the slice's accounts.
    pub fn stays(self) -> impl Iterator<Item = &'a LighthouseRecord> {
        self.record.lighthouse.iter().filter(move |stay| self.includes(stay.account))
    }

    /// Returns the cohort of each window of 12 months: segment and program as they were when it opened.
    #[must_use]
    pub fn windows(&self) -> Vec<Vec<AccountWindow>> {
        let mut windows = vec![Vec::new(); usize::from(self.record.window_count)];
        for entry in &self.record.windows {
            let included = match self.slice() {
                Slice::Segment(segment) => entry.segment == segment,
                Slice::Program(program) => entry.program == program,
                Slice::All | Slice::Cohort(_) | Slice::Arm { .. } => self.includes(entry.account),
            };
            if included {
                let WindowRecord { opening, closing, .. } = *entry;
                windows[usize::from(entry.window)].push(AccountWindow { opening, closing });
            }
        }
        windows
    }

    /// Returns the time the slice's accounts were under contract, or [`None`] if none of them ever was (years).
    #[must_use]
    pub fn account_years(&self) -> Option<f64> {
        let days: u64 = self.accounts().map(|account| u64::from(account.days)).sum();
        (days > 0).then(|| days as f64 / DAYS_A_YEAR)
    }

    /// Returns the advisors' work for the slice's accounts, and for the upkeep of the slice's programs (hours).
    ///
    /// No account has caused the upkeep: the whole book has that of all programs, a segment or cohort none.
    #[must_use]
    pub fn advisor_hours(&self) -> f64 {
        let upkeep = &self.record.upkeep_minutes;
        let upkeep = match self.slice() {
            Slice::All => sum(upkeep.iter().copied()),
            Slice::Program(program) => upkeep.get(usize::from(program)).copied().unwrap_or(0.0),
            Slice::Segment(_) | Slice::Cohort(_) | Slice::Arm { .. } => 0.0,
        };
        (sum(self.accounts().map(|account| account.minutes)) + upkeep) / 60.0
    }

    /// Returns what the pools did, whoever they worked for; [`None`] without a pool.
    #[must_use]
    pub fn pools(&self) -> Option<&'a [PoolRecord]> {
        (!self.record.pools.is_empty()).then_some(&self.record.pools)
    }

    /// Returns the waits for an advisor of the slice's accounts (hours), or [`None`] without a pool.
    #[must_use]
    pub fn wait_hours(&self) -> Option<Vec<f64>> {
        self.pools()?;
        // A plain loop, because there are many and this crate is optimised little.
        let mut hours = Vec::new();
        for wait in &self.record.waits {
            if self.includes(wait.account) {
                hours.push(f64::from(wait.seconds) / 3_600.0);
            }
        }
        Some(hours)
    }

    /// Returns the sum of `count` over the slice's accounts.
    #[must_use]
    pub fn total(&self, count: impl Fn(&AccountRecord) -> u32) -> u64 {
        self.accounts().map(|account| u64::from(count(account))).sum()
    }

    /// Returns the sum of `part` over the slice's accounts as a share of the sum of `whole`, or [`None`] where there
    /// is no whole.
    #[must_use]
    pub fn share(
        &self,
        part: impl Fn(&AccountRecord) -> u32,
        whole: impl Fn(&AccountRecord) -> u32,
    ) -> Option<f64> {
        share(self.total(part), self.total(whole))
    }
}

/// Returns `part` of `whole`, or [`None`] of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
