//! To come: stats.
