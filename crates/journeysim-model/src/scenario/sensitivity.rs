//! A question about assumptions, as written: which of them does an answer hang on?

use crate::language::{Count, Name, Text, choices, settings};

choices! {
    /// How the question is answered.
    pub enum Method {
        /// One assumption at a time at the ends of its range, all others at their base.
        Tornado = "tornado",
        /// Elementary effects along random trajectories over all ranges, after Morris: what matters at all, and does
        /// it act alone?
        Morris = "morris",
        /// First and total indices, after Sobol': which share of the spread is owed to which assumption?
        Sobol = "sobol",
        /// The decision in many worlds, each of which draws all assumptions: how often is it right, when does it turn,
        /// and what is it worth to learn an assumption first?
        Worlds = "worlds",
    }
}

choices! {
    /// How an assumption is drawn from its range.
    pub enum Draw {
        /// The base is the most plausible value, and plausibility falls in a straight line to nothing at either end.
        Triangular = "triangular",
        /// All values from low to high are equally plausible.
        Uniform = "uniform",
    }
}

settings! {
    /// A question about assumptions: which of them does an answer hang on?
    pub struct SensitivitySettings {
        /// The metric that is the answer.
        pub metric: Name,
        /// The variant that the answer is about: its difference from `minus`. Absent: the metric of the baseline.
        pub variant: Option<Text>,
        /// What the variant is compared with; absent: the baseline.
        pub minus: Option<Text>,
        /// How the question is answered.
        pub method: Method = Method::Tornado,
        /// The assumptions that are varied, by name, or by the setting they stand in; absent: all that the scenario uses
        /// and that have a range.
        pub assumptions: Option<Vec<Text>>,
        /// Replications at each point, the same ones at all of them; absent: those of the scenario.
        pub replications: Option<Count>,
        /// Trajectories of `morris`; absent: 10. Each takes a run for every assumption, and one.
        pub trajectories: Option<Count>,
        /// Samples of `sobol`; absent: 128. Powers of two are spread best. Each takes a run for every assumption, and two.
        pub samples: Option<Count>,
        /// Worlds of `worlds`; absent: 200. Each takes one run.
        pub worlds: Option<Count>,
        /// How `sobol` and `worlds` draw an assumption from its range; absent: triangular.
        pub draw: Option<Draw>,
    }
}

/// Trajectories where none are stated.
pub const TRAJECTORIES: u32 = 10;
/// Samples where none are stated.
pub const SAMPLES: u32 = 128;
/// Worlds where none are stated.
pub const WORLDS: u32 = 200;

/// The most assumptions whose Sobol' indices can be asked for at once: two columns of a sequence in 64 dimensions for each.
pub const MOST_INDICES: usize = 32;
