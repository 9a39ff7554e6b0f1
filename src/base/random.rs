//! To come: random.
