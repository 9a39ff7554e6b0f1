//! A staffing question and its answer, as a manager reads them.

use std::fmt::Write;

use crate::experiment::staff::{Answer, Reached};
use crate::metrics;
use crate::output::few;
use crate::output::table::{aligned, grid, wrapped_line};
use crate::output::words::{Words, counted, digits, partly};
use crate::scenario::file::{Relation, StaffSettings, Vary};
use crate::scenario::load::Experiment;

/// Shows each size that was tried with its targets and costs, and the answer in a sentence, `width` characters wide.
#[must_use]
pub fn show(
    experiment: &Experiment,
    question: &StaffSettings,
    answers: &[Answer],
    found: Option<u32>,
    width: u16,
) -> String {
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let currency = file.currency.as_str();
    let mut table = grid(width);
    let mut header = vec![String::new()];
    header.extend(answers.iter().map(|answer| size(question.vary, answer.size)));
    table.set_header(header);
    let mut row = |title: String, cell: &dyn Fn(&Answer) -> String| {
        let mut cells = vec![title];
        cells.extend(answers.iter().map(cell));
        table.add_row(cells);
    };
    row("Accounts for an advisor".to_owned(), &|answer| {
        digits(accounts_per_advisor(experiment, question, answer.size), 1)
    });
    for (at, target) in question.target.iter().enumerate() {
        let Some(metric) = metrics::find(target.metric.as_str()) else { continue };
        let words = Words { unit: metric.unit, currency };
        let relation = if target.relation == Relation::AtLeast { "at least" } else { "at most" };
        let asked = if target.against_unlimited {
            format!(
                "{}, against unlimited: {relation} {}",
                metric.title,
                words.difference(target.value.get())
            )
        } else {
            format!("{}: {relation} {}", metric.title, words.value(target.value.get()))
        };
        row(asked, &|answer| answer.targets.get(at).map_or(String::new(), |reached| cell(words, reached)));
    }
    for name in
        ["gross_revenue_retention", "advisor_utilization", "net_value", "net_revenue_per_advisor_hour"]
    {
        let Some((at, metric)) = metrics::position(name).zip(metrics::find(name)) else { continue };
        let words = Words { unit: metric.unit, currency };
        row(metric.title.to_owned(), &|answer| {
            answer.metrics[at].map_or("nothing to measure".to_owned(), |estimate| words.value(estimate.mean))
        });
    }
    row("Cost of the team a year".to_owned(), &|answer| {
        let money = Words { unit: metrics::Unit::Money, currency };
        money.value(f64::from(advisors(experiment, question, answer.size)) * file.value.advisor_cost.get())
    });
    row("Reaches all targets".to_owned(), &|answer| if answer.meets { "yes" } else { "no" }.to_owned());
    aligned(&mut table);
    let mut text = format!("{}\n", experiment.name);
    if let Some(question) = &experiment.question {
        writeln!(text, "{question}").expect("a string can grow");
    }
    writeln!(text, "{table}\n{}", sentence(experiment, question, found)).expect("a string can grow");
    text.push_str(&of_few(question, answers, width));
    text
}

/// Says about which targets few replications decide, where the interval ends near the target.
fn of_few(question: &StaffSettings, answers: &[Answer], width: u16) -> String {
    let of = |answer: &Answer| {
        let few = answer.targets.iter().filter_map(|target| {
            let interval = target.ci_low.zip(target.ci_high);
            let enough = few::enough(target.n, target.n_enough);
            Some((
                metrics::find(&target.metric)?.title,
                few::enough_to_judge(target.value, interval, enough)?,
            ))
        });
        (size(question.vary, answer.size), few.collect())
    };
    let line = few::of_table(&answers.iter().map(of).collect::<Vec<_>>());
    if line.is_empty() { line } else { wrapped_line(&line, width) }
}

fn size(vary: Vary, size: u32) -> String {
    match vary {
        Vary::Advisors => counted(size.into(), "advisor", "advisors"),
        Vary::Accounts => counted(size.into(), "account", "accounts"),
    }
}

fn cell(words: Words<'_>, reached: &Reached) -> String {
    let Some(mean) = reached.mean else { return "nothing to measure".to_owned() };
    let mark = if reached.ok { "✓" } else { "✗" };
    let (value, interval) = if reached.against_unlimited {
        (
            words.difference(mean),
            reached.ci_low.zip(reached.ci_high).map(|(low, high)| words.difference_interval(low, high)),
        )
    } else {
        (words.value(mean), reached.ci_low.zip(reached.ci_high).map(|(low, high)| words.interval(low, high)))
    };
    let lines = [interval, partly(reached.n, reached.n + reached.n_missing)];
    let below: Vec<String> = lines.into_iter().flatten().collect();
    format!("{value} {mark}\n{}", below.join("\n"))
}

/// Returns the advisors of the pool in question, or of all pools where the book is varied.
#[must_use]
pub fn advisors(experiment: &Experiment, question: &StaffSettings, size: u32) -> u32 {
    let pools = &experiment.variants[experiment.baseline].scenario.file.pool;
    let others = pools.iter().filter(|pool| {
        question.vary == Vary::Accounts || !is_asked(experiment, question, pool.name.as_str())
    });
    let others: u32 = others.map(|pool| pool.advisors.get()).sum();
    others + if question.vary == Vary::Advisors { size } else { 0 }
}

fn is_asked(experiment: &Experiment, question: &StaffSettings, pool: &str) -> bool {
    let pools = &experiment.variants[experiment.baseline].scenario.file.pool;
    question
        .pool
        .as_ref()
        .or(pools.first().map(|first| &first.name))
        .is_some_and(|name| name.as_str() == pool)
}

/// Returns how many accounts of the opening book there are for each advisor.
#[must_use]
pub fn accounts_per_advisor(experiment: &Experiment, question: &StaffSettings, size: u32) -> f64 {
    let accounts = match question.vary {
        Vary::Advisors => experiment.variants[experiment.baseline].scenario.opening_accounts(),
        Vary::Accounts => size,
    };
    f64::from(accounts) / f64::from(advisors(experiment, question, size).max(1))
}

fn sentence(experiment: &Experiment, question: &StaffSettings, found: Option<u32>) -> String {
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let confidence = match file.replications.get() {
        1 => "in the one replication that was run".to_owned(),
        _ => format!("with {} % confidence", digits(file.confidence.get() * 100.0, 0)),
    };
    match (question.vary, found) {
        (Vary::Advisors, Some(advisors)) => format!(
            "{} {} enough {confidence}: {} accounts for each.",
            size(question.vary, advisors),
            if advisors == 1 { "is" } else { "are" },
            digits(accounts_per_advisor(experiment, question, advisors), 1)
        ),
        (Vary::Advisors, None) => {
            format!(
                "No team of up to {} reaches all targets {confidence}.",
                size(question.vary, question.to.get())
            )
        }
        (Vary::Accounts, Some(accounts)) => format!(
            "The team carries {} {confidence}: {} for each advisor.",
            size(question.vary, accounts),
            digits(accounts_per_advisor(experiment, question, accounts), 1)
        ),
        (Vary::Accounts, None) => format!(
            "With {} the team already misses a target {confidence}.",
            size(question.vary, question.from.get())
        ),
    }
}
