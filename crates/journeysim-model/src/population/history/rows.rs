//! What one row of each table says, and what it cannot say.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indexmap::IndexSet;

use super::mapping::TableSettings;
use super::read::Reading;
use super::words::{Outcome, Word as Is};
use super::{Account, Departure, Renewal, Subscription, Ticket, Touch, Usage};
use crate::base::money::Money;
use crate::language::Text;
use crate::population::Products;
use crate::population::export::cells::{money, month};
use crate::population::export::{BadRow, Column, DateOrder, DecimalMark, Heading, Row};
use crate::population::segment::Segment;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It was new.
    Anew,
    /// It had been told before, in the same words.
    Again,
    /// A row on the line given says something else under this identifier.
    Otherwise(u32),
}

/// A day on which something happened to an account.
struct About {
    /// The identifier of the row.
    id: String,
    line: u64,
    account: u32,
    date: NaiveDate,
}

/// Where the mapped columns are, and what the words in them mean.
pub(super) struct Columns<'a> {
    /// By the number of the word.
    places: [Option<Column>; Is::ALL.len()],
    /// Figures of accounts, in the order of their names.
    figures: Vec<Column>,
    values: &'a BTreeMap<Text, Text>,
    dates: DateOrder,
    decimal: DecimalMark,
}

impl<'a> Columns<'a> {
    pub(super) fn find(heading: &Heading, settings: &'a TableSettings) -> Result<Self, BadRow> {
        let mut places = [None; Is::ALL.len()];
        for (&word, header) in &settings.columns {
            places[word as usize] = Some(heading.column(header.as_str())?);
        }
        let figures = settings.figures.values().map(|header| heading.column(header.as_str()));
        let figures = figures.collect::<Result<_, _>>()?;
        // A Parquet file says itself how it writes.
        let format = heading.format();
        Ok(Self { places, figures, values: &settings.values, dates: format.dates, decimal: format.decimal })
    }

    /// The place of a column, if it is mapped.
    pub(super) fn of(&self, word: Is) -> Option<Column> {
        self.places[word as usize]
    }

    fn read<'r, T>(
        &self,
        row: &mut Row<'r>,
        word: Is,
        read: impl Fn(&mut Row<'r>, Column) -> Option<T>,
    ) -> Option<T> {
        self.of(word).and_then(|column| read(row, column))
    }

    /// A cell that may not be blank where its column is mapped.
    fn needed<'r, T>(
        &self,
        row: &mut Row<'r>,
        word: Is,
        read: impl Fn(&mut Row<'r>, Column) -> Option<T>,
    ) -> Option<T> {
        self.of(word).and_then(|column| row.needed(column, read))
    }

    /// A word of ours: the cell itself, or what the mapping says that it means.
    fn word<T>(
        &self,
        row: &mut Row<'_>,
        word: Is,
        names: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let column = self.of(word)?;
        let right =
            || format!("write one of {}, or say in `values` which of them it means", names.join(", "));
        row.checked(column, "is not known", right, |text| {
            let text = if self.values.is_empty() {
                text
            } else {
                self.values.get(&Text::of(text)).map_or(text, Text::as_str)
            };
            read(text)
        })
    }

    fn yes_no(&self, row: &mut Row<'_>, word: Is) -> Option<bool> {
        self.word(row, word, &["yes", "no"], crate::population::export::cells::yes_no)
    }

    fn money(&self, row: &mut Row<'_>, word: Is, currency: &str) -> Option<Money> {
        let column = self.of(word)?;
        let what = format!("is not an amount in {currency}");
        let right = || "write a number with at most two decimals, in the decimal mark stated".to_owned();
        let amount =
            row.checked(column, &what, right, |text| money(without_currency(text, currency)?, self.decimal))?;
        if amount < Money::ZERO {
            row.fault(
                column,
                &format!("{amount} is negative"),
                "book credits elsewhere; revenue is zero or more",
            );
            return None;
        }
        Some(amount)
    }

    /// Recurring revenue a year, of a column a year or a month.
    fn arr(&self, row: &mut Row<'_>, currency: &str) -> Option<Money> {
        self.money(row, Is::Arr, currency).or_else(|| Some(self.money(row, Is::Mrr, currency)? * 12))
    }

    fn month(&self, row: &mut Row<'_>, column: Column) -> Option<NaiveDate> {
        row.checked(
            column,
            "is not a month",
            || "write yyyy-mm, or a day of the month in the date order stated".to_owned(),
            |text| month(text, self.dates),
        )
    }
}

/// The amount without the sign or code of `currency` around it; `None` with those of another.
fn without_currency<'t>(text: &'t str, currency: &str) -> Option<&'t str> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b"-.,".contains(&byte));
    if is_number(text) {
        return Some(text);
    }
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        other => other,
    };
    [sign, currency].iter().find_map(|mark| {
        let rest = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark))?.trim();
        is_number(rest).then_some(rest)
    })
}

impl Reading {
    pub(super) fn account(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let cells = &mut row;
        let line = cells.line();
        let id = match columns.of(Is::Id) {
            Some(_) => columns.needed(cells, Is::Id, Row::text).map(str::to_owned),
            None => Some(format!("row {line}")),
        };
        self.checks_currency(cells, columns);
        let developers = columns.read(cells, Is::Developers, Row::count);
        let segment = columns
            .word(cells, Is::Segment, Segment::NAMES, |text| Segment::from_name(&text.to_ascii_lowercase()));
        if let (Some(told), Some(count), Some(column)) = (segment, developers, columns.of(Is::Segment))
            && Segment::of_developers(count) != told
        {
            let right = format!("write {}, or leave the segment blank", Segment::of_developers(count));
            cells.fault(column, &format!("{count} developers are no {told} customer"), &right);
        }
        let group = columns.read(cells, Is::Group, Row::text);
        let account = Account {
            segment: segment.or(developers.map(Segment::of_developers)),
            group: group.map(|group| index(&mut self.groups, group)),
            developers,
            seats: columns.read(cells, Is::Seats, Row::count),
            arr: columns.arr(cells, &self.currency),
            start: columns.read(cells, Is::Start, Row::day),
            end: columns.read(cells, Is::End, Row::day),
            tenure: columns.read(cells, Is::Tenure, Row::count),
            churned: columns.yes_no(cells, Is::Churned),
            products: columns.word(cells, Is::Products, Products::NAMES, |text| {
                Products::from_name(&text.to_ascii_lowercase())
            }),
            term: columns.read(cells, Is::Term, Row::count),
            renewal: columns.read(cells, Is::Renewal, Row::day),
            mau: columns.read(cells, Is::Mau, Row::count),
            dau: columns.read(cells, Is::Dau, Row::number),
            figures: columns.figures.iter().map(|&column| cells.figure(column)).collect(),
        };
        in_order(cells, columns, (Is::Start, account.start), (Is::End, account.end));
        no_more_than(cells, columns, account.dau, account.mau);
        let Some(id) = id.filter(|_| !row.has_faults()) else { return Err(row.into_faults()) };
        told(self.accounts.tell(&id, line, account), row, columns.of(Is::Id), &id)
    }

    pub(super) fn subscription(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let cells = &mut row;
        let line = cells.line();
        let id = columns.needed(cells, Is::Id, Row::text);
        let account = columns.needed(cells, Is::Account, Row::text);
        self.checks_currency(cells, columns);
        let start = columns.needed(cells, Is::Start, Row::day);
        let end = columns.read(cells, Is::End, Row::day);
        let arr = columns.arr(cells, &self.currency);
        let trial = columns.yes_no(cells, Is::Trial).unwrap_or(false);
        let seats = columns.read(cells, Is::Seats, Row::count);
        in_order(cells, columns, (Is::Start, start), (Is::End, end));
        let revenue = columns.of(Is::Arr).or(columns.of(Is::Mrr));
        if let Some(revenue) = revenue.filter(|&column| arr.is_none() && cells.is_blank(column)) {
            cells.fault(revenue, "the cell is blank", "every row needs a value here");
        }
        let account = self.holder(cells, columns, account);
        match (id, account, start, arr) {
            (Some(id), Some(account), Some(start), Some(arr)) if !row.has_faults() => {
                let held = Subscription { account, start, end, arr, seats, trial };
                told(self.subscriptions.tell(id, line, held), row, columns.of(Is::Id), id)
            }
            _ => Err(row.into_faults()),
        }
    }

    /// One row of usage.
    pub(super) fn used(&mut self, row: Row<'_>, columns: &Columns) -> Result<Usage, Vec<BadRow>> {
        self.used_row(row, columns).map(|(usage, _)| usage)
    }

    /// One row of usage, with the row itself.
    pub(super) fn used_row<'r>(
        &mut self,
        mut row: Row<'r>,
        columns: &Columns,
    ) -> Result<(Usage, Row<'r>), Vec<BadRow>> {
        let cells = &mut row;
        let account = if let Some(column) = columns.of(Is::Subscription) {
            cells.needed(column, Row::text).and_then(|id| {
                let held = self.subscriptions.find(id);
                if held.is_none() {
                    cells.fault(
                        column,
                        &format!("there is no subscription `{id}`"),
                        "add it to the table, or leave the row out",
                    );
                }
                Some(self.subscriptions.rows[held?].account)
            })
        } else {
            let id = columns.needed(cells, Is::Account, Row::text);
            self.holder(cells, columns, id)
        };
        let date = match columns.of(Is::Month) {
            Some(column) => cells.needed(column, |row, column| columns.month(row, column)),
            None => columns.needed(cells, Is::Date, Row::day),
        };
        self.not_to_come(cells, columns.of(Is::Month).or(columns.of(Is::Date)), date);
        let mau = columns.read(cells, Is::Mau, Row::count);
        let dau = columns.read(cells, Is::Dau, Row::number);
        let events = columns.read(cells, Is::Events, Row::count);
        no_more_than(cells, columns, dau, mau);
        match (account, date) {
            (Some(account), Some(date)) if !row.has_faults() => {
                Ok((Usage::new(account, date, mau, dau, events), row))
            }
            _ => Err(row.into_faults()),
        }
    }

    pub(super) fn touchpoint(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let about = self.about(&mut row, columns, Is::Date);
        let kind = columns.read(&mut row, Is::Kind, Row::text).map(|kind| index(&mut self.kinds, kind));
        let minutes = columns.read(&mut row, Is::Minutes, Row::number);
        let Some(About { id, line, account, date }) = about.filter(|_| !row.has_faults()) else {
            return Err(row.into_faults());
        };
        let touch = Touch { account, date, kind, minutes };
        told(self.touchpoints.tell(&id, line, touch), row, columns.of(Is::Id), &id)
    }

    pub(super) fn ticket(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let about = self.about(&mut row, columns, Is::Opened);
        let closed = columns.read(&mut row, Is::Closed, Row::day);
        let opened = about.as_ref().map(|about| about.date);
        in_order(&mut row, columns, (Is::Opened, opened), (Is::Closed, closed));
        let answer_minutes = columns.read(&mut row, Is::AnswerMinutes, Row::number);
        let kind = columns.read(&mut row, Is::Kind, Row::text).map(|kind| index(&mut self.kinds, kind));
        let Some(About { id, line, account, date }) = about.filter(|_| !row.has_faults()) else {
            return Err(row.into_faults());
        };
        let ticket = Ticket { account, opened: date, closed, answer_minutes, kind };
        told(self.tickets.tell(&id, line, ticket), row, columns.of(Is::Id), &id)
    }

    pub(super) fn renewal(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let (id, line) = own_id(&mut row, columns);
        let cells = &mut row;
        let account = columns.needed(cells, Is::Account, Row::text);
        let account = self.holder(cells, columns, account);
        let due = columns.needed(cells, Is::Due, Row::day);
        self.checks_currency(cells, columns);
        let before = columns.money(cells, Is::ArrBefore, &self.currency);
        let after = columns.money(cells, Is::ArrAfter, &self.currency);
        let outcome = columns
            .word(cells, Is::Outcome, Outcome::NAMES, |text| Outcome::from_name(&text.to_ascii_lowercase()));
        let shown = match (before, after) {
            (_, Some(after)) if after == Money::ZERO => Some(Outcome::Churned),
            (Some(before), Some(after)) if after < before => Some(Outcome::Downsized),
            (Some(before), Some(after)) if after > before => Some(Outcome::Expanded),
            (Some(_), Some(_)) => Some(Outcome::Renewed),
            _ => None,
        };
        // "Renewed" is said of every renewal that is not lost, whatever it is worth.
        if let (Some(outcome), Some(shown), Some(column)) = (outcome, shown, columns.of(Is::Outcome))
            && outcome != shown
            && (outcome != Outcome::Renewed || shown == Outcome::Churned)
        {
            let what = format!("`{outcome}` where revenue before and after shows {shown}");
            cells.fault(column, &what, "correct one of them");
        }
        match (id, account, due) {
            (Some(id), Some(account), Some(due)) if !row.has_faults() => {
                let renewal = Renewal { account, due, outcome: shown.or(outcome), before, after };
                told(self.renewals.tell(&id, line, renewal), row, columns.of(Is::Id), &id)
            }
            _ => Err(row.into_faults()),
        }
    }

    pub(super) fn departure(&mut self, mut row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        let about = self.about(&mut row, columns, Is::Date);
        let Some(About { id, line, account, date }) = about.filter(|_| !row.has_faults()) else {
            return Err(row.into_faults());
        };
        told(self.departures.tell(&id, line, Departure { account, date }), row, columns.of(Is::Id), &id)
    }

    /// What is told of a day on which something happened to an account; [`None`] where the row does not tell it.
    fn about(&mut self, row: &mut Row<'_>, columns: &Columns, day: Is) -> Option<About> {
        let (id, line) = own_id(row, columns);
        let account = columns.needed(row, Is::Account, Row::text);
        let account = self.holder(row, columns, account);
        let date = columns.needed(row, day, Row::day);
        self.not_to_come(row, columns.of(day), date);
        Some(About { id: id?, line, account: account?, date: date? })
    }

    /// The account of this identifier, which a list must hold where there is one.
    fn holder(&mut self, row: &mut Row<'_>, columns: &Columns, id: Option<&str>) -> Option<u32> {
        let id = id?;
        if let Some(place) = self.accounts.find(id) {
            return u32::try_from(place).ok();
        }
        let is_subscription = columns.of(Is::Start).is_some();
        if self.has_list || !is_subscription {
            let column = columns.of(Is::Account)?;
            row.fault(
                column,
                &format!("there is no account `{id}`"),
                "add it to the list, or leave the row out",
            );
            return None;
        }
        if row.has_faults() {
            return None;
        }
        self.accounts.tell(id, row.line(), Account::default());
        u32::try_from(self.accounts.rows.len() - 1).ok()
    }

    fn checks_currency(&self, row: &mut Row<'_>, columns: &Columns) {
        let Some(column) = columns.of(Is::Currency) else { return };
        if let Some(written) = row.text(column)
            && written != self.currency
        {
            let what = format!("an amount in {written}, and the history's currency is {}", self.currency);
            row.fault(column, &what, "convert it, or leave the row out");
        }
    }

    /// Nothing has happened after the last day that the files cover.
    fn not_to_come(&self, row: &mut Row<'_>, column: Option<Column>, date: Option<NaiveDate>) {
        if let (Some(column), Some(date)) = (column, date.filter(|&date| date > self.through)) {
            let what = format!("{date} is after {}, the last day that the files cover", self.through);
            row.fault(column, &what, "check the date and the date order, or `through`");
        }
    }
}

fn index(words: &mut IndexSet<Box<str>>, word: &str) -> u32 {
    let place = words.get_index_of(word).unwrap_or_else(|| words.insert_full(word.into()).0);
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The identifier of the row's own, or its line where the table has none.
fn own_id(row: &mut Row<'_>, columns: &Columns) -> (Option<String>, u64) {
    let line = row.line();
    let id = match columns.of(Is::Id) {
        Some(column) => row.needed(column, Row::text).map(str::to_owned),
        None => Some(line.to_string()),
    };
    (id, line)
}

/// A second date comes no sooner than a first one.
fn in_order(
    row: &mut Row<'_>,
    columns: &Columns,
    (earlier, first): (Is, Option<NaiveDate>),
    (later, second): (Is, Option<NaiveDate>),
) {
    if let (Some(first), Some(second), Some(column)) = (first, second, columns.of(later))
        && second < first
    {
        let what = format!("the {later}, {second}, is before the {earlier}, {first}");
        row.fault(column, &what, "check both dates and the date order");
    }
}

/// On no day are more users active than in the whole month.
fn no_more_than(row: &mut Row<'_>, columns: &Columns, dau: Option<f64>, mau: Option<u32>) {
    if let (Some(dau), Some(mau), Some(column)) = (dau, mau, columns.of(Is::Dau))
        && dau > f64::from(mau)
    {
        let what = format!("{dau} users active in a day are more than the {mau} users active in the month");
        row.fault(column, &what, "check which columns these are");
    }
}

fn told(told: Told, mut row: Row<'_>, column: Option<Column>, id: &str) -> Result<Told, Vec<BadRow>> {
    if let (Told::Otherwise(line), Some(column)) = (told, column) {
        row.fault(
            column,
            &format!("`{id}` stands on line {line} already, and says something else"),
            "keep one of the rows, or give each an identifier of its own",
        );
        return Err(row.into_faults());
    }
    Ok(told)
}
