//! What a metric says of itself.

use crate::base::stats::Better;
use crate::metrics::view::View;

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A fraction; printed as percent, never stored so.
    Fraction,
    /// Units of the scenario's currency.
    Money,
    /// Units of the scenario's currency for an hour of an advisor.
    MoneyPerHour,
    /// Days.
    Days,
    /// Weeks.
    Weeks,
    /// Working hours.
    Hours,
    /// Working hours for each year of an account under contract.
    HoursPerAccountYear,
    /// How often for each year of an account under contract.
    PerAccountYear,
    /// How many.
    Count,
    /// How many for each hundred entries into Lighthouse.
    PerHundredEntries,
}

impl Unit {
    /// Returns the unit in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fraction => "fraction",
            Self::Money => "money",
            Self::MoneyPerHour => "money per hour",
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Hours => "hours",
            Self::HoursPerAccountYear => "hours per account-year",
            Self::PerAccountYear => "per account-year",
            Self::Count => "count",
            Self::PerHundredEntries => "per 100 entries",
        }
    }
}

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// How much stays.
    Retention,
    /// How recurring revenue moves.
    Revenue,
    /// How customers use the product, and where they are in the journey.
    Journey,
    /// What is done for customers, and how they answer.
    Touchpoints,
    /// What is done for customers at risk.
    Care,
    /// Who does the work, and whether there are enough of them.
    Capacity,
    /// What it is worth.
    Value,
}

impl Theme {
    /// Returns the theme in a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Revenue => "revenue",
            Self::Journey => "journey",
            Self::Touchpoints => "touchpoints",
            Self::Care => "care",
            Self::Capacity => "capacity",
            Self::Value => "value",
        }
    }
}

/// A metric: what it is called, what it means, and how it is computed.
#[derive(Debug, Clone, Copy)]
pub struct MetricDefinition {
    /// Its name in files, tables and options.
    pub name: &'static str,
    /// Its name for a reader who knows the business.
    pub title: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Which direction is an improvement.
    pub better: Better,
    /// What it is about.
    pub theme: Theme,
    /// What exactly it measures.
    pub definition: &'static str,
    /// Computes it; [`None`]: nothing to measure.
    pub compute: fn(&View) -> Option<f64>,
}
