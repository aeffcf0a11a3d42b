//! [`TextColumn`]: text that is not worth a dictionary. Rows can be picked and gathered without copying text.

use std::sync::Arc;

use super::layout::Rendered;
use super::listing::Listing;
use super::raw_text::{RawTexts, Span, Unpacked};

/// Text of every row.
#[derive(Clone, Debug)]
pub struct TextColumn {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// Stretches of one text, which may be packed. A row without value has `u32::MAX` as its start.
    Spans(RawTexts, Vec<Span>),
    /// Texts of a list, by number; 0 is no value.
    Listed(Arc<Listing>, Arc<[u32]>),
    /// Texts that are put together when asked for.
    Rendered(Arc<Rendered>),
    /// Rows of other columns: which one, and which row. `u32::MAX` is no column and no value.
    Picked(Arc<[Option<Arc<TextColumn>>]>, Vec<(u32, u32)>),
}

/// What a walk over rows has put together.
#[derive(Default)]
struct Scratch {
    rendered: String,
    unpacked: Unpacked,
}

impl TextColumn {
    /// Rows that are spans of a text; a span that starts at `u32::MAX` is a row without value.
    pub(super) fn from_spans(text: Arc<String>, spans: Vec<Span>) -> Self {
        TextColumn::from_raw(RawTexts::Plain(text), spans)
    }

    pub(super) fn from_raw(texts: RawTexts, spans: Vec<Span>) -> Self {
        TextColumn { source: Source::Spans(texts, spans) }
    }

    pub(super) fn from_listing(listing: Arc<Listing>, numbers: Arc<[u32]>) -> Self {
        TextColumn { source: Source::Listed(listing, numbers) }
    }

    pub(super) fn from_rendered(rendered: Rendered) -> Self {
        TextColumn { source: Source::Rendered(Arc::new(rendered)) }
    }

    /// Rows of several columns, each as (column, row); a row of a column that is not there has no value.
    pub(super) fn gather(columns: Vec<Option<Arc<TextColumn>>>, picks: &[(u32, u32)]) -> Self {
        TextColumn { source: Source::Picked(columns.into(), picks.to_vec()) }
    }

    /// From the rows' texts. What goes beyond 4 GiB in all has no value.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let (mut arena, mut spans) = (String::new(), Vec::new());
        for text in texts {
            let start = arena.len();
            match text.map(|text| (text, u32::try_from(start + text.len()))) {
                Some((text, Ok(end))) => {
                    arena.push_str(text);
                    spans.push((start as u32, end));
                }
                _ => spans.push((u32::MAX, u32::MAX)),
            }
        }
        TextColumn::from_spans(Arc::new(arena), spans)
    }

    /// The same texts in a memory of their own. What goes beyond 4 GiB in all has no value.
    pub(super) fn copied(&self) -> Self {
        let (mut arena, mut spans) = (String::new(), Vec::with_capacity(self.len()));
        self.for_each(|_, text| {
            let start = arena.len();
            match text.map(|text| (text, u32::try_from(start + text.len()))) {
                Some((text, Ok(end))) => {
                    arena.push_str(text);
                    spans.push((start as u32, end));
                }
                _ => spans.push((u32::MAX, u32::MAX)),
            }
        });
        arena.shrink_to_fit();
        TextColumn::from_spans(Arc::new(arena), spans)
    }

    /// The row's text.
    pub fn get(&self, row: usize) -> Option<&str> {
        match &self.source {
            Source::Spans(texts, spans) => texts.get(spans[row]),
            Source::Listed(listing, numbers) => listing.get(numbers[row]),
            Source::Rendered(rendered) => rendered.get(row),
            Source::Picked(columns, picks) => {
                let (column, row) = picks[row];
                columns.get(column as usize)?.as_ref()?.get(row as usize)
            }
        }
    }

    /// Whether the row has a text.
    pub fn has(&self, row: usize) -> bool {
        match &self.source {
            Source::Spans(_, spans) => spans[row].0 != u32::MAX,
            Source::Listed(_, numbers) => numbers[row] != 0,
            Source::Rendered(rendered) => rendered.has(row),
            Source::Picked(columns, picks) => {
                let (column, row) = picks[row];
                columns.get(column as usize).and_then(Option::as_ref).is_some_and(|column| column.has(row as usize))
            }
        }
    }

    /// For a row whose text is put together: what tells its layout from others of this column, and the layout as text.
    #[cfg(feature = "parquet")]
    pub(crate) fn layout(&self, row: usize) -> Option<(*const (), impl FnOnce() -> String)> {
        let (rendered, row) = self.rendered(row)?;
        rendered.layout_text(row)
    }

    #[cfg(feature = "parquet")]
    fn rendered(&self, row: usize) -> Option<(&Rendered, usize)> {
        match &self.source {
            Source::Rendered(rendered) => Some((rendered, row)),
            Source::Picked(columns, picks) => {
                let (column, row) = picks[row];
                columns.get(column as usize)?.as_ref()?.rendered(row as usize)
            }
            Source::Spans(..) | Source::Listed(..) => None,
        }
    }

    /// Shows `each` the text of every row, in order. Unlike [`TextColumn::get`], it keeps nothing of texts that are put together for
    /// the occasion: the way to look through all of `_raw` once.
    pub fn for_each(&self, mut each: impl FnMut(usize, Option<&str>)) {
        let mut scratch = Scratch::default();
        for row in 0..self.len() {
            self.with(row, &mut scratch, |text| each(row, text));
        }
    }

    fn with<T>(&self, row: usize, scratch: &mut Scratch, each: impl FnOnce(Option<&str>) -> T) -> T {
        match &self.source {
            Source::Rendered(rendered) if rendered.has(row) => {
                scratch.rendered.clear();
                rendered.render(row, &mut scratch.rendered);
                each(Some(&scratch.rendered))
            }
            Source::Spans(texts, spans) => each(texts.with(spans[row], &mut scratch.unpacked)),
            Source::Picked(columns, picks) => {
                let (column, row) = picks[row];
                match columns.get(column as usize).and_then(Option::as_ref) {
                    Some(column) => column.with(row as usize, scratch, each),
                    None => each(None),
                }
            }
            _ => each(self.get(row)),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.source {
            Source::Spans(_, spans) => spans.len(),
            Source::Listed(_, numbers) => numbers.len(),
            Source::Rendered(rendered) => rendered.len(),
            Source::Picked(_, picks) => picks.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// These rows, sharing the text.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let source = match &self.source {
            Source::Spans(texts, spans) => {
                Source::Spans(texts.clone(), rows.iter().map(|&r| spans[r as usize]).collect())
            }
            Source::Listed(listing, numbers) => {
                Source::Listed(listing.clone(), rows.iter().map(|&r| numbers[r as usize]).collect())
            }
            Source::Rendered(_) => {
                let column = Some(Arc::new(self.clone()));
                Source::Picked([column].into(), rows.iter().map(|&row| (0, row)).collect())
            }
            Source::Picked(columns, picks) => {
                Source::Picked(columns.clone(), rows.iter().map(|&r| picks[r as usize]).collect())
            }
        };
        TextColumn { source }
    }

    /// Bytes that the rows take: of text shared with other columns, their part.
    pub fn bytes(&self) -> usize {
        match &self.source {
            Source::Spans(texts, spans) => {
                let text = |&(start, end): &Span| (end - start) as usize;
                (spans.iter().map(text).sum::<usize>() as f64 * texts.share()) as usize + spans.len() * 8
            }
            Source::Listed(listing, numbers) => numbers.len() * (4 + listing.bytes() / listing.len().max(1)),
            Source::Rendered(rendered) => rendered.bytes(),
            Source::Picked(_, picks) => picks.len() * 8,
        }
    }
}

impl Default for TextColumn {
    fn default() -> Self {
        TextColumn::from_spans(Arc::new(String::new()), Vec::new())
    }
}
