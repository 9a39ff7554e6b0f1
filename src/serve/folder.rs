//! The folder that is served: which scenarios it holds, and the only files that a run may read.
//!
//! # Invariants
//!
//! - Every path is below the folder, also after links have been followed.
//! - Nothing in it is ever written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::language::source::{Disk, FileReader, ReadError, resolve};

/// How many files are listed.
const MOST_LISTED: usize = 500;

/// How deep folders are searched.
const DEEPEST: usize = 6;

/// The folder that is served.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Its path without links.
    root: PathBuf,
}

/// A scenario that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Listed {
    /// Its file, below the folder.
    pub(super) file: String,
    /// What it calls itself; its file's name where it cannot be read.
    pub(super) name: String,
    /// The question it asks.
    pub(super) question: Option<String>,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// If it is not there, or is no folder.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(path)?;
        if !root.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"));
        }
        Ok(Self { root })
    }

    /// Returns all scenarios: TOML files that name themselves, hidden ones and parts of scenarios left out, by path.
    pub(super) fn scenarios(&self) -> Vec<Listed> {
        let mut found = Vec::new();
        self.search(Path::new(""), 0, &mut found);
        found.sort_by(|a: &Listed, b| {
            let depth = |listed: &Listed| listed.file.matches('/').count();
            (depth(a), &a.file).cmp(&(depth(b), &b.file))
        });
        found
    }

    fn search(&self, inside: &Path, depth: usize, found: &mut Vec<Listed>) {
        let Ok(entries) = fs::read_dir(self.root.join(inside)) else { return };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = inside.join(&name);
            // Links to folders are not followed: they may lead in a circle, or out of the folder.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name.starts_with('.') || found.len() >= MOST_LISTED {
                continue;
            } else if is_folder && depth < DEEPEST {
                self.search(&path, depth + 1, found);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.extend(self.listed(&path));
            }
        }
    }

    /// Describes the scenario in a file; a file without a name is a part of scenarios. One that is not TOML is listed, so
    /// that its faults can be seen.
    fn listed(&self, path: &Path) -> Option<Listed> {
        let file = path.to_str()?.replace('\\', "/");
        let bytes = self.reading(BTreeMap::new()).read(path, crate::language::document::LARGEST_FILE).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let Ok(table) = text.parse::<toml::Table>() else {
            return Some(Listed { name: file.clone(), file, question: None });
        };
        let word = |key: &str| table.get(key)?.as_str().map(str::to_owned);
        Some(Listed { name: word("name")?, question: word("question"), file })
    }

    /// Returns a reader of the files below the folder; `laid_over` are texts that stand in for files.
    pub(super) fn reading(&self, laid_over: BTreeMap<PathBuf, Arc<[u8]>>) -> Reading {
        Reading { root: self.root.clone(), laid_over }
    }
}

/// Reads files below a folder, and texts that stand in for some of them.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    root: PathBuf,
    laid_over: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// What is said of a path that leads out of the folder, whether or not anything is there.
const OUTSIDE: &str = "it lies outside the folder that is served";

impl Reading {
    /// Returns where a path leads, if that is below the folder.
    fn inside(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let outside = || ReadError::Unreadable(OUTSIDE.to_owned());
        let path = resolve(Path::new(""), path.to_str().ok_or_else(outside)?);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }
        let real = match fs::canonicalize(self.root.join(&path)) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ReadError::Missing),
            Err(error) => return Err(ReadError::Unreadable(error.to_string())),
        };
        if real.starts_with(&self.root) { Ok(real) } else { Err(outside()) }
    }
}

impl FileReader for Reading {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        if let Some(bytes) = self.laid_over.get(path) {
            let size = bytes.len() as u64;
            return if size > limit { Err(ReadError::TooLarge(Some(size))) } else { Ok(bytes.to_vec()) };
        }
        let real = self.inside(path)?;
        // Whoever opens a pipe waits until somebody writes into it.
        if !real.is_file() {
            return Err(ReadError::Unreadable("it is no file".to_owned()));
        }
        Disk.read(&real, limit)
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        let real = if folder.as_os_str().is_empty() { Ok(self.root.clone()) } else { self.inside(folder) };
        real.map_or_else(|_| Vec::new(), |real| Disk.names(&real))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a scenario, a part of one, and a secret beside it.
    fn example() -> (tempfile::TempDir, Folder) {
        let around = tempfile::tempdir().unwrap();
        let root = around.path().join("served");
        fs::create_dir_all(root.join("programs/.hidden")).unwrap();
        fs::write(around.path().join("secret.toml"), "name = \"secret\"").unwrap();
        fs::write(root.join("programs/one.toml"), "name = \"One\"\nquestion = \"Why?\"").unwrap();
        fs::write(root.join("programs/.hidden/two.toml"), "name = \"Two\"").unwrap();
        fs::write(root.join("part.toml"), "start = 2024-01-01").unwrap();
        fs::write(root.join("broken.toml"), "name = ").unwrap();
        let folder = Folder::open(&root).unwrap();
        (around, folder)
    }

    #[test]
    fn what_names_itself_is_a_scenario_and_so_is_what_cannot_be_read() {
        let (_around, folder) = example();
        let files: Vec<_> =
            folder.scenarios().into_iter().map(|found| (found.file, found.name, found.question)).collect();
        let broken = ("broken.toml".to_owned(), "broken.toml".to_owned(), None);
        let one = ("programs/one.toml".to_owned(), "One".to_owned(), Some("Why?".to_owned()));
        assert_eq!(files, [broken, one]);
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let (around, folder) = example();
        let mut files = folder.reading(BTreeMap::new());
        assert!(files.read(Path::new("programs/../part.toml"), 100).is_ok());
        let secret = around.path().join("secret.toml");
        for path in
            ["../secret.toml", "programs/../../secret.toml", secret.to_str().unwrap(), "../../etc/passwd"]
        {
            let refused = files.read(Path::new(path), 100);
            assert_eq!(refused, Err(ReadError::Unreadable(OUTSIDE.to_owned())), "{path}");
        }
        assert_eq!(files.names(Path::new("..")), Vec::<String>::new());
        assert_eq!(
            files.read(Path::new("programs"), 100),
            Err(ReadError::Unreadable("it is no file".to_owned()))
        );
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_the_folder() {
        let (around, folder) = example();
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(to, around.path().join("served").join(at)).unwrap();
        };
        link("../secret.toml", "link.toml");
        link("..", "up");
        link("programs", "inner");
        let mut files = folder.reading(BTreeMap::new());
        for path in ["link.toml", "up/secret.toml"] {
            assert_eq!(
                files.read(Path::new(path), 100),
                Err(ReadError::Unreadable(OUTSIDE.to_owned())),
                "{path}"
            );
        }
        assert!(files.read(Path::new("inner/one.toml"), 100).is_ok());
        assert!(folder.scenarios().iter().all(|found| found.name != "secret"));
    }

    #[test]
    fn a_text_stands_in_for_a_file_and_keeps_to_its_limit() {
        let (_around, folder) = example();
        let text: Arc<[u8]> = Arc::from(b"name = \"Other\"".as_slice());
        let mut files = folder.reading(BTreeMap::from([(PathBuf::from("programs/one.toml"), text)]));
        assert_eq!(files.read(Path::new("programs/one.toml"), 100).unwrap(), b"name = \"Other\"");
        assert_eq!(files.read(Path::new("programs/one.toml"), 3), Err(ReadError::TooLarge(Some(14))));
    }
}
