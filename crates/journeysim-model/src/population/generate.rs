//! Generated customers: who they are at close, and the contract history behind a mid-life book.
//!
//! Each trait is one draw keyed by account and purpose, so that another population setting does not move the
//! others. Recurring revenue is drawn *conditionally*: an enterprise below $100k or a mid-market account
//! above it is rare among independent draws of developers, seats and price, and impossible among some.
//!
//! # The opening book
//!
//! A book in steady state holds customers of every age, weighted by how many live that long. For each place:
//! draw a customer and an age, let every renewal of the past happen under the baseline's own odds at the
//! customer's expected standing, and take the first who is still there. The last year is
//! then lived day by day by the engine (`population.warm_up`), in which nobody leaves.

use crate::base::math::{exp, ln, normal_quantile, powf};
use crate::base::money::Money;
use crate::base::random::{Purpose, Streams};
use crate::base::time::{Almanac, Day};
use crate::language::{Dist, Share, Span};
use crate::population::segment::Segment;
use crate::population::{Group, PopulationSettings, Products, Role};
use crate::usage::UsageSettings;

/// A customer as drawn: what does not change with time, and the contract at close.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Index of its group among the population's.
    pub group: u16,
    /// Segment at close.
    pub segment: Segment,
    /// Developers employed at close.
    pub developers: f64,
    /// Seats bought.
    pub seats: u32,
    /// Price per seat and year.
    pub price: Money,
    /// What recurring revenue is beyond seats times price: the cents of a given total that seats do not divide.
    pub odd_cents: Money,
    /// Products bought.
    pub products: Products,
    /// Length of each term (months).
    pub term_months: u32,
    /// Whether the licence may be exceeded and is billed for it.
    pub soft_cap: bool,
    /// Whether the instance runs at the customer's.
    pub self_hosted: bool,
    /// Who holds which contact role.
    pub contacts: Contacts,
    /// What no metric shows [log odds of leaving].
    pub propensity: f64,
    /// Strength of the relationship [standard deviations].
    pub relationship: f64,
    /// What the advisors read into the relationship that is not there [standard deviations].
    pub misreading: f64,
    /// Place of its ceiling among those of the population [standard deviations].
    pub ceiling_z: f64,
    /// Place of its usage among those of the population [standard deviations].
    pub usage_z: f64,
    /// Own pace of adoption relative to the typical one.
    pub pace: f64,
    /// Precise code navigation is active.
    pub code_navigation: bool,
    /// There is access to the buyer.
    pub buyer: bool,
    /// Time from close to the first ping (days).
    pub first_ping: i32,
    /// Time from close to the start of the term (days).
    pub contract_start_lag: i32,
}

impl Profile {
    /// Returns recurring revenue a year.
    #[must_use]
    pub fn arr(&self) -> Money {
        self.price * i64::from(self.seats) + self.odd_cents
    }
}

/// How far traits drift in a span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Share that is left of what was exceptional.
    keep: f64,
    /// Spread of what comes in its place [standard deviations].
    step: f64,
}

impl Drift {
    /// Days between two steps of an account's drift.
    pub const QUARTER: i32 = 91;

    /// Returns the drift over `days`.
    #[must_use]
    pub fn over(usage: &UsageSettings, days: i32) -> Self {
        let months = f64::from(days) * 12.0 / 365.0;
        let keep = powf(0.5, months / f64::from(usage.memory.get()));
        Self { keep, step: (1.0 - keep * keep).sqrt() }
    }
}

/// What a customer bought, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract {
    /// Index of the group among the population's.
    pub group: usize,
    /// Segment.
    pub segment: Segment,
    /// Developers employed.
    pub developers: f64,
    /// Products bought.
    pub products: Products,
    /// Seats bought.
    pub seats: u32,
    /// Price per seat and year.
    pub price: Money,
    /// What recurring revenue is beyond seats times price.
    pub odd_cents: Money,
}

/// Who holds which contact role: a person number per role, 0 where nobody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contacts([u8; 4]);

impl Contacts {
    /// Returns contacts in which every role is held by a person of its own.
    #[must_use]
    pub fn complete() -> Self {
        Self([1, 2, 3, 4])
    }

    /// Returns the person who holds `role`.
    #[must_use]
    pub fn holder(self, role: Role) -> Option<u8> {
        let person = self.0[place(role)];
        (person > 0).then_some(person)
    }

    /// Gives `role` to a person of its own.
    pub fn fill(&mut self, role: Role) {
        self.0[place(role)] = place(role) as u8 + 1;
    }

    /// Leaves `role` unheld.
    pub fn clear(&mut self, role: Role) {
        self.0[place(role)] = 0;
    }
}

fn place(role: Role) -> usize {
    match role {
        Role::InstanceAdmin => 0,
        Role::ProgramContact => 1,
        Role::Champion => 2,
        Role::Stakeholder => 3,
    }
}

/// Draws customers of a population.
#[derive(Debug, Clone, Copy)]
pub struct Generator<'a> {
    /// The population.
    pub population: &'a PopulationSettings,
    /// How it uses the product.
    pub usage: &'a UsageSettings,
    /// Spread of what no metric shows [log odds].
    pub hidden_spread: f64,
    /// The replication's randomness.
    pub streams: &'a Streams,
}

/// Attempts at developers and price before the nearest possible seats are taken.
const ATTEMPTS: u32 = 200;

/// Probability of seats inside a group's bounds below which developers and price do not fit together.
pub(super) const IMPOSSIBLE: f64 = 1e-3;

impl Generator<'_> {
    /// Draws the customer of `account`; `attempt` numbers redraws of the same place.
    #[must_use]
    pub fn profile(&self, account: u32, attempt: u32) -> Profile {
        let uniform = |purpose| self.streams.draw(purpose, account, attempt, 0).uniform(0);
        let index = pick(uniform(Purpose::Segment), self.shares());
        let group = &self.population.group[index];
        let products = self.products(uniform(Purpose::Products));
        let (developers, seats, price) = self.contract(account, attempt, group, products);
        let segment = group.segment;
        let odd_cents = Money::ZERO;
        let contract = Contract { group: index, segment, developers, products, seats, price, odd_cents };
        self.customer(account, attempt, contract)
    }

    /// Draws what else there is to say of the customer of `account` who holds `contract`.
    #[must_use]
    pub fn customer(&self, account: u32, attempt: u32, contract: Contract) -> Profile {
        let uniform = |purpose| self.streams.draw(purpose, account, attempt, 0).uniform(0);
        let normal = |purpose| normal_quantile(uniform(purpose));
        let population = self.population;
        let group = &population.group[contract.group];
        let independent = [Purpose::Relationship, Purpose::Ceiling, Purpose::Usage].map(normal);
        let [relationship, ceiling_z, usage_z] = correlated(self.usage, independent);
        let rho_s = population.sentiment_correlation.get();
        let pace = exp(self.usage.pace_spread.get() * normal(Purpose::AdoptionSpeed));
        let term = pick(uniform(Purpose::Term), population.term.iter().map(|term| term.share.get()));
        let self_hosted = uniform(Purpose::Deployment) < group.self_hosted.get();
        let delay = if self_hosted { self.usage.self_hosted_delay.in_days() } else { 0.0 };
        let ping = self.usage.first_ping.in_days() + delay;
        Profile {
            group: contract.group as u16,
            segment: contract.segment,
            developers: contract.developers,
            seats: contract.seats,
            price: contract.price,
            odd_cents: contract.odd_cents,
            products: contract.products,
            term_months: population.term[term].length.get(),
            soft_cap: uniform(Purpose::Cap) < population.soft_cap.get(),
            self_hosted,
            contacts: self.contacts(account, attempt),
            propensity: self.hidden_spread * normal(Purpose::Propensity),
            relationship,
            misreading: (1.0 - rho_s * rho_s).sqrt() * normal(Purpose::Sentiment),
            ceiling_z,
            usage_z,
            pace: pace.max(population.slowest_pace.get()),
            code_navigation: uniform(Purpose::CodeNavigation) < population.code_navigation.get(),
            buyer: relationship + normal(Purpose::BuyerAccess)
                > -std::f64::consts::SQRT_2
                    * normal_quantile(population.buyer_access.get().clamp(1e-9, 1.0 - 1e-9)),
            first_ping: ping_delay(ping, uniform(Purpose::FirstPing)),
            contract_start_lag: self.lag(&population.contract_start_lag, account, attempt),
        }
    }

    /// The share of each group: a group without one has the rest.
    pub(super) fn shares(&self) -> Vec<f64> {
        let groups = &self.population.group;
        let stated: f64 = groups.iter().filter_map(|group| group.share).map(Share::get).sum();
        let rest = (1.0 - stated).max(0.0);
        groups.iter().map(|group| group.share.map_or(rest, Share::get)).collect()
    }

    pub(super) fn products(&self, u: f64) -> Products {
        let mix = &self.population.products;
        let all = [Products::Search, Products::Assistant, Products::Both];
        all[pick(u, [mix.search.share.get(), mix.assistant.share.get(), mix.both.share.get()])]
    }

    /// Returns the price of `products` relative to the mean over the mix.
    #[must_use]
    pub fn relative_price(&self, products: Products) -> f64 {
        let mix = &self.population.products;
        let all = [&mix.search, &mix.assistant, &mix.both];
        let shares: f64 = all.iter().map(|product| product.share.get()).sum();
        let mean =
            all.iter().map(|product| product.share.get() * product.list_price.get()).sum::<f64>() / shares;
        let product = match products {
            Products::Search => &mix.search,
            Products::Assistant => &mix.assistant,
            Products::Both => &mix.both,
        };
        product.list_price.get() / mean
    }

    /// Draws developers, seats and price such that recurring revenue lies inside the group's bounds.
    fn contract(&self, account: u32, attempt: u32, group: &Group, products: Products) -> (f64, u32, Money) {
        if let Some(likeness) = &group.likeness {
            return likeness.contract(self, group, products, account, attempt);
        }
        let smallest = f64::from(self.population.smallest_package.get());
        let mut nearest = None;
        for trial in 0..ATTEMPTS {
            let draw = |purpose| self.streams.draw(purpose, account, attempt, trial).uniform(0);
            let developers = between(group.sizes(), draw(Purpose::Developers));
            let price = self.price(products, draw(Purpose::Price));
            let (least, most) = self.seats_within(group, price);
            let (low, high) = (self.fewer(least, developers), self.fewer(most + 1.0, developers));
            if high - low > IMPOSSIBLE {
                let p = low + draw(Purpose::Seats) * (high - low);
                let drawn = self.population.seats_share.quantile(p) * developers;
                return (developers, drawn.floor().clamp(least, most) as u32, price);
            }
            nearest.get_or_insert((developers, least.min(most).max(smallest) as u32, price));
        }
        nearest.expect("there is at least one attempt")
    }

    /// Draws a price per seat.
    pub(super) fn price(&self, products: Products, u: f64) -> Money {
        let population = self.population;
        let sigma = population.price_spread.get();
        let spread = exp(sigma * normal_quantile(u) - 0.5 * sigma * sigma);
        let whole = (self.typical_price(products) * spread)
            .clamp(population.price_from.get(), population.price_to.get())
            .round();
        Money::from_units(whole as i64)
    }

    /// Returns the mean price per seat of `products`.
    pub(super) fn typical_price(&self, products: Products) -> f64 {
        self.population.price_per_seat.get() * self.relative_price(products)
    }

    /// Returns the fewest and the most seats whose revenue at `price` lies inside the group's bounds.
    pub(super) fn seats_within(&self, group: &Group, price: Money) -> (f64, f64) {
        let unit = price.cents() as f64 / 100.0;
        let least =
            (group.arr_from.get() / unit).ceil().max(f64::from(self.population.smallest_package.get()));
        let most = group.arr_below.map_or(f64::INFINITY, |below| (below.get() / unit).ceil() - 1.0);
        (least, most)
    }

    /// Returns the probability that fewer than `seats` are bought for so many developers.
    pub(super) fn fewer(&self, seats: f64, developers: f64) -> f64 {
        self.population.seats_share.probability_below(seats / developers)
    }

    fn contacts(&self, account: u32, attempt: u32) -> Contacts {
        let population = self.population;
        let mut contacts = Contacts::default();
        let roles = [Role::InstanceAdmin, Role::ProgramContact, Role::Champion, Role::Stakeholder];
        for i in 0..roles.len() {
            let draw = self.streams.draw(Purpose::ContactRoles, account, attempt, i as u32);
            if draw.uniform(0) < population.role_present.get() {
                let shared = draw.uniform(1) < population.role_shared.get();
                let earlier = roles[..i].iter().rev().find_map(|&role| contacts.holder(role));
                contacts.0[i] = earlier.filter(|_| shared).unwrap_or(i as u8 + 1);
            }
        }
        contacts
    }

    fn lag(&self, lag: &Dist<Span>, account: u32, attempt: u32) -> i32 {
        let seconds = lag.sample(self.streams, Purpose::ContractStart, account, attempt, 0);
        (seconds / 86_400.0).round().max(0.0) as i32
    }

    /// Draws a close date between `first` and `last`, later months of a quarter weighing more.
    #[must_use]
    pub fn close_day(&self, almanac: &Almanac, account: u32, attempt: u32, first: Day, last: Day) -> Day {
        let weight = self.population.quarter_end_weight.get();
        let heaviest = weight.max(1.0);
        for trial in 0.. {
            let draw = self.streams.draw(Purpose::CloseDate, account, attempt, trial);
            let days = f64::from(last.0 - first.0 + 1);
            let day = Day(first.0 + (draw.uniform(0) * days) as i32);
            if draw.uniform(1) * heaviest < season(almanac, day, weight) {
                return day;
            }
        }
        unreachable!("the loop ends at the first accepted date")
    }
}

/// Turns independent normals into places of relationship, ceiling and usage that hang together.
fn correlated(usage: &UsageSettings, [relationship, ceiling, own]: [f64; 3]) -> [f64; 3] {
    let (rho_r, rho_u) =
        (usage.ceiling_relationship_correlation.get(), usage.ceiling_usage_correlation.get());
    let ceiling = rho_r * relationship + (1.0 - rho_r * rho_r).sqrt() * ceiling;
    [relationship, ceiling, rho_u * ceiling + (1.0 - rho_u * rho_u).sqrt() * own]
}

impl Profile {
    /// Lets relationship, ceiling and usage drift: people come and go on both sides, and what was once
    /// exceptional returns to the ordinary. A first-order autoregression: whatever the memory, the
    /// population stays as it is.
    pub fn drift(&mut self, usage: &UsageSettings, Drift { keep, step }: Drift, normals: [f64; 3]) {
        let [relationship, ceiling, own] = correlated(usage, normals);
        self.relationship = keep * self.relationship + step * relationship;
        self.ceiling_z = keep * self.ceiling_z + step * ceiling;
        self.usage_z = keep * self.usage_z + step * own;
    }

    /// Returns the ceiling of MAU / seats.
    #[must_use]
    pub fn ceiling(&self, usage: &UsageSettings) -> f64 {
        (usage.ceiling.get() + usage.ceiling_spread.get() * self.ceiling_z).clamp(0.05, 1.0)
    }

    /// Returns usage: daily over monthly users.
    #[must_use]
    pub fn usage(&self, usage: &UsageSettings) -> f64 {
        (usage.usage.get() + usage.usage_spread.get() * self.usage_z).clamp(0.02, 1.0)
    }

    /// Raises the ceiling as seats fall from `before` to `after`: those who use the product keep theirs.
    pub fn concentrate(&mut self, usage: &UsageSettings, before: u32, after: u32) {
        let ceiling = (self.ceiling(usage) * f64::from(before) / f64::from(after.max(1))).min(0.97);
        let spread = usage.ceiling_spread.get();
        if spread > 0.0 {
            self.ceiling_z = self.ceiling_z.max((ceiling - usage.ceiling.get()) / spread);
        }
    }
}

/// Returns the weight of `day` among close dates: that of the last month of a calendar quarter, or 1.
#[must_use]
pub fn season(almanac: &Almanac, day: Day, quarter_end_weight: f64) -> f64 {
    if almanac.month_of_year(day).is_multiple_of(3) { quarter_end_weight } else { 1.0 }
}

/// Returns a delay of `mean` days, exponential beyond its first half: a ping cannot come before the instance.
fn ping_delay(mean: f64, u: f64) -> i32 {
    (0.5 * mean - 0.5 * mean * ln(1.0 - u)).round() as i32
}

impl Group {
    /// Returns the fewest and the most developers.
    pub(super) fn sizes(&self) -> (f64, f64) {
        (f64::from(self.developers_from.get().max(1)), f64::from(self.developers_to.get()))
    }
}

/// Returns the number of developers from `from` to `to` that `u` picks, evenly on a logarithmic scale.
pub(super) fn between((from, to): (f64, f64), u: f64) -> f64 {
    exp(ln(from) + u * (ln(to + 1.0) - ln(from))).floor()
}

/// Returns the index that `u` picks among `shares`.
pub(super) fn pick(u: f64, shares: impl IntoIterator<Item = f64> + Clone) -> usize {
    let total: f64 = shares.clone().into_iter().sum();
    let mut left = u * total;
    let mut last = 0;
    for (index, share) in shares.into_iter().enumerate() {
        if share > 0.0 {
            last = index;
            if left < share {
                return index;
            }
        }
        left -= share;
    }
    last
}
