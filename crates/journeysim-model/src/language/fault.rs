//! Faults: what is wrong in the files somebody wrote, where, and what would be right.
//!
//! A fault never stops the reading: all faults of all files are collected in one pass and shown
//! together, in the order of the files and of the places inside them.
//!
//! # Invariants
//!
//! - A fault is made from a [`FaultCode`], and codes exist only with a summary (see [`fault_codes!`]).
//! - Reading the same document twice adds nothing: equal faults are kept once.
//! - At most [`Faults::LIMIT`] faults are kept; one more says that there are others.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use serde::Serialize;

use super::source::{Origin, Sources};

/// The name of a kind of fault and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultCode {
    /// The name, in kebab-case.
    pub code: &'static str,
    /// One sentence: what is wrong when this code is shown.
    pub summary: &'static str,
}

/// Declares fault codes as constants, and `CODES`, the list of them all.
///
/// ```
/// journeysim_model::language::fault_codes! {
///     /// Codes of the example.
///     TOO_LATE = "too-late": "A date lies after the horizon.";
/// }
/// assert_eq!(CODES[0].code, TOO_LATE.code);
/// ```
#[macro_export]
macro_rules! fault_codes {
    ($(#[$list:meta])* $($name:ident = $code:literal: $summary:literal;)+) => {
        $(
            #[doc = $summary]
            pub const $name: $crate::language::fault::FaultCode =
                $crate::language::fault::FaultCode { code: $code, summary: $summary };
        )+
        $(#[$list])*
        pub const CODES: &[$crate::language::fault::FaultCode] = &[$($name),+];
    };
}

pub use fault_codes;

/// One fault: the place, what was written, what would be right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The file as it was named, or `--set` for an override on the command line.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// The setting, such as `touchpoint.kickoff.effort`; empty where the fault is not about one.
    pub path: String,
    /// The name of the kind of fault.
    pub code: &'static str,
    /// What is wrong, with what was written.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// The line of the file.
    #[serde(skip)]
    excerpt: Excerpt,
}

/// A line of a file, shortened around the place that matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Excerpt {
    pub(super) text: String,
    /// How many characters precede the caret.
    pub(super) before: usize,
    /// How many characters the caret underlines; at least 1.
    pub(super) width: usize,
}

impl Fault {
    /// Describes a fault at `origin`.
    #[must_use]
    pub fn new(
        code: FaultCode,
        sources: &Sources,
        origin: Origin,
        path: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let place = sources.place(origin);
        Self {
            file: place.file,
            line: place.line,
            column: place.column,
            path: path.into(),
            code: code.code,
            message: message.into(),
            help: help.into(),
            excerpt: place.excerpt,
        }
    }

    /// Describes a fault of a file as a whole, such as one that does not exist.
    #[must_use]
    pub fn of_file(
        code: FaultCode,
        file: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: 1,
            column: 1,
            path: String::new(),
            code: code.code,
            message: message.into(),
            help: help.into(),
            excerpt: Excerpt::default(),
        }
    }
}

impl fmt::Display for Fault {
    /// Writes the fault as compilers do: place and message, the line with a caret, the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", SpeltOut(&self.file), self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", SpeltOut(&self.path))?;
        }
        write!(f, "{} [{}]", SpeltOut(&self.message), self.code)?;
        if !self.excerpt.text.is_empty() {
            let Excerpt { text, before, width } = &self.excerpt;
            write!(f, "\n    {text}\n    {:before$}{:^<width$}", "", "^")?;
        }
        if !self.help.is_empty() {
            write!(f, "\n    help: {}", SpeltOut(&self.help))?;
        }
        Ok(())
    }
}

/// Text in which control characters, which a terminal would obey, are spelt out.
struct SpeltOut<'a>(&'a str);

impl fmt::Display for SpeltOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c.is_control() {
            true => write!(f, "{}", c.escape_default()),
            false => f.write_char(c),
        })
    }
}

/// All faults found so far, without repetition, in the order of files and places.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    faults: BTreeSet<Fault>,
    overflowed: bool,
    incomplete: bool,
}

impl Faults {
    /// How many faults are kept: beyond this the file is probably of another kind altogether.
    pub const LIMIT: usize = 1000;

    /// Adds a fault.
    pub fn report(&mut self, fault: Fault) {
        if self.faults.len() < Self::LIMIT {
            self.faults.insert(fault);
        } else if !self.overflowed && !self.faults.contains(&fault) {
            self.overflowed = true;
            self.faults.insert(Fault::of_file(
                TOO_MANY_FAULTS,
                fault.file,
                format!("there are more faults than the {} shown", Self::LIMIT),
                "correct these first, then check again",
            ));
        }
    }

    /// Whether nothing more is kept, so that describing another fault would be in vain.
    pub(super) fn is_full(&self) -> bool {
        self.overflowed
    }

    /// Adds all faults of `other`.
    pub fn append(&mut self, other: Self) {
        self.incomplete |= other.incomplete;
        for fault in other.faults {
            self.report(fault);
        }
    }

    /// Notes that a part of the files could not be read, so that what seems to be missing may be there.
    pub fn mark_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Whether a part of the files could not be read: then nothing is reported as missing or unknown by
    /// name, which would blame the reader for one fault twice.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// How many faults there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.faults.len()
    }

    /// The faults in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::collections::btree_set::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.faults.into_iter()
    }
}

impl Serialize for Faults {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.faults)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

fault_codes! {
    /// Every kind of fault that the language itself can report.
    FILE_MISSING = "file-missing": "A file that was named does not exist.";
    FILE_UNREADABLE = "file-unreadable": "A file exists and cannot be read.";
    FILE_TOO_LARGE = "file-too-large": "A file is far larger than a scenario can be.";
    NOT_UTF8 = "not-utf8": "A file is not UTF-8 text.";
    BYTE_ORDER_MARK = "byte-order-mark": "A file begins with an invisible byte order mark.";
    EXTENDS_CYCLE = "extends-cycle": "A file extends itself, directly or through others.";
    EXTENDS_TOO_MANY = "extends-too-many": "More files extend each other than anybody can follow.";
    EXTENDS_MALFORMED = "extends-malformed": "What a file extends is neither a file name nor a list of them.";
    SYNTAX = "syntax": "The text is not TOML.";
    UNQUOTED_VALUE = "unquoted-value": "A value other than a number, a date, true or false lacks its quotes.";
    MISSING_VALUE = "missing-value": "A key has no value.";
    UNCLOSED = "unclosed": "A quote, a bracket or a brace is opened and never closed.";
    DUPLICATE_KEY = "duplicate-key": "A key is set twice in one table, or a table is opened twice.";
    TOO_DEEP = "too-deep": "Tables and lists are nested deeper than any scenario needs.";
    IMPOSSIBLE_DATE = "impossible-date": "A date that no calendar has.";
    TIME_OF_DAY = "time-of-day": "A time of day where a day is wanted.";
    QUOTED_DATE = "quoted-date": "A date in quotes.";
    NUMBER_TOO_LARGE = "number-too-large": "A number larger than the program can hold.";
    DUPLICATE_NAME = "duplicate-name": "Two entries of one list have the same name.";
    NOTHING_TO_REMOVE = "nothing-to-remove": "An entry with `remove = true` names nothing that could be removed.";
    OVERRIDE_MALFORMED = "override-malformed": "An override is not of the form path=value.";
    PATH_MALFORMED = "path-malformed": "A path has an empty or badly quoted part.";
    PATH_UNMATCHED = "path-unmatched": "A path names an entry that does not exist.";
    PATH_INTO_VALUE = "path-into-value": "A path goes on beneath a plain value.";
    WRONG_TYPE = "wrong-type": "A value of one type where another is wanted.";
    UNKNOWN_KEY = "unknown-key": "A key that means nothing here.";
    MISSING_KEY = "missing-key": "A key that must be there is not.";
    UNKNOWN_CHOICE = "unknown-choice": "A word that is not among the choices.";
    OUT_OF_RANGE = "out-of-range": "A value outside what can be.";
    NEGATIVE = "negative": "A negative value of something that cannot be negative.";
    NOT_FINITE = "not-finite": "A value that is not a number, or is infinite.";
    NOT_WHOLE = "not-whole": "A broken number where a whole one is wanted.";
    MALFORMED_NUMBER = "malformed-number": "Text that should begin with a number and does not.";
    MISSING_PERCENT = "missing-percent": "A whole number where a percentage is wanted: 35 may mean 35% or 3500%.";
    MISSING_SIGN = "missing-sign": "A change without its sign.";
    MISSING_UNIT = "missing-unit": "A number without the unit it needs.";
    WRONG_CURRENCY = "wrong-currency": "An amount in another currency than the scenario's.";
    UNKNOWN_UNIT = "unknown-unit": "A unit that is not known, or not usable here.";
    UNKNOWN_TIME_ZONE = "unknown-time-zone": "A time zone that is not in the IANA database.";
    MALFORMED_NAME = "malformed-name": "A name with characters that names cannot have.";
    EMPTY_TEXT = "empty-text": "A text with nothing in it.";
    CONTROL_CHARACTER = "control-character": "A text with a character that is not seen, such as an escape.";
    UNKNOWN_ASSUMPTION = "unknown-assumption": "A word that is neither a value nor the name of an assumption.";
    RANGE_ORDER = "range-order": "An assumption whose low, base and high are not in order.";
    OUTSIDE_RANGE = "outside-range": "A note: an override put an assumption outside its stated range.";
    ASSUMPTION_MALFORMED = "assumption-malformed": "An assumption that is not written with low, base, high and source.";
    DISTRIBUTION_INVALID = "distribution-invalid": "A distribution whose parameters contradict each other.";
    COLUMN_MISSING = "column-missing": "A column that the data file does not have.";
    DATA_MALFORMED = "data-malformed": "A row or value of a data file that cannot be read.";
    DATA_EMPTY = "data-empty": "A data file without a single value.";
    TOO_MANY_FAULTS = "too-many-faults": "More faults than are shown.";
}
