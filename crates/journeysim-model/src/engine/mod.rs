//! One replication: the calendar of events and the world they change.
//!
//! Read [`run`] first: it holds the main loop.

pub mod calendar;
pub mod care;
pub mod changes;
pub mod event;
pub mod journey;
pub mod listing;
mod luck;
pub mod opening;
pub mod past;
pub mod record;
pub mod renewal;
pub mod run;
pub mod shocks;
pub mod takeover;
pub mod tickets;
pub mod touch;
pub mod trace;
pub mod windows;
pub mod work;
pub mod world;
