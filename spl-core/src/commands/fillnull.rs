//! `fillnull`: a value for rows without one.

use super::prelude::*;
use super::stats::clause::declare;
use crate::table::{Dictionary, DictionaryBuilder, NumColumn};
use crate::value::{number_text, parse_number};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "fillnull",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "fillnull [value=<string>] [<field-list>]",
    summary: "Gives fields a value, 0 if nothing is said, in rows that have none: the fields listed, or all that any row has.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS n | eval x=if(n=1, 5, null()) | fillnull value=none x y | table n x y",
        result: "n | x | y\n1 | 5 | none\n2 | none | none",
    }],
    parse: |args| {
        let value = args.option("value")?.string()?.unwrap_or_else(|| "0".to_owned());
        let mut fields = Vec::new();
        for field in args.fields_if_any(&[])? {
            if field.node.contains('*') {
                bail!(Argument, field.span, "fillnull takes no wildcards, as in `{}`", field.node; hint: "without a list it fills all fields");
            }
            fields.push(field_name(&field.node));
        }
        args.end()?;
        Ok(Box::new(Fillnull { value, fields }))
    },
};

#[derive(Clone, Debug)]
struct Fillnull {
    value: String,
    fields: Vec<FieldName>,
}

impl Command for Fillnull {
    fn kind(&self) -> Kind {
        if self.fields.is_empty() { Kind::DatasetProcessing } else { Kind::DistributableStreaming }
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Fillnull {
    fn describe(&self) -> String {
        format!("fillnull value={} {}", self.value, self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn keeps_rows(&self) -> bool {
        // Without a list the rows decide on the fields.
        !self.fields.is_empty()
    }

    fn writes(&self) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { FieldSet::of(&self.fields) }
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let mut declared = input.declared_fields().map(<[_]>::to_vec);
        let fields = if self.fields.is_empty() { input.fields() } else { self.fields.clone() };
        let mut batches = input.into_batches();
        for field in &fields {
            cx.check()?;
            let mut filler = Filler { value: &self.value, known: Vec::new() };
            for batch in &mut batches {
                if let Some(column) = filler.fill(batch.column(field), batch.rows()) {
                    batch.set(field, column);
                }
            }
            if let Some(declared) = &mut declared {
                declare(declared, field);
            }
        }
        Ok(Table::new(batches).with_declared(declared))
    }
}

/// Fills the columns of one field. Dictionaries that lack the value are extended once.
struct Filler<'a> {
    value: &'a str,
    known: Vec<(Arc<Dictionary>, Arc<Dictionary>, u32)>,
}

impl Filler<'_> {
    /// The column filled; `None` when there is nothing to fill.
    fn fill(&mut self, column: Option<&Column>, rows: usize) -> Option<Column> {
        let constant = || Column::Const(Value::str(self.value), rows);
        match column {
            None | Some(Column::Const(Value::Null, _)) => Some(constant()),
            Some(Column::Const(..)) => None,
            Some(Column::Dict(dictionary, codes)) => {
                if !codes.contains(&0) {
                    return None;
                }
                let (dictionary, fill) = self.with_value(dictionary);
                let codes = codes.iter().map(|&code| if code == 0 { fill } else { code }).collect();
                Some(Column::Dict(dictionary, codes))
            }
            Some(column) => {
                let present = column.present();
                if present.all() {
                    return None;
                }
                // A number among numbers stays one if it prints as it was written.
                let number = parse_number(self.value).filter(|&n| number_text(n) == self.value);
                if let (Column::Num(numbers), Some(n)) = (column, number)
                    && numbers.decimals.is_none()
                {
                    let values = numbers.values.iter().enumerate();
                    let values = values.map(|(row, &old)| if present.get(row) { old } else { n }).collect();
                    return Some(Column::Num(Arc::new(NumColumn::new(values, None, None))));
                }
                let fill = Value::str(self.value);
                let value = |row: usize| if present.get(row) { column.value(row) } else { fill.clone() };
                Some(Column::from_values((0..column.len()).map(value).collect()))
            }
        }
    }

    /// A dictionary with all codes of the given one and the value, and the value's code.
    fn with_value(&mut self, dictionary: &Arc<Dictionary>) -> (Arc<Dictionary>, u32) {
        if let Some(code) = dictionary.code(self.value) {
            return (dictionary.clone(), code);
        }
        if let Some((_, extended, code)) = self.known.iter().find(|(known, ..)| Arc::ptr_eq(known, dictionary)) {
            return (extended.clone(), *code);
        }
        let mut builder = DictionaryBuilder::default();
        dictionary.iter().for_each(|text| {
            builder.intern(text);
        });
        let code = builder.intern(self.value);
        let extended = Arc::new(builder.finish());
        self.known.push((dictionary.clone(), extended.clone(), code));
        (extended, code)
    }
}
