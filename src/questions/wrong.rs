//! Why a question has no answer.

use std::path::PathBuf;

use crate::language::fault::Faults;
use crate::output::words::counted;

/// The input or the arguments are wrong; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WrongInput {
    /// Faults in scenario files or overrides.
    #[error("{faults}\n\n{}", counted(faults.len() as u64, "fault", "faults"))]
    Faults {
        /// All of them.
        faults: Faults,
    },
    /// Something else, in words that say what would be right.
    #[error("{0}")]
    Words(String),
}

/// The run was interrupted.
#[derive(Debug, thiserror::Error)]
#[error("interrupted after {finished} of {asked} replications; {}", kept(.folder.as_ref()))]
pub struct Interrupted {
    /// Replications that were finished.
    pub finished: u64,
    /// Replications that were asked for.
    pub asked: u64,
    /// The run folder that holds what was finished.
    pub folder: Option<PathBuf>,
}

/// The time cap was met before the precision.
#[derive(Debug, thiserror::Error)]
#[error("the time cap was met after {finished} replications; {}", kept(.folder.as_ref()))]
pub struct OutOfTime {
    /// Replications that were finished.
    pub finished: u32,
    /// The run folder that holds what was finished.
    pub folder: Option<PathBuf>,
}

fn kept(folder: Option<&PathBuf>) -> String {
    match folder {
        Some(folder) => format!("they are kept in {}", folder.display()),
        None => "nothing is kept (--out DIR keeps what is finished)".to_owned(),
    }
}
