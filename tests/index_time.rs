//! What `props.conf` and `transforms.conf` do to events before they are searched: fields of tables, edited texts, other origins, events dropped.

use spl_core::formats::Origin;
use spl_tests::inputs::Case;

fn table(settings: &str, text: &str, search: &str) -> Vec<String> {
    Case::custom(settings, text).search(search)
}

#[test]
fn rows_of_tables_are_events() {
    let csv = "when,Source.IP,n\n2024-05-01 10:00:00,\"1,2\",3\n2024-05-01 10:00:01,4,5\n";
    let rows = table("INDEXED_EXTRACTIONS = csv", csv, "* | eval t=_time | table t Source_IP n _raw");
    assert_eq!(rows, ["1714557601|4|5|2024-05-01 10:00:01,4,5", "1714557600|1,2|3|2024-05-01 10:00:00,\"1,2\",3"]);
    assert_eq!(table("INDEXED_EXTRACTIONS = csv", csv, "n=5 | table Source_IP"), ["4"]);
    for (kind, between) in [("tsv", '\t'), ("psv", '|')] {
        let text = format!("a{between}b\n1{between}\"x{between}y\"\n");
        let rows =
            table(&format!("INDEXED_EXTRACTIONS = {kind}"), &text, "* | eval b=replace(b, \"\\W\", \"-\") | table a b");
        assert_eq!(rows, ["1|x-y"], "{kind}");
    }
    let own = "INDEXED_EXTRACTIONS = csv\nFIELD_DELIMITER = ;\nFIELD_QUOTE = '";
    assert_eq!(table(own, "a;b\n1;'x;y'\n", "* | table a b"), ["1|x;y"]);
}

#[test]
fn headers_stand_where_the_settings_say() {
    let search = "* | table a b";
    let indexed = |more: &str| format!("INDEXED_EXTRACTIONS = csv\n{more}");
    assert_eq!(table(&indexed("FIELD_NAMES = a, b"), "1,2\n3,4\n", search), ["1|2", "3|4"]);
    assert_eq!(table(&indexed("HEADER_FIELD_LINE_NUMBER = 3"), "made by x\n\na,b\n1,2\n", search), ["1|2"]);
    assert_eq!(table(&indexed("PREAMBLE_REGEX = ^(#|made)"), "made by x\n# y\na,b\n1,2\n", search), ["1|2"]);
    assert_eq!(table(&indexed("FIELD_HEADER_REGEX = ^Columns: (.*)"), "x\nColumns: a,b\n1,2\n", search), ["1|2"]);
    assert_eq!(table(&indexed("MISSING_VALUE_REGEX = ^(-|n/a)$"), "a,b\n1,-\nn/a,2\n", search), ["1|", "|2"]);
    assert_eq!(table(&indexed("HEADER_FIELD_DELIMITER = ;\nHEADER_FIELD_QUOTE = '"), "'a';b\n1,2\n", search), ["1|2"]);
    let special = indexed("HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS = .");
    assert_eq!(table(&special, "a.b,c d,e/f\n1,2,3\n", "* | table a.b \"c d\" e_f"), ["1|2|3"]);
    // Nothing but what stands before the header.
    assert_eq!(table(&indexed("HEADER_FIELD_LINE_NUMBER = 9"), "a,b\n1,2\n", search), [""; 0]);
}

#[test]
fn w3c_logs_say_their_fields() {
    let log = "#Software: S\n#Fields: date time c-ip cs(User-Agent)\n2024-05-01 10:00:00 1.2.3.4 A/1\n#Date: x\n\
               #Fields: date time s-port\n2024-05-01 10:00:01 80\n";
    let rows = table(
        "INDEXED_EXTRACTIONS = w3c\nMISSING_VALUE_REGEX = ^-$",
        log,
        "* | eval t=_time | table t c_ip cs_User_Agent s_port",
    );
    assert_eq!(rows, ["1714557601|||80", "1714557600|1.2.3.4|A/1|"]);
}

#[test]
fn fields_make_times() {
    let settings = "INDEXED_EXTRACTIONS = csv\nTIMESTAMP_FIELDS = day, clock\nTIME_FORMAT = %d.%m.%Y %H:%M";
    let rows = table(settings, "clock,x,day\n10:00,2001-01-01,01.05.2024\n", "* | eval t=_time | table t clock day");
    assert_eq!(rows, ["1714557600|10:00|01.05.2024"]);
    let json = "{\"time\":\"2001-01-01T00:00:00Z\",\"a\":{\"made\":\"2024-05-01 12:00:00\"},\"n\":1}\n";
    let settings = "INDEXED_EXTRACTIONS = json\nTIMESTAMP_FIELDS = a.made\nTZ = Europe/Berlin";
    assert_eq!(table(settings, json, "* | eval t=_time | table t a.made n"), ["1714557600|2024-05-01 12:00:00|1"]);
    // Where a time stands in the text of a structured event, settings may say, too.
    let settings = "TIME_PREFIX = \"made\":\"\nTIME_FORMAT = %Y-%m-%d %H:%M:%S";
    assert_eq!(table(settings, json, "* | eval t=_time | table t"), ["1714564800"]);
}

#[test]
fn texts_are_edited() {
    let log = "2024-05-01 10:00:00 card=1234-5678 x\n2024-05-01 10:00:01 none\n";
    let settings = "SEDCMD-a = s/\\d{4}-(\\d{4})/XXXX-\\1/g\nSEDCMD-b = y/x/y/";
    let rows = table(settings, log, "card | table _raw");
    assert_eq!(rows, ["2024-05-01 10:00:00 card=XXXX-5678 y"]);
    // What is no longer there is not found, what is new is.
    assert_eq!(table(settings, log, "1234 | stats count"), ["0"]);
    assert_eq!(table(settings, log, "XXXX | stats count"), ["1"]);
    // Of structured events the fields would stay as they are: that is told.
    let case = Case::custom("SEDCMD-a = s/1/2/", "{\"a\":1}\n");
    let (rows, warnings) = case.search_with_warnings("* | table a");
    assert!(rows == ["1"] && warnings.len() == 1 && warnings[0].contains("SEDCMD-a"), "{rows:?} {warnings:?}");
}

const ROUTES: &str = "2024-05-01 10:00:00 ws1 kind=a level=debug\n2024-05-01 10:00:01 ws2 kind=b level=info\n";

#[test]
fn transforms_say_where_events_come_from() {
    let transforms = "[h]\nREGEX = (ws\\d)\nFORMAT = host::$1\nDEST_KEY = MetaData:Host\n\
                      [st]\nREGEX = kind=b\nFORMAT = sourcetype::bee\nDEST_KEY = MetaData:Sourcetype\n\
                      [src]\nSOURCE_KEY = MetaData:Source\nREGEX = source::(.*)\\.log\nFORMAT = source::$1\nDEST_KEY = MetaData:Source\n\
                      [i]\nSOURCE_KEY = MetaData:Host\nREGEX = ws2\nFORMAT = second\nDEST_KEY = _MetaData:Index\n";
    let case = Case { transforms, ..Case::custom("TRANSFORMS-a = h, st\nTRANSFORMS-b = src,i", ROUTES) };
    let rows = case.search("index=* | table host sourcetype source index");
    assert_eq!(rows, ["ws2|bee|a|second", "ws1|custom|a|main"]);
    assert_eq!(case.search("index=second sourcetype=bee host=ws2 | stats count"), ["1"]);
    // Also of structured events, whatever they say themselves.
    let json = "{\"host\":\"ws9\",\"kind\":\"b\",\"n\":1}\n{\"n\":2}\n";
    let case = Case { transforms, ..Case::custom("TRANSFORMS-a = h", json) };
    assert_eq!(case.search("* | sort n | table host n"), ["ws9|1", "|2"]);
}

#[test]
fn transforms_drop_events() {
    let transforms = "[none]\nREGEX = .\nDEST_KEY = queue\nFORMAT = nullQueue\n\
                      [info]\nREGEX = level=info\nDEST_KEY = queue\nFORMAT = indexQueue\n\
                      [debug]\nREGEX = debug\nDEST_KEY = queue\nFORMAT = nullQueue\n";
    let count = |settings: &str| Case { transforms, ..Case::custom(settings, ROUTES) }.texts().len();
    assert_eq!(count("TRANSFORMS-a = debug"), 1);
    // The last word counts; classes go by name.
    assert_eq!(count("TRANSFORMS-a = none, info"), 1);
    assert_eq!(count("TRANSFORMS-a = info, none"), 0);
    assert_eq!(count("TRANSFORMS-b = info\nTRANSFORMS-a = none"), 1);
    assert_eq!(count("TRANSFORMS-a ="), 2);
    let json = Case { transforms, ..Case::custom("TRANSFORMS-a = debug", "{\"l\":\"debug\"}\n{\"l\":\"info\"}\n") };
    assert_eq!(json.search("* | table l"), ["info"]);
}

#[test]
fn transforms_change_texts_and_add_fields() {
    let transforms = "[mask]\nREGEX = (?s)^(.*)level=\\w+(.*)$\nFORMAT = $1level=?$2\nDEST_KEY = _raw\n\
                      [more]\nREGEX = (ws\\d)\nFORMAT = $0 seen\nDEST_KEY = _raw\n\
                      [f]\nREGEX = kind=(\\w)\nFORMAT = kind_of::$1 fixed::yes\nWRITE_META = true\n\
                      [g]\nREGEX = kind=(b)\nDEST_KEY = _meta\n\
                      [d]\nREGEX = kind=a\nFORMAT = host::a\nDEFAULT_VALUE = host::other\nDEST_KEY = MetaData:Host\n";
    let case = Case { transforms, ..Case::custom("TRANSFORMS-a = mask, more, f, g, d", ROUTES) };
    let rows = case.search("fixed=yes | table _raw kind_of g host");
    assert_eq!(
        rows,
        ["2024-05-01 10:00:01 ws2 kind=b level=? seen|b|b|other", "2024-05-01 10:00:00 ws1 kind=a level=? seen|a||a"]
    );
}

#[test]
fn transforms_that_are_not_supported_are_told() {
    for stanza in ["INGEST_EVAL = a=1", "REGEX = a\nDEST_KEY = somewhere\nFORMAT = b", "REGEX = (\nDEST_KEY = queue"] {
        let transforms = format!("[t]\n{stanza}\n");
        let problems = Case { transforms: &transforms, ..Case::custom("TRANSFORMS-a = t", "") }.problems();
        assert!(!problems.is_empty() && problems.iter().all(|p| p.contains("[t]")), "{stanza}: {problems:?}");
    }
    // Where events are sent to is nothing to us.
    let transforms = "[t]\nREGEX = .\nDEST_KEY = _TCP_ROUTING\nFORMAT = out\n";
    assert_eq!(Case { transforms, ..Case::custom("TRANSFORMS-a = t", "") }.problems(), [""; 0]);
}

#[test]
fn damage_leaves_nothing_but_damage() {
    let logs = [
        ("INDEXED_EXTRACTIONS = w3c", "#Fields: a b\n1 2\n#Fields: b\n3\n"),
        ("INDEXED_EXTRACTIONS = csv\nHEADER_FIELD_LINE_NUMBER = 2\nFIELD_QUOTE = '", "x\na,b\n'1',2\n3,'4\n"),
        ("LINE_BREAKER = (;)\nSHOULD_LINEMERGE = true\nMUST_BREAK_AFTER = b\nTRUNCATE = 3", "aü;b;c\nd;äöü;e"),
        (
            "TIME_PREFIX = t=\nTIME_FORMAT = %d.%m.%Y\nSEDCMD-a = s/t=(.)/\\1/\nMAX_DAYS_AGO = 3",
            "t=01.05.2024 ä\nt=02.05.2024\n",
        ),
        (
            "INDEXED_EXTRACTIONS = json\nTIMESTAMP_FIELDS = t\nTRANSFORMS-a = t",
            "{\"t\":\"2024-05-01\",\"a\":1}\n{\"t\":[1],\"a\":\"x\\\"\"}\n",
        ),
    ];
    let transforms = "[t]\nREGEX = a(.)\nFORMAT = host::$1\nDEST_KEY = MetaData:Host\n";
    for (settings, text) in logs {
        let case = Case { transforms, ..Case::custom(settings, text) };
        let try_out = |bytes: &[u8]| {
            let origin = Origin { ..case.origin.clone() };
            Case { bytes, origin, ..case }.search_with_warnings("* | stats count");
        };
        for at in 0..text.len() {
            try_out(&text.as_bytes()[..at]);
            for wrong in [0, b'\n', b'"', 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = wrong;
                try_out(&bytes);
            }
        }
    }
}
