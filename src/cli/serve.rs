//! `serve`: explore scenarios in the browser.

use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::Effort;
use crate::output::document::Header;
use crate::questions::wrong::WrongInput;
use crate::serve::{Server, Settings};

/// Explore scenarios in the browser: read, change, run and compare them
///
/// The page is for this computer only. Nothing in the folder is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the scenarios of this folder, at http://127.0.0.1:8080\n  \
    journeysim serve scenarios --port 8080")]
pub(super) struct Args {
    /// The folder of scenarios; no file outside it is read
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Port of the page; 0: any that is free
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Write the run folders of runs that are kept into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    effort: Effort,
}

/// The document of `serve`.
#[derive(Debug, Serialize)]
struct ServeDocument {
    #[serde(flatten)]
    header: Header,
    /// Where the page is.
    address: String,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    if !args.folder.is_dir() {
        let words = format!("{} is no folder: name the folder of the scenarios", args.folder.display());
        return Err(WrongInput::Words(words).into());
    }
    let settings = Settings {
        port: args.port,
        threads: args.effort.threads,
        out: args.out.clone(),
        ..Settings::new(args.folder.clone())
    };
    let server = match Server::bind(&settings) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let words =
                format!("port {} is taken: choose another with --port, or any with --port 0", args.port);
            return Err(WrongInput::Words(words).into());
        }
        bound => bound.context("the server cannot begin")?,
    };
    let address = format!("http://{}", server.address());
    let (stop, asked) = (server.stop(), AtomicBool::new(false));
    let end = move || {
        if asked.swap(true, Ordering::Relaxed) {
            process::exit(Exit::Interrupted.code().into());
        }
        stop.stop();
    };
    ctrlc::set_handler(end).context("the system does not tell about interruptions")?;
    let document = ServeDocument { header: Header::default(), address: address.clone() };
    console.show(&document, |_| {
        format!("{address} shows the scenarios of {}; Ctrl-C ends it\n", args.folder.display())
    })?;
    server.run().context("the server broke off")?;
    Ok(Exit::Done)
}
