//! Time zones, by their names in the IANA database.

use std::fmt;

use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::fault::UNKNOWN_TIME_ZONE;
use super::nearest;
use super::node::Node;
use super::schema::Definitions;
use super::setting::{Reader, Setting};

/// A time zone with its history and its summer time: `"Europe/Berlin"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// The zone.
    #[must_use]
    pub const fn get(self) -> Tz {
        self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

/// The zone that somebody who wrote `written` most likely meant: a city finds the zone that is called after it.
fn meant(written: &str) -> Option<&'static str> {
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = written.rsplit('/').next().unwrap_or(written).trim().replace(' ', "_").to_lowercase();
    let called = |name: &&str| name.rsplit('/').next().is_some_and(|last| last.to_lowercase() == city);
    names().find(called).or_else(|| nearest::nearest(written, names()))
}

impl Setting for Zone {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.as_text() else { return reader.wrong_type(node, &Self::wanted()) };
        if let Ok(zone) = text.parse::<Tz>() {
            return Some(Self(zone));
        }
        let help = match meant(text) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => format!("write {}", Self::wanted()),
        };
        reader.fault(UNKNOWN_TIME_ZONE, node.origin, format!("{node} is no time zone"), help)
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_+/-]+$" })
    }

    fn stand_in() -> Option<Self> {
        Some(Self(Tz::UTC))
    }

    fn wanted() -> String {
        "a time zone of the IANA database such as \"Europe/Berlin\"".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_slip_or_a_city_finds_its_zone() {
        assert_eq!(meant("Europe/Berln"), Some("Europe/Berlin"));
        assert_eq!(meant("europe/london"), Some("Europe/London"));
        assert_eq!(meant("New York"), Some("America/New_York"));
        assert_eq!(meant("US/Los_Angeles"), Some("America/Los_Angeles"));
        assert_eq!(meant("headquarters"), None);
    }
}
