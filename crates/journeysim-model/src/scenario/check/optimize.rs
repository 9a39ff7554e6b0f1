//! Decisions: something to decide, limits that can hold together, evaluations enough to look.

use super::Check;
use super::codes::{BUDGET_TOO_SMALL, EMPTY_LIST, FRONTIER_PAIR, LIMIT_RELATION, LIMITS_CONTRADICT};
use super::design::factors;
use crate::scenario::file::Relation;
use crate::scenario::optimize::{LimitSettings, OptimizeSettings, least_budget};

/// Reports what is wrong with a question of what to decide.
pub(super) fn optimize(check: &mut Check<'_>, optimize: &OptimizeSettings) {
    if optimize.decision.is_empty() {
        let help = "add an [[optimize.decision]] with a `path` and its `values`, or `low` and `high`";
        check.report(EMPTY_LIST, "optimize.decision", "there is nothing to decide", help);
    }
    factors(check, "optimize.decision", &optimize.decision);
    limits(check, &optimize.limit);
    let (budget, least) = (optimize.budget.get() as usize, least_budget(optimize.decision.len()));
    if budget < least && !optimize.decision.is_empty() {
        let message =
            format!("{budget} evaluations are too few to search among {} decisions", optimize.decision.len());
        check.report(BUDGET_TOO_SMALL, "optimize.budget", message, format!("write {least} or more"));
    }
    if let Some(pair) = &optimize.frontier {
        if let [one, other] = pair.as_slice()
            && one != other
        {
            return;
        }
        let help = "write frontier = [\"gross_revenue_retention\", \"advisor_hours_per_account_year\"]";
        check.report(FRONTIER_PAIR, "optimize.frontier", "a frontier lies between two metrics", help);
    }
}

fn limits(check: &mut Check<'_>, limits: &[LimitSettings]) {
    for (at, limit) in (1..).zip(limits) {
        if !matches!(limit.relation, Relation::AtLeast | Relation::AtMost) {
            let message = format!("a limit is no \"{}\"", limit.relation.name());
            let path = format!("optimize.limit[{at}].relation");
            check.report(LIMIT_RELATION, &path, message, "write \">=\" or \"<=\"");
        }
        if limit.relation != Relation::AtMost {
            continue;
        }
        let floor = limits.iter().find(|other| {
            other.metric == limit.metric
                && other.relation == Relation::AtLeast
                && other.value.get() > limit.value.get()
        });
        if let Some(floor) = floor {
            let message =
                format!("{} cannot be at least {} and at most {}", limit.metric, floor.value, limit.value);
            let path = format!("optimize.limit[{at}].value");
            check.report(LIMITS_CONTRADICT, &path, message, "raise this one, or lower the other");
        }
    }
}
