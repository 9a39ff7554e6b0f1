//! The grammar of scenario files: documents with positions, faults, quantities with units, settings.

pub mod amount;
pub mod assumption;
pub mod distribution;
pub mod document;
pub mod duration;
pub mod fault;
pub mod macros;
pub mod merge;
pub mod nearest;
pub mod node;
pub mod overrides;
pub mod path;
pub mod plain;
pub mod quantity;
pub mod rate;
mod recovery;
pub mod schema;
pub mod setting;
pub mod share;
pub mod source;
pub mod syntax;
pub mod values;
mod wording;

#[cfg(test)]
mod tests;

pub use crate::{choices, kinds, settings};
pub use amount::Amount;
pub use assumption::AssumptionUse;
pub use distribution::Dist;
pub use duration::{Horizon, Span, Term};
pub use plain::{Count, Number, Positive};
pub use rate::Rate;
pub use share::{Factor, Fraction, Points, Relative, Share};
pub use values::{Date, Name, Overrides, Text};
