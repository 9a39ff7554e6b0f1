//! The JSON Schema of what can be set, for editors that complete and check scenario files.
//!
//! A file that extends another writes only what differs, so no key is required by the schema; those that
//! must be there in the end say so in their description.

use std::any::type_name;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::overrides::ASSUME;
use super::quantity::{Quantity, text_schema};
use super::setting::Setting;

/// Schemas that are referred to by name.
#[derive(Debug, Default)]
pub struct Definitions {
    schemas: BTreeMap<String, Json>,
    /// Which type each name stands for.
    types: BTreeMap<String, &'static str>,
}

impl Definitions {
    /// Refers to the schema of the type `T`, which `make` gives when it is not known yet.
    pub fn define<T: ?Sized>(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Json) -> Json {
        let mut unique = name.to_owned();
        // Two types of one name in different modules are two definitions.
        while self.types.get(&unique).is_some_and(|known| *known != type_name::<T>()) {
            unique.push('_');
        }
        if self.types.insert(unique.clone(), type_name::<T>()).is_none() {
            let schema = make(self);
            self.schemas.insert(unique.clone(), schema);
        }
        json!({ "$ref": format!("#/$defs/{unique}") })
    }

    /// Refers to the schema of a quantity: the value, the name of an assumption, or an assumption.
    pub fn quantity<Q: Quantity>(&mut self) -> Json {
        self.define::<Q>(&Self::name_of::<Q>(), |definitions| {
            let written = json!({ "anyOf": Q::written_as() });
            let ranged = definitions.ranged(&written);
            let name = definitions.assumption_name();
            let mut forms = Q::written_as();
            forms.extend([name, ranged]);
            json!({ "title": Q::KIND, "description": sentence(Q::WANTED), "anyOf": forms })
        })
    }

    /// The name under which a quantity is defined, such as `RelativeChange`.
    pub(super) fn name_of<Q: Quantity>() -> String {
        capitalized(Q::KIND)
    }

    fn assumption_name(&mut self) -> Json {
        struct AssumptionName;
        self.define::<AssumptionName>("AssumptionName", |_| {
            let mut schema = text_schema("^[A-Za-z][A-Za-z0-9_-]*$");
            schema["description"] = "The name of an assumption in [assume].".into();
            schema
        })
    }

    fn ranged(&mut self, value: &Json) -> Json {
        json!({
            "type": "object",
            "description": "A value with its range and source.",
            "properties": {
                "low": value,
                "base": value,
                "high": value,
                "source": { "type": "string", "minLength": 1, "description": "Where the numbers come from, or \"assumption\"." },
                "note": { "type": "string" },
            },
            "additionalProperties": false,
        })
    }

    /// The schema of a field: that of its type, with what the field means and what holds where it is absent.
    pub fn field<T: Setting>(&mut self, doc: &str, default: Option<Json>) -> Json {
        let mut schema = T::schema(self);
        let doc = plain(doc);
        let doc = if default.is_none() && T::absent().is_none() { format!("{doc} (Required.)") } else { doc };
        schema["description"] = doc.trim().into();
        if let Some(default) = default.filter(|default| !default.is_null()) {
            schema["default"] = default;
        }
        schema
    }

    /// The schema of a table with these fields.
    #[must_use]
    pub fn table(doc: &str, fields: Vec<(&str, Json)>) -> Json {
        let mut properties: Map<String, Json> =
            fields.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
        if properties.contains_key("name") {
            let description = "Takes the entry of this name out of the list it was extended from.";
            properties.insert("remove".to_owned(), json!({ "const": true, "description": description }));
        }
        json!({
            "type": "object",
            "description": plain(doc),
            "properties": properties,
            "additionalProperties": false,
        })
    }

    /// The schema of a word among these, each with what it means.
    #[must_use]
    pub fn choice(doc: &str, choices: &[(&str, &str)]) -> Json {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let docs: Vec<String> = choices.iter().map(|(_, doc)| plain(doc)).collect();
        let listed: Vec<String> =
            names.iter().zip(&docs).map(|(name, doc)| format!("- `{name}`: {doc}")).collect();
        json!({
            "enum": names,
            "description": format!("{}\n\n{}", plain(doc), listed.join("\n")),
            "x-taplo": { "docs": { "enumValues": docs } },
        })
    }
}

/// The JSON Schema of scenario files whose settings are `T`.
#[must_use]
pub fn schema_document<T: Setting>(title: &str) -> Json {
    let mut definitions = Definitions::default();
    let root = T::schema(&mut definitions);
    let assumption = definitions.ranged(&json!({ "type": ["string", "number"] }));
    let name = root["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
    let mut document = definitions.schemas.remove(name).unwrap_or(root);
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    document["title"] = title.into();
    if let Some(properties) = document["properties"].as_object_mut() {
        // The scenario has a name and is in no list.
        properties.remove("remove");
    }
    document["properties"]["extends"] = json!({
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        "description": "Files this one builds on, named relative to it; later ones win, this one last.",
    });
    document["properties"][ASSUME] = json!({
        "type": "object",
        "description": "Assumptions by name, for use wherever a quantity is wanted.",
        "additionalProperties": assumption,
    });
    document["$defs"] = json!(definitions.schemas);
    document
}

/// A documentation comment as plain text: each line without the blank that follows the slashes, links
/// without their brackets, brackets around units without what keeps them from being links.
#[must_use]
pub fn plain(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().replace("[`", "`").replace("`]", "`").replace("\\[", "[").replace("\\]", "]")
}

fn capitalized(words: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words.split(' ').map(word).collect()
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
