//! Finds room for labels, so that none covers another.

/// Width of an average character of the picture's small type.
pub(super) const CHAR: f64 = 6.1;
/// Room between two labels.
const GAP: f64 = 8.0;

/// Levels from the bottom for labels that stand to the right of their vertical lines, so that no line runs through a
/// label: each is above all it would cover. Anchors ascend; a label that would leave the picture begins further left.
pub(super) fn stairs(labels: &[(f64, f64)], right: f64) -> Vec<usize> {
    let mut levels = vec![0; labels.len()];
    for (index, (anchor, width)) in labels.iter().enumerate().rev() {
        let end = (anchor + width).min(right) + GAP;
        let covered = (index + 1..labels.len()).filter(|other| {
            let (anchor, width) = labels[*other];
            anchor.min(right - width) < end
        });
        levels[index] = covered.map(|other| levels[other] + 1).max().unwrap_or(0);
    }
    levels
}

/// Rows of labels, filled from left to right.
pub(super) struct Rows {
    /// Taken pieces of each row.
    taken: Vec<Vec<(f64, f64)>>,
    most: usize,
    left: f64,
    right: f64,
}

/// Where a label goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Row from 0.
    pub(super) row: usize,
    /// It ends at its anchor, because there is no room to its right.
    pub(super) at_end: bool,
}

impl Rows {
    /// At most so many rows, between two edges.
    pub(super) fn new(most: usize, left: f64, right: f64) -> Self {
        Self { taken: Vec::new(), most, left, right }
    }

    /// Takes the first free place beside an anchor; `None` when there is none.
    pub(super) fn place(&mut self, anchor: f64, offset: f64, label: &str) -> Option<Place> {
        let width = width(label);
        let right = (anchor + offset, anchor + offset + width);
        let left = (anchor - offset - width, anchor - offset);
        for row in 0..self.most {
            for (piece, at_end) in [(right, false), (left, true)] {
                if self.is_free(row, piece) {
                    self.take(row, piece);
                    return Some(Place { row, at_end });
                }
            }
        }
        None
    }

    /// Rows in use.
    pub(super) fn used(&self) -> usize {
        self.taken.len()
    }

    /// Keeps a piece of a row free of labels.
    pub(super) fn take(&mut self, row: usize, piece: (f64, f64)) {
        while self.taken.len() <= row {
            self.taken.push(Vec::new());
        }
        self.taken[row].push(piece);
    }

    fn is_free(&self, row: usize, (from, to): (f64, f64)) -> bool {
        let others = self.taken.get(row).into_iter().flatten();
        from >= self.left
            && to <= self.right
            && others.into_iter().all(|(a, b)| to + GAP <= *a || from >= *b + GAP)
    }
}

/// The width a label takes, about.
pub(super) fn width(label: &str) -> f64 {
    label.chars().count() as f64 * CHAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_step_aside() {
        let mut rows = Rows::new(2, 0.0, 200.0);
        let first = rows.place(10.0, 4.0, "0123456789").unwrap();
        assert_eq!(first, Place { row: 0, at_end: false });
        assert_eq!(rows.place(20.0, 4.0, "0123456789").unwrap().row, 1);
        assert_eq!(rows.place(30.0, 4.0, "0123456789"), None, "both rows are full there");
        assert_eq!(rows.place(195.0, 4.0, "0123456789").unwrap(), Place { row: 0, at_end: true });
        assert_eq!(rows.used(), 2);
    }

    #[test]
    fn lines_do_not_run_through_labels() {
        let labels = [(0.0, 50.0), (30.0, 50.0), (100.0, 20.0), (110.0, 20.0), (400.0, 20.0), (490.0, 60.0)];
        assert_eq!(stairs(&labels, 500.0), [1, 0, 1, 0, 0, 0]);
        assert_eq!(
            stairs(&[(430.0, 20.0), (490.0, 60.0)], 500.0),
            [1, 0],
            "the last one begins further left"
        );
        assert_eq!(stairs(&[], 500.0), [0; 0]);
    }

    #[test]
    fn a_label_wider_than_the_picture_has_no_place() {
        assert_eq!(Rows::new(3, 0.0, 50.0).place(0.0, 4.0, "far too long for this"), None);
    }
}
