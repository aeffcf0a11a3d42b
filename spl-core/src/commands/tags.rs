//! `tags`: the tags of the values of fields.
//!
//! Source: Search Reference, "tags".

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "tags",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "tags [outputfield=<field>] [inclname=<bool>] [inclvalue=<bool>] [allowed_tags=<string>] [<field-list>]",
    summary: "Adds fields with the tags of other fields' values.",
    examples: &[Example { spl: "| makeresults | eval a=1 | tags a | table a", result: "a\n1" }],
    parse: |args| {
        let output = args.option("outputfield")?.string()?;
        let with_name = args.option("inclname")?.bool()?.unwrap_or(false);
        let with_value = args.option("inclvalue")?.bool()?.unwrap_or(false);
        let allowed = args.option("allowed_tags")?.string()?;
        let fields = args.fields_if_any(&[])?.into_iter().map(|field| field.node).collect();
        args.end()?;
        let allowed = allowed.map(|list| {
            list.split([',', ' ']).filter(|tag| !tag.is_empty()).map(|tag| tag.trim().to_owned()).collect()
        });
        Ok(Box::new(Tags { output, with_name, with_value, allowed, fields }))
    },
};

#[derive(Clone, Debug)]
struct Tags {
    output: Option<String>,
    with_name: bool,
    with_value: bool,
    allowed: Option<Vec<String>>,
    /// All fields with tagged values when empty.
    fields: Vec<String>,
}

impl Command for Tags {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let tags = cx.catalog.knowledge().tags();
        let is_asked = |field: &str| self.fields.is_empty() || self.fields.iter().any(|own| own == field);
        let is_allowed = |tag: &str| self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|own| own == tag));
        let mut tagged: Vec<(FieldName, Vec<(String, String)>)> = Vec::new();
        for (field, value, tag) in tags.filter(|(field, _, tag)| is_asked(field) && is_allowed(tag)) {
            let mut text = String::new();
            if self.with_name {
                text.push_str(&format!("{field}::"));
            }
            if self.with_value {
                text.push_str(&format!("{value}::"));
            }
            text.push_str(tag);
            let entry = (value.to_lowercase(), text);
            match tagged.iter_mut().find(|(known, _)| **known == *field) {
                Some((_, entries)) => entries.push(entry),
                None => tagged.push((field_name(field), vec![entry])),
            }
        }
        Ok(input.command(TagsNode { output: self.output.clone(), tagged }))
    }
}

#[derive(Debug)]
struct TagsNode {
    output: Option<String>,
    /// For each field, values in lower case with what stands for their tags.
    tagged: Vec<(FieldName, Vec<(String, String)>)>,
}

impl TagsNode {
    fn outputs(&self) -> Vec<FieldName> {
        match &self.output {
            Some(field) => vec![field_name(field)],
            None => {
                let own = self.tagged.iter().map(|(field, _)| field_name(format!("tag::{field}")));
                own.chain([field_name("tag")]).collect()
            }
        }
    }

    /// What the rows of a batch get, field by field.
    fn of_batch(&self, batch: &Batch) -> Vec<(FieldName, Column)> {
        let mut all: Vec<Vec<Value>> = vec![Vec::new(); batch.rows()];
        let mut columns = Vec::new();
        for (field, entries) in &self.tagged {
            let Some(column) = batch.column(field) else { continue };
            let mut own: Vec<Value> = Vec::with_capacity(batch.rows());
            for (row, all) in all.iter_mut().enumerate() {
                let mut tags: Vec<Value> = Vec::new();
                column.get(row).for_each(|value| {
                    let text = value.text().to_lowercase();
                    let matching = entries.iter().filter(|(known, _)| *known == text);
                    tags.extend(matching.map(|(_, tag)| Value::str(tag)));
                });
                all.extend(tags.iter().cloned());
                own.push(sorted(tags));
            }
            columns.push((field_name(format!("tag::{field}")), Column::from_values(own)));
        }
        let all = Column::from_values(all.into_iter().map(sorted).collect());
        match &self.output {
            Some(field) => vec![(field_name(field), all)],
            None => {
                columns.push((field_name("tag"), all));
                columns
            }
        }
    }
}

/// The tags by name, each once.
fn sorted(mut tags: Vec<Value>) -> Value {
    tags.sort_by(|a, b| a.text().cmp(&b.text()));
    tags.dedup();
    Value::multi(tags)
}

impl CommandNode for TagsNode {
    fn describe(&self) -> String {
        format!("tags {}", self.tagged.iter().map(|(field, _)| &**field).collect::<Vec<_>>().join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(self.tagged.iter().map(|(field, _)| field)))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of(self.outputs())
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let with_tags = |mut batch: Batch| {
            for (field, column) in self.of_batch(&batch) {
                // Other tags that a row may have had are gone.
                if !column.all_null() || batch.column(&field).is_some() {
                    batch.set(&field, column);
                }
            }
            batch
        };
        let table = Table::new(input.into_batches().into_iter().map(with_tags).collect());
        Ok(table.with_fields_after(declared))
    }
}
