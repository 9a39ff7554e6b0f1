//! Health, the assessment, Lighthouse.

use super::codes::{
    ASSESSMENT_OUTSIDE_TERM, LIGHTHOUSE_NOBODY, MORE_THAN_ALL, OFF_THE_SCALE, PART_OF_A_WEEK,
    THRESHOLDS_CROSSED, UNUSED_SETTING, WEIGHTS_NOT_WHOLE,
};
use super::{Check, Rules, longest_days, percent};
use crate::language::{Count, Share};
use crate::renewal::care::{LighthouseEntry, LighthouseOwner};
use crate::scenario::file::ScenarioFile;

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    health(check, program);
    assessment(check, file, program);
    if program.file.lighthouse.enabled {
        lighthouse(check, program);
    }
}

fn health(check: &mut Check<'_>, program: &Rules) {
    let health = &program.file.health;
    let weights = [
        health.sentiment_weight,
        health.technical_weight,
        health.relationship_weight,
        health.utilization_weight,
    ];
    let sum: f64 = weights.into_iter().map(Share::get).sum();
    if (sum - 1.0).abs() > 1e-6 {
        let message = format!("the weights of the health score add up to {}", percent(sum));
        let help =
            "make the weights of sentiment, technical health, relationship and utilization 100% together";
        let paths = ["sentiment", "technical", "relationship", "utilization"]
            .map(|key| program.path(&format!("health.{key}_weight")));
        check.report_last(WEIGHTS_NOT_WHOLE, &paths, message, help);
    }
    let count = |count: Count| f64::from(count.get());
    for (low, high, low_value, high_value, may_meet) in [
        (
            "utilization_poor",
            "utilization_healthy",
            health.utilization_poor.get(),
            health.utilization_healthy.get(),
            true,
        ),
        ("usage_poor", "usage_healthy", health.usage_poor.get(), health.usage_healthy.get(), false),
        ("defects_healthy", "defects_poor", count(health.defects_healthy), count(health.defects_poor), true),
        ("help_healthy", "help_poor", count(health.help_healthy), count(health.help_poor), true),
        (
            "activity_healthy",
            "activity_poor",
            count(health.activity_healthy),
            count(health.activity_poor),
            false,
        ),
        ("red_max", "green_min", health.red_max.get(), health.green_min.get(), false),
    ] {
        crossed(check, program, "health", [low, high], [low_value, high_value], may_meet);
    }
    for (key, limit) in [("green_min", health.green_min), ("red_max", health.red_max)] {
        if !(0.0..=10.0).contains(&limit.get()) {
            let path = program.path(&format!("health.{key}"));
            let message = format!("scores go from 0 to 10, and {limit} is not among them");
            check.report(OFF_THE_SCALE, &path, message, "write a number from 0 to 10, such as 7");
        }
    }
}

/// Reports two thresholds of `table` of which the first must lie below the second.
fn crossed(
    check: &mut Check<'_>,
    program: &Rules,
    table: &str,
    keys: [&str; 2],
    values: [f64; 2],
    may_meet: bool,
) {
    let [low, high] = keys.map(|key| program.path(&format!("{table}.{key}")));
    let wrong = if may_meet { values[0] > values[1] } else { values[0] >= values[1] };
    if wrong {
        let relation = if may_meet { "at most" } else { "less than" };
        let message = format!("`{}` must be {relation} `{}`, or some accounts are both", keys[0], keys[1]);
        let help = format!("lower `{}`, or raise `{}`", keys[0], keys[1]);
        check.report_last(THRESHOLDS_CROSSED, &[low, high], message, help);
    }
}

fn assessment(check: &mut Check<'_>, file: &ScenarioFile, program: &Rules) {
    let assessment = &program.file.assessment;
    if !assessment.enabled || !check.is_sound("population.term") {
        return;
    }
    let terms = file.population.term.iter().filter(|term| term.share.get() > 0.0);
    let Some(longest) = terms.map(|term| term.length).max() else { return };
    let days = assessment.rha_days.get();
    let path = program.path("assessment.rha_days");
    let help = "write the days before the end of the term, such as 120";
    if days == 0 {
        let message = "an assessment on the day the term ends comes too late for anything";
        check.report(ASSESSMENT_OUTSIDE_TERM, &path, message, help);
    } else if i64::from(days) >= longest_days(longest.get()) {
        let message = format!(
            "an assessment {days} days before the end comes before any term: the longest has {longest}"
        );
        check.report(ASSESSMENT_OUTSIDE_TERM, &path, message, help);
    }
}

fn lighthouse(check: &mut Check<'_>, program: &Rules) {
    let (assessment, lighthouse) = (&program.file.assessment, &program.file.lighthouse);
    let inside = |key: &str| program.path(&format!("lighthouse.{key}"));
    let zero = |count: Option<Count>| count.is_some_and(|count| count.get() == 0);
    for (key, is_zero, message, help) in [
        (
            "exit_checks",
            zero(Some(lighthouse.exit_checks)),
            "nobody leaves after no healthy checks",
            "write 1 or more",
        ),
        (
            "max_days",
            zero(lighthouse.max_days),
            "a stay of at most no days is none",
            "write 1 or more, or remove it for no limit",
        ),
        (
            "max_concurrent",
            zero(lighthouse.max_concurrent),
            "with room for no members nobody can enter",
            "write 1 or more, or enabled = false",
        ),
        (
            "max_per_advisor",
            zero(lighthouse.max_per_advisor),
            "if nobody leads a member nobody can enter",
            "write 1 or more, or enabled = false",
        ),
        (
            "sponsors",
            zero(lighthouse.sponsors),
            "without a sponsor no plan is ever presented",
            "write 1 or more, or remove it for as many as it takes",
        ),
        (
            "sponsored",
            zero(Some(lighthouse.sponsored)),
            "a sponsor who stands behind nobody is none",
            "write 1 or more",
        ),
    ] {
        if is_zero {
            check.report(LIGHTHOUSE_NOBODY, &inside(key), message, help);
        }
    }
    if lighthouse.sponsors.is_none() && lighthouse.sponsored.get() != 1 {
        let message = "`sponsored` does nothing here: there are as many sponsors as it takes";
        check.report(UNUSED_SETTING, &inside("sponsored"), message, "say how many `sponsors` there are");
    }
    if lighthouse.max_per_advisor.is_some() && lighthouse.owner == LighthouseOwner::Pooled {
        let message = "`max_per_advisor` does nothing here: no advisor leads a stay";
        let help = "write owner = \"sticky\", or limit `max_concurrent`";
        check.report_last(UNUSED_SETTING, &["max_per_advisor", "owner"].map(inside), message, help);
    }
    let flags = lighthouse.entry == LighthouseEntry::AnyFlag;
    let otherwise = flags || lighthouse.champion_loss_triggers || lighthouse.ad_hoc.per_day() > 0.0;
    if !assessment.enabled && !otherwise {
        let message = "without an assessment nobody is found to be at risk, and nobody enters Lighthouse";
        let help = "write enabled = false in [lighthouse] too, or let `champion_loss_triggers` or `ad_hoc` lead into it";
        let settings = ["assessment.enabled", "lighthouse.enabled", "lighthouse.ad_hoc"];
        check.report_last(LIGHTHOUSE_NOBODY, &settings.map(|setting| program.path(setting)), message, help);
    }
    if lighthouse.churn_cut.get() * lighthouse.strength.get() > 1.0 {
        let message = format!(
            "a cut of {} times {} takes away more than all churn",
            lighthouse.churn_cut, lighthouse.strength
        );
        let help = "make their product at most 100%";
        check.report_last(MORE_THAN_ALL, &["strength", "churn_cut"].map(inside), message, help);
    }
    const WEEK: i64 = 7 * 86_400;
    let every = lighthouse.sync_every;
    if every.get() == 0 || every.get() % WEEK != 0 {
        let weeks = ((every.get() + WEEK / 2) / WEEK).max(1);
        let message = format!("syncs are held on Mondays, and {every} is not a number of whole weeks");
        check.report(
            PART_OF_A_WEEK,
            &inside("sync_every"),
            message,
            format!("write \"{weeks}w\" or other whole weeks"),
        );
    }
}
