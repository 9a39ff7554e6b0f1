//! From text to tree: every syntax fault found, in words a person can use.
//!
//! There is one fault for a line at most, and none for what merely follows from an earlier fault. A value
//! with a fault becomes [`Value::Broken`], so that reading it later says nothing more.

use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, FaultCode, Faults, NUMBER_TOO_LARGE, TIME_OF_DAY};
use super::node::{Key, Node, Table, Value, shortened};
use super::path::{self, Found};
use super::recovery::{self, Problem};
use super::source::{Origin, Sources, index};
use super::wording;

/// Tables and lists inside each other; a scenario needs five or six.
pub const DEEPEST: usize = 32;

/// Parses the source with this index.
pub(super) fn parse(sources: &Sources, source: u32, faults: &mut Faults) -> Node {
    let text = sources.get(source).map_or("", |source| &source.text);
    recovery::parse(text, |tree, problems| {
        let mut conversion = Conversion::new(sources, source, 0, problems);
        let origin = conversion.origin(&(0..0));
        let root = Node::new(conversion.table(tree, 0), origin);
        conversion.report(&root, faults);
        root
    })
}

/// Parses the value that is the bytes `at` of a source: `None` if that is not a TOML value.
pub(super) fn parse_value(
    sources: &Sources,
    source: u32,
    at: Range<usize>,
    path: &str,
    faults: &mut Faults,
) -> Option<Node> {
    let text = sources.get(source)?.text.get(at.clone())?;
    let value = DeValue::parse(text).ok()?;
    let mut conversion = Conversion::new(sources, source, at.start, Vec::new());
    path.clone_into(&mut conversion.path);
    let node = conversion.node(&value, 1);
    conversion.report(&node, faults);
    Some(node)
}

struct Conversion<'a> {
    sources: &'a Sources,
    source: u32,
    /// Where the parsed text begins in the source.
    offset: usize,
    /// In the order of the text.
    problems: Vec<Problem>,
    path: String,
    /// Where each table's heading stands, with its path.
    headings: Vec<(usize, String)>,
    found: Vec<Fault>,
}

impl<'a> Conversion<'a> {
    fn new(sources: &'a Sources, source: u32, offset: usize, problems: Vec<Problem>) -> Self {
        let headings = vec![(0, String::new())];
        Self { sources, source, offset, problems, path: String::new(), headings, found: Vec::new() }
    }

    fn text(&self) -> &'a str {
        self.sources.get(self.source).map_or("", |source| &source.text)
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let (start, end) = (index(span.start + self.offset), index(span.end + self.offset));
        Origin { source: self.source, start, end }
    }

    fn fault(&mut self, code: FaultCode, at: &Range<usize>, message: String, help: &str) -> Value {
        let origin = self.origin(at);
        self.found.push(Fault::new(code, self.sources, origin, self.path.as_str(), message, help));
        Value::Broken
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let span = value.span();
        let origin = self.origin(&span);
        let converted = match value.get_ref() {
            DeValue::Array(_) | DeValue::Table(_) if depth > DEEPEST => {
                let (code, message, help) = wording::too_deep();
                self.fault(code, &span, message, &help)
            }
            DeValue::Array(array) => {
                Value::Array(array.iter().enumerate().map(|(at, item)| self.item(at, item, depth)).collect())
            }
            DeValue::Table(table) => {
                self.headings.push((span.start, self.path.clone()));
                self.table(table, depth)
            }
            // The parser invents a value without a place where it found none.
            _ if self.has_problem(&span) || (span == (0..0) && self.offset == 0) => Value::Broken,
            leaf => self.leaf(leaf, &span),
        };
        Node::new(converted, origin)
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Value {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut converted = Table::default();
        for (key, value) in entries {
            let length = path::push(&mut self.path, key.get_ref());
            let node = self.node(value, depth + 1);
            self.path.truncate(length);
            let origin = self.origin(&key.span());
            converted.insert(Key { text: key.get_ref().to_string(), origin, by_path: false }, node);
        }
        Value::Table(converted)
    }

    fn item(&mut self, at: usize, item: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let name = item.get_ref().get("name").and_then(|name| name.get_ref().as_str());
        let length = path::push_entry(&mut self.path, at, name);
        let node = self.node(item, depth + 1);
        self.path.truncate(length);
        node
    }

    /// Whether the parser complained inside this value; those complaints then carry its path.
    fn has_problem(&mut self, span: &Range<usize>) -> bool {
        let first = self.problems.partition_point(|problem| problem.at.start < span.start);
        let mut any = false;
        for problem in self.problems[first..].iter_mut().take_while(|problem| problem.at.start <= span.end) {
            any = true;
            problem.path.clone_from(&self.path);
            if wording::is_open_quote(&problem.said) {
                problem.at = span.start..span.start + 1;
            }
        }
        any
    }

    fn leaf(&mut self, value: &DeValue<'_>, span: &Range<usize>) -> Value {
        match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(yes) => Value::Boolean(*yes),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => self.too_large(number.as_str(), span),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_finite() || number.as_str().contains("inf") => Value::Float(float),
                Ok(float) if float.is_nan() => Value::Float(float),
                _ => self.too_large(number.as_str(), span),
            },
            DeValue::Datetime(date) => self.date(date, span),
            DeValue::Array(_) | DeValue::Table(_) => Value::Broken,
        }
    }

    fn too_large(&mut self, number: &str, span: &Range<usize>) -> Value {
        let message = format!("{} is larger than any number here can be", shortened(number));
        self.fault(NUMBER_TOO_LARGE, span, message, "write a smaller number")
    }

    fn date(&mut self, date: &toml::value::Datetime, span: &Range<usize>) -> Value {
        if let (Some(date), None, None) = (date.date, date.time, date.offset) {
            let day = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
            return day.map_or(Value::Broken, Value::Date);
        }
        let help = match date.date {
            Some(day) => format!("write the day alone: {day}"),
            None => "write a day such as 2024-02-01, or a duration in quotes such as \"8h\"".to_owned(),
        };
        self.fault(TIME_OF_DAY, span, format!("{date} holds a time of day"), &help)
    }

    /// Reports what was found, and the parser's complaints, one a line.
    fn report(mut self, root: &Node, faults: &mut Faults) {
        self.headings.sort();
        let mut last_line = None;
        for problem in &self.problems {
            let origin = self.origin(&problem.at);
            let line = self.sources.line(origin);
            if last_line.replace(line) == Some(line) {
                continue;
            }
            let path =
                if problem.path.is_empty() { self.path_near(&problem.at) } else { problem.path.clone() };
            let earlier = match path::find(root, &path) {
                Found::Whole(node) if node.origin.start < origin.start => {
                    Some(self.sources.line(node.origin))
                }
                _ => None,
            };
            let written = self.text().get(problem.at.clone()).unwrap_or("");
            let (code, message, help) = wording::explain(problem, written, earlier);
            if problem.left_out || (problem.path.is_empty() && code != super::fault::DUPLICATE_KEY) {
                faults.mark_incomplete();
            }
            self.found.push(Fault::new(code, self.sources, origin, path, message, help));
        }
        for fault in self.found {
            faults.report(fault);
        }
    }

    /// The setting that a place in the text is about: the table it stands in, and the key on its line.
    fn path_near(&self, at: &Range<usize>) -> String {
        let text = self.text();
        let start = text[..text.floor_char_boundary(at.start)].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[start..].lines().next().unwrap_or("").trim_start();
        if line.starts_with('[') {
            return line.trim_matches(|c: char| matches!(c, '[' | ']') || c.is_whitespace()).to_owned();
        }
        let heading = self.headings.partition_point(|(heading, _)| *heading <= start).saturating_sub(1);
        let mut path = self.headings.get(heading).map(|(_, path)| path.clone()).unwrap_or_default();
        if let Some((key, _)) = line.split_once('=') {
            for part in path::split(key).unwrap_or_default() {
                path::push(&mut path, &part);
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> (Node, Vec<String>) {
        let mut sources = Sources::default();
        let source = sources.add("x.toml", text);
        let mut faults = Faults::default();
        let node = parse(&sources, source, &mut faults);
        let shown = |fault: &Fault| {
            format!("{}:{} {} {}: {}", fault.line, fault.column, fault.path, fault.code, fault.message)
        };
        (node, faults.iter().map(shown).collect())
    }

    #[test]
    #[rustfmt::skip]
    fn every_slip_is_one_fault_at_its_place() {
        for (text, wanted) in [
            ("a = 91d",                    "1:5 a unquoted-value: `91d` is not in quotes"),
            ("[t]\n  a = 35%",             "2:7 t.a unquoted-value: `35%` is not in quotes"),
            ("a = yes",                    "1:5 a unquoted-value: `yes` is not in quotes"),
            ("a = True",                   "1:5 a unquoted-value: `True` is not in quotes"),
            ("a =\nb = 1",                 "1:4 a missing-value: there is no value"),
            ("a = # none",                 "1:5 a missing-value: there is no value"),
            ("a 3",                        "1:3  missing-value: a key without a value"),
            ("a = 1\nb = 2\na = 3",        "3:1 a duplicate-key: `a` is there already"),
            ("[[t]]\nname='x'\nb=1\nb=2",  "4:1 t.x.b duplicate-key: `b` is there already"),
            ("a = {b = 1, b = 2}",         "1:13 a duplicate-key: `b` is there already"),
            ("[t]\na=1\n[t]\nb=1",         "3:2 t duplicate-key: `t` is there already"),
            ("a = 2024-02-30",             "1:5 a impossible-date: 2024-02-30 is not a date: the month has a day between 01 and 29"),
            ("a = 2024-2-1",               "1:5 a impossible-date: 2024-2-1 is not a date: a two-digit month (MM)"),
            ("a = 2024-02-01T10:00:00",    "1:5 a time-of-day: 2024-02-01T10:00:00 holds a time of day"),
            ("a = 1e999",                  "1:5 a number-too-large: 1e999 is larger than any number here can be"),
            ("a = 99999999999999999999",   "1:5 a number-too-large: 99999999999999999999 is larger than any number here can be"),
            ("a = [1,\n  2\nb = 3",        "1:5 a unclosed: `[` is opened here and never closed"),
            ("a = \"x\nb = 1",             "1:5 a unclosed: the quote is opened here and not closed on this line"),
            ("[x\na = 1",                  "1:3 x unclosed: the heading is not closed"),
            ("[t]\na = [1, 'x\n]",          "2:9 t.a[2] unclosed: the quote is opened here and not closed on this line"),
            ("a = \"b\u{1}c\"",            "1:7 a syntax: `\u{1}`: invalid basic string, expected non-double-quote visible characters, `\\`"),
            ("a = 'it's'",                 "1:9 a syntax: text after the end of the value"),
            ("é = 1",                      "1:1 é syntax: `é`: invalid unquoted key, expected letters, numbers, `-`, `_`"),
        ] {
            assert_eq!(faults(text).1, [wanted], "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_file_with_slips_is_read() {
        let (node, found) = faults("a = 91d\nb 3\n[x\ny = 1\n[z]\nq = [1,, 2]\nr = [1,\ns = 4\n");
        assert_eq!(found.len(), 5, "{found:#?}");
        let json = serde_json::to_string(&node).expect("a tree is JSON");
        assert_eq!(json, r#"{"a":null,"z":{"q":[1,2],"s":4}}"#);
    }

    #[test]
    fn windows_line_ends_change_nothing() {
        let (node, found) = faults("a = 1\r\nb = 91d\r\nc = \"x\"\r\n");
        assert_eq!(found, ["2:5 b unquoted-value: `91d` is not in quotes"]);
        assert_eq!(serde_json::to_string(&node).expect("JSON"), r#"{"a":1,"b":null,"c":"x"}"#);
    }

    #[test]
    fn keys_keep_the_order_they_are_written_in() {
        let (node, _) = faults("z = 1\na = 2\n[m]\nb.y = 1\nb.x = 2\n[c]\n");
        assert_eq!(
            serde_json::to_string(&node).expect("JSON"),
            r#"{"z":1,"a":2,"m":{"b":{"y":1,"x":2}},"c":{}}"#
        );
    }

    #[test]
    fn nesting_beyond_reason_is_refused_without_exhausting_the_stack() {
        for open in ["[", "{a=", "{a.a.a.a.a.a.a.a.a.a.a.a="] {
            for times in [DEEPEST + 1, 79, 100_000] {
                let (_, found) = faults(&format!("a = {}", open.repeat(times)));
                assert_eq!(found.len(), 1, "{open} {times} {found:?}");
            }
        }
        let nested = |levels: usize| format!("a = {}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(faults(&nested(DEEPEST)).1, Vec::<String>::new());
        assert_eq!(faults(&nested(DEEPEST + 1)).1.len(), 1);
        let dotted =
            (0..70).map(|_| "a = {a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = {b");
        let (_, found) = faults(&dotted.collect::<String>());
        assert_eq!(found.len(), 1);
    }
}
