//! Many replications: how they are run, and what they say together.
//!
//! Everything that runs a scenario goes through [`replicate::run_all`], or [`replicate::run_range`] for one experiment: it takes an
//! experiment and a range of replications and hands back what each left behind, in their order. Who asked, with how many
//! threads, and what of it was finished before cannot show in the result.

pub mod arms;
pub mod best;
pub mod calibrate;
pub mod ceiling;
pub mod cells;
pub mod compare;
pub mod control;
pub mod digest;
pub mod events;
#[cfg(test)]
mod example;
pub mod expect;
pub mod fan;
pub mod optimize;
pub mod parcels;
pub mod precision;
pub mod read;
pub mod replicate;
mod replication;
pub mod select;
pub mod sensitivity;
pub mod shards;
pub mod slices;
pub mod staff;
pub mod survival;
pub mod trace;
pub mod twin;
pub mod why;
