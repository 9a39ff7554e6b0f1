//! What `optimize` found: the decisions that no other beats in both of two metrics, among all that were tried.

use serde_json::{Value, json};

use crate::metrics::{self, MetricDefinition, Unit};
use crate::output::charts::look::{BLUE, PLAIN, RUST};
use crate::output::charts::{Chart, Family, Numbers, drawn};
use crate::output::finished::{Figure, Finished};

pub(super) const FRONTIER: Family = Family {
    name: "frontier",
    title: "What the best costs",
    lead: "The decisions that no other beats in both of two metrics, among all that were tried.",
    make: |finished| frontier(finished).into_iter().collect(),
};

/// How values of a unit are drawn: by what they are multiplied, what they are counted in, and their format.
pub(super) fn value_scale(unit: Unit, currency: &str) -> (f64, String, &'static str) {
    match unit {
        Unit::Fraction => (1.0, "share".to_owned(), "~%"),
        Unit::Money => (1e-6, format!("million {currency}"), ",~f"),
        unit => (1.0, unit.name().to_owned(), ",~f"),
    }
}

/// Writes decisions as they stand in a scenario.
#[must_use]
pub fn decisions(evaluation: &Value) -> String {
    let all = evaluation["decisions"].as_object().into_iter().flatten();
    let written = all.map(|(path, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{path} = {value}")
    });
    let written: Vec<String> = written.collect();
    if written.is_empty() { "as it stands".to_owned() } else { written.join(", ") }
}

fn frontier(finished: &Finished) -> Option<Chart> {
    let result = &finished.result;
    let names = result["frontier_metrics"].as_array()?;
    let metric = |at: usize| metrics::find(names.get(at)?.as_str()?);
    let (across, up) = (metric(1)?, metric(0)?);
    let evaluations = result["evaluations"].as_array()?;
    let best = &result["best"]["decisions"];
    let on_frontier: Vec<&Value> =
        result["frontier"].as_array()?.iter().map(|row| &row["decisions"]).collect();
    let figures = |row: &Value| {
        let figure = |metric: &MetricDefinition| Figure::read(&row["metrics"][metric.name]);
        figure(across).zip(figure(up))
    };
    let scales = [across, up].map(|metric| value_scale(metric.unit, finished.currency()));
    let classes = [("best", RUST), ("on the frontier", BLUE), ("tried", PLAIN)];
    let class = |row: &Value| {
        if !best.is_null() && &row["decisions"] == best {
            classes[0].0
        } else if on_frontier.contains(&&row["decisions"]) {
            classes[1].0
        } else {
            classes[2].0
        }
    };
    let mut values = Vec::new();
    for row in evaluations {
        let Some((x, y)) = figures(row) else { continue };
        let written = [x.written(finished.words(across.unit)), y.written(finished.words(up.unit))];
        let (x, y) = (x.scaled(scales[0].0), y.scaled(scales[1].0));
        let [(a, b), (c, d)] = [x, y].map(|figure| figure.ends.unwrap_or((figure.mean, figure.mean)));
        values.push(json!({
            "x": drawn(x.mean), "a": drawn(a), "b": drawn(b), "y": drawn(y.mean), "c": drawn(c), "d": drawn(d),
            "s": class(row), "n": decisions(row), "u": written[0], "v": written[1],
        }));
    }
    if values.is_empty() {
        return None;
    }
    let axis = |field: &str, metric: &MetricDefinition, scale: &(f64, String, &'static str)| {
        json!({
            "field": field, "type": "quantitative", "title": format!("{} ({})", metric.title, scale.1),
            "scale": { "zero": false }, "axis": { "format": scale.2, "tickCount": 5 },
        })
    };
    let x = |field: &str| axis(field, across, &scales[0]);
    let y = |field: &str| axis(field, up, &scales[1]);
    let color = json!({
        "field": "s", "type": "nominal", "sort": classes.map(|class| class.0),
        "scale": { "domain": classes.map(|class| class.0), "range": classes.map(|class| class.1) },
        "legend": { "columns": 3, "symbolType": "circle", "symbolSize": 90 },
    });
    let opacity = json!({ "condition": { "test": "datum.s === 'tried'", "value": 0.35 }, "value": 1 });
    let line = json!({
        "transform": [{ "filter": "datum.s !== 'tried'" }],
        "mark": { "type": "line", "color": BLUE, "opacity": 0.5, "tooltip": null },
        "encoding": { "x": x("x"), "y": y("y") },
    });
    let whisker = |encoding: Value| json!({ "mark": { "type": "rule", "strokeWidth": 1.5, "tooltip": null }, "encoding": encoding });
    let view = json!({
        "data": { "values": values }, "height": 320,
        "layer": [
            line,
            whisker(json!({ "x": x("a"), "x2": { "field": "b" }, "y": y("y"), "color": color, "opacity": opacity })),
            whisker(json!({ "x": x("x"), "y": y("c"), "y2": { "field": "d" }, "color": color, "opacity": opacity })),
            {
                "mark": { "type": "point", "filled": true, "size": 80 },
                "encoding": {
                    "x": x("x"), "y": y("y"), "color": color, "opacity": opacity,
                    "tooltip": [
                        { "field": "n", "type": "nominal", "title": "Decisions" },
                        { "field": "v", "type": "nominal", "title": up.title },
                        { "field": "u", "type": "nominal", "title": across.title },
                    ],
                },
            },
        ],
    });
    let rows: Vec<[String; 3]> = result["frontier"]
        .as_array()?
        .iter()
        .filter_map(|row| {
            let (x, y) = figures(row)?;
            Some([decisions(row), y.written(finished.words(up.unit)), x.written(finished.words(across.unit))])
        })
        .collect();
    let finding = match (rows.len(), result["best"].is_null()) {
        (_, true) => "No combination that was tried surely keeps all limits.".to_owned(),
        (0 | 1, _) => format!("One combination is best in both: {}.", decisions(&result["best"])),
        (count, _) => {
            format!("{count} combinations are worth considering; the best is {}.", decisions(&result["best"]))
        }
    };
    Some(Chart {
        name: "frontier".to_owned(),
        finding,
        note: format!(
            "Points: means of the combinations that were tried; lines: {} % intervals. The frontier holds those with all \
             replications and all limits surely kept.",
            finished.confidence() * 100.0
        ),
        table: Numbers::new(["Decisions", up.title, across.title], rows),
        view,
    })
}
