//! What an answer hangs on, as a manager reads it.

use std::fmt::Write;

use super::Asked;
use crate::base::stats::{Index, Interval};
use crate::experiment::sensitivity::{Decision, Finding, Ranged, Screen, Shares, Tornado, Turning};
use crate::language::AssumptionUse;
use crate::metrics::Unit;
use crate::output::table::{aligned, grid, unbroken};
use crate::output::words::{Words, counted, wrapped};
use crate::scenario::sensitivity::Draw;

/// The most assumptions that are shown; all of them are in the document.
const SHOWN: usize = 12;

const NOT_MEASURED: &str = "No replication had something to measure in every world.";

/// Shows the assumptions that do most, and what that means, `width` characters wide.
#[must_use]
pub fn show(asked: &Asked<'_>, width: u16) -> String {
    let mut text = heading(asked, width);
    let (table, sentences) = match asked.finding() {
        Finding::Tornado(tornado) => swings(asked, tornado, width),
        Finding::Screen(screen) => effects(asked, screen, width),
        Finding::Shares(shares) => owed(asked, shares, width),
        Finding::Worlds(None) => (String::new(), vec![NOT_MEASURED.to_owned()]),
        Finding::Worlds(Some(decision)) => turns(asked, decision, width),
    };
    text.push_str(&table);
    let hidden = asked.question.factors.len().saturating_sub(SHOWN);
    if hidden > 0 {
        let others = counted(hidden as u64, "assumption does", "assumptions do");
        writeln!(text, "{others} less; --json lists all of them.").expect("a string can grow");
    }
    for sentence in sentences {
        text.push_str(&paragraph(&sentence, width));
    }
    text
}

fn heading(asked: &Asked<'_>, width: u16) -> String {
    let (experiment, question) = (asked.experiment(), asked.question);
    let mut text = format!("{}\n", experiment.name);
    if let Some(question) = &experiment.question {
        text.push_str(&paragraph(question, width));
    }
    let about = match question.names() {
        Some((variant, minus)) => format!("{}, {variant} minus {minus}", asked.metric().title),
        None => asked.metric().title.to_owned(),
    };
    let base = asked.base_estimate().map_or("nothing to measure".to_owned(), |estimate| {
        let interval = estimate.ci_low.zip(estimate.ci_high);
        let interval =
            interval.map_or(String::new(), |(low, high)| format!(" ({})", asked.interval(low, high)));
        format!("{}{interval}", asked.value(estimate.mean))
    });
    writeln!(text, "\n{about}, all assumptions at their base: {base}").expect("a string can grow");
    writeln!(
        text,
        "{} varied by method \"{}\": {} of {}, seed {}",
        counted(question.factors.len() as u64, "assumption", "assumptions"),
        question.settings.method.name(),
        counted(asked.answered.points.len() as u64, "point", "points"),
        counted(question.replications.into(), "replication", "replications"),
        experiment.seed
    )
    .expect("a string can grow");
    text
}

fn paragraph(sentence: &str, width: u16) -> String {
    let words: Vec<String> = sentence.split_whitespace().map(str::to_owned).collect();
    wrapped(&words, " ", width.into(), "")
}

impl<'a> Asked<'a> {
    fn words(&self) -> Words<'a> {
        let currency = self.experiment().variants[0].scenario.file.currency.as_str();
        Words { unit: self.metric().unit, currency }
    }

    /// Writes an answer, with its sign where it is a difference.
    fn value(&self, value: f64) -> String {
        if self.question.names().is_some() {
            self.words().difference(value)
        } else {
            self.words().value(value)
        }
    }

    fn interval(&self, low: f64, high: f64) -> String {
        if self.question.names().is_some() {
            self.words().difference_interval(low, high)
        } else {
            self.words().interval(low, high)
        }
    }

    /// The factors shown, as indices, and how each is called, with its range.
    fn shown(&self) -> impl Iterator<Item = (usize, [String; 2])> {
        self.order().into_iter().take(SHOWN).map(|at| {
            let factor = &self.question.factors[at];
            let (low, high) = (&factor.low.written, &factor.high.written);
            (at, [factor.title().to_owned(), format!("{low} to {high}")])
        })
    }

    /// Writes a change of the answer, with its sign, and its interval below.
    fn change(&self, effect: [Option<f64>; 3]) -> String {
        let [Some(mean), low, high] = effect else { return "nothing to measure".to_owned() };
        let interval = low.zip(high).map_or(String::new(), |(low, high)| {
            format!("\n{}", self.words().bare_difference_interval(low, high))
        });
        format!("{}{interval}", self.words().difference(mean))
    }
}

fn swings(asked: &Asked<'_>, tornado: &Tornado, width: u16) -> (String, Vec<String>) {
    let mut table = grid(width);
    table.set_header(["Assumption", "Range", "At low", "At high", "High minus low", ""]);
    let widest =
        tornado.swings.iter().filter_map(|swing| swing.effect.mean).fold(0.0, |a: f64, b| a.max(b.abs()));
    let mut turning = Vec::new();
    for (at, [name, range]) in asked.shown() {
        let swing = &tornado.swings[at];
        let end = |end: Option<f64>| end.map_or("nothing to measure".to_owned(), |value| asked.value(value));
        let (low, high) = (swing.at_low.map(|it| it.mean), swing.at_high.map(|it| it.mean));
        let effect = [swing.effect.mean, swing.effect.ci_low, swing.effect.ci_high];
        let bar = swing.effect.mean.map_or(String::new(), |mean| bar(mean.abs() / widest));
        if let Some((low, high)) = low.zip(high).filter(|(low, high)| low * high < 0.0) {
            turning.push(format!("{name} ({} to {})", asked.value(low), asked.value(high)));
        }
        table.add_row([name, range, end(low), end(high), asked.change(effect), bar]);
    }
    unbroken(&mut table);
    aligned(&mut table);
    if let Some(bars) = table.column_mut(5) {
        bars.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    let mut sentences = vec![hangs_most(asked)];
    if let Some((variant, minus)) = asked.question.names() {
        sentences.push(if turning.is_empty() {
            format!("No assumption alone turns the sign between {variant} and {minus} inside its range.")
        } else {
            let these = turning.join("; ");
            format!("Alone, and with all others at their base, these turn the sign between {variant} and {minus}: {these}.")
        });
    }
    (format!("{table}\n"), sentences)
}

fn effects(asked: &Asked<'_>, screen: &Screen, width: u16) -> (String, Vec<String>) {
    let mut table = grid(width);
    table.set_header(["Assumption", "Range", "Mean size (mu*)", "Mean (mu)", "Spread (sigma)"]);
    for (at, [name, range]) in asked.shown() {
        table.add_row(match screen.effects[at] {
            None => [name, range, "nothing to measure".to_owned(), String::new(), String::new()],
            Some(effect) => {
                let words = asked.words();
                let size = effect.mu_star;
                let interval = size.ci_low.zip(size.ci_high).map_or(String::new(), |(low, high)| {
                    format!("\n{} to {}", words.spread(low.max(0.0)), words.spread(high))
                });
                let size = format!("{}{interval}", words.spread(size.mean));
                let mu = asked.change([Some(effect.mu.mean), effect.mu.ci_low, effect.mu.ci_high]);
                [name, range, size, mu, effect.mu.stddev.map_or(String::new(), |it| words.spread(it))]
            }
        });
    }
    unbroken(&mut table);
    aligned(&mut table);
    let meaning = "An effect is what the whole range of an assumption changes, wherever the others stand. A spread that is small beside \
                   the mean size means that it acts alone and in a straight line; a large one, that it bends or acts together \
                   with others.";
    let mut sentences = vec![hangs_most(asked), meaning.to_owned()];
    if screen.n_missing > 0 {
        sentences.push(format!(
            "{} had nothing to measure at one end and were left out.",
            counted(screen.n_missing as u64, "step", "steps")
        ));
    }
    (format!("{table}\n"), sentences)
}

fn owed(asked: &Asked<'_>, shares: &Shares, width: u16) -> (String, Vec<String>) {
    let mut sentences = Vec::new();
    if shares.n_missing > 0 {
        let samples = counted(shares.n_missing as u64, "sample", "samples");
        sentences.push(format!("{samples} had nothing to measure at some point and were left out."));
    }
    let Some(indices) = &shares.indices else {
        sentences.push("The answer does not vary over these ranges.".to_owned());
        return (String::new(), sentences);
    };
    let mut table = grid(width);
    table.set_header(["Assumption", "Range", "Alone (first index)", "Also with others (total index)"]);
    let cell = |index: Index| {
        let Interval { low, high } = index.interval;
        format!("{}\n{}", PARTS.value(index.share), PARTS.interval(low, high))
    };
    for (at, [name, range]) in asked.shown() {
        table.add_row([name, range, cell(indices.first[at]), cell(indices.total[at])]);
    }
    unbroken(&mut table);
    aligned(&mut table);
    let alone: f64 = indices.first.iter().map(|index| index.share).sum();
    sentences.insert(0, hangs_most(asked));
    sentences.insert(
        1,
        format!(
            "Over these ranges, drawn {}, the answer spreads by {} (sd). {} of its variance is owed to assumptions that act \
             alone, the rest to what they do together. Total indices count that for each of those that take part.",
            drawn(asked),
            asked.words().spread(indices.variance.sqrt()),
            PARTS.value(alone.clamp(0.0, 1.0)),
        ),
    );
    (format!("{table}\n"), sentences)
}

fn turns(asked: &Asked<'_>, decision: &Decision, width: u16) -> (String, Vec<String>) {
    let mut table = grid(width);
    table.set_header(["Assumption", "Range", "Explains", "The call turns at", "Worth to learn first"]);
    let worth = |worth: Ranged| {
        let (words, Interval { low, high }) = (asked.words(), worth.interval);
        format!("{}\n{} to {}", words.spread(worth.value), words.spread(low), words.spread(high))
    };
    for (at, [name, range]) in asked.shown() {
        let (learning, factor) = (decision.learning[at], &asked.question.factors[at]);
        let turning = learning.turning.map_or("-".to_owned(), |turning| {
            let [at, low, high] =
                [turning.at, turning.interval.low, turning.interval.high].map(|value| factor.shown(value));
            format!("{at}\n{low} to {high}")
        });
        table.add_row([name, range, PARTS.value(learning.explains), turning, worth(learning.worth)]);
    }
    unbroken(&mut table);
    aligned(&mut table);
    let Some((variant, minus)) = asked.question.names() else { return (format!("{table}\n"), Vec::new()) };
    let (better, mean) = (decision.better, decision.difference);
    let mut sentences = vec![format!(
        "{variant} beats {minus} in {} of {} plausible worlds ({}), drawn {}: {} on average ({}). On these assumptions the \
         choice is {}.",
        PARTS.value(better.value),
        decision.worlds,
        PARTS.interval(better.interval.low, better.interval.high),
        drawn(asked),
        asked.value(mean.value),
        asked.interval(mean.interval.low, mean.interval.high),
        if decision.is_chosen { variant } else { minus },
    )];
    let turning = asked.order().into_iter().filter_map(|at| {
        let turning = decision.learning[at].turning?;
        Some(turns_when(&asked.question.factors[at], turning, decision.is_chosen))
    });
    let turning: Vec<String> = turning.collect();
    sentences.push(if turning.is_empty() {
        "No assumption alone turns the call inside its range, the others as likely as they are.".to_owned()
    } else {
        format!("The call turns when {}, the others as likely as they are.", turning.join(", or when "))
    });
    let first =
        asked.order().first().map(|&at| (decision.learning[at].worth, asked.question.factors[at].title()));
    let learn = first.filter(|(worth, _)| worth.value > 0.0).map_or(String::new(), |(worth, name)| {
        format!(" To learn {name} alone would be worth {}.", asked.words().spread(worth.value))
    });
    sentences.push(format!(
        "To know all of them before deciding would be worth {} ({} to {}).{learn}",
        asked.words().spread(decision.worth.value),
        asked.words().spread(decision.worth.interval.low),
        asked.words().spread(decision.worth.interval.high),
    ));
    if decision.n_missing > 0 {
        let left_out = counted(decision.n_missing as u64, "replication", "replications");
        sentences.push(format!("{left_out} had nothing to measure in some world and were left out of all."));
    }
    (format!("{table}\n"), sentences)
}

/// Says on which side of the turning point the other one would be the choice.
fn turns_when(factor: &AssumptionUse, turning: Turning, is_chosen: bool) -> String {
    let side = if turning.better_above == is_chosen { "below" } else { "above" };
    format!("{} is {side} {}", factor.title(), factor.shown(turning.at))
}

/// Shares of a whole.
const PARTS: Words<'static> = Words { unit: Unit::Fraction, currency: "" };

/// How assumptions are drawn, in words.
fn drawn(asked: &Asked<'_>) -> &'static str {
    match asked.question.draw() {
        Draw::Triangular => "from triangles with their tip at the base",
        Draw::Uniform => "evenly from their ranges",
    }
}

/// Names the assumptions whose effect is at least half the largest one's.
fn hangs_most(asked: &Asked<'_>) -> String {
    let size = |at: usize| asked.size(at).unwrap_or(0.0);
    let order = asked.order();
    let largest = order.first().map_or(0.0, |&at| size(at));
    if largest == 0.0 {
        return "No assumption changes the answer.".to_owned();
    }
    let most = order.into_iter().take_while(|&at| size(at) >= 0.5 * largest);
    let names: Vec<&str> = most.map(|at| asked.question.factors[at].title()).collect();
    format!("The answer hangs most on {}.", listed(&names))
}

/// Writes names as a sentence does: `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Draws a share of the longest bar.
fn bar(share: f64) -> String {
    const LONGEST: f64 = 20.0;
    "█".repeat((share * LONGEST).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Level;

    /// A variant that is better above the turning point loses the choice below it; one not chosen wins it above.
    #[test]
    fn the_call_turns_on_the_side_where_the_other_one_is_better() {
        let level = |value: f64| Level { value, written: format!("{value}") };
        let factor = AssumptionUse {
            name: Some("lift".to_owned()),
            path: "some.setting".to_owned(),
            key: "assume.lift".to_owned(),
            kind: "number",
            low: level(0.0),
            base: level(0.5),
            high: level(1.0),
            source: "assumption".to_owned(),
        };
        for (better_above, is_chosen, side) in
            [(true, true, "below"), (true, false, "above"), (false, true, "above"), (false, false, "below")]
        {
            let turning = Turning { at: 0.25, interval: Interval { low: 0.2, high: 0.3 }, better_above };
            assert_eq!(turns_when(&factor, turning, is_chosen), format!("lift is {side} 0.25"));
        }
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        let cases: [(&[&str], &str); 4] =
            [(&[], ""), (&["a"], "a"), (&["a", "b"], "a and b"), (&["a", "b", "c"], "a, b and c")];
        for (names, expected) in cases {
            assert_eq!(listed(names), expected);
        }
    }
}
