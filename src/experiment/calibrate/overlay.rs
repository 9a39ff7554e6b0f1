//! A fit as a scenario file that other files extend.

use std::fmt::Write;

use crate::experiment::calibrate::backtest::BackTest;
use crate::experiment::calibrate::question::Question;
use crate::experiment::calibrate::{Fit, Parameter};

/// Writes a fit as a file of assumptions: the estimates, with their intervals as the new ranges, and where they come from.
///
/// `version` is that of the program, `scenario` the file that was fitted.
#[must_use]
pub fn overlay(
    question: &Question,
    fit: &Fit,
    held_out: Option<&BackTest>,
    scenario: &str,
    version: &str,
) -> String {
    let percent = (question.confidence * 100.0).round();
    let mut text = format!(
        "# Assumptions fitted to what happened. Extend this file after the one that states them:\n\
         #   extends = [{scenario:?}, \"this-file.toml\"]\n#\n# Fitted by: journeysim {version} calibrate {scenario}\n"
    );
    let mut line = |words: String| writeln!(text, "# {words}").expect("a string can grow");
    if let Some(told) = &question.told {
        for table in &told.past.history.tables {
            line(format!("History:   {}, {} rows, SHA-256 {}", table.file, table.rows, table.sha256));
        }
        line(format!("Fitted on: {} up to, and not with, {}", told.fitted.from, told.fitted.to));
    }
    line("Targets:   what happened, what the fit reaches, how near is near enough".to_owned());
    for target in &fit.targets {
        let reached = target.reached.map_or("nothing".to_owned(), |reached| format!("{reached:.4}"));
        line(format!(
            "  {:<24} {:.4}  {reached}  {:.4}",
            target.figure.name(),
            target.wanted,
            target.tolerance
        ));
    }
    if let Some(test) = held_out {
        let (held, all) = test.covered();
        line(format!(
            "Held out:  {} up to {}; {held} of {all} figures inside their {percent} % intervals",
            test.stretch.from, test.stretch.to
        ));
        if let Some(errors) = test.errors() {
            let curve = errors.curve.map_or(String::new(), |curve| format!(", of the curve {curve:.4}"));
            line(format!(
                "           mean absolute error {:.4}; of last year's rate {:.4}{curve}",
                errors.scenario, errors.last_year
            ));
        }
    }
    text.push_str("\n[assume]\n");
    for parameter in &fit.parameters {
        text.push_str(&assumption(question, parameter, percent));
    }
    text
}

fn assumption(question: &Question, parameter: &Parameter, percent: f64) -> String {
    let Parameter { assumption, estimate, interval, .. } = parameter;
    let shown = |value: f64| {
        let written = assumption.shown(value);
        // Numbers stand as they are, everything with a unit is text.
        if written.parse::<f64>().is_ok() { written } else { format!("{written:?}") }
    };
    let (low, high) = (interval.0.min(*estimate), interval.1.max(*estimate));
    let data = question.told.as_ref().map_or("stated figures".to_owned(), |told| {
        format!("{}, {} to {}", told.input().path, told.fitted.from, told.fitted.to)
    });
    let doubt = if parameter.is_identified() {
        String::new()
    } else {
        format!(
            "# The data hardly tell: {:.0} % of what was uncertain is known.\n",
            parameter.learned * 100.0
        )
    };
    let source = format!("fitted to {data}; {percent} % interval");
    format!(
        "{doubt}{} = {{ low = {}, base = {}, high = {}, source = {source:?} }}\n",
        assumption.title(),
        shown(low),
        shown(*estimate),
        shown(high),
    )
}
