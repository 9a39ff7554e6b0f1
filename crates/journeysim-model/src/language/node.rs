//! The tree of a document: values that know where they were written.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::source::Origin;

/// A value and the place it comes from.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written. A table's place is its heading, or its braces.
    pub origin: Origin,
    /// Whether this replaced the base of a ranged value, which may then lie outside its range.
    pub replaced: bool,
}

/// What can be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text in quotes.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent; may be `nan` or `inf`, which no setting accepts.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// Values in brackets, or the tables under one `[[heading]]`.
    Array(Vec<Node>),
    /// Keys with values.
    Table(Table),
    /// Something whose fault has been reported already.
    Broken,
}

/// Keys with values, in the order written.
#[derive(Debug, Clone, Default)]
pub struct Table {
    entries: Vec<(Key, Node)>,
    index: BTreeMap<String, usize>,
}

/// A key and the place it was written.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key without quotes.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// Whether an override's path made it: then a name that was not there before is a slip.
    pub by_path: bool,
}

impl Node {
    /// A value at a place.
    #[must_use]
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin, replaced: false }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of the key `name`, if this is a table that has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.as_table()?.get("name")?.as_text()
    }

    /// Whether it is text or a number: what a quantity is written as.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        matches!(self.value, Value::String(_) | Value::Integer(_) | Value::Float(_))
    }

    /// Whether it is an assumption with its range: a table with `base` and a `low` or a `high`.
    #[must_use]
    pub fn is_ranged(&self) -> bool {
        self.as_table().is_some_and(|table| {
            table.get("base").is_some() && (table.get("low").is_some() || table.get("high").is_some())
        })
    }

    /// The tree as TOML, to be read again. What is at fault is left out, and so are places.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(&AsToml(self)).expect("a tree without faults is TOML")
    }

    /// What kind of value it is, as a person would say.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::String(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Date(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
            Value::Broken => "a fault",
        }
    }
}

/// Equal values are equal wherever they were written.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Display for Node {
    /// Shows the value as it would be written, shortened to some forty characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::String(text) => write!(f, "{:?}", shortened(text)),
            Value::Integer(number) => number.fmt(f),
            Value::Float(number) => write!(f, "{number:?}"),
            Value::Boolean(yes) => yes.fmt(f),
            Value::Date(date) => date.fmt(f),
            Value::Array(_) => f.write_str("[...]"),
            Value::Table(_) => f.write_str("{...}"),
            Value::Broken => f.write_str("?"),
        }
    }
}

/// Cuts a text that is too long to show.
#[must_use]
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

impl Table {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.index.get(key).map(|&at| &self.entries[at].1)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.index.get(key).map(|&at| &mut self.entries[at].1)
    }

    /// Sets `key`, in its old place if it is there already.
    pub fn insert(&mut self, key: Key, node: Node) {
        match self.index.get(&key.text) {
            Some(&at) => self.entries[at] = (key, node),
            None => {
                self.index.insert(key.text.clone(), self.entries.len());
                self.entries.push((key, node));
            }
        }
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.index.remove(key)?;
        for later in self.index.values_mut().filter(|later| **later > at) {
            *later -= 1;
        }
        Some(self.entries.remove(at).1)
    }

    /// Keys and values in the order written.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Node)> {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    /// Keys and values in the order written, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Node)> {
        self.entries.iter_mut().map(|(key, node)| (&*key, node))
    }

    /// The keys in the order written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.text.as_str())
    }
}

impl IntoIterator for Table {
    type Item = (Key, Node);
    type IntoIter = std::vec::IntoIter<(Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Equal tables have the same keys with equal values, in whatever order.
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.iter().all(|(key, node)| other.get(&key.text) == Some(node))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::String(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Boolean(yes) => serializer.serialize_bool(*yes),
            Value::Date(date) => serializer.collect_str(date),
            Value::Array(nodes) => serializer.collect_seq(nodes),
            Value::Table(table) => {
                serializer.collect_map(table.iter().map(|(key, node)| (key.text.as_str(), node)))
            }
            Value::Broken => serializer.serialize_unit(),
        }
    }
}

/// A node for a TOML writer, which has dates, where JSON has texts.
struct AsToml<'a>(&'a Node);

impl Serialize for AsToml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = |node: &Node| node.value != Value::Broken;
        match &self.0.value {
            Value::Date(date) => {
                let date =
                    date.to_string().parse::<toml::value::Datetime>().map_err(serde::ser::Error::custom)?;
                date.serialize(serializer)
            }
            Value::Array(nodes) => {
                serializer.collect_seq(nodes.iter().filter(|node| whole(node)).map(AsToml))
            }
            Value::Table(table) => serializer.collect_map(
                table
                    .iter()
                    .filter(|(_, node)| whole(node))
                    .map(|(key, node)| (key.text.as_str(), AsToml(node))),
            ),
            _ => self.0.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(keys: &[(&str, i64)]) -> Table {
        let mut table = Table::default();
        for (text, number) in keys {
            let key = Key { text: (*text).to_owned(), origin: Origin::default(), by_path: false };
            table.insert(key, Node::new(Value::Integer(*number), Origin::default()));
        }
        table
    }

    #[test]
    fn a_table_keeps_its_order_through_setting_and_removing() {
        let mut keys = table(&[("c", 1), ("a", 2), ("b", 3), ("a", 4)]);
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["c", "a", "b"]);
        assert_eq!(keys.remove("c"), Some(Node::new(Value::Integer(1), Origin::default())));
        assert_eq!(keys.remove("c"), None);
        assert_eq!(keys.get("a").map(ToString::to_string), Some("4".to_owned()));
        assert_eq!(keys, table(&[("b", 3), ("a", 4)]));
        assert_ne!(keys, table(&[("b", 3), ("x", 4)]));
    }

    #[test]
    fn a_node_serializes_as_what_it_holds() {
        let node = Node::new(Value::Table(table(&[("b", 3), ("a", 4)])), Origin::default());
        assert_eq!(serde_json::to_string(&node).expect("a tree is JSON"), r#"{"b":3,"a":4}"#);
    }
}
