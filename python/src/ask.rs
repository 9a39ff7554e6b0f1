//! Questions, asked on a thread of their own while the interpreter goes on.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use journeysim::experiment::cells::Fingerprint;
use journeysim::language::fault::Fault;
use journeysim::output::finished;
use journeysim::output::manifest::{self, Asked, Contents};
use journeysim::questions::runs::Runs;
use journeysim::questions::variants::{self, Wish};
use journeysim::questions::{Host, calibrate, optimize, sensitivity, staff, trace};
use pyo3::prelude::*;
use serde::Serialize;
use serde_json::Value;

use crate::answer::Finished;
use crate::failure;
use crate::subject::Subject;

/// How often signals are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How wide texts are.
const WIDTH: u16 = 110;

/// What the thread that works and the one that waits have in common.
#[derive(Default)]
pub struct Shared {
    pub stop: AtomicBool,
    pub finished: AtomicU64,
    pub expected: AtomicU64,
}

/// A caller in Python.
pub struct Caller<'a> {
    shared: &'a Shared,
    threads: Option<u32>,
    keeps: bool,
    answer: RefCell<Option<Finished>>,
}

impl<'a> Caller<'a> {
    pub fn new(shared: &'a Shared, threads: Option<u32>, keeps: bool) -> Self {
        Self { shared, threads, keeps, answer: RefCell::new(None) }
    }

    /// Returns the answer.
    pub fn answer(self) -> anyhow::Result<Finished> {
        self.answer.into_inner().ok_or_else(|| anyhow::anyhow!("there is no answer"))
    }
}

impl Host for Caller<'_> {
    // What is worth knowing stands in the scenario's `notes`.
    fn note(&self, _: &Fault) {}

    fn keeps(&self) -> bool {
        self.keeps
    }

    fn during<T>(
        &self,
        _: Option<Fingerprint>,
        replications: u64,
        work: impl FnOnce(&Runs<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.shared.expected.store(replications, Ordering::Relaxed);
        let tell = |finished: u64, expected: u64| {
            self.shared.finished.store(finished, Ordering::Relaxed);
            self.shared.expected.store(expected, Ordering::Relaxed);
        };
        work(&Runs::new(self.threads, &self.shared.stop, None, replications, &tell))
    }

    fn answered<D: Serialize>(
        &self,
        contents: Contents<'_, D>,
        asked: Asked<'_>,
        text: impl FnOnce(u16) -> String,
    ) -> anyhow::Result<()> {
        let run = manifest::finished(contents, asked)?;
        *self.answer.borrow_mut() = Some(Finished { run, text: text(WIDTH), more: None });
        Ok(())
    }

    fn shown<D: Serialize>(&self, document: &D, text: impl FnOnce(u16) -> String) -> anyhow::Result<()> {
        let result = serde_json::to_value(document)?;
        let run = finished::Finished { manifest: Value::Null, result, sheets: Vec::new() };
        *self.answer.borrow_mut() = Some(Finished { run, text: text(WIDTH), more: None });
        Ok(())
    }
}

/// Does `work` on another thread; meanwhile `tell` hears how many replications are finished and of how many, and whoever interrupts
/// the interpreter stops it.
pub fn wait<T: Send>(
    py: Python<'_>,
    shared: &Shared,
    tell: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    thread::scope(|scope| {
        let (ends, mut ended) = channel::<()>();
        let worker = scope.spawn(move || {
            // Dropped at the end, whether it comes as it should or not.
            let _ends = ends;
            work()
        });
        let mut heard = Ok(());
        while heard.is_ok() {
            let ended = &mut ended;
            match py.detach(move || ended.recv_timeout(LOOK)) {
                Err(RecvTimeoutError::Timeout) => {
                    heard = py.check_signals().and_then(|()| say(shared, tell));
                }
                _ => break,
            }
        }
        if heard.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        let done = py.detach(|| worker.join()).map_err(|_| failure::panicked());
        heard.and_then(|()| say(shared, tell))?;
        done
    })
}

fn say(shared: &Shared, tell: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    if let Some(tell) = tell {
        let [finished, expected] = [&shared.finished, &shared.expected].map(|it| it.load(Ordering::Relaxed));
        tell.call1((finished, expected))?;
    }
    Ok(())
}

/// What a question is asked with, beyond the scenario.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Wanted {
    why: bool,
    keeps: bool,
    book: Option<String>,
    back_test: bool,
    account: String,
    variant: Option<String>,
    against: Option<String>,
    replication: u32,
}

/// Asks a question of a scenario.
#[pyfunction]
#[pyo3(signature = (command, subject, details, threads=None, tell=None))]
pub fn ask(
    py: Python<'_>,
    command: &str,
    subject: &Subject,
    details: Wanted,
    threads: Option<u32>,
    tell: Option<&Bound<'_, PyAny>>,
) -> PyResult<Finished> {
    let shared = &Shared::default();
    let question = &subject.question;
    let work = move || -> anyhow::Result<Finished> {
        let caller = Caller::new(shared, threads, details.keeps);
        let accounts_of = if details.keeps { 0..1 } else { 0..0 };
        let wish = Wish { why: details.why, slices: details.keeps, accounts_of, ..Wish::default() };
        let mut more = None;
        match command {
            "run" => variants::run(&variants::to_run(question, &caller)?, question, &wish, &caller)?,
            "compare" => {
                variants::compare(&variants::to_compare(question, &caller)?, question, &wish, &caller)?;
            }
            "staff" => staff::answer(question, &caller)?,
            "sensitivity" => sensitivity::answer(question, &caller)?,
            "optimize" => optimize::answer(question, &caller)?,
            "calibrate" => {
                let keep = |text: &str| {
                    more = Some(text.to_owned());
                    Ok(())
                };
                calibrate::answer(question, details.book.as_deref(), details.back_test, keep, &caller)?;
            }
            _ => {
                let wish = trace::Wish {
                    account: &details.account,
                    variant: details.variant.as_deref(),
                    against: details.against.as_deref(),
                    replication: details.replication,
                };
                let keep = |page: &dyn Fn() -> String| {
                    more = Some(page());
                    Ok(())
                };
                trace::answer(question, &wish, keep, &caller)?;
            }
        }
        Ok(Finished { more, ..caller.answer()? })
    };
    wait(py, shared, tell, work)?.map_err(|error| failure::of(py, &error))
}

/// Says what can be said of a history by formula alone.
#[pyfunction]
pub fn by_formula(py: Python<'_>, book: &str) -> PyResult<Finished> {
    let shared = Shared::default();
    let work = || -> anyhow::Result<Finished> {
        let caller = Caller::new(&shared, None, false);
        calibrate::by_formula(book, &caller)?;
        caller.answer()
    };
    wait(py, &shared, None, work)?.map_err(|error| failure::of(py, &error))
}
