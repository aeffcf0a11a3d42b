//! Tables from and to Arrow's record batches, for programs that have their events in memory already.
//!
//! Rows become events as those of a Parquet file do: structs are `a.b`, lists `a{}`, lists of structs `a{}.b`, nulls no field, and
//! `_time` is the time. Nothing is added: `index`, `source` and so on are there if there is a column of that name.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use super::parquet::kind::{Kind, write_float};
use super::stamp::parse_own_time;
use crate::error::{Result, bail};
use crate::table::{Batch, Bitmap, CodedColumn, CodedRows, Column, FieldKind, Table, TableBuilder};

impl Table {
    /// Events from record batches, newest first.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    /// use spl_core::{Engine, table::Table};
    ///
    /// let users: ArrayRef = Arc::new(StringArray::from(vec![Some("ann"), None, Some("ann")]));
    /// let bytes: ArrayRef = Arc::new(Int64Array::from(vec![120, 80, 40]));
    /// let batch = RecordBatch::try_from_iter([("user", users), ("bytes", bytes)])?;
    ///
    /// let engine = Engine::builder().events(Table::from_record_batches(&[batch])?).build()?;
    /// let results = engine.search("user=* | stats sum(bytes) AS bytes BY user")?;
    /// let batches = results.table.to_record_batches()?;
    /// assert_eq!(batches[0].num_rows(), 1);
    /// assert_eq!(batches[0].schema().field(1).name(), "bytes");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_record_batches(batches: &[RecordBatch]) -> Result<Table> {
        let mut builder = TableBuilder::new();
        for batch in batches {
            let mut leaves = Vec::new();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                let rows = (0..batch.num_rows() as u32).filter(|&row| array.is_valid(row as usize));
                let places = Places { at: rows.map(|row| (row, row)).collect(), lists: false };
                collect(field.name(), array, places, &mut leaves)?;
            }
            let mut rows = CodedRows { rows: batch.num_rows(), ..CodedRows::default() };
            for leaf in leaves {
                if leaf.name == "_time" && !leaf.places.lists {
                    rows.times = vec![f64::NAN; batch.num_rows()];
                    leaf.places.at.iter().for_each(|&(row, at)| rows.times[row as usize] = leaf.time(at as usize));
                } else {
                    leaf.add(&mut rows, &mut builder);
                }
            }
            builder.append(rows, None);
        }
        if builder.is_full() {
            bail!(Limit, "the record batches are more than one table can hold");
        }
        Ok(builder.finish())
    }

    /// The rows as record batches of one schema: numbers are numbers, `_time` is a timestamp in UTC, multivalues are lists of texts,
    /// everything else is text.
    ///
    /// ```
    /// use spl_core::Engine;
    ///
    /// let results = Engine::builder().build()?.search("| makeresults count=2 | eval a=1.5, b=split(\"x,y\",\",\")")?;
    /// let batches = results.table.to_record_batches()?;
    /// let schema = batches[0].schema();
    /// let types: Vec<String> = schema.fields().iter().map(|field| field.data_type().to_string()).collect();
    /// assert_eq!(batches[0].num_rows(), 2);
    /// assert!(types[0].starts_with("Timestamp") && types[1] == "Float64" && types[2].starts_with("List"), "{types:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_record_batches(&self) -> Result<Vec<RecordBatch>> {
        let fields = self.field_kinds();
        let declared = fields.iter().map(|(name, kind)| Field::new(&**name, data_type(name, *kind), true));
        let schema = Arc::new(Schema::new(declared.collect::<Vec<_>>()));
        let record_batch = |batch: &Batch| {
            let columns = fields.iter().map(|(name, kind)| array(&batch.column_or_null(name), name, *kind)).collect();
            let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.rows()));
            match RecordBatch::try_new_with_options(schema.clone(), columns, &options) {
                Ok(batch) => Ok(batch),
                Err(error) => bail!(Data, "a record batch cannot be made: {error}"),
            }
        };
        self.clone().into_ordered().batches().iter().map(record_batch).collect()
    }
}

/// Where the values of the rows are in an array: pairs of row and place, by row.
#[derive(Clone)]
struct Places {
    at: Vec<(u32, u32)>,
    /// Whether a row may have several.
    lists: bool,
}

/// A column of plain values.
struct Leaf {
    name: String,
    array: ArrayRef,
    places: Places,
}

/// Finds the plain values in an array.
fn collect(name: &str, array: &ArrayRef, mut places: Places, leaves: &mut Vec<Leaf>) -> Result<()> {
    places.at.retain(|&(_, at)| array.is_valid(at as usize));
    let spread = |element: &ArrayRef, range: &dyn Fn(usize) -> std::ops::Range<usize>, leaves: &mut Vec<Leaf>| {
        let inside = places.at.iter().flat_map(|&(row, at)| range(at as usize).map(move |at| (row, at as u32)));
        let places = Places { at: inside.collect(), lists: true };
        collect(&format!("{name}{{}}"), element, places, leaves)
    };
    let between = |offsets: &[i32], at: usize| offsets[at] as usize..offsets[at + 1] as usize;
    match array.data_type() {
        DataType::Null => Ok(()),
        DataType::Struct(fields) => fields
            .iter()
            .zip(array.as_struct().columns())
            .try_for_each(|(field, inner)| collect(&format!("{name}.{}", field.name()), inner, places.clone(), leaves)),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            spread(list.values(), &|at| between(list.value_offsets(), at), leaves)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            spread(list.values(), &|at| offsets[at] as usize..offsets[at + 1] as usize, leaves)
        }
        DataType::FixedSizeList(_, length) => {
            let list = array.as_fixed_size_list();
            let length = *length as usize;
            spread(list.values(), &|at| at * length..(at + 1) * length, leaves)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            spread(&entries, &|at| between(map.value_offsets(), at), leaves)
        }
        DataType::Dictionary(..) => {
            let coded = array.as_any_dictionary();
            let keys = coded.normalized_keys();
            places.at.iter_mut().for_each(|(_, at)| *at = keys[*at as usize] as u32);
            collect(name, coded.values(), places, leaves)
        }
        other if is_plain(other) => {
            leaves.push(Leaf { name: name.to_owned(), array: array.clone(), places });
            Ok(())
        }
        other => bail!(Data, "the column {name} has the type {other}, of which no field can be made"),
    }
}

fn is_plain(of: &DataType) -> bool {
    use DataType::*;
    of.is_integer()
        || matches!(of, Float16 | Float32 | Float64 | Boolean | Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary)
        || matches!(of, BinaryView | FixedSizeBinary(_) | Date32 | Date64 | Timestamp(..) | Time32(_) | Time64(_))
        || matches!(of, Decimal128(..))
}

fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

impl Leaf {
    /// A value that is a whole number in some sense, and in which.
    fn whole(&self, at: usize) -> Option<(i64, Kind)> {
        let array = &self.array;
        macro_rules! as_type {
            ($type:ty) => {
                array.as_primitive::<$type>().value(at)
            };
        }
        let stamp = |value: i64, unit: TimeUnit| match unit {
            // Written with three digits behind the point.
            TimeUnit::Second => (value.saturating_mul(1_000), 1_000),
            unit => (value, per_second(unit)),
        };
        Some(match array.data_type() {
            DataType::Int8 => (as_type!(Int8Type).into(), Kind::Signed),
            DataType::Int16 => (as_type!(Int16Type).into(), Kind::Signed),
            DataType::Int32 => (as_type!(Int32Type).into(), Kind::Signed),
            DataType::Int64 => (as_type!(Int64Type), Kind::Signed),
            DataType::UInt8 => (as_type!(UInt8Type).into(), Kind::Unsigned),
            DataType::UInt16 => (as_type!(UInt16Type).into(), Kind::Unsigned),
            DataType::UInt32 => (as_type!(UInt32Type).into(), Kind::Unsigned),
            DataType::UInt64 => (as_type!(UInt64Type) as i64, Kind::Unsigned),
            DataType::Boolean => (i64::from(array.as_boolean().value(at)), Kind::Bool),
            DataType::Date32 => (as_type!(Date32Type).into(), Kind::Date),
            DataType::Date64 => (as_type!(Date64Type).div_euclid(86_400_000), Kind::Date),
            DataType::Timestamp(unit, zone) => {
                let value = match unit {
                    TimeUnit::Second => as_type!(TimestampSecondType),
                    TimeUnit::Millisecond => as_type!(TimestampMillisecondType),
                    TimeUnit::Microsecond => as_type!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => as_type!(TimestampNanosecondType),
                };
                let (value, unit) = stamp(value, *unit);
                (value, Kind::Timestamp(unit, zone.is_some()))
            }
            DataType::Time32(TimeUnit::Second) => (i64::from(as_type!(Time32SecondType)) * 1_000, Kind::Time(1_000)),
            DataType::Time32(_) => (as_type!(Time32MillisecondType).into(), Kind::Time(1_000)),
            DataType::Time64(TimeUnit::Microsecond) => (as_type!(Time64MicrosecondType), Kind::Time(1_000_000)),
            DataType::Time64(_) => (as_type!(Time64NanosecondType), Kind::Time(1_000_000_000)),
            _ => return None,
        })
    }

    fn float(&self, at: usize) -> Option<f64> {
        let single = |n: f32| n.to_string().parse().unwrap_or(f64::from(n));
        match self.array.data_type() {
            DataType::Float16 => Some(single(self.array.as_primitive::<Float16Type>().value(at).to_f32())),
            DataType::Float32 => Some(single(self.array.as_primitive::<Float32Type>().value(at))),
            DataType::Float64 => Some(self.array.as_primitive::<Float64Type>().value(at)),
            _ => None,
        }
    }

    /// Appends a value's text.
    fn write(&self, at: usize, out: &mut Vec<u8>) {
        if let Some((value, kind)) = self.whole(at) {
            return kind.write_int(value, out);
        }
        if let Some(value) = self.float(at) {
            return write_float(value, out);
        }
        let array = &self.array;
        match array.data_type() {
            DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(at).as_bytes()),
            DataType::LargeUtf8 => out.extend_from_slice(array.as_string::<i64>().value(at).as_bytes()),
            DataType::Utf8View => out.extend_from_slice(array.as_string_view().value(at).as_bytes()),
            DataType::Binary => out.extend_from_slice(array.as_binary::<i32>().value(at)),
            DataType::LargeBinary => out.extend_from_slice(array.as_binary::<i64>().value(at)),
            DataType::BinaryView => out.extend_from_slice(array.as_binary_view().value(at)),
            DataType::FixedSizeBinary(_) => Kind::Bytes.write_bytes(array.as_fixed_size_binary().value(at), out),
            DataType::Decimal128(_, scale) => {
                let value = array.as_primitive::<Decimal128Type>().value(at);
                Kind::Decimal(u32::try_from(*scale).unwrap_or(0)).write_bytes(&value.to_be_bytes(), out);
            }
            _ => {}
        }
    }

    /// A value as epoch seconds.
    fn time(&self, at: usize) -> f64 {
        match (self.whole(at), self.float(at)) {
            (Some((value, Kind::Timestamp(unit, _))), _) => (value as f64 / (unit as f64 / 1e6)).round() / 1e6,
            (Some((days, Kind::Date)), _) => days as f64 * 86_400.0,
            (None, Some(seconds)) => seconds,
            _ => {
                let mut text = Vec::new();
                self.write(at, &mut text);
                parse_own_time(&text).unwrap_or(f64::NAN)
            }
        }
    }

    /// Adds the column to rows.
    fn add(&self, rows: &mut CodedRows<'_>, into: &mut TableBuilder) {
        let slot = into.slot(&self.name);
        let mut known = vec![0; self.array.len()];
        let mut text = Vec::new();
        let mut code = |at: u32| {
            let known = &mut known[at as usize];
            if *known == 0 {
                text.clear();
                self.write(at as usize, &mut text);
                *known = into.intern(slot, &text);
            }
            *known
        };
        let codes: Vec<u32> = self.places.at.iter().map(|&(_, at)| code(at)).collect();
        let mut present = Bitmap::filled(rows.rows, false);
        self.places.at.iter().for_each(|&(row, _)| present.set(row as usize, true));
        if self.places.lists {
            let counts: Vec<u32> =
                self.places.at.chunk_by(|a, b| a.0 == b.0).map(|values| values.len() as u32).collect();
            rows.push_lists(slot, &present, &counts, &codes, into);
        } else {
            rows.columns.push(CodedColumn::new(slot, present, codes));
        }
    }
}

fn data_type(field: &str, kind: FieldKind) -> DataType {
    match kind {
        FieldKind::Whole | FieldKind::Number if field == "_time" => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        FieldKind::Whole => DataType::Int64,
        FieldKind::Number => DataType::Float64,
        FieldKind::Text => DataType::Utf8,
        FieldKind::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

fn array(column: &Column, field: &str, kind: FieldKind) -> ArrayRef {
    let numbers = (0..column.len()).map(|row| column.get(row).number());
    match kind {
        FieldKind::Whole | FieldKind::Number if field == "_time" => {
            let mut builder = TimestampMicrosecondBuilder::new().with_timezone("UTC");
            numbers.for_each(|time| builder.append_option(time.map(|time| (time * 1e6).round() as i64)));
            Arc::new(builder.finish())
        }
        FieldKind::Whole => {
            let mut builder = Int64Builder::with_capacity(column.len());
            numbers.for_each(|n| builder.append_option(n.map(|n| n as i64)));
            Arc::new(builder.finish())
        }
        FieldKind::Number => {
            let mut builder = Float64Builder::with_capacity(column.len());
            numbers.for_each(|n| builder.append_option(n));
            Arc::new(builder.finish())
        }
        FieldKind::Text => {
            let mut builder = StringBuilder::new();
            match column {
                Column::Text(text) => text.for_each(|_, text| builder.append_option(text)),
                _ => (0..column.len()).for_each(|row| match column.get(row) {
                    value if value.is_null() => builder.append_null(),
                    value => builder.append_value(value.text()),
                }),
            }
            Arc::new(builder.finish())
        }
        FieldKind::Texts => {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for row in 0..column.len() {
                let value = column.get(row);
                value.for_each(|part| builder.values().append_value(part.text()));
                builder.append(!value.is_null());
            }
            Arc::new(builder.finish())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Input, Origin, ReadRequest, load};

    #[test]
    fn events_go_to_arrow_and_back() {
        let text = "{\"_time\":7.25,\"a\":\"x\",\"l\":[1,2]}\n{\"_time\":9,\"a\":\"y\",\"l\":[3]}\n{\"b\":\"z\"}\n";
        let origin = Origin { name: "a.json".into(), ..Origin::default() };
        let input = Input { bytes: text.as_bytes(), format: None, origin };
        let table = load(&[input], &ReadRequest::default()).unwrap().table;
        let mut batches = table.to_record_batches().unwrap();
        // Lists are named as lists.
        let schema = batches[0].schema();
        let names = schema.fields().iter().map(|f| f.as_ref().clone().with_name(f.name().replace("{}", "")));
        let schema = Arc::new(Schema::new(names.collect::<Vec<_>>()));
        batches[0] = RecordBatch::try_new(schema, batches[0].columns().to_vec()).unwrap();
        let again = Table::from_record_batches(&batches).unwrap();
        let rows = |table: &Table| {
            let batch = table.clone().into_single();
            let row = |row| {
                let mut cells: Vec<String> = batch
                    .row(row)
                    .map(|(name, value)| {
                        let mut parts = vec![name.to_string()];
                        value.for_each(|part| parts.push(part.text().into_owned()));
                        parts.join(" ")
                    })
                    .collect();
                cells.sort();
                cells
            };
            (0..batch.rows()).map(row).collect::<Vec<_>>()
        };
        assert_eq!(rows(&again), rows(&table));
        assert_eq!(rows(&again).len(), 3);
    }
}
