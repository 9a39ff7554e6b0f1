//! Reads Rust source far enough to list the paths it names: comments and literals are skipped, `use` groups are
//! written out, and `super` is followed to the room it reaches.
//!
//! It knows no types and expands no macros. What it must not do is miss a path, so whatever looks like one is
//! listed.

/// A path as the source names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The line it starts on, from 1.
    pub line: usize,
    /// Its segments; `crate` stands first if the path was written from the root of the crate or leads there.
    pub segments: Vec<String>,
    /// Whether it names a macro.
    pub is_macro: bool,
    /// Whether it stands in a module called `tests`.
    pub in_tests: bool,
}

/// Lists the paths in `source`, the text of the module `module` (its names from the crate root, none for the
/// root itself).
pub fn paths(module: &[&str], source: &str) -> Vec<Named> {
    let tokens = tokens(source);
    let mut reader =
        Reader { tokens: &tokens, at: 0, modules: Vec::new(), depth: 0, file: module, named: Vec::new() };
    reader.read();
    reader.named
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Word(String),
    PathSeparator,
    Sign(char),
}

struct Token {
    line: usize,
    kind: Kind,
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The inline modules around this place, each with the depth of braces outside it.
    modules: Vec<(String, usize)>,
    depth: usize,
    file: &'a [&'a str],
    named: Vec<Named>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match &token.kind {
                Kind::Word(word) if word == "mod" && self.opens_module() => {
                    let Kind::Word(name) = self.tokens[self.at + 1].kind.clone() else { unreachable!() };
                    self.modules.push((name, self.depth));
                    self.depth += 1;
                    self.at += 3;
                }
                Kind::Word(_) => self.tree(&[]),
                Kind::Sign(sign) => {
                    match sign {
                        '{' => self.depth += 1,
                        '}' => {
                            self.depth = self.depth.saturating_sub(1);
                            self.modules.pop_if(|(_, outside)| *outside == self.depth);
                        }
                        _ => {}
                    }
                    self.at += 1;
                }
                Kind::PathSeparator => self.at += 1,
            }
        }
    }

    /// Tells whether the `mod` here has a name and a body.
    fn opens_module(&self) -> bool {
        matches!(self.kind(1), Some(Kind::Word(_))) && self.kind(2) == Some(&Kind::Sign('{'))
    }

    /// Reads a path, or the branches of a group, that continues `stem`.
    fn tree(&mut self, stem: &[String]) {
        let line = self.tokens[self.at].line;
        let mut segments = stem.to_vec();
        loop {
            match self.kind(0) {
                Some(Kind::Word(word)) => segments.push(word.clone()),
                Some(Kind::Sign('*')) => segments.push("*".to_owned()),
                Some(Kind::Sign('{')) if !segments.is_empty() => return self.group(&segments),
                _ => break,
            }
            self.at += 1;
            if self.kind(0) != Some(&Kind::PathSeparator) {
                break;
            }
            self.at += 1;
        }
        let is_macro = self.kind(0) == Some(&Kind::Sign('!')) && self.kind(1) != Some(&Kind::Sign('='));
        let in_tests = self.file.contains(&"tests") || self.modules.iter().any(|(name, _)| name == "tests");
        self.named.push(Named { line, segments: self.rooted(segments), is_macro, in_tests });
    }

    fn group(&mut self, stem: &[String]) {
        self.at += 1;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Word(_) | Kind::Sign('*') => self.tree(stem),
                Kind::Sign('}') => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Replaces leading `super`s by the path from the root, if there are so many that they leave this file's
    /// room; others stay within it and are nobody's business.
    fn rooted(&self, mut segments: Vec<String>) -> Vec<String> {
        if segments.len() > 1 && segments[0] == "self" {
            segments.remove(0);
        }
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        let depth = self.file.len() + self.modules.len();
        if supers == 0 || supers < depth {
            return segments;
        }
        std::iter::once("crate".to_owned()).chain(segments.into_iter().skip(supers)).collect()
    }

    fn kind(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }
}

/// Cuts `source` into words, `::` and single signs.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = literal_or_comment(rest).unwrap_or_else(|| {
            let word = word_length(rest);
            let (kind, length) = if word > 0 {
                (Kind::Word(rest[..word].to_owned()), word)
            } else if rest.starts_with("::") {
                (Kind::PathSeparator, 2)
            } else {
                (Kind::Sign(first), first.len_utf8())
            };
            if !first.is_whitespace() {
                tokens.push(Token { line, kind });
            }
            length
        });
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

fn word_length(text: &str) -> usize {
    text.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(text.len())
}

/// Returns the length of the comment, string, character or lifetime that `text` starts with.
fn literal_or_comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        let after = text.strip_prefix(prefix).unwrap_or("");
        after.starts_with('"') || prefix.ends_with('r') && after.trim_start_matches('#').starts_with('"')
    });
    let prefix = prefix.unwrap_or("");
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let close = format!("\"{}", "#".repeat(hashes));
        let inside = &body[hashes + 1..];
        let end = inside.find(&close).map_or(inside.len(), |end| end + close.len());
        return Some(prefix.len() + hashes + 1 + end);
    }
    if body.starts_with('"') {
        return Some(prefix.len() + quoted(body, '"'));
    }
    if let Some(after_quote) = text.strip_prefix('\'') {
        let mut signs = after_quote.chars();
        let (inside, after) = (signs.next()?, signs.next());
        let is_character = inside == '\\' || after == Some('\'');
        return Some(if is_character { quoted(text, '\'') } else { 1 + word_length(after_quote) });
    }
    None
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Returns the length of the literal between two `quote`s, escapes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if sign == '\\' {
            escaped = true;
        } else if sign == quote {
            return at + sign.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(module: &[&str], source: &str) -> Vec<String> {
        paths(module, source).into_iter().map(|named| named.segments.join("::")).collect()
    }

    fn has(module: &[&str], source: &str, path: &str) -> bool {
        written(module, source).iter().any(|written| written == path)
    }

    #[test]
    fn groups_are_written_out() {
        let source = "use crate::{base::time::{Day, SimTime as T}, engine, language::*};";
        for path in
            ["crate::base::time::Day", "crate::base::time::SimTime", "crate::engine", "crate::language::*"]
        {
            assert!(has(&["x"], source, path), "{path}");
        }
    }

    #[test]
    fn as_many_supers_as_modules_lead_to_the_root() {
        let cases = [
            ("file of a room", "super::super::engine::run()", "crate::engine::run"),
            ("inline module", "mod tests { use super::super::super::engine; }", "crate::engine"),
            ("after an inline module", "mod a { fn f() {} } use super::super::engine;", "crate::engine"),
            ("through self", "self::super::super::engine", "crate::engine"),
            ("within the room", "use super::money::Money;", "super::money::Money"),
        ];
        for (why, source, path) in cases {
            assert!(has(&["base", "time"], source, path), "{why}: {:?}", written(&["base", "time"], source));
        }
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let source = r####"
            /// [`crate::engine`] // crate::engine
            /* crate::engine /* nested */ crate::engine */
            fn f<'a>(x: &'a str) { g("crate::engine \" crate::engine", r#"crate::engine" "#, '"', b'\'', '\u{1F}') }
            use crate::base;
        "####;
        assert!(!written(&["x"], source).iter().any(|path| path.contains("engine")));
        let base = paths(&["x"], source).into_iter().find(|named| named.segments == ["crate", "base"]);
        assert_eq!(base.map(|named| named.line), Some(5));
    }

    #[test]
    fn macros_and_test_modules_are_told_apart() {
        let source = "fn f() { println!(); if println != 3 {} } mod tests { fn g() { println!(); } }";
        let println: Vec<_> = paths(&["x"], source)
            .into_iter()
            .filter(|named| named.segments == ["println"])
            .map(|named| (named.is_macro, named.in_tests))
            .collect();
        assert_eq!(println, [(true, false), (false, false), (true, true)]);
    }
}
