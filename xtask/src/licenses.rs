//! The licence of every package in the lock file against the list in deny.toml; and what is built in against the page that says so.

use std::fs;

use anyhow::{Context, bail};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::{Chore, contents, step};

pub const CHORE: Chore =
    Chore { name: "licenses", summary: "check every dependency's licence against deny.toml", run };

const STEP: &str = "licences";

fn run() -> anyhow::Result<()> {
    step::begin(STEP);
    let deny = fs::read_to_string(step::root().join("deny.toml")).context("deny.toml cannot be read")?;
    let deny: Deny = toml::from_str(&deny).context("deny.toml is not as expected")?;
    let allow = Allowed::parse(&deny.licenses.allow)?;
    let faults: Vec<String> = packages()?.iter().filter_map(|package| allow.fault(package)).collect();
    if !faults.is_empty() {
        bail!("{STEP} failed: deny.toml does not allow\n  {}", faults.join("\n  "));
    }
    contents::hold()?;
    step::end(STEP);
    Ok(())
}

/// Asks cargo for all packages, on whatever platform they are needed.
fn packages() -> anyhow::Result<Vec<Package>> {
    let output = step::cargo("metadata --format-version 1 --locked").output()?;
    if !output.status.success() {
        bail!("{STEP} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo metadata is not as expected")?;
    Ok(metadata.packages)
}

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

struct Allowed(Vec<LicenseReq>);

impl Allowed {
    fn parse(names: &[String]) -> anyhow::Result<Self> {
        let parse = |name: &String| {
            let licensee = spdx::Licensee::parse(name);
            licensee
                .map(spdx::Licensee::into_req)
                .with_context(|| format!("deny.toml allows `{name}`, which is no licence"))
        };
        Ok(Self(names.iter().map(parse).collect::<anyhow::Result<_>>()?))
    }

    /// Says what is wrong with the licence of `package`; a choice is satisfied by any one of its branches.
    fn fault(&self, package: &Package) -> Option<String> {
        let Package { name, version, license } = package;
        let Some(license) = license else {
            return Some(format!("{name} {version}: it names no licence"));
        };
        // Old packages separate a choice by a slash.
        let Ok(expression) = Expression::parse_mode(license, ParseMode::LAX) else {
            return Some(format!("{name} {version}: `{license}` is no licence expression"));
        };
        let is_satisfied = expression.evaluate(|required| self.0.contains(required));
        (!is_satisfied).then(|| format!("{name} {version}: {license}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is tested is the oldest toolchain that is promised.
    #[test]
    fn the_pinned_toolchain_is_the_stated_minimum() {
        let read = |name: &str| -> toml::Table {
            let text = fs::read_to_string(step::root().join(name)).expect("it is there");
            text.parse().expect("TOML")
        };
        let pinned = read("rust-toolchain.toml")["toolchain"]["channel"].as_str().expect("a text").to_owned();
        let stated = read("Cargo.toml")["workspace"]["package"]["rust-version"].clone();
        assert_eq!(stated.as_str().map(|stated| format!("{stated}.0")), Some(pinned));
    }

    #[test]
    fn an_expression_holds_when_the_list_satisfies_it() {
        let allow = Allowed::parse(&["MIT".to_owned(), "Unicode-3.0".to_owned()]).unwrap();
        let cases = [
            (true, Some("MIT")),
            (true, Some("MIT OR Apache-2.0")),
            (true, Some("MIT/Apache-2.0")),
            (true, Some("(MIT OR Apache-2.0) AND Unicode-3.0")),
            (false, Some("Apache-2.0")),
            (false, Some("MIT AND Apache-2.0")),
            (false, Some("GPL-3.0-or-later")),
            (false, Some("whatever I please")),
            (false, None),
        ];
        for (holds, license) in cases {
            let package = Package {
                name: "a".to_owned(),
                version: "1.0.0".to_owned(),
                license: license.map(str::to_owned),
            };
            assert_eq!(allow.fault(&package).is_none(), holds, "{license:?}: {:?}", allow.fault(&package));
        }
    }
}
