//! Options that mean the same in every command.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::value_parser;

use crate::language::Count;
use crate::output::events::Wanted;
use crate::output::folder::{FolderError, Place, Standing};
use crate::output::sheet::{FORMATS, Format};
use crate::questions::Subject;
use crate::questions::wrong::WrongInput;

/// Refuses a file, if one is named, that cannot be written for want of its folder, before somebody waits for what it is to hold.
pub(super) fn refuse_unwritable(file: Option<&Path>) -> Result<(), WrongInput> {
    let Some(file) = file else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let words = match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => format!("there is no folder {} to write {} into", folder.display(), file.display()),
        None if file.is_dir() => format!("{} is a folder: name a file", file.display()),
        None => return Ok(()),
    };
    Err(WrongInput::Words(words))
}

/// The largest seed, as a scenario can state it.
pub(super) const LARGEST_SEED: u64 = i64::MAX as u64;

/// The most replications, as a scenario can state them.
const MOST_REPLICATIONS: i64 = Count::MOST as i64;

/// A scenario, how it is run, and what is kept of it.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ScenarioArgs {
    /// The scenario file
    pub(super) scenario: String,
    #[command(flatten)]
    pub(super) changes: Changes,
    #[command(flatten)]
    pub(super) effort: Effort,
    #[command(flatten)]
    pub(super) keeping: Keeping,
}

/// Changes of any scenario value.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Changes {
    /// Seed of all randomness
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=LARGEST_SEED))]
    seed: Option<u64>,
    /// Number of independent repetitions
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=MOST_REPLICATIONS))]
    replications: Option<u32>,
    /// Override any scenario value, such as touchpoint.check-in.every=30d (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// How a run is carried out, which changes nothing of its results.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct Effort {
    /// Number of threads; all cores if absent
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub(super) threads: Option<u32>,
}

/// What is kept of a run.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Keeping {
    /// Write the run folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a run folder that exists
    #[arg(long, requires = "out")]
    force: bool,
    /// Go on with the run in the folder, if there is one, unless it is of another scenario
    #[arg(long, requires = "out", conflicts_with = "force")]
    resume: bool,
    /// Format of the run folder's tables
    #[arg(long, value_name = "FORMAT", requires = "out",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    format: Option<String>,
}

/// What is listed of a run's accounts.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AccountsOf {
    /// Replications whose accounts the run folder lists, counted from 0: 17 is one, 0..3 the first three; the first
    /// one if absent
    #[arg(long, value_name = "REPLICATIONS", requires = "out", value_parser = replications)]
    accounts_of: Option<Range<u32>>,
    /// Also write the event log of those replications, as a table
    #[arg(long, requires = "out")]
    events: bool,
    /// Also write the event log of those replications object by object (OCEL 2.0), one file for each variant and replication
    #[arg(long, requires = "out")]
    ocel: bool,
    /// Accounts whose events are written, counted from 0: 17 is one, 0..20 the first twenty (repeatable); all if absent
    #[arg(long, value_name = "ACCOUNTS", requires = "out", value_parser = accounts)]
    events_of: Vec<Range<u32>>,
}

impl ScenarioArgs {
    /// Returns what is asked about.
    pub(super) fn subject(&self) -> Subject {
        Subject::on_disk(&self.scenario, self.changes.overrides())
    }
}

impl Changes {
    /// Returns all changes as texts of the form `path=value`; the options with a name of their own come last.
    pub(super) fn overrides(&self) -> Vec<String> {
        let mut overrides = self.set.clone();
        overrides.extend(self.seed.map(|seed| format!("seed={seed}")));
        overrides.extend(self.replications.map(|number| format!("replications={number}")));
        overrides
    }
}

impl Keeping {
    /// Keeps a run in `out`, where one is given, as a table `format`.
    pub(super) fn in_folder(out: Option<PathBuf>, force: bool, format: Option<String>) -> Self {
        Self { out, force, resume: false, format }
    }

    /// Whether a run folder is to be written.
    pub(super) fn is_asked(&self) -> bool {
        self.out.is_some()
    }

    /// Returns the place of the run folder, if one is to be written and may be.
    pub(super) fn place(&self) -> Result<Option<Place>, FolderError> {
        let standing = standing(self.force, self.resume);
        self.out.as_deref().map(|folder| Place::new(folder, standing)).transpose()
    }

    /// Returns the format of the run folder's tables.
    pub(super) fn format(&self) -> &'static Format {
        format(self.format.as_deref())
    }
}

/// Returns what is done about a run that is there already.
pub(super) fn standing(force: bool, resume: bool) -> Standing {
    match (force, resume) {
        (true, _) => Standing::IsReplaced,
        (_, true) => Standing::GoesOn,
        _ => Standing::Stays,
    }
}

/// Returns the format called `name`, or the usual one.
pub(super) fn format(name: Option<&str>) -> &'static Format {
    let asked = name.and_then(|name| FORMATS.iter().find(|format| format.name == name));
    asked.unwrap_or(&FORMATS[0])
}

impl AccountsOf {
    /// Returns the replications whose accounts are kept, of the first `replications`; where nothing is kept, none.
    pub(super) fn of_first(&self, replications: u32, is_kept: bool) -> Result<Range<u32>, WrongInput> {
        let first = if is_kept { 0..1 } else { 0..0 };
        let asked = self.accounts_of.clone().unwrap_or(first);
        if asked.end <= replications {
            return Ok(asked);
        }
        let words = format!(
            "--accounts-of asks for replication {}, but there are {replications}, counted from 0: the last is {}",
            asked.end - 1,
            replications - 1
        );
        Err(WrongInput::Words(words))
    }

    /// Returns what is to be written of the event log.
    pub(super) fn events(&self) -> Result<Wanted, WrongInput> {
        let wanted = Wanted { flat: self.events, ocel: self.ocel, accounts: self.events_of.clone() };
        if !wanted.accounts.is_empty() && !wanted.is_any() {
            let words = "--events-of says whose events are written: add --events, --ocel or both";
            return Err(WrongInput::Words(words.to_owned()));
        }
        Ok(wanted)
    }
}

/// Reads replications: `17`, or `0..3` for those from the first up to, and not with, the second.
fn replications(written: &str) -> Result<Range<u32>, String> {
    range(written, "replication")
}

/// Reads accounts as [`replications`] are read.
fn accounts(written: &str) -> Result<Range<u32>, String> {
    range(written, "account")
}

fn range(written: &str, what: &str) -> Result<Range<u32>, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let range = match written.split_once("..") {
        Some((from, to)) => number(from).zip(number(to)),
        None => number(written).and_then(|only| Some((only, only.checked_add(1)?))),
    };
    let range = range.filter(|(from, to)| from < to);
    range
        .map(|(from, to)| from..to)
        .ok_or_else(|| format!("write one {what} such as 17, or several such as 0..3, which are 0, 1 and 2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replications_are_written_one_by_one_or_as_a_range_without_its_end() {
        for (written, expected) in [
            ("0", Some(0..1)),
            ("17", Some(17..18)),
            ("0..3", Some(0..3)),
            ("5 .. 9", Some(5..9)),
            ("3..3", None),
            ("3..2", None),
            ("..3", None),
            ("0..=3", None),
            ("-1", None),
            ("4294967295", None),
            ("all", None),
        ] {
            assert_eq!(replications(written).ok(), expected, "{written}");
        }
    }
}
