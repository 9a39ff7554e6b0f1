//! The health score: what the program believes of an account, from traits it can see.
//!
//! ```text
//! score = sum over categories of weight * mean points of its traits      healthy 10, concerning 5, poor 0
//! green: score >= green_min      red: score <= red_max      else yellow
//! ```
//!
//! Bands never cause anything at renewal: they are what the program sees and acts on, with delay and error.
//! The score moves with the days since the last logged activity, so it is split into a part that changes
//! at events ([`Score::fixed`]) and the activity trait, which the daily pass adds.

use crate::language::{Count, Number, Share, choices, settings};
use crate::program::touchpoint::Color;

choices! {
    /// Which traits enter the score (point 40).
    pub enum HealthTraits {
        /// All, including those an advisor sets by hand.
        Full = "full",
        /// Only those set automatically, weights rescaled.
        AutomaticOnly = "automatic_only",
    }
}

settings! {
    /// Weights, thresholds and bands of the health score.
    pub struct HealthSettings {
        /// Weight of the advisors' sentiment.
        pub sentiment_weight: Share = Share::of(0.05),
        /// Weight of technical health.
        pub technical_weight: Share = Share::of(0.15),
        /// Weight of relationships and engagement.
        pub relationship_weight: Share = Share::of(0.25),
        /// Weight of utilization.
        pub utilization_weight: Share = Share::of(0.55),
        /// Score from which an account is green (point 39).
        pub green_min: Number = Number::of(7.0),
        /// Score up to which an account is red (point 39).
        pub red_max: Number = Number::of(5.0),
        /// Traits used (point 40).
        pub health_traits: HealthTraits = HealthTraits::Full,
        /// Utilization from which the trait is healthy.
        pub utilization_healthy: Share = Share::of(0.80),
        /// Utilization below which the trait is poor.
        pub utilization_poor: Share = Share::of(0.50),
        /// Usage from which the trait is healthy (point 37).
        pub usage_healthy: Share = Share::of(0.30),
        /// Usage up to which the trait is poor (point 37).
        pub usage_poor: Share = Share::of(0.20),
        /// Defect tickets in 90 days below which the trait is healthy.
        pub defects_healthy: Count = Count::of(2),
        /// Defect tickets in 90 days from which the trait is poor.
        pub defects_poor: Count = Count::of(5),
        /// Help tickets in 90 days below which the trait is healthy.
        pub help_healthy: Count = Count::of(10),
        /// Help tickets in 90 days from which the trait is poor.
        pub help_poor: Count = Count::of(15),
        /// Days since the last activity up to which the trait is healthy.
        pub activity_healthy: Count = Count::of(14),
        /// Days since the last activity from which the trait is poor.
        pub activity_poor: Count = Count::of(30),
        /// Whether automated mail counts as activity (point 34).
        pub automation_counts_as_activity: bool = false,
        /// Days an advisor takes to notice a change of a hand-set trait: the prompt is monthly.
        pub hand_set_lag: Count = Count::of(30),
    }
}

/// Which tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TicketKind {
    /// Defects, which also strain the relationship.
    Defect,
    /// Calls for help with support.
    Help,
}

/// Points of a trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Trait {
    /// 10 points.
    Healthy,
    /// 5 points.
    Concerning,
    /// 0 points.
    Poor,
}

impl Trait {
    /// Returns the points, from 0 to 10.
    #[must_use]
    pub fn points(self) -> f64 {
        match self {
            Self::Healthy => 10.0,
            Self::Concerning => 5.0,
            Self::Poor => 0.0,
        }
    }

    fn yes(yes: bool) -> Self {
        if yes { Self::Healthy } else { Self::Poor }
    }
}

/// What is known of an account when its score is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signs {
    /// The advisors' own opinion.
    pub sentiment: Trait,
    /// Precise code navigation is active.
    pub code_navigation: bool,
    /// What the defect tickets of the last 90 days show.
    pub defects: Trait,
    /// What the help tickets of the last 90 days show.
    pub help: Trait,
    /// An active champion is known.
    pub champion: bool,
    /// There is access to the buyer.
    pub buyer: bool,
    /// Published usage.
    pub usage: Option<f64>,
    /// Published MAU / seats.
    pub utilization: Option<f64>,
}

/// A score in two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// All but the activity trait.
    pub fixed: f64,
    /// What a point of the activity trait adds.
    pub activity_weight: f64,
}

impl HealthSettings {
    /// Returns the score of an account that shows `signs`, without its activity trait.
    ///
    /// A figure that has not been published counts as concerning: a new account is neither healthy nor poor.
    #[must_use]
    pub fn score(&self, signs: &Signs) -> Score {
        let full = self.health_traits == HealthTraits::Full;
        let weight = |share: Share| share.get();
        let total = weight(self.technical_weight)
            + weight(self.relationship_weight)
            + weight(self.utilization_weight)
            + if full { weight(self.sentiment_weight) } else { 0.0 };
        let mean = |points: &[f64]| points.iter().sum::<f64>() / points.len() as f64;

        let technical =
            mean(&[Trait::yes(signs.code_navigation).points(), signs.defects.points(), signs.help.points()]);
        let [utilization, usage] = self.published_traits(signs.utilization, signs.usage);
        let by_hand = Trait::yes(signs.champion).points() + Trait::yes(signs.buyer).points();
        let relationship_traits = if full { 3.0 } else { 1.0 };
        let mut fixed = weight(self.technical_weight) * technical
            + weight(self.utilization_weight) * mean(&[usage.points(), utilization.points()]);
        if full {
            fixed += weight(self.sentiment_weight) * signs.sentiment.points()
                + weight(self.relationship_weight) * by_hand / relationship_traits;
        }
        let activity_weight = weight(self.relationship_weight) / relationship_traits / total;
        Score { fixed: fixed / total, activity_weight }
    }

    /// Returns the trait of so many tickets of a kind in the last 90 days.
    #[must_use]
    pub fn ticket_trait(&self, kind: TicketKind, count: u32) -> Trait {
        match kind {
            TicketKind::Defect => count_trait(count, self.defects_healthy, self.defects_poor),
            TicketKind::Help => count_trait(count, self.help_healthy, self.help_poor),
        }
    }

    /// Returns the traits of published utilization and usage; what is not published is concerning.
    #[must_use]
    pub fn published_traits(&self, utilization: Option<f64>, usage: Option<f64>) -> [Trait; 2] {
        let usage = usage.map_or(Trait::Concerning, |usage| {
            if usage >= self.usage_healthy.get() {
                Trait::Healthy
            } else if usage <= self.usage_poor.get() {
                Trait::Poor
            } else {
                Trait::Concerning
            }
        });
        let utilization = utilization.map_or(Trait::Concerning, |utilization| {
            if utilization >= self.utilization_healthy.get() {
                Trait::Healthy
            } else if utilization < self.utilization_poor.get() {
                Trait::Poor
            } else {
                Trait::Concerning
            }
        });
        [utilization, usage]
    }

    /// Returns the activity trait `days` after the last logged activity.
    #[must_use]
    pub fn activity(&self, days: i32) -> Trait {
        if days <= self.activity_healthy.get() as i32 {
            Trait::Healthy
        } else if days >= self.activity_poor.get() as i32 {
            Trait::Poor
        } else {
            Trait::Concerning
        }
    }

    /// Returns the bands of an account that shows `signs`, by activity trait.
    #[must_use]
    pub fn bands(&self, signs: &Signs) -> [Color; 3] {
        let score = self.score(signs);
        [Trait::Healthy, Trait::Concerning, Trait::Poor].map(|activity| self.band(score.total(activity)))
    }

    /// Returns in how many days `bands`, by activity trait, give another band than `band`, for an account whose last
    /// logged activity was `quiet` days ago: 0 if they do now, [`None`] if they never will by waiting.
    #[must_use]
    pub fn band_changes_in(&self, bands: [Color; 3], band: Color, quiet: i32) -> Option<i32> {
        if bands == [band; 3] {
            return None;
        }
        let (concerning, poor) = (self.activity_healthy.get() as i32 + 1, self.activity_poor.get() as i32);
        let differs = |&at: &i32| at >= quiet && bands[self.activity(at) as usize] != band;
        [quiet, concerning, poor].into_iter().filter(differs).min().map(|at| at - quiet)
    }

    /// Returns the band of a total score.
    #[must_use]
    pub fn band(&self, score: f64) -> Color {
        if score >= self.green_min.get() {
            Color::Green
        } else if score <= self.red_max.get() {
            Color::Red
        } else {
            Color::Yellow
        }
    }
}

impl Score {
    /// Returns the total with the given activity trait.
    #[must_use]
    pub fn total(self, activity: Trait) -> f64 {
        self.fixed + self.activity_weight * activity.points()
    }
}

fn count_trait(tickets: u32, healthy_below: Count, poor_from: Count) -> Trait {
    if tickets < healthy_below.get() {
        Trait::Healthy
    } else if tickets >= poor_from.get() {
        Trait::Poor
    } else {
        Trait::Concerning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best() -> Signs {
        Signs {
            sentiment: Trait::Healthy,
            code_navigation: true,
            defects: Trait::Healthy,
            help: Trait::Healthy,
            champion: true,
            buyer: true,
            usage: Some(0.4),
            utilization: Some(0.9),
        }
    }

    fn total(settings: &HealthSettings, signs: &Signs, activity: Trait) -> f64 {
        (settings.score(signs).total(activity) * 1e9).round() / 1e9
    }

    #[test]
    fn scores_of_hand_worked_accounts() {
        let settings = HealthSettings::default();
        let lonely = Signs { champion: false, buyer: false, ..best() };
        #[rustfmt::skip]
        let cases = [
            // why                                                      signs     activity             score
            ("everything healthy is ten",                              best(),    Trait::Healthy,      10.0),
            ("no champion, buyer or contact still reaches 7.5",        lonely,    Trait::Poor,         7.5),
            ("usage 20 % is poor, so half of the utilization weight",  Signs { usage: Some(0.20), ..best() }, Trait::Healthy, 7.25),
            ("utilization 50 % is concerning: a quarter of it",        Signs { utilization: Some(0.50), ..best() }, Trait::Healthy, 8.625),
            ("two defects are concerning: half of a third of 15 %",    Signs { defects: settings.ticket_trait(TicketKind::Defect, 2), ..best() }, Trait::Healthy, 9.75),
            ("fifteen help tickets are poor: a third of 15 %",         Signs { help: settings.ticket_trait(TicketKind::Help, 15), ..best() }, Trait::Healthy, 9.5),
            ("no contact for a month: a third of 25 %",                best(),    Trait::Poor,         9.166_666_667),
        ];
        for (why, signs, activity, expected) in cases {
            assert!(
                (total(&settings, &signs, activity) - expected).abs() < 1e-8,
                "{why}: {}",
                total(&settings, &signs, activity)
            );
        }
    }

    #[test]
    fn automatic_traits_alone_still_reach_ten_and_ignore_what_is_set_by_hand() {
        let settings =
            HealthSettings { health_traits: HealthTraits::AutomaticOnly, ..HealthSettings::default() };
        let lonely = Signs { champion: false, buyer: false, sentiment: Trait::Poor, ..best() };
        assert_eq!(total(&settings, &best(), Trait::Healthy), 10.0);
        assert_eq!(total(&settings, &lonely, Trait::Healthy), 10.0);
    }

    #[test]
    fn bands_include_their_cut_offs_on_the_documented_side() {
        let settings = HealthSettings::default();
        assert_eq!(settings.band(7.0), Color::Green);
        assert_eq!(settings.band(6.99), Color::Yellow);
        assert_eq!(settings.band(5.0), Color::Red);
        assert_eq!(settings.band(5.01), Color::Yellow);
    }

    #[test]
    fn a_band_changes_on_the_day_the_activity_trait_does_and_not_before() {
        let settings = HealthSettings::default();
        let late = [Color::Green, Color::Green, Color::Yellow];
        let early = [Color::Green, Color::Yellow, Color::Yellow];
        let day_by_day = |by_trait: [Color; 3], band, quiet: i32| {
            (quiet..100).find(|&day| by_trait[settings.activity(day) as usize] != band).map(|day| day - quiet)
        };
        for by_trait in [late, early] {
            for band in [Color::Green, Color::Yellow, Color::Red] {
                for quiet in 0..40 {
                    let days = settings.band_changes_in(by_trait, band, quiet);
                    let expected = day_by_day(by_trait, band, quiet);
                    assert_eq!(days, expected, "{by_trait:?}, {band:?}, quiet for {quiet} days");
                }
            }
        }
        assert_eq!(settings.band_changes_in(late, Color::Green, 4), Some(26));
        assert_eq!(settings.band_changes_in(early, Color::Green, 4), Some(11));
    }

    #[test]
    fn activity_is_healthy_for_14_days_and_poor_from_30() {
        let settings = HealthSettings::default();
        let traits = [14, 15, 29, 30].map(|days| settings.activity(days));
        assert_eq!(traits, [Trait::Healthy, Trait::Concerning, Trait::Concerning, Trait::Poor]);
    }

    #[test]
    fn published_figures_are_healthy_concerning_or_poor_from_the_documented_figures_on() {
        let settings = HealthSettings::default();
        let [healthy, concerning, poor] = [Trait::Healthy, Trait::Concerning, Trait::Poor];
        let usage = [0.30, 0.29, 0.21, 0.20].map(|usage| settings.published_traits(None, Some(usage))[1]);
        assert_eq!(usage, [healthy, concerning, concerning, poor]);
        let utilization =
            [0.80, 0.79, 0.50, 0.49].map(|level| settings.published_traits(Some(level), None)[0]);
        assert_eq!(utilization, [healthy, concerning, concerning, poor]);
        assert_eq!(settings.published_traits(None, None), [concerning; 2], "nothing is published");
    }

    #[test]
    fn tickets_are_concerning_and_poor_from_the_documented_counts_on() {
        let settings = HealthSettings::default();
        let traits = |kind, counts: [u32; 4]| counts.map(|count| settings.ticket_trait(kind, count));
        let expected = [Trait::Healthy, Trait::Concerning, Trait::Concerning, Trait::Poor];
        assert_eq!(traits(TicketKind::Defect, [1, 2, 4, 5]), expected);
        assert_eq!(traits(TicketKind::Help, [9, 10, 14, 15]), expected);
    }
}
