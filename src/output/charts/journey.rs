//! Where accounts are in the journey, how they use the product, and how healthy they look.

use crate::metrics::Unit;
use crate::output::charts::line::{self, Frame, Series};
use crate::output::charts::look::{BLUE, GREEN, OCHRE, RUST};
use crate::output::charts::{Chart, Family, named, of_variants, sentence};
use crate::output::finished::{Finished, Variant};
use crate::program::stage::Stage;

pub(super) const STAGES: Family = Family {
    name: "stages",
    title: "Stages of the journey",
    lead: "Where accounts are in the journey, week by week.",
    make: |finished| {
        of_shares(finished, &stages(), "stages", "Share of accounts in the stage", stage_finding)
    },
};

pub(super) const HEALTH: Family = Family {
    name: "health",
    title: "Health as the program sees it",
    lead: "How many accounts are in each health band, week by week.",
    make: |finished| of_shares(finished, &bands(), "health", "Share of accounts in the band", health_finding),
};

pub(super) const ADOPTION: Family = Family {
    name: "adoption",
    title: "Adoption",
    lead: "How much of what they pay for customers use: monthly active users over seats.",
    make: |finished| fan(finished, "utilization_mean", "adoption", "Monthly active users / seats"),
};

pub(super) const USAGE: Family = Family {
    name: "usage",
    title: "Usage",
    lead: "How often users come: daily over monthly active users.",
    make: |finished| fan(finished, "usage_mean", "usage", "Daily / monthly active users"),
};

/// A part of all accounts: its column in the timeline, its name, colour and dash.
type Part = (String, &'static str, (&'static str, &'static [u8]));

/// Says what the shares of a variant show; the second writes a share.
type Finding = fn(&[Series], &dyn Fn(f64) -> String) -> Option<String>;

fn stages() -> Vec<Part> {
    let stage =
        |(at, stage): (usize, &Stage)| (format!("stage_{}", stage.name()), stage.name(), line::style(at));
    Stage::ALL.iter().enumerate().map(stage).collect()
}

fn bands() -> Vec<Part> {
    vec![
        ("health_green".to_owned(), "green", (GREEN, &[])),
        ("health_yellow".to_owned(), "yellow", (OCHRE, &[8, 3])),
        ("health_red".to_owned(), "red", (RUST, &[2, 2])),
    ]
}

fn of_shares(finished: &Finished, parts: &[Part], name: &str, title: &str, finding: Finding) -> Vec<Chart> {
    let Some(timeline) = finished.sheet("timeline") else { return Vec::new() };
    let words = finished.words(Unit::Fraction);
    let of_variant = |variant: &Variant<'_>| {
        let columns: Vec<&str> = parts.iter().map(|(column, ..)| column.as_str()).collect();
        let share = |(at, (_, part, style)): (usize, &Part)| {
            let points = line::weekly(timeline, variant.name, &columns, |counts| {
                let all: f64 = counts.iter().sum();
                counts.get(at).filter(|_| all > 0.0).map(|count| count / all)
            });
            Series { name: (*part).to_owned(), style: *style, points }
        };
        let mut series: Vec<Series> = parts.iter().enumerate().map(share).collect();
        // A stage that nobody is ever in is not drawn.
        series.retain(|series| series.points.iter().any(|at| at.points[4] > 0.0));
        series
    };
    let variants = of_variants(finished);
    let all: Vec<Vec<Series>> = variants.iter().map(|(variant, _)| of_variant(variant)).collect();
    let ends = line::ends(all.iter().flatten()).map(|(_, high)| (0.0, high.min(1.0)));
    let of = |(at, ((_, begin), series)): (usize, ((Variant<'_>, String), Vec<Series>))| {
        let text = finding(&series, &|value| words.value(value))?;
        let frame = Frame { title, format: "~%", ends, is_fan: false, is_stepped: false, told: line::SPREAD };
        Some(line::by_week(named(name, at), sentence(&begin, &text), &series, words, frame))
    };
    variants.into_iter().zip(all).enumerate().filter_map(of).collect()
}

fn stage_finding(series: &[Series], write: &dyn Fn(f64) -> String) -> Option<String> {
    let mut last: Vec<(f64, &str)> = series
        .iter()
        .filter_map(|series| Some((series.points.last()?.median(), series.name.as_str())))
        .collect();
    last.sort_by(|a, b| b.0.total_cmp(&a.0));
    let said: Vec<String> = last.iter().map(|(share, name)| format!("{} {name}", write(*share))).collect();
    (!said.is_empty()).then(|| format!("at the end {}.", said.join(", ")))
}

fn health_finding(series: &[Series], write: &dyn Fn(f64) -> String) -> Option<String> {
    let ends = |name: &str| {
        let of_it = series.iter().find(|series| series.name == name)?;
        Some((of_it.points.first()?.median(), of_it.points.last()?.median()))
    };
    let (red, green) = (ends("red").unwrap_or((0.0, 0.0)), ends("green").unwrap_or((0.0, 0.0)));
    series.first()?;
    let begin = if write(green.0) == write(green.1) {
        format!("{} of accounts are green at the start and at the end", write(green.0))
    } else {
        format!("green accounts go from {} to {}", write(green.0), write(green.1))
    };
    Some(format!("{begin}; {} are red at the end ({} at the start).", write(red.1), write(red.0)))
}

fn fan(finished: &Finished, column: &str, name: &str, title: &str) -> Vec<Chart> {
    let Some(timeline) = finished.sheet("timeline") else { return Vec::new() };
    let words = finished.words(Unit::Fraction);
    let variants = of_variants(finished);
    let series: Vec<Series> = variants
        .iter()
        .map(|(variant, _)| Series {
            name: variant.name.to_owned(),
            style: (BLUE, &[]),
            points: line::weekly(timeline, variant.name, &[column], |cells| cells.first().copied()),
        })
        .collect();
    let ends = line::ends(series.iter());
    let of = |(at, ((_, begin), series)): (usize, ((Variant<'_>, String), Series))| {
        let (first, last) = (series.points.first()?.clone(), series.points.last()?.clone());
        let [from, to] = [&first, &last].map(|at| words.value(at.median()));
        let moves =
            if from == to { format!("is {to} at both ends") } else { format!("goes from {from} to {to}") };
        let text = format!(
            "{} {moves} ({} in 9 of 10 futures).",
            if name == "usage" { "usage" } else { "utilization" },
            words.interval(last.points[0], last.points[4])
        );
        let frame = Frame { title, format: "~%", ends, is_fan: true, is_stepped: false, told: line::SPREAD };
        Some(line::by_week(named(name, at), sentence(&begin, &text), &[series], words, frame))
    };
    variants.into_iter().zip(series).enumerate().filter_map(of).collect()
}
