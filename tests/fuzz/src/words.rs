//! Inputs that get far: bytes stand for themselves, but two that UTF-8 cannot have stand for a whole word.

use std::sync::LazyLock;

/// Marks of event logs in XML.
pub const XML: &[&str] = &[
    "<Event>",
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>",
    "</Event>",
    "<Events>",
    "</Events>",
    "<System>",
    "</System>",
    "<Provider Name='P' Guid='{5}'/>",
    "<EventID>1</EventID>",
    "<EventID Qualifiers='2'>",
    "<TimeCreated SystemTime='2024-05-01T10:00:00.5Z'/>",
    "<TimeCreated SystemTime=\"",
    "<Channel>Security</Channel>",
    "<Computer>ws1</Computer>",
    "<Security UserID='S-1-5-18'/>",
    "<EventData>",
    "</EventData>",
    "<Data Name='Image'>C:\\a.exe</Data>",
    "<Data Name='",
    "<Data Name=\"",
    "<Data>",
    "</Data>",
    "<Data/>",
    "<UserData>",
    "</UserData>",
    "<RenderingInfo Culture='en'>",
    "</RenderingInfo>",
    "<Keywords><Keyword>Audit</Keyword></Keywords>",
    "<Message>",
    "</Message>",
    "<Binary>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0'?>",
    "&amp;",
    "&lt;",
    "&#65;",
    "&",
    "'>",
    "'/>",
    "/>",
    ">",
    "<",
    "</",
    "=",
    " ",
    "\n",
    "May  1 10:00:00 srv sysmon[7]: ",
    "05/01/2024 11:00:00 AM\nLogName=Security\nEventCode=4\n",
    "<n:a xmlns:n='http://x'>",
    "</n:a>",
    "é",
    "\u{feff}",
];

/// Marks of JSON.
pub const JSON: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\n", " ", "\t", "\r\n", "\x1e", "null", "true", "false", "1", "-1.50", "1e3", "0",
    "{\"a\":1}", "\"a\":", "\"b\":", "\"a.b\":", "\"a{}\":", "\"\":", "\"x\"", "\"rundll32\"", "\"C:\\\\x\\/y\"", "\"\\u00e9\"",
    "\\u0041", "\\ud83d\\ude00", "\\ud83d", "\\n", "\\\"", "\\\\", "\\x", "{\"Records\":[", "{\"records\":[", "{\"result\":{",
    "\"preview\":false,", "\"Event\":{\"System\":{", "\"EventData\":{", "\"Data\":", "\"#text\":", "\"@Name\":", "\"_raw\":",
    "\"_time\":1714557600.5", "\"_time\":", "\"timestamp\":\"2024-05-01T10:00:00Z\"", "\"eventTime\":\"2024-05-01T10:00:00Z\"",
    "\"EventID\":1", "\"Channel\":\"Security\"", "\"TimeCreated\":{\"SystemTime\":\"2024-05-01T10:00:00Z\"}", "\"host\":",
    "\"source\":", "\"sourcetype\":", "\"index\":", "é", "\u{feff}", "{\"a\":{\"b\":[1,{\"c\":2}]}}\n",
];

/// Marks of tables.
pub const CSV: &[&str] = &[
    ",", "\"", "\"\"", "\n", "\r\n", "\r", ";", "\t", " ", "_time,a,b\n", "a,b,c\n", "_raw", "_time", "1714557600.5", "__mv_a", "$x$;$y$",
    "host", "source", "\"x,y\"", "\"a\nb\"", "2024-05-01T10:00:00Z", "1", "é", "\u{feff}", "a,a\n", "#", "\0",
];

/// Marks of plain logs.
pub const TEXT: &[&str] = &[
    "\n", "\r\n", "\t", " ", "2024-05-01 10:00:00 ", "2024-05-01T10:00:00.123Z ", "May  1 10:00:00 srv app[7]: ", "1714557600",
    "05/01/2024 11:00:00 AM\n", "[01/May/2024:10:00:00 +0200] ", "LogName=Security\n", "EventCode=4\n", "ComputerName=ws2\n",
    "SourceName=x\n", "Message=a\nb\n", "a=b ", "a=\"x y\" ", "Wed May 01 10:00:00 2024 ", "{\"a\":1}", "type=SYSCALL msg=audit(1714557600.1:2): ",
    "<13>", "é", "\u{feff}", "\0", "|", "CEF:0|a|b|c|d|e|5|k=v", "Jan 32 25:61:61 ", "2024-02-30 ",
];

/// Pieces of searches that the registries do not know.
const SPL: &[&str] = &[
    " ", "|", " | ", ",", "(", ")", "[", "]", "=", "!=", "==", "<", "<=", ">", ">=", "\"", "'", "`", "```", "*", ".", "+", "-", "/",
    "%", "\\", "\\\"", "\\|", "$t$", "$", "<<FIELD>>", "<<MATCHSTR>>", "<<ITEM>>", "{}", "{a}", " AND ", " OR ", " NOT ", " XOR ", " IN (", " LIKE ",
    " AS ", " BY ", " OVER ", " WHERE ", " OUTPUT ", "TERM(", "CASE(", "`m`", "`n(a,\"b c\")`", "`e(3)`", "`v(x)`", "`p(user)`", "`loop`",
    "index=main ", "source=", "sourcetype=s ", "host=", "user", "bytes", "status", "mv", "text", "_time", "_raw", "n", "null()", "true()", "now()",
    "earliest=-1d ", "latest=now ", "earliest=-1d@d+3h", "span=1h", "span=1log2", "span=", "limit=", "count=", "field=", "window=", "by ",
    "0", "1", "-1", "2", "10", "1.5", ".5", "1e3", "1e308", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "0x1f", "24h", "1mon", "1q", "-1w@w1",
    "t", "f", "true", "false", "\"\"", "\"%Y-%m-%d %H:%M:%S.%3N\"", "\"%+\"", "\"(?<a>.*)(?P<b>\\d+)\"", "\"(a+)+$\"", "\"s/a/b/g\"",
    "\"y/ab/cd/\"", "[search index=main | return user]", "[| makeresults]", "[| tstats count]", "count(eval(", "a.b{}.c", "{\\\"a\\\":[1,{\\\"b\\\":null}]}",
    "10.0.0.0/8", "\"10.1.2.3\"", "::1", "é", "🙂", "don't", "\u{a0}", "\n", "\t", "datamodel=Endpoint.Processes", "Processes.process_name",
    "type=left ", "max=0 ", "keepevents=true ", "maxspan=5m ", "startswith=\"x\" ", "endswith=(", "mode=sed ", "allnum=t ", "delim=\",\" ",
    "useother=f ", "usenull=f ", "otherstr=x ", "cont=f ", "bins=3 ", "start=0 ", "end=10 ", "dc(", "perc95(", "p50(", "values(*) AS *_x", "sparkline(count,1h)",
    "eval x=", "where ", "stats count", "| eval a=split(\"1,2,3\",\",\") ", "| makeresults count=3 ", "| streamstats count AS n ",
];

/// Everything that searches are made of: [`SPL`]'s pieces, names of commands, functions and aggregates, and their examples.
pub static SEARCH: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words: Vec<String> = SPL.iter().map(|&word| word.to_owned()).collect();
    for command in spl_core::commands::COMMANDS {
        words.push(format!("| {} ", command.name));
        for example in command.examples {
            words.extend(example.spl.split(" | ").map(|stage| format!("| {} ", stage.trim_start_matches("| "))));
        }
    }
    for function in spl_core::functions::all() {
        words.push(format!("{}(", function.name));
        words.extend(function.examples.iter().map(|(text, _)| (*text).to_owned()));
    }
    words.extend(spl_core::aggregates::all().map(|aggregate| format!("{}(", aggregate.name)));
    let mut seen = std::collections::HashSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
});

/// The bytes with words in place of every `0xf8..=0xff` and the byte behind it.
pub fn spell(data: &[u8], words: &[impl AsRef<str>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = data.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.as_slice()) {
            (0xf8.., [low, ..]) => {
                let number = usize::from(byte & 7) << 8 | usize::from(*low);
                out.extend(words[number % words.len()].as_ref().as_bytes());
                bytes.next();
            }
            _ => out.push(byte),
        }
    }
    out
}
