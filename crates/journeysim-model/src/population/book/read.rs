//! From the rows of a file to a [`Book`]: what is read, what cannot be true, what is left to draw.

use std::collections::BTreeMap;

use super::check::check;
use super::{Book, BookColumn, BookMapping, BookOptions, BookRow, DrawnColumn, Pulse};
use crate::population::Products;
use crate::population::export::{BadRow, Column, ExportFormat, OnBadRow, Row, Table};
use crate::population::segment::Segment;

/// Reads a book from the bytes of `file`, whose name only appears in faults.
///
/// # Errors
///
/// Every fault at once, in the order of lines: columns that are mapped but not in the file, a file
/// without rows, and, unless they are skipped, all wrong rows. A book of which every row would be
/// skipped is refused with the faults of its rows.
pub fn read_book(
    bytes: &[u8],
    file: &str,
    mapping: &BookMapping,
    options: &BookOptions,
) -> Result<Book, Vec<BadRow>> {
    let table = Table::read(bytes, file, options.format).map_err(|bad| vec![bad])?;
    let columns = Columns::find(&table, mapping)?;
    let (mut rows, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
    for row in table.rows() {
        match row.map_err(|bad| vec![bad]).and_then(|row| read_row(row, &columns, options, &mut seen)) {
            Ok(account) => rows.push(account),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if rows.is_empty() || options.on_bad_row == OnBadRow::Stop && !faults.is_empty() {
        return Err(faults);
    }
    let drawn_columns = drawn(&rows);
    Ok(Book { rows, skipped: faults, drawn_columns })
}

/// Returns the names in the header of `file`.
///
/// # Errors
///
/// The file has no rows.
pub fn headers(bytes: &[u8], file: &str, format: ExportFormat) -> Result<Vec<String>, BadRow> {
    Table::read(bytes, file, format).map(|table| table.header().to_vec())
}

/// Where the mapped columns are.
pub(super) struct Columns(BTreeMap<BookColumn, Column>);

impl Columns {
    fn find(table: &Table<'_>, mapping: &BookMapping) -> Result<Columns, Vec<BadRow>> {
        let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
        for (&column, header) in &mapping.0 {
            match table.column(header) {
                Ok(place) => drop(found.insert(column, place)),
                Err(bad) => faults.push(bad),
            }
        }
        if faults.is_empty() { Ok(Columns(found)) } else { Err(faults) }
    }

    /// Reads a cell with `read`, or nothing where the column is not mapped.
    fn read<'a, T>(
        &self,
        row: &mut Row<'a>,
        column: BookColumn,
        read: impl Fn(&mut Row<'a>, Column) -> Option<T>,
    ) -> Option<T> {
        self.0.get(&column).and_then(|&place| read(row, place))
    }

    /// The place of a column, if it is mapped.
    pub(super) fn find_of(&self, column: BookColumn) -> Option<Column> {
        self.0.get(&column).copied()
    }

    /// The place of a column whose cell has just been read.
    pub(super) fn of(&self, column: BookColumn) -> Column {
        self.0[&column]
    }
}

/// Reads one account and checks that what it says can be true together.
fn read_row<'a>(
    mut row: Row<'a>,
    columns: &Columns,
    options: &BookOptions,
    seen: &mut BTreeMap<String, u64>,
) -> Result<BookRow, Vec<BadRow>> {
    use BookColumn as Is;
    let cells = &mut row;
    let count = |cells: &mut Row<'a>, column| columns.read(cells, column, Row::count);
    let yes_no = |cells: &mut Row<'a>, column| columns.read(cells, column, Row::yes_no);
    let id = columns.read(cells, Is::Id, |row, column| row.needed(column, Row::text));
    let arr = columns.read(cells, Is::Arr, |row, column| row.needed(column, Row::money));
    let account = BookRow {
        line: cells.line(),
        id: id.unwrap_or_default().to_owned(),
        name: columns.read(cells, Is::Name, Row::text).map(str::to_owned),
        segment: columns
            .read(cells, Is::Segment, |row, column| row.one_of(column, Segment::NAMES))
            .and_then(Segment::from_name),
        developers: count(cells, Is::Developers),
        seats: count(cells, Is::Seats),
        arr: arr.unwrap_or_default(),
        start: columns.read(cells, Is::Start, Row::date),
        renewal: columns.read(cells, Is::Renewal, Row::date),
        term: count(cells, Is::Term),
        products: columns.read(cells, Is::Products, products),
        mau: count(cells, Is::Mau),
        dau: count(cells, Is::Dau),
        instance_admin: yes_no(cells, Is::InstanceAdmin),
        program_contact: yes_no(cells, Is::ProgramContact),
        champion: yes_no(cells, Is::Champion),
        buyer: yes_no(cells, Is::Buyer),
        pulse: columns.read(cells, Is::Pulse, pulse),
        defect_tickets: count(cells, Is::DefectTickets),
        help_tickets: count(cells, Is::HelpTickets),
    };
    let before = if id.is_some() { seen.insert(account.id.clone(), account.line) } else { None };
    if let Some(first) = before {
        let what = format!("`{}` stands on line {first} already", account.id);
        cells.fault(columns.of(Is::Id), &what, "every account needs an identifier of its own");
    }
    check(cells, columns, options, &account);
    let faults = row.into_faults();
    if faults.is_empty() { Ok(account) } else { Err(faults) }
}

fn products(row: &mut Row<'_>, column: Column) -> Option<Products> {
    let right = format!("separate products by `;`, each one of {}", Products::NAMES.join(", "));
    row.parsed(column, "names an unknown product", &right, |text| {
        let named =
            text.split([';', '|', '+']).map(|name| Products::from_name(&name.trim().to_ascii_lowercase()));
        let named: Vec<Products> = named.collect::<Option<_>>()?;
        let all_the_same = named.iter().all(|product| *product == named[0]);
        Some(if all_the_same { named[0] } else { Products::Both })
    })
}

fn pulse(row: &mut Row<'_>, column: Column) -> Option<Pulse> {
    row.one_of(column, &["healthy", "concerning", "poor"]).map(|word| match word {
        "healthy" => Pulse::Healthy,
        "concerning" => Pulse::Concerning,
        _ => Pulse::Poor,
    })
}

/// Counts what is unknown. A name is not drawn, and a segment follows from the developers.
fn drawn(rows: &[BookRow]) -> Vec<DrawnColumn> {
    let unknown = |row: &BookRow, column| match column {
        BookColumn::Id | BookColumn::Name | BookColumn::Arr => false,
        BookColumn::Segment => row.segment.is_none() && row.developers.is_none(),
        BookColumn::Developers => row.developers.is_none(),
        BookColumn::Seats => row.seats.is_none(),
        BookColumn::Start => row.start.is_none(),
        BookColumn::Renewal => row.renewal.is_none(),
        BookColumn::Term => row.term.is_none(),
        BookColumn::Products => row.products.is_none(),
        BookColumn::Mau => row.mau.is_none(),
        BookColumn::Dau => row.dau.is_none(),
        BookColumn::InstanceAdmin => row.instance_admin.is_none(),
        BookColumn::ProgramContact => row.program_contact.is_none(),
        BookColumn::Champion => row.champion.is_none(),
        BookColumn::Buyer => row.buyer.is_none(),
        BookColumn::Pulse => row.pulse.is_none(),
        BookColumn::DefectTickets => row.defect_tickets.is_none(),
        BookColumn::HelpTickets => row.help_tickets.is_none(),
    };
    let counted = BookColumn::ALL.iter().map(|&column| DrawnColumn {
        column,
        accounts: rows.iter().filter(|row| unknown(row, column)).count(),
    });
    counted.filter(|drawn| drawn.accounts > 0).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::population::book::SeatCap;

    /// A mapping of every column to the header of its own word.
    fn by_own_name(columns: &[&str]) -> BookMapping {
        let chosen = BookColumn::ALL.iter().filter(|column| columns.contains(&column.name()));
        BookMapping::new(chosen.map(|&column| (column, column.name().to_owned())).collect()).unwrap()
    }

    fn read(text: &str, options: &BookOptions) -> Result<Book, Vec<BadRow>> {
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        read_book(text.as_bytes(), "book.csv", &by_own_name(&header), options)
    }

    fn places(faults: &[BadRow]) -> Vec<(u64, &str)> {
        faults.iter().map(|bad| (bad.line, bad.column.as_str())).collect()
    }

    #[test]
    fn a_book_is_read_as_it_stands_and_the_rest_is_drawn() {
        let text = "id,arr,renewal,developers,seats,mau,dau,products,champion,pulse\n\
                    A-1,\"12,000.50\",2025-03-31,400,50,40,11,search;assistant,yes,Healthy\n\
                    A-2,900,2024-08-01,,,,,,,\n";
        let book = read(text, &BookOptions::default()).unwrap();
        let first = &book.rows[0];
        assert_eq!((first.id.as_str(), first.arr.cents(), first.line), ("A-1", 1_200_050, 2));
        assert_eq!(first.renewal, NaiveDate::from_ymd_opt(2025, 3, 31));
        assert_eq!(
            (first.developers, first.seats, first.mau, first.dau),
            (Some(400), Some(50), Some(40), Some(11))
        );
        assert_eq!(first.products, Some(Products::Both));
        assert_eq!((first.champion, first.pulse, first.start), (Some(true), Some(Pulse::Healthy), None));
        let drawn: Vec<_> = book.drawn_columns.iter().map(|drawn| (drawn.column, drawn.accounts)).collect();
        use BookColumn as Is;
        let expected = [
            (Is::Segment, 1), // the first account's follows from its developers
            (Is::Developers, 1),
            (Is::Seats, 1),
            (Is::Start, 2),
            (Is::Term, 2),
            (Is::Products, 1),
            (Is::Mau, 1),
            (Is::Dau, 1),
            (Is::InstanceAdmin, 2),
            (Is::ProgramContact, 2),
            (Is::Champion, 1),
            (Is::Buyer, 2),
            (Is::Pulse, 1),
            (Is::DefectTickets, 2),
            (Is::HelpTickets, 2),
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn every_wrong_cell_is_named_by_line_and_column() {
        let text = "id,arr,start,renewal,seats,mau,dau\n\
                    A-1,100,2024-01-01,2025-01-01,10,10,10\n\
                    A-1,100,2024-01-01,2025-01-01,10,10,10\n\
                    A-2,-1,2024-01-01,2025-01-01,10,10,10\n\
                    A-3,100,2024-02-30,2025-01-01,10,10,10\n\
                    A-4,100,2024-01-01,2024-01-01,10,10,10\n\
                    A-5,100,2024-01-01,2025-01-01,0,,\n\
                    A-6,100,2024-01-01,2025-01-01,10,8,9\n\
                    A-7,100,2024-01-01,2025-01-01,10,11,9\n\
                    A-8,100,2024-01-01,2025-01-01,10,,11\n\
                    A-9,,,,10,5,5\n\
                    ,abc,2024-01-01,,1.5,5,\n\
                    B-1,100,2024-01-01\n";
        let faults = read(text, &BookOptions::default()).unwrap_err();
        let expected = [
            (3, "id"),
            (4, "arr"),
            (5, "start"),
            (6, "renewal"),
            (7, "seats"),
            (8, "dau"),
            (9, "mau"),
            (10, "dau"),
            (11, "arr"),
            (11, "start"),
            (12, "id"),
            (12, "arr"),
            (12, "seats"),
            (13, "renewal"),
        ];
        assert_eq!(places(&faults), expected);
        assert_eq!(
            faults[3].to_string(),
            "book.csv, line 6, column `renewal`: the renewal, 2024-01-01, is not after the start, \
             2024-01-01; check both dates and the date order",
        );
    }

    #[test]
    fn skipped_rows_are_left_out_and_counted_once() {
        let text = "id,arr,start\nA-1,x,y\nA-2,100,2024-01-01\nA-3,-5,2024-01-01\n";
        let options = BookOptions { on_bad_row: OnBadRow::Skip, ..BookOptions::default() };
        let book = read(text, &options).unwrap();
        assert_eq!(book.rows.len(), 1);
        assert_eq!(places(&book.skipped), [(2, "arr"), (2, "start"), (4, "arr")]);
        assert_eq!(book.skipped_rows(), 2);
        let none_left = read("id,arr,start\nA-1,x,2024-01-01\n", &options).unwrap_err();
        assert_eq!(places(&none_left), [(2, "arr")]);
    }

    #[test]
    fn a_soft_cap_lets_more_users_in_than_seats() {
        let text = "id,arr,start,seats,mau,dau\nA-1,100,2024-01-01,10,12,11\n";
        assert!(read(text, &BookOptions::default()).is_err());
        assert!(read(text, &BookOptions { seat_cap: SeatCap::Soft, ..BookOptions::default() }).is_ok());
    }

    #[test]
    fn unknown_words_are_faults_and_a_segment_follows_the_developers() {
        let text = "id,arr,start,segment,developers,products\n\
                    A-1,100,2024-01-01,Mid-Market,,Search + Assistant\n\
                    A-2,100,2024-01-01,tiny,,search\n\
                    A-3,100,2024-01-01,smb,,search;chat\n\
                    A-4,100,2024-01-01,smb,99,search\n\
                    A-5,100,2024-01-01,smb,100,assistant\n";
        let faults = read(text, &BookOptions::default()).unwrap_err();
        assert_eq!(places(&faults), [(3, "segment"), (4, "products"), (6, "segment")]);
        assert_eq!(faults[2].right, "write mid-market, or leave the segment blank");
        let book = read(text, &BookOptions { on_bad_row: OnBadRow::Skip, ..BookOptions::default() }).unwrap();
        let known: Vec<_> = book.rows.iter().map(|row| (row.segment, row.products)).collect();
        let expected =
            [(Some(Segment::MidMarket), Some(Products::Both)), (Some(Segment::Smb), Some(Products::Search))];
        assert_eq!(known, expected);
    }

    /// Each row but the first is wrong in one cell, and only for a run that opens on 1 February 2024.
    #[test]
    fn a_contract_that_cannot_be_lived_is_a_fault_of_a_book_that_opens_a_run() {
        let text = "id,arr,start,renewal,term,mau,help_tickets\n\
                    A-1,100,2022-02-01,2024-02-01,12,5,3\n\
                    A-2,0,2022-02-01,2024-02-01,12,5,3\n\
                    A-3,100,2022-02-01,2024-01-31,12,5,3\n\
                    A-4,100,2022-02-01,2025-04-02,12,5,3\n\
                    A-5,100,1983-02-01,2024-02-01,12,5,3\n\
                    A-6,100,2024-02-02,2025-02-02,12,5,0\n";
        assert_eq!(read(text, &BookOptions::default()).unwrap().rows.len(), 6);
        let opens = NaiveDate::from_ymd_opt(2024, 2, 1);
        let faults = read(text, &BookOptions { opens, ..BookOptions::default() }).unwrap_err();
        let expected = [(3, "arr"), (4, "renewal"), (5, "renewal"), (6, "start"), (7, "mau")];
        assert_eq!(places(&faults), expected);
    }

    #[test]
    fn terms_and_tickets_that_nobody_has_are_faults() {
        let text = "id,arr,start,term,help_tickets\n\
                    A-1,100,2024-01-01,5,0\nA-2,100,2024-01-01,121,0\nA-3,100,2024-01-01,6,10000\n";
        let faults = read(text, &BookOptions::default()).unwrap_err();
        assert_eq!(places(&faults), [(2, "term"), (3, "term"), (4, "help_tickets")]);
    }

    #[test]
    fn a_mapped_column_that_is_not_there_names_the_nearest() {
        let text = "account_id,arr_amount,start_date,start_date\nA-1,100,2024-01-01,2024-01-01\n";
        let headers =
            [(BookColumn::Id, "acount_id"), (BookColumn::Arr, "revenue"), (BookColumn::Start, "start_date")];
        let mapping =
            BookMapping::new(headers.map(|(column, header)| (column, header.to_owned())).into()).unwrap();
        let faults = read_book(text.as_bytes(), "b.csv", &mapping, &BookOptions::default()).unwrap_err();
        assert_eq!(places(&faults), [(1, "acount_id"), (1, "revenue"), (1, "start_date")]);
        assert_eq!(faults[0].right, "did you mean `account_id`?");
        assert_eq!(faults[1].right, "the file has account_id, arr_amount, start_date, start_date");
        assert_eq!(faults[2].what, "the header names it more than once");
    }
}
