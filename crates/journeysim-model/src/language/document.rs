//! Documents: a scenario file with all it extends, merged into one tree that remembers where each value
//! was written.
//!
//! A file says `extends = "base.toml"`, or a list of files, named relative to itself. Each file is taken
//! once, after the files it extends and before the file that named it; what is taken later wins, the file
//! itself last (see [`super::merge`]). Overrides come after all files, in the order given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::fault::{
    BYTE_ORDER_MARK, EXTENDS_CYCLE, EXTENDS_MALFORMED, EXTENDS_TOO_MANY, FILE_MISSING, FILE_TOO_LARGE,
    FILE_UNREADABLE, Fault, FaultCode, Faults, NOT_UTF8,
};
use super::merge::Merging;
use super::nearest::nearest;
use super::node::{Node, Table, Value};
use super::overrides::ASSUME;
use super::path::{self, Found};
use super::quantity::Complaint;
use super::source::{FileReader, Origin, ReadError, Sources, resolve, shown};
use super::syntax;

/// The largest scenario file. \[bytes\]
pub const LARGEST_FILE: u64 = 1 << 20;

/// The most files that one scenario can be made of.
pub const MOST_FILES: usize = 64;

/// A merged scenario and the texts it was made from.
#[derive(Debug, Clone)]
pub struct Document {
    /// The merged tree.
    pub root: Node,
    /// The files and overrides, the first being the scenario's own file where it could be read.
    pub sources: Sources,
}

impl Document {
    /// Reads a scenario file and all it extends. What is wrong with them is added to `faults`; the document
    /// holds whatever could be read.
    pub fn load(file: &str, files: &mut dyn FileReader, faults: &mut Faults) -> Self {
        Self::load_extended(file, &[], files, faults)
    }

    /// Reads a scenario file as if its `extends` went on with the files of `also`, named relative to it: what the file
    /// itself says still wins over them.
    pub fn load_extended(
        file: &str,
        also: &[String],
        files: &mut dyn FileReader,
        faults: &mut Faults,
    ) -> Self {
        let sources = Sources::default();
        let mut loading = Loading { files, faults, also, sources, stack: Vec::new(), done: Vec::new() };
        let file = resolve(Path::new(""), file);
        loading.visit(&file, None);
        let Loading { sources, done, .. } = loading;
        let empty = || Node::new(Value::Table(Table::default()), Origin::default());
        let mut root = empty();
        let mut merging = Merging { sources: &sources, faults, path: String::new() };
        for (_, node) in done {
            root.origin = node.origin;
            merging.lay(&mut root, node);
        }
        Self { root, sources }
    }

    /// The place of the setting that `path` names, or of the closest table around it that is there.
    #[must_use]
    pub fn origin(&self, path: &str) -> Origin {
        match path::find(&self.root, path) {
            Found::Whole(node) | Found::Only(node) => node.origin,
        }
    }

    /// Whether the setting that `path` names is written anywhere.
    #[must_use]
    pub fn is_written(&self, path: &str) -> bool {
        matches!(path::find(&self.root, path), Found::Whole(_))
    }

    /// The names of the entries of the list `key`, each once; entries without a name that can be read are left out.
    #[must_use]
    pub fn names_in(&self, key: &str) -> Vec<&str> {
        let list = self.root.as_table().and_then(|table| table.get(key));
        let Some(Node { value: Value::Array(entries), .. }) = list else { return Vec::new() };
        let mut names = Vec::new();
        for name in entries.iter().filter_map(Node::name) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The paths of settings that take their value from an assumption inside which one of `paths` lies.
    #[must_use]
    pub fn resting_on(&self, paths: &[String]) -> Vec<String> {
        let named = |path: &String| match &path::split(path).ok()?[..] {
            [first, name, ..] if first == ASSUME => Some(name.clone()),
            _ => None,
        };
        let names: BTreeSet<String> = paths.iter().filter_map(named).collect();
        let mut found = Vec::new();
        if !names.is_empty() {
            collect_naming(&names, &self.root, &mut String::new(), &mut found);
        }
        found
    }

    /// Describes a fault of the setting that `path` names: for checks after the reading, such as those
    /// between settings.
    #[must_use]
    pub fn fault(
        &self,
        code: FaultCode,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        Fault::new(code, &self.sources, self.origin(path), path, message, help)
    }
}

/// Adds the paths of all texts beneath `node`, which is at `path`, that are one of `names`.
fn collect_naming(names: &BTreeSet<String>, node: &Node, path: &mut String, found: &mut Vec<String>) {
    match &node.value {
        Value::String(text) if names.contains(text) => found.push(path.clone()),
        Value::Array(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                let length = path::push_entry(path, at, entry.name());
                collect_naming(names, entry, path, found);
                path.truncate(length);
            }
        }
        Value::Table(table) => {
            for (key, node) in table.iter() {
                let length = path::push(path, &key.text);
                collect_naming(names, node, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

struct Loading<'a> {
    files: &'a mut dyn FileReader,
    faults: &'a mut Faults,
    /// Files that the first one extends besides those it names.
    also: &'a [String],
    sources: Sources,
    /// The files whose `extends` are being followed.
    stack: Vec<PathBuf>,
    /// The files read, in the order they are to be merged.
    done: Vec<(PathBuf, Node)>,
}

impl Loading<'_> {
    /// Reads `file`, which was named at `named`, and the files it extends.
    fn visit(&mut self, file: &Path, named: Option<Origin>) {
        if let Some(at) = self.stack.iter().position(|open| open == file) {
            return self.cycle(at, file, named);
        }
        if self.done.iter().any(|(path, _)| path == file) {
            return;
        }
        if self.stack.len() + self.done.len() >= MOST_FILES {
            let message = format!("more than {MOST_FILES} files extend each other");
            self.faults.mark_incomplete();
            return self.fault(
                EXTENDS_TOO_MANY,
                file,
                named,
                message,
                "put what belongs together into one file",
            );
        }
        let Some(text) = self.text(file, named) else { return self.faults.mark_incomplete() };
        let source = self.sources.add(shown(file), text);
        let mut node = syntax::parse(&self.sources, source, self.faults);
        let extends = match &mut node.value {
            Value::Table(table) => table.remove("extends"),
            _ => None,
        };
        self.stack.push(file.to_path_buf());
        for (written, origin) in self.extended(extends) {
            let folder = self.sources.folder(origin);
            self.visit(&resolve(&folder, &written), Some(origin));
        }
        if self.stack.len() == 1 {
            let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
            for written in self.also {
                self.visit(&resolve(&folder, written), None);
            }
        }
        self.stack.pop();
        self.done.push((file.to_path_buf(), node));
    }

    /// The file names in an `extends`.
    fn extended(&mut self, extends: Option<Node>) -> Vec<(String, Origin)> {
        let entries = match extends {
            None => return Vec::new(),
            Some(Node { value: Value::Array(entries), .. }) => entries,
            Some(node) => vec![node],
        };
        let mut names = Vec::new();
        for entry in entries {
            match &entry.value {
                Value::String(name) if !name.trim().is_empty() => names.push((name.clone(), entry.origin)),
                Value::Broken => {}
                _ => {
                    let message = format!("{entry} is not the name of a file");
                    let help = "write extends = \"base.toml\", or a list: [\"a.toml\", \"b.toml\"]";
                    let fault =
                        Fault::new(EXTENDS_MALFORMED, &self.sources, entry.origin, "extends", message, help);
                    self.faults.report(fault);
                    self.faults.mark_incomplete();
                }
            }
        }
        names
    }

    fn cycle(&mut self, at: usize, file: &Path, named: Option<Origin>) {
        let mut chain: Vec<String> = self.stack[at..].iter().map(|file| shown(file)).collect();
        chain.push(shown(file));
        let message = if chain.len() == 2 {
            format!("{} extends itself", chain[0])
        } else {
            format!("the files extend each other in a circle: {}", chain.join(" extends "))
        };
        self.fault(EXTENDS_CYCLE, file, named, message, "take one of these out of its `extends`");
        self.faults.mark_incomplete();
    }

    /// The text of a file, or `None` with the fault reported.
    fn text(&mut self, file: &Path, named: Option<Origin>) -> Option<String> {
        let name = shown(file);
        let bytes = match self.files.read(file, LARGEST_FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                let Complaint { code, message, help } = refusal(file, &error, LARGEST_FILE, self.files);
                self.fault(code, file, named, message, &help);
                return None;
            }
        };
        let (bytes, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => (rest, true),
            None => (bytes.as_slice(), false),
        };
        if marked {
            let message = "the file begins with an invisible byte order mark";
            let help = "save it as UTF-8 without the mark (\"UTF-8\", not \"UTF-8 with BOM\")";
            self.faults.report(Fault::of_file(BYTE_ORDER_MARK, &name, message, help));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(error) => {
                self.faults.report(not_utf8(&name, bytes, error.valid_up_to()));
                None
            }
        }
    }

    fn fault(&mut self, code: FaultCode, file: &Path, named: Option<Origin>, message: String, help: &str) {
        self.faults.report(match named {
            Some(origin) => Fault::new(code, &self.sources, origin, "extends", message, help),
            None => Fault::of_file(code, shown(file), message, help),
        });
    }
}

/// Says why a file could not be read, and what would be right.
pub(super) fn refusal(file: &Path, error: &ReadError, limit: u64, files: &mut dyn FileReader) -> Complaint {
    let name = shown(file);
    match error {
        ReadError::Missing => {
            let names = files.names(file.parent().unwrap_or(Path::new("")));
            let wanted = file.file_name().and_then(|name| name.to_str()).unwrap_or("");
            let help = match nearest(wanted, names.iter().map(String::as_str)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "file names are relative to the file that mentions them".to_owned(),
            };
            Complaint::new(FILE_MISSING, format!("there is no file {name}"), help)
        }
        ReadError::TooLarge(size) => {
            let size = size.map_or_else(|| "more".to_owned(), megabytes);
            let message = format!("{name} has {size}; at most {} can be read", megabytes(limit));
            let help = if limit == LARGEST_FILE {
                "scenario files are small; a data set is named in one, as in book = \"accounts.csv\""
            } else {
                "take a part of it"
            };
            Complaint::new(FILE_TOO_LARGE, message, help)
        }
        ReadError::Unreadable(reason) => {
            let help = "name a file that can be read";
            Complaint::new(FILE_UNREADABLE, format!("{name} cannot be read: {reason}"), help)
        }
    }
}

fn not_utf8(name: &str, bytes: &[u8], at: usize) -> Fault {
    let before = &bytes[..at];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = std::str::from_utf8(&before[line_start..]).map_or(0, |text| text.chars().count());
    let (message, help) = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        ("the file is UTF-16".to_owned(), "save it as UTF-8")
    } else {
        let message = format!("the byte 0x{:02X} is not UTF-8 text", bytes.get(at).copied().unwrap_or(0));
        (message, "save the file as UTF-8; if it is no text at all, another file was meant")
    };
    let mut fault = Fault::of_file(NOT_UTF8, name, message, help);
    fault.line = super::source::index(before.iter().filter(|byte| **byte == b'\n').count() + 1);
    fault.column = super::source::index(column + 1);
    fault
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / (1 << 20);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::super::source::Texts;
    use super::*;

    fn load(files: &[(&str, &str)]) -> (String, Vec<String>) {
        let mut faults = Faults::default();
        let texts = files.iter().map(|(name, text)| (*name, *text));
        let document = Document::load(files[0].0, &mut Texts::new(texts), &mut faults);
        let shown = |fault: &Fault| {
            let Fault { file, line, column, code, message, .. } = fault;
            format!("{file}:{line}:{column} {code}: {message}")
        };
        (serde_json::to_string(&document.root).expect("JSON"), faults.iter().map(shown).collect())
    }

    #[test]
    fn the_file_itself_wins_over_later_files_and_these_over_earlier_ones() {
        let (merged, faults) = load(&[
            ("s/main.toml", "extends = [\"../p/one.toml\", \"two.toml\"]\nc = 3"),
            ("p/one.toml", "a = 1\nb = 1\nc = 1\n[t]\nx = 1\ny = 1"),
            ("s/two.toml", "b = 2\nc = 2\n[t]\ny = 2\nz = 2"),
        ]);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(merged, r#"{"a":1,"b":2,"c":3,"t":{"x":1,"y":2,"z":2}}"#);
    }

    #[test]
    fn a_file_reached_twice_counts_once_so_that_it_never_undoes_what_extends_it() {
        let (merged, _) = load(&[
            ("main.toml", "extends = [\"one.toml\", \"two.toml\"]"),
            ("one.toml", "extends = \"base.toml\"\na = 1"),
            ("two.toml", "extends = \"./x/../base.toml\"\nb = 2"),
            ("base.toml", "a = 0\nb = 0"),
        ]);
        assert_eq!(merged, r#"{"a":1,"b":2}"#);
    }

    #[test]
    fn named_entries_merge_by_name_and_other_lists_are_replaced() {
        let (merged, faults) = load(&[
            (
                "main.toml",
                "extends = \"base.toml\"\nlist = [9]\n[[t]]\nname = \"b\"\nx = 9\n[[t]]\nname = \"d\"\n\
                 [[t]]\nname = \"a\"\nremove = true",
            ),
            (
                "base.toml",
                "list = [1, 2]\n[[t]]\nname = \"a\"\n[[t]]\nname = \"b\"\nx = 1\ny = 1\n[[t]]\nname = \"c\"",
            ),
        ]);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(merged, r#"{"list":[9],"t":[{"name":"b","x":9,"y":1},{"name":"c"},{"name":"d"}]}"#);
    }

    #[test]
    fn a_plain_value_over_an_assumption_keeps_range_and_source() {
        let ranged = "{ low = 1, base = 2, high = 3, source = \"s\" }";
        let over = |over: &str| {
            let base = format!("a = {ranged}\nd = {{ dist = \"normal\", mean = 1, sd = 1 }}\n");
            load(&[("main.toml", &format!("extends = \"base.toml\"\n{over}")), ("base.toml", &base)]).0
        };
        let d = r#""d":{"dist":"normal","mean":1,"sd":1}"#;
        assert_eq!(over("a = 9"), format!(r#"{{"a":{{"low":1,"base":9,"high":3,"source":"s"}},{d}}}"#));
        assert_eq!(
            over("a = { high = 5 }"),
            format!(r#"{{"a":{{"low":1,"base":2,"high":5,"source":"s"}},{d}}}"#)
        );
        assert_eq!(over("a = { dist = \"x\" }"), format!(r#"{{"a":{{"dist":"x"}},{d}}}"#));
        let a = r#""a":{"low":1,"base":2,"high":3,"source":"s"}"#;
        assert_eq!(over("d = { mean = 2 }"), format!(r#"{{{a},"d":{{"dist":"normal","mean":2,"sd":1}}}}"#));
        assert_eq!(
            over("d = { dist = \"uniform\", low = 0 }"),
            format!(r#"{{{a},"d":{{"dist":"uniform","low":0}}}}"#)
        );
        assert_eq!(over("d = 4"), format!(r#"{{{a},"d":4}}"#));
    }

    #[test]
    #[rustfmt::skip]
    fn what_is_wrong_between_files_is_reported_where_it_is_written() {
        for (files, wanted) in [
            (&[("main.toml", "a = 1\nextends = [\"one.toml\", 3]"), ("one.toml", "extends = 'main.toml'")][..],
             &["main.toml:2:24 extends-malformed: 3 is not the name of a file",
               "one.toml:1:11 extends-cycle: the files extend each other in a circle: main.toml extends one.toml extends main.toml"][..]),
            (&[("main.toml", "extends = './main.toml'")], &["main.toml:1:11 extends-cycle: main.toml extends itself"]),
            (&[("main.toml", "extends = 'mian.toml'")],   &["main.toml:1:11 file-missing: there is no file mian.toml"]),
            (&[("main.toml", "\u{feff}a = 91d")],         &["main.toml:1:1 byte-order-mark: the file begins with an invisible byte order mark",
                                                            "main.toml:1:5 unquoted-value: `91d` is not in quotes"]),
            (&[("main.toml", "[[t]]\nname='x'\n[[t]]\nname='x'")], &["main.toml:4:6 duplicate-name: there is already one named `x`, on line 1"]),
            (&[("main.toml", "[[s]]\nname='y'\n[[s.t]]\nname='x'\n[[s.t]]\nname='x'")], &["main.toml:6:6 duplicate-name: there is already one named `x`, on line 3"]),
            (&[("main.toml", "[[t]]\nname='x'\nremove=true")],     &["main.toml:2:6 nothing-to-remove: nothing named `x` is there to remove"]),
        ] {
            assert_eq!(load(files).1, wanted);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_reported_by_its_own_name() {
        let mut faults = Faults::default();
        let document = Document::load("main.tml", &mut Texts::new([("main.toml", "")]), &mut faults);
        let fault = faults.iter().next().expect("a fault");
        assert_eq!((fault.file.as_str(), fault.code), ("main.tml", "file-missing"));
        assert_eq!(fault.help, "did you mean `main.toml`?");
        assert!(faults.is_incomplete() && document.origin("a.b") == Origin::default());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let mut files = Texts::new([("a.toml", &b"a = 1\nb = \"\xE4\""[..]), ("b.toml", b"\xFF\xFEa\0")]);
        for (file, line, column) in [("a.toml", 2, 6), ("b.toml", 1, 1)] {
            let mut faults = Faults::default();
            Document::load(file, &mut files, &mut faults);
            let fault = faults.iter().next().expect("a fault");
            assert_eq!((fault.code, fault.line, fault.column), ("not-utf8", line, column));
        }
    }

    #[test]
    fn a_data_set_in_place_of_a_scenario_is_refused_unread() {
        struct Endless;
        impl FileReader for Endless {
            fn read(&mut self, _: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
                assert_eq!(limit, LARGEST_FILE);
                Err(ReadError::TooLarge(Some(100 << 20)))
            }
            fn names(&mut self, _: &Path) -> Vec<String> {
                Vec::new()
            }
        }
        let mut faults = Faults::default();
        Document::load("x.toml", &mut Endless, &mut faults);
        let fault = faults.iter().next().expect("a fault");
        assert_eq!(fault.message, "x.toml has 100.0 MB; at most 1.0 MB can be read");
    }

    #[test]
    fn a_chain_without_end_is_cut() {
        struct Chain;
        impl FileReader for Chain {
            fn read(&mut self, path: &Path, _: u64) -> Result<Vec<u8>, ReadError> {
                Ok(format!("extends = \"x{}\"", path.to_string_lossy()).into_bytes())
            }
            fn names(&mut self, _: &Path) -> Vec<String> {
                Vec::new()
            }
        }
        let mut faults = Faults::default();
        Document::load("a", &mut Chain, &mut faults);
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["extends-too-many"]);
    }
}
