//! Work that somebody at a terminal waits for: stopped by an interruption, shown while it goes on, kept in a run folder.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{Effort, Keeping, ScenarioArgs};
use crate::experiment::cells::{Cells, Fingerprint};
use crate::language::fault::Fault;
use crate::output::folder::Place;
use crate::output::manifest::{self, Asked, Contents};
use crate::output::results::StoppedBy;
use crate::output::words::counted;
use crate::questions::Host;
use crate::questions::runs::Runs;
use crate::questions::wrong::WrongInput;

/// Where a question about a scenario is asked: a terminal, and a run folder if there is to be one.
pub(super) struct Desk<'a> {
    effort: Effort,
    keeping: &'a Keeping,
    console: &'a Console,
    /// The place of the run folder, looked at when the work begins.
    place: OnceCell<Option<Place>>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(effort: Effort, keeping: &'a Keeping, console: &'a Console) -> Self {
        Self { effort, keeping, console, place: OnceCell::new() }
    }

    /// Where everything is asked that a scenario's command takes.
    pub(super) fn of(args: &'a ScenarioArgs, console: &'a Console) -> Self {
        Self::new(args.effort, &args.keeping, console)
    }

    /// Whether the answer is for a machine.
    pub(super) fn wants_json(&self) -> bool {
        self.console.wants_json()
    }

    /// Returns the place of the run folder, if there is to be one and it may be written.
    pub(super) fn place(&self) -> anyhow::Result<Option<&Place>> {
        if self.place.get().is_none() {
            // Nobody else looks at the same time.
            let _ = self.place.set(self.keeping.place()?);
        }
        Ok(self.place.get().and_then(Option::as_ref))
    }
}

impl Host for Desk<'_> {
    fn note(&self, fault: &Fault) {
        self.console.note(fault);
    }

    fn keeps(&self) -> bool {
        self.keeping.is_asked()
    }

    fn during<T>(
        &self,
        plan: Option<Fingerprint>,
        replications: u64,
        work: impl FnOnce(&Runs<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        during(self.effort, self.place()?.zip(plan), replications, self.console, work)
    }

    fn answered<D: Serialize>(
        &self,
        contents: Contents<'_, D>,
        asked: Asked<'_>,
        text: impl FnOnce(u16) -> String,
    ) -> anyhow::Result<()> {
        let (results, document) = (contents.results, contents.document);
        if let Some(place) = self.place()?.filter(|_| !results.chunk.is_empty()) {
            manifest::write(place, contents, asked, self.keeping.format())?;
        }
        if results.stopped_by != StoppedBy::Interruption {
            self.console.show(document, text)?;
        }
        Ok(())
    }

    fn shown<D: Serialize>(&self, document: &D, text: impl FnOnce(u16) -> String) -> anyhow::Result<()> {
        Ok(self.console.show(document, text)?)
    }
}

/// Does `work`, which is to run about so many replications. Where a place and a plan are given, what is finished is kept there and
/// found again; if `work` then refuses the input, nothing stays behind.
pub(super) fn during<T>(
    effort: Effort,
    kept: Option<(&Place, Fingerprint)>,
    replications: u64,
    console: &Console,
    work: impl FnOnce(&Runs<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let stop = listen()?;
    let place = kept.map(|(place, _)| place);
    let cells = kept.map(|(place, plan)| -> anyhow::Result<(Cells, PathBuf)> {
        let cells = Cells::open(&place.begin()?)?;
        cells.belong_to(&plan)?;
        let finished = cells.count()?;
        if finished > 0 {
            let kept = counted(finished, "finished cell", "finished cells");
            console.note(format!("{} goes on with {kept}", place.target().display()));
        }
        Ok((cells, place.target().to_owned()))
    });
    let progress = console.progress(replications);
    let tell = |finished: u64, expected: u64| {
        if progress.length() != Some(expected) {
            progress.set_length(expected);
        }
        progress.set_position(finished);
    };
    let runs = Runs::new(effort.threads, &stop, cells.transpose()?, replications, &tell);
    let done = work(&runs);
    progress.finish_and_clear();
    // The file is closed before its folder moves, or goes.
    drop(runs);
    if let Some((place, error)) = place.zip(done.as_ref().err())
        && error.is::<WrongInput>()
    {
        place.abandon();
    }
    done
}

/// Listens for interruptions from now on: the first stops before the next replication, the second at once.
fn listen() -> anyhow::Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    let stop = move || {
        if heard.swap(true, Ordering::Relaxed) {
            process::exit(Exit::Interrupted.code().into());
        }
    };
    ctrlc::set_handler(stop).context("the system does not tell about interruptions")?;
    Ok(asked)
}
