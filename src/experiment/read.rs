//! From files to an experiment whose expectations can be judged.
//!
//! A scenario may name metrics, which are known on this floor of the house only. So that all faults still
//! come in one pass, they are looked for in the same document that the scenario is read from.

use crate::language::document::Document;
use crate::language::fault::{FaultCode, Faults, OUT_OF_RANGE};
use crate::language::fault_codes;
use crate::language::nearest;
use crate::language::node::{Node, Value};
use crate::language::source::FileReader;
use crate::metrics::{self, CATALOGUE};
use crate::scenario::file::Relation;
use crate::scenario::load::{self, Experiment};

fault_codes! {
    /// Every kind of fault that can only be seen where metrics are known.
    UNKNOWN_METRIC = "unknown-metric": "A metric that is not in the catalogue.";
    UNKNOWN_VARIANT = "unknown-variant": "An expectation on a variant that the scenario does not have.";
    VARIANT_SETS_FRAME = "variant-sets-frame": "A variant that sets what all variants must share.";
    EXPECTATION_INCOMPLETE = "expectation-incomplete": "An expectation that does not say what is observed and held against what.";
}

/// Reads a scenario with its variants and expectations; `overrides` are texts of the form `path=value`, in
/// force for all variants.
///
/// # Errors
///
/// All faults of all files, variants and expectations, if there is any.
pub fn experiment(
    file: &str,
    overrides: &[String],
    files: &mut dyn FileReader,
) -> Result<Experiment, Faults> {
    let loaded = load::experiment(file, overrides, files);
    // What is wrong with the files themselves has been reported by the loading above.
    let mut known = Faults::default();
    let mut document = Document::load(file, files, &mut known);
    for written in overrides {
        document.set_from_text(written, &mut known);
    }
    let mut faults = loaded.as_ref().err().cloned().unwrap_or_default();
    Checking { document: &document, faults: &mut faults }.check();
    if let Ok(experiment) = &loaded {
        check_frame(experiment, &document, &mut faults);
    }
    if faults.is_empty() { loaded } else { Err(faults) }
}

/// What a variant cannot change, because variants are compared replication by replication and week by week.
const FRAME: [&str; 12] = [
    "name",
    "question",
    "start",
    "horizon",
    "replications",
    "seed",
    "confidence",
    "currency",
    "headline",
    "baseline",
    "variant",
    "expect",
];

/// Checks what an interval needs, and that all variants share it.
fn check_frame(experiment: &Experiment, document: &Document, faults: &mut Faults) {
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let confidence = file.confidence;
    if !(confidence.get() > 0.0 && confidence.get() < 1.0) {
        let message = format!("no interval has a confidence of {confidence}");
        let help = "write a share between 0% and 100%, such as \"95%\"";
        faults.report(document.fault(OUT_OF_RANGE, "confidence", message, help));
    }
    if experiment.replications == 0 {
        let help = "write 1 or more; intervals need at least 2";
        faults.report(document.fault(OUT_OF_RANGE, "replications", "nothing is run", help));
    }
    for variant in &experiment.variants {
        for (path, _) in &variant.changes {
            let first = path.split('.').next().unwrap_or_default().trim();
            if FRAME.contains(&first) {
                let at = format!("variant.{}.set", variant.name);
                let message =
                    format!("the variant `{}` sets `{first}`, which all variants share", variant.name);
                let help = format!("set `{first}` for the whole scenario, or make another scenario");
                faults.report(document.fault(VARIANT_SETS_FRAME, &at, message, help));
            }
        }
    }
}

struct Checking<'a> {
    document: &'a Document,
    faults: &'a mut Faults,
}

impl Checking<'_> {
    fn check(&mut self) {
        let entries = |key: &str| match self.top(key).map(|node| &node.value) {
            Some(Value::Array(entries)) => entries.as_slice(),
            _ => &[],
        };
        let names = |key: &str| entries(key).iter().filter_map(Node::name).collect::<Vec<_>>();
        let (headline, expectations) = (entries("headline").to_vec(), entries("expect").to_vec());
        let mut variants: Vec<String> = names("variant").into_iter().map(str::to_owned).collect();
        if variants.is_empty() {
            variants.push("baseline".to_owned());
        }
        for (at, node) in headline.iter().enumerate() {
            self.metric(&format!("headline[{}]", at + 1), node);
        }
        for (at, node) in expectations.iter().enumerate() {
            self.expectation(&format!("expect[{}]", at + 1), node, &variants);
        }
    }

    fn top(&self, key: &str) -> Option<&Node> {
        self.document.root.as_table()?.get(key)
    }

    fn expectation(&mut self, path: &str, node: &Node, variants: &[String]) {
        let Some(table) = node.as_table() else { return };
        if let Some(metric) = table.get("metric") {
            self.metric(&format!("{path}.metric"), metric);
        }
        for key in ["variant", "minus"] {
            let Some(name) = table.get(key).and_then(Node::as_text) else { continue };
            if !variants.iter().any(|variant| variant == name) {
                let variants: Vec<&str> = variants.iter().map(String::as_str).collect();
                let message = format!("there is no variant `{name}`");
                let help = nearest::hint(name, "variants", &variants);
                self.report(UNKNOWN_VARIANT, &format!("{path}.{key}"), message, help);
            }
        }
        let has = |key: &str| table.get(key).is_some();
        let wants_tolerance = table.get("relation").and_then(Node::as_text) == Some(Relation::Within.name());
        let lack = if has("digest") {
            let other =
                ["metric", "relation", "value", "tolerance", "minus"].into_iter().find(|key| has(key));
            other.map(|key| {
                (
                    format!("a digest is expected, and `{key}` says something else"),
                    format!("remove `{key}`, or make it an expectation of its own"),
                )
            })
        } else if let Some(key) = ["metric", "relation", "value"].into_iter().find(|key| !has(key)) {
            Some((
                format!("`{key}` is missing"),
                "write `metric`, `relation` and `value`, or `digest` alone".to_owned(),
            ))
        } else if wants_tolerance != has("tolerance") {
            let message =
                if wants_tolerance { "`tolerance` is missing" } else { "`tolerance` means nothing here" };
            Some((
                message.to_owned(),
                "`within` and `tolerance` belong together: value plus or minus tolerance".to_owned(),
            ))
        } else {
            None
        };
        if let Some((message, help)) = lack {
            self.report(EXPECTATION_INCOMPLETE, path, message, help);
        }
    }

    fn metric(&mut self, path: &str, node: &Node) {
        let Some(name) = node.as_text().filter(|name| metrics::find(name).is_none()) else { return };
        let near = metrics::nearest(name).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let help = format!("{near}`journeysim list metrics` shows all {}", CATALOGUE.len());
        self.report(UNKNOWN_METRIC, path, format!("there is no metric `{name}`"), help);
    }

    fn report(&mut self, code: FaultCode, path: &str, message: String, help: String) {
        self.faults.report(self.document.fault(code, path, message, help));
    }
}

#[cfg(test)]
mod tests {
    use crate::experiment::example::read;

    /// Code, path, line and help of every fault.
    fn faults(more: &str) -> Vec<(&'static str, String, u32, String)> {
        let faults = read(more).expect_err("there are faults");
        faults.into_iter().map(|fault| (fault.code, fault.path, fault.line, fault.help)).collect()
    }

    #[test]
    fn an_unknown_metric_is_found_where_it_stands_with_the_nearest_name() {
        let found = faults("headline = [\"logo_retention\", \"net_valu\"]\n");
        let [(code, path, line, help)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((*code, path.as_str(), *line), ("unknown-metric", "headline[2]", 2));
        assert!(help.contains("did you mean `net_value`?"), "{help}");
    }

    #[test]
    fn faults_of_settings_and_of_expectations_come_in_one_pass() {
        let found = faults(
            "horizon = \"soon\"\n[[expect]]\nmetric = \"nothing_known\"\nvariant = \"montly\"\nrelation = \">\"\n\
             value = 1.0\n[[variant]]\nname = \"monthly\"\n",
        );
        let codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes[1..], ["unknown-metric", "unknown-variant"], "{found:?}");
        assert!(found[2].3.contains("did you mean `monthly`?"));
    }

    #[test]
    fn an_expectation_must_say_what_is_observed_and_held_against_what() {
        for (expectation, is_complete) in [
            ("metric = \"net_value\"\nrelation = \">\"\nvalue = 1.0", true),
            ("metric = \"net_value\"\nvalue = 1.0", false),
            ("metric = \"net_value\"\nrelation = \"within\"\nvalue = 1.0", false),
            ("metric = \"net_value\"\nrelation = \"within\"\nvalue = 1.0\ntolerance = 0.1", true),
            ("metric = \"net_value\"\nrelation = \"<\"\nvalue = 1.0\ntolerance = 0.1", false),
            ("digest = \"00\"", true),
            ("digest = \"00\"\nminus = \"baseline\"", false),
            ("because = \"it was so\"", false),
        ] {
            let read = read(&format!("[[expect]]\n{expectation}\n"));
            let codes: Vec<&str> = read
                .err()
                .into_iter()
                .flat_map(|faults| faults.into_iter().map(|fault| fault.code))
                .collect();
            let expected: &[&str] = if is_complete { &[] } else { &["expectation-incomplete"] };
            assert_eq!(codes, expected, "{expectation}");
        }
    }

    #[test]
    fn what_all_variants_share_is_not_theirs_to_set() {
        let found = faults("[[variant]]\nname = \"longer\"\nset = { horizon = \"5y\" }\n");
        assert_eq!((found[0].0, found[0].1.as_str()), ("variant-sets-frame", "variant.longer.set"));
    }

    #[test]
    fn an_interval_needs_a_confidence_and_a_run_a_replication() {
        let found = faults("confidence = \"100%\"\nreplications = 0\n");
        let paths: Vec<&str> = found.iter().map(|(_, path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["confidence", "replications"]);
    }
}
