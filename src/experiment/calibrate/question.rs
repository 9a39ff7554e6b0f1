//! What a fit is asked: which parameters, which figures, which part of a history.

use std::sync::Arc;

use chrono::{Months, NaiveDate};

use crate::experiment::calibrate::Shown;
use crate::experiment::calibrate::figure::{Figure, TOLD};
use crate::experiment::calibrate::past::Past;
use crate::experiment::replicate::Outcome;
use crate::language::{AssumptionUse, Count, Number};
use crate::population::history::TableKind;
use crate::program::stage::StageSettings;
use crate::scenario::book::Listing;
use crate::scenario::calibrate::{CalibrateSettings, usual_trials};
use crate::scenario::load::{Experiment, InputFile};

/// A figure aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The figure.
    pub figure: Figure,
    /// What happened.
    pub wanted: f64,
    /// How near is near enough, where that is stated.
    pub tolerance: Option<f64>,
    /// Whether the history tells it; otherwise it is stated.
    pub is_told: bool,
}

/// A stretch of a history, whole days from one up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
}

/// A history that a fit looks at.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub past: Past,
    /// What is fitted.
    pub fitted: Stretch,
    /// What is held out.
    pub held_out: Stretch,
}

/// A fit ready to be made.
#[derive(Clone, Debug)]
pub struct Question {
    /// The assumptions that are fitted.
    pub parameters: Vec<AssumptionUse>,
    /// What is aimed at.
    pub targets: Vec<Target>,
    /// Points a round.
    pub trials: u32,
    /// Replications at each point.
    pub replications: u32,
    /// Rounds.
    pub rounds: u32,
    /// Confidence of intervals.
    pub confidence: f64,
    /// The history, where there is one.
    pub told: Option<Told>,
}

/// Why a fit cannot be asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoQuestion {
    /// The scenario has no such table.
    #[error("add a [calibrate] table with `parameters` and a [[calibrate.target]]")]
    NotAsked,
    /// Retention takes twelve months.
    #[error(
        "from {from} to {to}, where what is held out begins, is less than the 12 months that retention takes: let the scenario \
         start earlier, or hold out less"
    )]
    TooShort {
        /// The first day of the scenario.
        from: NaiveDate,
        /// The first day held out.
        to: NaiveDate,
    },
    /// A target cannot be read off the history.
    #[error(
        "nothing tells {0}: state what happened with `value`, or give a history that shows it (--book FILE)"
    )]
    NotTold(Figure),
    /// Nothing was under contract.
    #[error("the history shows no account under contract on {0}")]
    NobodyThere(NaiveDate),
    /// An assumption without a name has no place in an overlay.
    #[error("{0} has no name: give it one in [assume], so that the fit can be laid over the scenario")]
    Nameless(String),
}

impl Told {
    /// Takes a history that `settings` say the end of.
    ///
    /// # Errors
    ///
    /// [`NoQuestion::TooShort`] where less than a year is left to fit, [`NoQuestion::NobodyThere`] where no account is in force
    /// when a stretch begins.
    pub fn new(past: Past, first: NaiveDate, settings: &CalibrateSettings) -> Result<Self, NoQuestion> {
        let until = past.until();
        let ends = until.checked_sub_months(Months::new(settings.hold_out.get())).unwrap_or(first);
        if first.checked_add_months(Months::new(12)).is_none_or(|year| year > ends) {
            return Err(NoQuestion::TooShort { from: first, to: ends });
        }
        for day in [first, ends] {
            if past.book_on(day).is_empty() {
                return Err(NoQuestion::NobodyThere(day));
            }
        }
        let (fitted, held_out) = (Stretch { from: first, to: ends }, Stretch { from: ends, to: until });
        Ok(Self { past, fitted, held_out })
    }

    /// Reads a metric off what is fitted, where the history tells what it hangs on.
    fn metric(&self, figure: Figure, stages: &StageSettings) -> Option<f64> {
        let Stretch { from, to } = self.fitted;
        match figure.name() {
            "days_to_nurturing_median" => self.past.days_to_nurturing(stages, from, to),
            "response_within_48h" => self.past.answered_within_48h(from, to),
            name => {
                debug_assert!(!TOLD.contains(&name), "{name} is said to be told");
                None
            }
        }
    }

    /// Returns the first file that it was read from, and that of its subscriptions where there is one.
    #[must_use]
    pub fn input(&self) -> InputFile {
        let tables = &self.past.history.tables;
        let table = self.past.history.table(TableKind::Subscriptions).or(tables.first());
        let (path, sha256) = table.map(|it| (it.file.clone(), it.sha256.clone())).unwrap_or_default();
        InputFile { path, sha256 }
    }

    /// Returns the accounts in force when a stretch begins, as a list that a scenario opens with.
    #[must_use]
    pub fn opening(&self, stretch: Stretch) -> Arc<Listing> {
        Arc::new(Listing {
            input: self.input(),
            rows: self.past.book_on(stretch.from),
            skipped: 0,
            drawn: Vec::new(),
            beside: false,
        })
    }
}

impl Stretch {
    /// Returns the overrides that let a scenario run over it.
    #[must_use]
    pub fn overrides(&self) -> [String; 2] {
        let days = self.to.signed_duration_since(self.from).num_days();
        [format!("start={}", self.from), format!("horizon={days}d")]
    }

    /// Returns the baseline of an experiment alone, with the accounts of a history that it opens with.
    #[must_use]
    pub fn prepare(experiment: Experiment, opening: Option<&Arc<Listing>>) -> Experiment {
        let mut baseline = experiment.variants[experiment.baseline].clone();
        if let Some(opening) = opening {
            baseline.scenario = baseline.scenario.with_book(Arc::clone(opening));
        }
        Experiment {
            book: opening.map(|book| book.summary()).or_else(|| experiment.book.clone()),
            variants: vec![baseline],
            baseline: 0,
            ..experiment
        }
    }
}

impl Question {
    /// Takes the question from a scenario that asks one, and what was wanted from the history where it is not stated.
    ///
    /// # Errors
    ///
    /// See [`NoQuestion`].
    pub fn of(experiment: &Experiment, told: Option<Told>) -> Result<Self, NoQuestion> {
        let scenario = &experiment.variants[experiment.baseline].scenario;
        let settings = scenario.file.calibrate.as_ref().ok_or(NoQuestion::NotAsked)?;
        let parameters = parameters(&scenario.assumptions, settings)?;
        let seen = told.as_ref().map(|told| told.past.seen(told.fitted.from, told.fitted.to));
        let target = |target: &crate::scenario::calibrate::CalibrationTarget| {
            let figure = Figure::find(target.figure.as_str()).expect("checked: the figure is known");
            let stated = target.value.map(Number::get);
            let shown =
                || figure.of(seen.as_ref()?).or_else(|| told.as_ref()?.metric(figure, &scenario.file.stages));
            let wanted = stated.or_else(shown).ok_or(NoQuestion::NotTold(figure))?;
            let tolerance = target.tolerance.map(Number::get);
            Ok(Target { figure, wanted, tolerance, is_told: stated.is_none() })
        };
        Ok(Self {
            targets: settings.target.iter().map(target).collect::<Result<_, _>>()?,
            trials: settings.trials.map_or_else(|| usual_trials(parameters.len()), Count::get),
            replications: settings.replications.get(),
            rounds: settings.rounds.get(),
            confidence: settings.confidence.get(),
            parameters,
            told,
        })
    }

    /// Returns the figures that outcomes show, by replication.
    #[must_use]
    pub fn shown<'a>(&self, outcomes: impl Iterator<Item = &'a Outcome>) -> Shown {
        let figure = |target: &Target, outcome: &Outcome| match target.figure {
            Figure::Shown(_) => target.figure.of(&outcome.seen),
            Figure::Metric(metric) => outcome.metrics[metric],
        };
        outcomes.map(|outcome| self.targets.iter().map(|target| figure(target, outcome)).collect()).collect()
    }

    /// Returns the overrides that make a point.
    #[must_use]
    pub fn overrides(&self, values: &[f64]) -> Vec<String> {
        self.parameters.iter().zip(values).map(|(parameter, &value)| parameter.set_to(value)).collect()
    }

    /// Returns how many replications a fit takes.
    #[must_use]
    pub fn replications_needed(&self) -> u64 {
        let round = u64::from(self.trials) * u64::from(self.replications) + u64::from(super::MIDDLE);
        u64::from(self.rounds) * round + u64::from(super::MIDDLE)
    }
}

/// The assumptions that are fitted: those named, or all that have a range and a name.
fn parameters(
    used: &[AssumptionUse],
    settings: &CalibrateSettings,
) -> Result<Vec<AssumptionUse>, NoQuestion> {
    let asked = settings.parameters.as_deref();
    let mut found: Vec<AssumptionUse> = Vec::new();
    for one in used.iter().filter(|one| one.is_ranged()) {
        let is_asked = asked.is_none_or(|names| names.iter().any(|name| name.as_str() == one.title()));
        if !is_asked || found.iter().any(|known| known.key == one.key) {
            continue;
        }
        match (&one.name, asked) {
            (Some(_), _) => found.push(one.clone()),
            (None, Some(_)) => return Err(NoQuestion::Nameless(one.title().to_owned())),
            (None, None) => {}
        }
    }
    Ok(found)
}
