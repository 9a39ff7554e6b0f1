//! `[optimize]`: which values of a few settings are best, within limits.

use crate::language::{Count, Name, Number, settings};
use crate::scenario::design::Factor;
use crate::scenario::file::Relation;

settings! {
    /// What must hold of every answer, with the scenario's confidence.
    pub struct LimitSettings {
        /// The metric.
        pub metric: Name,
        /// The relation: `>=` or `<=`.
        pub relation: Relation,
        /// The value, in the metric's unit.
        pub value: Number,
    }
}

settings! {
    /// A question of what to decide. Decisions are laid over the baseline, whose opening book all of them share.
    pub struct OptimizeSettings {
        /// The metric that is to be as good as can be: as high or as low as its catalogue says is better.
        pub objective: Name,
        /// What may be decided; of a range without a `step` whole numbers stay whole.
        pub decision: Vec<Factor>,
        /// What must hold.
        pub limit: Vec<LimitSettings> = Vec::new(),
        /// How often all replications of the scenario may be run, in parts or whole.
        pub budget: Count = Count::of(40),
        /// Two metrics that are weighed against each other; absent: gross revenue retention and advisor hours.
        pub frontier: Option<Vec<Name>>,
        /// Seed of where the search begins.
        pub seed: u64 = 1,
    }
}

/// The metrics that are weighed against each other where a scenario names none.
pub const FRONTIER: [&str; 2] = ["gross_revenue_retention", "advisor_hours_per_account_year"];

/// Returns the fewest evaluations with which so many decisions can be looked at: the baseline and the best twice, and four
/// points and two for each decision.
#[must_use]
pub fn least_budget(decisions: usize) -> usize {
    8 + 2 * decisions
}
