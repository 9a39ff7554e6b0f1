//! How customers use the product: adoption curves, the daily kernel, what is published, and shocks.
//!
//! The latent state of an account (how many people really use the product) lives in
//! [`activity::Activity`]; what the program gets to see of it lives in [`published::Published`].

pub mod activity;
pub mod adoption;
pub mod published;

use crate::base::math;
use crate::language::{Factor, Number, Points, Positive, Rate, Share, Span, Term, choices, settings};

choices! {
    /// The shape of adoption: how the share of willing users who have taken the product up grows.
    pub enum Curve {
        /// Word of mouth among a fixed circle: `dF/dt = q F (1 - F)`, starting from `initial`.
        Logistic = "logistic",
        /// Bass (1969): innovators and imitators, `dF/dt = (p + q F)(1 - F)`, starting from nobody.
        Bass = "bass",
        /// Gompertz: fast start and long tail, `dF/dt = c F ln(1 / F)`, starting from `initial`.
        Gompertz = "gompertz",
    }
}

choices! {
    /// How *usage* (daily over monthly users) is computed.
    pub enum UsageFormula {
        /// Mean daily users of the last four whole weeks over **last month's** monthly users.
        Lagged = "lagged",
        /// Mean daily users of a calendar month over the monthly users of the same month.
        SameMonth = "same_month",
        /// Mean daily users of the last four whole weeks over the distinct users of those weeks.
        Rolling28 = "rolling28",
    }
}

choices! {
    /// Which days the mean of daily users runs over.
    pub enum DauDays {
        /// All days; a user active on every weekday reaches 20/28 = 0.714.
        Calendar = "calendar",
        /// Monday to Friday only.
        Weekdays = "weekdays",
    }
}

settings! {
    /// How customers use the product when nobody influences them, and how they drift.
    pub struct UsageSettings {
        /// Shape of the adoption curve.
        pub curve: Curve = Curve::Logistic,
        /// Share of the willing users who start at once (logistic and Gompertz).
        pub initial: Share = Share::of(0.02),
        /// Time from production to half of the ceiling (logistic and Gompertz).
        pub half_time: Span,
        /// Spread of an account's own pace around the typical one [standard deviation of its logarithm].
        pub pace_spread: Number = Number::of(0.25),
        /// Bass coefficient of innovation `p` [per day].
        pub innovation: Option<Positive>,
        /// Bass coefficient of imitation `q` [per day].
        pub imitation: Option<Positive>,
        /// Mean ceiling of MAU / seats.
        pub ceiling: Share,
        /// Standard deviation of the ceiling between accounts.
        pub ceiling_spread: Share,
        /// Mean of usage (daily over monthly users) between accounts.
        pub usage: Share,
        /// Standard deviation of usage between accounts.
        pub usage_spread: Share,
        /// Correlation of ceiling and usage between accounts.
        pub ceiling_usage_correlation: Number = Number::of(0.6),
        /// Correlation of the ceiling with the strength of the relationship.
        pub ceiling_relationship_correlation: Number = Number::of(0.4),
        /// Time in which half of what sets an account apart (relationship, ceiling, usage) is lost.
        pub memory: Term,
        /// Daily users on a weekend day as a share of a weekday's.
        pub weekend: Share,
        /// Relative noise of one day's users [standard deviation].
        pub daily_noise: Share = Share::of(0.05),
        /// Slow sway of MAU / seats around its level [standard deviation].
        pub sway: Share = Share::of(0.03),
        /// Memory of the sway: the time in which it halves.
        pub sway_half_life: Span = Span::days(30),
        /// Whether the luck of whole users (who adopts on which day) is simulated.
        pub whole_users: bool = true,
        /// Natural decay once contact has lapsed: share of the seats whose users fall away a month.
        pub decay_without_contact: Share,
        /// Time without any contact after which the decay begins.
        pub contact_grace: Span = Span::days(45),
        /// Half-life with which the decay heals once contact is back.
        pub decay_recovery: Span = Span::days(90),
        /// Time from contract close to the first ping of the instance.
        pub first_ping: Span,
        /// Additional time to the first ping for self-hosted customers.
        pub self_hosted_delay: Span = Span::days(30),
        /// How usage is computed (point 35 of the sources' disagreements).
        pub formula: UsageFormula = UsageFormula::Lagged,
        /// Which days the mean of daily users runs over (point 36).
        pub dau_days: DauDays = DauDays::Calendar,
        /// What usage is while last month had no users: nothing is published. Values over this are clipped.
        pub usage_limit: Factor = Factor::of(1.0),
    }
}

settings! {
    /// What happens to customers from outside.
    pub struct ShockSettings {
        /// Champion leaves.
        pub champion_leaves: Rate,
        /// Mean time until a new champion is found.
        pub champion_replaced: Span = Span::days(120),
        /// Loss of relationship while there is no champion [standard deviations].
        pub champion_weight: Number = Number::of(0.8),
        /// Layoff or budget cut.
        pub budget_cut: Rate,
        /// Share of seats no longer needed after a cut.
        pub budget_cut_size: Share,
        /// Time in which the need for seats returns half-way after a cut.
        pub budget_recovery: Span = Span::days(365),
        /// Acquisition or migration of the platform.
        pub company_change: Rate,
        /// Loss of relationship after such a change [standard deviations], fading with `company_fading`.
        pub company_weight: Number = Number::of(1.0),
        /// Half-life of that loss.
        pub company_fading: Span = Span::days(180),
        /// Defect tickets of an account.
        pub defect_tickets: Rate,
        /// Help tickets of an account.
        pub help_tickets: Rate,
        /// Loss of relationship by one defect ticket [standard deviations], fading in 90 days.
        pub defect_weight: Number = Number::of(0.03),
        /// A new feature is released this often.
        pub release_every: Span = Span::days(91),
        /// Probability that an account's users try a released feature.
        pub feature_tried: Share = Share::of(0.5),
        /// Lift of the ceiling by a first use, fading with a half-life of 90 days.
        pub feature_lift: Points = Points::of(0.01),
    }
}

impl UsageSettings {
    /// Returns the day factor that turns usage (a mean over calendar days) into a weekday's ratio:
    /// `7 / (5 + 2 weekend)`.
    #[must_use]
    pub fn weekday_scale(&self) -> f64 {
        7.0 / (5.0 + 2.0 * self.weekend.get())
    }

    /// Returns the share of the willing users who use the product from the first ping on.
    #[must_use]
    pub fn at_first(&self) -> f64 {
        if self.curve == Curve::Bass { 0.0 } else { self.initial.get() }
    }

    /// Returns the share of the willing users who have adopted the product `days` after it was `from`, at `pace` [per
    /// day], with nothing in the way.
    #[must_use]
    pub fn adopted(&self, from: f64, pace: f64, days: f64) -> f64 {
        match self.curve {
            _ if from >= 1.0 => 1.0,
            Curve::Logistic => adoption::logistic(from, pace, days),
            Curve::Gompertz => adoption::gompertz(from, pace, days),
            Curve::Bass => {
                let p = self.innovation.map_or(0.0, Positive::get);
                adoption::BassCurve { p, q: pace }.adopted_after(from, days)
            }
        }
    }

    /// Returns the pace of the curve [per day] that reaches half of the ceiling at `half_time`.
    ///
    /// Logistic: `F(t) = 1 / (1 + (1/F0 - 1) e^{-qt})` is one half at `q t = ln(1/F0 - 1)`.
    /// Gompertz: `F(t) = F0^(e^{-ct})` is one half at `c t = ln(ln F0 / ln 0.5)`.
    #[must_use]
    pub fn pace(&self) -> f64 {
        let days = self.half_time.in_days();
        match self.curve {
            Curve::Logistic => math::ln(1.0 / self.initial.get() - 1.0) / days,
            Curve::Gompertz => math::ln(math::ln(self.initial.get()) / math::ln(0.5)) / days,
            Curve::Bass => self.imitation.map_or(0.0, Positive::get),
        }
    }
}
