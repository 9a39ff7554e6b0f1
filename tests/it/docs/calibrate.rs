//! The output in the guide on fits.

use super::{hold_parts, printed};

#[test]
#[cfg_attr(debug_assertions, ignore = "takes half a minute in a debug build")]
fn what_is_said_of_a_fit_is_what_the_program_prints() {
    hold_parts("docs/guides/calibrate.md", |part| {
        let output = match part {
            "fitted" => {
                printed(&["calibrate", "scenarios/fitted.toml", "--book", "tests/data/history/history.toml"])
            }
            "pysurvival_saas" | "ravenstack" => {
                printed(&["calibrate", "--book", &format!("tests/data/{part}/book.toml")])
            }
            _ => panic!("nobody tells {part}"),
        };
        let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
        format!("```text\n{}\n```", lines.join("\n").trim_end())
    });
}
