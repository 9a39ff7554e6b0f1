//! The answer of a comparison in a sentence for each variant.

use crate::base::stats::{Better, PairedDifference};
use crate::experiment::{compare, control};
use crate::metrics::{CATALOGUE, MetricDefinition};
use crate::output::results::Results;
use crate::output::words::{Words, digits, partly, probability};
use crate::output::{adjusted, few};

/// Answers on the first headline metric that can be better or worse, a line for each variant but the baseline.
#[must_use]
pub fn answers(results: &Results<'_>) -> Vec<String> {
    let Some(asked) = results.answered() else { return Vec::new() };
    let (variants, baseline) = (results.experiment.variants.len(), results.experiment.baseline);
    let ceilings = compare::ceilings(results.chunk, variants, baseline);
    let differences = compare::differences(results.chunk, variants, baseline, results.confidence());
    let confidence = results.confidence();
    let controlled = control::differences(results.chunk, variants, baseline, asked, confidence);
    let asked = differences.iter().filter(|difference| difference.metric == asked);
    asked
        .zip(ceilings)
        .zip(controlled)
        .map(|((difference, ceiling), controlled)| {
            let metric = &CATALOGUE[difference.metric];
            let name = &results.experiment.variants[difference.variant].name;
            let answer = sentence(metric, results.words(metric), &difference.paired);
            let luck = shared(&difference.paired, ceiling.ceiling.map(|ceiling| ceiling.correlation));
            let words = results.words(metric);
            let taken_out = adjusted::sentence(difference.metric, words, controlled.as_ref());
            format!("{name}: {answer}{luck}{taken_out}")
        })
        .collect()
}

/// Says what a difference means, and of how many pairs, where some had nothing to measure.
fn sentence(metric: &MetricDefinition, words: Words<'_>, paired: &PairedDifference) -> String {
    let verdict = verdict(metric, words, paired) + &few::about("it", few::enough(paired.n, paired.n_enough));
    let part = partly(paired.n, paired.n + paired.n_missing).filter(|_| paired.n > 0);
    match part {
        Some(part) => format!("{verdict} Pairs of replications: {part}."),
        None => verdict,
    }
}

fn verdict(metric: &MetricDefinition, words: Words<'_>, paired: &PairedDifference) -> String {
    let title = lower_first(metric.title);
    let Some(mean) = paired.mean else {
        return format!("{title} could not be measured under both.");
    };
    let (Some(low), Some(high)) = (paired.ci_low, paired.ci_high) else {
        return format!(
            "{title} differs by {} in the one replication that tells; more are needed to say how sure that is.",
            words.difference(mean)
        );
    };
    if low == 0.0 && high == 0.0 {
        return format!("{title} is the same in every replication.");
    }
    let interval = words.difference_interval(low, high);
    if low <= 0.0 && high >= 0.0 {
        return format!(
            "no clear difference in {title}: {} ({interval}). More replications would narrow this.",
            words.difference(mean)
        );
    }
    let verdict = match (metric.better, mean > 0.0) {
        (Better::Higher, true) | (Better::Lower, false) => "is better",
        (Better::Higher, false) | (Better::Lower, true) => "is worse",
        (Better::Neither, true) => "is higher",
        (Better::Neither, false) => "is lower",
    };
    let sure = paired
        .p_better
        .map_or(String::new(), |p| format!("; probability that it is better: {}", probability(p)));
    format!("{title} {verdict}: {} ({interval}{sure}).", words.difference(mean))
}

/// Says how much luck was shared, and how much could be.
fn shared(paired: &PairedDifference, ceiling: Option<f64>) -> String {
    let Some(correlation) = paired.correlation else { return String::new() };
    let ceiling =
        ceiling.map_or(String::new(), |ceiling| format!("; renewals alone allow {}", digits(ceiling, 2)));
    format!(" Luck shared: correlation {}{ceiling}.", digits(correlation, 2))
}

/// Returns a title as it stands inside a sentence.
pub(super) fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;

    fn said(metric: &str, candidate: &[f64], baseline: &[f64]) -> String {
        let metric = metrics::find(metric).unwrap();
        // What is no number had nothing to measure.
        let some =
            |values: &[f64]| values.iter().map(|it| Some(*it).filter(|it| !it.is_nan())).collect::<Vec<_>>();
        let paired = PairedDifference::of(&some(candidate), &some(baseline), 0.95, metric.better);
        sentence(metric, Words { unit: metric.unit, currency: "USD" }, &paired)
    }

    #[test]
    fn the_sentence_follows_the_interval_and_the_direction() {
        let gross = "gross_revenue_retention";
        let clearly = said(gross, &[0.86, 0.87, 0.88], &[0.80, 0.81, 0.83]);
        assert!(clearly.starts_with("gross revenue retention is better: +5.7 points"), "{clearly}");
        let worse = said(gross, &[0.80, 0.81, 0.83], &[0.86, 0.87, 0.88]);
        assert!(worse.contains("is worse: -5.7 points"), "{worse}");
        let open = said(gross, &[0.80, 0.90, 0.85], &[0.85, 0.85, 0.84]);
        assert!(open.starts_with("no clear difference"), "{open}");
        let same = said(gross, &[0.80, 0.90], &[0.80, 0.90]);
        assert!(same.ends_with("is the same in every replication."), "{same}");
        let single = said(gross, &[0.9], &[0.8]);
        assert!(single.contains("the one replication"), "{single}");
        let decided: Vec<f64> = (0..20).map(|at| if at < 19 { 0.8 } else { 0.9 }).collect();
        let rarely = said(gross, &decided, &[0.8; 20]);
        assert!(
            rarely.contains("no clear difference")
                && rarely.ends_with("about 366 replications would be enough."),
            "{rarely}"
        );
        let few = said(gross, &[0.86, 0.87, f64::NAN], &[0.80, 0.81, 0.83]);
        assert!(few.ends_with("Pairs of replications: 2 of 3 measured."), "{few}");
    }
}
