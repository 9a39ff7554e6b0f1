//! Small symmetric matrices: solving, inverting, and the root that correlated numbers are drawn with.

/// A symmetric positive definite matrix, as its lower Cholesky root `L` with `A = L L'`.
///
/// **Source:** Golub & Van Loan, *Matrix Computations* (2013), section 4.2.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    root: Vec<Vec<f64>>,
}

impl Symmetric {
    /// Takes a matrix by its rows, of which only the lower triangle is read; [`None`] where it is not positive definite, or so
    /// nearly not that a number in it would be lost.
    #[must_use]
    pub fn of(rows: &[Vec<f64>]) -> Option<Self> {
        /// A pivot below this share of its diagonal is rounding.
        const LOST: f64 = 1e-12;
        let mut root: Vec<Vec<f64>> = Vec::with_capacity(rows.len());
        for (row, values) in rows.iter().enumerate() {
            let mut line = vec![0.0; rows.len()];
            for column in 0..row {
                let inner: f64 = (0..column).map(|k| line[k] * root[column][k]).sum();
                line[column] = (values[column] - inner) / root[column][column];
            }
            let pivot = values[row] - line[..row].iter().map(|x| x * x).sum::<f64>();
            if !(pivot > LOST * values[row].abs() && pivot.is_finite()) {
                return None;
            }
            line[row] = pivot.sqrt();
            root.push(line);
        }
        Some(Self { root })
    }

    /// Returns `x` with `A x = b`.
    ///
    /// # Panics
    ///
    /// If `b` has another length than the matrix.
    #[must_use]
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.whitened(b);
        for row in (0..x.len()).rev() {
            let inner: f64 = (row + 1..x.len()).map(|k| self.root[k][row] * x[k]).sum();
            x[row] = (x[row] - inner) / self.root[row][row];
        }
        x
    }

    /// Returns `y` with `L y = b`: for `b` of covariance `A`, numbers of variance 1 that do not go together.
    ///
    /// # Panics
    ///
    /// If `b` has another length than the matrix.
    #[must_use]
    pub fn whitened(&self, b: &[f64]) -> Vec<f64> {
        assert_eq!(b.len(), self.root.len(), "invariant: a vector fits its matrix");
        let mut y: Vec<f64> = Vec::with_capacity(b.len());
        for (row, line) in self.root.iter().enumerate() {
            let inner: f64 = line.iter().zip(&y).map(|(l, y)| l * y).sum();
            y.push((b[row] - inner) / line[row]);
        }
        y
    }

    /// Returns `L z`: for independent `z` of variance 1, numbers of covariance `A`.
    #[must_use]
    pub fn coloured(&self, z: &[f64]) -> Vec<f64> {
        self.root.iter().map(|line| line.iter().zip(z).map(|(l, z)| l * z).sum()).collect()
    }

    /// Returns the inverse, by its rows.
    #[must_use]
    pub fn inverse(&self) -> Vec<Vec<f64>> {
        let size = self.root.len();
        let unit = |at: usize| (0..size).map(|row| f64::from(u8::from(row == at))).collect::<Vec<_>>();
        (0..size).map(|at| self.solve(&unit(at))).collect()
    }

    /// Returns the roots of the diagonal of the inverse: standard errors, where the matrix is an information.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.inverse().iter().enumerate().map(|(at, row)| row[at].sqrt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the matrix 4 2 / 2 5 has the root 2 0 / 1 2, and the inverse 5 -2 / -2 4 over 16.
    #[test]
    fn a_matrix_of_two_is_solved_as_by_hand() {
        let matrix = Symmetric::of(&[vec![4.0, 2.0], vec![2.0, 5.0]]).unwrap();
        assert_eq!(matrix.coloured(&[1.0, 1.0]), [2.0, 3.0]);
        assert_eq!(matrix.whitened(&[2.0, 3.0]), [1.0, 1.0]);
        assert_eq!(matrix.inverse(), [[5.0 / 16.0, -2.0 / 16.0], [-2.0 / 16.0, 4.0 / 16.0]]);
        assert_eq!(matrix.solve(&[8.0, 12.0]), [1.0, 2.0]);
    }

    #[test]
    fn rows_that_say_the_same_have_no_root() {
        assert_eq!(Symmetric::of(&[vec![1.0, 3.0], vec![3.0, 9.0]]), None);
        assert_eq!(Symmetric::of(&[vec![f64::NAN]]), None);
    }
}
