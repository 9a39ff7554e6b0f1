//! How contracts end and revenue moves.

pub mod ledger;
