//! The cells of one column, counted.

use std::hash::{DefaultHasher, Hasher};

use chrono::NaiveDate;
use indexmap::IndexMap;
use serde::Serialize;

use crate::base::money::Money;
use crate::population::export::cells::{moment, money, month, yes_no};
use crate::population::export::{DateOrder, DecimalMark};

/// Different values that are counted one by one.
const MOST_VALUES: usize = 200;

/// Values that are shown.
const SHOWN: usize = 5;

/// Rows after which a column whose values repeat is known to be no identifier.
const ENOUGH_ROWS: usize = 4_096;

/// What a column holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ColumnSurvey {
    /// Its header.
    pub name: String,
    /// Cells with something in them.
    pub filled: u64,
    /// Blank cells.
    pub blank: u64,
    /// Cells that are not UTF-8.
    pub not_utf8: u64,
    /// Different values, where they were counted: of identifiers, and of columns with a few values.
    pub different: Option<u64>,
    /// Rows whose value stands above them already, where that was counted.
    pub repeated: Option<u64>,
    /// The most frequent values of a column with few, each with its number, or the first values of another one.
    pub values: Vec<(String, Option<u64>)>,
    /// Cells that read as dates.
    pub dates: Dates,
    /// Cells that read as numbers.
    pub numbers: Numbers,
    /// Cells that read as yes or no.
    pub yes_no: u64,
}

/// Cells that read as dates, by how.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Dates {
    /// As `2024-01-31`.
    pub iso: u64,
    /// As `31-01-2024`.
    pub dmy: u64,
    /// As `01-31-2024`.
    pub mdy: u64,
    /// As `2024-01`.
    pub month: u64,
    /// The earliest and the latest of each order.
    #[serde(skip)]
    pub(super) ends: [Option<(NaiveDate, NaiveDate)>; 3],
    /// The first day of the latest month.
    #[serde(skip)]
    pub(super) last_month: Option<NaiveDate>,
}

/// Cells that read as numbers, by how.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Numbers {
    /// With a decimal point: whole numbers included.
    pub point: u64,
    /// With a decimal comma: whole numbers included.
    pub comma: u64,
    /// Without a fraction.
    pub whole: u64,
    /// The smallest with a decimal point.
    pub least: Option<f64>,
    /// The largest with a decimal point.
    pub most: Option<f64>,
    /// The first sign of a currency beside one.
    pub sign: Option<char>,
}

/// What a cell can be.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    not_utf8: bool,
    dates: [Option<NaiveDate>; 3],
    month: Option<NaiveDate>,
    point: Option<i64>,
    comma: bool,
    yes_no: bool,
    /// The sign of a currency beside a number.
    sign: Option<char>,
}

/// A column while its cells are counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    survey: ColumnSurvey,
    reading: Reading,
    least: Option<i64>,
    most: Option<i64>,
    /// Values with their numbers and what they can be, while there are few.
    values: IndexMap<Box<[u8]>, (u64, Reading)>,
    is_crowded: bool,
    /// Digests of all values, while they may be an identifier.
    digests: Vec<u64>,
    is_no_identifier: bool,
}

impl Tally {
    /// Counts a cell.
    pub(super) fn look(&mut self, cell: &[u8]) {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            self.survey.blank += 1;
            return;
        }
        self.survey.filled += 1;
        self.reading = self.reading(cell);
        self.count();
        self.digest(cell);
    }

    /// Returns what a cell can be; a value of a column with few is read once.
    fn reading(&mut self, cell: &[u8]) -> Reading {
        if self.is_crowded {
            return read(cell);
        }
        if let Some((count, reading)) = self.values.get_mut(cell) {
            *count += 1;
            return *reading;
        }
        let reading = read(cell);
        if self.values.len() < MOST_VALUES {
            self.values.insert(cell.into(), (1, reading));
        } else {
            self.is_crowded = true;
        }
        reading
    }

    fn count(&mut self) {
        let Reading { not_utf8, dates, month, point, comma, yes_no, sign } = self.reading;
        let survey = &mut self.survey;
        survey.not_utf8 += u64::from(not_utf8);
        let counts = [&mut survey.dates.iso, &mut survey.dates.dmy, &mut survey.dates.mdy];
        for ((count, date), ends) in counts.into_iter().zip(dates).zip(&mut survey.dates.ends) {
            if let Some(date) = date {
                *count += 1;
                let (first, last) = ends.unwrap_or((date, date));
                *ends = Some((first.min(date), last.max(date)));
            }
        }
        survey.dates.month += u64::from(month.is_some());
        survey.dates.last_month = survey.dates.last_month.max(month);
        survey.numbers.comma += u64::from(comma);
        survey.yes_no += u64::from(yes_no);
        if let Some(cents) = point {
            survey.numbers.point += 1;
            survey.numbers.sign = survey.numbers.sign.or(sign);
            survey.numbers.whole += u64::from(cents % 100 == 0);
            self.least = Some(self.least.map_or(cents, |least| least.min(cents)));
            self.most = Some(self.most.map_or(cents, |most| most.max(cents)));
        }
    }

    /// Keeps what tells one value from another, while all of them may differ.
    fn digest(&mut self, cell: &[u8]) {
        if !self.is_no_identifier {
            let mut digest = DefaultHasher::new();
            digest.write(cell);
            self.digests.push(digest.finish());
            if self.digests.len() == ENOUGH_ROWS {
                let mut sorted = self.digests.clone();
                sorted.sort_unstable();
                sorted.dedup();
                // A few rows told twice are a fault of an identifier; a tenth of them are something else.
                self.is_no_identifier = sorted.len() < ENOUGH_ROWS / 10 * 9;
                if self.is_no_identifier {
                    self.digests = Vec::new();
                }
            }
        }
    }

    pub(super) fn finish(mut self, name: String) -> ColumnSurvey {
        let mut survey = self.survey;
        survey.name = name;
        let units = |cents: i64| cents as f64 / 100.0;
        (survey.numbers.least, survey.numbers.most) = (self.least.map(units), self.most.map(units));
        let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
        let text =
            |value: &[u8]| String::from_utf8_lossy(value).chars().take(40).map(visible).collect::<String>();
        if self.is_crowded {
            survey.values = self.values.keys().take(SHOWN).map(|value| (text(value), None)).collect();
        } else {
            survey.different = Some(self.values.len() as u64);
            self.values.sort_by(|_, (a, _), _, (b, _)| b.cmp(a));
            survey.values =
                self.values.iter().map(|(value, (count, _))| (text(value), Some(*count))).collect();
        }
        if !self.is_no_identifier {
            self.digests.sort_unstable();
            self.digests.dedup();
            let different = self.digests.len() as u64;
            survey.different = Some(different);
            survey.repeated = Some(survey.filled - different);
        }
        survey
    }
}

fn read(cell: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let Ok(text) = std::str::from_utf8(cell) else {
        reading.not_utf8 = true;
        return reading;
    };
    if cell.len() <= 5 {
        reading.yes_no = yes_no(text).is_some();
    }
    if !cell.iter().any(u8::is_ascii_digit) {
        return reading;
    }
    let bare = text.trim_matches(['$', '€', '£']).trim();
    reading.sign = text.chars().find(|sign| "$€£".contains(*sign));
    reading.point = money(bare, DecimalMark::Point).map(Money::cents);
    reading.comma = money(bare, DecimalMark::Comma).is_some();
    let mark = |byte: &u8| matches!(byte, b'-' | b'/' | b'.');
    if cell[0].is_ascii_digit() && cell.iter().any(mark) {
        if cell.get(4).is_some_and(mark) {
            reading.dates[0] = moment(text, DateOrder::YearMonthDay);
        } else {
            reading.dates[1] = moment(text, DateOrder::DayMonthYear);
            reading.dates[2] = moment(text, DateOrder::MonthDayYear);
        }
        let is_short = cell.len() <= 7 && cell.contains(&b'-');
        reading.month = is_short.then(|| month(text, DateOrder::YearMonthDay)).flatten();
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(cells: &[&str]) -> ColumnSurvey {
        let mut tally = Tally::default();
        cells.iter().for_each(|cell| tally.look(cell.as_bytes()));
        tally.finish("c".to_owned())
    }

    #[test]
    fn cells_are_counted_by_what_they_can_be() {
        let seen =
            survey(&["01-02-2024", "13-02-2024", "13-02-2024", "", "02/13/2024", "2024-02-13", "2024-02"]);
        assert_eq!((seen.filled, seen.blank, seen.different, seen.repeated), (6, 1, Some(5), Some(1)));
        assert_eq!((seen.dates.dmy, seen.dates.mdy, seen.dates.iso, seen.dates.month), (3, 2, 1, 1));
        let seen = survey(&["1,200", "12,5", "7", "7.5", "$3"]);
        let Numbers { point, comma, whole, least, most, sign } = seen.numbers;
        assert_eq!((point, comma, whole, least, most), (4, 3, 3, Some(3.0), Some(1200.0)));
        assert_eq!(sign, Some('$'));
        assert_eq!(survey(&["Yes", "no", "1.0", "FALSE", "maybe"]).yes_no, 4);
    }

    #[test]
    fn a_value_that_stands_twice_among_many_is_found() {
        let mut names: Vec<String> = (0..20_000).map(|row| format!("A-{row}")).collect();
        names[19_000] = "A-7".to_owned();
        let seen = survey(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((seen.different, seen.repeated), (Some(19_999), Some(1)));
        let few: Vec<&str> = (0..20_000).map(|row| if row % 3 == 0 { "x" } else { "y" }).collect();
        let seen = survey(&few);
        assert_eq!((seen.different, seen.repeated), (Some(2), None));
        assert_eq!(seen.values[0], ("y".to_owned(), Some(13_333)));
    }
}
