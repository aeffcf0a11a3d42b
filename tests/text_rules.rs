//! What `props.conf` says of how text becomes events: where they end, where their times stand, how long they may be, and for which inputs.

use spl_core::formats::Origin;
use spl_tests::inputs::{Case, NOON};

fn texts(settings: &str, log: &str) -> Vec<String> {
    Case::custom(settings, log).texts()
}

fn times(settings: &str, log: &str) -> Vec<String> {
    Case::custom(settings, log).search("* | eval t=_time | table t")
}

const DATED: &str = "2024-05-01 10:00:00 a\n2024-05-01 10:00:01 b\n  c\n";

#[test]
fn lines_are_merged_unless_they_are_not_to_be() {
    assert_eq!(texts("", DATED).len(), 2);
    assert_eq!(texts("SHOULD_LINEMERGE = true", DATED).len(), 2);
    for settings in ["SHOULD_LINEMERGE = false", "LINE_BREAKER = ([\\r\\n]+)"] {
        assert_eq!(texts(settings, DATED).len(), 3, "{settings}");
    }
}

#[test]
fn a_line_breaker_lies_between_events() {
    let log = "id=1 a\nb##id=2 c\n\n##\n##id=3";
    assert_eq!(texts("LINE_BREAKER = (##\\s*)(?=id|##|$)", log), ["id=1 a\nb", "id=2 c\n\n", "id=3"]);
    // Without a group all that matches goes.
    assert_eq!(texts("LINE_BREAKER = ;", "a;b;;c"), ["a", "b", "c"]);
    // Of several groups the first that takes part; where none does, the match stays in the event that begins there.
    let branched = "LINE_BREAKER = end(\\n)begin|end2(\\n)begin2|begin3";
    assert_eq!(
        texts(branched, "x end\nbegin y end2\nbegin2 z begin3 w"),
        ["x end", "begin y end2", "begin2 z ", "begin3 w"]
    );
    // Lines that a breaker tells apart are merged if it is said.
    let merged = "LINE_BREAKER = (;)\nSHOULD_LINEMERGE = true\nBREAK_ONLY_BEFORE = ^a";
    assert_eq!(texts(merged, "a1;b;a2;c"), ["a1;b", "a2;c"]);
}

#[test]
fn lines_are_merged_by_patterns() {
    let log = "BEGIN 1\nx\nEND\ny\nBEGIN 2\nz\n";
    assert_eq!(texts("BREAK_ONLY_BEFORE = ^BEGIN", log), ["BEGIN 1\nx\nEND\ny", "BEGIN 2\nz"]);
    assert_eq!(texts("MUST_BREAK_AFTER = ^END", log), ["BEGIN 1\nx\nEND", "y\nBEGIN 2\nz"]);
    let both = "BREAK_ONLY_BEFORE = ^BEGIN\nMUST_BREAK_AFTER = ^END";
    assert_eq!(texts(both, log), ["BEGIN 1\nx\nEND", "y", "BEGIN 2\nz"]);
    let not_before = "BREAK_ONLY_BEFORE = ^BEGIN\nMUST_NOT_BREAK_BEFORE = 2$";
    assert_eq!(texts(not_before, log), [log.trim_end()]);
    // Merging has to be wanted.
    assert_eq!(texts(&format!("{both}\nSHOULD_LINEMERGE = false"), log).len(), 6);
    // Blank lines are none, but they stay between those that are merged.
    assert_eq!(
        texts("BREAK_ONLY_BEFORE = ^BEGIN", "BEGIN 1\r\n\r\nx\r\n\r\nBEGIN 2\r\n"),
        ["BEGIN 1\r\n\r\nx", "BEGIN 2"]
    );
}

#[test]
fn nothing_breaks_between_two_patterns() {
    let log = "2024-05-01 10:00:00 open\n2024-05-01 10:00:01 in\n2024-05-01 10:00:02 close\n2024-05-01 10:00:03 out\n";
    let held = "MUST_NOT_BREAK_AFTER = open\nMUST_BREAK_AFTER = close";
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(texts(held, log), [lines[3].to_owned(), lines[..3].join("\n")]);
    // Without an end it goes on to the last line, or to the most lines that an event may have.
    assert_eq!(texts("MUST_NOT_BREAK_AFTER = open", log), [log.trim_end()]);
    assert_eq!(texts("MUST_NOT_BREAK_AFTER = open\nMAX_EVENTS = 2", log).len(), 2);
}

#[test]
fn dates_begin_events_unless_they_are_not_to() {
    assert_eq!(texts("BREAK_ONLY_BEFORE_DATE = true", DATED).len(), 2);
    for settings in [
        "BREAK_ONLY_BEFORE_DATE = false",
        "BREAK_ONLY_BEFORE_DATE =",
        "DATETIME_CONFIG = NONE\nSHOULD_LINEMERGE = true",
    ] {
        assert_eq!(texts(settings, DATED), [DATED.trim_end()], "{settings}");
    }
    // A date may stand where the settings say.
    let log = "a at=01.05.2024\nmore\nb at=02.05.2024\n";
    let said = "SHOULD_LINEMERGE = true\nTIME_PREFIX = at=\nTIME_FORMAT = %d.%m.%Y";
    assert_eq!(texts(said, log), ["b at=02.05.2024", "a at=01.05.2024\nmore"]);
}

#[test]
fn an_event_has_so_many_lines_at_most() {
    let log: String = (0..600).map(|n| format!("line {n}\n")).collect();
    let lines = |settings: &str| texts(settings, &log).iter().map(|text| text.lines().count()).collect::<Vec<_>>();
    assert_eq!(lines("SHOULD_LINEMERGE = true"), [256, 256, 88]);
    assert_eq!(lines("SHOULD_LINEMERGE = true\nMAX_EVENTS = 500"), [500, 100]);
}

#[test]
fn times_stand_where_the_settings_say() {
    let log = "10.05.2024 x when=01.02.2024 10:00:00 end\n10.05.2024 x when=02.02.2024 11:30:00 end\n";
    let settings = "TIME_PREFIX = when=\nTIME_FORMAT = %d.%m.%Y %H:%M:%S\nSHOULD_LINEMERGE = false";
    assert_eq!(times(settings, log), ["1706873400", "1706781600"]);
    assert_eq!(times(&format!("{settings}\nTZ = Europe/Berlin"), log), ["1706869800", "1706778000"]);
    // Where the time would stand behind the farthest place there is none.
    assert_eq!(times(&format!("{settings}\nMAX_TIMESTAMP_LOOKAHEAD = 4"), log), ["", ""]);
    // A format without a prefix fits where it fits first.
    let format = "TIME_FORMAT = %d.%m.%Y %H:%M\nSHOULD_LINEMERGE = false";
    assert_eq!(times(format, "a at 5 01.02.2024 10:00:00, not 02.02.2024 10:00\n"), ["1706781600"]);
    // Without the prefix there is none, whatever else looks like one; with it, it may be written in any usual way.
    assert_eq!(times("TIME_PREFIX = when=", "2024-05-01 10:00:00 a\n"), [""]);
    assert_eq!(times("TIME_PREFIX = when=", "2024-05-01 10:00:00 when=2024-02-01 10:00:00\n"), ["1706781600"]);
    assert_eq!(times("MAX_TIMESTAMP_LOOKAHEAD = 10", "2024-05-01 10:00:00 a\n"), ["1714521600"]);
}

#[test]
fn zones_hold_for_times_without_one() {
    let log = "2024-05-01 10:00:00 a\n2024-05-01T09:30:00Z b\nMay  1 08:00:00 c\n01/May/2024:07:00:00 +0200 d\n";
    assert_eq!(times("", log), ["1714557600", "1714555800", "1714550400", "1714539600"]);
    let east = ["1714555800", "1714550400", "1714543200", "1714539600"];
    assert_eq!(times("TZ = Europe/Berlin", log), east);
}

#[test]
fn dates_without_a_year_are_the_last_ones() {
    let log = "Dec 31 23:00:00 a\nMay  1 11:00:00 b\n";
    let settings = "TIME_FORMAT = %b %d %H:%M:%S";
    assert_eq!(times(settings, log), ["1714561200", "1704063600"]);
    assert_eq!(times("", log), ["1714561200", "1704063600"]);
}

#[test]
fn events_may_be_of_the_time_at_which_they_are_read() {
    for setting in ["CURRENT", "NONE"] {
        let now = NOON.to_string();
        assert_eq!(times(&format!("DATETIME_CONFIG = {setting}\nSHOULD_LINEMERGE = false"), DATED), [&*now; 3]);
    }
    assert_eq!(times("DATETIME_CONFIG = /etc/datetime.xml", DATED).len(), 2);
}

#[test]
fn times_too_far_away_are_those_of_the_event_before() {
    let log = "2024-04-30 00:00:00 a\n2001-01-01 00:00:00 b\n2024-05-01 00:00:00 c\n2031-01-01 00:00:00 d\n";
    let row = |settings: &str| {
        Case::custom(settings, log).search("* | eval t=_time, e=substr(_raw, 21) | sort 0 e | table e t")
    };
    let wanted = ["a|1714435200", "b|1714435200", "c|1714521600", "d|1714521600"];
    assert_eq!(row("MAX_DAYS_AGO = 100\nMAX_DAYS_HENCE = 2"), wanted);
    assert_eq!(row("MAX_DAYS_AGO = 100\nMAX_DAYS_HENCE = 9000")[3], "d|1924992000");
    // Without one before it is the present.
    let first = Case::custom("MAX_DAYS_AGO = 1", "2001-01-01 00:00:00 a\n").search("* | eval t=_time | table t");
    assert_eq!(first, [NOON.to_string()]);
}

#[test]
fn lines_are_cut_at_characters() {
    assert_eq!(texts("TRUNCATE = 4", "abcdef\nabcäf\n"), ["abcd", "abc"]);
    assert_eq!(texts("TRUNCATE = 0", "abcdef\n"), ["abcdef"]);
    assert_eq!(texts("TRUNCATE = 4\nBREAK_ONLY_BEFORE = ^a", "abcdef\nxyzxyz\nabc\n"), ["abcd\nxyzx", "abc"]);
    assert_eq!(texts("TRUNCATE = 4\nLINE_BREAKER = (;)", "ab\ncdef;g"), ["ab\nc", "g"]);
}

/// Records of the audit daemon: their format is told by what they say.
const AUDIT: &str = "type=A msg=audit(1714557600.000:1): a\ntype=A msg=audit(1714557601.000:2): b\nlast\n";

#[test]
fn settings_hold_for_the_source_type_that_a_format_sets() {
    let events = |stanza: &str| {
        let props = format!("[{stanza}]\nBREAK_ONLY_BEFORE = ^type=\nBREAK_ONLY_BEFORE_DATE = false\n");
        Case::file(&props, "some.log", AUDIT).texts().len()
    };
    assert_eq!(events("none"), 3);
    for stanza in ["linux:audit", "source::/var/log/audit/audit.log", "default", "(?::){0}linux:*"] {
        assert_eq!(events(stanza), 2, "{stanza}");
    }
    // Of Windows events as text, also the host.
    let windows = "05/01/2024 10:00:00 AM\nLogName=Security\nEventCode=1\nComputerName=WS1\nMessage=a\n\
                   05/01/2024 10:00:01 AM\nLogName=Security\nEventCode=2\nComputerName=WS1\nMessage=b\n";
    for stanza in ["WinEventLog", "source::WinEventLog:*", "host::ws*", "host::(?i)WS1"] {
        let props = format!("[{stanza}]\nTZ = Europe/Berlin\n");
        let times = Case::file(&props, "w.log", windows).search("* | eval t=_time | table t");
        assert_eq!(times, ["1714550401", "1714550400"], "{stanza}");
    }
    // Plain text is `text`.
    let props = "[text]\nSHOULD_LINEMERGE = false\n";
    assert_eq!(Case::file(props, "a.log", DATED).texts().len(), 3);
}

#[test]
fn sources_are_stronger_than_hosts_and_those_than_source_types() {
    let stanzas = [
        "[source::...log]\nTRUNCATE = 2\n",
        "[host::h*]\nTRUNCATE = 3\n",
        "[custom]\nTRUNCATE = 4\n",
        "[default]\nTRUNCATE = 5\n",
    ];
    let length = |props: &str| {
        let mut case = Case::file(props, "a.log", "abcdefgh\n");
        case.origin.sourcetype = Some("custom".into());
        case.origin.host = Some("H1".into());
        case.texts()[0].len()
    };
    for from in 0..4 {
        let mut shown: Vec<&str> = stanzas[from..].to_vec();
        assert_eq!(length(&shown.concat()), from + 2);
        shown.reverse();
        assert_eq!(length(&shown.concat()), from + 2);
    }
    // Among those for sources the alphabet decides, names come before patterns, and `priority` before both.
    assert_eq!(length("[source::...l...]\nTRUNCATE = 1\n[source::...a...]\nTRUNCATE = 2\n"), 2);
    assert_eq!(length("[source::...]\nTRUNCATE = 1\n[source::a.log]\nTRUNCATE = 2\n"), 2);
    assert_eq!(length("[source::...]\nTRUNCATE = 1\npriority = 101\n[source::a.log]\nTRUNCATE = 2\n"), 1);
    // What one does not say, another may.
    let two = "[source::a.log]\nSHOULD_LINEMERGE = false\n[custom]\nTRUNCATE = 4\n";
    assert_eq!(length(two), 4);
}

#[test]
fn patterns_of_sources_know_two_wildcards() {
    let holds = |pattern: &str, name: &str| {
        let props = format!("[source::{pattern}]\nTRUNCATE = 1\n");
        Case::file(&props, name, "abc\n").texts() == ["a"]
    };
    assert!(holds("/var/.../a*.log", "/var/log/x/access.log"));
    assert!(holds("...access.log", "/var/log/access.log"));
    assert!(!holds("/var/*/access.log", "/var/log/x/access.log"));
    assert!(holds("/var/*/access.log", "/var/log/access.log"));
    // A point is a point; all else is a regular expression.
    assert!(!holds("...access.log", "/var/log/access-log"));
    assert!(holds("....(?<!old.)(log|txt)", "a.txt") && !holds("....(?<!old.)(log|txt)", "a.old.log"));
    assert!(holds(r"...[0-9]+\.log", "x/12.log") && holds(r"c:\\logs\\*", r"c:\logs\a.log"));
}

#[test]
fn a_source_may_be_given_a_source_type() {
    let props = "[source::...app*]\nsourcetype = app\n[app]\nSHOULD_LINEMERGE = false\n";
    let rows = Case::file(props, "x/app.log", DATED).search("sourcetype=app | stats count by sourcetype");
    assert_eq!(rows, ["app|3"]);
    // One that is given otherwise stays.
    let mut given = Case::file(props, "x/app.log", DATED);
    given.origin = Origin { sourcetype: Some("own".into()), ..given.origin };
    assert_eq!(given.search("* | stats count by sourcetype"), ["own|2"]);
}

#[test]
fn settings_that_are_wrong_are_told() {
    let wrong = [
        "TIME_PREFIX = (",
        "TRUNCATE = many",
        "SHOULD_LINEMERGE = perhaps",
        "TZ = Europe/Nowhere",
        "DATETIME_CONFIG = /etc/apps/own/datetime.xml",
        "INDEXED_EXTRACTIONS = xml",
        "CHARSET = SHIFT-JIS",
        "FIELD_DELIMITER = ::",
        "SEDCMD-a = x/a/b/",
        "METRICS_PROTOCOL = statsd",
        "TRANSFORMS-a = nowhere",
    ];
    for setting in wrong {
        let problems = Case::custom(setting, "").problems();
        let key = setting.split(' ').next().unwrap_or_default();
        assert!(problems.len() == 1 && problems[0].contains(key), "{setting}: {problems:?}");
    }
    for setting in ["CHARSET = UTF-16LE", "TZ =", "MAX_EVENTS =", "NO_BINARY_CHECK = true"] {
        assert_eq!(Case::custom(setting, "").problems(), [""; 0], "{setting}");
    }
}

#[test]
fn bytes_that_are_no_text_are_kept_out_of_patterns() {
    let case = Case { bytes: b"a1;b\xff2;a3", ..Case::custom("LINE_BREAKER = (;)", "") };
    let (rows, warnings) = case.search_with_warnings("* | table _raw");
    assert_eq!(rows, ["a1", "b\u{fffd}2", "a3"]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}
