//! The Python package and everything tested in Python: readers of tables and event logs open what the program writes, a second
//! implementation must agree with it, the package is built, installed and tested, its examples and stubs are checked, and the notebooks are run.
//!
//! They run in an environment of their own under `target/`, which is made when it is missing or when the list of what it
//! needs has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "python", summary: "build the Python package and run the tests in Python alone", run };

fn run() -> anyhow::Result<()> {
    test(|_| ())
}

/// What they need, each at one version.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The oldest Python that they run on, and the package with them.
const OLDEST: (u32, u32) = (3, 10);

/// Runs them on the program of the release build and shows `see` every line they print.
pub fn test(mut see: impl FnMut(&str)) -> anyhow::Result<()> {
    let python = environment()?;
    step::program()?;
    install(&python)?;
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];
    for (name, arguments) in [
        ("tests in Python", &["tests/python"][..]),
        ("tests of the Python package", &["-c", "python/pyproject.toml", "--rootdir", ".", "python/tests"]),
        (
            "examples in the Python package",
            &["-c", "python/pyproject.toml", "--rootdir", ".", "--doctest-modules", "--pyargs", "journeysim"],
        ),
    ] {
        let mut command = Command::new(&python);
        command
            .args(pytest)
            .args(arguments)
            .current_dir(step::root())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("JOURNEYSIM", step::root().join("target/release/journeysim"));
        step::watch(name, &mut command, &mut see)?;
    }
    let mut mypy = Command::new(&python);
    mypy.args(["-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir", "../target/mypy"]);
    step::run(
        "types of the Python package",
        mypy.args(["journeysim", "tests"]).current_dir(step::root().join("python")),
    )
}

/// Holds the program against the second implementation once more, with so many replications that small differences show.
pub fn at_length() -> anyhow::Result<()> {
    let mut pytest = Command::new(environment()?);
    step::program()?;
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/python/test_second_model.py"])
        .current_dir(step::root())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("JOURNEYSIM", step::root().join("target/release/journeysim"))
        .env("JOURNEYSIM_REPLICATIONS", "400");
    step::run("the second implementation", &mut pytest)
}

/// Writes anew what the examples in the documentation of the package print.
pub fn refresh() -> anyhow::Result<()> {
    let python = environment()?;
    install(&python)?;
    let mut pytest = Command::new(python);
    pytest
        .args(["-m", "pytest", "-q", "-c", "python/pyproject.toml", "--rootdir", "."])
        .arg("python/tests/test_documentation.py")
        .current_dir(step::root())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("JOURNEYSIM_REFRESH", "1");
    step::run("examples in Python", &mut pytest)
}

/// Builds the package as a wheel and installs it.
pub fn install(python: &Path) -> anyhow::Result<()> {
    let wheels = step::root().join("target/wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).context("old wheels cannot be removed")?;
    }
    let mut maturin = Command::new(python);
    maturin.args(["-m", "maturin", "build", "--release", "--quiet", "--locked"]);
    maturin.args(["--manifest-path", "python/Cargo.toml", "--target-dir", "target", "--out"]).arg(&wheels);
    maturin.arg("--interpreter").arg(python);
    step::run("the Python package", maturin.current_dir(step::root()))?;
    let wheel = fs::read_dir(&wheels)?.next().context("maturin built no wheel")??.path();
    let mut pip = Command::new(python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--force-reinstall",
    ]);
    step::run("the Python package, installed", pip.arg(wheel))
}

/// Returns the Python of the environment, which is made if need be.
pub fn environment() -> anyhow::Result<PathBuf> {
    let folder = step::root().join("target/python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(step::root().join(REQUIREMENTS)).context(REQUIREMENTS)?;
    // Written last, so that an environment that was left half made is made anew.
    let made = folder.join("made-of.txt");
    if fs::read_to_string(&made).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    let system = system_python()?;
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the old environment of the Python tests cannot be removed")?;
    }
    let mut venv = Command::new(system);
    step::run("an environment for Python", venv.args(["-m", "venv"]).arg(&folder))
        .context("Python lacks its module venv; on Debian it is the package python3-venv")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    step::run("packages for Python", pip.arg("-r").arg(step::root().join(REQUIREMENTS)))?;
    fs::write(&made, wanted)?;
    Ok(python)
}

/// Finds a Python that is new enough.
fn system_python() -> anyhow::Result<&'static str> {
    let script = "import sys; print(*sys.version_info[:2])";
    let mut found = Vec::new();
    for name in ["python3", "python"] {
        let Ok(output) = Command::new(name).args(["-c", script]).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if version(&text).is_some_and(|version| version >= OLDEST) {
            return Ok(name);
        }
        found.push(format!("{name} is {text}"));
    }
    let found = if found.is_empty() { "there is none".to_owned() } else { found.join(", ") };
    bail!("the tests in tests/python need Python {}.{} or later: {found}", OLDEST.0, OLDEST.1)
}

/// Reads a version from two words.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("3 9").is_some_and(|version| version < OLDEST));
        assert!(version("3 10").is_some_and(|version| version >= OLDEST));
        assert!(version("2 7").is_some_and(|version| version < OLDEST));
        assert_eq!(version("Python"), None);
    }
}
