//! Parsing that goes on after a fault, so that one slip does not hide the next.
//!
//! The TOML parser recovers from most slips by itself. From some it does not: after an unclosed bracket
//! or quote it takes the rest of the file for its contents, after a malformed heading it puts keys into the
//! wrong table, and after a key without a value it stops. Here such a passage is reported once, replaced by
//! blanks of the same length, and the text is parsed again: everything else keeps its place and is read.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// Something the parser complained about.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// The bytes concerned.
    pub(super) at: Range<usize>,
    /// What the parser said, or [`NEVER_CLOSED`].
    pub(super) said: String,
    /// The setting concerned, where known.
    pub(super) path: String,
    /// Whether a passage was left out because of it.
    pub(super) left_out: bool,
}

/// What is said of the bracket, brace or quote that swallowed what follows it.
pub(super) const NEVER_CLOSED: &str = "never closed";

/// A file with more slips than this that need parsing again is not repaired any further.
const ROUNDS: usize = 20;

/// Parses `text` as far as it can be parsed, and hands the tree and the problems, in the order of the text,
/// to `read`.
pub(super) fn parse<T>(text: &str, read: impl FnOnce(&DeTable<'_>, Vec<Problem>) -> T) -> T {
    let mut problems = Vec::new();
    let mut text = Cow::Borrowed(text);
    for _ in 1..ROUNDS {
        let (tree, errors) = DeTable::parse_recoverable(&text);
        let passages = lost_passages(&text, tree.get_ref(), &errors);
        if passages.is_empty() {
            problems.extend(plain_problems(&text, &errors));
            problems.sort_by_key(|problem| problem.at.start);
            return read(tree.get_ref(), problems);
        }
        let mut bytes = text.as_bytes().to_vec();
        for (passage, mut problem) in passages {
            bytes[passage].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            problem.left_out = true;
            problems.push(problem);
        }
        drop(tree);
        text = Cow::Owned(String::from_utf8(bytes).expect("whole lines are blanked, never half a character"));
    }
    let (tree, errors) = DeTable::parse_recoverable(&text);
    problems.extend(plain_problems(&text, &errors));
    problems.sort_by_key(|problem| problem.at.start);
    read(tree.get_ref(), problems)
}

fn plain_problems(text: &str, errors: &[Error]) -> impl Iterator<Item = Problem> {
    errors.iter().map(|error| Problem::new(place(text, error), error.message()))
}

impl Problem {
    fn new(at: Range<usize>, said: &str) -> Self {
        Self { at, said: said.to_owned(), path: String::new(), left_out: false }
    }
}

fn place(text: &str, error: &Error) -> Range<usize> {
    error.span().unwrap_or_else(|| {
        // Only an endless dotted key is reported without a place.
        let endless = |line: &str| line.matches('.').count() >= super::syntax::DEEPEST;
        let at = text.split_inclusive('\n').take_while(|line| !endless(line)).map(str::len).sum();
        at..at
    })
}

/// The passages that the parser could not make sense of, each with the problem to report for it.
fn lost_passages(text: &str, tree: &DeTable<'_>, errors: &[Error]) -> Vec<(Range<usize>, Problem)> {
    let mut passages: Vec<(Range<usize>, Problem)> = Vec::new();
    let mut line = 0..0;
    for error in errors {
        let said = error.message();
        let no_key = said.starts_with("unquoted keys cannot be empty");
        let no_heading = said.starts_with("unclosed table") || said.starts_with("unclosed array table");
        let no_value = said.starts_with("key with no value");
        let at = place(text, error);
        let is_lost = passages.last().is_some_and(|(last, _)| at.start < last.end);
        if is_lost || !(no_key || no_heading || no_value) {
            continue;
        }
        if !line.contains(&at.start) {
            line = line_start(text, at.start)..line_end(text, at.start);
        }
        let first = text[line.clone()].trim_start().chars().next();
        let end = if (no_heading || no_key) && first == Some('[') {
            next_heading(text, at.start)
        } else if no_value || no_key && first == Some('=') {
            line.end
        } else {
            continue;
        };
        passages.push((line.start..end, Problem::new(at, said)));
    }
    // What is open is only known once the parser has come as far as that.
    if passages.is_empty() {
        passages.extend(unclosed_passage(text, tree, errors));
    }
    passages
}

fn unclosed_passage(text: &str, tree: &DeTable<'_>, errors: &[Error]) -> Option<(Range<usize>, Problem)> {
    const UNCLOSED: [&str; 3] = ["unclosed array,", "unclosed inline table", "invalid multi-line"];
    let unclosed =
        errors.iter().find(|error| UNCLOSED.iter().any(|said| error.message().starts_with(said)))?;
    let too_deep = errors.iter().find(|error| error.message().starts_with("cannot recurse"));
    let opening = opening(text, tree, place(text, unclosed).start)?;
    let passage = line_start(text, opening)..next_statement(text, opening);
    Some(match too_deep {
        Some(error) => (passage, Problem::new(place(text, error), error.message())),
        None => (passage, Problem::new(opening..opening + 1, NEVER_CLOSED)),
    })
}

/// Where the outermost bracket, brace or quote opens that is still open at `end`.
fn opening(text: &str, tree: &DeTable<'_>, end: usize) -> Option<usize> {
    let mut covering: Option<usize> = None;
    let mut last = None;
    let mut waiting: Vec<&Spanned<DeValue<'_>>> = tree.iter().map(|(_, value)| value).collect();
    while let Some(value) = waiting.pop() {
        let span = value.span();
        let is_text = matches!(value.get_ref(), DeValue::String(_));
        let opens = span.start < end && (is_text || text[span.start..].starts_with(['[', '{']));
        if opens && span.end >= end {
            covering = Some(covering.map_or(span.start, |least| least.min(span.start)));
        } else if opens && !is_text {
            last = last.max(Some(span.start));
        }
        match value.get_ref() {
            DeValue::Array(array) => waiting.extend(array.iter()),
            DeValue::Table(table) => waiting.extend(table.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    covering.or(last)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

/// The start of the first line after `at` that satisfies `wanted`, or the end of the text.
fn next_line(text: &str, at: usize, wanted: impl Fn(&str) -> bool) -> usize {
    let mut start = line_end(text, at);
    while start < text.len() {
        start += 1;
        let end = line_end(text, start);
        if wanted(text[start..end].trim_start()) {
            return start;
        }
        start = end;
    }
    text.len()
}

fn next_heading(text: &str, at: usize) -> usize {
    next_line(text, at, |line| line.starts_with('['))
}

/// The next line that begins a key or a heading at the margin.
fn next_statement(text: &str, at: usize) -> usize {
    next_line(text, at, |line| match line.strip_prefix('[') {
        Some(rest) => rest.starts_with(|c: char| c.is_alphabetic() || c == '['),
        None => line.split_once('=').is_some_and(|(key, _)| is_key(key.trim_end())),
    })
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> (String, Vec<(usize, String)>) {
        parse(text, |tree, problems| {
            let keys: Vec<String> = tree.iter().map(|(key, _)| key.get_ref().to_string()).collect();
            (keys.join(" "), problems.into_iter().map(|problem| (problem.at.start, problem.said)).collect())
        })
    }

    #[test]
    fn an_unclosed_bracket_or_quote_costs_one_problem_and_its_own_lines() {
        for text in
            ["a = [1,\n 2\nb = 3\n[c]\nd = 4", "a = { x = 1\n\nb = 3\n[c]", "a = \"\"\"x\nb = 3\n[c]\n"]
        {
            let never_closed = (4, NEVER_CLOSED.to_owned());
            assert_eq!(problems(text), ("b c".to_owned(), vec![never_closed]), "{text}");
        }
    }

    #[test]
    fn two_unclosed_brackets_are_two_problems() {
        let (keys, problems) = problems("a = [1\nb = 2\nc = [3\nd = 4");
        assert_eq!((keys.as_str(), problems.len()), ("b d", 2));
    }

    #[test]
    fn a_malformed_heading_takes_its_keys_with_it() {
        let (keys, problems) = problems("a = 1\n[b b]\nc = 2\n[d]\ne = 3");
        assert_eq!(keys, "a d");
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn a_key_without_a_value_does_not_end_the_reading() {
        let (keys, problems) = problems("a 1\nb = 2\nc\nd = 3");
        assert_eq!(keys, "b d");
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn nesting_without_end_is_one_problem() {
        for open in ["[", "{a=", "[{a="] {
            let (_, problems) = problems(&format!("a = {}\nb = 1", open.repeat(100_000)));
            assert_eq!(problems.len(), 1, "{open}");
            assert!(problems[0].1.starts_with("cannot recurse"), "{problems:?}");
        }
        let (_, dotted) = problems(&format!("x = 1\n{}a = 1", "a.".repeat(100_000)));
        assert_eq!(dotted, [(6, "recursion limit".to_owned())]);
    }
}
