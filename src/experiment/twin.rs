//! A population that resembles a book, without anybody of the book in it.
//!
//! What is measured of a book ([`Customer`]) becomes, segment by segment, a share, points of developers, seats and revenue,
//! and their correlations ([`Fit`]); of its past, how many came in a year and for how long they sign ([`Course`]). Every point is the mean of at least [`FEWEST`] customers, rounded to three digits, so that
//! no customer's figure stands there. A generated book has lived through past renewals before a run opens; so the points
//! are moved until what a run opens with has the measured mean and spread ([`Fit::adjust`]).
//!
//! # Not here
//!
//! How customers are drawn from points is `population::likeness`.

use serde::Serialize;

use crate::base::math::{ln, normal_quantile};
use crate::base::money::Money;
use crate::engine::run::Opening;
use crate::population::history::{History, Level};
use crate::population::segment::Segment;
use crate::scenario::Scenario;

pub use course::Course;
pub use fit::{Fit, Frame, GroupFit};

mod course;
mod fit;

/// Customers behind every figure, at the least.
pub const FEWEST: usize = 5;

/// Customers of a segment below which its own points would tell too much: those of all are taken.
pub const FEWEST_OF_SEGMENT: usize = 20;

/// What is measured of one customer; `None` is not told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Segment.
    pub segment: Segment,
    /// Developers employed.
    pub developers: Option<f64>,
    /// Seats bought.
    pub seats: Option<f64>,
    /// Recurring revenue a year.
    pub arr: Option<Money>,
    /// Utilization \[MAU / seats\].
    pub utilization: Option<f64>,
    /// Usage \[daily / monthly users\].
    pub usage: Option<f64>,
}

/// A book of which no twin can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TwinError {
    /// Programs serve customers by their segment.
    #[error(
        "{unknown} of {all} customers have no segment: map `segment` or `developers` of accounts, and say in `values` which \
         of smb, mid-market, enterprise and strategic the book's own words mean"
    )]
    NoSegment {
        /// Customers without one.
        unknown: usize,
        /// Customers under contract.
        all: usize,
    },
    /// A twin of a few customers would be a list of them.
    #[error(
        "the book has {0} customers under contract on its last day, and a twin needs {FEWEST_OF_SEGMENT} at least"
    )]
    TooFew(usize),
}

/// Returns the customers of a history who are under contract on its last day.
///
/// Those are the ones who pay where revenue is told, and those who have not left where it is not.
///
/// # Errors
///
/// [`TwinError::NoSegment`] where segments are not told of all of them, [`TwinError::TooFew`] where there are few.
pub fn customers(history: &History) -> Result<Vec<Customer>, TwinError> {
    let through = history.through;
    let has_subscriptions = !history.subscriptions.is_empty();
    let book = history.book_at(Level::Account, through);
    let mut seats = vec![0_u32; history.accounts.len()];
    for held in history.subscriptions.iter().filter(|held| held.in_force(through)) {
        let sum = &mut seats[held.account as usize];
        *sum = sum.saturating_add(held.seats.unwrap_or(0));
    }
    let users = last_users(history);
    let (mut known, mut unknown) = (Vec::new(), 0);
    for (place, account) in history.accounts.iter().enumerate() {
        let arr = if has_subscriptions { Some(book[place]) } else { account.arr };
        let has_left = account.churned == Some(true) || account.end.is_some_and(|end| end <= through);
        let is_customer = if has_subscriptions { book[place] > Money::ZERO } else { !has_left };
        if !is_customer || arr == Some(Money::ZERO) {
            continue;
        }
        let Some(segment) = account.segment else {
            unknown += 1;
            continue;
        };
        let seats = Some(seats[place]).filter(|&seats| seats > 0).or(account.seats).map(f64::from);
        let mau = users[place].0.or(account.mau).map(f64::from);
        let dau = users[place].1.or(account.dau);
        known.push(Customer {
            segment,
            developers: account.developers.map(f64::from).filter(|&count| count > 0.0),
            seats: seats.filter(|&seats| seats > 0.0),
            arr,
            utilization: mau.zip(seats).filter(|(_, seats)| *seats > 0.0).map(|(mau, seats)| mau / seats),
            usage: dau.zip(mau).filter(|(_, mau)| *mau > 0.0).map(|(dau, mau)| dau / mau),
        });
    }
    if unknown > 0 {
        return Err(TwinError::NoSegment { unknown, all: known.len() + unknown });
    }
    if known.len() < FEWEST_OF_SEGMENT {
        return Err(TwinError::TooFew(known.len()));
    }
    Ok(known)
}

/// Users of each account in the last month told.
fn last_users(history: &History) -> Vec<(Option<u32>, Option<f64>)> {
    let mut users = vec![(None, None); history.accounts.len()];
    // By account and then by date: the last one stays.
    for usage in &history.usage {
        if let Some(mau) = usage.mau() {
            users[usage.account as usize] = (Some(mau), usage.dau());
        }
    }
    users
}

/// Returns the customers that a replication of `scenario` opens with.
#[must_use]
pub fn opened(scenario: &Scenario, replication: u32) -> Vec<Customer> {
    let opening = Opening::new(scenario, replication);
    let seen = opening.customers().map(|seen| Customer {
        segment: seen.profile.segment,
        developers: Some(seen.profile.developers),
        seats: Some(f64::from(seen.profile.seats)),
        arr: Some(seen.profile.arr()),
        utilization: seen.utilization,
        usage: seen.usage,
    });
    seen.collect()
}

/// What a measure of the customers of a segment amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Customers of whom it is known.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// A tenth lies below.
    pub p10: f64,
    /// Half lies below.
    pub median: f64,
    /// Nine tenths lie below.
    pub p90: f64,
}

/// What the customers of a segment look like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Portrait {
    /// Its share of the customers.
    pub share: f64,
    /// Developers.
    pub developers: Option<Measured>,
    /// Seats.
    pub seats: Option<Measured>,
    /// Recurring revenue a year.
    pub arr: Option<Measured>,
    /// Utilization.
    pub utilization: Option<Measured>,
    /// Usage.
    pub usage: Option<Measured>,
    /// Correlation of seats and revenue [of normal scores].
    pub seats_arr: Option<f64>,
    /// Correlation of developers and seats [of normal scores].
    pub developers_seats: Option<f64>,
}

/// Describes the customers of `segment`, or [`None`] where there is none.
#[must_use]
pub fn portrait(customers: &[Customer], segment: Segment) -> Option<Portrait> {
    let own: Vec<&Customer> = customers.iter().filter(|customer| customer.segment == segment).collect();
    let column =
        |of: fn(&Customer) -> Option<f64>| measured(own.iter().filter_map(|customer| of(customer)).collect());
    let pairs =
        |of: fn(&Customer) -> Option<(f64, f64)>| own.iter().filter_map(|customer| of(customer)).collect();
    (!own.is_empty()).then(|| Portrait {
        share: own.len() as f64 / customers.len() as f64,
        developers: column(|customer| customer.developers),
        seats: column(|customer| customer.seats),
        arr: column(revenue),
        utilization: column(|customer| customer.utilization),
        usage: column(|customer| customer.usage),
        seats_arr: correlation(pairs(|customer| customer.seats.zip(revenue(customer)))),
        developers_seats: correlation(pairs(|customer| customer.developers.zip(customer.seats))),
    })
}

fn revenue(customer: &Customer) -> Option<f64> {
    customer.arr.map(|arr| arr.cents() as f64 / 100.0)
}

fn measured(mut values: Vec<f64>) -> Option<Measured> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| values[((values.len() - 1) as f64 * p).round() as usize];
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some(Measured { n: values.len(), mean, p10: at(0.1), median: at(0.5), p90: at(0.9) })
}

/// Returns the correlation of the normal scores of pairs, or [`None`] where one side does not vary.
///
/// Ties share the mean of their ranks; a rank `r` of `n` has the score of the share `(r - 1/2) / n`
/// (van der Waerden 1952; it estimates the correlation of a Gaussian copula).
fn correlation(pairs: Vec<(f64, f64)>) -> Option<f64> {
    if pairs.len() < FEWEST {
        return None;
    }
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let (first, second) = (scores(&first), scores(&second));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let spread = (product(&first, &first) * product(&second, &second)).sqrt();
    (spread > 0.0).then(|| product(&first, &second) / spread)
}

fn scores(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut scores = vec![0.0; values.len()];
    let mut passed = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let share = (passed as f64 + 0.5 * tied.len() as f64) / values.len() as f64;
        tied.iter().for_each(|&place| scores[place] = normal_quantile(share));
        passed += tied.len();
    }
    scores
}

/// Mean and spread of logarithms.
fn of_logarithms(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let logs: Vec<f64> = values.filter(|&value| value > 0.0).map(ln).collect();
    if logs.is_empty() {
        return None;
    }
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let squares = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>();
    Some((mean, (squares / n).sqrt()))
}

/// Counts the generated customers that equal one of the book in everything told: segment, developers, seats and revenue to
/// the cent.
#[must_use]
pub fn found_again(book: &[Customer], generated: &[Customer]) -> usize {
    let key = |customer: &Customer, like: &Customer| {
        let number = |value: Option<f64>, told: Option<f64>| told.and(value).map(f64::to_bits);
        let arr = like.arr.and(customer.arr);
        (
            customer.segment,
            number(customer.developers, like.developers),
            number(customer.seats, like.seats),
            arr,
        )
    };
    let mut told: Vec<_> = book.iter().filter(|row| row.arr.is_some()).map(|row| key(row, row)).collect();
    told.sort_unstable();
    // What is told differs from row to row: a generated customer is held against every pattern of it.
    let mut patterns: Vec<&Customer> = Vec::new();
    for row in book.iter().filter(|row| row.arr.is_some()) {
        let is_alike = |other: &&Customer| {
            (other.developers.is_some(), other.seats.is_some())
                == (row.developers.is_some(), row.seats.is_some())
        };
        if !patterns.iter().any(is_alike) {
            patterns.push(row);
        }
    }
    let is_known = |customer: &&Customer| {
        patterns.iter().any(|pattern| told.binary_search(&key(customer, pattern)).is_ok())
    };
    generated.iter().filter(is_known).count()
}
