//! The table of all points that a question was answered by.

use super::Asked;
use crate::output::sheet::{Column, Sheet};

/// Returns a table with one row a point and replication: the value of every assumption, and the answer there. Durations are in
/// seconds, rates a day, shares fractions; the base is point 0.
#[must_use]
pub fn points(asked: &Asked<'_>) -> Sheet {
    let points = &asked.answered.points;
    let rows = || {
        let replications = |at: usize| (0..points[at].answer.len()).map(move |replication| (at, replication));
        (0..points.len()).flat_map(replications)
    };
    let mut columns = vec![
        Column::whole("point", rows().map(|(at, _)| at as i64)),
        Column::whole("replication", rows().map(|(_, replication)| replication as i64)),
    ];
    for (factor, used) in asked.question.factors.iter().enumerate() {
        columns.push(Column::number(&used.key, rows().map(|(at, _)| Some(points[at].values[factor]))));
    }
    columns.push(Column::number("answer", rows().map(|(at, replication)| points[at].answer[replication])));
    Sheet { name: "points", columns }
}
