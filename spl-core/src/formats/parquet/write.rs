//! Tables as Parquet files. Events that are packed so are the same when they are read again: columns are named as fields, and how
//! `_raw` is written from the fields is kept, so that its text need not be read to be there.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::Result as ParquetResult;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::Type;

use super::schema::{LAYOUT, LAYOUTS, PACKED, VERSIONS};
use crate::error::{Diagnostic, ErrorKind, Result};
use crate::table::{Batch, Column, FieldKind, FieldName, Table};

/// Rows in a row group.
const ROWS: usize = 122_880;

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Events, to be read again.
    Events,
    /// Events, less the text of those whose `_raw` can be written from the fields: smaller, and the same to this engine.
    LeanEvents,
    /// Rows for others to read: numbers are numbers.
    Rows,
}

/// Writes a table as a Parquet file.
pub fn write_parquet(table: &Table, packing: Packing, out: impl Write + Send) -> Result<()> {
    Writer { table, packing, fields: fields(table, packing), layouts: Layouts::default() }
        .write(out)
        .map_err(|error| Box::new(Diagnostic::new(ErrorKind::Data, format!("cannot write Parquet: {error}"))))
}

struct Writer<'a> {
    table: &'a Table,
    packing: Packing,
    fields: Vec<(FieldName, FieldKind)>,
    layouts: Layouts,
}

/// The layouts of `_raw`, numbered from 0 in the order in which they are met.
#[derive(Default)]
struct Layouts {
    numbers: HashMap<String, i32>,
    texts: Vec<String>,
}

impl Layouts {
    fn number(&mut self, text: String) -> i32 {
        if let Some(&number) = self.numbers.get(&text) {
            return number;
        }
        let number = self.texts.len() as i32;
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

/// The fields that some row has, in order. Events have their texts back when they are read again, digit by digit.
fn fields(table: &Table, packing: Packing) -> Vec<(FieldName, FieldKind)> {
    let mut fields = table.field_kinds();
    for (field, kind) in &mut fields {
        match kind {
            FieldKind::Whole | FieldKind::Number if **field == *"_time" => *kind = FieldKind::Number,
            FieldKind::Whole | FieldKind::Number if packing != Packing::Rows => *kind = FieldKind::Text,
            _ => {}
        }
    }
    fields
}

impl Writer<'_> {
    fn write(mut self, out: impl Write + Send) -> ParquetResult<()> {
        let writes_layouts = self.packing != Packing::Rows && self.fields.iter().any(|(field, _)| **field == *"_raw");
        let mut columns: Vec<_> =
            self.fields.iter().map(|(field, stored)| column_type(field, *stored)).collect::<ParquetResult<_>>()?;
        if writes_layouts {
            let number = Type::primitive_type_builder(LAYOUT, Physical::INT32);
            columns.push(Arc::new(number.with_repetition(Repetition::OPTIONAL).build()?));
        }
        let schema = Type::group_type_builder("events").with_fields(columns).build()?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(None)
            .set_column_dictionary_enabled("_raw".into(), false);
        if self.packing != Packing::Rows {
            let marks = vec![KeyValue::new(PACKED.to_owned(), VERSIONS[VERSIONS.len() - 1].to_owned())];
            properties = properties.set_key_value_metadata(Some(marks));
        }
        let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()))?;
        for picks in self.table.picks().chunks(ROWS) {
            let batch = self.table.gather(picks).into_single();
            let mut group = file.next_row_group()?;
            let layouts = if writes_layouts { self.layouts_of(&batch) } else { Vec::new() };
            for (field, stored) in &self.fields {
                let Some(mut column) = group.next_column()? else { break };
                let mut values = batch.column_or_null(field);
                if **field == *"_raw" && self.packing == Packing::LeanEvents {
                    let own = |row: usize| layouts.get(row).is_none_or(Option::is_none);
                    values = values.choose(&Column::null(batch.rows()), own);
                }
                write_column(&mut column, &values, *stored)?;
                column.close()?;
            }
            if writes_layouts && let Some(mut column) = group.next_column()? {
                let (levels, numbers) = split(&layouts);
                column.typed::<Int32Type>().write_batch(&numbers, Some(&levels), None)?;
                column.close()?;
            }
            group.close()?;
        }
        if writes_layouts {
            let texts = serde_json::Value::from(self.layouts.texts);
            file.append_key_value_metadata(KeyValue::new(LAYOUTS.to_owned(), texts.to_string()));
        }
        file.close()?;
        Ok(())
    }

    /// The number of each row's layout.
    fn layouts_of(&mut self, batch: &Batch) -> Vec<Option<i32>> {
        let Some(Column::Text(raw)) = batch.column("_raw") else { return vec![None; batch.rows()] };
        let mut known: HashMap<*const (), i32> = HashMap::new();
        let mut number = |row: usize| {
            let (key, layout) = raw.layout(row)?;
            Some(*known.entry(key).or_insert_with(|| self.layouts.number(layout())))
        };
        (0..batch.rows()).map(&mut number).collect()
    }
}

fn split<T: Copy>(values: &[Option<T>]) -> (Vec<i16>, Vec<T>) {
    (values.iter().map(|value| i16::from(value.is_some())).collect(), values.iter().copied().flatten().collect())
}

fn column_type(field: &str, stored: FieldKind) -> ParquetResult<Arc<Type>> {
    let optional = |name: &str, physical: Physical, logical: Option<LogicalType>| {
        let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    match stored {
        FieldKind::Text => optional(field, Physical::BYTE_ARRAY, Some(LogicalType::String)),
        FieldKind::Whole => optional(field, Physical::INT64, None),
        FieldKind::Number => optional(field, Physical::DOUBLE, None),
        FieldKind::Texts => {
            let element = optional("element", Physical::BYTE_ARRAY, Some(LogicalType::String))?;
            let repeated = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let repeated = Arc::new(repeated.with_fields(vec![element]).build()?);
            let list = Type::group_type_builder(field).with_repetition(Repetition::OPTIONAL);
            list.with_logical_type(Some(LogicalType::List)).with_fields(vec![repeated]).build().map(Arc::new)
        }
    }
}

fn write_column(column: &mut SerializedColumnWriter<'_>, values: &Column, stored: FieldKind) -> ParquetResult<()> {
    let numbers = || (0..values.len()).map(|row| values.get(row).number());
    match stored {
        FieldKind::Text => {
            let (levels, texts) = texts(values);
            column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
        }
        FieldKind::Whole => {
            let (levels, numbers) = split(&numbers().map(|n| n.map(|n| n as i64)).collect::<Vec<_>>());
            column.typed::<Int64Type>().write_batch(&numbers, Some(&levels), None)?;
        }
        FieldKind::Number => {
            let (levels, numbers) = split(&numbers().collect::<Vec<_>>());
            column.typed::<DoubleType>().write_batch(&numbers, Some(&levels), None)?;
        }
        FieldKind::Texts => {
            let (mut definition, mut repetition, mut texts) = (Vec::new(), Vec::new(), Vec::new());
            for row in 0..values.len() {
                let before = texts.len();
                values.get(row).for_each(|part| {
                    definition.push(3);
                    repetition.push(i16::from(texts.len() > before));
                    texts.push(ByteArray::from(&*part.text()));
                });
                if texts.len() == before {
                    definition.push(0);
                    repetition.push(0);
                }
            }
            column.typed::<ByteArrayType>().write_batch(&texts, Some(&definition), Some(&repetition))?;
        }
    }
    Ok(())
}

/// Which rows have a text, and the texts.
fn texts(values: &Column) -> (Vec<i16>, Vec<ByteArray>) {
    let (mut levels, mut texts) = (Vec::with_capacity(values.len()), Vec::new());
    match values {
        Column::Dict(dictionary, codes) => {
            // Each entry is made once.
            let mut known: HashMap<u32, ByteArray> = HashMap::new();
            for &code in codes.iter() {
                let text = dictionary.get(code);
                levels.push(i16::from(text.is_some()));
                texts.extend(text.map(|text| known.entry(code).or_insert_with(|| ByteArray::from(text)).clone()));
            }
        }
        Column::Text(text) => text.for_each(|_, text| {
            levels.push(i16::from(text.is_some()));
            texts.extend(text.map(ByteArray::from));
        }),
        other => {
            for row in 0..other.len() {
                let value = other.get(row);
                levels.push(i16::from(!value.is_null()));
                if !value.is_null() {
                    texts.push(ByteArray::from(&*value.text()));
                }
            }
        }
    }
    (levels, texts)
}
