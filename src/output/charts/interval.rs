//! Means with their intervals, one below the other.

use serde_json::{Value, json};

use crate::output::charts::Numbers;
use crate::output::charts::look::legend_columns;
use crate::output::charts::{axis_title, drawn, lines};
use crate::output::finished::Figure;

/// One line of the chart.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it is of.
    pub(super) name: String,
    /// Several of one name stand together: which of them it is, and its colour.
    pub(super) series: (String, &'static str),
    /// Mean and interval, as drawn.
    pub(super) figure: Figure,
    /// The mean as it is read.
    pub(super) value: String,
    /// Mean and interval as they are read.
    pub(super) written: String,
}

/// Letters in a line of a label.
const LABEL: usize = 20;

/// How the chart is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// What is measured, with its unit.
    pub(super) title: &'a str,
    /// How numbers of the axis are written, as `d3-format` says it.
    pub(super) format: &'a str,
    /// Where the line stands that intervals are held against.
    pub(super) against: Option<f64>,
}

/// Draws rows in their order.
pub(super) fn draw(rows: &[Row], frame: Frame<'_>) -> Value {
    let series = series_of(rows);
    let is_single = series.len() == 1;
    let label = |row: &Row| {
        let mut parts = lines(&row.name, LABEL);
        parts.extend(is_single.then(|| row.value.clone()));
        parts.join("\n")
    };
    let mut labels: Vec<String> = Vec::new();
    for label in rows.iter().map(label) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let tallest = labels.iter().map(|label| label.lines().count()).max().unwrap_or_default();
    let values: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (low, high) = row.figure.ends.unwrap_or((row.figure.mean, row.figure.mean));
            json!({
                "y": label(row), "s": row.series.0, "m": drawn(row.figure.mean), "a": drawn(low),
                "e": drawn(high), "w": row.written, "c": row.series.1,
            })
        })
        .collect();
    let y = json!({
        "field": "y", "type": "nominal", "sort": labels, "title": null,
        "axis": { "labelExpr": "split(datum.label, '\\n')", "labelLimit": 165, "grid": false },
    });
    let x = |field: &str| {
        json!({
            "field": field, "type": "quantitative", "title": axis_title(frame.title),
            "scale": { "zero": false, "nice": true }, "axis": { "format": frame.format, "tickCount": 5 },
        })
    };
    let color = if is_single {
        json!({ "field": "c", "type": "nominal", "scale": null })
    } else {
        let domain: Vec<&str> = series.iter().map(|(name, _)| name.as_str()).collect();
        let range: Vec<&str> = series.iter().map(|&(_, color)| color).collect();
        json!({
            "field": "s", "type": "nominal", "sort": domain, "scale": { "domain": domain, "range": range },
            "legend": { "columns": legend_columns(domain.iter().copied()), "symbolType": "circle", "symbolSize": 90 },
        })
    };
    let domain: Vec<&str> = series.iter().map(|(name, _)| name.as_str()).collect();
    let offset = json!({ "field": "s", "type": "nominal", "sort": domain });
    let encoded = |marks: Value| {
        let mut encoding = json!({ "y": y, "color": color });
        if !is_single {
            encoding["yOffset"] = offset.clone();
        }
        for (channel, definition) in marks.as_object().into_iter().flatten() {
            encoding[channel] = definition.clone();
        }
        encoding
    };
    let told = |field: &str, title: &str| json!({ "field": field, "type": "nominal", "title": title });
    let mut tooltip = vec![told("y", "Of"), told("w", "Value")];
    if !is_single {
        tooltip.insert(1, told("s", "Variant"));
    }
    let mut layers = Vec::new();
    if let Some(at) = frame.against {
        layers.push(json!({
            "mark": { "type": "rule", "strokeDash": [3, 3], "tooltip": null },
            "encoding": { "x": { "datum": drawn(at), "type": "quantitative" } },
        }));
    }
    layers.push(json!({
        "mark": { "type": "rule", "strokeWidth": 2.5, "tooltip": null },
        "encoding": encoded(json!({ "x": x("a"), "x2": { "field": "e" } })),
    }));
    layers.push(json!({
        "mark": { "type": "point", "filled": true, "size": 90, "opacity": 1 },
        "encoding": encoded(json!({
            "x": x("m"),
            "tooltip": tooltip,
        })),
    }));
    let step = if is_single { 46 } else { 14 * series.len() + 16 }.max(14 * tallest + 16);
    let height = step * labels.len();
    json!({ "data": { "values": values }, "layer": layers, "height": height })
}

/// The series, each once and in their order, with the colour of its first row.
fn series_of(rows: &[Row]) -> Vec<(String, &'static str)> {
    let mut series: Vec<(String, &'static str)> = Vec::new();
    for row in rows {
        if !series.iter().any(|(name, _)| *name == row.series.0) {
            series.push(row.series.clone());
        }
    }
    series
}

/// Returns a row that is the only one of its name.
pub(super) fn row(name: &str, color: &'static str, figure: Figure, [value, written]: [String; 2]) -> Row {
    Row { name: name.to_owned(), series: (String::new(), color), figure, value, written }
}

/// Writes the rows as they are read.
pub(super) fn numbers(rows: &[Row], columns: [&str; 2]) -> Numbers {
    if series_of(rows).len() == 1 {
        return Numbers::new(
            columns,
            rows.iter().map(|row| [row.name.clone(), row.written.clone()]).collect(),
        );
    }
    let row = |row: &Row| [row.name.clone(), row.series.0.clone(), row.written.clone()];
    Numbers::new([columns[0], "Variant", columns[1]], rows.iter().map(row).collect())
}
