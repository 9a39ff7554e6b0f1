//! The report: a finished run as one page that can be sent.
//!
//! The page holds everything it shows, charts and the scripts that draw them included, asks the network for nothing, and
//! forbids itself to ([`POLICY`]). Without scripts it is sentences and tables.

mod few;
mod markup;
mod parts;

use std::io::Write;

use serde_json::{Value, json};

use crate::output::charts::{self, Chart, Ink};
use crate::output::finished::Finished;
use crate::output::report::markup::{escaped, inside_script, table};
use crate::output::vendor;

/// The file in a run folder.
pub const REPORT: &str = "report.html";

/// What the page allows itself: its own text, and nothing from anywhere.
pub const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                          base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Returns the page of a finished run.
#[must_use]
pub fn page(finished: &Finished) -> String {
    let families: Vec<(&charts::Family, Vec<Chart>)> =
        charts::FAMILIES.iter().map(|family| (family, (family.make)(finished))).collect();
    let families: Vec<_> = families.into_iter().filter(|(_, charts)| !charts.is_empty()).collect();
    let drawn: Vec<&Chart> = families.iter().flat_map(|(_, charts)| charts).collect();
    let name = escaped(finished.name());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}</title>\n<style>\n{STYLE}</style>\n\
         <noscript><style>.chart {{ display: none }}</style></noscript>\n</head>\n<body>\n"
    );
    page.push_str(&parts::first_screen(finished, &drawn));
    page.push_str(&parts::contents(&families, !finished.variants().is_empty()));
    page.push_str("<main id=\"report\">\n");
    for (family, charts) in &families {
        page.push_str(&section(family, charts));
    }
    page.push_str(&parts::all_metrics(finished));
    page.push_str(&parts::assumptions(finished));
    page.push_str(&parts::manifest(finished));
    page.push_str("</main>\n");
    page.push_str(&scripts(&drawn));
    page.push_str("</body>\n</html>\n");
    page
}

/// Writes the page of a finished run.
///
/// # Errors
///
/// What the writer says.
pub fn write(finished: &Finished, to: &mut impl Write) -> std::io::Result<()> {
    to.write_all(page(finished).as_bytes())
}

fn section(family: &charts::Family, charts: &[Chart]) -> String {
    // A note that all charts share is said once.
    let shared = charts.windows(2).all(|pair| pair[0].note == pair[1].note);
    let figures: String = charts.iter().map(|chart| figure(chart, !shared)).collect();
    let note =
        charts.first().filter(|_| shared).map_or(String::new(), |chart| format!(" {}", escaped(&chart.note)));
    let charts::Family { name, title, lead, .. } = family;
    let alone = if charts.len() == 1 { " alone" } else { "" };
    format!(
        "<section id=\"{name}\" aria-labelledby=\"{name}-title\">\n<h2 id=\"{name}-title\">{title}</h2>\n\
         <p class=\"lead\">{lead}{note}</p>\n<div class=\"charts{alone}\">\n{figures}</div>\n</section>\n"
    )
}

fn figure(chart: &Chart, with_note: bool) -> String {
    let Chart { name, finding, note, table: numbers, .. } = chart;
    let finding = escaped(finding);
    let note = if with_note { format!("<p>{}</p>", escaped(note)) } else { String::new() };
    format!(
        "<figure id=\"chart-{name}\">\n<figcaption><h3>{finding}</h3>{note}</figcaption>\n\
         <div class=\"chart\" data-chart=\"{name}\"></div>\n<details><summary>Numbers</summary>\n{}</details>\n\
         </figure>\n",
        table(&finding, &numbers.columns, &numbers.rows)
    )
}

/// The specifications, the scripts that draw them, and their licences.
fn scripts(charts: &[&Chart]) -> String {
    let specs: serde_json::Map<String, Value> =
        charts.iter().map(|chart| (chart.name.clone(), chart.untitled_spec())).collect();
    let data = json!({ "config": Ink::OF_THE_PAGE.config(), "specs": specs });
    let data = inside_script(&data.to_string());
    let mut text = format!("<script type=\"application/json\" id=\"charts\">{data}</script>\n");
    text.push_str(&format!("<!--\n{}\n-->\n", inside_comment(vendor::LICENSES)));
    for script in vendor::SCRIPTS {
        text.push_str(&format!("<script>{}</script>\n", script.text));
    }
    text.push_str(&format!("<script>\n{SCRIPT}</script>\n"));
    text
}

/// A comment ends at the first `-->` and may not hold `--!>`.
fn inside_comment(text: &str) -> String {
    text.replace("--", "- -")
}
