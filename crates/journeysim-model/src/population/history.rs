//! The history of a book of business: its accounts, what they bought and used, what was done and what came of it.
//!
//! A history is read from the files that a mapping names ([`HistorySettings`]). A subscription is in force on day D when it
//! started on or before D and has not ended by D: `start <= D < end`, without an end for ever. Trials are read but never
//! count: they carry no recurring revenue.
//!
//! # How contradictions are settled
//!
//! - A row told twice in the same words counts once, and is counted in [`History::repeated`].
//! - A row that says something else under an identifier already told is wrong, and the first one stands. So is a
//!   second figure for one account and day of usage. Uses of any kind ([`Usage::events`]) add up instead.
//! - A row about an account that the list of accounts does not hold is wrong.
//! - Wrong rows stop the reading, or are left out and counted where the mapping says so.
//! - Tables may contradict each other (a list says an account has left which has a subscription in force): nothing is
//!   changed, and [`History::contradictions`] counts them.
//!
//! # Not here
//!
//! What a ledger makes of subscriptions is `renewal::replay`; how a mapping is proposed is [`super::survey`].

use chrono::NaiveDate;
use indexmap::IndexSet;

use super::Products;
use super::export::BadRow;
use super::segment::Segment;
use crate::base::money::Money;

pub use contradictions::Contradiction;
pub use mapping::{CODES, HistorySettings, TableSettings};
pub use words::{Outcome, TableKind, Word};

mod contradictions;
#[cfg(test)]
pub(crate) mod example;
mod level;
mod mapping;
mod opening;
mod read;
mod rows;
mod words;

pub use level::{Level, LevelChange};

/// A customer, past or present; `None` is not told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Segment: told, or that of the developers.
    pub segment: Option<Segment>,
    /// The book's own grouping: an index into [`History::groups`].
    pub group: Option<u32>,
    /// Full-time developers employed.
    pub developers: Option<u32>,
    /// Seats bought.
    pub seats: Option<u32>,
    /// Recurring revenue a year; not negative (cents).
    pub arr: Option<Money>,
    /// First day as a customer.
    pub start: Option<NaiveDate>,
    /// First day no longer a customer; not before the start.
    pub end: Option<NaiveDate>,
    /// Time as a customer, until now or until it left \[months\].
    pub tenure: Option<u32>,
    /// Whether it has left.
    pub churned: Option<bool>,
    /// Products bought.
    pub products: Option<Products>,
    /// Length of a term \[months\].
    pub term: Option<u32>,
    /// Day of the next renewal.
    pub renewal: Option<NaiveDate>,
    /// Users active in the last full month.
    pub mau: Option<u32>,
    /// Users active on a mean day.
    pub dau: Option<f64>,
    /// The figures of [`History::figures`], in their order.
    pub figures: Box<[Option<f64>]>,
}

/// Something bought for a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subscription {
    /// The account that holds it: an index into [`History::accounts`].
    pub account: u32,
    /// First day in force.
    pub start: NaiveDate,
    /// First day no longer in force; not before the start.
    pub end: Option<NaiveDate>,
    /// Recurring revenue a year; not negative (cents).
    pub arr: Money,
    /// Seats bought.
    pub seats: Option<u32>,
    /// A trial, which carries no recurring revenue.
    pub trial: bool,
}

impl Subscription {
    /// Returns whether the subscription counts on `date`.
    #[must_use]
    pub fn in_force(&self, date: NaiveDate) -> bool {
        !self.trial && self.start <= date && self.end.is_none_or(|end| end > date)
    }
}

/// How an account used the product on a day, or in the month that begins on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// The account: an index into [`History::accounts`].
    pub account: u32,
    /// The day, or the first of the month.
    pub date: NaiveDate,
    /// Kept small, for there are millions of them: [`u32::MAX`] and NaN where nothing is told.
    mau: u32,
    dau: f32,
    events: u32,
}

impl Usage {
    fn new(account: u32, date: NaiveDate, mau: Option<u32>, dau: Option<f64>, events: Option<u32>) -> Self {
        let [mau, events] = [mau, events].map(|count| count.unwrap_or(u32::MAX));
        Self { account, date, mau, dau: dau.map_or(f32::NAN, |dau| dau as f32), events }
    }

    /// Users active in the month.
    #[must_use]
    pub fn mau(&self) -> Option<u32> {
        (self.mau != u32::MAX).then_some(self.mau)
    }

    /// Users active on the day, or on a mean day of the month.
    #[must_use]
    pub fn dau(&self) -> Option<f64> {
        (!self.dau.is_nan()).then(|| f64::from(self.dau))
    }

    /// Uses of any kind.
    #[must_use]
    pub fn events(&self) -> Option<u32> {
        (self.events != u32::MAX).then_some(self.events)
    }
}

/// Something the vendor did for an account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// The account: an index into [`History::accounts`].
    pub account: u32,
    /// When.
    pub date: NaiveDate,
    /// What kind of thing: an index into [`History::kinds`].
    pub kind: Option<u32>,
    /// Time it took \[minutes\].
    pub minutes: Option<f64>,
}

/// Something an account asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ticket {
    /// The account: an index into [`History::accounts`].
    pub account: u32,
    /// When it was asked.
    pub opened: NaiveDate,
    /// When it was settled; not before it was asked.
    pub closed: Option<NaiveDate>,
    /// Time from when it was asked to the first answer \[minutes\].
    pub answer_minutes: Option<f64>,
    /// What kind of thing: an index into [`History::kinds`].
    pub kind: Option<u32>,
}

/// The end of a term, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The account: an index into [`History::accounts`].
    pub account: u32,
    /// The day the term ended.
    pub due: NaiveDate,
    /// What came of it: told, or what revenue before and after say; `None` where only revenue after is told.
    pub outcome: Option<Outcome>,
    /// Recurring revenue a year before it (cents).
    pub before: Option<Money>,
    /// Recurring revenue a year after it (cents).
    pub after: Option<Money>,
}

/// The day an account left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The account: an index into [`History::accounts`].
    pub account: u32,
    /// The first day it was gone.
    pub date: NaiveDate,
}

/// What was read of one file of a history.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TableRead {
    /// Which table it is.
    pub table: TableKind,
    /// The file, as named from where the program runs.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its rows.
    pub rows: u64,
    /// Rows left out because they are wrong.
    pub left_out: u64,
    /// Rows told twice in the same words, which count once.
    pub repeated: u64,
}

/// The past of a book of business.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The currency of all amounts.
    pub currency: String,
    /// The last day the files cover.
    pub through: NaiveDate,
    /// Customers, in the order in which the files first tell of them.
    pub accounts: Vec<Account>,
    /// What they bought, in the order of the file.
    pub subscriptions: Vec<Subscription>,
    /// How they used it, by account and then by date.
    pub usage: Vec<Usage>,
    /// What was done for them, in the order of the file.
    pub touchpoints: Vec<Touch>,
    /// What they asked, in the order of the file.
    pub tickets: Vec<Ticket>,
    /// What came of renewals, in the order of the file.
    pub renewals: Vec<Renewal>,
    /// Who left, in the order of the file.
    pub departures: Vec<Departure>,
    /// The book's own groupings of accounts.
    pub groups: Vec<String>,
    /// Kinds of touchpoints and tickets, in the book's own words.
    pub kinds: Vec<String>,
    /// Numbers told of every account beside what has a word here, by name.
    pub figures: Vec<String>,
    /// The files, in the order of [`TableKind`].
    pub tables: Vec<TableRead>,
    /// Faults of rows left out, in the order read: the first [`History::MOST_FAULTS`] of each table.
    pub left_out: Vec<BadRow>,
    ids: IndexSet<Box<str>>,
    subscription_ids: IndexSet<Box<str>>,
}

impl History {
    /// Faults of one table that are kept word for word; all are counted.
    pub const MOST_FAULTS: usize = 100_000;

    /// The identifier of an account.
    #[must_use]
    pub fn id(&self, account: u32) -> &str {
        &self.ids[account as usize]
    }

    /// The identifier of the subscription with this place in [`History::subscriptions`].
    #[must_use]
    pub fn subscription_id(&self, place: usize) -> &str {
        &self.subscription_ids[place]
    }

    /// Rows told twice in the same words, in all files.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.tables.iter().map(|table| table.repeated).sum()
    }

    /// The table as read; `None` where the mapping names none.
    #[must_use]
    pub fn table(&self, kind: TableKind) -> Option<&TableRead> {
        self.tables.iter().find(|table| table.table == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::example::history;
    use super::*;

    const SUBSCRIPTIONS: &str = "through = 2024-12-31\n[subscriptions]\nfile = \"s.csv\"\n\
        columns = { id = \"id\", account = \"account\", start = \"start\", end = \"end\", arr = \"arr\", trial = \"trial\" }";

    fn subscriptions(rows: &str, more: &str) -> Result<History, crate::language::Faults> {
        let text = format!("id,account,start,end,arr,trial\n{rows}");
        history(&format!("{SUBSCRIPTIONS}\n{more}"), &[("s.csv", &text)])
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Two subscriptions of one account hand over on one day; a third account has a trial only.
    const HANDOVER: &str = "S-1,A-1,2024-01-01,2024-03-01,100,no\n\
                            S-2,A-1,2024-03-01,,100,no\n\
                            S-3,A-2,2024-02-01,2024-02-01,70,no\n\
                            S-4,A-2,2024-02-10,2024-04-01,70,no\n\
                            S-5,A-3,2024-01-01,,900,yes\n";

    #[test]
    fn a_subscription_counts_from_its_start_to_the_day_before_its_end() {
        let history = subscriptions(HANDOVER, "").unwrap();
        let on =
            |level, text| history.book_at(level, date(text)).iter().map(|arr| arr.cents() / 100).collect();
        let cases: [(&str, [i64; 5], [i64; 3]); 5] = [
            ("2023-12-31", [0, 0, 0, 0, 0], [0, 0, 0]),
            ("2024-02-01", [100, 0, 0, 0, 0], [100, 0, 0]),
            ("2024-02-29", [100, 0, 0, 70, 0], [100, 70, 0]),
            ("2024-03-01", [0, 100, 0, 70, 0], [100, 70, 0]),
            ("2024-04-01", [0, 100, 0, 0, 0], [100, 0, 0]),
        ];
        for (text, subscriptions, accounts) in cases {
            let found: [Vec<i64>; 2] = [Level::Subscription, Level::Account].map(|level| on(level, text));
            assert_eq!(found, [subscriptions.to_vec(), accounts.to_vec()], "{text}");
        }
    }

    #[test]
    fn changes_lead_from_one_book_to_the_other_and_net_within_a_day() {
        let history = subscriptions(HANDOVER, "").unwrap();
        let (after, through) = (date("2024-01-01"), date("2024-04-01"));
        let found = |level| {
            let changes = history.changes(level, after, through);
            changes.iter().map(|c| (c.date.to_string(), c.customer, c.arr.cents() / 100)).collect::<Vec<_>>()
        };
        let expect = |rows: &[(&str, u32, i64)]| -> Vec<_> {
            rows.iter().map(|&(date, customer, arr)| (date.to_owned(), customer, arr)).collect()
        };
        // Neither the hand-over of A-1 nor the subscription that ended as it began moves anything.
        let accounts = expect(&[("2024-02-10", 1, 70), ("2024-04-01", 1, 0)]);
        assert_eq!(found(Level::Account), accounts);
        let subscriptions = expect(&[
            ("2024-02-10", 3, 70),
            ("2024-03-01", 0, 0),
            ("2024-03-01", 1, 100),
            ("2024-04-01", 3, 0),
        ]);
        assert_eq!(found(Level::Subscription), subscriptions);
    }

    #[test]
    fn every_wrong_cell_is_named_and_its_row_may_be_left_out() {
        let rows = "S-1,A-1,2024-01-01,,100,no\n\
                    S-1,A-1,2024-01-01,,100,no\n\
                    S-1,A-1,2024-01-01,,101,no\n\
                    S-2,,2024-01-01,2023-12-31,-5,no\n\
                    S-3,A-1,2024-13-01,,,maybe\n\
                    S-4,A-1\n";
        let faults = subscriptions(rows, "").unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
        assert_eq!(places, [(4, 1), (5, 5), (5, 17), (5, 28), (6, 9), (6, 21), (6, 22), (7, 5)]);
        assert!(faults.iter().all(|fault| fault.code == "history-row"));
        let history = subscriptions(rows, "on_bad_row = \"skip\"").unwrap();
        let table = history.table(TableKind::Subscriptions).unwrap();
        assert_eq!((history.subscriptions.len(), table.rows, table.left_out, table.repeated), (1, 6, 4, 1));
    }

    #[test]
    fn a_mapping_that_lacks_something_says_what() {
        let cases = [
            ("[accounts]\nfile = \"s.csv\"\ncolumns = { id = \"id\" }", "through"),
            ("through = 2024-12-31", "accounts"),
            (
                "through = 2024-12-31\n[tickets]\nfile = \"s.csv\"\ncolumns = { account = \"account\", opened = \"start\" }",
                "tickets.columns",
            ),
            (
                "through = 2024-12-31\n[subscriptions]\nfile = \"s.csv\"\ncolumns = { id = \"id\" }",
                "subscriptions.columns",
            ),
            (
                "through = 2024-12-31\n[accounts]\nfile = \"s.csv\"\ncolumns = { id = \"Id\" }",
                "accounts.columns.id",
            ),
            (
                "through = 2024-12-31\n[accounts]\nfile = \"t.csv\"\ncolumns = { id = \"id\" }",
                "accounts.file",
            ),
            (
                "through = 2024-12-31\n[accounts]\nfile = \"s.csv\"\ncolumns = { id = \"id\", due = \"end\" }",
                "accounts.columns.due",
            ),
            (
                "through = 2024-12-31\n[accounts]\nfile = \"s.csv\"\ncolumns = { arr = \"arr\", mrr = \"arr\" }",
                "accounts.columns.mrr",
            ),
            (
                "through = 2024-12-31\n[accounts]\nfile = \"s.csv\"\ncolumns = { id = \"id\" }\nfigures = { score = \"Score\" }",
                "accounts.figures.score",
            ),
            (
                "through = 2024-12-31\n[subscriptions]\nfile = \"s.csv\"\ncolumns = { id = \"id\" }\nfigures = { score = \"arr\" }",
                "subscriptions.figures",
            ),
        ];
        for (mapping, path) in cases {
            let faults = history(mapping, &[("s.csv", "id,account,start,end,arr\n")]).unwrap_err();
            assert!(faults.iter().any(|fault| fault.path == path), "{mapping}\n{faults}");
        }
    }

    #[test]
    fn figures_of_accounts_are_numbers_of_any_kind() {
        let mapping = "through = 2024-12-31\n[accounts]\nfile = \"s.csv\"\ncolumns = { id = \"id\" }\n\
            decimal = \"comma\"\ndelimiter = \"semicolon\"\non_bad_row = \"skip\"\nfigures = { score = \"score\" }";
        let rows = "id;score\nA;-1,125\nB;yes\nC;\nD;1.5\nE;1e3\nF;no\n";
        let history = history(mapping, &[("s.csv", rows)]).unwrap();
        let found: Vec<_> = history.accounts.iter().map(|account| account.figures[0]).collect();
        assert_eq!(history.figures, ["score"]);
        assert_eq!(found, [Some(-1.125), Some(1.0), None, Some(0.0)]);
        let places: Vec<_> = history.left_out.iter().map(|bad| (bad.line, bad.cell.column)).collect();
        assert_eq!(places, [(5, 3), (6, 3)]);
    }

    const ALL: &str = "through = 2024-12-31\n\
        [accounts]\nfile = \"a.csv\"\ncolumns = { id = \"id\", segment = \"tier\", churned = \"left\" }\n\
        values = { \"Gold\" = \"enterprise\" }\non_bad_row = \"skip\"\n\
        [usage]\nfile = \"u.csv\"\ndecimal = \"comma\"\ndelimiter = \"semicolon\"\non_bad_row = \"skip\"\n\
        columns = { account = \"id\", month = \"month\", mau = \"mau\", dau = \"dau\" }";

    #[test]
    fn usage_is_ordered_and_its_first_figures_stand() {
        let accounts = "id,tier,left\nA,Gold,no\nB,smb,yes\nC,Silver,no\n";
        let usage = "id;month;mau;dau\n\
                     B;2024-02;1.200;12,5\n\
                     A;2024-01-31;7;\n\
                     B;2024-01;5;2\n\
                     B;2024-02-29;1200;12,50\n\
                     B;2024-01-15;6;2\n\
                     C;2024-01;5;2\n\
                     A;2025-01;5;2\n\
                     A;2024-02;5;6\n";
        let history = history(ALL, &[("a.csv", accounts), ("u.csv", usage)]).unwrap();
        assert_eq!(history.accounts[0].segment, Some(Segment::Enterprise));
        let first_of = |month: &str| date(&format!("2024-{month}-01"));
        let seen: Vec<_> =
            history.usage.iter().map(|row| (row.account, row.date, row.mau(), row.dau())).collect();
        let expected = [
            (0, first_of("01"), Some(7), None),
            (1, first_of("01"), Some(5), Some(2.0)),
            (1, first_of("02"), Some(1200), Some(12.5)),
        ];
        assert_eq!(seen, expected);
        let lines: Vec<_> = history.left_out.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        // The tier that nothing translates, its account's usage, a month to come, more users in a day than in a month;
        // and, on the second look, the month told otherwise.
        assert_eq!(lines, [(4, "tier"), (7, "id"), (8, "month"), (9, "dau"), (6, "month")]);
        let table = history.table(TableKind::Usage).unwrap();
        assert_eq!((table.rows, table.left_out, table.repeated), (8, 4, 1));
    }

    #[test]
    fn tables_that_contradict_each_other_are_told_of_and_left_as_they_are() {
        let mapping = format!(
            "{SUBSCRIPTIONS}\n[accounts]\nfile = \"a.csv\"\n\
             columns = {{ id = \"id\", churned = \"left\", arr = \"arr\", start = \"start\" }}"
        );
        let accounts = "id,left,arr,start\nA-1,yes,100,2024-02-01\nA-2,no,0,\nA-3,no,0,\n";
        let text = format!("id,account,start,end,arr,trial\n{HANDOVER}");
        let history = history(&mapping, &[("a.csv", accounts), ("s.csv", &text)]).unwrap();
        let found: Vec<_> =
            history.contradictions().into_iter().map(|found| (found.count, found.examples)).collect();
        let expected = [(1, vec!["A-1"]), (1, vec!["A-2"]), (1, vec!["S-1"])];
        assert_eq!(
            found,
            expected.map(|(count, names)| (count, names.into_iter().map(String::from).collect()))
        );
    }

    #[test]
    fn amounts_may_name_the_currency_of_the_history_and_no_other() {
        let mapping = "currency = \"EUR\"\nthrough = 2024-12-31\n[accounts]\nfile = \"a.csv\"\n\
                       columns = { arr = \"arr\", currency = \"in\" }\non_bad_row = \"skip\"";
        let accounts = "arr,in\n€12,EUR\n12.50 EUR,\n$12,\n12,USD\nEUR 1,EUR\n";
        let history = history(mapping, &[("a.csv", accounts)]).unwrap();
        let cents: Vec<_> = history.accounts.iter().map(|account| account.arr.unwrap().cents()).collect();
        assert_eq!(cents, [1_200, 1_250, 100]);
        assert_eq!(history.left_out.iter().map(|bad| bad.line).collect::<Vec<_>>(), [4, 5]);
    }

    /// What nobody knew on the day is not told.
    #[test]
    fn a_book_of_the_past_holds_who_paid_and_not_when_they_would_leave() {
        let mapping = format!(
            "{SUBSCRIPTIONS}\n[renewals]\nfile = \"r.csv\"\n\
             columns = {{ account = \"id\", due = \"due\", arr_after = \"after\", arr_before = \"before\" }}\n\
             [usage]\nfile = \"u.csv\"\ncolumns = {{ account = \"id\", month = \"month\", mau = \"mau\" }}"
        );
        let rows = format!("id,account,start,end,arr,trial\n{HANDOVER}");
        let renewals = "id,due,before,after\nA-1,2024-03-01,100,100\nA-1,2024-09-01,100,0\n";
        let usage = "id,month,mau\nA-1,2024-01,7\nA-1,2024-02,8\nA-1,2024-03,9\n";
        let files = [("s.csv", rows.as_str()), ("r.csv", renewals), ("u.csv", usage)];
        let history = history(&mapping, &files).unwrap();
        let book = history.opening(date("2024-03-15"));
        let seen: Vec<_> = book
            .iter()
            .map(|row| (row.id.as_str(), row.arr.cents(), row.start, row.renewal, row.mau))
            .collect();
        let (start, due) = (Some(date("2024-01-01")), Some(date("2024-09-01")));
        assert_eq!(seen[0], ("A-1", 10_000, start, due, Some(8)));
        assert_eq!(seen[1], ("A-2", 7_000, Some(date("2024-02-01")), None, None));
        let outcomes: Vec<_> = history.renewals.iter().map(|renewal| renewal.outcome).collect();
        assert_eq!(outcomes, [Some(Outcome::Renewed), Some(Outcome::Churned)]);
    }
}
