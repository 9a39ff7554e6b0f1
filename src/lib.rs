//! journeysim: what happens to a pooled customer population when the program changes.

pub mod base;
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
pub mod usage;
