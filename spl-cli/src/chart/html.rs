//! Results as a page that needs nothing else: the search, its chart if there is one, and the rows.

use spl_core::table::Table;
use spl_core::time::Zone;

use super::svg::{escape, picture};
use super::{Chart, times};
use crate::output::each_line;

/// Rows of a page; more make it slow to open.
const ROWS: usize = 10_000;

const STYLE: &str = "body{font:14px system-ui,sans-serif;color:#30353b;background:#fff;margin:2em auto;max-width:1100px;padding:0 1em}\
h1{font:600 15px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}svg{max-width:100%;height:auto}\
table{border-collapse:collapse;margin-top:1.5em}th,td{padding:.25em .7em;border-bottom:1px solid #e3e6ea;text-align:left;vertical-align:top;\
white-space:pre-wrap;overflow-wrap:anywhere}th{border-color:#8a9099;position:sticky;top:0;background:#fff}.r{text-align:right}p{color:#646b74}";

/// The page.
pub(crate) fn page(table: &Table, chart: Option<&Chart>, title: &str, zone: Zone) -> String {
    let fields = table.fields();
    let title = escape(title.trim());
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    if let Some(chart) = chart {
        // The search stands above already.
        out.push_str(&picture(&Chart { title: String::new(), ..chart.clone() }));
    }
    let rows = if table.rows() == 1 { "1 result".to_owned() } else { format!("{} results", table.rows()) };
    let more = if table.rows() > ROWS { format!(", of which the first {ROWS} are shown") } else { String::new() };
    out.push_str(&format!("<p>{rows}{more}</p>\n<table>\n<tr>"));
    fields.iter().for_each(|field| out.push_str(&format!("<th>{}</th>", escape(field))));
    out.push_str("</tr>\n");
    let _ = each_line(table, |line| {
        out.push_str("<tr>");
        for (field, value) in fields.iter().zip(line.values()) {
            let (class, text) = match value.number() {
                Some(time) if &**field == "_time" => ("", times::full(time, zone)),
                Some(_) => (" class=\"r\"", value.text().into_owned()),
                None => ("", value.text().into_owned()),
            };
            out.push_str(&format!("<td{class}>{}</td>", escape(&text)));
        }
        out.push_str("</tr>\n");
        if line.number + 1 < ROWS { Ok(()) } else { Err(()) }
    });
    out.push_str("</table>\n</html>\n");
    out
}
