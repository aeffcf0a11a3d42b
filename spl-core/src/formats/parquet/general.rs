//! Columns whose values are encoded by their differences, or byte by byte: through the Parquet crate's own decoders.

use ::parquet::column::page::PageReader;
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use ::parquet::data_type::{ByteArray, DataType, Int96};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use std::sync::Arc;

use super::Broken;
use super::chunk::Reading;
use super::file::Stretch;
use super::kind::Kind;
use super::values::{Values, widen};

/// Rows to decode at a time.
const ROWS: usize = 4096;

/// Reads all values that can be read.
pub(super) fn read(
    into: &mut Reading,
    stretch: Arc<Stretch>,
    meta: &ColumnChunkMetaData,
    rows: usize,
) -> Result<(), Broken> {
    let pages: Box<dyn PageReader> = Box::new(SerializedPageReader::new(stretch, meta, rows, None)?);
    let unsigned = Kind::of(meta.column_descr()) == Kind::Unsigned;
    let narrow = move |value: i32| if unsigned { i64::from(value as u32) } else { i64::from(value) };
    match get_column_reader(meta.column_descr_ptr(), pages) {
        ColumnReader::BoolColumnReader(r) => typed(r, rows, into, ints(i64::from)),
        ColumnReader::Int32ColumnReader(r) => typed(r, rows, into, ints(narrow)),
        ColumnReader::Int64ColumnReader(r) => typed(r, rows, into, ints(|n| n)),
        ColumnReader::Int96ColumnReader(r) => typed(r, rows, into, ints(|n: Int96| n.to_nanos())),
        ColumnReader::FloatColumnReader(r) => {
            typed(r, rows, into, |v, some| some.drain(..).for_each(|n| v.push_float(widen(n))))
        }
        ColumnReader::DoubleColumnReader(r) => {
            typed(r, rows, into, |v, some| some.drain(..).for_each(|n| v.push_float(n)))
        }
        ColumnReader::ByteArrayColumnReader(r) => {
            typed(r, rows, into, |v, some| v.push_bytes(some.drain(..).as_slice().iter().map(ByteArray::data)))
        }
        ColumnReader::FixedLenByteArrayColumnReader(r) => {
            typed(r, rows, into, |v, some| v.push_bytes(some.drain(..).as_slice().iter().map(|b| b.data())))
        }
    }
}

fn ints<T>(number: impl Fn(T) -> i64) -> impl Fn(&mut Values, &mut Vec<T>) {
    move |values, some| some.drain(..).for_each(|n| values.push_int(number(n)))
}

fn typed<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    into: &mut Reading,
    push: impl Fn(&mut Values, &mut Vec<T::T>),
) -> Result<(), Broken> {
    let (mut definition, mut repetition, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut done = 0;
    while done < rows {
        definition.clear();
        repetition.clear();
        let wanted = ROWS.min(rows - done);
        let (records, _, levels) =
            reader.read_records(wanted, Some(&mut definition), Some(&mut repetition), &mut values)?;
        if records == 0 {
            break;
        }
        push(&mut into.values, &mut values);
        into.take_in(&definition, &repetition, levels);
        done += records;
    }
    Ok(())
}
