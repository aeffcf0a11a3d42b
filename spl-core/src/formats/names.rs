//! Names that fields have where their format does not say what they mean: times, hosts, and what a shipper has put aside.

use memchr::memmem;

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
pub(super) const SIGNS: &[&str] =
    &["Workload", "RecordType", "Operation", "category", "operationName", "resourceId", "OfficeWorkload"];
/// Which of them the events of a source type have. Rows of Azure's table `OfficeActivity` are events of Office 365.
pub(super) const SIGNED: &[(&str, u8)] = &[
    ("o365:management:activity", 0b000_0111),
    ("o365:management:activity", 0b100_0110),
    ("azure:monitor:aad", 0b011_1000),
];

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

/// What winlogbeat 6 calls what stands beside an event's data, and what the event does. It has some names that mean other things in searches.
const BEAT: [(&str, &str); 10] = [
    ("activity_id", "ActivityID"),
    ("computer_name", "Computer"),
    ("event_id", "EventID"),
    ("log_name", "Channel"),
    ("process_id", "ProcessID"),
    ("provider_guid", "Guid"),
    ("record_number", "EventRecordID"),
    ("source_name", "Name"),
    ("thread_id", "ThreadID"),
    ("version", "Version"),
];

/// Looks for events of winlogbeat 6 in JSON, from its beginning to its end.
#[derive(Default)]
pub(super) struct Beats {
    /// There is none before.
    none_before: usize,
}

impl Beats {
    /// Bytes of an event that are looked at.
    const NEAR: usize = 1 << 16;

    /// Whether the event that begins at `start` is one: its line has the members that they have.
    pub(super) fn begins(&mut self, bytes: &[u8], start: usize) -> bool {
        const FIRST: &[u8] = b"\"log_name\"";
        const OTHERS: [&[u8]; 3] = [b"\"event_id\"", b"\"computer_name\"", b"\"source_name\""];
        let end = bytes.len().min(start + Self::NEAR);
        let from = start.max(self.none_before);
        // Most logs have none, and no byte of them is looked at twice.
        if from >= end || memmem::find(&bytes[from..end], FIRST).is_none() {
            self.none_before = self.none_before.max(end.saturating_sub(FIRST.len()));
            return false;
        }
        let near = &bytes[start..end];
        // Of an event in several lines, all that is near counts.
        let line = memchr::memchr(b'\n', near).filter(|&end| end > 2).map_or(near, |end| &near[..end]);
        [FIRST].iter().chain(&OTHERS).all(|name| memmem::find(line, name).is_some())
    }
}

/// What others call a member of an event of winlogbeat 6.
pub(super) fn member_of_beat(path: &str) -> &str {
    BEAT.iter().find(|(beat, _)| *beat == path).map_or(path, |(_, name)| name)
}

/// As [`field`], of an event of winlogbeat 6.
pub(super) fn field_of_beat(path: &str) -> &str {
    let path = member_of_beat(path);
    let name = ["event_data.", "user_data."].iter().find_map(|prefix| path.strip_prefix(prefix));
    name.filter(|name| !name.is_empty() && !TAKEN.contains(name)).unwrap_or(path)
}
