//! Figures of the guides on scarce advisors, told by running the scenarios they speak of.

use journeysim::base::stats::{Better, Estimate, PairedDifference};
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::read;
use journeysim::language::source::Disk;
use journeysim::metrics::{self, Members, MetricDefinition, Slice, Unit, View, Worth};
use journeysim::output::words::{Words, digits};
use journeysim::population::segment::Segment;
use rayon::prelude::*;

use super::{hold_parts, printed, root, table};

const BANDWIDTH: &str = "scenarios/advisor-bandwidth.toml";
const LIGHTHOUSE: &str = "scenarios/lighthouse-capacity.toml";
const CONFIDENCE: f64 = 0.95;

/// A variant of a scenario: its metrics by replication, of the whole book or of a segment.
struct Told {
    name: String,
    advisors: u32,
    metrics: Vec<Vec<Option<f64>>>,
}

/// Runs the variants named, or all of them, and measures the slices.
fn tell(file: &str, overrides: &[&str], names: &[&str], slices: &[Slice]) -> Vec<Vec<Told>> {
    let overrides: Vec<String> = overrides.iter().map(|&change| change.to_owned()).collect();
    let path = root().join(file);
    let experiment = read::experiment(path.to_str().expect("UTF-8"), &overrides, &mut Disk)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let baseline = &experiment.variants[experiment.baseline].scenario;
    let is_asked = |name: &str| names.is_empty() || names.contains(&name);
    let variants: Vec<_> = experiment.variants.iter().filter(|variant| is_asked(&variant.name)).collect();
    let runs: Vec<Vec<Vec<Vec<Option<f64>>>>> = (0..experiment.replications)
        .into_par_iter()
        .map(|replication| {
            let opening = Opening::new(baseline, replication);
            let measured = variants.iter().map(|variant| {
                let record = opening.run(&variant.scenario, Keep::default());
                let worth = Worth::from(&variant.scenario.file.value);
                let values = |&slice: &Slice| {
                    let members = Some(&Members::of(slice, &record));
                    metrics::values(&View { record: &record, counterfactual: None, worth, members })
                };
                slices.iter().map(values).collect()
            });
            measured.collect()
        })
        .collect();
    let of_slice = |slice: usize| {
        let told = variants.iter().enumerate().map(|(at, variant)| Told {
            name: variant.name.clone(),
            advisors: variant.scenario.file.pool[0].advisors.get(),
            metrics: runs.iter().map(|run| run[at][slice].clone()).collect(),
        });
        told.collect()
    };
    (0..slices.len()).map(of_slice).collect()
}

fn metric(name: &str) -> (usize, &'static MetricDefinition) {
    let at = metrics::position(name).unwrap_or_else(|| panic!("{name} is no metric"));
    (at, &metrics::CATALOGUE[at])
}

impl Told {
    fn column(&self, name: &str) -> Vec<Option<f64>> {
        self.metrics.iter().map(|metrics| metrics[metric(name).0]).collect()
    }

    fn mean(&self, name: &str) -> Option<f64> {
        let measured: Vec<f64> = self.column(name).into_iter().flatten().collect();
        Estimate::of(&measured, CONFIDENCE).map(|estimate| estimate.mean)
    }

    fn value(&self, name: &str) -> String {
        let Some(mean) = self.mean(name) else { return "-".to_owned() };
        match metric(name).1.unit {
            Unit::Fraction => format!("{} %", digits(100.0 * mean, 1)),
            Unit::PerAccountYear => digits(mean, 2),
            _ if mean >= 100.0 => digits(mean, 0),
            _ => digits(mean, 1),
        }
    }

    fn difference(&self, baseline: &Told, name: &str) -> String {
        if self.name == baseline.name {
            return String::new();
        }
        let paired =
            PairedDifference::of(&self.column(name), &baseline.column(name), CONFIDENCE, Better::Neither);
        let (Some(mean), Some(low), Some(high)) = (paired.mean, paired.ci_low, paired.ci_high) else {
            return "-".to_owned();
        };
        let words = Words { unit: metric(name).1.unit, currency: "USD" };
        format!("{} ({})", words.difference(mean), words.bare_difference_interval(low, high))
    }
}

/// One row a metric, one column a variant; metrics with a `-` before them as differences from `baseline`.
fn by_metric(told: &[Told], baseline: &str, rows: &[(&str, &str)]) -> String {
    let base = told.iter().find(|told| told.name == baseline).expect("the baseline is there");
    let row = |&(title, name): &(&str, &str)| {
        let cell = |told: &Told| match name.strip_prefix('-') {
            Some(name) => told.difference(base, name),
            None => told.value(name),
        };
        [title.to_owned()].into_iter().chain(told.iter().map(cell)).collect::<Vec<_>>()
    };
    let headings: Vec<&str> = [""].into_iter().chain(told.iter().map(|told| told.name.as_str())).collect();
    table(&headings, &rows.iter().map(row).collect::<Vec<_>>(), 1)
}

/// Shows what a command prints up to its assumptions, or of that only what follows its table.
fn console(args: &[&str], answer_only: bool) -> String {
    let shown = printed(args);
    let mut lines: Vec<&str> =
        shown.lines().take_while(|line| !line.starts_with("Assumptions")).map(str::trim_end).collect();
    if answer_only {
        let rule = lines.iter().rposition(|line| line.starts_with('─')).expect("a table");
        lines.splice(..=rule, ["..."]);
    }
    format!("```console\n$ journeysim {}\n{}\n```", args.join(" "), lines.join("\n").trim_end())
}

fn teams() -> String {
    let told = tell(BANDWIDTH, &[], &[], &[Slice::All]).remove(0);
    let rows = [
        ("Gross revenue retention", "gross_revenue_retention"),
        ("Against six advisors", "-gross_revenue_retention"),
        ("Advisor utilization", "advisor_utilization"),
        ("Mean wait (working hours)", "wait_hours_mean"),
        ("95th percentile of the wait (working hours)", "wait_hours_p95"),
        ("Requests answered within 48 hours", "response_within_48h"),
        ("Done after their patience, an account and year", "touchpoints_late"),
        ("Net value against six advisors, three years", "-net_value"),
    ];
    let each = told.iter().map(|told| digits(160.0 / f64::from(told.advisors), 1)).collect::<Vec<_>>();
    let text = by_metric(&told, "six", &rows);
    let (head, body) = text.split_at(text.match_indices('\n').nth(1).expect("there are rows").0 + 1);
    format!("{head}| Accounts for each | {} |\n{body}", each.join(" | "))
}

/// Work that is given up when its patience is over, by segment.
fn dropped() -> String {
    let segments = [Segment::MidMarket, Segment::Enterprise];
    let slices = segments.map(Slice::Segment);
    let [drop, fewer] = ["pool.advisors.overload=drop", "replications=40"];
    let cases = [
        ("Two advisors, by `priority`", "two", vec![drop, fewer]),
        ("Four advisors, by `priority`", "four", vec![drop, fewer]),
        (
            "Four advisors, `revenue_at_risk` first",
            "four",
            vec![drop, fewer, "pool.advisors.order=revenue_at_risk"],
        ),
    ];
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|(title, variant, overrides)| {
            let told = tell(BANDWIDTH, overrides, &[variant], &slices);
            let metrics = ["touchpoints_dropped", "response_within_48h", "gross_revenue_retention"];
            let cells = metrics.iter().flat_map(|name| told.iter().map(|segment| segment[0].value(name)));
            [(*title).to_owned()].into_iter().chain(cells).collect()
        })
        .collect();
    let of = |what: &str| segments.map(|segment| format!("{what}, {}", segment.name()));
    let headings: Vec<String> = ["Team".to_owned()]
        .into_iter()
        .chain(
            ["Dropped, an account and year", "Answered within 48 hours", "Gross revenue retention"]
                .iter()
                .flat_map(|what| of(what)),
        )
        .collect();
    table(&headings.iter().map(String::as_str).collect::<Vec<_>>(), &rows, 1)
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn what_is_said_of_staffing_is_what_the_scenario_shows() {
    hold_parts("docs/guides/staffing.md", |part| match part {
        "smallest team" => console(&["staff", BANDWIDTH], false),
        "largest book" => {
            let turned = ["staff.vary=accounts", "staff.from=80", "staff.to=240"];
            let sets = turned.iter().flat_map(|&change| ["--set", change]);
            console(&["staff", BANDWIDTH].into_iter().chain(sets).collect::<Vec<_>>(), true)
        }
        "teams" => teams(),
        "dropped" => dropped(),
        other => panic!("nobody tells {other}"),
    });
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn what_is_said_of_places_in_lighthouse_is_what_the_scenario_shows() {
    hold_parts("docs/guides/lighthouse.md", |part| {
        assert_eq!(part, "limits", "nobody tells {part}");
        let told = tell(LIGHTHOUSE, &[], &[], &[Slice::All]).remove(0);
        by_metric(
            &told,
            "no-limit",
            &[
                ("Entries in three years", "lighthouse_entries"),
                ("Inside at a time", "lighthouse_concurrent_mean"),
                ("Weeks inside", "lighthouse_weeks_mean"),
                ("Advisor utilization", "advisor_utilization"),
                ("95th percentile of the wait (working hours)", "wait_hours_p95"),
                ("Requests answered within 48 hours", "response_within_48h"),
                ("Done after their patience, an account and year", "touchpoints_late"),
                ("Gross revenue retention", "gross_revenue_retention"),
                ("Against no limit", "-gross_revenue_retention"),
                ("Net value against no limit, three years", "-net_value"),
            ],
        )
    });
}
