//! Transactions of many events are put together in parts; they are those that one pass over all events gives, on any number of threads.

use spl_core::Engine;
use spl_core::table::{Batch, FieldName, Ordinals, Table, field_name};
use spl_core::value::Value;
use spl_tests::cells;

/// Enough events for several parts.
const EVENTS: u64 = 140_000;
/// A limit that is never met, but for whose sake there is one pass.
const ONE_PASS: &str = "maxopentxn=1000000000";

/// A number below `most` that belongs to `n`.
fn dice(n: u64, salt: u64, most: u64) -> u64 {
    let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) % most
}

/// Events in three shapes, some of whose times are the same, and some of whose fields are missing.
fn events(sorted: bool, gaps: bool) -> Table {
    let shape = |shape: u64| {
        let fields: Vec<FieldName> = ["_time", "act", "host", "user"].into_iter().map(field_name).collect();
        let fields = if shape == 2 { fields[..2].to_vec() } else { fields };
        let own: Vec<u64> = (0..EVENTS).filter(|&n| dice(n, 1, 40).min(2) == 2 - shape).collect();
        let row = |&n: &u64| {
            let place = if sorted { n } else { n ^ 5 };
            let time = 1_000_000.0 - (place / 3) as f64 / 2.0;
            let time = if !sorted && dice(n, 2, 500) == 0 { Value::Null } else { Value::Num(time) };
            let act = ["in", "out", "read", "read", "read", "write"][dice(n, 3, 6) as usize];
            let missing = dice(n, 4, 50) == 0;
            let some = |text: String| if missing { Value::Null } else { Value::from(text) };
            let host = some(format!("h{}", dice(n, 5, 7)));
            let user = some(format!("u{}", dice(n, 6, 1 + dice(n, 7, 400))));
            [vec![time, Value::str(act)], if shape == 2 { Vec::new() } else { vec![host, user] }].concat()
        };
        let batch = Batch::from_rows(&fields, own.iter().map(row).collect());
        let ordinals: Vec<u64> = own.iter().map(|&n| if gaps { n * 2 + n / 7 } else { n }).collect();
        batch.with_ordinals(Ordinals::list(ordinals))
    };
    Table::new((0..3).map(shape).collect())
}

fn same(table: &Table, options: &str) {
    let run = |threads: usize, more: &str| {
        let engine = Engine::builder().threads(threads).build().expect("an engine");
        let results = engine.search_over(table.clone(), &format!("| transaction {options} {more}")).expect("results");
        cells::print(results.shown())
    };
    let wanted = run(1, ONE_PASS);
    assert!(wanted.len() > 1_000, "{options}: {} rows", wanted.len());
    for threads in [1, 3] {
        let got = run(threads, "");
        let other = wanted.iter().zip(&got).position(|(wanted, got)| wanted != got);
        assert_eq!(other, None, "{options}, {threads} threads");
        assert_eq!(wanted.len(), got.len(), "{options}, {threads} threads");
    }
}

#[test]
fn parts_give_what_one_pass_gives() {
    let table = events(true, false);
    for options in [
        "host user maxpause=20s",
        "user maxspan=5m maxevents=7",
        "host user maxpause=3s keepevicted=t keeporphans=t mvlist=act",
        "user endswith=(act=out) maxpause=1m unifyends=t",
        "host user startswith=(act=in) endswith=(act=out) keepevicted=t unifyends=t",
        // First and last events without the fields belong to what was used last.
        "host user startswith=(act=in) endswith=(act=out) keepevicted=t",
    ] {
        same(&table, options);
    }
}

#[test]
fn whatever_the_order_of_the_events() {
    same(&events(true, true), "host user maxpause=20s keeporphans=t");
    same(&events(false, true), "user startswith=(act=in) maxevents=5 keepevicted=t unifyends=t");
}
