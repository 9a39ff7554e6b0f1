//! journeysim: what happens to a pooled customer population when the program changes.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "an expected value in a test may come from the platform")
)]

pub use journeysim_model::{
    base, capacity, engine, health, language, population, program, renewal, scenario, usage,
};

pub mod cli;
pub mod experiment;
pub mod metrics;
pub mod output;
pub mod questions;
#[cfg(feature = "serve")]
pub mod serve;
