//! The program as users and scripts meet it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use journeysim::engine::record::WaitedFor;
use serde_json::Value as Json;

use crate::trial::{baseline, replicate};

/// Makes a run small: few accounts, one year, few replications.
const SMALL: [&str; 6] = ["--set", "assume.accounts=8", "--set", "horizon=1y", "--replications", "3"];

pub const VARIANTS: &str = "
baseline = \"as-is\"
[[variant]]
name = \"as-is\"
[[variant]]
name = \"monthly\"
set = { \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\" }
";

pub fn journeysim(args: &[&str]) -> Output {
    program().args(args).output().expect("the program starts")
}

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("the program ended by itself")
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("output is UTF-8")
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("output is UTF-8")
}

pub fn json(args: &[&str]) -> Json {
    let output = journeysim(args);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_str(stdout(&output)).expect("standard output is one JSON document")
}

pub fn small<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().chain(&SMALL).copied().collect()
}

/// A folder with one scenario that extends the pooled program.
pub struct Scenario {
    folder: tempfile::TempDir,
    /// The scenario file.
    pub file: String,
}

impl Scenario {
    pub fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/programs/pooled-ta.toml");
        let file = folder.path().join("own.toml");
        fs::write(&file, format!("extends = {program:?}\nname = \"Own\"\n{more}")).expect("it is writable");
        let file = file.to_str().expect("a name in UTF-8").to_owned();
        Self { folder, file }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

/// The digest of each variant by name.
fn digests(compared: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let variants = compared["variants"].as_array().expect("a list");
    let mut digests: Vec<_> =
        variants.iter().map(|variant| (text(&variant["name"]), text(&variant["digest"]))).collect();
    digests.sort();
    digests
}

const HEADER: [&str; 11] = [
    "schema_version",
    "tool_version",
    "scenario",
    "seed",
    "replications",
    "horizon_days",
    "accounts",
    "account_days",
    "events",
    "stopped_by",
    "digest",
];

#[test]
fn a_run_document_holds_what_is_promised() {
    let own = Scenario::new("");
    let document = json(&small(&["run", &own.file, "--json", "--seed", "7"]));
    for key in HEADER {
        assert!(!document[key].is_null(), "{key}");
    }
    assert_eq!((&document["seed"], &document["replications"]), (&Json::from(7), &Json::from(3)));
    assert_eq!((&document["scenario"], &document["stopped_by"]), (&Json::from("Own"), &Json::from("count")));
    assert_eq!(document["horizon_days"], 366); // February 2024 to February 2025
    let digest = document["digest"].as_str().expect("a text");
    assert!(digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()));
    let retention = &document["metrics"]["gross_revenue_retention"];
    for key in ["mean", "stddev", "ci_low", "ci_high", "confidence", "n", "unit"] {
        assert!(!retention[key].is_null(), "{key}");
    }
    // Nobody waits where advisors are unlimited, so there is nothing to measure.
    assert!(document["metrics"].get("wait_hours_mean").is_some_and(Json::is_null));
}

/// Calls every half year change the outcome of a renewal in few of 20 futures of 40 accounts.
#[test]
fn a_comparison_says_where_few_replications_decide() {
    let asked = |more: &[&str]| {
        let small = ["--set", "assume.accounts=40", "--set", "horizon=1y", "--replications", "20"];
        let output =
            journeysim(&[&["compare", "scenarios/check-in-cadence.toml"], &small[..], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let document: Json = serde_json::from_str(&asked(&["--json"])).expect("JSON");
    let enough = |variant: &str, metric: &str| {
        let mut rows = document["differences"].as_array().expect("rows").iter();
        let row = rows.find(|row| row["variant"] == variant && row["metric"] == metric).expect("a row");
        row["n_enough"].as_u64().expect("a number")
    };
    let [gross, net, utilization] = ["gross_revenue_retention", "net_value", "utilization_mean"]
        .map(|metric| enough("half-yearly", metric));
    assert!(gross > 20 && net > 20 && utilization < 20, "{gross} {net} {utilization}");
    let text = asked(&[]);
    // What is answered in words says it there, the rest of the table below it.
    let answered = format!("than it says; about {gross} replications would be enough");
    assert!(text.contains("half-yearly (Net revenue retention, ") && text.contains(&answered), "{text}");
    assert!(!text.contains("(Mean utilization") && !text.contains(", Mean utilization"), "{text}");
}

/// In the same small book: a precision that is reached, targets of a team, and the gain of the best rest on such intervals, too. The
/// page of the run says it of what it shows.
#[test]
fn whatever_is_asked_says_where_few_replications_decide() {
    let precision = "precision={ metric = \"gross_revenue_retention\", half_width = \"5pp\" }";
    let staff = "staff={ from = 1, to = 4, target = [{ metric = \"gross_revenue_retention\", relation = \">=\", value = -0.005, \
                 against_unlimited = true }, { metric = \"wait_hours_p95\", relation = \"<=\", value = 13 }] }";
    let optimize = "optimize={ objective = \"gross_revenue_retention\", budget = 12, decision = [{ name = \"calls\", path = \
                    \"touchpoint.check-in.enabled\", values = [true, false] }] }";
    let (calls, team) = ("scenarios/check-in-cadence.toml", "scenarios/advisor-bandwidth.toml");
    let own = Scenario::new("");
    for (command, file, accounts, asked, said, on_the_page) in [
        (
            "compare",
            calls,
            "assume.accounts=40",
            precision,
            "5.0 points were enough. Few replications decide about that difference, so the interval may hold the truth less often",
            "Few replications decide about A check-in every half year (Gross revenue retention, ",
        ),
        (
            "staff",
            team,
            "population.accounts=40",
            staff,
            "accounts for each. Few replications decide about ",
            "Few replications decide about ",
        ),
        (
            "optimize",
            calls,
            "assume.accounts=40",
            optimize,
            "against the scenario as it stands. Few replications decide about that difference, so ",
            "Few replications decide about the difference from the scenario as it stands, so ",
        ),
    ] {
        let out = own.path(command);
        let small = ["--set", accounts, "--set", "horizon=1y", "--set", asked, "--replications", "20"];
        let kept = [&[command, file][..], &small, &["--quiet", "--out", text(&out)]].concat();
        let output = journeysim(&kept);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let shown = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(said), "{command}: {shown}");
        assert_eq!(code(&journeysim(&["report", text(&out), "--quiet"])), 0, "{command}");
        let page = fs::read_to_string(out.join("report.html")).expect("it is there");
        assert!(page.contains(on_the_page), "{command}");
        assert!(!page.contains("decide about the difference in"), "{command}: said of the table already");
        if command == "staff" {
            let written = fs::read_to_string(out.join("result.json")).expect("it is there");
            let sizes = of_few(&serde_json::from_str(&written).expect("JSON"));
            assert!(!sizes.is_empty() && sizes.len() < 4, "{sizes:?}");
            for text in [shown, page] {
                let (_, said) = text.split_once("Few replications decide about ").expect("it is said");
                let (said, _) = said.split_once(": the intervals may").expect("the rest of the sentence");
                let named: Vec<u64> =
                    said.split("; ").filter_map(|of| of.split(' ').next()?.parse().ok()).collect();
                assert_eq!(named, sizes, "{said}");
            }
        }
    }
}

/// The teams with a target of which fewer replications than 25 squared skewnesses measured the mean, the skewness being
/// three of its standard errors at least, and which an interval twice as wide would not settle.
fn of_few(result: &Json) -> Vec<u64> {
    let is_open = |target: &Json| {
        let [n, enough, value, low, high] =
            ["n", "n_enough", "value", "ci_low", "ci_high"].map(|key| target[key].as_f64().unwrap_or(0.0));
        n < enough && n * enough / 25.0 > 54.0 && (value - (low + high) / 2.0).abs() < high - low
    };
    let answers = result["answers"].as_array().expect("a list").iter();
    let open = answers.filter(|answer| answer["targets"].as_array().expect("a list").iter().any(is_open));
    open.map(|answer| answer["advisors"].as_u64().expect("a number")).collect()
}

#[test]
fn a_comparison_holds_what_is_promised() {
    let own = Scenario::new(VARIANTS);
    let document = json(&small(&["compare", &own.file, "--json"]));
    assert_eq!(document["baseline"], "as-is");
    assert_eq!(digests(&document).len(), 2);
    let differences = document["differences"].as_array().expect("a list");
    let of =
        |metric: &str| differences.iter().find(|row| row["metric"] == metric).expect("the metric is there");
    let hours = of("advisor_hours_per_account_year");
    assert_eq!(hours["variant"], "monthly");
    for key in ["mean", "ci_low", "ci_high", "confidence", "p_better", "correlation", "n"] {
        assert!(!hours[key].is_null(), "{key}: {hours}");
    }
    assert!(hours["mean"].as_f64().expect("a number") > 0.0, "calls take time");
    // All start from the same book, so nothing varies there.
    let opening = of("opening_arr");
    assert_eq!(opening["mean"], 0.0);
    assert!(opening["p_better"].is_null());
    assert_eq!(of("wait_hours_mean")["n_missing"], 3);
    assert!(document["ceilings"][0]["correlation"].as_f64().is_some_and(|c| (0.0..=1.0).contains(&c)));
}

/// A second program serves whoever grows into another team, so accounts move between the two.
const TWO_PROGRAMS: &str = "
assume.developer-growth = \"+60%\"
[population]
mid_life = false
resegment = \"immediate\"
[program]
serves = [\"scaled\"]
[portfolio.named]
program = { name = \"named\", serves = [\"named\", \"digital\"] }
assessment = { risk_missed = \"risk-missed\", false_alarm = \"false-alarm\" }
lighthouse = { churn_cut = \"lighthouse-cut\", full_after = \"lighthouse-full-after\" }
";

#[test]
fn metrics_and_transfers_are_told_by_segment_and_program_and_kept_by_cohort_too() {
    let own = Scenario::new(TWO_PROGRAMS);
    let out = own.path("run");
    let args = ["run", &own.file, "--json", "--out", text(&out), "--format", "csv"];
    let document = json(&small(&args));
    let total = &document["metrics"]["opening_arr"];
    let weight = |row: &Json| row["mean"].as_f64().unwrap_or(0.0) * row["n"].as_f64().unwrap_or(0.0);
    for kind in ["segment", "program"] {
        let slices = document["by"][kind].as_object().expect("there are several");
        assert!(slices.len() > 1, "{kind}");
        let sum: f64 = slices.values().map(|slice| weight(&slice["metrics"]["opening_arr"])).sum();
        assert!((sum / weight(total) - 1.0).abs() < 1e-12, "{kind}: {sum} of {total}");
    }
    let table = fs::read_to_string(out.join("slices.csv")).expect("the file is there");
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("variant,kind,slice,metric,unit,mean,stddev,ci_low,ci_high,n"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for kind in ["segment", "program", "cohort"] {
        let of_it = |metric: &'static str| rows.iter().filter(move |row| row[1] == kind && row[3] == metric);
        let sum = |metric| -> f64 {
            let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
            of_it(metric).map(|row| number(row[5]) * number(row[9])).sum()
        };
        assert!((sum("opening_arr") / weight(total) - 1.0).abs() < 1e-12, "{kind}");
        assert!(sum("transfers") > 0.0, "{kind}: nobody moved");
    }
    let printed = &document["by"]["program"]["named"]["transfers"]["mean"];
    let kept = rows.iter().find(|row| row[1..4] == ["program", "named", "transfers"]).expect("it is there");
    assert_eq!(printed.as_f64(), kept[5].parse().ok());
}

#[test]
fn bits_are_equal_for_any_number_of_threads() {
    let own = Scenario::new(VARIANTS);
    let compare = |threads: &str| {
        let output = journeysim(&small(&["compare", &own.file, "--json", "--threads", threads]));
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).to_owned()
    };
    let one = compare("1");
    for threads in ["2", "3", "8"] {
        assert!(compare(threads) == one, "{threads} threads say something else");
    }
}

#[test]
fn a_variant_knows_nothing_of_its_neighbours() {
    let monthly = "[[variant]]\nname = \"monthly\"\nset = { \"touchpoint.check-in.enabled\" = true, \
                   \"touchpoint.check-in.every\" = \"30d\" }\n";
    let (as_is, gate) = (
        "[[variant]]\nname = \"as-is\"\n",
        "[[variant]]\nname = \"gate\"\nset = { \"stages.utilization_gate\" = \"60%\" }\n",
    );
    let compare = |variants: &[&str]| {
        let own = Scenario::new(&format!("baseline = \"as-is\"\n{}", variants.concat()));
        json(&small(&["compare", &own.file, "--json"]))
    };
    let two = digests(&compare(&[as_is, monthly]));
    assert_eq!(two, digests(&compare(&[monthly, as_is])), "the order of variants shows");
    let three = digests(&compare(&[as_is, gate, monthly]));
    let without: Vec<_> = three.into_iter().filter(|(name, _)| name != "gate").collect();
    assert_eq!(two, without, "a neighbour shows");
}

#[test]
fn a_variant_alone_gives_the_digest_it_has_in_company() {
    let own = Scenario::new(VARIANTS);
    let compared = json(&small(&["compare", &own.file, "--json"]));
    let alone = json(&small(&["run", &own.file, "--json"]));
    assert_eq!(alone["digest"], compared["variants"][0]["digest"]);
    assert_eq!(alone["metrics"], compared["variants"][0]["metrics"]);
}

#[test]
fn an_override_of_an_unknown_path_names_the_nearest_and_writes_nothing() {
    let own = Scenario::new("");
    let out = own.path("run");
    let output =
        journeysim(&["run", &own.file, "--set", "touchpoint.chek-in.every=30d", "--out", text(&out)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `check-in`?"), "{}", stderr(&output));
    assert!(stdout(&output).is_empty() && !out.exists());
}

#[test]
fn wrong_arguments_end_with_2() {
    let own = Scenario::new("");
    for args in [
        vec!["run"],
        vec!["fly"],
        vec!["run", "no-such-file.toml"],
        vec!["run", &own.file, "--replications", "0"],
        vec!["run", &own.file, "--force"],
        vec!["compare", &own.file],
        vec!["test", &own.file],
        vec!["list", "weather"],
        vec!["diff", &own.file, "monthly"],
    ] {
        let output = journeysim(&args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).is_empty() && !stderr(&output).is_empty(), "{args:?}");
    }
}

/// Nobody waits for a fit or a test that cannot be written down.
#[test]
fn a_file_without_a_folder_is_refused_before_anything_is_run() {
    const BOOK: &str = "tests/data/history/history.toml";
    const FOREVER: &str = "replications=1000000";
    let own = Scenario::new("[[expect]]\nmetric = \"net_value\"\nrelation = \">\"\nvalue = 0\n");
    let (absent, folder) = (own.path("absent/file"), own.path(""));
    let program = "scenarios/programs/pooled-ta.toml";
    for (file, words) in [(&absent, "there is no folder"), (&folder, "is a folder")] {
        for args in [
            &["calibrate", "scenarios/fitted.toml", "--book", BOOK, "--set", FOREVER, "--force", "--out"][..],
            &["test", &own.file, "--set", FOREVER, "--junit"],
            &["trace", &own.file, "--account", "0", "--html"],
            &["report", text(&folder), "--to"],
            &["book", "twin", BOOK, "--extends", program, "--force", "--out"],
        ] {
            let refused = journeysim(&[args, &[text(file)]].concat());
            let said = stderr(&refused);
            assert!(code(&refused) == 2 && said.contains(words) && stdout(&refused).is_empty(), "{said}");
        }
    }
}

/// A fit needs a scenario, a history, or both; whoever gives nothing is told of both at once, and not of one after the other.
#[test]
fn all_that_is_missing_is_named_at_once() {
    for (args, named) in [
        (&["calibrate"][..], ["  <SCENARIO>\n", "  --book <FILE>\n"]),
        (&["calibrate", "--back-test"], ["  <SCENARIO>\n", "  --book <FILE>\n"]),
        (&["trace"], ["  <SCENARIO>\n", "  --account <ID>\n"]),
        (&["cells"], ["  <SCENARIO>\n", "  --shard <PART>\n"]),
    ] {
        let refused = journeysim(args);
        let said = stderr(&refused);
        assert!(code(&refused) == 2 && named.iter().all(|name| said.contains(name)), "{args:?}: {said}");
    }
}

/// What is wrong with an option is said of the option, and not of the override that stands for it inside.
#[test]
fn numbers_that_no_scenario_could_state_are_refused_by_the_option() {
    let own = Scenario::new("");
    for (option, number, largest) in [
        ("--seed", "9223372036854775808", "9223372036854775807"),
        ("--replications", "100000001", "100000000"),
    ] {
        let refused = journeysim(&["run", &own.file, option, number]);
        let said = stderr(&refused);
        assert!(code(&refused) == 2 && said.contains(option) && said.contains(largest), "{said}");
    }
    let mut largest = small(&["run", &own.file, "--json", "--seed", "9223372036854775807"]);
    largest.extend(["--set", "horizon=1mo"]);
    assert_eq!(json(&largest)["seed"].as_u64(), Some(i64::MAX as u64));
}

#[test]
fn a_run_folder_is_complete_and_replaced_only_by_force() {
    let own = Scenario::new(VARIANTS);
    let out = own.path("runs/first");
    let args = ["compare", &own.file, "--json", "--out", text(&out), "--format", "csv"];
    let printed = json(&small(&args));
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("the file is there");
    let parse = |name: &str| serde_json::from_str::<Json>(&read(name)).expect("the file is JSON");
    assert_eq!(parse("result.json"), printed);
    let manifest = parse("manifest.json");
    assert_eq!(manifest["digest"], printed["digest"]);
    assert_eq!(manifest["seed"], printed["seed"]);
    assert_eq!(manifest["overrides"].as_array().map(Vec::len), Some(3));
    assert!(manifest["merged"].as_str().is_some_and(|text| text.contains("check-in")));
    let inputs = manifest["inputs"].as_array().expect("a list");
    assert!(
        inputs
            .iter()
            .any(|input| input["path"].as_str().is_some_and(|path| path.ends_with("pooled-ta.toml")))
    );
    assert!(inputs.iter().all(|input| input["sha256"].as_str().is_some_and(|hash| hash.len() == 64)));
    assert!(inputs.iter().all(|input| input["path"] != "--set"), "an override is no file");
    // Two variants of three replications, under one line of headings.
    assert_eq!(read("replications.csv").lines().count(), 1 + 2 * 3);
    // 52 Mondays in the year from Thursday, 1 February 2024.
    assert_eq!(read("timeline.csv").lines().count(), 1 + 2 * 3 * 52);
    assert!(read("accounts.csv").lines().count() > 2 * 8);

    let again = journeysim(&small(&args));
    assert_eq!(code(&again), 2);
    assert!(stderr(&again).contains("--force"), "{}", stderr(&again));
    assert_eq!(parse("result.json"), printed);
    let forced: Vec<&str> = args.iter().copied().chain(["--force", "--seed", "9"]).collect();
    assert_ne!(json(&small(&forced))["digest"], printed["digest"]);
    assert_eq!(parse("result.json")["seed"], 9);
}

#[test]
fn accounts_are_listed_of_the_replications_that_are_asked_for() {
    let own = Scenario::new("");
    let listed = |more: &[&str]| {
        let out = own.path("run");
        let args = ["run", &own.file, "--quiet", "--out", text(&out), "--force", "--format", "csv"];
        let output = journeysim(&small(&[&args, more].concat()));
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let table = fs::read_to_string(out.join("accounts.csv")).expect("the file is there");
        let mut found: Vec<u32> =
            table.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
        found.dedup();
        let manifest = fs::read_to_string(out.join("manifest.json")).expect("the file is there");
        let manifest: Json = serde_json::from_str(&manifest).expect("JSON");
        assert_eq!(manifest["accounts_of_replications"], Json::from(found.clone()));
        found
    };
    assert_eq!(listed(&[]), [0]);
    assert_eq!(listed(&["--accounts-of", "2"]), [2]);
    assert_eq!(listed(&["--accounts-of", "1..3"]), [1, 2]);
    let out = own.path("other");
    let args = ["run", &own.file, "--out", text(&out), "--accounts-of", "1..4"];
    let beyond = journeysim(&small(&args));
    assert_eq!(code(&beyond), 2);
    assert!(stderr(&beyond).contains("replication 3, but there are 3"), "{}", stderr(&beyond));
    assert!(!out.exists());
}

/// Of four rows two are wrong, one of them in two cells.
#[test]
fn rows_left_out_of_a_list_of_accounts_are_counted_in_every_output() {
    let expect = "[[expect]]\nmetric = \"opening_arr\"\nrelation = \">\"\nvalue = 0.0\n";
    let own = Scenario::new(&format!(
        "{VARIANTS}{expect}[book]\nfile = \"list.csv\"\non_bad_row = \"skip\"\ncolumns = {{ id = \"id\", arr = \
         \"arr\", start = \"start\" }}\n"
    ));
    let list = "id,arr,start\nA,60000,2023-05-01\nB,x,y\nC,-1,2023-05-01\nD,30000,2023-09-01\n";
    fs::write(own.path("list.csv"), list).expect("the folder is writable");
    let short = ["--set", "horizon=1y", "--replications", "2"];
    let out = own.path("run");
    let words = "list.csv: 2 accounts, 2 rows left out because they are wrong; drawn: segment of 2,";
    let with = |command: &'static str, more: &[&'static str]| {
        let args = [&[command, own.file.as_str()], more].concat();
        let output = journeysim(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).to_owned()
    };
    for command in ["run", "compare", "test"] {
        let said = with(command, &short).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{command}: {said}");
        let document: Json =
            serde_json::from_str(&with(command, &[&short[..], &["--json"]].concat())).expect("JSON");
        let book = &document["book"];
        assert_eq!((&book["rows"], &book["skipped"]), (&Json::from(2), &Json::from(2)), "{command}");
        assert_eq!(book["drawn"][0]["accounts"], 2, "{command}");
    }
    assert!(with("check", &[]).contains(words));
    let checked: Json = serde_json::from_str(&with("check", &["--json"])).expect("JSON");
    assert_eq!(checked["books"][0]["scenario_file"], own.file.as_str());
    assert_eq!(checked["books"][0]["skipped"], 2);
    let kept = journeysim(&[&["run", &own.file, "--quiet", "--out", text(&out)], &short[..]].concat());
    assert_eq!(code(&kept), 0, "{}", stderr(&kept));
    for file in ["manifest.json", "result.json"] {
        let document = fs::read_to_string(out.join(file)).expect("the file is there");
        let document: Json = serde_json::from_str(&document).expect("JSON");
        assert_eq!(document["book"]["skipped"], 2, "{file}");
    }
}

#[test]
fn tests_of_a_folder_pass_or_fail_by_what_is_expected() {
    let own = Scenario::new(VARIANTS);
    let expect = |relation: &str| {
        format!(
            "extends = \"own.toml\"\nname = \"Test\"\n[[expect]]\nmetric = \"advisor_hours_per_account_year\"\n\
             variant = \"monthly\"\nminus = \"as-is\"\nrelation = \"{relation}\"\nvalue = 0.0\n"
        )
    };
    fs::create_dir(own.path("sub")).expect("the folder is writable");
    fs::write(own.path("good.toml"), expect(">")).expect("the folder is writable");
    let folder = text(own.folder.path());
    let passed = json(&small(&["test", folder, "--json"]));
    assert_eq!((&passed["passed"], &passed["failed"]), (&Json::from(1), &Json::from(0)));
    let row = &passed["expectations"][0];
    for key in ["file", "metric", "relation", "value", "observed", "ok"] {
        assert!(!row[key].is_null(), "{key}");
    }

    fs::write(own.path("sub/bad.toml"), expect("<").replace("own.toml", "../own.toml"))
        .expect("it is writable");
    let output = journeysim(&small(&["test", folder]));
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("FAILED") && stdout(&output).contains("2 expectations: 1 failed"));
}

#[test]
fn what_is_expected_of_a_file_is_not_expected_of_those_that_extend_it() {
    let own =
        Scenario::new("[[expect]]\nmetric = \"gross_revenue_retention\"\nrelation = \">\"\nvalue = 1.0\n");
    fs::write(own.path("heir.toml"), "extends = \"own.toml\"\nname = \"Heir\"\n").expect("it is writable");
    assert_eq!(code(&journeysim(&small(&["test", &own.file]))), 1);
    let heir = journeysim(&small(&["test", text(&own.path("heir.toml"))]));
    assert_eq!(code(&heir), 2);
    assert!(stderr(&heir).contains("nothing is expected here"), "{}", stderr(&heir));
}

#[test]
fn a_digest_can_be_relied_on() {
    let own = Scenario::new("");
    let digest = json(&small(&["run", &own.file, "--json"]))["digest"].as_str().expect("a text").to_owned();
    for (digest, expected) in [(digest, 0), ("0".repeat(64), 1)] {
        let own = Scenario::new(&format!("[[expect]]\ndigest = \"{digest}\"\n"));
        assert_eq!(code(&journeysim(&small(&["test", &own.file]))), expected);
    }
}

#[test]
fn check_finds_all_faults_of_all_files() {
    let own = Scenario::new("[[expect]]\nmetric = \"net_valu\"\nrelation = \">\"\nvalue = 1.0\n");
    fs::write(own.path("other.toml"), "name = \"Other\"\nextends = \"own.toml\"\nhorizn = \"3y\"\n")
        .expect("ok");
    let output = journeysim(&["check", text(own.folder.path()), "--json"]);
    assert_eq!(code(&output), 1);
    let document: Json = serde_json::from_str(stdout(&output)).expect("JSON");
    let faults = document["faults"].as_array().expect("a list");
    for fault in faults {
        for key in ["file", "path", "line", "column", "message", "help"] {
            assert!(!fault[key].is_null(), "{key}: {fault}");
        }
    }
    for code in ["unknown-metric", "unknown-key"] {
        assert!(faults.iter().any(|fault| fault["code"] == code), "{code}: {faults:?}");
    }
    let right = Scenario::new("");
    assert_eq!(code(&journeysim(&["check", &right.file])), 0);
}

#[test]
fn a_difference_is_told_by_path_and_in_words() {
    let own = Scenario::new(VARIANTS);
    let output = journeysim(&["diff", &own.file, "monthly"]);
    assert_eq!(
        stdout(&output),
        "as-is -> monthly\ntouchpoint.check-in.enabled: no -> yes\n\
         touchpoint.check-in.every: 90 days -> 30 days\n"
    );
    let same = journeysim(&["diff", &own.file, &own.file]);
    assert!(stdout(&same).ends_with("nothing differs\n"));
}

#[test]
fn a_new_folder_runs_by_itself_and_is_not_overwritten() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = root.path().join("my pool");
    let init = journeysim(&["init", text(&folder)]);
    assert_eq!(code(&init), 0, "{}", stderr(&init));
    let scenario = folder.join("scenario.toml");
    let compared = json(&small(&["compare", text(&scenario), "--json"]));
    assert_eq!(compared["baseline"], "as-it-is");
    assert_eq!(code(&journeysim(&["check", text(&folder)])), 0);
    fs::write(&scenario, "mine").expect("it is writable");
    assert_eq!(code(&journeysim(&["init", text(&folder)])), 2);
    assert_eq!(fs::read_to_string(&scenario).expect("it is there"), "mine");
}

#[test]
fn the_schema_knows_the_settings() {
    let schema = json(&["schema"]);
    for key in ["horizon", "touchpoint", "variant", "extends", "assume"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for args in [vec!["list", "metrics"], vec!["list", "faults", "--json"], vec!["schema"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = program().args(&args).stdout(writer).stderr(Stdio::piped()).output().expect("it starts");
        assert_eq!(code(&output), 0, "{args:?}");
        assert!(stderr(&output).is_empty(), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn nothing_but_the_result_is_said_in_a_pipe() {
    let own = Scenario::new("");
    let output = journeysim(&["run", &own.file, "--set", "horizon=1y", "--replications", "2"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    assert!(!stdout(&output).contains('\u{1b}'));
}

#[test]
fn a_run_that_is_refused_leaves_no_folder_behind() {
    let asked = Scenario::new(PRECISE);
    let out = asked.path("run");
    let more = ["--set", "precision.half_width=0.001", "--out", text(&out)];
    assert_eq!(code(&journeysim(&[&small(&["run", &asked.file])[..], &more].concat())), 2);
    assert!(!out.exists());
}

const PRECISE: &str = "
[precision]
metric = \"advisor_hours_per_account_year\"
half_width = 0.5
batch = 4
";

#[test]
fn a_run_stops_when_it_is_precise_and_equals_the_run_of_as_many_replications() {
    let asked = Scenario::new(PRECISE);
    let plain = Scenario::new("");
    let found = json(&small(&["run", &asked.file, "--json"]));
    assert_eq!(found["stopped_by"], "precision");
    let n = found["replications"].as_u64().unwrap();
    assert!(n > 3 && (n - 3).is_multiple_of(4), "{n}");
    let hours = &found["metrics"]["advisor_hours_per_account_year"];
    let half_width = hours["mean"].as_f64().unwrap() - hours["ci_low"].as_f64().unwrap();
    assert!(half_width <= 0.5, "{half_width}");
    assert!((found["precision"]["half_width"].as_f64().unwrap() - half_width).abs() < 1e-12);
    let (n, fewer) = (n.to_string(), (n - 4).to_string());
    let of = |n: &str| json(&[&["run", &plain.file, "--json"], &SMALL[..5], &[n]].concat());
    let again = of(&n);
    assert_eq!((&again["digest"], &again["stopped_by"]), (&found["digest"], &Json::from("count")));
    // A batch earlier the interval was too wide.
    let hours = &of(&fewer)["metrics"]["advisor_hours_per_account_year"];
    assert!(hours["mean"].as_f64().unwrap() - hours["ci_low"].as_f64().unwrap() > 0.5);
}

#[test]
fn a_precision_out_of_reach_is_refused_with_what_it_would_need() {
    let asked = Scenario::new(PRECISE);
    let refused = journeysim(&small(&["run", &asked.file, "--set", "precision.half_width=0.001"]));
    assert_eq!((code(&refused), stdout(&refused)), (2, ""));
    assert!(stderr(&refused).contains("would need about"), "{}", stderr(&refused));
}

#[test]
fn who_runs_out_of_time_shows_what_there_is_without_a_verdict() {
    let asked = Scenario::new(&format!("{VARIANTS}{PRECISE}time_cap = \"1s\"\nmost = 1000000\n"));
    let more = ["--set", "precision.half_width=0.004", "--set", "precision.batch=3"];
    let args = [&small(&["compare", &asked.file])[..], &more].concat();
    let stopped = journeysim(&args);
    assert_eq!(code(&stopped), 3, "{}", stderr(&stopped));
    assert!(stderr(&stopped).contains("time cap was met"), "{}", stderr(&stopped));
    assert!(!stdout(&stopped).contains("monthly: "), "{}", stdout(&stopped));
}

/// Monday 5 February 2024 closes the days from Thursday 1 February on; what is begun after the last Monday is in no row.
#[test]
fn the_timeline_tells_how_long_each_kind_of_work_waits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("run");
    let shown = journeysim(&[
        "run",
        "scenarios/validation/small-pool.toml",
        "--replications",
        "1",
        "--set",
        "horizon=20w",
        "--set",
        "population.accounts=150",
        "--format",
        "csv",
        "--out",
        out.to_str().expect("UTF-8"),
    ]);
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let text = fs::read_to_string(out.join("timeline.csv")).expect("it is there");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().expect("there are some").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let scenario = baseline("validation/small-pool.toml", &["horizon=20w", "population.accounts=150"]);
    let record = replicate(&scenario, 0);
    let plans = &scenario.programs[0].plans;
    for kind in ["request", "plan-sync", "assessment", "lighthouse_week"] {
        let column = headings.iter().position(|name| name == format!("wait_hours_{kind}")).expect(kind);
        let day = headings.iter().position(|name| name == "day").expect("the day");
        let is_kind = |of: WaitedFor| match of {
            WaitedFor::Touchpoint { plan, .. } => plans[usize::from(plan)].touchpoint.name.as_str() == kind,
            WaitedFor::Assessment => kind == "assessment",
            WaitedFor::LighthouseWeek => kind == "lighthouse_week",
            WaitedFor::LighthousePlan => false,
        };
        let mut measured = 0;
        for row in &rows {
            let monday: i32 = row[day].parse().expect("a day");
            let inside = record.waits.iter().filter(|wait| is_kind(wait.kind));
            let inside = inside.filter(|wait| monday - 7 <= wait.day.0 && wait.day.0 < monday);
            let hours: Vec<f64> = inside.map(|wait| f64::from(wait.seconds) / 3_600.0).collect();
            let mean = hours.iter().sum::<f64>() / hours.len() as f64;
            match row[column].parse::<f64>() {
                Ok(shown) => assert!((shown - mean).abs() < 1e-9, "{kind}, {monday}: {shown}, not {mean}"),
                Err(_) => assert!(hours.is_empty(), "{kind}, {monday}: {mean}"),
            }
            measured += u32::from(!hours.is_empty());
        }
        assert!(measured >= 5, "{kind}: {measured} weeks");
    }
}
