//! A life as a timeline in the terminal: day by day, or two lives side by side from where they part.

use std::fmt::Write;

use crate::base::money::Money;
use crate::base::time::Day;
use crate::engine::trace::Moment;
use crate::output::happened;
use crate::output::trace::words::{decided, money, percent};
use crate::output::trace::{Event, Subject, Traced, events, parting, told};
use crate::output::words::{counted, digits, wrapped};
use crate::program::stage::Stage;
use crate::scenario::Scenario;

/// Space before what is said of an event: its time of day and two blanks.
const INDENT: &str = "       ";

/// Between two lives.
const GAP: &str = " │ ";

/// Shows a life, `width` characters wide.
#[must_use]
pub fn show(subject: Subject<'_>, traced: Traced<'_>, width: u16) -> String {
    let width = usize::from(width);
    let all = told(traced);
    let mut text = heading(subject, traced, width);
    let mut numbers = None;
    for (day, of_day) in &by_day(&all) {
        text.push('\n');
        for line in day_of(traced.scenario, *day, of_day, &mut numbers, width) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    if all.is_empty() {
        text.push_str("\nNothing happens to it.\n");
    }
    text
}

/// Shows two lives of an account side by side from where they part, `width` characters wide.
#[must_use]
pub fn beside(subject: Subject<'_>, one: Traced<'_>, other: Traced<'_>, width: u16) -> String {
    let width = usize::from(width);
    let half = (width - GAP.chars().count()) / 2;
    let (left, right) = (told(one), told(other));
    let common = parting(&left, &right);
    let mut text = heading(subject, one, width);
    text.push('\n');
    text.push_str(&wrapped(&split(&parted(one, other)), " ", width, ""));
    if common == left.len() && common == right.len() {
        return text;
    }
    let columns = |left: &str, right: &str| {
        let room = half.saturating_sub(left.chars().count());
        format!("{left}{}{GAP}{right}", " ".repeat(room)).trim_end().to_owned()
    };
    writeln!(text, "\n{}", columns(one.variant, other.variant)).expect("a string can grow");
    writeln!(text, "{}─┼─{}", "─".repeat(half), "─".repeat(half)).expect("a string can grow");
    let (left, right) = (by_day(&left[common..]), by_day(&right[common..]));
    let mut days: Vec<Day> = left.iter().chain(&right).map(|(day, _)| *day).collect();
    days.sort_unstable();
    days.dedup();
    let (mut before_left, mut before_right) = (None, None);
    for day in days {
        let (of_left, of_right) = (on(&left, day), on(&right, day));
        let left = day_of(one.scenario, day, of_left, &mut before_left, half);
        let right = if is_same(of_left, of_right) {
            let date = other.scenario.almanac.date(day).format("%a %Y-%m-%d");
            let mut lines = vec![format!("{date}  as on the left")];
            lines.extend(figures(other.scenario, of_right, &mut before_right, half));
            lines
        } else {
            day_of(other.scenario, day, of_right, &mut before_right, half)
        };
        for line in 0..left.len().max(right.len()) {
            let at = |lines: &[String]| lines.get(line).cloned().unwrap_or_default();
            text.push_str(&columns(&at(&left), &at(&right)));
            text.push('\n');
        }
        text.push_str(&columns("", ""));
        text.push('\n');
    }
    text
}

/// Says where two lives part.
pub(super) fn parted(one: Traced<'_>, other: Traced<'_>) -> String {
    let (left, right) = (events(one), events(other));
    let common = parting(&left, &right);
    let next = [left.get(common), right.get(common)].into_iter().flatten().map(|event| event.at.day()).min();
    let shared = counted(common as u64, "event", "events");
    match next {
        Some(day) => {
            let date = one.scenario.almanac.date(day);
            format!(
                "Under {} and {} its lives part on {date}, after {shared} in common.",
                one.variant, other.variant
            )
        }
        None => {
            format!("{} and {} treat it alike: all of its {shared} are the same.", one.variant, other.variant)
        }
    }
}

/// Returns whether the same happened in both lives on a day.
pub(super) fn is_same(left: &[&Event], right: &[&Event]) -> bool {
    !left.is_empty() && left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.is_same(b))
}

fn split(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

/// Says whose life it is, and how it begins, below the scenario's name.
fn heading(subject: Subject<'_>, traced: Traced<'_>, width: usize) -> String {
    let paragraphs = whose(subject, traced).map(|words| wrapped(&split(&words), " ", width, ""));
    format!("{}\n{}", subject.scenario, paragraphs.concat())
}

/// Says whose life it is, and how it begins.
pub(super) fn whose(subject: Subject<'_>, traced: Traced<'_>) -> [String; 2] {
    let Traced { variant, scenario, life } = traced;
    // A list holds whatever its cells hold, line ends and escapes too.
    let seen = |name: &str| name.replace(char::is_control, " ");
    let name = subject.name.map_or(String::new(), |name| format!(" ({})", seen(name)));
    let whose = format!(
        "Account {}{name}, variant {variant}, replication {} of seed {}, {} from {}.",
        life.account,
        subject.replication,
        subject.seed,
        counted(scenario.horizon.0 as u64, "day", "days"),
        scenario.file.start,
    );
    let begins = if life.opening.arr > Money::ZERO {
        let close = scenario.almanac.date(life.close);
        format!("A customer since {close}. At the start: {}.", numbers(&life.opening, scenario).join(", "))
    } else {
        "No customer at the start.".to_owned()
    };
    [whose, begins]
}

/// Puts together what happened on a day.
pub(super) fn by_day(events: &[Event]) -> Vec<(Day, Vec<&Event>)> {
    let mut days: Vec<(Day, Vec<&Event>)> = Vec::new();
    for event in events {
        match days.last_mut() {
            Some((day, of_day)) if *day == event.at.day() => of_day.push(event),
            _ => days.push((event.at.day(), vec![event])),
        }
    }
    days
}

/// Returns what happened on `day`.
pub(super) fn on<'a, 'b>(days: &'b [(Day, Vec<&'a Event>)], day: Day) -> &'b [&'a Event] {
    days.iter().find(|(other, _)| *other == day).map_or(&[], |(_, events)| events)
}

/// Writes the lines of a day: its events, and the numbers where they are others than `before`.
fn day_of(
    scenario: &Scenario,
    day: Day,
    events: &[&Event],
    before: &mut Option<Vec<String>>,
    width: usize,
) -> Vec<String> {
    if events.is_empty() {
        return Vec::new();
    }
    let date = scenario.almanac.date(day);
    let mut lines = vec![date.format("%a %Y-%m-%d").to_string()];
    let mut add = |text: &str, first: &str| {
        let paragraph = wrapped(&split(text), " ", width, INDENT);
        for (at, line) in paragraph.lines().enumerate() {
            lines.push(if at == 0 { format!("{first}{}", &line[first.len()..]) } else { line.to_owned() });
        }
    };
    let mut last = None;
    for event in events {
        let second = event.at.second_of_day();
        let clock = format!("{:02}:{:02}", second / 3_600, second / 60 % 60);
        let clock = if last == Some(clock.clone()) { String::new() } else { last.insert(clock).clone() };
        let sentence = [Some(event.what.as_str()), event.why.as_deref()];
        let sentence: Vec<&str> = sentence.into_iter().flatten().collect();
        add(&sentence.join(" "), &clock);
        for decision in decided(&event.decisions) {
            add(&format!("? {decision}"), "");
        }
    }
    lines.extend(figures(scenario, events, before, width));
    lines
}

/// Writes the numbers at the end of a day: all of them on the first and on the day of a milestone, else those that are others
/// than `before`.
fn figures(
    scenario: &Scenario,
    events: &[&Event],
    before: &mut Option<Vec<String>>,
    width: usize,
) -> Vec<String> {
    let Some(last) = events.last() else { return Vec::new() };
    let now = numbers(&last.moment, scenario);
    let is_milestone = events.iter().any(|event| happened::is_milestone(event.kind));
    let shown: Vec<String> = match before {
        Some(before) if !is_milestone => {
            now.iter().filter(|number| !before.contains(number)).cloned().collect()
        }
        _ => now.clone(),
    };
    *before = Some(now);
    let lines = wrapped(&shown, ", ", width, &format!("{INDENT}= "));
    let indented = |(at, line): (usize, &str)| {
        if at == 0 { line.to_owned() } else { line.replacen("= ", "  ", 1) }
    };
    lines.lines().enumerate().map(indented).collect()
}

/// Writes the numbers of a moment, each with its name.
pub(super) fn numbers(moment: &Moment, scenario: &Scenario) -> Vec<String> {
    let figure = |share: Option<f64>| share.map_or("-".to_owned(), percent);
    // Whoever was handed over to a team outside the scenario is a customer still.
    let is_elsewhere = moment.stage == Stage::Left && moment.arr > Money::ZERO;
    let stage = if is_elsewhere { "with another team" } else { moment.stage.name() };
    let mut numbers = vec![
        stage.to_owned(),
        format!("{} (score {})", moment.band, digits(moment.score, 1)),
        format!("utilization {}", figure(moment.utilization)),
        format!("usage {}", figure(moment.usage)),
        format!("{} a year", money(moment.arr, scenario)),
        format!("relationship {}", signed(moment.relationship)),
        format!("odds of churn {}", percent(moment.churn)),
    ];
    numbers.extend(moment.champion_missing.then(|| "no champion".to_owned()));
    numbers.extend(moment.in_lighthouse.then(|| "in Lighthouse".to_owned()));
    numbers
}

/// Writes a number of standard deviations with its sign.
fn signed(value: f64) -> String {
    let plain = digits(value, 2);
    if plain.starts_with('-') || plain.chars().all(|c| matches!(c, '0' | '.')) {
        plain
    } else {
        format!("+{plain}")
    }
}
