//! The commands of SPL that this engine knows and does not run, each with its reason.

/// A command that is refused by name.
pub struct Unsupported {
    /// As written, lower case.
    pub name: &'static str,
    /// Why, to follow "is not supported: ".
    pub reason: &'static str,
}

/// These commands, sorted by name.
pub static UNSUPPORTED: &[Unsupported] = &[
    Unsupported { name: "af", reason: UNDOCUMENTED },
    Unsupported { name: "analyzefields", reason: UNDOCUMENTED },
    Unsupported { name: "anomalies", reason: UNDOCUMENTED },
    Unsupported { name: "anomalousvalue", reason: UNDOCUMENTED },
    Unsupported { name: "apply", reason: MACHINE_LEARNING },
    Unsupported { name: "arules", reason: UNDOCUMENTED },
    Unsupported { name: "audit", reason: SPLUNK },
    Unsupported { name: "awssnsalert", reason: LEAVES },
    Unsupported { name: "bucketdir", reason: UNDOCUMENTED },
    Unsupported { name: "crawl", reason: SPLUNK },
    Unsupported { name: "dbinspect", reason: SPLUNK },
    Unsupported { name: "dbxlookup", reason: DATABASE },
    Unsupported { name: "dbxoutput", reason: DATABASE },
    Unsupported { name: "dbxquery", reason: DATABASE },
    Unsupported { name: "delete", reason: "events are not deleted here" },
    Unsupported { name: "dump", reason: WRITES },
    Unsupported { name: "entitymerge", reason: PREMIUM },
    Unsupported { name: "findtypes", reason: UNDOCUMENTED },
    Unsupported { name: "fit", reason: MACHINE_LEARNING },
    Unsupported { name: "folderize", reason: UNDOCUMENTED },
    Unsupported { name: "geom", reason: "it needs the shapes of a map" },
    Unsupported { name: "geomfilter", reason: "it needs the shapes of a map" },
    Unsupported { name: "history", reason: "searches are not recorded here" },
    Unsupported { name: "input", reason: SPLUNK },
    Unsupported { name: "inputintelligence", reason: PREMIUM },
    Unsupported { name: "kvform", reason: "it needs form templates of a Splunk installation" },
    Unsupported { name: "mcatalog", reason: METRICS },
    Unsupported { name: "mcollect", reason: WRITES },
    Unsupported { name: "meventcollect", reason: WRITES },
    Unsupported { name: "mpreview", reason: METRICS },
    Unsupported { name: "mrollup", reason: METRICS },
    Unsupported { name: "msearch", reason: METRICS },
    Unsupported { name: "overlap", reason: "it inspects summary indexes, which there are none of" },
    Unsupported { name: "predict", reason: UNDOCUMENTED },
    Unsupported { name: "relevancy", reason: UNDOCUMENTED },
    Unsupported { name: "rest", reason: LEAVES },
    Unsupported { name: "run", reason: LEAVES },
    Unsupported { name: "sample", reason: MACHINE_LEARNING },
    Unsupported { name: "score", reason: MACHINE_LEARNING },
    Unsupported { name: "script", reason: LEAVES },
    Unsupported { name: "scrub", reason: "it needs the dictionaries of a Splunk installation" },
    Unsupported { name: "searchtxn", reason: "it needs transaction types" },
    Unsupported { name: "sendalert", reason: LEAVES },
    Unsupported { name: "sendemail", reason: LEAVES },
    Unsupported { name: "sichart", reason: SUMMARY },
    Unsupported { name: "sirare", reason: SUMMARY },
    Unsupported { name: "sistats", reason: SUMMARY },
    Unsupported { name: "sitimechart", reason: SUMMARY },
    Unsupported { name: "sitop", reason: SUMMARY },
    Unsupported { name: "snowevent", reason: LEAVES },
    Unsupported { name: "snoweventstream", reason: LEAVES },
    Unsupported { name: "snowincident", reason: LEAVES },
    Unsupported { name: "snowincidentstream", reason: LEAVES },
    Unsupported { name: "summary", reason: MACHINE_LEARNING },
    Unsupported { name: "surrounding", reason: SPLUNK },
    Unsupported { name: "tscollect", reason: WRITES },
    Unsupported { name: "typeahead", reason: "it serves the search bar of Splunk" },
    Unsupported { name: "typelearner", reason: UNDOCUMENTED },
    Unsupported { name: "walklex", reason: SPLUNK },
    Unsupported { name: "x11", reason: UNDOCUMENTED },
    Unsupported { name: "xscreateddcontext", reason: EXTREME },
    Unsupported { name: "xsfindbestconcept", reason: EXTREME },
    Unsupported { name: "xswhere", reason: EXTREME },
];

const DATABASE: &str = "it asks a database over the network";
const EXTREME: &str = "it belongs to the Extreme Search app";
const LEAVES: &str = "it reaches outside of this machine or runs other programs";
const MACHINE_LEARNING: &str = "it belongs to the Machine Learning Toolkit";
const METRICS: &str = "it reads metric indexes";
const PREMIUM: &str = "it belongs to a premium app of Splunk";
const SPLUNK: &str = "it is about the files and settings of a Splunk installation";
const SUMMARY: &str = "it prepares results for a summary index; the same command without `si` gives them as they are";
const UNDOCUMENTED: &str = "how Splunk computes its result is not documented";
const WRITES: &str = "it writes to an index or a file";

/// The reason why the command called `name` (lower case) is refused, if it is one of these.
pub(crate) fn why_unsupported(name: &str) -> Option<&'static str> {
    UNSUPPORTED.iter().find(|command| command.name == name).map(|command| command.reason)
}
