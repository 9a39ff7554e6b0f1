//! The extension module below the Python package `journeysim`: scenarios that are read, questions that are asked of them, and
//! cells that are run for a sweep.
//!
//! No rule lives here. What is asked goes through [`journeysim::questions`], as on the command line; what comes back is documents
//! as JSON and tables as buffers, which the package makes pleasant.

mod answer;
mod ask;
mod cells;
mod failure;
mod subject;

use pyo3::prelude::*;

/// Everything the package needs of the simulator.
#[pymodule]
mod _journeysim {
    #[pymodule_export]
    use super::answer::Finished;
    #[pymodule_export]
    use super::ask::{ask, by_formula};
    #[pymodule_export]
    use super::cells::{Gathering, run_cells};
    #[pymodule_export]
    use super::subject::Subject;

    /// The version of the program.
    #[pymodule_export]
    const VERSION: &str = journeysim::experiment::parcels::VERSION;
}
