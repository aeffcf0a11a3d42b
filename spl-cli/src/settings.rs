//! What the clock, the zone and the time options say: [`Settings`]. Starts the threads, too.

use std::time::{SystemTime, UNIX_EPOCH};

use spl_core::error::did_you_mean;
use spl_core::time::{DEFAULT_TIME_FORMAT, Zone, parse_time_modifier};

use crate::args::{ResourceArgs, TimeArgs};
use crate::exit::Failure;

/// Time as searches see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) now: f64,
    pub(crate) zone: Zone,
    pub(crate) earliest: Option<f64>,
    pub(crate) latest: Option<f64>,
}

impl Settings {
    pub(crate) fn new(args: &TimeArgs) -> Result<Self, Failure> {
        let zone = find_zone(&args.tz)?;
        let clock = clock();
        let read = |name: &str, text: &Option<String>, now: f64| {
            let Some(text) = text else { return Ok(None) };
            parse_time_modifier(text, now, zone, DEFAULT_TIME_FORMAT)
                .map(Some)
                .map_err(|error| Failure::usage(format!("--{name}: {error}")))
        };
        let now = read("now", &args.now, clock)?.unwrap_or(clock);
        let earliest = read("earliest", &args.earliest, now)?;
        let latest = read("latest", &args.latest, now)?;
        Ok(Settings { now, zone, earliest, latest })
    }
}

/// What the clock says, epoch seconds.
pub(crate) fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

fn find_zone(name: &str) -> Result<Zone, Failure> {
    name.parse().map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let hint = did_you_mean(name, known).map(|near| format!("; did you mean `{near}`?"));
        Failure::usage(format!("there is no time zone `{name}`{}", hint.unwrap_or_default()))
    })
}

/// Starts the threads that all work is spread over.
pub(crate) fn start_threads(args: &ResourceArgs) -> Result<(), Failure> {
    let Some(threads) = args.threads else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global()
        .map_err(|error| Failure::usage(format!("cannot start {threads} threads: {error}")))
}
