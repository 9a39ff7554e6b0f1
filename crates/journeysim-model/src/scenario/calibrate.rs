//! `[calibrate]`: which parameters fit our own history.

use crate::language::{Count, Name, Number, Share, Term, Text, settings};

settings! {
    /// A figure that a fit aims at.
    pub struct CalibrationTarget {
        /// The figure: one that a history shows, such as `gross_revenue_retention`, or any metric, of which what happened is
        /// stated.
        pub figure: Name,
        /// What happened; absent: what the history shows.
        pub value: Option<Number>,
        /// How near the mean over replications is to come; the model is thought to be wrong by so much at most, and what is stated, to be
        /// known so well. Absent: three times what luck alone makes of a single history, and the model is thought to be right.
        pub tolerance: Option<Number>,
    }
}

settings! {
    /// A fit of assumptions to a history, from the first day of the scenario on.
    pub struct CalibrateSettings {
        /// The assumptions that are fitted, by name, inside their ranges; absent: all that the scenario uses and that have a range.
        pub parameters: Option<Vec<Text>>,
        /// The figures aimed at.
        pub target: Vec<CalibrationTarget>,
        /// The end of the history that the fit does not see, on which it is tried afterwards.
        pub hold_out: Term = Term::months(12),
        /// Confidence of the parameters' intervals and of what is predicted.
        pub confidence: Share = Share::of(0.90),
        /// Points that are tried in each round; absent: 40, and 20 for every parameter.
        pub trials: Option<Count>,
        /// Replications at each point, the same ones at all of them.
        pub replications: Count = Count::of(6),
        /// Rounds: each after the first looks closer where the one before found what fits.
        pub rounds: Count = Count::of(2),
    }
}

/// Returns how many points are tried in a round for so many parameters.
#[must_use]
pub fn usual_trials(parameters: usize) -> u32 {
    40 + 20 * parameters as u32
}
