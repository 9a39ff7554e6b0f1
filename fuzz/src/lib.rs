//! The functions that read what comes from elsewhere, as the tests of the project attack them.

#[path = "../../tests/it/fuzz/reads.rs"]
pub mod reads;
