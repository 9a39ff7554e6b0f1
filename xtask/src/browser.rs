//! The page of `serve` in a real browser: a Python environment of its own under `target`, and Debian's Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::step;

/// Names under which a browser that will do is found.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Sets up what is missing, and tries the page of the release build.
///
/// # Errors
///
/// The step that failed, or what is missing and cannot be installed.
pub fn run() -> anyhow::Result<()> {
    let root = step::root();
    let python = environment(&root.join("tests/browser/requirements.txt"), &root.join("target/browser"))?;
    let browser = browser()?;
    step::run("the program", &mut step::cargo("build --release"))?;
    let mut command = Command::new(python);
    command.arg(root.join("tests/browser/serve.py")).arg(root.join("target/release/journeysim"));
    step::run("the page in a browser", command.arg(root.join("scenarios")).arg(browser))
}

/// Returns the Python of an environment in `folder` that has what is required, and makes it where it is missing.
fn environment(required: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let python = folder.join("bin/python");
    let installed = folder.join("installed.txt");
    let wanted = fs::read_to_string(required).context("the list of Python packages cannot be read")?;
    if fs::read_to_string(&installed).is_ok_and(|known| known == wanted) {
        return Ok(python);
    }
    step::run("a Python environment", Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
        .context("Python 3 with its venv module is needed: install python3 and python3-venv")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(required);
    step::run("Python packages", &mut install)?;
    fs::write(installed, wanted)?;
    Ok(python)
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
