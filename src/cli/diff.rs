//! `diff`: what differs between two scenarios or variants, in words.
//!
//! Compared is what the program has read: defaults filled in, assumptions replaced by their values. Two files
//! that say the same in different ways do not differ.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use serde_json::Value as Json;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::language::nearest;
use crate::output::document::Header;
use crate::output::words::spoken;
use crate::questions::wrong::WrongInput;
use crate::scenario::file::ScenarioFile;

/// What differs between two scenarios, or between a scenario's baseline and one of its variants?
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: what a variant changes\n  \
    journeysim diff scenarios/check-in-cadence.toml monthly")]
pub(super) struct Args {
    /// A scenario file
    scenario: String,
    /// Another scenario file, or the name of one of the first one's variants
    other: String,
}

/// The document of `diff`.
#[derive(Debug, Serialize)]
struct DiffDocument {
    #[serde(flatten)]
    header: Header,
    before: String,
    after: String,
    differences: Vec<Difference>,
}

/// One setting that differs.
#[derive(Debug, PartialEq, Serialize)]
struct Difference {
    path: String,
    /// `null` where it is not set.
    before: Json,
    after: Json,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let first = input::experiment(&args.scenario, &[], console)?;
    let baseline = &first.variants[first.baseline];
    let is_file = Path::new(&args.other).exists() || args.other.ends_with(".toml");
    let (before, after, left, right);
    let second;
    if is_file {
        second = input::experiment(&args.other, &[], console)?;
        (before, after) = (args.scenario.clone(), args.other.clone());
        (left, right) =
            (settings(&baseline.scenario.file), settings(&second.variants[second.baseline].scenario.file));
    } else {
        let names: Vec<&str> = first.variants.iter().map(|variant| variant.name.as_str()).collect();
        let Some(variant) = first.variants.iter().find(|variant| variant.name == args.other) else {
            let hint = nearest::hint(&args.other, "variants", &names);
            let words =
                format!("`{}` is neither a file nor a variant of {}; {hint}", args.other, args.scenario);
            return Err(WrongInput::Words(words).into());
        };
        (before, after) = (baseline.name.clone(), variant.name.clone());
        (left, right) = (settings(&baseline.scenario.file), settings(&variant.scenario.file));
    }
    let mut differences = Vec::new();
    compare("", &left, &right, &mut differences);
    let header = Header { scenario: Some(first.name.clone()), ..Header::default() };
    let document = DiffDocument { header, before, after, differences };
    console.show(&document, |_| text(&document))?;
    Ok(Exit::Done)
}

/// What is simulated: all settings but the variants and what is expected of them.
fn settings(file: &ScenarioFile) -> Json {
    let mut settings = serde_json::to_value(file).unwrap_or_default();
    if let Json::Object(keys) = &mut settings {
        for key in ["variant", "baseline", "expect", "headline"] {
            keys.remove(key);
        }
    }
    settings
}

fn compare(path: &str, before: &Json, after: &Json, differences: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (children(before), children(after)) {
        (Some(left), Some(right)) => {
            // Entries of a list take their turns in its order.
            let known = |names: &[(String, Json)], among: &[(String, Json)]| -> Vec<String> {
                let names = names.iter().map(|(name, _)| name);
                names.filter(|name| among.iter().any(|(other, _)| other == *name)).cloned().collect()
            };
            let (earlier, later) = (known(&left, &right), known(&right, &left));
            if before.is_array() && after.is_array() && earlier != later {
                let (path, before, after) = (path.to_owned(), earlier.into(), later.into());
                differences.push(Difference { path, before, after });
            }
            let find = |among: &[(String, Json)], key: &str| {
                among.iter().find(|(name, _)| name == key).map_or(Json::Null, |(_, value)| value.clone())
            };
            let keys: BTreeSet<&String> = left.iter().chain(&right).map(|(key, _)| key).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, &find(&left, key), &find(&right, key), differences);
            }
        }
        _ => differences.push(Difference {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

/// Keys of a table, or names of the entries of a list of named tables.
fn children(value: &Json) -> Option<Vec<(String, Json)>> {
    match value {
        Json::Object(table) => Some(table.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        Json::Array(entries) if !entries.is_empty() => {
            entries.iter().map(|entry| Some((entry["name"].as_str()?.to_owned(), entry.clone()))).collect()
        }
        _ => None,
    }
}

fn text(document: &DiffDocument) -> String {
    let mut text = format!("{} -> {}\n", document.before, document.after);
    for Difference { path, before, after } in &document.differences {
        let line = match (before, after) {
            (Json::Null, Json::Object(_)) => format!("{path}: added"),
            (Json::Object(_), Json::Null) => format!("{path}: removed"),
            _ => format!("{path}: {} -> {}", in_words(before), in_words(after)),
        };
        text.push_str(&line);
        text.push('\n');
    }
    if document.differences.is_empty() {
        text.push_str("nothing differs\n");
    }
    text
}

/// A value as a reader says it: durations with their units in full.
fn in_words(value: &Json) -> String {
    match value {
        Json::Null => "not set".to_owned(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Json::String(text) => spoken(text),
        Json::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(in_words).collect();
            if entries.is_empty() { "none".to_owned() } else { entries.join(", ") }
        }
        Json::Object(table) => {
            let set = table.iter().filter(|(_, value)| !value.is_null());
            set.map(|(key, value)| format!("{key} {}", in_words(value))).collect::<Vec<_>>().join(", ")
        }
        Json::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(before: &Json, after: &Json) -> Vec<String> {
        let mut differences = Vec::new();
        compare("", before, after, &mut differences);
        let document = DiffDocument {
            header: Header::default(),
            before: "a".to_owned(),
            after: "b".to_owned(),
            differences,
        };
        text(&document).lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn settings_are_named_by_their_paths_and_entries_by_their_names() {
        let before = json!({ "touchpoint": [{ "name": "mail", "every": null }, { "name": "check-in", "every": "90d" }] });
        let after = json!({ "touchpoint": [{ "name": "check-in", "every": "30d" }, { "name": "call", "every": "1d" }] });
        assert_eq!(
            differences(&before, &after),
            [
                "touchpoint.call: added",
                "touchpoint.check-in.every: 90 days -> 30 days",
                "touchpoint.mail: removed",
            ]
        );
    }

    /// Which pool is asked first, which touchpoint goes before another on a day, and which customers are drawn first all follow
    /// from the order of a list; a table has none.
    #[test]
    fn the_order_of_a_list_is_a_difference() {
        let before =
            json!({ "pool": [{ "name": "day", "advisors": 2 }, { "name": "night" }, { "name": "old" }] });
        let after =
            json!({ "pool": [{ "name": "new" }, { "name": "night" }, { "name": "day", "advisors": 3 }] });
        assert_eq!(
            differences(&before, &after),
            [
                "pool: day, night -> night, day",
                "pool.day.advisors: 2 -> 3",
                "pool.new: added",
                "pool.old: removed",
            ]
        );
        let one = json!({ "portfolio": { "a": 1, "b": 2 } });
        let other = json!({ "portfolio": { "b": 2, "a": 1 } });
        assert_eq!(differences(&one, &other), ["nothing differs"]);
    }

    #[test]
    fn what_is_equal_is_not_mentioned() {
        let one = json!({ "a": { "b": [1, 2], "c": true } });
        assert_eq!(differences(&one, &one), ["nothing differs"]);
        let other = json!({ "a": { "b": [1, 3], "c": false } });
        assert_eq!(differences(&one, &other), ["a.b: 1, 2 -> 1, 3", "a.c: yes -> no"]);
    }
}
