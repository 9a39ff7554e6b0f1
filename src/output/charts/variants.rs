//! The answer of a comparison: every variant minus the baseline.

use crate::base::stats::Better;
use crate::metrics::{MetricDefinition, Unit};
use crate::output::answer::lower_first;
use crate::output::charts::interval::{self, Frame};
use crate::output::charts::look::{BLUE, PLAIN, RUST};
use crate::output::charts::{Chart, Family, sentence};
use crate::output::finished::{Figure, Finished};

pub(super) const ANSWER: Family = Family {
    name: "answer",
    title: "The answer",
    lead: "Each variant minus the baseline, on the same customers and the same luck.",
    make,
};

/// Rows of the chart; the table of the report has all.
const MOST: usize = 14;

/// How differences of a unit are drawn: by what they are multiplied, what they are counted in, and their format.
pub(super) fn difference_scale(unit: Unit, currency: &str) -> (f64, String, &'static str) {
    match unit {
        Unit::Fraction => (100.0, "percentage points".to_owned(), "+,~f"),
        Unit::Money => (1e-3, format!("thousand {currency}"), "+,~f"),
        unit => (1.0, unit.name().to_owned(), "+,~f"),
    }
}

fn make(finished: &Finished) -> Vec<Chart> {
    finished.headline().into_iter().filter_map(|metric| of_metric(finished, metric)).collect()
}

fn of_metric(finished: &Finished, metric: &MetricDefinition) -> Option<Chart> {
    let words = finished.words(metric.unit);
    let (scale, counted, format) = difference_scale(metric.unit, finished.currency());
    let others = finished.drawn(MOST).into_iter().filter(|variant| !variant.is_baseline);
    let found: Vec<(&str, Figure)> = others
        .filter_map(|variant| Some((variant.label(), finished.difference(variant.name, metric.name)?.0)))
        .collect();
    if found.is_empty() {
        return None;
    }
    let written = |figure: Figure| {
        let ends = figure.ends.map(|(low, high)| words.bare_difference_interval(low, high));
        format!(
            "{}{}",
            words.difference(figure.mean),
            ends.map_or(String::new(), |ends| format!(" ({ends})"))
        )
    };
    let rows: Vec<interval::Row> = found
        .iter()
        .map(|&(name, figure)| {
            let color = color(metric, figure);
            let texts = [words.difference(figure.mean), written(figure)];
            interval::row(name, color, figure.scaled(scale), texts)
        })
        .collect();
    let frame = Frame { title: &format!("Difference ({counted})"), format, against: Some(0.0) };
    Some(Chart {
        name: format!("answer-{}", metric.name.replace('_', "-")),
        finding: finding(metric, &found, &written),
        note: format!(
            "Point: mean paired difference from the baseline; line: interval that holds for all variants together with {} % \
             confidence. Blue is better, red worse, grey not told apart.",
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Variant", metric.title]),
        view: interval::draw(&rows, frame),
    })
}

/// The colour of a difference: better, worse, or not told apart.
pub(super) fn color(metric: &MetricDefinition, figure: Figure) -> &'static str {
    match (metric.better, side(figure)) {
        (Better::Higher, 1) | (Better::Lower, -1) => BLUE,
        (Better::Higher, -1) | (Better::Lower, 1) => RUST,
        _ => PLAIN,
    }
}

/// On which side of zero the whole interval lies; 0: on both.
pub(super) fn side(figure: Figure) -> i8 {
    match figure.ends {
        Some((low, _)) if low > 0.0 => 1,
        Some((_, high)) if high < 0.0 => -1,
        _ => 0,
    }
}

fn finding(
    metric: &MetricDefinition,
    found: &[(&str, Figure)],
    written: &dyn Fn(Figure) -> String,
) -> String {
    let title = lower_first(metric.title);
    let sign = if metric.better == Better::Lower { -1.0 } else { 1.0 };
    if let &[(name, figure)] = found {
        return sentence(
            "",
            &alone(metric.better, f64::from(side(figure)) * sign, name, &title, &written(figure)),
        );
    }
    let clear: Vec<&(&str, Figure)> = found.iter().filter(|(_, figure)| side(*figure) != 0).collect();
    let gain = |one: &&(&str, Figure)| one.1.mean * sign;
    let best = clear.iter().copied().max_by(|a, b| gain(a).total_cmp(&gain(b)));
    let worst = clear.iter().copied().min_by(|a, b| gain(a).total_cmp(&gain(b)));
    let most = clear.iter().copied().max_by(|a, b| gain(a).abs().total_cmp(&gain(b).abs()));
    let text = match (metric.better, best, worst, most) {
        (Better::Neither, _, _, Some((name, figure))) => {
            format!("“{name}” changes {title} most: {}.", written(*figure))
        }
        (_, Some(best @ (name, figure)), _, _) if gain(&best) > 0.0 => {
            format!("“{name}” improves {title} most: {}.", written(*figure))
        }
        (_, _, Some((name, figure)), _) => {
            format!("No variant improves {title}; “{name}” is worst: {}.", written(*figure))
        }
        _ => format!("No variant differs clearly from the baseline in {title}."),
    };
    sentence("", &text)
}

/// What the only variant does; nobody is best or worst alone.
fn alone(better: Better, gain: f64, name: &str, title: &str, difference: &str) -> String {
    let verb = match better {
        _ if gain == 0.0 => return format!("“{name}” does not differ clearly from the baseline in {title}."),
        Better::Neither => "changes",
        _ if gain > 0.0 => "improves",
        _ => "worsens",
    };
    format!("“{name}” {verb} {title}: {difference}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An effort that falls is a gain, a share that falls is a loss, and a load is neither.
    #[test]
    fn the_only_variant_is_neither_best_nor_worst() {
        let said = |better, gain| alone(better, gain, "monthly", "hours", "+1 hour");
        assert_eq!(said(Better::Higher, 1.0), "“monthly” improves hours: +1 hour.");
        assert_eq!(said(Better::Lower, -1.0), "“monthly” worsens hours: +1 hour.");
        assert_eq!(said(Better::Neither, 1.0), "“monthly” changes hours: +1 hour.");
        assert_eq!(said(Better::Lower, 0.0), "“monthly” does not differ clearly from the baseline in hours.");
    }
}
