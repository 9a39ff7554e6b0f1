//! What the program gets to see of usage: whole weeks and whole months, never the latent state.
//!
//! - **Utilization** (MAU / seats) moves at month ends only, so a gate can react up to a month late.
//! - **Usage** moves every Monday: four whole weeks hold every weekday four times, whatever the date.
//!   Under the lagged formula the numerator is current and the denominator last month's, so it can
//!   pass 1 while an account ramps up; it is clipped at the stated limit.
//! - While last month had no users, usage is not published: [`None`], not zero.

use super::activity::Activity;
use super::{UsageFormula, UsageSettings};

/// Whole weeks in the mean of daily users.
pub const WEEKS: usize = 4;

/// Published figures of all accounts.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// Monthly users of the last whole month (users); negative where no month is complete.
    mau: Vec<f32>,
    /// MAU / seats of the last whole month; negative where no month is complete.
    utilization: Vec<f32>,
    /// Usage as published last; negative where there is none.
    usage: Vec<f32>,
    weeks: Vec<Weeks>,
    /// Place of the week that is closed next among the four.
    oldest: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Weeks {
    daily: [f32; WEEKS],
    peak: [f32; WEEKS],
}

const NOTHING: f32 = -1.0;

/// Figures are published to a millionth, so that 120 users of 150 seats are 0.8 and pass no gate that asks for more.
fn published(value: f32) -> Option<f64> {
    // Rounded by cutting off, which costs a tenth of a call.
    (value >= 0.0).then(|| (f64::from(value) * 1e6 + 0.5) as i64 as f64 / 1e6)
}

impl Published {
    /// Adds an account of which nothing has been published.
    pub fn add(&mut self) {
        self.mau.push(NOTHING);
        self.utilization.push(NOTHING);
        self.usage.push(NOTHING);
        self.weeks.push(Weeks::default());
    }

    /// Forgets what was published of `account`: a customer who returns starts anew.
    pub fn forget(&mut self, account: u32) {
        let i = account as usize;
        (self.mau[i], self.utilization[i], self.usage[i]) = (NOTHING, NOTHING, NOTHING);
        self.weeks[i] = Weeks::default();
    }

    /// Returns last month's MAU / seats.
    #[must_use]
    pub fn utilization(&self, account: u32) -> Option<f64> {
        published(self.utilization[account as usize])
    }

    /// Returns the usage published last.
    #[must_use]
    pub fn usage(&self, account: u32) -> Option<f64> {
        published(self.usage[account as usize])
    }

    /// Returns the monthly users of the last whole month.
    #[must_use]
    pub fn mau(&self, account: u32) -> Option<f64> {
        published(self.mau[account as usize])
    }

    /// Takes over a published utilization: a seat change moves MAU / seats at the next month end only,
    /// but a real book may bring its own figures.
    pub fn set(&mut self, account: u32, mau: f64, seats: f64, usage: Option<f64>) {
        let i = account as usize;
        self.mau[i] = mau as f32;
        self.utilization[i] = if seats > 0.0 { (mau / seats) as f32 } else { NOTHING };
        if let Some(usage) = usage {
            self.usage[i] = usage as f32;
        }
    }

    /// Closes a week (on Mondays): it takes the place of the oldest of four, and publishes usage under the weekly formulas.
    pub fn close_week(&mut self, activity: &mut Activity, settings: &UsageSettings) {
        let counted_days = if settings.dau_days == super::DauDays::Weekdays { 20.0 } else { 28.0 };
        let place = self.oldest;
        self.oldest = (place + 1) % WEEKS;
        for account in 0..activity.len() {
            if activity.living.get(account) == 0.0 {
                continue;
            }
            let i = account as usize;
            let weeks = &mut self.weeks[i];
            weeks.daily[place] = std::mem::take(activity.week_daily.at(account));
            weeks.peak[place] = std::mem::take(activity.week_peak.at(account));
            let users = match settings.formula {
                UsageFormula::Lagged => self.mau[i],
                UsageFormula::Rolling28 => weeks.peak.iter().copied().fold(0.0, f32::max),
                UsageFormula::SameMonth => continue,
            };
            let daily = weeks.daily.iter().sum::<f32>() / counted_days;
            self.usage[i] = ratio(daily, users, settings.usage_limit.get() as f32);
        }
    }

    /// Closes a calendar month of `counted` days in the mean of daily users: publishes MAU and utilization,
    /// and usage under the same-month formula.
    pub fn close_month(&mut self, activity: &mut Activity, settings: &UsageSettings, counted: u32) {
        for account in 0..activity.len() {
            let i = account as usize;
            let daily = std::mem::take(activity.month_daily.at(account)) / counted.max(1) as f32;
            let peak = std::mem::take(activity.month_peak.at(account));
            if activity.living.get(account) == 0.0 {
                continue;
            }
            let seats = activity.seats.get(account);
            self.mau[i] = peak;
            self.utilization[i] = if seats > 0.0 { peak / seats } else { NOTHING };
            if settings.formula == UsageFormula::SameMonth {
                self.usage[i] = ratio(daily, peak, settings.usage_limit.get() as f32);
            }
        }
    }
}

fn ratio(daily: f32, users: f32, limit: f32) -> f32 {
    if users > 0.0 { (daily / users).min(limit) } else { NOTHING }
}
