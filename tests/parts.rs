//! Results depend neither on how many threads share the rows, nor on whether an operator stops early: over enough rows that they are cut
//! into parts, searches give what one thread gives without the optimizer.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use spl_core::Engine;
use spl_core::table::{Batch, Column, Ordinals, Table, field_name};
use spl_core::value::Value;
use spl_tests::cells;

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Events, newest first, in batches by shape or one after the other. Some happen at the same time; without `timely` they lie in any order.
fn events(rows: usize, interleaved: bool, timely: bool) -> Table {
    let mut numbers = Numbers(7);
    let fields = ["_time", "user", "host", "n", "f", "id"].map(field_name);
    let mut shapes: Vec<(Vec<u64>, Vec<Vec<Value>>)> = vec![Default::default(); 4];
    let mut time = 1e9;
    for row in 0..rows {
        time -= if numbers.below(3) == 0 { 0.0 } else { numbers.below(4) as f64 / 4.0 };
        // A few have most of the rows, many have few.
        let user = match numbers.below(3) {
            0 => Value::str(format!("u{}", numbers.below(900))),
            1 => Value::Null,
            _ => Value::str(format!("U{}", numbers.below(3))),
        };
        let some = |value: Value, some: bool| if some { value } else { Value::Null };
        let n = Value::Num(numbers.below(50) as f64 - 25.0);
        let n = some(n, numbers.below(7) > 0);
        let values = vec![
            Value::Num(if timely { time } else { numbers.below(5000) as f64 }),
            user,
            Value::str(format!("h{}", numbers.below(40))),
            n,
            Value::Num(numbers.below(1000) as f64 / 7.0),
            Value::Num(row as f64),
        ];
        let shape = if interleaved { numbers.below(4) as usize } else { row * 4 / rows };
        shapes[shape].0.push(row as u64);
        shapes[shape].1.push(values);
    }
    let batch = |(ordinals, rows): (Vec<u64>, Vec<Vec<Value>>)| {
        Batch::from_rows(&fields, rows).with_ordinals(Ordinals::list(ordinals))
    };
    let batches: Vec<Batch> = shapes.into_iter().map(batch).collect();
    // Mostly batches share the dictionary of a field.
    let shared = |field: &str| {
        let whole = Column::concat(&batches.iter().map(|b| b.column_or_null(field)).collect::<Vec<_>>());
        let (dictionary, codes) = whole.encode().unwrap();
        let mut from = 0;
        let mut parts = Vec::new();
        for batch in &batches {
            parts.push(Column::Dict(dictionary.clone(), Arc::from(&codes[from..from + batch.rows()])));
            from += batch.rows();
        }
        parts
    };
    let mut columns: Vec<_> = ["user", "host"].map(|field| (field, shared(field).into_iter())).into();
    let with_shared = |mut batch: Batch| {
        columns.iter_mut().for_each(|(field, parts)| batch.set(*field, parts.next().unwrap()));
        batch
    };
    Table::new(batches.clone().into_iter().map(with_shared).collect())
}

fn same_in_all_ways(table: &Table, searches: &[&str]) {
    let engine = |threads: usize, optimized: bool| {
        let builder = Engine::builder().threads(threads).index("main", table.clone());
        let rules = spl_core::optimize::RULES.iter().map(|rule| rule.name).filter(|_| !optimized);
        builder.without_rules(rules).build().unwrap()
    };
    let plain = engine(1, false);
    let others = [(1, true), (2, true), (5, true)].map(|(threads, optimized)| (threads, engine(threads, optimized)));
    for search in searches {
        let expected = cells::print(&plain.search(search).unwrap().table);
        for (threads, other) in &others {
            let found = cells::print(&other.search(search).unwrap().table);
            let differs = expected.iter().zip(&found).find(|(a, b)| a != b);
            assert!(differs.is_none() && expected.len() == found.len(), "{search}, {threads} threads: {differs:?}");
        }
    }
}

/// Enough for two parts of most things.
const MANY: usize = 34_000;

#[test]
fn windows_are_the_same_in_any_number_of_parts() {
    let table = events(MANY, true, true);
    let searches: Vec<String> = [
        "window=10 global=f count min(n) max(n) min(_time) BY user",
        "window=10 global=f current=f count min(n) max(_time) sum(f) BY user",
        "window=3 global=f sum(f) avg(f) range(n) stdev(f) dc(host) last(host) BY user host",
        "window=64 global=f max(f) sum(f) BY host",
        "window=65 global=f max(f) sum(f) BY host",
        "window=10 count min(n) sum(f) avg(n)",
        "window=10 current=f count max(n) stdev(f)",
        "window=7 count sum(f) max(n) BY user",
        "window=7 global=f allnum=t sum(n) max(n) BY user",
        "time_window=30s count min(n) BY user",
        "window=5 global=f reset_on_change=t count min(n) BY host",
        "window=5 global=f reset_before=(n>20) count max(n) BY host",
        "window=5 global=f reset_after=(n<-20) count min(n) BY host",
        "count min(n) max(f) sum(n) BY user",
    ]
    .iter()
    // The first can be tested while windows slide, the second is of texts.
    .flat_map(|options| ["where id%5=0 OR id>33000", "where like(host, \"h1%\")"].map(|test| (options, test)))
    .map(|(options, test)| format!("index=main | sort 0 _time | streamstats {options} | {test} | table *"))
    .collect();
    same_in_all_ways(&table, &searches.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn rows_turned_round_by_time_are_the_same_in_any_number_of_parts() {
    for (rows, interleaved, timely) in
        [(140_000, true, true), (70_000, false, true), (65_536, true, false), (1, true, true)]
    {
        let table = events(rows, interleaved, timely);
        let ends = |sort: &str| {
            format!("index=main | sort 0 {sort} | streamstats count AS at | where at%29=1 | table at id user n")
        };
        let searches = ["_time", "-_time", "num(_time)", "id", "-id"].map(ends);
        same_in_all_ways(&table, &searches.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn the_first_of_a_dedup_are_the_first_of_all_it_gives() {
    for (interleaved, timely) in [(true, true), (false, true), (true, false)] {
        let table = events(MANY, interleaved, timely);
        let dedups = [
            "dedup user",
            "dedup 2 host, user",
            "dedup 3 n keepempty=t",
            "dedup user consecutive=t",
            "dedup user keepevents=t",
            "dedup user sortby -_time",
            "dedup user, host sortby _time",
            "dedup 2 n sortby -num(_time) keepempty=t",
            "dedup host sortby -_time, n",
            "dedup n sortby n",
            "dedup f, us*",
        ];
        let ends = ["head 1", "head 300", "head 5000", "sort 40 -_time", "sort 7 _time | head 3"];
        let mut searches = Vec::new();
        for dedup in dedups {
            searches.extend(ends.map(|end| format!("index=main | {dedup} | {end} | table id user host n")));
        }
        same_in_all_ways(&table, &searches.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// What two searches give over the same events; `wanted` is the longer way.
fn same_results(table: &Table, pairs: impl IntoIterator<Item = (String, String)>) {
    let engine = Engine::builder().threads(2).index("main", table.clone()).build().unwrap();
    for (search, wanted) in pairs {
        let [found, wanted] = [&search, &wanted].map(|search| cells::print(&engine.search(search).unwrap().table));
        let differs = wanted.iter().zip(&found).find(|(a, b)| a != b);
        assert!(differs.is_none() && wanted.len() == found.len(), "{search}: {differs:?}");
        assert!(found.len() > 1, "{search} gives nothing");
    }
}

#[test]
fn the_first_groups_of_a_sort_are_those_of_all_groups_sorted() {
    for timely in [true, false] {
        let table = events(MANY, true, timely);
        let stats = [
            ("count max(n) AS top min(_time) dc(host) AS hosts values(n) AS all BY user", "user"),
            ("count dc(n) AS top sum(f) AS hosts first(id) AS all BY user, host", "host, -user"),
            ("max(user) AS top min(host) AS hosts last(f) AS all count BY id", "id"),
            ("count max(f) AS top dc(user) AS hosts list(n) AS all BY _time", "-_time"),
            ("max(id) AS count BY user n", "num(n), user"),
            // Of times and ids that rise or fall the first and the last of each group are enough.
            ("count min(_time) AS top max(_time) AS all dc(host) AS hosts BY user", "-max(_time)"),
            ("count AS all min(id) range(_time) max(n) AS top dc(host) AS hosts BY user host", "host, user"),
            ("range(id) AS count max(id) AS top dc(id) AS all count(n) AS hosts max(_time) BY host user", "host"),
            ("count max(_time) AS top earliest(id) AS all dc(n) AS hosts BY user", "user"),
        ];
        let sorts =
            ["-count", "count", "-top, hosts", "str(top)", "-num(all)", "nothing", "-hosts, -count", "-count, -top"];
        let both = |(stats, own): (&str, &str)| {
            let sorts: Vec<String> = sorts.iter().map(ToString::to_string).chain([own.to_owned()]).collect();
            let stats = stats.to_owned();
            sorts.into_iter().flat_map(move |sort| {
                let stats = stats.clone();
                [1, 20, 90].map(move |first| {
                    let all = format!("| streamstats count AS place | where place<={first} | fields - place");
                    (
                        format!("index=main | stats {stats} | sort {first} {sort}"),
                        format!("index=main | stats {stats} | sort 0 {sort} {all}"),
                    )
                })
            })
        };
        same_results(&table, stats.into_iter().flat_map(both));
    }
}

#[test]
fn the_most_frequent_are_those_that_stats_counts() {
    for interleaved in [true, false] {
        let table = events(MANY, interleaved, true);
        // Counts of more and of less than a byte holds, with many that are equal, and groups by thousands.
        let kinds = [
            ("user", "some", "eval some=if(id<30000, \"a\", \"b\")"),
            ("user", "host", "fields *"),
            ("host", "user", "where id<300"),
            ("n", "user, host", "fields *"),
            ("host", "f", "fields *"),
            ("user, n", "host", "fields *"),
        ];
        let pairs = kinds.into_iter().flat_map(|(of, by, with)| {
            [("top", "-count", 20), ("top", "-count", 1), ("rare", "count", 3), ("rare", "count", 100_000)].map(
                |(command, order, limit)| {
                    let events = format!("index=main | {with}");
                    let percent = "eventstats sum(count) AS all BY BY_ | eval percent=round(100*count/all, 6)";
                    let percent = percent.replace("BY_", by);
                    let first = format!("streamstats count AS at BY {by} | where at<={limit}");
                    (
                        format!("{events} | {command} limit={limit} {of} BY {by}"),
                        format!(
                            "{events} | stats count BY {by} {of} | {percent} | sort 0 {by}, {order}, {of} | {first} | table {by} {of} count percent"
                        ),
                    )
                },
            )
        });
        same_results(&table, pairs);
        let all = kinds.map(|(of, by, with)| {
            let events = format!("index=main | {with}");
            (
                format!("{events} | top limit=2 useother=t {of} BY {by} | stats sum(count) AS all BY {by}"),
                format!("{events} | stats count AS all BY {by} {of} | stats sum(all) AS all BY {by}"),
            )
        });
        same_results(&table, all);
    }
}

#[test]
fn charts_of_bins_count_what_stats_counts() {
    for (interleaved, timely) in [(true, true), (false, true), (true, false), (false, false)] {
        let table = events(MANY, interleaved, timely);
        // All events as they are, and a few seconds of them every day.
        let (dense, thin) = ("index=main", "index=main | eval _time=_time+86400*floor(id/300)");
        let small = [(dense, "10s", "host"), (thin, "1d", "n"), (thin, "1h", "n")];
        let cells = small.map(|(events, span, field)| {
            let events = format!("{events} | where isnotnull({field})");
            let chart = format!("timechart span={span} limit=0 count BY {field} | untable _time {field} count");
            (
                format!("{events} | {chart} | where count>0 | sort 0 _time {field}"),
                format!("{events} | bin _time span={span} | stats count BY _time {field} | sort 0 _time {field}"),
            )
        });
        // More cells than are counted in a table.
        let large = [(thin, "5m", "host"), (thin, "30m", "user")];
        let rows = large.map(|(events, span, field)| {
            let events = format!("{events} | where isnotnull({field})");
            let sums = "addtotals fieldname=t | where t>0 | table _time t";
            (
                format!("{events} | timechart span={span} limit=0 count BY {field} | {sums}"),
                format!("{events} | bin _time span={span} | stats count AS t BY _time"),
            )
        });
        let others = large.map(|(events, span, field)| {
            let events = format!("{events} | where isnotnull({field})");
            let chart = format!("timechart span={span} limit=0 max(id) BY {field} | untable _time {field} last");
            (
                format!("{events} | {chart} | where isnotnull(last) | sort 0 _time {field}"),
                format!(
                    "{events} | bin _time span={span} | stats max(id) AS last BY _time {field} | sort 0 _time {field}"
                ),
            )
        });
        let columns = large.map(|(events, span, field)| {
            let events = format!("{events} | where isnotnull({field})");
            (
                format!("{events} | timechart span={span} limit=0 count BY {field} | stats sum(*) AS *"),
                format!("{events} | eval x=1 | chart limit=0 count OVER x BY {field} | fields - x"),
            )
        });
        let whole = small.map(|(events, span, _)| {
            let shown = "eval f=round(f,3) | table _time count f";
            (
                format!("{events} | timechart span={span} count sum(f) AS f | where count>0 | {shown}"),
                format!("{events} | bin _time span={span} | stats count sum(f) AS f BY _time | {shown}"),
            )
        });
        let without_gaps = small.map(|(events, span, field)| {
            (
                format!("{events} | timechart span={span} cont=f limit=0 count BY {field} | table _time"),
                format!("{events} | bin _time span={span} | stats count BY _time | table _time"),
            )
        });
        same_results(
            &table,
            cells.into_iter().chain(rows).chain(others).chain(columns).chain(whole).chain(without_gaps),
        );
    }
}

#[test]
fn fields_made_of_distinct_texts_are_the_same_on_any_number_of_cores() {
    let mut numbers = Numbers(11);
    let text = |row: usize| {
        let mut text = format!("run={row} a=\"v {}\"", numbers.below(40));
        if numbers.below(3) > 0 {
            text += &format!(" b{}=s{}.ps1", numbers.below(90), numbers.below(900));
        }
        if numbers.below(5) == 0 {
            text += &format!(" c=x{row}.js d=y{row}.vbs");
        }
        Value::str(text)
    };
    let (dictionary, codes) = Column::from_values((0..9_000).map(text).collect()).encode().unwrap();
    // Each text twice, and the second time the other way round.
    let codes: Vec<u32> = codes.iter().chain(codes.iter().rev()).copied().collect();
    let mut batch = Batch::new(codes.len());
    batch.set("text", Column::Dict(dictionary, codes.into()));
    batch.set("script", Column::Const(Value::str("before"), batch.rows()));
    let searches = [
        r#"rex field=text "(?<script>[^\\/\"' =]+\.(?:ps1|js|vbs))""#,
        r#"rex field=text "(?<late>c=\S+)|(?<script>b(?<early>\d+)=)""#,
        r#"rex field=text max_match=0 "(?<script>\w+)\.(?<kind>ps1|js|vbs)" offset_field=at"#,
        r#"rex field=text mode=sed "s/[aeiou]=/<&>/g""#,
        r#"rename text AS _raw | extract pairdelim=" " kvdelim="=" | fields - text"#,
    ];
    let searches = searches.map(|make| format!("index=main | {make}"));
    same_in_all_ways(&Table::in_order(vec![batch]), &searches.each_ref().map(String::as_str));
}

#[test]
fn searches_side_by_side_may_be_the_first_over_plain_text() {
    use rayon::prelude::*;
    let line = |at: usize| format!("Mar  3 10:{:02}:{:02} web app[7]: user=u{} took={at}\n", at / 60, at % 60, at % 11);
    let text: String = (0..3_600).map(line).collect();
    let whole = spl_tests::events::read("app.log", text.as_bytes()).table.into_ordered().into_batches();
    // Enough batches that a core which waits for others finds another search to begin.
    let rows: Vec<u32> = (0..3_600).collect();
    let table = Table::new(rows.chunks(150).map(|rows| whole[0].take(rows)).collect());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(16).build().unwrap();
    for _ in 0..20 {
        let knowledge = spl_core::builtin::knowledge();
        let engine = Engine::builder().knowledge(knowledge).index("main", table.clone()).build().unwrap();
        let count = |_| cells::print(&engine.search("user=u7 | stats count max(took)").unwrap().table);
        let counts: Vec<_> = pool.install(|| (0..64).into_par_iter().map(count).collect());
        assert!(counts.iter().all(|count| *count == counts[0]) && counts[0][1] == "327   | 3593", "{:?}", counts[0]);
    }
}
