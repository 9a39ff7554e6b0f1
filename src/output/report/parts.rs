//! The parts of the page that are no charts: the first screen, all metrics, the assumptions, and how to make it again.

use serde_json::Value;

use crate::base::stats::Better;
use crate::metrics::{self, CATALOGUE, MetricDefinition};
use crate::output::answer::lower_first;
use crate::output::charts::{Chart, Family, decisions};
use crate::output::finished::{Figure, Finished, Variant, number, text};
use crate::output::report::few;
use crate::output::report::markup::{escaped, table};
use crate::output::words::{at_the_start, counted, probability};

/// Variants listed in a table; the result holds all.
pub(super) const LISTED: usize = 40;

/// What an executive reads: the question, the answer in a sentence, and the variants with their intervals.
pub(super) fn first_screen(finished: &Finished, charts: &[&Chart]) -> String {
    let question = text(&finished.manifest, "question").map_or(String::new(), |question| {
        format!(
            "<p class=\"question\">{}</p>\n",
            escaped(&question.split_whitespace().collect::<Vec<_>>().join(" "))
        )
    });
    format!(
        "<header>\n<p class=\"kind\">{}</p>\n<h1>{}</h1>\n{question}<p class=\"answer\">{}</p>\n{}{}<p class=\"facts\">{}</p>\n</header>\n",
        escaped(kind(finished)),
        escaped(finished.name()),
        escaped(&answer(finished, charts)),
        table_of(finished, charts),
        few::note(finished),
        escaped(&facts(finished))
    )
}

fn kind(finished: &Finished) -> &str {
    match finished.command() {
        "run" => "What happens under this scenario",
        "compare" => "Which variant is better",
        "staff" => "How many are enough",
        "sensitivity" => "What the answer hangs on",
        "optimize" => "What to decide, within limits",
        other => other,
    }
}

/// The answer in a sentence.
fn answer(finished: &Finished, charts: &[&Chart]) -> String {
    match finished.command() {
        "staff" => return staffing(finished),
        "optimize" => return optimum(finished),
        _ => {}
    }
    let headline = finished.headline();
    let has_direction = |metric: &&&MetricDefinition| metric.better != Better::Neither;
    let asked = headline.iter().find(has_direction).or(headline.first());
    if finished.command() == "run" {
        let variants = finished.variants();
        let said: Vec<String> = headline
            .iter()
            .take(3)
            .filter_map(|metric| {
                let figure = variants.first()?.metric(metric.name)?;
                Some(format!("{} {}", lower_first(metric.title), figure.written(finished.words(metric.unit))))
            })
            .collect();
        return format!("To be expected: {}.", said.join("; "));
    }
    if let Some(selected) = selected(finished) {
        return selected;
    }
    let about = asked.map(|metric| format!("answer-{}", metric.name.replace('_', "-")));
    let first = charts.iter().find(|chart| Some(&chart.name) == about.as_ref()).or(charts.first());
    first.map_or(String::new(), |chart| chart.finding.clone())
}

/// The best variant, where one was selected.
fn selected(finished: &Finished) -> Option<String> {
    let selection = &finished.result["selection"];
    let metric = metrics::find(text(selection, "metric")?)?;
    let best = text(selection, "best")?;
    let label = finished.variants().into_iter().find(|variant| variant.name == best).map(|it| it.label());
    let sure = match (number(selection, "probability"), number(selection, "confidence")) {
        (Some(p), _) => format!(" with an estimated probability of {}", probability(p)),
        (None, Some(p)) => {
            format!(", or no more than is indifferent from it, with a probability of {}", probability(p))
        }
        _ => String::new(),
    };
    Some(format!("“{}” is the best in {}{sure}.", label.unwrap_or(best), lower_first(metric.title)))
}

/// The answer to a staffing question.
fn staffing(finished: &Finished) -> String {
    let found = |key: &str| finished.result[key].as_u64();
    match (found("smallest"), found("largest")) {
        (Some(advisors), _) => {
            let verb = if advisors == 1 { "is" } else { "are" };
            format!("{} {verb} enough: all targets are reached.", counted(advisors, "advisor", "advisors"))
        }
        (_, Some(accounts)) => {
            format!(
                "The team carries up to {}: all targets are reached.",
                counted(accounts, "account", "accounts")
            )
        }
        _ => "No size that was tried reaches all targets.".to_owned(),
    }
}

/// What to decide.
fn optimum(finished: &Finished) -> String {
    let result = &finished.result;
    let metric = text(result, "objective").and_then(metrics::find);
    let Some(metric) = metric.filter(|_| !result["best"].is_null()) else {
        return "Of no combination that was tried all limits surely hold.".to_owned();
    };
    let (words, confirmed) = (finished.words(metric.unit), &result["confirmed"]);
    let again = Figure::read(&confirmed["objective"]).map_or(String::new(), |again| {
        format!(" On replications that the search has not seen it is {}", words.value(again.mean))
    });
    let gain = number(confirmed, "gain").map_or(String::new(), |gain| {
        let ends = number(confirmed, "ci_low").zip(number(confirmed, "ci_high"));
        let ends =
            ends.map_or(String::new(), |(low, high)| format!(" ({})", words.difference_interval(low, high)));
        format!(", {}{ends} against the scenario as it stands", words.difference(gain))
    });
    let end = if again.is_empty() { "" } else { "." };
    format!("Best {}: {}.{again}{gain}{end}", lower_first(metric.title), decisions(&result["best"]))
}

/// The size of a team and of its book.
pub(super) fn size(answer: &Value) -> String {
    let size = |key: &str, one, many| answer[key].as_u64().map_or(String::new(), |n| counted(n, one, many));
    format!("{}, {}", size("advisors", "advisor", "advisors"), size("accounts", "account", "accounts"))
}

/// What was run, in a line.
fn facts(finished: &Finished) -> String {
    let manifest = &finished.manifest;
    let mut facts = Vec::new();
    if let Some(accounts) = number(manifest, "accounts") {
        facts.push(at_the_start(accounts));
    }
    if let (Some(days), Some(start)) = (manifest["horizon_days"].as_u64(), text(manifest, "start")) {
        facts.push(format!("{} from {start}", counted(days, "day", "days")));
    }
    facts.push(counted(finished.replications(), "replication", "replications"));
    if let Some(seed) = manifest["seed"].as_u64() {
        facts.push(format!("seed {seed}"));
    }
    facts.push(format!("{} % intervals", finished.confidence() * 100.0));
    facts.join(" · ")
}

/// What was compared: variants, sizes of a team, or else what the first chart draws.
fn table_of(finished: &Finished, charts: &[&Chart]) -> String {
    if finished.command() == "staff" {
        return sizes(finished);
    }
    let caption = match finished.command() {
        "optimize" => "Decisions that no other beats in both metrics, with the mean and interval of each",
        _ => "Assumptions, the largest effect first",
    };
    let first = charts.first().filter(|_| finished.variants().is_empty());
    first.map_or_else(|| variants(finished), |chart| table(caption, &chart.table.columns, &chart.table.rows))
}

/// The sizes that were tried and how far each comes.
fn sizes(finished: &Finished) -> String {
    let answers: Vec<&Value> = finished.result["answers"].as_array().into_iter().flatten().collect();
    let targets = |answer: &Value| answer["targets"].as_array().cloned().unwrap_or_default();
    let Some(first) = answers.first() else { return String::new() };
    let of = |target: &Value| text(target, "metric").and_then(metrics::find);
    let is_difference = |target: &Value| target["against_unlimited"].as_bool().unwrap_or_default();
    let heading = |target: &Value| {
        let metric = of(target)?;
        let (words, wanted) = (finished.words(metric.unit), number(target, "value")?);
        let bound = if text(target, "relation") == Some(">=") { "at least" } else { "at most" };
        Some(if is_difference(target) {
            format!("{}, against unlimited: {bound} {}", metric.title, words.difference(wanted))
        } else {
            format!("{}: {bound} {}", metric.title, words.value(wanted))
        })
    };
    let mut columns = vec!["Size".to_owned()];
    columns.extend(targets(first).iter().filter_map(heading));
    columns.push("All targets".to_owned());
    let row = |answer: &&Value| {
        let mut row = vec![size(answer)];
        for target in targets(answer) {
            let Some(metric) = of(&target) else { continue };
            let words = finished.words(metric.unit);
            let cell =
                Figure::read(&target).map_or("nothing to measure".to_owned(), |Figure { mean, ends }| {
                    let mark = if target["ok"].as_bool().unwrap_or_default() { "✓" } else { "✗" };
                    if is_difference(&target) {
                        let ends = ends
                            .map_or(String::new(), |(low, high)| words.bare_difference_interval(low, high));
                        format!("{} {mark}\n{ends}", words.difference(mean))
                    } else {
                        let ends = ends.map_or(String::new(), |(low, high)| words.interval(low, high));
                        format!("{} {mark}\n{ends}", words.value(mean))
                    }
                });
            row.push(cell);
        }
        row.push(if answer["meets"].as_bool().unwrap_or_default() { "reached" } else { "missed" }.to_owned());
        row
    };
    let rows: Vec<Vec<String>> = answers.iter().map(row).collect();
    table("Sizes that were tried; ✓: the whole interval is on the side of the target", &columns, &rows)
}

/// The variants and the metrics shown first, each with its interval.
fn variants(finished: &Finished) -> String {
    let (variants, headline) = (finished.variants(), finished.headline());
    if variants.is_empty() || headline.is_empty() {
        return String::new();
    }
    if variants.len() == 1 {
        let row = |metric: &&MetricDefinition| {
            let words = finished.words(metric.unit);
            let figure = variants[0].metric(metric.name);
            let ends = figure.and_then(|figure| figure.ends);
            vec![
                metric.title.to_owned(),
                figure.map_or("nothing to measure".to_owned(), |figure| words.value(figure.mean)),
                ends.map_or(String::new(), |(low, high)| words.interval(low, high)),
            ]
        };
        let columns = ["Metric", "Mean", "Interval of the mean"].map(str::to_owned);
        return table("Metrics shown first", &columns, &headline.iter().map(row).collect::<Vec<_>>());
    }
    let mut columns = vec!["Variant".to_owned()];
    columns.extend(headline.iter().map(|metric| metric.title.to_owned()));
    let mut shown: Vec<Variant<'_>> = finished.drawn(LISTED);
    shown.sort_by_key(|variant| !variant.is_baseline);
    let row = |variant: &Variant<'_>| {
        let name = match variant.title {
            Some(title) if title != variant.name => format!("{title} ({})", variant.name),
            _ => variant.name.to_owned(),
        };
        let mut row = vec![if variant.is_baseline { format!("{name}, the baseline") } else { name }];
        row.extend(headline.iter().map(|metric| cell(finished, variant, metric)));
        row
    };
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let more = match variants.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(
            "<p class=\"note\">{} more in result.json.</p>\n",
            counted(more as u64, "variant", "variants")
        ),
    };
    let caption = "The baseline as it is; each variant minus the baseline, with the interval that holds for all together, and p, \
                   the probability that it is better";
    format!("{}{more}", table(caption, &columns, &rows))
}

fn cell(finished: &Finished, variant: &Variant<'_>, metric: &MetricDefinition) -> String {
    let words = finished.words(metric.unit);
    if variant.is_baseline {
        return variant
            .metric(metric.name)
            .map_or("nothing to measure".to_owned(), |it| words.value(it.mean));
    }
    let Some((Figure { mean, ends }, row)) = finished.difference(variant.name, metric.name) else {
        return "nothing to compare".to_owned();
    };
    let ends =
        ends.map_or(String::new(), |(low, high)| format!("\n{}", words.bare_difference_interval(low, high)));
    let p = number(row, "p_better").filter(|_| metric.better != Better::Neither);
    let p = p.map_or(String::new(), |p| format!("\np {}", probability(p)));
    format!("{}{ends}{p}", words.difference(mean))
}

/// Links to the sections.
pub(super) fn contents(families: &[(&Family, Vec<Chart>)], has_metrics: bool) -> String {
    let mut links: Vec<(&str, &str)> =
        families.iter().map(|(family, _)| (family.name, family.title)).collect();
    links.extend(has_metrics.then_some(("metrics", "All metrics")));
    links.extend([("assumptions", "Assumptions"), ("manifest", "How to make it again")]);
    let links: String =
        links.iter().map(|(name, title)| format!("<li><a href=\"#{name}\">{title}</a></li>\n")).collect();
    format!("<nav aria-label=\"Contents\"><ul>\n{links}</ul></nav>\n")
}

/// Every metric of the catalogue under the variants that are drawn.
pub(super) fn all_metrics(finished: &Finished) -> String {
    let shown = finished.drawn(4);
    if shown.is_empty() {
        return String::new();
    }
    let mut columns = vec!["Metric".to_owned()];
    columns.extend(shown.iter().map(|variant| variant.name.to_owned()));
    columns.push("What it measures".to_owned());
    let row = |metric: &MetricDefinition| {
        let words = finished.words(metric.unit);
        let mut row = vec![metric.title.to_owned()];
        row.extend(shown.iter().map(|variant| {
            variant.metric(metric.name).map_or("nothing to measure".to_owned(), |it| it.written(words))
        }));
        row.push(metric.definition.to_owned());
        row
    };
    let rows: Vec<Vec<String>> = CATALOGUE.iter().map(row).collect();
    format!(
        "<section id=\"metrics\" aria-labelledby=\"metrics-title\">\n<h2 id=\"metrics-title\">All metrics</h2>\n\
         <details><summary>{}</summary>\n{}</details>\n</section>\n",
        counted(rows.len() as u64, "metric with its interval", "metrics with their intervals"),
        table("All metrics: mean and its interval", &columns, &rows)
    )
}

/// What the results rest on.
pub(super) fn assumptions(finished: &Finished) -> String {
    let all: Vec<&Value> = finished.manifest["assumptions"].as_array().into_iter().flatten().collect();
    let written = |row: &Value, level: &str| row[level]["written"].as_str().unwrap_or_default().to_owned();
    let row = |row: &&Value| {
        let words = |key| text(row, key).unwrap_or_default().to_owned();
        let [low, base, high] = ["low", "base", "high"].map(|level| written(row, level));
        vec![words("name"), base, format!("{low} to {high}"), words("source"), words("path")]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let columns = ["Assumption", "Used", "Plausible range", "Source", "Used for"].map(str::to_owned);
    format!(
        "<section id=\"assumptions\" aria-labelledby=\"assumptions-title\">\n\
         <h2 id=\"assumptions-title\">Assumptions</h2>\n\
         <p class=\"lead\">What the results rest on, and how far each number may be off.</p>\n{}</section>\n",
        table("Assumptions that were used, with their ranges", &columns, &rows)
    )
}

/// How to make it again.
pub(super) fn manifest(finished: &Finished) -> String {
    let manifest = &finished.manifest;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        rows.extend(value.filter(|value| !value.is_empty()).map(|value| vec![name.to_owned(), value]));
    };
    let words = |key: &str| text(manifest, key).map(str::to_owned);
    add("Program", words("tool_version").map(|version| format!("journeysim {version}")));
    add("Command", words("command"));
    add("Seed", manifest["seed"].as_u64().map(|seed| seed.to_string()));
    add("Replications", Some(finished.replications().to_string()));
    add("Stopped by", words("stopped_by"));
    add("Digest of the results", words("digest"));
    let overrides: Vec<&str> =
        manifest["overrides"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    add("Overrides", Some(overrides.join("\n")));
    for input in manifest["inputs"].as_array().into_iter().flatten() {
        let path = text(input, "path").unwrap_or_default();
        add(&format!("SHA-256 of {path}"), text(input, "sha256").map(str::to_owned));
    }
    let variants = manifest["variants"].as_array().into_iter().flatten();
    for variant in variants.take(LISTED) {
        let change = |change: &Value| Some(format!("{} = {}", change[0].as_str()?, change[1].as_str()?));
        let changes: Vec<String> =
            variant["changes"].as_array().into_iter().flatten().filter_map(change).collect();
        add(&format!("Changes of {}", text(variant, "name").unwrap_or_default()), Some(changes.join("\n")));
    }
    let merged = text(manifest, "merged").map_or(String::new(), |merged| {
        format!(
            "<details><summary>The complete scenario, as it was run</summary>\n<pre tabindex=\"0\">{}</pre></details>\n",
            escaped(merged)
        )
    });
    let columns = ["What", "Value"].map(str::to_owned);
    format!(
        "<section id=\"manifest\" aria-labelledby=\"manifest-title\">\n\
         <h2 id=\"manifest-title\">How to make it again</h2>\n\
         <p class=\"lead\">The same scenario, seed, replications and version give the same digest on any machine.</p>\n\
         {}{merged}</section>\n",
        table("Manifest", &columns, &rows)
    )
}
