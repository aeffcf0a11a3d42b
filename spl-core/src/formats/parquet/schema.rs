//! Which column is which field: names, and what they mean for events.
//!
//! Structs are `a.b`, lists of values the multivalue `a{}`, lists of structs `a{}.b`, as JSON's objects and arrays are; maps are lists
//! of `key` and `value`. Files that were packed from events name their columns as the fields are named.

use ::parquet::basic::{ConvertedType, LogicalType, Repetition};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::{ColumnDescriptor, Type};

use super::super::names::TIMES;
use super::kind::Kind;

/// The key in a file's metadata that says that its columns are named as fields.
pub(super) const PACKED: &str = "spl.events";
/// What that key says, oldest first. 2: layouts also have the forms `Inside`, `Texts` and `Values`. A file that says more than this is read as any
/// other, its text column included.
pub(super) const VERSIONS: [&str; 2] = ["1", "2"];

/// The column of such a file that says how `_raw` is written from the fields: a place in the list [`LAYOUTS`].
pub(super) const LAYOUT: &str = "_raw_layout";
/// The key of that list, which is JSON.
pub(super) const LAYOUTS: &str = "spl.layouts";

/// A column.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Its place among the columns.
    pub(super) column: usize,
    /// Its field.
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The columns of a file.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Those that become fields.
    pub(super) fields: Vec<Leaf>,
    /// Those that tell the time of events, best first.
    pub(super) times: Vec<Time>,
    /// The text of events.
    pub(super) raw: Option<usize>,
    /// How the text of packed events is written from the fields, and the column that says which way each is.
    pub(super) layouts: Option<(usize, Vec<String>)>,
}

/// A column that tells the time of events.
#[derive(Debug)]
pub(super) struct Time {
    pub(super) column: usize,
    /// Whether it is `_time` itself.
    pub(super) own: bool,
}

impl Schema {
    pub(super) fn of(meta: &ParquetMetaData) -> Schema {
        let description = meta.file_metadata().schema_descr();
        let pairs = meta.file_metadata().key_value_metadata();
        let said = |key: &str| pairs?.iter().find(|pair| pair.key == key)?.value.as_deref();
        let packed = said(PACKED).is_some_and(|version| VERSIONS.contains(&version));
        let layouts: Option<Vec<String>> = said(LAYOUTS).and_then(|list| serde_json::from_str(list).ok());
        let mut names = Vec::new();
        for field in description.root_schema().get_fields() {
            let first = names.len();
            name(field, String::new(), &mut names);
            if packed {
                names[first..].iter_mut().for_each(|name| field.name().clone_into(name));
            }
        }
        let mut schema = Schema::default();
        let mut ranked: Vec<(usize, Time)> = Vec::new();
        for (column, name) in names.into_iter().enumerate().take(description.num_columns()) {
            let descriptor = description.column(column);
            let single = descriptor.max_rep_level() == 0;
            if let Some(rank) = time_rank(&name, &descriptor).filter(|_| single) {
                ranked.push((rank, Time { column, own: name == "_time" }));
            }
            match &*name {
                "_time" => {}
                "_raw" if single => schema.raw = Some(column),
                LAYOUT if packed && single => schema.layouts = layouts.clone().map(|layouts| (column, layouts)),
                _ if schema.fields.iter().any(|known| known.name == name) => {}
                _ => schema.fields.push(Leaf { column, name, kind: Kind::of(&descriptor) }),
            }
        }
        // Layouts are of events some of whose text is in `_raw`; without it, the text of all is written from the fields.
        schema.layouts = schema.layouts.filter(|_| schema.raw.is_some());
        ranked.sort_by_key(|(rank, _)| *rank);
        schema.times = ranked.into_iter().map(|(_, time)| time).collect();
        schema
    }

    pub(super) fn field(&self, name: &str) -> Option<&Leaf> {
        self.fields.iter().find(|leaf| leaf.name == name)
    }
}

/// How well a column tells the time: by its name, else by its type.
fn time_rank(name: &str, column: &ColumnDescriptor) -> Option<usize> {
    let by_name = TIMES.iter().position(|&known| known == name);
    by_name.or_else(|| matches!(Kind::of(column), Kind::Timestamp(..)).then_some(TIMES.len()))
}

/// The names of all columns below a type.
fn name(field: &Type, mut path: String, names: &mut Vec<String>) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(field.name());
    inside(field, path, names);
}

/// As `name`, when the path has the type's own name already.
fn inside(field: &Type, mut path: String, names: &mut Vec<String>) {
    let info = field.get_basic_info();
    if info.has_repetition() && info.repetition() == Repetition::REPEATED {
        path.push_str("{}");
    }
    if field.is_primitive() {
        names.push(path);
        return;
    }
    let (logical, converted) = (info.logical_type_ref(), info.converted_type());
    let is_map = matches!(logical, Some(LogicalType::Map))
        || matches!(converted, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    let is_list = matches!(logical, Some(LogicalType::List)) || converted == ConvertedType::LIST;
    match field.get_fields() {
        [repeated] if is_map => inside(repeated, path, names),
        [repeated] if is_list => match element(repeated, field.name()) {
            Some(element) => inside(element, format!("{path}{{}}"), names),
            None => inside(repeated, path, names),
        },
        fields => fields.iter().for_each(|inner| name(inner, path.clone(), names)),
    }
}

/// What a list is of, if that is not what is repeated itself.
fn element<'a>(repeated: &'a Type, list: &str) -> Option<&'a Type> {
    if repeated.is_primitive() || repeated.name() == "array" || repeated.name() == format!("{list}_tuple") {
        return None;
    }
    match repeated.get_fields() {
        [only] => Some(only),
        _ => None,
    }
}
