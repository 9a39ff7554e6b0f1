//! Several comparisons at once, without promising more than each one can hold.

/// Returns the confidence each of `count` intervals needs so that all hold together with at least
/// `confidence` (Bonferroni's inequality).
///
/// # Panics
///
/// If `count` is zero.
#[must_use]
pub fn bonferroni(confidence: f64, count: usize) -> f64 {
    assert!(count > 0, "invariant: at least one interval is asked for");
    1.0 - (1.0 - confidence) / count as f64
}

/// Returns the p-values adjusted for being tested together, in the order given.
///
/// The smallest is multiplied by their number, the next by one less, and so on; none falls below
/// the one before it, none exceeds 1.
/// **Source:** Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
/// Journal of Statistics 6 (1979).
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![0.0; p.len()];
    let mut floor = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        floor = floor.max((p.len() - rank) as f64 * p[i]).min(1.0);
        adjusted[i] = floor;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12, "{found:?} for {expected:?}");
        }
    }

    /// The first row is Holm's textbook example; the others follow by hand from the rule.
    #[test]
    fn holm_steps_down_from_the_smallest() {
        close(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        close(&holm(&[0.5, 0.6, 0.9]), &[1.0, 1.0, 1.0]);
        close(&holm(&[0.2, 0.2]), &[0.4, 0.4]);
        close(&holm(&[0.07]), &[0.07]);
        close(&holm(&[]), &[]);
    }

    #[test]
    fn bonferroni_shares_the_error_out() {
        close(&[bonferroni(0.95, 1), bonferroni(0.95, 5), bonferroni(0.90, 10)], &[0.95, 0.99, 0.99]);
    }
}
