//! The ground everything stands on: time, money, randomness, distributions, statistics.

pub mod dist;
pub mod fit;
pub mod math;
pub mod money;
pub mod random;
pub mod stats;
pub mod time;
