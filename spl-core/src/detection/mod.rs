//! Detections: the documents of content packs, and what becomes of their results.
//!
//! A document ([`Detection`], from YAML or from a stanza of a built pack's `savedsearches.conf`) holds a search and what is to be said of its results: a message, who is at risk, what threatens them, and
//! searches that look closer. [`Detection::message`], [`Detection::risk`] and [`Detection::threats`] answer for one result,
//! [`Detection::risk_events`] writes what Splunk Enterprise Security would put into its index `risk`, and [`Detection::drilldowns`] makes the
//! searches ready to run.
//!
//! ```
//! use spl_core::detection::{Detection, Run, rows};
//! use spl_core::{Engine, builtin};
//!
//! let detection = Detection::parse("
//! name: Many Failures
//! search: index=auth action=failure | stats count by user
//! rba:
//!   message: $user$ failed $count$ times
//!   risk_objects:
//!   - {field: user, type: user, score: 40}
//! drilldown_searches:
//! - name: Risk of $user$
//!   search: '| from datamodel Risk.All_Risk | search normalized_risk_object IN ($user$) starthoursago=24
//!     | stats sum(risk_score) as score values(risk_message) as why by normalized_risk_object'
//! ")?;
//! # use spl_core::table::{Table, field_name};
//! # let fields = ["index", "action", "user"].map(field_name);
//! # let failures = (0..3).map(|_| ["auth", "failure", "ann"].map(Into::into).to_vec()).collect();
//! # let events = Table::from_rows(&fields, failures);
//! let now = 1_700_000_000.0;
//! let engine = Engine::builder().events(events).data_models(builtin::data_models()).now(now).build()?;
//! let results = engine.search(&detection.search)?;
//! let result = rows(&results.table).next().expect("ann failed");
//! assert_eq!(detection.message(result), "ann failed 3 times");
//!
//! let run = Run::at(now);
//! let engine = engine.with_events(detection.risk_events(&results.table, &run)).at(now + 60.0);
//! let closer = detection.drilldowns(result, &run)?[0].run(&engine, Default::default())?;
//! assert_eq!(closer.table.batches()[0].get("why", 0).text(), "ann failed 3 times");
//! # Ok::<(), Box<spl_core::error::Diagnostic>>(())
//! ```
//!
//! Knows neither files nor how anything is shown.
//!
//! Source: Splunk Enterprise Security, "Risk-based alerting" and "Drill-down searches"; the fields of published detections.

mod annotations;
mod attack;
mod document;
mod drilldown;
mod fill;
mod message;
mod risk;
mod row;
mod saved;
mod token;
mod yaml;

pub use annotations::Annotations;
pub use attack::{Tactic, Technique, technique};
pub use document::{
    AttackData, Detection, Drilldown, Generation, Observable, Rba, RiskObject, Tags, Test, ThreatObject,
};
pub use drilldown::OpenDrilldown;
pub use risk::{Risk, Run, Threat};
pub use row::{Row, rows};
