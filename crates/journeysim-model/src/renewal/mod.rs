//! The renewal: who is at risk, what is done, how it ends, and what it does to recurring revenue.

pub mod care;
pub mod ledger;
pub mod outcome;
pub mod replay;
