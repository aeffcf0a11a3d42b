//! Events in the order in which transactions are put together, newest first, those without time last: in chunks that follow one another, the
//! events of each chunk sorted by the part of the work that they belong to.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::split::Split;
use crate::commands::prelude::*;
use crate::exec::RowGroups;
use crate::table::{Bitmap, Places as TablePlaces, Stretch, StretchOf};

/// What is asked of each event.
pub(super) struct Ask<'a> {
    /// The group of each row of each batch.
    pub(super) groups: &'a [RowGroups],
    pub(super) starts: Option<&'a [Bitmap]>,
    pub(super) ends: Option<&'a [Bitmap]>,
    /// Whether the rows themselves will be looked at.
    pub(super) rows: bool,
    /// Whether events of group 0 matter.
    pub(super) groupless: bool,
    pub(super) split: Split,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Event {
    /// NaN for events without time.
    pub(super) time: f64,
    /// Its place among all events; there may be places without an event.
    pub(super) place: u32,
    pub(super) group: u32,
}

/// What [`Chunk::flags`] say.
pub(super) const STARTS: u8 = 1;
pub(super) const ENDS: u8 = 2;

/// Some events that follow one another, by part. What was not asked for is empty.
pub(super) struct Chunk {
    pub(super) events: Vec<Event>,
    /// [`STARTS`] and [`ENDS`].
    pub(super) flags: Vec<u8>,
    /// Batch and row.
    pub(super) picks: Vec<(u32, u32)>,
    /// Where the events of each part begin, and where those of the last one end.
    begin: Vec<u32>,
}

impl Chunk {
    /// The events of a part.
    pub(super) fn part(&self, part: usize) -> Range<usize> {
        self.begin[part] as usize..self.begin[part + 1] as usize
    }
}

/// Places of a chunk: what is known of them stays in a core's cache.
const CHUNK: usize = 16_384;
/// The group of a place that no event has.
const ABSENT: u32 = u32::MAX;

/// All events of the table.
pub(super) fn in_order(table: &Table, ask: &Ask<'_>, cx: &RunContext<'_>) -> Result<Vec<Chunk>> {
    let batches = table.batches();
    let times: Vec<Cow<'_, [f64]>> = batches.par_iter().map(times).collect();
    let rows = Rows {
        times: &times.iter().map(|times| &times[..]).collect::<Vec<_>>(),
        groups: &ask.groups.iter().map(|groups| &groups[..]).collect::<Vec<_>>(),
        flags: &flags(batches, ask),
        ask,
    };
    if let Some(ordinals) = ordinals(table) {
        let (first, spans) = (ordinals.start, TablePlaces::spans(batches));
        let chunk = |stretch: Stretch| {
            cx.check()?;
            Ok(rows.at((stretch.start() - first) as u32, &Places::Ordinals(stretch.of(batches, &spans))))
        };
        let stretches = Stretch::pieces(ordinals, CHUNK).into_par_iter();
        let chunks: Vec<(Chunk, Run)> = stretches.map(chunk).collect::<Result<_>>()?;
        let (chunks, runs): (Vec<Chunk>, Vec<Run>) = chunks.into_iter().unzip();
        // Ordinals that events share are no places.
        if runs.iter().map(|run| run.events).sum::<usize>() == table.rows() && follow(&runs) {
            return Ok(chunks);
        }
    }
    let mut picks = table.picks();
    let key = |&(b, row): &(u32, u32)| key(times[b as usize][row as usize]);
    picks.par_sort_by(|a, b| key(b).total_cmp(&key(a)));
    let chunk = |(n, picks): (usize, &[(u32, u32)])| {
        cx.check()?;
        Ok(rows.at((n * CHUNK) as u32, &Places::Picks(picks)).0)
    };
    picks.par_chunks(CHUNK).enumerate().map(chunk).collect()
}

fn times(batch: &Batch) -> Cow<'_, [f64]> {
    match batch.column("_time") {
        Some(Column::Num(numbers)) if numbers.valid.is_none() => Cow::Borrowed(&numbers.values),
        Some(column) => (0..batch.rows()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect(),
        None => Cow::Owned(vec![f64::NAN; batch.rows()]),
    }
}

/// The flags of each row of each batch, when there are any.
fn flags(batches: &[Batch], ask: &Ask<'_>) -> Option<Vec<Vec<u8>>> {
    let is = |filter: Option<&[Bitmap]>, b: usize, row: usize| filter.is_some_and(|f| f[b].get(row));
    let flag = |b: usize, row: usize| {
        (if is(ask.starts, b, row) { STARTS } else { 0 }) | (if is(ask.ends, b, row) { ENDS } else { 0 })
    };
    let of = |(b, batch): (usize, &Batch)| (0..batch.rows()).map(|row| flag(b, row)).collect();
    (ask.starts.is_some() || ask.ends.is_some()).then(|| batches.par_iter().enumerate().map(of).collect())
}

/// The ordinals of the table's rows, unless they are too far apart to be places.
fn ordinals(table: &Table) -> Option<Range<u64>> {
    let range = TablePlaces::range(table.batches())?;
    (range.end - range.start <= 4 * table.rows() as u64 + 1024).then_some(range)
}

/// By this, events are sorted downwards. There is but one zero.
fn key(time: f64) -> f64 {
    if time.is_nan() { f64::NEG_INFINITY } else { time + 0.0 }
}

/// The times of neighbouring events.
struct Run {
    /// Also those that do not matter.
    events: usize,
    sorted: bool,
    first: f64,
    last: f64,
}

/// Whether the times of all runs are sorted.
fn follow(runs: &[Run]) -> bool {
    let mut last = f64::INFINITY;
    runs.iter().filter(|run| run.events > 0).all(|run| {
        let before = std::mem::replace(&mut last, run.last);
        run.sorted && before >= run.first
    })
}

/// Where the events of a chunk are found.
enum Places<'a> {
    Ordinals(StretchOf<'a>),
    Picks(&'a [(u32, u32)]),
}

impl Places<'_> {
    /// The events' entries in a list for each batch; `none` for places that no event has.
    fn entries<T: Copy>(&self, none: T, lists: &[&[T]]) -> Vec<T> {
        match self {
            Places::Ordinals(stretch) => stretch.entries(none, lists),
            Places::Picks(picks) => picks.iter().map(|&(b, row)| lists[b as usize][row as usize]).collect(),
        }
    }

    fn picks(&self) -> Cow<'_, [(u32, u32)]> {
        match self {
            Places::Ordinals(stretch) => Cow::Owned(stretch.picked()),
            Places::Picks(picks) => Cow::Borrowed(picks),
        }
    }
}

/// What is known of the rows of each batch.
struct Rows<'a> {
    times: &'a [&'a [f64]],
    groups: &'a [&'a [u32]],
    flags: &'a Option<Vec<Vec<u8>>>,
    ask: &'a Ask<'a>,
}

impl Rows<'_> {
    /// The events at these places, of which `first` is the first.
    fn at(&self, first: u32, places: &Places<'_>) -> (Chunk, Run) {
        let (times, groups) = (places.entries(f64::NAN, self.times), places.entries(ABSENT, self.groups));
        // Behind the parts come events that do not matter, and places without an event.
        let (split, parts) = (self.ask.split, self.ask.split.parts().len());
        let groupless = if self.ask.groupless { 0 } else { parts };
        let part = |group: u32| match group {
            0 => groupless,
            ABSENT => parts + 1,
            group => split.part(group),
        };
        let mut begin = vec![0u32; parts + 3];
        let mut run = Run { events: 0, sorted: true, first: f64::NAN, last: f64::INFINITY };
        for (&time, &group) in times.iter().zip(&groups) {
            begin[part(group) + 1] += 1;
            let key = if group == ABSENT { run.last } else { key(time) };
            run.sorted &= run.last >= key;
            run.last = key;
        }
        run.events = times.len() - begin[parts + 2] as usize;
        run.first = times.iter().zip(&groups).find(|(_, group)| **group != ABSENT).map_or(run.first, |(&t, _)| key(t));
        (1..begin.len()).for_each(|part| begin[part] += begin[part - 1]);
        let (mut next, mut events) = (begin.clone(), vec![Event::default(); times.len()]);
        for ((&time, &group), place) in times.iter().zip(&groups).zip(first..) {
            let next = &mut next[part(group)];
            events[*next as usize] = Event { time, place, group };
            *next += 1;
        }
        begin.truncate(parts + 1);
        events.truncate(begin[parts] as usize);
        let mut chunk = Chunk { events, flags: Vec::new(), picks: Vec::new(), begin };
        let local = |event: &Event| (event.place - first) as usize;
        if let Some(flags) = self.flags {
            let flags = places.entries(0, &flags.iter().map(|flags| &flags[..]).collect::<Vec<_>>());
            chunk.flags = chunk.events.iter().map(|event| flags[local(event)]).collect();
        }
        if self.ask.rows {
            let picks = places.picks();
            chunk.picks = chunk.events.iter().map(|event| picks[local(event)]).collect();
        }
        (chunk, run)
    }
}
