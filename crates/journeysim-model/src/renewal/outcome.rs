//! What happens when a term ends: full churn, downsize, flat, or growth.
//!
//! # Odds
//!
//! An account has a *standing*: a mix of how much it uses the product and how good the relationship is, in
//! standard deviations of the population. Published rates of green, yellow and red accounts are read as
//! the odds at three standings; between them the log odds run straight, and beyond them with fixed slopes, so that
//! raising any one of the rates lowers the odds of nobody. Hidden propensity and temporary influences are
//! added in log odds. **Bands do not enter**: they are what the program sees.
//!
//! ```text
//! standing   = w z(usage) + (1 - w) z(relationship)
//! logit p    = curve(standing) + propensity + influences
//! ```
//!
//! # One uniform decides
//!
//! `u < p(churn)`: churn. Then the downsize, then flat; growth at the top. Worse is always lower, so that a policy
//! that only lowers the odds of churn changes the outcome of no account for the worse under the same draw.

use crate::base::math::{logistic, logit};
use crate::language::{Count, Dist, Fraction, Number, Positive, Rate, Relative, Share, Span, settings};

settings! {
    /// A probability for accounts that stand well, so-so and badly.
    pub struct ByStanding {
        /// Accounts as healthy as the typical green one.
        pub green: Share,
        /// Accounts as the typical yellow one.
        pub yellow: Share,
        /// Accounts as the typical red one.
        pub red: Share,
    }
}

settings! {
    /// Renewal, expansion and price.
    pub struct RenewalSettings {
        /// Full churn at renewal.
        pub churn: ByStanding,
        /// Downsize at renewal.
        pub downsize: ByStanding,
        /// Standing of the typical green, yellow and red account [standard deviations]: the calibrated
        /// intercepts that make accounts sorted by band show the rates above.
        pub standing_green: Number,
        /// See `standing_green`.
        pub standing_yellow: Number,
        /// See `standing_green`.
        pub standing_red: Number,
        /// Weight of usage against relationship in the standing.
        pub usage_weight: Share,
        /// Constant hazard instead of everything above: the probability of churn at each renewal.
        pub constant_churn: Option<Share>,
        /// Beta-distributed propensity instead of everything above: first parameter (shifted-beta-geometric).
        pub beta_alpha: Option<Positive>,
        /// Beta-distributed propensity: second parameter.
        pub beta_beta: Option<Positive>,
        /// Spread of what no metric shows [standard deviation in log odds].
        pub hidden_spread: Number,
        /// Size of a downsize as a share of ARR.
        pub downsize_size: Dist<Fraction>,
        /// Expansions of an eligible account a year.
        pub expansion: Rate,
        /// Utilization from which an account may expand.
        pub expansion_from: Share,
        /// Days before the term's end from which an expansion is signed with the renewal, whatever the program's stages.
        pub expansion_with_renewal: Count = Count::of(120),
        /// Size of an expansion as a share of seats.
        pub expansion_size: Dist<Fraction>,
        /// Share of the developers that seats can reach.
        pub expansion_limit: Share = Share::of(0.95),
        /// Of the expansions of accounts with one product: those that add the other product.
        pub cross_sell: Share = Share::of(0.15),
        /// Growth of the number of developers a year.
        pub developer_growth: Relative = Relative::of(0.03),
        /// Change of price at renewal.
        pub price_change: Relative,
        /// Renewals signed late.
        pub late: Share,
        /// Longest delay of a late signature (days).
        pub late_days: Count = Count::of(30),
        /// Longest approved extension (days) (point 54).
        pub extension_days: Count = Count::of(30),
        /// Probability that an extension is approved (point 54).
        pub extension_probability: Share = Share::of(1.0),
        /// Renewals signed early.
        pub early: Share = Share::of(0.05),
        /// How early.
        pub early_by: Dist<Span>,
        /// Odds of churn while a champion is missing are covered by the relationship; this is added on top [log odds].
        pub company_change_odds: Number = Number::of(0.5),
        /// Probability that a customer who left comes back.
        pub win_back: Share = Share::of(0.05),
        /// When.
        pub win_back_after: Dist<Span>,
        /// Soft-cap accounts are billed for users above their seats at each anniversary, the renewal included.
        pub true_up: bool = true,
    }
}

impl RenewalSettings {
    /// Returns the probability that an eligible account wants to expand in a year.
    #[must_use]
    pub fn expansion_a_year(&self) -> f64 {
        self.expansion.per_day() * 365.0
    }
}

/// What a term's end leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The contract ends.
    Churn,
    /// Renewed with fewer seats.
    Downsize,
    /// Renewed as it was.
    Flat,
}

/// Probabilities of one renewal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Of full churn.
    pub churn: f64,
    /// Of a downsize.
    pub downsize: f64,
}

/// Slopes of the log odds of churn below the red and above the green standing (per standard deviation): those of the
/// sources' base rates (45, 15 and 5 %) between their standings, which are 0.55 apart.
const CHURN_BEYOND: [f64; 2] = [-2.79, -2.20];
/// The same of the log odds of a downsize (25, 18 and 6 %).
const DOWNSIZE_BEYOND: [f64; 2] = [-0.76, -2.25];

/// The curve of log odds over standing, ready to be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OddsCurve {
    standing: [f64; 3],
    churn: [f64; 3],
    downsize: [f64; 3],
}

impl OddsCurve {
    /// Prepares the curve of `settings`.
    #[must_use]
    pub fn new(settings: &RenewalSettings) -> Self {
        let by = |rates: &ByStanding| [rates.red, rates.yellow, rates.green].map(|share| logit(share.get()));
        Self {
            standing: [
                settings.standing_red.get(),
                settings.standing_yellow.get(),
                settings.standing_green.get(),
            ],
            churn: by(&settings.churn),
            downsize: by(&settings.downsize),
        }
    }

    /// Returns the odds at `standing`, with `influence` [log odds] added to churn.
    #[must_use]
    pub fn odds(&self, standing: f64, influence: f64) -> Odds {
        let churn = logistic(self.log_odds(&self.churn, CHURN_BEYOND, standing) + influence);
        let downsize = logistic(self.log_odds(&self.downsize, DOWNSIZE_BEYOND, standing) + 0.5 * influence);
        Odds { churn, downsize: downsize.min(1.0 - churn) }
    }

    /// Straight lines between the three anchors; the slopes of `beyond` go on from the outer ones, at most for two
    /// standard deviations.
    fn log_odds(&self, values: &[f64; 3], beyond: [f64; 2], standing: f64) -> f64 {
        let [red, yellow, green] = self.standing;
        if standing < red {
            return values[0] + beyond[0] * (standing - red).max(-2.0);
        }
        if standing > green {
            return values[2] + beyond[1] * (standing - green).min(2.0);
        }
        let side = usize::from(standing > yellow);
        let (x0, x1) = (self.standing[side], self.standing[side + 1]);
        values[side] + (values[side + 1] - values[side]) * (standing - x0) / (x1 - x0)
    }
}

impl Odds {
    /// Returns the outcome that the uniform `u` decides.
    #[must_use]
    pub fn outcome(self, u: f64) -> Outcome {
        if u < self.churn {
            Outcome::Churn
        } else if u < self.churn + self.downsize {
            Outcome::Downsize
        } else {
            Outcome::Flat
        }
    }

    /// Returns these odds with churn cut by `share` (Lighthouse): what is not lost becomes flat.
    #[must_use]
    pub fn with_churn_cut(self, share: f64) -> Self {
        Self { churn: self.churn * (1.0 - share), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Setting;

    fn curve() -> OddsCurve {
        OddsCurve {
            standing: [-1.5, -0.5, 0.5],
            churn: [0.35, 0.15, 0.05].map(logit),
            downsize: [0.25, 0.18, 0.06].map(logit),
        }
    }

    #[test]
    fn at_the_anchors_the_published_rates_come_out() {
        for (standing, churn, downsize) in [(-1.5, 0.35, 0.25), (-0.5, 0.15, 0.18), (0.5, 0.05, 0.06)] {
            let odds = curve().odds(standing, 0.0);
            assert!((odds.churn - churn).abs() < 1e-12 && (odds.downsize - downsize).abs() < 1e-12);
        }
    }

    #[test]
    fn better_standing_never_raises_the_odds_of_churn() {
        let odds: Vec<f64> = (-60..60).map(|x| curve().odds(f64::from(x) / 10.0, 0.0).churn).collect();
        assert!(odds.windows(2).all(|pair| pair[0] >= pair[1]));
    }

    #[test]
    fn a_higher_rate_at_one_standing_lowers_the_odds_at_none() {
        for anchor in 0..3 {
            let mut worse = curve();
            worse.churn[anchor] += 0.5;
            worse.downsize[anchor] += 0.5;
            for standing in (-60..60).map(|x| f64::from(x) / 10.0) {
                let (before, after) = (curve().odds(standing, 0.0), worse.odds(standing, 0.0));
                assert!(after.churn >= before.churn, "churn at {standing} with anchor {anchor} raised");
                let room = 1.0 - after.churn;
                assert!(
                    after.downsize >= before.downsize.min(room),
                    "downsize at {standing}, anchor {anchor}"
                );
            }
        }
    }

    #[test]
    fn one_uniform_orders_outcomes_from_worst_to_best() {
        let odds = Odds { churn: 0.1, downsize: 0.2 };
        let outcomes = [0.05, 0.15, 0.35].map(|u| odds.outcome(u));
        assert_eq!(outcomes, [Outcome::Churn, Outcome::Downsize, Outcome::Flat]);
    }

    #[test]
    fn what_lighthouse_saves_becomes_flat_or_a_downsize_and_never_worse() {
        let odds = Odds { churn: 0.4, downsize: 0.2 };
        assert_eq!(odds.outcome(0.35), Outcome::Churn);
        assert_ne!(odds.with_churn_cut(0.25).outcome(0.35), Outcome::Churn);
        assert_eq!(odds.with_churn_cut(0.25).outcome(0.29), Outcome::Churn);
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn log_odds_run_straight_between_the_anchors_and_two_deviations_beyond_them() {
        let curve = OddsCurve { standing: [-1.5, -0.5, 0.25], ..curve() };
        let [red, yellow, green] = curve.churn;
        let cases = [
            (-4.5, red + 2.0 * 2.79),
            (-2.5, red + 2.79),
            (-1.0, (red + yellow) / 2.0),
            (0.0625, (yellow + 3.0 * green) / 4.0),
            (1.25, green - 2.20),
            (3.25, green - 2.0 * 2.20),
        ];
        for (standing, log_odds) in cases {
            assert!(near(logit(curve.odds(standing, 0.0).churn), log_odds), "at {standing}");
        }
    }

    #[test]
    fn beyond_the_anchors_log_odds_go_on_as_between_the_base_rates_of_the_sources() {
        let sources = [(CHURN_BEYOND, [0.45, 0.15, 0.05]), (DOWNSIZE_BEYOND, [0.25, 0.18, 0.06])];
        for (beyond, rates) in sources {
            let log_odds = rates.map(logit);
            for (slope, pair) in beyond.iter().zip(log_odds.windows(2)) {
                assert!((slope - (pair[1] - pair[0]) / 0.55).abs() < 0.005, "{slope}");
            }
        }
    }

    #[test]
    fn an_influence_adds_to_the_log_odds_of_churn_and_half_as_much_to_those_of_a_downsize() {
        let (plain, pressed) = (curve().odds(-0.5, 0.0), curve().odds(-0.5, 0.8));
        assert!(near(logit(pressed.churn) - logit(plain.churn), 0.8));
        assert!(near(logit(pressed.downsize) - logit(plain.downsize), 0.4));
    }

    #[test]
    fn where_churn_is_all_but_certain_a_downsize_has_what_is_left() {
        let odds = curve().odds(-1.5, 4.0);
        assert!(odds.churn > 0.9);
        assert!(near(odds.churn + odds.downsize, 1.0));
    }

    #[test]
    fn odds_of_nothing_cost_nothing_even_at_the_lowest_draw() {
        assert_eq!(Odds { churn: 0.0, downsize: 1.0 }.outcome(0.0), Outcome::Downsize);
        assert_eq!(Odds { churn: 0.0, downsize: 0.0 }.outcome(0.0), Outcome::Flat);
    }

    #[test]
    fn expansions_are_wanted_as_often_a_year_as_the_rate_says() {
        let any = RenewalSettings::stand_in().unwrap();
        let settings = RenewalSettings { expansion: Rate::per_year(0.35), ..any };
        assert!(near(settings.expansion_a_year(), 0.35));
    }
}
