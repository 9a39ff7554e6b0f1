//! A selection and what it cost, as a document and as a manager reads it.

use serde::Serialize;

use crate::experiment::best::BestVariant;
use crate::experiment::select::Candidate;
use crate::metrics::CATALOGUE;
use crate::output::results::Results;
use crate::output::table::{aligned, grid};
use crate::output::words::{counted, digits, probability, wrapped};

/// Which variant is best, in the document of `compare`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelectionDocument {
    /// The metric.
    pub metric: &'static str,
    /// `kn`, `ocba` or `two_stage`.
    pub method: &'static str,
    /// The smallest difference that matters, in the metric's unit.
    pub indifference: f64,
    /// The probability of being right that was asked for.
    pub confidence: f64,
    /// The name of the selected variant.
    pub best: String,
    /// Whether the procedure came to its end within the budget, so that its promise holds.
    pub complete: bool,
    /// The estimated probability that the selected is the best; `null` where the method promises one instead.
    pub probability: Option<f64>,
    /// Those that cannot be told apart from the selected within the indifference.
    pub close: Vec<String>,
    /// Replications spent on all variants together.
    pub replications: u32,
    /// The budget.
    pub budget: u32,
    /// All variants in their order.
    pub variants: Vec<CandidateRow>,
}

/// One variant in a selection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateRow {
    /// Its name.
    pub variant: String,
    /// Replications spent on it.
    pub replications: u32,
    /// Its mean; except by `two_stage` that of the selected less the paired difference.
    pub mean: f64,
    /// Mean of the selected minus this one; `null` for the selected itself.
    pub behind: Option<f64>,
    /// Lower end of its interval; those of all variants hold together.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
}

impl SelectionDocument {
    /// Describes the selection of `results`, if there is one.
    #[must_use]
    pub fn of(results: &Results<'_>) -> Option<Self> {
        let BestVariant { metric, question, selection } = results.best?;
        let name = |variant: usize| results.experiment.variants[variant].name.clone();
        let row = |(variant, candidate): (usize, &Candidate)| CandidateRow {
            variant: name(variant),
            replications: candidate.replications,
            mean: candidate.mean,
            behind: candidate.behind,
            ci_low: candidate.ci_low,
            ci_high: candidate.ci_high,
        };
        Some(Self {
            metric: CATALOGUE[*metric].name,
            method: question.method.name(),
            indifference: question.indifference,
            confidence: question.confidence,
            best: name(selection.best),
            complete: selection.is_complete,
            probability: selection.probability,
            close: close(results).unwrap_or_default(),
            replications: selection.candidates.iter().map(|candidate| candidate.replications).sum(),
            budget: question.budget,
            variants: selection.candidates.iter().enumerate().map(row).collect(),
        })
    }
}

/// The names of those that cannot be told apart from the selected.
fn close(results: &Results<'_>) -> Option<Vec<String>> {
    let candidates = results.best?.selection.candidates.iter().zip(&results.experiment.variants);
    Some(
        candidates
            .filter(|(candidate, _)| candidate.is_close)
            .map(|(_, variant)| variant.name.clone())
            .collect(),
    )
}

/// Shows what was spent on each variant and how far behind it is, and the answer in a sentence; nothing where nothing was
/// asked.
#[must_use]
pub fn show(results: &Results<'_>, width: u16) -> String {
    let (Some(best), Some(close)) = (results.best, close(results)) else { return String::new() };
    let BestVariant { metric, question, selection } = best;
    let words = results.words(&CATALOGUE[*metric]);
    let mut table = grid(width);
    table.set_header(["Selection", "Replications", "Mean", "Selected minus it"]);
    for (candidate, variant) in selection.candidates.iter().zip(&results.experiment.variants) {
        let behind = candidate.behind.map_or_else(
            || "selected".to_owned(),
            |behind| {
                let ends = candidate.ci_low.zip(candidate.ci_high);
                let ends = ends.map_or(String::new(), |(low, high)| {
                    format!(" ({})", words.bare_difference_interval(low, high))
                });
                format!("{}{ends}", words.difference(behind))
            },
        );
        let replications = digits(candidate.replications.into(), 0);
        table.add_row([variant.name.clone(), replications, words.value(candidate.mean), behind]);
    }
    aligned(&mut table);
    let mut text = format!("{table}\n");
    let sentence = sentence(results, best, &close);
    let spent: u32 = selection.candidates.iter().map(|candidate| candidate.replications).sum();
    let cost = format!(
        "{} were spent by {}, of {} allowed.",
        counted(spent.into(), "replication", "replications"),
        match question.method.name() {
            "kn" => "KN",
            "ocba" => "OCBA",
            _ => "the two stages",
        },
        digits(question.budget.into(), 0)
    );
    let all: Vec<String> = format!("{sentence} {cost}").split(' ').map(str::to_owned).collect();
    text.push_str(&wrapped(&all, " ", width.into(), ""));
    text
}

fn sentence(results: &Results<'_>, best: &BestVariant, close: &[String]) -> String {
    let BestVariant { metric, question, selection } = best;
    let metric = &CATALOGUE[*metric];
    let name = &results.experiment.variants[selection.best].name;
    let within = results.words(metric).spread(question.indifference);
    let sure = match (selection.probability, selection.is_complete) {
        (Some(estimated), _) => {
            format!(
                "{name} is selected; with an estimated probability of {} it is the best.",
                probability(estimated)
            )
        }
        (None, true) => format!(
            "{name} is selected: with a probability of {} it is the best, or no more than {within} from it.",
            probability(question.confidence)
        ),
        (None, false) => {
            format!("{name} is in front, but the budget was spent before that could be decided.")
        }
    };
    let apart = match close {
        [] => String::new(),
        [other] => format!(" {name} and {other} cannot be told apart within {within}."),
        [others @ .., last] => format!(
            " These {} cannot be told apart within {within}: {name}; {}; and {last}.",
            number(close.len() + 1),
            others.join("; ")
        ),
    };
    format!("By {}, {sure}{apart}", metric.title.to_lowercase())
}

/// Small numbers in words.
fn number(count: usize) -> String {
    const WORDS: [&str; 8] = ["three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let word = count.checked_sub(3).and_then(|at| WORDS.get(at));
    word.map_or_else(|| count.to_string(), |word| (*word).to_owned())
}
