//! What a list does not tell of a contract, drawn from the population given what it does tell.
//!
//! A number of candidates are drawn as the population draws its accounts: group, products, developers, price. Each is
//! weighted by the probability that it shows what is told, and one is taken by weight
//! (sampling importance resampling; Rubin 1987, Journal of the American Statistical Association 82, 543-546):
//!
//! - the seats, told or implied by revenue and price, as a share of the developers: the probability of a
//!   share within one per cent, among the shares whose revenue lies inside the group's bounds;
//! - with seats told, the price that revenue implies: log-normal around the typical price of the products.
//!
//! Where the population never shows what is told, the candidate with the most ordinary share is taken: what is
//! told stands.

use super::{BookRow, Pulse};
use crate::base::math::{exp, ln};
use crate::base::money::Money;
use crate::base::random::Purpose;
use crate::population::generate::{Contacts, Contract, Generator, IMPOSSIBLE, between, pick};
use crate::population::segment::Segment;
use crate::population::{Products, Role};

/// Candidates for what is unknown of a contract.
const CANDIDATES: u32 = 256;

/// Seats count as those told within this share of them.
const WITHIN: f64 = 0.01;

/// Smallest spread of prices that revenue is held against [standard deviation of the logarithm].
const NARROWEST: f64 = 0.01;

/// Fewest and most developers of a segment for which the population has no group.
fn segment_sizes(segment: Segment) -> (f64, f64) {
    match segment {
        Segment::Smb => (10.0, 99.0),
        Segment::MidMarket => (100.0, 500.0),
        Segment::Enterprise => (501.0, 2_500.0),
        Segment::Strategic => (2_501.0, 10_000.0),
    }
}

/// One draw of what is unknown.
#[derive(Clone, Copy)]
struct Candidate {
    contract: Contract,
    /// How well it shows what is told.
    weight: f64,
    /// How far its share of seats is from the middle one [difference of logarithms].
    oddity: f64,
}

impl BookRow {
    /// Draws the contract of `account`, of which this row tells a part.
    ///
    /// Recurring revenue is the row's to the cent: the price is rounded down to whole cents, and what is left
    /// over stands in [`Contract::odd_cents`].
    #[must_use]
    pub fn contract(&self, generator: &Generator<'_>, account: u32) -> Contract {
        let all_told = self.developers.is_some() && self.seats.is_some() && self.products.is_some();
        let count = if all_told { 1 } else { CANDIDATES };
        let candidates: Vec<_> = (0..count).map(|trial| self.candidate(generator, account, trial)).collect();
        let weights = candidates.iter().map(|candidate| candidate.weight);
        let taken = if weights.clone().sum::<f64>() > 0.0 {
            let u = generator.streams.draw(Purpose::Seats, account, 0, 0).uniform(0);
            &candidates[pick(u, weights)]
        } else {
            let most_ordinary = candidates.iter().min_by(|a, b| a.oddity.total_cmp(&b.oddity));
            most_ordinary.expect("invariant: there are candidates")
        };
        taken.contract
    }

    /// The segment, where it is known: told, or that of the developers.
    #[must_use]
    pub fn known_segment(&self) -> Option<Segment> {
        self.segment.or(self.developers.map(Segment::of_developers))
    }

    /// Lets `contacts` be as far as they are known.
    pub fn set_contacts(&self, contacts: &mut Contacts) {
        let known = [
            (Role::InstanceAdmin, self.instance_admin),
            (Role::ProgramContact, self.program_contact),
            (Role::Champion, self.champion),
        ];
        for (role, is_held) in known {
            match is_held {
                Some(true) if contacts.holder(role).is_none() => contacts.fill(role),
                Some(false) => contacts.clear(role),
                _ => {}
            }
        }
    }

    fn candidate(&self, generator: &Generator<'_>, account: u32, trial: u32) -> Candidate {
        let uniform = |purpose| generator.streams.draw(purpose, account, 0, trial).uniform(0);
        let index = self.group(generator, uniform(Purpose::Segment));
        let group = &generator.population.group[index];
        let products = self.products.unwrap_or_else(|| generator.products(uniform(Purpose::Products)));
        let sizes = match self.known_segment() {
            Some(known) if known != group.segment => segment_sizes(known),
            _ => group.sizes(),
        };
        let drawn = || between(sizes, uniform(Purpose::Developers));
        let developers = self.developers.map_or_else(drawn, f64::from);
        let price = generator.price(products, uniform(Purpose::Price));
        let implied = || ((self.arr.cents() as f64 / price.cents() as f64).round() as u32).max(1);
        let seats = self.seats.unwrap_or_else(implied);

        let within = |from: f64, to: f64| generator.fewer(to, developers) - generator.fewer(from, developers);
        let of_share = if self.seats.is_some() && self.developers.is_some() {
            1.0
        } else {
            let (least, most) = generator.seats_within(group, price);
            let bounded =
                if (least..=most).contains(&f64::from(seats)) { within(least, most + 1.0) } else { 1.0 };
            let told = within(f64::from(seats) * (1.0 - WITHIN), f64::from(seats) * (1.0 + WITHIN));
            if bounded > IMPOSSIBLE { told / bounded } else { 0.0 }
        };
        let of_price = if self.seats.is_some() { self.price_weight(generator, products, seats) } else { 1.0 };
        let middle = generator.population.seats_share.quantile(0.5);
        let price = Money::from_cents(self.arr.cents() / i64::from(seats));
        let contract = Contract {
            group: index,
            segment: self.known_segment().unwrap_or(group.segment),
            developers,
            products,
            seats,
            price,
            odd_cents: self.arr - price * i64::from(seats),
        };
        let oddity = ln(f64::from(seats) / (middle * developers).max(1e-9)).abs();
        Candidate { contract, weight: of_share * of_price, oddity }
    }

    /// The group of the population: of the known segment and revenue, as far as there is one.
    fn group(&self, generator: &Generator<'_>, u: f64) -> usize {
        let arr = self.arr.cents() as f64 / 100.0;
        let shares = generator.shares();
        let among = |fits: &dyn Fn(usize) -> bool| -> Vec<f64> {
            shares.iter().enumerate().map(|(index, &share)| if fits(index) { share } else { 0.0 }).collect()
        };
        let groups = &generator.population.group;
        let of_segment =
            |index: usize| self.known_segment().is_none_or(|known| groups[index].segment == known);
        let of_revenue = |index: usize| {
            let group = &groups[index];
            arr >= group.arr_from.get() && group.arr_below.is_none_or(|below| arr < below.get())
        };
        let choices =
            [among(&|index| of_segment(index) && of_revenue(index)), among(&of_segment), shares.clone()];
        let possible = choices.into_iter().find(|shares| shares.iter().sum::<f64>() > 0.0);
        pick(u, possible.unwrap_or(shares))
    }

    /// How well the price that revenue and seats imply goes with `products`, next to the products it goes best with.
    fn price_weight(&self, generator: &Generator<'_>, products: Products, seats: u32) -> f64 {
        let price = self.arr.cents() as f64 / 100.0 / f64::from(seats);
        let sigma = generator.population.price_spread.get().max(NARROWEST);
        let strangeness = |products: Products| {
            let z = (ln(price / generator.typical_price(products)) + 0.5 * sigma * sigma) / sigma;
            0.5 * z * z
        };
        let possible = self.products.as_ref().map_or(Products::ALL, std::slice::from_ref);
        let least = possible.iter().map(|&any| strangeness(any)).fold(f64::INFINITY, f64::min);
        exp(least - strangeness(products))
    }
}

impl Pulse {
    /// Returns the readings of a relationship that make this opinion, given where it turns poor and healthy
    /// [standard deviations].
    #[must_use]
    pub fn readings(self, poor_below: f64, healthy_above: f64) -> (f64, f64) {
        match self {
            Self::Poor => (f64::NEG_INFINITY, poor_below),
            Self::Concerning => (poor_below, healthy_above),
            Self::Healthy => (healthy_above, f64::INFINITY),
        }
    }
}
