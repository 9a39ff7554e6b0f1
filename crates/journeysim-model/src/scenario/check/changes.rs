//! Dated changes: whether they lie inside the run and set what can change in it.

use super::codes::{CHANGE_OF_NOTHING, CHANGE_OUTSIDE, CHANGE_UNDATED, EMPTY_LIST, TOO_MANY_CHANGES};
use super::{Check, is_within};
use crate::language::document::Document;
use crate::language::fault::{Fault, Faults};
use crate::language::{Override, When};
use crate::scenario::change::{MOST_CHANGES, RULES, program_of};
use crate::scenario::file::{ProgramFile, ScenarioFile};

/// Reports changes that cannot be rolled out, and returns whether there is none.
pub fn changes(file: &ScenarioFile, document: &Document, faults: &mut Faults) -> bool {
    let before = faults.len();
    let Some(mut check) = Check::new(document, faults) else { return false };
    if file.change.len() > MOST_CHANGES {
        let message = format!("{} changes: every set of them makes programs of its own", file.change.len());
        let help = format!("write {MOST_CHANGES} or fewer; what comes into force together is one change");
        check.report(TOO_MANY_CHANGES, "change", message, help);
    }
    let start = file.start.get();
    let end = file.horizon.end(start);
    for change in &file.change {
        let inside = |key: &str| format!("change.{}.{key}", change.name);
        if let When::After(span) = change.from {
            check.whole_days(&inside("from"), span, true);
        }
        let date = change.from.date(start);
        // Whoever shortens a run from outside its file does not contradict a change that then never comes.
        let [horizon, told] = ["horizon", &inside("from")].map(|path| document.origin(path).source);
        let is_cut =
            horizon != told && document.sources.get(horizon).is_some_and(|source| source.name == "--set");
        let is_late = date.is_none_or(|date| end.is_some_and(|end| date >= end)) && !is_cut;
        let is_outside = is_late || date.is_some_and(|date| date < start);
        if is_outside && check.are_sound(&["start", "horizon"]) {
            let run = end.map_or_else(String::new, |end| format!(" and ends before {end}"));
            let message = format!("{} lies outside the run, which begins on {start}{run}", change.from);
            check.report(CHANGE_OUTSIDE, &inside("from"), message, "write a day of the run, such as \"90d\"");
        }
        if let Some(segments) = &change.segments {
            if segments.is_empty() {
                let message = "a list of no segments concerns nobody";
                check.report(
                    EMPTY_LIST,
                    &inside("segments"),
                    message,
                    "write segments = [\"smb\"], or remove it",
                );
            }
            check.no_entry_twice(&inside("segments"), segments.iter());
        }
        if change.set.0.is_empty() {
            let message = format!("\"{}\" changes nothing", change.name);
            let help = "say what, as in set = { \"touchpoint.check-in.every\" = \"30d\" }";
            check.report(CHANGE_OF_NOTHING, &inside("set"), message, help);
        }
        for set in change.set.0.iter().filter(|set| program_of(&set.path, file).is_none()) {
            undated(&mut check, set, &set.path);
        }
    }
    check.faults.len() == before
}

/// Reports changes of rules that hold for a program as a whole or from the first day on.
pub fn changed(
    file: &ScenarioFile,
    changed: &ScenarioFile,
    changes: &[Override],
    document: &Document,
    faults: &mut Faults,
) {
    let Some(mut check) = Check::new(document, faults) else { return };
    let prefixes =
        std::iter::once(String::new()).chain(file.portfolio.keys().map(|name| format!("portfolio.{name}.")));
    for ((prefix, before), after) in prefixes.zip(file.programs()).zip(changed.programs()) {
        for ((path, before), (_, after)) in lasting(&before).into_iter().zip(lasting(&after)) {
            let path = format!("{prefix}{path}");
            let touches = |set: &&Override| is_within(&path, &set.path) || is_within(&set.path, &path);
            if let Some(set) = changes.iter().rev().find(touches).filter(|_| before != after) {
                undated(&mut check, set, &path);
            }
        }
    }
}

/// What belongs to a program as a whole, to the stream of its new customers, or to how a run is looked at.
fn lasting(program: &ProgramFile) -> [(&'static str, String); 7] {
    let ProgramFile { program, stages, lighthouse, .. } = program;
    [
        ("program.name", program.name.to_string()),
        ("program.title", format!("{:?}", program.title)),
        ("program.serves", format!("{:?}", program.serves)),
        ("program.touch_level", program.touch_level.to_string()),
        ("program.upkeep", program.upkeep.to_string()),
        ("stages.prospect_days", format!("{:?}", stages.prospect_days)),
        ("lighthouse.counterfactual", lighthouse.counterfactual.to_string()),
    ]
}

/// Reports a setting that cannot change inside a run.
fn undated(check: &mut Check<'_>, set: &Override, path: &str) {
    let message = format!("`{path}` cannot change inside a run");
    let help = if is_within(path, "pool") {
        "advisors come and go by the dates in `staffing` of the pool; set the rest for the whole run"
            .to_owned()
    } else if RULES.iter().any(|rule| is_within(path, rule)) || is_within(path, "portfolio") {
        "it belongs to a program as a whole, and not to a customer: set it for the whole run".to_owned()
    } else {
        format!(
            "what can is what a program does for a customer: {}, and the same of a program in the portfolio",
            RULES.join(", ")
        )
    };
    check.report_at(Fault::new(CHANGE_UNDATED, &check.document.sources, set.origin, path, message, help));
}
