//! Says where few replications decide, so that an interval may hold the truth less often than it says.
//!
//! Which these are, [`stats::are_too_few`] says, from what every document tells of an interval: of how many replications it is,
//! and how many are enough. So all answers, and pages made of finished runs, say the same. The means of all metrics, which a run
//! shows and decides nothing on, are not looked at.

use serde_json::Value;

use crate::base::stats;
use crate::output::words::digits;

/// Returns how many replications would be enough, where `n` are too few.
#[must_use]
pub fn enough(n: usize, n_enough: Option<usize>) -> Option<usize> {
    n_enough.filter(|&enough| stats::are_too_few(n, enough))
}

/// Returns the same of a row of a document.
#[must_use]
pub fn enough_of(row: &Value) -> Option<usize> {
    let count = |key: &str| usize::try_from(row[key].as_u64()?).ok();
    enough(count("n")?, count("n_enough"))
}

/// Returns how many replications would be `enough` where it matters: where an `interval` is to lie on one side of a `value`, and at
/// twice its width would not.
#[must_use]
pub fn enough_to_judge(value: f64, interval: Option<(f64, f64)>, enough: Option<usize>) -> Option<usize> {
    let is_close = |(low, high): (f64, f64)| (value - (low + high) / 2.0).abs() < high - low;
    enough.filter(|_| interval.is_some_and(is_close))
}

/// Returns the same of a row of a document.
#[must_use]
pub fn enough_to_judge_of(row: &Value) -> Option<usize> {
    let interval = row["ci_low"].as_f64().zip(row["ci_high"].as_f64());
    enough_to_judge(row["value"].as_f64()?, interval, enough_of(row))
}

/// Says how many would be enough, where too few decide about `what`, which stands in a sentence before; nothing, where they are
/// enough.
#[must_use]
pub fn about(what: &str, enough: Option<usize>) -> String {
    enough.map_or(String::new(), |enough| {
        format!(
            " Few replications decide about {what}, so the interval may hold the truth less often than it says; about {} \
             replications would be enough.",
            digits(enough as f64, 0)
        )
    })
}

/// Says it of the intervals of a table: each row with the titles of those metrics of which too few decide, and how many would be
/// enough for all of them; nothing, where there are none.
#[must_use]
pub fn of_table(rows: &[(String, Vec<(&str, usize)>)]) -> String {
    let few: Vec<_> = rows.iter().filter(|(_, metrics)| !metrics.is_empty()).collect();
    let Some(enough) = few.iter().flat_map(|(_, metrics)| metrics.iter().map(|&(_, enough)| enough)).max()
    else {
        return String::new();
    };
    let named: Vec<String> = few
        .iter()
        .map(|(name, metrics)| {
            let titles: Vec<&str> = metrics.iter().map(|&(title, _)| title).collect();
            format!("{name} ({})", titles.join(", "))
        })
        .collect();
    format!(
        "Few replications decide about {}: the intervals may hold the truth less often than they say; about {} replications would \
         be enough.",
        named.join("; "),
        digits(enough as f64, 0)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_said_of_those_rows_of_which_few_decide_and_of_no_others() {
        assert_eq!(enough_of(&json!({ "n": 20, "n_enough": 366 })), Some(366));
        assert_eq!(enough_of(&json!({ "n": 400, "n_enough": 366 })), None);
        assert_eq!(enough_of(&json!({ "n": 20, "n_enough": null })), None);
        assert_eq!(about("it", None), "");
        // Of 0.78 to 0.82 the middle is 0.80; at twice the width it is 0.76 to 0.84.
        for (value, matters) in [(0.75, false), (0.77, true), (0.80, true), (0.83, true), (0.85, false)] {
            let mut row =
                json!({ "n": 20, "n_enough": 366, "value": value, "ci_low": 0.78, "ci_high": 0.82 });
            assert_eq!(enough_to_judge_of(&row), matters.then_some(366), "{value}");
            row["ci_low"] = Value::Null;
            assert_eq!(enough_to_judge_of(&row), None, "there is no interval");
        }
        let row = |name: &str, few: &[(&'static str, usize)]| (name.to_owned(), few.to_vec());
        assert_eq!(of_table(&[row("monthly", &[])]), "");
        let said = of_table(&[
            row("monthly", &[]),
            row("weekly", &[("Churn", 366)]),
            row("never", &[("Churn", 90), ("Hours", 1_200)]),
        ]);
        assert_eq!(
            said,
            "Few replications decide about weekly (Churn); never (Churn, Hours): the intervals may hold the truth less often \
             than they say; about 1,200 replications would be enough."
        );
    }
}
