//! Rows of a table that are kept, with their places: what goes over tables in pieces keeps few of them, and nothing of the rest.

use std::sync::Arc;

use super::{Batch, Bitmap, Column, DictionaryBuilder, Ordinals, Table};

impl Table {
    /// The rows picked, each as (batch, row), in their old places.
    #[must_use]
    pub fn filter_picks(self, picks: &[(u32, u32)]) -> Table {
        let declared = self.declared_fields().map(<[_]>::to_vec);
        let mut keep: Vec<Bitmap> = self.batches().iter().map(|batch| Bitmap::filled(batch.rows(), false)).collect();
        picks.iter().for_each(|&(batch, row)| keep[batch as usize].set(row as usize, true));
        let kept = self.batches().iter().zip(&keep).filter(|(_, keep)| !keep.none());
        Table::new(kept.map(|(batch, keep)| batch.filter(keep)).collect()).with_declared(declared)
    }

    /// The rows in their order, with ordinals made of the old ones: `place` must not turn their order round, but may give several rows the
    /// same, which then follow one another.
    #[must_use]
    pub fn placed(self, place: impl Fn(u64) -> u64) -> Table {
        let (declared, picks) = (self.declared_fields().map(<[_]>::to_vec), self.picks());
        let ordinal = |&(batch, row): &(u32, u32)| place(self.batches()[batch as usize].ordinal(row as usize));
        let ordinals: Vec<u64> = picks.iter().map(ordinal).collect();
        let gathered = if self.is_ordered() { self } else { self.gather(&picks) };
        let mut from = 0;
        let batches = gathered.into_batches().into_iter().map(|batch| {
            let to = from + batch.rows();
            let places = Ordinals::list(ordinals[from..to].to_vec());
            from = to;
            batch.with_ordinals(places)
        });
        Table::new(batches.collect()).with_declared(declared)
    }

    /// The same rows without what columns keep for rows that are no longer there.
    #[must_use]
    pub fn shrunk(self) -> Table {
        let declared = self.declared_fields().map(<[_]>::to_vec);
        let shrunk = |batch: Batch| {
            let columns: Vec<_> = batch.columns().map(|(name, column)| (name.clone(), column.shrunk())).collect();
            batch.with_columns(columns)
        };
        Table::new(self.into_batches().into_iter().map(shrunk).collect()).with_declared(declared)
    }
}

impl Column {
    /// The same values, with a dictionary of no other texts and text in a memory of its own.
    #[must_use]
    pub fn shrunk(&self) -> Column {
        match self {
            Column::Dict(dictionary, codes) if dictionary.len() > codes.len() => {
                let mut texts = DictionaryBuilder::default();
                let code = |&code: &u32| dictionary.get(code).map_or(0, |text| texts.intern(text));
                let codes = codes.iter().map(code).collect();
                Column::Dict(Arc::new(texts.finish()), codes)
            }
            Column::Text(text) => Column::Text(Arc::new(text.copied())),
            Column::Multi(multi) => Column::Multi(Arc::new(multi.shrunk())),
            other => other.clone(),
        }
    }
}
