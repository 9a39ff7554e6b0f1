//! The tutorials, and the guides that show output: every block marked `console` is run, in a folder of its own with the scenarios beside it, and shows what
//! its commands print.
//!
//! A line that begins with `$` is a command, one that begins with `>` its continuation, and what follows is its
//! output. A line `...` stands for lines left out: as many are shown before and behind it as are written there.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{hold, read};

const TUTORIALS: [&str; 5] = [
    "docs/tutorial/first-question.md",
    "docs/tutorial/lighthouse-decision.md",
    "docs/guides/one-account.md",
    "docs/guides/many-machines.md",
    "docs/guides/roll-out.md",
];

#[test]
#[cfg(unix)]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn the_tutorials_show_what_their_commands_print() {
    for tutorial in TUTORIALS {
        follow(tutorial);
    }
}

#[cfg(unix)]
fn follow(tutorial: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(super::root().join("scenarios"), folder.path().join("scenarios"))
        .expect("a link to the scenarios");
    let mut current = String::new();
    let text = read(tutorial);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        current += &format!("{line}\n");
        if line != "```console" {
            continue;
        }
        while let Some(first) = lines.next_if(|line| line.starts_with("$ ")) {
            let mut command = first[2..].to_owned();
            current += &format!("{first}\n");
            while let Some(more) = lines.next_if(|line| line.starts_with('>')) {
                command += &format!("\n{}", more.strip_prefix("> ").unwrap_or_default());
                current += &format!("{more}\n");
            }
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
                shown.push(line);
            }
            current += &cut(&run(&command, folder.path()), &shown);
        }
    }
    hold(tutorial, &current);
    assert_eq!(not_shown(&current), Vec::<&str>::new(), "{tutorial} speaks of it and does not show it");
}

/// Returns what a terminal shows: results and errors.
fn run(command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_journeysim")).parent().expect("it lies in a folder");
    let others = std::env::var("PATH").expect("there is a path");
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", format!("{}:{others}", program.display()))
        .output()
        .expect("a shell starts");
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Leaves out of `printed` what `shown` leaves out.
fn cut(printed: &str, shown: &[&str]) -> String {
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    match shown.iter().position(|line| *line == "...") {
        Some(before) if before + shown.len() - before - 1 < lines.len() => {
            let behind = shown.len() - before - 1;
            format!("{}...\n{}", whole(&lines[..before]), whole(&lines[lines.len() - behind..]))
        }
        _ => whole(&lines),
    }
}

/// Returns the numbers that the text speaks of, `like this`, and that stand in none of the blocks.
fn not_shown(page: &str) -> Vec<&str> {
    let (mut blocks, mut quotes) = (String::new(), Vec::new());
    for (at, part) in page.split("```").enumerate() {
        if at % 2 == 1 {
            blocks.push_str(part);
        } else {
            quotes.extend(part.split('`').skip(1).step_by(2));
        }
    }
    quotes.retain(|quote| quote.chars().any(|letter| letter.is_ascii_digit()) && !blocks.contains(quote));
    quotes
}

#[test]
fn a_number_that_no_block_shows_is_found() {
    let page = "It is `+0.2 points` more.\n```console\n$ ask\n +0.2 points \n```\nAnd `7 %` of `some` less.";
    assert_eq!(not_shown(page), ["7 %"]);
}

#[test]
fn lines_are_left_out_where_the_page_leaves_them_out() {
    let printed = "a  \nb\nc\nd\n";
    assert_eq!(cut(printed, &["x"]), "a\nb\nc\nd\n");
    assert_eq!(cut(printed, &["x", "...", "y"]), "a\n...\nd\n");
    assert_eq!(cut(printed, &["x", "y", "z", "...", "y"]), "a\nb\nc\nd\n");
    assert!(TUTORIALS.iter().all(|page| fs::exists(super::root().join(page)).is_ok_and(|there| there)));
}
