//! The day kernel: advances the latent usage of every living account by one day.
//!
//! State is kept as columns of [`LANES`] accounts, so that one pass over memory moves a whole
//! population and the compiler can turn it into vector instructions. Randomness comes from the
//! counter-based generator at `(account, day)`: neither the order of accounts nor the number of
//! threads can show. Only plain IEEE operations are used, never a fused multiply-add, so every
//! vector width gives the same bits.
//!
//! # The model of one account and day
//!
//! 1. Lifts left behind by touchpoints fade by their half-lives.
//! 2. Adoption `F` (share of the willing users who have taken the product up) follows the curve:
//!    each of those still missing adopts today with probability `1 - exp(-hazard(F) speed)`.
//! 3. The ceiling is lifted by touchpoints, lowered by lapsed contact and by a reduced need for seats;
//!    `utilization = ceiling F + sway`, between 0 and the cap of the licence.
//! 4. `active = seats utilization` are the users of the month; today's users are a share of them
//!    that depends on the weekday. So DAU <= active <= MAU <= seats under a hard cap.
//!
//! For who is no customer, yet or any more, time stands still: blocks without any customer are passed over.
//!
//! # Not here
//!
//! What the program is told of all this: [`super::published`]. Who changes seats or adds lifts: the engine.

use super::{Curve, UsageSettings};
use pulp::Simd;

use crate::base::math::half_life_factor;
use crate::base::math::lanes::{box_muller, exp_f32, ln_f32};
use crate::base::random::{Purpose, Streams, philox};
use crate::base::time::Day;

/// Accounts advanced together.
pub const LANES: usize = 16;

/// Values of one quantity for [`LANES`] neighbouring accounts.
pub type Lanes = [f32; LANES];

/// One quantity of all accounts, by account number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column(pub(crate) Vec<Lanes>);

impl Column {
    /// Returns the value of `account`.
    #[must_use]
    pub fn get(&self, account: u32) -> f32 {
        self.0[account as usize / LANES][account as usize % LANES]
    }

    /// Returns the place of the value of `account`.
    pub fn at(&mut self, account: u32) -> &mut f32 {
        &mut self.0[account as usize / LANES][account as usize % LANES]
    }

    pub(super) fn grow_to(&mut self, blocks: usize) {
        self.0.resize(blocks, [0.0; LANES]);
    }
}

/// What a touchpoint can lift in the daily model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiftTarget {
    /// Relative change of the pace of adoption.
    Speed,
    /// Points of the ceiling of MAU / seats.
    Ceiling,
    /// Points of usage (daily over monthly users).
    Engagement,
    /// Standard deviations of relationship (felt at renewal only).
    Relationship,
    /// Change of the log odds of leaving (felt at renewal only).
    Odds,
}

/// One kind of lift: what it lifts and how fast it fades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiftKind {
    /// What is lifted.
    pub target: LiftTarget,
    /// What is left after a day, in `(0, 1]`.
    pub daily_factor: f32,
}

/// The latent usage of all accounts.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    accounts: u32,
    /// Purchased seats (users).
    pub seats: Column,
    /// Largest utilization the licence allows: 1 under a hard cap.
    pub cap: Column,
    /// Ceiling of MAU / seats before lifts.
    pub ceiling: Column,
    /// Share of the ceiling still needed after a cut: 1 without one, healing towards 1.
    pub need: Column,
    /// Adoption `F`: share of the willing users who have taken the product up.
    pub adoption: Column,
    /// The account's own pace of the curve [per day].
    pub pace: Column,
    /// Usage: daily over monthly users, mean over calendar days.
    pub usage: Column,
    /// Slow sway of utilization around its level.
    pub sway: Column,
    /// Points of the ceiling lost to lapsed contact.
    pub lapse: Column,
    /// Day of the last contact [days since the start].
    pub last_contact: Column,
    /// 1 while under contract, else 0.
    pub living: Column,
    /// 1 once the production environment runs, else 0.
    pub running: Column,
    /// Output: users active around this day (users).
    pub active: Column,
    /// Sum of daily users this week over the counted days [user-days].
    pub week_daily: Column,
    /// Largest `active` of this week (users).
    pub week_peak: Column,
    /// Sum of daily users this calendar month over the counted days [user-days].
    pub month_daily: Column,
    /// Largest `active` of this calendar month: its MAU (users).
    pub month_peak: Column,
    /// Lifts left by touchpoints, a column for each [`LiftKind`].
    pub lifts: Vec<Column>,
}

/// One day, as the kernel needs it.
#[derive(Debug, Clone, Copy)]
pub struct DayInput {
    /// The day.
    pub day: Day,
    /// Whether people work on it (neither weekend nor holiday).
    pub working: bool,
    /// Whether it is a weekend day (which the weekday mean leaves out).
    pub weekend: bool,
}

/// What stays the same from day to day: the settings, ready for the kernel.
#[derive(Debug, Clone)]
pub struct Kernel {
    curve: Curve,
    innovation: f32,
    lowest_adoption: f32,
    weekday_scale: f32,
    weekend: f32,
    daily_noise: f32,
    sway_keep: f32,
    sway_step: f32,
    whole_users: f32,
    decay: f32,
    grace: f32,
    recovery: f32,
    need_step: f32,
    weekdays_only: bool,
    lifts: Vec<LiftKind>,
}

impl Kernel {
    /// Prepares `settings` for the kernel; `need_half_life` (days) is the recovery after a cut, `decay`
    /// says whether usage decays without contact, and `lifts` are the kinds of lifts of the program.
    #[must_use]
    pub fn new(settings: &UsageSettings, need_half_life: f64, decay: bool, lifts: Vec<LiftKind>) -> Self {
        let sway_keep = half_life_factor(settings.sway_half_life.in_days());
        let monthly = if decay { settings.decay_without_contact.get() } else { 0.0 };
        Self {
            curve: settings.curve,
            innovation: settings.innovation.map_or(0.0, super::super::language::plain::Positive::get) as f32,
            lowest_adoption: if settings.curve == Curve::Bass {
                0.0
            } else {
                0.5 * settings.initial.get() as f32
            },
            weekday_scale: settings.weekday_scale() as f32,
            weekend: settings.weekend.get() as f32,
            daily_noise: settings.daily_noise.get() as f32,
            sway_keep: sway_keep as f32,
            sway_step: (settings.sway.get() * (1.0 - sway_keep * sway_keep).sqrt()) as f32,
            whole_users: f32::from(settings.whole_users),
            decay: (monthly * 12.0 / 365.0) as f32,
            grace: settings.contact_grace.in_days() as f32,
            recovery: half_life_factor(settings.decay_recovery.in_days()) as f32,
            need_step: (1.0 - half_life_factor(need_half_life)) as f32,
            weekdays_only: settings.dau_days == super::DauDays::Weekdays,
            lifts,
        }
    }

    /// Returns the kinds of lifts, in the order of [`Activity::lifts`].
    #[must_use]
    pub fn lifts(&self) -> &[LiftKind] {
        &self.lifts
    }

    /// Returns whether `day` counts in the mean of daily users.
    #[must_use]
    pub fn counts(&self, weekend: bool) -> bool {
        !(self.weekdays_only && weekend)
    }

    /// Advances all accounts by one day.
    pub fn advance(&self, activity: &mut Activity, streams: &Streams, input: DayInput) {
        self.advance_with(Width(pulp::Arch::new()), activity, streams, input);
    }

    /// Advances all accounts by one day with vectors of `width`, which shows in nothing but the time it takes.
    pub fn advance_with(&self, width: Width, activity: &mut Activity, streams: &Streams, input: DayInput) {
        width.0.dispatch(Pass { kernel: self, activity, key: streams.key(), input });
    }
}

/// A width of vector instructions.
#[derive(Debug, Clone, Copy)]
pub struct Width(pulp::Arch);

impl Width {
    /// Returns the widths of this machine, none beyond those of the build first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let narrowest = [pulp::Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        let wider = {
            let (v3, v4) = (pulp::x86::V3::try_new(), pulp::x86::V4::try_new());
            v3.map(pulp::Arch::V3).into_iter().chain(v4.map(pulp::Arch::V4))
        };
        #[cfg(not(target_arch = "x86_64"))]
        let wider = [pulp::Arch::new()];
        narrowest.into_iter().chain(wider).map(Self).collect()
    }
}

struct Pass<'a> {
    kernel: &'a Kernel,
    activity: &'a mut Activity,
    key: [u32; 2],
    input: DayInput,
}

impl pulp::WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { kernel, activity, key, input } = self;
        match kernel.curve {
            Curve::Logistic => advance::<Logistic>(kernel, activity, key, input),
            Curve::Bass => advance::<Bass>(kernel, activity, key, input),
            Curve::Gompertz => advance::<Gompertz>(kernel, activity, key, input),
        }
    }
}

/// The daily hazard with which a willing user who has not adopted does so.
trait Hazard {
    fn hazard(adoption: f32, innovation: f32, pace: f32) -> f32;
}

struct Logistic;
struct Bass;
struct Gompertz;

impl Hazard for Logistic {
    #[inline(always)]
    fn hazard(adoption: f32, _innovation: f32, pace: f32) -> f32 {
        pace * adoption
    }
}

impl Hazard for Bass {
    #[inline(always)]
    fn hazard(adoption: f32, innovation: f32, pace: f32) -> f32 {
        innovation + pace * adoption
    }
}

impl Hazard for Gompertz {
    #[inline(always)]
    fn hazard(adoption: f32, _innovation: f32, pace: f32) -> f32 {
        let adopted = adoption.max(1e-6);
        // c F ln(1/F) new adopters a day, spread over the 1 - F who are missing; the limit at F = 1 is c.
        let missing = (1.0 - adopted).max(1e-4);
        pace * (adopted * -ln_f32(adopted) / missing).min(1.0)
    }
}

#[inline(always)]
fn advance<H: Hazard>(kernel: &Kernel, a: &mut Activity, key: [u32; 2], input: DayInput) {
    let today = input.day.0 as f32;
    let day_word = input.day.0 as u32;
    let day_factor = if input.working { 1.0 } else { kernel.weekend };
    let counted = f32::from(kernel.counts(input.weekend));
    for block in 0..a.seats.0.len() {
        let living = a.living.0[block];
        if living == [0.0; LANES] {
            continue;
        }
        let (mut speed, mut lift, mut engagement) = ([1.0; LANES], [0.0; LANES], [0.0; LANES]);
        for (kind, column) in kernel.lifts.iter().zip(&mut a.lifts) {
            let mut lifted = column.0[block];
            match kind.target {
                LiftTarget::Speed => add_to(&mut speed, &lifted),
                LiftTarget::Ceiling => add_to(&mut lift, &lifted),
                LiftTarget::Engagement => add_to(&mut engagement, &lifted),
                LiftTarget::Relationship | LiftTarget::Odds => {}
            }
            for lane in 0..LANES {
                let faded = without_dust(lifted[lane] * kind.daily_factor);
                lifted[lane] = choose(living[lane], faded, lifted[lane]);
            }
            column.0[block] = lifted;
        }
        // Copies of the block, so that the compiler knows that nothing overlaps, and a loop for each step, because it gives
        // up on longer ones where vectors are narrow.
        let (seats, cap, ceiling, pace) =
            (a.seats.0[block], a.cap.0[block], a.ceiling.0[block], a.pace.0[block]);
        let (usage, last_contact) = (a.usage.0[block], a.last_contact.0[block]);
        let running = a.running.0[block];
        let (mut need, mut adoption) = (a.need.0[block], a.adoption.0[block]);
        let (mut sway, mut lapse) = (a.sway.0[block], a.lapse.0[block]);
        let (mut week_daily, mut week_peak) = (a.week_daily.0[block], a.week_peak.0[block]);
        let (mut month_daily, mut month_peak) = (a.month_daily.0[block], a.month_peak.0[block]);
        let mut active = [0.0; LANES];
        let [luck, drifts, noise] = normals(block, day_word, key);
        // 2. Adoption: the hazard at the middle of the day, and the luck of whole users.
        for lane in 0..LANES {
            let missing = 1.0 - adoption[lane];
            let half = 0.5 * missing * H::hazard(adoption[lane], kernel.innovation, pace[lane]) * speed[lane];
            let hazard =
                H::hazard(adoption[lane] + half, kernel.innovation, pace[lane]) * speed[lane].max(0.0);
            let adopts = 1.0 - exp_f32(-hazard);
            let willing = (seats[lane] * ceiling[lane]).max(1.0);
            let chance = (missing.max(0.0) * adopts * (1.0 - adopts) / willing).max(0.0).sqrt();
            let step = missing * adopts + kernel.whole_users * chance * luck[lane];
            let adopted = (adoption[lane] + running[lane] * step).max(kernel.lowest_adoption).min(1.0);
            adoption[lane] = choose(living[lane], adopted, adoption[lane]);
        }
        // 3. The level of utilization.
        for lane in 0..LANES {
            let quiet = f32::from(today - last_contact[lane] > kernel.grace);
            let lapsed = choose(quiet, lapse[lane] + kernel.decay, lapse[lane] * kernel.recovery);
            let lapsed = without_dust(lapsed * running[lane]).min(1.0);
            lapse[lane] = choose(living[lane], lapsed, lapse[lane]);
        }
        for lane in 0..LANES {
            need[lane] += living[lane] * (1.0 - need[lane]) * kernel.need_step;
            let swayed = sway[lane] * kernel.sway_keep + kernel.sway_step * drifts[lane];
            sway[lane] = choose(living[lane], swayed, sway[lane]);
            let level = (ceiling[lane] + lift[lane] - lapse[lane]).max(0.0) * need[lane];
            let utilization = ((level + sway[lane]) * adoption[lane] * running[lane]).max(0.0).min(cap[lane]);
            active[lane] = seats[lane] * utilization * living[lane];
        }
        // 4. Users of the month and of the day.
        for lane in 0..LANES {
            let ratio = (usage[lane] + engagement[lane]).max(0.0) * kernel.weekday_scale;
            let share =
                (ratio.min(1.0) * day_factor * (1.0 + kernel.daily_noise * noise[lane])).clamp(0.0, 1.0);
            week_daily[lane] += active[lane] * share * counted;
            month_daily[lane] += active[lane] * share * counted;
            week_peak[lane] = week_peak[lane].max(active[lane]);
            month_peak[lane] = month_peak[lane].max(active[lane]);
        }
        (a.need.0[block], a.adoption.0[block]) = (need, adoption);
        (a.sway.0[block], a.lapse.0[block]) = (sway, lapse);
        (a.week_daily.0[block], a.week_peak.0[block]) = (week_daily, week_peak);
        (a.month_daily.0[block], a.month_peak.0[block]) = (month_daily, month_peak);
        a.active.0[block] = active;
    }
}

/// Returns three standard normal numbers of a day for each account of a block, no two of them correlated: the first and the
/// second have one size, and signs of their own.
#[inline(always)]
fn normals(block: usize, day: u32, key: [u32; 2]) -> [Lanes; 3] {
    const SIGN: u32 = 1 << 31;
    let (mut distance, mut direction, mut signs) = ([0; LANES], [0; LANES], [0; LANES]);
    for lane in 0..LANES {
        let account = (block * LANES + lane) as u32;
        [distance[lane], direction[lane], signs[lane], _] =
            philox([account, day, 0, Purpose::DailyUsage.word()], key);
    }
    let (mut first, mut second, mut third) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        (first[lane], third[lane]) = box_muller(distance[lane], direction[lane]);
        second[lane] = f32::from_bits(first[lane].to_bits() ^ (signs[lane] & SIGN));
    }
    [first, second, third]
}

#[inline(always)]
fn add_to(sum: &mut Lanes, more: &Lanes) {
    for lane in 0..LANES {
        sum[lane] += more[lane];
    }
}

/// Returns `yes` where `flag` is 1 and `no` where it is 0, without a branch.
#[inline(always)]
fn choose(flag: f32, yes: f32, no: f32) -> f32 {
    flag * yes + (1.0 - flag) * no
}

/// Sets what has faded below use to zero: subnormal numbers would cost a hundred times the work.
#[inline(always)]
fn without_dust(value: f32) -> f32 {
    if value.abs() < 1e-9 { 0.0 } else { value }
}

impl Activity {
    /// Returns the number of accounts.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.accounts
    }

    /// Returns whether there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts == 0
    }

    /// Adds an account whose values are all zero and returns its number; `lifts` is the number of lift kinds.
    pub fn add(&mut self, lifts: usize) -> u32 {
        let account = self.accounts;
        self.accounts += 1;
        let blocks = (self.accounts as usize).div_ceil(LANES);
        self.lifts.resize_with(lifts, Column::default);
        for column in self.columns() {
            column.grow_to(blocks);
        }
        account
    }

    /// Replaces the kinds of lifts, keeping those that `kept` maps to an old place.
    pub fn replace_lifts(&mut self, kept: &[Option<usize>]) {
        let blocks = self.seats.0.len();
        let old = std::mem::take(&mut self.lifts);
        self.lifts = kept
            .iter()
            .map(|from| {
                from.and_then(|i| old.get(i).cloned()).unwrap_or_else(|| Column(vec![[0.0; LANES]; blocks]))
            })
            .collect();
    }

    /// Returns MAU / seats as it really is on this day, whatever was published.
    #[must_use]
    pub fn utilization(&self, account: u32) -> f64 {
        let seats = f64::from(self.seats.get(account));
        if seats > 0.0 { f64::from(self.active.get(account)) / seats } else { 0.0 }
    }

    /// Lets all use of a customer who leaves end.
    pub fn stop(&mut self, account: u32) {
        for column in [
            &mut self.living,
            &mut self.running,
            &mut self.adoption,
            &mut self.active,
            &mut self.week_daily,
            &mut self.week_peak,
            &mut self.month_daily,
            &mut self.month_peak,
        ] {
            *column.at(account) = 0.0;
        }
    }

    /// Lets all that has lifted or lowered the use of a former customer, and was the vendor's doing, end.
    pub fn begin_anew(&mut self, account: u32) {
        *self.lapse.at(account) = 0.0;
        for lift in &mut self.lifts {
            *lift.at(account) = 0.0;
        }
    }

    /// Lets users beyond what the licence now allows drop out of the running week and month, as if they had never been
    /// in: figures count people who have a seat.
    pub fn drop_users_without_seat(&mut self, account: u32) {
        let most = self.seats.get(account) * self.cap.get(account);
        let peak =
            self.month_peak.get(account).max(self.week_peak.get(account)).max(self.active.get(account));
        if peak > most {
            let kept = most / peak;
            for column in [
                &mut self.active,
                &mut self.week_daily,
                &mut self.week_peak,
                &mut self.month_daily,
                &mut self.month_peak,
            ] {
                *column.at(account) *= kept;
            }
            // Rounding must leave nobody behind.
            for column in [&mut self.active, &mut self.week_peak, &mut self.month_peak] {
                *column.at(account) = column.get(account).min(most);
            }
        }
    }

    fn columns(&mut self) -> impl Iterator<Item = &mut Column> {
        [
            &mut self.seats,
            &mut self.cap,
            &mut self.ceiling,
            &mut self.need,
            &mut self.adoption,
            &mut self.pace,
            &mut self.usage,
            &mut self.sway,
            &mut self.lapse,
            &mut self.last_contact,
            &mut self.living,
            &mut self.running,
            &mut self.active,
            &mut self.week_daily,
            &mut self.week_peak,
            &mut self.month_daily,
            &mut self.month_peak,
        ]
        .into_iter()
        .chain(&mut self.lifts)
    }
}
