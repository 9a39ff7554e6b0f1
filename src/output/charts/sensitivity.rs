//! Which assumption the answer hangs on, as the method of the question measures it.

use serde_json::{Value, json};

use crate::metrics::{self, MetricDefinition};
use crate::output::charts::interval::{self, Frame, Row};
use crate::output::charts::look::{BLUE, PLAIN, RUST};
use crate::output::charts::variants::difference_scale;
use crate::output::charts::{Chart, Family, Numbers, drawn, sentence};
use crate::output::finished::{Figure, Finished, number, text};
use crate::output::words::Words;

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
    let measure = match method {
        "tornado" => return tornado(finished, metric, &factors),
        "morris" => Measure {
            keys: ["mu_star", "mu_star_ci_low", "mu_star_ci_high"],
            title: "Mean size of the effect",
            others: &[("Spread of the effect (sigma)", |factor, words| {
                number(factor, "sigma").map_or(String::new(), |sigma| words.spread(sigma))
            })],
        },
        "sobol" => Measure {
            keys: ["effect", "ci_low", "ci_high"],
            title: "Share of the spread, interactions included",
            others: &[("Share of the spread, alone", |factor, words| {
                let ends = number(factor, "first_ci_low").zip(number(factor, "first_ci_high"));
                let alone = number(factor, "first").map(|mean| Figure { mean, ends });
                alone.map_or(String::new(), |alone| alone.written(words))
            })],
        },
        _ => Measure {
            keys: ["effect", "ci_low", "ci_high"],
            title: "Worth of knowing it before deciding",
            others: &[
                ("The call turns at", |factor, _| {
                    text(factor, "turns_at_written").unwrap_or("nowhere").to_owned()
                }),
                ("Explains of the difference", |factor, _| {
                    number(factor, "explains")
                        .map_or(String::new(), |share| format!("{:.1} %", 100.0 * share))
                }),
            ],
        },
    };
    ranked(finished, metric, &factors, &measure)
}

/// Further cells of a factor's row: their heading, and how one is written.
type Other = (&'static str, fn(&Value, Words<'_>) -> String);

/// What a method measures of a factor.
struct Measure {
    /// The keys of the estimate and of both ends of its interval.
    keys: [&'static str; 3],
    /// What that is called.
    title: &'static str,
    /// What else is told of a factor in the table.
    others: &'static [Other],
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
    measure: &Measure,
) -> Option<Chart> {
    let is_share = text(&finished.result, "method") == Some("sobol");
    let words = finished.words(if is_share { metrics::Unit::Fraction } else { metric.unit });
    let (scale, counted, format) = if is_share {
        (1.0, "share of the variance".to_owned(), "~%")
    } else {
        let (scale, counted, _) = difference_scale(metric.unit, finished.currency());
        (scale, counted, ",~f")
    };
    let [value, low, high] = measure.keys;
    let row = |&factor: &&Value| -> Option<(Row, Vec<String>)> {
        let ends = number(factor, low).zip(number(factor, high));
        let figure = Figure { mean: number(factor, value)?, ends };
        let interval = figure
            .ends
            .map_or(String::new(), |(a, b)| format!(" ({} to {})", words.spread(a), words.spread(b)));
        let written =
            if is_share { figure.written(words) } else { format!("{}{interval}", words.spread(figure.mean)) };
        let color = if figure.ends.is_some_and(|(low, _)| low > 0.0) { BLUE } else { PLAIN };
        let mut cells = vec![name(factor), range(factor), written.clone()];
        cells.extend(measure.others.iter().map(|(_, write)| write(factor, words)));
        let texts = [words.value(figure.mean), written];
        Some((interval::row(&name(factor), color, figure.scaled(scale), texts), cells))
    };
    let (rows, cells): (Vec<Row>, Vec<Vec<String>>) = factors.iter().filter_map(row).unzip();
    let first = rows.first()?;
    let frame = Frame { title: &sentence("", &counted), format, against: Some(0.0) };
    let mut columns = vec!["Assumption".to_owned(), "Range".to_owned(), measure.title.to_owned()];
    columns.extend(measure.others.iter().map(|(heading, _)| (*heading).to_owned()));
    Some(Chart {
        name: text(&finished.result, "method")?.to_owned(),
        finding: finding(finished, metric, first)?,
        note: format!(
            "{}. Point: estimate; line: its {} % interval. Grey: not told from nothing.",
            measure.title,
            finished.confidence() * 100.0
        ),
        table: Numbers { columns, rows: cells },
        view: interval::draw(&rows, frame),
    })
}

/// Says what the largest assumption does, as the method measures it.
fn finding(finished: &Finished, metric: &MetricDefinition, first: &Row) -> Option<String> {
    let (subject, Row { name, written, figure, .. }) = (subject(finished, metric), first);
    Some(match text(&finished.result, "method")? {
        "morris" => format!(
            "{subject} hangs most on {name}: from end to end of its range it moves by {written} on average."
        ),
        "sobol" => format!("{subject} hangs most on {name}, which has a part in {written} of its spread."),
        _ => {
            let decision = &finished.result["decision"];
            let share = number(&decision["better_share"], "value")?;
            let learn = if figure.mean > 0.0 {
                format!("to learn {name} before deciding is worth most: {written}")
            } else {
                "no assumption alone is worth learning before deciding".to_owned()
            };
            format!(
                "“{}” beats “{}” in {} of {} plausible worlds; {learn}.",
                text(&finished.result, "variant")?,
                text(&finished.result, "minus")?,
                finished.words(metrics::Unit::Fraction).value(share),
                decision["worlds"].as_u64()?
            )
        }
    })
}
