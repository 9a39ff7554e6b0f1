//! To come: math.
