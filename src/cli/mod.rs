//! The command line: one file a subcommand.
//!
//! Results go to standard output, everything else to standard error. No rule of the model lives here: a
//! subcommand reads its input, has it run, and shows what came of it.

use clap::{Parser, Subcommand};

use crate::cli::console::{Console, Talk};
pub use crate::cli::exit::{Exit, exit_of};

mod book;
mod calibrate;
mod cells;
mod check;
mod compare;
mod console;
mod diff;
mod exit;
mod init;
mod input;
mod list;
mod merge;
mod optimize;
mod options;
mod report;
mod run;
mod schema;
mod sensitivity;
#[cfg(feature = "serve")]
mod serve;
mod staff;
mod test;
mod trace;
mod work;

/// What happens to a pooled customer population when the program changes?
#[derive(Debug, Parser)]
#[command(name = "journeysim", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Example: start with a folder of your own, then compare its variants\n  \
    journeysim init my-pool\n  journeysim compare my-pool/scenario.toml")]
pub struct Cli {
    #[command(flatten)]
    talk: Talk,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Compare(compare::Args),
    Staff(staff::Args),
    Optimize(optimize::Args),
    Sensitivity(sensitivity::Args),
    Calibrate(calibrate::Args),
    Cells(cells::Args),
    Merge(merge::Args),
    Report(report::Args),
    Test(test::Args),
    Trace(trace::Args),
    Check(check::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    Book(book::Args),
    List(list::Args),
    Diff(diff::Args),
    Schema(schema::Args),
    Init(init::Args),
}

/// Does what was asked for.
///
/// # Errors
///
/// What prevented it; [`exit_of`] says which exit code that means.
pub fn run(cli: &Cli) -> anyhow::Result<Exit> {
    let console = Console::new(&cli.talk);
    match &cli.command {
        Command::Run(args) => run::run(args, &console),
        Command::Compare(args) => compare::run(args, &console),
        Command::Staff(args) => staff::run(args, &console),
        Command::Optimize(args) => optimize::run(args, &console),
        Command::Sensitivity(args) => sensitivity::run(args, &console),
        Command::Calibrate(args) => calibrate::run(args, &console),
        Command::Cells(args) => cells::run(args, &console),
        Command::Merge(args) => merge::run(args, &console),
        Command::Report(args) => report::run(args, &console),
        Command::Test(args) => test::run(args, &console),
        Command::Trace(args) => trace::run(args, &console),
        Command::Check(args) => check::run(args, &console),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, &console),
        Command::Book(args) => book::run(args, &console),
        Command::List(args) => list::run(args, &console),
        Command::Diff(args) => diff::run(args, &console),
        Command::Schema(args) => schema::run(args, &console),
        Command::Init(args) => init::run(args, &console),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_a_worked_example() {
        for command in Cli::command().get_subcommands() {
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(
                example.contains(&format!("journeysim {}", command.get_name())),
                "{}",
                command.get_name()
            );
        }
    }
}
