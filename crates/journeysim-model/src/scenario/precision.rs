//! How sure a run is to be, instead of how often it is repeated.

use crate::language::{Count, Margin, Name, Share, Span, settings};

settings! {
    /// Replications are added in batches until an interval is as narrow as asked: of one scenario the interval of the
    /// mean, of several variants the widest of the intervals of their differences from the baseline.
    ///
    /// The scenario's `replications` are the first batch. The interval is looked at after every batch, so that a run
    /// stops a little early more often than it should (a rule of this kind cannot know its variance beforehand):
    /// the larger the first batch, the less.
    pub struct PrecisionSettings {
        /// The metric.
        pub metric: Name,
        /// Half-width of the interval that is enough, in the metric's unit.
        pub half_width: Option<Margin>,
        /// Half-width that is enough as a part of the true mean, in its place.
        pub relative: Option<Share>,
        /// Whether the interval is the one with luck at renewals and expansions taken out (control variates),
        /// which fewer replications make narrow.
        pub control_variates: bool = false,
        /// Replications in every batch but the first.
        pub batch: Count = Count::of(20),
        /// The largest number of replications.
        pub most: Count = Count::of(10_000),
        /// No batch is begun after so much time; a run that has not reached its precision by then says nothing.
        pub time_cap: Option<Span>,
    }
}
