//! The lines of web servers and of syslog have the fields that searches over them are written for.

use std::sync::Arc;

use spl_core::exec::{Bytes, RawSource};
use spl_core::formats::Origin;
use spl_core::{Engine, builtin};
use spl_tests::cells::print;

const ACCESS: &str = r#"10.2.3.4 - ann [08/Nov/2023:18:20:54 +0000] "GET /shop/cart.do?action=add&item=E-15 HTTP/1.1" 200 2252 "http://www.example.com/old?item=E-15" "Mozilla/5.0 (X11)" "c=1" 506
10.2.3.4 - - [08/Nov/2023:18:20:56 +0000] "POST /login HTTP/1.1" 503 893 "-" "curl/8"
10.9.9.9 - - [09/Nov/2023:07:05:09 +0000] "GET / HTTP/1.0" 200 -
10.9.9.9 - - [09/Nov/2023:07:05:10 +0000] "-" 408 0 "-" "-"
"#;

const SYSLOG: &str = "Nov  8 18:20:54 mail1 sshd[4351]: Failed password for root from 10.2.3.4 port 3771 ssh2\nNov  8 18:20:55 mail1 su: session opened\n";

fn found(sourcetype: &str, text: &'static str, search: &str) -> Vec<String> {
    let builder = Engine::builder().knowledge(builtin::knowledge()).now(1_699_600_000.0);
    let mut engine = builder.build().expect("builds");
    let origin = Origin { name: "x.log".to_owned(), sourcetype: Some(sourcetype.to_owned()), ..Origin::default() };
    let input: (Bytes, _, _) = (Box::new(text.as_bytes()), None, origin);
    let source = RawSource::new(vec![input], engine.catalog().knowledge().clone());
    engine.catalog_mut().add_source(Arc::new(source));
    print(engine.search(search).expect("runs").shown())
}

#[test]
fn a_request_has_its_parts() {
    let parts = found(
        "access_combined_wcookie",
        ACCESS,
        "sourcetype=access_* status=200 action=add | table clientip user method uri uri_path file uri_query version bytes item",
    );
    let row = "10.2.3.4 | ann  | GET    | /shop/cart.do?action=add&item=E-15 | /shop/cart.do | cart.do | action=add&item=E-15 | HTTP/1.1 | 2252  | E-15";
    assert_eq!(parts[1], row);
    let behind =
        found("access_combined", ACCESS, "user=ann | table req_time referer referer_domain useragent cookie other");
    let row = "08/Nov/2023:18:20:54 +0000 | http://www.example.com/old?item=E-15 | http://www.example.com | Mozilla/5.0 (X11) | c=1    | 506";
    assert_eq!(behind[1], row);
}

#[test]
fn lines_without_a_part_have_the_others() {
    let few = found("access_common", ACCESS, "clientip=10.9.9.9 | table method uri file status bytes referer");
    assert_eq!(few[1..], ["-      | null | null | 408    | 0     | -", "GET    | /    | null | 200    | -     | null"]);
}

#[test]
fn the_parts_of_a_time_are_fields() {
    let hours = found(
        "access_combined",
        ACCESS,
        "date_wday=thursday date_hour<8 | stats count BY date_hour date_mday date_month date_year",
    );
    assert_eq!(hours[1..], ["7         | 9         | november   | 2023      | 2"]);
}

#[test]
fn a_line_of_syslog_names_its_process() {
    let named = found("linux_secure", SYSLOG, "process=s* | table process pid date_second");
    assert_eq!(named[1..], ["su      | null | 55", "sshd    | 4351 | 54"]);
}
