//! From files to a [`History`]: table after table, row after row.

use std::path::Path;

use chrono::NaiveDate;
use indexmap::IndexSet;

use super::mapping::{HistorySettings, TableSettings};
use super::rows::{Columns, Told};
use super::words::{TableKind, Word};
use super::{Account, Departure, History, Renewal, Subscription, TableRead, Ticket, Touch, Usage};
use crate::language::Text;
use crate::population::export::{BadRow, Row, Stream, StreamError};

/// Rows that have an identifier of their own, each with the line it was first told on.
pub(super) struct Known<T> {
    pub(super) ids: IndexSet<Box<str>>,
    lines: Vec<u32>,
    pub(super) rows: Vec<T>,
    /// The place found last.
    last: usize,
}

impl<T: PartialEq> Known<T> {
    fn new() -> Self {
        Self { ids: IndexSet::new(), lines: Vec::new(), rows: Vec::new(), last: 0 }
    }

    /// Returns the place of a row. Other tables mostly name the same one again, or the next one: these are looked at first, because
    /// an index of a million is mostly not at hand.
    pub(super) fn find(&mut self, id: &str) -> Option<usize> {
        let is_at = |place: &usize| self.ids.get_index(*place).is_some_and(|known| **known == *id);
        let found =
            [self.last, self.last + 1].into_iter().find(is_at).or_else(|| self.ids.get_index_of(id))?;
        self.last = found;
        Some(found)
    }

    /// Takes a row, or says where another one of this identifier stands.
    pub(super) fn tell(&mut self, id: &str, line: u64, row: T) -> Told {
        let Some(place) = self.ids.get_index_of(id) else {
            self.ids.insert(id.into());
            self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
            self.rows.push(row);
            return Told::Anew;
        };
        if self.rows[place] == row { Told::Again } else { Told::Otherwise(self.lines[place]) }
    }
}

/// A history while its files are read.
pub(super) struct Reading {
    pub(super) currency: String,
    pub(super) through: NaiveDate,
    /// Whether a list of accounts says who there is; otherwise subscriptions do.
    pub(super) has_list: bool,
    pub(super) accounts: Known<Account>,
    pub(super) subscriptions: Known<Subscription>,
    pub(super) usage: Vec<Usage>,
    pub(super) touchpoints: Known<Touch>,
    pub(super) tickets: Known<Ticket>,
    pub(super) renewals: Known<Renewal>,
    pub(super) departures: Known<Departure>,
    pub(super) groups: IndexSet<Box<str>>,
    pub(super) kinds: IndexSet<Box<str>>,
    figures: Vec<String>,
    tables: Vec<TableRead>,
    faults: Vec<(TableKind, BadRow)>,
}

impl Reading {
    pub(super) fn new(settings: &HistorySettings) -> Self {
        Self {
            currency: settings.currency.as_str().to_owned(),
            through: settings.through.get(),
            has_list: settings.accounts.is_some(),
            accounts: Known::new(),
            subscriptions: Known::new(),
            usage: Vec::new(),
            touchpoints: Known::new(),
            tickets: Known::new(),
            renewals: Known::new(),
            departures: Known::new(),
            groups: IndexSet::new(),
            kinds: IndexSet::new(),
            figures: settings
                .accounts
                .iter()
                .flat_map(|table| table.figures.keys().map(Text::to_string))
                .collect(),
            tables: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Reads the file at `path`, which faults call `shown`, as the table `kind`.
    pub(super) fn table(
        &mut self,
        kind: TableKind,
        settings: &TableSettings,
        path: &Path,
        shown: &str,
    ) -> Result<(), StreamError> {
        let open = || Stream::open(path, shown, settings.format());
        let stream = open()?;
        let columns = Columns::find(stream.heading(), settings)?;
        let mut count = Count { kind, left_out: 0, repeated: 0, kept: 0 };
        let extent = stream.each(&mut |row| {
            let told = row.map_err(|bad| vec![bad]).and_then(|row| self.row(kind, row, &columns));
            count.note(told, &mut self.faults);
        })?;
        if kind == TableKind::Usage {
            let twice = self.settle_usage();
            count.repeated += twice.repeated;
            if !twice.contradicted.is_empty() {
                self.look_again(open()?, &columns, &twice.contradicted, &mut count)?;
            }
        }
        self.tables.push(TableRead {
            table: kind,
            file: shown.to_owned(),
            sha256: extent.sha256,
            rows: extent.rows,
            left_out: count.left_out,
            repeated: count.repeated,
        });
        Ok(())
    }

    fn row(&mut self, kind: TableKind, row: Row<'_>, columns: &Columns) -> Result<Told, Vec<BadRow>> {
        match kind {
            TableKind::Accounts => self.account(row, columns),
            TableKind::Subscriptions => self.subscription(row, columns),
            TableKind::Usage => self.used(row, columns).map(|usage| {
                self.usage.push(usage);
                Told::Anew
            }),
            TableKind::Touchpoints => self.touchpoint(row, columns),
            TableKind::Tickets => self.ticket(row, columns),
            TableKind::Renewals => self.renewal(row, columns),
            TableKind::Departures => self.departure(row, columns),
        }
    }

    /// Every fault, with the table it was found in.
    pub(super) fn faults(&self) -> impl Iterator<Item = (TableKind, &BadRow)> {
        self.faults.iter().map(|(kind, bad)| (*kind, bad))
    }

    pub(super) fn finish(self) -> History {
        let words = |set: IndexSet<Box<str>>| set.into_iter().map(String::from).collect();
        History {
            currency: self.currency,
            through: self.through,
            accounts: self.accounts.rows,
            subscriptions: self.subscriptions.rows,
            usage: self.usage,
            touchpoints: self.touchpoints.rows,
            tickets: self.tickets.rows,
            renewals: self.renewals.rows,
            departures: self.departures.rows,
            groups: words(self.groups),
            kinds: words(self.kinds),
            figures: self.figures,
            tables: self.tables,
            left_out: self.faults.into_iter().map(|(_, bad)| bad).collect(),
            ids: self.accounts.ids,
            subscription_ids: self.subscriptions.ids,
        }
    }

    /// Brings usage into the order of accounts and dates; rows of one account and day become one.
    fn settle_usage(&mut self) -> Twice {
        let key = |usage: &Usage| (usage.account, usage.date, usage.mau, usage.dau.to_bits(), usage.events);
        if !self.usage.is_sorted_by_key(key) {
            self.usage.sort_unstable_by_key(key);
        }
        let mut twice = Twice { repeated: 0, contradicted: Vec::new() };
        self.usage.dedup_by(|next, kept| {
            if (next.account, next.date) != (kept.account, kept.date) {
                return false;
            }
            if next.events != u32::MAX && kept.events != u32::MAX {
                kept.events = kept.events.saturating_add(next.events).min(u32::MAX - 1);
                return true;
            }
            if (next.mau, next.dau.to_bits(), next.events) == (kept.mau, kept.dau.to_bits(), kept.events) {
                twice.repeated += 1;
            } else if twice.contradicted.last() != Some(&(kept.account, kept.date)) {
                twice.contradicted.push((kept.account, kept.date));
            }
            true
        });
        twice
    }

    /// Reads usage again to name the rows that contradict an earlier one, and to keep the earlier.
    fn look_again(
        &mut self,
        stream: Stream,
        columns: &Columns,
        contradicted: &[(u32, NaiveDate)],
        count: &mut Count,
    ) -> Result<(), StreamError> {
        let mut first: Vec<Option<(Usage, u64)>> = vec![None; contradicted.len()];
        let dated = columns.of(Word::Date).or(columns.of(Word::Month));
        let dated = dated.expect("invariant: usage has a date or a month");
        stream.each(&mut |row| {
            let Ok(row) = row else { return };
            let line = row.line();
            let Ok((usage, mut row)) = self.used_row(row, columns) else { return };
            let Ok(place) = contradicted.binary_search(&(usage.account, usage.date)) else { return };
            match first[place] {
                None => first[place] = Some((usage, line)),
                // Bits, for a figure that is not told is no number.
                Some((kept, _)) if kept.mau == usage.mau && kept.dau.to_bits() == usage.dau.to_bits() => {}
                Some((_, before)) => {
                    let what = format!("line {before} tells other figures of this account and day");
                    row.fault(dated, &what, "keep one of the rows");
                    count.note(Err(row.into_faults()), &mut self.faults);
                }
            }
        })?;
        for (usage, _) in first.into_iter().flatten() {
            let place =
                self.usage.binary_search_by_key(&(usage.account, usage.date), |u| (u.account, u.date));
            if let Ok(place) = place {
                self.usage[place] = usage;
            }
        }
        Ok(())
    }
}

/// Days of usage told more than once.
struct Twice {
    /// Rows in the same words.
    repeated: u64,
    /// Accounts and days with different figures, in order.
    contradicted: Vec<(u32, NaiveDate)>,
}

/// What became of the rows of a table.
struct Count {
    kind: TableKind,
    left_out: u64,
    repeated: u64,
    /// Faults kept word for word.
    kept: usize,
}

impl Count {
    fn note(&mut self, told: Result<Told, Vec<BadRow>>, faults: &mut Vec<(TableKind, BadRow)>) {
        match told {
            Ok(Told::Again) => self.repeated += 1,
            Ok(_) => {}
            Err(wrong) => {
                self.left_out += 1;
                let room = History::MOST_FAULTS - self.kept;
                self.kept += wrong.len().min(room);
                faults.extend(wrong.into_iter().take(room).map(|bad| (self.kind, bad)));
            }
        }
    }
}
