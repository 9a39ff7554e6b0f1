//! What customers do by themselves: adoption, shocks, renewal.

use super::codes::{
    BETA_INCOMPLETE, CERTAIN_ODDS, CHURN_TWICE, CURVE_INCOMPLETE, INITIAL_IMPOSSIBLE, LATE_BY_NOTHING,
    MORE_THAN_ALL, STANDING_ORDER, UNUSED_SETTING,
};
use super::{Check, largest};
use crate::language::fault::NEGATIVE;
use crate::program::touchpoint::RequestFactors;
use crate::renewal::outcome::{ByStanding, RenewalSettings};
use crate::scenario::file::ScenarioFile;
use crate::usage::{Curve, UsageSettings};

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile) {
    let (usage, shocks, renewal) = (&file.usage, &file.shocks, &file.renewal);
    curve(check, file);
    for (path, spread) in
        [("usage.pace_spread", usage.pace_spread), ("renewal.hidden_spread", renewal.hidden_spread)]
    {
        if spread.get() < 0.0 {
            check.report(NEGATIVE, path, format!("{spread} is negative"), "a spread is 0 or more");
        }
    }
    const AT_ONCE: &str = "nothing can halve in no time";
    for (path, span, why) in [
        ("usage.half_time", usage.half_time, "adoption cannot reach half of its ceiling in no time"),
        ("usage.sway_half_life", usage.sway_half_life, AT_ONCE),
        ("usage.decay_recovery", usage.decay_recovery, AT_ONCE),
        ("shocks.budget_recovery", shocks.budget_recovery, AT_ONCE),
        ("shocks.company_fading", shocks.company_fading, AT_ONCE),
    ] {
        check.takes_time(path, span, why);
    }
    let responses = &file.responses;
    for (key, factor) in
        responses.request_factors.named().into_iter().filter(|(_, factor)| factor.get() < 0.0)
    {
        let message = format!("{factor} is negative");
        check.report(NEGATIVE, &format!("responses.request_factors.{key}"), message, "a factor is 0 or more");
    }
    if responses.between_requests.is_some() && responses.request_factors != RequestFactors::default() {
        let message = "`between_requests` says when requests come, whatever the customer is going through";
        let help = "remove it, or the factors: they belong to the rate `requests`";
        let paths = ["responses.request_factors", "responses.between_requests"].map(str::to_owned);
        check.report_last(UNUSED_SETTING, &paths, message, help);
    }
    check.whole_days("shocks.release_every", shocks.release_every, false);
    check.whole_days("population.warm_up", file.population.warm_up, true);
    standing(check, renewal);
    rules_of_churn(check, renewal);
    if renewal.late.get() > 0.0 && renewal.late_days.get() == 0 {
        let message = format!("{} of renewals are signed late, by at most no days", renewal.late);
        let help = "write the longest delay, such as 30, or late = \"0%\"";
        let paths = ["renewal.late_days", "renewal.late"].map(str::to_owned);
        check.report_last(LATE_BY_NOTHING, &paths, message, help);
    }
    if largest(&renewal.downsize_size) > 1.0 {
        let message = "a downsize may take more than the whole contract";
        let help = "write sizes up to 100%; a distribution without an end gets max = \"100%\"";
        check.report(MORE_THAN_ALL, "renewal.downsize_size", message, help);
    }
}

fn curve(check: &mut Check<'_>, file: &ScenarioFile) {
    let usage: &UsageSettings = &file.usage;
    if !check.is_sound("usage.curve") {
        return;
    }
    let coefficients = [("innovation", usage.innovation, 0.0003), ("imitation", usage.imitation, 0.05)];
    if usage.curve == Curve::Bass {
        for (key, _, example) in coefficients.iter().filter(|(_, value, _)| value.is_none()) {
            let message = format!("a Bass curve needs `{key}`, its coefficient of {key} per day");
            check.report(
                CURVE_INCOMPLETE,
                &format!("usage.{key}"),
                message,
                format!("add {key} = {example}, or another number"),
            );
        }
        return;
    }
    let varied = file
        .variant
        .iter()
        .flat_map(|variant| &variant.set.0)
        .any(|change| change.path.trim() == "usage.curve");
    for (key, ..) in coefficients.iter().filter(|(_, value, _)| value.is_some() && !varied) {
        let message = format!("`{key}` belongs to the Bass curve, and this curve is {}", usage.curve);
        check.report(
            UNUSED_SETTING,
            &format!("usage.{key}"),
            message,
            "write curve = \"bass\", or remove it",
        );
    }
    let initial = usage.initial.get();
    if initial <= 0.0 || initial >= 0.5 {
        let message =
            format!("a {} curve that starts at {} never grows to a half", usage.curve, usage.initial);
        let help = "write a share above 0% and below 50%, such as \"2%\"";
        check.report(INITIAL_IMPOSSIBLE, "usage.initial", message, help);
    }
}

fn standing(check: &mut Check<'_>, renewal: &RenewalSettings) {
    let [red, yellow, green] = [renewal.standing_red, renewal.standing_yellow, renewal.standing_green];
    let paths = ["renewal.standing_red", "renewal.standing_yellow", "renewal.standing_green"];
    if check.are_sound(&paths) && !(red.get() < yellow.get() && yellow.get() < green.get()) {
        let message = format!("red stands at {red}, yellow at {yellow}, green at {green}: they must rise");
        let paths = paths.map(str::to_owned);
        check.report_last(
            STANDING_ORDER,
            &paths,
            message,
            "write standing_red < standing_yellow < standing_green",
        );
    }
}

fn rules_of_churn(check: &mut Check<'_>, renewal: &RenewalSettings) {
    let beta = [("beta_alpha", renewal.beta_alpha), ("beta_beta", renewal.beta_beta)];
    let missing: Vec<&str> = beta.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| *key).collect();
    if let [missing] = missing[..] {
        let message = format!("a beta distribution has two parameters, and `{missing}` is missing");
        let help = "add it, or remove the other";
        check.report(BETA_INCOMPLETE, &format!("renewal.{missing}"), message, help);
    }
    let constant = renewal.constant_churn.is_some();
    if constant && missing.is_empty() {
        let message = "`constant_churn` and the beta distribution each stand instead of everything else";
        let paths = ["constant_churn", "beta_alpha", "beta_beta"].map(|key| format!("renewal.{key}"));
        check.report_last(CHURN_TWICE, &paths, message, "keep one of the two");
    }
    if constant || missing.is_empty() {
        return;
    }
    for (what, by) in [("churn", &renewal.churn), ("downsize", &renewal.downsize)] {
        let ByStanding { green, yellow, red } = by;
        for (color, share) in [("green", green), ("yellow", yellow), ("red", red)] {
            if share.get() <= 0.0 || share.get() >= 1.0 {
                let message = format!("odds of {share} are certain, and nothing could move them");
                let near = if share.get() <= 0.0 { "0.01%" } else { "99.99%" };
                let help = format!("write a share between 0% and 100%, at the most extreme \"{near}\"");
                check.report(CERTAIN_ODDS, &format!("renewal.{what}.{color}"), message, help);
            }
        }
    }
}
