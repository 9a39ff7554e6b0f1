//! What a run is shown as: tables to read, JSON documents for machines, run folders to keep.
//!
//! Nothing here computes a result; everything is made from [`results::Results`]. What is written where is the
//! command line's business.

pub mod adjusted;
pub mod answer;
pub mod book;
pub mod calibration;
pub mod charts;
mod csv;
pub mod details;
pub mod document;
pub mod events;
pub mod few;
pub mod finished;
pub mod folder;
pub mod happened;
pub mod manifest;
pub mod optimum;
#[cfg(feature = "parquet")]
mod parquet;
pub mod parts;
pub mod quantiles;
pub mod report;
pub mod results;
pub mod selection;
pub mod sensitivity;
pub mod sheet;
pub mod sheets;
pub mod spill;
pub mod staffing;
pub mod table;
pub mod trace;
pub mod trials;
pub mod twin;
pub mod vendor;
pub mod verdicts;
pub mod why;
pub mod words;
