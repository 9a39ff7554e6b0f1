//! The project's own chores: `cargo xtask --help` lists them. What a person runs is what CI runs.
//!
//! A chore is one file and one line in [`CHORES`]. It runs its steps in order and stops at the first that fails.

#![allow(clippy::print_stdout, reason = "chores talk to the person who runs them")]

mod bench_peers;
mod browser;
mod ci;
mod clippy;
mod contents;
mod docs;
mod fmt;
mod fuzz;
mod guard;
mod licenses;
mod python;
mod refresh;
mod step;
mod test;
mod vendor;
mod verify_long;

use std::process::ExitCode;

struct Chore {
    name: &'static str,
    summary: &'static str,
    run: fn() -> anyhow::Result<()>,
}

/// In the order that `ci` runs them, `ci` itself behind them; what stands after it changes files, takes long, or is a part.
const CHORES: [Chore; 15] = [
    fmt::CHORE,
    clippy::CHORE,
    docs::CHORE,
    licenses::CHORE,
    test::CHORE,
    guard::CHORE,
    ci::CHORE,
    python::CHORE,
    refresh::CHORE,
    browser::PICTURES,
    guard::RENEWAL,
    bench_peers::CHORE,
    vendor::CHORE,
    fuzz::CHORE,
    verify_long::CHORE,
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name] = &arguments[..] else {
        print!("{}", help());
        return if arguments.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    if ["--help", "-h", "help"].contains(&name.as_str()) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        println!("There is no chore called `{name}`.\n");
        print!("{}", help());
        return ExitCode::from(2);
    };
    match (chore.run)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let chores: String =
        CHORES.iter().map(|chore| format!("  {:<11} {}\n", chore.name, chore.summary)).collect();
    format!("The project's own chores.\n\nUsage: cargo xtask CHORE\n\nChores:\n{chores}")
}
