//! Where the parts of an expanded text come from: [`SourceMap`], [`explain`].

use std::sync::Arc;

use crate::error::{Diagnostic, Label, Span};

/// From places in an expanded text to places in what was written.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    pub(super) sources: Vec<Source>,
    pub(super) pieces: Vec<Piece>,
    pub(super) length: usize,
}

/// A text that parts of the expansion were written in; the first is the search itself.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
    /// Where the macro was called: the source and the place in it. None for the search.
    pub(super) call: Option<Place>,
}

/// A place in a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) span: Span,
}

/// A run of an expanded text that comes from one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Where the run begins; it ends where the next begins.
    pub(super) at: usize,
    pub(super) place: Place,
    /// Whether it stands there letter by letter; else the place as a whole made it.
    pub(super) verbatim: bool,
}

/// Where a part of an expanded text was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Name of the text: `search`, or ``macro `sysmon` ``.
    pub source: String,
    /// The whole of that text.
    pub text: String,
    /// The place in it.
    pub span: Span,
    /// The calls that led there, innermost first; the last one stands in the search. Empty if the place itself stands there.
    pub trail: Vec<Label>,
}

impl SourceMap {
    /// A text that is as it was written.
    pub(super) fn verbatim(text: &str) -> SourceMap {
        let search = Source { name: "search".into(), text: text.into(), call: None };
        SourceMap { sources: vec![search], pieces: vec![Piece::verbatim(0, text.len())], length: text.len() }
    }

    /// Where `span` of the expanded text was written: the innermost text that holds all of it.
    pub fn locate(&self, span: Span) -> Origin {
        let places = self.places();
        let place = places.common(span);
        let trail = places.calls(place).map(|call| places.label(call, "called here")).collect();
        let (source, text) = places.source(place);
        Origin { source: source.to_owned(), text: text.to_owned(), span: place.span, trail }
    }

    fn places(&self) -> Places<'_> {
        Places { sources: &self.sources, pieces: &self.pieces }
    }
}

impl Piece {
    /// The whole of a source.
    pub(super) fn verbatim(source: usize, length: usize) -> Piece {
        Piece { at: 0, place: Place { source, span: Span::new(0, length) }, verbatim: true }
    }
}

/// Makes an error in an expanded text point at the search as it was written. If a macro is to blame, the error points at its call, and
/// labels show the place in the macro's definition and the calls between.
pub fn explain(error: Box<Diagnostic>, map: &SourceMap) -> Box<Diagnostic> {
    // an error about another text, such as an expression in quotes, is left as it is
    let own = error.text.as_ref().is_none_or(|text| text.len() == map.length);
    match error.span.filter(|_| own) {
        Some(span) => Box::new(map.places().explain(*error, span)),
        None => error,
    }
}

/// A text's pieces and the sources they come from.
pub(super) struct Places<'a> {
    pub(super) sources: &'a [Source],
    pub(super) pieces: &'a [Piece],
}

impl Places<'_> {
    /// The error with its place in the search, and labels for the macros between.
    pub(super) fn explain(&self, mut error: Diagnostic, span: Span) -> Diagnostic {
        let place = self.common(span);
        let mut blamed = vec![place];
        blamed.extend(self.calls(place));
        // the last one stands in the search
        if let Some(outermost) = blamed.pop() {
            error.span = Some(outermost.span);
            error.text = Some(self.source(outermost).1.to_owned());
        }
        let notes = std::iter::once("this is the place").chain(std::iter::repeat("called here"));
        error.labels.extend(blamed.into_iter().zip(notes).map(|(place, note)| self.label(place, note)));
        error
    }

    /// The place in the innermost source that holds both ends of the span.
    pub(super) fn common(&self, span: Span) -> Place {
        let (start, end) = (span.start as usize, span.end as usize);
        let first = self.place(start);
        if end <= start {
            let at = first.span.start as usize;
            return Place { span: Span::new(at, at), ..first };
        }
        let last = self.place(end - 1);
        let around = |place: Place| std::iter::once(place).chain(self.calls(place));
        for left in around(first) {
            if let Some(right) = around(last).find(|right| right.source == left.source) {
                return Place { span: left.span.to(right.span), ..left };
            }
        }
        first
    }

    /// The place of one byte.
    fn place(&self, at: usize) -> Place {
        let index = self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else { return Place { source: 0, span: Span::default() } };
        if !piece.verbatim {
            return piece.place;
        }
        let Span { start, end } = piece.place.span;
        let from = (start as usize + at.saturating_sub(piece.at)).min(end as usize);
        Place { span: Span::new(from, (from + 1).min(end as usize)), ..piece.place }
    }

    /// The calls around a place, innermost first.
    fn calls(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(self.sources.get(place.source).and_then(|source| source.call), |outer| {
            self.sources.get(outer.source).and_then(|source| source.call)
        })
    }

    /// Name and text of the source that the place is in.
    fn source(&self, place: Place) -> (&str, &str) {
        self.sources.get(place.source).map_or(("search", ""), |source| (&*source.name, &*source.text))
    }

    fn label(&self, place: Place, note: &str) -> Label {
        let (source, text) = self.source(place);
        Label { source: source.to_owned(), text: text.to_owned(), span: place.span, note: note.to_owned() }
    }
}
