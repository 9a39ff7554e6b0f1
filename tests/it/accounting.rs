//! The books: what recurring revenue does, to the cent, and that nobody's work moves it where effects are off.

use std::collections::BTreeSet;

use journeysim::base::money::Money;
use journeysim::base::time::Day;
use journeysim::engine::record::{Happened, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::renewal::ledger::{Entry, Movement, Part};
use journeysim::scenario::Scenario;

use crate::trial::{baseline, compare, experiment, replicate};

const PROGRAMS: [&str; 7] = [
    "programs/pooled-ta.toml",
    "programs/scaled-ta.toml",
    "programs/digital-scaled-success.toml",
    "programs/digital-success.toml",
    "programs/named-enterprise-ta.toml",
    "named-book.toml",
    "digital-book.toml",
];

/// Runs the plain book of one-year contracts, changed by `overrides`, with its event log.
fn plain(overrides: &[&str]) -> Record {
    let experiment = experiment(
        "validation/plain.toml",
        &[&["population.accounts=300", "horizon=3y"], overrides].concat(),
    );
    compare(&experiment, 0, Keep { log: true }).remove(0)
}

/// The first anniversaries of a contract that starts on 1 February 2024.
const YEARS: [Day; 2] = [Day(366), Day(731)];

fn booked(record: &Record, movement: Movement) -> Vec<&Entry> {
    record.ledger.entries().iter().filter(|entry| entry.movement == movement).collect()
}

fn happened(record: &Record, what: impl Fn(&Happened) -> bool) -> usize {
    record.log.iter().filter(|entry| what(&entry.happened)).count()
}

#[test]
fn the_books_of_every_program_balance_account_by_account_and_every_movement_occurs() {
    let (mut movements, mut parts) = (BTreeSet::new(), BTreeSet::new());
    let (mut late, mut early, mut back) = (0, 0, 0);
    for file in PROGRAMS {
        let experiment = experiment(file, &[]);
        let almanac = &experiment.variants[0].scenario.almanac;
        for replication in 0..3 {
            let record = compare(&experiment, replication, Keep { log: true }).remove(0);
            let ledger = &record.ledger;
            let balance = ledger.balance();
            assert!(balance.holds(), "{file}, replication {replication}");
            assert_eq!(balance.closing, record.closing, "{file}: accounts hold what the ledger says");
            let total = |movement| booked(&record, movement).iter().map(|entry| entry.amount).sum::<Money>();
            let flows = total(Movement::New) + total(Movement::Expansion) - total(Movement::Contraction);
            assert_eq!(balance.opening + flows - total(Movement::Churn), record.closing, "{file}");

            for entry in ledger.entries() {
                movements.insert(entry.movement);
                if matches!(entry.movement, Movement::Expansion | Movement::Contraction) {
                    assert_eq!(entry.parts.net(), entry.signed(), "{file}: a change is the sum of its parts");
                }
                for part in [Part::Seats, Part::Price, Part::Products, Part::TrueUp] {
                    let amount = entry.parts.of(part);
                    if amount != Money::ZERO {
                        parts.insert((part, amount > Money::ZERO));
                    }
                }
            }
            for number in 0..record.window_count {
                let [from, to] = [0, 1].map(|k| almanac.add_months(Day(0), 12 * (u32::from(number) + k)));
                let (opening, closing) = (ledger.book_at(from), ledger.book_at(to));
                let left = |account| {
                    let churns = booked(&record, Movement::Churn);
                    churns.iter().any(|entry| entry.account == account && from <= entry.day && entry.day < to)
                };
                for window in record.windows.iter().filter(|window| window.window == number) {
                    let account = window.account as usize;
                    assert_eq!(window.opening, opening[account], "{file}, account {account}");
                    let kept = if left(window.account) { Money::ZERO } else { closing[account] };
                    assert_eq!(window.closing, kept, "{file}, account {account}");
                }
            }
            late += happened(&record, |what| matches!(what, Happened::SignedLate(_)));
            early += happened(&record, |what| *what == Happened::SignedEarly);
            back += happened(&record, |what| *what == Happened::WonBack);
        }
    }
    let all = [Movement::New, Movement::Expansion, Movement::Contraction, Movement::Churn];
    assert_eq!(movements, BTreeSet::from(all));
    for part in [
        (Part::Seats, true),
        (Part::Seats, false),
        (Part::Price, true),
        (Part::Products, true),
        (Part::TrueUp, true),
    ] {
        assert!(parts.contains(&part), "no change of {part:?}");
    }
    assert!(late > 0 && early > 0 && back > 0, "{late} late, {early} early, {back} back");
}

#[test]
fn churn_is_booked_on_the_day_the_term_ends() {
    let record = plain(&["renewal.constant_churn=30%"]);
    let churns = booked(&record, Movement::Churn);
    assert!(churns.len() > 100);
    assert!(churns.iter().all(|entry| YEARS.contains(&entry.day)));
    let lost = record.renewals.iter().filter(|renewal| renewal.renewed == Money::ZERO);
    assert!(
        churns
            .iter()
            .map(|entry| (entry.account, entry.day))
            .eq(lost.map(|renewal| (renewal.account, renewal.day)))
    );
}

/// Every renewal at 3 % more: a price of whole cents a seat, so within half a cent a seat, 2,500 at most.
#[test]
fn a_renewal_brings_the_new_price_and_nothing_else() {
    let record = plain(&["renewal.constant_churn=0%", "renewal.price_change=+3%"]);
    let raised = record.ledger.entries();
    assert_eq!(raised.len(), 600, "300 accounts renew twice");
    let before = YEARS.map(|year| record.ledger.book_at(year));
    for entry in raised {
        let year = YEARS.iter().position(|&year| year == entry.day).expect("an anniversary");
        let paid = before[year][entry.account as usize].cents() as f64;
        assert_eq!((entry.movement, entry.parts.of(Part::Price)), (Movement::Expansion, entry.amount));
        let error = entry.amount.cents() as f64 - 0.03 * paid;
        assert!(error.abs() <= 1_250.0, "{} cents on {paid}", entry.amount.cents());
    }
}

#[test]
fn an_approved_extension_lets_a_late_renewal_count_from_the_term_end() {
    let record = plain(&["renewal.constant_churn=0%", "renewal.late=100%", "renewal.price_change=+3%"]);
    let late: Vec<u16> = record
        .log
        .iter()
        .filter_map(|entry| if let Happened::SignedLate(days) = entry.happened { Some(days) } else { None })
        .collect();
    assert_eq!(late.len(), 600, "300 accounts renew twice");
    assert_eq!((late.iter().min(), late.iter().max()), (Some(&1), Some(&30)));
    assert!(booked(&record, Movement::Churn).is_empty());
    assert!(record.ledger.entries().iter().all(|entry| YEARS.contains(&entry.day)));
}

#[test]
fn whoever_signs_after_the_extension_has_churned_and_comes_back_as_new_business() {
    let late = ["renewal.constant_churn=0%", "renewal.late=100%", "renewal.extension_days=10"];
    let record = plain(&late);
    let (churns, new) = (booked(&record, Movement::Churn), booked(&record, Movement::New));
    assert!(!churns.is_empty() && churns.iter().any(|entry| entry.day == YEARS[0]));
    for entry in &churns {
        let back = new.iter().find(|back| back.account == entry.account && back.day > entry.day);
        let days = back.map(|back| back.day.0 - entry.day.0);
        assert!(days.is_some_and(|days| (11..=30).contains(&days)), "{days:?} days");
    }
    let returned: BTreeSet<u32> =
        churns.iter().filter(|entry| entry.day == YEARS[0]).map(|entry| entry.account).collect();
    let second = record.windows.iter().filter(|window| window.window == 1);
    for window in second {
        assert_eq!(
            window.closing == Money::ZERO,
            returned.contains(&window.account),
            "gone in its window, though back"
        );
    }
}

#[test]
fn an_early_renewal_brings_its_gain_when_signed_and_its_loss_when_the_term_ends() {
    let certain = ["renewal.early=100%", "renewal.price_change=+3%", "shocks.champion_leaves=0% per year"];
    let downsizing =
        ["renewal.downsize.green=50%", "renewal.downsize.yellow=50%", "renewal.downsize.red=50%"];
    let staying = ["renewal.churn.green=0.1%", "renewal.churn.yellow=0.1%", "renewal.churn.red=0.1%"];
    let record = plain(&[&certain[..], &downsizing, &staying].concat());
    let (gains, losses) = (booked(&record, Movement::Expansion), booked(&record, Movement::Contraction));
    assert!(gains.len() > 100 && losses.len() > 100);
    // Signed 14 to 90 days before the term ends.
    assert!(
        gains.iter().all(|entry| YEARS
            .iter()
            .chain([&Day(1096)])
            .any(|end| (14..=90).contains(&(end.0 - entry.day.0))))
    );
    assert!(losses.iter().all(|entry| YEARS.contains(&entry.day)));
}

#[test]
fn a_lower_price_signed_early_counts_from_the_new_term_and_lowers_what_was_renewed() {
    let certain = ["renewal.early=100%", "renewal.price_change=-5%", "renewal.constant_churn=0%"];
    let record = plain(&certain);
    let losses = booked(&record, Movement::Contraction);
    assert!(happened(&record, |what| *what == Happened::SignedEarly) > 300);
    assert!(losses.len() > 300 && losses.iter().all(|entry| YEARS.contains(&entry.day)));
    assert!(booked(&record, Movement::Expansion).is_empty());
    assert!(record.renewals.iter().all(|renewal| renewal.renewed < renewal.up));
}

/// All want a fifth more seats in every term, and sign two days before its end. Who has no developers left for them only pays less.
#[test]
fn what_is_signed_early_counts_as_one_change_by_its_sign() {
    let certain = [
        "renewal.early=100%",
        "renewal.early_by={ dist = \"constant\", value = \"2d\" }",
        "renewal.price_change=-5%",
        "renewal.constant_churn=0%",
        "renewal.expansion=100% per year",
        "renewal.expansion_from=0%",
        "renewal.expansion_size={ dist = \"constant\", value = \"20%\" }",
        "renewal.expansion_with_renewal=365",
        "renewal.expansion_limit=50%",
        "renewal.cross_sell=0%",
    ];
    let record = plain(&certain);
    for end in YEARS {
        let on = |movement, day| -> BTreeSet<u32> {
            // Not what somebody added after the signature, at the old price.
            let is_renewal = |entry: &&Entry| entry.day == day && entry.parts.of(Part::Price) != Money::ZERO;
            booked(&record, movement).into_iter().filter(is_renewal).map(|entry| entry.account).collect()
        };
        let (more, less) = (on(Movement::Expansion, Day(end.0 - 2)), on(Movement::Contraction, end));
        assert!(more.len() > 100 && less.len() > 10, "{} and {}", more.len(), less.len());
        assert!(more.is_disjoint(&less) && on(Movement::Contraction, Day(end.0 - 2)).is_empty());
        for renewal in record.renewals.iter().filter(|renewal| renewal.day == end) {
            assert_eq!(renewal.renewed < renewal.up, less.contains(&renewal.account), "{renewal:?}");
        }
    }
}

/// Renewals are signed 60 days before the term ends, dearer before the start and cheaper after it.
#[test]
fn what_was_signed_and_counts_is_not_changed_again_by_who_takes_over() {
    let of = |price_change| {
        let settings = [
            "population.mid_life=true",
            "population.accounts=300",
            "horizon=4mo",
            "renewal.early=100%",
            "renewal.early_by={ dist = \"constant\", value = \"60d\" }",
            "renewal.constant_churn=0%",
            price_change,
        ];
        baseline("validation/plain.toml", &settings)
    };
    let record = Opening::new(&of("renewal.price_change=+3%"), 0)
        .run(&of("renewal.price_change=-5%"), Keep::default());
    let days: Vec<i32> = booked(&record, Movement::Contraction).iter().map(|entry| entry.day.0).collect();
    let renewed_before = record.renewals.iter().filter(|renewal| renewal.day < Day(60)).count();
    assert!(renewed_before > 10 && days.len() > 10);
    assert!(days.iter().all(|&day| day >= 60), "{days:?}");
}

/// Everybody wants the product and use sways by a tenth, so that some months have more users than there are seats.
#[test]
fn users_above_a_soft_cap_are_billed_at_each_anniversary_and_never_under_a_hard_cap() {
    let crowded = [
        "renewal.constant_churn=0%",
        "usage.ceiling=100%",
        "usage.sway=10%",
        "population.term.one-year.length=24mo",
    ];
    let soft = plain(&[&crowded[..], &["population.soft_cap=100%"]].concat());
    let bills = soft.ledger.entries();
    for year in YEARS {
        assert!(bills.iter().filter(|entry| entry.day == year).count() > 50, "day {}", year.0);
    }
    assert!(
        bills.iter().all(|entry| YEARS.contains(&entry.day) && entry.parts.of(Part::TrueUp) == entry.amount)
    );
    assert_eq!(happened(&soft, |what| matches!(what, Happened::TruedUp(_))), bills.len());

    let hard = plain(&[&crowded[..], &["population.soft_cap=0%"]].concat());
    assert!(hard.ledger.entries().is_empty());
}

#[test]
fn a_customer_won_back_is_new_business_and_lost_in_the_window_it_left() {
    let record = plain(&["renewal.constant_churn=100%", "renewal.win_back=100%"]);
    let (churns, new) = (booked(&record, Movement::Churn), booked(&record, Movement::New));
    assert_eq!(churns.iter().filter(|entry| entry.day == YEARS[0]).count(), 300);
    assert!(new.iter().all(|entry| entry.day > YEARS[0]));
    let first: Vec<i32> =
        new.iter().map(|entry| entry.day.0 - YEARS[0].0).filter(|&days| days <= 540).collect();
    assert!(first.len() > 200 && first.iter().all(|&days| days >= 90));
    assert_eq!(new.len(), happened(&record, |what| *what == Happened::WonBack));
    let lost: Vec<_> = record.windows.iter().filter(|window| window.window == 1).collect();
    assert!(lost.len() == 300 && lost.iter().all(|window| window.closing == Money::ZERO));
}

/// With effects off, only customers' fates move revenue, and these are the same under every program.
#[test]
fn without_effects_revenue_is_the_same_to_the_cent_under_every_program() {
    let files = ["check-in-cadence.toml", "thresholds.toml", "lighthouse-escalation.toml", "programs.toml"];
    for file in files {
        let experiment = experiment(file, &["effects=none"]);
        let (mut hours_differ, mut campaigns_differ) = (false, false);
        for replication in 0..3 {
            let records = compare(&experiment, replication, Keep::default());
            let reference = &records[experiment.baseline];
            let usual = &experiment.variants[experiment.baseline].scenario;
            assert!(reference.ledger.entries().len() > 200);
            for (variant, record) in experiment.variants.iter().zip(&records) {
                let (own, other) = (record.ledger.entries(), reference.ledger.entries());
                let first = own.iter().zip(other).find(|(own, other)| own != other);
                assert_eq!(first, None, "{file}, {}, replication {replication}", variant.name);
                assert_eq!(
                    (own.len(), record.closing),
                    (other.len(), reference.closing),
                    "{file}, {}",
                    variant.name
                );
                let hours =
                    |record: &Record| record.accounts.iter().map(|account| account.minutes).sum::<f64>();
                hours_differ |= hours(record) != hours(reference);
                campaigns_differ |= campaigns(record, &variant.scenario) != campaigns(reference, usual);
            }
        }
        assert!(hours_differ, "{file}: no program costs more than another");
        // Calls freshen the score's activity trait, so more of them mean fewer accounts in poor health.
        assert!(campaigns_differ || file != files[0], "{file}: no work follows the score");
    }
}

/// Returns how many health campaigns came due.
fn campaigns(record: &Record, scenario: &Scenario) -> u32 {
    let plans = &scenario.programs[0].plans;
    let index = plans.iter().position(|plan| plan.touchpoint.name.as_str() == "health-campaign");
    index.map_or(0, |index| record.touches[0][index].due)
}

/// The same customers, one of whose teams pays heed to nothing: what is signed with a renewal does not depend on stages.
#[test]
fn without_effects_the_length_of_the_renewing_stage_moves_no_revenue() {
    let [long, short] = ["120", "30"].map(|days| {
        let scenario =
            baseline("programs/pooled-ta.toml", &["effects=none", &format!("stages.renewing_days={days}")]);
        replicate(&scenario, 0)
    });
    assert!(long.accounts.iter().map(|account| account.stage_days[4]).sum::<u32>() > 0);
    assert_ne!(long.accounts, short.accounts);
    assert_eq!(long.ledger.entries(), short.ledger.entries());
}
