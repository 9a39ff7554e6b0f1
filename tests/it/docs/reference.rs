//! Pages of the reference: `list KIND` is a table of that list, `help COMMAND` what the command says of itself.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{hold_parts, printed, table};

#[test]
fn lists_are_current() {
    for page in ["metrics", "distributions", "faults", "touchpoints", "tables"] {
        hold_parts(&format!("docs/reference/{page}.md"), |part| {
            let kind = part.strip_prefix("list ").unwrap_or_else(|| panic!("no list: {part}"));
            listed(kind)
        });
    }
}

#[test]
fn commands_are_current() {
    hold_parts("docs/reference/commands.md", |part| {
        let mut args: Vec<&str> = part.split(' ').filter(|&word| word != "help").collect();
        args.push("--help");
        let help = printed(&args);
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        format!("```text\n{}\n```", lines.join("\n"))
    });
}

/// Every command is on the page, and in the table of the first page.
#[test]
fn no_command_is_left_out() {
    let (page, first) = (super::read("docs/reference/commands.md"), super::read("README.md"));
    let table = &first[first.find("## All commands").expect("a table")..];
    let help = printed(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut count = 0;
    for line in commands.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   ")) {
        let name = line.split_whitespace().next().expect("a name");
        assert!(page.contains(&format!("<!-- begin: help {name} -->")), "{name}");
        assert!(table.contains(&format!("`{name}`")), "{name}");
        count += 1;
    }
    assert!(count >= 8, "{help}");
}

/// Every key of what `--json` prints, but names of metrics, parts and decisions, which are keys of the scenario's.
#[test]
fn the_contract_names_every_key_of_a_document() {
    let contract = super::read("docs/reference/contract.md");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = contract.split(|c| !is_part(c)).collect();
    let small = "--replications 12 --set assume.accounts=10 --set horizon=1y";
    for command in [
        &format!("run scenarios/check-in-cadence.toml {small}"),
        &format!("compare scenarios/check-in-cadence.toml --why {small}"),
        "compare scenarios/roll-out.toml --replications 3 --set assume.accounts=10",
        "run scenarios/book.toml --replications 1 --set horizon=1y",
        "trace scenarios/check-in-cadence.toml --account 3 --against monthly",
        "test scenarios/programs/named-enterprise-ta.toml --replications 4",
        "diff scenarios/check-in-cadence.toml monthly",
        "book describe tests/data/ravenstack/accounts.csv tests/data/ravenstack/subscriptions.csv",
        "calibrate --book tests/data/history/history.toml",
        "calibrate --book tests/data/pysurvival_saas/book.toml",
    ] {
        let args: Vec<&str> = command.split(' ').chain(["--json"]).collect();
        let document: Json = serde_json::from_str(&printed(&args)).expect("JSON");
        let mut keys = BTreeSet::new();
        add_keys(&document, &mut keys);
        let unnamed: Vec<&String> = keys.iter().filter(|key| !words.contains(key.as_str())).collect();
        assert!(unnamed.is_empty() && keys.len() > 10, "{command}: {unnamed:?}");
    }
}

fn add_keys(json: &Json, keys: &mut BTreeSet<String>) {
    const NAMED_BY_THE_SCENARIO: [&str; 4] = ["metrics", "quantiles", "segment", "program"];
    match json {
        Json::Array(entries) => entries.iter().for_each(|entry| add_keys(entry, keys)),
        Json::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                match value {
                    Json::Object(named) if NAMED_BY_THE_SCENARIO.contains(&key.as_str()) => {
                        named.values().for_each(|value| add_keys(value, keys));
                    }
                    value => add_keys(value, keys),
                }
            }
        }
        _ => {}
    }
}

/// A list in groups: by its theme or key, where it has one.
fn listed(kind: &str) -> String {
    let document: Json = serde_json::from_str(&printed(&["list", kind, "--json"])).expect("JSON");
    let entries = document["entries"].as_array().expect("a list");
    let cell = |entry: &Json, key: &str| entry[key].as_str().unwrap_or_else(|| panic!("{key}")).to_owned();
    let code = |text: String| format!("`{text}`");
    let group = match kind {
        "metrics" => "theme",
        "touchpoints" => "key",
        _ => "",
    };
    let row = |entry: &Json| match kind {
        "metrics" => vec![
            code(cell(entry, "metric")),
            cell(entry, "unit"),
            cell(entry, "better"),
            format!("**{}.** {}", cell(entry, "title"), cell(entry, "definition")),
        ],
        "touchpoints" => vec![code(cell(entry, "choice")), cell(entry, "meaning")],
        "distributions" => {
            vec![code(cell(entry, "distribution")), cell(entry, "parameters"), cell(entry, "meaning")]
        }
        "events" => vec![code(cell(entry, "event")), cell(entry, "meaning")],
        "faults" => vec![code(cell(entry, "fault")), cell(entry, "meaning")],
        other => panic!("there is no page for {other}"),
    };
    let headings: &[&str] = match kind {
        "metrics" => &["Name", "Unit", "Better", "Meaning"],
        "touchpoints" => &["Choice", "Meaning"],
        "distributions" => &["`dist`", "Parameters", "Meaning"],
        "events" => &["Kind", "Meaning"],
        _ => &["Fault", "Meaning"],
    };
    if group.is_empty() {
        return table(headings, &entries.iter().map(row).collect::<Vec<_>>(), headings.len());
    }
    let mut groups: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for entry in entries {
        let name = cell(entry, group);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push(row(entry)),
            None => groups.push((name, vec![row(entry)])),
        }
    }
    let heading = |name: &str| match group {
        "key" => format!("`{name}`"),
        _ => name[..1].to_uppercase() + &name[1..],
    };
    let part = |(name, rows): &(String, Vec<Vec<String>>)| {
        format!("## {}\n\n{}", heading(name), table(headings, rows, headings.len()))
    };
    groups.iter().map(part).collect::<Vec<_>>().join("\n")
}
