//! What a list does not tell of a contract, drawn from the population given what it does tell.
//!
//! The population draws developers, the share of them who have seats, products and the price per seat. A list
//! gives recurring revenue, and some of the others; the rest is drawn until it explains what is given
//! (rejection sampling). With everything else drawn, the price that revenue `a` implies is `a / seats`; it is
//! log-normal, so a draw is accepted with probability `exp(-z^2 / 2)`, where `z` is the distance of the
//! price's logarithm from the typical one in standard deviations: the density of `ln a` given the rest.
//! With seats given and developers not, `developers = seats / share`: both densities being logarithmic, the
//! draw is accepted wherever the group has so many developers.
//!
//! Where a list tells what the population never shows, the nearest draw is taken: what is given stands.

use super::{BookRow, Pulse};
use crate::base::math::{exp, ln};
use crate::base::money::Money;
use crate::base::random::Purpose;
use crate::population::generate::{ATTEMPTS, Contacts, Contract, Generator, pick};
use crate::population::segment::Segment;
use crate::population::{Products, Role};

/// Fewest and most developers of a segment for which the population has no group.
const SEGMENT_SIZES: [(Segment, f64, f64); 4] = [
    (Segment::Smb, 10.0, 99.0),
    (Segment::MidMarket, 100.0, 500.0),
    (Segment::Enterprise, 501.0, 2_500.0),
    (Segment::Strategic, 2_501.0, 10_000.0),
];

/// Smallest spread of prices that revenue is held against [standard deviation of the logarithm].
const NARROWEST: f64 = 0.01;

/// What makes a draw as good as impossible, per unit of the logarithm by which it misses.
const STEEP: f64 = 1_000.0;

impl BookRow {
    /// Draws the contract of `account`, of which this row tells a part.
    ///
    /// Recurring revenue is the row's to the cent: the price is rounded down to whole cents, and what is left
    /// over stands in [`Contract::odd_cents`].
    #[must_use]
    pub fn contract(&self, generator: &Generator<'_>, account: u32) -> Contract {
        let mut nearest: Option<(f64, Contract)> = None;
        for trial in 0..ATTEMPTS {
            let (strangeness, drawn) = self.candidate(generator, account, trial);
            let u = generator.streams.draw(Purpose::Price, account, 0, trial).uniform(0);
            if u <= exp(-strangeness) {
                return drawn;
            }
            if nearest.is_none_or(|(least, _)| strangeness < least) {
                nearest = Some((strangeness, drawn));
            }
        }
        nearest.expect("invariant: there is at least one attempt").1
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

    /// One draw of what is unknown, and how strange it is: minus the logarithm of its acceptance.
    fn candidate(&self, generator: &Generator<'_>, account: u32, trial: u32) -> (f64, Contract) {
        let uniform = |purpose| generator.streams.draw(purpose, account, 0, trial).uniform(0);
        let group = self.group(generator, uniform(Purpose::Segment));
        let products = self.products.unwrap_or_else(|| generator.products(uniform(Purpose::Products)));
        let (from, to) = self.sizes(generator, group);
        let share = &generator.population.seats_share;
        let share = share.quantile(uniform(Purpose::Seats));
        let drawn = || exp(ln(from) + uniform(Purpose::Developers) * (ln(to + 1.0) - ln(from))).floor();
        let whole = |seats: f64| seats.round().max(1.0) as u32;
        let (developers, seats) = match (self.developers.map(f64::from), self.seats) {
            (Some(developers), Some(seats)) => (developers, seats),
            (Some(developers), None) => (developers, whole(share * developers)),
            (None, Some(seats)) => ((f64::from(seats) / share).round(), seats),
            (None, None) => {
                let developers = drawn();
                (developers, whole(share * developers))
            }
        };
        let unknown_size = self.developers.is_none();
        let missed = if unknown_size { STEEP * outside(developers, from, to) } else { 0.0 };
        let strangeness = missed + self.strange_price(generator, products, seats);
        let developers = if unknown_size { developers.clamp(from, to) } else { developers };
        let price = Money::from_cents(self.arr.cents() / i64::from(seats));
        let odd_cents = self.arr - price * i64::from(seats);
        let segment = self.known_segment().unwrap_or(generator.population.group[group].segment);
        (strangeness, Contract { group, segment, developers, products, seats, price, odd_cents })
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

    /// Fewest and most developers of its group, or of its segment where no group has that.
    fn sizes(&self, generator: &Generator<'_>, group: usize) -> (f64, f64) {
        let group = &generator.population.group[group];
        match self.known_segment() {
            Some(known) if known != group.segment => {
                let sizes = SEGMENT_SIZES.iter().find(|(segment, ..)| *segment == known);
                let &(_, from, to) = sizes.expect("invariant: every segment has its sizes");
                (from, to)
            }
            _ => (f64::from(group.developers_from.get().max(1)), f64::from(group.developers_to.get())),
        }
    }

    /// How strange the price is that these seats imply; next to the least strange product where seats are given,
    /// because then the price is given too.
    fn strange_price(&self, generator: &Generator<'_>, products: Products, seats: u32) -> f64 {
        let price = self.arr.cents() as f64 / 100.0 / f64::from(seats);
        let of = |products| strangeness(generator, price, products);
        let least = match (self.seats, self.products) {
            (Some(_), Some(only)) => of(only),
            (Some(_), None) => Products::ALL.iter().map(|&any| of(any)).fold(f64::INFINITY, f64::min),
            (None, _) => 0.0,
        };
        of(products) - least
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

/// Minus the logarithm of the relative density of `price`.
fn strangeness(generator: &Generator<'_>, price: f64, products: Products) -> f64 {
    let population = generator.population;
    let typical = population.price_per_seat.get() * generator.relative_price(products);
    let sigma = population.price_spread.get().max(NARROWEST);
    let z = (ln(price / typical) + 0.5 * sigma * sigma) / sigma;
    0.5 * z * z + STEEP * outside(price, population.price_from.get(), population.price_to.get())
}

/// By how much `value` lies outside `[from, to]` [difference of logarithms].
fn outside(value: f64, from: f64, to: f64) -> f64 {
    let value = value.max(1e-9);
    (ln(from / value)).max(ln(value / to)).max(0.0)
}
