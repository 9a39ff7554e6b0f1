//! What is asked of a scenario: variants, headline, expectations.

use super::calibrate::calibrate;
use super::codes::{
    DIGEST_MALFORMED, EXPECT_INCOMPLETE, EXPECT_ITSELF, EXPECT_NOTHING, EXPECT_TOO_EARLY, EXPECT_TWO_THINGS,
    UNKNOWN_CHANGE, UNKNOWN_VARIANT, UNUSED_SETTING, VARIANT_CHANGES_NOTHING, VARIANT_OF_ALL,
};
use super::design::design;
use super::optimize::optimize;
use super::selection::selection;
use super::{Check, capacity, is_within};
use crate::language::document::Document;
use crate::language::fault::{Fault, Faults, NEGATIVE, OUT_OF_RANGE};
use crate::language::{ASSUME, Name, Override, Text, nearest};
use crate::scenario::design::DesignSettings;
use crate::scenario::file::{Expectation, Relation, ScenarioFile};
use crate::scenario::load::Overlay;

/// The name of the only way to run a scenario without variants.
pub const ONLY: &str = "baseline";

/// Reports what is wrong with a scenario's headline, its baseline and its expectations.
pub fn experiment(file: &ScenarioFile, document: &Document, faults: &mut Faults) {
    let Some(mut check) = Check::new(document, faults) else { return };
    check.no_entry_twice("headline", file.headline.iter());
    if file.variant.is_empty() {
        capacity::sizes(&mut check, file);
    }
    if let Some(settings) = &file.design {
        design(&mut check, settings);
    }
    let made = file.design.as_ref().map(DesignSettings::variants).unwrap_or_default();
    let mut names = variant_names(document);
    names.extend(made.iter().map(|made| made.name.as_str()));
    names_a_variant(&mut check, &names, "baseline", file.baseline.as_ref().map(Text::as_str));
    if let Some(settings) = &file.optimize {
        optimize(&mut check, settings);
    }
    if let Some(settings) = &file.calibrate {
        calibrate(&mut check, settings);
    }
    if let Some(settings) = &file.selection {
        selection(&mut check, settings, names.len());
    }
    for (at, expectation) in file.expect.iter().enumerate() {
        let path = format!("expect[{}]", at + 1);
        names_a_variant(
            &mut check,
            &names,
            &format!("{path}.variant"),
            expectation.variant.as_ref().map(Text::as_str),
        );
        names_a_variant(
            &mut check,
            &names,
            &format!("{path}.minus"),
            expectation.minus.as_ref().map(Text::as_str),
        );
        names_a_change(&mut check, file, &format!("{path}.change"), expectation.change.as_ref());
        if !check.is_sound(&path) {
            continue;
        }
        expected(&mut check, &path, expectation);
        let metric = expectation.metric.as_ref().map_or("", Name::as_str);
        // Whoever shortens a run from outside its file does not contradict what the file expects of the whole.
        let [horizon, told] = ["horizon", &path].map(|path| document.origin(path).source);
        if metric.ends_with("_retention") && file.horizon.days_from(file.start.get()) < 365 && horizon == told
        {
            let message = format!("{metric} is measured over 12 months, and the run lasts {}", file.horizon);
            let help = "write horizon = \"1y\" or longer, or expect another metric";
            check.report(EXPECT_TOO_EARLY, &format!("{path}.metric"), message, help);
        }
    }
}

/// Returns the names of the listed variants as they are written, or that of the only one where none is listed.
pub(super) fn variant_names(document: &Document) -> Vec<&str> {
    let names = document.names_in("variant");
    if names.is_empty() { vec![ONLY] } else { names }
}

pub(super) fn names_a_variant(check: &mut Check<'_>, names: &[&str], path: &str, name: Option<&str>) {
    let Some(name) = name.filter(|name| !names.contains(name)) else { return };
    // What is at fault inside a variant that has a name does not hide it.
    let is_unnamed = |path: &String| path == "variant" || path.starts_with("variant[");
    if check.is_sound("design") && !check.doubtful.iter().any(is_unnamed) {
        let message = format!("no variant is called \"{name}\"");
        check.report(UNKNOWN_VARIANT, path, message, nearest::hint(name, "variants", names));
    }
}

fn names_a_change(check: &mut Check<'_>, file: &ScenarioFile, path: &str, name: Option<&Name>) {
    let names: Vec<&str> = file.change.iter().map(|change| change.name.as_str()).collect();
    let Some(name) = name.map(Name::as_str).filter(|name| !names.contains(name)) else { return };
    if check.is_sound("change") {
        let message = format!("no dated change is called \"{name}\"");
        check.report(UNKNOWN_CHANGE, path, message, nearest::hint(name, "changes", &names));
    }
}

fn expected(check: &mut Check<'_>, path: &str, expectation: &Expectation) {
    let Expectation {
        metric,
        variant,
        minus,
        change,
        relation,
        value,
        tolerance,
        false_alarm,
        digest,
        because: _,
    } = expectation;
    let inside = |key: &str| format!("{path}.{key}");
    match (metric, digest) {
        (None, None) => {
            let help = "add `metric` with `relation` and `value`, or `digest`";
            check.report(EXPECT_NOTHING, path, "nothing is expected here", help);
        }
        (Some(_), Some(_)) => {
            let message = "a metric and a digest are expected at once";
            check.report(EXPECT_TWO_THINGS, &inside("digest"), message, "write an [[expect]] for each");
        }
        (Some(metric), None) if relation.is_none() || value.is_none() => {
            let missing = if relation.is_none() { "relation" } else { "value" };
            let message =
                format!("nothing says {} {metric} is to be", if relation.is_none() { "how" } else { "what" });
            let example = if relation.is_none() { "\">=\"" } else { "0.85" };
            check.report(
                EXPECT_INCOMPLETE,
                path,
                message,
                format!("add `{missing}`, such as {missing} = {example}"),
            );
        }
        (None, Some(digest)) => {
            let text = digest.as_str();
            if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let message = format!("{text:?} is not a digest");
                let help = "copy the 64 hexadecimal digits that `run --json` shows as `digest`";
                check.report(DIGEST_MALFORMED, &inside("digest"), message, help);
            }
            for (key, is_written) in [
                ("relation", relation.is_some()),
                ("value", value.is_some()),
                ("minus", minus.is_some()),
                ("change", change.is_some()),
                ("false_alarm", false_alarm.is_some()),
            ] {
                if is_written {
                    let message = format!("`{key}` does nothing beside a digest, which is equal or is not");
                    check.report(UNUSED_SETTING, &inside(key), message, "remove it");
                }
            }
        }
        (Some(_), None) => {}
    }
    if minus.is_some() && change.is_some() {
        let message = "a difference between variants and one between customers are expected at once";
        check.report(EXPECT_TWO_THINGS, &inside("change"), message, "write an [[expect]] for each");
    }
    if false_alarm.is_some_and(|rate| rate.get() <= 0.0 || rate.get() >= 0.5) {
        let message = "a false alarm is possible, and rarer than a coin that shows heads";
        check.report(OUT_OF_RANGE, &inside("false_alarm"), message, "write a small share, such as \"0.1%\"");
    }
    if tolerance.is_some_and(|tolerance| tolerance.get() < 0.0) {
        let help = "write the half-width of what is allowed around the value";
        check.report(NEGATIVE, &inside("tolerance"), "a negative tolerance allows nothing", help);
    }
    if relation == &Some(Relation::Within) && tolerance.is_none() {
        let message = "nothing says within what of the value";
        check.report(EXPECT_INCOMPLETE, path, message, "add `tolerance`, such as tolerance = 0.05");
    }
    if tolerance.is_some() && relation.is_some_and(|relation| relation != Relation::Within) {
        let message = "`tolerance` does nothing beside this relation";
        check.report(
            UNUSED_SETTING,
            &inside("tolerance"),
            message,
            "write relation = \"within\", or remove it",
        );
    }
    if let (Some(variant), Some(minus)) = (variant, minus)
        && variant == minus
    {
        let message = format!("the difference between \"{variant}\" and itself is always 0");
        check.report(EXPECT_ITSELF, &inside("minus"), message, "name another variant");
    }
}

/// Reports variants that change nothing, or that change what all variants share. Each comes with the scenario
/// that it makes; `baseline` is the index of the one that the others are compared with.
pub fn variants(
    variants: &[(&Overlay, &ScenarioFile)],
    baseline: usize,
    document: &Document,
    faults: &mut Faults,
) {
    let Some(mut check) = Check::new(document, faults) else { return };
    let Some(&(base, shared)) = variants.get(baseline) else { return };
    capacity::sizes(&mut check, shared);
    // An override may well make a variant and the baseline the same: somebody tries out a value.
    let is_overridden = document.sources.iter().any(|source| source.name == "--set");
    for &(variant, file) in variants {
        // What stands in for a value that could not be read may be the baseline's.
        let is_read = variant.set.iter().all(|change| check.is_sound(&change.path))
            && (variant.extends.is_empty() || check.doubtful.is_empty());
        let is_listed = variant.name != base.name && !variant.is_made;
        if is_listed && is_read && file == shared && !is_overridden {
            let message = format!("\"{}\" is the same as the baseline, \"{}\"", variant.name, base.name);
            let help =
                "say what it changes, as in set = { \"touchpoint.check-in.every\" = \"30d\" }, or remove it";
            check.report(VARIANT_CHANGES_NOTHING, &format!("variant.{}.set", variant.name), message, help);
        }
        for change in &variant.set {
            let key = change.path.split('.').next().unwrap_or_default().trim();
            if OF_THE_COMPARISON.contains(&key) {
                let message = format!("`{key}` holds for the whole comparison, and not for one variant");
                report(&mut check, variant, Some(change), message, "set it for the whole scenario");
            }
        }
        let differing: Vec<_> = common(file)
            .into_iter()
            .zip(common(shared))
            .filter(|(own, base)| own.1 != base.1 && check.is_sound(own.0))
            .collect();
        for ((path, _), _) in differing {
            let touches = |change: &&Override| is_within(&change.path, path) || is_within(path, &change.path);
            let changes = || variant.set.iter();
            let change = changes().find(touches).or_else(|| changes().find(|it| is_within(&it.path, ASSUME)));
            let message =
                format!("`{path}` differs between variants, which all start from the same customers");
            let help = "set it for the whole scenario, or make another scenario of it";
            report(&mut check, variant, change, message, help);
        }
    }
}

/// What a variant cannot set because it is asked of all variants together.
const OF_THE_COMPARISON: [&str; 17] = [
    "name",
    "question",
    "replications",
    "seed",
    "confidence",
    "currency",
    "headline",
    "baseline",
    "variant",
    "expect",
    "design",
    "selection",
    "optimize",
    "sensitivity",
    "precision",
    "staff",
    "calibrate",
];

/// Reports that `variant` makes a difference it cannot make, where it does so.
fn report(check: &mut Check<'_>, variant: &Overlay, change: Option<&Override>, message: String, help: &str) {
    let key = if change.is_none() && !variant.extends.is_empty() { "extends" } else { "set" };
    let setting = match change {
        Some(change) if variant.is_made => change.path.clone(),
        _ => format!("variant.{}.{key}", variant.name),
    };
    let fault = match change {
        Some(change) => {
            Fault::new(VARIANT_OF_ALL, &check.document.sources, change.origin, setting, message, help)
        }
        None => check.document.fault(VARIANT_OF_ALL, &setting, message, help),
    };
    check.report_at(fault);
}

/// What all variants share: their time, and whatever only the opening book and the stream of new customers are made
/// from.
fn common(file: &ScenarioFile) -> Vec<(&'static str, String)> {
    let ScenarioFile { population, usage, renewal, .. } = file;
    macro_rules! shown {
        ($($path:literal: $value:expr;)+) => { vec![$(($path, format!("{:?}", $value))),+] };
    }
    shown! {
        "start": file.start;
        "horizon": file.horizon;
        "population.accounts": population.accounts;
        "population.mid_life": population.mid_life;
        "population.history": population.history;
        "population.warm_up": population.warm_up;
        "population.arrivals": population.arrivals;
        "population.quarter_end_weight": population.quarter_end_weight;
        "population.close_probability": population.close_probability;
        "population.contract_start_lag": population.contract_start_lag;
        "population.group": population.group;
        "population.seats_share": population.seats_share;
        "population.price_per_seat": population.price_per_seat;
        "population.price_spread": population.price_spread;
        "population.price_from": population.price_from;
        "population.price_to": population.price_to;
        "population.term": population.term;
        "population.soft_cap": population.soft_cap;
        "population.soft_cap_limit": population.soft_cap_limit;
        "population.role_present": population.role_present;
        "population.role_shared": population.role_shared;
        "population.buyer_access": population.buyer_access;
        "population.code_navigation": population.code_navigation;
        "population.slowest_pace": population.slowest_pace;
        "usage.curve": usage.curve;
        "usage.half_time": usage.half_time;
        "usage.pace_spread": usage.pace_spread;
        "usage.imitation": usage.imitation;
        "usage.first_ping": usage.first_ping;
        "usage.self_hosted_delay": usage.self_hosted_delay;
        "renewal.hidden_spread": renewal.hidden_spread;
        "renewal.beta_alpha": renewal.beta_alpha;
        "renewal.beta_beta": renewal.beta_beta;
    }
}
