//! Why variants differ: by which path, and from which month on it shows.

use serde_json::Value;

use crate::experiment::why::{Month, Path};
use crate::metrics::{self, MetricDefinition, Unit};
use crate::output::answer::lower_first;
use crate::output::charts::interval::{self, Row};
use crate::output::charts::line::{self, At, Frame, Series};
use crate::output::charts::variants::{difference_scale, side};
use crate::output::charts::{Chart, DRAWN, Family, Numbers};
use crate::output::finished::{Figure, Finished, Variant, text};
use crate::output::why::title;
use crate::output::words::digits;

pub(super) const WHY: Family = Family {
    name: "why",
    title: "Why they differ",
    lead: "By which path each variant's difference comes, and from which month on it shows in who stays.",
    make: |finished| [paths(finished), stayers(finished)].into_iter().flatten().collect(),
};

/// A variant that is explained.
struct Explained<'a> {
    variant: Variant<'a>,
    style: (&'static str, &'static [u8]),
    why: &'a Value,
}

fn explained(finished: &Finished) -> Vec<Explained<'_>> {
    let rows = finished.result["why"].as_array().map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    for (at, variant) in finished.drawn(DRAWN).into_iter().enumerate() {
        let why = rows.iter().find(|why| text(why, "variant") == Some(variant.name));
        found.extend(why.map(|why| Explained { variant, style: line::style(at), why }));
    }
    found
}

fn paths(finished: &Finished) -> Option<Chart> {
    let all = explained(finished);
    let metric = metrics::find(text(all.first()?.why, "metric")?)?;
    let words = finished.words(metric.unit);
    let (scale, counted, format) = difference_scale(metric.unit, finished.currency());
    let written = |figure: Figure| {
        let ends = figure.ends.filter(|&ends| ends != (0.0, 0.0));
        let ends = ends
            .map_or(String::new(), |(low, high)| format!(" ({})", words.bare_difference_interval(low, high)));
        format!("{}{ends}", words.difference(figure.mean))
    };
    let mut rows = Vec::new();
    for Explained { variant, style, why } in &all {
        let parts = why["parts"].as_array()?.iter();
        let parts = parts.map(|part| (title(text(part, "path").and_then(Path::from_name)), part));
        for (name, part) in parts.chain([("All", &why["total"])]) {
            let Some(figure) = Figure::read(part) else { continue };
            rows.push(Row {
                name: name.to_owned(),
                series: (variant.name.to_owned(), style.0),
                figure: figure.scaled(scale),
                value: words.difference(figure.mean),
                written: written(figure),
            });
        }
    }
    let frame = interval::Frame { title: &format!("Difference ({counted})"), format, against: Some(0.0) };
    Some(Chart {
        name: "why-paths".to_owned(),
        finding: path_finding(&all, metric, &written)?,
        note: format!(
            "What each path adds to the difference in {} from the baseline; parts and rest add up to all. Point: mean; line: \
             interval; all of a variant hold together with {} % confidence.",
            lower_first(metric.title),
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Path", metric.title]),
        view: interval::draw(&rows, frame),
    })
}

/// Tells by which path most came of the largest difference.
fn path_finding(
    all: &[Explained<'_>],
    metric: &MetricDefinition,
    written: &dyn Fn(Figure) -> String,
) -> Option<String> {
    let total = |one: &&Explained<'_>| Figure::read(&one.why["total"]);
    let size = |one: &&Explained<'_>| total(one).map_or(0.0, |total| total.mean.abs());
    let largest = all.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let (label, whole) = (largest.variant.label(), written(total(&largest)?));
    let clear = largest.why["parts"].as_array()?.iter().filter_map(|part| {
        let path = Path::from_name(text(part, "path")?)?;
        Figure::read(part).filter(|&figure| side(figure) != 0).map(|figure| (path, figure))
    });
    let metric = lower_first(metric.title);
    Some(match clear.max_by(|a, b| a.1.mean.abs().total_cmp(&b.1.mean.abs())) {
        Some((path, figure)) => format!(
            "“{label}” changes {metric} by {whole}; the largest clear part comes by {}: {}.",
            lower_first(title(Some(path))),
            written(figure)
        ),
        None => {
            format!("“{label}” changes {metric} by {whole}, and no path alone brings a clear part of it.")
        }
    })
}

/// Who of the opening book stays, month by month.
fn stayers(finished: &Finished) -> Option<Chart> {
    let all = explained(finished);
    let words = finished.words(Unit::Fraction);
    let ramp = |one: &Explained<'_>| -> Option<Vec<Month>> {
        serde_json::from_value(one.why["ramp"].clone()).ok().filter(|ramp: &Vec<Month>| !ramp.is_empty())
    };
    let ramps: Vec<(&Explained<'_>, Vec<Month>)> =
        all.iter().filter_map(|one| Some((one, ramp(one)?))).collect();
    let series: Vec<Series> = ramps
        .iter()
        .map(|(one, ramp)| {
            let at = |month: &Month| {
                let mean = month.variant - month.baseline;
                let points = [month.ci_low.unwrap_or(mean), mean, mean, mean, month.ci_high.unwrap_or(mean)];
                At { date: month.month.to_string(), points: points.map(|value| 100.0 * value) }
            };
            let points = ramp.iter().map(at).collect();
            Series { name: one.variant.name.to_owned(), style: one.style, points }
        })
        .collect();
    let rise = |month: &Month| month.variant - month.baseline;
    let (one, ramp) = ramps.iter().max_by(|a, b| {
        let end = |ramp: &[Month]| ramp.last().map_or(0.0, |month| rise(month).abs());
        end(&a.1).total_cmp(&end(&b.1))
    })?;
    let last = ramp.last()?;
    let label = one.variant.label();
    let trial = last.trial.map_or(String::new(), |customers| {
        let customers = digits(customers as f64, 0);
        format!("; a trial in real life would need {customers} customers in each arm to see that")
    });
    let finding = match one.why["visible_from_month"].as_u64() {
        Some(month) => format!(
            "“{label}” moves the share of customers who stay by {} in {} months, visibly from month {month} on{trial}.",
            words.difference(rise(last)),
            last.month
        ),
        None => "The share of customers who stay never differs clearly from the baseline.".to_owned(),
    };
    let row = |(one, month): (&Explained<'_>, &Month)| {
        let ends = month.ci_low.zip(month.ci_high);
        let ends = ends
            .map_or(String::new(), |(low, high)| format!(" ({})", words.bare_difference_interval(low, high)));
        [
            month.month.to_string(),
            one.variant.label().to_owned(),
            words.value(month.baseline),
            words.value(month.variant),
            format!("{}{ends}", words.difference(rise(month))),
            month.trial.map_or(String::new(), |customers| digits(customers as f64, 0)),
        ]
    };
    let quarterly = ramps.iter().flat_map(|(one, ramp)| {
        let shown = ramp.iter().filter(|month| month.month.is_multiple_of(3));
        shown.map(move |month| (*one, month))
    });
    let frame = Frame {
        title: "Difference in who stays (points)",
        format: "+,~f",
        ends: None,
        is_fan: false,
        is_stepped: false,
        told: ["Mean", "Low end", "High end"],
    };
    Some(Chart {
        name: "why-stayers".to_owned(),
        finding,
        note: format!(
            "Share of the opening book that is still under contract, minus that of the baseline, in percentage points. Line: \
             mean; band: interval; all months hold together with {} % confidence.",
            finished.confidence() * 100.0
        ),
        table: Numbers::new(
            [
                "Month",
                "Variant",
                "Stay without it",
                "Stay with it",
                "Difference",
                "Customers in each arm of a trial",
            ],
            quarterly.map(row).collect(),
        ),
        view: line::over_numbers(&series, frame, "Months since the start"),
    })
}
