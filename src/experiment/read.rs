//! From files to an experiment whose expectations can be judged.
//!
//! A scenario may name metrics, which are known on this floor of the house only. So that all faults still
//! come in one pass, they are looked for in the same document that the scenario is read from.

use crate::base::stats::Better;
use crate::experiment::calibrate::figure::{Figure, SHOWN, TOLD};
use crate::language::document::Document;
use crate::language::fault::{Faults, OUT_OF_RANGE};
use crate::language::fault_codes;
use crate::language::nearest;
use crate::language::node::{Node, Value};
use crate::language::source::FileReader;
use crate::metrics::luck::Control;
use crate::metrics::{self, CATALOGUE, Unit};
use crate::scenario::load::{self, Experiment};
use crate::scenario::sensitivity::Method;

fault_codes! {
    /// Every kind of fault that can only be seen where metrics are known.
    UNKNOWN_METRIC = "unknown-metric": "A metric that is not in the catalogue.";
    NO_CONTROL_VARIATES = "no-control-variates": "Control variates of a metric that luck at renewals does not move.";
    FIGURE_NOT_SHOWN = "figure-not-shown": "A fit aims at a metric that no history shows, and nothing says what happened.";
    NO_DIRECTION = "no-direction": "A decision by a metric of which neither more nor less is better.";
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
    let mut faults = Faults::default();
    let document = load::document(file, overrides, files, &mut faults);
    let loaded = load::experiment_of(&document, file, overrides, files, faults);
    let mut faults = loaded.as_ref().err().cloned().unwrap_or_default();
    Metrics { document: &document, faults: &mut faults }.check();
    if faults.is_empty() { loaded } else { Err(faults) }
}

/// Fractions that may be more than one: revenue may grow, a soft cap lets more users in than there are seats, and advisors may
/// work longer than they are staffed.
const MAY_PASS_ONE: [&str; 6] = [
    "net_revenue_retention",
    "utilization_mean",
    "utilization_p25",
    "utilization_p50",
    "utilization_p75",
    "advisor_utilization",
];

/// Looks for metrics by name wherever a scenario can name one.
struct Metrics<'a> {
    document: &'a Document,
    faults: &'a mut Faults,
}

impl Metrics<'_> {
    fn check(&mut self) {
        for (at, node) in self.entries("headline").iter().enumerate() {
            self.metric(&format!("headline[{}]", at + 1), node);
        }
        for (at, node) in self.entries("expect").iter().enumerate() {
            let Some(table) = node.as_table() else { continue };
            let path = format!("expect[{}]", at + 1);
            if let Some(metric) = table.get("metric") {
                self.metric(&format!("{path}.metric"), metric);
            }
            let is_difference = table.get("minus").or(table.get("change")).is_some();
            self.shares(&path, table.get("metric"), node, is_difference);
        }
        self.tables("staff", "target");
        self.figures();
        let root = self.document.root.as_table();
        let precision = root.and_then(|table| table.get("precision")).and_then(Node::as_table);
        if let Some(metric) = precision.and_then(|table| table.get("metric")).cloned() {
            self.metric("precision.metric", &metric);
            self.controlled(&metric, precision.and_then(|table| table.get("control_variates")).cloned());
        }
        self.directed("selection.metric");
        self.directed("optimize.objective");
        self.tables("optimize", "limit");
        let frontier = self.listed("optimize", "frontier");
        for (at, node) in (1..).zip(frontier) {
            self.decisive(&format!("optimize.frontier[{at}]"), &node);
        }
        self.sensitivity();
    }

    /// The metric of a question about assumptions; a decision needs one that can be better or worse.
    fn sensitivity(&mut self) {
        let root = self.document.root.as_table();
        let Some(question) = root.and_then(|table| table.get("sensitivity")).and_then(Node::as_table) else {
            return;
        };
        let Some(metric) = question.get("metric").cloned() else { return };
        let decides = question.get("method").and_then(Node::as_text) == Some(Method::Worlds.name());
        let path = "sensitivity.metric";
        self.metric(path, &metric);
        let known = metric.as_text().and_then(metrics::find);
        if let Some(known) = known.filter(|known| decides && known.better == Better::Neither) {
            let message =
                format!("neither more nor less {} is better, so nothing can be decided by it", known.name);
            let help = "name a metric such as net_value, or write method = \"sobol\"";
            self.faults.report(self.document.fault(NO_DIRECTION, path, message, help));
        }
    }

    /// The metric of a precision, whose interval may be made with control variates: then it needs some.
    fn controlled(&mut self, metric: &Node, asked: Option<Node>) {
        let known = metric.as_text().and_then(metrics::find);
        let is_asked = asked.is_some_and(|node| matches!(node.value, Value::Boolean(true)));
        let without = known.filter(|known| is_asked && Control::of(known.name).is_empty());
        if let Some(metric) = without {
            let message = format!("no luck at renewals or expansions can be taken out of {}", metric.name);
            let with = CATALOGUE.iter().map(|metric| metric.name);
            let with: Vec<&str> = with.filter(|name| !Control::of(name).is_empty()).collect();
            let help = format!("leave it out, or ask for one of {}", with.join(", "));
            let path = "precision.control_variates";
            self.faults.report(self.document.fault(NO_CONTROL_VARIATES, path, message, help));
        }
    }

    /// A metric, at a path of two keys, by which is decided.
    fn directed(&mut self, path: &str) {
        let at = path.split_once('.').and_then(|(table, key)| {
            self.document.root.as_table()?.get(table)?.as_table()?.get(key).cloned()
        });
        if let Some(node) = at {
            self.decisive(path, &node);
        }
    }

    /// A metric by which is decided: one that can be better or worse.
    fn decisive(&mut self, path: &str, node: &Node) {
        self.metric(path, node);
        let known = node.as_text().and_then(metrics::find);
        if let Some(known) = known.filter(|known| known.better == Better::Neither) {
            let message =
                format!("neither more nor less {} is better, so nothing can be decided by it", known.name);
            let help = "name a metric such as net_value; `journeysim list metrics` says which way is better";
            self.faults.report(self.document.fault(NO_DIRECTION, path, message, help));
        }
    }

    /// The metrics of a list of tables inside a table.
    fn tables(&mut self, table: &str, list: &str) {
        for (at, node) in (1..).zip(self.listed(table, list)) {
            let Some(entry) = node.as_table() else { continue };
            let path = format!("{table}.{list}[{at}]");
            if let Some(metric) = entry.get("metric") {
                self.metric(&format!("{path}.metric"), metric);
            }
            let unlimited = entry.get("against_unlimited").map(|node| &node.value);
            let is_difference = matches!(unlimited, Some(Value::Boolean(true)));
            self.shares(&path, entry.get("metric"), &node, is_difference);
        }
    }

    /// The figures that a fit aims at: what happened to a metric has to be stated.
    fn figures(&mut self) {
        for (at, node) in (1..).zip(self.listed("calibrate", "target")) {
            let Some(table) = node.as_table() else { continue };
            let Some(name) = table.get("figure").and_then(Node::as_text) else { continue };
            self.shares(&format!("calibrate.target[{at}]"), table.get("figure"), &node, false);
            let path = format!("calibrate.target[{at}].figure");
            match Figure::find(name) {
                Some(Figure::Metric(_)) if table.get("value").is_none() && !TOLD.contains(&name) => {
                    let message = format!("no history shows {name}");
                    let help = "state what happened with `value`";
                    self.faults.report(self.document.fault(FIGURE_NOT_SHOWN, &path, message, help));
                }
                Some(_) => {}
                None => {
                    let metrics = CATALOGUE.iter().map(|it| it.name);
                    let only_metrics = metrics.filter(|name| SHOWN.iter().all(|(shown, ..)| shown != name));
                    let names: Vec<&str> = SHOWN.iter().map(|(name, ..)| *name).chain(only_metrics).collect();
                    let help = nearest::hint(name, "figures", &names);
                    let message = format!("there is no figure `{name}`");
                    self.faults.report(self.document.fault(UNKNOWN_METRIC, &path, message, help));
                }
            }
        }
    }

    /// The value and the tolerance that an entry asks of a metric: of a fraction they are fractions, and no per cent.
    fn shares(&mut self, path: &str, metric: Option<&Node>, entry: &Node, is_difference: bool) {
        let Some(name) = metric.and_then(Node::as_text) else { return };
        // All figures that only a history shows are fractions.
        let is_fraction =
            metrics::find(name).map_or(Figure::find(name).is_some(), |it| it.unit == Unit::Fraction);
        if !is_fraction {
            return;
        }
        let most = if MAY_PASS_ONE.contains(&name) { 10.0 } else { 1.0 };
        let least = if is_difference { -most } else { 0.0 };
        // That no tolerance is negative is seen to elsewhere.
        for (key, least) in [("value", least), ("tolerance", f64::NEG_INFINITY)] {
            let node = entry.as_table().and_then(|table| table.get(key));
            let number = match node.map(|node| &node.value) {
                Some(&Value::Float(number)) => number,
                Some(&Value::Integer(number)) => number as f64,
                _ => continue,
            };
            if number >= least && number <= most {
                continue;
            }
            let message = format!("{name} is a fraction, and {number} would be {} %", number * 100.0);
            let help = if number > 1.0 && number <= 100.0 {
                format!("write {}", number / 100.0)
            } else {
                format!("write a fraction from {} to {most}", least.max(-most))
            };
            let path = format!("{path}.{key}");
            self.faults.report(self.document.fault(OUT_OF_RANGE, &path, message, help));
        }
    }

    /// The entries of a list inside a table.
    fn listed(&self, table: &str, list: &str) -> Vec<Node> {
        let root = self.document.root.as_table();
        let node = root.and_then(|root| root.get(table)?.as_table()?.get(list));
        match node.map(|node| &node.value) {
            Some(Value::Array(entries)) => entries.clone(),
            _ => Vec::new(),
        }
    }

    fn entries(&self, key: &str) -> Vec<Node> {
        match self.document.root.as_table().and_then(|table| table.get(key)).map(|node| &node.value) {
            Some(Value::Array(entries)) => entries.clone(),
            _ => Vec::new(),
        }
    }

    fn metric(&mut self, path: &str, node: &Node) {
        let Some(name) = node.as_text().filter(|name| metrics::find(name).is_none()) else { return };
        let near = metrics::nearest(name).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let help = format!("{near}`journeysim list metrics` shows them all");
        let message = format!("there is no metric `{name}`");
        self.faults.report(self.document.fault(UNKNOWN_METRIC, path, message, help));
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

    /// Both what is wrong with the range and what is wrong with the path, of a decision and of a factor.
    #[test]
    fn a_slip_in_a_path_is_found_beside_one_in_the_range() {
        let slip = "path = \"stages.utilization_gat\"\nlow = \"70%\"\n";
        for (list, head) in [
            ("optimize.decision", "[optimize]\nobjective = \"net_value\"\n"),
            ("design.factor", "[design]\nkind = \"sobol\"\npoints = 4\n"),
        ] {
            let found = faults(&format!("{head}[[{list}]]\n{slip}"));
            let mut codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
            codes.sort_unstable();
            assert_eq!(codes, ["factor-unbounded", "unknown-key"], "{found:?}");
        }
    }

    #[test]
    fn a_share_that_nobody_can_reach_is_refused_wherever_it_is_asked_for() {
        let found = faults(
            "[[expect]]\nmetric = \"advisor_utilization\"\nrelation = \"<=\"\nvalue = 85\n\
             [[expect]]\nmetric = \"gross_revenue_retention\"\nrelation = \"within\"\nvalue = 0.85\ntolerance = 5\n\
             [optimize]\nobjective = \"net_value\"\n\
             [[optimize.decision]]\npath = \"stages.utilization_gate\"\nlow = \"70%\"\nhigh = \"80%\"\n\
             [[optimize.limit]]\nmetric = \"logo_retention\"\nrelation = \">=\"\nvalue = 1.1\n\
             [calibrate]\n[[calibrate.target]]\nfigure = \"net_revenue_retention\"\nvalue = -0.1\n",
        );
        let said: Vec<(&str, &str)> = found.iter().map(|(code, path, ..)| (*code, path.as_str())).collect();
        let out = "out-of-range";
        assert_eq!(
            said,
            [
                (out, "expect[1].value"),
                (out, "expect[2].tolerance"),
                (out, "optimize.limit[1].value"),
                (out, "calibrate.target[1].value"),
            ]
        );
        assert!(found[0].3.contains("write 0.85"), "{}", found[0].3);
    }

    /// What may pass one, and differences, which may be negative.
    #[test]
    fn shares_that_can_be_reached_are_not_refused() {
        let fine = read(
            "variant = [{ name = \"a\" }, { name = \"b\", set = { \"touchpoint.check-in.enabled\" = true } }]\n\
             [[expect]]\nmetric = \"net_revenue_retention\"\nrelation = \"<=\"\nvalue = 1.2\n\
             [[expect]]\nmetric = \"gross_revenue_retention\"\nrelation = \"<=\"\nvalue = -0.02\nvariant = \"b\"\nminus = \"a\"\n\
             [[expect]]\nmetric = \"wait_hours_mean\"\nrelation = \"<=\"\nvalue = 40\n",
        );
        assert!(fine.is_ok(), "{}", fine.unwrap_err());
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
}
