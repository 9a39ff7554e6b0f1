//! Run folders: complete or not there at all.
//!
//! A folder is filled under another name beside its place and then renamed, so nobody ever sees half of one.
//! One that exists is replaced only when asked to, and only if it is a run folder: whatever else
//! lies under that name was not made by this program and is not its to delete.
//!
//! While a run goes on its folder holds nothing but what is finished of it ([`CELLS`]): an unfinished run.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::experiment::cells::{Cells, UNMADE};

/// The file that makes a folder a run folder.
pub const MANIFEST: &str = "manifest.json";

/// The file with the finished cells of a run.
pub const CELLS: &str = "cells.redb";

/// Why a run folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is a run already; the run can go on with another name or with leave to replace.
    #[error("{0} exists already: choose another folder, go on with --resume, or replace it with --force")]
    Exists(PathBuf),
    /// There is an unfinished run.
    #[error("{0} holds an unfinished run: go on with --resume, or replace it with --force")]
    Unfinished(PathBuf),
    /// The run that is there goes on: it would take the place of whatever replaced it.
    #[error("another run is writing to {0}: wait for it, or choose another folder")]
    InUse(PathBuf),
    /// Something else has this name, and is not replaced even when asked to.
    #[error(
        "{0} exists and is no run folder (it has no {MANIFEST} of a run): it is not replaced, choose another one"
    )]
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

/// What is done about a run that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It stays, and no other takes its place.
    Stays,
    /// It is replaced.
    IsReplaced,
    /// It goes on.
    GoesOn,
}

/// The place of a run folder that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it was written.
    target: PathBuf,
    /// Where the folder lies: elsewhere, if `target` is a link.
    real: PathBuf,
    standing: Standing,
}

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Unfinished,
    Run,
}

impl Place {
    /// Checks that a run folder can take its place at `target`, so that nobody waits for a run in vain.
    ///
    /// # Errors
    ///
    /// [`FolderError::Exists`] or [`FolderError::Unfinished`] if a run is there and stays, [`FolderError::NotARun`]
    /// if something else is there, [`FolderError::Nameless`] for a path such as `..`.
    pub fn new(target: &Path, standing: Standing) -> Result<Self, FolderError> {
        if target.file_name().is_none() {
            return Err(FolderError::Nameless(target.to_owned()));
        }
        // What a link leads to is replaced, not the link: both may lie on different disks.
        let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let place = Self { target: target.to_owned(), real, standing };
        match (place.found()?, standing) {
            (Found::Run, Standing::Stays) => Err(FolderError::Exists(place.target)),
            (Found::Unfinished, Standing::Stays) => Err(FolderError::Unfinished(place.target)),
            _ => Ok(place),
        }
    }

    /// Returns the path of the folder as it was written.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the folder of a run that begins, or goes on, and returns the path of its finished cells; those of a run that is
    /// replaced are removed.
    ///
    /// # Errors
    ///
    /// [`FolderError::InUse`] while the run that is to be replaced goes on, [`FolderError::Disk`].
    pub fn begin(&self) -> Result<PathBuf, FolderError> {
        let disk = |source| FolderError::Disk { path: self.target.clone(), source };
        fs::create_dir_all(&self.real).map_err(disk)?;
        let cells = self.real.join(CELLS);
        if self.standing == Standing::IsReplaced && cells.is_file() {
            if Cells::is_in_use(&cells) {
                return Err(FolderError::InUse(self.target.clone()));
            }
            fs::remove_file(&cells).map_err(disk)?;
        }
        Ok(cells)
    }

    /// Removes what a run that was refused after it had begun left behind.
    pub fn abandon(&self) {
        if self.standing == Standing::Stays && matches!(self.found(), Ok(Found::Unfinished)) {
            let _ = fs::remove_dir_all(&self.real);
        }
    }

    /// Writes the folder: `fill` writes the files into the path it is given; finished cells stay with them.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotARun`] and [`FolderError::Disk`]; then the place is as it was before.
    pub fn write(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), FolderError> {
        let disk = |source| FolderError::Disk { path: self.target.clone(), source };
        let found = self.found()?;
        let part = self.beside("part");
        let filled = fs::create_dir_all(&part).and_then(|()| fill(&part));
        let placed = filled.and_then(|()| {
            if found == Found::Nothing { fs::rename(&part, &self.real) } else { self.swap(&part) }
        });
        placed.map_err(|error| {
            // The first error is the one to report; what cannot be removed either stays under its own name.
            let _ = fs::remove_dir_all(&part);
            disk(error)
        })
    }

    /// Puts `part` in the place of the run folder that is there.
    fn swap(&self, part: &Path) -> io::Result<()> {
        let old = self.beside("old");
        fs::rename(&self.real, &old)?;
        if let Err(error) = fs::rename(part, &self.real) {
            fs::rename(&old, &self.real)?;
            return Err(error);
        }
        if old.join(CELLS).is_file() {
            fs::rename(old.join(CELLS), self.real.join(CELLS))?;
        }
        fs::remove_dir_all(&old)
    }

    /// Returns what is there.
    fn found(&self) -> Result<Found, FolderError> {
        let names = match fs::symlink_metadata(&self.real) {
            Err(_) => return Ok(Found::Nothing),
            Ok(_) => names(&self.real),
        };
        match names.as_deref() {
            Some([]) => Ok(Found::Nothing),
            Some(names) if names.iter().all(|name| name == CELLS || *name == unmade()) => {
                Ok(Found::Unfinished)
            }
            _ if is_manifest(&self.real.join(MANIFEST)) => Ok(Found::Run),
            _ => Err(FolderError::NotARun(self.target.clone())),
        }
    }

    /// A name beside the folder that another process does not use.
    fn beside(&self, what: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.real.file_name().unwrap_or_default());
        name.push(format!(".{what}-{}", std::process::id()));
        self.real.with_file_name(name)
    }
}

/// The name of the file of finished cells while it is being made.
fn unmade() -> OsString {
    Path::new(CELLS).with_extension(UNMADE).into_os_string()
}

/// Returns whether this is a manifest that a run, or a part of a sweep, has written; other programs have files of this name too.
fn is_manifest(path: &Path) -> bool {
    let read = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    read.is_some_and(|manifest| ["tool_version", "command"].iter().all(|key| manifest[key].is_string()))
}

/// Returns what is in a folder, in order; [`None`] if it is none.
fn names(path: &Path) -> Option<Vec<OsString>> {
    let mut names: Vec<OsString> =
        fs::read_dir(path).ok()?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(command: &str) -> String {
        format!("{{\"tool_version\": \"1\", \"command\": \"{command}\"}}")
    }

    fn fill(path: &Path, command: &str) -> io::Result<()> {
        fs::write(path.join(MANIFEST), manifest(command))
    }

    #[test]
    fn a_run_is_replaced_only_when_asked_to() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("deep/run");
        Place::new(&target, Standing::Stays).unwrap().write(|path| fill(path, "first")).unwrap();
        assert!(matches!(Place::new(&target, Standing::Stays), Err(FolderError::Exists(_))));
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), manifest("first"));
        Place::new(&target, Standing::IsReplaced).unwrap().write(|path| fill(path, "second")).unwrap();
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), manifest("second"));
        assert_eq!(names(&root.path().join("deep")).unwrap(), ["run"]);
    }

    #[test]
    fn what_is_no_run_is_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("letter.txt"), "mine").unwrap();
        // Of a web page, say.
        fs::write(root.path().join(MANIFEST), "{ \"name\": \"mine\", \"start_url\": \"/\" }").unwrap();
        for standing in [Standing::Stays, Standing::IsReplaced, Standing::GoesOn] {
            assert!(matches!(Place::new(root.path(), standing), Err(FolderError::NotARun(_))));
            let file = root.path().join("letter.txt");
            assert!(matches!(Place::new(&file, standing), Err(FolderError::NotARun(_))));
        }
        assert!(matches!(Place::new(Path::new(".."), Standing::IsReplaced), Err(FolderError::Nameless(_))));
    }

    #[test]
    fn an_unfinished_run_goes_on_or_is_replaced_but_never_by_accident() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("run");
        let place = Place::new(&target, Standing::Stays).unwrap();
        fs::write(place.begin().unwrap(), "cells").unwrap();
        assert!(matches!(Place::new(&target, Standing::Stays), Err(FolderError::Unfinished(_))));
        for standing in [Standing::GoesOn, Standing::IsReplaced] {
            assert!(Place::new(&target, standing).is_ok());
        }
        place.write(|path| fill(path, "whole")).unwrap();
        assert_eq!(names(&target).unwrap(), [CELLS, MANIFEST]);
        assert_eq!(fs::read_to_string(target.join(CELLS)).unwrap(), "cells");
    }

    #[test]
    fn what_a_refused_run_began_is_removed_and_what_was_there_before_is_not() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("run");
        let place = Place::new(&target, Standing::Stays).unwrap();
        fs::write(place.begin().unwrap(), "cells").unwrap();
        Place::new(&target, Standing::GoesOn).unwrap().abandon();
        assert!(target.is_dir());
        place.abandon();
        assert!(!target.exists());
    }

    #[test]
    fn a_failure_leaves_the_place_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("run");
        let place = Place::new(&target, Standing::IsReplaced).unwrap();
        place.write(|path| fill(path, "first")).unwrap();
        let failing = |path: &Path| fill(path, "half").and_then(|()| Err(io::Error::other("disk full")));
        assert!(matches!(place.write(failing), Err(FolderError::Disk { .. })));
        assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), manifest("first"));
        assert_eq!(names(root.path()).unwrap(), ["run"]);
    }

    #[test]
    fn an_empty_folder_is_a_free_place() {
        let root = tempfile::tempdir().unwrap();
        Place::new(root.path(), Standing::Stays).unwrap().write(|path| fill(path, "run")).unwrap();
        assert!(root.path().join(MANIFEST).is_file());
    }
}
