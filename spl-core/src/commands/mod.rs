//! The commands of the language, one file each, named as SPL spells them.
//!
//! A leaf is a [`CommandSpec`] and a struct that implements [`Command`]. It lowers to kernel nodes ([`Plan`]) if it can; else it is a
//! function of one batch or of the whole table behind [`CommandNode`](crate::plan::CommandNode).

use crate::error::Result;
use crate::plan::{Plan, PlanContext};
use crate::syntax::args::Args;

/// How Splunk classifies a command; of the parsed command, as arguments decide for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes events from nothing.
    Generating,
    /// Each event alone; runs next to the data.
    DistributableStreaming,
    /// Each event in turn, with memory of those before; runs where all events are.
    CentralizedStreaming,
    /// Results from events.
    Transforming,
    /// Needs all events before it gives the first.
    DatasetProcessing,
    /// Steers the search without touching its events.
    Orchestrating,
}

/// A command of the language.
pub struct CommandSpec {
    /// As written, lower case.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// Its kind with usual arguments.
    pub kind: Kind,
    /// As the Search Reference writes it.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Searches that run on their own, with their result as a golden table.
    pub examples: &'static [Example],
    /// Reads the arguments.
    pub parse: fn(&mut Args<'_>) -> Result<Box<dyn Command>>,
}

impl CommandSpec {
    /// Whether this is its name (lower case), or one of them.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// A search and what it gives.
pub struct Example {
    /// The search.
    pub spl: &'static str,
    /// Its result: a header line of field names and a line for each row, cells separated by ` | `, multivalues as `(a; b)`.
    pub result: &'static str,
}

/// A command with its arguments.
pub trait Command: std::fmt::Debug + Send + Sync {
    /// Its kind with these arguments.
    fn kind(&self) -> Kind;

    /// Whether it is given all events when it stands first behind a `|`; else it is given [`Plan::nothing`].
    fn reads_events_when_first(&self) -> bool {
        self.kind() != Kind::Generating
    }

    /// The plan that applies it to `input`.
    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan>;
}

mod abstract_;
mod accum;
mod addcoltotals;
mod addinfo;
mod addtotals;
mod anomalydetection;
mod append;
mod appendcols;
mod appendpipe;
mod associate;
mod autoregress;
mod bin;
mod chart;
mod cluster;
mod cofilter;
mod collect;
mod concurrency;
mod contingency;
mod convert;
mod correlate;
mod datamodel;
mod datamodelsimple;
mod dataset;
mod dedup;
mod delta;
mod diff;
mod erex;
mod eval;
mod eventcount;
mod eventstats;
mod extract;
mod fieldformat;
mod fields;
mod fieldsummary;
mod filldown;
mod fillnull;
mod foreach;
mod format;
mod from;
mod fromjson;
mod gauge;
mod gentimes;
mod geostats;
mod head;
mod highlight;
mod iconify;
mod inputcsv;
mod inputlookup;
mod iplocation;
mod join;
mod kmeans;
mod loadjob;
mod localize;
mod localop;
mod lookup;
mod lower;
mod makecontinuous;
mod makejson;
mod makemv;
mod makeresults;
mod map;
mod metadata;
mod metasearch;
mod mstats;
mod multikv;
mod multireport;
mod multisearch;
mod mvcombine;
mod mvexpand;
mod nomv;
mod noop;
mod outlier;
mod outputcsv;
mod outputlookup;
mod outputtext;
mod pivot;
mod prefixed;
mod prelude;
mod rangemap;
mod rare;
mod redistribute;
mod regex;
mod reltime;
mod rename;
mod replace;
mod require;
mod return_;
mod reverse;
mod rex;
mod rtorder;
mod running;
mod savedsearch;
mod search;
mod selfjoin;
mod set;
mod setfields;
mod sort;
mod spath;
pub(crate) mod spliced;
mod stats;
mod strcat;
mod streamstats;
mod subsearch;
mod table;
mod tags;
mod tail;
mod template;
mod timechart;
mod timewrap;
mod tojson;
mod top;
mod transaction;
mod transpose;
mod trendline;
mod tstats;
mod typer;
mod union;
mod uniq;
mod unsupported;
mod untable;
mod where_;
mod xmlkv;
mod xmlunescape;
mod xpath;
mod xyseries;

pub(crate) use unsupported::why_unsupported;
pub use unsupported::{UNSUPPORTED, Unsupported};

/// The commands, sorted by name.
pub static COMMANDS: &[&CommandSpec] = &[
    &abstract_::SPEC,
    &accum::SPEC,
    &addcoltotals::SPEC,
    &addinfo::SPEC,
    &addtotals::SPEC,
    &anomalydetection::SPEC,
    &append::SPEC,
    &appendcols::SPEC,
    &appendpipe::SPEC,
    &associate::SPEC,
    &autoregress::SPEC,
    &bin::SPEC,
    &chart::SPEC,
    &cluster::SPEC,
    &cofilter::SPEC,
    &collect::SPEC,
    &concurrency::SPEC,
    &contingency::SPEC,
    &convert::SPEC,
    &correlate::SPEC,
    &datamodel::SPEC,
    &datamodelsimple::SPEC,
    &dedup::SPEC,
    &delta::SPEC,
    &diff::SPEC,
    &erex::SPEC,
    &eval::SPEC,
    &eventcount::SPEC,
    &eventstats::SPEC,
    &extract::SPEC,
    &fieldformat::SPEC,
    &fields::SPEC,
    &fieldsummary::SPEC,
    &filldown::SPEC,
    &fillnull::SPEC,
    &foreach::SPEC,
    &format::SPEC,
    &from::SPEC,
    &fromjson::SPEC,
    &gauge::SPEC,
    &gentimes::SPEC,
    &geostats::SPEC,
    &head::SPEC,
    &highlight::SPEC,
    &iconify::SPEC,
    &inputcsv::SPEC,
    &inputlookup::SPEC,
    &iplocation::SPEC,
    &join::SPEC,
    &kmeans::SPEC,
    &loadjob::SPEC,
    &localize::SPEC,
    &localop::SPEC,
    &lookup::SPEC,
    &makecontinuous::SPEC,
    &makejson::SPEC,
    &makemv::SPEC,
    &makeresults::SPEC,
    &map::SPEC,
    &metadata::SPEC,
    &metasearch::SPEC,
    &mstats::SPEC,
    &multikv::SPEC,
    &multireport::SPEC,
    &multisearch::SPEC,
    &mvcombine::SPEC,
    &mvexpand::SPEC,
    &nomv::SPEC,
    &noop::SPEC,
    &outlier::SPEC,
    &outputcsv::SPEC,
    &outputlookup::SPEC,
    &outputtext::SPEC,
    &pivot::SPEC,
    &rangemap::SPEC,
    &rare::SPEC,
    &redistribute::SPEC,
    &regex::SPEC,
    &reltime::SPEC,
    &rename::SPEC,
    &replace::SPEC,
    &require::SPEC,
    &return_::SPEC,
    &reverse::SPEC,
    &rex::SPEC,
    &rtorder::SPEC,
    &savedsearch::SPEC,
    &search::SPEC,
    &selfjoin::SPEC,
    &set::SPEC,
    &setfields::SPEC,
    &sort::SPEC,
    &spath::SPEC,
    &stats::SPEC,
    &strcat::SPEC,
    &streamstats::SPEC,
    &table::SPEC,
    &tags::SPEC,
    &tail::SPEC,
    &timechart::SPEC,
    &timewrap::SPEC,
    &tojson::SPEC,
    &top::SPEC,
    &transaction::SPEC,
    &transpose::SPEC,
    &trendline::SPEC,
    &tstats::SPEC,
    &typer::SPEC,
    &union::SPEC,
    &uniq::SPEC,
    &untable::SPEC,
    &where_::SPEC,
    &xmlkv::SPEC,
    &xmlunescape::SPEC,
    &xpath::SPEC,
    &xyseries::SPEC,
];

/// The command called `name` (lower case), also by an alias.
pub fn find_command(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.is_called(name)).copied()
}
