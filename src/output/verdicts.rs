//! Expectations as a test runner prints them.

use std::fmt::Write;

use crate::experiment::expect::{Figure, Verdict};
use crate::metrics;
use crate::output::document::{BookRow, ExpectationRow};
use crate::output::words::{book_read, counted};

/// Shows all expectations, file by file, and how many hold; under the name of a file the list of accounts it opens with.
#[must_use]
pub fn show(rows: &[ExpectationRow], books: &[BookRow]) -> String {
    let mut text = String::new();
    let mut file = "";
    for row in rows {
        if row.file != file {
            file = &row.file;
            line(&mut text, format_args!("{file}"));
            for row in books.iter().filter(|row| row.scenario_file == file) {
                line(&mut text, format_args!("  opens with {}", book_read(&row.book)));
            }
        }
        let verdict = &row.verdict;
        line(
            &mut text,
            format_args!("  {} {}", if verdict.ok { "ok    " } else { "FAILED" }, claim(verdict)),
        );
        if !verdict.ok {
            line(&mut text, format_args!("         observed {}", observed(verdict)));
            if let Some(because) = &verdict.because {
                line(&mut text, format_args!("         relied on because {because}"));
            }
        }
    }
    let failed = rows.iter().filter(|row| !row.verdict.ok).count();
    let expectations = counted(rows.len() as u64, "expectation", "expectations");
    let end = if failed == 0 { "all hold".to_owned() } else { format!("{failed} failed") };
    line(&mut text, format_args!("\n{expectations}: {end}"));
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string can grow");
}

/// `monthly minus none: net_revenue_retention > 0`
fn claim(verdict: &Verdict) -> String {
    let Verdict { metric, variant, minus, relation, value, tolerance, .. } = verdict;
    let minus = minus.as_ref().map_or(String::new(), |other| format!(" minus {other}"));
    let tolerance = tolerance.map_or(String::new(), |within| format!(" ± {within}"));
    match value {
        Figure::Number(value) => format!("{variant}{minus}: {metric} {relation} {value}{tolerance}"),
        Figure::Text(value) => format!("{variant}: {metric} {value}"),
    }
}

fn observed(verdict: &Verdict) -> String {
    match &verdict.observed {
        None => "nothing to measure".to_owned(),
        Some(Figure::Text(digest)) => digest.clone(),
        Some(Figure::Number(value)) => {
            let unit = metrics::find(&verdict.metric).map_or("", |metric| metric.unit.name());
            format!("{value} ({unit})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::book::BookSummary;
    use crate::scenario::file::Relation;

    fn row(file: &str, value: f64, observed: Option<f64>, ok: bool) -> ExpectationRow {
        let verdict = Verdict {
            metric: "gross_revenue_retention".to_owned(),
            variant: "monthly".to_owned(),
            minus: Some("none".to_owned()),
            relation: Relation::AtLeast,
            value: Figure::Number(value),
            tolerance: None,
            observed: observed.map(Figure::Number),
            ok,
            because: Some("calls help".to_owned()),
        };
        ExpectationRow { file: file.to_owned(), verdict }
    }

    #[test]
    fn a_failure_says_what_was_seen_and_why_it_matters() {
        let rows = [row("a.toml", 0.5, Some(0.75), true), row("b.toml", 0.8, Some(0.75), false)];
        let book = BookRow {
            scenario_file: "a.toml".to_owned(),
            book: BookSummary { file: "list.csv".to_owned(), rows: 3, skipped: 2, drawn: Vec::new() },
        };
        assert_eq!(
            show(&rows, &[book]),
            "a.toml\n  opens with list.csv: 3 accounts, 2 rows left out because they are wrong\n  ok     monthly minus none: gross_revenue_retention >= 0.5\n\
             b.toml\n  FAILED monthly minus none: gross_revenue_retention >= 0.8\n\
             \x20        observed 0.75 (fraction)\n         relied on because calls help\n\
             \n2 expectations: 1 failed\n"
        );
        assert!(show(&[row("a.toml", 0.5, None, false)], &[]).contains("observed nothing to measure"));
        assert!(show(&rows[..1], &[]).ends_with("1 expectation: all hold\n"));
    }
}
