//! Selection: a promise that can be kept, and replications enough to begin with.

use super::Check;
use super::codes::{BUDGET_TOO_SMALL, FIRST_STAGE_TOO_SHORT};
use crate::language::fault::OUT_OF_RANGE;
use crate::language::{Count, Share};
use crate::scenario::selection::SelectionSettings;

/// Reports what is wrong with a question of selection among `variants`.
pub(super) fn selection(check: &mut Check<'_>, selection: &SelectionSettings, variants: usize) {
    let first = selection.first_stage.get();
    if first < 3 {
        let message = format!("a first stage of {first} shows nothing of how replications differ");
        check.report(FIRST_STAGE_TOO_SHORT, "selection.first_stage", message, "write 10 or more");
    }
    if selection.indifference.get() == 0.0 {
        let message = "without any indifference two equal variants would be compared for ever";
        let help = "write the smallest difference that matters, such as \"0.2pp\"";
        check.report(OUT_OF_RANGE, "selection.indifference", message, help);
    }
    if let Some(confidence) = selection.confidence.map(Share::get).filter(|&p| p <= 0.5 || p >= 1.0) {
        let message =
            format!("a best variant cannot be selected with a probability of {}", super::percent(confidence));
        check.report(OUT_OF_RANGE, "selection.confidence", message, "write more than 50% and less than 100%");
    }
    let needed = u64::from(first) * variants as u64;
    if let Some(budget) = selection.budget.map(Count::get).filter(|&budget| u64::from(budget) < needed) {
        let message =
            format!("{budget} replications are fewer than the first stage of {variants} variants takes");
        let help = format!("write {needed} or more, or a shorter `first_stage`");
        check.report(BUDGET_TOO_SMALL, "selection.budget", message, help);
    }
}
