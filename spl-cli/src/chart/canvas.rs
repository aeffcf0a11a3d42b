//! Lines drawn with characters: [`Dots`], two by four dots in each cell, each cell of one colour. Knows no chart.

/// A field of dots.
pub(super) struct Dots {
    columns: usize,
    rows: usize,
    /// The dots of a cell as braille has them, and who has drawn there last.
    cells: Vec<(u8, usize)>,
}

/// Dots of a cell across and down.
const ACROSS: usize = 2;
const DOWN: usize = 4;

/// The bits of braille's dots, by row and column.
const BITS: [[u8; ACROSS]; DOWN] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Dots { columns, rows, cells: vec![(0, 0); columns * rows] }
    }

    /// A straight line; places go from 0 to 1, rightwards and upwards.
    pub(super) fn line(&mut self, (from_x, from_y): (f64, f64), (to_x, to_y): (f64, f64), who: usize) {
        let (width, height) = (self.columns * ACROSS, self.rows * DOWN);
        if width == 0 || height == 0 {
            return;
        }
        let steps = ((to_x - from_x).abs() * width as f64).max((to_y - from_y).abs() * height as f64).ceil().max(1.0);
        for step in 0..=steps as usize {
            let part = step as f64 / steps;
            let (x, y) = (from_x + (to_x - from_x) * part, from_y + (to_y - from_y) * part);
            // The lowest row of dots stands for 0, the highest for 1.
            let across = ((x * width as f64) as usize).min(width.saturating_sub(1));
            let up = ((y * height as f64 - 0.5).round().max(0.0) as usize).min(height.saturating_sub(1));
            self.dot(across, height - 1 - up, who);
        }
    }

    fn dot(&mut self, across: usize, down: usize, who: usize) {
        let at = down / DOWN * self.columns + across / ACROSS;
        if let Some((dots, last)) = self.cells.get_mut(at) {
            *dots |= BITS[down % DOWN][across % ACROSS];
            *last = who;
        }
    }

    /// A cell: its character in braille and who has drawn it; none where nothing is drawn.
    pub(super) fn cell(&self, column: usize, row: usize) -> Option<(char, usize)> {
        let &(dots, who) = self.cells.get(row * self.columns + column)?;
        let shown = char::from_u32(0x2800 + u32::from(dots)).filter(|_| dots != 0)?;
        Some((shown, who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_reach_the_corners() {
        let mut dots = Dots::new(3, 2);
        dots.line((0.0, 0.0), (1.0, 1.0), 7);
        assert_eq!(dots.cell(0, 1).map(|(_, who)| who), Some(7));
        assert!(dots.cell(2, 0).is_some() && dots.cell(0, 0).is_none() && dots.cell(2, 1).is_none());
        dots.line((f64::NAN, 2.0), (9.0, -1.0), 1);
        Dots::new(0, 0).line((0.0, 0.0), (1.0, 1.0), 0);
    }
}
