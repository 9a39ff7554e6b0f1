//! A life as a page: one file that opens in any browser, light or dark, and asks nobody for anything.

use std::fmt::Write;

use quick_xml::escape::escape;

use crate::base::time::Day;
use crate::engine::trace::Moment;
use crate::output::happened;
use crate::output::trace::chart::chart;
use crate::output::trace::text::{by_day, is_same, numbers, on, parted, whose};
use crate::output::trace::words::decided;
use crate::output::trace::{Event, Subject, Traced, parting, told};
use crate::scenario::Scenario;

const STYLE: &str = include_str!("page.css");

/// Writes a life, or two side by side from where they part, as HTML.
#[must_use]
pub fn page(subject: Subject<'_>, one: Traced<'_>, other: Option<Traced<'_>>) -> String {
    let title = format!("Account {} of {}", one.life.account, subject.scenario);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
        title = escape(title.as_str()),
    );
    for sentence in whose(subject, one) {
        add(&mut page, &format!("<p class=\"soft\">{}</p>", escape(sentence.as_str())));
    }
    match other {
        None => {
            add(&mut page, &chart(one));
            add(&mut page, "<h2>Day by day</h2>\n<main>");
            let mut before = None;
            for (day, of_day) in by_day(&told(one)) {
                add(&mut page, &day_of(one.scenario, day, &of_day, &mut before));
            }
            add(&mut page, "</main>");
        }
        Some(other) => beside(&mut page, one, other),
    }
    add(&mut page, "</body>\n</html>");
    page
}

fn add(page: &mut String, part: &str) {
    page.push_str(part);
    page.push('\n');
}

fn beside(page: &mut String, one: Traced<'_>, other: Traced<'_>) {
    let (left, right) = (told(one), told(other));
    let common = parting(&left, &right);
    let sentence = parted(one, other);
    let sentence = escape(sentence.as_str());
    add(page, &format!("<p><strong>{sentence}</strong></p>\n<main class=\"beside\">"));
    for traced in [one, other] {
        add(
            page,
            &format!("<div class=\"picture\"><h2>{}</h2>\n{}</div>", escape(traced.variant), chart(traced)),
        );
    }
    let (left, right) = (by_day(&left[common..]), by_day(&right[common..]));
    let mut days: Vec<Day> = left.iter().chain(&right).map(|(day, _)| *day).collect();
    days.sort_unstable();
    days.dedup();
    let (mut before_left, mut before_right) = (None, None);
    for day in days {
        add(page, &day_of(one.scenario, day, on(&left, day), &mut before_left));
        let class = if is_same(on(&left, day), on(&right, day)) { "same" } else { "other" };
        let right = day_of(other.scenario, day, on(&right, day), &mut before_right);
        add(page, &right.replacen("class=\"day", &format!("class=\"{class} day"), 1));
    }
    add(page, "</main>");
}

/// Writes a day; its numbers only where they are others than `before`.
fn day_of(scenario: &Scenario, day: Day, events: &[&Event], before: &mut Option<Vec<String>>) -> String {
    if events.is_empty() {
        return "<section class=\"day\"></section>".to_owned();
    }
    let date = scenario.almanac.date(day).format("%a %Y-%m-%d");
    let mut html = format!("<section class=\"day\"><time>{date}</time>\n");
    for event in events {
        html.push_str(&event_of(event));
    }
    let moment = &events[events.len() - 1].moment;
    let now = numbers(moment, scenario);
    if before.as_ref() != Some(&now) {
        add(&mut html, &figures(moment, &now));
        *before = Some(now);
    }
    html.push_str("</section>");
    html
}

fn event_of(event: &Event) -> String {
    let second = event.at.second_of_day();
    let class = if happened::is_milestone(event.kind) { "event large" } else { "event" };
    let mut html = format!(
        "<div class=\"{class}\"><time>{:02}:{:02}</time><div><span class=\"what\">{}</span>",
        second / 3_600,
        second / 60 % 60,
        escape(event.what.as_str())
    );
    if let Some(why) = &event.why {
        write!(html, " <span class=\"why\">{}</span>", escape(why.as_str())).expect("a string can grow");
    }
    for words in decided(&event.decisions) {
        write!(html, "<span class=\"chance\">{}</span>", escape(words.as_str())).expect("a string can grow");
    }
    html.push_str("</div></div>\n");
    html
}

fn figures(moment: &Moment, numbers: &[String]) -> String {
    let band = moment.band.to_string();
    let number = |text: &String| {
        let class = if text.starts_with(&band) { format!("<b class=\"{band}\">") } else { "<b>".to_owned() };
        format!("{class}{}</b>", escape(text.as_str()))
    };
    format!("<div class=\"numbers\">{}</div>", numbers.iter().map(number).collect::<Vec<_>>().join(" · "))
}
