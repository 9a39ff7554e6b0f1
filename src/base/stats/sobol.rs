//! The Sobol' sequence: points that fill a cube more evenly than random ones.
//!
//! Of the first `2^k` points each coordinate falls once into each of the `2^k` equal parts of its range, and so do, as
//! far as numbers can be found for it, boxes of several coordinates. Points come in the order of the Gray code, the first
//! is the origin.
//!
//! **Source:** Sobol' (1967); Bratley and Fox, "Algorithm 659", ACM Transactions on Mathematical Software 14 (1988);
//! direction numbers of Joe and Kuo (2008).

use super::sobol_numbers::NUMBERS;

/// A Sobol' sequence of points in a cube of some dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sobol {
    /// For each dimension the number that each bit of an index contributes.
    directions: Vec<[u32; BITS]>,
}

/// Binary digits of a coordinate, and of an index.
const BITS: usize = 32;

impl Sobol {
    /// The most dimensions.
    pub const MOST: usize = NUMBERS.len() + 1;

    /// Returns the sequence in so many dimensions; [`None`] beyond [`Sobol::MOST`].
    #[must_use]
    pub fn new(dimensions: usize) -> Option<Self> {
        let first = std::iter::once(std::array::from_fn(|bit| 1 << (BITS - 1 - bit)));
        let further = NUMBERS.iter().map(|&(polynomial, initial)| directions(polynomial, initial));
        let directions = first.chain(further).take(dimensions).collect();
        (dimensions <= Self::MOST).then_some(Self { directions })
    }

    /// Returns a point, its coordinates in [0, 1).
    #[must_use]
    pub fn point(&self, index: u32) -> Vec<f64> {
        let gray = index ^ (index >> 1);
        let coordinate = |directions: &[u32; BITS]| {
            let set = directions.iter().enumerate().filter(|(bit, _)| gray >> bit & 1 == 1);
            let binary = set.fold(0, |sum, (_, direction)| sum ^ direction);
            f64::from(binary) / (1_u64 << BITS) as f64
        };
        self.directions.iter().map(coordinate).collect()
    }
}

/// Returns the directions that follow from a polynomial's inner coefficients and the initial numbers (Bratley and Fox,
/// equation 2), as binary fractions of 32 digits.
fn directions(polynomial: u32, initial: &[u32]) -> [u32; BITS] {
    let degree = initial.len();
    let mut directions = [0_u32; BITS];
    for bit in 0..BITS {
        directions[bit] = if bit < degree {
            initial[bit] << (BITS - 1 - bit)
        } else {
            let earlier = directions[bit - degree];
            let inner = (1..degree).filter(|back| polynomial >> (degree - 1 - back) & 1 == 1);
            inner.fold(earlier ^ (earlier >> degree), |sum, back| sum ^ directions[bit - back])
        };
    }
    directions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Joe and Kuo publish beside their numbers.
    #[test]
    fn the_first_points_are_the_published_ones() {
        let sobol = Sobol::new(3).unwrap();
        #[rustfmt::skip]
        let published = [
            [0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125], [0.625, 0.125, 0.875], [0.125, 0.625, 0.375], [0.1875, 0.3125, 0.9375],
            [0.6875, 0.8125, 0.4375],
        ];
        for (index, expected) in (0..).zip(published) {
            assert_eq!(sobol.point(index), expected, "point {index}");
        }
    }

    #[test]
    fn every_coordinate_falls_once_into_every_equal_part() {
        let sobol = Sobol::new(Sobol::MOST).unwrap();
        let points: Vec<Vec<f64>> = (0..256).map(|index| sobol.point(index)).collect();
        for dimension in 0..Sobol::MOST {
            let mut parts: Vec<u32> = points.iter().map(|point| (point[dimension] * 256.0) as u32).collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }

    /// The integral of a product of (|4x - 2| + a) / (1 + a) over the cube is 1 (Sobol' and Saltelli's test function).
    #[test]
    fn a_mean_over_the_points_comes_near_the_integral() {
        let sobol = Sobol::new(6).unwrap();
        let weights = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0];
        let value = |point: &[f64]| -> f64 {
            point.iter().zip(weights).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product()
        };
        let mean = (0..4096).map(|index| value(&sobol.point(index))).sum::<f64>() / 4096.0;
        assert!((mean - 1.0).abs() < 2e-3, "{mean}");
    }

    #[test]
    fn there_are_no_more_dimensions_than_numbers() {
        assert!(Sobol::new(128).is_some() && Sobol::new(129).is_none());
    }
}
