//! Precision: how narrow, and with how many replications at most.

use super::Check;
use super::codes::{PRECISION_INCOMPLETE, PRECISION_WITHOUT_LIMIT};
use crate::language::fault::OUT_OF_RANGE;
use crate::scenario::file::ScenarioFile;

/// Reports what is wrong with the precision that is asked for.
pub(super) fn precision(check: &mut Check<'_>, file: &ScenarioFile) {
    let Some(precision) = &file.precision else { return };
    let ways = [precision.half_width.is_some(), precision.relative.is_some()];
    if ways == [false, false] {
        let help = "add half_width = \"0.25pp\", or another margin in the metric's unit";
        check.report(
            PRECISION_INCOMPLETE,
            "precision",
            "nothing says how narrow the interval is to be",
            help,
        );
    }
    if ways == [true, true] {
        let message = "the interval cannot be held against two widths";
        check.report(
            PRECISION_INCOMPLETE,
            "precision.relative",
            message,
            "keep one of `half_width` and `relative`",
        );
    }
    let nothing = [
        ("half_width", precision.half_width.is_some_and(|width| width.get() == 0.0)),
        ("relative", precision.relative.is_some_and(|share| share.get() == 0.0)),
        ("batch", precision.batch.get() == 0),
    ];
    for (key, is_nothing) in nothing {
        if is_nothing {
            let message = format!("with a `{key}` of nothing no number of replications would do");
            check.report(OUT_OF_RANGE, &format!("precision.{key}"), message, "write something above 0");
        }
    }
    if precision.time_cap.is_some_and(|cap| cap.in_days() <= 0.0) {
        let message = "with no time no batch is begun";
        check.report(OUT_OF_RANGE, "precision.time_cap", message, "write a time such as \"10m\"");
    }
    if precision.most < file.replications {
        let paths = ["precision.most", "replications"].map(str::to_owned);
        let message = format!(
            "the first batch has {} replications, and no more than {} are allowed",
            file.replications, precision.most
        );
        let help = format!("write most = {} or more, or fewer replications", file.replications);
        check.report_last(PRECISION_WITHOUT_LIMIT, &paths, message, help);
    }
    if file.replications.get() == 1 {
        let message = "one replication has no interval to look at";
        check.report(PRECISION_WITHOUT_LIMIT, "replications", message, "write replications = 10 or more");
    }
}
