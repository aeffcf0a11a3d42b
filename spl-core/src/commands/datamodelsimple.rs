//! `datamodelsimple`: names of data models, of their datasets, and of a dataset's fields.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "datamodelsimple",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "datamodelsimple type=models|objects|attributes [datamodel=<string>] [object=<string>] [nodename=<string>]",
    summary: "Lists data models, the datasets of one, or the fields of a dataset.",
    examples: &[],
    parse: |args| {
        let kind = args.option("type")?.one_of(&["models", "objects", "attributes"])?.unwrap_or("models");
        let model = args.option("datamodel")?.spanned()?;
        let dataset = args.option_of(&["nodename", "object"])?.spanned()?;
        args.end()?;
        if kind != "models" && model.is_none() {
            bail!(Argument, args.span(), "datamodelsimple needs a data model to list its {kind}"; hint: "datamodel=<model>");
        }
        if kind == "attributes" && dataset.is_none() {
            bail!(Argument, args.span(), "datamodelsimple needs a dataset to list its fields"; hint: "object=<dataset>");
        }
        Ok(Box::new(Datamodelsimple { kind, model, dataset }))
    },
};

#[derive(Debug)]
struct Datamodelsimple {
    kind: &'static str,
    model: Option<Spanned<String>>,
    dataset: Option<Spanned<String>>,
}

impl Command for Datamodelsimple {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, _: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let models = cx.catalog.data_models();
        let rows = |fields: &[&str], rows: Vec<Vec<Value>>| {
            let fields: Vec<FieldName> = fields.iter().map(field_name).collect();
            Plan::Values(Arc::new(Table::from_rows(&fields, rows)))
        };
        let Some(name) = self.model.as_ref().filter(|_| self.kind != "models") else {
            return Ok(rows(&["datamodel"], models.names().map(|name| vec![Value::str(name)]).collect()));
        };
        let model = models.get(&name.node).map_err(|e| Box::new((*e).at(name.span)))?;
        let Some(dataset) = self.dataset.as_ref().filter(|_| self.kind == "attributes") else {
            let mut all = Vec::new();
            for dataset in &model.datasets {
                all.push(vec![Value::str(&dataset.name), Value::from(model.view(&dataset.name)?.path())]);
            }
            return Ok(rows(&["object", "lineage"], all));
        };
        let view = model.view(&dataset.node).map_err(|e| Box::new((*e).at(dataset.span)))?;
        let fields = view.fields().into_iter().map(|(plain, used)| vec![Value::from(plain), Value::from(used)]);
        Ok(rows(&["attribute", "lineage"], fields.collect()))
    }
}
