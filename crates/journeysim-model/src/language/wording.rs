//! What the TOML parser says, in the words of somebody who helps.

use super::fault::{
    DUPLICATE_KEY, FaultCode, IMPOSSIBLE_DATE, MISSING_VALUE, SYNTAX, TOO_DEEP, UNCLOSED, UNQUOTED_VALUE,
};
use super::node::shortened;
use super::recovery::{NEVER_CLOSED, Problem};
use super::syntax::DEEPEST;

type Words = (FaultCode, String, String);

/// Returns code, message and help for a problem; `written` is the text concerned, `earlier` the line on
/// which the same setting stands already.
pub(super) fn explain(problem: &Problem, written: &str, earlier: Option<u32>) -> Words {
    let said = problem.said.as_str();
    let says = |start: &str| said.starts_with(start);
    let shown = shortened(written);
    let words = |code: FaultCode, message: &str, help: &str| (code, message.to_owned(), help.to_owned());
    if says("string values must be quoted") && written.is_empty() {
        words(MISSING_VALUE, "there is no value", "write one after the `=`, or remove the key")
    } else if says("string values must be quoted") || says("invalid boolean") {
        unquoted(&shown)
    } else if says("key with no value") {
        words(MISSING_VALUE, "a key without a value", "write `key = value`, or `[key]` to open a table")
    } else if says("duplicate key") || says("cannot extend value") {
        let help = match earlier {
            Some(line) => format!("it was set on line {line}; keep one of the two"),
            None => "keep one of the two; the keys of a table stand together under one heading".to_owned(),
        };
        (DUPLICATE_KEY, format!("`{shown}` is there already"), help)
    } else if says("cannot recurse") || says("recursion limit") {
        too_deep()
    } else if says(NEVER_CLOSED) {
        let help = match written {
            "[" => "add the missing `]`",
            "{" => "add the missing `}`",
            _ => "end the text with the three quotes it began with",
        };
        let what = if matches!(written, "[" | "{") { format!("`{written}`") } else { "the quote".to_owned() };
        (UNCLOSED, format!("{what} is opened here and never closed"), help.to_owned())
    } else if says("unclosed table") || says("unclosed array table") {
        words(UNCLOSED, "the heading is not closed", "write `[name]`, or `[[name]]` for one of several")
    } else if is_open_quote(said) {
        let message = "the quote is opened here and not closed on this line";
        words(UNCLOSED, message, "end the text with the quote it began with")
    } else if says("invalid date") || says("invalid time") {
        impossible_date(said, &shown)
    } else if says("unexpected key or value") {
        let help =
            "write one setting on a line; a text with a quote in it stands in the other kind of quotes";
        words(SYNTAX, "text after the end of the value", help)
    } else if says("missing comma") || says("extra assignment") {
        words(SYNTAX, "a comma is missing between two values", "separate the values by commas")
    } else if says("carriage return") {
        words(SYNTAX, "a lone carriage return", "end lines as Unix or Windows does; most editors can convert")
    } else if says("unexpected leading zero") {
        words(SYNTAX, "the number begins with a needless zero", "leave the leading zeros out")
    } else {
        let said = said.trim_end_matches(", expected nothing");
        let place = if shown.trim().is_empty() { String::new() } else { format!("`{shown}`: ") };
        (
            SYNTAX,
            format!("{place}{said}"),
            "see https://toml.io for how values and tables are written".to_owned(),
        )
    }
}

/// Whether the parser found a text without its closing quote.
pub(super) fn is_open_quote(said: &str) -> bool {
    matches!(said, "invalid basic string, expected `\"`" | "invalid literal string, expected `'`")
}

/// Code, message and help for nesting beyond [`DEEPEST`].
pub(super) fn too_deep() -> Words {
    let message = format!("more than {DEEPEST} tables or lists are nested here");
    (TOO_DEEP, message, "no scenario needs more than a few levels".to_owned())
}

fn unquoted(shown: &str) -> Words {
    if let Some((value, rest)) = two_values(shown) {
        let message = format!("`{rest}` follows the value {value}");
        let help = "write one setting on a line; a # begins a comment, and a text stands in quotes";
        return (SYNTAX, message, help.to_owned());
    }
    let help = match shown.trim().to_lowercase().as_str() {
        "yes" | "on" | "true" => "write true".to_owned(),
        "no" | "off" | "false" => "write false".to_owned(),
        "null" | "none" | "nil" => "remove the key: what is not written is not there".to_owned(),
        _ => format!("write {shown:?}"),
    };
    (UNQUOTED_VALUE, format!("`{shown}` is not in quotes"), help)
}

/// A number or a switch with words after it that are no unit.
fn two_values(shown: &str) -> Option<(&str, &str)> {
    let (value, rest) = shown.trim().split_once(' ')?;
    let rest = rest.trim();
    let is_value = value.parse::<f64>().is_ok() || matches!(value, "true" | "false");
    let first = rest.split(' ').next()?;
    (is_value && first.len() > 3 && first.starts_with(char::is_alphabetic)).then_some((value, rest))
}

fn impossible_date(said: &str, shown: &str) -> Words {
    let why = match said.split_once("expected ") {
        Some((_, wanted)) if wanted.starts_with("day between") => format!("the month has a {wanted}"),
        Some((_, wanted)) => wanted.to_owned(),
        None => said.to_owned(),
    };
    let help = "write year-month-day, such as 2024-02-01".to_owned();
    (IMPOSSIBLE_DATE, format!("{shown} is not a date: {why}"), help)
}
