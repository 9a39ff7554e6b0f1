//! Assumptions: values nobody can look up, stated with their range and their source.
//!
//! An assumption is a table `{ low = "15%", base = "35%", high = "60%", source = "assumption" }`, with a
//! `note` if one is needed. It stands where the value is wanted, or under a name in `[assume]`; then that
//! name is written where the value is wanted. The base is what a run uses; the range is for sensitivity.
//! Each use is recorded, so that a report can say which assumptions an answer rests on.

use serde::Serialize;
use serde_json::Value as Json;

use super::fault::{
    ASSUMPTION_MALFORMED, EMPTY_TEXT, Fault, OUTSIDE_RANGE, RANGE_ORDER, UNKNOWN_ASSUMPTION, WRONG_CURRENCY,
};
use super::nearest::nearest;
use super::node::{Node, Table, Value};
use super::overrides::ASSUME;
use super::path;
use super::quantity::{Complaint, Quantity, Written, with_article};
use super::schema::Definitions;
use super::setting::{Reader, Setting};

const KEYS: [&str; 5] = ["low", "base", "high", "source", "note"];
const FORM: &str = "{ low = ..., base = ..., high = ..., source = \"...\" }";

/// One use of an assumption by a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssumptionUse {
    /// Its name in `[assume]`; `None` for one that stands where it is used.
    pub name: Option<String>,
    /// The setting that uses it.
    pub path: String,
    /// What an override changes to try another value: `assume.call-accepted`, or the setting itself.
    pub key: String,
    /// The kind of quantity, such as `share`.
    pub kind: &'static str,
    /// The lowest value thought possible.
    pub low: Level,
    /// The value used.
    pub base: Level,
    /// The highest value thought possible.
    pub high: Level,
    /// Where the numbers come from.
    pub source: String,
}

/// A value of an assumption.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The number, in the unit of its kind.
    pub value: f64,
    /// The value as written.
    pub written: String,
}

/// The assumptions of a document and what became of them.
#[derive(Default)]
pub(super) struct Assumptions<'a> {
    named: Option<&'a Table>,
    pub(super) uses: Vec<AssumptionUse>,
    pub(super) notes: Vec<Fault>,
}

impl<Q: Quantity> Setting for Q {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match Written::of(node) {
            Some(written) => match (reader.quantity(written), node.as_text()) {
                (Ok(quantity), _) => Some(quantity),
                (Err(_), Some(name)) if is_name(name) => reader.named_assumption(node, name),
                (Err(complaint), _) => reader.complain(node, complaint),
            },
            None if node.as_table().is_some() => reader.inline_assumption(node),
            None => reader.wrong_type(node, Q::WANTED),
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        definitions.quantity::<Q>()
    }

    fn wanted() -> String {
        Q::WANTED.to_owned()
    }

    fn stand_in() -> Option<Self> {
        let text = ["50%", "12mo", "1d", "1 per year", "+1%", "+1pp"].map(Written::Text);
        text.into_iter().chain([Written::Integer(1)]).find_map(|written| Q::parse(written).ok())
    }
}

impl<'a> Reader<'a> {
    /// Takes in `[assume]` and checks the form of everything in it.
    pub(super) fn take_assumptions(&mut self, assume: Option<&'a Node>) {
        let Some(node) = assume else { return };
        self.within(ASSUME, |reader| {
            let Some(table) = node.as_table() else {
                return reader.wrong_type::<()>(node, "a table of assumptions");
            };
            reader.assumptions.named = Some(table);
            for (key, node) in table.iter() {
                reader.within(&key.text, |reader| reader.check_form(node).then_some(()));
            }
            Some(())
        });
    }
}

impl<'a> Reader<'a> {
    /// Reads a quantity, which must be in the scenario's currency if in any.
    fn quantity<Q: Quantity>(&self, written: Written<'_>) -> Result<Q, Complaint> {
        let quantity = Q::parse(written)?;
        match Q::currency(written) {
            Some(currency) if currency != self.currency => {
                let message =
                    format!("{written} is in {currency}, and the scenario's currency is {}", self.currency);
                let help = format!("write the amount in {}, or set `currency`", self.currency);
                Err(Complaint::new(WRONG_CURRENCY, message, help))
            }
            _ => Ok(quantity),
        }
    }

    /// Checks that a node has the form of an assumption, whatever its values mean.
    fn check_form(&mut self, node: &Node) -> bool {
        if node.is_scalar() {
            let message = format!("{node} is a value without range and source");
            let form = FORM.replacen("base = ...", &format!("base = {node}"), 1);
            let meant =
                self.assumption_meant().map_or(String::new(), |near| format!("did you mean `{near}`? or "));
            let help = format!("{meant}write {form}");
            return self.fault::<()>(ASSUMPTION_MALFORMED, node.origin, message, help).is_some();
        }
        let Some(table) = self.table(node, &format!("an assumption {FORM}"), &KEYS) else { return false };
        let mut complete = true;
        for key in &KEYS[..4] {
            match table.get(key) {
                None => {
                    complete = false;
                    self.missing::<()>(node, key, format!("an assumption is written {FORM}"));
                }
                Some(text) if *key == "source" => {
                    complete &= self.within(key, |reader| reader.check_source(text)).is_some();
                }
                Some(value) if value.is_scalar() => {}
                Some(value) => {
                    complete = false;
                    self.within(key, |reader| reader.wrong_type::<()>(value, "a plain value"));
                }
            }
        }
        complete
    }

    /// The other assumption that somebody may have meant to set who wrote a value under the name that is being read.
    fn assumption_meant(&self) -> Option<&'a str> {
        let name = path::split(&self.path).ok()?.pop()?;
        let others =
            self.assumptions.named?.iter().filter(|(key, other)| key.text != name && !other.is_scalar());
        nearest(&name, others.map(|(key, _)| key.text.as_str()))
    }

    fn check_source(&mut self, node: &Node) -> Option<()> {
        const HELP: &str = "say where the numbers come from, or \"assumption\" if from nowhere";
        match node.as_text() {
            Some(text) if text.trim().is_empty() => {
                self.fault(EMPTY_TEXT, node.origin, "the source is empty", HELP)
            }
            Some(_) => Some(()),
            None => self.wrong_type(node, "a text"),
        }
    }

    fn named_assumption<Q: Quantity>(&mut self, node: &Node, name: &str) -> Option<Q> {
        let named = self.assumptions.named;
        if let Some(assumption) = named.and_then(|named| named.get(name)) {
            return self.assumption(assumption, Some(name));
        }
        if self.faults.is_incomplete() {
            return None;
        }
        let names = named.into_iter().flat_map(Table::keys);
        let meant = nearest(name, names).map_or(String::new(), |near| format!("did you mean `{near}`? or "));
        let message = format!("{node} is neither {} nor the name of an assumption", with_article(Q::KIND));
        self.fault(UNKNOWN_ASSUMPTION, node.origin, message, format!("{meant}write {}", Q::WANTED))
    }

    fn inline_assumption<Q: Quantity>(&mut self, node: &Node) -> Option<Q> {
        // An override may have put the name of another assumption in place of the base.
        let base = node.as_table().and_then(|table| table.get("base"));
        if let Some((base, name)) = base.and_then(|base| Some((base, base.as_text()?)))
            && Written::of(base).is_some_and(|written| Q::parse(written).is_err())
            && is_name(name)
        {
            return self.named_assumption(base, name);
        }
        if self.check_form(node) { self.assumption(node, None) } else { None }
    }

    /// Reads low, base and high as a quantity, compares them, and records the use.
    fn assumption<Q: Quantity>(&mut self, node: &Node, name: Option<&str>) -> Option<Q> {
        let user = self.path.clone();
        if let Some(name) = name {
            self.path.clear();
            path::push(&mut self.path, ASSUME);
            path::push(&mut self.path, name);
        }
        let key = self.path.clone();
        let levels =
            (self.level::<Q>(node, "low"), self.level::<Q>(node, "base"), self.level::<Q>(node, "high"));
        let ordered = match levels {
            (Some(low), Some(base), Some(high)) => {
                self.check_order(node, low, base, high).then_some((low, base, high))
            }
            _ => None,
        };
        self.path.clone_from(&user);
        let (low, base, high) = ordered?;
        let level = |key: &str, quantity: Q| Level { value: quantity.value(), written: written(node, key) };
        let assumption = AssumptionUse {
            name: name.map(str::to_owned),
            path: user,
            key,
            kind: Q::KIND,
            low: level("low", low),
            base: level("base", base),
            high: level("high", high),
            source: written(node, "source"),
        };
        self.assumptions.uses.push(assumption);
        Some(base)
    }

    fn level<Q: Quantity>(&mut self, node: &Node, key: &str) -> Option<Q> {
        let value = node.as_table()?.get(key)?;
        match self.quantity(Written::of(value)?) {
            Ok(quantity) => Some(quantity),
            Err(complaint) => self.within(key, |reader| reader.complain(value, complaint)),
        }
    }

    fn check_order<Q: Quantity>(&mut self, node: &Node, low: Q, base: Q, high: Q) -> bool {
        let place = |key: &str| node.as_table().and_then(|table| table.get(key)).unwrap_or(node);
        let order = |reader: &mut Self, key: &str, message: String| {
            reader.within(key, |reader| {
                let help = "write low, base and high in ascending order";
                reader.fault::<()>(RANGE_ORDER, place(key).origin, message, help)
            });
            false
        };
        if low.value() > high.value() {
            return order(self, "low", format!("low is {low} and high is {high}"));
        }
        if low.value() <= base.value() && base.value() <= high.value() {
            return true;
        }
        if !place("base").replaced {
            return order(self, "base", format!("base is {base}, outside {low} to {high}"));
        }
        let message = format!("{base} is outside its stated range of {low} to {high}");
        let origin = place("base").origin;
        let note = Fault::new(OUTSIDE_RANGE, self.sources, origin, self.path.as_str(), message, "");
        if !self.assumptions.notes.contains(&note) {
            self.assumptions.notes.push(note);
        }
        true
    }
}

/// Whether a text can be the name of an assumption.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// A value as written, without quotes.
fn written(node: &Node, key: &str) -> String {
    match node.as_table().and_then(|table| table.get(key)) {
        Some(Node { value: Value::String(text), .. }) => text.clone(),
        Some(node) => node.to_string(),
        None => String::new(),
    }
}
