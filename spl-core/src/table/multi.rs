//! Columns of multivalues: stretches of a column of their parts. Rows may share a stretch, or have stretches that overlap: what gives many rows
//! the same long list, or one that slides, takes no more room than the list.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::Column;
use super::gather::gather_column;
use crate::value::{Value, ValueRef};

/// Multivalues as stretches of a child column.
#[derive(Debug)]
pub struct MultiColumn {
    stretches: Vec<Range<u32>>,
    child: Column,
}

impl MultiColumn {
    /// Multivalues that lie one behind the other: row `r` has the child's rows `offsets[r]..offsets[r + 1]`.
    pub fn new(offsets: &[u32], child: Column) -> Self {
        MultiColumn::of_stretches(offsets.windows(2).map(|ends| ends[0]..ends[1]).collect(), child)
    }

    /// Multivalues of any stretches of the child: an empty one is null, one of a single part a single value. No part is null.
    pub fn of_stretches(stretches: Vec<Range<u32>>, child: Column) -> Self {
        MultiColumn { stretches, child }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.stretches.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Where the parts of each row lie in the child.
    pub fn stretches(&self) -> &[Range<u32>] {
        &self.stretches
    }

    /// The parts, none null; also such as belong to no row.
    pub fn child(&self) -> &Column {
        &self.child
    }

    /// The row's value.
    pub(super) fn get(&self, row: usize) -> ValueRef<'_> {
        let Range { start, end } = self.stretches[row];
        let (start, end) = (start as usize, end as usize);
        match end - start {
            0 => ValueRef::Null,
            1 => self.child.get(start),
            _ => ValueRef::Multi(MultiRef::Rows(&self.child, start, end)),
        }
    }

    /// How many parts all rows have together.
    pub fn parts(&self) -> usize {
        self.stretches.iter().map(ExactSizeIterator::len).sum()
    }

    /// The multivalues one behind the other: where each begins (and the last ends) in a column of their parts, which has nothing else.
    pub fn apart(&self) -> (Vec<u32>, Cow<'_, Column>) {
        let mut end = 0;
        let ends = self.stretches.iter().map(|stretch| {
            end += stretch.len() as u32;
            end
        });
        let offsets: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let lie_so = self.stretches.iter().zip(&offsets).all(|(stretch, &offset)| stretch.start == offset);
        if lie_so && offsets.last().is_some_and(|&end| end as usize == self.child.len()) {
            return (offsets, Cow::Borrowed(&self.child));
        }
        let places: Vec<u32> = self.stretches.iter().cloned().flatten().collect();
        (offsets, Cow::Owned(self.child.take(&places)))
    }

    /// The same multivalues, without the child's other parts where these are most of it.
    fn packed(self) -> Self {
        if self.parts() >= self.child.len() / 2 {
            return self;
        }
        let (offsets, child) = self.apart();
        MultiColumn::new(&offsets, child.into_owned())
    }

    /// The same multivalues, with nothing of what only rows that are no longer there had.
    pub(super) fn shrunk(&self) -> Self {
        let packed = MultiColumn::of_stretches(self.stretches.clone(), self.child.clone()).packed();
        MultiColumn { child: packed.child.shrunk(), ..packed }
    }

    /// The values of these rows, in this order; `u32::MAX` gives null.
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let stretch = |&row: &u32| self.stretches.get(row as usize).cloned().unwrap_or_default();
        MultiColumn::of_stretches(rows.iter().map(stretch).collect(), self.child.clone()).packed()
    }
}

/// Rows of several columns, each as (column, row), of which `used` have rows, as a column of multivalues: `None` where they have values that
/// are no stretch of a column. A child that several of the columns share stays one.
pub(super) fn gather_multi(columns: &[Option<&Column>], used: &[bool], picks: &[(u32, u32)]) -> Option<Column> {
    let mut children: Vec<&Column> = Vec::new();
    // For each column the number of its child.
    let mut numbers = vec![0; columns.len()];
    for ((column, number), _) in columns.iter().zip(&mut numbers).zip(used).filter(|(_, used)| **used) {
        let child = match column {
            None | Some(Column::Const(Value::Null, _)) => continue,
            Some(Column::Multi(multi)) => &multi.child,
            // Single values are stretches of themselves.
            Some(
                single @ (Column::Const(Value::Str(_) | Value::Num(_), _)
                | Column::Dict(..)
                | Column::Num(_)
                | Column::Text(_)),
            ) => single,
            Some(_) => return None,
        };
        *number = children.iter().rposition(|known| known.is_shared_with(child)).unwrap_or(children.len());
        if *number == children.len() {
            children.push(child);
        }
    }
    let stretch = |&(column, row): &(u32, u32)| match columns[column as usize] {
        Some(Column::Multi(multi)) => multi.stretches[row as usize].clone(),
        Some(single) if !single.is_null(row as usize) => row..row + 1,
        _ => 0..0,
    };
    let parts: usize = picks.iter().map(|pick| stretch(pick).len()).sum();
    let held: usize = children.iter().map(|child| child.len()).sum();
    let multi = if parts >= held / 2 && held <= u32::MAX as usize {
        let mut begins = vec![0];
        begins.extend(children.iter().scan(0, |begin, child| {
            *begin += child.len() as u32;
            Some(*begin)
        }));
        let moved = |pick: &(u32, u32)| {
            let (begin, Range { start, end }) = (begins[numbers[pick.0 as usize]], stretch(pick));
            begin + start..begin + end
        };
        let children: Vec<Column> = children.into_iter().cloned().collect();
        MultiColumn::of_stretches(picks.iter().map(moved).collect(), Column::concat_coded(&children))
    } else if parts <= u32::MAX as usize {
        let children: Vec<Option<&Column>> = children.into_iter().map(Some).collect();
        let (mut offsets, mut places) = (vec![0], Vec::with_capacity(parts));
        for pick in picks {
            let child = numbers[pick.0 as usize] as u32;
            places.extend(stretch(pick).map(|part| (child, part)));
            offsets.push(places.len() as u32);
        }
        MultiColumn::new(&offsets, gather_column(&children, &places[..]))
    } else {
        return None;
    };
    Some(Column::Multi(Arc::new(multi)))
}

/// A borrowed multivalue.
#[derive(Clone, Copy, Debug)]
pub enum MultiRef<'a> {
    /// Parts that are values.
    Slice(&'a [Value]),
    /// Parts that are rows `start..end` of a column.
    Rows(&'a Column, usize, usize),
}

impl<'a> MultiRef<'a> {
    /// Number of parts.
    pub fn len(self) -> usize {
        match self {
            MultiRef::Slice(values) => values.len(),
            MultiRef::Rows(_, start, end) => end - start,
        }
    }

    /// Whether there are none; columns do not hold such.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The part at a 0-based place.
    pub fn get(self, at: usize) -> ValueRef<'a> {
        match self {
            MultiRef::Slice(values) => values[at].as_ref(),
            MultiRef::Rows(column, start, _) => column.get(start + at),
        }
    }

    /// The parts.
    pub fn iter(self) -> impl Iterator<Item = ValueRef<'a>> {
        (0..self.len()).map(move |i| self.get(i))
    }
}
