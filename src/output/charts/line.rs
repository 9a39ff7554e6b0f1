//! Lines over time: the middle one of all replications, and the band that holds nine of ten of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::base::stats::quantile;
use crate::output::charts::look::{DASHES, SERIES, legend_columns};
use crate::output::charts::{Chart, Numbers, drawn};
use crate::output::sheet::{Sheet, Values};
use crate::output::words::Words;

/// What the bands are, for the note of a chart.
const NOTE: &str = "Line: median over replications; band: 9 of 10 replications lie in it from week to week.";
const FAN_NOTE: &str =
    "Line: median over replications; bands: half of them, and 9 of 10, lie in these from week to week.";

/// More points than this are not told apart on a screen.
const POINTS: usize = 120;

/// How replications spread at one date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At {
    /// The date.
    pub(super) date: String,
    /// The 5, 25, 50, 75 and 95 % points.
    pub(super) points: [f64; 5],
}

impl At {
    pub(super) fn median(&self) -> f64 {
        self.points[2]
    }
}

/// A line and its bands.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// What it is of.
    pub(super) name: String,
    /// Its colour and dash.
    pub(super) style: (&'static str, &'static [u8]),
    /// In the order of time.
    pub(super) points: Vec<At>,
}

/// What the line and its band are where replications spread.
pub(super) const SPREAD: [&str; 3] = ["Median", "5 %", "95 %"];

/// How a chart of lines is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// What is measured, with its unit.
    pub(super) title: &'a str,
    /// How numbers of the axis are written, as `d3-format` says it.
    pub(super) format: &'a str,
    /// Both ends of the axis, where charts side by side share them.
    pub(super) ends: Option<(f64, f64)>,
    /// Whether the band of half the replications is drawn as well.
    pub(super) is_fan: bool,
    /// Whether a value holds until the next one.
    pub(super) is_stepped: bool,
    /// What the middle, the low and the high end of the band are.
    pub(super) told: [&'a str; 3],
}

/// Returns the style of the series at this place.
pub(super) fn style(at: usize) -> (&'static str, &'static [u8]) {
    (SERIES[at % SERIES.len()], DASHES[at % DASHES.len()])
}

/// Returns how the replications of a variant spread in a figure of the timeline, week by week, thinned out to what a
/// screen shows. The figure is made from some columns; weeks in which one of them holds nothing are left out.
pub(super) fn weekly(
    timeline: &Sheet,
    variant: &str,
    columns: &[&str],
    figure: impl Fn(&[f64]) -> Option<f64>,
) -> Vec<At> {
    let (Some(variants), Some(dates)) = (timeline.column("variant"), timeline.column("week")) else {
        return Vec::new();
    };
    let columns: Vec<&Values> = columns.iter().filter_map(|name| timeline.column(name)).collect();
    let mut weeks: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in (0..timeline.rows()).filter(|&row| variants.text(row) == variant) {
        let cells: Option<Vec<f64>> = columns.iter().map(|column| column.number(row)).collect();
        if let Some(value) = cells.and_then(|cells| figure(&cells)) {
            weeks.entry(dates.text(row)).or_default().push(value);
        }
    }
    let stride = weeks.len().div_ceil(POINTS).max(1);
    let last = weeks.len().saturating_sub(1);
    // The last week is always shown.
    let is_shown = |at: &usize| (last - at).is_multiple_of(stride);
    let shown = weeks.into_iter().enumerate().filter(|(at, _)| is_shown(at));
    shown.filter_map(|(_, (date, mut values))| at(date.to_owned(), &mut values)).collect()
}

/// Returns how values spread.
pub(super) fn at(date: String, values: &mut [f64]) -> Option<At> {
    values.sort_by(f64::total_cmp);
    let [a, b, c, d, e] = [0.05, 0.25, 0.5, 0.75, 0.95].map(|share| quantile(values, share));
    Some(At { date, points: [a?, b?, c?, d?, e?] })
}

/// Returns the ends of an axis that holds all series, with a little room.
pub(super) fn ends<'a>(series: impl Iterator<Item = &'a Series>) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for point in series.flat_map(|series| &series.points) {
        (low, high) = (low.min(point.points[0]), high.max(point.points[4]));
    }
    let room = 0.04 * (high - low);
    (low < high).then(|| ((low - room).max(if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY }), high + room))
}

/// Makes a chart of weeks.
pub(super) fn by_week(
    name: String,
    finding: String,
    series: &[Series],
    words: Words<'_>,
    frame: Frame<'_>,
) -> Chart {
    Chart {
        name,
        finding,
        note: if frame.is_fan { FAN_NOTE } else { NOTE }.to_owned(),
        table: numbers(series, "Week", |value| words.value(value), |low, high| words.interval(low, high)),
        view: over_time(series, frame),
    }
}

/// Draws lines over dates.
fn over_time(series: &[Series], frame: Frame<'_>) -> Value {
    let axis = json!({
        "field": "t", "type": "temporal", "title": null, "scale": { "type": "utc" },
        "axis": { "format": "%b %Y", "labelOverlap": true, "tickCount": 6, "grid": false },
    });
    draw(series, frame, &axis, "utc")
}

/// Draws lines over whole numbers, such as months.
pub(super) fn over_numbers(series: &[Series], frame: Frame<'_>, title: &str) -> Value {
    let axis = json!({
        "field": "t", "type": "quantitative", "title": title,
        "axis": { "grid": false, "tickMinStep": 1 }, "scale": { "nice": false },
    });
    draw(series, frame, &axis, "number")
}

fn draw(series: &[Series], frame: Frame<'_>, x: &Value, kind: &str) -> Value {
    let mut rows = Vec::new();
    for Series { name, points, .. } in series {
        for At { date, points: [low, quarter, median, three, high] } in points {
            let t = if kind == "utc" { json!(date) } else { json!(date.parse::<f64>().unwrap_or_default()) };
            let mut row =
                json!({ "t": t, "s": name, "a": drawn(*low), "m": drawn(*median), "e": drawn(*high) });
            if frame.is_fan {
                (row["b"], row["d"]) = (drawn(*quarter), drawn(*three));
            }
            rows.push(row);
        }
    }
    let names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
    let colors: Vec<&str> = series.iter().map(|series| series.style.0).collect();
    let dashes: Vec<&[u8]> = series.iter().map(|series| series.style.1).collect();
    let legend = if series.len() > 1 {
        json!({ "columns": legend_columns(names.iter().copied()), "symbolType": "stroke", "symbolOpacity": 1 })
    } else {
        Value::Null
    };
    let color = json!({
        "field": "s", "type": "nominal", "sort": names, "legend": legend,
        "scale": { "domain": names, "range": colors },
    });
    let mut dash = color.clone();
    dash["scale"]["range"] = json!(dashes);
    let mut scale = json!({ "zero": false, "nice": true });
    if let Some((low, high)) = frame.ends {
        scale = json!({ "domain": [drawn(low), drawn(high)], "nice": false });
    }
    let y = json!({
        "field": "a", "type": "quantitative", "title": frame.title, "scale": scale,
        "axis": { "format": frame.format, "tickCount": 5 },
    });
    let on = |field: &str| {
        let mut y = y.clone();
        y["field"] = json!(field);
        y
    };
    let course = if frame.is_stepped { "step-after" } else { "linear" };
    let band = |low: &str, high: &str, opacity: f64| {
        json!({
            "mark": { "type": "area", "opacity": opacity, "interpolate": course, "tooltip": null },
            "encoding": { "x": x, "y": on(low), "y2": { "field": high }, "color": color },
        })
    };
    let mut layers = vec![band("a", "e", 0.16)];
    if frame.is_fan {
        layers.push(band("b", "d", 0.24));
    }
    layers.push(json!({
        "mark": {
            "type": "line", "strokeWidth": 2.25, "strokeJoin": "round", "interpolate": course, "tooltip": null,
        },
        "encoding": { "x": x, "y": on("m"), "color": color, "strokeDash": dash },
    }));
    let when = if kind == "utc" {
        json!({ "field": "t", "type": "temporal", "title": "Week", "format": "%-d %b %Y" })
    } else {
        json!({ "field": "t", "type": "quantitative", "title": x["title"] })
    };
    let told = |field: &str, title: &str| json!({ "field": field, "type": "quantitative", "title": title, "format": precise(frame.format) });
    let [middle, low, high] = frame.told;
    layers.push(json!({
        "mark": { "type": "point", "opacity": 0, "size": 90, "filled": true },
        "encoding": {
            "x": x, "y": on("m"),
            "tooltip": [
                { "field": "s", "type": "nominal", "title": "Of" }, when,
                told("m", middle), told("a", low), told("e", high),
            ],
        },
    }));
    json!({ "data": { "values": rows }, "layer": layers, "height": 220 })
}

/// One more digit than an axis needs.
fn precise(format: &str) -> &str {
    match format {
        "~%" => ".1%",
        _ => ",.3~r",
    }
}

/// Writes the series at about a dozen dates.
pub(super) fn numbers(
    series: &[Series],
    heading: &str,
    write: impl Fn(f64) -> String,
    interval: impl Fn(f64, f64) -> String,
) -> Numbers {
    let mut dates: Vec<&str> =
        series.iter().flat_map(|series| &series.points).map(|at| at.date.as_str()).collect();
    dates.sort_unstable_by(|a, b| {
        let number = |text: &str| text.parse::<f64>().ok();
        number(a).zip(number(b)).map_or_else(|| a.cmp(b), |(a, b)| a.total_cmp(&b))
    });
    dates.dedup();
    let (stride, last) = (dates.len().div_ceil(13).max(1), dates.len().saturating_sub(1));
    let shown = dates.iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(stride));
    let mut columns = vec![heading.to_owned()];
    columns.extend(series.iter().map(|series| series.name.clone()));
    let row = |(_, date): (usize, &&str)| {
        let cell = |series: &Series| {
            let found = series.points.iter().find(|at| at.date == **date);
            found.map_or(String::new(), |at| {
                format!("{} ({})", write(at.median()), interval(at.points[0], at.points[4]))
            })
        };
        let mut row = vec![(*date).to_owned()];
        row.extend(series.iter().map(cell));
        row
    };
    Numbers { columns, rows: shown.map(row).collect() }
}
