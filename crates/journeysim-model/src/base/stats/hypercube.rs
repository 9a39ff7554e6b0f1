//! Latin hypercubes: random points that cover the range of every coordinate evenly.

use crate::base::random::{Purpose, Streams, label};

/// Draws `count` points in the unit cube, of which each coordinate has exactly one in each of `count` equal stretches.
///
/// **Source:** McKay, Beckman & Conover, "A comparison of three methods for selecting values of input variables in the analysis of
/// output from a computer code", Technometrics 21 (1979).
#[must_use]
pub fn latin_hypercube(seed: u64, count: u32, dimensions: usize) -> Vec<Vec<f64>> {
    let mut points = vec![vec![0.0; dimensions]; count as usize];
    for dimension in 0..dimensions {
        let streams = Streams::new(seed, dimension as u32);
        let draw = |at: u32, label: u32| streams.draw(Purpose::Design, at, 0, label);
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_by_key(|&at| (draw(at, label("hypercube order")).words(), at));
        for (point, stretch) in points.iter_mut().zip(order) {
            let inside = draw(stretch, label("hypercube place")).uniform(0);
            point[dimension] = (f64::from(stretch) + inside) / f64::from(count);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_of_every_coordinate_has_one_point() {
        let points = latin_hypercube(3, 40, 6);
        for dimension in 0..6 {
            let mut stretches: Vec<u32> =
                points.iter().map(|point| (point[dimension] * 40.0) as u32).collect();
            stretches.sort_unstable();
            assert!(stretches.into_iter().eq(0..40), "dimension {dimension}");
        }
        let product = |point: &Vec<f64>| (point[0] - 0.5) * (point[1] - 0.5);
        let covariance = points.iter().map(product).sum::<f64>() / 40.0;
        assert!(covariance.abs() < 0.04, "coordinates go together: {covariance}");
        assert_ne!(points, latin_hypercube(4, 40, 6));
    }
}
