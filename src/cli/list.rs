//! `list`: what can be written in a scenario or asked for, from the registries themselves.

use clap::ValueEnum;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::base::dist::Distribution;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::schema;
use crate::experiment::read;
use crate::language::fault::FaultCode;
use crate::language::schema::plain;
use crate::metrics;
use crate::output::document::{SCHEMA_VERSION, TOOL_VERSION};
use crate::output::happened::KINDS;
use crate::output::sheet::FORMATS;
use crate::output::table;
use crate::population::Role;
use crate::program::touchpoint::{Channel, Each, Happening, Owner};
use crate::scenario::check;

/// List what there is: touchpoint kinds, policies, metrics, distributions, formats, events, faults
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Example: all metrics with their units and definitions\n  journeysim list metrics"
)]
pub(super) struct Args {
    /// What to list
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// How touchpoints reach customers, what starts them, who does them and for whom
    Touchpoints,
    /// Switches of the model with their choices and defaults
    Policies,
    /// Metrics with units and definitions
    Metrics,
    /// Probability distributions
    Distributions,
    /// Formats of a run folder's tables
    Formats,
    /// Kinds of events in traces and event logs
    Events,
    /// Kinds of faults that a check can find
    Faults,
}

/// Rows under headings.
struct Listing {
    kind: Kind,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let listing = listing(args.kind);
    console.show(&listing, |width| table::plain(listing.columns, &listing.rows, width))?;
    Ok(Exit::Done)
}

fn listing(kind: Kind) -> Listing {
    let (columns, rows): (&[&str], Vec<Vec<String>>) = match kind {
        Kind::Touchpoints => (&["Key", "Choice", "Meaning"], touchpoints()),
        Kind::Policies => (&["Setting", "Choices", "Default", "Meaning"], policies()),
        Kind::Metrics => (&metrics::COLUMNS, metrics::table().into_iter().map(row).collect()),
        Kind::Distributions => (&["Distribution", "Parameters", "Meaning"], distributions()),
        Kind::Formats => (
            &["Format", "Meaning"],
            FORMATS.iter().map(|format| row([format.name, format.summary])).collect(),
        ),
        Kind::Events => {
            (&["Event", "Meaning"], KINDS.iter().map(|kind| row([kind.name, kind.summary])).collect())
        }
        Kind::Faults => {
            (&["Fault", "Meaning"], faults().map(|code| row([code.code, code.summary])).collect())
        }
    };
    Listing { kind, columns, rows }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.into_iter().map(str::to_owned).collect()
}

fn summaries(summaries: &[(&str, &str)]) -> Vec<Vec<String>> {
    summaries.iter().map(|(name, about)| row([name, &plain(about)])).collect()
}

fn distributions() -> Vec<Vec<String>> {
    let entries = Distribution::NAMES.iter();
    entries.map(|entry| row([entry.name, &entry.parameters.join(", "), entry.summary])).collect()
}

fn touchpoints() -> Vec<Vec<String>> {
    let families = [
        ("channel", Channel::SUMMARIES),
        ("on", Happening::SUMMARIES),
        ("each", Each::SUMMARIES),
        ("owner", Owner::SUMMARIES),
        ("audience", Role::SUMMARIES),
    ];
    let rows = |(key, choices): (&str, &[(&str, &str)])| {
        let under = |mut cells: Vec<String>| {
            cells.insert(0, key.to_owned());
            cells
        };
        summaries(choices).into_iter().map(under).collect::<Vec<_>>()
    };
    families.into_iter().flat_map(rows).collect()
}

fn faults() -> impl Iterator<Item = FaultCode> {
    check::all_codes().chain(read::CODES.iter().copied())
}

/// Every setting outside lists that is a word among several or true or false, found in the schema.
fn policies() -> Vec<Vec<String>> {
    let schema = schema::document();
    let mut rows = Vec::new();
    policies_of(&schema, &schema, "", &mut rows);
    rows
}

fn policies_of(schema: &Json, table: &Json, path: &str, rows: &mut Vec<Vec<String>>) {
    let Some(properties) = table["properties"].as_object() else { return };
    for (key, property) in properties {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let target = property["$ref"]
            .as_str()
            .and_then(|reference| schema.pointer(reference.trim_start_matches('#')))
            .unwrap_or(property);
        let choices = match (&target["enum"], target["type"].as_str()) {
            (Json::Array(words), _) => words.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "),
            (_, Some("boolean")) => "true, false".to_owned(),
            _ => {
                policies_of(schema, target, &path, rows);
                continue;
            }
        };
        let default = match &property["default"] {
            Json::Null => String::new(),
            Json::String(word) => word.clone(),
            other => other.to_string(),
        };
        let about = property["description"].as_str().unwrap_or_default().to_owned();
        rows.push(vec![path, choices, default, about]);
    }
}

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys: Vec<String> = self.columns.iter().map(|column| column.to_lowercase()).collect();
        let entry = |cells: &Vec<String>| -> Json {
            keys.iter().zip(cells).map(|(key, cell)| (key.clone(), Json::from(cell.as_str()))).collect()
        };
        let kind = self.kind.to_possible_value().map(|value| value.get_name().to_owned());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry("tool_version", TOOL_VERSION)?;
        map.serialize_entry("kind", &kind)?;
        map.serialize_entry("entries", &self.rows.iter().map(entry).collect::<Vec<Json>>())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_rows_as_wide_as_its_headings_and_says_what_each_means() {
        for &kind in Kind::value_variants() {
            let listing = listing(kind);
            assert!(!listing.rows.is_empty(), "{kind:?}");
            for row in &listing.rows {
                assert_eq!(row.len(), listing.columns.len(), "{row:?}");
                assert!(row.last().is_some_and(|about| !about.is_empty()), "{row:?}");
            }
        }
    }

    #[test]
    fn switches_are_listed_with_their_choices_and_defaults() {
        let rows = policies();
        let row = rows.iter().find(|row| row[0] == "lighthouse.entry").expect("the switch is in the schema");
        assert_eq!(row[1..3], ["red, yellow_or_red, any_flag", "yellow_or_red"]);
        assert!(rows.iter().any(|row| row[0] == "effects" && row[1] == "all, none"));
    }

    #[test]
    fn codes_of_faults_are_different() {
        let codes: Vec<&str> = faults().map(|code| code.code).collect();
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code), "{code}");
        }
    }
}
