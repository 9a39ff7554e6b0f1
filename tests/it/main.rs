//! The one integration binary: what only the whole house can show.

mod layering;
mod rust_source;
