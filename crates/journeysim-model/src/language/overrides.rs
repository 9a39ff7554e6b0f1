//! Overrides: one setting of a merged document changed by its path.
//!
//! A path leads through the keys of tables and the names of list entries. A last key that is not there is
//! added, and the reading afterwards says if it means nothing; an entry or an assumption that is not there
//! is a fault at once, with the nearest name. Values are laid on what is there as an extending file's are:
//! a plain value over an assumption sets its base.

use serde::{Serialize, Serializer};

use super::document::Document;
use super::fault::{
    Fault, FaultCode, Faults, OVERRIDE_MALFORMED, PATH_INTO_VALUE, PATH_MALFORMED, PATH_UNMATCHED, SYNTAX,
};
use super::merge::Merging;
use super::nearest;
use super::node::{Key, Node, Table, Value};
use super::path;
use super::source::{Origin, index};
use super::syntax;

/// The table at the top of a document that holds the assumptions.
pub const ASSUME: &str = "assume";

/// One change: the path of a setting and its new value.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The path as written.
    pub path: String,
    /// Where the path was written.
    pub origin: Origin,
    /// The new value.
    pub value: Node,
}

impl Serialize for Override {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.path, &self.value)])
    }
}

impl Document {
    /// Applies `path=value` as given on a command line, and returns whether it could be applied. The value
    /// is read as TOML (`0.35`, `true`, `2024-02-01`, `["a", "b"]`), and as text if it is none (`91d`).
    pub fn set_from_text(&mut self, written: &str, faults: &mut Faults) -> bool {
        let source = self.sources.add("--set", written);
        let whole = Origin { source, start: 0, end: index(written.len()) };
        let Some(equals) = equals_sign(written) else {
            let message = format!("`{}` is not of the form path=value", super::node::shortened(written));
            let help = "write a setting's path, an equals sign and the value: touchpoint.check-in.every=30d";
            self.report(faults, OVERRIDE_MALFORMED, whole, "", message, help);
            return false;
        };
        let path = written[..equals].trim();
        let value = written[equals + 1..].trim();
        let start = equals + 1 + (written[equals + 1..].len() - written[equals + 1..].trim_start().len());
        let at = Origin { source, start: index(start), end: index(start + value.len()) };
        if value.is_empty() {
            let message = format!("there is no value for {path}");
            let after = Origin { source, start: index(equals + 1), end: index(written.len()) };
            self.report(faults, OVERRIDE_MALFORMED, after, path, message, "write one after the equals sign");
            return false;
        }
        let parsed = syntax::parse_value(&self.sources, source, start..start + value.len(), path, faults);
        let node = match parsed {
            Some(node) => node,
            None if value.starts_with(['[', '{', '"', '\'']) => {
                let message = format!("{value} is not a list, table or text that could be read");
                let help = "check its quotes, brackets and commas, and that the shell left the quotes in";
                self.report(faults, SYNTAX, at, path, message, help);
                return false;
            }
            None => Node::new(Value::String(value.to_owned()), at),
        };
        let change = Override {
            path: path.to_owned(),
            origin: Origin { source, start: 0, end: index(equals) },
            value: node,
        };
        self.set(&change, faults)
    }

    /// Applies an override, and returns whether it could be applied. `list.name.remove = true` takes an
    /// entry out.
    pub fn set(&mut self, change: &Override, faults: &mut Faults) -> bool {
        let before = faults.len();
        let parts = match path::split(&change.path) {
            Ok(parts) => parts,
            Err(why) => {
                let message = format!("`{}` is not a path: {why}", change.path);
                let help = "write keys and names with points between: touchpoint.check-in.every";
                self.report(faults, PATH_MALFORMED, change.origin, &change.path, message, help);
                return false;
            }
        };
        if let [list @ .., name, last] = parts.as_slice()
            && last == "remove"
            && change.value.value == Value::Boolean(true)
            && remove_entry(&mut self.root, list, name)
        {
            return true;
        }
        let mut slot = &mut self.root;
        let mut walked = String::new();
        for (at, part) in parts.iter().enumerate() {
            let outer = walked.clone();
            path::push(&mut walked, part);
            match step(slot, part, at + 1 == parts.len(), &outer, change.origin) {
                Ok(inner) => slot = inner,
                Err(blocked) => {
                    if let Some((code, message, help)) = blocked
                        && !(faults.is_incomplete() && code == PATH_UNMATCHED)
                    {
                        self.report(faults, code, change.origin, &change.path, message, &help);
                    }
                    return false;
                }
            }
        }
        if matches!(slot.value, Value::Broken) {
            *slot = change.value.clone();
        } else {
            Merging { sources: &self.sources, faults, path: walked }.lay(slot, change.value.clone());
        }
        if parts.last().is_some_and(|last| last == "base") {
            slot.replaced = true;
        }
        faults.len() == before
    }

    fn report(
        &self,
        faults: &mut Faults,
        code: FaultCode,
        at: Origin,
        path: &str,
        message: String,
        help: &str,
    ) {
        faults.report(Fault::new(code, &self.sources, at, path, message, help));
    }
}

/// Why a path leads no further; `None` where that has been reported already.
type Blocked = Option<(FaultCode, String, String)>;

/// Goes from a node to the part of it that a path names next.
fn step<'n>(
    node: &'n mut Node,
    part: &str,
    is_last: bool,
    outer: &str,
    origin: Origin,
) -> Result<&'n mut Node, Blocked> {
    let shown = node.to_string();
    match &mut node.value {
        Value::Table(table) => {
            if table.get(part).is_none() {
                if outer == ASSUME {
                    let names: Vec<&str> = table.keys().collect();
                    let message = format!("there is no assumption named `{part}`");
                    return Err(Some((PATH_UNMATCHED, message, nearest::hint(part, "assumptions", &names))));
                }
                let value = if is_last { Value::Broken } else { Value::Table(Table::default()) };
                let key = Key { text: part.to_owned(), origin, by_path: true };
                table.insert(key, Node::new(value, origin));
            }
            Ok(table.get_mut(part).expect("the key is there or was just put there"))
        }
        Value::Array(entries) if entries.iter().any(|entry| entry.name().is_some()) => {
            let found = entries.iter().position(|entry| entry.name() == Some(part));
            let Some(found) = found else {
                let names: Vec<&str> = entries.iter().filter_map(Node::name).collect();
                let message = format!("nothing in {outer} is named `{part}`");
                return Err(Some((PATH_UNMATCHED, message, nearest::hint(part, "names", &names))));
            };
            Ok(&mut entries[found])
        }
        Value::Array(_) => {
            let message = format!("{outer} is a list without names, and `{part}` lies beneath it");
            Err(Some((PATH_INTO_VALUE, message, format!("set the whole list: {outer}=[...]"))))
        }
        Value::Broken => Err(None),
        _ => {
            let message = format!("{outer} is the plain value {shown}, and `{part}` lies beneath it");
            Err(Some((PATH_INTO_VALUE, message, format!("set {outer} itself"))))
        }
    }
}

/// Takes the entry `name` out of the list at `list`, and returns whether it was there.
fn remove_entry(root: &mut Node, list: &[String], name: &str) -> bool {
    let mut node = root;
    for part in list {
        let inner = match &mut node.value {
            Value::Table(table) => table.get_mut(part),
            Value::Array(entries) => entries.iter_mut().find(|entry| entry.name() == Some(part)),
            _ => None,
        };
        let Some(inner) = inner else { return false };
        node = inner;
    }
    let Value::Array(entries) = &mut node.value else { return false };
    let found = entries.iter().position(|entry| entry.name() == Some(name));
    found.map(|at| entries.remove(at)).is_some()
}

/// The equals sign between path and value: the first one outside quotes.
fn equals_sign(written: &str) -> Option<usize> {
    let mut quoted = false;
    let mut kept = false;
    written.char_indices().find_map(|(at, character)| {
        match character {
            '"' if !kept => quoted = !quoted,
            '=' if !quoted => return Some(at),
            _ => {}
        }
        kept = character == '\\' && !kept;
        None
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::Texts;
    use super::*;

    const PROGRAM: &str = "\
horizon = \"3y\"
weights = [1, 2]
[assume.call-accepted]
low = \"15%\"
base = \"35%\"
high = \"60%\"
source = \"assumption\"
[[touchpoint]]
name = \"check-in\"
every = \"91d\"
effort = { low = \"40m\", base = \"60m\", high = \"120m\", source = \"assumption\" }
[[touchpoint]]
name = \"v1.2 call\"
every = \"30d\"
";

    fn set(change: &str) -> (String, Vec<String>) {
        let mut faults = Faults::default();
        let mut document = Document::load("x.toml", &mut Texts::new([("x.toml", PROGRAM)]), &mut faults);
        let before = serde_json::to_string(&document.root).expect("JSON");
        document.set_from_text(change, &mut faults);
        let after = serde_json::to_string(&document.root).expect("JSON");
        let from = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let shown = |fault: &Fault| {
            format!(
                "{}:{}:{} {}: {}; {}",
                fault.file, fault.line, fault.column, fault.code, fault.message, fault.help
            )
        };
        (after[from..].to_owned(), faults.iter().map(shown).collect())
    }

    #[test]
    #[rustfmt::skip]
    fn an_override_changes_exactly_what_its_path_names() {
        for (change, wanted) in [
            ("horizon=1y",                              "1y\",\"weights\":["),
            ("horizon = \"1y\"",                        "1y\",\"weights\":["),
            ("weights=[3]",                             "3],\"assume\":{\"ca"),
            ("touchpoint.check-in.every=30d",           "30d\",\"effort\":{\""),
            ("touchpoint.\"v1.2 call\".every=7d",       "7d\"}]}"),
            ("touchpoint.check-in.effort=50m",          "50m\",\"high\":\"12"),
            ("touchpoint.check-in.effort.high=90m",     "90m\",\"source\":\""),
            ("assume.call-accepted=0.5",                "0.5,\"high\":\"60%\""),
            ("start=2024-02-01",                        ",\"start\":\"2024-0"),
            ("capacity.advisors=4",                     ",\"capacity\":{\"ad"),
            ("touchpoint.check-in.remove=true",         "v1.2 call\",\"ever"),
        ] {
            let (after, faults) = set(change);
            assert!(after.starts_with(wanted) && faults.is_empty(), "{change}: {after} {faults:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn an_override_that_matches_nothing_is_a_fault() {
        for (change, wanted) in [
            ("touchpoint.chek-in.every=30d", "--set:1:1 path-unmatched: nothing in touchpoint is named `chek-in`; did you mean `check-in`? names: check-in, v1.2 call"),
            ("touchpoint.x.remove=true",     "--set:1:1 path-unmatched: nothing in touchpoint is named `x`; names: check-in, v1.2 call"),
            ("assume.call-acepted=30%",      "--set:1:1 path-unmatched: there is no assumption named `call-acepted`; did you mean `call-accepted`? assumptions: call-accepted"),
            ("horizon.days=3",               "--set:1:1 path-into-value: horizon is the plain value \"3y\", and `days` lies beneath it; set horizon itself"),
            ("weights.a=3",                  "--set:1:1 path-into-value: weights is a list without names, and `a` lies beneath it; set the whole list: weights=[...]"),
            ("horizon",                      "--set:1:1 override-malformed: `horizon` is not of the form path=value; write a setting's path, an equals sign and the value: touchpoint.check-in.every=30d"),
            ("horizon= ",                    "--set:1:9 override-malformed: there is no value for horizon; write one after the equals sign"),
            ("a..b=3",                       "--set:1:1 path-malformed: `a..b` is not a path: a part of it is empty; write keys and names with points between: touchpoint.check-in.every"),
            ("weights= [1,2",                "--set:1:10 syntax: [1,2 is not a list, table or text that could be read; check its quotes, brackets and commas, and that the shell left the quotes in"),
        ] {
            assert_eq!(set(change).1, [wanted], "{change}");
        }
    }

    #[test]
    fn an_equals_sign_in_a_quoted_name_belongs_to_the_path() {
        assert_eq!(equals_sign("a.\"b=c\".d=e=f"), Some(9));
        assert_eq!(equals_sign("\"a\\\"=\"=1"), Some(6));
        assert_eq!(equals_sign("\"a=1"), None);
    }
}
