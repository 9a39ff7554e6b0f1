//! The model of journeysim: from a scenario's text to the record of one replication.
//!
//! Nothing here runs in parallel, prints, or reads a clock; many replications, what is measured of them, and what
//! people see belong to the crate `journeysim`, which shows these rooms as its own.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "an expected value in a test may come from the platform")
)]

pub mod base;
pub mod capacity;
pub mod engine;
pub mod health;
pub mod language;
pub mod population;
pub mod program;
pub mod renewal;
pub mod scenario;
pub mod usage;
