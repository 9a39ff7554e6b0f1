//! The course of an account's numbers as a picture: stages, published figures and health, week by week.

use std::fmt::Write;

use crate::base::time::Day;
use crate::engine::record::Happened;
use crate::engine::trace::{Moment, Told};
use crate::output::trace::Traced;
use crate::output::trace::words::titled;
use crate::program::stage::Stage;

const WIDTH: f64 = 720.0;
/// Room for the labels of the axes at the left, and for the names of curves at the right.
const SIDES: (f64, f64) = (40.0, 78.0);
/// Top and bottom of the panels: stages, figures, score.
const STAGES: (f64, f64) = (14.0, 32.0);
const FIGURES: (f64, f64) = (46.0, 176.0);
const SCORE: (f64, f64) = (192.0, 262.0);
const HEIGHT: f64 = 286.0;

/// Draws the weeks of a life.
pub(super) fn chart(traced: Traced<'_>) -> String {
    let Traced { scenario, life, .. } = traced;
    let program = &scenario.programs[usize::from(life.entries.first().map_or(0, |entry| entry.program))];
    let span = f64::from(scenario.horizon.0.max(1));
    let place = |day: Day| SIDES.0 + (WIDTH - SIDES.0 - SIDES.1) * f64::from(day.0) / span;
    let mut svg = format!(
        "<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Stages, utilization, usage and health score over time\">\n"
    );
    stages(&mut svg, traced, place);
    let (top, bottom) = FIGURES;
    let highest = life.weeks.iter().filter_map(|(_, moment)| moment.utilization).fold(1.0, f64::max);
    let share = |value: f64| bottom - (bottom - top) * value / highest;
    for (value, label) in [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")] {
        axis(&mut svg, share(value), label);
    }
    let gates =
        [(program.stages.utilization_gate.get(), "utilization"), (program.stages.usage_gate.get(), "usage")];
    for (gate, name) in gates {
        let y = share(gate);
        put(
            &mut svg,
            &format!(
                "<line class=\"gate\" x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--{name})\"/>",
                SIDES.0,
                WIDTH - SIDES.1
            ),
        );
    }
    curve(&mut svg, traced, place, "utilization", |moment| moment.utilization.map(share));
    curve(&mut svg, traced, place, "usage", |moment| moment.usage.map(share));
    let (top, bottom) = SCORE;
    let score = |value: f64| bottom - (bottom - top) * value / 10.0;
    let health = &program.health;
    for (value, label) in [(0.0, "0"), (10.0, "10")] {
        axis(&mut svg, score(value), label);
    }
    for (value, name) in [(health.green_min.get(), "green"), (health.red_max.get(), "red")] {
        let y = score(value);
        put(
            &mut svg,
            &format!(
                "<line class=\"gate\" x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--{name})\"/>",
                SIDES.0,
                WIDTH - SIDES.1
            ),
        );
    }
    curve(&mut svg, traced, place, "score", |moment| Some(score(moment.score)));
    dates(&mut svg, traced, place);
    svg.push_str(
        "</svg><figcaption>Published utilization and usage on Mondays with the gate of each, and the health score with the \
         thresholds of green and red (dashed).</figcaption></figure>",
    );
    svg
}

fn put(svg: &mut String, part: &str) {
    svg.push_str(part);
    svg.push('\n');
}

/// Draws which stage the account is in.
fn stages(svg: &mut String, traced: Traced<'_>, place: impl Fn(Day) -> f64) {
    let Traced { scenario, life, .. } = traced;
    let mut changes = vec![(Day(0), life.opening.stage)];
    for entry in &life.entries {
        match entry.told {
            Told::Happened(Happened::Stage(stage)) => changes.push((entry.at.day(), stage)),
            Told::Happened(Happened::Churned | Happened::ProspectLost) => {
                changes.push((entry.at.day(), Stage::Left));
            }
            _ => {}
        }
    }
    changes.push((scenario.horizon, Stage::Left));
    for pair in changes.windows(2) {
        let ((from, stage), (to, _)) = (pair[0], pair[1]);
        let (x, width) = (place(from), place(to) - place(from));
        if stage == Stage::Left || width <= 0.0 {
            continue;
        }
        let opacity = match stage {
            Stage::Prospect | Stage::Left => 0.08,
            Stage::Onboarding => 0.16,
            Stage::Adopting => 0.28,
            Stage::Nurturing => 0.48,
            Stage::Renewing => 0.7,
        };
        let (top, height) = (STAGES.0, STAGES.1 - STAGES.0);
        let name = titled(stage.name());
        put(
            svg,
            &format!(
                "<rect x=\"{x:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{height}\" fill=\"var(--utilization)\" \
             fill-opacity=\"{opacity}\" stroke=\"var(--paper)\"><title>{name}</title></rect>"
            ),
        );
        // About six units a letter.
        if width > 6.0 * name.len() as f64 + 8.0 {
            put(
                svg,
                &format!(
                    "<text x=\"{:.1}\" y=\"{}\" style=\"fill:var(--ink)\">{name}</text>",
                    x + 4.0,
                    STAGES.1 - 5.0
                ),
            );
        }
    }
}

fn axis(svg: &mut String, y: f64, label: &str) {
    put(
        svg,
        &format!(
            "<line class=\"axis\" x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
         <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            SIDES.0,
            WIDTH - SIDES.1,
            SIDES.0 - 6.0,
            y + 4.0
        ),
    );
}

/// Draws a figure over the weeks in which it is known, and names it at its end.
fn curve(
    svg: &mut String,
    traced: Traced<'_>,
    place: impl Fn(Day) -> f64,
    name: &str,
    height: impl Fn(&Moment) -> Option<f64>,
) {
    let mut path = String::new();
    let mut last: Option<(Day, f64, f64)> = None;
    for (day, moment) in &traced.life.weeks {
        let Some(y) = height(moment) else { continue };
        let x = place(*day);
        // After a gap of more than a week the line begins anew.
        let joined = last.is_some_and(|(before, ..)| day.0 - before.0 <= 7);
        write!(path, "{}{x:.1} {y:.1}", if joined { "L" } else { "M" }).expect("a string can grow");
        last = Some((*day, x, y));
    }
    if let Some((_, x, y)) = last {
        put(svg, &format!("<path class=\"curve\" d=\"{path}\" stroke=\"var(--{name})\"/>"));
        put(
            svg,
            &format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" style=\"fill:var(--{name})\">{name}</text>",
                x + 5.0,
                y + 4.0
            ),
        );
    }
}

/// Writes the start of each calendar year, or of each quarter of a short run, below the panels.
fn dates(svg: &mut String, traced: Traced<'_>, place: impl Fn(Day) -> f64) {
    let almanac = &traced.scenario.almanac;
    let horizon = traced.scenario.horizon;
    let mut day = Day(0);
    let quarters = if horizon.0 > 500 { 2 } else { 1 };
    let mut count = 0;
    while day < horizon {
        if count % quarters == 0 {
            let x = place(day);
            put(
                svg,
                &format!(
                    "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{}\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                    FIGURES.0,
                    SCORE.1,
                    SCORE.1 + 16.0,
                    almanac.date(day).format("%b %Y")
                ),
            );
        }
        count += 1;
        day = almanac.next_quarter_start(Day(day.0 + 1));
    }
}
