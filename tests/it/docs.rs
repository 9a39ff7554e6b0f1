//! The documentation says what the program says.
//!
//! - The schema beside the scenarios is the program's, and every scenario leads an editor to it.
//! - A part of a page between `<!-- begin: WHAT -->` and `<!-- end -->` is written by the program: see [`reference`],
//!   [`figures`], [`luck`] and [`staffing`].
//! - What the tutorial shows as output is what its commands print: see [`console`].
//! - Links lead somewhere.
//!
//! `cargo xtask refresh` writes anew what these tests would otherwise complain about.

mod calibrate;
mod console;
mod figures;
mod luck;
mod optimize;
mod reference;
mod sensitivity;
mod staffing;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Set by `cargo xtask refresh`.
const REFRESH: &str = "JOURNEYSIM_REFRESH";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns what the program prints.
fn printed(args: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    let output = program.args(args).current_dir(root()).env_remove("COLUMNS").output().expect("it starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Holds the file at `path` against what it should be, or writes it where a refresh was asked for.
fn hold(path: &str, current: &str) {
    let file = root().join(path);
    let stored = fs::read_to_string(&file).unwrap_or_default();
    if stored == current {
        return;
    }
    if env::var_os(REFRESH).is_some() {
        fs::write(&file, current).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    let differs = |(stored, current): &(&str, &str)| stored != current;
    let first = stored.lines().zip(current.lines()).find(differs).unwrap_or(("", "(one of them is longer)"));
    panic!(
        "{path} is not current, run `cargo xtask refresh`, or this test alone with {REFRESH}=1\n  stored:  {}\n  \
         current: {}",
        first.0, first.1
    );
}

/// Holds every part of the page at `path` against what `part` says of it.
fn hold_parts(path: &str, part: impl Fn(&str) -> String) {
    let page = read(path);
    let mut current = String::new();
    let mut rest = page.as_str();
    while let Some((before, begun)) = rest.split_once("<!-- begin: ") {
        let (what, begun) = begun.split_once(" -->\n").expect("the marker is closed");
        let (_, after) =
            begun.split_once("<!-- end -->").unwrap_or_else(|| panic!("{path}: {what} has no end"));
        current += &format!("{before}<!-- begin: {what} -->\n\n{}\n\n<!-- end -->", part(what).trim());
        rest = after;
    }
    assert!(!current.is_empty(), "{path} has no part that the program writes");
    hold(path, &(current + rest));
}

/// Returns a table as Markdown writes it: so many columns of words, and the rest of numbers, which stand on the right.
fn table(headings: &[&str], rows: &[Vec<String>], words: usize) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = |at: usize| if at < words { "---" } else { "---:" }.to_owned();
    let mut text = line(headings.iter().map(|&heading| heading.to_owned()).collect());
    text += &line((0..headings.len()).map(rule).collect());
    for row in rows {
        assert_eq!(row.len(), headings.len(), "{row:?}");
        text += &line(row.iter().map(|cell| cell.replace('|', "\\|")).collect());
    }
    text
}

/// Returns all files below `folder` whose names end in `ending`, by name.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().is_some_and(|name| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_schema_beside_the_scenarios_is_the_programs() {
    hold("scenarios/journeysim.schema.json", &printed(&["schema"]));
}

#[test]
fn the_schema_of_mappings_is_the_programs() {
    hold("scenarios/book.schema.json", &printed(&["schema", "book"]));
}

#[test]
fn every_mapping_leads_an_editor_to_its_schema() {
    let schema = root().join("scenarios/book.schema.json").canonicalize().expect("the schema is there");
    let mappings = ["history/history.toml", "pysurvival_saas/book.toml", "ravenstack/book.toml"];
    for mapping in mappings.map(|name| root().join("tests/data").join(name)) {
        let text = fs::read_to_string(&mapping).expect("it is readable");
        let line = text.lines().next().and_then(|line| line.strip_prefix("#:schema "));
        let named = mapping.with_file_name(line.unwrap_or_else(|| panic!("{}", mapping.display())));
        assert_eq!(named.canonicalize().ok(), Some(schema.clone()), "{}", mapping.display());
    }
}

#[test]
fn every_scenario_leads_an_editor_to_the_schema() {
    let schema = root().join("scenarios/journeysim.schema.json").canonicalize().expect("the schema is there");
    let scenarios = files("scenarios", ".toml");
    assert!(scenarios.len() > 10, "{scenarios:?}");
    for scenario in scenarios {
        let text = fs::read_to_string(&scenario).expect("it is readable");
        let led = text.lines().next().and_then(|first| first.strip_prefix("#:schema "));
        let led = led.unwrap_or_else(|| panic!("{} begins with no `#:schema`", scenario.display()));
        let file = scenario.parent().expect("it lies in a folder").join(led.trim());
        assert_eq!(file.canonicalize().ok(), Some(schema.clone()), "{}: {led}", scenario.display());
    }
}

/// Everything between the parentheses of `[text](target)`, outside fenced blocks.
fn links(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut links = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if !fenced {
            links.extend(
                line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link),
            );
        }
    }
    links
}

/// The name by which a heading is linked: in lower case, without marks, with hyphens for spaces.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| -> String {
        let text = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|&letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
    };
    headings.map(name).collect()
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    for page in files("docs", ".md") {
        let text = fs::read_to_string(&page).expect("it is readable");
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            assert!(target.exists(), "{}: {link}", page.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).expect("it is readable"));
                assert!(there.iter().any(|name| name == anchor), "{}: {link}: {there:?}", page.display());
            }
        }
    }
}

#[test]
fn every_page_stands_on_a_shelf() {
    let shelves = read("docs/README.md");
    let shelved = links(&shelves);
    for page in files("docs", ".md") {
        let path = page.strip_prefix(root().join("docs")).expect("it lies below").to_str().expect("UTF-8");
        assert!(path == "README.md" || shelved.contains(&path), "docs/README.md does not lead to {path}");
    }
}

/// Runs them as a person would: `journeysim test scenarios`.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn scenarios_say_what_they_are_relied_on_to_say() {
    printed(&["test", "scenarios"]);
    // Parts say nothing by themselves, and what theory says of the others is tested elsewhere.
    let others = ["assumptions.toml", "public-holidays.toml", "populations/", "validation/", "bench/"];
    for scenario in files("scenarios", ".toml") {
        let path = scenario.to_str().expect("UTF-8");
        if others.iter().any(|other| path.contains(other)) {
            continue;
        }
        let text = fs::read_to_string(&scenario).expect("it is readable");
        let expected = text.split("[[expect]]").skip(1);
        assert!(expected.clone().count() > 0, "{path} is relied on for nothing");
        assert!(expected.clone().all(|entry| entry.contains("because = ")), "{path}: why?");
    }
}

/// The table of the first command; the assumptions below it are left out.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn the_first_page_shows_what_its_first_command_answers() {
    let page = read("README.md");
    let (before, rest) = page.split_once("<!-- compare:begin -->").expect("a place for the answer");
    let (_, after) = rest.split_once("<!-- compare:end -->").expect("the end of that place");
    let printed = printed(&["compare", "scenarios/check-in-cadence.toml"]);
    let lines: Vec<&str> = printed.lines().take_while(|line| !line.starts_with("Assumptions")).collect();
    let answer: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    let answer = answer.join("\n");
    let block =
        format!("<!-- compare:begin -->\n\n```text\n{}\n```\n\n<!-- compare:end -->", answer.trim_end());
    hold("README.md", &format!("{before}{block}{after}"));
}

/// Every test that the page of rules names is one: a function of that name in a file or folder of that name.
#[test]
fn the_page_of_rules_names_tests_that_there_are() {
    let page = read("docs/background/model-review.md");
    let named: Vec<(&str, &str)> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(_, test)| *test != "test")
        .collect();
    assert!(named.len() > 60, "{}", named.len());
    let folders = ["tests/it", "src", "crates/journeysim-model/src"];
    let rust = folders.iter().flat_map(|folder| files(folder, ".rs"));
    let sources: Vec<(String, String)> = rust
        .chain(files("tests/python", ".py"))
        .map(|path| {
            (path.to_str().expect("a name in UTF-8").to_owned(), fs::read_to_string(&path).expect("readable"))
        })
        .collect();
    for (room, test) in named {
        let heading = if room == "python" { format!("def {test}(") } else { format!("fn {test}(") };
        let places = [format!("/{room}.rs"), format!("/{room}/"), format!("/{room}.py")];
        let found = sources
            .iter()
            .any(|(path, text)| places.iter().any(|place| path.contains(place)) && text.contains(&heading));
        assert!(found, "{room} has no test {test}");
    }
}

/// What stands as `room::test` on the page of validation is a test of that file or folder, and every test of the files
/// it is about stands there.
#[test]
fn the_page_of_validation_names_tests_that_there_are() {
    let page = read("docs/background/validation.md");
    let named: Vec<(&str, &str)> =
        page.split('`').skip(1).step_by(2).filter_map(|code| code.rsplit_once("::")).collect();
    let has = |text: &str, test: &str| text.contains(&format!("fn {test}("));
    for &(room, test) in named.iter().filter(|(_, test)| *test != "test") {
        let found = match room.strip_prefix("base::") {
            Some(room) => files("crates/journeysim-model/src/base", ".rs").iter().any(|file| {
                let path = file.to_str().expect("a name in UTF-8");
                path.contains(&format!("base/{room}"))
                    && has(&fs::read_to_string(file).expect("readable"), test)
            }),
            None if room == "python" => files("tests/python", ".py")
                .iter()
                .any(|file| fs::read_to_string(file).expect("readable").contains(&format!("def {test}("))),
            None => has(&read(&format!("tests/it/{room}.rs")), test),
        };
        assert!(found, "{room} has no test {test}");
    }
    let rooms = [
        "theory",
        "queues",
        "capacity",
        "stationary",
        "crn",
        "luck",
        "determinism",
        "accounting",
        "ravenstack",
        "kernel",
        "take_over",
        "metamorphic",
        "hostile",
        "fuzz",
    ];
    for room in rooms {
        let text = read(&format!("tests/it/{room}.rs"));
        for after in text.split("#[test]\n").skip(1) {
            // Other attributes may stand between.
            let signature = after.lines().find_map(|line| line.trim_start().strip_prefix("fn "));
            let test = signature.and_then(|text| text.split('(').next());
            let test = test.unwrap_or_else(|| panic!("{room}: a test without a name"));
            assert!(named.contains(&(room, test)), "{room}::{test} is not on the page");
        }
    }
}
