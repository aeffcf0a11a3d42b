//! Names that fields have where their format does not say what they mean: times, hosts, and what a shipper has put aside.

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
pub(super) const HOSTS: &[&str] = &["Hostname", "Computer", "ComputerName", "winlog.computer_name"];

/// Members by which JSON events of Microsoft's cloud are known.
pub(super) const SIGNS: &[&str] = &["Workload", "RecordType", "Operation", "category", "operationName", "resourceId"];
/// Which of them the events of a source type have.
pub(super) const SIGNED: &[(&str, u8)] = &[("o365:management:activity", 0b00_0111), ("azure:monitor:aad", 0b11_1000)];

/// Whether a member of this place in [`SIGNS`] is a sign with this value: of the resources of Azure, some are about sign-ins.
pub(super) fn is_sign(place: u8, value: &[u8]) -> bool {
    const DIRECTORY: &[u8] = b"microsoft.aadiam";
    place != 5 || value.windows(DIRECTORY.len()).any(|part| part.eq_ignore_ascii_case(DIRECTORY))
}

/// Where winlogbeat has the data of a Windows event, whose names are the event's own.
const WINLOGBEAT: [&str; 2] = ["winlog.event_data.", "winlog.user_data."];
/// Names that would say where an event comes from.
const TAKEN: [&str; 6] = ["_raw", "_time", "host", "index", "source", "sourcetype"];

/// The field that a member of a JSON event is: the name that its path spells, but for the data of Windows events, which are named as in
/// the events themselves.
pub(super) fn field(path: &str) -> &str {
    let name = WINLOGBEAT.iter().find_map(|prefix| path.strip_prefix(prefix));
    name.filter(|name| !name.is_empty() && !TAKEN.contains(name)).unwrap_or(path)
}
