//! The grammar of scenario files: documents with positions, faults, quantities with units, settings.
