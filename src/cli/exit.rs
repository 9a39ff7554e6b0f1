//! Exit codes and the errors that lead to them.

use std::io;

use crate::experiment::cells::CellsError;
use crate::output::folder::FolderError;
use crate::questions::wrong::{Interrupted, WrongInput};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// An expectation failed, or a check found faults.
    Failed,
    /// The input or the arguments are wrong.
    WrongInput,
    /// The run could not finish.
    Unfinished,
    /// Somebody interrupted the run.
    Interrupted,
}

impl Exit {
    /// Returns the exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongInput => 2,
            Self::Unfinished => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Returns how the program ends with `error`, and whether there is anything to say about it: whoever closed
/// the pipe has read enough.
#[must_use]
pub fn exit_of(error: &anyhow::Error) -> (Exit, bool) {
    let is_closed_pipe = |error: &(dyn std::error::Error + 'static)| {
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(is_closed_pipe) {
        return (Exit::Done, false);
    }
    let is_refused = matches!(error.downcast_ref(), Some(CellsError::OtherPlan | CellsError::InUse(_)));
    let exit = if is_refused || error.is::<WrongInput>() {
        Exit::WrongInput
    } else if error.is::<Interrupted>() {
        Exit::Interrupted
    } else {
        match error.downcast_ref::<FolderError>() {
            Some(
                FolderError::Exists(_)
                | FolderError::Unfinished(_)
                | FolderError::InUse(_)
                | FolderError::NotARun(_)
                | FolderError::Nameless(_),
            ) => Exit::WrongInput,
            Some(FolderError::Disk { .. }) | None => Exit::Unfinished,
        }
    };
    (exit, true)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn errors_end_the_program_as_promised() {
        let disk = |kind| FolderError::Disk { path: PathBuf::from("x"), source: io::Error::from(kind) };
        let interrupted = Interrupted { finished: 1, asked: 2, folder: None };
        let cases: [(anyhow::Error, u8, bool); 6] = [
            (WrongInput::Words("no".to_owned()).into(), 2, true),
            (FolderError::Exists(PathBuf::from("x")).into(), 2, true),
            (disk(io::ErrorKind::StorageFull).into(), 3, true),
            (anyhow::anyhow!("a worker is lost"), 3, true),
            (interrupted.into(), 130, true),
            (io::Error::from(io::ErrorKind::BrokenPipe).into(), 0, false),
        ];
        for (error, code, is_said) in cases {
            let (exit, said) = exit_of(&error);
            assert_eq!((exit.code(), said), (code, is_said), "{error}");
        }
    }
}
