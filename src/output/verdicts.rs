//! Expectations as a test runner prints them.

use std::fmt::Write;
use std::io;

use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

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

/// Writes all expectations as JUnit does, for whoever watches tests: a suite for each file, a case for each expectation.
///
/// # Errors
///
/// If `out` cannot be written to.
pub fn junit(rows: &[ExpectationRow], out: impl io::Write) -> io::Result<()> {
    let mut writer = quick_xml::Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = |rows: &[ExpectationRow]| {
        let failed = rows.iter().filter(|row| !row.verdict.ok).count();
        [("tests", rows.len().to_string()), ("failures", failed.to_string()), ("errors", "0".to_owned())]
    };
    let attributes = |name: &str, rows: &[ExpectationRow]| -> Vec<(String, String)> {
        let named = std::iter::once(("name".to_owned(), name.to_owned()));
        named.chain(counts(rows).map(|(key, value)| (key.to_owned(), value))).collect()
    };
    let texts = |pairs: &[(String, String)], element: BytesStart<'static>| {
        element.with_attributes(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))).into_owned()
    };
    writer
        .write_event(Event::Start(texts(&attributes("journeysim", rows), BytesStart::new("testsuites"))))?;
    for suite in rows.chunk_by(|one, next| one.file == next.file) {
        let file = &suite[0].file;
        writer.write_event(Event::Start(texts(&attributes(file, suite), BytesStart::new("testsuite"))))?;
        for ExpectationRow { verdict, .. } in suite {
            let claim = claim(verdict);
            let case = writer.create_element("testcase");
            let case = case.with_attributes([("name", claim.as_str()), ("classname", file.as_str())]);
            if verdict.ok {
                case.write_empty()?;
                continue;
            }
            case.write_inner_content(|inner| {
                let message = format!("observed {}", observed(verdict));
                let because = verdict.because.as_deref().unwrap_or_default();
                let failure = inner.create_element("failure").with_attribute(("message", message.as_str()));
                failure.write_text_content(BytesText::new(because))?;
                Ok(())
            })?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writer.into_inner().write_all(b"\n")
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string can grow");
}

/// `monthly minus none: net_revenue_retention > 0`
fn claim(verdict: &Verdict) -> String {
    let Verdict { metric, variant, minus, change, relation, value, tolerance, false_alarm, .. } = verdict;
    let alarm =
        false_alarm.map_or(String::new(), |rate| format!(" (false alarm {}%)", (rate * 1e5).round() / 1e3));
    let minus = match (minus, change) {
        (Some(other), _) => format!(" minus {other}"),
        (None, Some(change)) => format!(", with {change} minus without"),
        (None, None) => String::new(),
    };
    let tolerance = tolerance.map_or(String::new(), |within| format!(" ± {within}"));
    match value {
        Figure::Number(value) => format!("{variant}{minus}: {metric} {relation} {value}{tolerance}{alarm}"),
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
    use std::borrow::Cow;

    use super::*;
    use crate::scenario::book::BookSummary;
    use crate::scenario::file::Relation;

    fn row(file: &str, value: f64, observed: Option<f64>, ok: bool) -> ExpectationRow {
        let verdict = Verdict {
            metric: "gross_revenue_retention".to_owned(),
            variant: "monthly".to_owned(),
            minus: Some("none".to_owned()),
            change: None,
            relation: Relation::AtLeast,
            value: Figure::Number(value),
            tolerance: None,
            false_alarm: None,
            observed: observed.map(Figure::Number),
            ok,
            because: Some("calls help".to_owned()),
        };
        ExpectationRow { file: file.to_owned(), verdict }
    }

    #[test]
    fn what_is_written_for_watchers_is_well_formed_whatever_the_words() {
        let mut failed = row("b & \"c\".toml", 0.8, Some(0.75), false);
        failed.verdict.because = Some("less is < more, not ]]>".to_owned());
        let rows = [row("a.toml", 0.5, Some(0.75), true), row("a.toml", 0.6, Some(0.75), true), failed];
        let mut text = Vec::new();
        junit(&rows, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut names = Vec::new();
        let mut counts = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(element) | Event::Empty(element) => {
                    let name = element.name().as_ref().to_owned();
                    if name.starts_with("testsuite") {
                        let of = |key| {
                            element
                                .try_get_attribute(key)
                                .unwrap()
                                .unwrap()
                                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                                .unwrap()
                        };
                        counts.push([of("name"), of("tests"), of("failures")].map(Cow::into_owned));
                    }
                    names.push(name);
                }
                _ => {}
            }
        }
        assert_eq!(
            names,
            ["testsuites", "testsuite", "testcase", "testcase", "testsuite", "testcase", "failure"]
        );
        let expected = [["journeysim", "3", "1"], ["a.toml", "2", "0"], ["b & \"c\".toml", "1", "1"]];
        assert_eq!(counts, expected.map(|row| row.map(str::to_owned)));
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
