//! A list of real accounts: what it tells holds, what it lacks is drawn and said to be.

use std::fmt::Write as _;

use journeysim::base::math::{exp, ln, normal_quantile, powf};
use journeysim::base::money::Money;
use journeysim::base::random::Streams;
use journeysim::base::time::Day;
use journeysim::engine::record::Record;
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::{Fault, Faults};
use journeysim::population::Products;
use journeysim::population::book::BookColumn;
use journeysim::population::generate::Generator;
use journeysim::population::segment::Segment;
use journeysim::scenario::load::{Experiment, experiment};

use crate::trial::Files;

const SCENARIO: &str = "scenarios/mine.toml";
const LIST: &str = "scenarios/list.csv";

/// The pooled program on `list`; `table` goes into `[book]`, `more` after it.
fn load_with(table: &str, more: &str, list: &str) -> Result<Experiment, Faults> {
    let scenario = format!(
        "name = \"Mine\"\nextends = \"programs/pooled-ta.toml\"\nstart = 2024-02-01\nhorizon = \"14mo\"\n\
         replications = 1\n{more}\n[book]\nfile = \"list.csv\"\n{table}\n"
    );
    experiment(SCENARIO, &[], &mut Files::of([(SCENARIO, scenario), (LIST, list.to_owned())]))
}

fn load(list: &str) -> Experiment {
    load_with("", "", list).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Nothing happens to anybody, and nobody's use varies: what is left is what the list tells.
const QUIET: &str = "effects = \"none\"\n\
    [usage]\ndaily_noise = \"0%\"\nsway = \"0%\"\nwhole_users = false\n\
    [shocks]\nchampion_leaves = \"0 per year\"\nbudget_cut = \"0 per year\"\ncompany_change = \"0 per year\"\n\
    defect_tickets = \"0 per year\"\nhelp_tickets = \"0 per year\"\nfeature_tried = \"0%\"\n\
    [population]\narrivals = \"0% per year\"\n";

fn run(experiment: &Experiment, replication: u32) -> Record {
    let scenario = &experiment.variants[experiment.baseline].scenario;
    Opening::new(scenario, replication).run(scenario, Keep { log: true })
}

fn cents(record: &Record) -> i64 {
    record.ledger.balance().opening.cents()
}

/// Thirty accounts of odd revenue, some of seats that do not divide it, the others of unknown seats.
fn odd_list() -> (String, i64) {
    let mut list = "id,arr,start,seats\n".to_owned();
    let mut sum = 0;
    for number in 0..30_i64 {
        let arr = 1_234_567 + 98_765 * number + 7 * number * number;
        sum += arr;
        let seats = if number % 3 == 0 { String::new() } else { (37 + 11 * number).to_string() };
        let (year, month) = (2019 + number % 5, 1 + number % 12);
        writeln!(list, "A-{number},{}.{:02},{year}-{month:02}-15,{seats}", arr / 100, arr % 100)
            .expect("text");
    }
    (list, sum)
}

#[test]
fn the_opening_book_is_the_list_to_the_cent_in_every_replication() {
    let (list, sum) = odd_list();
    // Whatever would move revenue in the year before: prices, early signatures, orders, users beyond the seats.
    let eager = "[renewal]\nearly = \"100%\"\nprice_change = \"+7%\"\nexpansion = \"90% per year\"\n\
                 expansion_from = \"0%\"\n[population]\nsoft_cap = \"100%\"";
    for more in ["", eager] {
        let experiment = load_with("", more, &list).unwrap_or_else(|faults| panic!("{faults}"));
        for replication in 0..3 {
            let record = run(&experiment, replication);
            assert_eq!(cents(&record), sum);
            assert_eq!(record.opening_accounts, 30);
            assert!(record.ledger.balance().holds());
            assert_eq!(record.closing, record.ledger.balance().closing);
        }
    }
}

#[test]
fn generated_accounts_stand_beside_the_list_where_that_is_asked_for() {
    let (list, sum) = odd_list();
    let beside = load_with("beside = true", "", &list).unwrap_or_else(|faults| panic!("{faults}"));
    let record = run(&beside, 0);
    assert_eq!(record.opening_accounts, 30 + 120);
    let scenario = &beside.variants[0].scenario;
    assert_eq!(scenario.listed(29).map(|row| row.id.as_str()), Some("A-29"));
    assert_eq!(scenario.listed(30), None);
    assert!(cents(&record) > sum);
}

/// Ends of months, the last day instead of the next, a leap day, a renewal years away, and renewals alone.
#[test]
fn renewals_fall_due_on_the_days_told() {
    let due =
        ["2024-02-29", "2024-03-31", "2024-06-30", "2024-12-31", "2025-01-31", "2025-02-28", "2026-08-31"];
    let mut list = "id,arr,start,renewal\n".to_owned();
    for (number, renewal) in due.iter().enumerate() {
        writeln!(list, "S-{number},50000,2023-01-01,{renewal}").expect("text");
        writeln!(list, "R-{number},50000,,{renewal}").expect("text");
    }
    let experiment =
        load_with("", "[renewal]\nlate = \"0%\"", &list).unwrap_or_else(|faults| panic!("{faults}"));
    let scenario = &experiment.variants[0].scenario;
    for replication in 0..5 {
        let record = run(&experiment, replication);
        for account in 0..2 * due.len() as u32 {
            let row = scenario.listed(account).expect("it is listed");
            let first = record.renewals.iter().find(|renewal| renewal.account == account);
            let told = row.renewal.expect("every row tells it");
            let seen = first.map(|renewal| scenario.almanac.date(renewal.day));
            let horizon = scenario.almanac.date(scenario.horizon);
            assert_eq!(seen, Some(told).filter(|told| *told < horizon), "{} in {replication}", row.id);
        }
    }
}

#[test]
fn with_a_start_alone_terms_roll_from_it() {
    let list = "id,arr,start,term\nA,50000,2021-05-31,12\nB,50000,2023-08-10,\nC,50000,2019-11-30,24\n";
    let experiment =
        load_with("", "[renewal]\nlate = \"0%\"", list).unwrap_or_else(|faults| panic!("{faults}"));
    let almanac = &experiment.variants[0].scenario.almanac;
    let record = run(&experiment, 0);
    let first = |account| record.renewals.iter().find(|renewal| renewal.account == account);
    let dates: Vec<String> =
        (0..3).filter_map(|account| Some(almanac.date(first(account)?.day).to_string())).collect();
    assert_eq!(dates[0], "2024-05-31");
    // Terms of B are drawn; those of C end in November of odd years, after the horizon.
    assert!(dates.len() == 1 || dates[1..] == ["2024-08-10"], "{dates:?}");
}

#[test]
fn accounts_close_on_their_start_in_the_warm_up_and_after_the_first_day() {
    let list = "id,arr,start,renewal\n\
                past,50000,2022-01-01,2025-01-01\nwarm-up,40000,2023-11-20,2024-11-19\n\
                later,30000,2024-05-06,2025-05-06\nnever,20000,2031-01-01,2032-01-01\n";
    let experiment = load_with("", QUIET, list).unwrap_or_else(|faults| panic!("{faults}"));
    let record = run(&experiment, 0);
    assert_eq!((record.opening_accounts, cents(&record)), (2, 9_000_000));
    let almanac = &experiment.variants[0].scenario.almanac;
    let closes: Vec<String> =
        record.accounts[..3].iter().map(|account| almanac.date(account.close).to_string()).collect();
    assert_eq!(closes, ["2022-01-01", "2023-11-20", "2024-05-06"]);
    assert_eq!(record.ledger.balance().new, Money::from_units(30_000));
    assert_eq!(record.accounts[3].days, 0);
}

/// Figures published on the first day are those told; a month later, with nothing happening to anybody, they are so
/// within half a point of utilization and a point of usage. What sets accounts apart moves once a quarter, on
/// a day that goes by the account's number: the accounts looked at come after forty others, whose day is in February.
#[test]
fn the_figures_told_are_published_and_last() {
    const OTHERS: usize = 40;
    let told = [(200, 150, 45), (150, 60, 9), (80, 80, 32), (120, 97, 20), (90, 1, 0), (300, 0, 0)];
    let mut list = "id,arr,start,seats,mau,dau\n".to_owned();
    for number in 0..OTHERS {
        writeln!(list, "other-{number},60000,2018-03-01,,,").expect("text");
    }
    for (seats, mau, dau) in told {
        writeln!(list, "{seats}-{mau}-{dau},60000,2018-03-01,{seats},{mau},{dau}").expect("text");
    }
    let more = format!("{QUIET}[renewal]\nlate = \"0%\"\n");
    let mut experiment = load_with("", &more, &list).unwrap_or_else(|faults| panic!("{faults}"));
    let mut after = |days| {
        experiment.variants[0].scenario.horizon = Day(days);
        run(&experiment, 0).accounts.split_off(OTHERS)
    };
    let (now, later) = (after(1), after(30));
    for (((seats, mau, dau), now), later) in told.into_iter().zip(now).zip(later) {
        let what = format!("{seats} seats, {mau} users, {dau} a day");
        let utilization = f64::from(mau) / f64::from(seats);
        assert_eq!((now.months, later.months), (1, 2), "{what}");
        assert!((now.utilization_sum - utilization).abs() < 1e-6, "{what}: {}", now.utilization_sum);
        let moved = later.utilization_sum - 2.0 * utilization;
        assert!(moved.abs() < 0.005, "{what}: moved by {moved}");
        let published = if mau > 0 { (1, 2) } else { (0, 0) };
        assert_eq!(
            (now.usage_months, later.usage_months),
            published,
            "{what}: without users there is no usage"
        );
        if mau > 0 {
            let usage = f64::from(dau) / f64::from(mau);
            assert!((now.usage_sum - usage).abs() < 1e-6, "{what}: {}", now.usage_sum);
            let moved = later.usage_sum - 2.0 * usage;
            assert!(moved.abs() < 0.01, "{what}: moved by {moved}");
        }
    }
}

#[test]
fn what_the_list_does_not_tell_differs_by_replication_and_what_it_tells_does_not() {
    let list = "id,arr,renewal\nA,60000,2024-09-30\nB,150000,2024-07-15\n";
    let experiment = load(list);
    let (one, two) = (run(&experiment, 0), run(&experiment, 1));
    let due = |record: &Record| -> Vec<(u32, Day, Money)> {
        let first = |account| record.renewals.iter().find(move |renewal| renewal.account == account);
        (0..2).filter_map(first).map(|renewal| (renewal.account, renewal.day, renewal.up)).collect()
    };
    assert_eq!(cents(&one), 21_000_000);
    assert_eq!(cents(&one), cents(&two));
    let days = |record: &Record| due(record).iter().map(|due| due.1).collect::<Vec<_>>();
    assert_eq!((days(&one).len(), days(&one)), (2, days(&two)));
    let close = |record: &Record| record.accounts[0].close;
    let closes: Vec<Day> = (0..6).map(|replication| close(&run(&experiment, replication))).collect();
    assert!(closes.iter().any(|day| *day != closes[0]), "{closes:?}");
    assert_eq!(close(&run(&experiment, 1)), close(&two), "a replication is the same whenever it is run");
}

/// The population draws developers and price; the share of seats is triangular, within the bounds of the group's
/// revenue. Given revenue, the density of developers and price is theirs times that of the share
/// they imply. The mean of `ln seats` is then a ratio of integrals: here by the midpoint rule, for the enterprise
/// group of the pool (up to 2,500 developers, below $100k).
#[test]
fn seats_are_drawn_as_the_population_has_them_at_the_revenue_told() {
    const REVENUE: f64 = 61_234.0;
    const DRAWS: u32 = 2_000;
    let experiment = load(&format!("id,arr,start,products\nA,{REVENUE},2022-01-01,search\n"));
    let scenario = &experiment.variants[0].scenario;
    let (population, row) = (&scenario.file.population, scenario.listed(0).expect("it is listed"));
    let streams = Streams::new(1, 0);
    let (usage, hidden_spread) = (&scenario.file.usage, 0.0);
    let generator = Generator { population, usage, hidden_spread, streams: &streams };

    let (low, mode, high) = (0.15, 0.50, 0.95);
    let density = |x: f64| match x {
        x if x < low || x > high => 0.0,
        x if x < mode => 2.0 * (x - low) / ((high - low) * (mode - low)),
        x => 2.0 * (high - x) / ((high - low) * (high - mode)),
    };
    let below = |x: f64| match x {
        x if x < low => 0.0,
        x if x < mode => (x - low) * (x - low) / ((high - low) * (mode - low)),
        x if x < high => 1.0 - (high - x) * (high - x) / ((high - low) * (high - mode)),
        _ => 1.0,
    };
    let (typical, sigma) = (560.0 * generator.relative_price(Products::Search), 0.15);
    let (mut weights, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for i in 0..1_000 {
        let normal = normal_quantile((f64::from(i) + 0.5) / 1_000.0);
        let price = (typical * exp(sigma * normal - 0.5 * sigma * sigma)).clamp(228.0, 1_000.0);
        for j in 0..1_000 {
            let developers = 501.0 * powf(2_501.0 / 501.0, (f64::from(j) + 0.5) / 1_000.0);
            let share = REVENUE / price / developers;
            let bounded = below(100_000.0 / price / developers);
            if bounded > 1e-3 {
                let weight = density(share) * share / bounded;
                weights += weight;
                let seats = ln(REVENUE / price);
                sum += weight * seats;
                squares += weight * seats * seats;
            }
        }
    }
    let mean = sum / weights;
    let error = ((squares / weights - mean * mean) / f64::from(DRAWS)).sqrt();

    let contracts: Vec<_> = (0..DRAWS).map(|account| row.contract(&generator, account)).collect();
    for contract in &contracts {
        let revenue = contract.price * i64::from(contract.seats) + contract.odd_cents;
        assert_eq!(revenue.cents(), 6_123_400);
        assert!((501.0..=2_500.0).contains(&contract.developers) && contract.segment == Segment::Enterprise);
    }
    let drawn =
        contracts.iter().map(|contract| ln(f64::from(contract.seats))).sum::<f64>() / f64::from(DRAWS);
    assert!((drawn - mean).abs() < 5.0 * error, "{drawn} where {mean} within {error} was expected");
}

#[test]
fn drawn_columns_and_skipped_rows_are_counted() {
    let list = "id,arr,start,seats,mau,dau\n\
                A,60000,2023-01-01,100,80,20\nB,60000,2023-01-01,100,80,90\nC,sixty,2023-01-01,100,80,20\n\
                D,60000,2023-01-01,,80,20\nE,60000,2023-01-01,100,,\n";
    let experiment = load_with("on_bad_row = \"skip\"", "", list).unwrap_or_else(|faults| panic!("{faults}"));
    let book = experiment.book.as_ref().expect("there is a book");
    assert_eq!((book.file.as_str(), book.rows, book.skipped), (LIST, 3, 2));
    let drawn: Vec<_> = book.drawn.iter().map(|drawn| (drawn.column, drawn.accounts)).collect();
    assert_eq!(drawn[..3], [(BookColumn::Segment, 3), (BookColumn::Developers, 3), (BookColumn::Seats, 1)]);
    assert!(drawn.contains(&(BookColumn::Renewal, 3)) && drawn.contains(&(BookColumn::Mau, 1)));
    assert!(!drawn.iter().any(|(column, _)| matches!(column, BookColumn::Arr | BookColumn::Start)));
    let notes: Vec<(u32, &str)> = experiment.notes.iter().map(|note| (note.line, note.code)).collect();
    assert_eq!(notes, [(3, "book-row-skipped"), (4, "book-row-skipped")]);
    let input = experiment.inputs.last().expect("there are inputs");
    assert_eq!((input.path.as_str(), input.sha256.len()), (LIST, 64));
}

fn faults(table: &str, list: &str) -> Vec<Fault> {
    load_with(table, "", list).expect_err("it is wrong").into_iter().collect()
}

#[test]
fn every_wrong_row_is_named_with_its_line_and_nothing_runs() {
    let list = "Account,ARR,Since,Seats,MAU,DAU\n\
                A,60000,2023-01-01,100,80,20\n\
                B,60000,2023-01-01,100,80,81\n\
                B,-5,2023-13-01,100,80,20\n\
                C,0,2023-01-01,0,,20\n";
    let table = "columns = { id = \"Account\", arr = \"ARR\", start = \"Since\", seats = \"Seats\", mau = \"MAU\", \
                 dau = \"DAU\" }";
    let found: Vec<String> = faults(table, list)
        .iter()
        .map(|fault| format!("{}:{} {}; {}", fault.file, fault.line, fault.message, fault.help))
        .collect();
    let expected = [
        "scenarios/list.csv:3 column `DAU`: 81 users active in a day are more than the 80 users active in the \
         month; check which columns these are",
        "scenarios/list.csv:4 column `ARR`: recurring revenue of -5.00 is negative; book credits elsewhere; \
         revenue is zero or more",
        "scenarios/list.csv:4 column `Account`: `B` stands on line 3 already; every account needs an identifier \
         of its own",
        "scenarios/list.csv:4 column `Since`: `2023-13-01` is not a date of the calendar from 1901 to 2099; write \
         dates as yyyy-mm-dd",
        "scenarios/list.csv:5 column `ARR`: no recurring revenue; leave out trials: a customer pays something",
        "scenarios/list.csv:5 column `Seats`: no seats; leave it blank if unknown; a contract has one or more",
    ];
    let mut sorted = expected.map(str::to_owned).to_vec();
    sorted.sort();
    let mut found = found;
    found.sort();
    assert_eq!(found, sorted);
}

#[test]
fn seats_limit_users_where_every_cap_is_hard() {
    let list = "id,arr,start,seats,mau\nA,60000,2023-01-01,100,101\n";
    let hard = load_with("", "[population]\nsoft_cap = \"0%\"", list).expect_err("there are too many users");
    assert_eq!(hard.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2]);
    assert!(load_with("", "[population]\nsoft_cap = \"20%\"", list).is_ok());
}

/// Line and column are those of the scenario, in which `[book]` stands on line 7.
#[test]
fn what_is_wrong_with_the_table_is_said_at_its_place_in_the_scenario() {
    let list = "Account ID,ARR,Since,Since\nA,60000,2023-01-01,2023-01-01\n";
    let cases = [
        (
            "columns = { id = \"Acount ID\", arr = \"ARR\", start = \"Since\" }",
            vec![
                (9, "book.columns.id", "column-missing", "did you mean `Account ID`?"),
                (9, "book.columns.start", "book-header-twice", "rename all but one in the list"),
            ],
        ),
        (
            "[book.columns]\nid = \"Account ID\"\narr = \"Account ID\"",
            vec![
                (9, "book.columns", "missing-key", "add start = \"...\" or renewal = \"...\""),
                (11, "book.columns.arr", "book-header-taken", "map each header once"),
            ],
        ),
        (
            "",
            vec![
                (
                    7,
                    "book.columns",
                    "missing-key",
                    "add arr = \"...\", the header of annual recurring revenue",
                ),
                (
                    7,
                    "book.columns",
                    "missing-key",
                    "add id = \"...\", the header of what identifies an account",
                ),
                (7, "book.columns", "missing-key", "add start = \"...\" or renewal = \"...\""),
            ],
        ),
        ("dates = \"ymd\"", vec![(9, "book.dates", "unknown-choice", "choices: iso, dmy, mdy")]),
        (
            "columns = { id = \"Account ID\", revenue = \"ARR\" }",
            vec![(9, "book.columns.revenue", "unknown-key", "keys")],
        ),
        ("seperator = \";\"", vec![(9, "book.seperator", "unknown-key", "keys: file, columns, on_bad_row")]),
    ];
    for (table, expected) in cases {
        let found = faults(table, list);
        assert_eq!(found.len(), expected.len(), "{table}: {found:#?}");
        for (fault, (line, path, code, help)) in found.iter().zip(expected) {
            assert_eq!(
                (fault.file.as_str(), fault.line, fault.path.as_str()),
                (SCENARIO, line, path),
                "{table}"
            );
            assert!(fault.code == code && fault.help.contains(help), "{table}: {fault}");
        }
    }
}

#[test]
fn a_list_that_is_not_there_names_the_nearest_and_an_empty_one_is_said_to_be() {
    let found = faults("", "id,arr,start\n");
    assert_eq!((found[0].path.as_str(), found[0].code, found[0].line), ("book.file", "data-empty", 8));
    let scenario = "name = \"Mine\"\nextends = \"programs/pooled-ta.toml\"\n[book]\nfile = \"lists.csv\"\n";
    let files = [(SCENARIO, scenario.to_owned()), (LIST, "id,arr,start\nA,60000,2023-01-01\n".to_owned())];
    let missing = experiment(SCENARIO, &[], &mut Files::of(files)).expect_err("it is not there");
    let missing: Vec<Fault> = missing.into_iter().collect();
    assert_eq!((missing[0].path.as_str(), missing[0].code), ("book.file", "file-missing"));
    assert_eq!((missing[0].line, missing[0].column, missing.len()), (4, 8, 1));
    assert_eq!(missing[0].help, "did you mean `list.csv`?");
}

#[test]
fn a_variant_shares_the_list_and_cannot_change_it() {
    let list = "id,arr,start\nA,60000,2023-01-01\n";
    let variants =
        "[[variant]]\nname = \"as-is\"\n[[variant]]\nname = \"beside\"\nset = { \"book.beside\" = true }\n";
    let found: Vec<Fault> = load_with("", variants, list).expect_err("the book is one").into_iter().collect();
    assert_eq!((found.len(), found[0].code, found[0].path.as_str()), (1, "book-in-variant", "book.beside"));
    assert_eq!(found[0].line, 10);
}

#[test]
fn spreadsheets_of_other_countries_read_the_same() {
    let plain = "id,arr,start\nA,61234.50,2022-03-04\n";
    let other = "id;arr;start\nA;61.234,50;04.03.2022\n";
    let table = "dates = \"dmy\"\ndecimal = \"comma\"\ndelimiter = \"semicolon\"";
    let other = load_with(table, "", other).unwrap_or_else(|faults| panic!("{faults}"));
    let (plain, other) = (run(&load(plain), 0), run(&other, 0));
    assert_eq!(cents(&plain), 6_123_450);
    assert_eq!((cents(&plain), plain.accounts[0].close), (cents(&other), other.accounts[0].close));
}

#[test]
fn the_example_opens_with_its_list() {
    let path = "scenarios/book.toml";
    let experiment = experiment(path, &[], &mut Files::of([])).unwrap_or_else(|faults| panic!("{faults}"));
    let book = experiment.book.as_ref().expect("there is a book");
    assert_eq!((book.rows, book.skipped), (40, 0));
    let rows = (0..40).filter_map(|account| experiment.variants[0].scenario.listed(account));
    let begun = rows.filter(|row| row.start.is_none_or(|start| start.to_string().as_str() < "2024-02-01"));
    let (count, arr) = begun.fold((0, Money::ZERO), |(count, sum), row| (count + 1, sum + row.arr));
    let record = run(&experiment, 0);
    assert_eq!((record.opening_accounts, record.ledger.balance().opening), (count, arr));
    assert_eq!(count, 39);
}

/// Half of all renewals fail, and all sixty fall due on the first day: 1e-18 is the chance that nobody leaves.
#[test]
fn a_renewal_due_on_the_first_day_is_decided_in_the_run() {
    let mut list = "id,arr,start,renewal,term\n".to_owned();
    for number in 0..60 {
        writeln!(list, "A-{number},50000,2022-02-01,2024-02-01,12").expect("text");
    }
    let more =
        "[renewal]\nconstant_churn = \"50%\"\nlate = \"0%\"\n[population]\narrivals = \"0% per year\"\n";
    let record = run(&load_with("", more, &list).unwrap_or_else(|faults| panic!("{faults}")), 0);
    let on_day_0: Vec<_> = record.renewals.iter().filter(|renewal| renewal.day == Day(0)).collect();
    assert_eq!(on_day_0.len(), 60);
    let left = on_day_0.iter().filter(|renewal| renewal.renewed == Money::ZERO).count();
    assert!((12..=48).contains(&left), "{left} of 60 left");
}
