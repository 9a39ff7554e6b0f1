//! Figures of the background pages, told by running the scenarios they speak of.

use journeysim::base::money::Money;
use journeysim::base::stats::{Better, Estimate, PairedDifference};
use journeysim::engine::record::RenewalRecord;
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::read;
use journeysim::language::source::Disk;
use journeysim::metrics::{self, MetricDefinition, Unit, View, Worth};
use journeysim::output::words::{Words, digits};
use journeysim::program::touchpoint::Color;
use rayon::prelude::*;

use super::{hold_parts, root, table};

const CONFIDENCE: f64 = 0.95;

const BANDS: [(Color, &str); 3] = [(Color::Green, "green"), (Color::Yellow, "yellow"), (Color::Red, "red")];

/// What one replication of a variant said.
struct Course {
    metrics: Vec<Option<f64>>,
    renewals: Vec<RenewalRecord>,
    /// Days of accounts that a program of the scenario looked after.
    days: f64,
    /// Accounts that closed during the run, and moves to another team.
    new: f64,
    moves: f64,
    /// Accounts looked after on the first Monday and on the last.
    ends: [f64; 2],
}

/// What all replications of a variant said.
struct Told {
    name: String,
    courses: Vec<Course>,
}

/// Runs all variants of a scenario.
fn tell(file: &str, overrides: &[&str]) -> Vec<Told> {
    let overrides: Vec<String> = overrides.iter().map(|&change| change.to_owned()).collect();
    let path = root().join(file);
    let experiment = read::experiment(path.to_str().expect("UTF-8"), &overrides, &mut Disk)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let baseline = &experiment.variants[experiment.baseline].scenario;
    let courses: Vec<Vec<Course>> = (0..experiment.replications)
        .into_par_iter()
        .map(|replication| {
            let opening = Opening::new(baseline, replication);
            let scenarios = experiment.variants.iter().map(|variant| &variant.scenario);
            scenarios
                .map(|scenario| {
                    let record = opening.run(scenario, Keep::default());
                    let worth = Worth::from(&scenario.file.value);
                    let view = View { record: &record, counterfactual: None, worth, members: None };
                    let closed =
                        record.accounts.iter().filter(|account| account.close.0 >= 0 && account.days > 0);
                    let monday = |week: Option<&journeysim::engine::record::WeekRecord>| {
                        week.map_or(0.0, |week| f64::from(week.accounts))
                    };
                    Course {
                        metrics: metrics::values(&view),
                        days: record.accounts.iter().map(|account| f64::from(account.days)).sum(),
                        new: closed.count() as f64,
                        moves: record.accounts.iter().map(|account| f64::from(account.transfers)).sum(),
                        ends: [monday(record.weeks.first()), monday(record.weeks.last())],
                        renewals: record.renewals,
                    }
                })
                .collect()
        })
        .collect();
    let mut told: Vec<Told> = experiment
        .variants
        .iter()
        .map(|variant| Told { name: variant.name.clone(), courses: Vec::new() })
        .collect();
    for replication in courses {
        for (told, course) in told.iter_mut().zip(replication) {
            told.courses.push(course);
        }
    }
    told
}

fn metric(name: &str) -> (usize, &'static MetricDefinition) {
    let at = metrics::position(name).unwrap_or_else(|| panic!("{name} is no metric"));
    (at, &metrics::CATALOGUE[at])
}

impl Told {
    fn column(&self, name: &str) -> Vec<Option<f64>> {
        self.courses.iter().map(|course| course.metrics[metric(name).0]).collect()
    }

    fn mean(&self, name: &str) -> f64 {
        let measured: Vec<f64> = self.column(name).into_iter().flatten().collect();
        Estimate::of(&measured, CONFIDENCE).map_or(f64::NAN, |estimate| estimate.mean)
    }

    /// The mean with the half-width of its interval.
    fn value(&self, name: &str) -> String {
        let measured: Vec<f64> = self.column(name).into_iter().flatten().collect();
        let Some(estimate) = Estimate::of(&measured, CONFIDENCE) else { return "-".to_owned() };
        let half = estimate.ci_high.expect("there are several") - estimate.mean;
        with_half(metric(name).1.unit, estimate.mean, half)
    }

    /// Its mean difference from `baseline`, replication by replication.
    fn difference(&self, baseline: &Told, name: &str) -> String {
        let paired =
            PairedDifference::of(&self.column(name), &baseline.column(name), CONFIDENCE, Better::Neither);
        let (Some(mean), Some(high)) = (paired.mean, paired.ci_high) else { return "-".to_owned() };
        let words = Words { unit: metric(name).1.unit, currency: "USD" };
        format!("{} ± {}", words.difference(mean), digits(high - mean, 0))
    }

    fn renewals(&self) -> impl Iterator<Item = &RenewalRecord> {
        self.courses.iter().flat_map(|course| &course.renewals)
    }

    /// What became of contracts by the band they showed when they came up: share of the contracts, of those churned
    /// and downsized, and of all revenue that came up lost by churn and by downsizes.
    fn fates(&self) -> Vec<(&'static str, [f64; 5])> {
        let (all, revenue) =
            (self.renewals().count() as f64, total(self.renewals().map(|renewal| renewal.up)));
        let of = |name, among: Vec<&RenewalRecord>| {
            let churned = |renewal: &&&RenewalRecord| renewal.renewed == Money::ZERO;
            let shrunk = |renewal: &&&RenewalRecord| !churned(renewal) && renewal.renewed < renewal.up;
            let count = among.len() as f64;
            let lost = |which: &dyn Fn(&&&RenewalRecord) -> bool| {
                total(among.iter().filter(which).map(|renewal| renewal.up - renewal.renewed)) / revenue
            };
            let share =
                |which: &dyn Fn(&&&RenewalRecord) -> bool| among.iter().filter(which).count() as f64 / count;
            (name, [count / all, share(&churned), share(&shrunk), lost(&churned), lost(&shrunk)])
        };
        let in_band = |band| self.renewals().filter(|renewal| renewal.band == band).collect();
        let bands = BANDS.iter().map(|&(band, name)| of(name, in_band(band)));
        bands.chain([of("all", self.renewals().collect())]).collect()
    }

    /// How often a year something happens to each hundred accounts.
    fn a_year(&self, count: impl Fn(&Course) -> f64) -> String {
        let years = self.courses.iter().map(|course| course.days).sum::<f64>() / 365.0;
        digits(100.0 * self.courses.iter().map(count).sum::<f64>() / years, 1)
    }
}

fn total(amounts: impl Iterator<Item = Money>) -> f64 {
    amounts.sum::<Money>().cents() as f64
}

fn with_half(unit: Unit, mean: f64, half: f64) -> String {
    match unit {
        Unit::Fraction => format!("{} ± {} %", digits(100.0 * mean, 1), digits(100.0 * half, 1)),
        Unit::Days | Unit::Count => format!("{} ± {}", digits(mean, 0), digits(half, 0)),
        _ => format!("{} ± {}", digits(mean, 1), digits(half, 1)),
    }
}

fn percent(share: f64) -> String {
    if share.is_nan() { "-".to_owned() } else { format!("{} %", digits(100.0 * share, 1)) }
}

/// The five programs, and two of them on the customers they are made for.
struct Programs {
    told: Vec<Told>,
    /// The same with gates that can be lost again, so that Nurturing is where figures pass both gates.
    gated: Vec<Told>,
}

/// Lets a stage follow the figures from day to day: see the page.
const GATED: [&str; 4] = [
    "stages.fallback=immediate",
    "stages.fallback_hysteresis=0%",
    "stages.skip_adopting=true",
    "replications=50",
];

impl Programs {
    fn new() -> Self {
        let all = |overrides: &[&str]| -> Vec<Told> {
            let mut told = tell("scenarios/programs.toml", overrides);
            told.retain(|told| told.name != "scaled"); // the pooled program under another name
            for book in ["digital-book", "named-book"] {
                let alone = tell(&format!("scenarios/{book}.toml"), overrides).into_iter();
                told.extend(alone.map(|told| Told { name: book.to_owned(), ..told }));
            }
            told
        };
        Self { told: all(&[]), gated: all(&GATED) }
    }

    fn of(&self, name: &str) -> &Told {
        self.told.iter().find(|told| told.name == name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// One row a metric, one column a program.
    fn by_metric(&self, rows: &[&str]) -> Vec<Vec<String>> {
        let row = |&name: &&str| {
            let values = self.told.iter().map(|told| told.value(name));
            [metric(name).1.title.to_owned()].into_iter().chain(values).collect()
        };
        rows.iter().map(row).collect()
    }

    fn row(&self, title: &str, cell: impl Fn(&Told) -> String) -> Vec<String> {
        [title.to_owned()].into_iter().chain(self.told.iter().map(cell)).collect()
    }

    fn part(&self, what: &str) -> String {
        if let Some(name) = what.strip_prefix("losses of ") {
            return fates(self.of(name));
        }
        let mut rows = match what {
            "stages" => self.by_metric(&[
                "stage_share_prospect",
                "stage_share_onboarding",
                "stage_share_adopting",
                "stage_share_nurturing",
                "stage_share_renewing",
                "days_to_nurturing_median",
            ]),
            "gates" => self.by_metric(&[
                "utilization_healthy_share",
                "usage_healthy_share",
                "utilization_mean",
                "usage_mean",
                "utilization_goal_attainment",
            ]),
            "bands" => self.by_metric(&["health_share_green", "health_share_yellow", "health_share_red"]),
            "retention" => self.by_metric(&[
                "gross_revenue_retention",
                "net_revenue_retention",
                "logo_retention",
                "gross_renewal_rate",
                "contract_renewal_rate",
            ]),
            "work" => self.by_metric(&[
                "advisor_hours_per_account_year",
                "touchpoints_done",
                "lighthouse_entries",
                "lighthouse_concurrent_mean",
            ]),
            other => panic!("nobody tells {other}"),
        };
        if what == "gates" {
            let both = |told: &Told| {
                let gated =
                    self.gated.iter().find(|gated| gated.name == told.name).expect("the same programs");
                let [adopting, nurturing] =
                    ["stage_share_adopting", "stage_share_nurturing"].map(|stage| gated.mean(stage));
                percent(nurturing / (adopting + nurturing))
            };
            rows.insert(2, self.row("Time between onboarding and renewal past both gates", both));
        }
        if what == "work" {
            let pooled = self.of("pooled");
            let against = |told: &Told| match told.name.as_str() {
                "pooled" | "digital-book" | "named-book" => "-".to_owned(),
                _ => told.difference(pooled, "net_value"),
            };
            rows.push(self.row("Margin less advisors over three years, against pooled", against));
        }
        let headings: Vec<&str> =
            ["Metric"].into_iter().chain(self.told.iter().map(|told| told.name.as_str())).collect();
        table(&headings, &rows, 1)
    }
}

fn fates(told: &Told) -> String {
    let headings = [
        "Band at the renewal",
        "Of the contracts",
        "Churned",
        "Downsized",
        "Revenue lost by churn",
        "By downsizes",
    ];
    let row = |(name, shares): (&str, [f64; 5])| {
        [name.to_owned()].into_iter().chain(shares.map(percent)).collect::<Vec<_>>()
    };
    table(&headings, &told.fates().into_iter().map(row).collect::<Vec<_>>(), 1)
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn what_is_said_of_the_programs_is_what_they_show() {
    let programs = Programs::new();
    hold_parts("docs/background/programs.md", |part| programs.part(part));
}

const POOLED: &str = "scenarios/programs/pooled-ta.toml";

/// Rates that the sources propose: churn and downsizes by band, and the mix of bands at renewal.
const PROPOSED: [(&str, [&str; 3]); 3] = [
    ("green", ["60 %", "5 %", "6 %"]),
    ("yellow", ["30 %", "15 %", "18 %"]),
    ("red", ["10 %", "45 %", "25 %"]),
];

/// The bases as they were before they were moved inside their ranges.
const UNMOVED: [&str; 4] =
    ["assume.ceiling=70%", "assume.usage=28%", "assume.expansion=35% per year", "assume.expansion-size=50%"];

fn by_band(before: &Told, with: &Told) -> String {
    let headings = ["Band at the renewal", "Rates", "Of the contracts", "Churned", "Downsized"];
    let mut rows = Vec::new();
    for ((band, proposed), (before, with)) in PROPOSED.iter().zip(before.fates().iter().zip(with.fates())) {
        let shares = |shares: [f64; 5]| [shares[0], shares[1], shares[2]].map(percent);
        let kinds = [
            ("proposed", proposed.map(str::to_owned)),
            ("without Lighthouse", shares(before.1)),
            ("as shipped", shares(with.1)),
        ];
        for (kind, cells) in kinds {
            rows.push([(*band).to_owned(), kind.to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
        }
    }
    table(&headings, &rows, 2)
}

fn targets(unmoved: &Told, before: &Told, with: &Told) -> String {
    let row = |name: &str, target: &str| {
        let values = [unmoved, before, with].map(|told| told.value(name));
        [metric(name).1.title.to_owned(), target.to_owned()].into_iter().chain(values).collect::<Vec<_>>()
    };
    let rows = [row("gross_revenue_retention", "80 to 90 %"), row("net_revenue_retention", "100 to 110 %")];
    table(&["Metric", "Target", "Bases not moved", "Without Lighthouse", "As shipped"], &rows, 1)
}

fn flows(with: &Told) -> String {
    let lost = |course: &Course| {
        course.renewals.iter().filter(|renewal| renewal.renewed == Money::ZERO).count() as f64
    };
    let mean = |which: usize| {
        let sum: f64 = with.courses.iter().map(|course| course.ends[which]).sum();
        digits(sum / with.courses.len() as f64, 1)
    };
    let rows = [
        ("Churn, a year for each 100 accounts", with.a_year(lost)),
        ("Are handed to another team, a year for each 100 accounts", with.a_year(|course| course.moves)),
        ("Arrive, a year for each 100 accounts", with.a_year(|course| course.new)),
        ("Accounts looked after on the first Monday", mean(0)),
        ("Accounts looked after on the last Monday, three years on", mean(1)),
    ];
    table(&["What", "Number"], &rows.map(|(what, number)| vec![what.to_owned(), number]), 1)
}

/// Assumptions whose source says that their base was moved.
fn moved() -> String {
    let experiment = read::experiment(root().join(POOLED).to_str().expect("UTF-8"), &[], &mut Disk)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let used = experiment.variants[0].scenario.assumptions.iter();
    let moved = used.filter(|used| used.source.contains("inside its range"));
    let row = |used: &journeysim::language::AssumptionUse| {
        let name = used.name.as_deref().unwrap_or(&used.path);
        let [low, base, high] = [&used.low, &used.base, &used.high].map(|number| number.written.clone());
        vec![format!("`{name}`"), low, base, high, used.source.clone()]
    };
    let mut rows: Vec<Vec<String>> = moved.map(row).collect();
    rows.dedup();
    assert_eq!(rows.len(), UNMOVED.len(), "the page tells of all bases that were moved");
    table(&["Assumption", "Low", "Base", "High", "Source"], &rows, 5)
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn what_is_said_of_the_calibration_is_what_the_pooled_program_shows() {
    let alone = |overrides: &[&str]| tell(POOLED, overrides).remove(0);
    let (before, with) = (alone(&["lighthouse.enabled=false"]), alone(&[]));
    let unmoved = alone(&UNMOVED);
    hold_parts("docs/background/calibration.md", |part| match part {
        "bands" => by_band(&before, &with),
        "targets" => targets(&unmoved, &before, &with),
        "flows" => flows(&with),
        "moved" => moved(),
        other => panic!("nobody tells {other}"),
    });
}
