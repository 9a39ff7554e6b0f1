//! `[selection]`: which variant is best, with a stated probability of being right.

use crate::language::{Count, Margin, Name, Share, choices, settings};

choices! {
    /// How replications are spent on finding the best.
    pub enum SelectionMethod {
        /// Every variant goes on until another is shown to be better (Kim and Nelson), on common random numbers.
        Kn = "kn",
        /// A stated number of replications, most of them for those that are hard to tell from the best (Chen et al.), on
        /// common random numbers.
        Ocba = "ocba",
        /// As many replications as the spread of each variant in a first stage asks for (Dudewicz and Dalal); each variant
        /// has replications of its own, as that procedure's promise is for independent ones.
        TwoStage = "two_stage",
    }
}

settings! {
    /// The question which variant is best on a metric. `compare` answers it beside its table, with further replications of
    /// those variants that need them.
    pub struct SelectionSettings {
        /// The metric; one of which more or less is better.
        pub metric: Name,
        /// The smallest difference that matters, such as "0.2pp" or, in the metric's unit, 0.5.
        pub indifference: Margin,
        /// How replications are spent.
        pub method: SelectionMethod = SelectionMethod::Kn,
        /// The probability with which the best is to be selected where it is better by the indifference; absent: the
        /// confidence of the intervals.
        pub confidence: Option<Share>,
        /// Replications of each variant before anything is decided.
        pub first_stage: Count = Count::of(20),
        /// Replications of all variants together that may be spent; absent: for `ocba` as many as the comparison itself
        /// has, for the others ten times as many.
        pub budget: Option<Count>,
    }
}
