//! From row groups to events: which columns to read, which rows to keep, and the codes of what is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use ::parquet::file::metadata::RowGroupMetaData;

use super::super::stamp::{parse_own_time, parse_time};
use super::chunk::{self, Chunk};
use super::defaults::Defaults;
use super::schema::{Leaf, Schema};
use super::{Broken, file, skip};
use crate::formats::{AnyOf, Damage, Part, ReadRequest};
use crate::table::{Bitmap, CodedColumn, CodedRows, Form, Layout, TIME_SLOT, TableBuilder};

/// Reads the row groups that begin in the part.
pub(super) fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) -> Result<(), Broken> {
    let meta = file::footer(part.bytes)?;
    let schema = Schema::of(&meta);
    let is_first = |group: &RowGroupMetaData| (part.start..part.end).contains(&file::start(group));
    let mut reader = Reader::new(part, &schema);
    for group in meta.row_groups().iter().filter(|group| is_first(group)) {
        if part.is_cancelled() {
            break;
        }
        if !skip::is_too_early_or_late(group, &schema, part.request) {
            reader.group(group, into, damage);
        }
    }
    Ok(())
}

struct Reader<'a> {
    part: &'a Part<'a>,
    request: &'a ReadRequest,
    schema: &'a Schema,
    /// The fields that are wanted.
    wanted: Vec<&'a Leaf>,
    /// Whether the text of events is written from the fields.
    writes_raw: bool,
    /// Whether `_raw` is read where it is not written from the fields.
    reads_raw: bool,
    /// The numbers of a packed file's layouts in the table; not all may be of use.
    layouts: Option<Vec<Option<u32>>>,
    defaults: Defaults<'a>,
    /// All columns by their place in the file, with how their values are written in `_raw`: for [`Reader::layout`].
    written: Vec<(usize, Form, String)>,
}

/// One row in so many is few: the others leave the columns before anything else is done with them.
const ONE_IN: usize = 4;

/// The columns of a row group that have been read.
struct Group<'a> {
    part: &'a Part<'a>,
    meta: &'a RowGroupMetaData,
    chunks: BTreeMap<usize, Chunk>,
    /// The rows that are read, when they are few; the columns have no others.
    few: Option<Few>,
}

/// Some rows of a row group.
struct Few {
    all: Bitmap,
    rows: Vec<u32>,
}

impl Few {
    fn new(all: Bitmap) -> Few {
        Few { rows: all.rows(), all }
    }

    /// Those of these rows that are in the bitmap, which counts no others.
    fn only(&self, some: &Bitmap) -> Bitmap {
        let mut all = Bitmap::filled(self.all.len(), false);
        some.rows()
            .into_iter()
            .filter_map(|row| self.rows.get(row as usize))
            .for_each(|&row| all.set(row as usize, true));
        all
    }
}

/// How many rows a group has, less those that are not believed: so many that next to nothing is left of the file for each.
fn most_rows(group: &RowGroupMetaData, file: usize) -> usize {
    const FEW: usize = 1 << 22;
    const OF_A_BYTE: usize = 1 << 12;
    let bytes: i64 = group.columns().iter().fold(0, |sum, column| sum.saturating_add(column.compressed_size().max(0)));
    let bytes = usize::try_from(bytes).unwrap_or(file).min(file);
    usize::try_from(group.num_rows()).unwrap_or(0).min(FEW.max(bytes.saturating_mul(OF_A_BYTE)))
}

impl Group<'_> {
    /// Reads a column, if it has not been read.
    fn read(&mut self, column: usize, damage: &mut Damage) -> &Chunk {
        if !self.chunks.contains_key(&column) {
            let chunk = self.chunk(column, None, damage);
            self.chunks.insert(column, chunk);
        }
        &self.chunks[&column]
    }

    /// A column that is not kept, unless it has been read already.
    fn take(&mut self, column: usize, damage: &mut Damage) -> Chunk {
        self.chunks.remove(&column).unwrap_or_else(|| self.chunk(column, None, damage))
    }

    /// Reads a column of which only some rows are of use.
    fn chunk(&self, column: usize, some: Option<&Bitmap>, damage: &mut Damage) -> Chunk {
        let meta = self.meta.column(column);
        let rows = most_rows(self.meta, self.part.bytes.len());
        let some = match (&self.few, some) {
            (Some(few), Some(some)) => Some(Cow::Owned(few.only(some))),
            (few, some) => some.or(few.as_ref().map(|few| &few.all)).map(Cow::Borrowed),
        };
        let (mut chunk, broken) = chunk::read(self.part.bytes, meta, rows, some.as_deref());
        if let Some(Broken(why)) = broken {
            let column = meta.column_path().string();
            let why = format!("{why}, in the column {column} behind its row {}", chunk.rows);
            damage.note("columns that could not be read to their end", file::start(self.meta), why);
        }
        self.few.iter().for_each(|few| chunk.keep(&few.rows));
        chunk
    }

    /// Leaves only these rows of the columns that have been read and of those that will be.
    fn keep(&mut self, few: Few) {
        self.chunks.values_mut().for_each(|chunk| chunk.keep(&few.rows));
        self.few = Some(few);
    }

    /// How many rows there are at most.
    fn most_rows(&self) -> usize {
        self.few.as_ref().map_or_else(|| most_rows(self.meta, self.part.bytes.len()), |few| few.rows.len())
    }

    /// How many rows there are, as far as the columns that were read can tell.
    fn rows(&self) -> usize {
        self.chunks.values().map(|chunk| chunk.rows).max().unwrap_or(0)
    }
}

impl<'a> Reader<'a> {
    fn new(part: &'a Part<'a>, schema: &'a Schema) -> Self {
        let request = part.request;
        let writes_raw = request.raw && schema.raw.is_none();
        let all = writes_raw || request.raw && schema.layouts.is_some();
        let wants = |leaf: &&Leaf| all || request.wants(&leaf.name);
        let mut written: Vec<(usize, Form, String)> = Vec::new();
        if writes_raw {
            let form = |leaf: &Leaf| if leaf.kind.is_bare() { Form::Bare } else { Form::Quoted };
            written.extend(schema.fields.iter().map(|leaf| (leaf.column, form(leaf), leaf.name.clone())));
            let own = schema.times.first().filter(|time| time.own);
            written.extend(own.map(|time| (time.column, Form::Time, "_time".to_owned())));
            written.sort_by_key(|(column, ..)| *column);
        }
        Reader {
            part,
            request,
            schema,
            wanted: schema.fields.iter().filter(wants).collect(),
            writes_raw,
            reads_raw: schema.raw.is_some() && (request.raw || request.raw_of_text),
            layouts: None,
            defaults: Defaults::new(part, schema, all),
            written,
        }
    }

    fn group(&mut self, meta: &RowGroupMetaData, into: &mut TableBuilder, damage: &mut Damage) {
        let mut group = Group { part: self.part, meta, chunks: BTreeMap::new(), few: None };
        let bounded = self.request.earliest.is_some() || self.request.latest.is_some();
        let mut times = bounded.then(|| self.times(&mut group, damage));
        let mut keep = times.as_ref().map(|times| {
            Bitmap::from_fn(group.rows(), |row| times.get(row).is_some_and(|&t| self.request.wants_time(t)))
        });
        if skip::may_test(self.schema, self.part.origin) {
            for test in &self.request.tests {
                if let Some(mut passed) = self.passed(test, keep.as_ref(), &mut group, damage) {
                    // Of events without a layout, fields may stand in the text only.
                    if let Some((column, _)) = &self.schema.layouts {
                        let unknown = group.read(*column, damage);
                        let unknown = unknown.missing(unknown.rows);
                        let mut either = Bitmap::filled(unknown.len().max(passed.len()), false);
                        either.or(&unknown);
                        either.or(&passed);
                        passed = either;
                    }
                    match &mut keep {
                        Some(keep) => keep.and(&passed),
                        None => keep = Some(passed),
                    }
                }
                if keep.as_ref().is_some_and(Bitmap::none) {
                    return;
                }
            }
        }
        if keep.as_ref().is_some_and(Bitmap::none) {
            return;
        }
        if let Some(few) = keep.take_if(|keep| keep.count() * ONE_IN <= keep.len()) {
            let few = Few::new(few);
            let time = |times: &[f64], row: u32| times.get(row as usize).copied().unwrap_or(f64::NAN);
            times = times.map(|times| few.rows.iter().map(|&row| time(&times, row)).collect());
            group.keep(few);
        }
        let times = times.unwrap_or_else(|| self.times(&mut group, damage));
        for column in self.defaults.columns() {
            group.read(column, damage);
        }
        self.add(group, times, keep, into, damage);
    }

    /// The column `_raw`, as far as it is not written from the fields.
    fn read_raw(&self, group: &mut Group<'_>, damage: &mut Damage) -> Option<Chunk> {
        let raw = self.schema.raw.filter(|_| self.reads_raw)?;
        let Some((column, _)) = &self.schema.layouts else { return Some(group.chunk(raw, None, damage)) };
        let rows = group.most_rows();
        let own = group.read(*column, damage).missing(rows);
        (!own.none()).then(|| group.chunk(raw, Some(&own), damage))
    }

    /// The time of each row, from the best column that has one.
    fn times(&self, group: &mut Group<'_>, damage: &mut Damage) -> Vec<f64> {
        let mut times: Vec<f64> = Vec::new();
        let mut missing = usize::MAX;
        for time in &self.schema.times {
            if missing == 0 {
                break;
            }
            let chunk = group.read(time.column, damage);
            times.resize(times.len().max(chunk.rows), f64::NAN);
            let parse = |text: &[u8]| if time.own { parse_own_time(text) } else { parse_time(text) };
            let of_value = |value: u32| chunk.values.time(value, time.own, parse).unwrap_or(f64::NAN);
            if chunk.values.len() * 2 <= chunk.picks.len() {
                let known: Vec<f64> = (0..chunk.values.len() as u32).map(of_value).collect();
                fill(&mut times, chunk, |value| known[value as usize]);
            } else {
                fill(&mut times, chunk, of_value);
            }
            missing = times.iter().filter(|time| time.is_nan()).count();
        }
        times
    }

    /// The rows that pass one of the tests; `None` when these columns cannot tell.
    fn passed(&self, any: &AnyOf, keep: Option<&Bitmap>, group: &mut Group<'_>, damage: &mut Damage) -> Option<Bitmap> {
        if any.0.iter().any(|test| skip::is_given(&test.field)) {
            return None;
        }
        let mut passed = Bitmap::filled(0, false);
        for test in &any.0 {
            let Some(leaf) = self.schema.field(&test.field) else { continue };
            let chunk = group.read(leaf.column, damage);
            if passed.len() < chunk.present.len() {
                let mut longer = Bitmap::filled(chunk.present.len(), false);
                longer.or(&passed);
                passed = longer;
            }
            // 0 is not known, 1 passes, 2 does not.
            let mut known = vec![0u8; chunk.values.len()];
            let mut text = Vec::new();
            each_kept(chunk, keep, |row, values| {
                let passes = chunk.picks[values].iter().any(|&value| {
                    let known = &mut known[value as usize];
                    if *known == 0 {
                        text.clear();
                        chunk.values.write(value, &mut text);
                        *known = if (test.accepts)(&String::from_utf8_lossy(&text)) { 1 } else { 2 };
                    }
                    *known == 1
                });
                if passes {
                    passed.set(row, true);
                }
            });
        }
        Some(passed)
    }

    fn add(
        &mut self,
        mut group: Group<'_>,
        times: Vec<f64>,
        keep: Option<Bitmap>,
        into: &mut TableBuilder,
        damage: &mut Damage,
    ) {
        let raw;
        let mut rows = CodedRows { times, ..CodedRows::default() };
        let kept = self.defaults.columns();
        for leaf in self.wanted.iter().filter(|leaf| !skip::is_given(&leaf.name)) {
            if self.part.is_cancelled() {
                return;
            }
            // One column after the other, so that the pages of all are not in memory together.
            let taken;
            let chunk = if kept.contains(&leaf.column) {
                group.read(leaf.column, damage)
            } else {
                taken = group.take(leaf.column, damage);
                &taken
            };
            rows.rows = rows.rows.max(chunk.rows);
            let slot = into.slot(&leaf.name);
            let codes = codes(chunk, slot, keep.as_ref(), into);
            match &chunk.counts {
                None => rows.columns.push(CodedColumn::new(slot, chunk.present.clone(), codes)),
                Some(counts) => rows.push_lists(slot, &chunk.present, counts, &codes, into),
            }
        }
        raw = self.read_raw(&mut group, damage);
        rows.rows = rows.rows.max(group.rows()).max(raw.as_ref().map_or(0, |raw| raw.rows));
        if rows.rows == 0
            && let Some(cheapest) =
                (0..group.meta.num_columns()).min_by_key(|&c| group.meta.column(c).compressed_size())
        {
            rows.rows = group.read(cheapest, damage).rows;
        }
        self.defaults.add(rows.rows, &|column| group.chunks.get(&column), keep.as_ref(), &mut rows.columns, into);
        self.add_raw(&group, raw.as_ref(), &mut rows, into);
        rows.keep = keep;
        if let Some(progress) = &self.request.progress {
            progress.add_events(rows.keep.as_ref().map_or(rows.rows, Bitmap::count));
        }
        if !self.writes_raw {
            return into.append(rows, None);
        }
        let slots: Vec<(u32, Form, &str)> = self
            .written
            .iter()
            .map(|(_, form, name)| (if *form == Form::Time { TIME_SLOT } else { into.slot(name) }, *form, &**name))
            .collect();
        into.append(rows, Some(&mut |into, present, timed| layout(&slots, present, timed, into)));
    }
}

impl<'a> Reader<'a> {
    /// Adds the text of events that have one of their own, and the layouts of those that were packed.
    fn add_raw<'c>(
        &mut self,
        group: &Group<'_>,
        raw: Option<&'c Chunk>,
        rows: &mut CodedRows<'c>,
        into: &mut TableBuilder,
    ) {
        let mut written = Bitmap::filled(rows.rows, false);
        if let Some((column, texts)) = &self.schema.layouts
            && let Some(chunk) = group.chunks.get(column)
        {
            written.or(&chunk.present);
            if self.request.raw {
                let numbers = self.layouts.get_or_insert_with(|| {
                    let layout = |text: &String| Layout::from_text(text, |name| into.slot(name));
                    let layouts: Vec<Option<Layout>> = texts.iter().map(layout).collect();
                    layouts.into_iter().map(|layout| layout.map(|layout| into.layout(layout))).collect()
                });
                let of_value = |pick: &u32| {
                    let place = chunk.values.int(*pick).and_then(|place| usize::try_from(place).ok())?;
                    numbers.get(place).copied().flatten()
                };
                let codes = chunk.picks.iter().map(|pick| of_value(pick).unwrap_or(0)).collect();
                rows.columns.push(CodedColumn::new(into.slot("_raw"), chunk.present.clone(), codes));
            }
        }
        if let Some(raw) = raw {
            let mut own = raw.present.clone();
            let is_written = |row: usize| row < written.len() && written.get(row);
            let numbers = raw.present.rows().into_iter().zip(&raw.picks).filter(|(row, _)| !is_written(*row as usize));
            let numbers: Vec<u32> = numbers.map(|(_, &pick)| pick).collect();
            written.negate();
            own.and(&written);
            rows.raw = Some((own, Box::new(move |number, out| raw.values.write(numbers[number], out))));
        }
    }
}

/// How the fields of events of one shape are written as JSON.
fn layout(slots: &[(u32, Form, &str)], present: &[u32], timed: bool, into: &mut TableBuilder) -> Option<u32> {
    let mut layout = Layout::default();
    let mut words = String::from("{");
    for (slot, form, name) in slots {
        let is_there = if *form == Form::Time { timed } else { present.iter().any(|s| CodedColumn::same(*s, *slot)) };
        if is_there {
            if words != "{" {
                words.push(',');
            }
            words.push('"');
            words.push_str(&name.replace('\\', "\\\\").replace('"', "\\\""));
            words.push_str("\":");
            layout.push(&words, *slot, *form);
            words.clear();
        }
    }
    words.push('}');
    layout.close(&words).then(|| into.layout(layout))
}

/// Sets the times that are missing.
fn fill(times: &mut [f64], chunk: &Chunk, of_value: impl Fn(u32) -> f64) {
    if chunk.picks.len() == times.len() {
        for (time, &pick) in times.iter_mut().zip(&chunk.picks).filter(|(time, _)| time.is_nan()) {
            *time = of_value(pick);
        }
        return;
    }
    for (row, &pick) in chunk.present.rows().into_iter().zip(&chunk.picks) {
        let time = &mut times[row as usize];
        if time.is_nan() {
            *time = of_value(pick);
        }
    }
}

/// Shows `each` the rows that have values and are kept, and where their values are among all.
pub(super) fn each_kept(chunk: &Chunk, keep: Option<&Bitmap>, mut each: impl FnMut(usize, Range<usize>)) {
    let mut at = 0;
    let mut counts = chunk.counts.as_ref().map(|counts| counts.iter());
    for (word, &present) in chunk.present.words().iter().enumerate() {
        let kept = keep.map_or(!0, |keep| keep.words().get(word).copied().unwrap_or(0));
        if kept & present == 0 && counts.is_none() {
            at += present.count_ones() as usize;
            continue;
        }
        let mut left = present;
        while left != 0 {
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            let count = counts.as_mut().map_or(1, |counts| counts.next().map_or(0, |&count| count as usize));
            if kept >> bit & 1 == 1 {
                each(word * 64 + bit, at..at + count);
            }
            at += count;
        }
    }
}

/// The codes of all values in the field's dictionary; of rows that are not kept, any.
pub(super) fn codes(chunk: &Chunk, slot: u32, keep: Option<&Bitmap>, into: &mut TableBuilder) -> Vec<u32> {
    if keep.is_none() && chunk.values.len() <= chunk.picks.len() {
        let of_values = chunk.values.intern_all(slot, into);
        return chunk.picks.iter().map(|&pick| of_values[pick as usize]).collect();
    }
    let mut codes = vec![0; chunk.picks.len()];
    let mut known = vec![0; chunk.values.len()];
    let mut text = Vec::new();
    each_kept(chunk, keep, |_, range| {
        for (code, &pick) in codes[range.clone()].iter_mut().zip(&chunk.picks[range]) {
            let known = &mut known[pick as usize];
            if *known == 0 {
                text.clear();
                chunk.values.write(pick, &mut text);
                *known = into.intern(slot, &text);
            }
            *code = *known;
        }
    });
    codes
}
