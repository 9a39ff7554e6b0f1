//! What must follow when a scenario is changed in a way whose consequence is known, whatever the scenario: twice the
//! customers, other prices, another date, a policy that does nothing, a stronger effect, a divided pool, another order of
//! the file.
//!
//! Scenarios are drawn at random. They are small: what holds for a few customers under all of them holds for many.

use std::sync::atomic::AtomicBool;

use journeysim::base::money::Money;
use journeysim::engine::record::{AccountRecord, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::digest;
use journeysim::experiment::replicate::{Options, Watch, run_range};
use journeysim::renewal::ledger::Entry;
use journeysim::scenario::load::{Experiment, experiment};
use proptest::prelude::*;

use crate::trial::{Files, baseline};

/// A scenario drawn at random: settings on top of the pooled program, each `room.key` with its value in TOML.
#[derive(Debug, Clone)]
struct Drawn {
    settings: Vec<(&'static str, String)>,
    replication: u32,
}

/// Any share of `percent`, as a scenario says it.
fn share(percent: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = String> {
    percent.prop_map(|percent| format!("\"{percent}%\""))
}

fn one_of(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(choices).prop_map(|choice| format!("\"{choice}\""))
}

/// How customers live: use, luck, answers and renewals.
fn drawn() -> impl Strategy<Value = Drawn> {
    let customers = (share(50..=95), share(20..=40), one_of(&["logistic", "gompertz"]), share(0..=40));
    let luck = (share(0..=60), share(0..=40), share(0..=40), share(1..=60));
    let renewal = (share(0..=30), share(0..=30), share(0..=100), 0..12_u32);
    let program = (share(40..=90), one_of(&["gt", "ge"]), 20..130_u32, 1..9_u32);
    let again = (share(0..=100), any::<bool>(), 0..1_000_u32);
    (customers, luck, renewal, program, again).prop_map(|(customers, luck, renewal, program, again)| {
        let text = |value: &str, unit: &str| format!("\"{}{unit}\"", value.trim_matches('"'));
        let settings = vec![
            ("usage.ceiling", customers.0),
            ("usage.usage", customers.1),
            ("usage.curve", customers.2),
            ("population.soft_cap", customers.3),
            ("shocks.champion_leaves", text(&luck.0, " per year")),
            ("shocks.budget_cut", text(&luck.1, " per year")),
            ("shocks.company_change", text(&luck.2, " per year")),
            ("population.role_shared", luck.3),
            ("renewal.late", renewal.0),
            ("renewal.early", renewal.1),
            ("renewal.win_back", renewal.2),
            ("responses.requests", format!("\"{} per quarter\"", renewal.3)),
            ("stages.utilization_gate", program.0),
            ("stages.gate_comparison", program.1),
            ("stages.onboarding_days", program.2.to_string()),
            ("responses.fatigue_mails", program.3.to_string()),
            ("population.code_navigation", again.0),
            ("usage.whole_users", again.1.to_string()),
        ];
        Drawn { settings, replication: again.2 }
    })
}

impl Drawn {
    /// The same scenario with `more` settings, a later one before an earlier one.
    fn with(&self, more: &[(&'static str, &str)]) -> Self {
        let mut settings = self.settings.clone();
        settings.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
        settings.extend(more.iter().map(|&(path, value)| (path, value.to_owned())));
        Self { settings, replication: self.replication }
    }

    /// The scenario as a file: its settings table by table, then `rest`.
    fn text(&self, rest: &str) -> String {
        let top = self.settings.iter().filter(|(path, _)| !path.contains('.'));
        let mut text =
            String::from("name = \"Drawn\"\nextends = \"programs/pooled-ta.toml\"\nreplications = 2\n");
        text.extend(top.map(|(key, value)| format!("{key} = {value}\n")));
        let mut tables: Vec<&str> =
            self.settings.iter().filter_map(|(path, _)| Some(path.split_once('.')?.0)).collect();
        tables.dedup();
        let mut seen: Vec<&str> = Vec::new();
        for table in tables {
            if seen.contains(&table) {
                continue;
            }
            seen.push(table);
            text.push_str(&format!("[{table}]\n"));
            for (path, value) in &self.settings {
                if let Some((_, key)) = path.split_once('.').filter(|(of, _)| *of == table) {
                    text.push_str(&format!("{key} = {value}\n"));
                }
            }
        }
        text + rest
    }

    /// The scenario, with the list of customers where there is one.
    fn load(&self, rest: &str, list: &str) -> Experiment {
        let files = [("scenarios/drawn.toml", self.text(rest)), ("scenarios/list.csv", list.to_owned())];
        experiment("scenarios/drawn.toml", &[], &mut Files::of(files))
            .unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// One replication of it.
    fn live(&self, rest: &str) -> Record {
        self.lived_by("", rest)
    }

    fn lived_by(&self, list: &str, rest: &str) -> Record {
        let experiment = self.load(rest, list);
        let scenario = &experiment.variants[experiment.baseline].scenario;
        Opening::new(scenario, self.replication).run(scenario, Keep::default())
    }
}

/// A small book in mid-life and a year and a half.
const SMALL: [(&str, &str); 3] =
    [("horizon", "\"18mo\""), ("population.accounts", "6"), ("population.arrivals", "\"0% per year\"")];

fn of_first(record: &Record, accounts: u32) -> (Vec<AccountRecord>, Vec<Entry>) {
    let entries = record.ledger.entries().iter().filter(|entry| entry.account < accounts).copied();
    (record.accounts[..accounts as usize].to_vec(), entries.collect())
}

/// The digest of all variants of an experiment.
fn digest_of(experiment: &Experiment) -> String {
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    let options = Options { threads: Some(1), ..Options::default() };
    let chunk = run_range(experiment, 0..2, &options, &watch).expect("threads can be started");
    digest::of_all(&chunk, experiment.variants.iter().map(|variant| variant.name.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Nobody waits for anybody without limits on advisors and places. So twice the book is the same book and as many
    /// others: every rate stays what it was, but for luck, and the first half lives to the bit as it did.
    #[test]
    fn in_a_book_of_twice_the_customers_the_first_half_lives_as_it_did(drawn in drawn()) {
        let small = drawn.with(&SMALL);
        let (one, two) = (small.live(""), small.with(&[("population.accounts", "12")]).live(""));
        prop_assert_eq!(two.accounts.len(), 12);
        prop_assert_eq!(of_first(&one, 6), of_first(&two, 6));
    }

    /// The same list of customers at a multiple of the price: who leaves, and when, is the same, and each movement of revenue is
    /// that many times as large, but for cents of rounding at each renewal.
    #[test]
    fn a_book_at_a_multiple_of_the_price_moves_a_multiple_of_the_revenue(
        drawn in drawn(),
        factor in 2..40_i64,
        customers in prop::collection::vec((501..2_500_u32, 6..90_u32, 250..900_u32, 0..900_i64), 1..7),
    ) {
        let list = |factor: i64| {
            let rows = customers.iter().enumerate().map(|(number, (developers, seats, price, age))| {
                let arr = i64::from(*seats) * i64::from(*price) * factor;
                let start = chrono::NaiveDate::from_ymd_opt(2024, 3, 1).expect("a date") - chrono::Days::new(*age as u64);
                format!("C{number},{developers},{seats},{arr},{start},12,search\n")
            });
            format!("id,developers,seats,arr,start,term,products\n{}", rows.collect::<String>())
        };
        let book = "[book]\nfile = \"list.csv\"\n";
        let settings = drawn.with(&[("horizon", "\"18mo\""), ("population.arrivals", "\"0% per year\""),
            ("population.resegment", "\"never\""), ("renewal.cross_sell", "\"0%\"")]);
        let (one, other) = (settings.lived_by(&list(1), book), settings.lived_by(&list(factor), book));
        prop_assert_eq!(&one.accounts, &other.accounts);
        let (entries, others) = (one.ledger.entries(), other.ledger.entries());
        prop_assert_eq!(entries.len(), others.len());
        for (entry, other) in entries.iter().zip(others) {
            prop_assert_eq!((entry.day, entry.account, entry.movement), (other.day, other.account, other.movement));
            let (one, other) = (entry.amount.cents() * factor, other.amount.cents());
            // Half a cent a seat at each change of price.
            let rounding = 200 * (factor + 1);
            prop_assert!((one - other).abs() <= rounding, "{one} and {other} cents at {factor} times the price");
        }
    }

    /// After 28 years every date falls on the same weekday and leap years come at the same places, between 1901 and 2099. Without
    /// holidays everything happens 28 years later.
    #[test]
    fn a_start_28_years_later_moves_everything_by_28_years(drawn in drawn(), day in 0..9_000_u64) {
        let first = chrono::NaiveDate::from_ymd_opt(1995, 1, 1).expect("a date") + chrono::Days::new(day);
        let later = first.checked_add_months(chrono::Months::new(28 * 12)).expect("a date");
        let [one, other] = [first, later].map(|start| {
            let start = start.to_string();
            let settings = [("start", start.as_str()), ("population.accounts", "4"), ("horizon", "\"18mo\"")];
            let mut record = drawn.with(&settings).live("");
            // A cohort is a calendar quarter.
            record.accounts.iter_mut().for_each(|account| account.cohort = 0);
            format!("{record:?}")
        });
        prop_assert!(one == other, "from {first} and from {later}");
    }

    /// Work that takes nobody's time and has no effect, whenever it is due, and a dated change that sets what is set already.
    #[test]
    fn a_policy_that_does_nothing_changes_nothing(
        drawn in drawn(),
        every in 5..100_u32,
        on in one_of(&["close", "band_change", "champion_left", "renewed", "request"]),
        month in 1..13_u32,
    ) {
        let bands = if on == "\"band_change\"" { "bands = [\"green\", \"yellow\", \"red\"]\n" } else { "" };
        let idle = format!(
            "[[touchpoint]]\nname = \"idle\"\nchannel = \"document\"\nevery = \"{every}d\"\n\
             [[touchpoint]]\nname = \"idler\"\nchannel = \"document\"\non = {on}\n{bands}\
             [[change]]\nname = \"nothing\"\nfrom = 2024-{month:02}-15\nshare = \"50%\"\n\
             set = {{ \"stages.renewing_days\" = 120 }}\n"
        );
        let small = drawn.with(&SMALL).with(&[("start", "2024-01-01")]);
        let (usual, with_it) = (small.live(""), small.live(&idle));
        prop_assert_eq!(usual.ledger.entries(), with_it.ledger.entries());
        prop_assert_eq!(&usual.renewals, &with_it.renewals);
        prop_assert_eq!(&usual.lighthouse, &with_it.lighthouse);
        let days = |record: &Record| -> Vec<_> {
            record.accounts.iter().map(|it| (it.stage_days, it.band_days, it.minutes, it.utilization_sum.to_bits())).collect()
        };
        prop_assert_eq!(days(&usual), days(&with_it));
        prop_assert!(with_it.events > usual.events, "the idle touchpoints come due");
    }

    /// Where no mail tires and no band starts work, an effect goes straight to what it raises: a stronger lift of the ceiling lowers
    /// nobody's utilization before a first renewal, and stronger odds of renewal lose nobody at it whom weaker ones keep.
    #[test]
    fn a_stronger_effect_never_lowers_what_it_raises(drawn in drawn(), weak in 0..8_u32, more in 1..12_u32) {
        let alone = drawn.with(&[
            ("responses.fatigue", "false"),
            ("responses.requests", "\"0 per year\""),
            ("lighthouse.enabled", "false"),
            ("assessment.enabled", "false"),
            ("renewal.expansion", "\"0% per year\""),
            ("population.arrivals", "\"0% per year\""),
            ("population.accounts", "8"),
            ("population.mid_life", "false"),
        ]);
        let quiet = "[[touchpoint]]\nname = \"health-campaign\"\nenabled = false\n\
            [[touchpoint]]\nname = \"targeted-outreach\"\nenabled = false\n";
        let call = |effect: String| format!(
            "{quiet}[[touchpoint]]\nname = \"check-in\"\nenabled = true\nevery = \"30d\"\nfrom = {{ after = \"10d\" }}\n\
             effect = {{ {effect}, half_life = \"90d\" }}\n"
        );
        let lifted = |points: u32| alone.with(&[("horizon", "\"10mo\"")]).live(&call(format!("adoption_ceiling = \"+{points}pp\"")));
        let (one, other) = (lifted(weak), lifted(weak + more));
        for (one, other) in one.accounts.iter().zip(&other.accounts) {
            prop_assert_eq!(one.months, other.months);
            prop_assert!(other.utilization_sum >= one.utilization_sum);
        }
        let kept = |tenths: u32| {
            let effect = format!("renewal_odds = \"x{}.{}\"", 1 + tenths / 10, tenths % 10);
            let record = alone.with(&[("horizon", "\"37mo\"")]).live(&call(effect));
            let mut first = [None; 8];
            for renewal in &record.renewals {
                first[renewal.account as usize].get_or_insert(renewal.renewed > Money::ZERO);
            }
            first
        };
        for (weaker, stronger) in kept(weak).into_iter().zip(kept(weak + more)) {
            prop_assert!(!(weaker == Some(true) && stronger == Some(false)));
        }
    }

    /// Two halves of a pool, each for its own customers, have somebody idle while others wait. Where all work takes the same time
    /// and who comes first goes first, every piece begins in the whole pool no later, on the mean.
    #[test]
    fn splitting_a_first_come_pool_never_shortens_the_mean_wait(
        rate in 1..30_u32,
        effort in 10..120_u32,
        half in 1..4_u32,
        replication in 0..1_000_u32,
    ) {
        let request = |name: &str, products: &str| format!(
            "[[touchpoint]]\nname = \"{name}\"\nchannel = \"document\"\nowner = \"advisors\"\non = \"request\"\n\
             products = {products}\neffort = \"{effort}m\"\n"
        );
        let requests = request("request", "[\"search\"]") + &request("other", "[\"assistant\", \"both\"]");
        let pool = |name: &str, advisors: u32, skills: &str| format!(
            "[[pool]]\nname = \"{name}\"\nadvisors = {advisors}\nalways_open = true\norder = \"first_come\"\n\
             assignment = \"any_free\"\noverload = \"delay\"\nskills = {skills}\n"
        );
        let whole = pool("advisors", 2 * half, "[\"request\", \"other\"]");
        let split = pool("advisors", half, "[\"request\"]") + &pool("others", half, "[\"other\"]");
        let mean_wait = |pools: &str| {
            let text = format!(
                "name = \"Split\"\nextends = \"validation/queues/ground.toml\"\nhorizon = \"60d\"\nreplications = 1\n\
                 [population]\naccounts = 8\n[responses]\nrequests = \"{rate} per 40h\"\n{requests}{pools}"
            );
            let files = Files::of([("scenarios/split.toml", text)]);
            let experiment = experiment("scenarios/split.toml", &[], &mut { files }).unwrap_or_else(|faults| panic!("{faults}"));
            let scenario = &experiment.variants[0].scenario;
            let record = Opening::new(scenario, replication).run(scenario, Keep::default());
            let waited: u64 = record.waits.iter().map(|wait| u64::from(wait.seconds)).sum();
            let open: u64 = record.pools.iter().map(|pool| pool.open).sum();
            (waited, record.waits.len() as u64 + open, open)
        };
        let ((whole, pieces, _), (split, as_many, open)) = (mean_wait(&whole), mean_wait(&split));
        prop_assert_eq!(pieces, as_many);
        // What still waits at the end is in no mean; it waits longer in halves.
        prop_assert!(open > 0 || whole <= split, "{whole} s together, {split} s in halves");
    }

    /// Tables, keys in a table and variants may stand in any order.
    #[test]
    fn the_order_of_tables_and_keys_does_not_matter(
        (usual, shuffled) in drawn().prop_flat_map(|drawn| {
            let settings = Just(drawn.settings.clone()).prop_shuffle();
            (Just(drawn.clone()), settings.prop_map(move |settings| Drawn { settings, ..drawn.clone() }))
        }),
    ) {
        let [usual, shuffled] = [usual, shuffled].map(|drawn| digest_of(&drawn.with(&SMALL).load("", "")));
        prop_assert_eq!(usual, shuffled);
    }
}

/// The mean wait of the test above is one of work that waits: without a queue it would say nothing.
#[test]
fn the_pools_that_are_split_have_queues() {
    let scenario = baseline("validation/queues/m-m-1.toml", &["horizon=60d", "responses.requests=4 per 5h"]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep::default());
    assert!(record.waits.iter().any(|wait| wait.seconds > 0));
}
