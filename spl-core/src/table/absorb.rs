//! Joins the builders of parts of an input: the dictionaries of one are merged into those of the other, its codes mapped.

use rayon::prelude::*;

use super::builder::{MULTI, Slot};
use super::shape::Shape;
use super::{DictionaryBuilder, TableBuilder};

/// Bytes of `_raw` that are copied to bring the rows of one shape together; more stay where they are.
const RAW_COPIED: usize = 1 << 26;

impl TableBuilder {
    /// Adds another builder's events behind these: its dictionaries are merged into these, its codes mapped.
    pub fn absorb(&mut self, other: TableBuilder) {
        let slots: Vec<u32> = other.slots.iter().map(|theirs| self.slot(&theirs.name)).collect();
        let mut sources: Vec<Option<&Slot>> = vec![None; self.slots.len()];
        slots.iter().zip(&other.slots).for_each(|(&ours, theirs)| sources[ours as usize] = Some(theirs));
        let layouts: Vec<Vec<u32>> = other.slots.iter().map(|theirs| self.absorb_layouts(theirs, &slots)).collect();
        // For each of these slots, what the other's codes become.
        let maps: Vec<Vec<u32>> = self
            .slots
            .par_iter_mut()
            .zip(sources)
            .map(|(ours, theirs)| theirs.map_or_else(Vec::new, |theirs| merge_slot(ours, theirs)))
            .collect();

        let mut maps = maps;
        for (layouts, &ours) in layouts.into_iter().zip(&slots).filter(|(layouts, _)| layouts.len() > 1) {
            maps[ours as usize] = layouts;
        }

        let multi_from = self.multi_ends.len() as u32 - 1;
        let codes_from = self.multi_codes.len() as u32;
        let mut multi_codes = other.multi_codes;
        let mut targets = Vec::with_capacity(other.shapes.len());
        for mut shape in other.shapes {
            for column in 0..shape.slots.len() {
                let slot = shape.slots[column];
                let map = &maps[slots[(slot & !MULTI) as usize] as usize];
                if slot & MULTI == 0 {
                    shape.map_codes(column, |code| *code = map[*code as usize]);
                    continue;
                }
                shape.map_codes(column, |multivalue| {
                    if *multivalue != 0 {
                        let at = *multivalue as usize;
                        let parts = other.multi_ends[at - 1] as usize..other.multi_ends[at] as usize;
                        multi_codes[parts].iter_mut().for_each(|part| *part = map[*part as usize]);
                        *multivalue += multi_from;
                    }
                });
            }
            shape.rename_slots(|slot| slots[(slot & !MULTI) as usize] | slot & MULTI);
            targets.push(self.absorb_shape(shape));
        }
        self.multi_codes.append(&mut multi_codes);
        self.multi_ends.extend(other.multi_ends[1..].iter().map(|end| end + codes_from));
        self.sequence.extend(other.sequence.iter().map(|&shape| targets[shape as usize]));
        self.times.extend(other.times);
    }

    /// What the other's layouts become, index 0 for none.
    fn absorb_layouts(&mut self, theirs: &Slot, slots: &[u32]) -> Vec<u32> {
        let ours = theirs.layouts.iter().map(|layout| self.layout(layout.with_slots(slots)));
        std::iter::once(0).chain(ours).collect()
    }

    /// Adds the rows of a shape whose slots and codes are ours already; the shape that has them now.
    fn absorb_shape(&mut self, shape: Shape) -> u32 {
        if shape.raw.as_ref().is_some_and(|raw| raw.len() > RAW_COPIED) {
            self.shapes.push(shape);
            return self.shapes.len() as u32 - 1;
        }
        let target = self.shape(shape.slots.clone(), shape.timed, shape.raw.is_some());
        self.shapes[target as usize].absorb(shape);
        target
    }
}

/// Merges one field's texts into another's; what each code becomes.
fn merge_slot(ours: &mut Slot, theirs: &Slot) -> Vec<u32> {
    ours.values += theirs.values;
    ours.dictionary.lossy += theirs.dictionary.lossy;
    if theirs.listing.is_some() && ours.listing.is_none() {
        ours.make_plain();
    }
    let from = &theirs.dictionary;
    match (&mut ours.listing, &theirs.listing) {
        (Some(ours), Some(theirs)) => {
            let base = ours.append_all(theirs);
            std::iter::once(0).chain((1..=theirs.len()).map(|number| base + number)).collect()
        }
        (Some(ours), None) => codes_of(from, |text| ours.append(text)),
        (None, _) => codes_of(from, |text| ours.dictionary.intern(text)),
    }
}

fn codes_of(from: &DictionaryBuilder, mut code: impl FnMut(&str) -> u32) -> Vec<u32> {
    let codes = (1..=from.len() as u32).map(|known| code(from.get(known)));
    std::iter::once(0).chain(codes).collect()
}
