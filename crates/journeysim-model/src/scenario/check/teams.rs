//! Programs beside each other: teams, names.

use std::collections::BTreeMap;

use super::codes::{EMPTY_LIST, NAMES_COLLIDE, PROGRAM_IDLE, PROGRAM_NAME_TWICE, TEAM_TWICE};
use super::{Check, Rules};
use crate::base::random::label;
use crate::population::segment::Team;

pub(super) fn check(check: &mut Check<'_>, programs: &[Rules]) {
    let mut served: BTreeMap<Team, &str> = BTreeMap::new();
    let mut names: BTreeMap<&str, &Rules> = BTreeMap::new();
    for program in programs {
        let settings = &program.file.program;
        let path = program.path("program.serves");
        match &settings.serves {
            Some(teams) if teams.is_empty() => {
                let help = "name the teams, such as [\"scaled\"], or remove the key to serve all customers";
                check.report(EMPTY_LIST, &path, "a program that serves no team has no customers", help);
            }
            Some(teams) => {
                check.no_entry_twice(&path, teams.iter());
                for (at, &team) in teams.iter().enumerate() {
                    let other = *served.entry(team).or_insert(settings.name.as_str());
                    if other != settings.name.as_str() {
                        let message = format!("the team \"{team}\" is served by \"{other}\" already");
                        let help = "let one program serve it";
                        check.report(TEAM_TWICE, &format!("{path}[{}]", at + 1), message, help);
                    }
                }
            }
            None if !program.prefix.is_empty() => {
                let message = format!("nothing says whose customers \"{}\" serves", settings.name);
                check.report(PROGRAM_IDLE, &path, message, "add serves = [\"digital\"], or other teams");
            }
            None => {}
        }
        if names.insert(settings.name.as_str(), program).is_some() {
            let message = format!("another program is called \"{}\" as well", settings.name);
            let help = "give each its own name; results are shown by it";
            check.report(PROGRAM_NAME_TWICE, &program.path("program.name"), message, help);
        }
    }
    labels(check, programs);
}

/// Reports names of touchpoints that would draw the same luck, in whichever programs they are.
fn labels(check: &mut Check<'_>, programs: &[Rules]) {
    let mut known: BTreeMap<u32, &str> = BTreeMap::new();
    for program in programs {
        for touchpoint in &program.file.touchpoint {
            let name = touchpoint.name.as_str();
            let other = *known.entry(label(name)).or_insert(name);
            if other != name {
                let message =
                    format!("by a rare chance \"{name}\" and \"{other}\" would share their random draws");
                let path = program.path(&format!("touchpoint.{name}.name"));
                check.report(NAMES_COLLIDE, &path, message, "give one of them another name");
            }
        }
    }
}
