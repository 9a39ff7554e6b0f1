//! The daily model of usage against closed forms and against the arithmetic of the published figures.

use journeysim::base::random::Streams;
use journeysim::base::time::{Almanac, Day};
use journeysim::engine::opening::open_book;
use journeysim::engine::renewal;
use journeysim::scenario::Scenario;
use journeysim::usage::activity::{Activity, DayInput};
use journeysim::usage::published::Published;

use crate::trial::{baseline, experiment, mean_and_error, replicate};

/// Accounts in production, all alike, moved by the kernel of a scenario and by nothing else.
struct Users {
    scenario: Scenario,
    activity: Activity,
    published: Published,
    streams: Streams,
    today: Day,
}

impl Users {
    fn new(file: &str, overrides: &[&str], accounts: u32, seats: f32) -> Self {
        let scenario = baseline(file, overrides);
        let usage = &scenario.file.usage;
        let mut activity = Activity::default();
        let mut published = Published::default();
        for _ in 0..accounts {
            let account = activity.add(scenario.lifts.len());
            published.add();
            *activity.seats.at(account) = seats;
            *activity.cap.at(account) = 1.0;
            *activity.ceiling.at(account) = usage.ceiling.get() as f32;
            *activity.need.at(account) = 1.0;
            *activity.pace.at(account) = usage.pace() as f32;
            *activity.usage.at(account) = usage.usage.get() as f32;
            *activity.adoption.at(account) =
                if usage.innovation.is_some() { 0.0 } else { usage.initial.get() as f32 };
            *activity.living.at(account) = 1.0;
            *activity.running.at(account) = 1.0;
        }
        let streams = Streams::new(scenario.file.seed, 0);
        Self { scenario, activity, published, streams, today: Day(0) }
    }

    fn almanac(&self) -> &Almanac {
        &self.scenario.almanac
    }

    /// Publishes what is due at midnight, then lets everybody use the product for a day.
    fn live(&mut self) {
        let almanac = &self.scenario.almanac;
        let (today, usage) = (self.today, &self.scenario.file.usage);
        if almanac.is_month_start(today) && today > Day(0) {
            self.published.close_month(&mut self.activity, usage, 30);
        }
        if almanac.weekday(today) == 0 {
            self.published.close_week(&mut self.activity, usage);
        }
        self.use_product(almanac.is_weekend(today));
    }

    fn use_product(&mut self, weekend: bool) {
        let input = DayInput { day: self.today, working: !weekend, weekend };
        self.scenario.kernel.advance(&mut self.activity, &self.streams, input);
        self.today = Day(self.today.0 + 1);
    }

    fn adoption(&self) -> Vec<f64> {
        (0..self.activity.len()).map(|account| f64::from(self.activity.adoption.get(account))).collect()
    }
}

/// Product, p, q, and the share adopted after 5 and 10 years, computed outside this project.
fn durables() -> Vec<(&'static str, f64, f64, [f64; 2])> {
    let table = include_str!("../data/bass_durables.csv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let number = |text: &str| text.parse::<f64>().expect("the table holds numbers");
    rows.map(|row| {
        let columns: Vec<&str> = row.split(',').collect();
        (columns[0], number(columns[3]), number(columns[4]), [number(columns[11]), number(columns[12])])
    })
    .collect()
}

/// Lets `accounts` of 50,000 seats adopt for ten years at `steps` a year; their adoption after 5 and 10 years.
fn bass(p: f64, q: f64, steps: u32, accounts: u32, whole_users: bool) -> [Vec<f64>; 2] {
    let per_step = |yearly: f64| yearly / f64::from(steps);
    let overrides = [
        format!("usage.innovation={}", per_step(p)),
        format!("usage.imitation={}", per_step(q)),
        format!("usage.whole_users={whole_users}"),
    ];
    let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
    let mut users = Users::new("validation/bass-diffusion.toml", &overrides, accounts, 50_000.0);
    [5, 10].map(|year| {
        while users.today.0 < (year * steps) as i32 {
            users.use_product(false);
        }
        users.adoption()
    })
}

/// Bass (1969), Tables 1 to 3, at a step of a week. Twelve comparisons at three standard errors: a true program would
/// fail with 3 of 100 seeds.
#[test]
fn whole_users_adopt_six_durables_along_the_bass_curve() {
    let durables = durables();
    assert_eq!(durables.len(), 6);
    for (product, p, q, exact) in durables {
        let paths = bass(p, q, 52, 200, true);
        for ((year, paths), exact) in [5, 10].into_iter().zip(paths).zip(exact) {
            let (mean, error) = mean_and_error(&paths);
            let distance = (mean - exact) / error;
            assert!(error > 0.0, "{product}: paths differ");
            assert!(
                distance.abs() < 3.0,
                "{product}, year {year}: {mean} for {exact}, {distance:.1} errors off"
            );
        }
    }
}

/// Without the luck of whole users what is left is the error of the step. It shrinks with the square of the step, as
/// the hazard is taken at the middle of it: more than threefold from a quarter to a month, where the ratio of the
/// steps is three.
#[test]
fn the_bias_of_bass_diffusion_shrinks_with_the_step() {
    for (product, p, q, exact) in durables() {
        let biases = [4, 12, 52].map(|steps| {
            let reached = bass(p, q, steps, 1, false);
            (0..2).map(|i| (reached[i][0] - exact[i]).abs()).fold(0.0, f64::max)
        });
        let [quarter, month, week] = biases;
        assert!(month < quarter / 3.0 && week < month, "{product}: {biases:?}");
        assert!(week < 2e-5, "{product}: {week} at a step of a week");
    }
}

#[test]
fn half_of_the_ceiling_is_reached_when_the_scenario_says() {
    for curve in ["logistic", "gompertz"] {
        for days in [20, 40, 90] {
            let overrides = [format!("usage.curve={curve}"), format!("usage.half_time={days}d")];
            let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
            let mut users = Users::new("validation/plain.toml", &overrides, 1, 1000.0);
            while users.adoption()[0] < 0.5 {
                users.use_product(false);
            }
            assert!((users.today.0 - days).abs() <= 1, "{curve}: {} days instead of {days}", users.today.0);
        }
    }
}

/// September 2025 has 30 days and 22 weekdays; any four weeks have 28 and 20.
#[test]
fn users_of_all_weekdays_show_22_thirtieths_in_their_month_and_20_of_28_over_four_weeks() {
    let experiment = experiment("validation/weekday-users.toml", &[]);
    let usage_in_october = |name: &str| {
        let variant = experiment.variants.iter().find(|variant| variant.name == name).unwrap();
        let record = replicate(&variant.scenario, 0);
        // 1 October is day 122, a Wednesday; September is published until the end of October.
        let week = record.weeks.iter().find(|week| week.day > Day(122)).unwrap();
        assert_eq!(week.usage.1, 20, "every account has a published usage");
        week.usage.0 / 20.0
    };
    let figures = [("same-month", 22.0 / 30.0), ("lagged", 20.0 / 28.0), ("weekdays", 1.0)];
    for (formula, expected) in figures {
        let published = usage_in_october(formula);
        assert!((published - expected).abs() < 1e-5, "{formula}: {published} instead of {expected}");
    }
}

/// A month at a time, with noise, sway and whole users, and seats that come and go.
#[test]
fn a_day_has_at_most_the_users_of_its_month_and_these_have_seats() {
    let noise = ["usage.daily_noise=40%", "usage.sway=20%", "usage.whole_users=true", "usage.ceiling=95%"];
    let accounts = 50;
    let mut users = Users::new("validation/plain.toml", &noise, accounts, 200.0);
    let mut largest = vec![0.0_f32; accounts as usize];
    let mut full = 0;
    for day in 0..720 {
        let before: Vec<f32> = (0..accounts).map(|a| users.activity.month_daily.get(a)).collect();
        let fresh = users.almanac().is_month_start(users.today) && day > 0;
        users.live();
        for account in 0..accounts {
            let published = users.published.utilization(account);
            if fresh {
                let mau = users.published.mau(account).unwrap();
                assert!(
                    mau >= f64::from(largest[account as usize]),
                    "day {day}: {mau} users, fewer than on a day"
                );
                assert!(published.unwrap() <= 1.0, "day {day}: {published:?} of the seats");
                full += u32::from(published.unwrap() == 1.0);
                largest[account as usize] = 0.0;
            }
            assert!(users.published.usage(account).is_none_or(|usage| usage <= 1.0));
            let earlier = if fresh { 0.0 } else { before[account as usize] };
            let daily = users.activity.month_daily.get(account) - earlier;
            // Sums of a month in single precision leave errors of some thousandths of a user.
            assert!(daily <= users.activity.active.get(account) + 0.01, "day {day}: {daily} users");
            largest[account as usize] = largest[account as usize].max(daily - 0.01);
            if day % 97 == account as i32 % 97 {
                *users.activity.seats.at(account) = 120.0;
                users.activity.drop_users_without_seat(account);
                largest[account as usize] = largest[account as usize].min(120.0);
            }
        }
    }
    assert!(full > 50, "the cap is reached {full} times only");
}

#[test]
fn usage_is_not_published_while_last_month_had_no_users() {
    let mut users = Users::new("validation/plain.toml", &[], 1, 100.0);
    *users.activity.running.at(0) = 0.0;
    while users.today < Day(70) {
        users.live();
        assert_eq!(users.published.usage(0), None, "day {}", users.today.0);
    }
    assert_eq!(users.published.mau(0), Some(0.0), "a month without users is published as such");
    *users.activity.running.at(0) = 1.0;
    // Day 90 is 1 May 2024: until then April, which has users, is not over.
    while users.today <= Day(88) {
        users.live();
        assert_eq!(users.published.usage(0), None, "day {}", users.today.0);
    }
    while users.today < Day(98) {
        users.live();
    }
    assert!(users.published.usage(0).unwrap() > 0.0);
}

#[test]
fn an_expansion_lowers_utilization_at_once_and_the_published_figure_at_the_month_end() {
    let certain = ["renewal.expansion=100% per year", "renewal.cross_sell=0%"];
    let scenario = baseline("validation/plain.toml", &certain);
    let mut world = open_book(&scenario, Streams::new(1, 0));
    let mut grown = 0;
    for account in 0..100 {
        let before = world.account(account).profile.seats;
        *world.activity.active.at(account) = 0.9 * before as f32;
        world.published.set(account, 0.9 * f64::from(before), f64::from(before), None);
        renewal::expand(&mut world, &scenario, account, 1, 0);
        let after = world.account(account).profile.seats;
        grown += u32::from(after > before);
        let expected = 0.9 * f64::from(before) / f64::from(after);
        assert!((world.activity.utilization(account) - expected).abs() < 1e-6, "{before} to {after} seats");
        assert!((world.published.utilization(account).unwrap() - 0.9).abs() < 2e-6);
        *world.activity.month_peak.at(account) = world.activity.active.get(account);
    }
    world.published.close_month(&mut world.activity, &scenario.file.usage, 30);
    for account in 0..100 {
        let published = world.published.utilization(account).unwrap();
        assert!((published - world.activity.utilization(account)).abs() < 2e-6, "{published}");
    }
    assert!(grown > 80, "{grown} of 100 accounts grew");
}

/// The decay is half a point of the seats a month after 45 days without contact, and heals with a half-life of 90 days.
#[test]
fn usage_decays_without_contact_and_heals_with_it() {
    let decay = ["usage.decay_without_contact=0.5%", "usage.ceiling=80%"];
    let mut users = Users::new("validation/plain.toml", &decay, 1, 1000.0);
    *users.activity.adoption.at(0) = 1.0;
    let on = |users: &mut Users, day: i32| {
        while users.today < Day(day) {
            users.use_product(false);
        }
        users.activity.utilization(0)
    };
    let fresh = on(&mut users, 46);
    assert!((fresh - 0.8).abs() < 1e-3, "{fresh} after 45 days");
    let lapsed = fresh - on(&mut users, 46 + 365);
    assert!((lapsed - 0.06).abs() < 2e-3, "{lapsed} lost in a year");
    *users.activity.last_contact.at(0) = 411.0;
    let healed = fresh - on(&mut users, 411 + 45);
    let half_way = lapsed / f64::sqrt(2.0);
    assert!((healed - half_way).abs() < 2e-3, "{healed} instead of {half_way} after half a half-life");
}

/// Who adopts on which day, and how utilization sways, are luck of different kinds: after 40 days the two do not hang together. The
/// correlation of 4,000 accounts that are alike has a standard error of 0.016; five of them.
#[test]
fn the_luck_of_adoption_and_the_sway_of_utilization_do_not_hang_together() {
    let settings = ["usage.sway=3%", "usage.whole_users=true", "usage.initial=10%"];
    let mut users = Users::new("validation/plain.toml", &settings, 4_000, 50.0);
    for _ in 0..40 {
        users.use_product(false);
    }
    let sway = (0..users.activity.len()).map(|account| f64::from(users.activity.sway.get(account)));
    let (adoption, sway): (Vec<f64>, Vec<f64>) = (users.adoption(), sway.collect());
    let n = adoption.len() as f64;
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|value| value - mean).collect()
    };
    let (adoption, sway) = (centred(&adoption), centred(&sway));
    let product =
        |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f64>();
    let correlation =
        product(&adoption, &sway) / (product(&adoption, &adoption) * product(&sway, &sway)).sqrt();
    assert!(correlation.abs() < 5.0 / n.sqrt(), "{correlation}");
}
