//! What the server knows: the folder, the uploaded lists, and the runs.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::serve::ask::{Refusal, Upload};
use crate::serve::folder::Folder;
use crate::serve::jobs::Jobs;

/// The largest list of accounts that can be uploaded (bytes).
pub(super) const LARGEST_UPLOAD: usize = 16 << 20;

/// How many uploads are remembered; then the oldest is forgotten.
const MOST_UPLOADS: usize = 8;

/// How many requests that take time are answered at once; others wait.
const TURNS: usize = 4;

/// What all requests share.
pub(super) struct App {
    /// The folder that is served.
    pub(super) folder: Folder,
    /// All runs.
    pub(super) jobs: Jobs,
    /// Turns of requests that take time.
    pub(super) turns: Semaphore,
    uploads: Mutex<(u64, BTreeMap<u64, Upload>)>,
}

impl App {
    /// Serves `folder`.
    pub(super) fn new(folder: Folder, jobs: Jobs) -> Self {
        Self { folder, jobs, turns: Semaphore::new(TURNS), uploads: Mutex::default() }
    }

    /// Remembers an upload and returns its number.
    ///
    /// # Errors
    ///
    /// If its name is no name of a list.
    pub(super) fn take(&self, upload: Upload) -> Result<u64, Refusal> {
        let is_name = Path::new(&upload.name).components().collect::<Vec<_>>();
        let is_name = matches!(is_name[..], [Component::Normal(_)]) && !upload.name.starts_with('.');
        let is_list = [".csv", ".tsv", ".txt"].iter().any(|end| upload.name.to_lowercase().ends_with(end));
        if !is_name || !is_list || upload.name.len() > 100 || upload.name.contains(['/', '\\']) {
            let words =
                "a list of accounts is a file such as accounts.csv: delimited text with a header".to_owned();
            return Err(Refusal::Words(words));
        }
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.0 += 1;
        let number = uploads.0;
        uploads.1.insert(number, upload);
        while uploads.1.len() > MOST_UPLOADS {
            uploads.1.pop_first();
        }
        Ok(number)
    }

    /// Returns an upload by its number, if one is asked for.
    ///
    /// # Errors
    ///
    /// If it is not known, or no longer.
    pub(super) fn upload(&self, number: Option<u64>) -> Result<Option<Upload>, Refusal> {
        let Some(number) = number else { return Ok(None) };
        let uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = uploads.1.get(&number).cloned();
        upload
            .map(Some)
            .ok_or_else(|| Refusal::Words("the list of accounts is gone: upload it again".to_owned()))
    }
}

/// Whether a path names something below a folder without leaving it on the way.
pub(super) fn is_below(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\\')
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
