//! One account of one replication, followed under one variant or more.
//!
//! Every variant starts from the same opening book and meets the same luck, so two lives of an account are the same until
//! the variants treat it, or what it shares with others, differently.

use crate::engine::run::Opening;
use crate::engine::trace::Life;
use crate::scenario::load::Experiment;

/// Why there is nothing to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("replication {replication} has accounts 0 to {}, and no account {account}", .accounts - 1)]
pub struct NoSuchAccount {
    /// The account asked for.
    pub account: u32,
    /// The replication.
    pub replication: u32,
    /// Accounts there are.
    pub accounts: u32,
}

/// Returns the lives of `account` in `replication` under `variants`, in their order.
///
/// # Errors
///
/// [`NoSuchAccount`].
pub fn lives(
    experiment: &Experiment,
    variants: &[usize],
    replication: u32,
    account: u32,
) -> Result<Vec<Life>, NoSuchAccount> {
    let opening = Opening::new(&experiment.variants[experiment.baseline].scenario, replication);
    let accounts = opening.accounts();
    if account >= accounts {
        return Err(NoSuchAccount { account, replication, accounts });
    }
    let life = |&variant: &usize| opening.follow(&experiment.variants[variant].scenario, account).1;
    Ok(variants.iter().map(life).collect())
}
