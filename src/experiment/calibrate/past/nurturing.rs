//! How long customers took to Nurturing, read off the months of use that a history tells.
//!
//! Who is in which stage no export knows; but a gate looks at figures that a history may hold: users of a month over seats, and daily
//! over monthly users. They are known when the month is over, so a gate is passed on the first of a month, or when Onboarding ends
//! while the last figures known pass.

use chrono::{Days, Months, NaiveDate};

use super::{Life, Past};
use crate::base::money::Money;
use crate::metrics::incidence::{Course, End, median};
use crate::program::stage::StageSettings;

impl Past {
    /// Returns the median days from the first day as a customer to Nurturing, of who came on `from` or after and before `to`, as the
    /// metric of that name: who leaves first never gets there, and who is on the way on the day `to` might still.
    ///
    /// Nothing where no month tells daily users, or under half get there.
    #[must_use]
    pub fn days_to_nurturing(&self, stages: &StageSettings, from: NaiveDate, to: NaiveDate) -> Option<f64> {
        let tells = |life: &Life| life.months.iter().any(|month| month.usage.is_some());
        if !self.lives.iter().any(tells) {
            return None;
        }
        let courses: Vec<Course> =
            self.lives.iter().filter_map(|life| life.course(stages, from, to)).collect();
        median(&courses).map(f64::from)
    }
}

impl Life {
    fn course(&self, stages: &StageSettings, from: NaiveDate, to: NaiveDate) -> Option<Course> {
        let came = self.first.or(self.terms.first().map(|term| term.start))?;
        if !(from..to).contains(&came) {
            return None;
        }
        let ends = self.terms.iter().filter_map(|term| term.end);
        let gone = ends.filter(|end| *end > came && *end < to && self.arr(*end) == Money::ZERO).min();
        let until = gone.unwrap_or(to);
        let (day, end) = match (self.nurturing(stages, came).filter(|day| *day < until), gone) {
            (Some(there), _) => (there, End::Reached),
            (None, Some(gone)) => (gone, End::Lost),
            (None, None) => (to, End::Unknown),
        };
        let days = day.signed_duration_since(came).num_days();
        Some(Course { days: i32::try_from(days).unwrap_or(i32::MAX), end })
    }

    /// The first day on which the figures last known pass the gate of a customer that has settled in.
    fn nurturing(&self, stages: &StageSettings, came: NaiveDate) -> Option<NaiveDate> {
        let settled = came.checked_add_days(Days::new(stages.onboarding_days.get().into()))?;
        let known = |at: usize| self.months.get(at)?.date.checked_add_months(Months::new(1));
        let of_month = |at: usize| {
            let month = &self.months[at];
            let day = known(at)?.max(settled);
            let is_last_known = known(at + 1).is_none_or(|next| day < next);
            let passes = stages.gate_passed(Some(month.utilization), month.usage);
            (month.date >= came && is_last_known && passes).then_some(day)
        };
        (0..self.months.len()).find_map(of_month)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;

    /// Ash passes with its second month, Elm with its first, but settles in till April; Fir leaves on the way, Oak is still on it.
    #[test]
    fn the_way_to_nurturing_is_read_off_months() {
        let mapping = "through = 2023-12-31\n[subscriptions]\nfile = \"s.csv\"\ncolumns = { id = \"id\", \
            account = \"account\", start = \"start\", end = \"end\", arr = \"arr\", seats = \"seats\" }\n\
            [usage]\nfile = \"u.csv\"\ncolumns = { account = \"account\", month = \"month\", mau = \"mau\", dau = \"dau\" }\n";
        let rows = "id,account,start,end,arr,seats\n1,Ash,2023-01-01,,9,10\n2,Elm,2023-02-15,,9,10\n\
            3,Fir,2023-03-01,2023-06-01,9,10\n4,Oak,2023-03-01,,9,10\n5,Yew,2022-03-01,,9,10\n";
        let months = "account,month,mau,dau\nAsh,2023-03,8,4\nAsh,2023-04,9,4\nElm,2023-03,9,4\nElm,2023-05,9,1\n\
            Fir,2023-04,9,2\nFir,2023-06,9,9\nOak,2023-07,9,1\nYew,2023-01,9,9\n";
        let past = load(&[("h.toml", mapping), ("s.csv", rows), ("u.csv", months)]);
        let day = |text: &str| text.parse().unwrap();
        let stages = crate::program::stage::StageSettings::default();
        let courses: Vec<_> = past
            .lives
            .iter()
            .map(|life| life.course(&stages, day("2023-01-01"), day("2024-01-01")).map(|it| it.days))
            .collect();
        // To 1 May; to 60 days from 15 February; to the day it left; to the end; and Yew came before.
        assert_eq!(courses, [Some(120), Some(60), Some(92), Some(306), None]);
        let median =
            |past: &super::Past| past.days_to_nurturing(&stages, day("2023-01-01"), day("2024-01-01"));
        assert_eq!(median(&past), Some(120.0));
        let unknown = mapping.replace(", dau = \"dau\"", "");
        assert_eq!(median(&load(&[("h.toml", &unknown), ("s.csv", rows), ("u.csv", months)])), None);
    }
}
