//! Names that fields have where their format does not say what they mean: times and hosts.

/// Fields that tell the time of an event, best first; all but the first remain fields.
pub(super) const TIMES: &[&str] = &[
    "_time",
    "@timestamp",
    "UtcTime",
    "TimeCreated",
    "EventTime",
    "SystemTime",
    "eventTime",
    "CreationTime",
    "TimeGenerated",
    "timestamp",
    "Timestamp",
    "time",
    "_timestamp",
    "datetime",
    "date",
    "published",
    "createdDateTime",
    "activityDateTime",
    "ts",
    "Event.System.TimeCreated.#attributes.SystemTime",
    "EventReceivedTime",
];
/// Fields that tell the host of a Windows event, best first.
pub(super) const HOSTS: &[&str] = &["Hostname", "Computer", "ComputerName"];
