//! How the numbers of a column follow one another, as times mostly do one way, and how rows are found by their numbers then.

/// How numbers follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// None is smaller than the one before.
    Rising,
    /// None is larger than the one before.
    Falling,
    /// Neither, or some rows have no number.
    Mixed,
}

/// Numbers between two looks at whether they still go on as the ones before.
const LOOK: usize = 256;

impl Course {
    pub(super) fn of(numbers: &[f64]) -> Course {
        let goes = |holds: fn(f64, f64) -> bool| {
            // Without a branch for each pair, which would keep the loop from going several at a time.
            let all = |numbers: &[f64]| numbers.windows(2).fold(true, |all, pair| all & holds(pair[0], pair[1]));
            (0..numbers.len()).step_by(LOOK).all(|at| all(&numbers[at..numbers.len().min(at + LOOK + 1)]))
        };
        if goes(|a, b| a <= b) {
            Course::Rising
        } else if goes(|a, b| a >= b) {
            Course::Falling
        } else {
            Course::Mixed
        }
    }
}

/// Some of many numbers in order, few enough to be in a core's cache when the others are not: the first of each line of a cache, and the first
/// of each line of those.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    near: Vec<f64>,
    far: Vec<f64>,
}

impl Marks {
    /// As many as lie in a line of a cache.
    const EVERY: usize = 8;

    pub(super) fn of(numbers: &[f64]) -> Marks {
        let some = |numbers: &[f64]| numbers.iter().step_by(Marks::EVERY).copied().collect::<Vec<_>>();
        let near = some(numbers);
        Marks { far: some(&near), near }
    }

    /// For each limit the first of the numbers that are marked which is not before it; the next limit is no nearer to the first number. No
    /// search has to wait for the one before, so that the core waits for memory once for several of them.
    pub(super) fn rows_past(
        &self,
        numbers: &[f64],
        limits: impl Iterator<Item = f64>,
        is_before: impl Fn(f64, f64) -> bool,
    ) -> Vec<usize> {
        let mut mark = 0;
        let past = |limit: f64| {
            mark += self.far[mark..].iter().take_while(|&&mark| is_before(mark, limit)).count();
            self.row(numbers, mark, |n| is_before(n, limit))
        };
        limits.map(past).collect()
    }

    /// The first of the numbers that is not before a limit, of which one that is is known. Steps grow, as it is near or far.
    pub(super) fn row_past(&self, numbers: &[f64], known: usize, is_before: impl Fn(f64) -> bool) -> usize {
        let marks = &self.far[known / (Marks::EVERY * Marks::EVERY)..];
        let mut step = 1;
        while marks.get(step).is_some_and(|&mark| is_before(mark)) {
            step *= 2;
        }
        let before = step / 2 + 1;
        let between = &marks[before.min(marks.len())..step.min(marks.len())];
        let mark = self.far.len() - marks.len() + before + between.partition_point(|&mark| is_before(mark));
        self.row(numbers, mark, is_before)
    }

    /// The first of the numbers that is not before a limit, by the first mark that is not.
    fn row(&self, numbers: &[f64], mark: usize, is_before: impl Fn(f64) -> bool) -> usize {
        // All of a line are looked at: a search in it would go this way or that, which no processor foresees.
        let in_line = |numbers: &[f64], line: usize| {
            let from = line.saturating_sub(1) * Marks::EVERY;
            let to = numbers.len().min(line * Marks::EVERY);
            from + numbers[from..to].iter().filter(|&&n| is_before(n)).count()
        };
        in_line(numbers, in_line(&self.near, mark))
    }
}

#[cfg(test)]
mod tests {
    use crate::table::NumColumn;

    #[test]
    fn rows_past_limits() {
        let rising: Vec<f64> = (0..100).map(|n| f64::from(n / 3)).collect();
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let limits = [-1.0, 0.0, 0.5, 1.0, 5.0, 5.0, 16.0, 33.0, 40.0];
        for len in [1, 2, 15, 16, 17, 32, 33, 100] {
            for numbers in [&rising[..len], &falling[..len]] {
                let rises = numbers[0] <= numbers[len - 1];
                let in_order: Vec<f64> = if rises { limits.to_vec() } else { limits.iter().rev().copied().collect() };
                let is_before = |n: f64, limit: f64| if rises { n < limit } else { n >= limit };
                let past = |&limit: &f64| numbers.iter().take_while(|&&n| is_before(n, limit)).count();
                let column = NumColumn::new(numbers.to_vec(), None, None);
                let expected: Vec<usize> = in_order.iter().map(past).collect();
                for (row, (&limit, &past)) in
                    (0..len).flat_map(|row| in_order.iter().zip(&expected).map(move |e| (row, e)))
                {
                    assert!(row >= past || column.row_past(row, limit) == Some(past), "{numbers:?} {row} {limit}");
                }
                assert_eq!(column.rows_past(in_order.into_iter()), Some(expected), "{numbers:?}");
            }
        }
        assert_eq!(NumColumn::new(vec![1.0, 3.0, 2.0], None, None).rows_past([2.0].into_iter()), None);
    }
}
