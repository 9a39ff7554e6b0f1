//! Whether a group's bounds of recurring revenue leave room for its customers.
//!
//! Revenue is seats times price, seats are a share of the developers: an account of a mid-market customer above
//! $100k needs many developers, most of them with a seat, or a high price. Where no customer fits, generation
//! would have to leave the bounds in silence.

use super::Check;
use super::codes::REVENUE_IMPOSSIBLE;
use crate::base::math::{exp, ln};
use crate::language::{Invertible, Share};
use crate::population::{Group, PopulationSettings};

/// Numbers of developers tried between a group's bounds.
const DEVELOPERS: u32 = 24;

/// Prices tried, up to four standard deviations from the typical one.
const PRICES: i32 = 8;

/// The least chance worth drawing at, as generation has it.
const LEAST_CHANCE: f64 = 1e-3;

pub(super) fn check(check: &mut Check<'_>, population: &PopulationSettings) {
    let sound = ["population.products", "population.seats_share", "population.smallest_package"];
    let prices = ["population.price_from", "population.price_to", "population.price_per_seat"];
    let possible = population.price_from.get() >= 1.0
        && population.price_from.get() <= population.price_to.get()
        && population.smallest_package.get() > 0;
    if !possible || !check.are_sound(&sound) || !check.are_sound(&prices) {
        return;
    }
    let mix = &population.products;
    let products = [("search", &mix.search), ("assistant", &mix.assistant), ("both", &mix.both)];
    let mean: f64 = products.iter().map(|(_, product)| product.share.get() * product.list_price.get()).sum();
    for group in population.group.iter().filter(|group| is_ordered(group)) {
        let path = format!("population.group.{}", group.name);
        let without = products
            .iter()
            .filter(|(_, product)| product.share.get() > 0.0 && product.list_price.get() > 0.0)
            .find(|(_, product)| !has_room(population, group, product.list_price.get() / mean));
        if let Some((product, _)) = without
            && check.is_sound(&path)
        {
            let from = group.arr_from;
            let range = group
                .arr_below
                .map_or_else(|| format!("of {from} or more"), |below| format!("from {from} to {below}"));
            let message = format!(
                "no customer with {} to {} developers and the product \"{product}\" has revenue {range}",
                group.developers_from, group.developers_to
            );
            let help =
                "revenue is seats x price: change its bounds, the developers, `seats_share` or the price";
            let keys = ["arr_from", "arr_below", "developers_from", "developers_to"];
            let paths = keys.map(|key| format!("{path}.{key}"));
            check.report_last(REVENUE_IMPOSSIBLE, &paths, message, help);
        }
    }
}

fn is_ordered(group: &Group) -> bool {
    group.developers_from.get() <= group.developers_to.get()
        && group.arr_below.is_none_or(|below| group.arr_from.get() < below.get())
}

/// Returns whether some customer of the group lies within its bounds of revenue.
fn has_room(population: &PopulationSettings, group: &Group, relative_price: f64) -> bool {
    let (from, to) =
        (f64::from(group.developers_from.get().max(1)), f64::from(group.developers_to.get().max(1)));
    (0..=DEVELOPERS).any(|step| {
        let developers = exp(ln(from) + f64::from(step) / f64::from(DEVELOPERS) * ln(to / from)).round();
        (-PRICES..=PRICES).any(|step| {
            let sigma = population.price_spread.get();
            let spread = exp(sigma * 4.0 * f64::from(step) / f64::from(PRICES) - 0.5 * sigma * sigma);
            let price = population.price_per_seat.get() * relative_price * spread;
            let price = price.clamp(population.price_from.get(), population.price_to.get()).round();
            let least =
                (group.arr_from.get() / price).ceil().max(f64::from(population.smallest_package.get()));
            let most = group.arr_below.map_or(f64::INFINITY, |below| (below.get() / price).ceil() - 1.0);
            let share = &population.seats_share;
            let chance = below(share, (most + 1.0) / developers) - below(share, least / developers);
            most >= least && chance > LEAST_CHANCE
        })
    })
}

/// Returns the probability that `share` stays below `x`, to within the chance that matters.
fn below(share: &Invertible<Share>, x: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..16 {
        let middle = 0.5 * (low + high);
        if share.quantile(middle) < x {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
