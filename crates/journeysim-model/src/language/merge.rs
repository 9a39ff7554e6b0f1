//! How a later text changes an earlier one.
//!
//! 1. Tables merge key by key.
//! 2. Lists whose entries are tables with a `name` merge by name, in the order of first appearance; an
//!    entry with `remove = true` takes the earlier one of its name out.
//! 3. A plain value over an assumption with its range (`base` with `low` or `high`) sets the base, and
//!    keeps range and source.
//! 4. A table of another kind (another `dist` or `kind`, an assumption over a distribution) replaces the
//!    table: their keys have nothing in common.
//! 5. Everything else is replaced.

use std::collections::BTreeMap;

use super::fault::{DUPLICATE_NAME, Fault, Faults, NOTHING_TO_REMOVE};
use super::nearest;
use super::node::{Node, Table, Value};
use super::path;
use super::source::Sources;

/// Whether a key says of which kind a table is; [`kinds!`](super::kinds) accepts no others.
#[must_use]
pub const fn is_tag(key: &str) -> bool {
    matches!(key.as_bytes(), b"dist" | b"kind")
}

/// Merges nodes, reporting what cannot be merged.
pub(super) struct Merging<'a> {
    pub(super) sources: &'a Sources,
    pub(super) faults: &'a mut Faults,
    pub(super) path: String,
}

impl Merging<'_> {
    /// Lays `over` on `under`.
    pub(super) fn lay(&mut self, under: &mut Node, over: Node) {
        if over.is_scalar() && under.is_ranged() {
            return set_base(under, over);
        }
        match (&mut under.value, over.value) {
            (Value::Table(below), Value::Table(above))
                if kind(&above).is_none_or(|it| kind(below) == Some(it)) =>
            {
                // What is wrong with the whole is for the one to mend who wrote on it last.
                under.origin = over.origin;
                self.tables(below, above);
            }
            (Value::Array(below), Value::Array(above)) if is_named(below) && is_named(&above) => {
                self.lists(below, above);
            }
            (_, value) => {
                *under = Node { value, ..over };
                self.settle(under);
            }
        }
    }

    /// Checks the lists inside a node that nothing lies beneath.
    fn settle(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Array(entries) if is_named(entries) => {
                let above = std::mem::take(entries);
                self.lists(entries, above);
            }
            Value::Table(table) => {
                for (key, node) in table.iter_mut() {
                    let length = path::push(&mut self.path, &key.text);
                    self.settle(node);
                    self.path.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn tables(&mut self, below: &mut Table, above: Table) {
        for (key, over) in above {
            let length = path::push(&mut self.path, &key.text);
            if let Some(under) = below.get_mut(&key.text) {
                self.lay(under, over);
            } else {
                let mut node = over;
                self.settle(&mut node);
                below.insert(key, node);
            }
            self.path.truncate(length);
        }
    }

    fn lists(&mut self, below: &mut Vec<Node>, above: Vec<Node>) {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (at, entry) in below.iter().enumerate() {
            places.extend(entry.name().map(|name| (name.to_owned(), at)));
        }
        let mut entries: Vec<Option<Node>> = std::mem::take(below).into_iter().map(Some).collect();
        let mut lines: BTreeMap<String, u32> = BTreeMap::new();
        for mut over in above {
            let Some(name) = over.name().map(str::to_owned) else {
                entries.push(Some(over));
                continue;
            };
            let length = path::push(&mut self.path, &name);
            let line = self.sources.line(over.origin);
            if let Some(first) = lines.get(&name) {
                let message = format!("there is already one named `{name}`, on line {first}");
                self.fault(DUPLICATE_NAME, &over, message, "give each its own name, or remove one");
            } else if is_removal(&over) {
                lines.insert(name.clone(), line);
                match places.get(&name) {
                    Some(&at) => entries[at] = None,
                    None => self.nothing_to_remove(&over, &name, &places),
                }
            } else if let Some(under) = places.get(&name).and_then(|&at| entries[at].as_mut()) {
                lines.insert(name, line);
                self.lay(under, over);
            } else {
                lines.insert(name, line);
                self.settle(&mut over);
                entries.push(Some(over));
            }
            self.path.truncate(length);
        }
        below.extend(entries.into_iter().flatten());
    }

    fn nothing_to_remove(&mut self, over: &Node, name: &str, places: &BTreeMap<String, usize>) {
        let names: Vec<&str> = places.keys().map(String::as_str).collect();
        let message = format!("nothing named `{name}` is there to remove");
        self.fault(NOTHING_TO_REMOVE, over, message, &nearest::hint(name, "names", &names));
    }

    fn fault(&mut self, code: super::fault::FaultCode, node: &Node, message: String, help: &str) {
        if self.faults.is_full() {
            return;
        }
        let at = node.as_table().and_then(|table| table.get("name")).unwrap_or(node).origin;
        self.faults.report(Fault::new(code, self.sources, at, self.path.as_str(), message, help));
    }
}

/// Sets the base of a ranged value.
fn set_base(ranged: &mut Node, mut base: Node) {
    base.replaced = true;
    if let Value::Table(table) = &mut ranged.value
        && let Some(node) = table.get_mut("base")
    {
        *node = base;
    }
}

/// What kind of table this is, where its keys depend on that.
fn kind(table: &Table) -> Option<&str> {
    let tag = table.iter().filter(|(key, _)| is_tag(&key.text)).find_map(|(_, node)| node.as_text());
    tag.or_else(|| table.get("base").map(|_| "an assumption"))
}

fn is_named(entries: &[Node]) -> bool {
    entries.iter().any(|entry| entry.name().is_some())
        && entries.iter().all(|entry| matches!(entry.value, Value::Table(_) | Value::Broken))
}

fn is_removal(entry: &Node) -> bool {
    let remove = entry.as_table().and_then(|table| table.get("remove"));
    remove.is_some_and(|remove| remove.value == Value::Boolean(true))
}
