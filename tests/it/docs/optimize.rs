//! The outputs in the guide on decisions.

use super::{hold_parts, printed};

/// Each part of the guide that a command writes, and the command.
const SHOWN: [(&str, &[&str]); 2] = [
    ("selected", &["compare", "scenarios/cadence-and-gate.toml"]),
    ("decided", &["optimize", "scenarios/best-cadence.toml"]),
];

#[test]
#[cfg_attr(debug_assertions, ignore = "takes a minute in a debug build")]
fn what_is_said_of_decisions_is_what_the_program_prints() {
    hold_parts("docs/guides/optimize.md", |part| {
        let (_, args) =
            SHOWN.iter().find(|(name, _)| *name == part).unwrap_or_else(|| panic!("nobody tells {part}"));
        let output = printed(args);
        // What a comparison says besides stands in other guides.
        let begins = |line: &&str| part != "selected" || line.contains("Selection ");
        let ends = |line: &&str| part != "selected" || !line.starts_with("Assumptions used");
        let lines: Vec<&str> = output.lines().skip_while(|line| !begins(line)).take_while(ends).collect();
        let lines: Vec<&str> = lines.into_iter().map(str::trim_end).collect();
        format!("```text\n{}\n```", lines.join("\n").trim_end())
    });
}
