//! The past of the opening book: contract years and renewals lived in expectation, with the draws that the run would take.
//!
//! ```text
//! close ── year ── year ── renewal ── year ── renewal ── ... ── warm-up ── day 0
//!          expansions      leaves?            leaves?           as it was when this began
//! ```
//!
//! Each renewal of the past is decided at the customer's expected standing: usage as far as it is adopted, the
//! relationship as it is by nature, and what shocks had left of both. What the program had done for it is left out.
//! A renewal that falls due on day 0 is the run's to decide.

use crate::base::math::{exp, normal_quantile};
use crate::base::random::{Purpose, Streams};
use crate::base::time::Day;
use crate::engine::renewal;
use crate::engine::shocks::{self, Befallen};
use crate::language::Share;
use crate::population::Resegment;
use crate::population::generate::{Drift, Profile};
use crate::population::segment::Team;
use crate::renewal::outcome::{Odds, Outcome};
use crate::scenario::Scenario;

/// A customer of the past on its way to day 0.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    scenario: &'a Scenario,
    streams: &'a Streams,
    /// The place of the book, and which of the customers drawn for it this is.
    account: u32,
    attempt: u32,
    /// Team it came to.
    home: Team,
    close: Day,
    /// First day of the first term.
    start: Day,
    profile: Profile,
    /// Share of the willing users who have adopted the product, as of `today`.
    adoption: f64,
    today: Day,
    /// An expansion has ripened so late that it is signed with the renewal.
    ripe: bool,
}

impl<'a> Past<'a> {
    /// Begins the past of the customer `profile`, drawn for a place in an attempt, on the day it closed.
    #[must_use]
    pub fn new(
        scenario: &'a Scenario,
        streams: &'a Streams,
        (account, attempt): (u32, u32),
        profile: Profile,
        close: Day,
    ) -> Self {
        let home = scenario.file.population.segmentation.team(profile.segment, profile.arr());
        let start = Day(close.0 + profile.contract_start_lag);
        let adoption = scenario.file.usage.at_first();
        Self {
            scenario,
            streams,
            account,
            attempt,
            home,
            close,
            start,
            profile,
            adoption,
            today: close,
            ripe: false,
        }
    }

    /// Returns the customer as it was when the warm-up began and as it is on day 0, or [`None`] if it left before that.
    /// What a listed customer holds is what it holds today, so its past moves only its traits.
    ///
    /// In the warm-up the engine moves seats and traits, so here its steps are taken ahead only to know how the
    /// customer stands when its renewal comes.
    #[must_use]
    pub fn live(mut self) -> Option<(Profile, Profile)> {
        let row = self.scenario.listed(self.account);
        let is_listed = row.is_some();
        let opens = self.scenario.file.start.get();
        // A list that tells a later renewal says that today's has been signed.
        let is_signed_today = row.and_then(|row| row.renewal).is_some_and(|told| told > opens);
        let first = self.scenario.first;
        let mut at_first = None;
        for term in 1u16.. {
            let months = u32::from(term) * self.profile.term_months;
            let end = self.scenario.almanac.add_months(self.start, months);
            if self.today < first {
                let to = end.min(first);
                self.drift_in_one_step(term, to);
                self.pass_to(term, end, to, is_listed);
            }
            if end > first {
                at_first.get_or_insert_with(|| self.profile.clone());
                self.drift_as_the_run_will(end.min(Day(0)));
                self.pass_to(term, end, end.min(Day(0)), is_listed);
            }
            if end > Day(0) || (end == Day(0) && !is_signed_today) {
                return Some((at_first.unwrap_or_else(|| self.profile.clone()), self.profile));
            }
            let outcome = self.decide(term, end);
            if outcome == Outcome::Churn {
                return None;
            }
            if !is_listed {
                self.renew(term, end, outcome);
                if !self.is_still_served(end) {
                    return None;
                }
            }
        }
        unreachable!("terms end")
    }

    /// Lets traits drift until `to` in one step: a first-order autoregression is the same in one step as in many.
    fn drift_in_one_step(&mut self, term: u16, to: Day) {
        let normals = [1, 2, 3].map(|label| {
            let key = 4 * u32::from(term) + label;
            normal_quantile(self.streams.draw(Purpose::History, self.account, self.attempt, key).uniform(0))
        });
        let usage = &self.scenario.file.usage;
        self.profile.drift(usage, Drift::over(usage, to.0 - self.today.0), normals);
    }

    fn drift_as_the_run_will(&mut self, to: Day) {
        let mut step = shocks::next_drift(self.account, self.today.max(self.scenario.first));
        while step < to {
            let draws = shocks::drift_draws(self.streams, self.account, self.attempt, step);
            self.profile.drift(&self.scenario.file.usage, self.scenario.drift, draws);
            step = shocks::next_drift(self.account, Day(step.0 + 1));
        }
    }

    /// Lets the time of `term`, which ends on `end`, pass until `to`: users adopt, and the account expands.
    fn pass_to(&mut self, term: u16, end: Day, to: Day, is_listed: bool) {
        let years = if is_listed { 0 } else { self.profile.term_months.div_ceil(12) };
        let from = self.today;
        for year in 0..years {
            let months = (u32::from(term) - 1) * self.profile.term_months + 12 * year;
            let begin = self.scenario.almanac.add_months(self.start, months);
            let (u, day) =
                renewal::expansion_draw(self.streams, self.account, self.attempt, term, (year, begin));
            let is_wanted = u < self.scenario.file.renewal.expansion_a_year();
            if is_wanted && from <= day && day < to.min(end) {
                self.adopt_until(day);
                self.expand(term, end, year);
            }
        }
        self.adopt_until(to);
    }

    fn adopt_until(&mut self, day: Day) {
        let usage = &self.scenario.file.usage;
        let from = self.today.0.max(self.close.0 + self.profile.first_ping);
        let days = f64::from((day.0 - from).max(0));
        self.adoption = usage.adopted(self.adoption, usage.pace() * self.profile.pace, days);
        self.today = day;
    }

    fn utilization(&self) -> f64 {
        self.profile.ceiling(&self.scenario.file.usage) * self.adoption
    }

    fn expand(&mut self, term: u16, end: Day, year: u32) {
        let renewal = &self.scenario.file.renewal;
        if self.utilization() < renewal.expansion_from.get() {
            return;
        }
        if end.0 - self.today.0 <= renewal.expansion_with_renewal.get() as i32 {
            self.ripe = true;
        } else {
            self.buy(term, year);
        }
    }

    /// New seats start unused.
    fn buy(&mut self, term: u16, year: u32) {
        let years = self.years_until(self.today);
        let occasion = (self.account, self.attempt, term, year);
        let before = f64::from(self.profile.seats);
        if let Some(seats) = renewal::bought(self.scenario, self.streams, &mut self.profile, years, occasion)
        {
            self.profile.seats = seats;
            self.adoption *= before / f64::from(seats);
        }
    }

    /// Lets the term end in `outcome`: seats are cut, or a ripe expansion is signed, and the price changes.
    fn renew(&mut self, term: u16, end: Day, outcome: Outcome) {
        self.today = end;
        let was_ripe = std::mem::take(&mut self.ripe);
        if outcome == Outcome::Downsize {
            let before = self.profile.seats;
            let kept =
                renewal::seats_kept(self.scenario, self.streams, self.account, self.attempt, term, before);
            self.profile.concentrate(&self.scenario.file.usage, before, kept);
            self.profile.seats = kept;
        } else if was_ripe {
            self.buy(term, renewal::RIPE);
        }
        let change = self.scenario.file.renewal.price_change.get();
        self.profile.price = self.profile.price.scale(1.0 + change);
    }

    /// Decides the renewal at the end of `term`.
    fn decide(&self, term: u16, end: Day) -> Outcome {
        let (scenario, profile) = (self.scenario, &self.profile);
        let settings = &scenario.file.renewal;
        let u = renewal::outcome_draw(self.streams, self.account, self.attempt, term);
        let own = renewal::beta_propensity(scenario, self.streams, self.account, self.attempt);
        if let Some(churn) = own.or(settings.constant_churn.map(Share::get)) {
            return Odds { churn, downsize: 0.0 }.outcome(u);
        }
        let shocks = &scenario.file.shocks;
        let occasion = (u32::from(term), 2 + self.attempt);
        let befallen = Befallen::draw(scenario, self.streams, self.account, occasion, end.0 - self.close.0);
        let company = befallen
            .company_change
            .map_or(0.0, |days| exp(-std::f64::consts::LN_2 * days / shocks.company_fading.in_days()));
        let champion = if befallen.champion_missing.is_some() { shocks.champion_weight.get() } else { 0.0 };
        let relationship = profile.relationship - champion - shocks.company_weight.get() * company;
        let utilization = self.utilization() * befallen.need;
        let standing =
            renewal::stands(scenario, utilization, profile.usage(&scenario.file.usage), relationship);
        let visible = settings.company_change_odds.get() * company;
        let odds = scenario.odds.odds(standing, profile.propensity + visible);
        let alone = odds.outcome(u);
        if alone == Outcome::Flat {
            // Lighthouse makes no outcome worse.
            return alone;
        }
        odds.with_churn_cut(self.lighthouse_cut(term, scenario.odds.odds(standing, visible))).outcome(u)
    }

    /// Returns the share by which Lighthouse cuts the probability of churn, if an assessment of the odds that can be seen
    /// leads into it, at the next sync.
    fn lighthouse_cut(&self, term: u16, visible: Odds) -> f64 {
        let program = &self.scenario.programs[usize::from(self.scenario.program_for(self.home).unwrap_or(0))];
        let (assessment, lighthouse) = (&program.assessment, &program.lighthouse);
        if !(self.scenario.has_effects() && assessment.enabled && lighthouse.enabled) {
            return 0.0;
        }
        let draw = self.streams.draw(Purpose::Assessment, self.account, u32::from(term), 1 + self.attempt);
        let truth = assessment.truth(visible.churn);
        let rating = assessment.rating(truth, draw.uniform(0) < assessment.misjudges(truth));
        let wait = draw.uniform(1) * lighthouse.sync_every.in_days();
        let days = assessment.rha_days.get() as i32 - wait as i32;
        if lighthouse.admits(rating) { lighthouse.cut_after(days) } else { 0.0 }
    }

    /// Returns whether the customer is still with the team it came to, or with another one of the scenario.
    fn is_still_served(&self, day: Day) -> bool {
        let population = &self.scenario.file.population;
        let segment = renewal::grown_segment(self.scenario, &self.profile, self.years_until(day));
        let team = population.segmentation.team(segment, self.profile.arr());
        population.resegment == Resegment::Never
            || team == self.home
            || self.scenario.program_for(team).is_some()
    }

    fn years_until(&self, day: Day) -> f64 {
        f64::from(day.0 - self.close.0) / 365.0
    }
}
