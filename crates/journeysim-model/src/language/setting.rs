//! Settings: values of a document read into types, with every fault found on the way.
//!
//! A type that can be set says how it is read and what its JSON Schema is ([`Setting`]). Tables are declared
//! by [`settings!`](super::settings), words by [`choices!`](super::choices), tables of several kinds by
//! [`kinds!`](super::kinds); quantities are settings by themselves. Reading never stops at a fault: `None`
//! means that one was reported, and whatever can still be read is read.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::assumption::{AssumptionUse, Assumptions};
use super::document::{Document, refusal};
use super::fault::{
    DUPLICATE_NAME, Fault, FaultCode, Faults, MISSING_KEY, UNKNOWN_CHOICE, UNKNOWN_KEY, WRONG_TYPE,
};
use super::nearest;
use super::node::{Node, Table, Value};
use super::overrides::ASSUME;
use super::path;
use super::quantity::Complaint;
use super::schema::Definitions;
#[cfg(test)]
use super::source::Texts;
use super::source::{FileReader, Origin, Sources, resolve};

/// Something that can be set in a scenario file.
pub trait Setting: Sized {
    /// Reads it from a node; `None` if that is not possible, and the fault has been reported.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// Its JSON Schema.
    fn schema(definitions: &mut Definitions) -> Json;

    /// What is right to write, such as `a share such as "35%"`.
    fn wanted() -> String;

    /// What it is where nothing is written; `None` if something must be.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// What stands in for one that is at fault, so that everything else can be checked in the same pass.
    /// Nothing is ever run with it.
    #[must_use]
    fn stand_in() -> Option<Self> {
        None
    }
}

/// What came of reading a document.
#[derive(Debug, Clone)]
pub struct Reading<T> {
    /// The settings; `None` if anything in them is at fault.
    pub value: Option<T>,
    /// Where there is no value: the settings with something that stands in for each of those at fault, for
    /// checks that are not about them; `None` if not even that could be read.
    pub partial: Option<T>,
    /// Every use of an assumption, in the order of the reading.
    pub assumptions: Vec<AssumptionUse>,
    /// Names of assumptions that nothing uses, in their order in the file.
    pub unused: Vec<String>,
    /// What is no fault and worth knowing: bases that an override put outside their range.
    pub notes: Vec<Fault>,
}

impl Document {
    /// Reads the document as settings of type `T`; faults are added to `faults`.
    pub fn read<T: Setting>(&self, files: &mut dyn FileReader, faults: &mut Faults) -> Reading<T> {
        let assumptions = self.root.as_table().and_then(|table| table.get(ASSUME));
        let mut reader = Reader {
            sources: &self.sources,
            files,
            faults,
            assumptions: Assumptions::default(),
            path: String::new(),
            currency: self.currency(),
            names: Vec::new(),
            failed: false,
        };
        reader.take_assumptions(assumptions);
        let read = T::read(&self.root, &mut reader);
        let (value, partial) = if reader.failed { (None, read) } else { (read, None) };
        let Assumptions { uses, notes, .. } = reader.assumptions;
        let named = assumptions.and_then(Node::as_table).into_iter().flat_map(Table::keys);
        let is_used = |name: &str| uses.iter().any(|assumption| assumption.name.as_deref() == Some(name));
        let unused = named.filter(|name| !is_used(name)).map(str::to_owned).collect();
        Reading { value, partial, assumptions: uses, unused, notes }
    }
}

impl Document {
    /// The currency of all amounts: what the document's `currency` says, or US dollars.
    fn currency(&self) -> &str {
        self.root.as_table().and_then(|table| table.get("currency")?.as_text()).unwrap_or("USD")
    }
}

/// Where a reading stands, and what it has found so far.
pub struct Reader<'a> {
    pub(super) sources: &'a Sources,
    files: &'a mut dyn FileReader,
    pub(super) faults: &'a mut Faults,
    pub(super) assumptions: Assumptions<'a>,
    pub(super) path: String,
    pub(super) currency: &'a str,
    /// Names of the entries of the list that is being read.
    names: Vec<String>,
    /// Whether a fault was reported, by this reading or, in the same words, by an earlier one.
    failed: bool,
}

impl Reader<'_> {
    /// The path of what is being read, such as `touchpoint.kickoff.effort`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reports a fault of what is being read. Returns `None`, so that it can end a reading.
    pub fn fault<T>(
        &mut self,
        code: FaultCode,
        at: Origin,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.failed = true;
        if !self.faults.is_full() {
            self.faults.report(Fault::new(code, self.sources, at, self.path.as_str(), message, help));
        }
        None
    }

    /// Notes that something is at fault which has been reported before, such as a value that is no TOML.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Reports what a quantity has to complain about.
    pub fn complain<T>(&mut self, node: &Node, complaint: Complaint) -> Option<T> {
        self.fault(complaint.code, node.origin, complaint.message, complaint.help)
    }

    /// Reports that something else is wanted than was written.
    pub fn wrong_type<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        if node.value == Value::Broken {
            return None;
        }
        let message = format!("{node} is {}, where {wanted} is wanted", node.kind());
        self.fault(WRONG_TYPE, node.origin, message, format!("write {wanted}"))
    }

    /// Reports a word that is not among the choices.
    pub fn unknown_choice<T>(&mut self, node: &Node, kind: &str, choices: &[&str]) -> Option<T> {
        let Some(written) = node.as_text() else {
            return self.wrong_type(node, &format!("one of {}", quoted(choices)));
        };
        let message = format!("{node} is no {kind}");
        self.fault(UNKNOWN_CHOICE, node.origin, message, nearest::hint(written, "choices", choices))
    }

    /// Reads something that lies deeper, under `key`.
    pub fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let length = path::push(&mut self.path, key);
        let value = read(self);
        self.path.truncate(length);
        value
    }

    /// Reads the entry of a list, which is called by its name or counted from 1.
    pub fn entry<T>(
        &mut self,
        at: usize,
        node: &Node,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let length = path::push_entry(&mut self.path, at, node.name());
        let value = read(self);
        self.path.truncate(length);
        value
    }

    /// The table that a node is, after reporting each key in it that is not among `keys`.
    pub fn table<'n>(&mut self, node: &'n Node, wanted: &str, keys: &[&str]) -> Option<&'n Table> {
        let Some(table) = node.as_table() else { return self.wrong_type(node, wanted) };
        let is_root = self.path.is_empty();
        for (key, _) in table.iter().filter(|(key, _)| !keys.contains(&key.text.as_str())) {
            if is_root && key.text == ASSUME {
                continue;
            }
            if self.faults.is_full() {
                self.failed = true;
                break;
            }
            self.within(&key.text, |reader| {
                let message = format!("`{}` means nothing here", super::node::shortened(&key.text));
                reader.fault::<()>(UNKNOWN_KEY, key.origin, message, nearest::hint(&key.text, "keys", keys))
            });
        }
        Some(table)
    }

    /// Reads what stands under `key`, which must be there unless its type says what it is in its absence.
    pub fn required<T: Setting>(&mut self, node: &Node, key: &str, meaning: &str) -> Option<T> {
        if let Some(value) = node.as_table().and_then(|table| table.get(key)) {
            return self.within(key, |reader| T::read(value, reader));
        }
        T::absent().or_else(|| {
            let meaning = first_sentence(meaning);
            let meaning = if meaning.is_empty() { String::new() } else { format!(" ({meaning})") };
            let meant = self.meant(node).map_or(String::new(), |near| format!("did you mean `{near}`? or "));
            let help = format!("{meant}add `{key}`: {}{meaning}", T::wanted());
            self.missing(node, key, help)
        })
    }

    /// The entry of the same list that somebody may have meant who named this one, which is incomplete: a slip in
    /// a name makes a new entry of what should have changed another.
    fn meant(&self, node: &Node) -> Option<&str> {
        let name = node.name()?;
        nearest::nearest(name, self.names.iter().map(String::as_str).filter(|other| *other != name))
    }

    /// Reads the entries of a list, whose names are known to each other.
    pub(super) fn among<T>(&mut self, entries: &[Node], read: impl FnOnce(&mut Self) -> T) -> T {
        let names = entries.iter().filter_map(Node::name).map(str::to_owned).collect();
        let outer = std::mem::replace(&mut self.names, names);
        let value = read(self);
        self.names = outer;
        value
    }

    /// Reads what stands under `key`, or takes the default.
    pub fn defaulted<T: Setting>(
        &mut self,
        node: &Node,
        key: &str,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        match node.as_table().and_then(|table| table.get(key)) {
            Some(value) => self.within(key, |reader| T::read(value, reader)),
            None => Some(default()),
        }
    }

    /// Reports a key that must be there; not while parts of the files could not be read.
    pub fn missing<T>(&mut self, node: &Node, key: &str, help: String) -> Option<T> {
        if self.faults.is_incomplete() {
            self.failed = true;
            return None;
        }
        self.within(key, |reader| reader.fault(MISSING_KEY, node.origin, format!("`{key}` is missing"), help))
    }

    /// The word under `tag` that says of which kind a table is.
    pub fn tag<'n>(&mut self, node: &'n Node, tag: &str, wanted: &str, kinds: &[&str]) -> Option<&'n str> {
        let Some(table) = node.as_table() else { return self.wrong_type(node, wanted) };
        let Some(value) = table.get(tag) else {
            return self.missing(node, tag, format!("add `{tag}`, one of {}", quoted(kinds)));
        };
        match value.as_text() {
            Some(kind) if kinds.contains(&kind) => Some(kind),
            _ if value.value == Value::Broken => None,
            _ => self.within(tag, |reader| reader.unknown_choice(value, tag, kinds)),
        }
    }

    /// Reports each entry of a list whose name an earlier entry has; returns whether there is none.
    pub(super) fn names_differ(&mut self, entries: &[Node]) -> bool {
        let mut seen = BTreeSet::new();
        let mut differ = true;
        for (at, entry) in entries.iter().enumerate() {
            let Some(name) = entry.as_table().and_then(|table| table.get("name")) else { continue };
            if name.as_text().is_some_and(|text| !seen.insert(text)) {
                differ = false;
                self.entry(at, entry, |reader| {
                    let message = format!("there is already one named {name}");
                    let help = "give each its own name, or remove one";
                    reader.fault::<()>(DUPLICATE_NAME, name.origin, message, help)
                });
            }
        }
        differ
    }

    /// The bytes of the file that a node names, relative to the file it is written in.
    pub fn file(&mut self, node: &Node, limit: u64) -> Option<Vec<u8>> {
        let Some(written) = node.as_text().filter(|name| !name.trim().is_empty()) else {
            return self.wrong_type(node, "the name of a file");
        };
        let file = resolve(&self.sources.folder(node.origin), written);
        self.files.read(Path::new(&file), limit).map_or_else(
            |error| {
                let complaint = refusal(&file, &error, limit, self.files);
                self.complain(node, complaint)
            },
            Some,
        )
    }
}

/// Names in quotes, with commas between.
fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The first sentence of a description, without its full stop.
fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text.find(". ").or_else(|| text.find(".\n")).unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

/// Reads settings from a text in which nothing is wrong.
#[cfg(test)]
pub(crate) fn read_right<T: Setting>(text: &str) -> T {
    let mut files = Texts::new([("right.toml", text)]);
    let mut faults = Faults::default();
    let document = Document::load("right.toml", &mut files, &mut faults);
    document.read(&mut files, &mut faults).value.unwrap_or_else(|| panic!("{faults}"))
}
