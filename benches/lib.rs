//! What the benches share: seeded events, and the queries in `queries/`.

use spl_core::Engine;
use spl_core::table::{Table, TableBuilder};

/// The queries, by name.
pub const QUERIES: &[(&str, &str)] = &[
    ("eval", include_str!("queries/eval.spl")),
    ("group_by_text", include_str!("queries/group_by_text.spl")),
    ("injection", include_str!("queries/injection.spl")),
    ("sort", include_str!("queries/sort.spl")),
    ("where", include_str!("queries/where.spl")),
    ("wildcards", include_str!("queries/wildcards.spl")),
];

/// A generator of numbers that is the same on every machine.
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Random(seed | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Events shaped like Sysmon's: process starts, network connections, a few remote threads.
pub fn events(count: u64) -> Table {
    let mut random = Random::new(42);
    let mut builder = TableBuilder::new();
    let programs =
        ["powershell.exe", "cmd.exe", "rundll32.exe", "svchost.exe", "chrome.exe", "explorer.exe", "wscript.exe"];
    let flags = ["-nop -enc ", "/c dir ", "DownloadString ", "-k netsvcs ", "--type=renderer "];
    for place in 0..count {
        let code = [1, 1, 1, 3, 3, 3, 3, 5, 8, 11][random.below(10) as usize];
        let program = programs[random.below(programs.len() as u64) as usize];
        let image = format!(r"C:\Windows\System32\{program}");
        builder.time(1_700_000_000.0 + place as f64 / 10.0);
        builder.field("EventCode", &code.to_string());
        builder.field("dest", &format!("host-{}", random.below(500)));
        builder.field("user", &format!("user{}", random.below(2_000)));
        match code {
            1 => {
                let flag = flags[random.below(flags.len() as u64) as usize];
                builder.field("Image", &image);
                builder.field("CommandLine", &format!("{image} {flag}{}", random.below(50_000)));
            }
            8 => {
                builder.field("SourceImage", &image);
                builder.field("TargetImage", &format!(r"C:\Program Files\app{}.exe", random.below(100)));
            }
            _ => builder.field("Image", &image),
        }
        builder.end();
    }
    builder.finish()
}

/// An engine over `count` events.
pub fn engine(count: u64, threads: usize) -> Engine {
    Engine::builder()
        .events(events(count))
        .threads(threads)
        .build()
        .expect("an engine without macros cannot fail to build")
}

/// A pool of one thread, for figures that mean one core.
pub fn one_thread() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had")
}
