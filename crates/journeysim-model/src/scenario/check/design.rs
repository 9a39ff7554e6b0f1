//! Designs: factors that vary, and as many variants as can be run.

use super::Check;
use super::codes::{
    DESIGN_SIZE, EMPTY_LIST, FACTOR_MISWRITTEN, FACTOR_OF_ONE_VALUE, FACTOR_TWICE_BOUNDED, FACTOR_UNBOUNDED,
    UNUSED_SETTING,
};
use crate::base::stats::DIMENSIONS;
use crate::language::Count;
use crate::scenario::design::{DesignKind, DesignSettings, Factor, Levels, MOST, NoLevels};

/// Reports what is wrong with a design.
pub(super) fn design(check: &mut Check<'_>, design: &DesignSettings) {
    if design.factor.is_empty() {
        let help = "add a [[design.factor]] with a `path` and its `values`, or remove the design";
        check.report(EMPTY_LIST, "design.factor", "without a factor there is nothing to vary", help);
    }
    factors(check, "design.factor", &design.factor);
    let is_counted = matches!(design.kind, DesignKind::LatinHypercube | DesignKind::Sobol);
    match design.points.map(Count::get) {
        None | Some(0) if is_counted => {
            let message = format!("nothing says how many points `{}` takes", design.kind.name());
            check.report(DESIGN_SIZE, "design.points", message, "add `points`, such as points = 16");
        }
        Some(_) if !is_counted => {
            let message =
                format!("`points` does nothing: a design \"{}\" has as many as follow", design.kind.name());
            check.report(UNUSED_SETTING, "design.points", message, "remove it, or choose another kind");
        }
        _ => {}
    }
    if design.kind == DesignKind::Grid {
        for (at, factor) in (1..).zip(&design.factor) {
            if factor.step.is_none() && matches!(factor.levels(), Ok(Levels::Spaced(_))) {
                let message = format!("a grid needs to know which values of {} to try", factor.path);
                let help = "add a `step`, or list `values`";
                check.report(FACTOR_UNBOUNDED, &entry("design.factor", at, factor), message, help);
            }
        }
    }
    let sound =
        (1..).zip(&design.factor).all(|(at, factor)| check.is_sound(&entry("design.factor", at, factor)));
    if let Some(size) = design.size().filter(|&size| size > MOST && sound) {
        let message = format!("the design has {size} variants; at most {MOST} can be run");
        check.report(
            DESIGN_SIZE,
            "design.kind",
            message,
            "take fewer values, or kind = \"sobol\" with some `points`",
        );
    }
    if design.kind == DesignKind::Sobol && design.factor.len() > DIMENSIONS {
        let message = format!("the Sobol' sequence is known for {DIMENSIONS} factors");
        check.report(DESIGN_SIZE, "design.kind", message, "write kind = \"latin_hypercube\"");
    }
}

/// Reports factors without values to choose from, and two of one setting.
pub(super) fn factors(check: &mut Check<'_>, list: &str, factors: &[Factor]) {
    let mut paths: Vec<&str> = Vec::new();
    for (at, factor) in (1..).zip(factors) {
        let path = entry(list, at, factor);
        if !check.is_sound(&path) {
            continue;
        }
        let setting = &factor.path;
        if paths.contains(&setting.text.as_str()) {
            let message = format!("{setting} is varied twice");
            check.report(super::REPEATED_ENTRY, &format!("{path}.path"), message, "keep one of them");
        }
        paths.push(&setting.text);
        let (code, key, message, help) = match factor.levels() {
            Ok(_) => continue,
            Err(NoLevels::Unbounded) => {
                let (message, help) = match (&factor.low, &factor.high) {
                    (Some(_), _) => {
                        (format!("nothing says how far {setting} may go up"), "add `high` to `low`")
                    }
                    (_, Some(_)) => {
                        (format!("nothing says how far {setting} may go down"), "add `low` to `high`")
                    }
                    _ => (
                        format!("nothing says which values {setting} may take"),
                        "add `values = [...]`, or `low` and `high`, as the setting takes them",
                    ),
                };
                (FACTOR_UNBOUNDED, "", message, help)
            }
            Err(NoLevels::Both) => (
                FACTOR_TWICE_BOUNDED,
                ".values",
                format!("{setting} has listed values and bounds at once"),
                "keep `values`, or `low`, `high` and `step`",
            ),
            Err(NoLevels::One) => (
                FACTOR_OF_ONE_VALUE,
                if factor.values.is_some() { ".values" } else { ".high" },
                format!("with one value nothing is varied in {setting}"),
                "add another value, or set this one in the scenario itself",
            ),
            Err(NoLevels::Scale(why)) => (
                FACTOR_MISWRITTEN,
                if factor.step.is_some() && why.starts_with("with steps") { ".step" } else { ".high" },
                why,
                "write low = \"30d\", high = \"90d\", step = \"15d\": one number and one unit, the same in all",
            ),
        };
        check.report(code, &format!("{path}{key}"), message, help);
    }
}

/// The path of an entry of a list of factors.
fn entry(list: &str, at: usize, factor: &Factor) -> String {
    factor.name.as_ref().map_or_else(|| format!("{list}[{at}]"), |name| format!("{list}.{name}"))
}
