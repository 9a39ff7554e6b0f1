//! Dated changes that part of the customers come under: those against the rest.

use serde_json::Value;

use crate::metrics::MetricDefinition;
use crate::output::answer::lower_first;
use crate::output::charts::interval::{self, Row};
use crate::output::charts::look::PLAIN;
use crate::output::charts::variants::{color, difference_scale};
use crate::output::charts::{Chart, Family, named, of_variants, sentence};
use crate::output::finished::{Figure, Finished, number, text};
use crate::output::words::digits;

pub(super) const TRIALS: Family = Family {
    name: "trials",
    title: "What a trial shows",
    lead: "Customers under a dated change against the rest, drawn by lot, both measured from its day on.",
    make,
};

/// Of a normal distribution 19 of 20 draws lie so many standard deviations from the mean at most.
const NINETEEN_OF_TWENTY: f64 = 1.96;

fn make(finished: &Finished) -> Vec<Chart> {
    let mut charts = Vec::new();
    for (at, (variant, begin)) in of_variants(finished).into_iter().enumerate() {
        for change in variant.result["changes"].as_array().into_iter().flatten() {
            let has = |arm: &str| number(&change[arm], "accounts").is_some_and(|accounts| accounts > 0.0);
            if has("treated") && has("not_treated") {
                let of = |metric| of_metric(finished, change, metric, (at, &begin));
                charts.extend(finished.headline().into_iter().filter_map(of));
            }
        }
    }
    charts
}

fn of_metric(
    finished: &Finished,
    change: &Value,
    metric: &MetricDefinition,
    (at, begin): (usize, &str),
) -> Option<Chart> {
    let name = text(change, "change")?;
    let found =
        change["differences"].as_array()?.iter().find(|row| text(row, "metric") == Some(metric.name))?;
    let words = finished.words(metric.unit);
    let (scale, counted, format) = difference_scale(metric.unit, finished.currency());
    let figure = Figure::read(found)?;
    let error = NINETEEN_OF_TWENTY * number(found, "stddev")?;
    let one = Figure { mean: figure.mean, ends: Some((figure.mean - error, figure.mean + error)) };
    let written = |figure: Figure| {
        let ends = figure.ends.map(|(low, high)| words.bare_difference_interval(low, high));
        let ends = ends.map_or(String::new(), |ends| format!(" ({ends})"));
        format!("{}{ends}", words.difference(figure.mean))
    };
    let row = |name: &str, color, figure: Figure| -> Row {
        interval::row(name, color, figure.scaled(scale), [words.difference(figure.mean), written(figure)])
    };
    let rows = [row("Mean of all trials", color(metric, figure), figure), row("A single trial", PLAIN, one)];
    let sign = number(found, "one_trial_shows_sign").map_or(String::new(), |share| {
        format!("; {} of 100 such trials would point the other way", digits(100.0 * (1.0 - share), 0))
    });
    let finding = format!(
        "with “{name}” {} differs by {} from without{sign}.",
        lower_first(metric.title),
        written(figure)
    );
    let frame = interval::Frame { title: &format!("Difference ({counted})"), format, against: Some(0.0) };
    Some(Chart {
        name: named(&format!("trial-{name}-{}", metric.name).replace('_', "-").to_lowercase(), at),
        finding: sentence(begin, &finding),
        note: format!(
            "With the change minus without it. Line of the mean: its {} % interval, blue better, red worse, grey not told from \
             nothing. Line of a single trial: 19 of 20 lie on it (mean and 1.96 standard deviations).",
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Of", metric.title]),
        view: interval::draw(&rows, frame),
    })
}
