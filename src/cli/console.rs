//! The terminal: results on standard output, everything else on standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;

use crate::output::words::digits;

/// How much is said, and to whom.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Talk {
    /// Print the machine-readable result on standard output, and nothing else there
    #[arg(long, global = true, display_order = 100)]
    json: bool,
    /// Print no progress and no notes
    #[arg(long, global = true, display_order = 101)]
    quiet: bool,
    /// Print no progress
    #[arg(long, global = true, display_order = 102)]
    no_progress: bool,
}

/// The terminal of this run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    talk: Talk,
}

/// Width of text that is not printed on a terminal, or on one that does not say how wide it is.
const WIDTH: u16 = 110;
/// Lines longer than this are hard to follow.
const WIDEST: u16 = 160;

impl Console {
    pub(super) fn new(talk: &Talk) -> Self {
        Self { talk: *talk }
    }

    /// The number of characters in a line.
    pub(super) fn width(self) -> u16 {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        terminal.map_or(WIDTH, |(width, _)| width.0.clamp(40, WIDEST))
    }

    /// Returns whether the result is for a machine.
    pub(super) fn wants_json(self) -> bool {
        self.talk.json
    }

    /// Prints a result: the document where JSON was asked for, else the text.
    pub(super) fn show(self, document: &impl Serialize, text: impl FnOnce(u16) -> String) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.talk.json {
            serde_json::to_writer_pretty(&mut stdout, document)?;
            stdout.write_all(b"\n")?;
        } else {
            stdout.write_all(text(self.width()).as_bytes())?;
        }
        stdout.flush()
    }

    /// Says something that is no result. Where nobody can hear it, nothing is lost.
    pub(super) fn note(self, text: impl fmt::Display) {
        if !self.talk.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Shows how many of `total` replications are finished, how many a second, and how long the rest takes; invisible unless a person watches a terminal.
    pub(super) fn progress(self, total: u64) -> ProgressBar {
        let is_seen = !self.talk.quiet && !self.talk.no_progress;
        let target = if is_seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template(
            "{bar:24} {human_pos} of {human_len} replications, {rate}, {eta} to go",
        )
        .expect("invariant: the template is well formed")
        .with_key("rate", |state: &ProgressState, line: &mut dyn fmt::Write| {
            // Where a line cannot be written nothing is lost.
            let _ = write!(line, "{} a second", digits(state.per_sec(), 0));
        });
        ProgressBar::with_draw_target(Some(total), target).with_style(style)
    }
}
