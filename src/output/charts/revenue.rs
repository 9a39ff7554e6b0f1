//! Recurring revenue: how it moves from the start to the horizon, and what of the opening book is renewed.

use serde_json::{Value, json};

use crate::metrics::Unit;
use crate::output::charts::look::{BLUE, PLAIN, RUST};
use crate::output::charts::{Chart, Family, Numbers, axis_title, drawn, named, of_variants, sentence};
use crate::output::finished::{Figure, Finished, Variant, number, text};

pub(super) const WATERFALL: Family = Family {
    name: "revenue",
    title: "Recurring revenue",
    lead: "How recurring revenue moves from the start to the horizon.",
    make: waterfalls,
};

pub(super) const RENEWALS: Family = Family {
    name: "renewals",
    title: "Renewals of the opening book",
    lead: "What share of the revenue that comes up for renewal is renewed, quarter by quarter.",
    make: renewals,
};

/// The movements between opening and closing: metric, name, and which way they go.
const MOVEMENTS: [(&str, &str, f64); 4] = [
    ("churned_arr", "Churn", -1.0),
    ("contraction_arr", "Contraction", -1.0),
    ("expansion_arr", "Expansion", 1.0),
    ("new_arr", "New business", 1.0),
];

fn waterfalls(finished: &Finished) -> Vec<Chart> {
    let variants = of_variants(finished);
    let high = variants.iter().filter_map(|(variant, _)| highest(variant)).fold(0.0, f64::max);
    let one = |(at, (variant, begin)): (usize, (Variant<'_>, String))| {
        waterfall(finished, at, variant, &begin, high)
    };
    variants.into_iter().enumerate().filter_map(one).collect()
}

/// The most that a waterfall reaches, intervals included.
fn highest(variant: &Variant<'_>) -> Option<f64> {
    let opening = variant.metric("opening_arr")?.mean;
    let mut levels = vec![opening];
    for (metric, _, sign) in MOVEMENTS {
        levels.push(levels[levels.len() - 1] + sign * variant.metric(metric)?.mean);
    }
    let closing = variant.metric("closing_arr")?;
    levels.push(closing.ends.map_or(closing.mean, |(_, high)| high));
    levels.into_iter().reduce(f64::max)
}

fn waterfall(finished: &Finished, at: usize, variant: Variant<'_>, begin: &str, high: f64) -> Option<Chart> {
    let words = finished.words(Unit::Money);
    let opening = variant.metric("opening_arr")?;
    let mut level = opening.mean;
    let mut steps = vec![("Opening", 0.0, opening.mean, opening.ends, PLAIN, opening)];
    for (metric, name, sign) in MOVEMENTS {
        let moved = variant.metric(metric)?;
        let to = level + sign * moved.mean;
        let ends = moved.ends.map(|(low, high)| (level + sign * low, level + sign * high));
        let color = if sign > 0.0 { BLUE } else { RUST };
        steps.push((name, level, to, ends, color, moved));
        level = to;
    }
    let closing = variant.metric("closing_arr")?;
    steps.push(("Closing", 0.0, closing.mean, closing.ends, PLAIN, closing));
    let million = |value: f64| drawn(value / 1e6);
    let labels: Vec<String> =
        steps.iter().map(|(name, .., moved)| format!("{name}\n{}", words.value(moved.mean))).collect();
    let values: Vec<Value> = steps
        .iter()
        .zip(&labels)
        .map(|(&(name, from, to, ends, color, moved), label)| {
            let (low, high) = ends.unwrap_or((to, to));
            json!({
                "y": label, "f": million(from), "t": million(to), "a": million(low.min(high)),
                "e": million(low.max(high)), "c": color, "n": name, "w": moved.written(words),
            })
        })
        .collect();
    let y = json!({
        "field": "y", "type": "nominal", "sort": labels, "title": null,
        "axis": { "labelExpr": "split(datum.label, '\\n')", "labelLimit": 150, "grid": false },
    });
    let x = |field: &str| {
        let title = format!("Recurring revenue (million {} a year)", finished.currency());
        json!({
            "field": field, "type": "quantitative", "title": axis_title(&title), "scale": { "domain": [0, drawn(high / 1e6)] },
            "axis": { "tickCount": 5, "format": ",~f" },
        })
    };
    let tooltip = json!([
        { "field": "n", "type": "nominal", "title": "Step" },
        { "field": "w", "type": "nominal", "title": "Mean and interval" },
    ]);
    let view = json!({
        "data": { "values": values },
        "height": 42 * steps.len(),
        "layer": [
            {
                "mark": { "type": "bar", "height": { "band": 0.62 }, "cornerRadius": 2 },
                "encoding": {
                    "y": y, "x": x("f"), "x2": { "field": "t" }, "tooltip": tooltip,
                    "color": { "field": "c", "type": "nominal", "scale": null },
                },
            },
            {
                "mark": { "type": "rule", "strokeWidth": 2, "style": "text", "tooltip": null },
                "encoding": { "y": y, "x": x("a"), "x2": { "field": "e" } },
            },
        ],
    });
    let share = |metric: &str| {
        let moved = variant.metric(metric).map_or(0.0, |moved| moved.mean);
        finished.words(Unit::Fraction).value(if opening.mean > 0.0 { moved / opening.mean } else { 0.0 })
    };
    let text = format!(
        "churn takes {} and contraction {} of what the book opens with; expansion adds {} and new business {}.",
        share("churned_arr"),
        share("contraction_arr"),
        share("expansion_arr"),
        share("new_arr")
    );
    let row = |&(name, .., moved): &(&str, f64, f64, _, _, Figure)| {
        let ends = moved.ends.map_or(String::new(), |(low, high)| words.interval(low, high));
        [name.to_owned(), words.value(moved.mean), ends]
    };
    Some(Chart {
        name: named("revenue", at),
        finding: sentence(begin, &text),
        note: format!(
            "Means over replications; the thin line at the end of a bar is the {} % interval of what it adds or takes.",
            finished.confidence() * 100.0
        ),
        table: Numbers::new(["Step", "Mean", "Interval"], steps.iter().map(row).collect()),
        view,
    })
}

fn renewals(finished: &Finished) -> Vec<Chart> {
    let words = finished.words(Unit::Fraction);
    let of = |(at, (variant, begin)): (usize, (Variant<'_>, String))| {
        let quarters: Vec<&Value> = variant.result["renewal_quarters"].as_array()?.iter().collect();
        let (first, last) = (quarters.first()?, quarters.last()?);
        let labels: Vec<&str> = quarters.iter().filter_map(|row| text(row, "quarter")).collect();
        let rows: Vec<Value> = quarters
            .iter()
            .map(|row| {
                let cell = |key| number(row, key).map_or(Value::Null, drawn);
                json!({ "q": row["quarter"], "a": cell("p10"), "m": cell("p50"), "e": cell("p90") })
            })
            .collect();
        let x = json!({
            "field": "q", "type": "ordinal", "sort": labels, "title": "Quarter of renewal",
            "axis": { "labelOverlap": true, "labelAngle": 0, "grid": false },
        });
        let y = |field: &str| {
            json!({
                "field": field, "type": "quantitative", "title": "Renewed (share of revenue up)",
                "scale": { "zero": false }, "axis": { "format": "~%", "tickCount": 5 },
            })
        };
        let told = |field: &str, title: &str| json!({ "field": field, "type": "quantitative", "title": title, "format": "~%" });
        let view = json!({
            "data": { "values": rows }, "height": 220,
            "layer": [
                {
                    "mark": { "type": "rule", "strokeWidth": 3, "opacity": 0.55, "color": BLUE, "tooltip": null },
                    "encoding": { "x": x, "y": y("a"), "y2": { "field": "e" } },
                },
                {
                    "mark": { "type": "point", "filled": true, "size": 80, "opacity": 1, "color": BLUE },
                    "encoding": {
                        "x": x, "y": y("m"),
                        "tooltip": [
                            { "field": "q", "type": "nominal", "title": "Quarter" }, told("m", "Median"),
                            told("a", "10 %"), told("e", "90 %"),
                        ],
                    },
                },
            ],
        });
        let worst = quarters.iter().filter_map(|row| Some((number(row, "p50")?, *row)));
        let worst = worst.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let range = |row: &Value| {
            number(row, "p10").zip(number(row, "p90")).map_or(String::new(), |(a, b)| words.interval(a, b))
        };
        let finding = format!(
            "the weakest quarter is {}: {} of revenue up is renewed, {} in 8 of 10 futures.",
            text(worst.1, "quarter")?,
            words.value(worst.0),
            range(worst.1)
        );
        let row = |row: &&Value| {
            let cell = |key| number(row, key).map_or(String::new(), |value| words.value(value));
            let up =
                number(row, "up").map_or(String::new(), |value| finished.words(Unit::Money).value(value));
            [text(row, "quarter").unwrap_or_default().to_owned(), up, cell("p50"), range(row)]
        };
        Some(Chart {
            name: named("renewals", at),
            finding: sentence(&begin, &finding),
            note: format!(
                "Opening book, {} to {}. Point: median over replications; line: 8 of 10 replications lie on it.",
                text(first, "quarter")?,
                text(last, "quarter")?
            ),
            table: Numbers::new(
                ["Quarter", "Up for renewal", "Renewed, median", "8 of 10 futures"],
                quarters.iter().map(row).collect(),
            ),
            view,
        })
    };
    of_variants(finished).into_iter().enumerate().filter_map(of).collect()
}
