//! The event calendar.
