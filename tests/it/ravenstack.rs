//! A vendor's history of subscriptions, read from its export and replayed through the ledger, gives
//! the figures known for it; see `tests/data/ravenstack/README.md`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use journeysim::base::money::Money;
use journeysim::base::time::Day;
use journeysim::language::{Disk, Faults};
use journeysim::metrics::retention::{
    AccountWindow, gross_revenue_retention, logo_retention, net_revenue_retention, opening_revenue, windows,
};
use journeysim::population::book::{BookColumn, BookMapping, BookOptions, read_book};
use journeysim::population::export::{DateOrder, ExportFormat, OnBadRow};
use journeysim::population::history::{History, Level};
use journeysim::renewal::ledger::Ledger;
use journeysim::renewal::replay::{replay, window_end};

const ACCOUNTS: &[u8] = include_bytes!("../data/ravenstack/accounts.csv");
const SUBSCRIPTIONS: &[u8] = include_bytes!("../data/ravenstack/subscriptions.csv");

fn format() -> ExportFormat {
    ExportFormat { dates: DateOrder::DayMonthYear, ..ExportFormat::default() }
}

fn history() -> History {
    let mut faults = Faults::default();
    History::load("tests/data/ravenstack/book.toml", &mut Disk, &mut faults)
        .unwrap_or_else(|| panic!("every row of the history is right: {faults}"))
}

/// The last day of 2023 and the last day of 2024.
fn opening_and_closing() -> (NaiveDate, NaiveDate) {
    (NaiveDate::from_yo_opt(2023, 365).expect("a date"), NaiveDate::from_yo_opt(2024, 366).expect("a date"))
}

/// The ledger of 2024 and the day after its last.
fn year_2024(level: Level) -> (Ledger, Day) {
    let (opening, closing) = opening_and_closing();
    let ledger = replay(&history(), level, opening, closing).expect("a history that was read replays");
    (ledger, window_end(opening, closing))
}

/// Percent with the given number of decimals, as the known figures are stated.
fn percent(share: Option<f64>, decimals: usize) -> String {
    format!("{:.decimals$}", share.expect("the cohort has revenue") * 100.0)
}

#[test]
fn every_row_of_the_history_is_read() {
    let history = history();
    assert_eq!(history.subscriptions.len(), 5_000);
    assert_eq!(history.subscriptions.iter().filter(|held| held.trial).count(), 778);
    assert_eq!(history.customers(Level::Account), 500);
    assert!(history.left_out.is_empty());
}

#[test]
fn the_ledger_of_subscriptions_gives_the_known_retention() {
    let (ledger, end) = year_2024(Level::Subscription);
    let windows = windows(&ledger, Day(0), end);
    let cohort: Vec<_> = windows.iter().filter(|held| held.opening > Money::ZERO).collect();
    assert_eq!(cohort.len(), 540);
    assert_eq!(opening_revenue(&windows), Money::from_units(15_145_356));
    assert_eq!(cohort.iter().map(|held| held.closing).sum::<Money>(), Money::from_units(14_022_660));
    assert_eq!(percent(gross_revenue_retention(&windows), 3), "92.587");
    assert_eq!(percent(net_revenue_retention(&windows), 3), "92.587", "a subscription never grows");
    assert_eq!(percent(logo_retention(&windows), 3), "90.370");
}

#[test]
fn the_books_of_accounts_give_the_known_retention() {
    let (ledger, end) = year_2024(Level::Account);
    let pair = |(opening, closing)| AccountWindow { opening, closing };
    let books: Vec<_> = ledger.book_at(Day(0)).into_iter().zip(ledger.book_at(end)).map(pair).collect();
    let cohort: Vec<_> = books.iter().filter(|account| account.opening > Money::ZERO).collect();
    assert_eq!(cohort.len(), 185);
    assert_eq!(cohort.iter().map(|account| account.closing).sum::<Money>(), Money::from_units(44_265_468));
    assert_eq!(percent(net_revenue_retention(&books), 2), "292.27");
    assert_eq!(percent(gross_revenue_retention(&books), 3), "99.590");
}

/// One account of the cohort, with 1,824 a year, leaves on 19 February and is back on the 29th.
#[test]
fn an_account_that_leaves_and_returns_is_lost_to_retention_by_that_much() {
    let (ledger, end) = year_2024(Level::Account);
    let (opening, closing) = opening_and_closing();
    let windows = windows(&ledger, Day(0), end);
    let (before, after) =
        (history().book_at(Level::Account, opening), history().book_at(Level::Account, closing));
    let kept = windows.iter().map(|account| account.closing.min(account.opening)).sum::<Money>();
    let kept_by_books =
        before.iter().zip(&after).map(|(&opening, &closing)| opening.min(closing)).sum::<Money>();
    assert_eq!(kept_by_books - kept, Money::from_units(1_824));

    let lost: Vec<_> = (0..windows.len())
        .filter(|&account| before[account] > Money::ZERO && windows[account].closing != after[account])
        .collect();
    let history = history();
    let names: Vec<_> = lost.iter().map(|&account| history.id(account as u32)).collect();
    assert_eq!(names, ["A-d77f4c"]);
}

#[test]
fn the_movements_of_the_year_explain_its_closing_book() {
    let (opening, closing) = opening_and_closing();
    for level in [Level::Subscription, Level::Account] {
        let (ledger, end) = year_2024(level);
        let balance = ledger.balance();
        assert!(balance.holds(), "{level:?}: {balance:?}");
        assert_eq!(balance.opening, Money::from_units(15_145_356), "{level:?}");
        assert_eq!(ledger.book_at(Day(0)), history().book_at(level, opening), "{level:?}");
        assert_eq!(ledger.book_at(end), history().book_at(level, closing), "{level:?}");
        // The revenue in force on the last day of 2024, summed straight from the file.
        assert_eq!(balance.closing, Money::from_units(121_915_296), "{level:?}");
    }
}

/// Thirteen subscriptions end on the day they begin, which is no contract to simulate.
#[test]
fn subscriptions_read_as_a_book_name_the_rows_that_are_no_contract() {
    let headers = [
        (BookColumn::Id, "subscription_id"),
        (BookColumn::Arr, "arr_amount"),
        (BookColumn::Start, "start_date"),
        (BookColumn::Renewal, "end_date"),
        (BookColumn::Seats, "seats"),
    ];
    let mapping =
        BookMapping::new(headers.map(|(column, header)| (column, header.to_owned())).into()).unwrap();
    let mut options = BookOptions { format: format(), ..BookOptions::default() };
    let faults = read_book(SUBSCRIPTIONS, "subscriptions.csv", &mapping, &options).unwrap_err();
    assert_eq!(faults.len(), 13);
    assert!(faults.iter().all(|bad| bad.column == "end_date"));

    options.on_bad_row = OnBadRow::Skip;
    let book = read_book(SUBSCRIPTIONS, "subscriptions.csv", &mapping, &options).unwrap();
    assert_eq!((book.rows.len(), book.skipped_rows()), (4_987, 13));
}

#[test]
fn a_list_of_accounts_without_revenue_is_no_book() {
    let headers = [
        (BookColumn::Id, "account_id"),
        (BookColumn::Arr, "arr_amount"),
        (BookColumn::Start, "signup_date"),
        (BookColumn::Seats, "seat"),
    ];
    let mapping =
        BookMapping::new(BTreeMap::from(headers.map(|(column, header)| (column, header.to_owned()))));
    let options = BookOptions { format: format(), ..BookOptions::default() };
    let faults = read_book(ACCOUNTS, "accounts.csv", &mapping.unwrap(), &options).unwrap_err();
    let missing: Vec<_> = faults.iter().map(|bad| bad.column.as_str()).collect();
    assert_eq!(missing, ["seat", "arr_amount"]);
    assert_eq!(faults[0].right, "did you mean `seats`?");
}
