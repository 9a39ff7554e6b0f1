//! What a page asks to be run, and the scenario file that says the same.
//!
//! Whatever is changed in the browser becomes a scenario file that extends the chosen one. That file is read and run like
//! any other, so that running it on the command line gives the same results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::experiment::read;
use crate::experiment::trace::lives;
use crate::language::fault::Faults;
use crate::language::nearest;
use crate::language::node::{Key, Node, Table, Value};
use crate::language::source::{Origin, resolve};
use crate::output::trace::{self, Traced};
use crate::scenario::load::{Experiment, InputFile};
use crate::serve::app::is_below;
use crate::serve::folder::{Folder, Reading};

/// The most replications of one run, each variant counted: their weeks are kept in memory until the run is finished.
pub(super) const MOST_CELLS: u32 = 2_000;

/// The most account-days of one replication, at its opening.
const MOST_ACCOUNT_DAYS: u64 = 100_000_000;

/// The most variants of one run.
const MOST_WAYS: usize = 32;

/// The scenario that a page works on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    /// The scenario's file, below the folder.
    pub(super) file: String,
    /// What stands in files that were edited, by path below the folder.
    #[serde(default)]
    pub(super) edited: BTreeMap<String, String>,
    /// A list of accounts that was uploaded, by its number.
    #[serde(default)]
    pub(super) book: Option<u64>,
}

/// One way to run the scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Way {
    /// Its name among those that are compared.
    pub(super) name: String,
    /// The variant of the scenario that it starts from; absent: the scenario as it stands.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// Paths and what they are set to, in order.
    #[serde(default)]
    pub(super) changes: Vec<(String, Json)>,
}

/// A run that is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// What is run.
    #[serde(default)]
    pub(super) subject: Option<Subject>,
    /// A run of the same, where no subject is named.
    #[serde(default)]
    pub(super) like: Option<u64>,
    /// The ways that are compared, the first being what the others are compared with.
    pub(super) ways: Vec<Way>,
    /// Number of replications; absent: the scenario's.
    #[serde(default)]
    pub(super) replications: Option<u32>,
    /// Seed; absent: the scenario's.
    #[serde(default)]
    pub(super) seed: Option<u64>,
    /// Whether a few replications will do, and nothing is kept but their means.
    #[serde(default)]
    pub(super) rough: bool,
    /// Whether it goes on when the page is gone.
    #[serde(default)]
    pub(super) keep: bool,
    /// A run of the same page that is of no use any more.
    #[serde(default)]
    pub(super) replaces: Option<u64>,
}

/// A list of accounts that stands in the place of a file.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// Its file name.
    pub(super) name: String,
    /// What stands in it.
    pub(super) bytes: Arc<[u8]>,
}

/// Why nothing can be run.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Faults in the scenario or in what was changed.
    Faults(Faults),
    /// Something else, in words that say what would be right.
    Words(String),
}

impl From<Faults> for Refusal {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// A run that can begin.
#[derive(Debug)]
pub(super) struct Plan {
    /// What it is about.
    pub(super) subject: Subject,
    /// The ways that are compared.
    pub(super) ways: Vec<Way>,
    /// What is run.
    pub(super) experiment: Experiment,
    /// The scenario file that says so.
    pub(super) overlay: String,
    /// The name of that file.
    pub(super) overlay_name: String,
    /// What stands in for files.
    pub(super) laid_over: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl Plan {
    /// Returns the life of an account in the first replication as a page; under two variants, side by side.
    ///
    /// # Errors
    ///
    /// Words where there is no such account or variant.
    pub(super) fn life(&self, account: u32, names: &[String]) -> Result<String, String> {
        let known = &self.experiment.variants;
        let variants: Vec<usize> =
            names.iter().map(|name| self.variant(name)).collect::<Result<_, String>>()?;
        let lives = lives(&self.experiment, &variants, 0, account).map_err(|error| error.to_string())?;
        let traced: Vec<Traced<'_>> = variants
            .iter()
            .zip(&lives)
            .map(|(&at, life)| Traced { variant: &known[at].name, scenario: &known[at].scenario, life })
            .collect();
        let book = known[self.experiment.baseline].scenario.book.as_ref();
        let name = book.and_then(|book| book.rows.get(account as usize)).map(|row| row.id.as_str());
        let Experiment { name: scenario, seed, .. } = &self.experiment;
        let subject = trace::Subject { scenario, seed: *seed, replication: 0, name };
        Ok(trace::page(subject, traced[0], traced.get(1).copied()))
    }

    /// Returns the number of a variant of the run.
    ///
    /// # Errors
    ///
    /// Words that name those there are, if there is none of this name.
    pub(super) fn variant(&self, name: &str) -> Result<usize, String> {
        let known: Vec<&str> = self.experiment.variants.iter().map(|variant| variant.name.as_str()).collect();
        known.iter().position(|known| *known == name).ok_or_else(|| {
            format!("the run has no variant `{name}`; {}", nearest::hint(name, "variants", &known))
        })
    }
}

impl Subject {
    /// Returns what tells it from all others.
    pub(super) fn key(&self) -> String {
        InputFile::of(&self.file, &serde_json::to_vec(self).unwrap_or_default()).sha256
    }

    /// Refuses files that are not below the folder.
    ///
    /// # Errors
    ///
    /// Words that name the first such file.
    pub(super) fn is_inside(&self) -> Result<(), Refusal> {
        let outside = std::iter::once(&self.file).chain(self.edited.keys()).find(|file| !is_below(file));
        let words = |file| format!("`{file}` is no path below the folder that is served");
        outside.map_or(Ok(()), |file| Err(Refusal::Words(words(file))))
    }

    /// Returns a reader of the folder with what was edited and uploaded laid over it.
    pub(super) fn reading(&self, folder: &Folder, upload: Option<&Upload>) -> Reading {
        folder.reading(self.laid_over(upload))
    }

    fn laid_over(&self, upload: Option<&Upload>) -> BTreeMap<PathBuf, Arc<[u8]>> {
        let edited = self.edited.iter();
        let mut laid_over: BTreeMap<PathBuf, Arc<[u8]>> =
            edited.map(|(file, text)| (resolve(Path::new(""), file), Arc::from(text.as_bytes()))).collect();
        if let Some(upload) = upload {
            laid_over.insert(self.beside(&upload.name), Arc::clone(&upload.bytes));
        }
        laid_over
    }

    /// Returns the path of a file of this name beside the scenario.
    fn beside(&self, name: &str) -> PathBuf {
        resolve(Path::new(""), &self.file).with_file_name(name)
    }

    /// Reads the scenario.
    ///
    /// # Errors
    ///
    /// All its faults.
    pub(super) fn read(&self, folder: &Folder, upload: Option<&Upload>) -> Result<Experiment, Faults> {
        let mut files = self.reading(folder, upload);
        // An override stands in no file, so its paths begin at the folder.
        let book = upload.iter().map(|upload| format!("book.file={:?}", self.beside(&upload.name)));
        let book: Vec<String> = book.collect();
        read::experiment(&self.file, &book, &mut files)
    }
}

impl Ask {
    /// Reads what is to be run.
    ///
    /// # Errors
    ///
    /// Faults of the scenario and of the changes, and whatever goes beyond what is run here.
    pub(super) fn plan(
        self,
        subject: Subject,
        folder: &Folder,
        upload: Option<&Upload>,
    ) -> Result<Plan, Refusal> {
        if self.ways.is_empty() || self.ways.len() > MOST_WAYS {
            return Err(Refusal::Words(format!(
                "a run compares 1 to {MOST_WAYS} ways, and {} are asked for",
                self.ways.len()
            )));
        }
        subject.is_inside()?;
        let standing = subject.read(folder, upload)?;
        let overlay = self.overlay(&standing, &subject.file, upload)?;
        let stem = Path::new(&subject.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
        let overlay_name = format!("{stem}-explored.toml");
        let path = subject.beside(&overlay_name);
        let mut laid_over = subject.laid_over(upload);
        laid_over.insert(path.clone(), Arc::from(overlay.as_bytes()));
        let file = path.to_str().unwrap_or_default();
        let mut experiment = read::experiment(file, &[], &mut folder.reading(laid_over.clone()))?;
        // A scenario with a design makes variants that nobody asked for here.
        experiment.variants.retain(|variant| self.ways.iter().any(|way| way.name == variant.name));
        let first = experiment.variants.iter().position(|variant| variant.name == self.ways[0].name);
        experiment.baseline = first.unwrap_or(0);
        within_limits(&experiment)?;
        Ok(Plan { subject, ways: self.ways, experiment, overlay, overlay_name, laid_over })
    }

    /// Writes the scenario file that says what is to be run.
    fn overlay(&self, standing: &Experiment, file: &str, upload: Option<&Upload>) -> Result<String, Refusal> {
        let base = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or(file);
        let mut text = format!(
            "# Tried in the browser. Saved beside {base}, `journeysim compare` gives the same results.\n\n"
        );
        let mut line = |key: &str, value: toml::Value| text.push_str(&format!("{key} = {value}\n"));
        line("name", format!("{}, explored", standing.name).into());
        line("extends", base.into());
        if let Some(replications) = self.replications {
            line("replications", i64::from(replications).into());
        }
        if let Some(seed) = self.seed {
            let seed = i64::try_from(seed);
            line(
                "seed",
                seed.map_err(|_| Refusal::Words("a seed is at most 9223372036854775807".to_owned()))?.into(),
            );
        }
        line("baseline", self.ways[0].name.as_str().into());
        // What is expected of the scenario is not expected of what is tried.
        line("expect", toml::Value::Array(Vec::new()));
        if let Some(upload) = upload {
            text.push_str(&format!("\n[book]\nfile = {}\n", toml::Value::from(upload.name.as_str())));
        }
        let listed = &standing.variants[0].scenario.file.variant;
        for variant in listed {
            let stays = self.ways.iter().any(|way| way.stands_for(variant.name.as_str()));
            if !stays {
                let name = toml::Value::from(variant.name.as_str());
                text.push_str(&format!("\n[[variant]]\nname = {name}\nremove = true\n"));
            }
        }
        // What the scenario's design makes, it makes here as well.
        let made = standing.variants.iter().filter(|variant| !variant.changes.is_empty());
        let known: Vec<&str> = made
            .map(|variant| variant.name.as_str())
            .chain(listed.iter().map(|variant| variant.name.as_str()))
            .collect();
        for way in self.ways.iter().filter(|way| !known.iter().any(|variant| way.stands_for(variant))) {
            text.push_str(&way.written(standing)?);
        }
        Ok(text)
    }
}

impl Way {
    /// Whether this is a variant of the scenario, unchanged.
    fn stands_for(&self, variant: &str) -> bool {
        self.name == variant && self.from.as_deref() == Some(variant) && self.changes.is_empty()
    }

    /// Writes it as a variant.
    fn written(&self, standing: &Experiment) -> Result<String, Refusal> {
        let found = |name: &String| {
            let variant = standing.variants.iter().find(|variant| variant.name == *name);
            variant.ok_or_else(|| Refusal::Words(format!("the scenario has no variant `{name}`")))
        };
        let from = self.from.as_ref().map(found).transpose()?;
        let taken = standing.variants[0]
            .scenario
            .file
            .variant
            .iter()
            .any(|variant| variant.name.as_str() == self.name);
        if taken {
            let words = format!("the scenario has a variant `{}` already: choose another name", self.name);
            return Err(Refusal::Words(words));
        }
        let mut text = format!("\n[[variant]]\nname = {}\n", toml::Value::from(self.name.as_str()));
        let mut set: Vec<(String, toml::Value)> = Vec::new();
        if let Some(from) = from {
            let listed = from.scenario.file.variant.iter().find(|variant| variant.name.as_str() == from.name);
            if let Some(variant) = listed {
                let extends: Vec<toml::Value> =
                    variant.extends.iter().map(|file| file.as_str().into()).collect();
                if !extends.is_empty() {
                    text.push_str(&format!("extends = {}\n", toml::Value::Array(extends)));
                }
                set.extend(variant.set.0.iter().map(|change| (change.path.clone(), as_toml(&change.value))));
            } else {
                // Made by a design: its values are numbers and short texts, which are shown as they would be written.
                set.extend(from.changes.iter().map(|(path, value)| (path.clone(), parsed(value))));
            }
        }
        for (path, value) in &self.changes {
            let value = toml::Value::try_from(value)
                .map_err(|_| Refusal::Words(format!("{path}: there is no value")))?;
            set.retain(|(known, _)| known != path);
            set.push((path.clone(), value));
        }
        let pair = |(path, value): &(String, toml::Value)| {
            format!("{} = {value}\n", toml::Value::from(path.as_str()))
        };
        if !set.is_empty() {
            let pairs: String = set.iter().map(pair).collect();
            text.push_str(&format!("[variant.set]\n{pairs}"));
        }
        Ok(text)
    }
}

/// Returns a value of a scenario as it would be written in a file.
fn as_toml(value: &Node) -> toml::Value {
    let mut table = Table::default();
    table.insert(Key { text: "value".to_owned(), origin: Origin::default(), by_path: false }, value.clone());
    parsed_table(&Node::new(Value::Table(table), Origin::default()).to_toml())
}

fn parsed(value: &str) -> toml::Value {
    parsed_table(&format!("value = {value}"))
}

fn parsed_table(text: &str) -> toml::Value {
    let table: Option<toml::Table> = text.parse().ok();
    table.and_then(|mut table| table.remove("value")).unwrap_or_else(|| "".into())
}

/// Refuses what would take more memory or time than a page can ask for.
fn within_limits(experiment: &Experiment) -> Result<(), Refusal> {
    let cells = u64::from(experiment.replications) * experiment.variants.len() as u64;
    if cells > u64::from(MOST_CELLS) {
        let words = format!(
            "{} replications of {} variants are more than the {MOST_CELLS} that are run here: ask for fewer, or use \
             the command line",
            experiment.replications,
            experiment.variants.len()
        );
        return Err(Refusal::Words(words));
    }
    for variant in &experiment.variants {
        let days = u64::from(variant.scenario.opening_accounts())
            * u64::from(variant.scenario.horizon.0.unsigned_abs());
        if days > MOST_ACCOUNT_DAYS {
            let words = format!(
                "{} accounts over {} days are more than is run here: make the book or the horizon smaller, or use the \
                 command line",
                variant.scenario.opening_accounts(),
                variant.scenario.horizon.0
            );
            return Err(Refusal::Words(words));
        }
    }
    Ok(())
}
