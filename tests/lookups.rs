//! Lookups that are written: what later searches and the writer see.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use spl_core::Engine;
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::knowledge::{LookupWriter, Lookups};
use spl_tests::cells;

/// Keeps what was written.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, Option<String>)>>);

impl Kept {
    fn last(&self) -> (String, Option<String>) {
        self.0.lock().unwrap().last().cloned().unwrap()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl LookupWriter for Kept {
    fn write(&self, file: &str, csv: &[u8]) -> Result<(), Box<Diagnostic>> {
        self.0.lock().unwrap().push((file.to_owned(), Some(String::from_utf8_lossy(csv).into_owned())));
        Ok(())
    }

    fn remove(&self, file: &str) -> Result<(), Box<Diagnostic>> {
        self.0.lock().unwrap().push((file.to_owned(), None));
        Ok(())
    }
}

fn engine() -> (Engine, Arc<Kept>) {
    let kept = Arc::new(Kept::default());
    let mut lookups = Lookups::default();
    lookups.add_csv("known.csv", "user,n\nann,1\nbob,2\n");
    lookups.set_writer(kept.clone());
    (Engine::builder().lookups(lookups).build().unwrap(), kept)
}

/// The rows of a search, a line each.
fn rows(engine: &Engine, spl: &str) -> Vec<String> {
    let lines = cells::print(&engine.search(spl).unwrap_or_else(|e| panic!("{spl}\n{e}")).table);
    lines.iter().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn later_searches_see_what_is_written() {
    let (engine, kept) = engine();
    let search = r#"| makeresults | eval user="cyd, jr", n=3, more="x" | table user n more | outputlookup new.csv"#;
    assert_eq!(rows(&engine, search), ["user|n|more", "cyd, jr|3|x"]);
    assert_eq!(kept.last(), ("new.csv".to_owned(), Some("user,n,more\n\"cyd, jr\",3,x\n".to_owned())));
    assert_eq!(rows(&engine, "| inputlookup new.csv"), ["user|n|more", "cyd, jr|3|x"]);
}

#[test]
fn appended_rows_keep_the_columns_of_the_file() {
    let (engine, kept) = engine();
    rows(&engine, r#"| makeresults | eval user="cyd", more="x" | table user more | outputlookup append=t known.csv"#);
    assert_eq!(kept.last().1.as_deref(), Some("user,n\nann,1\nbob,2\ncyd,\n"));
}

#[test]
fn a_key_field_replaces_rows() {
    let (engine, _) = engine();
    rows(&engine, r#"| makeresults | eval user="ann", n=9 | table user n | outputlookup key_field=user known.csv"#);
    assert_eq!(rows(&engine, "| inputlookup known.csv"), ["user|n", "bob|2", "ann|9"]);
}

#[test]
fn no_rows_delete_the_file_or_leave_it() {
    let (engine, kept) = engine();
    rows(&engine, "| makeresults count=0 | outputlookup override_if_empty=f known.csv");
    assert_eq!(kept.count(), 0);
    rows(&engine, "| makeresults count=0 | outputlookup new.csv");
    assert_eq!(kept.count(), 0);
    rows(&engine, "| makeresults count=0 | outputlookup known.csv");
    assert_eq!(kept.last(), ("known.csv".to_owned(), None));
    assert_eq!(engine.search("| inputlookup known.csv").unwrap_err().kind, ErrorKind::Missing);
}

#[test]
fn multivalues_come_back_when_kept_apart() {
    let (engine, _) = engine();
    let search =
        r#"| makeresults | eval m=split("a$,b;c", ",") | table m | outputlookup output_format=splunk_mv_csv m.csv"#;
    rows(&engine, search);
    let csv = "m,__mv_m\nx,$a$$$;$b;c$\n";
    let mut lookups = Lookups::default();
    lookups.add_csv("m.csv", csv);
    let again = Engine::builder().lookups(lookups).build().unwrap();
    assert_eq!(rows(&again, "| inputlookup m.csv"), ["m", "(a$; \"b;c\")"]);
}

#[test]
fn nothing_is_written_without_a_writer() {
    let engine = Engine::builder().build().unwrap();
    let error = engine.search("| makeresults | outputlookup x.csv").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}
