//! Where text comes from: files, overrides, and the places inside them.
//!
//! # Not here
//!
//! What the text means is [`super::syntax`]; how files extend each other is [`super::document`].

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::fault::Excerpt;

/// A stretch of a source: which one, and from which byte to which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The source, an index into [`Sources`].
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A text that was read: a file, or an override on the command line.
#[derive(Debug)]
pub struct Source {
    /// The file's name as shown, or `--set`.
    pub name: String,
    /// The text.
    pub text: String,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

/// All texts a document was made from. Copies are cheap and share the texts.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Arc<Source>>);

/// An [`Origin`] as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) excerpt: Excerpt,
}

impl Sources {
    /// Adds a text and returns its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.0.push(Arc::new(Source { name: name.into(), text, lines }));
        index(self.0.len() - 1)
    }

    /// The source with this index.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Source> {
        self.0.get(index as usize).map(AsRef::as_ref)
    }

    /// All sources, in the order they were read.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The folder of the file that holds `origin`, against which file names inside it are understood.
    #[must_use]
    pub fn folder(&self, origin: Origin) -> PathBuf {
        let name = self.get(origin.source).map_or("", |source| &source.name);
        Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// The line on which `origin` begins, counted from 1.
    pub(super) fn line(&self, origin: Origin) -> u32 {
        let start = origin.start as usize;
        self.get(origin.source)
            .map_or(1, |source| index(source.lines.partition_point(|&line| line <= start).max(1)))
    }

    /// File, line, column and excerpt of `origin`.
    pub(super) fn place(&self, origin: Origin) -> Place {
        let Some(source) = self.get(origin.source) else {
            return Place { file: String::new(), line: 1, column: 1, excerpt: Excerpt::default() };
        };
        let text = &source.text;
        let start = text.floor_char_boundary(origin.start as usize);
        let line = source.lines.partition_point(|&line| line <= start).max(1);
        let from = source.lines[line - 1];
        let to = source.lines.get(line).map_or(text.len(), |next| next - 1);
        let end = text.floor_char_boundary((origin.end as usize).clamp(start, to.max(start)));
        let before = text[from..start].chars().count();
        let width = text[start..end].trim_end().chars().count();
        Place {
            file: source.name.clone(),
            line: index(line),
            column: index(before + 1),
            excerpt: excerpt(&text[from..to], before, width),
        }
    }
}

/// Shortens `line` to what fits on a screen around the caret.
fn excerpt(line: &str, before: usize, width: usize) -> Excerpt {
    const SCREEN: usize = 120;
    const LEFT: usize = 60;
    let line = line.trim_end();
    let fits = line.chars().nth(SCREEN).is_none();
    let skipped = if fits { 0 } else { before.saturating_sub(LEFT) };
    let shown = line.chars().skip(skipped).take(SCREEN);
    let text: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let before = before - skipped;
    Excerpt { text, before, width: width.clamp(1, SCREEN.saturating_sub(before).max(1)) }
}

/// Sizes are limited long before 32 bits are exhausted; anything larger is shown as the largest.
pub(super) fn index(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// The file is larger than allowed. [bytes, where known]
    TooLarge(Option<u64>),
    /// The file is there and cannot be read, for the reason given.
    Unreadable(String),
}

/// Reads files: from the disk, from memory in tests, or from whatever a browser sends.
pub trait FileReader {
    /// Returns the bytes of a file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooLarge`] before more than `limit` bytes are held in memory; the others say why not.
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError>;

    /// Names of the files in a folder, for hints; empty where that is not known.
    fn names(&mut self, folder: &Path) -> Vec<String>;
}

/// The files of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl FileReader for Disk {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => ReadError::Missing,
            _ => ReadError::Unreadable(error.to_string()),
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(ReadError::Unreadable("it is a folder".to_owned()));
        }
        if metadata.len() > limit {
            return Err(ReadError::TooLarge(Some(metadata.len())));
        }
        let mut bytes = Vec::new();
        // A pipe or a device has no length: never take more than one byte beyond the limit.
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(None));
        }
        Ok(bytes)
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let names = entries.flatten().take(500).filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

/// Files held in memory, by path.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<PathBuf, Vec<u8>>);

impl Texts {
    /// Holds these files.
    pub fn new<P: Into<PathBuf>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        Self(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
    }
}

impl FileReader for Texts {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = self.0.get(path).ok_or(ReadError::Missing)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(Some(bytes.len() as u64)));
        }
        Ok(bytes.clone())
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        let inside = self.0.keys().filter(|path| path.parent() == Some(folder));
        inside.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect()
    }
}

/// A file as it is shown: with `/` on every system.
#[must_use]
pub fn shown(file: &Path) -> String {
    file.to_string_lossy().replace('\\', "/")
}

/// Joins a file name written in a file of `folder` to that folder, and resolves `.` and `..` by name, so
/// that one file has one name however it was reached.
#[must_use]
pub fn resolve(folder: &Path, written: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in folder.join(written).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(resolved.components().next_back(), Some(Component::Normal(_))) =>
            {
                resolved.pop();
            }
            part => resolved.push(part),
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, start: usize, end: usize) -> Place {
        let mut sources = Sources::default();
        let source = sources.add("x.toml", text);
        sources.place(Origin { source, start: index(start), end: index(end) })
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let text = "é = 1\r\n\nzwölf = \"ä\"\n";
        for (what, line, column) in [("é", 1, 1), ("1", 1, 5), ("zw", 3, 1), ("\"ä", 3, 9)] {
            let at = text.find(what).expect("the text holds it");
            let place = place(text, at, at + 1);
            assert_eq!((place.line, place.column), (line, column), "{what}");
        }
    }

    #[test]
    fn a_place_at_the_end_of_the_text_is_shown_after_its_last_character() {
        let shown = place("a = 1", 5, 5);
        assert_eq!((shown.line, shown.column, shown.excerpt.text.as_str()), (1, 6, "a = 1"));
        assert_eq!(place("", 0, 0).line, 1);
        assert_eq!(place("a\n", 2, 9).line, 2);
    }

    #[test]
    fn a_long_line_is_shortened_around_the_caret() {
        let text = format!("a = \"{}!{}\"", "x".repeat(5000), "y".repeat(5000));
        let shown = place(&text, 5005, 5006);
        assert_eq!(shown.column, 5006);
        let Excerpt { text, before, width } = shown.excerpt;
        assert_eq!(text.chars().nth(before), Some('!'));
        assert!(text.chars().count() <= 120 && width == 1);
    }

    #[test]
    fn one_file_has_one_name() {
        assert_eq!(resolve(Path::new("a/b"), "../c/./d.toml"), Path::new("a/c/d.toml"));
        assert_eq!(resolve(Path::new(""), "../d.toml"), Path::new("../d.toml"));
        assert_eq!(resolve(Path::new("../x"), "../../d.toml"), Path::new("../../d.toml"));
        assert_eq!(resolve(Path::new("a"), "/d.toml"), Path::new("/d.toml"));
    }

    #[test]
    fn the_disk_refuses_a_large_file_and_a_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("x.toml");
        std::fs::write(&file, "12345").expect("the folder is writable");
        assert_eq!(Disk.read(&file, 5), Ok(b"12345".to_vec()));
        assert_eq!(Disk.read(&file, 4), Err(ReadError::TooLarge(Some(5))));
        assert_eq!(Disk.read(&folder.path().join("y"), 4), Err(ReadError::Missing));
        assert!(matches!(Disk.read(folder.path(), 4), Err(ReadError::Unreadable(_))));
        assert_eq!(Disk.names(folder.path()), ["x.toml"]);
    }
}
