//! The one integration binary: what only the whole house can show.

mod accounting;
mod assumptions;
mod book;
mod calibrate;
mod capacity;
mod cli;
mod crn;
mod design;
mod determinism;
mod docs;
mod export;
mod faults;
mod fuzz;
mod hostile;
mod kernel;
mod layering;
mod long;
mod luck;
mod metamorphic;
mod optimize;
mod queues;
mod ravenstack;
mod report;
mod roll_out;
mod rust_source;
mod sensitivity;
#[cfg(feature = "serve")]
mod serve;
mod stationary;
mod sweeps;
mod switches;
mod take_over;
mod theory;
mod trace;
mod trial;
