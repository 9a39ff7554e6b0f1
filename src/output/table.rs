//! What a manager reads in the terminal.
//!
//! No colours and no lines but those of the tables: what is printed is the same text in a pipe.

use std::fmt::Write;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table};

use crate::base::stats::PairedDifference;
use crate::experiment::compare::{self, Difference};
use crate::experiment::fan::{self, Spread};
use crate::experiment::precision::{self, Look};
use crate::metrics::{self, CATALOGUE, Unit};
use crate::output::adjusted;
use crate::output::answer::{self, lower_first};
use crate::output::details::{self, Details};
use crate::output::few;
use crate::output::results::{Results, StoppedBy};
use crate::output::selection;
use crate::output::trials;
use crate::output::why;
use crate::output::words::{Words, at_the_start, book_read, counted, digits, partly, probability, wrapped};

/// Shows the baseline's headline metrics and the assumptions behind them, `width` characters wide.
#[must_use]
pub fn run(results: &Results<'_>, details: Details, width: u16) -> String {
    let confidence = percent(results.confidence());
    let mut table = grid(width);
    table.style_mut().row_separator = LineStyle::none();
    let interval = format!("{confidence} interval of the mean");
    table.set_header(["", "Mean", &interval, "Spread (sd)"]);
    let estimates = compare::estimates(results.chunk, results.experiment.baseline, results.confidence());
    for metric in results.headline() {
        let words = results.words(&CATALOGUE[metric]);
        let title = CATALOGUE[metric].title.to_owned();
        table.add_row(match estimates[metric] {
            None => [title, "nothing to measure".to_owned(), String::new(), String::new()],
            Some(estimate) => [
                partly(estimate.n, results.chunk.replications.len())
                    .map_or(title.clone(), |part| format!("{title} ({part})")),
                words.value(estimate.mean),
                ends(estimate.ci_low, estimate.ci_high)
                    .map_or_else(needs_more, |(low, high)| words.interval(low, high)),
                estimate.stddev.map_or(String::new(), |spread| words.spread(spread)),
            ],
        });
    }
    aligned(&mut table);
    let fan = fan(results, width);
    let adjusted = adjusted::run(results);
    let details = details::show(results, details, width);
    let trials = trials::show(results, results.experiment.baseline, width);
    let (heading, assumptions, footer) =
        (heading(results, width), assumptions(results, width), footer(results));
    format!("{heading}\n{table}\n\n{adjusted}{details}{trials}{fan}{assumptions}{footer}")
}

/// Shows what of the opening book is renewed, quarter by quarter: the middle future and the tenths at either end.
fn fan(results: &Results<'_>, width: u16) -> String {
    let spreads = fan::fan(results.chunk, results.experiment.baseline);
    if spreads.is_empty() {
        return String::new();
    }
    let currency = &results.baseline().scenario.file.currency;
    let money = Words { unit: Unit::Money, currency: currency.as_str() };
    let share = Words { unit: Unit::Fraction, currency: currency.as_str() };
    let mut table = grid(width);
    table.style_mut().row_separator = LineStyle::none();
    table.set_header(["Opening book", "Up for renewal", "Renewed, median", "8 of 10 futures", "0 to 100 %"]);
    for Spread { number, up, low, median, high, .. } in spreads {
        table.add_row([
            fan::name(number),
            money.value(up),
            share.value(median),
            share.interval(low, high),
            bar(low, median, high),
        ]);
    }
    aligned(&mut table);
    format!("{table}\n\n")
}

/// Draws a spread between 0 and 1: `─` from low to high, `●` at the median.
fn bar(low: f64, median: f64, high: f64) -> String {
    const WIDTH: f64 = 30.0;
    let place = |share: f64| (share * WIDTH).round() as usize;
    (0..=WIDTH as usize)
        .map(|at| match at {
            at if at == place(median) => '●',
            at if (place(low)..=place(high)).contains(&at) => '─',
            _ => '·',
        })
        .collect()
}

/// Shows every variant's headline metrics beside the baseline's, and the answer in words.
#[must_use]
pub fn compare(results: &Results<'_>, details: Details, width: u16) -> String {
    let Results { experiment, chunk, .. } = *results;
    let (count, baseline, confidence) =
        (experiment.variants.len(), experiment.baseline, results.confidence());
    let others = || (0..count).filter(|&variant| variant != baseline);
    let mut table = grid(width);
    let mut header = vec![String::new(), format!("{} (baseline)", experiment.variants[baseline].name)];
    header.extend(others().map(|variant| experiment.variants[variant].name.clone()));
    table.set_header(header);
    let means = compare::estimates(chunk, baseline, confidence);
    let differences = compare::differences(chunk, count, baseline, confidence);
    for metric in results.headline() {
        let words = results.words(&CATALOGUE[metric]);
        let mean =
            means[metric].map_or("nothing to measure".to_owned(), |estimate| words.value(estimate.mean));
        let mut row = vec![CATALOGUE[metric].title.to_owned(), mean];
        let cells = differences.iter().filter(|difference| difference.metric == metric);
        row.extend(cells.map(|difference| cell(words, &difference.paired)));
        table.add_row(row);
    }
    aligned(&mut table);
    let mut text = format!("{}\n{table}\n", heading(results, width));
    writeln!(
        text,
        "Each variant minus the baseline on common random numbers; the {} intervals of a row hold together;\n\
         p is the probability that the variant is better.\n",
        percent(confidence)
    )
    .expect("a string can grow");
    text.push_str(&of_few(results, &differences, width));
    text.push_str(&details::show(results, details, width));
    text.push_str(&why::show(results, width));
    for variant in 0..count {
        text.push_str(&trials::show(results, variant, width));
    }
    // Who runs out of time has no answer.
    let answers = if results.stopped_by == StoppedBy::Time { Vec::new() } else { answer::answers(results) };
    for line in answers {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    let selection = selection::show(results, width);
    let selection = if selection.is_empty() { selection } else { format!("\n{selection}") };
    format!("{text}{selection}\n{}{}", assumptions(results, width), footer(results))
}

/// Says about which differences of the table few replications decide; what is answered in words says so itself.
fn of_few(results: &Results<'_>, differences: &[Difference], width: u16) -> String {
    let (headline, answered) = (results.headline(), results.answered());
    let is_shown = |row: &&Difference| headline.contains(&row.metric) && Some(row.metric) != answered;
    let of = |variant: usize| {
        let shown = differences.iter().filter(is_shown).filter(|row| row.variant == variant);
        let few = shown.filter_map(|row| {
            Some((CATALOGUE[row.metric].title, few::enough(row.paired.n, row.paired.n_enough)?))
        });
        (results.experiment.variants[variant].name.clone(), few.collect())
    };
    let variants: Vec<_> = (0..results.experiment.variants.len()).map(of).collect();
    let line = few::of_table(&variants);
    if line.is_empty() { line } else { format!("{}\n", wrapped_line(&line, width)) }
}

/// Breaks a text into lines.
pub(super) fn wrapped_line(text: &str, width: u16) -> String {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    wrapped(&words, " ", width.into(), "")
}

/// Shows rows under headings; what stands first in a row is never broken into lines.
#[must_use]
pub fn plain(columns: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let mut table = grid(width);
    table.set_header(columns);
    table.add_rows(rows);
    unbroken(&mut table);
    format!("{table}\n")
}

fn cell(words: Words<'_>, paired: &PairedDifference) -> String {
    let Some(mean) = paired.mean else { return "nothing to measure".to_owned() };
    let interval = ends(paired.ci_low, paired.ci_high);
    let mut lines = match interval {
        Some((0.0, 0.0)) => vec!["no difference".to_owned()],
        _ => vec![words.difference(mean)],
    };
    let interval = interval.filter(|&ends| ends != (0.0, 0.0));
    lines.extend(interval.map(|(low, high)| words.bare_difference_interval(low, high)));
    lines.extend(paired.p_better.map(|p| format!("p {}", probability(p))));
    if paired.n_missing > 0 {
        lines.push(format!("{} not measured", counted(paired.n_missing as u64, "pair", "pairs")));
    }
    lines.join("\n")
}

fn ends(low: Option<f64>, high: Option<f64>) -> Option<(f64, f64)> {
    low.zip(high)
}

fn needs_more() -> String {
    "needs two replications".to_owned()
}

fn heading(results: &Results<'_>, width: u16) -> String {
    let Results { experiment, chunk, .. } = *results;
    let scenario = &results.baseline().scenario;
    let mut text = format!("{}\n", experiment.name);
    if let Some(question) = &experiment.question {
        let words: Vec<String> = question.split_whitespace().map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    let accounts = chunk.mean_count(experiment.baseline, |outcome| u64::from(outcome.accounts));
    writeln!(
        text,
        "\n{}, {} from {}, {}, seed {}",
        at_the_start(accounts),
        counted(scenario.horizon.0 as u64, "day", "days"),
        scenario.file.start,
        counted(chunk.len().into(), "replication", "replications"),
        experiment.seed,
    )
    .expect("a string can grow");
    if let Some(book) = &experiment.book {
        let words: Vec<String> = book_read(book).split(' ').map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    let why = match results.stopped_by {
        StoppedBy::Interruption => {
            Some(format!("Interrupted: {} replications were asked for.", experiment.replications))
        }
        _ => precision::look(experiment, chunk).map(|look| precise(results, &look)),
    };
    if let Some(why) = why {
        let words: Vec<String> = why.split(' ').map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    text
}

/// Says whether the answer is as sure as it was to be.
fn precise(results: &Results<'_>, look: &Look) -> String {
    let Some((metric, half_width, asked)) =
        metrics::find(&look.metric).zip(look.half_width).zip(look.asked).map(|((m, h), a)| (m, h, a))
    else {
        return format!("No interval of {} could be made.", look.metric);
    };
    let words = results.words(metric);
    let [width, asked] = [half_width, asked].map(|margin| words.spread(margin));
    let about = if results.experiment.variants.len() > 1 { "the difference in " } else { "" };
    let luck = if look.control_variates { ", with luck taken out," } else { "" };
    let title = lower_first(metric.title);
    let found = format!("The interval of {about}{title}{luck} is {width} to either side");
    let verdict = match look.needed {
        _ if look.reached => format!("{found}; {asked} were enough."),
        Some(needed) => {
            let needed = digits(needed.into(), 0);
            format!("{found}, where {asked} are asked for: about {needed} replications would do.")
        }
        None => format!("{found}, where {asked} are asked for: no number of replications would do."),
    };
    let what = if about.is_empty() { "that mean" } else { "that difference" };
    verdict + &few::about(what, few::enough(look.n, look.n_enough))
}

/// The assumptions that were used, each once, with what is plausible.
fn assumptions(results: &Results<'_>, width: u16) -> String {
    let mut parts: Vec<String> = Vec::new();
    for used in results.assumptions() {
        let (low, base, high) = (&used.low.written, &used.base.written, &used.high.written);
        let part = format!("{} {base} ({low} to {high})", used.name.as_deref().unwrap_or(&used.path));
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(
        "Assumptions used, each with its plausible range; sources stand in the scenario:\n{}\n",
        wrapped(&parts, "; ", width.into(), "  ")
    )
}

fn footer(results: &Results<'_>) -> String {
    format!("digest {}\n", results.digest())
}

/// Writes a share in per cent.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    format!("{} %", digits(percent, usize::from(percent.fract().abs() > 1e-9)))
}

/// Returns an empty table in the style of all of them.
#[must_use]
pub fn grid(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width);
    table
}

/// Lets what stands first in a row never be broken into lines.
pub fn unbroken(table: &mut Table) {
    if let Some(names) = table.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Lets numbers stand on the right.
pub fn aligned(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
