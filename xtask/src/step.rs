//! One command of a chore: its name is printed before it runs, its outcome afterwards.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Prints that the step called `name` begins.
pub fn begin(name: &str) {
    println!("== {name}");
}

/// Prints that the step called `name` went well.
pub fn end(name: &str) {
    println!("== {name}: ok");
}

/// Runs `command` as the step called `name`.
///
/// # Errors
///
/// The step's name, if the command cannot be started or fails.
pub fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    begin(name);
    let status = command.status().with_context(|| format!("{name} could not be started"))?;
    if !status.success() {
        bail!("{name} failed");
    }
    end(name);
    Ok(())
}

/// Runs `command` as the step called `name` and shows every line it prints to `see` as well as to the person.
///
/// # Errors
///
/// The step's name, if the command cannot be started or fails.
pub fn watch(name: &str, command: &mut Command, mut see: impl FnMut(&str)) -> anyhow::Result<()> {
    begin(name);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{name} could not be started"))?;
    let output = child.stdout.take().expect("standard output was asked for just above");
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("{name} broke off"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    if !child.wait()?.success() {
        bail!("{name} failed");
    }
    end(name);
    Ok(())
}

/// What release builds are made of. The Python package asks more of some libraries than the program does, so everything is built
/// with what it asks for: then it is built once.
pub const PACKAGES: &str = "--package journeysim --package journeysim-model --package journeysim-python";

/// Builds the program as the tests of the release build do.
///
/// # Errors
///
/// If it cannot be built.
pub fn program() -> anyhow::Result<()> {
    run("the program", &mut cargo(&format!("test --release {PACKAGES} --test it --no-run --quiet")))
}

/// Returns a call of the cargo that runs this, in the root of the project, with the words of `arguments`.
pub fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// Returns the folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the project")
}
