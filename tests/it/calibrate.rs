//! Fits of a scenario to histories that the simulator itself has lived, where the truth is known.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use journeysim::base::money::Money;
use journeysim::base::time::Day;
use journeysim::engine::record::Record;
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::read;
use journeysim::language::Disk;
use journeysim::scenario::Scenario;
use serde_json::Value;

const TRUTH: &str = "scenarios/data/history/truth.toml";
const HISTORY: &str = "scenarios/data/history/history.toml";
const FITTED: &str = "scenarios/fitted.toml";

fn scenario(file: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let experiment =
        read::experiment(file, &overrides, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"));
    experiment.variants[experiment.baseline].scenario.clone()
}

/// Writes what a vendor's books would tell of a replication: subscriptions with their changes, renewals, use by quarter.
struct Books {
    accounts: String,
    subscriptions: String,
    renewals: String,
    usage: String,
}

/// What a seat costs in these books, so that seats follow from revenue.
const PRICE: i64 = 560;

fn seats(arr: Money) -> i64 {
    (arr.cents() / (100 * PRICE)).max(1)
}

impl Books {
    fn of(scenario: &Scenario, record: &Record) -> Self {
        let mut books = Self {
            accounts: "account,segment,customer since\n".to_owned(),
            subscriptions: "subscription,account,start,end,arr,seats\n".to_owned(),
            renewals: "account,due,outcome,arr before,arr after\n".to_owned(),
            usage: "account,month,monthly users\n".to_owned(),
        };
        let date = |day: Day| scenario.almanac.date(day);
        let id = |account: usize| format!("A{:03}", account + 1);
        let mut number = 0;
        let opening = record.ledger.book_at(Day(0));
        for (account, it) in record.accounts.iter().enumerate() {
            let mut level = opening.get(account).copied().unwrap_or(Money::ZERO);
            let mut since = it.close;
            let mut row = |from: Day, to: Option<Day>, arr: Money| {
                if arr > Money::ZERO && to != Some(from) {
                    number += 1;
                    let end = to.map_or(String::new(), |day| date(day).to_string());
                    let (start, seats) = (date(from), seats(arr));
                    writeln!(books.subscriptions, "S{number:04},{},{start},{end},{arr},{seats}", id(account))
                        .unwrap();
                }
            };
            for entry in record.ledger.entries().iter().filter(|entry| entry.account as usize == account) {
                row(since, Some(entry.day), level);
                (since, level) = (entry.day, level + entry.signed());
            }
            row(since, None, level);
            if it.days > 0 {
                writeln!(books.accounts, "{},{},{}", id(account), it.segment, date(it.close)).unwrap();
            }
        }
        for renewal in &record.renewals {
            let after = record.ledger.book_at(Day(renewal.day.0 + 1))[renewal.account as usize];
            let outcome = match renewal.renewed {
                Money::ZERO => "churned",
                kept if kept < renewal.up => "downsized",
                _ if after > renewal.up => "expanded",
                _ => "renewed",
            };
            let after = if renewal.renewed == Money::ZERO { Money::ZERO } else { after.max(renewal.renewed) };
            let (account, due) = (id(renewal.account as usize), date(renewal.day));
            writeln!(books.renewals, "{account},{due},{outcome},{},{after}", renewal.up).unwrap();
        }
        books
    }

    /// Adds the use of one month, from what was counted before it and after it.
    fn add_month(&mut self, scenario: &Scenario, month: Day, before: &Record, after: &Record) {
        let opening = after.ledger.book_at(month);
        for (account, it) in after.accounts.iter().enumerate() {
            let counted = before.accounts.get(account).map_or((0, 0.0), |it| (it.months, it.utilization_sum));
            if it.months == counted.0 || opening[account] == Money::ZERO {
                continue;
            }
            let utilization = (it.utilization_sum - counted.1) / f64::from(it.months - counted.0);
            let users = (utilization * seats(opening[account]) as f64).round();
            let date = scenario.almanac.date(month).format("%Y-%m");
            writeln!(self.usage, "A{:03},{date},{users}", account + 1).unwrap();
        }
    }

    fn write(&self, folder: &Path) {
        for (name, text) in [
            ("accounts.csv", &self.accounts),
            ("subscriptions.csv", &self.subscriptions),
            ("renewals.csv", &self.renewals),
            ("usage.csv", &self.usage),
        ] {
            fs::write(folder.join(name), text).expect("the folder is there");
        }
    }
}

/// Makes the example's history anew: five years of 150 accounts under the assumptions of `truth.toml`.
#[test]
#[ignore = "writes the files of the example; run by hand when the model's results change"]
fn write_the_history_of_the_example() {
    let whole = scenario(TRUTH, &[]);
    let live = |scenario: &Scenario| Opening::new(scenario, 0).run(scenario, Keep::default());
    let record = live(&whole);
    let mut books = Books::of(&whole, &record);
    let mut month = Day(0);
    while month < whole.horizon {
        // What is counted between two month ends is the month before: months are published on the first of the next.
        let (from, to) = (whole.almanac.add_months(month, 1), whole.almanac.add_months(month, 1).0 + 1);
        if to > whole.horizon.0 {
            break;
        }
        let days = |days: i32| scenario(TRUTH, &[&format!("horizon={days}d")]);
        let (before, after) = (live(&days(from.0)), live(&days(to)));
        books.add_month(&whole, month, &before, &after);
        month = whole.almanac.add_months(month, 3);
    }
    books.write(Path::new("scenarios/data/history"));
}
