//! The renewal health assessment and the Lighthouse program: who is rated how, who enters, and who leaves.

use crate::language::{Count, Dist, Factor, Rate, Share, Span, choices, settings};
use crate::program::touchpoint::Color;

settings! {
    /// The renewal health assessment (RHA).
    pub struct AssessmentSettings {
        /// Whether it is done at all (point 22).
        pub enabled: bool = true,
        /// Days before the term ends (point 21).
        pub rha_days: Count = Count::of(120),
        /// Probability that a true risk is rated green by mistake.
        pub risk_missed: Share,
        /// Probability that a healthy account is rated red by mistake.
        pub false_alarm: Share,
        /// Visible odds of churn from which an account truly is a high risk.
        pub red_from: Share = Share::of(0.25),
        /// Visible odds of churn from which an account truly is a risk.
        pub yellow_from: Share = Share::of(0.10),
        /// Advisor time of one assessment with the manager's review.
        pub effort: Option<Dist<Span>>,
    }
}

choices! {
    /// Which ratings enter Lighthouse (point 15).
    pub enum LighthouseEntry {
        /// Red only.
        Red = "red",
        /// Yellow or red: the pooled program's "any risk".
        YellowOrRed = "yellow_or_red",
        /// Any flag: also a band below green or a missing champion, whenever it shows inside the window.
        AnyFlag = "any_flag",
    }
}

choices! {
    /// When an account may enter Lighthouse (point 16); who is at risk before that enters when it begins.
    pub enum LighthouseWindow {
        /// Within 120 days of renewal.
        Days120 = "120d",
        /// Within 180 days of renewal.
        Days180 = "180d",
        /// At any time.
        Any = "any",
    }
}

choices! {
    /// Who leads a Lighthouse account in a pool (point 19).
    pub enum LighthouseOwner {
        /// One advisor for the duration.
        Sticky = "sticky",
        /// Whoever is free.
        Pooled = "pooled",
    }
}

settings! {
    /// The Lighthouse program.
    pub struct LighthouseSettings {
        /// Whether the program has it (point 18).
        pub enabled: bool = true,
        /// Which ratings enter (point 15).
        pub entry: LighthouseEntry = LighthouseEntry::YellowOrRed,
        /// When an account may enter (point 16).
        pub window: LighthouseWindow = LighthouseWindow::Days120,
        /// Whether losing the champion enters, inside the window or when it opens (point 17).
        pub champion_loss_triggers: bool = false,
        /// Ad-hoc entries of accounts in poor health, by their executive or advisor.
        pub ad_hoc: Rate = Rate::per_year(0.0),
        /// Who leads (point 19).
        pub owner: LighthouseOwner = LighthouseOwner::Sticky,
        /// Time between program syncs, at which new members are presented and old ones reviewed (points 28, 29).
        pub sync_every: Span = Span::days(14),
        /// Consecutive healthy checks after which a member leaves (point 20).
        pub exit_checks: Count = Count::of(2),
        /// Longest stay (days), to the day (point 20); absent: no limit.
        pub max_days: Option<Count>,
        /// Most members at a time (point 20); absent: no limit.
        pub max_concurrent: Option<Count>,
        /// Most members that one advisor leads at a time, where there is a pool; absent: no limit.
        pub max_per_advisor: Option<Count>,
        /// Executive sponsors, without whom no plan is presented; absent: as many as it takes.
        pub sponsors: Option<Count>,
        /// Members that one sponsor stands behind at a time, from their presentation to the end of their stay.
        pub sponsored: Count = Count::of(1),
        /// Relative cut of the probability of churn when fully at work.
        pub churn_cut: Share,
        /// Time inside until it is fully at work.
        pub full_after: Span,
        /// Advisor time at entry: plan, review with the executive, first presentation.
        pub entry_effort: Option<Dist<Span>>,
        /// Advisor time a week while inside.
        pub weekly_effort: Option<Dist<Span>>,
        /// Whether every replication is run again without Lighthouse, to count those truly saved.
        pub counterfactual: bool = false,
        /// Factor on all effects of Lighthouse, to switch them off in a trial.
        pub strength: Factor = Factor::of(1.0),
    }
}

impl AssessmentSettings {
    /// Returns the true rating of an account with these visible odds of churn.
    #[must_use]
    pub fn truth(&self, churn: f64) -> Color {
        if churn >= self.red_from.get() {
            Color::Red
        } else if churn >= self.yellow_from.get() {
            Color::Yellow
        } else {
            Color::Green
        }
    }

    /// Returns the probability that an account whose true rating is `truth` is misjudged: mistakes go both ways.
    #[must_use]
    pub fn misjudges(&self, truth: Color) -> f64 {
        match truth {
            Color::Green => self.false_alarm.get(),
            Color::Yellow | Color::Red => self.risk_missed.get(),
        }
    }

    /// Returns the rating written down.
    #[must_use]
    pub fn rating(&self, truth: Color, misjudged: bool) -> Color {
        match truth {
            Color::Green if misjudged => Color::Red,
            Color::Yellow | Color::Red if misjudged => Color::Green,
            truth => truth,
        }
    }
}

impl LighthouseSettings {
    /// Returns whether `rating` is one that enters.
    #[must_use]
    pub fn admits(&self, rating: Color) -> bool {
        match self.entry {
            LighthouseEntry::Red => rating == Color::Red,
            LighthouseEntry::YellowOrRed | LighthouseEntry::AnyFlag => rating != Color::Green,
        }
    }

    /// Returns how many days before the term ends the window opens; [`None`]: it is always open.
    #[must_use]
    pub fn window_days(&self) -> Option<i32> {
        match self.window {
            LighthouseWindow::Days120 => Some(120),
            LighthouseWindow::Days180 => Some(180),
            LighthouseWindow::Any => None,
        }
    }

    /// Returns whether an account may enter `days_to_renewal` days before its term ends.
    #[must_use]
    pub fn open_at(&self, days_to_renewal: i32) -> bool {
        self.window_days().is_none_or(|days| days_to_renewal <= days)
    }

    /// Returns whether an account can be known to be at risk before the window opens.
    #[must_use]
    pub fn knows_early(&self) -> bool {
        self.entry == LighthouseEntry::AnyFlag || self.champion_loss_triggers
    }

    /// Returns the cut of the probability of churn after `days` inside: growing straight, then constant.
    #[must_use]
    pub fn cut_after(&self, days: i32) -> f64 {
        let full = self.full_after.in_days();
        let grown = if full > 0.0 { (f64::from(days) / full).clamp(0.0, 1.0) } else { 1.0 };
        self.churn_cut.get() * self.strength.get() * grown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::setting::read_right;

    const RATINGS: [Color; 3] = [Color::Green, Color::Yellow, Color::Red];

    fn assessment() -> AssessmentSettings {
        read_right("risk_missed = 0.20\nfalse_alarm = 0.05\nyellow_from = 0.10\nred_from = 0.25")
    }

    fn lighthouse(text: &str) -> LighthouseSettings {
        read_right(&format!("churn_cut = 0.25\nfull_after = \"56d\"\n{text}"))
    }

    #[test]
    fn an_account_is_a_risk_from_the_odds_stated_on() {
        let truths = [0.0, 0.099, 0.10, 0.249, 0.25, 1.0].map(|churn| assessment().truth(churn));
        let [green, yellow, red] = RATINGS;
        assert_eq!(truths, [green, green, yellow, yellow, red, red]);
    }

    #[test]
    fn a_risk_is_missed_and_a_healthy_account_raises_a_false_alarm_each_with_its_own_odds() {
        assert_eq!(RATINGS.map(|truth| assessment().misjudges(truth)), [0.05, 0.20, 0.20]);
        let mistaken = RATINGS.map(|truth| assessment().rating(truth, true));
        assert_eq!(mistaken, [Color::Red, Color::Green, Color::Green]);
        assert_eq!(RATINGS.map(|truth| assessment().rating(truth, false)), RATINGS);
    }

    #[test]
    fn any_risk_enters_lighthouse_unless_only_red_does() {
        let admitted = |entry: &str| {
            let settings = lighthouse(&format!("entry = \"{entry}\""));
            RATINGS.map(|rating| settings.admits(rating))
        };
        assert_eq!(admitted("red"), [false, false, true]);
        assert_eq!(admitted("yellow_or_red"), [false, true, true]);
        assert_eq!(admitted("any_flag"), [false, true, true]);
    }

    #[test]
    fn the_window_of_lighthouse_opens_to_the_day() {
        let open = |window: &str| {
            let settings = lighthouse(&format!("window = \"{window}\""));
            (settings.window_days(), [0, 120, 121, 180, 181].map(|days| settings.open_at(days)))
        };
        assert_eq!(open("120d"), (Some(120), [true, true, false, false, false]));
        assert_eq!(open("180d"), (Some(180), [true, true, true, true, false]));
        assert_eq!(open("any"), (None, [true; 5]));
    }

    #[test]
    fn risk_shows_before_the_assessment_where_flags_or_a_lost_champion_enter() {
        let knows_early = |text: &str| lighthouse(text).knows_early();
        assert!(!knows_early(""));
        assert!(knows_early("entry = \"any_flag\""));
        assert!(knows_early("champion_loss_triggers = true"));
    }

    #[test]
    fn lighthouse_cuts_churn_ever_more_until_it_is_fully_at_work() {
        let cuts = |text: &str| [0, 28, 56, 100].map(|days| lighthouse(text).cut_after(days));
        assert_eq!(cuts(""), [0.0, 0.125, 0.25, 0.25]);
        assert_eq!(cuts("strength = \"x0.5\""), [0.0, 0.0625, 0.125, 0.125]);
        let at_once = LighthouseSettings { full_after: Span::days(0), ..lighthouse("") };
        assert_eq!(at_once.cut_after(0), 0.25);
    }
}
