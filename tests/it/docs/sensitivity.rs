//! The outputs in the guide on sensitivity.

use super::{hold_parts, printed};

/// Each part of the guide that a command writes, and the command.
const SHOWN: [(&str, &[&str]); 4] = [
    ("worlds", &["scenarios/what-it-hangs-on.toml"]),
    ("tornado", &["scenarios/what-it-hangs-on.toml", "--set", "sensitivity.method=tornado"]),
    (
        "sobol",
        &[
            "scenarios/what-it-hangs-on.toml",
            "--set",
            "sensitivity.method=sobol",
            "--set",
            "sensitivity.samples=64",
            "--set",
            "sensitivity.assumptions=[\"check-in-lift\", \"check-in-effort\", \"call-accepted\", \"ceiling\"]",
        ],
    ),
    ("morris", &["scenarios/what-it-hangs-on.toml", "--set", "sensitivity.method=morris"]),
];

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn what_is_said_of_sensitivity_is_what_the_program_prints() {
    hold_parts("docs/guides/sensitivity.md", |part| {
        let (_, args) =
            SHOWN.iter().find(|(name, _)| *name == part).unwrap_or_else(|| panic!("nobody tells {part}"));
        let output = printed(&[&["sensitivity"], *args].concat());
        let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
        format!("```text\n{}\n```", lines.join("\n"))
    });
}
