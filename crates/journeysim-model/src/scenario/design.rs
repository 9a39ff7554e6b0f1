//! `[design]`: variants made from the values of a few settings.
//!
//! A made variant is like a listed one: it sets paths, starts from the same opening book and sees the same luck. Its name
//! says what it sets: `check-in.every=30d, utilization_gate=75%`.

use std::collections::BTreeSet;

use crate::base::stats::{self, DIMENSIONS, SobolSequence};
use crate::language::{Count, Literal, Name, Node, Override, PathTo, Scale, choices, settings};

choices! {
    /// How the values of several factors are put together.
    pub enum DesignKind {
        /// Every value of each factor with every value of all others (full factorial).
        Grid = "grid",
        /// One factor at a time, all others as the scenario has them; of a range both ends, or every step where one is
        /// written.
        OneAtATime = "one_at_a_time",
        /// So many points that the values of each factor are spread evenly over them, in an order drawn by lot (McKay,
        /// Beckman and Conover 1979).
        LatinHypercube = "latin_hypercube",
        /// The first so many points of the Sobol' sequence, which are spread evenly over all factors together; best as a
        /// power of two.
        Sobol = "sobol",
    }
}

settings! {
    /// Something that is tried with several values: either listed, or from a low to a high end.
    pub struct Factor {
        /// The setting.
        pub path: PathTo,
        /// What it is called; absent: the path without its first part.
        pub name: Option<Name>,
        /// The values, as the setting takes them.
        pub values: Option<Vec<Literal>>,
        /// The low end, as the setting takes it.
        pub low: Option<Literal>,
        /// The high end, in the same unit.
        pub high: Option<Literal>,
        /// From one value to the next; absent: whole numbers stay whole, others take steps of a thousandth of the range or
        /// less.
        pub step: Option<Literal>,
    }
}

settings! {
    /// Variants besides the listed ones. Without listed ones the scenario as it stands is the baseline.
    pub struct DesignSettings {
        /// How values are put together.
        pub kind: DesignKind,
        /// How many variants, of `latin_hypercube` and `sobol`.
        pub points: Option<Count>,
        /// Seed of the order of `latin_hypercube`: other designs with as many points.
        pub seed: u64 = 1,
        /// What is varied.
        pub factor: Vec<Factor>,
    }
}

/// The most variants that a design can make.
pub const MOST: usize = 1000;

/// Why a factor has no values to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLevels {
    /// Neither values nor both ends are written.
    Unbounded,
    /// Both are.
    Both,
    /// One value is none to choose from.
    One,
    /// What is wrong with the ends or the step.
    Scale(String),
}

/// The values that a factor can take, from the first to the last.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// As listed.
    Listed(Vec<Literal>),
    /// Evenly spaced.
    Spaced(Scale),
}

impl Levels {
    /// Returns how many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Listed(values) => values.len(),
            Self::Spaced(scale) => scale.len(),
        }
    }

    /// Returns the value at `index`.
    ///
    /// # Panics
    ///
    /// If a list is not that long.
    #[must_use]
    pub fn at(&self, index: usize) -> Node {
        match self {
            Self::Listed(values) => values[index].0.clone(),
            Self::Spaced(scale) => scale.at(index),
        }
    }

    /// Returns the level that stands at `share` of the whole, from 0 to 1.
    #[must_use]
    pub fn level(&self, share: f64) -> usize {
        let count = self.count();
        ((share * count as f64) as usize).min(count.saturating_sub(1))
    }
}

impl Factor {
    /// Returns the values it can take.
    ///
    /// # Errors
    ///
    /// If there are not two of them.
    pub fn levels(&self) -> Result<Levels, NoLevels> {
        let is_ranged = self.low.is_some() || self.high.is_some() || self.step.is_some();
        match (&self.values, &self.low, &self.high) {
            (Some(_), _, _) if is_ranged => Err(NoLevels::Both),
            (Some(values), _, _) if values.len() == 1 => Err(NoLevels::One),
            (Some(values), _, _) if !values.is_empty() => Ok(Levels::Listed(values.clone())),
            (None, Some(low), Some(high)) if low == high => Err(NoLevels::One),
            (None, Some(low), Some(high)) => {
                let step = self.step.as_ref().map(|step| &step.0);
                Scale::between(&low.0, &high.0, step).map(Levels::Spaced).map_err(NoLevels::Scale)
            }
            _ => Err(NoLevels::Unbounded),
        }
    }

    /// Returns the first value that is written for it, whether or not it has [`levels`](Self::levels).
    #[must_use]
    pub fn any_value(&self) -> Option<Node> {
        let listed = self.values.iter().flatten().next();
        listed.or(self.low.as_ref()).or(self.high.as_ref()).map(|literal| literal.0.clone())
    }

    /// Returns the change that gives it `value`.
    #[must_use]
    pub fn set_to(&self, value: Node) -> Override {
        Override { path: self.path.text.clone(), origin: self.path.origin, value }
    }

    /// Returns what it is called among `others`, itself included: the shortest of its names that no other has.
    #[must_use]
    pub fn label(&self, others: &[Self]) -> String {
        let short = |factor: &Self| match &factor.name {
            Some(name) => name.as_str().to_owned(),
            None => {
                let path = factor.path.text.as_str();
                path.split_once('.').map_or(path, |(_, rest)| rest).to_owned()
            }
        };
        let own = short(self);
        let is_shared = others.iter().filter(|other| short(other) == own).count() > 1;
        if is_shared { self.path.text.clone() } else { own }
    }
}

/// A variant that nobody listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// What it sets, in words: `check-in.every=30d, utilization_gate=75%`.
    pub name: String,
    /// What it sets.
    pub set: Vec<Override>,
}

impl Made {
    /// Returns the variant that gives each of some `factors` a value.
    #[must_use]
    pub fn of(factors: &[Factor], values: impl IntoIterator<Item = (usize, Node)>) -> Self {
        let (mut names, mut set) = (Vec::new(), Vec::new());
        for (factor, value) in values {
            names.push(format!("{}={}", factors[factor].label(factors), Literal(value.clone())));
            set.push(factors[factor].set_to(value));
        }
        Self { name: names.join(", "), set }
    }
}

impl DesignSettings {
    /// Returns how many variants there are to make, those that come out the same included; [`None`] where a factor has no
    /// values.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        let levels = self.levels()?;
        Some(match self.kind {
            DesignKind::Grid => {
                levels.iter().fold(1, |size: usize, levels| size.saturating_mul(levels.count()))
            }
            DesignKind::OneAtATime => {
                (0..levels.len()).map(|factor| self.alone(factor, &levels[factor]).len()).sum()
            }
            DesignKind::LatinHypercube | DesignKind::Sobol => self.points?.get() as usize,
        })
    }

    /// Returns the variants, each once; none where a factor has no values or there would be too many.
    #[must_use]
    pub fn variants(&self) -> Vec<Made> {
        let (Some(levels), Some(size)) = (self.levels(), self.size().filter(|&size| size <= MOST)) else {
            return Vec::new();
        };
        let all = |point: Vec<usize>| -> Vec<(usize, usize)> { point.into_iter().enumerate().collect() };
        let points: Vec<Vec<(usize, usize)>> = match self.kind {
            DesignKind::Grid => grid(&levels).into_iter().map(all).collect(),
            DesignKind::OneAtATime => {
                let alone = |factor: usize| self.alone(factor, &levels[factor]);
                (0..levels.len())
                    .flat_map(|factor| alone(factor).into_iter().map(move |at| vec![(factor, at)]))
                    .collect()
            }
            DesignKind::LatinHypercube => {
                latin_hypercube(&levels, size, self.seed).into_iter().map(all).collect()
            }
            DesignKind::Sobol => sobol(&levels, size).into_iter().map(all).collect(),
        };
        let mut seen = BTreeSet::new();
        let distinct = points.into_iter().filter(|point| seen.insert(point.clone()));
        let values = |point: Vec<(usize, usize)>| {
            let value = |(factor, level): (usize, usize)| (factor, levels[factor].at(level));
            point.into_iter().map(value).collect::<Vec<_>>()
        };
        distinct.map(|point| Made::of(&self.factor, values(point))).collect()
    }

    fn levels(&self) -> Option<Vec<Levels>> {
        self.factor.iter().map(|factor| factor.levels().ok()).collect()
    }

    /// The levels at which a factor is tried with all others left alone.
    fn alone(&self, factor: usize, levels: &Levels) -> Vec<usize> {
        match levels {
            Levels::Spaced(scale) if self.factor[factor].step.is_none() => vec![0, scale.len() - 1],
            levels => (0..levels.count()).collect(),
        }
    }
}

/// Returns every combination of levels, the last factor changing fastest.
#[must_use]
pub fn grid(levels: &[Levels]) -> Vec<Vec<usize>> {
    levels.iter().fold(vec![Vec::new()], |points, levels| {
        let longer = |point: &Vec<usize>| {
            (0..levels.count()).map(|level| [point.as_slice(), &[level]].concat()).collect::<Vec<_>>()
        };
        points.iter().flat_map(longer).collect()
    })
}

/// Returns `size` points; over them each factor goes once through as many equal parts of its levels.
#[must_use]
pub fn latin_hypercube(levels: &[Levels], size: usize, seed: u64) -> Vec<Vec<usize>> {
    at_levels(levels, stats::latin_hypercube(seed, size as u32, levels.len()))
}

/// Returns the first `size` points of the Sobol' sequence; none in more dimensions than it is known in.
#[must_use]
pub fn sobol(levels: &[Levels], size: usize) -> Vec<Vec<usize>> {
    if levels.len() > DIMENSIONS {
        return Vec::new();
    }
    let sequence = SobolSequence::new(levels.len());
    at_levels(levels, (0..size as u32).map(|number| sequence.point(number)))
}

/// The levels at which points of the unit cube lie.
fn at_levels(levels: &[Levels], points: impl IntoIterator<Item = Vec<f64>>) -> Vec<Vec<usize>> {
    let point =
        |shares: Vec<f64>| levels.iter().zip(shares).map(|(levels, share)| levels.level(share)).collect();
    points.into_iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::document::Document;
    use crate::language::fault::Faults;
    use crate::language::source::Texts;

    /// Reads a `[design]` table.
    fn design(text: &str) -> DesignSettings {
        let mut faults = Faults::default();
        let mut files = Texts::new([("d.toml", text)]);
        let document = Document::load("d.toml", &mut files, &mut faults);
        let read = document.read::<DesignSettings>(&mut files, &mut faults).value;
        read.unwrap_or_else(|| panic!("{faults}"))
    }

    fn names(text: &str) -> Vec<String> {
        design(text).variants().into_iter().map(|made| made.name).collect()
    }

    const TWO: &str = "[[factor]]\npath = \"touchpoint.check-in.every\"\nname = \"cadence\"\nvalues = [\"30d\", \"90d\"]\n\
                       [[factor]]\npath = \"stages.utilization_gate\"\nlow = \"70%\"\nhigh = \"80%\"\nstep = \"5%\"\n";

    #[test]
    fn a_grid_tries_everything_with_everything_under_names_that_say_so() {
        let names = names(&format!("kind = \"grid\"\n{TWO}"));
        assert_eq!(names.len(), 6);
        assert_eq!(names[0], "cadence=30d, utilization_gate=70%");
        assert_eq!(names[5], "cadence=90d, utilization_gate=80%");
    }

    #[test]
    fn one_at_a_time_leaves_the_others_alone() {
        let text = format!(
            "kind = \"one_at_a_time\"\n{TWO}[[factor]]\npath = \"assume.lift\"\nlow = 0.5\nhigh = 2.0\n"
        );
        let wanted = [
            "cadence=30d",
            "cadence=90d",
            "utilization_gate=70%",
            "utilization_gate=75%",
            "utilization_gate=80%",
            "lift=0.5",
            "lift=2.0",
        ];
        assert_eq!(names(&text), wanted);
    }

    /// Five points of five levels are a permutation in each factor, and another seed is another one.
    #[test]
    fn a_latin_hypercube_takes_each_part_of_each_factor_once() {
        let text = |seed: u64| {
            let range = |path: &str| format!("[[factor]]\npath = \"{path}\"\nlow = 1\nhigh = 5\n");
            format!("kind = \"latin_hypercube\"\npoints = 5\nseed = {seed}\n{}{}", range("a.x"), range("b.y"))
        };
        let first = design(&text(1)).variants();
        for factor in 0..2 {
            let mut taken: Vec<String> =
                first.iter().map(|made| made.set[factor].value.to_string()).collect();
            taken.sort();
            assert_eq!(taken, ["1", "2", "3", "4", "5"]);
        }
        assert_eq!(first, design(&text(1)).variants());
        assert_ne!(first, design(&text(2)).variants());
    }

    /// Four points in two factors of two levels are all combinations; in the one order of levels.
    #[test]
    fn sobol_points_fill_all_factors_together() {
        let factor = |path: &str| format!("[[factor]]\npath = \"{path}\"\nvalues = [1, 2]\n");
        let text = format!("kind = \"sobol\"\npoints = 4\n{}{}", factor("a.x"), factor("b.y"));
        let found: BTreeSet<String> = names(&text).into_iter().collect();
        let wanted = ["x=1, y=1", "x=1, y=2", "x=2, y=1", "x=2, y=2"].map(str::to_owned);
        assert_eq!(found, wanted.into_iter().collect());
    }

    #[test]
    fn points_that_fall_together_are_one_variant() {
        let text = "kind = \"sobol\"\npoints = 16\n[[factor]]\npath = \"a.x\"\nvalues = [true, false]\n";
        assert_eq!(names(text), ["x=true", "x=false"]);
    }

    #[test]
    fn factors_of_one_name_are_told_apart_by_their_paths() {
        let text = "kind = \"grid\"\n[[factor]]\npath = \"a.x\"\nvalues = [1, 2]\n[[factor]]\npath = \"b.x\"\nvalues = [3, 4]\n";
        assert_eq!(names(text)[0], "a.x=1, b.x=3");
    }

    #[test]
    fn a_factor_has_two_values_at_least() {
        let levels = |text: &str| {
            let text = format!("kind = \"grid\"\n[[factor]]\npath = \"a.x\"\n{text}");
            design(&text).factor[0].levels().map(|levels| levels.count())
        };
        assert_eq!(levels("values = [1, 2, 3]"), Ok(3));
        assert_eq!(levels("values = [1]"), Err(NoLevels::One));
        assert_eq!(levels("low = 2\nhigh = 2"), Err(NoLevels::One));
        assert_eq!(levels("low = 2"), Err(NoLevels::Unbounded));
        assert_eq!(levels(""), Err(NoLevels::Unbounded));
        assert_eq!(levels("values = []"), Err(NoLevels::Unbounded));
        assert_eq!(levels("values = [1, 2]\nlow = 1"), Err(NoLevels::Both));
        assert!(matches!(levels("low = 1\nhigh = \"2d\""), Err(NoLevels::Scale(_))));
    }
}
