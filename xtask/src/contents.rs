//! What is in the program and in the Python package that others wrote: a page of the reference.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::step;

/// The page; what stands below the mark is written here.
const PAGE: &str = "docs/reference/contents.md";
const MARK: &str = "<!-- What follows is written by `cargo xtask refresh`. -->\n";

/// Where the table is made for: elsewhere a few packages differ, which speak to the system.
const TARGET: &str = "x86_64-unknown-linux-gnu";

#[derive(Deserialize)]
struct Script {
    package: String,
    version: String,
    license: String,
    sha256: String,
}

/// Holds the page against the lock file and the stored scripts.
///
/// # Errors
///
/// If it says something else.
pub fn hold() -> anyhow::Result<()> {
    let (page, current) = pages()?;
    ensure!(page == current, "{PAGE} is not what is built: run `cargo xtask refresh`");
    Ok(())
}

/// Writes the page anew.
///
/// # Errors
///
/// If cargo or the disk refuses.
pub fn refresh() -> anyhow::Result<()> {
    fs::write(path(), pages()?.1).with_context(|| format!("{PAGE} cannot be written"))
}

fn path() -> PathBuf {
    step::root().join(PAGE)
}

/// The page as it is, and as it should be.
fn pages() -> anyhow::Result<(String, String)> {
    let page = fs::read_to_string(path()).with_context(|| format!("{PAGE} cannot be read"))?;
    let (words, _) = page.split_once(MARK).with_context(|| format!("{PAGE} has no place for tables"))?;
    let current = format!("{words}{MARK}\n{}\n{}", scripts()?, packages()?);
    Ok((page, current))
}

fn scripts() -> anyhow::Result<String> {
    let text = fs::read(step::root().join("src/output/vendor/vendor.json"))?;
    let scripts: Vec<Script> = serde_json::from_slice(&text).context("vendor.json is not as expected")?;
    let mut table = "| Script | Version | Licence | SHA-256 |\n|---|---|---|---|\n".to_owned();
    for Script { package, version, license, sha256 } in scripts {
        writeln!(table, "| `{package}` | {version} | {license} | `{sha256}` |")?;
    }
    Ok(table)
}

fn packages() -> anyhow::Result<String> {
    let [program, package] = [tree("journeysim")?, tree("journeysim-python")?];
    let mut all: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for (what, rows) in [("program", &program), ("package", &package)] {
        for row in rows {
            all.entry(row).or_default().push(what);
        }
    }
    let mut table = "| Crate | Version | Licence | In |\n|---|---|---|---|\n".to_owned();
    for (row, places) in all {
        writeln!(table, "| {row} | {} |", places.join(", "))?;
    }
    Ok(table)
}

/// The cells of all crates of others that `package` is linked of.
fn tree(package: &str) -> anyhow::Result<Vec<String>> {
    let asked = format!(
        "tree --locked --package {package} --edges normal,no-proc-macro --target {TARGET} --prefix none \
         --no-dedupe --format {{p}}|{{l}}"
    );
    let output = step::cargo(&asked).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    let mut rows = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines().filter(|line| !line.starts_with("journeysim")) {
        let (crate_and_version, license) = line.split_once('|').context("cargo tree is not as expected")?;
        let (name, version) = crate_and_version.split_once(" v").context("cargo tree is not as expected")?;
        rows.push(format!("{name} | {version} | {}", license.replace('/', " OR ")));
    }
    rows.sort();
    rows.dedup();
    Ok(rows)
}
