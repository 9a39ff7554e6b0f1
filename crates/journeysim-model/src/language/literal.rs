//! Values and paths that are only kept: what some other setting will be given, and which one.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::fault::PATH_MALFORMED;
use super::node::{Node, Value};
use super::path;
use super::schema::Definitions;
use super::setting::{Reader, Setting};
use super::source::Origin;

/// A value as another setting takes it: `"30d"`, `0.35`, `true`.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal(pub Node);

/// The path of another setting: `"touchpoint.check-in.every"`.
#[derive(Debug, Clone)]
pub struct PathTo {
    /// As it was written.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
}

impl fmt::Display for Literal {
    /// Writes the value without quotes, the entries of a list with `+` between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.value {
            Value::String(text) => f.write_str(text),
            Value::Array(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|entry| Self(entry.clone()).to_string()).collect();
                f.write_str(&entries.join("+"))
            }
            _ => self.0.fmt(f),
        }
    }
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Setting for Literal {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Broken => {
                reader.fail();
                None
            }
            _ => Some(Self(node.clone())),
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({})
    }

    fn stand_in() -> Option<Self> {
        Some(Self(Node::new(Value::Boolean(false), Origin::default())))
    }

    fn wanted() -> String {
        "a value as the setting takes it, such as \"30d\", 0.35 or true".to_owned()
    }
}

impl PartialEq for PathTo {
    /// Equal paths are equal wherever they were written.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for PathTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for PathTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Setting for PathTo {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.as_text() else { return reader.wrong_type(node, &Self::wanted()) };
        match path::split(text) {
            Ok(_) => Some(Self { text: text.trim().to_owned(), origin: node.origin }),
            Err(why) => {
                let help = "write keys and names with points between: touchpoint.check-in.every";
                reader.fault(PATH_MALFORMED, node.origin, format!("{node} is not a path: {why}"), help)
            }
        }
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn stand_in() -> Option<Self> {
        Some(Self { text: "unnamed".to_owned(), origin: Origin::default() })
    }

    fn wanted() -> String {
        "the path of a setting such as \"touchpoint.check-in.every\"".to_owned()
    }
}
