//! How many advisors are enough?

use crate::experiment::{cells, digest, staff};
use crate::output::document::{Header, StaffDocument};
use crate::output::manifest::Contents;
use crate::output::results::Results;
use crate::output::{sheets, staffing};
use crate::questions::wrong::WrongInput;
use crate::questions::{Host, Subject};

/// Searches for the smallest team that reaches all targets of the scenario's `[staff]` table, or the largest book that a team
/// carries.
///
/// # Errors
///
/// [`WrongInput`], and those of the work.
pub fn answer(subject: &Subject, host: &impl Host) -> anyhow::Result<()> {
    let experiment = subject.experiment(host)?;
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let Some(question) = file.staff.clone() else {
        let words = format!(
            "{} asks nothing about staff: add a [staff] table with at least one [[staff.target]]",
            subject.file
        );
        return Err(WrongInput::Words(words).into());
    };
    let confidence = file.confidence.get();
    let plan = cells::plan(&experiment, &format!("staff {question:?}"));
    let sizes = staff::most_sizes(&question);
    let replications = u64::from(sizes) * u64::from(experiment.replications);
    let (answers, tried) = host.during(Some(plan), replications, |runs| {
        let mut tried = Vec::new();
        let answers = staff::search(&question, |size| -> anyhow::Result<staff::Answer> {
            let experiment = staff::of_size(&experiment, &question, size);
            let (chunk, stopped_by) = runs.replicate(&experiment)?;
            let answer = staff::judge(&question, size, &chunk, confidence);
            tried.push((size, experiment, chunk, stopped_by));
            Ok(answer)
        })?;
        Ok((answers, tried))
    })?;
    let found = staff::edge(&question, &answers);
    let digests: Vec<(String, String)> = (tried.iter())
        .map(|(size, ran, chunk, _)| {
            let names = ran.variants.iter().map(|variant| variant.name.as_str());
            (format!("{} {size}", question.vary.name()), digest::of_all(chunk, names))
        })
        .collect();
    let digest = digest::of_points(digests.iter().map(|(point, digest)| (point.as_str(), digest.as_str())));
    // The document begins with the run that gave the answer, or else with the first.
    let (_, ran, chunk, stopped_by) =
        tried.iter().find(|(size, ..)| Some(*size) == found).unwrap_or(&tried[0]);
    let results = Results { experiment: ran, chunk, stopped_by: *stopped_by, why: &[], best: None };
    let header = Header { digest: Some(digest), ..Header::of(&results) };
    let document = StaffDocument::of(header.clone(), &question, &answers, found, &experiment);
    let tables = vec![sheets::replications(&results)];
    let contents = Contents { results: &results, header, document: &document, tables };
    host.answered(contents, subject.asked("staff"), |width| {
        staffing::show(&experiment, &question, &answers, found, width)
    })
}
