//! What the cells of one row must agree on.

use chrono::{Months, NaiveDate};

use super::read::Columns;
use super::{BookColumn as Is, BookOptions, BookRow, SeatCap};
use crate::base::money::Money;
use crate::population::export::Row;
use crate::population::segment::Segment;

/// Longest a customer can have been one when a run begins (years).
const LONGEST_TENURE: u32 = 40;

/// Shortest and longest term (months).
pub(super) const TERMS: (u32, u32) = (6, 120);

/// Most tickets of one kind in 90 days.
const MOST_TICKETS: u32 = 9_999;

/// Notes what cannot be true of `account`, whose cells are those of `row`.
pub(super) fn check(row: &mut Row<'_>, columns: &Columns, options: &BookOptions, account: &BookRow) {
    if account.arr < Money::ZERO {
        let what = format!("recurring revenue of {} is negative", account.arr);
        row.fault(columns.of(Is::Arr), &what, "book credits elsewhere; revenue is zero or more");
    }
    if account.seats == Some(0) {
        row.fault(columns.of(Is::Seats), "no seats", "leave it blank if unknown; a contract has one or more");
    }
    if let (Some(segment), Some(developers)) = (account.segment, account.developers)
        && Segment::of_developers(developers) != segment
    {
        let what = format!("{developers} developers are no {segment} customer");
        let right = format!("write {}, or leave the segment blank", Segment::of_developers(developers));
        row.fault(columns.of(Is::Segment), &what, &right);
    }
    if let Some(months) = account.term.filter(|months| !(TERMS.0..=TERMS.1).contains(months)) {
        let right = format!("write months, from {} to {}", TERMS.0, TERMS.1);
        row.fault(columns.of(Is::Term), &format!("a term of {months} months"), &right);
    }
    for (column, tickets) in
        [(Is::DefectTickets, account.defect_tickets), (Is::HelpTickets, account.help_tickets)]
    {
        if let Some(count) = tickets.filter(|&count| count > MOST_TICKETS) {
            let what = format!("{count} tickets in 90 days");
            row.fault(columns.of(column), &what, "check which column this is");
        }
    }
    dates(row, columns, account);
    users(row, columns, options, account);
    if let Some(opens) = options.opens {
        lives_on(row, columns, account, opens);
    }
}

fn dates(row: &mut Row<'_>, columns: &Columns, account: &BookRow) {
    match (account.start, account.renewal) {
        (Some(start), Some(renewal)) if renewal <= start => {
            let what = format!("the renewal, {renewal}, is not after the start, {start}");
            row.fault(columns.of(Is::Renewal), &what, "check both dates and the date order");
        }
        (None, None) => {
            let mut dates = [Is::Start, Is::Renewal].into_iter().filter_map(|column| columns.find_of(column));
            let first = dates.next().expect("invariant: a mapping has a start or a renewal");
            if row.is_blank(first) && dates.all(|second| row.is_blank(second)) {
                row.fault(first, "neither start nor renewal is known", "every row needs one of them");
            }
        }
        _ => {}
    }
}

fn users(row: &mut Row<'_>, columns: &Columns, options: &BookOptions, account: &BookRow) {
    let seats = account.seats.filter(|_| options.seat_cap == SeatCap::Hard);
    let dau_alone = account.dau.filter(|_| account.mau.is_none());
    let limits = [
        (Is::Dau, account.dau, "a day", account.mau, "users active in the month"),
        (Is::Mau, account.mau, "a month", seats, "seats, and the cap is hard"),
        (Is::Dau, dau_alone, "a day", seats, "seats, and the cap is hard"),
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

/// Notes what keeps a contract from being lived from the day the run `opens`.
fn lives_on(row: &mut Row<'_>, columns: &Columns, account: &BookRow, opens: NaiveDate) {
    if account.arr == Money::ZERO && !row.is_wrong(columns.of(Is::Arr)) {
        row.fault(columns.of(Is::Arr), "no recurring revenue", "leave out trials: a customer pays something");
    }
    if let Some(renewal) = account.renewal {
        // A renewal beyond the next one leaves the next one unknown.
        let from = account.start.map_or(opens, |start| start.max(opens));
        let months = Months::new(account.term.unwrap_or(TERMS.1).min(TERMS.1) + 1);
        if renewal < opens {
            let what = format!("the contract ended on {renewal}, before the run opens on {opens}");
            row.fault(
                columns.of(Is::Renewal),
                &what,
                "write the next renewal, or leave out a customer who has left",
            );
        } else if from.checked_add_months(months).is_some_and(|latest| renewal > latest) {
            let what = format!("{renewal} is more than a term of {} months away", months.as_u32() - 1);
            row.fault(columns.of(Is::Renewal), &what, "write the next renewal");
        }
    }
    let Some(start) = account.start else { return };
    let earliest = opens.checked_sub_months(Months::new(12 * LONGEST_TENURE));
    if earliest.is_some_and(|earliest| start < earliest) {
        let what = format!("{start} is more than {LONGEST_TENURE} years before the run opens on {opens}");
        row.fault(columns.of(Is::Start), &what, "check the date and the date order");
    }
    if start > opens {
        let of_customers = [
            (Is::Mau, account.mau),
            (Is::Dau, account.dau),
            (Is::DefectTickets, account.defect_tickets),
            (Is::HelpTickets, account.help_tickets),
        ];
        for (column, count) in of_customers {
            if count.is_some_and(|count| count > 0) {
                let what = format!("nobody uses the product before the contract starts on {start}");
                row.fault(columns.of(column), &what, "leave it blank until the customer is one");
            }
        }
    }
}
