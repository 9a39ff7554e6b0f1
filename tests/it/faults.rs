//! What is said about wrong files: where, in which words, and that nothing right is called wrong.
//!
//! Each file under `tests/faults` holds one slip; [`gallery`] says what is reported about it, in full.

mod gallery;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use journeysim::experiment::read;
use journeysim::language::fault::Faults;
use journeysim::language::source::{FileReader, ReadError};
use journeysim::language::{Disk, Fault, Texts};
use journeysim::scenario::check;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

use gallery::GALLERY;

const FOLDER: &str = "tests/faults";
const POOLED: &str = "scenarios/programs/pooled-ta.toml";

/// Kinds of faults that no small file on disk can show; the tests named here make them.
const ELSEWHERE: [(&str, &str); 8] = [
    ("file-too-large", "a_file_of_100_megabytes_is_refused_unread"),
    ("extends-too-many", "a_chain_of_a_hundred_files_is_cut"),
    ("override-malformed", "an_override_without_its_parts_is_refused"),
    ("outside-range", "an_override_beyond_the_range_of_an_assumption_is_noted_and_obeyed"),
    ("history-row", "every_wrong_cell_is_named_and_its_row_may_be_left_out"),
    ("book-row-skipped", "a_wrong_row_that_is_skipped_is_noted"),
    ("too-many-faults", "beyond_a_thousand_faults_one_says_that_there_are_more"),
    ("path-unmatched", "an_override_without_its_parts_is_refused"),
];

fn faults(file: &str, overrides: &[&str]) -> Vec<Fault> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    listed(read::experiment(file, &overrides, &mut Disk).map(|_| ()))
}

fn listed(result: Result<(), Faults>) -> Vec<Fault> {
    result.err().into_iter().flatten().collect()
}

fn codes(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.code).collect()
}

/// Every TOML file under `folder`, folders inside included.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files_under(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn each_wrong_file_is_answered_with_these_faults_and_no_others() {
    let mut wrong = Vec::new();
    let files: BTreeSet<&str> = GALLERY.iter().map(|row| row.file).collect();
    for file in files {
        let shown = |fault: &Fault| {
            let Fault { file, line, column, path, code, message, help, .. } = fault;
            format!("{file}:{line}:{column} {path} [{code}]\n    {message}\n    {help}")
        };
        let said: Vec<String> = faults(&format!("{FOLDER}/{file}"), &[]).iter().map(shown).collect();
        let rows = GALLERY.iter().filter(|row| row.file == file);
        let wanted: Vec<String> = rows
            .map(|row| {
                let at = if row.at.is_empty() { format!("{FOLDER}/{file}") } else { row.at.to_owned() };
                let (line, column) = row.place;
                format!(
                    "{at}:{line}:{column} {} [{}]\n    {}\n    {}",
                    row.path, row.code, row.message, row.help
                )
            })
            .collect();
        if said != wanted {
            wrong.push(format!("{file}\n  said:\n{}\n  wanted:\n{}", said.join("\n"), wanted.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
}

#[test]
fn each_wrong_file_is_in_the_gallery() {
    let listed: BTreeSet<&str> = GALLERY.iter().map(|row| row.file).collect();
    for file in files_under(Path::new(FOLDER)) {
        let name =
            file.strip_prefix(FOLDER).expect("it lies in the folder").to_str().expect("names are text");
        assert!(name.starts_with("parts") || listed.contains(name), "{name} is not in the gallery");
    }
}

#[test]
fn every_kind_of_fault_has_its_case_and_a_name_of_its_own() {
    let shown: BTreeSet<&str> =
        GALLERY.iter().map(|row| row.code).chain(ELSEWHERE.iter().map(|(code, _)| *code)).collect();
    let mut known = BTreeSet::new();
    for code in check::all_codes().chain(read::CODES.iter().copied()) {
        assert!(shown.contains(code.code), "no case for {}: {}", code.code, code.summary);
        assert!(known.insert(code.code), "{} stands for two kinds of faults", code.code);
        assert!(code.summary.ends_with('.'), "{}", code.summary);
    }
    assert!(shown.is_subset(&known), "{:?} are no kinds of faults", shown.difference(&known));
    let in_files: BTreeSet<&str> = GALLERY.iter().map(|row| row.code).collect();
    assert!(in_files.len() >= 60, "only {} kinds of faults have a file", in_files.len());
}

/// The pooled program with every assumption held at its base: nothing is left to vary.
#[test]
fn a_question_about_assumptions_needs_one_with_a_range() {
    let experiment = read::experiment(POOLED, &[], &mut Disk).expect("it is shipped");
    let mut merged: toml::Table = experiment.merged.parse().expect("it is TOML");
    merged.retain(|key, _| !["extends", "start"].contains(&key));
    let assume = merged["assume"].as_table_mut().expect("it is a table");
    for (_, assumption) in assume.iter_mut() {
        let base = assumption["base"].clone();
        for end in ["low", "high"] {
            assumption.as_table_mut().expect("it is a table").insert(end.to_owned(), base.clone());
        }
    }
    let text = format!("start = 2024-02-01\n{merged}\n[sensitivity]\nmetric = \"net_value\"\n");
    let found = read::experiment("own.toml", &[], &mut Texts::new([("own.toml", text)]));
    let found: Vec<(String, &str)> =
        listed(found.map(|_| ())).into_iter().map(|fault| (fault.path, fault.code)).collect();
    assert_eq!(found, [("sensitivity".to_owned(), "no-assumptions")]);
}

#[test]
fn no_shipped_scenario_has_a_fault() {
    let mut scenarios = 0;
    for file in files_under(Path::new("scenarios")) {
        let text = fs::read_to_string(&file).expect("scenarios are text");
        let head = text.lines().take_while(|line| !line.starts_with('['));
        if head.into_iter().any(|line| line.starts_with("name = ")) {
            let said = faults(file.to_str().expect("names are text"), &[]);
            assert!(said.is_empty(), "{}: {said:#?}", file.display());
            scenarios += 1;
        }
    }
    assert!(scenarios >= 8, "only {scenarios} scenarios found");
}

#[test]
fn what_is_only_unusual_is_no_fault() {
    for overrides in [
        &["population.accounts=0"][..],
        &["horizon=1d"],
        &["replications=1"],
        &["effects=none"],
        &["population.term.one-year.length=6mo"],
        &["population.mid_life=false", "population.warm_up=0d"],
        &["population.price_spread=0%"],
        &["population.role_present=0%"],
        &["population.soft_cap=0%", "stages.gate_comparison=ge", "stages.utilization_gate=100%"],
        &["population.soft_cap=100%", "stages.utilization_gate=100%"],
        &["usage.curve=gompertz"],
        &["usage.curve=bass", "usage.innovation=0.001", "usage.imitation=0.08"],
        &["usage.dau_days=weekdays", "stages.usage_gate=80%"],
        &["usage.weekend=100%", "stages.usage_gate=80%"],
        &["usage.weekend=0%", "usage.formula=same_month", "stages.usage_gate=73%"],
        &["renewal.constant_churn=0%"],
        &["renewal.beta_alpha=0.668", "renewal.beta_beta=3.806"],
        &["renewal.late_days=14"],
        &["time_zone=Asia/Tokyo"],
        &["renewal.late_days=0", "renewal.late=0%"],
        &["renewal.price_change=-10%"],
        &["stages.onboarding_days=0"],
        &["stages.renewing_days=1"],
        &["stages.onboarding_days=400"],
        &["stages.skip_adopting=true", "stages.fallback=after_n_months"],
        &["stages.gate_join=or", "stages.usage_gate=100%"],
        &["assessment.enabled=false", "lighthouse.enabled=false", "touchpoint.save-plan.enabled=false"],
        &["assessment.enabled=false", "lighthouse.ad_hoc=5% per year"],
        &["assessment.enabled=false", "lighthouse.entry=any_flag"],
        &["assessment.rha_days=180"],
        &["assessment.red_from=0%"],
        &["touchpoint.plan-sync.times_per_year=5"],
        &["touchpoint.day-90-call.owner=account_executive"],
        &["lighthouse.sync_every=7d", "lighthouse.max_days=90", "lighthouse.max_concurrent=1"],
        &["lighthouse.churn_cut=100%"],
        &["touchpoint.check-in.enabled=true", "touchpoint.check-in.every=1d"],
        &["touchpoint.day-90-call.accepted=100%"],
        &["touchpoint.day-90-call.effort={ dist = \"log_normal\", mean = \"60m\", sd = \"30m\" }"],
        &["touchpoint.kickoff.delay={ dist = \"exponential\", mean = \"5d\" }"],
        &[
            "touchpoint.business-review.products=[\"both\"]",
            "population.products.both.share=0%",
            "population.products.search.share=85%",
        ],
        &["touchpoint.monthly-recap.bands=[\"red\"]"],
        &["touchpoint.monthly-recap.ratings=[\"yellow\", \"red\"]"],
    ] {
        assert_eq!(faults(POOLED, overrides), [], "{overrides:?}");
    }
}

/// A study of sensitivity goes to both ends of every range.
#[test]
fn every_assumption_can_be_set_to_both_ends_of_its_range() {
    let text = fs::read_to_string("scenarios/assumptions.toml").expect("the file is there");
    let table: toml::Table = text.parse().expect("the file is TOML");
    let assumptions = table["assume"].as_table().expect("a table of assumptions");
    assert!(assumptions.len() > 50);
    for (name, assumption) in assumptions {
        for end in ["low", "high"] {
            let value = match &assumption[end] {
                toml::Value::String(text) => text.clone(),
                number => number.to_string(),
            };
            let change = format!("assume.{name}={value}");
            assert_eq!(faults(POOLED, &[&change]), [], "{change}");
        }
    }
}

#[test]
fn faults_of_all_kinds_and_places_come_in_one_pass() {
    let pooled = fs::read_to_string(POOLED).expect("the program is there");
    let mut text = pooled.replace("renewing_days = 120", "renewing_days = 120\nutilization_gat = \"80%\"");
    text = text.replace("horizon = \"3y\"", "horizon = \"3y\"\nconfidence = \"100%\"\nseed = -1");
    text = text.replace("usage_gate = \"30%\"", "usage_gate = \"80%\"");
    text.push_str("[[touchpoint]]\nname = \"letter\"\nchannel = \"mail\"\nopened = 35\n");
    text.push_str(
        "[[touchpoint]]\nname = \"call\"\nchannel = \"call\"\nowner = \"advisors\"\nat = [\"3d\"]\n",
    );
    text.push_str("[[variant]]\nname = \"as-is\"\n");
    text.push_str("[[variant]]\nname = \"b\"\nset = { \"touchpoint.chek-in.every\" = \"30d\", \"stages.goal_days\" = 0 }\n");
    text.push_str("[[expect]]\nvariant = \"c\"\nmetric = \"net_value\"\nrelation = \">\"\nvalue = 1\n");
    let said = load(&text);
    let unknown_variant = format!("expect[{}].variant unknown-variant", text.matches("[[expect]]").count());
    let place = |fault: &Fault| format!("{} {}", fault.path, fault.code);
    let said: BTreeSet<String> = said.iter().map(place).collect();
    let wanted = [
        "confidence certain-interval",
        unknown_variant.as_str(),
        "seed negative",
        "stages.goal_days goal-without-days",
        "stages.usage_gate gate-out-of-reach",
        "stages.utilization_gat unknown-key",
        "touchpoint.call.effort effort-missing",
        "touchpoint.chek-in.every path-unmatched",
        "touchpoint.letter.opened missing-percent",
    ];
    assert_eq!(said, wanted.map(str::to_owned).into_iter().collect());
}

/// A slip in one assumption, variant or expectation says nothing about what does not rest on it.
#[test]
fn one_slip_hides_no_other() {
    let said = |slips: &str| {
        let pooled = fs::read_to_string(POOLED).expect("the program is there");
        let text = pooled.replacen("replications = 100", "replications = 0\nbaseline = \"x\"", 1);
        let place = |fault: &Fault| format!("{} {}", fault.path, fault.code);
        let said: BTreeSet<String> = load(&(text + slips)).iter().map(place).collect();
        for known in ["baseline unknown-variant", "replications no-replications"] {
            assert!(said.contains(known), "{known} after {slips}: {said:?}");
        }
        said.into_iter().filter(|fault| !fault.starts_with(['b', 'r'])).collect::<Vec<String>>()
    };
    let variants =
        "[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\nset = { \"stages.goal_days\" = 90 }\n";
    assert_eq!(said(variants), [""; 0]);
    assert_eq!(
        said(&format!("{variants}[assume]\nacounts = 5\n")),
        ["assume.acounts assumption-malformed"],
        "nothing rests on it"
    );
    // Nothing is said of churn that lies above that of red, and which nobody can read.
    let churn = "{ low = \"2%\", base = \"50\", high = \"99%\", source = \"assumption\" }";
    assert_eq!(
        said(&format!("{variants}[assume]\nchurn-green = {churn}\n")),
        ["assume.churn-green.base missing-percent"]
    );
    assert_eq!(said(&format!("{variants}titel = \"B\"\n")), ["variant.b.titel unknown-key"]);
    assert_eq!(said(&format!("{variants}[[variant]]\nname = \"a\"\n")), ["variant.a duplicate-name"]);
    let number = 1 + fs::read_to_string(POOLED).expect("the program is there").matches("[[expect]]").count();
    let expected = "[[expect]]\nmetric = \"net_value\"\nrelation = \">\"\nvalue = \"x\"\nvariant = \"c\"\nminus = \"a\"\n";
    assert_eq!(
        said(&format!("{variants}{expected}")),
        [
            format!("expect[{number}].value unknown-assumption"),
            format!("expect[{number}].variant unknown-variant")
        ]
    );
}

/// Each wrong file of the gallery, extended by one with a slip of its own: both are told. Some things can be judged only
/// where every setting could be read, and where replications are sound.
#[test]
fn a_slip_elsewhere_hides_no_fault_of_the_gallery() {
    const WHOLE: [&str; 8] = [
        "calibrate-parameter.toml",
        "change-makes-fault.toml",
        "change-undated-serves.toml",
        "sensitivity-nothing-named.toml",
        "sensitivity-one-value.toml",
        "sensitivity-sobol-of-all.toml",
        "sensitivity-unknown.toml",
        "sensitivity-unused.toml",
    ];
    let rests: [(&str, &str, &[&str]); 2] = [
        ("replications = 0", "no-replications", &["precision-without-limit.toml"]),
        ("colour = 1", "unknown-key", &WHOLE),
    ];
    let file = "tests/faults/with-a-slip.toml";
    for (slip, code, rests) in rests {
        for row in GALLERY.iter().filter(|row| row.at.is_empty() && !rests.contains(&row.file)) {
            let text = format!("extends = {:?}\n{slip}\n", row.file);
            let mut files = InPlaceOf { file, bytes: text.as_bytes() };
            let said = listed(read::experiment(file, &[], &mut files).map(|_| ()));
            let said = codes(&said);
            assert!(said.contains(&row.code), "{slip} hides {} of {}: {said:?}", row.code, row.file);
            let is_told = code != "unknown-key" || said.contains(&code);
            assert!(is_told, "{} of {} hides {slip}: {said:?}", row.code, row.file);
        }
    }
}

/// What stands in for an assumption that nobody can read contradicts nothing: only the assumption itself is at fault.
#[test]
fn an_assumption_that_cannot_be_read_is_blamed_once() {
    for file in [POOLED, "scenarios/advisor-bandwidth.toml", "scenarios/programs/digital-success.toml"] {
        let experiment = read::experiment(file, &[], &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
        let used = &experiment.variants[experiment.baseline].scenario.assumptions;
        let keys: BTreeSet<&str> =
            used.iter().filter(|used| used.name.is_some()).map(|used| used.key.as_str()).collect();
        assert!(keys.len() > 50, "{keys:?}");
        for key in keys {
            let said = faults(file, &[&format!("{key}=?!")]);
            assert!(said.iter().all(|fault| fault.path.starts_with(key)), "{file}, {key}: {said:#?}");
            assert_eq!(said.len(), 1, "{file}, {key}: {said:#?}");
        }
    }
}

#[test]
fn a_value_for_an_assumption_of_another_name_is_told_the_name_meant() {
    let pooled = fs::read_to_string(POOLED).expect("the program is there");
    let said = load(&format!("{pooled}\n[assume]\nacounts = 5\n"));
    assert_eq!(codes(&said), ["assumption-malformed"]);
    assert_eq!(
        said[0].help,
        "did you mean `accounts`? or write { low = ..., base = 5, high = ..., source = \"...\" }"
    );
}

/// The faults of a text in place of the pooled program.
fn load(text: &str) -> Vec<Fault> {
    listed(read::experiment(POOLED, &[], &mut InPlaceOf { file: POOLED, bytes: text.as_bytes() }).map(|_| ()))
}

/// The files of this folder, one of them with other contents.
struct InPlaceOf<'a> {
    file: &'a str,
    bytes: &'a [u8],
}

impl FileReader for InPlaceOf<'_> {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        if path == Path::new(self.file) { Ok(self.bytes.to_vec()) } else { Disk.read(path, limit) }
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        Disk.names(folder)
    }
}

#[test]
fn one_slip_is_blamed_once_and_not_for_what_follows_from_it() {
    let pooled = fs::read_to_string(POOLED).expect("the program is there");
    for (right, wrong, code) in [
        // Without a time the touchpoint would never be due.
        ("every = \"90d\"", "every = \"90\"", "missing-unit"),
        ("fills_roles = \"80%\"", "fills_roles = \"8O%\"", "malformed-number"),
        // What stands in for a wrong gate would let nobody through, or everybody.
        ("utilization_gate = \"80%\"", "utilization_gate = \"800%\"", "out-of-range"),
        ("onboarding_days = 60 ", "onboarding_days = \"60d\" ", "malformed-number"),
        ("horizon = \"3y\"", "horizon = \"3\"", "missing-unit"),
        ("window = \"120d\"", "window = \"90d\"", "unknown-choice"),
    ] {
        assert_eq!(pooled.matches(right).count(), 1, "{right}");
        assert_eq!(codes(&load(&pooled.replace(right, wrong))), [code], "{wrong}");
    }
}

/// Lines of a text are kept apart as they are; what a terminal would obey is refused, and spelt out where it is told.
#[test]
fn control_characters_reach_no_terminal() {
    let pooled = fs::read_to_string(POOLED).expect("the program is there");
    let lines = pooled.replace("question = \"", "question = \"\\tTwo\\r\\nlines. ");
    assert_eq!(load(&lines), []);
    let said = load(&format!("\"a\\u001B[31m\" = 1\n{pooled}"));
    assert_eq!(codes(&said), ["unknown-key"]);
    let shown = said[0].to_string();
    assert!(shown.contains("`a\\u{1b}[31m` means nothing here") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn windows_line_ends_change_no_place_and_no_word() {
    let text = fs::read_to_string(format!("{FOLDER}/trigger-twice.toml")).expect("the file is there");
    assert!(text.contains('\n') && !text.contains('\r'));
    let file = "tests/faults/windows.toml";
    let read = |text: &str| {
        let mut files = InPlaceOf { file, bytes: text.as_bytes() };
        listed(read::experiment(file, &[], &mut files).map(|_| ()))
    };
    assert_eq!(read(&text), read(&text.replace('\n', "\r\n")));
    assert_eq!(codes(&read(&text)), ["trigger-twice"]);
}

#[test]
fn a_byte_order_mark_is_one_fault_and_hides_no_other() {
    let text = fs::read_to_string(POOLED).expect("the program is there").replace("3y", "3");
    let said = load(&format!("\u{feff}{text}"));
    assert_eq!(codes(&said), ["byte-order-mark", "missing-unit"]);
    assert_eq!((said[0].line, said[0].column), (1, 1));
}

/// The file is sparse: it takes no room on the disk, and no memory if it is left unread.
#[test]
fn a_file_of_100_megabytes_is_refused_unread() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("large.toml");
    fs::File::create(&path).and_then(|file| file.set_len(100 << 20)).expect("the folder is writable");
    let name = path.to_str().expect("the name is text");
    let said = faults(name, &[]);
    assert_eq!(codes(&said), ["file-too-large"]);
    assert_eq!(said[0].message, format!("{name} has 100.0 MB; at most 1.0 MB can be read"));
    assert_eq!(
        said[0].help,
        "scenario files are small; a data set is named in one, as in book = \"accounts.csv\""
    );
}

#[test]
fn nesting_without_end_is_refused_without_exhausting_the_stack() {
    for nested in ["[".repeat(200_000), "{ a = ".repeat(100_000), "[{ a = ".repeat(100_000)] {
        let said = load(&format!("headline = {nested}"));
        assert_eq!(codes(&said), ["too-deep"], "{}", &nested[..10]);
    }
}

#[test]
fn a_chain_of_a_hundred_files_is_cut() {
    let name = |number: usize| format!("{number}.toml");
    let files = (0..100).map(|number| (name(number), format!("extends = \"{}\"\n", name(number + 1))));
    let said = listed(read::experiment("0.toml", &[], &mut Texts::new(files)).map(|_| ()));
    assert_eq!(codes(&said), ["extends-too-many"]);
    assert_eq!((said[0].file.as_str(), said[0].line, said[0].column), ("63.toml", 1, 11));
    assert_eq!(said[0].message, "more than 64 files extend each other");
}

#[test]
fn an_override_without_its_parts_is_refused() {
    for (written, code, message, help) in [
        (
            "horizon",
            "override-malformed",
            "`horizon` is not of the form path=value",
            "write a setting's path, an equals sign and the value: touchpoint.check-in.every=30d",
        ),
        (
            "horizon=",
            "override-malformed",
            "there is no value for horizon",
            "write one after the equals sign",
        ),
        (
            "touchpoint.chek-in.every=30d",
            "path-unmatched",
            "nothing in touchpoint is named `chek-in`",
            "did you mean `check-in`?",
        ),
    ] {
        let said = faults(POOLED, &[written]);
        assert_eq!(codes(&said), [code], "{written}");
        assert_eq!(
            (said[0].file.as_str(), said[0].message.as_str(), said[0].help.as_str()),
            ("--set", message, help)
        );
    }
}

#[test]
fn a_fault_between_settings_lies_with_the_override_that_made_it() {
    let said = faults("scenarios/lighthouse-escalation.toml", &["renewal.late=5%", "renewal.late_days=0"]);
    let place = |fault: &Fault| format!("{}:{}:{} {}", fault.file, fault.line, fault.column, fault.code);
    let said: Vec<String> = said.iter().map(place).collect();
    assert_eq!(said, ["--set:1:19 late-by-nothing"]);
}

#[test]
fn an_override_beyond_the_range_of_an_assumption_is_noted_and_obeyed() {
    let read = read::experiment(POOLED, &["assume.accounts=500".to_owned()], &mut Disk);
    let experiment = read.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(experiment.variants[0].scenario.file.population.accounts.get(), 500);
    assert_eq!(codes(&experiment.notes), ["outside-range"]);
    let Fault { path, message, .. } = &experiment.notes[0];
    assert_eq!(
        (path.as_str(), message.as_str()),
        ("assume.accounts", "500 is outside its stated range of 40 to 400")
    );
}

#[test]
fn a_wrong_row_that_is_skipped_is_noted() {
    let file = "tests/faults/skipping.toml";
    let wrong = fs::read_to_string(format!("{FOLDER}/book-row.toml")).expect("the file is there");
    let text = format!("{wrong}on_bad_row = \"skip\"\n");
    let read = read::experiment(file, &[], &mut InPlaceOf { file, bytes: text.as_bytes() });
    let notes = read.unwrap_or_else(|faults| panic!("{faults}")).notes;
    assert_eq!(codes(&notes), ["book-row-skipped"; 2]);
    assert_eq!((notes[0].file.as_str(), notes[0].line), ("tests/faults/parts/accounts-wrong.csv", 3));
}

#[test]
fn beyond_a_thousand_faults_one_says_that_there_are_more() {
    let text: String = (0..1500).map(|number| format!("setting-{number} = 1\n")).collect();
    let said = listed(read::experiment("x.toml", &[], &mut Texts::new([("x.toml", text)])).map(|_| ()));
    assert_eq!(said.len(), 1001);
    let last =
        said.iter().find(|fault| fault.code == "too-many-faults").expect("it says that there are more");
    assert_eq!(last.message, "there are more faults than the 1000 shown");
    assert_eq!(last.help, "correct these first, then check again");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the bytes of a file, it is read or refused, and refused with a place.
    #[test]
    fn a_mutilated_program_is_read_or_refused(
        slips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let mut bytes = fs::read(POOLED).expect("the program is there");
        for (at, byte, kind) in slips {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        let read = read::experiment(POOLED, &[], &mut InPlaceOf { file: POOLED, bytes: &bytes });
        if let Err(faults) = read {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty());
            }
        }
    }

    /// As typed: signs and digits that keep most of the file what it is, so that checks between settings are reached.
    #[test]
    fn a_mistyped_program_is_read_or_refused(
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0..10_u8), 1..4),
    ) {
        let mut bytes = fs::read(POOLED).expect("the program is there");
        let digits: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).collect();
        for (at, digit) in slips {
            bytes[digits[at.index(digits.len())]] = b'0' + digit;
        }
        let read = read::experiment(POOLED, &[], &mut InPlaceOf { file: POOLED, bytes: &bytes });
        prop_assert!(read.err().is_none_or(|faults| !faults.is_empty()));
    }
}

/// Writes what is said now about each wrong file as rows of the gallery, to be read and judged: what is copied
/// without thought proves nothing.
#[test]
#[ignore = "a tool for whoever adds a wrong file: cargo test --test it rows -- --ignored --nocapture"]
fn rows_for_the_gallery() {
    let mut out = std::io::stdout().lock();
    for path in files_under(Path::new(FOLDER)) {
        let name = path.strip_prefix(FOLDER).expect("it lies in the folder").display().to_string();
        if name.starts_with("parts") {
            continue;
        }
        for fault in faults(&format!("{FOLDER}/{name}"), &[]) {
            let at = if fault.file == format!("{FOLDER}/{name}") { "" } else { &fault.file };
            let Fault { line, column, path, code, message, help, .. } = &fault;
            writeln!(
                out,
                "    Row {{\n        file: {name:?},\n        at: {at:?},\n        code: {code:?},\n        place: ({line}, {column}),\n        path: {path:?},\n        message: {message:?},\n        help: {help:?},\n    }},"
            )
            .expect("standard output takes it");
        }
    }
}
