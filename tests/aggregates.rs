//! Properties of the aggregates: parts merged equal one pass, stretches that slide equal stretches added up anew, examples are true.

use std::sync::Arc;

use proptest::prelude::*;
use spl_core::aggregates::sliding::{Window, slide};
use spl_core::aggregates::{self, Accumulator, Aggregate, Call, Rows};
use spl_core::error::{Notes, Span};
use spl_core::functions::Context;
use spl_core::table::{Batch, Column, Ordinals};
use spl_core::time::Zone;
use spl_core::value::Value;

fn context() -> Context {
    Context {
        now: 0.0,
        zone: Zone::UTC,
        notes: Arc::new(Notes::default()),
        lookups: Arc::new(spl_core::knowledge::Lookups::default()),
    }
}

/// A call of every aggregate that can be called by itself.
fn calls() -> Vec<(&'static Aggregate, Call)> {
    aggregates::all()
        .filter_map(|aggregate| {
            let mut call = Call::new(Span::default());
            call.number = aggregate.numbered.then_some(75.0);
            call.bucket_seconds = Some(60.0);
            (aggregate.make)(&call).ok().map(|_| (aggregate, call))
        })
        .collect()
}

/// Values that fields hold: numbers, texts that look like numbers, other texts, several values, none.
fn value() -> impl Strategy<Value = Value> {
    let single = prop_oneof![
        (-5i32..50).prop_map(|n| Value::Num(f64::from(n) / 2.0)),
        (-5i32..50).prop_map(|n| Value::str(n.to_string())),
        prop::sample::select(vec!["a", "B", "07", "2.50", "", "10.0.0.1", "9.1.1.1", "nan"]).prop_map(Value::str),
        (0i32..20).prop_map(|n| Value::Fixed(f64::from(n), 2)),
    ];
    prop_oneof![
        6 => single.clone(),
        1 => Just(Value::Null),
        1 => prop::collection::vec(single, 2..4).prop_map(Value::multi),
    ]
}

/// One part of the rows: the group, the value and the time of each.
#[derive(Clone, Debug)]
struct Part {
    groups: Vec<u32>,
    values: Vec<Value>,
    times: Vec<f64>,
    /// How the values are kept.
    coded: bool,
}

fn part() -> impl Strategy<Value = Part> {
    let rows = prop::collection::vec((0u32..4, value(), 0i32..10), 1..12);
    (rows, any::<bool>()).prop_map(|(rows, coded)| Part {
        groups: rows.iter().map(|row| row.0).collect(),
        values: rows.iter().map(|row| row.1.clone()).collect(),
        times: rows.iter().map(|row| f64::from(row.2)).collect(),
        coded,
    })
}

fn column(values: &[Value], coded: bool) -> Column {
    let column = Column::from_values(values.to_vec());
    match column.encode().filter(|_| coded) {
        Some((dictionary, codes)) => Column::Dict(dictionary, codes),
        None => column,
    }
}

fn feed(state: &mut Box<dyn Accumulator>, part: &Part, from: u64) {
    let mut batch = Batch::new(part.groups.len()).with_ordinals(Ordinals::From(from));
    batch.set("_time", Column::from_numbers(part.times.clone()));
    let column = column(&part.values, part.coded);
    let dictionary = match &column {
        Column::Dict(dictionary, _) => Some(dictionary.clone()),
        _ => None,
    };
    state.grow(4);
    state.update(&Rows { groups: &part.groups, column: &column, batch: &batch, dictionary: dictionary.as_ref() });
}

/// The results as text; what is a number by its value, to twelve digits.
fn texts(column: &Column, rows: std::ops::Range<usize>) -> Vec<String> {
    let text = |row: usize| {
        let value = column.value(row);
        match value.number() {
            Some(n) => format!("{:.12e}", n + 0.0),
            None => format!("{} {}", value.is_null(), value.text()),
        }
    };
    rows.map(text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two parts with accumulators of their own, merged, give what one accumulator gives that is fed both.
    #[test]
    fn merged_parts_equal_one_pass(a in part(), b in part(), swap in any::<bool>()) {
        for (aggregate, call) in calls() {
            let make = || (aggregate.make)(&call).unwrap();
            let mut whole = make();
            feed(&mut whole, &a, 0);
            feed(&mut whole, &b, 1000);
            let (mut first, mut second) = (make(), make());
            feed(&mut first, &a, 0);
            // The groups of a later part have numbers of their own.
            let renumber: [u32; 4] = if swap { [0, 3, 1, 2] } else { [0, 1, 2, 3] };
            let mut back = [0u32; 4];
            renumber.iter().enumerate().for_each(|(group, &other)| back[other as usize] = group as u32);
            let renumbered = Part { groups: b.groups.iter().map(|&g| renumber[g as usize]).collect(), ..b.clone() };
            feed(&mut second, &renumbered, 1000);
            first.merge(second, &back);
            let (whole, merged) = (whole.finish(&context()), first.finish(&context()));
            prop_assert_eq!(texts(&whole, 1..4), texts(&merged, 1..4), "{}", aggregate.name);
        }
    }

    /// An aggregate that slides gives what the accumulator makes of each stretch alone.
    #[test]
    fn sliding_equals_adding_up_anew(
        values in prop::collection::vec(value(), 1..120),
        length in 1usize..100,
        coded in any::<bool>(),
        current in any::<bool>(),
        restart in 1usize..120,
    ) {
        let column = column(&values, coded);
        let times: Vec<f64> = (0..values.len()).map(|i| ((i * 7) % 11) as f64).collect();
        let own = usize::from(current);
        let floor = |i: usize| if i >= restart { restart } else { 0 };
        let starts: Vec<u32> = (0..values.len()).map(|i| (i + own).saturating_sub(length).max(floor(i)) as u32).collect();
        let ends: Vec<u32> = (0..values.len()).map(|i| (i + own).max(floor(i)) as u32).collect();
        for (aggregate, call) in calls().into_iter().filter(|(aggregate, _)| aggregate.slide.is_some()) {
            let window = Window {
                column: &column,
                starts: starts.as_slice().into(),
                ends: ends.as_slice().into(),
                times: Some(times.as_slice().into()),
                notes: &Notes::default(),
            };
            let slid = slide(aggregate, &call, &window).unwrap();
            for i in 0..values.len() {
                let rows: Vec<u32> = (starts[i]..ends[i]).collect();
                let mut state = (aggregate.make)(&call).unwrap();
                state.grow(2);
                let mut batch = Batch::new(rows.len());
                batch.set("_time", Column::from_numbers(rows.iter().map(|&r| times[r as usize]).collect()));
                let taken = column.take(&rows);
                let groups = vec![1; rows.len()];
                state.update(&Rows { groups: &groups, column: &taken, batch: &batch, dictionary: None });
                let alone = state.finish(&context());
                prop_assert_eq!(texts(&alone, 1..2), texts(&slid, i..i + 1), "{} at {}", aggregate.name, i);
            }
        }
    }
}

#[test]
fn examples_are_true() {
    let engine = spl_core::Engine::builder().build().unwrap();
    for aggregate in aggregates::all() {
        for (spl, wanted) in aggregate.examples {
            let results = engine.search(spl).unwrap_or_else(|e| panic!("example of `{}`: {spl}\n{e}", aggregate.name));
            let field = results.table.fields().last().cloned().unwrap();
            let value = results.table.batches()[0].get(&field, 0).to_value();
            let text = value.values().iter().map(|part| part.text().into_owned()).collect::<Vec<_>>().join("; ");
            assert_eq!(&text, wanted, "example of `{}`: {spl}", aggregate.name);
        }
    }
}

#[test]
fn aggregates_have_golden_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/aggregates");
    for aggregate in aggregates::all() {
        assert!(folder.join(aggregate.name).with_extension("test").exists(), "`{}` has no golden file", aggregate.name);
        assert!(!aggregate.syntax.is_empty() && aggregate.summary.ends_with('.'), "`{}`", aggregate.name);
    }
}

#[test]
fn names_are_found() {
    let find = |name: &str| aggregates::find(name).map(|(aggregate, number)| (aggregate.name, number));
    assert_eq!(find("DC"), Some(("distinct_count", None)));
    assert_eq!(find("p95"), Some(("perc", Some(95.0))));
    assert_eq!(find("perc99.9"), Some(("perc", Some(99.9))));
    assert_eq!(find("Percentile5"), Some(("perc", Some(5.0))));
    assert_eq!(find("upperperc50"), Some(("upperperc", Some(50.0))));
    assert_eq!(find("perc"), None);
    assert_eq!(find("perc1.2.3"), None);
    assert_eq!(find("sum1"), None);
    assert_eq!(find("é9"), None);
}
