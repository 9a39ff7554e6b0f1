//! Distributions whose parameters are quantities.
//!
//! Written `{ dist = "triangular", low = "40m", mode = "60m", high = "120m" }`, or as the quantity itself,
//! which then never varies. `min` and `max` hold any distribution within limits. Observed values come from a
//! column of a file: `{ dist = "empirical", file = "calls.csv", column = "minutes" }`; each cell is written
//! like the quantity elsewhere. What the distributions are is [`base::dist`](crate::base::dist).

use std::marker::PhantomData;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::fault::DISTRIBUTION_INVALID;
use super::macros;
use super::node::Node;
use super::observed::observed;
use super::plain::Positive;
use super::quantity::{Quantity, Written};
use super::schema::Definitions;
use super::setting::{Reader, Setting};
use super::values::Text;
use crate::base::dist::{Bounded, Distribution, DistributionName};
use crate::base::random::{Purpose, Streams};

/// A distribution of values of the quantity `Q`, in the unit that `Q` states.
#[derive(Debug, Clone, PartialEq)]
pub struct Dist<Q> {
    bounded: Bounded,
    of: PhantomData<Q>,
}

const TAG: &str = "dist";

impl<Q: Quantity> Dist<Q> {
    /// Always the same value, for use as a default.
    #[must_use]
    pub fn constant(value: Q) -> Self {
        Self::new(Distribution::Constant { value: value.value() }, None, None)
    }

    fn new(of: Distribution, min: Option<f64>, max: Option<f64>) -> Self {
        Self { bounded: Bounded { of, min, max }, of: PhantomData }
    }

    /// The distribution of the numbers.
    #[must_use]
    pub fn bounded(&self) -> &Bounded {
        &self.bounded
    }

    /// Returns the value of the decision with this meaning (see [`Bounded::sample`]).
    #[must_use]
    pub fn sample(
        &self,
        streams: &Streams,
        purpose: Purpose,
        subject: u32,
        occurrence: u32,
        label: u32,
    ) -> f64 {
        self.bounded.sample(streams, purpose, subject, occurrence, label)
    }

    /// Returns the value that a draw stays below with probability `p`; `None` where there is no formula (see
    /// [`Bounded::quantile`]).
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        self.bounded.quantile(p)
    }

    fn names() -> Vec<&'static str> {
        Distribution::NAMES.iter().map(|entry| entry.name).collect()
    }
}

/// A distribution that can be drawn by its quantiles: any but gamma and beta.
///
/// For settings where one number between 0 and 1 decides several things together.
#[derive(Debug, Clone, PartialEq)]
pub struct Invertible<Q>(Dist<Q>);

impl<Q: Quantity> Invertible<Q> {
    /// Always the same value, for use as a default.
    #[must_use]
    pub fn constant(value: Q) -> Self {
        Self(Dist::constant(value))
    }

    /// Returns the value of the decision with this meaning (see [`Bounded::sample`]).
    #[must_use]
    pub fn sample(
        &self,
        streams: &Streams,
        purpose: Purpose,
        subject: u32,
        occurrence: u32,
        label: u32,
    ) -> f64 {
        self.0.sample(streams, purpose, subject, occurrence, label)
    }

    /// Returns the value that a draw stays below with probability `p`, strictly between 0 and 1.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.0.quantile(p).expect("reading refuses distributions without quantiles")
    }

    /// Returns the probability that a draw stays below `x`.
    #[must_use]
    pub fn probability_below(&self, x: f64) -> f64 {
        self.0.bounded.probability_below(x).expect("reading refuses distributions without quantiles")
    }
}

impl<Q: Quantity> Setting for Invertible<Q> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let dist = Dist::read(node, reader)?;
        if dist.quantile(0.5).is_some() {
            return Some(Self(dist));
        }
        let message =
            format!("{} has no formula for its quantiles, which are needed here", dist.bounded.of.name());
        let help = "use triangular, normal or log_normal, with min and max as limits";
        reader.fault(DISTRIBUTION_INVALID, node.origin, message, help)
    }

    fn schema(definitions: &mut Definitions) -> Json {
        Dist::<Q>::schema(definitions)
    }

    fn stand_in() -> Option<Self> {
        Dist::stand_in().map(Self)
    }

    fn wanted() -> String {
        Dist::<Q>::wanted()
    }
}

impl<Q> Serialize for Invertible<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<Q: Quantity> Setting for Dist<Q> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.is_scalar() || node.is_ranged() || node.as_table().is_none() {
            return Q::read(node, reader).map(Self::constant);
        }
        let name = reader.tag(node, TAG, &Self::wanted(), &Self::names())?;
        let entry = Distribution::NAMES.iter().find(|entry| entry.name == name)?;
        let keys: Vec<&str> = keys(entry).collect();
        reader.table(node, &Self::wanted(), &keys)?;
        let of = distribution::<Q>(name, node, reader);
        let min = reader.defaulted::<Option<Q>>(node, "min", || None);
        let max = reader.defaulted::<Option<Q>>(node, "max", || None);
        let dist = Self::new(of?, min?.map(Q::value), max?.map(Q::value));
        match dist.bounded.check() {
            Ok(()) => Some(dist),
            Err(fault) => {
                let help = format!(
                    "{name} is {}; its parameters are {}",
                    entry.summary,
                    entry.parameters.join(", ")
                );
                let message = as_written::<Q>(&fault.to_string(), node, entry);
                reader.fault(DISTRIBUTION_INVALID, node.origin, message, help)
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Json {
        definitions.define::<Self>(&format!("DistributionOf{}", Definitions::name_of::<Q>()), |definitions| {
            let mut forms = vec![Q::schema(definitions)];
            for entry in Distribution::NAMES {
                let mut fields: Vec<(&str, Json)> = Vec::new();
                for key in keys(entry).skip(1) {
                    let schema = match key {
                        "values" => Vec::<Q>::schema(definitions),
                        "weights" => Vec::<Positive>::schema(definitions),
                        "shape" => Positive::schema(definitions),
                        "file" | "column" => Text::schema(definitions),
                        _ => Q::schema(definitions),
                    };
                    fields.push((key, schema));
                }
                forms.push(macros::kind(TAG, entry.name, entry.summary, fields));
            }
            macros::one_kind(&format!("A distribution, or {}.", Q::WANTED), &forms)
        })
    }

    fn stand_in() -> Option<Self> {
        Q::stand_in().map(Self::constant)
    }

    fn wanted() -> String {
        format!(
            "{}, or a distribution {{ dist = \"triangular\", low = ..., mode = ..., high = ... }}",
            Q::WANTED
        )
    }
}

/// Shows the parameters in `text` as they are written, `"10d"` rather than 864000.
fn as_written<Q: Quantity>(text: &str, node: &Node, entry: &DistributionName) -> String {
    let parameter = |key: &str| {
        let node = node.as_table()?.get(key)?;
        let value = Q::parse(Written::of(node)?).ok()?.value();
        Some((value.to_string(), node.to_string()))
    };
    let parameters: Vec<_> = keys(entry).filter_map(parameter).collect();
    let words = text.split(' ').map(|word| {
        let number = word.trim_end_matches([';', ',', ')']);
        let written = parameters.iter().find(|(value, _)| value == number);
        written.map_or_else(|| word.to_owned(), |(_, written)| word.replacen(number, written, 1))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The keys of a table that states this distribution, the tag first.
fn keys(entry: &DistributionName) -> impl Iterator<Item = &'static str> {
    let from_file: &[&str] = if entry.name == "empirical" { &["file", "column"] } else { &[] };
    [TAG]
        .into_iter()
        .chain(entry.parameters.iter().copied())
        .chain(from_file.iter().copied())
        .chain(["min", "max"])
}

/// Reads the parameters of the distribution `name`.
fn distribution<Q: Quantity>(name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Distribution> {
    let mut of = |key: &str| reader.required::<Q>(node, key, "").map(Q::value);
    // Both parameters are read before either can end the reading, so that both can be at fault.
    Some(match name {
        "constant" => Distribution::Constant { value: of("value")? },
        "uniform" | "log_uniform" => {
            let (low, high) = (of("low"), of("high"));
            let (low, high) = (low?, high?);
            if name == "uniform" {
                Distribution::Uniform { low, high }
            } else {
                Distribution::LogUniform { low, high }
            }
        }
        "triangular" => {
            let (low, mode, high) = (of("low"), of("mode"), of("high"));
            Distribution::Triangular { low: low?, mode: mode?, high: high? }
        }
        "normal" | "log_normal" | "gamma" | "beta" => {
            let (mean, sd) = (of("mean"), of("sd"));
            let (mean, sd) = (mean?, sd?);
            match name {
                "normal" => Distribution::Normal { mean, sd },
                "log_normal" => Distribution::LogNormal { mean, sd },
                "gamma" => Distribution::Gamma { mean, sd },
                _ => Distribution::Beta { mean, sd },
            }
        }
        "exponential" => Distribution::Exponential { mean: of("mean")? },
        "weibull" => {
            let scale = of("scale");
            let shape = reader.required::<Positive>(node, "shape", "");
            Distribution::Weibull { shape: shape?.get(), scale: scale? }
        }
        "poisson" => Distribution::Poisson { mean: of("mean")? },
        "discrete" => {
            let values = reader.required::<Vec<Q>>(node, "values", "");
            let weights = reader.required::<Vec<Positive>>(node, "weights", "");
            let weights = weights?.into_iter().map(Positive::get).collect();
            Distribution::Discrete { values: numbers(values?), weights }
        }
        "empirical" => {
            let mut values = if node.as_table()?.get("file").is_some() {
                let column = reader.required::<Text>(node, "column", "the heading of the values");
                observed::<Q>(
                    node.as_table()?.get("file")?,
                    node.as_table()?.get("column"),
                    &column?,
                    reader,
                )?
            } else {
                numbers(reader.required::<Vec<Q>>(node, "values", "or file and column")?)
            };
            values.sort_by(f64::total_cmp);
            Distribution::Empirical { values }
        }
        _ => return None,
    })
}

fn numbers<Q: Quantity>(quantities: Vec<Q>) -> Vec<f64> {
    quantities.into_iter().map(Q::value).collect()
}

/// A distribution as it would be written, with parameters as plain numbers.
impl<Q> Serialize for Dist<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = &self.bounded.of;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(TAG, of.name())?;
        match of {
            Distribution::Constant { value } => map.serialize_entry("value", value)?,
            Distribution::Uniform { low, high } | Distribution::LogUniform { low, high } => {
                map.serialize_entry("low", low)?;
                map.serialize_entry("high", high)?;
            }
            Distribution::Triangular { low, mode, high } => {
                map.serialize_entry("low", low)?;
                map.serialize_entry("mode", mode)?;
                map.serialize_entry("high", high)?;
            }
            Distribution::Normal { mean, sd }
            | Distribution::LogNormal { mean, sd }
            | Distribution::Gamma { mean, sd }
            | Distribution::Beta { mean, sd } => {
                map.serialize_entry("mean", mean)?;
                map.serialize_entry("sd", sd)?;
            }
            Distribution::Exponential { mean } | Distribution::Poisson { mean } => {
                map.serialize_entry("mean", mean)?;
            }
            Distribution::Weibull { shape, scale } => {
                map.serialize_entry("shape", shape)?;
                map.serialize_entry("scale", scale)?;
            }
            Distribution::Discrete { values, weights } => {
                map.serialize_entry("values", values)?;
                map.serialize_entry("weights", weights)?;
            }
            Distribution::Empirical { values } => map.serialize_entry("values", values)?,
        }
        if let Some(min) = self.bounded.min {
            map.serialize_entry("min", &min)?;
        }
        if let Some(max) = self.bounded.max {
            map.serialize_entry("max", &max)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Faults, Share, Span, Texts, settings};
    use super::*;

    settings! {
        /// Two distributions.
        struct Two {
            /// A duration.
            span: Option<Dist<Span>>,
            /// A share.
            share: Option<Dist<Share>>,
        }
    }

    fn read(text: &str) -> (Option<Two>, Vec<String>) {
        let text = format!(
            "assume.mode = {{ low = \"50m\", base = \"1h\", high = \"70m\", source = \"s\" }}\n{text}"
        );
        let calls = "minutes, share\n60m,0.5\n\"40m\",25%\n90m,0\n";
        let wrong = "m\n60\n60m\n-1d\n";
        let mut files = Texts::new([
            ("s/x.toml", text.as_str()),
            ("data/calls.csv", calls),
            ("data/wrong.csv", wrong),
            ("data/none.csv", "m\n"),
        ]);
        let mut faults = Faults::default();
        let document = Document::load("s/x.toml", &mut files, &mut faults);
        let reading = document.read::<Two>(&mut files, &mut faults);
        assert_eq!(reading.value.is_none(), !faults.is_empty());
        let shown = faults
            .iter()
            .map(|fault| format!("{} {}: {}; {}", fault.path, fault.code, fault.message, fault.help));
        (reading.value, shown.collect())
    }

    fn span(text: &str) -> Bounded {
        let (two, faults) = read(&format!("span = {text}"));
        assert_eq!(faults, Vec::<String>::new(), "{text}");
        two.and_then(|two| two.span).expect("there is no fault").bounded
    }

    #[test]
    fn every_distribution_of_the_base_can_be_written() {
        for entry in Distribution::NAMES {
            let parameters: Vec<String> = entry
                .parameters
                .iter()
                .map(|parameter| {
                    let value = match *parameter {
                        "low" => "\"10m\"",
                        "high" => "\"2h\"",
                        "sd" => "\"1s\"",
                        "shape" => "1.5",
                        "values" => "[\"1m\", \"2m\"]",
                        "weights" => "[1, 2]",
                        _ if entry.name == "poisson" => "\"5m\"",
                        _ => "\"1h\"",
                    };
                    format!("{parameter} = {value}")
                })
                .collect();
            if entry.name == "beta" {
                let (two, faults) = read("share = { dist = \"beta\", mean = \"30%\", sd = \"15%\" }");
                assert_eq!(
                    (two.and_then(|two| two.share).map(|dist| dist.bounded.of.name()), faults),
                    (Some("beta"), vec![])
                );
                continue;
            }
            let written = format!("{{ dist = \"{}\", {}, min = \"1m\" }}", entry.name, parameters.join(", "));
            let read = span(&written);
            assert_eq!((read.of.name(), read.min, read.max), (entry.name, Some(60.0), None), "{written}");
        }
    }

    #[test]
    fn parameters_are_quantities_and_may_be_assumptions() {
        let triangular = Distribution::Triangular { low: 2400.0, mode: 3600.0, high: 7200.0 };
        assert_eq!(
            span("{ dist = \"triangular\", low = \"40m\", mode = \"mode\", high = \"2h\" }").of,
            triangular
        );
        assert_eq!(span("\"mode\"").of, Distribution::Constant { value: 3600.0 });
        assert_eq!(span("\"1d\"").of, Distribution::Constant { value: 86_400.0 });
    }

    #[test]
    fn observed_values_come_from_a_column_of_a_file() {
        let (two, faults) = read(
            "span = { dist = \"empirical\", file = \"../data/calls.csv\", column = \"minutes\" }\n\
             share = { dist = \"empirical\", file = \"../data/calls.csv\", column = \"share\" }",
        );
        assert_eq!(faults, Vec::<String>::new());
        let values = |dist: Option<Bounded>| match dist.map(|bounded| bounded.of) {
            Some(Distribution::Empirical { values }) => values,
            other => panic!("{other:?}"),
        };
        let two = two.expect("there is no fault");
        assert_eq!(values(two.span.map(|dist| dist.bounded)), [2400.0, 3600.0, 5400.0]);
        assert_eq!(values(two.share.map(|dist| dist.bounded)), [0.0, 0.25, 0.5]);
    }

    #[test]
    fn where_quantiles_are_needed_beta_is_refused() {
        settings! {
            /// A share drawn by its quantiles.
            struct One {
                /// The share.
                share: Invertible<Share> = Invertible::constant(Share::of(0.5)),
            }
        }
        let read = |text: &str| {
            let mut files = Texts::new([("x.toml", text)]);
            let mut faults = Faults::default();
            let reading =
                Document::load("x.toml", &mut files, &mut faults).read::<One>(&mut files, &mut faults);
            (reading.value.map(|one| one.share.quantile(0.25)), faults.to_string())
        };
        assert_eq!(read("share = { dist = \"uniform\", low = \"20%\", high = \"60%\" }").0, Some(0.3));
        assert_eq!(read("").0, Some(0.5));
        let (none, fault) = read("share = { dist = \"beta\", mean = \"20%\", sd = \"6%\" }");
        assert!(none.is_none() && fault.contains("beta has no formula for its quantiles"), "{fault}");
    }

    #[test]
    #[rustfmt::skip]
    fn what_is_wrong_with_a_distribution_is_said() {
        for (text, wanted) in [
            ("span = { dist = \"triangle\", low = \"1m\" }", "span.dist unknown-choice: \"triangle\" is no dist; did you mean `triangular`? choices: constant, uniform, log_uniform, triangular, normal, log_normal, exponential, gamma, beta, weibull, poisson, discrete, empirical"),
            ("span = { dist = \"uniform\", low = \"1m\", hi = \"2m\", high = \"3m\" }", "span.hi unknown-key: `hi` means nothing here; keys: dist, low, high, min, max"),
            ("span = { dist = \"uniform\", low = \"1m\" }", "span.high missing-key: `high` is missing; add `high`: a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\""),
            ("span = { dist = \"uniform\", low = \"3m\", high = \"2m\" }", "span distribution-invalid: low is \"3m\" and high is \"2m\"; low must be below high (constant has a single value); uniform is every value of a range, equally likely; its parameters are low, high"),
            ("span = { dist = \"empirical\", file = \"../data/call.csv\", column = \"m\" }", "span.file file-missing: there is no file data/call.csv; did you mean `calls.csv`?"),
            ("span = { dist = \"empirical\", file = \"../data/calls.csv\", column = \"minute\" }", "span.column column-missing: \"../data/calls.csv\" has no column `minute`; did you mean `minutes`? columns: minutes, share"),
            ("span = { dist = \"empirical\", file = \"../data/none.csv\", column = \"m\" }", "span data-empty: \"../data/none.csv\" has no rows; name a file with at least one value"),
            ("share = 35", "share missing-percent: 35 has no percent sign; write \"35%\" or 0.35"),
        ] {
            assert_eq!(read(text).1, [wanted], "{text}");
        }
        let (_, rows) = read("span = { dist = \"empirical\", file = \"../data/wrong.csv\", column = \"m\" }");
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert!(rows.iter().any(|row| row.contains("line 4: \"-1d\" is negative")), "{rows:?}");
    }
}
