//! The drawing scripts: Vega, Vega-Lite and Vega-Embed, as their makers publish them.
//!
//! They are part of the program, so that a page needs no network. `vendor/vendor.json` says which version, licence and
//! checksum; `cargo xtask vendor` fetches them anew. Vega-Embed holds Vega's own interpreter of expressions, so that a
//! page can forbid `eval`: embed a chart with the option `ast`.

/// A script.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// The name of its file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All scripts, in the order in which a page needs them.
pub const SCRIPTS: [Script; 3] = [
    Script { name: "vega.min.js", text: include_str!("vendor/vega.min.js") },
    Script { name: "vega-lite.min.js", text: include_str!("vendor/vega-lite.min.js") },
    Script { name: "vega-embed.min.js", text: include_str!("vendor/vega-embed.min.js") },
];

/// What they are: package, version, licence, file and SHA-256, as JSON.
pub const DESCRIPTION: &str = include_str!("vendor/vendor.json");

/// Their licences, and those of the packages that they are built from.
pub const LICENSES: &str = include_str!("vendor/LICENSES.txt");

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_scripts_are_those_that_were_described() {
        let described: Vec<Value> = serde_json::from_str(DESCRIPTION).unwrap();
        assert_eq!(described.len(), SCRIPTS.len());
        for (script, described) in SCRIPTS.iter().zip(&described) {
            assert_eq!(described["file"], script.name);
            let digest = Sha256::digest(script.text.as_bytes());
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(described["sha256"], digest.as_str(), "{}", script.name);
            let version = format!("\"{}\"", described["version"].as_str().unwrap());
            assert!(script.text.contains(&version), "{} does not say that it is {version}", script.name);
            let package = format!("{} {}", described["package"].as_str().unwrap(), version.replace('"', ""));
            assert!(LICENSES.contains(&package), "the licence of {package} is missing");
        }
    }

    /// A script inside a page ends at the first `</script`, wherever that stands.
    #[test]
    fn a_page_can_hold_the_scripts_as_they_are() {
        for Script { name, text } in SCRIPTS {
            let text = text.to_lowercase();
            assert!(!text.contains("</script") && !text.contains("<!--"), "{name}");
        }
    }
}
