//! The program: parse, run, say what went wrong, end with the promised exit code.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use journeysim::cli::{self, Cli, Exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A panic is a fault of the program; it has been printed, and the run could not finish.
    let ended = std::panic::catch_unwind(|| cli::run(&cli)).unwrap_or(Ok(Exit::Unfinished));
    let exit = ended.unwrap_or_else(|error| {
        let (exit, is_said) = cli::exit_of(&error);
        if is_said {
            say(&error);
        }
        exit
    });
    ExitCode::from(exit.code())
}

/// Prints the chain of an error; where nobody reads, there is nobody to tell.
fn say(error: &anyhow::Error) {
    let is_coloured =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let (on, off) = if is_coloured { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
    let _ = writeln!(io::stderr(), "{on}error:{off} {error:#}");
}
