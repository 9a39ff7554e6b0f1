//! Days of a run: a date, or so long after the start.

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::node::{Node, Value};
use super::schema::Definitions;
use super::setting::{Reader, Setting};
use super::{Date, Span};

/// A day of a run: `2025-01-01`, or `"90d"` after its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On this date.
    On(Date),
    /// So long after the first day, in whole days; a part of a day is cut off.
    After(Span),
}

impl When {
    /// Returns the date in a run that begins on `start`; [`None`] if it lies beyond all calendars.
    #[must_use]
    pub fn date(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::On(date) => Some(date.get()),
            Self::After(span) => start.checked_add_days(Days::new(span.get() as u64 / 86_400)),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => date.fmt(f),
            Self::After(span) => span.fmt(f),
        }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(date) => date.serialize(serializer),
            Self::After(span) => span.serialize(serializer),
        }
    }
}

impl Setting for When {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let is_date = match &node.value {
            Value::Date(_) => true,
            Value::String(text) => text.parse::<NaiveDate>().is_ok(),
            _ => false,
        };
        if is_date {
            return Date::read(node, reader).map(Self::On);
        }
        if matches!(node.value, Value::Boolean(_) | Value::Array(_)) {
            return reader.wrong_type(node, &Self::wanted());
        }
        Span::read(node, reader).map(Self::After)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        json!({ "anyOf": [Date::schema(definitions), Span::schema(definitions)] })
    }

    fn stand_in() -> Option<Self> {
        Some(Self::After(Span::days(0)))
    }

    fn wanted() -> String {
        "a day such as 2025-01-01, or a time after the start such as \"90d\"".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Texts;
    use crate::language::document::Document;
    use crate::language::fault::Faults;

    super::super::settings! {
        /// Something that happens.
        struct Happening {
            /// When.
            when: When,
        }
    }

    fn read(written: &str) -> Result<Option<NaiveDate>, String> {
        let text = format!("when = {written}\n");
        let mut files = Texts::new([("x.toml", text.as_str())]);
        let mut faults = Faults::default();
        let document = Document::load("x.toml", &mut files, &mut faults);
        let happening = document.read::<Happening>(&mut files, &mut faults).value;
        let leap = NaiveDate::from_ymd_opt(2024, 2, 1).unwrap();
        happening.map(|it| it.when.date(leap)).ok_or_else(|| faults.iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn a_day_is_a_date_or_a_time_after_the_start() {
        let date = |year, month, day| Ok(NaiveDate::from_ymd_opt(year, month, day));
        assert_eq!(read("2025-02-01"), date(2025, 2, 1));
        assert_eq!(read("\"0d\""), date(2024, 2, 1));
        assert_eq!(read("\"29d\""), date(2024, 3, 1));
        assert_eq!(read("\"52w2d\""), date(2025, 2, 1));
        assert_eq!(read("\"2025-02-01\""), Err("quoted-date".to_owned()));
        assert_eq!(read("90"), Err("missing-unit".to_owned()));
        assert_eq!(read("true"), Err("wrong-type".to_owned()));
    }
}
