//! The output in the guide on fits.

use super::{hold_parts, printed};

#[test]
#[cfg_attr(debug_assertions, ignore = "takes half a minute in a debug build")]
fn what_is_said_of_a_fit_is_what_the_program_prints() {
    let args = ["calibrate", "scenarios/fitted.toml", "--book", "tests/data/history/history.toml"];
    hold_parts("docs/guides/calibrate.md", |part| {
        assert_eq!(part, "fitted", "nobody tells this part");
        let output = printed(&args);
        let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
        format!("```text\n{}\n```", lines.join("\n").trim_end())
    });
}
