//! `datamodel`: what data models say, or the events of a dataset.
//!
//! Source: Search Reference, "datamodel".

use super::dataset::DatasetSource;
use super::prelude::*;
use crate::expr::SearchPredicate;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "datamodel",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "datamodel [<model>] [<dataset>] [search|flat] [strict_fields=<bool>] [allow_old_summaries=<bool>] [summariesonly=<bool>]",
    summary: "Shows data models as JSON, or the events of a dataset.",
    examples: &[],
    parse: |args| {
        let strict = args.option("strict_fields")?.bool()?.unwrap_or(true);
        args.option("allow_old_summaries")?.bool()?;
        let idle = args.option("summariesonly")?.bool()?.unwrap_or(false);
        let mut words = Vec::new();
        while words.len() < 3 && !args.is_empty() {
            words.push(args.string("a data model")?);
        }
        args.end()?;
        let mut words = words.into_iter();
        let (model, dataset, mode) = (words.next(), words.next(), words.next());
        let mode = match mode {
            None => None,
            Some(mode) => Some(match mode.node.to_ascii_lowercase().as_str() {
                "search" => Mode::Search,
                "flat" => Mode::Flat,
                "acceleration_search" => {
                    bail!(
                        Unsupported,
                        mode.span,
                        "there are no summaries of data models, and no search that makes them"
                    )
                }
                other => bail!(Argument, mode.span, "datamodel has no mode `{other}`"; hint: "search or flat"),
            }),
        };
        Ok(Box::new(Datamodel { model, dataset, mode, strict, idle }))
    },
};

#[derive(Debug)]
struct Datamodel {
    model: Option<Spanned<String>>,
    dataset: Option<Spanned<String>>,
    mode: Option<Mode>,
    /// Whether only the dataset's own fields are shown.
    strict: bool,
    idle: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Fields are named after their dataset.
    Search,
    /// Fields have their plain names.
    Flat,
}

impl Command for Datamodel {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "datamodel must be the first command of a search");
        }
        if self.idle {
            cx.functions.notes.warn("summariesonly has no effect: there are no summaries of data models");
        }
        let models = cx.catalog.data_models();
        let Some(name) = &self.model else {
            let texts = models.names().map(|name| Ok(models.get(name)?.to_json())).collect::<Result<Vec<_>>>()?;
            return Ok(json_rows(texts));
        };
        let model = models.get(&name.node).map_err(|e| Box::new((*e).at(name.span)))?;
        let Some(dataset) = &self.dataset else { return Ok(json_rows(vec![model.to_json()])) };
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(dataset.span));
        let view = model.view(&dataset.node).map_err(located)?;
        let Some(mode) = self.mode else { return Ok(json_rows(vec![view.to_json()])) };
        let source = DatasetSource { model, view: Some(view) };
        let plan = source.all_fields(SearchPredicate::Always(true), self.strict, cx).map_err(located)?;
        Ok(match mode {
            Mode::Flat => plan,
            Mode::Search => DatasetSource::renamed(plan, &source.fields()),
        })
    }
}

/// A row for each text, in `_raw`.
fn json_rows(texts: Vec<String>) -> Plan {
    let rows = texts.into_iter().map(|text| vec![Value::from(text)]).collect();
    Plan::Values(Arc::new(Table::from_rows(&[field_name("_raw")], rows)))
}
