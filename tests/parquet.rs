//! Parquet files as events: what columns become, what is read of a file, and what is left of a broken one.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its file fails")]

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{BoolType, Int32Type, Int64Type};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use spl_core::formats::{Accepts, AnyOf, Input, Loaded, Origin, ReadRequest, ValueTest, load};
use spl_tests::events::{Row, read, read_with, row, rows};

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// A file whose row groups are written by `write`.
fn file_with(
    schema: &str,
    properties: WriterPropertiesBuilder,
    groups: usize,
    write: impl Fn(usize, &mut Group<'_>),
) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for group in 0..groups {
        let mut out = writer.next_row_group().unwrap();
        write(group, &mut out);
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn file(schema: &str, write: impl Fn(&mut Group<'_>)) -> Vec<u8> {
    file_with(schema, WriterProperties::builder(), 1, |_, group| write(group))
}

/// Writes the next column: its values, and the levels of all rows.
fn put<T: DataType>(group: &mut Group<'_>, values: &[T::T], definition: &[i16], repetition: &[i16]) {
    let mut column = group.next_column().unwrap().unwrap();
    let some = |levels: &[i16]| (!levels.is_empty()).then(|| levels.to_vec());
    let (definition, repetition) = (some(definition), some(repetition));
    column.typed::<T>().write_batch(values, definition.as_deref(), repetition.as_deref()).unwrap();
    column.close().unwrap();
}

fn texts(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|&text| ByteArray::from(text)).collect()
}

fn events(bytes: &[u8]) -> Vec<Row> {
    let loaded = read("a.parquet", bytes);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    rows(&loaded)
}

#[test]
fn columns_become_fields_and_nulls_none() {
    let bytes = file(
        "message m { optional double _time; required int64 n; optional binary s (UTF8); required boolean b; \
         optional int32 d (DATE); optional int64 t (TIMESTAMP(MILLIS,true)); required int32 c (DECIMAL(9,2)); \
         required fixed_len_byte_array(2) f; required double x; required int32 u (INTEGER(32,false)); }",
        |group| {
            put::<DoubleType>(group, &[20.5, 10.0], &[1, 1], &[]);
            put::<Int64Type>(group, &[7, -8], &[], &[]);
            put::<ByteArrayType>(group, &texts(&["a \"b\"\n"]), &[0, 1], &[]);
            put::<BoolType>(group, &[true, false], &[], &[]);
            put::<Int32Type>(group, &[1], &[1, 0], &[]);
            put::<Int64Type>(group, &[1500], &[1, 0], &[]);
            put::<Int32Type>(group, &[125, -5], &[], &[]);
            let fixed: Vec<FixedLenByteArray> = vec![vec![1, 2].into(), vec![0xff, 0].into()];
            put::<FixedLenByteArrayType>(group, &fixed, &[], &[]);
            put::<DoubleType>(group, &[1.0, 0.25], &[], &[]);
            put::<Int32Type>(group, &[-1, 3], &[], &[]);
        },
    );
    let found = events(&bytes);
    let default = [("index", "main"), ("source", "a.parquet"), ("sourcetype", "parquet")];
    let first = [
        ("_time", "20.5"),
        ("n", "7"),
        ("b", "true"),
        ("d", "1970-01-02"),
        ("t", "1970-01-01T00:00:01.500Z"),
        ("c", "1.25"),
        ("f", "0102"),
        ("x", "1"),
        ("u", "4294967295"),
        (
            "_raw",
            r#"{"_time":20.5,"n":7,"b":true,"d":"1970-01-02","t":"1970-01-01T00:00:01.500Z","c":1.25,"f":"0102","x":1,"u":4294967295}"#,
        ),
    ];
    let second = [
        ("_time", "10"),
        ("n", "-8"),
        ("s", "a \"b\"\n"),
        ("b", "false"),
        ("c", "-0.05"),
        ("f", "ff00"),
        ("x", "0.25"),
        ("u", "3"),
        ("_raw", r#"{"_time":10,"n":-8,"s":"a \"b\"\n","b":false,"c":-0.05,"f":"ff00","x":0.25,"u":3}"#),
    ];
    assert_eq!(found, [row(&[&first[..], &default].concat()), row(&[&second[..], &default].concat())]);
}

#[test]
fn lists_and_structs_are_named_as_json_would_be() {
    let bytes = file(
        "message m { optional group l (LIST) { repeated group list { optional binary element (UTF8); } } \
         optional group s { optional int64 a; optional group t { required int64 b; } } \
         optional group o (LIST) { repeated group list { optional group element { optional int32 x; optional int32 y; } } } \
         repeated int32 r; \
         optional group m (MAP) { repeated group key_value { required binary key (UTF8); optional int32 value; } } }",
        |group| {
            // Rows: ["p", null, "q"], [], null, ["z"].
            put::<ByteArrayType>(group, &texts(&["p", "q", "z"]), &[3, 2, 3, 1, 0, 3], &[0, 1, 1, 0, 0, 0]);
            put::<Int64Type>(group, &[1], &[2, 1, 0, 0], &[]);
            put::<Int64Type>(group, &[5], &[2, 0, 1, 0], &[]);
            put::<Int32Type>(group, &[1, 2, 3], &[4, 4, 0, 4, 0], &[0, 1, 0, 0, 0]);
            put::<Int32Type>(group, &[9], &[3, 4, 0, 3, 0], &[0, 1, 0, 0, 0]);
            put::<Int32Type>(group, &[4, 5], &[0, 1, 1, 0, 0], &[0, 0, 1, 0, 0]);
            put::<ByteArrayType>(group, &texts(&["k", "j"]), &[2, 2, 0, 0, 0], &[0, 1, 0, 0, 0]);
            put::<Int32Type>(group, &[6], &[3, 2, 0, 0, 0], &[0, 1, 0, 0, 0]);
        },
    );
    let found = events(&bytes);
    let raws: Vec<&str> = found.iter().map(|row| &*row["_raw"]).collect();
    assert_eq!(
        raws,
        [
            r#"{"l{}":["p","q"],"s.a":1,"s.t.b":5,"o{}.x":[1,2],"o{}.y":9,"m{}.key":["k","j"],"m{}.value":6}"#,
            r#"{"r{}":[4,5]}"#,
            r#"{"o{}.x":3}"#,
            r#"{"l{}":"z"}"#,
        ]
    );
    assert_eq!(found[0]["l{}"], "p; q");
    assert_eq!(found[1]["r{}"], "4; 5");
}

#[test]
fn windows_events_look_like_their_xml() {
    let bytes = file(
        "message m { required binary Channel (UTF8); optional int32 EventID; optional binary Computer (UTF8); \
         required binary UtcTime (UTF8); optional binary host (UTF8); }",
        |group| {
            put::<ByteArrayType>(group, &texts(&["Security", "Security", "System"]), &[], &[]);
            put::<Int32Type>(group, &[4688, 7045], &[1, 0, 1], &[]);
            put::<ByteArrayType>(group, &texts(&["ws1", "ws2"]), &[1, 1, 0], &[]);
            let times = ["2024-05-01 10:00:02.5", "2024-05-01 10:00:01", "2024-05-01 10:00:00"];
            put::<ByteArrayType>(group, &texts(&times), &[], &[]);
            put::<ByteArrayType>(group, &texts(&["own"]), &[1, 0, 0], &[]);
        },
    );
    let found = events(&bytes);
    let of = |field: &str| found.iter().map(|row| row.get(field).cloned().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(of("source"), ["XmlWinEventLog:Security", "a.parquet", "XmlWinEventLog:System"]);
    assert_eq!(of("sourcetype"), ["XmlWinEventLog", "parquet", "XmlWinEventLog"]);
    assert_eq!(of("host"), ["own", "ws2", ""]);
    assert_eq!(of("_time"), ["1714557602.5", "1714557601", "1714557600"]);
}

#[test]
fn text_of_its_own_is_the_text_of_the_event() {
    let bytes = file("message m { optional binary _raw (UTF8); required int64 timestamp; }", |group| {
        put::<ByteArrayType>(group, &texts(&["one", "three"]), &[1, 0, 1], &[]);
        put::<Int64Type>(group, &[1_714_557_600_003, 1_714_557_600_002, 1_714_557_600_001], &[], &[]);
    });
    let found = events(&bytes);
    let raws: Vec<Option<&str>> = found.iter().map(|row| row.get("_raw").map(String::as_str)).collect();
    assert_eq!(raws, [Some("one"), None, Some("three")]);
    assert_eq!(found[0]["_time"], "1714557600.003");
}

const WIDE: &str = "message m { required int64 _time; optional binary a (UTF8); optional int64 b; \
    optional group l (LIST) { repeated group list { optional binary element (UTF8); } } optional double c; }";

/// Row groups of uneven rows.
fn wide(properties: WriterPropertiesBuilder, groups: usize, rows: usize) -> Vec<u8> {
    file_with(WIDE, properties.set_data_page_row_count_limit(100).set_write_batch_size(64), groups, |group, out| {
        let number = |row: usize| group * rows + row;
        let times: Vec<i64> = (0..rows).map(|row| 1_000_000_000 + (number(row) / 3) as i64).collect();
        put::<Int64Type>(out, &times, &[], &[]);
        let has = |divisor: usize| (0..rows).map(|row| i16::from(number(row) % divisor != 0)).collect::<Vec<_>>();
        let some = |divisor: usize| (0..rows).filter(|&row| number(row) % divisor != 0).map(number).collect::<Vec<_>>();
        let words: Vec<String> = some(3).iter().map(|n| format!("w{}", n % 50)).collect();
        put::<ByteArrayType>(out, &texts(&words.iter().map(|w| &**w).collect::<Vec<_>>()), &has(3), &[]);
        put::<Int64Type>(out, &some(4).iter().map(|n| *n as i64).collect::<Vec<_>>(), &has(4), &[]);
        let (mut definition, mut repetition, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for n in (0..rows).map(number) {
            match n % 4 {
                0 => (definition.push(0), repetition.push(0)),
                many => (definition.extend(vec![3; many]), repetition.extend((0..many).map(|i| i16::from(i > 0)))),
            };
            values.extend((0..n % 4).map(|i| format!("v{}", (n + i) % 7)));
        }
        put::<ByteArrayType>(out, &texts(&values.iter().map(|w| &**w).collect::<Vec<_>>()), &definition, &repetition);
        put::<DoubleType>(out, &some(5).iter().map(|n| *n as f64 / 8.0).collect::<Vec<_>>(), &has(5), &[]);
    })
}

fn on_threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(work)
}

#[test]
fn every_encoding_and_compression_gives_the_same_events() {
    let wanted = events(&wide(WriterProperties::builder(), 2, 700));
    assert_eq!(wanted.len(), 1400);
    let delta = |builder: WriterPropertiesBuilder| {
        builder
            .set_dictionary_enabled(false)
            .set_column_encoding("_time".into(), Encoding::DELTA_BINARY_PACKED)
            .set_column_encoding("a".into(), Encoding::DELTA_BYTE_ARRAY)
            .set_column_encoding("b".into(), Encoding::DELTA_BINARY_PACKED)
            .set_column_encoding("c".into(), Encoding::BYTE_STREAM_SPLIT)
            .set_column_encoding("l.list.element".into(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
    };
    let new = || WriterProperties::builder();
    let variants = [
        new().set_dictionary_enabled(false),
        new().set_writer_version(WriterVersion::PARQUET_2_0),
        // Dictionaries that are given up when they are too large.
        new().set_dictionary_page_size_limit(60),
        delta(new()),
        delta(new()).set_writer_version(WriterVersion::PARQUET_2_0),
        new().set_compression(Compression::SNAPPY),
        new().set_compression(Compression::GZIP(Default::default())),
        new().set_compression(Compression::BROTLI(Default::default())),
        new().set_compression(Compression::LZ4_RAW),
        new().set_compression(Compression::ZSTD(ZstdLevel::default())).set_writer_version(WriterVersion::PARQUET_2_0),
    ];
    for (n, properties) in variants.into_iter().enumerate() {
        assert!(events(&wide(properties, 2, 700)) == wanted, "variant {n}");
    }
}

#[test]
fn events_are_the_same_on_any_number_of_threads() {
    // Large enough to be cut.
    let bytes = wide(WriterProperties::builder().set_dictionary_enabled(false), 6, 40_000);
    assert!(bytes.len() > 4 << 20, "{}", bytes.len());
    let one = on_threads(1, || events(&bytes));
    assert_eq!(one.len(), 240_000);
    for threads in [2, 3, 7] {
        assert!(on_threads(threads, || events(&bytes)) == one, "{threads} threads");
    }
}

#[test]
fn what_is_asked_for_is_what_is_read() {
    let bytes = wide(WriterProperties::builder(), 3, 700);
    let all = events(&bytes);
    let accepts = |wanted: &'static [&'static str]| Arc::new(move |value: &str| wanted.contains(&value)) as _;
    let test = |field: &str, wanted| ValueTest { field: field.into(), accepts: accepts(wanted) };
    let request = |tests: Vec<AnyOf>, earliest, latest| ReadRequest {
        fields: Some(["a", "l{}", "_time"].map(String::from).into()),
        raw: false,
        tests,
        earliest,
        latest,
        ..ReadRequest::default()
    };
    let check = |request: ReadRequest, wanted: &dyn Fn(&Row) -> bool| {
        let expected: Vec<Row> = all
            .iter()
            .filter(|row| wanted(row))
            .map(|row| {
                row.iter()
                    .filter(|(f, _)| matches!(&***f, "a" | "l{}" | "_time"))
                    .map(|(f, v)| (f.clone(), v.clone()))
                    .collect()
            })
            .collect();
        assert!(!expected.is_empty());
        let loaded = read_with("a.parquet", &bytes, &request);
        assert!(loaded.warnings.is_empty());
        assert!(rows(&loaded) == expected, "{request:?}");
    };
    check(request(vec![], None, None), &|_| true);
    check(request(vec![], Some(1_000_000_300.0), Some(1_000_000_301.0)), &|row| row["_time"] == "1000000300");
    let has = |row: &Row, field: &str, value: &str| {
        row.get(field).is_some_and(|values| values.split("; ").any(|v| v == value))
    };
    check(request(vec![AnyOf(vec![test("a", &["w7"])])], None, None), &|row| has(row, "a", "w7"));
    check(request(vec![AnyOf(vec![test("l{}", &["v3"])])], None, None), &|row| has(row, "l{}", "v3"));
    check(
        request(vec![AnyOf(vec![test("a", &["w7"]), test("b", &["11"]), test("none", &["1"])])], None, None),
        &|row| has(row, "a", "w7") || has(row, "b", "11"),
    );
    check(
        request(
            vec![AnyOf(vec![test("a", &["w7", "w8"])]), AnyOf(vec![test("l{}", &["v1"])])],
            Some(1_000_000_100.0),
            None,
        ),
        &|row| (has(row, "a", "w7") || has(row, "a", "w8")) && has(row, "l{}", "v1") && *row["_time"] >= *"1000000100",
    );
    let nothing = read_with("a.parquet", &bytes, &request(vec![AnyOf(vec![test("none", &["1"])])], None, None));
    assert_eq!(nothing.events, 0);
}

/// Reads bytes that may be broken; where something was lost, that is told.
fn try_read(bytes: &[u8]) -> Loaded {
    let input = Input { bytes, format: None, origin: Origin { name: "a.parquet".into(), ..Origin::default() } };
    load(&[input], &ReadRequest::default()).expect("reading fails only at limits")
}

#[test]
fn a_cut_file_is_told_of() {
    let bytes = wide(WriterProperties::builder(), 2, 50);
    for length in 4..bytes.len() {
        let loaded = try_read(&bytes[..length]);
        assert_eq!(loaded.events, 0);
        assert_eq!(loaded.warnings.len(), 1);
    }
}

#[test]
fn a_broken_page_leaves_the_other_columns_and_row_groups() {
    let properties = || {
        let fast = Compression::ZSTD(ZstdLevel::default());
        WriterProperties::builder().set_compression(fast).set_statistics_enabled(EnabledStatistics::None)
    };
    let bytes = wide(properties(), 3, 300);
    let all = events(&bytes);
    // The first data page of the first row group's last column: the last bytes before the second group.
    let starts: Vec<usize> = memchr_all(&bytes, &[0x28, 0xb5, 0x2f, 0xfd]);
    let mut broken = 0;
    for &start in &starts {
        let mut hit = bytes.clone();
        hit[start] ^= 0xff;
        let loaded = try_read(&hit);
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
        let found = rows(&loaded);
        assert_eq!(found.len(), all.len());
        // Two row groups are as they were.
        let same = found.iter().filter(|row| all.contains(row)).count();
        assert!(same >= 600, "{same}");
        broken += 1;
    }
    assert!(broken > 20);
}

#[test]
fn a_column_with_fewer_rows_than_the_others_is_told_of() {
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    let bytes = file_with("message m { required int64 a; required int64 b; }", properties, 2, |_, group| {
        put::<Int64Type>(group, &[1, 2], &[], &[]);
        put::<Int64Type>(group, &[3, 4], &[], &[]);
    });
    // The first page, behind the mark: its type is no longer that of a page of values.
    assert_eq!(bytes[4..6], [0x15, 0]);
    let mut other = bytes.clone();
    other[5] = 2;
    let loaded = try_read(&other);
    let found: Vec<_> = rows(&loaded).into_iter().map(|row| (row.get("a").cloned(), row["b"].clone())).collect();
    let wanted = [(None, "3"), (None, "4"), (Some("1"), "3"), (Some("2"), "4")];
    assert_eq!(found, wanted.map(|(a, b)| (a.map(str::to_owned), b.to_owned())));
    assert!(loaded.warnings[0].message.contains("fewer rows than the row group has"), "{:?}", loaded.warnings);
}

#[test]
fn a_wrong_number_in_the_footer_hides_no_event() {
    let properties = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None);
    let bytes = file_with("message m { required int64 a; }", properties, 2, |_, group| {
        put::<Int64Type>(group, &[1, 2], &[], &[]);
    });
    let accepts: Accepts = Arc::new(|value: &str| value == "2");
    let tests = vec![AnyOf(vec![ValueTest { field: "a".into(), accepts }])];
    let request = ReadRequest { tests, ..ReadRequest::default() };
    let twos = |loaded: &Loaded| rows(loaded).into_iter().filter(|row| row.get("a").is_some_and(|a| a == "2")).count();
    let mut good = 0;
    for at in bytes.len() * 2 / 5..bytes.len() {
        for value in [0, 1, 3, 9] {
            let mut hit = bytes.clone();
            hit[at] = value;
            let all = try_read(&hit);
            if all.warnings.is_empty() {
                assert_eq!(twos(&read_with("a.parquet", &hit, &request)), twos(&all), "{value} at {at}");
                good += 1;
            }
        }
    }
    assert!(good > 100, "{good}");
}

fn memchr_all(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    (0..bytes.len() - what.len()).filter(|&at| bytes[at..].starts_with(what)).collect()
}

#[test]
fn no_wrong_byte_does_harm() {
    let few = ReadRequest {
        tests: vec![AnyOf(vec![ValueTest { field: "a".into(), accepts: Arc::new(|value: &str| value == "w7") }])],
        ..ReadRequest::default()
    };
    let is_wanted = |row: &Row| row.get("a").is_some_and(|a| a == "w7");
    let small = [
        wide(WriterProperties::builder(), 2, 20),
        wide(WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0), 1, 20),
        wide(WriterProperties::builder().set_compression(Compression::SNAPPY), 1, 20),
    ];
    for bytes in &small {
        for at in 4..bytes.len() {
            for value in [bytes[at] ^ 0x01, bytes[at] ^ 0x80, !bytes[at], 0, 0xff, 0x7f] {
                let mut hit = bytes.clone();
                hit[at] = value;
                let all = try_read(&hit);
                // Pages without rows that are wanted are passed over.
                let origin = Origin { name: "a.parquet".into(), ..Origin::default() };
                let some =
                    load(&[Input { bytes: &hit, format: None, origin }], &few).expect("reading fails only at limits");
                if all.warnings.is_empty() {
                    let wanted = |loaded| -> Vec<Row> { rows(loaded).into_iter().filter(is_wanted).collect() };
                    assert!(wanted(&some) == wanted(&all), "{value} at {at}");
                }
            }
        }
    }
}
