//! journeysim: what happens to a pooled customer population when the program changes.

pub mod base;
pub mod engine;
pub mod language;
pub mod metrics;
pub mod renewal;
