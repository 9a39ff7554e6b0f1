//! Checks between settings: what each of them alone cannot show.
//!
//! [`scenario`] looks at one scenario, [`experiment`] at what is asked of it, [`variants`] at how its variants
//! differ. All of them report with the place of the setting that has to change, and none stops at a fault.
//!
//! # What is reported
//!
//! Settings that contradict each other, that can never come into force, or that do nothing. What is only unusual
//! is no fault: sweeps and theory need extremes, and an account of any size may exist.
//!
//! # After a fault
//!
//! A setting that could not be read has something standing in for it ([`Setting::stand_in`]). Nothing is said
//! about it, nor about what rests on it: nobody is blamed twice for one slip.
//!
//! # Not here
//!
//! Whether metrics exist is known to the catalogue of metrics, a floor above.
//!
//! [`Setting::stand_in`]: crate::language::Setting::stand_in

mod calibrate;
mod capacity;
mod care;
mod changes;
mod codes;
mod customers;
mod design;
mod experiment;
mod frame;
mod nature;
mod optimize;
mod precision;
mod reach;
mod revenue;
mod selection;
mod sensitivity;
mod stages;
mod teams;
mod touchpoints;

use std::collections::BTreeSet;
use std::fmt::Display;

pub use changes::{changed, changes};
pub use codes::CODES;
pub use experiment::{ONLY, experiment, variants};
pub use sensitivity::sensitivity;

use crate::language::document::Document;
use crate::language::fault::{self, Fault, FaultCode, Faults};
use crate::language::{ASSUME, Dist, Quantity, Span};
use crate::population::history;
use crate::scenario::book;
use crate::scenario::file::{ProgramFile, ScenarioFile};
use codes::{PART_OF_A_DAY, REPEATED_ENTRY, ZERO_DURATION};

/// Reports everything in a scenario, apart from its variants and expectations, that contradicts itself.
pub fn scenario(file: &ScenarioFile, document: &Document, faults: &mut Faults) {
    let Some(mut check) = Check::new(document, faults) else { return };
    frame::check(&mut check, file);
    customers::check(&mut check, file);
    revenue::check(&mut check, &file.population);
    nature::check(&mut check, file);
    let programs = programs(file);
    for program in &programs {
        stages::check(&mut check, file, program);
        care::check(&mut check, file, program);
        touchpoints::check(&mut check, program);
        reach::check(&mut check, file, program);
    }
    capacity::check(&mut check, file, &programs);
    precision::precision(&mut check, file);
    teams::check(&mut check, &programs);
}

/// Returns every kind of fault that a scenario file can have: those of the language,
/// those between settings, those of a list of accounts.
pub fn all_codes() -> impl Iterator<Item = FaultCode> {
    fault::CODES.iter().chain(CODES).chain(book::CODES).chain(history::CODES).copied()
}

/// A program and how the paths of its settings begin.
struct Rules {
    /// Empty for the scenario's own program, else `portfolio.NAME.`.
    prefix: String,
    file: ProgramFile,
}

impl Rules {
    fn path(&self, setting: &str) -> String {
        format!("{}{setting}", self.prefix)
    }
}

/// The scenario's own program, then the further ones.
fn programs(file: &ScenarioFile) -> Vec<Rules> {
    let own = Rules { prefix: String::new(), file: file.own_program() };
    let further = file.portfolio.iter();
    std::iter::once(own)
        .chain(further.map(|(name, file)| Rules { prefix: format!("portfolio.{name}."), file: file.clone() }))
        .collect()
}

/// A check under way.
struct Check<'a> {
    document: &'a Document,
    faults: &'a mut Faults,
    /// Paths of what is at fault already, and of what takes its value from an assumption that is.
    doubtful: Vec<String>,
}

impl<'a> Check<'a> {
    /// Begins a check, unless what is at fault already leaves too little to judge by.
    fn new(document: &'a Document, faults: &'a mut Faults) -> Option<Self> {
        let mut doubtful: Vec<String> =
            faults.iter().map(|fault| fault.path.clone()).filter(|path| !path.is_empty()).collect();
        let are_assumptions_read = doubtful.iter().all(|path| path != ASSUME);
        doubtful.extend(document.resting_on(&doubtful));
        (!faults.is_incomplete() && are_assumptions_read).then_some(Self { document, faults, doubtful })
    }

    /// Whether nothing is at fault in, above or beneath the setting that `path` names.
    fn is_sound(&self, path: &str) -> bool {
        !self.doubtful.iter().any(|fault| is_within(fault, path) || is_within(path, fault))
    }

    fn are_sound(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.is_sound(path))
    }

    /// Reports a fault of the setting that `path` names, unless that one is at fault already.
    fn report(&mut self, code: FaultCode, path: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.is_sound(path) {
            self.faults.report(self.document.fault(code, path, message, help));
        }
    }

    /// Reports a fault that lies between several settings, at the one of them that was written last: in an
    /// override rather than in a file, and in the scenario's own file rather than in one it extends.
    fn report_last(
        &mut self,
        code: FaultCode,
        paths: &[String],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if let Some(path) = self.last_written(paths).filter(|_| paths.iter().all(|path| self.is_sound(path)))
        {
            self.report(code, &path, message, help);
        }
    }

    /// Returns the path of what was written last, the first path if none of them is written.
    fn last_written(&self, paths: &[String]) -> Option<String> {
        let written = paths.iter().filter(|path| self.document.is_written(path));
        let last = written.max_by_key(|path| {
            let origin = self.document.origin(path);
            let source = self.document.sources.get(origin.source);
            let is_override = source.is_some_and(|source| source.name == "--set");
            (is_override, origin.source == 0, origin.start)
        });
        last.or(paths.first()).cloned()
    }

    /// Reports a fault whose place is known better than by a path.
    fn report_at(&mut self, fault: Fault) {
        self.faults.report(fault);
    }

    /// Reports each entry of a list that stands there before.
    fn no_entry_twice<T: Ord + Display>(&mut self, path: &str, entries: impl IntoIterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let path = format!("{path}[{}]", at + 1);
            let message = format!("{entry} is in the list already");
            if !seen.insert(entry) {
                self.report(REPEATED_ENTRY, &path, message, "once is enough; was another one meant?");
            }
        }
    }

    /// Reports a duration of zero: `why` says what it would do.
    fn takes_time(&mut self, path: &str, span: Span, why: &str) {
        if span.get() == 0 {
            self.report(
                ZERO_DURATION,
                path,
                format!("a duration of zero: {why}"),
                "write a duration above zero",
            );
        }
    }

    /// Reports a duration that is not whole days, zero included unless it `may_be_zero`.
    fn whole_days(&mut self, path: &str, span: Span, may_be_zero: bool) {
        const DAY: i64 = 86_400;
        if span.get() == 0 && !may_be_zero {
            return self.takes_time(path, span, "it would come again at once, without end");
        }
        if span.get() % DAY != 0 {
            let days = ((span.get() + DAY / 2) / DAY).max(i64::from(!may_be_zero));
            let message = format!("{span} is not whole days, and the journey counts whole days here");
            self.report(PART_OF_A_DAY, path, message, format!("write \"{days}d\" or other whole days"));
        }
    }
}

/// Whether `path` names `outer` or something inside it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Returns a value that no draw exceeds, in the unit of `Q`.
fn largest<Q: Quantity>(dist: &Dist<Q>) -> f64 {
    use crate::base::dist::Distribution;
    /// The largest uniform that is ever drawn.
    const LAST: f64 = 1.0 - 1.0 / (1_u64 << 53) as f64;
    dist.quantile(LAST).unwrap_or_else(|| {
        let bounded = dist.bounded();
        let largest = match bounded.of {
            // Beyond forty standard deviations lies less than one draw in 10^15, whatever the shape.
            Distribution::Gamma { mean, sd } => mean + 40.0 * sd,
            _ => 1.0,
        };
        bounded.max.map_or(largest, |max| largest.min(max))
    })
}

/// A share in words, to a tenth of a per cent.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1000.0).round() / 10.0)
}

/// `days` as the longest that so many months can last; for judging what never fits.
fn longest_days(months: u32) -> i64 {
    (f64::from(months) * 366.0 / 12.0).ceil() as i64 + 1
}
