//! What is done for customers, and how they answer.

use crate::base::stats::Better;
use crate::engine::record::AccountRecord;
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::view::View;

pub(super) const TOUCHPOINTS_DUE: MetricDefinition = MetricDefinition {
    name: "touchpoints_due",
    title: "Touchpoints due",
    unit: Unit::PerAccountYear,
    better: Better::Neither,
    theme: Theme::Touchpoints,
    definition: "Touchpoints that came due, of every kind and channel, for each year of 365 days of an account under \
                 contract.",
    compute: |view| per_account_year(view, |account| account.due),
};

pub(super) const TOUCHPOINTS_DONE: MetricDefinition = MetricDefinition {
    name: "touchpoints_done",
    title: "Touchpoints done",
    definition: "Touchpoints sent, held or worked off, for each year of 365 days of an account under contract.",
    compute: |view| per_account_year(view, |account| account.done),
    ..TOUCHPOINTS_DUE
};

pub(super) const TOUCHPOINTS_LATE: MetricDefinition = MetricDefinition {
    name: "touchpoints_late",
    title: "Touchpoints done late",
    better: Better::Lower,
    definition: "Touchpoints done after their patience was over, for each year of 365 days of an account under \
                 contract.",
    compute: |view| per_account_year(view, |account| account.late),
    ..TOUCHPOINTS_DUE
};

pub(super) const TOUCHPOINTS_DROPPED: MetricDefinition = MetricDefinition {
    name: "touchpoints_dropped",
    title: "Touchpoints dropped",
    better: Better::Lower,
    definition: "Touchpoints given up for want of advisors, for each year of 365 days of an account under contract.",
    compute: |view| per_account_year(view, |account| account.dropped),
    ..TOUCHPOINTS_DUE
};

pub(super) const TOUCHPOINTS_DEGRADED: MetricDefinition = MetricDefinition {
    name: "touchpoints_degraded",
    title: "Touchpoints degraded to mail",
    better: Better::Lower,
    definition: "Touchpoints replaced by a mail for want of advisors, for each year of 365 days of an account under \
                 contract.",
    compute: |view| per_account_year(view, |account| account.degraded),
    ..TOUCHPOINTS_DUE
};

pub(super) const SURVEY_RESPONSE_SHARE: MetricDefinition = MetricDefinition {
    name: "survey_response_share",
    title: "Surveys answered",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Touchpoints,
    definition: "Surveys answered over surveys sent, one survey a person.",
    compute: |view| view.share(|account| account.answers, |account| account.surveys),
};

pub(super) const HELP_REQUEST_SHARE: MetricDefinition = MetricDefinition {
    name: "help_request_share",
    title: "Answers that ask for help",
    unit: Unit::Fraction,
    better: Better::Neither,
    theme: Theme::Touchpoints,
    definition: "Answers to surveys that ask for help over all answers to surveys.",
    compute: |view| view.share(|account| account.help_asked, |account| account.answers),
};

fn per_account_year(view: &View, count: impl Fn(&AccountRecord) -> u32) -> Option<f64> {
    view.account_years().map(|years| view.total(count) as f64 / years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::example::{customer, expect, expect_nothing, slice, whole, year};
    use crate::metrics::view::Slice;

    /// Three account-years, one of them program 1's.
    #[test]
    fn touchpoints_are_counted_for_an_account_year() {
        let first =
            AccountRecord { days: 730, due: 30, done: 24, late: 3, dropped: 4, degraded: 2, ..customer() };
        let second = AccountRecord { program: 1, due: 6, done: 6, ..customer() };
        let record = year(vec![first, second]);
        let names = ["due", "done", "late", "dropped", "degraded"].map(|what| format!("touchpoints_{what}"));
        let expected = [12.0, 10.0, 1.0, 4.0 / 3.0, 2.0 / 3.0];
        for (name, expected) in names.iter().zip(expected) {
            expect(name, &whole(&record), expected);
        }
        expect("touchpoints_due", &slice(&record, Slice::Program(0)), 15.0);
    }

    #[test]
    fn answers_are_a_share_of_surveys_and_calls_for_help_a_share_of_answers() {
        let asked = AccountRecord { surveys: 30, answers: 8, help_asked: 2, ..customer() };
        let record = year(vec![asked, AccountRecord { surveys: 10, ..customer() }]);
        expect("survey_response_share", &whole(&record), 0.2);
        expect("help_request_share", &whole(&record), 0.25);
        let silent = year(vec![AccountRecord { surveys: 10, ..customer() }]);
        expect("survey_response_share", &whole(&silent), 0.0);
        expect_nothing("help_request_share", &whole(&silent));
    }
}
