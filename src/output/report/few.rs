//! The note of the first screen on what few replications decide about.

use serde_json::Value;

use crate::metrics::{self, MetricDefinition};
use crate::output::answer::lower_first;
use crate::output::few;
use crate::output::finished::{Finished, Variant, text};
use crate::output::report::markup::escaped;
use crate::output::report::parts::{LISTED, size};

/// Returns a note on where few replications decide about what the first screen shows, or about the difference of which a precision is
/// asked, if they do.
pub(super) fn note(finished: &Finished) -> String {
    let result = &finished.result;
    let rows = |row: &Value, key: &str| row[key].as_array().cloned().unwrap_or_default();
    let few_of = |rows: &[Value]| -> Vec<(&'static str, usize)> {
        let few = rows.iter();
        few.filter_map(|row| {
            Some((metrics::find(text(row, "metric")?)?.title, few::enough_to_judge_of(row)?))
        })
        .collect()
    };
    let said = match finished.command() {
        "run" => few::about("the mean of which a precision is asked", few::enough_of(&result["precision"])),
        "compare" => {
            let of = |variant: &Variant<'_>| {
                let few = finished.headline().into_iter().filter_map(|metric| {
                    let (_, row) = finished.difference(variant.name, metric.name)?;
                    Some((metric.title, few::enough_of(row)?))
                });
                (variant.label().to_owned(), few.collect())
            };
            let shown = few::of_table(&finished.drawn(LISTED).iter().map(of).collect::<Vec<_>>());
            let asked = text(&result["precision"], "metric").and_then(metrics::find);
            let is_shown =
                |metric: &MetricDefinition| finished.headline().iter().any(|shown| shown.name == metric.name);
            match asked.filter(|metric| !is_shown(metric)) {
                Some(metric) => {
                    let what = format!("the difference in {}", lower_first(metric.title));
                    format!("{shown} {}", few::about(&what, few::enough_of(&result["precision"])))
                }
                None => shown,
            }
        }
        "staff" => {
            let of = |answer: &Value| (size(answer), few_of(&rows(answer, "targets")));
            few::of_table(&rows(result, "answers").iter().map(of).collect::<Vec<_>>())
        }
        "optimize" => {
            let gain = few::about(
                "the difference from the scenario as it stands",
                few::enough_of(&result["confirmed"]),
            );
            let limits = ("the limits of the best".to_owned(), few_of(&rows(&result["best"], "limits")));
            format!("{} {gain}", few::of_table(&[limits]))
        }
        _ => String::new(),
    };
    match said.trim() {
        "" => String::new(),
        said => format!("<p class=\"note\">{}</p>\n", escaped(said)),
    }
}
