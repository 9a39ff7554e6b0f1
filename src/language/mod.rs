//! The grammar of scenario files: documents with positions, faults, quantities with units, settings.

pub mod document;
pub mod fault;
pub mod merge;
pub mod nearest;
pub mod node;
pub mod overrides;
pub mod path;
mod recovery;
pub mod source;
pub mod syntax;
mod wording;
