//! Paths: how a setting is named from the top of a document, such as `touchpoint.check-in.every`.
//!
//! A path is made of keys, and of the names of entries where a list holds named tables. A part with other
//! characters than letters, digits, `-` and `_` stands in quotes: `metric."share, all".value`. An entry
//! without a name is shown by its number from 1, as in `expect[2]`, which serves reading only.

use std::fmt::Write;

use super::node::{Node, Value};

/// Splits a path into its parts.
///
/// # Errors
///
/// A sentence saying what is wrong with it.
pub fn split(path: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut rest = path.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (part, after) = unquote(quoted).ok_or("a quote in it is not closed")?;
                (part, after.trim_start())
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].trim_end().to_owned(), &rest[end..])
            }
        };
        if part.is_empty() {
            return Err("a part of it is empty".to_owned());
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(after) => rest = after.trim_start(),
            None if after.is_empty() => return Ok(parts),
            None => return Err("after a closing quote only a point may follow".to_owned()),
        }
    }
}

/// Reads up to the closing quote; `\` keeps the next character as it is.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((part, &text[at + 1..])),
            '\\' => part.push(characters.next()?.1),
            other => part.push(other),
        }
    }
    None
}

/// Adds a key to a path and returns the length before, to cut it off again.
pub(super) fn push(path: &mut String, key: &str) -> usize {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if plain {
        path.push_str(key);
    } else {
        write!(path, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")).expect("a string can grow");
    }
    length
}

/// Adds a list's entry to a path: its name, or its number from 1.
pub(super) fn push_entry(path: &mut String, at: usize, name: Option<&str>) -> usize {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return push(path, name);
    }
    let length = path.len();
    write!(path, "[{}]", at + 1).expect("a string can grow");
    length
}

/// Finds what `path` names: the node itself, or the last one on the way that exists.
pub(super) fn find<'n>(root: &'n Node, path: &str) -> Found<'n> {
    let mut node = root;
    for part in split(path).unwrap_or_default() {
        // A list entry without a name is shown behind its list's key: `windows[2]`.
        let (key, number) = match part.strip_suffix(']').and_then(|part| part.rsplit_once('[')) {
            Some((key, number)) => (key.to_owned(), number.parse::<usize>().ok()),
            None => (part, None),
        };
        let Some(mut next) = child(node, &key) else { return Found::Only(node) };
        if let Some(number) = number {
            let Value::Array(entries) = &next.value else { return Found::Only(next) };
            let Some(entry) = entries.get(number.wrapping_sub(1)) else { return Found::Only(next) };
            next = entry;
        }
        node = next;
    }
    Found::Whole(node)
}

/// How far a path leads.
pub(super) enum Found<'n> {
    /// To the node it names.
    Whole(&'n Node),
    /// No further than this node, which lacks the next part.
    Only(&'n Node),
}

fn child<'n>(node: &'n Node, part: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Table(table) => table.get(part),
        Value::Array(entries) => entries.iter().find(|entry| entry.name() == Some(part)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_splits_into_the_parts_it_was_made_of() {
        let cases: [(&str, &[&str]); 5] = [
            ("horizon", &["horizon"]),
            ("touchpoint.check-in.every", &["touchpoint", "check-in", "every"]),
            ("metric.\"a.b \\\"c\\\"\".value", &["metric", "a.b \"c\"", "value"]),
            (" a . \"b\" . c ", &["a", "b", "c"]),
            ("\"\\\\\"", &["\\"]),
        ];
        for (path, parts) in cases {
            assert_eq!(split(path).as_deref(), Ok(parts.map_to_owned().as_slice()), "{path}");
            let mut made = String::new();
            for part in parts {
                push(&mut made, part);
            }
            assert_eq!(split(&made), split(path), "{made}");
        }
    }

    #[test]
    fn a_path_with_an_empty_or_badly_quoted_part_is_refused() {
        for path in ["", ".", "a.", ".a", "a..b", "\"a", "\"a\"b", "\"\"", "a.\"b\\"] {
            assert!(split(path).is_err(), "{path}");
        }
    }

    trait MapToOwned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl MapToOwned for &[&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(|part| (*part).to_owned()).collect()
        }
    }
}
