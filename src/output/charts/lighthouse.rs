//! Lighthouse: who is in it, and whom it saves.

use crate::metrics::Unit;
use crate::output::charts::interval::{self, Row};
use crate::output::charts::line::{self, Frame, Series};
use crate::output::charts::look::{BLUE, RUST};
use crate::output::charts::{Chart, DRAWN, Family, named, of_variants, sentence};
use crate::output::finished::{Finished, Variant};

pub(super) const LIGHTHOUSE: Family = Family {
    name: "lighthouse",
    title: "Lighthouse",
    lead: "How many accounts at risk are cared for, how many wait for a place, and how many are saved.",
    make: |finished| {
        let mut charts = members(finished);
        charts.extend(saves(finished, "lighthouse_save_rate"));
        charts.extend(saves(finished, "lighthouse_causal_saves"));
        charts
    },
};

fn members(finished: &Finished) -> Vec<Chart> {
    let Some(timeline) = finished.sheet("timeline") else { return Vec::new() };
    let words = finished.words(Unit::Count);
    let variants = of_variants(finished);
    let of_variant = |(variant, _): &(Variant<'_>, String)| {
        let parts = [
            ("members", "lighthouse", (BLUE, &[][..])),
            ("waiting for a place", "lighthouse_waiting", (RUST, &[8, 3][..])),
        ];
        let series = |(name, column, style): (&str, &str, (&'static str, &'static [u8]))| Series {
            name: name.to_owned(),
            style,
            points: line::weekly(timeline, variant.name, &[column], |cells| cells.first().copied()),
        };
        let mut series = parts.map(series).to_vec();
        // Nobody waits for a place where there is no limit.
        series.retain(|series| series.name == "members" || line::ends([series].into_iter()).is_some());
        series
    };
    let all: Vec<Vec<Series>> = variants.iter().map(of_variant).collect();
    let ends = line::ends(all.iter().flatten());
    // Without a member there is no Lighthouse.
    if ends.is_none() {
        return Vec::new();
    }
    let of = |(at, ((variant, begin), series)): (usize, ((Variant<'_>, String), Vec<Series>))| {
        let text = match variant.metric("lighthouse_concurrent_mean") {
            Some(members) => {
                let entries = variant.metric("lighthouse_entries");
                let entries = entries.map_or(String::new(), |entries| {
                    format!("; {} enter it in the whole run", words.value(entries.mean))
                });
                format!("{} accounts are in Lighthouse on average{entries}.", words.value(members.mean))
            }
            None => "nobody is in Lighthouse.".to_owned(),
        };
        let frame = Frame {
            title: "Accounts",
            format: ",~f",
            ends,
            is_fan: false,
            is_stepped: false,
            told: line::SPREAD,
        };
        line::by_week(named("lighthouse-members", at), sentence(&begin, &text), &series, words, frame)
    };
    variants.into_iter().zip(all).enumerate().map(of).collect()
}

fn saves(finished: &Finished, metric: &str) -> Option<Chart> {
    let definition = crate::metrics::find(metric)?;
    let words = finished.words(definition.unit);
    let is_rate = definition.unit == Unit::Fraction;
    let row = |variant: Variant<'_>| -> Option<Row> {
        let figure = variant.metric(metric)?;
        let texts = [words.value(figure.mean), figure.written(words)];
        Some(interval::row(variant.label(), BLUE, figure, texts))
    };
    let rows: Vec<Row> = finished.drawn(DRAWN).into_iter().filter_map(row).collect();
    let first = rows.first()?;
    let finding = if is_rate {
        format!(
            "{} of stays end healthy or renewed; that flatters, because many would have anyway.",
            words.value(first.figure.mean)
        )
    } else {
        format!(
            "Of 100 accounts that enter, {} renew that would have left without Lighthouse.",
            words.value(first.figure.mean).replace(" per 100", "")
        )
    };
    let title = if is_rate { "Share of stays ended" } else { "Accounts saved, of 100 that enter" };
    let format = if is_rate { "~%" } else { ",~f" };
    let frame = interval::Frame { title, format, against: if is_rate { None } else { Some(0.0) } };
    Some(Chart {
        name: metric.replace('_', "-"),
        finding: sentence("", &finding),
        note: format!(
            "{}. Point: mean over replications; line: its {} % interval.",
            definition.title,
            finished.confidence() * 100.0
        ),
        table: interval::numbers(&rows, ["Variant", definition.title]),
        view: interval::draw(&rows, frame),
    })
}
