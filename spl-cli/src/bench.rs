//! `spl bench`: how long loading, planning and running take, also with optimizer rules switched off.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};
use spl_core::Engine;
use spl_core::error::did_you_mean;
use spl_core::exec::Source;
use spl_core::optimize::RULES;
use spl_core::table::Table;
use spl_core::value::ValueRef;

use crate::args::BenchArgs;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output::{self, each_line};
use crate::search::read_text;
use crate::{inputs, memory};

/// How often expand, parse, plan and optimize are timed.
const PLANS: usize = 30;

pub(crate) fn run(args: &BenchArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let queries = if args.repeat == 0 { Vec::new() } else { queries(args)? };
    let mut engine = job.engine(&args.knowledge)?;
    let variants = args.compare.iter().map(|name| Variant::read(name, &job, args)).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let exit = job.load(&mut engine, &args.events)?;
    let load_s = started.elapsed().as_secs_f64();
    let loaded_mb = memory::resident().unwrap_or(0) as f64 / f64::from(1 << 20);
    let sources = engine.catalog().sources().to_vec();
    let variants: Vec<(&String, Variant)> =
        args.compare.iter().zip(variants.into_iter().map(|v| v.over(&sources))).collect();
    let mut timings = Map::new();
    let mut sheet = format!("loaded in {load_s:.3} s, {loaded_mb:.0} MB\n");
    for (name, text) in &queries {
        let timing = time(&job, &engine, text, args.repeat)?;
        let _ = write!(sheet, "{name:<12} {:>10.3} ms, planned in {:>6.1} us", timing.ms, timing.plan_us);
        let mut entry = timing.to_json();
        let mut compared = Map::new();
        for (what, variant) in &variants {
            let timing = variant.time(&job, &engine, name, text, args.repeat)?;
            let _ = write!(sheet, "; {} {:>10.3} ms", variant.title(what), timing.ms);
            compared.insert((*what).clone(), timing.to_json());
        }
        if !compared.is_empty() {
            entry["compare"] = Value::Object(compared);
        }
        sheet.push('\n');
        timings.insert(name.clone(), entry);
    }
    console.print(&sheet);
    let report = json!({ "load_s": rounded(load_s), "loaded_mb": loaded_mb.round() as u64, "q": timings });
    output::write_line(&report.to_string())?;
    Ok(exit)
}

/// Another way to run a query, to be timed beside the plain one.
enum Variant {
    /// Without some optimizer rules.
    Without(Box<Engine>),
    /// On so many threads.
    Threads(rayon::ThreadPool),
    /// The query of the same name in another folder.
    Folder(PathBuf),
}

impl Variant {
    /// `threads=N`, a folder, the name of a rule or `all` of them.
    fn read(name: &str, job: &Job, args: &BenchArgs) -> Result<Variant, Failure> {
        if let Some(threads) = name.strip_prefix("threads=") {
            let threads = threads.parse().ok().filter(|&threads| threads > 0);
            let pool = threads.map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build());
            return match pool {
                Some(Ok(pool)) => Ok(Variant::Threads(pool)),
                _ => Err(Failure::usage(format!("`{name}` is no number of threads; as in threads=2"))),
            };
        }
        if Path::new(name).is_dir() {
            return Ok(Variant::Folder(name.into()));
        }
        Ok(Variant::Without(Box::new(job.engine_without(&args.knowledge, &rules(name)?)?)))
    }

    /// The same over events that are loaded.
    fn over(mut self, sources: &[Arc<dyn Source>]) -> Variant {
        if let Variant::Without(engine) = &mut self {
            sources.iter().for_each(|source| engine.catalog_mut().add_source(source.clone()));
        }
        self
    }

    fn title(&self, name: &str) -> String {
        match self {
            Variant::Without(_) => format!("without {name}"),
            Variant::Threads(_) => name.to_owned(),
            Variant::Folder(_) => format!("as in {name}"),
        }
    }

    fn time(&self, job: &Job, engine: &Engine, name: &str, text: &str, repeat: usize) -> Result<Timing, Failure> {
        match self {
            Variant::Without(other) => time(job, other, text, repeat),
            Variant::Threads(pool) => pool.install(|| time_here(job, engine, text, repeat)),
            Variant::Folder(folder) => time(job, engine, &read_text(&folder.join(format!("{name}.spl")))?, repeat),
        }
    }
}

/// The optimizer rules that an entry of `--compare` names.
fn rules(name: &str) -> Result<Vec<&'static str>, Failure> {
    let known = RULES.iter().map(|rule| rule.name);
    if name == "all" {
        return Ok(known.collect());
    }
    known.clone().find(|known| *known == name).map(|rule| vec![rule]).ok_or_else(|| {
        let hint = did_you_mean(name, known.clone()).map(|near| format!("did you mean `{near}`?"));
        let hint = hint.unwrap_or_else(|| format!("there are {}", known.collect::<Vec<_>>().join(", ")));
        Failure::usage(format!("there is no optimizer rule `{name}`; {hint}"))
    })
}

/// Names and texts of the queries.
fn queries(args: &BenchArgs) -> Result<Vec<(String, String)>, Failure> {
    let Some(folder) = &args.queries else {
        return Err(Failure::usage("--queries DIR says which searches to time; --repeat 0 only loads"));
    };
    let mut names = args.names.clone();
    if names.is_empty() {
        let found = inputs::walk(folder).files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "spl"));
        names.extend(found.filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())));
    }
    names.into_iter().map(|name| Ok((name.clone(), read_text(&folder.join(format!("{name}.spl")))?))).collect()
}

struct Timing {
    ms: f64,
    first_ms: f64,
    plan_us: f64,
    check: (usize, i128),
}

/// Times a search on one of the pool's own threads: what is measured is the search, not the way to the pool.
fn time(job: &Job, engine: &Engine, text: &str, repeat: usize) -> Result<Timing, Failure> {
    rayon::scope(|_| time_here(job, engine, text, repeat))
}

fn time_here(job: &Job, engine: &Engine, text: &str, repeat: usize) -> Result<Timing, Failure> {
    let (mut runs, mut check) = (Vec::with_capacity(repeat), (0, 0));
    for n in 0..repeat {
        let started = Instant::now();
        let results = job.run(&engine.compile(text)?, None)?;
        runs.push(started.elapsed().as_secs_f64() * 1e3);
        if n == 0 {
            check = check_sum(&results.table);
        }
    }
    let mut plans = Vec::with_capacity(PLANS);
    for _ in 0..PLANS {
        let started = Instant::now();
        std::hint::black_box(engine.compile(text)?);
        plans.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(Timing { first_ms: runs.first().copied().unwrap_or(0.0), ms: median(runs), plan_us: median(plans), check })
}

impl Timing {
    fn to_json(&self) -> Value {
        let sum = i64::try_from(self.check.1).map_or_else(|_| json!(self.check.1.to_string()), |sum| json!(sum));
        json!({
            "ms": rounded(self.ms),
            "first_ms": rounded(self.first_ms),
            "plan_us": rounded(self.plan_us),
            "check": [self.check.0, sum],
        })
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    match times.len() {
        0 => 0.0,
        n if n % 2 == 1 => times[n / 2],
        n => f64::midpoint(times[n / 2 - 1], times[n / 2]),
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// The number of rows, and the sum of all columns whose values are all whole numbers: the same for every engine that did the same work.
fn check_sum(table: &Table) -> (usize, i128) {
    let mut sums: Vec<Option<i128>> = vec![Some(0); table.fields().len()];
    let Ok(()) = each_line(table, |line| {
        for (sum, value) in sums.iter_mut().zip(line.values()).filter(|(sum, value)| sum.is_some() && !value.is_null())
        {
            *sum = sum.zip(whole_number(value)).map(|(sum, number)| sum + number);
        }
        Ok::<(), std::convert::Infallible>(())
    });
    (table.rows(), sums.into_iter().flatten().sum())
}

fn whole_number(value: ValueRef<'_>) -> Option<i128> {
    // Addresses such as 0x1010 are text to the others.
    if matches!(value, ValueRef::Str(text) if text.bytes().any(|byte| byte.is_ascii_alphabetic())) {
        return None;
    }
    value.number().filter(|number| number.fract() == 0.0 && number.is_finite()).map(|number| number as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spl_core::table::field_name;
    use spl_core::value::Value as Cell;

    #[test]
    fn whole_number_columns_are_summed() {
        let fields = ["n", "text", "float", "mixed"].map(field_name);
        let row = |n: f64, text: &str, float: f64, mixed: &str| {
            vec![Cell::Num(n), Cell::str(text), Cell::Num(float), Cell::str(mixed)]
        };
        let rows = vec![
            row(1.0, "20", 0.5, "0x10"),
            row(2.0, "30", 1.0, "7"),
            vec![Cell::Null, Cell::Null, Cell::Null, Cell::Null],
        ];
        assert_eq!(check_sum(&Table::from_rows(&fields, rows)), (3, 53));
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
    }
}
