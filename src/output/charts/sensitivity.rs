//! Which assumption the answer hangs on, as the method of the question measures it.

use serde_json::{Value, json};

use crate::metrics::{self, MetricDefinition};
use crate::output::charts::interval::{self, Frame, Row};
use crate::output::charts::look::{BLUE, PLAIN, RUST};
use crate::output::charts::variants::difference_scale;
use crate::output::charts::{Chart, Family, Numbers, drawn, sentence};
use crate::output::finished::{Figure, Finished, number, text};

pub(super) const SENSITIVITY: Family = Family {
    name: "sensitivity",
    title: "What the answer hangs on",
    lead: "The assumptions that move the answer most inside their plausible ranges, largest first.",
    make: |finished| chart(finished).into_iter().collect(),
};

/// Assumptions drawn; the table of the result has all.
const MOST: usize = 15;

fn chart(finished: &Finished) -> Option<Chart> {
    let method = text(&finished.result, "method")?;
    let metric = metrics::find(text(&finished.result, "metric")?)?;
    let factors: Vec<&Value> = finished.result["factors"].as_array()?.iter().take(MOST).collect();
    match method {
        "tornado" => tornado(finished, metric, &factors),
        "morris" => ranked(
            finished,
            metric,
            &factors,
            ["mu_star", "mu_star_ci_low", "mu_star_ci_high"],
            "Mean size of the effect",
        ),
        "sobol" => ranked(
            finished,
            metric,
            &factors,
            ["effect", "ci_low", "ci_high"],
            "Share of the spread, interactions included",
        ),
        _ => ranked(
            finished,
            metric,
            &factors,
            ["effect", "ci_low", "ci_high"],
            "Worth of knowing it before deciding",
        ),
    }
}

fn name(factor: &Value) -> String {
    let path = text(factor, "path").unwrap_or_default();
    path.strip_prefix("assume.").unwrap_or(path).to_owned()
}

/// The range of a factor as it was written.
fn range(factor: &Value) -> String {
    let written = |at: usize| factor["written"][at].as_str().unwrap_or_default();
    format!("{} to {}", written(0), written(2))
}

/// What the answer is about.
fn subject(finished: &Finished, metric: &MetricDefinition) -> String {
    match (text(&finished.result, "variant"), text(&finished.result, "minus")) {
        (Some(variant), Some(minus)) => format!("{}: {variant} minus {minus}", metric.title),
        _ => metric.title.to_owned(),
    }
}

fn tornado(finished: &Finished, metric: &MetricDefinition, factors: &[&Value]) -> Option<Chart> {
    let (is_difference, words) = (!finished.result["variant"].is_null(), finished.words(metric.unit));
    let (scale, counted, format) = if is_difference {
        difference_scale(metric.unit, finished.currency())
    } else {
        super::frontier::value_scale(metric.unit, finished.currency())
    };
    let write = |value: f64| if is_difference { words.difference(value) } else { words.value(value) };
    let base = Figure::read(&finished.result["base"])?;
    let labels: Vec<String> =
        factors.iter().map(|&factor| format!("{}\n{}", name(factor), range(factor))).collect();
    let mut values = Vec::new();
    for (factor, label) in factors.iter().zip(&labels) {
        for (end, key, color) in [("low", "at_low", RUST), ("high", "at_high", BLUE)] {
            let Some(figure) = Figure::read(&factor[key]) else { continue };
            let drawn_figure = figure.scaled(scale);
            let (low, high) = drawn_figure.ends.unwrap_or((drawn_figure.mean, drawn_figure.mean));
            values.push(json!({
                "y": label, "s": format!("at the {end} end"), "c": color, "o": drawn(base.mean * scale),
                "m": drawn(drawn_figure.mean), "a": drawn(low), "e": drawn(high), "w": write(figure.mean),
                "v": factor["written"][if end == "low" { 0 } else { 2 }],
            }));
        }
    }
    let y = json!({
        "field": "y", "type": "nominal", "sort": labels, "title": null,
        "axis": { "labelExpr": "split(datum.label, '\\n')", "labelLimit": 200, "grid": false },
    });
    let x = |field: &str| {
        json!({
            "field": field, "type": "quantitative", "title": sentence("", &counted),
            "scale": { "zero": false }, "axis": { "format": format, "tickCount": 5 },
        })
    };
    let domain = ["at the low end", "at the high end"];
    let color = json!({
        "field": "s", "type": "nominal", "sort": domain, "scale": { "domain": domain, "range": [RUST, BLUE] },
        "legend": { "symbolType": "square", "symbolSize": 120 },
    });
    let offset = json!({ "field": "s", "type": "nominal", "sort": domain });
    let view = json!({
        "data": { "values": values }, "height": 44 * labels.len(),
        "layer": [
            {
                "mark": { "type": "bar", "height": { "band": 0.72 }, "opacity": 0.75 },
                "encoding": {
                    "y": y, "yOffset": offset, "x": x("o"), "x2": { "field": "m" }, "color": color,
                    "tooltip": [
                        { "field": "y", "type": "nominal", "title": "Assumption" },
                        { "field": "v", "type": "nominal", "title": "Set to" },
                        { "field": "w", "type": "nominal", "title": "Answer" },
                    ],
                },
            },
            {
                "mark": { "type": "rule", "strokeWidth": 2, "tooltip": null },
                "encoding": { "y": y, "yOffset": offset, "x": x("a"), "x2": { "field": "e" }, "color": color },
            },
            {
                "mark": { "type": "rule", "strokeDash": [3, 3], "tooltip": null },
                "encoding": { "x": { "datum": drawn(base.mean * scale), "type": "quantitative" } },
            },
        ],
    });
    let first = factors.first()?;
    let ends = |factor: &Value| Figure::read(&factor["at_low"]).zip(Figure::read(&factor["at_high"]));
    let (low, high) = ends(first)?;
    let row = |&factor: &&Value| {
        let (low, high) =
            ends(factor).map_or_else(Default::default, |(low, high)| (write(low.mean), write(high.mean)));
        let effect = Figure {
            mean: number(factor, "effect").unwrap_or_default(),
            ends: number(factor, "ci_low").zip(number(factor, "ci_high")),
        };
        let ends =
            effect.ends.map_or(String::new(), |(a, b)| format!(" ({})", words.difference_interval(a, b)));
        [name(factor), range(factor), low, high, format!("{}{ends}", words.difference(effect.mean))]
    };
    Some(Chart {
        name: "tornado".to_owned(),
        finding: format!(
            "{} hangs most on {}: {} at {}, {} at {}.",
            subject(finished, metric),
            name(first),
            write(low.mean),
            first["written"][0].as_str().unwrap_or_default(),
            write(high.mean),
            first["written"][2].as_str().unwrap_or_default()
        ),
        note: format!(
            "Bars: the answer with one assumption at either end of its range, all others at their base; lines: {} % intervals; \
             dashed: the answer at the base, {}.",
            finished.confidence() * 100.0,
            write(base.mean)
        ),
        table: Numbers::new(
            ["Assumption", "Range", "At the low end", "At the high end", "High minus low"],
            factors.iter().map(row).collect(),
        ),
        view,
    })
}

/// Assumptions by one figure of theirs.
fn ranked(
    finished: &Finished,
    metric: &MetricDefinition,
    factors: &[&Value],
    [value, low, high]: [&str; 3],
    title: &str,
) -> Option<Chart> {
    let is_share = text(&finished.result, "method") == Some("sobol");
    let words = finished.words(if is_share { metrics::Unit::Fraction } else { metric.unit });
    let (scale, counted, format) = if is_share {
        (1.0, "share of the variance".to_owned(), "~%")
    } else {
        let (scale, counted, _) = difference_scale(metric.unit, finished.currency());
        (scale, counted, ",~f")
    };
    let row = |&factor: &&Value| -> Option<Row> {
        let ends = number(factor, low).zip(number(factor, high));
        let figure = Figure { mean: number(factor, value)?, ends };
        let interval = figure
            .ends
            .map_or(String::new(), |(a, b)| format!(" ({} to {})", words.spread(a), words.spread(b)));
        let written =
            if is_share { figure.written(words) } else { format!("{}{interval}", words.spread(figure.mean)) };
        let color = if figure.ends.is_some_and(|(low, _)| low > 0.0) { BLUE } else { PLAIN };
        Some(interval::row(&name(factor), color, figure.scaled(scale), [words.value(figure.mean), written]))
    };
    let rows: Vec<Row> = factors.iter().filter_map(row).collect();
    let first = rows.first()?;
    let frame = Frame { title: &sentence("", &counted), format, against: Some(0.0) };
    Some(Chart {
        name: text(&finished.result, "method")?.to_owned(),
        finding: format!("{} hangs most on {}: {}.", subject(finished, metric), first.name, first.written),
        note: format!(
            "{title}. Point: estimate; line: its {} % interval. Grey: not told from nothing.",
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Assumption", title]),
        view: interval::draw(&rows, frame),
    })
}
