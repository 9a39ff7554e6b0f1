//! Sobol's sequence: points that fill a cube evenly, so that fewer of them are needed than of random ones.
//!
//! Coordinate `j` of point `n` is the exclusive-or of the *direction numbers* `v_k` of dimension `j` over the bits `k`
//! that are set in `n`, read as a binary fraction. Direction numbers follow from a primitive polynomial over the field
//! of two elements and a few initial odd numbers `m_k < 2^k`:
//!
//! ```text
//! x^s + a_1 x^(s-1) + ... + a_(s-1) x + 1
//! m_k = 2 a_1 m_(k-1) ^ 4 a_2 m_(k-2) ^ ... ^ 2^(s-1) a_(s-1) m_(k-s+1) ^ 2^s m_(k-s) ^ m_(k-s)
//! v_k = m_k / 2^k
//! ```
//!
//! Any `2^b` points from a multiple of `2^b` on have one coordinate in each cell of length `2^-b`, in every dimension.
//!
//! **Source:** Sobol', "On the distribution of points in a cube and the approximate evaluation of integrals" (1967); Bratley
//! & Fox, Algorithm 659 (1988); polynomials and initial numbers of Joe & Kuo, "Constructing Sobol sequences with better
//! two-dimensional projections" (2008), their table `new-joe-kuo-6.21201`.

/// Dimensions for which there are direction numbers.
pub const DIMENSIONS: usize = INITIAL.len() + 1;

/// Bits of a coordinate.
const BITS: usize = 32;

/// Direction numbers of the first so many dimensions.
#[derive(Clone, Debug)]
pub struct SobolSequence {
    directions: Vec<[u32; BITS]>,
}

impl SobolSequence {
    /// Returns the sequence in so many dimensions.
    ///
    /// # Panics
    ///
    /// If there are more than [`DIMENSIONS`].
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        assert!(
            dimensions <= DIMENSIONS,
            "invariant: a sequence is asked for in a known number of dimensions"
        );
        let first: [u32; BITS] = std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
        let directions = std::iter::once(first).chain(INITIAL.iter().map(|&(a, m)| directions(a, m)));
        Self { directions: directions.take(dimensions).collect() }
    }

    /// Returns point `number`, counted from 0, each coordinate in [0, 1). Point 0 is the corner at 0.
    #[must_use]
    pub fn point(&self, number: u32) -> Vec<f64> {
        let coordinate = |directions: &[u32; BITS]| {
            let set = directions.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            f64::from(set.fold(0, |sum, (_, direction)| sum ^ direction)) / (1_u64 << BITS) as f64
        };
        self.directions.iter().map(coordinate).collect()
    }
}

/// Continues the initial numbers `m` by the polynomial whose inner coefficients are the bits of `a`, the first one highest.
fn directions(a: u32, m: &[u32]) -> [u32; BITS] {
    let degree = m.len();
    let mut numbers = [0; BITS];
    for bit in 0..BITS {
        numbers[bit] = match m.get(bit) {
            Some(initial) => initial << (BITS - 1 - bit),
            None => {
                let before = numbers[bit - degree];
                let inner = (1..degree).filter(|step| a >> (degree - 1 - step) & 1 == 1);
                inner.fold(before ^ before >> degree, |sum, step| sum ^ numbers[bit - step])
            }
        };
    }
    numbers
}

/// Of each dimension from the second on: the inner coefficients of its polynomial, and its initial numbers.
#[rustfmt::skip]
const INITIAL: [(u32, &[u32]); 63] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
    (4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, &[1, 1, 3, 13, 7, 35, 63]),
    (8, &[1, 3, 5, 9, 1, 25, 53]),
    (14, &[1, 3, 1, 13, 9, 35, 107]),
    (19, &[1, 3, 1, 5, 27, 61, 31]),
    (21, &[1, 1, 5, 11, 19, 41, 61]),
    (28, &[1, 3, 5, 3, 3, 13, 69]),
    (31, &[1, 1, 7, 13, 1, 19, 1]),
    (32, &[1, 3, 7, 5, 13, 19, 59]),
    (37, &[1, 1, 3, 9, 25, 29, 41]),
    (41, &[1, 3, 5, 13, 23, 1, 55]),
    (42, &[1, 3, 7, 3, 13, 59, 17]),
    (50, &[1, 3, 1, 3, 5, 53, 69]),
    (55, &[1, 1, 5, 5, 23, 33, 13]),
    (56, &[1, 1, 7, 7, 1, 61, 123]),
    (59, &[1, 1, 7, 9, 13, 61, 49]),
    (62, &[1, 3, 3, 5, 3, 55, 33]),
    (14, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (21, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (22, &[1, 3, 1, 11, 11, 11, 77, 249]),
    (38, &[1, 3, 1, 11, 27, 43, 71, 9]),
    (47, &[1, 1, 7, 15, 21, 11, 81, 45]),
    (49, &[1, 3, 7, 3, 25, 31, 65, 79]),
    (50, &[1, 3, 1, 1, 19, 11, 3, 205]),
    (52, &[1, 1, 5, 9, 19, 21, 29, 157]),
    (56, &[1, 3, 7, 11, 1, 33, 89, 185]),
    (67, &[1, 3, 3, 3, 15, 9, 79, 71]),
    (70, &[1, 3, 7, 11, 15, 39, 119, 27]),
    (84, &[1, 1, 3, 1, 11, 31, 97, 225]),
    (97, &[1, 1, 1, 3, 23, 43, 57, 177]),
    (103, &[1, 3, 7, 7, 17, 17, 37, 71]),
    (115, &[1, 3, 1, 5, 27, 63, 123, 213]),
    (122, &[1, 1, 3, 5, 11, 43, 53, 133]),
    (8, &[1, 3, 5, 5, 29, 17, 47, 173, 479]),
    (13, &[1, 3, 3, 11, 3, 1, 109, 9, 69]),
    (16, &[1, 1, 1, 5, 17, 39, 23, 5, 343]),
    (22, &[1, 3, 1, 5, 25, 15, 31, 103, 499]),
    (25, &[1, 1, 1, 11, 11, 17, 63, 105, 183]),
    (44, &[1, 1, 5, 11, 9, 29, 97, 231, 363]),
    (47, &[1, 1, 5, 15, 19, 45, 41, 7, 383]),
    (52, &[1, 3, 7, 7, 31, 19, 83, 137, 221]),
    (55, &[1, 1, 1, 3, 23, 15, 111, 223, 83]),
    (59, &[1, 1, 5, 13, 31, 15, 55, 25, 161]),
    (62, &[1, 1, 3, 13, 25, 47, 39, 87, 257]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The first points in three dimensions, as Bratley & Fox and every implementation since print them (there in the order
    /// of the Gray code, which visits the same points).
    #[test]
    fn the_first_points_are_the_published_ones() {
        let sequence = SobolSequence::new(3);
        let points: Vec<Vec<f64>> = (0..8).map(|number| sequence.point(number)).collect();
        let expected = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.25, 0.75, 0.75],
            [0.75, 0.25, 0.25],
            [0.125, 0.625, 0.375],
            [0.625, 0.125, 0.875],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
        ];
        assert_eq!(points, expected);
    }

    /// Without this a slip in one number of the table would go unseen.
    #[test]
    fn every_dimension_has_one_point_in_each_cell() {
        let sequence = SobolSequence::new(DIMENSIONS);
        for (first, bits) in [(0_u32, 10), (1024, 10), (0, 4)] {
            let cells = 1_u32 << bits;
            let points: Vec<Vec<f64>> = (first..first + cells).map(|number| sequence.point(number)).collect();
            for dimension in 0..DIMENSIONS {
                let mut seen: Vec<u32> =
                    points.iter().map(|point| (point[dimension] * f64::from(cells)) as u32).collect();
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..cells), "dimension {dimension}");
            }
        }
    }

    /// Polynomials are primitive, that is: powers of x run through all 2^s - 1 elements before they return to 1.
    #[test]
    fn polynomials_are_primitive_and_initial_numbers_odd() {
        for (dimension, (a, m)) in INITIAL.iter().enumerate() {
            let degree = m.len();
            let polynomial = 1_u32 << degree | a << 1 | 1;
            let mut power = 1_u32;
            let order = (1..=1_u32 << degree).find(|_| {
                power <<= 1;
                if power >> degree & 1 == 1 {
                    power ^= polynomial;
                }
                power == 1
            });
            assert_eq!(order, Some((1 << degree) - 1), "dimension {}", dimension + 2);
            for (at, number) in m.iter().enumerate() {
                assert!(number % 2 == 1 && *number < 2 << at, "dimension {}", dimension + 2);
            }
        }
    }

    /// The mean of a product of 1 + c (x - 1/2) is 1; random points would miss it by about 0.006.
    #[test]
    fn integrals_in_many_dimensions_come_out_close() {
        let sequence = SobolSequence::new(20);
        let product = |point: Vec<f64>| point.iter().map(|x| 1.0 + 0.3 * (x - 0.5)).product::<f64>();
        let mean = (0..4096).map(|number| product(sequence.point(number))).sum::<f64>() / 4096.0;
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
    }
}
