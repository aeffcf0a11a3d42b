//! Rows whose ordinals follow one another without a gap, as those of a loaded log do: they are put in order a batch at a time, by writing
//! each value where its ordinal says, instead of looking for the rows one by one.

use std::borrow::Cow;
use std::ops::Range;

use super::gather::{Gather, Part, Values, gather_batch};
use super::{Batch, Bitmap, Column, FieldName, Ordinals};

/// Which ordinals the rows of a table have.
pub(crate) struct Places {
    lowest: u64,
    taken: Bitmap,
}

impl Places {
    /// Of these batches; `None` when rows share an ordinal, or when ordinals are too far apart to be written down.
    pub(crate) fn of(batches: &[Batch]) -> Option<Places> {
        let Range { start: lowest, end } = Places::range(batches)?;
        let rows: usize = batches.iter().map(Batch::rows).sum();
        if end - lowest > 64 * rows as u64 {
            return None;
        }
        let mut places = Places { lowest, taken: Bitmap::filled((end - lowest) as usize, false) };
        for batch in batches {
            (0..batch.rows()).for_each(|row| places.taken.set((batch.ordinal(row) - lowest) as usize, true));
        }
        (places.taken.count() == rows).then_some(places)
    }

    /// From the lowest to the highest ordinal of each batch.
    pub(crate) fn spans(batches: &[Batch]) -> Vec<Range<u64>> {
        let span = |batch: &Batch| match batch.rows() {
            0 => 0..0,
            rows => batch.ordinal(0)..batch.ordinal(rows - 1) + 1,
        };
        batches.iter().map(span).collect()
    }

    /// From the lowest to the highest ordinal; `None` when there are no rows.
    pub(crate) fn range(batches: &[Batch]) -> Option<Range<u64>> {
        let some = || batches.iter().filter(|batch| batch.rows() > 0);
        let lowest = some().map(|batch| batch.ordinal(0)).min()?;
        let highest = some().map(|batch| batch.ordinal(batch.rows() - 1)).max()?;
        Some(lowest..highest + 1)
    }

    /// As [`Places::range`], if there are as many rows as ordinals. Only if no two rows share one, there is a row for each.
    pub(crate) fn span(batches: &[Batch]) -> Option<Range<u64>> {
        let rows: usize = batches.iter().map(Batch::rows).sum();
        Places::range(batches).filter(|range| range.end - range.start == rows as u64)
    }

    /// The ordinals, if there is a row for each.
    pub(crate) fn gapless(&self) -> Option<Range<u64>> {
        self.taken.all().then(|| self.lowest..self.lowest + self.taken.len() as u64)
    }

    /// Every row as (batch, row), in row order: a row's place is the number of rows with lower ordinals.
    pub(super) fn picks(&self, batches: &[Batch]) -> Vec<(u32, u32)> {
        match self.gapless() {
            Some(_) => self.placed(batches, |ordinal| ordinal),
            None => {
                let ranks = self.taken.ranks();
                self.placed(batches, |ordinal| self.taken.rank(ordinal, &ranks))
            }
        }
    }

    /// Every row as (batch, row), where `place` puts its ordinal less the lowest.
    fn placed(&self, batches: &[Batch], place: impl Fn(usize) -> usize) -> Vec<(u32, u32)> {
        let mut picks = vec![(0, 0); batches.iter().map(Batch::rows).sum()];
        for (batch, b) in batches.iter().zip(0u32..) {
            for row in 0..batch.rows() {
                picks[place((batch.ordinal(row) - self.lowest) as usize)] = (b, row as u32);
            }
        }
        picks
    }
}

/// Where an ordinal cuts batches.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    ordinal: u64,
    /// How many rows of each batch lie before it.
    rows: Vec<usize>,
}

impl Cut {
    /// Before this ordinal, in batches that have these [`Places::spans`].
    pub(crate) fn before(ordinal: u64, batches: &[Batch], spans: &[Range<u64>]) -> Cut {
        let rows = |(batch, span): (&Batch, &Range<u64>)| match ordinal {
            _ if ordinal <= span.start => 0,
            _ if ordinal >= span.end => batch.rows(),
            _ => batch.ordinals().row_of(ordinal, batch.rows()),
        };
        Cut { ordinal, rows: batches.iter().zip(spans).map(rows).collect() }
    }

    /// Before an ordinal that is not far behind.
    pub(crate) fn moved(&self, ordinal: u64, batches: &[Batch]) -> Cut {
        let rows = |(batch, &from): (&Batch, &usize)| {
            (from..batch.rows()).find(|&row| batch.ordinal(row) >= ordinal).unwrap_or(batch.rows())
        };
        Cut { ordinal, rows: batches.iter().zip(&self.rows).map(rows).collect() }
    }

    /// The ordinal.
    pub(crate) fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// The rows between this cut and one behind it.
    pub(crate) fn until<'a>(&self, end: &Cut, turned: bool, batches: &'a [Batch]) -> StretchOf<'a> {
        let ordinals = self.ordinal..end.ordinal;
        let stretch = if turned { Stretch::down(ordinals) } else { Stretch::up(ordinals) };
        StretchOf { stretch, batches, rows: self.rows.iter().zip(&end.rows).map(|(&from, &to)| from..to).collect() }
    }
}

/// A stretch of ordinals, in one direction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    ordinals: Range<u64>,
    /// When the rows run backwards: the rows, by their places in the stretch, that keep their order among themselves.
    turned: Option<Vec<Range<usize>>>,
}

impl Stretch {
    /// These ordinals, upwards.
    pub(crate) fn up(ordinals: Range<u64>) -> Stretch {
        Stretch { ordinals, turned: None }
    }

    /// These ordinals, downwards.
    pub(crate) fn down(ordinals: Range<u64>) -> Stretch {
        Stretch { ordinals, turned: Some(Vec::new()) }
    }

    /// All ordinals, upwards, so many in each stretch.
    pub(crate) fn pieces(ordinals: Range<u64>, rows: usize) -> Vec<Stretch> {
        let starts = ordinals.clone().step_by(rows);
        let stretch = |from: u64| Stretch::up(from..ordinals.end.min(from + rows as u64));
        starts.map(stretch).collect()
    }

    /// The lowest ordinal.
    pub(crate) fn start(&self) -> u64 {
        self.ordinals.start
    }

    /// How many ordinals there are.
    pub(crate) fn len(&self) -> usize {
        (self.ordinals.end - self.ordinals.start) as usize
    }

    /// The batches that may have rows of the stretch, by their [`Places::spans`], with those.
    pub(crate) fn among(&self, batches: &[Batch], spans: &[Range<u64>]) -> (Vec<Batch>, Vec<Range<u64>>) {
        let some = batches.iter().zip(spans).filter(|(_, span)| self.meets(span));
        some.map(|(batch, span)| (batch.clone(), span.clone())).unzip()
    }

    fn meets(&self, span: &Range<u64>) -> bool {
        span.start < self.ordinals.end && self.ordinals.start < span.end
    }

    /// The rows of the stretch in these batches, which have these [`Places::spans`].
    pub(crate) fn of<'a>(&self, batches: &'a [Batch], spans: &[Range<u64>]) -> StretchOf<'a> {
        let Range { start, end } = self.ordinals;
        let cut = |ordinal| Cut::before(ordinal, batches, spans);
        cut(start).until(&cut(end), self.turned.is_some(), batches)
    }
}

/// The rows of a stretch.
pub(crate) struct StretchOf<'a> {
    stretch: Stretch,
    batches: &'a [Batch],
    /// Those of each batch.
    rows: Vec<Range<usize>>,
}

impl StretchOf<'_> {
    /// The same rows, but the runs at these places keep their order, if all others are turned round.
    #[must_use]
    pub(crate) fn keeping(mut self, runs: Vec<Range<usize>>) -> Self {
        self.stretch.turned = self.stretch.turned.map(|_| runs);
        self
    }

    /// The rows as a batch; the column of a field may be known already.
    pub(crate) fn batch(&self, fields: &[FieldName], known: Option<&(&str, Column)>) -> Batch {
        gather_batch(self.batches, fields, self, known)
    }

    /// Numbers of the batches in the order of the stretch; places without a row are left as they are.
    pub(crate) fn write(&self, columns: &[&[f64]], out: &mut [f64]) {
        self.with_rows().for_each(|(b, rows)| self.put(out, b, columns[b][rows.clone()].iter().copied()));
        self.turn(out);
    }

    /// The rows' entries in a list for each batch, in the order of the stretch; `none` for ordinals that no row has.
    pub(crate) fn entries<T: Copy>(&self, none: T, lists: &[&[T]]) -> Vec<T> {
        let mut out = vec![none; self.stretch.len()];
        for (b, rows) in self.with_rows() {
            self.put(&mut out, b, lists[b][rows.clone()].iter().copied());
        }
        self.turn(&mut out);
        out
    }

    /// Each row as (batch, row), in the order of the stretch.
    pub(crate) fn picked(&self) -> Vec<(u32, u32)> {
        let mut out = vec![(0, 0); self.stretch.len()];
        for (b, rows) in self.with_rows() {
            self.put(&mut out, b, rows.clone().map(|row| (b as u32, row as u32)));
        }
        self.turn(&mut out);
        out
    }

    /// Writes the values of a batch's rows to their places.
    fn put<T>(&self, out: &mut [T], b: usize, values: impl Iterator<Item = T>) {
        let Range { start, end } = self.stretch.ordinals;
        let (rows, turned) = (&self.rows[b], self.stretch.turned.is_some());
        match self.batches[b].ordinals() {
            Ordinals::From(first) => {
                let to = (first + rows.start as u64).saturating_sub(start) as usize;
                let to = if turned { out.len() - to - rows.len() } else { to };
                let out = out[to..][..rows.len()].iter_mut();
                let write = |(out, value): (&mut T, T)| *out = value;
                if turned { out.rev().zip(values).for_each(write) } else { out.zip(values).for_each(write) }
            }
            Ordinals::Behind(first, list) => {
                // The place of the first ordinal, which may be outside of the stretch.
                let (down, up) = ((end - 1).wrapping_sub(*first) as usize, first.wrapping_sub(start) as usize);
                let rows = list[rows.clone()].iter().zip(values);
                if turned {
                    rows.for_each(|(&behind, value)| out[down.wrapping_sub(behind as usize)] = value);
                } else {
                    rows.for_each(|(&behind, value)| out[up.wrapping_add(behind as usize)] = value);
                }
            }
            Ordinals::Far(list) => {
                let place = |&own: &u64| (if turned { end - 1 - own } else { own - start }) as usize;
                list[rows.clone()].iter().zip(values).for_each(|(own, value)| out[place(own)] = value);
            }
        }
    }

    /// Turns the runs back that keep their order, when all was written backwards.
    fn turn<T>(&self, out: &mut [T]) {
        self.stretch.turned.iter().flatten().for_each(|run| out[run.clone()].reverse());
    }

    /// The batches that have any of the rows. Nothing has to be asked of the others then.
    pub(crate) fn some(&self) -> Vec<Batch> {
        self.with_rows().map(|(b, _)| self.batches[b].clone()).collect()
    }

    /// The same rows of [`StretchOf::some`].
    pub(crate) fn among<'b>(&self, some: &'b [Batch]) -> StretchOf<'b> {
        let rows = self.with_rows().map(|(_, rows)| rows.clone()).collect();
        StretchOf { stretch: self.stretch.clone(), batches: some, rows }
    }

    fn with_rows(&self) -> impl Iterator<Item = (usize, &Range<usize>)> {
        self.rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty())
    }
}

impl Gather for StretchOf<'_> {
    fn len(&self) -> usize {
        self.stretch.len()
    }

    fn mark(&self, used: &mut [bool]) {
        self.rows.iter().zip(used).for_each(|(rows, used)| *used |= !rows.is_empty());
    }

    fn values<T: Copy + Default, C: Values<T>>(&self, parts: &[Part<'_, T>]) -> C {
        let mut values: C = std::iter::repeat_n(T::default(), self.len()).collect();
        let out = values.places();
        for (b, rows) in self.with_rows() {
            match parts[b] {
                Part::Rows(values) => self.put(out, b, values[rows.clone()].iter().copied()),
                Part::Same(value) => self.put(out, b, std::iter::repeat(value)),
            }
        }
        self.turn(out);
        values
    }

    fn picks(&self) -> Cow<'_, [(u32, u32)]> {
        Cow::Owned(self.picked())
    }
}
