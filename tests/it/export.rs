//! Somebody's export: described without being believed, and resembled without being told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const RAVENSTACK: [&str; 5] =
    ["accounts", "subscriptions", "feature_usage", "support_tickets", "churn_events"];
const PROGRAM: &str = "scenarios/programs/pooled-ta.toml";

fn journeysim(args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    program.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it starts")
}

fn document(args: &[&str]) -> Json {
    let output = journeysim(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

fn described(files: &[String]) -> Json {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    document(&[&["book", "describe"], files.as_slice()].concat())
}

fn ravenstack() -> Vec<String> {
    let root = env!("CARGO_MANIFEST_DIR");
    RAVENSTACK.iter().map(|name| format!("{root}/tests/data/ravenstack/{name}.csv")).collect()
}

/// See `tests/data/ravenstack/README.md`.
#[test]
fn the_known_figures_of_a_vendor_come_out_of_the_proposed_mapping() {
    let seen = described(&ravenstack());
    let retention = seen["known_figures"]["retention"].as_array().expect("a list");
    let figures = |per: &str| {
        let row = retention.iter().find(|row| row["per"] == per).expect("it is there");
        assert_eq!((row["from"].as_str(), row["to"].as_str()), (Some("2023-12-31"), Some("2024-12-31")));
        let share =
            |name: &str, decimals| format!("{:.decimals$}", row[name].as_f64().expect("known") * 100.0);
        let money = |name: &str| row[name].as_f64().expect("known");
        (
            row["customers"].as_u64().expect("known"),
            money("opening_arr"),
            money("closing_arr"),
            [
                share("gross_revenue_retention", 3),
                share("net_revenue_retention", 2),
                share("gross_revenue_retention_by_definition", 3),
            ],
            share("logo_retention", 3),
        )
    };
    let (customers, opening, closing, shares, logos) = figures("subscription");
    assert_eq!((customers, opening, closing), (540, 15_145_356.0, 14_022_660.0));
    assert_eq!((shares, logos.as_str()), (["92.587", "92.59", "92.587"].map(str::to_owned), "90.370"));
    let (customers, opening, closing, shares, _) = figures("account");
    assert_eq!((customers, opening, closing), (185, 15_145_356.0, 44_265_468.0));
    assert_eq!(shares, ["99.590", "292.27", "99.578"].map(str::to_owned));

    let customers = &seen["known_figures"]["customers"];
    assert_eq!((customers["subscriptions"].as_u64(), customers["trials"].as_u64()), (Some(5_000), Some(778)));
    let column = |name: &str| {
        let all = seen["columns"].as_array().expect("a list");
        all.iter().find(|column| column["name"] == name).expect("it is there").clone()
    };
    assert_eq!(column("usage_id")["repeated"], 21);
    assert_eq!(column("account_name")["proposed"], Json::Null, "names are not read");
    assert_eq!(seen["mapping"]["proposed"], true);
    assert!(!seen["contradictions"].as_array().expect("a list").is_empty(), "its tables disagree");
}

/// The history of the guide is what its mapping says, which was written by hand.
#[test]
fn the_mapping_of_a_history_is_proposed_as_somebody_wrote_it() {
    let files = ["accounts", "subscriptions", "usage", "renewals"];
    let proposed = &described(&files.map(|name| format!("tests/data/history/{name}.csv")))["mapping"];
    let written = fs::read_to_string("tests/data/history/history.toml").expect("the mapping is there");
    let written: toml::Table = written.parse().expect("TOML");
    let tables = proposed["tables"].as_array().expect("a list");
    assert_eq!(tables.len(), files.len(), "{proposed}");
    for table in tables {
        let name = table["table"].as_str().expect("a name");
        let columns = written[name]["columns"].as_table().expect("a table");
        let lines = table["columns"].as_array().expect("a list").iter();
        let text = |line: &Json, key: &str| line[key].as_str().expect("a text").to_owned();
        let found: BTreeMap<String, String> =
            lines.map(|line| (text(line, "word"), text(line, "header"))).collect();
        let wanted: BTreeMap<String, String> = columns
            .iter()
            .map(|(word, header)| (word.clone(), header.as_str().expect("a text").to_owned()))
            .collect();
        assert_eq!(found, wanted, "{name}");
    }
    assert_eq!(proposed["through"], written["through"].to_string(), "the last day it covers");
}

/// 932 of 2,000 are 46.6 %.
#[test]
fn customers_without_dates_and_revenue_are_described_and_what_they_cannot_tell_is_said() {
    let file = format!("{}/tests/data/pysurvival_saas/churn.csv", env!("CARGO_MANIFEST_DIR"));
    let seen = described(&[file]);
    let customers = &seen["known_figures"]["customers"];
    assert_eq!((customers["accounts"].as_u64(), customers["left"].as_u64()), (Some(2_000), Some(932)));
    assert_eq!(seen["known_figures"]["retention"], Json::Array(Vec::new()));
    assert_eq!(seen["mapping"]["through"], Json::Null);
    let cannot = seen["cannot"].to_string();
    assert!(cannot.contains("Retention of revenue") && cannot.contains("Segments"), "{cannot}");
}

/// Decimal commas, semicolons, a byte order mark, days above 12, and one slip a row.
#[test]
fn every_malformed_row_is_told_by_file_line_and_column() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("subscriptions.csv");
    let mut text = "\u{feff}Contract ID;Account;Start Date;End Date;ARR\r\n".to_owned();
    for row in 0..1_000 {
        text += &format!("C-{row};A-{};{:02}.01.2023;;1.200,50\r\n", row / 2, 1 + row % 28);
    }
    text += "C-1000;A-1;32.01.2023;;1,0\r\nC-1001;;01.01.2023;01.01.2022;10.50\r\nC-7;A-1;01.01.2023;;7\r\nC-1002;A-1\r\n";
    fs::write(&file, &text).expect("the folder is writable");
    let name = file.to_str().expect("a path in UTF-8").to_owned();
    let seen = described(std::slice::from_ref(&name));
    let places: Vec<(u64, u64)> = (seen["faults"].as_array().expect("a list").iter())
        .map(|fault| {
            assert_eq!(fault["file"], name.as_str());
            (fault["line"].as_u64().expect("a line"), fault["column"].as_u64().expect("a column"))
        })
        .collect();
    assert_eq!(places, [(1002, 12), (1003, 8), (1003, 20), (1003, 31), (1004, 1), (1005, 8)]);
    let table = &seen["mapping"]["tables"][0];
    let written =
        ["delimiter", "dates", "decimal"].map(|key| table[key].as_str().expect("proposed").to_owned());
    assert_eq!(written, ["semicolon", "dmy", "comma"]);
    assert_eq!(seen["tables"][0]["left_out"], 4);
    assert_eq!(seen["known_figures"]["customers"]["arr"].as_f64(), Some(1_200_500.0));
}

/// The last month ends long after the last customer came.
#[test]
fn files_reach_to_the_end_of_the_last_month_that_they_tell() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [
        ("accounts.csv", "customer_id,seats,arr,signup_date\nA,10,100,2022-01-05\nB,20,200,2022-03-01\n"),
        (
            "usage.csv",
            "customer_id,month,mau\nA,2022-02,5\nB,2023-02,6\nA,2023-01,7\nA,2023-02,8\nB,2023-01,9\n",
        ),
    ];
    let files = files.map(|(name, text)| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("it is writable");
        file.to_str().expect("a path in UTF-8").to_owned()
    });
    let seen = described(&files);
    assert_eq!(seen["mapping"]["through"], "2023-02-28");
    assert_eq!((&seen["tables"][1]["rows"], &seen["tables"][1]["left_out"]), (&5.into(), &0.into()));
}

#[test]
fn dates_that_read_in_two_orders_are_left_to_decide() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("accounts.csv");
    fs::write(&file, "customer_id,arr,signup_date\nA,1,01/02/2024\nB,2,03/04/2024\n")
        .expect("it is writable");
    let seen = described(&[file.to_str().expect("a path in UTF-8").to_owned()]);
    assert_eq!(seen["mapping"]["undecided"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["tables"], Json::Array(Vec::new()), "nothing is read before it is decided");
}

fn twin(book: &str, out: &Path, more: &[&str]) -> Output {
    let out = out.to_str().expect("a path in UTF-8");
    journeysim(&[&["book", "twin", book, "--extends", PROGRAM, "--out", out, "--json"], more].concat())
}

#[test]
fn a_twin_resembles_its_book_and_nobody_of_the_book_is_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("twin.toml");
    let output = twin("tests/data/ravenstack/book.toml", &out, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Json = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!((seen["customers"].as_u64(), seen["found_again"].as_u64()), (Some(500), Some(0)));
    assert!(seen["compared"].as_u64().is_some_and(|compared| compared >= 1_000));

    let text = fs::read_to_string(&out).expect("it is written");
    let accounts = fs::read_to_string("tests/data/ravenstack/accounts.csv").expect("it is there");
    for line in accounts.lines().skip(1) {
        let mut cells = line.split(',');
        let (id, name) = (cells.next().expect("an identifier"), cells.next().expect("a name"));
        assert!(!text.contains(id) && !text.contains(&format!("{name}\"")), "{id} {name}");
    }

    // Wide enough for the chance of 1,500 customers, and narrow enough to notice a wrong measure.
    let segments = seen["segments"].as_array().expect("a list");
    assert_eq!(segments.len(), 3);
    for segment in segments {
        let of = |side: &str, path: [&str; 2]| segment[side][path[0]][path[1]].as_f64();
        for path in [["seats", "median"], ["arr", "median"], ["seats", "mean"], ["arr", "mean"]] {
            let (book, twin) = (of("book", path).expect("told"), of("twin", path).expect("drawn"));
            assert!((twin / book - 1.0).abs() < 0.25, "{} {path:?}: {book} and {twin}", segment["segment"]);
        }
        for (key, margin) in [("share", 0.08), ("seats_arr", 0.12)] {
            let number = |side: &str| segment[side][key].as_f64().expect("known");
            let (book, twin) = (number("book"), number("twin"));
            assert!((twin - book).abs() < margin, "{} {key}: {book} and {twin}", segment["segment"]);
        }
    }

    // 273 of the 500 came in 2024, and nothing tells for how long they signed.
    assert!(text.contains("arrivals = \"54.6% per year\""), "{text}");
    assert!(
        seen["of_the_program"].to_string().contains("terms") && !text.contains("population.term"),
        "{text}"
    );

    let checked = journeysim(&["check", out.to_str().expect("a path in UTF-8")]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let again = twin("tests/data/ravenstack/book.toml", &out, &[]);
    assert_eq!(again.status.code(), Some(2), "a scenario is not overwritten without being told to");
}

#[test]
fn a_twin_of_customers_without_revenue_has_their_segments() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = twin("tests/data/pysurvival_saas/book.toml", &folder.path().join("twin.toml"), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Json = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(seen["customers"], 2_000 - 932);
    assert!(seen["of_the_program"].to_string().contains("recurring revenue"));
}

#[test]
fn no_twin_is_made_without_segments() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("book.toml");
    fs::write(folder.path().join("a.csv"), format!("arr\n{}", "5\n".repeat(30))).expect("it is writable");
    fs::write(&book, "through = 2024-12-31\n[accounts]\nfile = \"a.csv\"\ncolumns = { arr = \"arr\" }")
        .expect("likewise");
    let out = folder.path().join("twin.toml");
    let output = twin(book.to_str().expect("a path in UTF-8"), &out, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("30 of 30 customers have no segment"), "{said}");
    assert!(!out.exists());
}
