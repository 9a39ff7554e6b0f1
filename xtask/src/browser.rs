//! The page of `serve` in a real browser: Debian's Chromium, driven from the environment of the tests in Python.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::{Chore, python, step};

pub const PICTURES: Chore =
    Chore { name: "pictures", summary: "take the pictures of the documentation anew", run: pictures };

/// Names under which a browser that will do is found.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Sets up what is missing, and tries the page of the release build.
///
/// # Errors
///
/// The step that failed, or what is missing and cannot be installed.
pub fn run() -> anyhow::Result<()> {
    step::run("the page in a browser", &mut script("serve.py")?)
}

fn pictures() -> anyhow::Result<()> {
    step::run("pictures", script("pictures.py")?.arg(step::root().join("docs/pictures")))
}

/// Returns a script of `tests/browser` that drives the release build in the browser.
fn script(name: &str) -> anyhow::Result<Command> {
    let root = step::root();
    let python = python::environment()?;
    let browser = browser()?;
    step::program()?;
    let mut command = Command::new(python);
    command.arg(root.join("tests/browser").join(name)).arg(root.join("target/release/journeysim"));
    command.arg(root.join("scenarios")).arg(browser);
    Ok(command)
}

/// Returns the browser, and installs it where the system allows that.
fn browser() -> anyhow::Result<PathBuf> {
    if let Some(found) = found() {
        return Ok(found);
    }
    // Whoever may not install is told what to install.
    let _ = step::run("a browser", Command::new("apt-get").args(["install", "--yes", "--quiet", "chromium"]));
    found().context("a browser is needed: install chromium (apt-get install chromium)")
}

fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| BROWSERS.map(|name| folder.join(name)))
        .find(|file| file.is_file())
}
