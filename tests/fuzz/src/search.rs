//! Any text searched for in a small table: a result or a diagnostic, in bounded time and memory.

use std::sync::LazyLock;

use spl_core::error::Result;
use spl_core::exec::Limits;
use spl_core::table::{Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, Results, builtin};

use crate::syntax;
use crate::words::{SEARCH, spell};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let limits = Limits { subsearch_rows: 100, append_rows: 1_000, rows: 20_000, memory: Some(64 << 20) };
    let builder = syntax::engine().limits(limits).index("main", table()).data_models(builtin::data_models());
    builder.build().expect("an engine")
});

/// Values of every kind, in rows that lack some.
fn table() -> Table {
    let fields = ["_time", "_raw", "host", "source", "sourcetype", "user", "bytes", "status", "mv", "text"];
    let row = |n: u32, user: Value, bytes: Value, mv: Value, text: &str| {
        let raw = format!("n={n} user=\"{}\" bytes={} {text}", user.text(), bytes.text());
        let time = Value::Num(1_714_557_600.0 - f64::from(n) * 1_800.5);
        let named = ["h1", "/var/log/a", "s"].map(Value::str);
        let status = Value::str(["200", "404", "a"][n as usize % 3]);
        [time, Value::str(raw)].into_iter().chain(named).chain([user, bytes, status, mv, Value::str(text)]).collect()
    };
    let pair = || Value::multi([Value::str("a"), Value::str("7")]);
    let rows = vec![
        row(0, Value::str("ann"), Value::Num(5.0), pair(), "{\"a\":[1,{\"b\":\"x\"}],\"c\":null}"),
        row(1, Value::str("bob"), Value::Num(-0.5), Value::str("b"), "<a b='c'>d</a>"),
        row(2, Value::str("Ann"), Value::str("1e3"), Value::Null, "é🙂\u{a0}"),
        row(3, Value::Null, Value::Num(1e300), pair(), ""),
        row(4, Value::str(""), Value::Null, Value::Null, "10.1.2.3 2024-05-01 10:00:00"),
        row(5, Value::str("bob"), Value::Num(5.0), Value::Num(3.0), "a,b;c|d"),
        row(6, Value::str("bob"), Value::Num(f64::MAX), Value::str("7"), "a\nb\tc"),
    ];
    Table::from_rows(&fields.map(field_name), rows)
}

/// Searches the engine's events, and the table where a pipeline may go on from it.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(&spell(data, &SEARCH)).into_owned();
    ended(ENGINE.search(&text));
    if text.trim_start().starts_with('|') {
        ended(ENGINE.search_over(table(), &text));
    } else {
        ended(ENGINE.search_over(table(), &format!("| {text}")));
    }
}

fn ended(result: Result<Results>) {
    match result {
        Ok(results) => {
            for batch in results.shown().batches() {
                for (_, column) in batch.columns() {
                    assert_eq!(column.len(), batch.rows(), "a column as long as its batch");
                    for row in 0..batch.rows().min(100) {
                        column.get(row).for_each(|value| drop(value.text()));
                    }
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
