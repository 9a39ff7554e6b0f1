//! What a replication left behind, turned into numbers.

pub mod retention;
