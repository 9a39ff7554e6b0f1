//! The drawing scripts of the report and the page: fetched from npm, stored with version, licence and checksum.
//!
//! To take a newer version, write it into [`SCRIPTS`] and run the chore; the tests hold the stored files against the
//! checksums in `vendor.json`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "vendor", summary: "fetch the drawing scripts of the report anew", run };

const FOLDER: &str = "src/output/vendor";

/// Package, version and file, in the order in which a page needs them.
const SCRIPTS: [(&str, &str, &str); 3] = [
    ("vega", "6.4.0", "vega.min.js"),
    ("vega-lite", "6.4.3", "vega-lite.min.js"),
    // It holds vega-interpreter, which evaluates expressions without `eval`.
    ("vega-embed", "7.3.0", "vega-embed.min.js"),
];

#[derive(Serialize)]
struct Vendored {
    package: &'static str,
    version: &'static str,
    license: String,
    file: &'static str,
    sha256: String,
}

/// What is read of a package's own description.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

fn run() -> anyhow::Result<()> {
    let scratch = step::root().join("target/vendor");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("an older target/vendor is in the way")?;
    }
    fs::create_dir_all(&scratch)?;
    fs::write(scratch.join("package.json"), "{ \"private\": true }\n")?;
    let wanted = SCRIPTS.map(|(package, version, _)| format!("{package}@{version}"));
    let options = ["install", "--save-exact", "--ignore-scripts", "--no-audit", "--no-fund"];
    step::run("npm", Command::new("npm").args(options).args(&wanted).current_dir(&scratch))?;
    let modules = scratch.join("node_modules");
    let target = step::root().join(FOLDER);
    let mut vendored = Vec::new();
    for (package, version, file) in SCRIPTS {
        let text = fs::read(modules.join(package).join("build").join(file))
            .with_context(|| format!("{package} {version} has no build/{file}"))?;
        fs::write(target.join(file), &text)?;
        let license = described(&modules.join(package))?.license.unwrap_or_default();
        let sha256 = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        vendored.push(Vendored { package, version, license, file, sha256 });
    }
    fs::write(target.join("vendor.json"), serde_json::to_string_pretty(&vendored)? + "\n")?;
    fs::write(target.join("LICENSES.txt"), licenses(&modules)?)?;
    Ok(())
}

fn described(package: &Path) -> anyhow::Result<Package> {
    let path = package.join("package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
}

/// The licences of all packages that the scripts are built from, each text once.
fn licenses(modules: &Path) -> anyhow::Result<String> {
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for package in packages(modules)? {
        let Package { name, version, license } = described(&package)?;
        let mut files: Vec<PathBuf> = fs::read_dir(&package)?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        let is_license = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            path.is_file() && (name.starts_with("LICEN") || name.starts_with("COPYING"))
        };
        let text = match files.iter().find(is_license) {
            Some(path) => fs::read_to_string(path)?.replace('\r', ""),
            None => "(its package holds no text)".to_owned(),
        };
        let title = format!("{name} {version}: {}", license.unwrap_or_default());
        match texts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, titles)) => titles.push(title),
            None => texts.push((text, vec![title])),
        }
    }
    let mut all = String::from("The drawing scripts, and the packages that they are built from.\n");
    for (text, titles) in texts {
        write!(all, "\n{:=<80}\n{}\n\n{}\n", "", titles.join("\n"), text.trim()).context("out of memory")?;
    }
    Ok(all)
}

/// All packages beside each other, those of a scope too, in order.
fn packages(modules: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(modules)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('@') {
            found.extend(packages(&path)?);
        } else if path.join("package.json").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
