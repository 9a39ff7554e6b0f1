//! One replication of an experiment: its opening book, every variant that starts from it, and what each leaves behind.

use crate::engine::record::Record;
use crate::engine::run::{Keep, Opening};
use crate::experiment::calibrate::seen::Seen;
use crate::experiment::ceiling::SharedLuck;
use crate::experiment::cells::{self, Cells, CellsError, Fingerprint};
use crate::experiment::fan;
use crate::experiment::replicate::{Job, Options, Outcome, Watch, touchpoint_names};
use crate::experiment::slices;
use crate::experiment::survival;
use crate::experiment::why::Fates;
use crate::metrics::capacity::hours_by_touchpoint;
use crate::metrics::luck;
use crate::metrics::{self, View, Worth};
use crate::scenario::Scenario;
use crate::scenario::load::Experiment;

/// An experiment with everything its replications share.
pub(super) struct Ready<'a> {
    experiment: &'a Experiment,
    /// The variants that are run.
    variants: Vec<usize>,
    /// Each of them without Lighthouse, where that is asked for.
    counterfactuals: Vec<Option<Scenario>>,
    /// Where cells are kept, and what they are called: without and with their accounts.
    keeping: Option<(&'a Cells, [Vec<Fingerprint>; 2])>,
}

impl<'a> Ready<'a> {
    pub(super) fn new(job: &Job<'a>, options: &Options, watch: &Watch<'a>) -> Self {
        let experiment = job.experiment;
        let variants = options.variants_of(experiment);
        let without = |&variant: &usize| without_lighthouse(&experiment.variants[variant].scenario);
        let counterfactuals = variants.iter().map(without).collect();
        let keeping = watch.cells.map(|cells| {
            (
                cells,
                [false, true].map(|keeps_accounts| cells::fingerprints(experiment, options, keeps_accounts)),
            )
        });
        Self { experiment, variants, counterfactuals, keeping }
    }

    /// Runs a replication, but for the cells of it that are kept, and keeps what was run.
    pub(super) fn run(&self, replication: u32, options: &Options) -> Result<Vec<Outcome>, CellsError> {
        let Some((cells, fingerprints)) = &self.keeping else {
            return Ok(self.outcomes(replication, options, Vec::new()));
        };
        let keeps_accounts = options.accounts_of.contains(&replication);
        let fingerprints = &fingerprints[usize::from(keeps_accounts)];
        let known: Vec<Option<Outcome>> = fingerprints
            .iter()
            .map(|fingerprint| cells.find(fingerprint, replication))
            .collect::<Result<_, _>>()?;
        let is_new: Vec<bool> = known.iter().map(Option::is_none).collect();
        if !is_new.contains(&true) {
            return Ok(known.into_iter().flatten().collect());
        }
        let outcomes = self.outcomes(replication, options, known);
        let new = fingerprints.iter().zip(&outcomes).zip(is_new).filter(|&(_, is_new)| is_new);
        cells.keep(replication, &new.map(|(cell, _)| cell).collect::<Vec<_>>())?;
        Ok(outcomes)
    }

    /// Runs the variants of a replication that are not `known`.
    fn outcomes(&self, replication: u32, options: &Options, mut known: Vec<Option<Outcome>>) -> Vec<Outcome> {
        let Self { experiment, variants, counterfactuals, .. } = self;
        known.resize(variants.len(), None);
        let compared = variants.contains(&experiment.baseline);
        let new = (0..variants.len()).filter(|&at| known[at].is_none());
        let own = new.clone().filter(|&at| variants[at] != experiment.baseline).count();
        let others = new.filter(|&at| counterfactuals[at].is_some()).count();
        let first = &experiment.variants[experiment.baseline].scenario;
        let mut opening = Shared {
            opening: Some(Opening::new(first, replication)),
            runs: usize::from(compared) + own + others,
        };
        let baseline = compared.then(|| opening.run(first));
        let keeps = options.accounts_of.contains(&replication);
        let outcome = |at: usize| {
            if let Some(outcome) = known[at].take() {
                return outcome;
            }
            let variant = variants[at];
            let scenario = &experiment.variants[variant].scenario;
            let without = counterfactuals[at].as_ref().map(|other| opening.run(other));
            let own = (variant != experiment.baseline).then(|| opening.run(scenario));
            let record = own
                .as_ref()
                .or(baseline.as_ref())
                .expect("invariant: the baseline is run where it is asked for");
            let whole = View {
                record,
                counterfactual: without.as_ref(),
                worth: Worth::from(&scenario.file.value),
                members: None,
            };
            Outcome {
                metrics: metrics::values(&whole),
                slices: if options.slices { slices::outcomes(&whole) } else { Vec::new() },
                arms: slices::arms(&whole, &scenario.changes),
                hours: if options.slices { hours(record, scenario) } else { Vec::new() },
                accounts: record.opening_accounts,
                account_days: record.accounts.iter().map(|account| u64::from(account.days)).sum(),
                events: record.events,
                quarters: fan::quarters(record, scenario),
                luck: baseline.as_ref().map_or_else(SharedLuck::default, |baseline| {
                    SharedLuck::between(&baseline.renewals, &record.renewals)
                }),
                fates: match &baseline {
                    Some(baseline) if options.fates => Fates::of(baseline, record, scenario.horizon),
                    _ => Fates::default(),
                },
                weeks: if options.weeks { record.weeks.clone() } else { Vec::new() },
                waits: if options.weeks { record.waits.clone() } else { Vec::new() },
                controls: luck::controls(record),
                survival: if options.weeks {
                    survival::cohorts(record, &scenario.almanac)
                } else {
                    Vec::new()
                },
                book: if keeps { record.accounts.clone() } else { Vec::new() },
                seen: if options.seen { Seen::of(record, scenario) } else { Seen::default() },
            }
        };
        (0..variants.len()).map(outcome).collect()
    }
}

/// The opening book of a replication for so many runs, of which the last takes it over.
struct Shared {
    opening: Option<Opening>,
    runs: usize,
}

impl Shared {
    fn run(&mut self, scenario: &Scenario) -> Record {
        self.runs -= 1;
        if let Some(opening) = self.opening.take_if(|_| self.runs == 0) {
            return opening.run_on(scenario, Keep::default());
        }
        let opening = self.opening.as_ref().expect("invariant: no more runs than were counted");
        opening.run(scenario, Keep::default())
    }
}

fn hours(record: &Record, scenario: &Scenario) -> Vec<f64> {
    let kinds = hours_by_touchpoint(record, &touchpoint_names(scenario)).unwrap_or_default();
    kinds.into_iter().map(|kind| kind.hours).collect()
}

/// Returns the scenario without Lighthouse, if any of its programs asks what would happen then.
fn without_lighthouse(scenario: &Scenario) -> Option<Scenario> {
    let asked = scenario.programs.iter().any(|program| program.lighthouse.counterfactual);
    asked.then(|| {
        let mut other = scenario.clone();
        for program in &mut other.programs {
            program.lighthouse.enabled = false;
        }
        other
    })
}
