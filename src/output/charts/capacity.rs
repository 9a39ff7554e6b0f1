//! Who does the work: how busy advisors are, what waits for them and how long.

use crate::metrics::{self, Unit};
use crate::output::charts::interval::{self, Row};
use crate::output::charts::line::{self, Frame, Series};
use crate::output::charts::look::BLUE;
use crate::output::charts::{Chart, DRAWN, Family, sentence};
use crate::output::finished::{Figure, Finished, Variant, text};
use crate::output::words::Words;

pub(super) const LOAD: Family = Family {
    name: "load",
    title: "Advisors: load and backlog",
    lead: "How much of their time for customers advisors work, and how much due work waits, week by week.",
    make: load,
};

pub(super) const WAITS: Family = Family {
    name: "waits",
    title: "Advisors: waits",
    lead: "How long calls and requests wait for an advisor.",
    make: waits,
};

pub(super) const HOURS: Family = Family {
    name: "hours",
    title: "Advisors: where their time goes",
    lead: "Advisor hours a year for an account, by kind of work.",
    make: hours,
};

fn load(finished: &Finished) -> Vec<Chart> {
    let share = finished.words(Unit::Fraction);
    let hours = finished.words(Unit::Hours);
    let busy = weekly(finished, "advisor_utilization", share, |series| {
        let drawn = finished.drawn(DRAWN);
        let busy = |variant: &Variant<'_>| {
            let busy = share.value(variant.metric("advisor_utilization")?.mean);
            Some(if series.len() > 1 { format!("{busy} ({})", variant.name) } else { busy })
        };
        let busy: Vec<String> = drawn.iter().filter_map(busy).collect();
        Some(format!("Advisors are busy {} of their time for customers.", busy.join(", ")))
    });
    let backlog = weekly(finished, "backlog_hours", hours, |series| {
        let of = |series: &Series| series.points.iter().map(|at| at.points[4]).fold(0.0, f64::max);
        let most = series.iter().max_by(|a, b| of(a).total_cmp(&of(b)))?;
        if of(most) == 0.0 {
            return Some("No work is waiting at the beginning of a week.".to_owned());
        }
        Some(format!(
            "In one of twenty futures the backlog reaches {} or more{}.",
            hours.value(of(most)),
            under(series, most)
        ))
    });
    [busy, backlog].into_iter().flatten().collect()
}

fn under(series: &[Series], one: &Series) -> String {
    if series.len() > 1 { format!(" under “{}”", one.name) } else { String::new() }
}

fn weekly(
    finished: &Finished,
    column: &str,
    words: Words<'_>,
    finding: impl Fn(&[Series]) -> Option<String>,
) -> Option<Chart> {
    let timeline = finished.sheet("timeline")?;
    timeline.column(column)?;
    let series = |(at, variant): (usize, Variant<'_>)| Series {
        name: variant.name.to_owned(),
        style: if finished.variants().len() == 1 { (BLUE, &[][..]) } else { line::style(at) },
        points: line::weekly(timeline, variant.name, &[column], |cells| cells.first().copied()),
    };
    let mut series: Vec<Series> = finished.drawn(DRAWN).into_iter().enumerate().map(series).collect();
    // What was worked on before the first Monday has no week.
    series.iter_mut().for_each(|series| drop(series.points.drain(..1.min(series.points.len()))));
    let is_share = words.unit == Unit::Fraction;
    let title = if is_share { "Busy time / time for customers" } else { "Work that waits (advisor hours)" };
    let format = if is_share { "~%" } else { ",~f" };
    let frame = Frame {
        title,
        format,
        ends: line::ends(series.iter()),
        is_fan: false,
        is_stepped: false,
        told: line::SPREAD,
    };
    let name = if is_share { "advisor-utilization" } else { "backlog" };
    Some(line::by_week(name.to_owned(), finding(&series)?, &series, words, frame))
}

/// What is no touchpoint.
const OTHER: &str = "watching, upkeep, Lighthouse";

/// Mean waits of each kind of work, weighted by how often it was begun, over replications.
fn waits(finished: &Finished) -> Vec<Chart> {
    let words = finished.words(Unit::Hours);
    let Some(timeline) = finished.sheet("timeline") else { return Vec::new() };
    let kinds: Vec<&str> =
        timeline.columns.iter().filter_map(|column| column.name.strip_prefix("wait_hours_")).collect();
    let (Some(variants), Some(replications)) = (timeline.column("variant"), timeline.column("replication"))
    else {
        return Vec::new();
    };
    let mut rows: Vec<Row> = Vec::new();
    for (at, variant) in finished.drawn(DRAWN).iter().enumerate() {
        for kind in &kinds {
            let column = |prefix: &str| timeline.column(&format!("{prefix}_{kind}"));
            let Some((hours, begun)) = column("wait_hours").zip(column("waits")) else { continue };
            // By replication: hours waited, and how often.
            let mut sums: Vec<(f64, f64)> = vec![(0.0, 0.0); finished.replications() as usize];
            for row in (0..timeline.rows()).filter(|&row| variants.text(row) == variant.name) {
                let replication = replications.number(row).unwrap_or_default() as usize;
                if let (Some(sum), Some(mean), Some(n)) =
                    (sums.get_mut(replication), hours.number(row), begun.number(row))
                {
                    *sum = (sum.0 + mean * n, sum.1 + n);
                }
            }
            let means: Vec<f64> = sums.iter().filter(|sum| sum.1 > 0.0).map(|sum| sum.0 / sum.1).collect();
            let Some(estimate) = crate::base::stats::Estimate::of(&means, finished.confidence()) else {
                continue;
            };
            let figure = Figure { mean: estimate.mean, ends: estimate.ci_low.zip(estimate.ci_high) };
            let color = if finished.variants().len() == 1 { BLUE } else { line::style(at).0 };
            rows.push(Row {
                name: kind.replace(['_', '-'], " "),
                series: (variant.name.to_owned(), color),
                figure,
                value: words.value(figure.mean),
                written: figure.written(words),
            });
        }
    }
    // Longest first, and the variants of a kind together.
    let longest_of = |name: &str| {
        let of_it = rows.iter().filter(|row| row.name == name).map(|row| row.figure.mean);
        of_it.fold(0.0, f64::max)
    };
    let mut order: Vec<(f64, usize)> =
        rows.iter().enumerate().map(|(at, row)| (longest_of(&row.name), at)).collect();
    order.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| rows[a.1].name.cmp(&rows[b.1].name)).then(a.1.cmp(&b.1))
    });
    let rows: Vec<Row> = order.into_iter().map(|(_, at)| rows[at].clone()).collect();
    let Some(longest) = rows.iter().max_by(|a, b| a.figure.mean.total_cmp(&b.figure.mean)) else {
        return Vec::new();
    };
    let of = if finished.variants().len() > 1 {
        format!(" under “{}”", longest.series.0)
    } else {
        String::new()
    };
    let finding = format!(
        "{} waits longest{of}: {} on average.",
        sentence("", &longest.name),
        words.value(longest.figure.mean)
    );
    let frame = interval::Frame { title: "Mean wait (working hours)", format: ",~f", against: None };
    vec![Chart {
        name: "waits".to_owned(),
        finding,
        note: format!(
            "Point: mean over replications; line: its {} % interval.",
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Work", "Mean wait"]),
        view: interval::draw(&rows, frame),
    }]
}

fn hours(finished: &Finished) -> Vec<Chart> {
    let Some(kinds) = finished.result["advisor_hours_by_touchpoint"].as_array() else { return Vec::new() };
    let words = finished.words(Unit::HoursPerAccountYear);
    let mut rows: Vec<Row> = kinds
        .iter()
        .filter_map(|row| {
            let figure = Figure::read(row).filter(|figure| figure.mean > 0.0)?;
            let name = text(row, "touchpoint").unwrap_or(OTHER).to_owned();
            let texts = [words.value(figure.mean), figure.written(words)];
            Some(interval::row(&name, BLUE, figure, texts))
        })
        .collect();
    rows.sort_by(|a, b| b.figure.mean.total_cmp(&a.figure.mean));
    let Some(most) = rows.iter().find(|row| row.name != OTHER) else { return Vec::new() };
    let all = metrics::find("advisor_hours_per_account_year")
        .and_then(|metric| Figure::read(&finished.result["metrics"][metric.name]));
    let of = all.map_or(String::new(), |all| format!(", of {} in all", words.value(all.mean)));
    vec![Chart {
        name: "hours".to_owned(),
        finding: format!(
            "Of all touchpoints {} takes most of advisors' time: {} for an account{of}.",
            most.name,
            words.value(most.figure.mean)
        ),
        note: format!(
            "Point: mean over replications; line: its {} % interval.",
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Work", "For an account"]),
        view: interval::draw(
            &rows,
            interval::Frame { title: "Advisor hours for an account and year", format: ",~f", against: None },
        ),
    }]
}
