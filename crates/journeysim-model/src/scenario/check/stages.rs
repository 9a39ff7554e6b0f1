//! Stages and gates: whether every stage can be reached.

use super::codes::{
    GATE_OUT_OF_REACH, GOAL_WITHOUT_DAYS, NO_ROOM_FOR_ADOPTING, NURTURING_NEVER_LOST, RENEWING_FILLS_TERM,
};
use super::{Check, Rules, longest_days, percent};
use crate::language::Share;
use crate::program::stage::{Comparison, Fallback, Join};
use crate::scenario::file::ScenarioFile;
use crate::usage::{DauDays, UsageFormula};

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    let stages = &program.file.stages;
    room(check, file, program);
    gates(check, file, program);
    check.whole_days(&program.path("stages.gate_check_interval"), stages.gate_check_interval, false);
    if stages.goal_days.get() == 0 {
        let help = "write the days in which the goal is to be reached, such as 60";
        let message = "a goal to be reached in no days is missed by everybody";
        check.report(GOAL_WITHOUT_DAYS, &program.path("stages.goal_days"), message, help);
    }
    if stages.fallback == Fallback::AfterMonths && stages.fallback_months.get() == 0 {
        let message = "Nurturing is lost after no months below the gate";
        let help = "write 1 or more, or fallback = \"immediate\"";
        check.report(NURTURING_NEVER_LOST, &program.path("stages.fallback_months"), message, help);
    }
    let gates = [stages.utilization_gate, stages.usage_gate].map(Share::get);
    let slack = stages.fallback_hysteresis.get();
    let beyond = |gate: &f64| {
        gate - slack < 0.0 || (gate - slack <= 0.0 && stages.gate_comparison == Comparison::AtLeast)
    };
    let never =
        if stages.gate_join == Join::And { gates.iter().all(beyond) } else { gates.iter().any(beyond) };
    if stages.fallback != Fallback::Never && never {
        let message = format!("{} below the gate is below zero, so Nurturing is never lost", percent(slack));
        let help = "write a smaller hysteresis, or fallback = \"never\"";
        check.report(NURTURING_NEVER_LOST, &program.path("stages.fallback_hysteresis"), message, help);
    }
}

/// Reports stages that no day of any term is left for.
fn room(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    let stages = &program.file.stages;
    let terms = file.population.term.iter().filter(|term| term.share.get() > 0.0);
    let Some(longest) = terms.map(|term| term.length).max() else { return };
    let paths = ["stages.renewing_days", "stages.onboarding_days"].map(|setting| program.path(setting));
    if !check.is_sound("population.term") || !paths.iter().all(|path| check.is_sound(path)) {
        return;
    }
    if !stages.renewing_from_every_stage || !stages.renewal_preempts {
        return;
    }
    let days = longest_days(longest.get());
    let (lead, onboarding) = (i64::from(stages.renewing_lead()), i64::from(stages.onboarding_days.get()));
    if lead >= days {
        let message =
            format!("the last {lead} days of a term are all of it: no term is longer than {longest}");
        let help = "write fewer days than the longest term has, such as 120";
        check.report(RENEWING_FILLS_TERM, &paths[0], message, help);
    } else if onboarding >= days - lead {
        let message = format!(
            "{onboarding} days of Onboarding and {lead} of Renewing leave no day for Adopting: no term is longer than {longest}"
        );
        check.report_last(NO_ROOM_FOR_ADOPTING, &paths, message, "write fewer days, such as 60 and 120");
    }
}

/// Reports gates above what can be reached, where they keep accounts from Nurturing.
fn gates(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    let stages = &program.file.stages;
    let (population, usage) = (&file.population, &file.usage);
    let sound =
        ["population.soft_cap", "usage.weekend", "usage.dau_days", "usage.formula", "usage.usage_limit"];
    let own = ["stages.gate_comparison", "stages.gate_join"].map(|setting| program.path(setting));
    if !check.are_sound(&sound) || !own.iter().all(|path| check.is_sound(path)) {
        return;
    }
    let soft = population.soft_cap.get() > 0.0;
    let utilization_most = if soft { population.soft_cap_limit.get().max(1.0) } else { 1.0 };
    // Those who work on every weekday: whole weeks, or the best month, which has 23 weekdays of 31 days.
    let weekend = usage.weekend.get();
    let weekdays = match (usage.dau_days, usage.formula) {
        (DauDays::Weekdays, _) => 1.0,
        (DauDays::Calendar, UsageFormula::Lagged | UsageFormula::Rolling28) => (5.0 + 2.0 * weekend) / 7.0,
        (DauDays::Calendar, UsageFormula::SameMonth) => (23.0 + 8.0 * weekend) / 31.0,
    };
    let usage_most = weekdays.min(usage.usage_limit.get());
    let beyond = |gate: Share, most: f64| !stages.gate_comparison.passes(most, gate.get());
    let utilization = beyond(stages.utilization_gate, utilization_most);
    let daily = beyond(stages.usage_gate, usage_most);
    let (report_utilization, report_daily) = match stages.gate_join {
        Join::And => (utilization, daily),
        Join::Or => (utilization && daily, utilization && daily),
    };
    if report_utilization {
        let message =
            format!("nobody can surpass {}: that would be more users than seats", stages.utilization_gate);
        let help = "write a lower gate, or gate_comparison = \"ge\"";
        let settings =
            ["stages.utilization_gate", "stages.gate_comparison"].map(|setting| program.path(setting));
        check.report_last(GATE_OUT_OF_REACH, &settings, message, help);
    }
    if report_daily {
        let gate = stages.usage_gate;
        let message =
            format!("usage of {gate} is out of reach: it is at most {} in the long run", percent(usage_most));
        let help = if usage.dau_days == DauDays::Weekdays {
            "write a lower gate; usage is limited by `usage.usage_limit`"
        } else {
            "usage is daily over monthly users, and few work at weekends: write a lower gate, such as \"30%\""
        };
        check.report(GATE_OUT_OF_REACH, &program.path("stages.usage_gate"), message, help);
    }
}
