//! Inputs read by the settings of `props.conf` and `transforms.conf`: at once, by a search, and in small pieces, which all must agree.

use std::io::Cursor;
use std::sync::Arc;

use spl_core::Engine;
use spl_core::exec::{Bytes, RawSource, StreamInput, StreamSource};
use spl_core::formats::{Input, Origin};
use spl_core::knowledge::{Conf, Knowledge};

/// Settings, and an input that is read by them at noon (UTC) of the first of May 2024.
pub struct Case<'a> {
    /// `props.conf`.
    pub props: &'a str,
    /// `transforms.conf`.
    pub transforms: &'a str,
    /// What the input is said to come from.
    pub origin: Origin,
    /// Its content.
    pub bytes: &'a [u8],
}

/// 2024-05-01T12:00:00Z.
pub const NOON: f64 = 1_714_564_800.0;

impl<'a> Case<'a> {
    /// Settings of the source type `custom`, which the input is given.
    pub fn custom(settings: &str, bytes: &'a str) -> Case<'a> {
        let props: &str = Box::leak(format!("[custom]\n{settings}\n[other]\nTRUNCATE = 1\n").into_boxed_str());
        let origin = Origin { name: "a.log".into(), sourcetype: Some("custom".into()), ..Origin::default() };
        Case { props, transforms: "", origin, bytes: bytes.as_bytes() }
    }

    /// Settings, and an input of this name.
    pub fn file(props: &'a str, name: &str, bytes: &'a str) -> Case<'a> {
        let origin = Origin { name: name.into(), ..Origin::default() };
        Case { props, transforms: "", origin, bytes: bytes.as_bytes() }
    }

    fn knowledge(&self) -> (Knowledge, Vec<String>) {
        let mut knowledge = Knowledge::default();
        let mut problems = knowledge.add_transforms(&Conf::parse(self.transforms));
        problems.extend(knowledge.add_props(&Conf::parse(self.props)));
        (knowledge, problems.iter().map(ToString::to_string).collect())
    }

    /// What is wrong with the settings.
    pub fn problems(&self) -> Vec<String> {
        let (knowledge, mut problems) = self.knowledge();
        let engine = Engine::builder().knowledge(knowledge).build().expect("an engine");
        problems.extend(engine.problems().iter().map(ToString::to_string));
        problems
    }

    /// The rows of a search over the input, values of a row with `|` between them, and what is wrong with the input.
    pub fn search_with_warnings(&self, search: &str) -> (Vec<String>, Vec<String>) {
        let engine = || {
            let (knowledge, problems) = self.knowledge();
            assert!(problems.is_empty(), "{problems:?}");
            Engine::builder().knowledge(knowledge).now(NOON).build().expect("an engine")
        };
        let loading = engine();
        let loaded =
            loading.load(&[Input { bytes: self.bytes, format: None, origin: self.origin.clone() }]).expect("events");
        let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
        let wanted = rows(&loading.with_events(loaded.table), search);

        let mut scanning = engine();
        let bytes: Bytes = Box::new(self.bytes.to_vec());
        let source = RawSource::new(vec![(bytes, None, self.origin.clone())], scanning.catalog().knowledge().clone());
        scanning.catalog_mut().add_source(Arc::new(source));
        assert_eq!(rows(&scanning, search), wanted, "read by the search");

        for size in [60, 1 << 20] {
            let mut streaming = engine();
            let bytes = self.bytes.to_vec();
            let open = Box::new(move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn std::io::Read + Send>));
            let input = StreamInput { open, format: None, origin: self.origin.clone() };
            let source = StreamSource::new(vec![input], streaming.catalog().knowledge().clone()).in_pieces_of(size);
            streaming.catalog_mut().add_source(Arc::new(source));
            assert_eq!(rows(&streaming, search), wanted, "read in pieces of {size} bytes");
        }
        (wanted, warnings)
    }

    /// As [`Case::search_with_warnings`], of an input with which nothing is wrong.
    pub fn search(&self, search: &str) -> Vec<String> {
        let (rows, warnings) = self.search_with_warnings(search);
        assert!(warnings.is_empty(), "{warnings:?}");
        rows
    }

    /// The texts of the events, those of later times first, those without a time as they lie.
    pub fn texts(&self) -> Vec<String> {
        self.search("* | table _raw")
    }
}

fn rows(engine: &Engine, search: &str) -> Vec<String> {
    let results = engine.search(search).unwrap_or_else(|error| panic!("{search}\n{error}"));
    let table = results.shown();
    let fields = table.fields();
    let rows = table.batches().iter().flat_map(|batch| (0..batch.rows()).map(move |row| (batch, row)));
    let text = |(batch, row): (&spl_core::table::Batch, usize)| {
        let values: Vec<String> = fields.iter().map(|field| batch.get(field, row).text().into_owned()).collect();
        values.join("|")
    };
    rows.map(text).collect()
}
