//! A fit: something to aim at, enough trials to find the way.

use super::Check;
use super::codes::{CERTAIN_INTERVAL, EMPTY_LIST, TOO_FEW_POINTS};
use crate::language::Count;
use crate::language::fault::OUT_OF_RANGE;
use crate::scenario::calibrate::CalibrateSettings;

/// Reports what is wrong with a fit.
pub(super) fn calibrate(check: &mut Check<'_>, fit: &CalibrateSettings) {
    if fit.target.is_empty() {
        let help = "add a [[calibrate.target]] with a `figure`, such as gross_revenue_retention";
        check.report(EMPTY_LIST, "calibrate.target", "the fit aims at nothing", help);
    }
    for (at, target) in (1..).zip(&fit.target) {
        if target.tolerance.is_some_and(|tolerance| tolerance.get() <= 0.0) {
            let path = format!("calibrate.target[{at}].tolerance");
            let help = "write how near is near enough, or remove it: then luck decides";
            check.report(OUT_OF_RANGE, &path, "no run comes nearer than this", help);
        }
    }
    check.no_entry_twice("calibrate.target", fit.target.iter().map(|target| &target.figure));
    let confidence = fit.confidence.get();
    if confidence <= 0.0 || confidence >= 1.0 {
        let message = format!("no interval is right with a confidence of {}", super::percent(confidence));
        check.report(
            CERTAIN_INTERVAL,
            "calibrate.confidence",
            message,
            "write 90%, or another between 0 and 100",
        );
    }
    let least = [
        ("trials", fit.trials.map_or(u32::MAX, Count::get), 10),
        ("replications", fit.replications.get(), 2),
        ("rounds", fit.rounds.get(), 1),
    ];
    for (key, count, least) in least {
        if count < least {
            let message = format!("nothing can be said from {key} = {count}");
            check.report(
                TOO_FEW_POINTS,
                &format!("calibrate.{key}"),
                message,
                format!("write at least {least}"),
            );
        }
    }
    if !fit.hold_out.get().is_multiple_of(12) {
        let message = format!("retention is measured over 12 months, and {} are held out", fit.hold_out);
        check.report(
            OUT_OF_RANGE,
            "calibrate.hold_out",
            message,
            "write \"12mo\", or another number of years",
        );
    }
}
