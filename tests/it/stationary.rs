//! The book at the start is mid-life, as history left it: lived on under the baseline, its mix does not drift.

use journeysim::base::time::Day;
use journeysim::engine::record::Record;
use journeysim::program::stage::Stage;
use journeysim::program::touchpoint::Color;
use journeysim::scenario::Scenario;

use crate::trial::{baseline, mean_and_error, replicate};

/// Means over the time from `from` to `to` of what the mix is made of, each with its name.
fn mix(scenario: &Scenario, record: &Record, from: Day, to: Day) -> Vec<(String, f64)> {
    let weeks = || record.weeks.iter().filter(|week| from <= week.day && week.day < to);
    let count = weeks().count() as f64;
    let accounts: f64 = weeks().map(|week| f64::from(week.accounts)).sum();
    let mut mix = vec![
        ("accounts".to_owned(), accounts / count),
        ("tenure".to_owned(), weeks().map(|week| week.tenure).sum::<f64>() / accounts),
        ("propensity".to_owned(), weeks().map(|week| week.propensity).sum::<f64>() / accounts),
    ];
    for stage in Stage::ALL {
        let days: f64 = weeks().map(|week| f64::from(week.stages[stage as usize])).sum();
        mix.push((format!("share of {}", stage.name()), days / accounts));
    }
    for band in [Color::Green, Color::Yellow, Color::Red] {
        let days: f64 = weeks().map(|week| f64::from(week.bands[band as usize])).sum();
        mix.push((format!("share of {band:?}"), days / accounts));
    }
    let renewals = || record.renewals.iter().filter(|renewal| from <= renewal.day && renewal.day < to);
    let all = renewals().count() as f64;
    for month in 0..12 {
        let first = Day(0);
        let in_month = renewals()
            .filter(|renewal| scenario.almanac.months_between(first, renewal.day).rem_euclid(12) == month);
        mix.push((format!("renewals in month {month} of the year"), in_month.count() as f64 / all));
    }
    mix
}

/// Twenty-two differences at 3.7 standard errors: a book in steady state would fail once in 200 seeds.
#[test]
fn the_mix_of_the_book_is_the_same_in_the_first_three_years_as_in_the_next_three() {
    let scenario = baseline("validation/stationary.toml", &[]);
    let almanac = &scenario.almanac;
    let [half, end] = [36, 72].map(|months| almanac.add_months(Day(0), months));
    assert_eq!(end, scenario.horizon);
    let pairs: Vec<_> = (0..scenario.file.replications.get())
        .map(|replication| {
            let record = replicate(&scenario, replication);
            (mix(&scenario, &record, Day(0), half), mix(&scenario, &record, half, end))
        })
        .collect();
    for (place, (name, _)) in pairs[0].0.iter().enumerate() {
        let differences: Vec<f64> =
            pairs.iter().map(|(first, next)| next[place].1 - first[place].1).collect();
        let level = pairs.iter().map(|(first, _)| first[place].1).sum::<f64>() / pairs.len() as f64;
        let (mean, error) = mean_and_error(&differences);
        let errors = if error > 0.0 { mean / error } else { 0.0 };
        assert!(errors.abs() < 3.7, "{name} drifts by {mean} from {level}: {errors:.1} errors");
    }
}
