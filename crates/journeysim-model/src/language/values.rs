//! Settings that are no quantities: names, texts, switches, dates, lists, tables with free keys, overrides.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::fault::{
    CONTROL_CHARACTER, EMPTY_TEXT, IMPOSSIBLE_DATE, MALFORMED_NAME, NEGATIVE, OUT_OF_RANGE, PATH_UNMATCHED,
    QUOTED_DATE,
};
use super::nearest;
use super::node::{Key, Node, Table, Value};
use super::overrides::Override;
use super::quantity::{Complaint, text_schema};
use super::schema::Definitions;
use super::setting::{Reader, Setting};

/// The name of something in a scenario: letters, digits, `-` and `_`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Name(String);

impl Name {
    /// The longest name. \[characters\]
    pub const LONGEST: usize = 64;

    /// The name that `text` is.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let valid = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits);
        if valid && text.len() <= Self::LONGEST {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("{:?} is not a name", super::node::shortened(text));
        let plain: String = text.trim().chars().map(|c| if fits(c) { c } else { '-' }).collect();
        let plain = plain.trim_matches(['-', '_']).to_lowercase();
        let help = if plain.is_empty() || plain.len() > Self::LONGEST {
            format!("names have 1 to {} letters, digits, - and _", Self::LONGEST)
        } else {
            format!("write {plain:?}: names have letters, digits, - and _")
        };
        Err(Complaint::new(MALFORMED_NAME, message, help))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for Name {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.as_text() else { return reader.wrong_type(node, &Self::wanted()) };
        Self::parse(text).map_or_else(|complaint| reader.complain(node, complaint), Some)
    }

    fn schema(_: &mut Definitions) -> Json {
        text_schema("^[A-Za-z0-9][A-Za-z0-9_-]*$")
    }

    fn stand_in() -> Option<Self> {
        Some(Self("unnamed".to_owned()))
    }

    fn wanted() -> String {
        "a name such as \"check-in\"".to_owned()
    }
}

/// Words for people, not empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Text(String);

impl Text {
    /// The words, for use as a default.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for Text {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_text() {
            Some(text) if text.trim().is_empty() => {
                reader.fault(EMPTY_TEXT, node.origin, "the text is empty", "write it, or remove the key")
            }
            Some(text) if let Some(unseen) = control_character(text) => {
                let message = format!("the text holds the control character U+{:04X}", u32::from(unseen));
                reader.fault(CONTROL_CHARACTER, node.origin, message, "leave it out: nobody would see it")
            }
            Some(text) => Some(Self(text.trim().to_owned())),
            None => reader.wrong_type(node, &Self::wanted()),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn stand_in() -> Option<Self> {
        Some(Self("unnamed".to_owned()))
    }

    fn wanted() -> String {
        "a text in quotes".to_owned()
    }
}

/// The first control character that is no tab and ends no line: a terminal obeys it, and XML cannot hold it.
fn control_character(text: &str) -> Option<char> {
    text.replace("\r\n", "\n").chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

impl Setting for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Boolean(yes) => Some(yes),
            _ => reader.wrong_type(node, &Self::wanted()),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "boolean" })
    }

    fn stand_in() -> Option<Self> {
        Some(false)
    }

    fn wanted() -> String {
        "true or false without quotes".to_owned()
    }
}

/// A whole number that only labels something, such as a seed.
impl Setting for u64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Integer(number) => match Self::try_from(number) {
                Ok(number) => Some(number),
                Err(_) => {
                    reader.fault(NEGATIVE, node.origin, format!("{node} is negative"), "write 0 or more")
                }
            },
            _ => reader.wrong_type(node, &Self::wanted()),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "integer", "minimum": 0 })
    }

    fn stand_in() -> Option<Self> {
        Some(1)
    }

    fn wanted() -> String {
        "a whole number such as 42".to_owned()
    }
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(NaiveDate);

impl Date {
    /// The day.
    #[must_use]
    pub const fn get(self) -> NaiveDate {
        self.0
    }
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Setting for Date {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        const YEARS: std::ops::RangeInclusive<i32> = 1950..=2150;
        match &node.value {
            Value::Date(date) if YEARS.contains(&chrono::Datelike::year(date)) => Some(Self(*date)),
            Value::Date(_) => {
                let message = format!("{node} is far from any customer's life");
                reader.fault(OUT_OF_RANGE, node.origin, message, "write a day from 1950 to 2150")
            }
            Value::String(text) if text.parse::<NaiveDate>().is_ok() => {
                let message = format!("{node} is a text");
                reader.fault(
                    QUOTED_DATE,
                    node.origin,
                    message,
                    format!("write {} without quotes", text.trim()),
                )
            }
            Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                let message = format!("{node} is not a date");
                reader.fault(IMPOSSIBLE_DATE, node.origin, message, format!("write {}", Self::wanted()))
            }
            _ => reader.wrong_type(node, &Self::wanted()),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "format": "date" })
    }

    fn stand_in() -> Option<Self> {
        NaiveDate::from_ymd_opt(2024, 1, 1).map(Self)
    }

    fn wanted() -> String {
        "a day such as 2024-02-01, without quotes".to_owned()
    }
}

impl<T: Setting> Setting for Option<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        T::schema(definitions)
    }

    fn stand_in() -> Option<Self> {
        Some(None)
    }

    fn wanted() -> String {
        T::wanted()
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Array(entries) = &node.value else { return reader.wrong_type(node, &Self::wanted()) };
        let differ = reader.names_differ(entries);
        let read: Option<Self> = reader.among(entries, |reader| {
            let mut read = Vec::with_capacity(entries.len());
            for (at, entry) in entries.iter().enumerate() {
                read.push(reader.entry(at, entry, |reader| T::read(entry, reader)));
            }
            read.into_iter().collect()
        });
        read.filter(|_| differ)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "type": "array", "items": T::schema(definitions) })
    }

    fn stand_in() -> Option<Self> {
        Some(Self::new())
    }

    fn wanted() -> String {
        format!("a list in brackets, each entry {}", T::wanted())
    }
}

/// The key of a table with one entry for each of something.
pub trait SettingKey: Ord + Sized {
    /// The key that `text` is.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    fn from_key(text: &str) -> Result<Self, Complaint>;

    /// The JSON Schema of the key.
    fn key_schema() -> Json;
}

impl SettingKey for Name {
    fn from_key(text: &str) -> Result<Self, Complaint> {
        Self::parse(text)
    }

    fn key_schema() -> Json {
        Self::schema(&mut Definitions::default())
    }
}

impl SettingKey for Text {
    fn from_key(text: &str) -> Result<Self, Complaint> {
        Ok(Self(text.trim().to_owned()))
    }

    fn key_schema() -> Json {
        json!({ "type": "string" })
    }
}

impl<K: SettingKey, T: Setting> Setting for BTreeMap<K, T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = node.as_table() else { return reader.wrong_type(node, &Self::wanted()) };
        let mut map = Some(Self::new());
        for (key, value) in table.iter() {
            let entry = reader.within(&key.text, |reader| {
                let name = read_key(key, table, reader);
                let value = T::read(value, reader);
                Some((name?, value?))
            });
            map = map.zip(entry).map(|(mut map, (key, value))| {
                map.insert(key, value);
                map
            });
        }
        map
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({
            "type": "object",
            "propertyNames": K::key_schema(),
            "additionalProperties": T::schema(definitions),
        })
    }

    fn stand_in() -> Option<Self> {
        Some(Self::new())
    }

    fn wanted() -> String {
        format!("a table, each value {}", T::wanted())
    }
}

fn read_key<K: SettingKey>(key: &Key, table: &Table, reader: &mut Reader<'_>) -> Option<K> {
    if key.by_path {
        // What an override's path made was not there before: in a table with free keys, a slip.
        let others: Vec<&str> =
            table.iter().filter(|(key, _)| !key.by_path).map(|(key, _)| key.text.as_str()).collect();
        let message = format!("nothing here is called `{}`", key.text);
        return reader.fault(PATH_UNMATCHED, key.origin, message, nearest::hint(&key.text, "names", &others));
    }
    match K::from_key(&key.text) {
        Ok(name) => Some(name),
        Err(Complaint { code, message, help }) => reader.fault(code, key.origin, message, help),
    }
}

/// What a variant changes: paths and their new values, in the order written.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Overrides(pub Vec<Override>);

impl Setting for Overrides {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = node.as_table() else { return reader.wrong_type(node, &Self::wanted()) };
        let change = |(key, value): (&Key, &Node)| Override {
            path: key.text.clone(),
            origin: key.origin,
            value: value.clone(),
        };
        Some(Self(table.iter().map(change).collect()))
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "object" })
    }

    fn stand_in() -> Option<Self> {
        Some(Self::default())
    }

    fn wanted() -> String {
        "a table of paths and values, such as { \"touchpoint.check-in.every\" = \"30d\" }".to_owned()
    }
}
