//! From the rows of a file to a [`Book`]: what is read, what cannot be true, what is left to draw.

use std::collections::BTreeMap;

use super::{Book, BookColumn, BookMapping, BookOptions, BookRow, DrawnColumn, Pulse, SeatCap};
use crate::base::money::Money;
use crate::population::export::{BadRow, Column, OnBadRow, Row, Table};

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

/// Where the mapped columns are.
struct Columns(BTreeMap<BookColumn, Column>);

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

    /// The place of a column whose cell has just been read.
    fn of(&self, column: BookColumn) -> Column {
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
        segment: columns.read(cells, Is::Segment, |row, column| known(row, column, &options.segments)),
        developers: count(cells, Is::Developers),
        seats: count(cells, Is::Seats),
        arr: arr.unwrap_or_default(),
        start: columns.read(cells, Is::Start, Row::date),
        renewal: columns.read(cells, Is::Renewal, Row::date),
        products: columns.read(cells, Is::Products, |row, column| products(row, column, &options.products)),
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

fn check(row: &mut Row<'_>, columns: &Columns, options: &BookOptions, account: &BookRow) {
    use BookColumn as Is;
    if account.arr < Money::ZERO {
        let what = format!("recurring revenue of {} is negative", account.arr);
        row.fault(columns.of(Is::Arr), &what, "book credits elsewhere; revenue is zero or more");
    }
    if account.seats == Some(0) {
        row.fault(columns.of(Is::Seats), "no seats", "leave it blank if unknown; a contract has one or more");
    }
    match (account.start, account.renewal) {
        (Some(start), Some(renewal)) if renewal <= start => {
            let what = format!("the renewal, {renewal}, is not after the start, {start}");
            row.fault(columns.of(Is::Renewal), &what, "check both dates and the date order");
        }
        (None, None) => {
            let mut dates = [Is::Start, Is::Renewal].into_iter().filter_map(|column| columns.0.get(&column));
            let &first = dates.next().expect("invariant: a mapping has a start or a renewal");
            if row.is_blank(first) && dates.all(|&second| row.is_blank(second)) {
                row.fault(first, "neither start nor renewal is known", "every row needs one of them");
            }
        }
        _ => {}
    }
    let seats = account.seats.filter(|_| options.seat_cap == SeatCap::Hard);
    let limits = [
        (Is::Dau, account.dau, "a day", account.mau, "users active in the month"),
        (Is::Mau, account.mau, "a month", seats, "seats, and the cap is hard"),
        (
            Is::Dau,
            account.dau.filter(|_| account.mau.is_none()),
            "a day",
            seats,
            "seats, and the cap is hard",
        ),
    ];
    for (column, users, span, limit, of_what) in limits {
        if let (Some(users), Some(limit)) = (users, limit)
            && users > limit
        {
            let what = format!("{users} users active in {span} are more than the {limit} {of_what}");
            row.fault(columns.of(column), &what, "check which columns these are");
        }
    }
}

fn known(row: &mut Row<'_>, column: Column, words: &[String]) -> Option<String> {
    if words.is_empty() {
        return row.text(column).map(str::to_owned);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    row.one_of(column, &words).map(str::to_owned)
}

fn products(row: &mut Row<'_>, column: Column, words: &[String]) -> Option<Vec<String>> {
    let right = format!("separate products by `;`, each one of {}", words.join(", "));
    row.parsed(column, "names an unknown product", &right, |text| {
        let named = text.split([';', '|', '+']).map(str::trim);
        named
            .map(|name| match words.iter().find(|word| word.eq_ignore_ascii_case(name)) {
                Some(word) => Some(word.clone()),
                None => (words.is_empty() && !name.is_empty()).then(|| name.to_owned()),
            })
            .collect()
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
    let counted = BookColumn::ALL.map(|(column, _)| DrawnColumn {
        column,
        accounts: rows.iter().filter(|row| unknown(row, column)).count(),
    });
    counted.into_iter().filter(|drawn| drawn.accounts > 0).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    /// A mapping of every column to the header of its own word.
    fn by_own_name(columns: &[&str]) -> BookMapping {
        let chosen = BookColumn::ALL.into_iter().filter(|(_, word)| columns.contains(word));
        BookMapping::new(chosen.map(|(column, word)| (column, word.to_owned())).collect()).unwrap()
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
        assert_eq!(first.products, Some(vec!["search".to_owned(), "assistant".to_owned()]));
        assert_eq!((first.champion, first.pulse, first.start), (Some(true), Some(Pulse::Healthy), None));
        let drawn: Vec<_> = book.drawn_columns.iter().map(|drawn| (drawn.column, drawn.accounts)).collect();
        use BookColumn as Is;
        let expected = [
            (Is::Segment, 1), // the first account's follows from its developers
            (Is::Developers, 1),
            (Is::Seats, 1),
            (Is::Start, 2),
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
    fn words_a_scenario_does_not_know_are_faults() {
        let options = BookOptions {
            segments: vec!["SMB".to_owned(), "Enterprise".to_owned()],
            products: vec!["search".to_owned(), "assistant".to_owned()],
            ..BookOptions::default()
        };
        let text = "id,arr,start,segment,products\n\
                    A-1,100,2024-01-01,smb,Search + Assistant\n\
                    A-2,100,2024-01-01,Tiny,search\n\
                    A-3,100,2024-01-01,SMB,search;chat\n";
        assert_eq!(places(&read(text, &options).unwrap_err()), [(3, "segment"), (4, "products")]);
        let book = read(&text[..text.find("A-2").unwrap()], &options).unwrap();
        assert_eq!(book.rows[0].segment.as_deref(), Some("SMB"));
        assert_eq!(book.rows[0].products, Some(options.products));
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
