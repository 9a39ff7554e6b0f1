//! Controls made from the schema: every setting of a scenario that a field or a slider can change.
//!
//! Which settings there are, what they mean and which words they take comes from the JSON Schema; their values from the
//! scenario as read. A setting that holds a distribution or a list has no control: it is changed in the text.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::language::schema::schema_document;
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;

/// The tables whose settings are shown, in this order, and what they are about.
const GROUPS: [(&str, &str); 13] = [
    ("stages", "Stages and gates"),
    ("touchpoint", "Touchpoints"),
    ("lighthouse", "Lighthouse"),
    ("assessment", "Renewal assessment"),
    ("pool", "Advisors"),
    ("health", "Health score"),
    ("program", "Program and its targets"),
    ("population", "Customers"),
    ("usage", "Usage"),
    ("responses", "Answers and requests"),
    ("shocks", "What befalls customers"),
    ("renewal", "Renewal odds"),
    ("value", "What things are worth"),
];

/// Settings that people change first: table and last key.
const OFTEN: [(&str, &str); 11] = [
    ("stages", "utilization_gate"),
    ("stages", "usage_gate"),
    ("pool", "advisors"),
    ("touchpoint.check-in", "enabled"),
    ("touchpoint.check-in", "every"),
    ("lighthouse", "entry"),
    ("lighthouse", "max_concurrent"),
    ("lighthouse", "churn_cut"),
    ("stages", "onboarding_days"),
    ("stages", "renewing_days"),
    ("population", "accounts"),
];

/// A setting that can be changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Control {
    /// Its path.
    pub(super) path: String,
    /// Its key in words.
    label: String,
    /// What it is about: the title of its table.
    group: &'static str,
    /// The entry of a list that it belongs to, in words.
    entry: Option<String>,
    /// What it means.
    about: String,
    /// The value as it would be written; `null` where it is not set.
    value: Json,
    #[serde(flatten)]
    kind: Kind,
    /// Its place among those that people change first.
    often: Option<usize>,
    /// The range thought possible, where it is an assumption.
    range: Option<Range>,
}

/// How a setting is changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    /// A number between what is written before and after it.
    Number {
        number: Option<f64>,
        before: &'static str,
        after: &'static str,
        /// The unit in words.
        unit: &'static str,
        min: f64,
        max: f64,
        step: f64,
        /// Whether it is written as a number and not as a text.
        bare: bool,
    },
    /// Yes or no.
    Switch,
    /// A word among several.
    Choice { choices: Vec<Choice> },
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Choice {
    word: String,
    about: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Range {
    low: String,
    high: String,
    source: String,
}

/// Returns a control for every setting of `scenario` that can have one.
pub(super) fn controls(scenario: &Scenario) -> Vec<Control> {
    let schema = schema_document::<ScenarioFile>("");
    let values = serde_json::to_value(&scenario.file).unwrap_or_default();
    let mut found = Finding { schema: &schema, scenario, group: "", entry: None, controls: Vec::new() };
    for (table, group) in GROUPS {
        found.group = group;
        if table == "pool" && scenario.file.pool.is_empty() {
            found.controls.push(headcount(group));
        }
        found.walk(table, &schema["properties"][table], &values[table]);
    }
    found.controls
}

/// A scenario without a pool has as many advisors as it takes; setting a number gives it a pool.
fn headcount(group: &'static str) -> Control {
    Control {
        path: "pool".to_owned(),
        label: "advisors".to_owned(),
        group,
        entry: None,
        about: "How many advisors there are. Not set: as many as the work needs, at once.".to_owned(),
        value: Json::Null,
        kind: number(None, ("", "", "advisors"), (1.0, 20.0, 1.0), true),
        often: often("pool", "advisors"),
        range: None,
    }
}

/// Returns the place of a setting among those that people change first.
fn often(path: &str, key: &str) -> Option<usize> {
    OFTEN.iter().position(|(table, last)| path.starts_with(table) && key == *last)
}

struct Finding<'a> {
    schema: &'a Json,
    scenario: &'a Scenario,
    group: &'static str,
    entry: Option<String>,
    controls: Vec<Control>,
}

impl<'a> Finding<'a> {
    /// Goes through the settings at `path`.
    fn walk(&mut self, path: &str, schema: &'a Json, value: &Json) {
        let about = schema["description"].as_str().unwrap_or_default();
        let schema = self.resolved(schema);
        if let Some(properties) = schema["properties"].as_object() {
            for (key, property) in properties.iter().filter(|_| value.is_object()) {
                self.walk(&format!("{path}.{key}"), property, &value[key]);
            }
        } else if let Some(entries) = value.as_array() {
            for entry in entries {
                let Some(name) = entry["name"].as_str() else { continue };
                let title = entry["title"].as_str().unwrap_or(name).to_owned();
                let outer = self.entry.replace(title);
                self.walk(&format!("{path}.{}", part(name)), &schema["items"], entry);
                self.entry = outer;
            }
        } else if let Some(kind) = kind(schema, value) {
            // Of a touchpoint only what it says: the other ways to say when would contradict it.
            if value.is_null() && path.starts_with("touchpoint.") {
                return;
            }
            let used = self.scenario.assumptions.iter().find(|used| used.path == path);
            let range = used.map(|used| Range {
                low: used.low.written.clone(),
                high: used.high.written.clone(),
                source: used.source.clone(),
            });
            let key = path.rsplit('.').next().unwrap_or(path);
            self.controls.push(Control {
                path: path.to_owned(),
                label: key.replace('_', " "),
                group: self.group,
                entry: self.entry.clone(),
                about: in_words(about),
                value: value.clone(),
                kind,
                often: often(path, key),
                range,
            });
        }
    }

    fn resolved(&self, schema: &'a Json) -> &'a Json {
        let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        name.map_or(schema, |name| &self.schema["$defs"][name])
    }
}

/// Says how a setting with this schema and value is changed; [`None`] where no field is enough.
fn kind(schema: &Json, value: &Json) -> Option<Kind> {
    if schema["type"] == "boolean" {
        return Some(Kind::Switch);
    }
    if let Some(words) = schema["enum"].as_array() {
        let about = &schema["x-taplo"]["docs"]["enumValues"];
        let choice = |(at, word): (usize, &Json)| {
            Some(Choice {
                word: word.as_str()?.to_owned(),
                about: about[at].as_str().unwrap_or_default().to_owned(),
            })
        };
        return Some(Kind::Choice { choices: words.iter().enumerate().filter_map(choice).collect() });
    }
    let written = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match schema["title"].as_str()? {
        "share" => {
            let share = value.as_str().and_then(|text| text.strip_suffix('%')?.trim().parse().ok());
            let fine = share.is_some_and(|share: f64| share < 5.0);
            Some(number(share, ("", "%", "%"), (0.0, 100.0, if fine { 0.1 } else { 1.0 }), false))
        }
        "duration" => {
            let (amount, [after, unit]) = value.as_str().map_or((None, ["d", "days"]), |text| {
                let (amount, unit) = duration(text).unzip();
                (amount, unit.unwrap_or(["d", "days"]))
            });
            amount.or(value.is_null().then_some(0.0))?;
            let least = if after == "d" { 365.0 } else { 240.0 };
            Some(number(amount, ("", after, unit), (0.0, most(amount, least), 1.0), false))
        }
        "count" => Some(number(written, ("", "", ""), (0.0, most(written, 20.0), 1.0), true)),
        "number" | "positive number" => {
            let low = if written.is_some_and(|number| number < 0.0) {
                -most(written.map(f64::abs), 1.0)
            } else {
                0.0
            };
            let step = if written.is_none_or(|number| number.abs() < 10.0) { 0.1 } else { 1.0 };
            Some(number(written, ("", "", ""), (low, most(written, 1.0), step), true))
        }
        "factor" => {
            let factor = value.as_str().and_then(|text| text.strip_prefix('x')?.parse().ok());
            Some(number(factor, ("x", "", "times"), (0.0, most(factor, 3.0), 0.05), false))
        }
        "rate" => {
            let rate =
                value.as_str().and_then(|text| text.split_once(" per ")).filter(|(_, unit)| *unit == "year");
            let rate: f64 = rate?.0.parse().ok()?;
            Some(number(Some(rate), ("", " per year", "a year"), (0.0, most(Some(rate), 1.0), 0.01), false))
        }
        "amount of money" => {
            let step = if written.is_some_and(|money| money >= 10_000.0) { 1_000.0 } else { 10.0 };
            Some(number(written, ("", "", ""), (0.0, most(written, 1_000.0), step), true))
        }
        _ => None,
    }
}

fn number(
    number: Option<f64>,
    (before, after, unit): (&'static str, &'static str, &'static str),
    (min, max, step): (f64, f64, f64),
    bare: bool,
) -> Kind {
    Kind::Number { number, before, after, unit, min, max, step, bare }
}

/// Returns a round end of a slider: far enough beyond the value, and at least `least`.
fn most(value: Option<f64>, least: f64) -> f64 {
    let wanted = value.map_or(least, |value| (value * 2.5).max(least));
    let mut round = 1.0;
    while round < wanted {
        round = if [2.0, 5.0, 10.0].iter().any(|next| round * next >= wanted) {
            [2.0, 5.0, 10.0].into_iter().map(|next| round * next).find(|&end| end >= wanted).unwrap_or(wanted)
        } else {
            round * 10.0
        };
    }
    if least == 365.0 { wanted.max(365.0) } else { round }
}

/// Returns a duration in its largest whole unit, with how that is written and said.
fn duration(text: &str) -> Option<(f64, [&'static str; 2])> {
    let units = [("w", 10_080), ("d", 1_440), ("h", 60), ("m", 1)];
    let (mut minutes, mut rest) = (0_u64, text);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, length) = units.iter().find(|(short, _)| *short == unit)?;
        minutes += number.parse::<u64>().ok()? * length;
        rest = after;
    }
    let shown = [(1_440, ["d", "days"]), (60, ["h", "hours"]), (1, ["m", "minutes"])];
    let (length, unit) = shown.into_iter().find(|(length, _)| minutes.is_multiple_of(*length))?;
    Some(((minutes / length) as f64, unit))
}

/// A part of a path, in quotes where it needs them.
fn part(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if is_plain { name.to_owned() } else { json!(name).to_string() }
}

/// The first paragraph of a description, without what it says to other readers.
fn in_words(about: &str) -> String {
    let first = about.split("\n\n").next().unwrap_or_default().replace('\n', " ").replace('`', "");
    let first = first.replace(" (Required.)", "");
    match first.rfind(" (point").filter(|_| first.ends_with(").")) {
        Some(at) => format!("{}.", &first[..at]),
        None => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::read;
    use crate::language::source::Disk;

    fn of(file: &str) -> Vec<Control> {
        let experiment = read::experiment(file, &[], &mut Disk).unwrap();
        controls(&experiment.variants[experiment.baseline].scenario)
    }

    fn find(controls: &[Control], path: &str) -> Control {
        controls
            .iter()
            .find(|control| control.path == path)
            .unwrap_or_else(|| panic!("no control for {path}"))
            .clone()
    }

    #[test]
    fn what_people_change_first_has_a_control() {
        let controls = of("scenarios/lighthouse-capacity.toml");
        for (table, last) in OFTEN {
            let found = |control: &&Control| {
                control.often.is_some() && control.path.starts_with(table) && control.path.ends_with(last)
            };
            assert!(controls.iter().any(|control| found(&control)), "{table}.{last}");
        }
        assert!(controls.iter().all(|control| !control.label.is_empty() && control.path != "pool"));
    }

    #[test]
    fn a_control_says_what_it_means_and_how_far_it_goes() {
        let gate = find(&of("scenarios/programs/pooled-ta.toml"), "stages.utilization_gate");
        assert_eq!(gate.about, "Utilization to pass from Adopting to Nurturing.");
        assert_eq!(gate.kind, number(Some(80.0), ("", "%", "%"), (0.0, 100.0, 1.0), false));
        let every = find(&of("scenarios/programs/pooled-ta.toml"), "touchpoint.check-in.every");
        assert_eq!(every.entry.as_deref(), Some("Offered check-in call"));
        assert_eq!(every.kind, number(Some(90.0), ("", "d", "days"), (0.0, 365.0, 1.0), false));
    }

    #[test]
    fn a_setting_that_rests_on_an_assumption_shows_its_range() {
        let accounts = find(&of("scenarios/programs/pooled-ta.toml"), "population.accounts");
        let range = accounts.range.expect("the number of accounts is an assumption");
        assert!(range.low.parse::<f64>().unwrap() < range.high.parse::<f64>().unwrap());
    }

    #[test]
    fn a_scenario_without_a_pool_can_be_given_one() {
        let team = find(&of("scenarios/programs/pooled-ta.toml"), "pool");
        assert_eq!((team.value, team.often.is_some()), (Json::Null, true));
    }

    #[test]
    fn durations_are_shown_in_their_largest_whole_unit() {
        for (text, expected) in [
            ("90d", Some((90.0, ["d", "days"]))),
            ("2w", Some((14.0, ["d", "days"]))),
            ("1h30m", Some((90.0, ["m", "minutes"]))),
            ("1d12h", Some((36.0, ["h", "hours"]))),
            ("30s", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
