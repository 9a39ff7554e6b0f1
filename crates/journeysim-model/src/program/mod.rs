//! What the vendor does: stages and their gates, touchpoints, and the switches where the sources disagree.
//!
//! Each switch names its number in the list of disagreements (`docs/reference/switches.md`) and has the
//! reading that the sources make most sensible as its default.

pub mod plan;
pub mod stage;
pub mod touchpoint;
