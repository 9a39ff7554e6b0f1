//! What goes wrong, as the exceptions of the package.

use journeysim::experiment::parcels::Misdelivery;
use journeysim::language::fault::Faults;
use journeysim::questions::wrong::{Interrupted, WrongInput};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Returns the exception called `name` of `journeysim.errors`, with what the program would print.
fn exception(py: Python<'_>, name: &str, text: &str, faults: Option<&str>) -> PyErr {
    let made =
        py.import("journeysim.errors").and_then(|errors| errors.getattr(name)).and_then(
            |class| match faults {
                Some(faults) => class.call1((text, faults)),
                None => class.call1((text,)),
            },
        );
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Says what is wrong in a scenario's files.
pub fn faults(py: Python<'_>, faults: Faults) -> PyErr {
    of(py, &WrongInput::Faults { faults }.into())
}

/// Says that the input is wrong, in words.
pub fn words(py: Python<'_>, words: impl Into<String>) -> PyErr {
    of(py, &WrongInput::Words(words.into()).into())
}

/// Says that a worker sent something that is not taken.
pub fn misdelivery(py: Python<'_>, error: &Misdelivery) -> PyErr {
    exception(py, "WorkerMismatchError", &error.to_string(), None)
}

/// Returns what an error of the library is in Python.
pub fn of(py: Python<'_>, error: &anyhow::Error) -> PyErr {
    let text = format!("{error:#}");
    match error.downcast_ref::<WrongInput>() {
        Some(WrongInput::Faults { faults }) => match serde_json::to_string(faults) {
            Ok(faults) => exception(py, "InputError", &text, Some(&faults)),
            Err(error) => PyRuntimeError::new_err(error.to_string()),
        },
        Some(WrongInput::Words(_)) => exception(py, "InputError", &text, None),
        None if error.is::<Interrupted>() => pyo3::exceptions::PyKeyboardInterrupt::new_err(text),
        None => exception(py, "UnfinishedError", &text, None),
    }
}

/// Says that the program is at fault.
pub fn panicked() -> PyErr {
    PyRuntimeError::new_err("the run broke off: this is a fault of the program, not of the scenario")
}
