//! How many advisors are enough: each target against the sizes that were tried.

use serde_json::{Value, json};

use crate::metrics;
use crate::output::answer::lower_first;
use crate::output::charts::frontier::value_scale;
use crate::output::charts::look::{BLUE, PLAIN};
use crate::output::charts::variants::difference_scale;
use crate::output::charts::{Chart, Family, Numbers, drawn};
use crate::output::finished::{Figure, Finished, number, text};
use crate::output::words::{self, digits};

pub(super) const STAFFING: Family = Family {
    name: "staffing",
    title: "How many are enough",
    lead: "Each target against the sizes that were tried.",
    make: |finished| {
        let answers: Vec<&Value> = finished.result["answers"].as_array().into_iter().flatten().collect();
        let targets = answers.first().and_then(|answer| answer["targets"].as_array()).map_or(0, Vec::len);
        (0..targets).filter_map(|target| chart(finished, &answers, target)).collect()
    },
};

fn chart(finished: &Finished, answers: &[&Value], target: usize) -> Option<Chart> {
    let asked = &answers.first()?["targets"][target];
    let metric = metrics::find(text(asked, "metric")?)?;
    let written = finished.words(metric.unit);
    let is_difference = asked["against_unlimited"].as_bool().unwrap_or_default();
    let (scale, counted, format) = if is_difference {
        difference_scale(metric.unit, finished.currency())
    } else {
        value_scale(metric.unit, finished.currency())
    };
    let wanted = number(asked, "value")?;
    let is_least = text(asked, "relation") == Some(">=");
    // Where the book is varied the team stays as it is.
    let varies_accounts = answers.windows(2).any(|pair| pair[0]["accounts"] != pair[1]["accounts"]);
    let (size, unit) = if varies_accounts { ("accounts", "Accounts") } else { ("advisors", "Advisors") };
    let write = |value: f64| if is_difference { written.difference(value) } else { written.value(value) };
    let (mut values, mut rows) = (Vec::new(), Vec::new());
    for answer in answers {
        let reached = &answer["targets"][target];
        let (Some(figure), Some(n)) = (Figure::read(reached), number(answer, size)) else { continue };
        let is_ok = reached["ok"].as_bool().unwrap_or_default();
        let ends = figure.ends.map_or(String::new(), |(low, high)| {
            if is_difference { written.difference_interval(low, high) } else { written.interval(low, high) }
        });
        let shown = figure.scaled(scale);
        let (low, high) = shown.ends.unwrap_or((shown.mean, shown.mean));
        let verdict = if is_ok { "reached" } else { "missed" };
        values.push(json!({
            "n": drawn(n), "m": drawn(shown.mean), "a": drawn(low), "e": drawn(high), "s": verdict,
            "w": format!("{} ({ends})", write(figure.mean)),
        }));
        rows.push((n, [digits(n, 0), write(figure.mean), ends, verdict.to_owned()]));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let x = json!({
        "field": "n", "type": "quantitative", "title": unit, "scale": { "zero": false, "padding": 14 },
        "axis": { "grid": false, "tickMinStep": 1, "format": ",~f" },
    });
    // Waits explode where there are too few: then each tenfold takes as much room as the next.
    let ends = values.iter().flat_map(|row| [row["a"].as_f64(), row["e"].as_f64()]).flatten();
    let (low, high) =
        ends.fold((wanted * scale, wanted * scale), |(low, high), at| (low.min(at), high.max(at)));
    let is_steep = low > 0.0 && high > 50.0 * low;
    let y_scale = if is_steep { json!({ "type": "log" }) } else { json!({ "zero": false }) };
    let y = |field: &str| {
        json!({
            "field": field, "type": "quantitative", "title": format!("{} ({counted})", metric.title),
            "scale": y_scale, "axis": { "format": format, "tickCount": 5 },
        })
    };
    let domain = ["reached", "missed"];
    let color = json!({
        "field": "s", "type": "nominal", "sort": domain, "scale": { "domain": domain, "range": [BLUE, PLAIN] },
        "legend": { "symbolType": "circle", "symbolSize": 90 },
    });
    let view = json!({
        "data": { "values": values }, "height": 240,
        "layer": [
            {
                "mark": { "type": "rule", "strokeDash": [4, 3], "tooltip": null },
                "encoding": { "y": { "datum": drawn(wanted * scale), "type": "quantitative" } },
            },
            {
                "mark": { "type": "rule", "strokeWidth": 2.5, "tooltip": null },
                "encoding": { "x": x, "y": y("a"), "y2": { "field": "e" }, "color": color },
            },
            {
                "mark": { "type": "point", "filled": true, "size": 90, "opacity": 1 },
                "encoding": {
                    "x": x, "y": y("m"), "color": color,
                    "tooltip": [
                        { "field": "n", "type": "quantitative", "title": unit },
                        { "field": "w", "type": "nominal", "title": metric.title },
                        { "field": "s", "type": "nominal", "title": "Target" },
                    ],
                },
            },
        ],
    });
    let found = number(&finished.result, if varies_accounts { "largest" } else { "smallest" });
    let bound = format!("{} {}", if is_least { "at least" } else { "at most" }, write(wanted));
    // Told of the size that was found, or else of the largest team, or the smallest book.
    let told = found.or(if varies_accounts { rows.first() } else { rows.last() }.map(|row| row.0))?;
    let (_, [_, value, ends, _]) = rows.iter().find(|row| row.0 == told)?;
    let with = words::counted(told as u64, &size[..size.len() - 1], size);
    let against = if is_difference { " against unlimited" } else { "" };
    let finding =
        format!("With {with}, {}{against} is {value} ({ends}); {bound} is asked.", lower_first(metric.title));
    Some(Chart {
        name: format!("staffing-{}", target + 1),
        finding,
        note: format!(
            "Point: mean; line: its {} % interval; dashed: the target, {bound}. Reached: the whole interval is on its side.",
            finished.confidence() * 100.0
        ),
        table: Numbers::new(
            [unit, metric.title, "Interval", "Target"],
            rows.into_iter().map(|row| row.1).collect(),
        ),
        view,
    })
}
