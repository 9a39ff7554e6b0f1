//! The one integration binary: what only the whole house can show.

mod layering;
mod ravenstack;
mod rust_source;
