//! Run folders: complete or not there at all.
//!
//! A folder is filled under another name beside its place and then renamed, so nobody ever sees half of one.
//! One that exists is replaced only when asked to, and only if it is a run folder: whatever else
//! lies under that name was not made by this program and is not its to delete.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that makes a folder a run folder.
pub const MANIFEST: &str = "manifest.json";

/// Why a run folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is a run already; the run can go on with another name or with leave to replace.
    #[error("{0} exists already: choose another folder, or replace it with --force")]
    Exists(PathBuf),
    /// Something else has this name, and is not replaced even when asked to.
    #[error("{0} exists and is no run folder (it has no {MANIFEST}): it is not replaced, choose another one")]
    NotARun(PathBuf),
    /// The path names no folder.
    #[error("{0} does not name a folder: write a name such as runs/first")]
    Nameless(PathBuf),
    /// The disk refuses.
    #[error("the run folder {path} cannot be written")]
    Disk {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The place of a run folder that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    target: PathBuf,
    replace: bool,
}

impl Place {
    /// Checks that a run folder can take its place at `target`, so that nobody waits for a run in vain.
    ///
    /// # Errors
    ///
    /// [`FolderError::Exists`] if it is there and `replace` is false, [`FolderError::NotARun`] if something
    /// else is there, [`FolderError::Nameless`] for a path such as `..`.
    pub fn new(target: &Path, replace: bool) -> Result<Self, FolderError> {
        if target.file_name().is_none() {
            return Err(FolderError::Nameless(target.to_owned()));
        }
        let place = Self { target: target.to_owned(), replace };
        place.is_free().map(|_| place)
    }

    /// Writes the folder: `fill` writes the files into the path it is given.
    ///
    /// # Errors
    ///
    /// As [`Place::new`], and [`FolderError::Disk`]; then the place is as it was before.
    pub fn write(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), FolderError> {
        let disk = |source| FolderError::Disk { path: self.target.clone(), source };
        let is_free = self.is_free()?;
        let part = self.beside("part");
        let filled = fs::create_dir_all(&part).and_then(|()| fill(&part));
        let placed =
            filled.and_then(|()| if is_free { fs::rename(&part, &self.target) } else { self.swap(&part) });
        placed.map_err(|error| {
            // The first error is the one to report; what cannot be removed either stays under its own name.
            let _ = fs::remove_dir_all(&part);
            disk(error)
        })
    }

    /// Puts `part` in the place of the run folder that is there.
    fn swap(&self, part: &Path) -> io::Result<()> {
        let old = self.beside("old");
        fs::rename(&self.target, &old)?;
        if let Err(error) = fs::rename(part, &self.target) {
            fs::rename(&old, &self.target)?;
            return Err(error);
        }
        fs::remove_dir_all(&old)
    }

    /// Returns whether nothing is in the way, or only what may be replaced.
    fn is_free(&self) -> Result<bool, FolderError> {
        if fs::symlink_metadata(&self.target).is_err() || is_empty_folder(&self.target) {
            return Ok(true);
        }
        if !self.target.join(MANIFEST).is_file() {
            return Err(FolderError::NotARun(self.target.clone()));
        }
        if self.replace { Ok(false) } else { Err(FolderError::Exists(self.target.clone())) }
    }

    /// A name beside the folder that another process does not use.
    fn beside(&self, what: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.target.file_name().unwrap_or_default());
        name.push(format!(".{what}-{}", std::process::id()));
        self.target.with_file_name(name)
    }
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(path: &Path, text: &str) -> io::Result<()> {
        fs::write(path.join(MANIFEST), text)
    }

    fn names(path: &Path) -> Vec<OsString> {
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_run_is_replaced_only_when_asked_to() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("deep/run");
        Place::new(&target, false).unwrap().write(|path| fill(path, "first")).unwrap();
        assert!(matches!(Place::new(&target, false), Err(FolderError::Exists(_))));
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), "first");
        Place::new(&target, true).unwrap().write(|path| fill(path, "second")).unwrap();
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), "second");
        assert_eq!(names(&root.path().join("deep")), ["run"]);
    }

    #[test]
    fn what_is_no_run_is_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("letter.txt"), "mine").unwrap();
        for replace in [false, true] {
            assert!(matches!(Place::new(root.path(), replace), Err(FolderError::NotARun(_))));
            let file = root.path().join("letter.txt");
            assert!(matches!(Place::new(&file, replace), Err(FolderError::NotARun(_))));
        }
        assert!(matches!(Place::new(Path::new(".."), true), Err(FolderError::Nameless(_))));
    }

    #[test]
    fn a_failure_leaves_the_place_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("run");
        let place = Place::new(&target, true).unwrap();
        place.write(|path| fill(path, "first")).unwrap();
        let failing = |path: &Path| fill(path, "half").and_then(|()| Err(io::Error::other("disk full")));
        assert!(matches!(place.write(failing), Err(FolderError::Disk { .. })));
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), "first");
        assert_eq!(names(root.path()), ["run"]);
    }

    #[test]
    fn an_empty_folder_is_a_free_place() {
        let root = tempfile::tempdir().unwrap();
        Place::new(root.path(), false).unwrap().write(|path| fill(path, "run")).unwrap();
        assert!(root.path().join(MANIFEST).is_file());
    }
}
