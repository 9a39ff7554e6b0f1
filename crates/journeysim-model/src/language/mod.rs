//! The grammar of scenario files: documents with positions, faults, quantities with units, settings.
//!
//! ```text
//! text ──syntax──▶ tree of one file ──document, merge──▶ one tree of all files ──overrides──▶ tree ──setting──▶ types
//!         └─────────────────┴────────────── faults, all of them in one pass ───────────────┴──────────┘
//! ```
//!
//! A file is TOML. It may extend others (`extends`), state assumptions with their ranges (`[assume]`), and
//! say in which `currency` it counts. Everything else is declared where it works, with [`settings!`],
//! [`choices!`] and [`kinds!`], which make a type, its reading and its JSON Schema from one text.
//!
//! # Invariants
//!
//! - Reading never stops at a fault and never panics, whatever the text.
//! - Every value knows the file, line and column it was written at, through merging and overriding.
//! - Nothing is dropped, rounded or guessed: what has no meaning is a fault.
//!
//! # Not here
//!
//! What a scenario contains, and whether its settings agree with each other, is the business of the rooms
//! that declare them; they report with the same [`Fault`] and [`Document::fault`].

pub mod amount;
pub mod assumption;
pub mod distribution;
pub mod document;
pub mod duration;
pub mod fault;
pub mod literal;
#[doc(hidden)]
pub mod macros;
pub mod merge;
pub mod nearest;
pub mod node;
mod observed;
pub mod overrides;
pub mod path;
pub mod plain;
pub mod quantity;
mod range;
pub mod rate;
mod recovery;
pub mod scale;
pub mod schema;
pub mod setting;
pub mod share;
pub mod source;
pub mod syntax;
pub mod values;
pub mod when;
mod wording;
pub mod zone;

#[cfg(test)]
mod tests;

pub use amount::Amount;
pub use assumption::{AssumptionUse, Level};
pub use distribution::{Dist, Invertible};
pub use document::{Document, LARGEST_FILE, MOST_FILES};
pub use duration::{Horizon, Span, Term};
pub use fault::{Fault, FaultCode, Faults, fault_codes};
pub use literal::{Literal, PathTo};
pub use macros::{choices, kinds, settings};
pub use node::Node;
pub use overrides::{ASSUME, Override};
pub use plain::{Count, Number, Positive};
pub use quantity::Quantity;
pub use rate::Rate;
pub use scale::Scale;
pub use schema::schema_document;
pub use setting::{Reader, Reading, Setting};
pub use share::{Factor, Fraction, Margin, Points, Relative, Share};
pub use source::{Disk, FileReader, Sources, Texts};
pub use syntax::DEEPEST;
pub use values::{Date, Name, Overrides, Text};
pub use when::When;
pub use zone::Zone;
