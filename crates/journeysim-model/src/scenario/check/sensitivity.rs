//! A question about assumptions: whether there are any, and whether its method fits it.

use super::Check;
use super::codes::{
    ASSUMPTION_UNUSED, EXPECT_ITSELF, METHOD_MISFIT, NO_ASSUMPTIONS, NO_REPLICATIONS, TOO_FEW_POINTS,
    UNUSED_SETTING,
};
use super::experiment::{ONLY, names_a_variant, variant_names};
use crate::language::document::Document;
use crate::language::fault::Faults;
use crate::language::{ASSUME, AssumptionUse, Count, Text, nearest};
use crate::scenario::file::ScenarioFile;
use crate::scenario::sensitivity::{MOST_INDICES, Method, SensitivitySettings};

/// The assumptions that a scenario uses, and those of each of its variants.
type Used<'a> = (&'a [AssumptionUse], &'a [(&'a str, &'a [AssumptionUse])]);

/// Reports what is wrong with a scenario's question about its assumptions. Those that are used are known where the
/// scenario and all its variants could be read.
pub fn sensitivity(file: &ScenarioFile, used: Option<Used<'_>>, document: &Document, faults: &mut Faults) {
    let Some(mut check) = Check::new(document, faults) else { return };
    if let (Some(settings), Some((base, _))) = (&file.calibrate, used) {
        assumptions(
            &mut check,
            "calibrate",
            "parameters",
            settings.parameters.as_deref(),
            &base.iter().collect::<Vec<_>>(),
        );
    }
    let Some(question) = &file.sensitivity else { return };
    let mut names = variant_names(document);
    // Those of a design are not listed.
    let made = used
        .iter()
        .flat_map(|(_, variants)| *variants)
        .map(|(name, _)| *name)
        .filter(|name| !names.contains(name));
    names.extend(made.collect::<Vec<_>>());
    names_a_variant(&mut check, &names, "sensitivity.variant", question.variant.as_ref().map(Text::as_str));
    names_a_variant(&mut check, &names, "sensitivity.minus", question.minus.as_ref().map(Text::as_str));
    compared(&mut check, file, question, &names);
    enough(&mut check, question);
    fits(&mut check, question);
    if let Some((base, variants)) = used {
        let uses: Vec<&AssumptionUse> =
            base.iter().chain(variants.iter().flat_map(|(_, uses)| *uses)).collect();
        let asked = question.assumptions.as_deref();
        let count = assumptions(&mut check, "sensitivity", "assumptions", asked, &uses);
        if question.method == Method::Sobol && count > MOST_INDICES {
            let message = format!("\"sobol\" is for a chosen few, and {count} assumptions would be varied");
            let help = format!("name up to {MOST_INDICES} in `assumptions`; \"morris\" says which matter");
            check.report(METHOD_MISFIT, "sensitivity.method", message, help);
        }
    }
}

/// The two that are compared are two.
fn compared(check: &mut Check<'_>, file: &ScenarioFile, question: &SensitivitySettings, names: &[&str]) {
    let Some(variant) = &question.variant else {
        if question.minus.is_some() {
            let help = "add `variant`, which it is compared with, or remove it";
            check.report(UNUSED_SETTING, "sensitivity.minus", "`minus` does nothing without `variant`", help);
        }
        return;
    };
    let baseline = file.baseline.as_ref().map_or(names.first().copied().unwrap_or(ONLY), Text::as_str);
    let other = question.minus.as_ref().map_or(baseline, Text::as_str);
    if variant.as_str() == other {
        let message = format!("the difference between \"{variant}\" and itself is always 0");
        check.report(EXPECT_ITSELF, "sensitivity.variant", message, "name another variant");
    }
}

/// Few enough points say nothing.
fn enough(check: &mut Check<'_>, question: &SensitivitySettings) {
    if question.replications.is_some_and(|count| count.get() == 0) {
        let help = "write at least 1";
        check.report(
            NO_REPLICATIONS,
            "sensitivity.replications",
            "without replications nothing is run",
            help,
        );
    }
    let points: [(&str, Option<Count>, u32); 3] = [
        ("trajectories", question.trajectories, 2),
        ("samples", question.samples, 8),
        ("worlds", question.worlds, 20),
    ];
    for (name, count, least) in points {
        if let Some(count) = count.filter(|count| count.get() < least) {
            let message = format!("nothing can be said from {count} {name}");
            let path = format!("sensitivity.{name}");
            check.report(TOO_FEW_POINTS, &path, message, format!("write at least {least}"));
        }
    }
}

/// The method can answer the question, and nothing is said that it does not hear.
fn fits(check: &mut Check<'_>, question: &SensitivitySettings) {
    let method = question.method;
    if method == Method::Worlds && question.variant.is_none() {
        let message = "\"worlds\" is about a decision between two variants, and none is named";
        let help = "add variant = \"...\", or write method = \"sobol\"";
        check.report(METHOD_MISFIT, "sensitivity.method", message, help);
    }
    // Somebody who tries out another method from outside the file need not take away what belongs to the first.
    if check.document.sources.iter().any(|source| source.name == "--set") {
        return;
    }
    let settings = [
        ("trajectories", question.trajectories.is_some(), &[Method::Morris][..]),
        ("samples", question.samples.is_some(), &[Method::Sobol]),
        ("worlds", question.worlds.is_some(), &[Method::Worlds]),
        ("draw", question.draw.is_some(), &[Method::Sobol, Method::Worlds]),
    ];
    for (name, is_written, methods) in settings {
        if is_written && !methods.contains(&method) {
            let message = format!("`{name}` does nothing beside method = \"{}\"", method.name());
            let help = format!("write method = \"{}\", or remove it", methods[0].name());
            check.report(UNUSED_SETTING, &format!("sensitivity.{name}"), message, help);
        }
    }
}

/// What the list `key` of `table` wants to vary is used and has a range; returns how many are varied.
fn assumptions(
    check: &mut Check<'_>,
    table: &str,
    key: &str,
    asked: Option<&[Text]>,
    uses: &[&AssumptionUse],
) -> usize {
    let list = format!("{table}.{key}");
    let mut ranged: Vec<&str> =
        uses.iter().filter(|used| used.is_ranged()).map(|used| used.title()).collect();
    ranged.sort_unstable();
    ranged.dedup();
    if let Some(asked) = asked {
        check.no_entry_twice(&list, asked.iter());
        if asked.is_empty() {
            let help = "name an assumption, or remove the list: then all with a range are varied";
            check.report(NO_ASSUMPTIONS, &list, "no assumption is to be varied", help);
        }
        for (at, name) in (1..).zip(asked) {
            let path = format!("{list}[{at}]");
            if ranged.contains(&name.as_str()) {
                continue;
            }
            let is_used = uses.iter().any(|used| used.title() == name.as_str());
            let is_stated = check.document.is_written(&format!("{ASSUME}.{name}"));
            if is_used {
                let message = format!("{name} has no range: its low is its high");
                check.report(NO_ASSUMPTIONS, &path, message, "give it a range, or take it out of the list");
            } else if is_stated {
                let message = format!("the scenario does not use the assumption {name}");
                let help = "take it out of the list, or write its name where its value is wanted";
                check.report(ASSUMPTION_UNUSED, &path, message, help);
            } else {
                let message = format!("no assumption is called {name}");
                let help = nearest::hint(name.as_str(), "assumptions used", &ranged);
                check.report(ASSUMPTION_UNUSED, &path, message, help);
            }
        }
    } else if ranged.is_empty() {
        let help = "write a value as { low = ..., base = ..., high = ..., source = \"...\" }";
        check.report(NO_ASSUMPTIONS, table, "the scenario uses no assumption with a range", help);
    }
    asked.map_or(ranged.len(), <[Text]>::len)
}
