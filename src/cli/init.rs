//! `init`: a commented starter scenario with all it extends.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::schema;
use crate::output::document::Header;
use crate::questions::wrong::WrongInput;

/// Write a commented starter scenario, with all it extends, into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: a folder of your own, and its first answer\n  \
    journeysim init my-pool\n  journeysim compare my-pool/scenario.toml")]
pub(super) struct Args {
    /// The folder; it must be new or empty
    folder: PathBuf,
}

/// The document of `init`.
#[derive(Debug, Serialize)]
struct InitDocument {
    #[serde(flatten)]
    header: Header,
    /// The starter scenario.
    start: String,
}

/// A file of the library, by its path below `scenarios`.
macro_rules! library {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../scenarios/", $path)))),+]
    };
}

const LIBRARY: &[(&str, &str)] = library![
    "assumptions.toml",
    "populations/digital.toml",
    "populations/named.toml",
    "populations/pooled.toml",
    "programs/digital-scaled-success.toml",
    "programs/digital-success.toml",
    "programs/named-enterprise-ta.toml",
    "programs/pooled-ta.toml",
    "programs/scaled-ta.toml",
    "public-holidays.toml",
];

const STARTER: (&str, &str) = ("scenario.toml", include_str!("starter.toml"));

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let folder = &args.folder;
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    if !is_free {
        let words = format!("{} is not empty: choose a new folder, nothing is overwritten", folder.display());
        return Err(WrongInput::Words(words).into());
    }
    let schema = schema::text();
    for (path, text) in LIBRARY.iter().chain([&STARTER, &("journeysim.schema.json", schema.as_str())]) {
        write(&folder.join(path), text)?;
    }
    let start = folder.join(STARTER.0).display().to_string();
    let document = InitDocument { header: Header::default(), start };
    console.show(&document, |_| {
        format!(
            "A starter scenario and all it extends are written. Run it with\n  journeysim compare {}\n",
            document.start
        )
    })?;
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::read;
    use crate::language::source::Texts;
    use crate::scenario::Scenario;

    #[test]
    fn the_library_holds_all_programs_populations_assumptions_and_holidays() {
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut expected = vec!["assumptions.toml".to_owned()];
        for folder in ["populations", "programs"] {
            for entry in fs::read_dir(scenarios.join(folder)).unwrap() {
                expected.push(format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
            }
        }
        expected.push("public-holidays.toml".to_owned());
        expected.sort();
        let listed: Vec<&str> = LIBRARY.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, expected);
    }

    /// Returns what a line comments out, if it is a setting: those have no space behind their `#`.
    fn commented_out(line: &str) -> Option<&str> {
        line.strip_prefix('#').filter(|setting| !setting.is_empty() && !setting.starts_with([' ', ':']))
    }

    /// Returns the baseline of the starter with this text.
    fn started(text: &str) -> Scenario {
        let mut files = Texts::new(LIBRARY.iter().copied().chain([(STARTER.0, text)]));
        let experiment = read::experiment(STARTER.0, &[], &mut files);
        let mut experiment = experiment.unwrap_or_else(|faults| panic!("{faults}"));
        experiment.variants.swap_remove(experiment.baseline).scenario
    }

    #[test]
    fn what_the_starter_comments_out_is_what_the_program_says() {
        let written = STARTER.1.lines().map(|line| commented_out(line).unwrap_or(line));
        let written = started(&written.collect::<Vec<_>>().join("\n"));
        let today = started(STARTER.1);
        assert_eq!(format!("{:?}", today.programs), format!("{:?}", written.programs));
        assert_eq!((today.file.pool.len(), written.file.pool.len()), (0, 1));
        assert!(written.file.staff.is_some());
    }

    #[test]
    fn every_threshold_of_the_starter_counts_alone_without_its_sign() {
        let today = format!("{:?}", started(STARTER.1).programs);
        let lines: Vec<&str> = STARTER.1.lines().collect();
        let (mut under_a_heading, mut thresholds) = (false, 0);
        for (at, &line) in lines.iter().enumerate() {
            let setting = commented_out(line);
            if setting.unwrap_or(line).starts_with('[') {
                under_a_heading = setting.is_none();
            } else if let Some(setting) = setting.filter(|_| under_a_heading) {
                let one = [&lines[..at], &[setting], &lines[at + 1..]].concat().join("\n");
                assert_eq!(format!("{:?}", started(&one).programs), today, "{setting}");
                // Elsewhere it would be something else, or nothing.
                let other = setting.replacen("0%", "1%", 1).replacen("yellow_or_red", "red", 1);
                let other = [&lines[..at], &[&other], &lines[at + 1..]].concat().join("\n");
                assert_ne!(format!("{:?}", started(&other).programs), today, "{setting}");
                thresholds += 1;
            }
        }
        assert_eq!(thresholds, 5);
    }

    #[test]
    fn the_starter_and_every_program_are_right() {
        let mut files = Texts::new(LIBRARY.iter().chain([&STARTER]).map(|&(path, text)| (path, text)));
        let programs = LIBRARY.iter().map(|(path, _)| *path).filter(|path| path.starts_with("programs/"));
        for file in programs.chain([STARTER.0]) {
            if let Err(faults) = read::experiment(file, &[], &mut files) {
                panic!("{faults}");
            }
        }
    }
}
