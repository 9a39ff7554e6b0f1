//! `[calibrate]`: which parameters fit our own history.

use crate::language::{Count, Date, Name, Number, Share, Term, Text, settings};
use crate::population::export::{DateOrder, DecimalMark, OnBadRow};
use crate::scenario::book::Delimiter;

settings! {
    /// A figure that a fit aims at.
    pub struct CalibrationTarget {
        /// The figure: one that a history shows, such as `gross_revenue_retention`, or any metric, of which what happened is
        /// stated.
        pub figure: Name,
        /// What happened; absent: what the history shows.
        pub value: Option<Number>,
        /// How near is near enough: the model is thought to be wrong by so much at most. Absent: three times what luck alone makes
        /// of it, and the model is thought to be right.
        pub tolerance: Option<Number>,
    }
}

settings! {
    /// How a file of subscriptions is read: one row a subscription and term, in force from its start up to, and not with, its
    /// end. A row that begins where another of the same account ends renews it.
    pub struct HistorySettings {
        /// Header of the identifier of a row, unlike any other's.
        pub subscription: Text = Text::of("subscription"),
        /// Header of the account.
        pub account: Text = Text::of("account"),
        /// Header of the first day in force.
        pub start: Text = Text::of("start"),
        /// Header of the first day no longer in force; blank: no end is agreed.
        pub end: Text = Text::of("end"),
        /// Header of annual recurring revenue.
        pub arr: Text = Text::of("arr"),
        /// Header of whether it is a trial, which does not count; absent: there are none.
        pub trial: Option<Text>,
        /// What to do about rows that are wrong.
        pub on_bad_row: OnBadRow = OnBadRow::Stop,
        /// How the file writes dates.
        pub dates: DateOrder = DateOrder::YearMonthDay,
        /// How the file writes numbers.
        pub decimal: DecimalMark = DecimalMark::Point,
        /// What stands between cells.
        pub delimiter: Delimiter = Delimiter::Comma,
    }
}

settings! {
    /// A fit of assumptions to a history, from the first day of the scenario on.
    pub struct CalibrateSettings {
        /// The assumptions that are fitted, by name, inside their ranges; absent: all that the scenario uses and that have a range.
        pub parameters: Option<Vec<Text>>,
        /// The figures aimed at.
        pub target: Vec<CalibrationTarget>,
        /// The first day that the history does not show any more; needed with a history.
        pub until: Option<Date>,
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
        /// How the file of subscriptions is read.
        pub history: HistorySettings = HistorySettings::default(),
    }
}

/// Returns how many points are tried in a round for so many parameters.
#[must_use]
pub fn usual_trials(parameters: usize) -> u32 {
    40 + 20 * parameters as u32
}
