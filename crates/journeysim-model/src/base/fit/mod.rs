//! Models fitted to data by formula: no simulation, an answer with its standard errors, or a reason why there is none.
//!
//! - [`BetaGeometric`]: how customers stay, from renewals (maximum likelihood);
//! - [`diffusion`]: how a product is taken up, from counts over time (nonlinear least squares);
//! - [`logistic`](logistic_regression): what a yes or no hangs on (maximum likelihood).
//!
//! All three climb by Newton's method or a damped relative of it, with derivatives by formula where there is one. What does not
//! arrive at a maximum is an error, never a number.
//!
//! # Not here
//!
//! Fits that need the simulator: `experiment::calibrate`.

pub use diffusion::{Diffusion, DiffusionFit, diffusion};
pub use logistic::{LogisticFit, logistic_regression};
pub use matrix::Symmetric;
pub use retention::{BetaGeometric, BetaGeometricFit, RenewalCount, renewals_of_survivors};

mod diffusion;
mod logistic;
mod matrix;
mod retention;

/// A fitted number.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fitted {
    /// Its most likely value.
    pub estimate: f64,
    /// Its standard error: from the curvature at the maximum, so right where there are many data.
    pub standard_error: f64,
}

/// Why there is no fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFit {
    /// There are fewer data than the model has parameters, or none that could tell them apart.
    #[error("too few data: {0}")]
    TooFew(&'static str),
    /// The likelihood has no maximum: it rises for ever as a parameter grows.
    #[error("no best value exists: {0}")]
    Unbounded(&'static str),
    /// The search did not arrive.
    #[error("the search did not arrive at a best value in {0} steps")]
    NotConverged(u32),
}
