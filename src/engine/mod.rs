//! One replication: the calendar of events and the world they change.

pub mod calendar;
