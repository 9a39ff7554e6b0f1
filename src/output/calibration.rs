//! A fit and its back-test, as a document and as a person reads it.

use std::fmt::Write;

use serde::Serialize;

use crate::experiment::calibrate::backtest::{BackTest, Prediction};
use crate::experiment::calibrate::formulas::Formulas;
use crate::experiment::calibrate::question::Question;
use crate::experiment::calibrate::{Fit, Parameter, Reached};
use crate::output::document::{Header, SCHEMA_VERSION, TOOL_VERSION};
use crate::output::table::plain;
use crate::output::words::{digits, wrapped};
use crate::population::history::{History, TableRead};
use crate::population::segment::Segment;
use crate::population::survey::limits;

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub struct Calibration<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The fit; nothing where only a back-test was asked for.
    pub fit: Option<&'a Fit>,
    /// Fits by formula, where there is a history.
    pub formulas: Option<&'a Formulas>,
    /// The back-test, where there is a history.
    pub test: Option<&'a BackTest>,
}

/// The document of `calibrate`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationDocument {
    /// What every document begins with: of the scenario at the estimates.
    #[serde(flatten)]
    pub header: Header,
    /// Whether the fit converged; `null` where only a back-test was asked for.
    pub converged: Option<bool>,
    /// Why it did not.
    pub failures: Vec<String>,
    /// The fitted assumptions.
    pub parameters: Vec<ParameterRow>,
    /// The figures aimed at.
    pub targets: Vec<TargetRow>,
    /// Fits by formula; `null` without a history.
    pub formulas: Option<Formulas>,
    /// The back-test; `null` without a history.
    pub held_out: Option<HeldOut>,
    /// Replications run for the fit.
    pub replications_spent: u64,
}

/// The document of `calibrate` without a scenario: fits by formula alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormulasDocument {
    /// Version of the documents' form.
    pub schema_version: u32,
    /// Version of the program.
    pub tool_version: &'static str,
    /// The mapping of the history.
    pub book: String,
    /// The last day it covers.
    pub through: String,
    /// The files it was read from.
    pub tables: Vec<TableRead>,
    /// The fits.
    pub formulas: Formulas,
    /// What the history cannot support.
    pub cannot: Vec<String>,
}

impl FormulasDocument {
    /// Describes fits to the history that the file `book` maps.
    #[must_use]
    pub fn of(book: &str, history: &History, formulas: Formulas) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: TOOL_VERSION,
            book: book.to_owned(),
            through: history.through.to_string(),
            tables: history.tables.clone(),
            formulas,
            cannot: limits(history),
        }
    }

    /// Shows it, `width` characters wide.
    #[must_use]
    pub fn show(&self, width: u16) -> String {
        let mut text = format!("{}\n{}", self.book, by_formula(&self.formulas, width));
        if !self.cannot.is_empty() {
            text.push_str("\nWhat this history cannot tell:\n");
            for words in &self.cannot {
                paragraph(&mut text, words, width, "  ");
            }
        }
        text
    }
}

/// A fitted assumption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterRow {
    /// What an override changes.
    pub path: String,
    /// The estimate, in the unit of its kind.
    pub estimate: f64,
    /// The same, as a scenario writes it.
    pub written: String,
    /// Ends of the interval.
    pub ci_low: f64,
    /// See `ci_low`.
    pub ci_high: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Range that it was looked for in.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Share of the variance beforehand that the data have taken away.
    pub learned: f64,
    /// Whether that is half of it or more.
    pub identified: bool,
}

/// A figure aimed at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetRow {
    /// The figure.
    pub figure: &'static str,
    /// What happened.
    pub wanted: f64,
    /// What the fitted scenario shows, mean over replications.
    pub reached: Option<f64>,
    /// How near is near enough.
    pub tolerance: f64,
    /// By how much one history scatters (a standard deviation).
    pub luck: f64,
    /// Whether it is near enough.
    pub ok: bool,
}

/// A back-test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldOut {
    /// The first day held out.
    pub from: String,
    /// The day after the last.
    pub to: String,
    /// Predictions whose interval holds what happened.
    pub covered: usize,
    /// Predictions.
    pub predicted: usize,
    /// Figures that all three predict.
    pub compared: usize,
    /// Mean absolute error of the scenario on these.
    pub error: Option<f64>,
    /// Of last year's rate.
    pub error_last_year: Option<f64>,
    /// Of the beta-geometric curve.
    pub error_curve: Option<f64>,
    /// Who came nearest: `scenario`, `last_year` or `curve`.
    pub nearest: Option<&'static str>,
    /// The predictions.
    pub figures: Vec<PredictionRow>,
}

/// A prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredictionRow {
    /// The segment; `null`: the whole book.
    pub segment: Option<Segment>,
    /// Accounts.
    pub accounts: usize,
    /// The figure.
    pub figure: &'static str,
    /// What happened.
    pub happened: f64,
    /// Mean of what was predicted.
    pub predicted: f64,
    /// Ends of its interval.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Whether the interval holds what happened.
    pub ok: bool,
    /// What last year's rate predicts.
    pub last_year: Option<f64>,
    /// What the curve predicts.
    pub curve: Option<f64>,
}

impl CalibrationDocument {
    /// Describes a fit; `header` is of the scenario at the estimates.
    #[must_use]
    pub fn of(header: Header, shown: &Calibration<'_>) -> Self {
        let parameter = |it: &Parameter| ParameterRow {
            path: it.assumption.key.clone(),
            estimate: it.estimate,
            written: it.assumption.shown(it.estimate),
            ci_low: it.interval.0,
            ci_high: it.interval.1,
            confidence: shown.question.confidence,
            low: it.assumption.low.value,
            high: it.assumption.high.value,
            learned: it.learned,
            identified: it.is_identified(),
        };
        let target = |it: &Reached| TargetRow {
            figure: it.figure.name(),
            wanted: it.wanted,
            reached: it.reached,
            tolerance: it.tolerance,
            luck: it.luck,
            ok: it.is_met(),
        };
        let fit = shown.fit;
        Self {
            header,
            converged: fit.map(|fit| fit.failures.is_empty()),
            failures: fit.map_or_else(Vec::new, |fit| fit.failures.clone()),
            parameters: fit.map_or_else(Vec::new, |fit| fit.parameters.iter().map(parameter).collect()),
            targets: fit.map_or_else(Vec::new, |fit| fit.targets.iter().map(target).collect()),
            formulas: shown.formulas.cloned(),
            held_out: shown.test.map(HeldOut::of),
            replications_spent: fit.map_or(0, |fit| fit.spent),
        }
    }
}

impl HeldOut {
    fn of(test: &BackTest) -> Self {
        let (covered, predicted) = test.covered();
        let errors = test.errors();
        Self {
            from: test.stretch.from.to_string(),
            to: test.stretch.to.to_string(),
            covered,
            predicted,
            compared: errors.map_or(0, |errors| errors.figures),
            error: errors.map(|errors| errors.scenario),
            error_last_year: errors.map(|errors| errors.last_year),
            error_curve: errors.and_then(|errors| errors.curve),
            nearest: nearest(test).map(|(name, _)| name),
            figures: test.predictions.iter().map(PredictionRow::of).collect(),
        }
    }
}

impl PredictionRow {
    fn of(it: &Prediction) -> Self {
        Self {
            segment: it.segment,
            accounts: it.accounts,
            figure: it.figure.name(),
            happened: it.happened,
            predicted: it.predicted,
            low: it.interval.0,
            high: it.interval.1,
            ok: it.holds(),
            last_year: it.last_year,
            curve: it.curve,
        }
    }
}

/// Who came nearest on average, in the words of the document and of people.
fn nearest(test: &BackTest) -> Option<(&'static str, &'static str)> {
    let errors = test.errors()?;
    let mut best = ("scenario", "the scenario", errors.scenario);
    if errors.last_year < best.2 {
        best = ("last_year", "last year's rate", errors.last_year);
    }
    if let Some(curve) = errors.curve.filter(|curve| *curve < best.2) {
        best = ("curve", "the curve", curve);
    }
    Some((best.0, best.1))
}

/// Shows a fit and its back-test, `width` characters wide.
#[must_use]
pub fn show(name: &str, shown: &Calibration<'_>, width: u16) -> String {
    let mut text = format!("{name}\n");
    if let Some(formulas) = shown.formulas {
        text.push_str(&by_formula(formulas, width));
    }
    if let Some(fit) = shown.fit.filter(|fit| !fit.parameters.is_empty()) {
        text.push_str(&fitted(shown.question, fit, width));
    }
    if let Some(test) = shown.test {
        text.push_str(&back_test(test, shown.question.confidence, width));
    }
    text
}

fn by_formula(formulas: &Formulas, width: u16) -> String {
    let mut text = "\nBy formula, from the history alone:\n".to_owned();
    for sentence in formulas.sentences() {
        paragraph(&mut text, &sentence, width, "  ");
    }
    text
}

fn fitted(question: &Question, fit: &Fit, width: u16) -> String {
    let percent = digits(question.confidence * 100.0, 0);
    let rows: Vec<Vec<String>> = fit
        .parameters
        .iter()
        .map(|it| {
            let shown = |value: f64| it.assumption.shown(value);
            let said = if it.is_identified() { "" } else { "the data hardly tell" };
            vec![
                it.assumption.title().to_owned(),
                shown(it.estimate),
                format!("{} to {}", shown(it.interval.0), shown(it.interval.1)),
                format!("{} to {}", it.assumption.low.written, it.assumption.high.written),
                format!("{} %", digits(it.learned * 100.0, 0)),
                said.to_owned(),
            ]
        })
        .collect();
    let interval = format!("{percent} % interval");
    let columns = ["Assumption", "Estimate", &interval, "Range before", "Learned", ""];
    let mut text = format!("\n{}", plain(&columns, &rows, width));
    let rows: Vec<Vec<String>> = fit
        .targets
        .iter()
        .map(|it| {
            vec![
                it.figure.name().to_owned(),
                number(it.wanted),
                it.reached.map_or("nothing to measure".to_owned(), number),
                number(it.tolerance),
                number(it.luck),
                if it.is_met() { "yes".to_owned() } else { "no".to_owned() },
            ]
        })
        .collect();
    let columns = ["Target", "Happened", "Reached", "Tolerance", "Luck (sd)", "Near enough"];
    write!(text, "\n{}", plain(&columns, &rows, width)).expect("a string can grow");
    text
}

fn back_test(test: &BackTest, confidence: f64, width: u16) -> String {
    let percent = digits(confidence * 100.0, 0);
    let rows: Vec<Vec<String>> = test
        .predictions
        .iter()
        .map(|it| {
            let rival = |value: Option<f64>| value.map_or("-".to_owned(), number);
            let part = it.segment.map_or_else(|| "all".to_owned(), |segment| segment.to_string());
            vec![
                format!("{part} ({})", it.accounts),
                it.figure.name().to_owned(),
                number(it.happened),
                number(it.predicted),
                format!(
                    "{} to {}{}",
                    number(it.interval.0),
                    number(it.interval.1),
                    if it.holds() { "" } else { " !" }
                ),
                rival(it.last_year),
                rival(it.curve),
            ]
        })
        .collect();
    let interval = format!("{percent} % interval");
    let columns = ["Accounts", "Figure", "Happened", "Predicted", &interval, "Last year", "Curve"];
    let mut text = format!(
        "\nHeld out: {} up to, and not with, {}, from the accounts of the first day:\n{}",
        test.stretch.from,
        test.stretch.to,
        plain(&columns, &rows, width)
    );
    paragraph(&mut text, &verdict(test, &percent), width, "");
    text
}

fn verdict(test: &BackTest, percent: &str) -> String {
    let (held, all) = test.covered();
    let mut words = format!("{held} of {all} figures lie inside their {percent} % intervals.");
    if let (Some(errors), Some((name, who))) = (test.errors(), nearest(test)) {
        let curve = errors.curve.map_or(String::new(), |curve| format!(", the curve by {}", points(curve)));
        let over =
            if errors.figures == 1 { "one figure".to_owned() } else { format!("{} figures", errors.figures) };
        write!(
            words,
            " Over the {over} that all predict, the scenario is off by {}, last year's rate by {}{curve}: {who} came nearest.",
            points(errors.scenario),
            points(errors.last_year)
        )
        .expect("a string can grow");
        if name != "scenario" {
            words.push_str(" For the rate of retention alone the simpler rule would have done.");
        }
    }
    match test.curve {
        None => words.push_str(" Too few renewals are known for a curve."),
        Some(curve) if curve.is_flat => {
            words.push_str(" The curve is flat: customers renew alike at every age.");
        }
        Some(_) => {}
    }
    words
}

fn points(error: f64) -> String {
    format!("{} points", digits(error * 100.0, 1))
}

/// A fraction in percent; other numbers with four figures.
fn number(value: f64) -> String {
    if value.abs() <= 2.0 { format!("{} %", digits(value * 100.0, 1)) } else { digits(value, 1) }
}

fn paragraph(text: &mut String, words: &str, width: u16, indent: &str) {
    let parts: Vec<String> = words.split(' ').map(str::to_owned).collect();
    text.push_str(&wrapped(&parts, " ", width.into(), indent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibrate::figure::Figure;
    use crate::experiment::calibrate::question::Stretch;

    /// 80 % happened; each of the three is off by what is said.
    fn tested(scenario: f64, last_year: f64, curve: f64) -> BackTest {
        let day = |text: &str| text.parse().unwrap();
        let prediction = Prediction {
            segment: None,
            accounts: 50,
            figure: Figure::find("gross_revenue_retention").unwrap(),
            happened: 0.80,
            predicted: 0.80 + scenario,
            interval: (0.70, 0.82),
            last_year: Some(0.80 - last_year),
            curve: Some(0.80 + curve),
        };
        let stretch = Stretch { from: day("2023-01-01"), to: day("2024-01-01") };
        BackTest { stretch, predictions: vec![prediction], curve: None }
    }

    #[test]
    fn whoever_came_nearest_is_named_also_where_it_is_a_rival() {
        for (test, who) in [
            (tested(0.01, 0.02, 0.03), "scenario"),
            (tested(0.02, 0.01, 0.03), "last_year"),
            (tested(0.03, 0.02, 0.01), "curve"),
        ] {
            assert_eq!(nearest(&test).unwrap().0, who);
            let words = verdict(&test, "90");
            let is_lost = words.contains("the simpler rule would have done");
            assert_eq!(is_lost, who != "scenario", "{words}");
        }
        let words = verdict(&tested(0.02, 0.01, 0.03), "90");
        assert!(words.contains("off by 2.0 points, last year's rate by 1.0 points, the curve by 3.0 points: last year's rate came nearest"), "{words}");
    }
}
