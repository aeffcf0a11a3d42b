//! `_raw` of many events, as far as it has to be kept: [`RawText`]. Beside many fields it is packed, block by block, for searches rarely ask for it
//! there, and [`Unpacked`] keeps what one walk over it needs.

use std::sync::{Arc, OnceLock};

const NONE: u32 = u32::MAX;
/// Bytes of a block: few enough to read one event without much ado.
const BLOCK: usize = 1 << 15;
/// So many fields are many.
const MANY_FIELDS: usize = 10;

/// Where a text begins and ends among all; `u32::MAX` is no text.
pub(super) type Span = (u32, u32);

/// The texts of the rows of a shape, under construction.
#[derive(Default)]
pub(super) struct RawText {
    packs: bool,
    blocks: Vec<Block>,
    /// Bytes of the texts that are packed, and the texts behind them.
    packed: usize,
    open: String,
    spans: Vec<Span>,
}

/// Some texts, end to end.
#[derive(Debug)]
struct Block {
    start: u32,
    length: usize,
    bytes: Box<[u8]>,
}

impl RawText {
    /// For events of so many fields.
    pub(super) fn beside(fields: usize) -> RawText {
        RawText { packs: fields >= MANY_FIELDS, ..RawText::default() }
    }

    /// Adds the text of a row; beyond 4 GiB it has none.
    pub(super) fn push(&mut self, text: &str) {
        let start = self.len();
        let Ok(end) = u32::try_from(start + text.len()) else { return self.spans.push((NONE, NONE)) };
        self.open.push_str(text);
        self.spans.push((start as u32, end));
        if self.packs && self.open.len() >= BLOCK {
            self.close();
        }
    }

    /// Packs what is not packed.
    fn close(&mut self) {
        if !self.open.is_empty() {
            let bytes = lz4_flex::block::compress(self.open.as_bytes()).into();
            self.blocks.push(Block { start: self.packed as u32, length: self.open.len(), bytes });
            self.packed += self.open.len();
            self.open.clear();
        }
    }

    /// Adds the rows of another; both together must stay below 4 GiB.
    pub(super) fn append(&mut self, other: RawText) {
        if !other.blocks.is_empty() {
            self.close();
        }
        let base = self.len() as u32;
        self.blocks.extend(other.blocks.into_iter().map(|block| Block { start: block.start + base, ..block }));
        self.packed += other.packed;
        self.open.push_str(&other.open);
        let shifted = |(start, end): Span| if start == NONE { (start, end) } else { (start + base, end + base) };
        self.spans.extend(other.spans.into_iter().map(shifted));
    }

    /// Bytes of all texts.
    pub(super) fn len(&self) -> usize {
        self.packed + self.open.len()
    }

    /// The same texts in another order of rows.
    pub(super) fn in_order(self, rows: &[u32]) -> RawText {
        let mut ordered = RawText { packs: self.packs, ..RawText::default() };
        let (texts, spans) = self.finish();
        let mut unpacked = Unpacked::default();
        for &row in rows {
            match texts.with(spans[row as usize], &mut unpacked) {
                Some(text) => ordered.push(text),
                None => ordered.spans.push((NONE, NONE)),
            }
        }
        ordered
    }

    /// The texts, and where each row's is.
    pub(super) fn finish(mut self) -> (RawTexts, Vec<Span>) {
        if self.blocks.is_empty() {
            self.open.shrink_to_fit();
            return (RawTexts::Plain(Arc::new(self.open)), self.spans);
        }
        self.close();
        let texts = self.blocks.iter().map(|_| OnceLock::new()).collect();
        (RawTexts::Packed(Arc::new(Packed { blocks: self.blocks, texts })), self.spans)
    }
}

/// Texts that rows are stretches of.
#[derive(Clone, Debug)]
pub(super) enum RawTexts {
    Plain(Arc<String>),
    Packed(Arc<Packed>),
}

/// Texts in blocks. Those that were asked for by themselves stay unpacked.
#[derive(Debug)]
pub(super) struct Packed {
    blocks: Vec<Block>,
    texts: Box<[OnceLock<String>]>,
}

/// Blocks that a walk over rows has unpacked: the last one of each [`Packed`].
#[derive(Default)]
pub(super) struct Unpacked(Vec<(*const Packed, usize, String)>);

impl RawTexts {
    /// A row's text, which stays unpacked from now on.
    pub(super) fn get(&self, span: Span) -> Option<&str> {
        match self {
            _ if span.0 == NONE => None,
            RawTexts::Plain(text) => text.get(span.0 as usize..span.1 as usize),
            RawTexts::Packed(packed) => {
                let block = packed.block(span);
                packed.within(block, packed.texts[block].get_or_init(|| packed.unpack(block)), span)
            }
        }
    }

    /// A row's text, unpacked for the time being.
    pub(super) fn with<'t>(&'t self, span: Span, unpacked: &'t mut Unpacked) -> Option<&'t str> {
        match self {
            RawTexts::Packed(packed) if span.0 != NONE => {
                let block = packed.block(span);
                let text = match packed.texts[block].get() {
                    Some(text) => text,
                    None => unpacked.block(packed, block),
                };
                packed.within(block, text, span)
            }
            other => other.get(span),
        }
    }

    /// Bytes held for each byte of text, on average.
    pub(super) fn share(&self) -> f64 {
        match self {
            RawTexts::Plain(_) => 1.0,
            RawTexts::Packed(packed) => {
                let kept = |text: &OnceLock<String>| text.get().map_or(0, String::len);
                let held: usize =
                    packed.blocks.iter().zip(&packed.texts).map(|(b, text)| b.bytes.len() + kept(text)).sum();
                held as f64 / packed.blocks.iter().map(|block| block.length).sum::<usize>().max(1) as f64
            }
        }
    }
}

impl Packed {
    fn block(&self, (start, _): Span) -> usize {
        self.blocks.partition_point(|block| block.start <= start).saturating_sub(1)
    }

    fn unpack(&self, block: usize) -> String {
        let Block { length, bytes, .. } = &self.blocks[block];
        let text = lz4_flex::block::decompress(bytes, *length).ok();
        text.and_then(|text| String::from_utf8(text).ok()).unwrap_or_default()
    }

    fn within<'t>(&self, block: usize, text: &'t str, (start, end): Span) -> Option<&'t str> {
        let from = self.blocks[block].start;
        text.get((start - from) as usize..(end - from) as usize)
    }
}

impl Unpacked {
    fn block(&mut self, packed: &Arc<Packed>, block: usize) -> &str {
        let own = Arc::as_ptr(packed);
        let at = self.0.iter().position(|(known, ..)| *known == own).unwrap_or_else(|| {
            self.0.push((own, usize::MAX, String::new()));
            self.0.len() - 1
        });
        let (_, known, text) = &mut self.0[at];
        if *known != block {
            (*known, *text) = (block, packed.unpack(block));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{{\"n\":{n},\"é\":\"{}\"}}", "abc ".repeat(n * 7 % 90))).collect()
    }

    fn raw_text(fields: usize, texts: &[String]) -> RawText {
        let mut raw = RawText::beside(fields);
        texts.iter().for_each(|text| raw.push(text));
        raw
    }

    fn assert_has(raw: RawText, wanted: &[String]) {
        let (texts, spans) = raw.finish();
        let mut unpacked = Unpacked::default();
        assert_eq!(spans.len(), wanted.len());
        for (span, text) in spans.iter().zip(wanted).rev() {
            assert_eq!(texts.with(*span, &mut unpacked), Some(&text[..]));
        }
        for (span, text) in spans.iter().zip(wanted) {
            assert_eq!(texts.get(*span), Some(&text[..]));
        }
    }

    #[test]
    fn rows_have_their_texts() {
        let mut long = texts(2_000);
        long[77] = "x".repeat(3 * BLOCK);
        long[78].clear();
        for fields in [1, 20] {
            for all in [&long[..], &texts(5), &[]] {
                assert_has(raw_text(fields, all), all);
                let turned: Vec<u32> = (0..all.len() as u32).rev().collect();
                let wanted: Vec<String> = all.iter().rev().cloned().collect();
                assert_has(raw_text(fields, all).in_order(&turned), &wanted);
                for more in [&long[..], &texts(3), &[]] {
                    let mut both = raw_text(fields, all);
                    both.append(raw_text(fields, more));
                    both.push("last");
                    assert_eq!(both.len(), all.iter().chain(more).map(String::len).sum::<usize>() + 4);
                    assert_has(both, &[all, more, &["last".to_owned()]].concat());
                }
            }
        }
        let (packed, _) = raw_text(20, &long).finish();
        assert!(packed.share() < 0.5);
    }
}
