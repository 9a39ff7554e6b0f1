//! What may stand in a cell: dates, amounts, answers.

use chrono::{Datelike, NaiveDate};

use super::{DateOrder, DecimalMark};
use crate::base::money::Money;

/// Reads a date of the calendar from 1901 to 2099.
pub(in crate::population) fn date(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let mut parts = text.split(['-', '/', '.']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = match order {
        DateOrder::YearMonthDay => (first, second, third),
        DateOrder::DayMonthYear => (third, second, first),
        DateOrder::MonthDayYear => (third, first, second),
    };
    let digits = |text: &str, most| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    (1901..=2099).contains(&date.year()).then_some(date)
}

/// Reads the day of a date, behind which a time of day may stand: `2024-01-31`, `2024-01-31T09:30:00Z`,
/// `31-01-2024 09:30`.
pub(in crate::population) fn moment(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let Some(end) = text.find([' ', 'T']) else { return date(text, order) };
    let time = text[end + 1..].trim_start();
    let is_time = time.as_bytes().get(..5).is_some_and(|clock| {
        clock[2] == b':' && [0, 1, 3, 4].iter().all(|&at: &usize| clock[at].is_ascii_digit())
    });
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b":.+- ".contains(&byte);
    if is_time && time.bytes().all(rest) { date(&text[..end], order) } else { None }
}

/// Reads the month of a date, or one written `2024-01`: its first day.
pub(in crate::population) fn month(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let whole = |year: &str, month: &str| date(&format!("{year}-{month}-01"), DateOrder::YearMonthDay);
    if text.len() <= 7
        && let Some((year, month)) = text.split_once('-')
        && let Some(first) = whole(year, month)
    {
        return Some(first);
    }
    moment(text, order)?.with_day(1)
}

/// More than any account pays, and far too little to overflow a sum over all of them (cents).
const LARGEST_AMOUNT: i64 = 10_000_000_000_000;

/// Reads an amount with at most two decimals, so that a file whose points group thousands (`1.200`) is refused rather
/// than read a thousand times too small.
pub(in crate::population) fn money(text: &str, mark: DecimalMark) -> Option<Money> {
    let (point, group) = match mark {
        DecimalMark::Point => (b'.', b','),
        DecimalMark::Comma => (b',', b'.'),
    };
    let (negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
    let size = size.as_bytes();
    let (units, decimals) = match size.iter().position(|&byte| byte == point) {
        Some(at) => (&size[..at], &size[at + 1..]),
        None => (size, &b"0"[..]),
    };
    let (mut cents, mut run, mut groups) = (0_i64, 0, 0);
    for &byte in units {
        if byte == group {
            let is_whole = if groups == 0 { (1..=3).contains(&run) } else { run == 3 };
            if !is_whole {
                return None;
            }
            (groups, run) = (groups + 1, 0);
        } else if byte.is_ascii_digit() {
            cents = cents.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
            run += 1;
        } else {
            return None;
        }
    }
    if run == 0 || groups > 0 && run != 3 {
        return None;
    }
    let part = match *decimals {
        [tenths] if tenths.is_ascii_digit() => 10 * i64::from(tenths - b'0'),
        [tenths, rest] if tenths.is_ascii_digit() && rest.is_ascii_digit() => {
            10 * i64::from(tenths - b'0') + i64::from(rest - b'0')
        }
        _ => return None,
    };
    let cents = cents.checked_mul(100)?.checked_add(part)?;
    (cents <= LARGEST_AMOUNT).then_some(Money::from_cents(if negative { -cents } else { cents }))
}

/// Reads an answer to a yes-or-no question.
pub(in crate::population) fn yes_no(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match text {
        _ if is(&["yes", "y", "true", "1", "1.0"]) => Some(true),
        _ if is(&["no", "n", "false", "0", "0.0"]) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_order_stated_and_no_other() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        #[rustfmt::skip]
        let cases = [
            ("2024-02-29",  YearMonthDay, Some((2024, 2, 29))),
            ("2023-02-29",  YearMonthDay, None),
            ("29-02-2024",  DayMonthYear, Some((2024, 2, 29))),
            ("31/12/2023",  DayMonthYear, Some((2023, 12, 31))),
            ("31.4.2023",   DayMonthYear, None),
            ("12/31/2023",  MonthDayYear, Some((2023, 12, 31))),
            ("31/12/2023",  MonthDayYear, None),
            ("31-12-2023",  YearMonthDay, None),
            ("31-12-23",    DayMonthYear, None),
            ("2024-01-+1",  YearMonthDay, None),
            ("1900-12-31",  YearMonthDay, None),
            ("2099-12-31",  YearMonthDay, Some((2099, 12, 31))),
            ("2024-01",     YearMonthDay, None),
        ];
        for (text, order, expected) in cases {
            let expected = expected.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
            assert_eq!(date(text, order), expected, "{text} as {order:?}");
        }
    }

    #[test]
    fn money_is_read_to_the_cent_or_not_at_all() {
        use DecimalMark::{Comma, Point};
        #[rustfmt::skip]
        let cases = [
            ("1200",         Point, Some(120_000)),
            ("1,200.5",      Point, Some(120_050)),
            ("1.200,50",     Comma, Some(120_050)),
            ("-0.05",        Point, Some(-5)),
            ("12,345,678",   Point, Some(1_234_567_800)),
            ("1.200",        Point, None), // thousands, in the other convention
            ("1,200",        Comma, None),
            ("1,20.00",      Point, None),
            ("1234,567",     Point, None),
            ("12.345",       Point, None),
            ("$12",          Point, None),
            ("1e6",          Point, None),
            ("NaN",          Point, None),
            ("1.",           Point, None),
            (".5",           Point, None),
            ("--1",          Point, None),
            ("100,000,000,000", Point, Some(10_000_000_000_000)),
            ("100,000,000,000.01", Point, None),
            ("99999999999999999999", Point, None),
        ];
        for (text, mark, cents) in cases {
            assert_eq!(money(text, mark).map(Money::cents), cents, "{text} with a decimal {mark:?}");
        }
    }
}
