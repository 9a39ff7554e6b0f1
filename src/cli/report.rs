//! `report`: show a finished run as a page.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::refuse_unwritable;
use crate::output::document::Header;
use crate::output::finished::{Finished, ReadError};
use crate::output::report::{self, REPORT};
use crate::questions::wrong::WrongInput;

/// Show a finished run as a page
///
/// Writes report.html into the run folder anew, from its manifest, result and tables: one file that holds all it shows, asks
/// the network for nothing, and can be sent and printed. Nothing is run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: a comparison, and its page\n  \
    journeysim compare scenarios/check-in-cadence.toml --out runs/check-in-cadence\n  \
    journeysim report runs/check-in-cadence")]
pub(super) struct Args {
    /// A run folder that --out has written
    folder: PathBuf,
    /// Write the page to this file instead
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// The document of `report`.
#[derive(Debug, Serialize)]
struct ReportDocument {
    #[serde(flatten)]
    header: Header,
    /// The page.
    page: PathBuf,
    /// Its size in bytes.
    bytes: usize,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    refuse_unwritable(args.to.as_deref())?;
    // What lies in a folder is what was given to be shown: damage is wrong input, and no run that broke off.
    let wrong = |error: ReadError| WrongInput::Words(format!("{:#}", anyhow::Error::from(error)));
    let finished = Finished::read(&args.folder).map_err(wrong)?;
    let page = args.to.clone().unwrap_or_else(|| args.folder.join(REPORT));
    let text = report::page(&finished);
    fs::write(&page, &text).with_context(|| format!("{} cannot be written", page.display()))?;
    let header = Header { scenario: Some(finished.name().to_owned()), ..Header::default() };
    let document = ReportDocument { header, page: page.clone(), bytes: text.len() };
    console.show(&document, |_| format!("{}\n", page.display()))?;
    Ok(Exit::Done)
}
