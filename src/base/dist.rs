//! To come: dist.
