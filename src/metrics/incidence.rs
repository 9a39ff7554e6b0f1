//! How long until something happens, where something else may come first and not everybody is watched to the end.
//!
//! An account that leaves before it gets there will never get there: it must not be treated like one that is
//! merely not watched any longer, or the rest would seem to arrive sooner than they do. The estimator of Aalen and
//! Johansen keeps the two apart:
//!
//! ```text
//! F(t) = sum over days u <= t of  S(u-) · reached(u) / n(u)
//! S(t) = product over days u <= t of  1 - (reached(u) + lost(u)) / n(u)
//! ```
//!
//! where `n(u)` accounts are still watched and neither there nor lost when day `u` begins; whoever is watched for the
//! last time on day `u` is among them.
//!
//! **Source:** Aalen & Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on
//! censored observations", Scandinavian Journal of Statistics 5 (1978).

/// How the watch over an account ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It got there.
    Reached,
    /// It left, and can no longer get there.
    Lost,
    /// The watch ended first: it might still get there.
    Unknown,
}

/// One account under watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// For how long (days).
    pub days: i32,
    /// How the watch ended.
    pub end: End,
}

/// A step of the cumulative incidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The day, counted from each account's own start (days).
    pub day: i32,
    /// Share of accounts expected to have got there by the end of that day.
    pub reached: f64,
}

/// Covers the rounding of a sum of shares; no share of fewer than 10^8 accounts lies this close below another.
const ROUNDING: f64 = 1e-9;

/// Returns the cumulative incidence: one step for each day on which somebody got there, the earliest first.
#[must_use]
pub fn cumulative_incidence(courses: &[Course]) -> Vec<Step> {
    let mut courses = courses.to_vec();
    courses.sort_by_key(|course| course.days);
    let mut watched = courses.len();
    let (mut staying, mut reached) = (1.0, 0.0);
    let mut steps = Vec::new();
    for day in courses.chunk_by(|one, next| one.days == next.days) {
        let share = |end| day.iter().filter(|course| course.end == end).count() as f64 / watched as f64;
        let (arriving, leaving) = (share(End::Reached), share(End::Lost));
        if arriving > 0.0 {
            reached += staying * arriving;
            steps.push(Step { day: day[0].days, reached });
        }
        staying *= 1.0 - (arriving + leaving);
        watched -= day.len();
    }
    steps
}

/// Returns the first day by whose end half of the accounts got there, or [`None`] where under half ever do.
#[must_use]
pub fn median(courses: &[Course]) -> Option<i32> {
    let steps = cumulative_incidence(courses);
    steps.into_iter().find(|step| step.reached >= 0.5 - ROUNDING).map(|step| step.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courses(courses: &[(i32, End)]) -> Vec<Course> {
        courses.iter().map(|&(days, end)| Course { days, end }).collect()
    }

    /// Worked by hand: of five accounts two are watched from day 40 on, and three of five stay until then.
    ///
    /// ```text
    /// day 10: 1 of 5 arrives   F = 1/5                S = 4/5
    /// day 20: 1 of 4 leaves                           S = 4/5 · 3/4 = 3/5
    /// day 30: the watch over one ends
    /// day 40: 1 of 2 arrives   F = 1/5 + 3/5 · 1/2    S = 3/10
    /// day 50: 1 of 1 arrives   F = 1/2 + 3/10
    /// ```
    #[test]
    fn a_hand_worked_incidence_with_a_loss_and_an_open_end() {
        use End::{Lost, Reached, Unknown};
        let five = courses(&[(40, Reached), (20, Lost), (10, Reached), (50, Reached), (30, Unknown)]);
        let steps = cumulative_incidence(&five);
        let days: Vec<i32> = steps.iter().map(|step| step.day).collect();
        assert_eq!(days, [10, 40, 50]);
        for (step, expected) in steps.iter().zip([0.2, 0.5, 0.8]) {
            assert!((step.reached - expected).abs() < 1e-12, "{step:?} for {expected}");
        }
        assert_eq!(median(&five), Some(40));
    }

    /// If those who left were taken for merely unwatched, the one survivor would speak for all and the median be 30.
    #[test]
    fn whoever_leaves_never_arrives() {
        use End::{Lost, Reached, Unknown};
        let leaving = courses(&[(10, Lost), (20, Lost), (30, Reached)]);
        assert_eq!(median(&leaving), None, "one of three");
        let unwatched = courses(&[(10, Unknown), (20, Unknown), (30, Reached)]);
        assert_eq!(median(&unwatched), Some(30));
    }

    #[test]
    fn an_end_of_the_watch_on_the_day_of_an_arrival_comes_after_it() {
        use End::{Reached, Unknown};
        let steps = cumulative_incidence(&courses(&[(5, Unknown), (5, Reached), (6, Reached)]));
        assert!((steps[0].reached - 1.0 / 3.0).abs() < 1e-12, "one of three, not of two");
        assert!((steps[1].reached - 1.0).abs() < 1e-12);
    }

    /// With everybody watched to the end the estimate is a plain share, and exactly half is half.
    #[test]
    fn without_open_ends_it_counts() {
        for half in 1..200 {
            let both = (0..half).flat_map(|day| {
                [Course { days: day, end: End::Reached }, Course { days: 3 * day + 1, end: End::Lost }]
            });
            let both: Vec<Course> = both.collect();
            assert_eq!(median(&both), Some(half - 1), "{half} of {} got there", 2 * half);
            assert_eq!(median(&both[1..]), None, "one short of half");
        }
    }

    #[test]
    fn nobody_has_no_median() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&courses(&[(9, End::Unknown), (9, End::Lost)])), None);
    }
}
