//! Points and correlations of the customers of each segment, and the scenario they make.

use std::fmt::Write;

use super::{Course, Customer, FEWEST, FEWEST_OF_SEGMENT, correlation, of_logarithms, revenue};
use crate::base::math::{exp, ln};
use crate::language::Date;
use crate::population::segment::Segment;

/// Points of a distribution, at the most.
const MOST_POINTS: usize = 10;

/// A measure by its name in a scenario, and how a customer tells it.
type Measure = (&'static str, fn(&Customer) -> Option<f64>);

/// The measures that points are made of.
const MEASURES: [Measure; 3] =
    [("developers", |customer| customer.developers), ("seats", |customer| customer.seats), ("arr", revenue)];

/// A segment of a book.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFit {
    /// The segment.
    pub segment: Segment,
    /// Its share of the customers.
    pub share: f64,
    /// Points of developers, seats and revenue; empty where they are not told.
    pub points: [Vec<f64>; 3],
    /// Mean and spread of the logarithms that a run is to open with.
    wanted: [Option<(f64, f64)>; 3],
    /// Correlations of developers with seats, of developers with revenue, and of seats with revenue.
    pub correlations: [f64; 3],
    /// Those that a run is to open with.
    wanted_correlations: [Option<f64>; 3],
}

/// The pairs of measures that correlations are of.
const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// What a book amounts to.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Customers.
    pub customers: usize,
    /// How they came, and for how long they sign.
    pub course: Course,
    /// Its segments, in their order.
    pub groups: Vec<GroupFit>,
    /// Mean and standard deviation of utilization.
    pub utilization: Option<(f64, f64)>,
    /// Mean and standard deviation of usage.
    pub usage: Option<(f64, f64)>,
}

impl Fit {
    /// Fits a population to the customers of a book who came and signed like `course`.
    #[must_use]
    pub fn of(customers: &[Customer], course: Course) -> Self {
        let all: Vec<&Customer> = customers.iter().collect();
        let groups = Segment::ALL.iter().filter_map(|&segment| {
            let own: Vec<&Customer> =
                all.iter().copied().filter(|customer| customer.segment == segment).collect();
            let share = own.len() as f64 / all.len() as f64;
            let shown = if own.len() < FEWEST_OF_SEGMENT { &all } else { &own };
            let column = |at: usize| shown.iter().filter_map(move |customer| MEASURES[at].1(customer));
            let wanted_correlations = PAIRS.map(|pair| hang(shown.iter().copied(), pair));
            (!own.is_empty()).then(|| GroupFit {
                segment,
                share,
                points: [0, 1, 2].map(|at| points(column(at).collect())),
                wanted: [0, 1, 2].map(|at| of_logarithms(column(at))),
                correlations: possible(wanted_correlations.map(|wanted| wanted.unwrap_or(0.0))),
                wanted_correlations,
            })
        });
        let groups = groups.collect();
        let (utilization, usage) =
            (moments(&all, |customer| customer.utilization), moments(&all, |customer| customer.usage));
        Self { customers: customers.len(), course, groups, utilization, usage }
    }

    /// Moves points and correlations so that customers like `opened`, which they made, would have the measured ones.
    pub fn adjust(&mut self, opened: &[Customer]) {
        for group in &mut self.groups {
            for ((points, wanted), (_, measure)) in group.points.iter_mut().zip(group.wanted).zip(MEASURES) {
                let own = opened.iter().filter(|customer| customer.segment == group.segment);
                let Some((mean, spread)) = of_logarithms(own.filter_map(measure)) else { continue };
                let Some((wanted_mean, wanted_spread)) = wanted else { continue };
                // Few customers leave the ratio of spreads to chance.
                let stretch = if spread > 1e-6 { (wanted_spread / spread).clamp(0.5, 2.0) } else { 1.0 };
                for point in points.iter_mut().filter(|point| **point > 0.0) {
                    *point = exp(wanted_mean + stretch * (ln(*point) - mean));
                }
            }
            let own = || opened.iter().filter(|customer| customer.segment == group.segment);
            let mut moved = group.correlations;
            for ((correlation, wanted), pair) in moved.iter_mut().zip(group.wanted_correlations).zip(PAIRS) {
                if let Some((wanted, seen)) = wanted.zip(hang(own(), pair)) {
                    *correlation += wanted - seen;
                }
            }
            group.correlations = possible(moved);
        }
    }

    /// Writes the scenario: `title` is its name, `extends` the program, `groups` those of the program's customers.
    #[must_use]
    pub fn scenario(&self, frame: &Frame<'_>) -> String {
        let mut text = String::new();
        self.write(frame, &mut text).expect("a string can grow");
        text
    }

    fn write(&self, frame: &Frame<'_>, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "# A population that resembles a book of {} customers, segment by segment.",
            self.customers
        )?;
        writeln!(
            text,
            "# Nobody of the book is in it: every point is the mean of {FEWEST} customers or more, to three digits."
        )?;
        writeln!(text, "# What the book does not tell is the program's own.\n")?;
        writeln!(text, "name = {}", quoted(frame.name))?;
        writeln!(text, "question = \"What becomes of customers like these?\"")?;
        writeln!(text, "extends = {}", quoted(frame.extends))?;
        writeln!(text, "start = {}\nhorizon = \"2y\"\ncurrency = {}", frame.start, quoted(frame.currency))?;
        writeln!(text, "\n[population]\naccounts = {}", self.customers)?;
        // Otherwise those whom the program's rule gives to another team would not be there on the first day.
        writeln!(text, "resegment = \"never\"    # all of the book's customers stay with the program")?;
        if let Some(months) = self.course.history {
            writeln!(text, "history = \"{months}mo\"    # the oldest customer came no earlier")?;
        }
        if let Some(arrivals) = self.course.arrivals {
            let percent = 100.0 * arrivals;
            writeln!(
                text,
                "arrivals = \"{percent:.1}% per year\"    # as many as in the last twelve months"
            )?;
        }
        self.write_terms(frame, text)?;
        for name in frame.groups {
            writeln!(text, "\n[[population.group]]\nname = {}\nremove = true", quoted(name))?;
        }
        for (place, group) in self.groups.iter().enumerate() {
            let (from, to) = bounds(group.segment);
            writeln!(
                text,
                "\n[[population.group]]\nname = \"like-{}\"\nsegment = \"{}\"",
                group.segment, group.segment
            )?;
            // The last one takes the rest, so that rounded shares make the whole.
            if place + 1 < self.groups.len() {
                writeln!(text, "share = \"{:.1}%\"", 100.0 * group.share)?;
            }
            writeln!(text, "developers_from = {from}\ndevelopers_to = {to}")?;
            if group.points.iter().all(Vec::is_empty) {
                continue;
            }
            writeln!(text, "\n[population.group.likeness]")?;
            for ((name, _), points) in MEASURES.iter().zip(&group.points) {
                if !points.is_empty() {
                    writeln!(text, "{name} = [{}]", listed(points, *name == "arr"))?;
                }
            }
            let told = |a: usize, b: usize| !group.points[a].is_empty() && !group.points[b].is_empty();
            let pairs =
                [("developers_seats", told(0, 1)), ("developers_arr", told(0, 2)), ("seats_arr", told(1, 2))];
            for ((name, is_told), correlation) in pairs.into_iter().zip(group.correlations) {
                if is_told {
                    writeln!(text, "{name} = {correlation:.2}")?;
                }
            }
        }
        if self.utilization.is_some() || self.usage.is_some() {
            writeln!(text, "\n[usage]")?;
        }
        for (name, told) in [("ceiling", self.utilization), ("usage", self.usage)] {
            if let Some((mean, spread)) = told {
                let [mean, spread] =
                    [mean.clamp(0.01, 0.99), spread.clamp(0.0, 0.5)].map(|share| 100.0 * share);
                writeln!(text, "{name} = \"{mean:.1}%\"\n{name}_spread = \"{spread:.1}%\"")?;
            }
        }
        Ok(())
    }
}

impl Fit {
    fn write_terms(&self, frame: &Frame<'_>, text: &mut String) -> std::fmt::Result {
        if self.course.terms.is_empty() {
            return Ok(());
        }
        for name in frame.terms {
            writeln!(text, "\n[[population.term]]\nname = {}\nremove = true", quoted(name))?;
        }
        let mut rest = 1_000;
        for (place, (months, share)) in self.course.terms.iter().enumerate() {
            // The last one takes the rest, so that rounded shares make the whole.
            let is_last = place + 1 == self.course.terms.len();
            let thousandths = if is_last { rest } else { (1_000.0 * share).round() as i32 };
            rest -= thousandths;
            let share = f64::from(thousandths) / 10.0;
            writeln!(
                text,
                "\n[[population.term]]\nname = \"months-{months}\"\nshare = \"{share:.1}%\"\nlength = \"{months}mo\""
            )?;
        }
        Ok(())
    }
}

/// What a twin's scenario needs beside the customers.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its name.
    pub name: &'a str,
    /// The program, relative to the scenario.
    pub extends: &'a str,
    /// Its first day.
    pub start: Date,
    /// The currency of its amounts.
    pub currency: &'a str,
    /// Groups of the program's customers, which these take the place of.
    pub groups: &'a [String],
    /// Its lengths of terms, which those told take the place of.
    pub terms: &'a [String],
}

/// Returns the geometric means of evenly sized lots of the values, each of [`FEWEST`] or more.
fn points(mut values: Vec<f64>) -> Vec<f64> {
    values.retain(|&value| value > 0.0);
    values.sort_unstable_by(f64::total_cmp);
    let lots = (values.len() / FEWEST).min(MOST_POINTS);
    let lot = |at: usize| &values[at * values.len() / lots..(at + 1) * values.len() / lots];
    (0..lots)
        .map(|at| exp(lot(at).iter().map(|&value| ln(value)).sum::<f64>() / lot(at).len() as f64))
        .collect()
}

/// How two measures of customers hang together.
fn hang<'c>(customers: impl Iterator<Item = &'c Customer>, (a, b): (usize, usize)) -> Option<f64> {
    correlation(
        customers.filter_map(|customer| MEASURES[a].1(customer).zip(MEASURES[b].1(customer))).collect(),
    )
}

/// Draws correlations towards none until three measures can hang together like that.
fn possible(correlations: [f64; 3]) -> [f64; 3] {
    let mut correlations = correlations.map(|correlation| correlation.clamp(-0.98, 0.98));
    let determinant = |[ds, da, sa]: [f64; 3]| 1.0 + 2.0 * ds * da * sa - ds * ds - da * da - sa * sa;
    // Rounding to two digits must not pass the edge.
    while determinant(correlations) < 0.02 {
        correlations = correlations.map(|correlation| 0.97 * correlation);
    }
    correlations
}

fn moments(customers: &[&Customer], of: fn(&Customer) -> Option<f64>) -> Option<(f64, f64)> {
    let values: Vec<f64> = customers.iter().filter_map(|customer| of(customer)).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    (values.len() >= FEWEST).then(|| (mean, (squares / n).sqrt()))
}

/// Fewest and most developers of a segment.
fn bounds(segment: Segment) -> (u32, u32) {
    match segment {
        Segment::Smb => (5, 99),
        Segment::MidMarket => (100, 500),
        Segment::Enterprise => (501, 2_500),
        Segment::Strategic => (2_501, 10_000),
    }
}

/// Points to three digits, counts to whole numbers.
fn listed(points: &[f64], is_money: bool) -> String {
    let shown = points.iter().map(|&point| {
        let rounded: f64 = format!("{point:.2e}").parse().unwrap_or(point);
        if is_money { format!("{:.2}", rounded.max(0.01)) } else { format!("{:.0}", rounded.max(1.0)) }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A text in quotation marks, as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
