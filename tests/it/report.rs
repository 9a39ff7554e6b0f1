//! The page of a finished run: whole in itself, safe, and true to the numbers beside it.

use std::fs;
use std::path::Path;
use std::process::Command;

use journeysim::output::charts::{self, Chart, Ink};
use journeysim::output::finished::Finished;
use journeysim::output::report::page;
use journeysim::output::vendor;
use serde_json::{Value as Json, json};

use crate::cli::{Scenario, code, journeysim, stderr, text};

/// A name that would end the script, the attribute or the comment that it stands in, were it not escaped.
const HOSTILE: &str = "</script><img src=x onerror='alert(1)'>--><!-- \\\" & co";

/// Lives a small book under two variants and returns the run folder.
fn run_folder(more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/validation/small-pool.toml");
    let text = format!(
        "extends = {program:?}\nname = \"{HOSTILE}\"\nquestion = \"{HOSTILE}\"\nbaseline = \"as-is\"\n\
         [[variant]]\nname = \"as-is\"\ntitle = \"{HOSTILE}\"\n\
         [[variant]]\nname = \"monthly\"\n\
         set = {{ \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\" }}\n"
    );
    let file = folder.path().join("own.toml");
    fs::write(&file, text).expect("it is writable");
    let small = ["--set", "population.accounts=40", "--set", "horizon=2y", "--replications", "4"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_journeysim"));
    command.arg("compare").arg(&file).args(small).args(["--accounts-of", "0..1", "--out"]);
    let output = command.arg(folder.path().join("run")).args(more).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn finished(folder: &tempfile::TempDir) -> Finished {
    Finished::read(&folder.path().join("run")).expect("it is a run folder")
}

fn chart<'a>(charts: &'a [Chart], name: &str) -> &'a Chart {
    charts.iter().find(|chart| chart.name == name).unwrap_or_else(|| panic!("no chart {name}"))
}

/// All values under a key, at any depth.
fn all<'a>(value: &'a Json, key: &str, found: &mut Vec<&'a Json>) {
    match value {
        Json::Object(fields) => {
            for (name, value) in fields {
                if name == key {
                    found.push(value);
                } else {
                    all(value, key, found);
                }
            }
        }
        Json::Array(values) => values.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[test]
fn a_page_is_whole_asks_nobody_and_lets_no_name_out() {
    for format in ["csv", "parquet"] {
        let folder = run_folder(&["--format", format]);
        let written = fs::read_to_string(folder.path().join("run/report.html")).expect("it is there");
        assert!(written.len() < 2_500_000, "{} bytes", written.len());
        // The page made from the folder is the page that the run made.
        assert!(page(&finished(&folder)) == written, "{format}: the folder makes another page");
        let scripts: usize = vendor::SCRIPTS.iter().map(|script| script.text.len()).sum();
        let own = written.len() - scripts;
        assert!(own < 800_000, "{own} bytes besides the scripts");
        let mut markup = written.clone();
        for script in vendor::SCRIPTS {
            markup = markup.replace(script.text, "");
        }
        let markup = markup.replace(vendor::LICENSES.replace("--", "- -").trim(), "");
        for asking in
            ["src=", "<link", "<iframe", "<object", "<img", "@import", "url(", "http-equiv=\"refresh\""]
        {
            assert!(!markup.contains(asking) || markup.contains("img src=x") && asking == "src=", "{asking}");
        }
        assert!(!markup.contains("href=\"http"));
        assert_eq!(markup.matches("<script").count(), 2 + vendor::SCRIPTS.len());
        assert_eq!(markup.matches("</script").count(), 2 + vendor::SCRIPTS.len());
        assert!(markup.contains("&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;"));
        let (_, data) = markup.split_once("<script type=\"application/json\" id=\"charts\">").expect("data");
        let (data, _) = data.split_once("</script>").expect("its end");
        let data: Json = serde_json::from_str(data).expect("JSON");
        let drawn = markup.matches("data-chart=\"").count();
        assert_eq!(data["specs"].as_object().expect("charts").len(), drawn);
        assert!(drawn >= 20, "{drawn} charts");
    }
}

#[test]
fn every_chart_says_what_was_found_has_units_and_draws_an_interval() {
    let folder = run_folder(&[]);
    let charts = charts::all(&finished(&folder));
    for chart in &charts {
        let name = &chart.name;
        assert_eq!(charts.iter().filter(|other| other.name == *name).count(), 1, "{name} stands twice");
        assert!(chart.finding.ends_with('.') && chart.finding.len() > 20, "{name}: {}", chart.finding);
        assert!(!chart.table.rows.is_empty(), "{name} has no numbers");
        assert!(chart.table.rows.iter().all(|row| row.len() == chart.table.columns.len()), "{name}");
        let spec = chart.spec();
        assert_eq!(spec["$schema"], charts::SCHEMA);
        let rows = spec["data"]["values"].as_array().unwrap_or_else(|| panic!("{name} has no data"));
        let (mut fields, mut marks) = (Vec::new(), Vec::new());
        all(&spec["layer"], "field", &mut fields);
        all(&spec["layer"], "mark", &mut marks);
        for field in fields {
            let field = field.as_str().expect("a name");
            assert!(rows.iter().all(|row| row.get(field).is_some()), "{name} has no {field}");
        }
        let spread = ["rule", "area"];
        assert!(
            marks.iter().any(|mark| spread.contains(&mark["type"].as_str().unwrap_or_default())),
            "{name} draws no interval"
        );
        // An axis with a number says in what.
        let mut titles = Vec::new();
        all(&spec["layer"], "title", &mut titles);
        let says = |title: &&Json| match title {
            Json::String(title) => title.len() > 5,
            Json::Array(lines) => lines.len() > 1,
            _ => false,
        };
        assert!(titles.iter().any(says), "{name}");
    }
}

/// Opening - churn - contraction + expansion + new = closing, and each bar begins where the one before ends.
#[test]
fn the_waterfall_closes_with_the_ledger() {
    let folder = run_folder(&[]);
    let finished = finished(&folder);
    let charts = charts::all(&finished);
    let variants = finished.variants();
    for (variant, name) in variants.iter().zip(["revenue", "revenue-2"]) {
        let mean = |metric: &str| variant.metric(metric).expect("it is measured").mean;
        let closing = mean("opening_arr") - mean("churned_arr") - mean("contraction_arr")
            + mean("expansion_arr")
            + mean("new_arr");
        assert!((closing - mean("closing_arr")).abs() < 0.005, "{closing}");
        let spec = chart(&charts, name).spec();
        let bars = spec["data"]["values"].as_array().expect("bars");
        let end = |bar: &Json, key: &str| bar[key].as_f64().expect("a number");
        assert_eq!(bars.len(), 6);
        for pair in bars[..5].windows(2) {
            assert_eq!(end(&pair[0], "t"), end(&pair[1], "f"));
        }
        let drawn = end(&bars[4], "t");
        assert!((drawn - end(&bars[5], "t")).abs() <= 1e-4 * drawn, "{drawn}");
        assert!((1e6 * drawn - closing).abs() <= 1e-4 * closing);
    }
}

/// Everybody is somewhere: the medians of shares are shares, and the numbers of a line lie inside its bands.
#[test]
fn lines_lie_inside_their_bands_and_curves_of_survival_fall() {
    let folder = run_folder(&[]);
    let charts = charts::all(&finished(&folder));
    for name in ["stages", "health", "adoption", "usage", "survival", "advisor-utilization", "backlog"] {
        let spec = chart(&charts, name).spec();
        for row in spec["data"]["values"].as_array().expect("rows") {
            let [low, middle, high] = ["a", "m", "e"].map(|key| row[key].as_f64().expect("a number"));
            assert!(low <= middle && middle <= high, "{name}: {row}");
            assert!(name == "backlog" || (0.0..=1.5).contains(&middle), "{name}: {row}");
        }
    }
    let spec = chart(&charts, "survival").spec();
    let rows = spec["data"]["values"].as_array().expect("rows");
    let opening = rows.iter().filter(|row| row["s"] == "opening book");
    let shares: Vec<f64> = opening.map(|row| row["m"].as_f64().expect("a share")).collect();
    assert!(shares.len() >= 12 && shares.windows(2).all(|pair| pair[0] >= pair[1]), "{shares:?}");
    assert!(shares[0] >= 0.9 && shares[shares.len() - 1] < 1.0, "{shares:?}");
}

/// A question that is no comparison: what its folder holds, as far as the page shows it.
fn answered(command: &str, result: Json) -> Finished {
    let manifest = json!({
        "command": command, "scenario": "By hand", "question": "Which?", "currency": "USD", "confidence": 0.95,
        "headline": ["net_value"], "replications": 10, "variants": [], "assumptions": [], "inputs": [],
    });
    Finished { manifest, result, sheets: Vec::new() }
}

fn estimate(mean: f64) -> Json {
    json!({ "mean": mean, "ci_low": mean - 0.01, "ci_high": mean + 0.01, "unit": "fraction" })
}

/// A tornado of one factor: the answer is 80 %, 78 % at the low end of its range and 85 % at the high one.
fn tornado() -> Finished {
    let factor = json!({
        "path": "assume.lift", "written": ["1%", "2%", "5%"], "effect": 0.07, "ci_low": 0.06, "ci_high": 0.08,
        "at_low": estimate(0.78), "at_high": estimate(0.85),
    });
    let base = estimate(0.8);
    answered(
        "sensitivity",
        json!({
            "method": "tornado", "metric": "gross_revenue_retention", "variant": null, "minus": null,
            "base": base, "factors": [factor],
        }),
    )
}

/// One factor as a method other than the tornado measures it, in figures of its own.
fn measured(method: &str, figures: &Json) -> Finished {
    let mut factor = json!({ "path": "assume.lift", "written": ["1%", "2%", "5%"] });
    let own = factor.as_object_mut().expect("a table");
    own.extend(figures.as_object().expect("a table").clone());
    let better = json!({ "value": 0.75, "ci_low": 0.5, "ci_high": 0.85 });
    answered(
        "sensitivity",
        json!({
            "method": method, "metric": "net_value", "variant": "monthly", "minus": "none", "factors": [factor],
            "decision": { "worlds": 60, "better_share": better },
        }),
    )
}

fn morris() -> Finished {
    measured(
        "morris",
        &json!({ "mu_star": 40_000.0, "mu_star_ci_low": 30_000.0, "mu_star_ci_high": 50_000.0, "sigma": 7_000.0 }),
    )
}

fn sobol() -> Finished {
    let alone = json!({ "first": 0.5, "first_ci_low": 0.4, "first_ci_high": 0.6 });
    let mut figures = json!({ "effect": 0.8, "ci_low": 0.7, "ci_high": 0.9 });
    figures.as_object_mut().expect("a table").extend(alone.as_object().expect("a table").clone());
    measured("sobol", &figures)
}

fn worlds() -> Finished {
    measured(
        "worlds",
        &json!({ "effect": 9_000.0, "ci_low": 4_000.0, "ci_high": 20_000.0, "turns_at_written": "3%", "explains": 0.6 }),
    )
}

/// A trial on half of the customers, in which retention is higher by 2 points; single trials scatter by 4.
fn trial() -> Finished {
    let difference = json!({
        "metric": "gross_revenue_retention", "mean": 0.02, "stddev": 0.04, "ci_low": 0.01, "ci_high": 0.03,
        "one_trial_shows_sign": 0.69,
    });
    let change = |accounts: f64| {
        json!({
            "change": "check-ins", "treated": { "accounts": accounts }, "not_treated": { "accounts": 50.0 },
            "differences": [difference],
        })
    };
    let mut finished = answered("run", json!({ "metrics": {}, "changes": [change(50.0), change(0.0)] }));
    finished.manifest["headline"] = json!(["gross_revenue_retention"]);
    finished.manifest["variants"] = json!([{ "name": "baseline" }]);
    finished
}

/// Of at most 16 hours four advisors are far away, six reach it.
fn staffing() -> Finished {
    let answer = |advisors: u32, mean: f64, ok: bool| {
        let target = json!({
            "metric": "wait_hours_p95", "relation": "<=", "value": 16.0, "against_unlimited": false,
            "mean": mean, "ci_low": mean - 0.01, "ci_high": mean + 0.01, "ok": ok,
        });
        json!({ "advisors": advisors, "accounts": 160, "targets": [target], "meets": ok })
    };
    let answers = [answer(4, 4_000.0, false), answer(6, 11.0, true)];
    answered("staff", json!({ "answers": answers, "smallest": 6, "largest": null }))
}

/// Two combinations, of which the dearer is the better one, and a third that both beat.
fn optimum() -> Finished {
    let row = |every: &str, kept: f64, hours: f64| {
        let metrics = json!({
            "gross_revenue_retention": estimate(kept), "advisor_hours_per_account_year": estimate(hours),
        });
        json!({ "decisions": { "touchpoint.check-in.every": every }, "metrics": metrics })
    };
    let all = [row("30d", 0.9, 30.0), row("90d", 0.88, 20.0), row("60d", 0.87, 31.0)];
    answered(
        "optimize",
        json!({
            "objective": "gross_revenue_retention", "best": all[0], "evaluations": all, "frontier": all[..2],
            "frontier_metrics": ["gross_revenue_retention", "advisor_hours_per_account_year"],
            "confirmed": { "objective": estimate(0.89), "gain": 0.02, "ci_low": 0.01, "ci_high": 0.03 },
        }),
    )
}

#[test]
fn questions_that_are_no_comparison_are_answered_on_the_first_screen() {
    for (finished, name, answer, cell) in [
        (staffing(), "staffing-1", "6 advisors are enough: all targets are reached.", "11.0 hours ✓"),
        (
            optimum(),
            "frontier",
            "Best gross revenue retention: touchpoint.check-in.every = 30d. On replications that the search has not \
             seen it is 89.0\u{a0}%, +2.0 points (+1.0 to +3.0 points) against the scenario as it stands.",
            "touchpoint.check-in.every = 90d",
        ),
        (
            tornado(),
            "tornado",
            "Gross revenue retention hangs most on lift: 78.0\u{a0}% at 1%, 85.0\u{a0}% at 5%.",
            "1% to 5%",
        ),
        (
            morris(),
            "morris",
            "Margin less the cost of advisors: monthly minus none hangs most on lift: from end to end of its range it moves \
             by $40,000 ($30,000 to $50,000) on average.",
            "$7,000",
        ),
        (
            sobol(),
            "sobol",
            "Margin less the cost of advisors: monthly minus none hangs most on lift, which has a part in 80.0\u{a0}% (70.0 to \
             90.0\u{a0}%) of its spread.",
            "50.0\u{a0}% (40.0 to 60.0\u{a0}%)",
        ),
        (
            worlds(),
            "worlds",
            "“monthly” beats “none” in 75.0\u{a0}% of 60 plausible worlds; to learn lift before deciding is worth most: $9,000 \
             ($4,000 to $20,000).",
            "3%",
        ),
    ] {
        let page = page(&finished);
        let (first, rest) = page.split_once("</header>").expect("a first screen");
        assert!(first.contains(&format!("<p class=\"answer\">{answer}</p>")), "{first}");
        assert!(first.contains(cell), "{first}");
        assert!(rest.contains(&format!("data-chart=\"{name}\"")) && !rest.contains("href=\"#metrics\""));
    }
}

/// One of 20 replications decides, and 366 would be enough: about a size, the gain of the best and a limit that it keeps, a variant's
/// difference, the mean of which a precision is asked. With 400 there is nothing to say.
#[test]
fn the_first_screen_says_about_what_few_replications_decide() {
    let few = |row: &mut Json, n: u32| {
        row["n"] = n.into();
        row["n_enough"] = 366.into();
    };
    let close = json!({ "value": 4.0, "mean": 3.0, "ci_low": 2.2, "ci_high": 3.8 });
    let mut difference =
        json!({ "variant": "monthly", "metric": "net_value", "mean": 1.0, "ci_low": -1.0, "ci_high": 3.0 });
    for (n, is_said) in [(20, true), (400, false)] {
        let (mut staff, mut optimize, mut run) = (staffing(), optimum(), trial());
        let target = &mut staff.result["answers"][1]["targets"][0];
        for key in ["value", "ci_low", "ci_high"] {
            target[key] = close[key].clone();
        }
        few(target, n);
        few(&mut optimize.result["confirmed"], n);
        let mut limit = close.clone();
        limit["metric"] = "advisor_utilization".into();
        few(&mut limit, n);
        optimize.result["best"]["limits"] = json!([limit]);
        few(&mut run.result["precision"], n);
        few(&mut difference, n);
        let metrics = json!({ "metrics": {} });
        let mut compare =
            answered("compare", json!({ "variants": [metrics, metrics], "differences": [difference] }));
        compare.result["precision"] = json!({ "metric": "churned_arr" });
        few(&mut compare.result["precision"], n);
        compare.manifest["baseline"] = "none".into();
        compare.manifest["variants"] = json!([{ "name": "none" }, { "name": "monthly" }]);
        for (finished, said) in [
            (&staff, "decide about 6 advisors, 160 accounts (Wait for an advisor, 95th percentile): "),
            (&optimize, "decide about the limits of the best (Advisor utilization): "),
            (&optimize, "decide about the difference from the scenario as it stands, so "),
            (&run, "decide about the mean of which a precision is asked, so "),
            (&compare, "decide about monthly (Margin less the cost of advisors): "),
            (&compare, "decide about the difference in churned recurring revenue, so "),
        ] {
            let page = page(finished);
            let (first, _) = page.split_once("</header>").expect("a first screen");
            let are_both = first.contains(said) && first.contains("about 366 replications would be enough.");
            assert_eq!(are_both, is_said, "{said}: {first}");
            assert_eq!(first.contains("Few replications"), is_said, "{first}");
        }
    }
}

/// A bar begins at the answer at the base; what is beaten in both metrics is not on the frontier.
#[test]
fn bars_begin_at_the_base_and_the_beaten_are_not_on_the_frontier() {
    let rows = |finished: &Finished| {
        let charts = charts::all(finished);
        let [chart] = &charts[..] else { panic!("{} charts", charts.len()) };
        chart.spec()["data"]["values"].as_array().expect("rows").clone()
    };
    let bars = rows(&tornado());
    assert_eq!(
        bars.iter().map(|bar| (&bar["o"], &bar["m"])).collect::<Vec<_>>(),
        [(&json!(0.8), &json!(0.78)), (&json!(0.8), &json!(0.85))]
    );
    let classes: Vec<Json> = rows(&optimum()).iter().map(|row| row["s"].clone()).collect();
    assert_eq!(classes, ["best", "on the frontier", "tried"]);
    let verdicts: Vec<Json> = rows(&staffing()).iter().map(|row| row["s"].clone()).collect();
    assert_eq!(verdicts, ["missed", "reached"]);
}

/// Parts and rest of a difference are drawn beside the whole that they add up to.
#[test]
fn paths_add_up_to_the_difference_that_they_explain() {
    let finished = finished(&run_folder(&["--why"]));
    let charts = charts::all(&finished);
    let spec = chart(&charts, "why-paths").spec();
    let rows = spec["data"]["values"].as_array().expect("rows");
    let mean = |row: &Json| row["m"].as_f64().expect("a mean");
    let (all, parts): (Vec<&Json>, Vec<&Json>) =
        rows.iter().partition(|row| row["y"].as_str().expect("a label").starts_with("All"));
    let [all] = all[..] else { panic!("{} rows of the whole", all.len()) };
    assert!(parts.len() >= 3, "{parts:?}");
    let sum: f64 = parts.iter().map(|row| mean(row)).sum();
    assert!((sum - mean(all)).abs() < 1e-3 * (1.0 + mean(all).abs()), "{sum} and {}", mean(all));
    let (difference, _) = finished.difference("monthly", "gross_revenue_retention").expect("it is measured");
    assert!((100.0 * difference.mean - mean(all)).abs() < 1e-3, "{} and {}", difference.mean, mean(all));
    let spec = chart(&charts, "why-stayers").spec();
    let months = spec["data"]["values"].as_array().expect("rows");
    assert!(months.len() >= 23 && months.iter().all(|row| row["a"].as_f64() <= row["m"].as_f64()));
}

/// A change without customers in one of its arms is no trial; a single trial scatters more than the mean of all.
#[test]
fn a_trial_is_drawn_with_what_a_single_one_would_show() {
    let charts = charts::all(&trial());
    let [chart] = &charts[..] else { panic!("{} charts", charts.len()) };
    assert_eq!(
        chart.finding,
        "With “check-ins” gross revenue retention differs by +2.0 points (+1.0 to +3.0) from without; 31 of 100 such \
         trials would point the other way."
    );
    let spec = chart.spec();
    let label = |row: usize| spec["data"]["values"][row]["y"].as_str().expect("a label");
    assert_eq!([label(0), label(1)], ["Mean of all trials\n+2.0 points", "A single trial\n+2.0 points"]);
    let ends = |row: usize| ["a", "e"].map(|key| spec["data"]["values"][row][key].as_f64().expect("an end"));
    assert_eq!(ends(0), [1.0, 3.0]);
    assert_eq!(ends(1), [-5.84, 9.84]);
}

/// Draws every chart with the stored scripts, where there is Node.js to do it; a specification that Vega-Lite does not
/// understand makes it warn or fail.
#[test]
fn the_stored_scripts_draw_every_chart_without_a_warning() {
    if Command::new("node").arg("--version").output().is_err() {
        return;
    }
    let folder = run_folder(&["--why"]);
    let kinds = [finished(&folder), staffing(), optimum(), tornado(), morris(), sobol(), worlds(), trial()];
    let charts: Vec<Json> = kinds
        .iter()
        .flat_map(charts::all)
        .map(|chart| json!({ "name": chart.name, "spec": chart.spec() }))
        .collect();
    let data = folder.path().join("charts.json");
    let given = json!({ "config": Ink::LIGHT.config(), "charts": charts });
    fs::write(&data, given.to_string()).expect("it is writable");
    let script = "
        const fs = require('fs');
        const [data, ...scripts] = process.argv.slice(1);
        for (const script of scripts) new Function('exports', 'module', 'define', fs.readFileSync(script, 'utf8'))();
        const { config, charts } = JSON.parse(fs.readFileSync(data, 'utf8'));
        const faults = [];
        (async () => {
          for (const { name, spec } of charts) {
            const told = (...words) => { faults.push(name + ': ' + words.join(' ')); return logger; };
            const logger = { level: () => logger, error: told, warn: told, info: () => logger, debug: () => logger };
            spec.width = 600;
            const view = new vega.View(vega.parse(vegaLite.compile(spec, { config, logger }).spec), { logger });
            const svg = await view.toSVG();
            if (svg.length < 3000 || svg.includes('NaN')) faults.push(name + ': drawn wrong');
          }
          process.stdout.write(charts.length + ' charts\\n' + faults.join('\\n'));
        })();
    ";
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/output/vendor");
    let output = Command::new("node")
        .args(["-e", script])
        .arg(&data)
        .args(["vega.min.js", "vega-lite.min.js"].map(|name| vendored.join(name)))
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), format!("{} charts", charts.len()));
}

/// Nothing is run by `report`: whatever is wrong with the folder is wrong input, and the file is named.
#[test]
fn a_folder_that_cannot_be_shown_is_refused_by_what_is_wrong_with_it() {
    let own = Scenario::new("horizon = \"1mo\"\nreplications = 1\nassume.accounts = 3\n");
    let (part, run) = (own.path("part"), own.path("run"));
    let made = journeysim(&["cells", &own.file, "--shard", "1/1", "--out", text(&part)]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let made = journeysim(&["run", &own.file, "--out", text(&run), "--format", "csv", "--quiet"]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let refused = |folder: &Path, expected: &str| {
        let output = journeysim(&["report", text(folder)]);
        let said = stderr(&output);
        assert!(code(&output) == 2 && said.contains(text(folder)) && said.contains(expected), "{said}");
    };
    refused(&part, "is one part of a sweep: put all of them together with `journeysim merge`");
    // One file at a time is another, and then what it was.
    let spoilt = |file: &str, text: Option<&str>, expected: &str| {
        let path = run.join(file);
        let whole = fs::read(&path).expect("it is there");
        match text {
            Some(text) => fs::write(&path, text),
            None => fs::remove_file(&path),
        }
        .expect("it is writable");
        refused(&run, expected);
        fs::write(&path, whole).expect("it is writable");
    };
    let read = |file: &str| fs::read_to_string(run.join(file)).expect("it is there");
    let (manifest, result, replications) =
        (read("manifest.json"), read("result.json"), read("replications.csv"));
    let nothing = "manifest.json is no manifest of a finished run, it lacks `command`, `scenario`, `seed`, ";
    spoilt("manifest.json", Some("{}"), nothing);
    spoilt("manifest.json", Some("[]"), nothing);
    let without = manifest.replace("\"currency\"", "\"money\"");
    spoilt("manifest.json", Some(&without), "it lacks `currency`: run it anew with --out into");
    let other = manifest.replace("\"command\": \"run\"", "\"command\": \"walk\"");
    spoilt("manifest.json", Some(&other), "is of the command `walk`, and finished runs are of run, compare");
    spoilt("manifest.json", Some(&manifest[..200]), "manifest.json cannot be read: EOF while parsing");
    spoilt("result.json", Some("{}"), "result.json is no result of `run`, it lacks `metrics`");
    let other = result.replace("\"digest\": \"", "\"digest\": \"0");
    spoilt("result.json", Some(&other), "result.json is of another run than manifest.json beside it");
    spoilt("replications.csv", None, "replications.csv is missing, but manifest.json lists it");
    let (heading, _) = replications.split_once('\n').expect("a line");
    let cut = "replications.csv has 0 rows, where manifest.json says 1: run it anew with --out";
    spoilt("replications.csv", Some(&format!("{heading}\n")), cut);
    assert_eq!(code(&journeysim(&["report", text(&run)])), 0, "all is as it was");
    fs::write(run.join("timeline.csv"), "a,b\n1\n").expect("it is writable");
    refused(&run, "timeline.csv cannot be read: CSV error");
    fs::remove_file(run.join("result.json")).expect("it was there");
    refused(&run, "result.json cannot be read: ");
}
