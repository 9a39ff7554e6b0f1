//! journeysim: what happens to a pooled customer population when the program changes.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "an expected value in a test may come from the platform")
)]

pub mod base;
pub mod capacity;
pub mod cli;
pub mod engine;
pub mod experiment;
pub mod health;
pub mod language;
pub mod metrics;
pub mod output;
pub mod population;
pub mod program;
pub mod renewal;
pub mod scenario;
#[cfg(feature = "serve")]
pub mod serve;
pub mod usage;
