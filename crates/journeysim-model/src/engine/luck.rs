//! What luck decides about revenue, and how probable it was: from this the luck can be taken out of an estimate.
//!
//! A chance is noted at the one moment at which a uniform number is held against odds, with the probability that
//! holds given all that has happened until then. The sum of what came less what was probable, each with a weight that
//! is known at that moment, is a martingale: its expectation is zero, however odds and weights follow from what came
//! before.
//!
//! # A renewal looked at twice
//!
//! A renewal that could be signed early is looked at on the early day, under the odds of that day. Where these lead
//! to churn it is not signed, and the same number decides again at the term's end. Of that number it is known
//! by then that it lies below the odds of churn of the early day; inside of these it is uniform.
//!
//! # Not noted
//!
//! - How large a downsize or an expansion is, and whether a late signature is too late: luck that stays in.
//! - Renewals on day 0: the opening book has survived them, so their number is not uniform any more.

use crate::base::time::Day;
use crate::engine::record::{Chance, ChanceRecord};
use crate::engine::windows;
use crate::engine::world::World;
use crate::renewal::outcome::{Odds, Outcome};
use crate::scenario::Scenario;

/// Notes what the uniform number of a renewal decided under `odds`.
pub(super) fn note_renewal(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    odds: Odds,
    outcome: Outcome,
) {
    let [churn, downsize] = given(odds, world.account(account).refused);
    note(world, scenario, account, (Chance::Churn, churn), outcome == Outcome::Churn);
    note(world, scenario, account, (Chance::Downsize, downsize), outcome == Outcome::Downsize);
}

/// Notes a chance with its probability, and whether it came.
pub(super) fn note(
    world: &mut World,
    scenario: &Scenario,
    account: u32,
    (chance, probability): (Chance, f64),
    came: bool,
) {
    let is_certain = probability <= 0.0 || probability >= 1.0;
    if world.warming_up || world.today == Day(0) || is_certain || !world.account(account).served() {
        return;
    }
    let stake = world.account(account).arr();
    let window = windows::current(world, scenario);
    world.record.chances.push(ChanceRecord { account, chance, stake, window, probability, came });
}

/// Returns the probabilities of churn and of a downsize of a number known to lie below `refused`, if it is known to.
fn given(odds: Odds, refused: Option<f64>) -> [f64; 2] {
    let below = refused.unwrap_or(1.0);
    let [churn, shrunk] = [odds.churn, odds.churn + odds.downsize].map(|odds| odds.min(below));
    [churn / below, (shrunk - churn) / below]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_known_to_lie_below_is_uniform_there() {
        let odds = Odds { churn: 0.1, downsize: 0.2 };
        let close = |found: [f64; 2], expected: [f64; 2]| {
            assert!(
                found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12),
                "{found:?}"
            );
        };
        close(given(odds, None), [0.1, 0.2]);
        close(given(odds, Some(0.4)), [0.25, 0.5]);
        close(given(odds, Some(0.2)), [0.5, 0.5]);
        close(given(odds, Some(0.05)), [1.0, 0.0]);
    }
}
