//! What programs pass on by serde: rows, results, diagnostics, detections.

#![allow(clippy::unwrap_used, reason = "what cannot be written fails the test")]

use serde_json::{Value as Json, json, to_value};
use spl_core::Engine;
use spl_core::detection::{Detection, Run, rows};
use spl_core::error::Notes;

fn engine() -> Engine {
    Engine::builder().now(1_720_000_000.0).build().unwrap()
}

#[test]
fn rows_are_maps_in_the_order_of_their_fields() {
    let search = "| makeresults | eval z=\"text\", n=2+3, half=n/2, exact=round(2.5,2), list=split(\"a,b\",\",\"), digits=\"007\", none=null() | table z n half exact list digits none";
    let results = engine().search(search).unwrap();
    let text = serde_json::to_string(&results).unwrap();
    assert_eq!(
        text,
        r#"{"rows":[{"z":"text","n":5,"half":2.5,"exact":2.5,"list":["a","b"],"digits":"007"}],"warnings":[],"damaged":false}"#
    );
    assert_eq!(to_value(rows(&results.table).next().unwrap()).unwrap(), to_value(&results.table).unwrap()[0]);
    // As types of the program's own.
    #[derive(serde::Deserialize)]
    struct Own {
        n: u64,
        list: Vec<String>,
    }
    let own: Vec<Own> = serde_json::from_value(to_value(&results.table).unwrap()).unwrap();
    assert_eq!((own[0].n, own[0].list.len()), (5, 2));
}

#[test]
fn diagnostics_have_their_kind_place_and_hint() {
    let error = engine().search("| makeresults | evla x=1").unwrap_err();
    let json = to_value(&error).unwrap();
    assert_eq!((&json["kind"], &json["span"]), (&json!("unknown"), &json!({"start": 16, "end": 20})));
    assert_eq!(json["hint"], "did you mean `eval`?");
    let notes = Notes::default();
    notes.warn("something");
    notes.fail(error);
    let json = to_value(&notes).unwrap();
    assert_eq!((&json["warnings"], &json["failure"]["kind"]), (&json!(["something"]), &json!("unknown")));
}

#[test]
fn detections_and_what_comes_of_them() {
    let detection = Detection::parse("name: n\nsearch: x\nown: 1\ntags:\n  impact: 50\n  confidence: 50\n  message: m $user$\n  observable:\n  - {name: user, type: User, role: [Victim]}\ndrilldown_searches:\n- {name: d, search: a=$user$}\n").unwrap();
    let json = to_value(&detection).unwrap();
    assert_eq!(json["rba"]["risk_objects"], json!([{"field": "user", "type": "user", "score": 25.0}]));
    assert_eq!((&json["own"], &json["generation"]), (&json!(1), &json!("observables")));
    let results = engine().search("| makeresults | eval user=\"ann\"").unwrap();
    let row = rows(&results.table).next().unwrap();
    assert_eq!(
        to_value(detection.risk(row)).unwrap(),
        json!([{"risk_object": "ann", "risk_object_type": "user", "risk_score": 25}])
    );
    let run = Run::at(1_720_000_000.0);
    let opened = to_value(detection.drilldowns(row, &run).unwrap()).unwrap();
    assert_eq!((&opened[0]["search"], &opened[0]["time"]["latest"]), (&json!("a=\"ann\""), &Json::Null));
    let events = to_value(detection.risk_events(&results.table, &run)).unwrap();
    assert_eq!((&events[0]["risk_message"], &events[0]["index"]), (&json!("m ann"), &json!("risk")));
    assert_eq!(to_value(detection.annotations()).unwrap()["impact"], json!(50));
}
