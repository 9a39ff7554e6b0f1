//! Intervals hold the truth as often as they say, over a thousand experiments that differ by their seed.
//!
//! The share that is found has itself a standard error of 0.7 points: 93 to 97 % are 2.9 of them on either side.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use journeysim::base::stats::Estimate;
use journeysim::experiment::compare::{difference, differences, estimates};
use journeysim::experiment::precision::look;
use journeysim::experiment::replicate::{Chunk, Job, Options, Watch, run_all, run_range};
use journeysim::language::source::Disk;
use journeysim::metrics::position;
use journeysim::output::few;
use journeysim::scenario::load::{self, Experiment};

use super::share;

const EXPERIMENTS: u32 = 1_000;
const AS_PROMISED: [f64; 2] = [0.93, 0.97];

/// Odds of churn under each variant, the baseline first.
const CHURN: [f64; 4] = [0.10, 0.08, 0.12, 0.20];

/// The same scenario with `EXPERIMENTS` seeds.
fn experiments(text: &str) -> Vec<Experiment> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("own.toml");
    fs::write(&file, text).expect("it is writable");
    let file = file.to_str().expect("a name in UTF-8");
    let read = |seed: u32| load::experiment(file, &[format!("seed={seed}")], &mut Disk);
    (1..=EXPERIMENTS).map(|seed| read(seed).unwrap_or_else(|faults| panic!("{faults}"))).collect()
}

fn scenario(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    format!("extends = {path:?}\n")
}

/// Every account comes up for renewal once, after a year, and is lost with the odds that its variant states.
fn known_truth(precision: &str) -> Vec<Experiment> {
    let variant = |churn: f64| {
        let percent = 100.0 * churn;
        format!(
            "{{ name = \"lost-{percent:.0}\", set = {{ \"renewal.constant_churn\" = \"{percent:.0}%\" }} }}"
        )
    };
    let variants: Vec<String> = CHURN.iter().map(|&churn| variant(churn)).collect();
    let extends = scenario("validation/constant-hazard.toml");
    let sizes = "horizon = \"400d\"\npopulation.accounts = 100\nreplications = 20\n";
    experiments(&format!("{extends}{sizes}variant = [{}]\n{precision}", variants.join(", ")))
}

fn run(experiments: &[Experiment], replications: u32) -> Vec<Chunk> {
    let jobs: Vec<Job<'_>> =
        experiments.iter().map(|experiment| Job { experiment, replications: 0..replications }).collect();
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_all(&jobs, &Options::default(), &watch).expect("threads can be started")
}

fn holds(low: Option<f64>, high: Option<f64>, truth: f64) -> bool {
    low.zip(high).is_some_and(|(low, high)| low <= truth && truth <= high)
}

/// Counts how often something holds.
fn count<T>(all: &[T], is_held: impl Fn(&T) -> bool) -> u32 {
    u32::try_from(all.iter().filter(|one| is_held(one)).count()).expect("few")
}

/// A share of renewed contracts is 1 - h on average, and the difference of two of them that of their odds.
#[test]
#[ignore = "a thousand experiments"]
fn intervals_hold_a_truth_that_is_known() {
    let metric = position("contract_renewal_rate").expect("it is in the catalogue");
    let chunks = run(&known_truth(""), 20);
    for (variant, churn) in CHURN.iter().enumerate() {
        let is_held = |chunk: &Chunk| {
            let Estimate { ci_low, ci_high, .. } = estimates(chunk, variant, 0.95)[metric].expect("measured");
            holds(ci_low, ci_high, 1.0 - churn)
        };
        let what = format!("run, a share of {churn} lost");
        share(&what, count(&chunks, is_held), EXPERIMENTS, AS_PROMISED);
    }
    for (variant, churn) in CHURN.iter().enumerate().skip(1) {
        let is_held = |chunk: &Chunk| {
            let paired = difference(chunk, variant, 0, metric, 0.95);
            holds(paired.ci_low, paired.ci_high, CHURN[0] - churn)
        };
        let what = format!("paired difference, {churn} minus {}", CHURN[0]);
        share(&what, count(&chunks, is_held), EXPERIMENTS, AS_PROMISED);
    }
    let all_hold = |chunk: &Chunk| {
        let rows = differences(chunk, CHURN.len(), 0, 0.95);
        let mut rows = rows.iter().filter(|row| row.metric == metric);
        rows.all(|row| holds(row.paired.ci_low, row.paired.ci_high, CHURN[0] - CHURN[row.variant]))
    };
    // Bonferroni promises at least as much as it says, and more where variants share luck.
    share("compare, three differences at once", count(&chunks, all_hold), EXPERIMENTS, [0.93, 0.99]);
}

/// What is held against the truth of the complete program: revenue, which is far from normal, a share, and hours.
const METRICS: [&str; 4] =
    ["gross_revenue_retention", "utilization_mean", "advisor_hours_per_account_year", "net_value"];

/// Those of them that change by whole contracts only.
const REVENUE: [&str; 2] = ["gross_revenue_retention", "net_value"];

/// Of the complete program nobody knows the truth, but the mean over all experiments is near enough.
fn truth(chunks: &[Chunk], variant: usize, metric: usize) -> f64 {
    let values: Vec<f64> = chunks.iter().flat_map(|chunk| chunk.column(variant, metric)).flatten().collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns in how many experiments the interval of the second variant minus the first holds the truth.
fn held_by_difference(chunks: &[Chunk], metric: usize) -> u32 {
    let [own, other] = [0, 1].map(|variant| truth(chunks, variant, metric));
    count(chunks, |chunk| {
        let paired = difference(chunk, 1, 0, metric, 0.95);
        holds(paired.ci_low, paired.ci_high, other - own)
    })
}

/// Experiments on the complete program for a year, with two of its variants: no check-in calls, and this one.
fn complete(accounts: u32, variant: &str) -> Vec<Experiment> {
    let sizes = format!("horizon = \"1y\"\nassume.accounts = {accounts}\n");
    let mut experiments = experiments(&format!("{}{sizes}", scenario("check-in-cadence.toml")));
    for experiment in &mut experiments {
        experiment.variants.retain(|it| [variant, "none"].contains(&it.name.as_str()));
        assert_eq!((experiment.variants.len(), experiment.baseline), (2, 0));
    }
    experiments
}

/// The scenario's 120 accounts with 50 replications: calls every month against none.
#[test]
#[ignore = "a thousand experiments"]
fn intervals_hold_the_truth_of_the_complete_program() {
    let chunks = run(&complete(120, "monthly"), 50);
    for name in METRICS {
        let metric = position(name).expect("it is in the catalogue");
        let own = truth(&chunks, 0, metric);
        let is_held = |chunk: &Chunk| {
            let Estimate { ci_low, ci_high, .. } = estimates(chunk, 0, 0.95)[metric].expect("measured");
            holds(ci_low, ci_high, own)
        };
        share(&format!("run, {name}"), count(&chunks, is_held), EXPERIMENTS, AS_PROMISED);
        let held = held_by_difference(&chunks, metric);
        share(&format!("paired difference, {name}"), held, EXPERIMENTS, AS_PROMISED);
    }
}

/// In a book of 40 accounts, a call every half year changes the outcome of a renewal in one replication of seven. Of 20 replications
/// two or three then decide, and an interval holds the truth less often than it says: where it does, the answer says so.
#[test]
#[ignore = "a thousand experiments"]
fn intervals_that_hang_on_few_replications_say_so() {
    let chunks = run(&complete(40, "half-yearly"), 20);
    for name in METRICS {
        let metric = position(name).expect("it is in the catalogue");
        let held = held_by_difference(&chunks, metric);
        // Revenue hangs on whole contracts; utilization and hours change in every replication.
        let is_rare = REVENUE.contains(&name);
        let as_often = if is_rare { [0.0, AS_PROMISED[0]] } else { AS_PROMISED };
        share(&format!("few replications, {name}, held"), held, EXPERIMENTS, as_often);
        // Where nothing differs at all, the answer is that it is the same in every replication.
        let says_so = |chunk: &Chunk| {
            let paired = difference(chunk, 1, 0, metric, 0.95);
            few::enough(paired.n, paired.n_enough).is_some() || paired.stddev == Some(0.0)
        };
        let as_often = if is_rare { [0.8, 1.0] } else { [0.0, 0.25] };
        share(&format!("few replications, {name}, said so"), count(&chunks, says_so), EXPERIMENTS, as_often);
    }
}

/// Replications are added until the half-width is 0.8 points, of a standard deviation of 3: some 54 of them. The interval at which one
/// stops is met by stopping at it, which costs a little of its confidence.
#[test]
#[ignore = "a thousand experiments"]
fn intervals_hold_the_truth_where_precision_ends_the_run() {
    let metric = position("contract_renewal_rate").expect("it is in the catalogue");
    let asked = "[precision]\nmetric = \"contract_renewal_rate\"\nhalf_width = 0.008\n";
    let mut experiments = known_truth(asked);
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    let mut ended = Vec::new();
    for experiment in &mut experiments {
        experiment.variants.truncate(1);
        let mut chunk = Chunk::default();
        loop {
            let batch = run_range(experiment, chunk.len()..chunk.len() + 20, &Options::default(), &watch);
            chunk.replications.extend(batch.expect("threads can be started").replications);
            if look(experiment, &chunk).expect("a precision is asked for").reached {
                break;
            }
        }
        ended.push(chunk);
    }
    let estimate = |chunk: &Chunk| estimates(chunk, 0, 0.95)[metric].expect("measured");
    let is_narrow = |chunk: &Chunk| {
        let Estimate { mean, ci_low, .. } = estimate(chunk);
        ci_low.is_some_and(|low| mean - low <= 0.008)
    };
    share("precision, width met", count(&ended, is_narrow), EXPERIMENTS, [1.0, 1.0]);
    let is_held = |chunk: &Chunk| holds(estimate(chunk).ci_low, estimate(chunk).ci_high, 1.0 - CHURN[0]);
    share("precision, truth held", count(&ended, is_held), EXPERIMENTS, AS_PROMISED);
    let replications: u32 = ended.iter().map(Chunk::len).sum();
    println!("precision, replications on average: {:.0}", f64::from(replications) / f64::from(EXPERIMENTS));
}
