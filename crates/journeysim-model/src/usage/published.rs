//! What the program gets to see of usage: whole weeks and whole months, never the latent state.
//!
//! - **Utilization** (MAU / seats) moves at month ends only, so a gate can react up to a month late.
//! - **Usage** moves every Monday: four whole weeks hold every weekday four times, whatever the date.
//!   Under the lagged formula the numerator is current and the denominator last month's, so it can
//!   pass 1 while an account ramps up; it is clipped at the stated limit.
//! - While last month had no users, usage is not published: [`None`], not zero.

use super::activity::{Activity, Column, LANES, Lanes};
use super::{UsageFormula, UsageSettings};

/// Whole weeks in the mean of daily users.
pub const WEEKS: usize = 4;

/// Published figures of all accounts.
#[derive(Debug, Clone, Default)]
pub struct Published {
    accounts: u32,
    /// Monthly users of the last whole month (users); negative where no month is complete.
    mau: Column,
    /// MAU / seats of the last whole month; negative where no month is complete.
    utilization: Vec<[f64; LANES]>,
    /// Usage as published last; negative where there is none.
    usage: Vec<[f64; LANES]>,
    /// Sum of daily users over the counted days of each of the last whole weeks [user-days].
    daily: [Column; WEEKS],
    /// Largest number of active users of each of them (users).
    peak: [Column; WEEKS],
    /// Place of the week that is closed next among the four.
    oldest: usize,
}

const NOTHING: f32 = -1.0;

/// Figures are published to a millionth, so that 120 users of 150 seats are 0.8 and pass no gate that asks for more.
fn to_a_millionth(value: f32) -> f64 {
    /// Numbers of this size have no digits after the point.
    const WHOLE: f64 = 4_503_599_627_370_496.0; // 2^52
    (f64::from(value) * 1e6 + WHOLE - WHOLE) / 1e6
}

/// What was published, if anything was.
fn published(value: f64) -> Option<f64> {
    (value >= 0.0).then_some(value)
}

impl Published {
    /// Adds an account of which nothing has been published.
    pub fn add(&mut self) {
        let account = self.accounts;
        self.accounts += 1;
        let blocks = (self.accounts as usize).div_ceil(LANES);
        self.utilization.resize(blocks, [0.0; LANES]);
        self.usage.resize(blocks, [0.0; LANES]);
        for column in self.daily.iter_mut().chain(&mut self.peak).chain([&mut self.mau]) {
            column.grow_to(blocks);
        }
        self.forget(account);
    }

    /// Forgets what was published of `account`: a customer who returns starts anew.
    pub fn forget(&mut self, account: u32) {
        let (block, lane) = place(account);
        self.utilization[block][lane] = f64::from(NOTHING);
        self.usage[block][lane] = f64::from(NOTHING);
        *self.mau.at(account) = NOTHING;
        for column in self.daily.iter_mut().chain(&mut self.peak) {
            *column.at(account) = 0.0;
        }
    }

    /// Returns last month's MAU / seats.
    #[must_use]
    pub fn utilization(&self, account: u32) -> Option<f64> {
        let (block, lane) = place(account);
        published(self.utilization[block][lane])
    }

    /// Returns the usage published last.
    #[must_use]
    pub fn usage(&self, account: u32) -> Option<f64> {
        let (block, lane) = place(account);
        published(self.usage[block][lane])
    }

    /// Returns the monthly users of the last whole month.
    #[must_use]
    pub fn mau(&self, account: u32) -> Option<f64> {
        published(to_a_millionth(self.mau.get(account)))
    }

    /// Takes over a published utilization: a seat change moves MAU / seats at the next month end only,
    /// but a real book may bring its own figures.
    pub fn set(&mut self, account: u32, mau: f64, seats: f64, usage: Option<f64>) {
        let (block, lane) = place(account);
        *self.mau.at(account) = mau as f32;
        self.utilization[block][lane] =
            to_a_millionth(if seats > 0.0 { (mau / seats) as f32 } else { NOTHING });
        if let Some(usage) = usage {
            self.usage[block][lane] = to_a_millionth(usage as f32);
        }
    }

    /// Closes a week (on Mondays): it takes the place of the oldest of four, and publishes usage under the weekly formulas.
    pub fn close_week(&mut self, activity: &mut Activity, settings: &UsageSettings) {
        let counted_days = if settings.dau_days == super::DauDays::Weekdays { 20.0 } else { 28.0 };
        let limit = settings.usage_limit.get() as f32;
        let oldest = self.oldest;
        self.oldest = (oldest + 1) % WEEKS;
        for block in 0..activity.living.0.len() {
            let living = activity.living.0[block];
            if living == [0.0; LANES] {
                continue;
            }
            self.daily[oldest].0[block] = std::mem::take(&mut activity.week_daily.0[block]);
            self.peak[oldest].0[block] = std::mem::take(&mut activity.week_peak.0[block]);
            let (mut daily, mut peak) = ([0.0; LANES], [0.0_f32; LANES]);
            for week in 0..WEEKS {
                let (daily_of_week, peak_of_week) = (self.daily[week].0[block], self.peak[week].0[block]);
                for lane in 0..LANES {
                    daily[lane] += daily_of_week[lane];
                    peak[lane] = peak[lane].max(peak_of_week[lane]);
                }
            }
            let users = match settings.formula {
                UsageFormula::Lagged => self.mau.0[block],
                UsageFormula::Rolling28 => peak,
                UsageFormula::SameMonth => continue,
            };
            let daily = daily.map(|daily| daily / counted_days);
            publish(&mut self.usage[block], living, |lane| ratio(daily[lane], users[lane], limit));
        }
    }

    /// Closes a calendar month of `counted` days in the mean of daily users: publishes MAU and utilization,
    /// and usage under the same-month formula.
    pub fn close_month(&mut self, activity: &mut Activity, settings: &UsageSettings, counted: u32) {
        let limit = settings.usage_limit.get() as f32;
        for block in 0..activity.living.0.len() {
            let living = activity.living.0[block];
            let daily = std::mem::take(&mut activity.month_daily.0[block]);
            let peak = std::mem::take(&mut activity.month_peak.0[block]);
            if living == [0.0; LANES] {
                continue;
            }
            let (seats, mau) = (activity.seats.0[block], &mut self.mau.0[block]);
            for lane in 0..LANES {
                mau[lane] = if living[lane] > 0.0 { peak[lane] } else { mau[lane] };
            }
            publish(&mut self.utilization[block], living, |lane| {
                if seats[lane] > 0.0 { peak[lane] / seats[lane] } else { NOTHING }
            });
            if settings.formula == UsageFormula::SameMonth {
                let daily = daily.map(|daily| daily / counted.max(1) as f32);
                publish(&mut self.usage[block], living, |lane| ratio(daily[lane], peak[lane], limit));
            }
        }
    }
}

/// Returns where the figures of `account` are.
fn place(account: u32) -> (usize, usize) {
    (account as usize / LANES, account as usize % LANES)
}

/// Publishes a figure of those who are customers.
#[inline]
fn publish(figures: &mut [f64; LANES], living: Lanes, figure: impl Fn(usize) -> f32) {
    for lane in 0..LANES {
        let new = to_a_millionth(figure(lane));
        figures[lane] = if living[lane] > 0.0 { new } else { figures[lane] };
    }
}

fn ratio(daily: f32, users: f32, limit: f32) -> f32 {
    if users > 0.0 { (daily / users).min(limit) } else { NOTHING }
}
