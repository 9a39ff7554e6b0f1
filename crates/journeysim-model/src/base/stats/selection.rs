//! Which of several is best: the numbers behind ranking and selection.
//!
//! The procedures themselves, which ask for replications and stop, stand in `experiment`; these are their formulas.

use statrs::distribution::{Continuous, ContinuousCDF};

use super::student;

/// Returns `h²` of the procedure KN for `count` systems after a first stage of `first` replications, so that the best is
/// selected with probability `confidence` where it is better by the indifference zone.
///
/// `eta = ((2 b)^(-2 / (n0 - 1)) - 1) / 2`, `b = (1 - confidence) / (k - 1)`, `h² = 2 eta (n0 - 1)`; `b` is Bonferroni's, as
/// common random numbers require.
/// **Source:** Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM
/// Transactions on Modeling and Computer Simulation 11 (2001).
///
/// # Panics
///
/// If there are not two systems and two replications.
#[must_use]
pub fn kn_h_squared(count: usize, first: u32, confidence: f64) -> f64 {
    assert!(count > 1 && first > 1, "invariant: there is something to choose, and it has a spread");
    let freedom = f64::from(first - 1);
    let each = (1.0 - confidence) / (count - 1) as f64;
    freedom * (libm::pow(2.0 * each, -2.0 / freedom) - 1.0)
}

/// Returns `h` of the two-stage procedure: with `T` of Student's distribution with `first - 1` degrees of freedom it solves
/// `E[F(T + h)^(k - 1)] = confidence`.
///
/// **Source:** Dudewicz and Dalal, "Allocation of observations in ranking and selection with unequal variances", Sankhya B
/// 37 (1975).
///
/// # Panics
///
/// If there are not two systems and two replications, or `confidence` does not lie inside (0, 1).
#[must_use]
pub fn two_stage_h(count: usize, first: u32, confidence: f64) -> f64 {
    assert!(count > 1 && first > 1, "invariant: there is something to choose, and it has a spread");
    assert!(confidence > 0.0 && confidence < 1.0, "invariant: a confidence lies inside (0, 1)");
    const PIECES: u32 = 512;
    let student = student(f64::from(first - 1));
    // With t = tan(angle) even heavy tails end; the rule of middles is then as good as any.
    let width = std::f64::consts::PI / f64::from(PIECES);
    let pieces: Vec<(f64, f64)> = (0..PIECES)
        .map(|piece| {
            let t = libm::tan((f64::from(piece) + 0.5) * width - std::f64::consts::FRAC_PI_2);
            (t, student.pdf(t) * (1.0 + t * t) * width)
        })
        .collect();
    let probability = |h: f64| -> f64 {
        pieces.iter().map(|&(t, weight)| weight * libm::pow(student.cdf(t + h), (count - 1) as f64)).sum()
    };
    let (mut low, mut high) = (0.0, 1.0);
    while probability(high) < confidence && high < 1e6 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if probability(middle) < confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Returns how many replications the two-stage procedure takes of a system with sample `variance` over `first` of them:
/// `max(n0 + 1, ceil(h² S² / d²))`.
#[must_use]
pub fn two_stage_size(h: f64, first: u32, variance: f64, indifference: f64) -> u32 {
    let needed = (h * h * variance / (indifference * indifference)).ceil();
    (needed as u32).max(first.saturating_add(1))
}

/// Returns the weight of the mean over the first stage in the two-stage procedure's weighted mean; the second stage's is
/// the rest. See [`two_stage_h`].
#[must_use]
pub fn two_stage_weight(h: f64, first: u32, size: u32, variance: f64, indifference: f64) -> f64 {
    let (n0, n) = (f64::from(first), f64::from(size));
    if variance == 0.0 {
        return n0 / n;
    }
    let slack = 1.0 - (n - n0) * indifference * indifference / (h * h * variance);
    n0 / n * (1.0 + (1.0 - n / n0 * slack).max(0.0).sqrt())
}

/// Returns what share of a budget of replications each system should have for the best to be found: `gaps` are the means'
/// distances from that of the `best`, above zero for all others, and `spreads` their standard deviations.
///
/// `N_i / N_j = ((s_i / d_i) / (s_j / d_j))²`, `N_b = s_b sqrt(sum over i of N_i² / s_i²)`.
/// **Source:** Chen, Lin, Yücesan and Chick, "Simulation budget allocation for further enhancing the efficiency of ordinal
/// optimization", Discrete Event Dynamic Systems 10 (2000).
///
/// # Panics
///
/// If the slices differ in length.
#[must_use]
pub fn ocba_shares(gaps: &[f64], spreads: &[f64], best: usize) -> Vec<f64> {
    assert_eq!(gaps.len(), spreads.len(), "invariant: every system has a gap and a spread");
    let mut shares: Vec<f64> =
        gaps.iter().zip(spreads).map(|(gap, spread)| (spread / gap) * (spread / gap)).collect();
    shares[best] = 0.0;
    let squares = shares.iter().zip(spreads).filter(|(share, _)| **share > 0.0);
    let squares: f64 = squares.map(|(share, spread)| (share / spread) * (share / spread)).sum();
    shares[best] = spreads[best] * squares.sqrt();
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.iter().map(|share| share / total).collect()
    } else {
        vec![1.0 / gaps.len() as f64; gaps.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kn_has_the_published_constants() {
        for (count, first, error, eta, h_squared) in
            [(2, 10, 0.05, 0.33405, 6.0129), (5, 20, 0.10, 0.18536, 7.0438), (10, 10, 0.05, 0.85908, 15.4635)]
        {
            let found = kn_h_squared(count, first, 1.0 - error);
            assert!((found - h_squared).abs() < 5e-5, "{found} for {h_squared}");
            assert!((found / f64::from(2 * (first - 1)) - eta).abs() < 5e-6);
        }
    }

    /// Law, *Simulation Modeling and Analysis*: h = 2.747 for five systems, 20 replications and 90 %.
    #[test]
    fn the_two_stage_procedure_is_the_textbooks() {
        let h = two_stage_h(5, 20, 0.90);
        assert!((h - 2.747).abs() < 5e-4, "{h}");
        let sizes = [14.52, 7.96, 9.45, 8.25, 6.20].map(|variance| two_stage_size(2.747, 20, variance, 1.0));
        assert_eq!(sizes, [110, 61, 72, 63, 47]);
        assert_eq!(two_stage_size(2.747, 20, 0.01, 1.0), 21);
    }

    /// For two systems and one degree of freedom the sum of two Cauchy variables is a Cauchy variable of scale 2: h is
    /// 2 tan(pi (P - 1/2)).
    #[test]
    fn the_two_stage_constant_holds_where_tails_are_heaviest() {
        let h = two_stage_h(2, 2, 0.75);
        assert!((h - 2.0).abs() < 1e-2, "{h}");
    }

    /// Both stages' weights make the variance of the weighted mean (d / h)² whatever the sample variance was.
    #[test]
    fn the_weights_of_both_stages_meet_their_equation() {
        let (h, first, d) = (2.747, 20, 1.0);
        for variance in [14.52, 7.96, 0.3] {
            let size = two_stage_size(h, first, variance, d);
            let weight = two_stage_weight(h, first, size, variance, d);
            let rest = 1.0 - weight;
            let second = f64::from(size - first);
            let spread = variance * (weight * weight / f64::from(first) + rest * rest / second);
            assert!((spread - d * d / (h * h)).abs() < 1e-12, "{variance}: {spread}");
        }
        assert_eq!(two_stage_weight(2.0, 10, 11, 0.0, 1.0), 10.0 / 11.0);
    }

    #[test]
    fn ocba_allocates_as_published() {
        let shares = ocba_shares(&[0.0, 1.0, 2.0, 3.0, 4.0], &[2.0; 5], 0);
        for (share, expected) in shares.iter().zip([421.82, 406.13, 101.53, 45.13, 25.38]) {
            assert!((1000.0 * share - expected).abs() < 5e-3, "{shares:?}");
        }
    }

    #[test]
    fn without_any_spread_ocba_treats_all_alike() {
        assert_eq!(ocba_shares(&[0.0, 1.0], &[0.0, 0.0], 0), [0.5, 0.5]);
    }
}
