//! Stages of the journey and the gates between them.
//!
//! ```text
//! Prospect -> Onboarding -> Adopting -> Nurturing
//!                 |            |            |
//!                 +------------+------------+--> Renewing --(renewed)--> Adopting or Nurturing
//!                                                    +-----(churned)---> Left
//! ```
//!
//! 1. Onboarding ends on time alone, `onboarding_days` after the stage clock's origin.
//! 2. Adopting ends when the latest *published* utilization and usage pass the gate.
//! 3. Renewing begins `renewing_days` before the term ends, from every stage.

use crate::language::{Count, Share, Span, choices, settings};

/// Where an account is in the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// Before the contract closes.
    Prospect,
    /// The first days of the contract.
    Onboarding,
    /// Until utilization and usage pass the gate.
    Adopting,
    /// A healthy account between renewals.
    Nurturing,
    /// The last days of the term.
    Renewing,
    /// No longer a customer.
    Left,
}

impl Stage {
    /// The stages an account under contract can be in, and Prospect before them.
    pub const ALL: [Self; 5] =
        [Self::Prospect, Self::Onboarding, Self::Adopting, Self::Nurturing, Self::Renewing];

    /// Returns the stage's name as scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Onboarding => "onboarding",
            Self::Adopting => "adopting",
            Self::Nurturing => "nurturing",
            Self::Renewing => "renewing",
            Self::Left => "left",
        }
    }
}

choices! {
    /// A stage of the journey, as a scenario names it.
    pub enum StageName {
        /// Before the contract closes.
        Prospect = "prospect",
        /// The first days of the contract.
        Onboarding = "onboarding",
        /// Until utilization and usage pass the gate.
        Adopting = "adopting",
        /// A healthy account between renewals.
        Nurturing = "nurturing",
        /// The last days of the term.
        Renewing = "renewing",
    }
}

impl From<StageName> for Stage {
    fn from(name: StageName) -> Self {
        match name {
            StageName::Prospect => Self::Prospect,
            StageName::Onboarding => Self::Onboarding,
            StageName::Adopting => Self::Adopting,
            StageName::Nurturing => Self::Nurturing,
            StageName::Renewing => Self::Renewing,
        }
    }
}

choices! {
    /// How a published figure is held against a threshold.
    pub enum Comparison {
        /// Surpass: strictly more.
        Above = "gt",
        /// Reach: at least.
        AtLeast = "ge",
    }
}

impl Comparison {
    /// Returns whether `value` passes `threshold`.
    #[must_use]
    pub fn passes(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::AtLeast => value >= threshold,
        }
    }
}

choices! {
    /// How the two conditions of a gate are joined.
    pub enum Join {
        /// Both.
        And = "and",
        /// Either.
        Or = "or",
    }
}

choices! {
    /// The origin of a day count.
    pub enum Clock {
        /// The day the contract closes.
        Close = "close",
        /// The day the contract's term starts.
        ContractStart = "contract_start",
        /// The first ping of the production environment.
        ProductionReady = "production_ready",
    }
}

choices! {
    /// When an account whose figures have dropped leaves Nurturing again.
    pub enum Fallback {
        /// Never: Nurturing is left through Renewing only.
        Never = "never",
        /// At the first check below the gate less the hysteresis.
        Immediate = "immediate",
        /// After `fallback_months` published months below it.
        AfterMonths = "after_n_months",
    }
}

choices! {
    /// The stage after a signed renewal.
    pub enum PostRenewal {
        /// Nurturing if the published figures pass the gate, else Adopting.
        ByMetrics = "by_metrics",
        /// Always Adopting.
        Adopting = "adopting",
        /// Onboarding again.
        Onboarding = "onboarding",
    }
}

choices! {
    /// Whether exactly `renewing_days` before the term ends is inside the renewal window.
    pub enum Boundary {
        /// "Within": at most that many days.
        Within = "within",
        /// Strictly fewer days.
        Inside = "inside",
    }
}

settings! {
    /// Stages and gates.
    pub struct StageSettings {
        /// Days in Onboarding: D+0 to the day before (point 9).
        pub onboarding_days: Count = Count::of(60),
        /// Origin of the days in Onboarding (point 3).
        pub stage_clock: Clock = Clock::Close,
        /// Utilization that the onboarding aims at: a report target, not a gate (point 2).
        pub onboarding_goal: Share = Share::of(0.80),
        /// Days to that goal (point 5).
        pub goal_days: Count = Count::of(60),
        /// Origin of the days to the goal (point 3).
        pub goal_clock: Clock = Clock::ProductionReady,
        /// Utilization to pass from Adopting to Nurturing.
        pub utilization_gate: Share = Share::of(0.80),
        /// Usage to pass from Adopting to Nurturing.
        pub usage_gate: Share = Share::of(0.30),
        /// Surpass or reach (point 1).
        pub gate_comparison: Comparison = Comparison::Above,
        /// Both or either.
        pub gate_join: Join = Join::And,
        /// How often the gate is looked at, counted from close (point 12).
        pub gate_check_interval: Span = Span::days(1),
        /// Whether an account may go from Onboarding straight to Nurturing (point 11).
        pub skip_adopting: bool = false,
        /// Days before the term ends at which Renewing begins (points 7, 8, 51).
        pub renewing_days: Count = Count::of(120),
        /// Whether exactly that many days counts (point 8).
        pub renewing_boundary: Boundary = Boundary::Within,
        /// Whether the renewal window wins over the gate (point 6). If not, the clause is read literally: an account
        /// in Adopting enters Nurturing when the window opens, and Renewing at the next check.
        pub renewal_preempts: bool = true,
        /// Whether Renewing is entered from every stage, or from Nurturing only (point 7).
        pub renewing_from_every_stage: bool = true,
        /// When Nurturing is lost (point 10).
        pub fallback: Fallback = Fallback::Never,
        /// Published months below the gate before it is lost.
        pub fallback_months: Count = Count::of(2),
        /// Points below the gate at which Nurturing is lost.
        pub fallback_hysteresis: Share = Share::of(0.05),
        /// Stage after a signed renewal (point 13).
        pub post_renewal_stage: PostRenewal = PostRenewal::ByMetrics,
        /// Days before close at which a prospect enters the program; absent: no Prospect stage.
        pub prospect_days: Option<Count> = None,
    }
}

impl StageSettings {
    /// Returns whether published figures pass the gate to Nurturing; what is not published does not pass.
    #[must_use]
    pub fn gate_passed(&self, utilization: Option<f64>, usage: Option<f64>) -> bool {
        self.passes(utilization, usage, 0.0)
    }

    /// Returns whether published figures have fallen below the gate by more than the hysteresis.
    #[must_use]
    pub fn gate_lost(&self, utilization: Option<f64>, usage: Option<f64>) -> bool {
        !self.passes(utilization, usage, self.fallback_hysteresis.get())
    }

    fn passes(&self, utilization: Option<f64>, usage: Option<f64>, slack: f64) -> bool {
        let compare = |value: Option<f64>, gate: Share| {
            value.is_some_and(|value| self.gate_comparison.passes(value, gate.get() - slack))
        };
        let (first, second) = (compare(utilization, self.utilization_gate), compare(usage, self.usage_gate));
        match self.gate_join {
            Join::And => first && second,
            Join::Or => first || second,
        }
    }

    /// Returns how many days before the end of the term Renewing begins.
    #[must_use]
    pub fn renewing_lead(&self) -> i32 {
        match self.renewing_boundary {
            Boundary::Within => self.renewing_days.get() as i32,
            Boundary::Inside => self.renewing_days.get() as i32 - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(comparison: Comparison, join: Join) -> StageSettings {
        StageSettings { gate_comparison: comparison, gate_join: join, ..StageSettings::default() }
    }

    #[test]
    fn stages_are_told_by_the_names_that_scenarios_write() {
        for &written in StageName::ALL {
            assert_eq!(Stage::from(written).name(), written.name());
        }
    }

    #[test]
    fn exactly_at_the_threshold_reaches_but_does_not_surpass() {
        let figures = (Some(0.80), Some(0.30));
        assert!(!gate(Comparison::Above, Join::And).gate_passed(figures.0, figures.1));
        assert!(gate(Comparison::AtLeast, Join::And).gate_passed(figures.0, figures.1));
    }

    #[test]
    fn and_needs_both_or_needs_one() {
        let one = (Some(0.9), Some(0.1));
        assert!(!gate(Comparison::Above, Join::And).gate_passed(one.0, one.1));
        assert!(gate(Comparison::Above, Join::Or).gate_passed(one.0, one.1));
    }

    #[test]
    fn what_is_not_published_does_not_pass() {
        assert!(!gate(Comparison::AtLeast, Join::And).gate_passed(None, Some(0.9)));
    }

    #[test]
    fn hysteresis_keeps_an_account_that_is_only_slightly_below() {
        let settings = gate(Comparison::Above, Join::And);
        assert!(!settings.gate_lost(Some(0.76), Some(0.40)));
        assert!(settings.gate_lost(Some(0.74), Some(0.40)));
    }

    #[test]
    fn renewing_begins_on_day_120_or_the_day_after() {
        let mut settings = StageSettings::default();
        assert_eq!(settings.renewing_lead(), 120);
        settings.renewing_boundary = Boundary::Inside;
        assert_eq!(settings.renewing_lead(), 119);
    }
}
