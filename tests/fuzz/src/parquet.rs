//! Parquet files in any state: those that the library writes, and others without compression, so that edits meet what is packed.

use std::sync::{Arc, LazyLock};

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use spl_core::formats::{Input, Origin, Packing, ReadRequest, load, write_parquet};

use crate::edits::{Seed, file};
use crate::formats::check_file;

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    let packed = [Packing::Events, Packing::LeanEvents, Packing::Rows].map(packed);
    let new = || WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
    let second = || new().set_writer_version(WriterVersion::PARQUET_2_0);
    let plain = |properties: WriterPropertiesBuilder| properties.set_dictionary_enabled(false);
    let delta = plain(new())
        .set_column_encoding("_time".into(), Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding("n".into(), Encoding::DELTA_BINARY_PACKED)
        .set_column_encoding("s".into(), Encoding::DELTA_BYTE_ARRAY)
        .set_column_encoding("l.list.element".into(), Encoding::DELTA_LENGTH_BYTE_ARRAY);
    let others = [new(), second(), plain(new()), plain(second()), delta].map(others);
    packed.into_iter().chain(others).map(Seed::new).collect()
});

/// Reads an edited file.
pub fn check(data: &[u8]) {
    if let Some((choice, bytes)) = file(&SEEDS, data) {
        check_file("parquet", choice, &bytes);
    }
}

/// Events with texts, numbers and several values, packed.
fn packed(packing: Packing) -> Vec<u8> {
    let line = |n: u32| format!("{{\"_time\":{n}.5,\"n\":{n},\"t\":\"a{}\",\"l\":[\"x\",\"y{n}\"]}}\n", n % 2);
    let text: String = (0..5).map(line).collect::<String>() + "{\"other\":\"text\", \"host\":\"h\"}\n";
    let origin = Origin { name: "a.json".into(), ..Origin::default() };
    let loaded = load(&[Input { bytes: text.as_bytes(), format: None, origin }], &ReadRequest::default());
    let mut bytes = Vec::new();
    write_parquet(&loaded.expect("small inputs are read").table, packing, &mut bytes).expect("vectors take everything");
    bytes
}

const SCHEMA: &str = "message m { optional double _time; required int64 n; optional binary s (UTF8); required boolean b; \
    optional group l (LIST) { repeated group list { optional binary element (UTF8); } } optional int32 d (DATE); \
    required fixed_len_byte_array(2) f; optional group g { optional int32 c (DECIMAL(9,2)); } }";

/// Two row groups of four rows with columns of all types, nulls and lists.
fn others(properties: WriterPropertiesBuilder) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).expect("vectors take everything");
    for first in [0, 100] {
        let mut group = writer.next_row_group().expect("vectors take everything");
        let texts = |texts: &[&str]| -> Vec<ByteArray> { texts.iter().map(|&text| ByteArray::from(text)).collect() };
        put::<DoubleType>(&mut group, &[f64::from(first) + 0.5, 2.0, 1.0], Some(&[1, 1, 0, 1]), None);
        put::<Int64Type>(&mut group, &[i64::from(first), -1, 7, 7], None, None);
        put::<ByteArrayType>(&mut group, &texts(&["one", "two", "one"]), Some(&[1, 0, 1, 1]), None);
        put::<BoolType>(&mut group, &[true, false, true, true], None, None);
        put::<ByteArrayType>(
            &mut group,
            &texts(&["p", "q", "z"]),
            Some(&[3, 2, 3, 1, 0, 3]),
            Some(&[0, 1, 1, 0, 0, 0]),
        );
        put::<Int32Type>(&mut group, &[first, 19_000], Some(&[1, 0, 0, 1]), None);
        let fixed = [[1, 2], [0, 0xff], [1, 2], [9, 9]].map(|bytes| bytes.to_vec().into());
        put::<FixedLenByteArrayType>(&mut group, &fixed, None, None);
        put::<Int32Type>(&mut group, &[125, -5], Some(&[2, 1, 0, 2]), None);
        group.close().expect("vectors take everything");
    }
    writer.into_inner().expect("vectors take everything")
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) {
    let mut column = group.next_column().expect("a vector takes everything").expect("a column of the schema");
    column.typed::<T>().write_batch(values, definition, repetition).expect("values that fit");
    column.close().expect("a vector takes everything");
}
