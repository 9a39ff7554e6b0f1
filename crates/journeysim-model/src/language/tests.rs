//! The language as a whole: a small scenario with everything in it, read rightly and wrongly.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};

use super::fault::CODES;
use super::{
    Amount, Count, Date, Dist, Document, Factor, Fault, Faults, Fraction, Horizon, Name, Number, Overrides,
    Points, Positive, Rate, Reading, Relative, Share, Span, Term, Text, Texts, choices, kinds,
    schema_document, settings,
};

choices! {
    /// How a value is compared with its threshold.
    pub enum Comparison {
        /// Strictly more.
        Greater = "gt",
        /// As much or more.
        AtLeast = "ge",
    }
}

settings! {
    /// When an account may pass to the next stage.
    pub struct Gate {
        /// Utilization to pass [MAU / seats].
        pub utilization: Share = Share::of(0.8),
        /// How it is compared.
        pub comparison: Comparison = Comparison::Greater,
        /// Usage to pass.
        pub usage: Option<Share>,
    }
}

kinds! {
    /// When something falls due.
    pub enum Trigger by "kind" {
        /// Again and again.
        Every = "every" {
            /// How long from one time to the next.
            interval: Span,
            /// How long until the first.
            after: Span = Span::days(0),
        },
        /// When the product is first used.
        FirstPing = "first-ping" {},
    }
}

settings! {
    /// An interaction that takes time.
    pub struct Touchpoint {
        /// What it is called.
        pub name: Name,
        /// When it falls due.
        pub due: Trigger,
        /// How many accept. Offers are never repeated.
        pub accepted: Share,
        /// How long it takes.
        pub effort: Dist<Span> = Dist::constant(Span::minutes(60)),
        /// Who takes part.
        pub audience: Vec<Name> = Vec::new(),
        /// What it is multiplied by.
        pub lift: Option<Points>,
    }
}

settings! {
    /// Another timeline.
    pub struct Variant {
        /// What it is called.
        pub name: Name,
        /// What it changes.
        pub set: Overrides,
    }
}

settings! {
    /// A scenario.
    pub struct Scenario {
        /// What it is called.
        pub name: Text,
        /// The first day.
        pub start: Date,
        /// How long it lasts.
        pub horizon: Horizon = Horizon::Months(36),
        /// Which luck.
        pub seed: u64 = 1,
        /// Whether quick.
        pub r#fast: bool = false,
        /// The gate.
        pub gate: Gate = Gate::default(),
        /// The touchpoints.
        pub touchpoint: Vec<Touchpoint> = Vec::new(),
        /// How accounts divide.
        pub mix: BTreeMap<Name, Fraction> = BTreeMap::new(),
        /// A weight for each comparison.
        pub weight: BTreeMap<Comparison, Number> = BTreeMap::new(),
        /// Variants.
        pub variant: Vec<Variant> = Vec::new(),
    }
}

const RIGHT: &str = r#"name = "Cadence"
start = 2024-02-01
horizon = "18mo"
extends = "base.toml"

[gate]
comparison = "ge"

[[touchpoint]]
name = "check-in"
due = { kind = "every", interval = "91d" }
accepted = "call-accepted"
effort = { low = "40m", base = "60m", high = "2h", source = "assumption" }
audience = ["champion"]
lift = "+2pp"

[mix]
small = "60%"
large = 0.4

[weight]
gt = 2

[[variant]]
name = "monthly"
set = { "touchpoint.check-in.due.interval" = "30d", "touchpoint.kickoff.accepted" = "90%" }
"#;

const BASE: &str = r#"
[assume]
call-accepted = { low = "15%", base = "35%", high = "60%", source = "assumption" }
mail-opened = { low = "20%", base = "35%", high = "50%", source = "survey of 2023", note = "of those sent" }

[[touchpoint]]
name = "kickoff"
due = { kind = "first-ping" }
accepted = 0.9
"#;

struct Read {
    document: Document,
    reading: Reading<Scenario>,
    faults: Faults,
}

fn read_with(text: &str, overrides: &[&str]) -> Read {
    let mut files = Texts::new([("x.toml", text), ("base.toml", BASE)]);
    let mut faults = Faults::default();
    let mut document = Document::load("x.toml", &mut files, &mut faults);
    for change in overrides {
        document.set_from_text(change, &mut faults);
    }
    let reading = document.read(&mut files, &mut faults);
    Read { document, reading, faults }
}

/// Every fault as `line:column path code: message; help`.
fn faults_with(text: &str, overrides: &[&str]) -> Vec<String> {
    let shown = |fault: &Fault| {
        let Fault { line, column, path, code, message, help, .. } = fault;
        format!("{line}:{column} {path} {code}: {message}; {help}")
    };
    let read = read_with(text, overrides);
    assert_eq!(read.reading.value.is_some(), read.faults.is_empty(), "a value or a fault: {}", read.faults);
    read.faults.iter().map(shown).collect()
}

#[test]
fn a_scenario_reads_as_written() {
    let Read { mut document, reading, mut faults } = read_with(RIGHT, &[]);
    assert!(faults.is_empty(), "{faults}");
    let scenario = reading.value.expect("there is no fault");
    assert_eq!(scenario.horizon, Horizon::Months(18));
    assert_eq!(scenario.gate, Gate { comparison: Comparison::AtLeast, ..Gate::default() });
    let names: Vec<&str> = scenario.touchpoint.iter().map(|touchpoint| touchpoint.name.as_str()).collect();
    assert_eq!(names, ["kickoff", "check-in"], "in the order of first appearance");
    let check_in = &scenario.touchpoint[1];
    assert_eq!(check_in.due, Trigger::Every { interval: Span::days(91), after: Span::days(0) });
    assert_eq!(check_in.accepted, Share::of(0.35));
    assert_eq!(check_in.effort, Dist::constant(Span::hours(1)));
    assert_eq!(check_in.lift, Some(Points::of(0.02)));
    assert_eq!(scenario.weight.get(&Comparison::Greater), Some(&Number::of(2.0)));
    for change in &scenario.variant[0].set.0 {
        assert!(document.set(change, &mut faults), "{faults}");
    }
    let monthly: Reading<Scenario> = document.read(&mut Texts::default(), &mut faults);
    let touchpoints = monthly.value.expect("there is no fault").touchpoint;
    assert_eq!(touchpoints[0].accepted, Share::of(0.9));
    assert_eq!(touchpoints[1].due, Trigger::Every { interval: Span::days(30), after: Span::days(0) });
}

#[test]
fn a_merged_document_written_as_toml_reads_as_the_same() {
    let document = read_with(RIGHT, &["gate.usage=0.25"]).document;
    let text = document.root.to_toml();
    let mut faults = Faults::default();
    let again = Document::load("x.toml", &mut Texts::new([("x.toml", text.as_str())]), &mut faults);
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(again.root, document.root, "{text}");
    assert!(text.contains("start = 2024-02-01\n"), "{text}");
}

#[test]
fn every_use_of_an_assumption_is_known_with_its_range() {
    let Read { reading, .. } = read_with(RIGHT, &[]);
    let uses: Vec<_> = reading
        .assumptions
        .iter()
        .map(|used| {
            (used.key.as_str(), used.path.as_str(), used.kind, used.low.value, used.base.written.as_str())
        })
        .collect();
    let (accepted, effort) = ("touchpoint.check-in.accepted", "touchpoint.check-in.effort");
    assert_eq!(
        uses,
        [
            ("assume.call-accepted", accepted, "share", 0.15, "35%"),
            (effort, effort, "duration", 2400.0, "60m")
        ]
    );
    assert_eq!(reading.unused, ["mail-opened"]);
    assert!(reading.notes.is_empty());
}

#[test]
fn an_override_outside_the_range_is_used_and_noted() {
    for change in ["assume.call-accepted=70%", "assume.call-accepted.base=70%"] {
        let Read { reading, faults, .. } = read_with(RIGHT, &[change]);
        assert!(faults.is_empty(), "{faults}");
        let scenario = reading.value.expect("there is no fault");
        assert_eq!(scenario.touchpoint[1].accepted, Share::of(0.7));
        let notes: Vec<_> =
            reading.notes.iter().map(|note| (note.path.as_str(), note.message.as_str())).collect();
        assert_eq!(notes, [("assume.call-accepted", "70% is outside its stated range of 15% to 60%")]);
    }
}

#[test]
fn an_override_may_name_another_assumption() {
    let Read { reading, faults, .. } =
        read_with(RIGHT, &["touchpoint.check-in.accepted=mail-opened", "touchpoint.check-in.effort=50m"]);
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(reading.assumptions[0].key, "assume.mail-opened");
    assert_eq!(reading.assumptions[1].base.written, "50m");
    let circle = ["assume.call-accepted=mail-opened", "assume.mail-opened=call-accepted"];
    assert_eq!(read_with(RIGHT, &circle).faults.len(), 1, "an assumption is a value, never another name");
}

#[test]
fn all_faults_of_all_files_come_at_once() {
    let wrong = r#"name = ""
start = "2024-02-01"
horizn = "3y"
seed = -1
fast = "yes"
extends = "base.toml"
colour = 91d

[gate]
utilization = 80
comparison = "greater"
usage = { low = "50%", base = "20%", high = "40%", source = "" }

[[touchpoint]]
name = "check in"
due = { kind = "evry", interval = "91d" }
accepted = "call-acepted"
effort = 60
audience = "champion"

[[touchpoint]]
name = "qbr"
due = { kind = "every", intervall = "91d" }
lift = "2pp"

[mix]
"a b" = -0.5

[weight]
more = 3

[assume]
other = "35%"
half = { low = 1, base = 2 }
"#;
    #[rustfmt::skip]
    let wanted = [
        "1:8 name empty-text: the text is empty; write it, or remove the key",
        "2:9 start quoted-date: \"2024-02-01\" is a text; write 2024-02-01 without quotes",
        "3:1 horizn unknown-key: `horizn` means nothing here; did you mean `horizon`? keys: name, start, horizon, seed, fast, gate, touchpoint, mix, weight, variant",
        "4:8 seed negative: -1 is negative; write 0 or more",
        "5:8 fast wrong-type: \"yes\" is a text, where true or false without quotes is wanted; write true or false without quotes",
        "7:1 colour unknown-key: `colour` means nothing here; keys: name, start, horizon, seed, fast, gate, touchpoint, mix, weight, variant",
        "7:10 colour unquoted-value: `91d` is not in quotes; write \"91d\"",
        "10:15 gate.utilization missing-percent: 80 has no percent sign; write \"80%\" or 0.8",
        "11:14 gate.comparison unknown-choice: \"greater\" is no choice here; choices: gt, ge",
        "12:61 gate.usage.source empty-text: the source is empty; say where the numbers come from, or \"assumption\" if from nowhere",
        "15:8 touchpoint.\"check in\".name malformed-name: \"check in\" is not a name; write \"check-in\": names have letters, digits, - and _",
        "16:16 touchpoint.\"check in\".due.kind unknown-choice: \"evry\" is no kind; did you mean `every`? choices: every, first-ping",
        "17:12 touchpoint.\"check in\".accepted unknown-assumption: \"call-acepted\" is neither a share nor the name of an assumption; did you mean `call-accepted`? or write a share such as \"35%\" or 0.35",
        "18:10 touchpoint.\"check in\".effort missing-unit: 60 has no unit; write \"60d\" for days, \"60h\" for hours or \"60m\" for minutes",
        "19:12 touchpoint.\"check in\".audience wrong-type: \"champion\" is a text, where a list in brackets, each entry a name such as \"check-in\" is wanted; write a list in brackets, each entry a name such as \"check-in\"",
        "21:1 touchpoint.qbr.accepted missing-key: `accepted` is missing; add `accepted`: a share such as \"35%\" or 0.35 (How many accept)",
        "23:7 touchpoint.qbr.due.interval missing-key: `interval` is missing; add `interval`: a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\" (How long from one time to the next)",
        "23:25 touchpoint.qbr.due.intervall unknown-key: `intervall` means nothing here; did you mean `interval`? keys: kind, interval, after",
        "24:8 touchpoint.qbr.lift missing-sign: \"2pp\" has no sign, and is a change; write \"+2pp\" for more, \"-2pp\" for less",
        "27:1 mix.\"a b\" malformed-name: \"a b\" is not a name; write \"a-b\": names have letters, digits, - and _",
        "27:9 mix.\"a b\" negative: -0.5 is negative; a fraction is never below zero",
        "30:1 weight.more unknown-key: `more` means nothing here; keys: gt, ge",
        "33:9 assume.other assumption-malformed: \"35%\" is a value without range and source; write { low = ..., base = \"35%\", high = ..., source = \"...\" }",
        "34:8 assume.half.high missing-key: `high` is missing; an assumption is written { low = ..., base = ..., high = ..., source = \"...\" }",
        "34:8 assume.half.source missing-key: `source` is missing; an assumption is written { low = ..., base = ..., high = ..., source = \"...\" }",
    ];
    let found = faults_with(wrong, &[]);
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(found, wanted);
    }
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
}

#[test]
#[rustfmt::skip]
fn a_fault_in_an_override_points_at_the_override() {
    for (change, wanted) in [
        ("gate.utilization=80",             "1:18 gate.utilization missing-percent: 80 has no percent sign; write \"80%\" or 0.8"),
        ("gate.utilisation=80%",            "1:1 gate.utilisation unknown-key: `utilisation` means nothing here; did you mean `utilization`? keys: utilization, comparison, usage"),
        ("touchpoint.check-in.effort=3x",   "1:28 touchpoint.check-in.effort.base unknown-unit: `x` in \"3x\" is no unit of a duration; write a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\""),
        ("mix.smal=10%",                    "1:1 mix.smal path-unmatched: nothing here is called `smal`; did you mean `small`? names: small, large"),
        ("touchpoint.check-in.name=kickoff", "1:26 touchpoint.kickoff duplicate-name: there is already one named \"kickoff\"; give each its own name, or remove one"),
        ("start=2024-02-30",                "1:7 start impossible-date: \"2024-02-30\" is not a date; write a day such as 2024-02-01, without quotes"),
    ] {
        let read = read_with(RIGHT, &[change]);
        assert!(read.faults.iter().all(|fault| fault.file == "--set"), "{}", read.faults);
        assert_eq!(faults_with(RIGHT, &[change]), [wanted], "{change}");
    }
}

#[test]
fn nothing_is_called_missing_while_a_part_of_the_files_cannot_be_read() {
    let faults = faults_with("name = \"x\"\nstart 2024-02-01\nextends = \"none.toml\"\ngate.usage = 3", &[]);
    let codes: Vec<&str> = faults.iter().filter_map(|fault| fault.split(' ').nth(2)).collect();
    assert_eq!(codes, ["missing-value:", "file-missing:", "missing-percent:"], "{faults:#?}");
}

#[test]
fn a_check_after_the_reading_finds_the_place_of_a_setting() {
    let document = read_with(RIGHT, &[]).document;
    let place = |path: &str| {
        let fault = document.fault(CODES[0], path, "m", "h");
        (fault.file, fault.line, fault.column)
    };
    assert_eq!(place("touchpoint.check-in.accepted"), ("x.toml".to_owned(), 12, 12));
    assert_eq!(place("touchpoint.kickoff.accepted"), ("base.toml".to_owned(), 9, 12));
    assert_eq!(place("touchpoint.check-in.audience[1]"), ("x.toml".to_owned(), 14, 13));
    assert_eq!(place("touchpoint.check-in.nothing"), ("x.toml".to_owned(), 9, 1));
    assert_eq!(place("nothing"), ("x.toml".to_owned(), 1, 1));
}

#[test]
fn a_fault_is_shown_with_its_line_and_a_caret() {
    let faults = read_with("name = \"x\"\nstart = 2024-01-01\n[gate]\n  usage = 35\n", &[]).faults;
    assert_eq!(
        faults.to_string(),
        "x.toml:4:11: gate.usage: 35 has no percent sign [missing-percent]\n      \
           usage = 35\n              ^^\n    help: write \"35%\" or 0.35"
    );
    assert_eq!(
        serde_json::to_string(&faults).expect("faults are JSON"),
        r#"[{"file":"x.toml","line":4,"column":11,"path":"gate.usage","code":"missing-percent","message":"35 has no percent sign","help":"write \"35%\" or 0.35"}]"#
    );
}

#[test]
fn every_code_has_its_own_name_and_a_summary_that_is_a_sentence() {
    for (at, entry) in CODES.iter().enumerate() {
        let is_kebab = entry.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(is_kebab && entry.summary.ends_with('.'), "{entry:?}");
        assert!(CODES[..at].iter().all(|other| other.code != entry.code), "{entry:?} twice");
    }
}

#[test]
fn the_schema_describes_what_can_be_written() {
    let schema = schema_document::<Scenario>("A scenario");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    let properties = &schema["properties"];
    assert_eq!(properties["seed"]["default"], 1);
    assert_eq!(properties["gate"]["$ref"], "#/$defs/Gate");
    assert_eq!(properties["fast"]["type"], "boolean");
    assert!(properties["assume"].is_object() && properties["extends"].is_object());
    let definitions = &schema["$defs"];
    assert_eq!(definitions["Gate"]["properties"]["utilization"]["default"], "80%");
    assert_eq!(definitions["Comparison"]["enum"], serde_json::json!(["gt", "ge"]));
    assert_eq!(definitions["Touchpoint"]["properties"]["accepted"]["$ref"], "#/$defs/Share");
    let accepted = definitions["Touchpoint"]["properties"]["accepted"]["description"].as_str();
    assert_eq!(accepted, Some("How many accept. Offers are never repeated. (Required.)"));
    assert_eq!(definitions["Touchpoint"]["properties"]["remove"]["const"], true);
    assert_eq!(definitions["Trigger"]["anyOf"][1]["properties"]["kind"]["const"], "first-ping");
    assert!(properties["remove"].is_null(), "a scenario is in no list");
    assert!(definitions["Scenario"].is_null(), "the root stands at the root");
    let text = schema.to_string();
    for reference in text.split("#/$defs/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(definitions[reference].is_object(), "{reference}");
    }
}

/// Every quantity reads any text and number without panicking, and what it displays reads as the same.
fn try_all(node: &super::node::Node) {
    use super::quantity::{Quantity, Written};
    fn one<Q: Quantity>(written: Written<'_>) {
        if let Ok(quantity) = Q::parse(written) {
            assert!(quantity.value().is_finite());
            let shown = quantity.to_string();
            let again = Q::parse(Written::Text(&shown).unquoted());
            assert_eq!(again.map(Q::value), Ok(quantity.value()), "{written} shows as {shown}");
        }
    }
    let Some(written) = Written::of(node) else { return };
    one::<Share>(written);
    one::<Fraction>(written);
    one::<Points>(written);
    one::<Relative>(written);
    one::<Factor>(written);
    one::<Span>(written);
    one::<Term>(written);
    one::<Horizon>(written);
    one::<Rate>(written);
    one::<Amount>(written);
    one::<Count>(written);
    one::<Number>(written);
    one::<Positive>(written);
}

fn scalar() -> impl Strategy<Value = super::node::Value> {
    use super::node::Value;
    let unit = prop_oneof![
        Just("%"),
        Just("pp"),
        Just("d"),
        Just("mo"),
        Just("y"),
        Just("k"),
        Just(" per year"),
        Just(" USD"),
        Just("")
    ];
    let number = (any::<f64>(), any::<bool>(), unit).prop_map(|(number, plus, unit)| {
        Value::String(format!("{}{number}{unit}", if plus { "+" } else { "" }))
    });
    prop_oneof![
        any::<String>().prop_map(Value::String),
        "[-+x$]?[0-9]{0,20}[.,]?[0-9]{0,20} ?[a-zA-Z%]{0,3}".prop_map(Value::String),
        number,
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Float),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>(), change in any::<String>()) {
        let _ = read_with(&text, &[&change]).document.root.to_toml();
    }

    #[test]
    fn a_scenario_with_a_piece_cut_or_put_in_is_read_without_a_panic(
        from in 0..RIGHT.len(), length in 0..40_usize,
        piece in prop_oneof!["[\\[\\]{}=\"',.#\n a-z0-9-]{0,6}", any::<String>()],
    ) {
        let to = (from + length).min(RIGHT.len());
        let text = format!("{}{piece}{}", &RIGHT[..from], &RIGHT[to..]);
        let read = read_with(&text, &[]);
        prop_assert!(read.reading.value.is_some() || !read.faults.is_empty());
        let written = read.document.root.to_toml();
        prop_assert!(written.parse::<toml::Table>().is_ok(), "{}", written);
        for fault in &read.faults.iter().collect::<Vec<_>>() {
            prop_assert!(fault.line >= 1 && fault.column >= 1 && !fault.help.is_empty(), "{fault}");
        }
    }

    #[test]
    fn any_quantity_is_read_without_a_panic(value in scalar()) {
        try_all(&super::node::Node::new(value, super::source::Origin::default()));
    }

    #[test]
    fn lines_in_any_order_are_read_without_a_panic(order in prop::collection::vec(0..60_usize, 0..60)) {
        let lines: Vec<&str> = RIGHT.lines().chain(BASE.lines()).collect();
        let text: Vec<&str> = order.iter().map(|at| lines[at % lines.len()]).collect();
        read_with(&text.join("\n"), &[]);
    }
}
