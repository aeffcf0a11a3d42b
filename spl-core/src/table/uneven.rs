//! Uneven events: shapes of few rows are put together with their likes, so that they do not end as a batch an event.

use super::TableBuilder;
use super::builder::{Hashed, MULTI};
use super::order::BATCH_ROWS;
use super::raw_text::RawText;
use super::shape::Shape;

/// So many small shapes are left as they are.
const FEW: usize = 64;

impl TableBuilder {
    /// Puts shapes of few rows together. A field that some of them lack is null there.
    pub(super) fn merge_small_shapes(&mut self) {
        let mut small: Vec<u32> =
            (0..self.shapes.len() as u32).filter(|&s| self.shapes[s as usize].few().is_some()).collect();
        if small.len() <= FEW {
            return;
        }
        let key = |s: &u32| {
            let shape = &self.shapes[*s as usize];
            (shape.timed, shape.raw.is_some(), shape.slots.clone())
        };
        small.sort_by_cached_key(key);
        let mut groups: Vec<Group> = Vec::new();
        for s in small {
            let shape = &self.shapes[s as usize];
            match groups.last_mut() {
                Some(group) if group.accepts(shape) => group.add(s, shape),
                _ => groups.push(Group::new(s, shape)),
            }
        }
        // Shape and row of each row that moves, by its old place.
        let mut moved: Vec<Option<(u32, Vec<u32>)>> = vec![None; self.shapes.len()];
        // The codes of merged shapes, member by member.
        let mut merged: Hashed<u32, Vec<u32>> = Hashed::default();
        for group in groups.into_iter().filter(|group| group.members.len() > 1) {
            let target = self.shapes.len() as u32;
            let (mut codes, mut rows) = (Vec::with_capacity(group.rows * group.slots.len()), 0);
            let mut raw = group.raw.then(|| RawText::beside(group.slots.len()));
            for member in group.members {
                let shape = &mut self.shapes[member as usize];
                let from: Vec<(Option<usize>, bool)> = group
                    .slots
                    .iter()
                    .map(|&slot| {
                        let at = shape.slots.iter().position(|&s| s & !MULTI == slot & !MULTI);
                        (at, slot & MULTI != 0 && at.is_some_and(|at| shape.slots[at] & MULTI == 0))
                    })
                    .collect();
                for row in shape.few().into_iter().flatten() {
                    for &(at, wrap) in &from {
                        let code = at.map_or(0, |at| row[at]);
                        codes.push(if wrap && code != 0 {
                            self.multi_codes.push(code);
                            self.multi_ends.push(self.multi_codes.len() as u32);
                            self.multi_ends.len() as u32 - 1
                        } else {
                            code
                        });
                    }
                }
                moved[member as usize] = Some((target, (rows..rows + shape.rows as u32).collect()));
                rows += shape.rows as u32;
                if let (Some(ours), Some(theirs)) = (&mut raw, shape.raw.take()) {
                    ours.append(theirs);
                }
                shape.clear();
            }
            let mut shape = Shape::new(group.slots.into(), group.timed, false);
            shape.raw = raw;
            self.shapes.push(shape);
            merged.insert(target, codes);
        }
        self.fill_merged(&moved, &merged);
    }

    /// Gives merged shapes their rows, in the order of the source.
    fn fill_merged(&mut self, moved: &[Option<(u32, Vec<u32>)>], merged: &Hashed<u32, Vec<u32>>) {
        let mut next: Vec<usize> = vec![0; moved.len()];
        let mut order: Hashed<u32, Vec<u32>> = Hashed::default();
        for shape in &mut self.sequence {
            let from = *shape as usize;
            if let Some((target, rows)) = &moved[from] {
                order.entry(*target).or_default().push(rows[next[from]]);
                next[from] += 1;
                *shape = *target;
            }
        }
        for (target, rows) in order {
            let (shape, codes) = (&mut self.shapes[target as usize], &merged[&target]);
            let width = shape.slots.len();
            rows.iter().for_each(|&row| shape.push_rows(&codes[row as usize * width..][..width], 1));
            shape.raw = shape.raw.take().map(|raw| raw.in_order(&rows));
        }
    }
}

/// Small shapes that become one.
struct Group {
    members: Vec<u32>,
    slots: Vec<u32>,
    narrowest: usize,
    rows: usize,
    raw_bytes: usize,
    timed: bool,
    raw: bool,
}

impl Group {
    fn new(member: u32, shape: &Shape) -> Self {
        Group {
            members: vec![member],
            slots: shape.slots.to_vec(),
            narrowest: shape.slots.len(),
            rows: shape.rows,
            raw_bytes: shape.raw.as_ref().map_or(0, |raw| raw.len()),
            timed: shape.timed,
            raw: shape.raw.is_some(),
        }
    }

    fn accepts(&self, shape: &Shape) -> bool {
        let raw_bytes = self.raw_bytes + shape.raw.as_ref().map_or(0, |raw| raw.len());
        self.timed == shape.timed
            && self.raw == shape.raw.is_some()
            && self.rows < BATCH_ROWS
            && raw_bytes < 1 << 30
            && union(&self.slots, &shape.slots).len() <= 8 + 2 * self.narrowest.min(shape.slots.len())
    }

    fn add(&mut self, member: u32, shape: &Shape) {
        self.members.push(member);
        self.slots = union(&self.slots, &shape.slots);
        self.narrowest = self.narrowest.min(shape.slots.len());
        self.rows += shape.rows;
        self.raw_bytes += shape.raw.as_ref().map_or(0, |raw| raw.len());
    }
}

/// The slots of both, ascending; multivalued if so in either.
fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = a.iter().chain(b).copied().collect();
    all.sort_unstable_by_key(|&slot| (slot & !MULTI, slot & MULTI == 0));
    all.dedup_by_key(|slot| *slot & !MULTI);
    all
}
