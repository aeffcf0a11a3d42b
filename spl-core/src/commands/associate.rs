//! `associate`: which values of fields make values of other fields more certain.

use std::collections::HashMap;

use super::prelude::*;
use crate::exec::{KeyColumn, fields_or_all};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "associate",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "associate [supcnt=<num>] [supfreq=<num>] [improv=<num>] [<wc-field-list>]",
    summary: "Finds values of one field under which another field varies less, measured by entropy.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"m,s\nGET,200\nGET,404\nPUT,200\nPUT,200\" | associate supcnt=2 supfreq=0.1 improv=0.3 | table Reference_Key Reference_Value Target_Key Entropy_Improvement",
        result: "Reference_Key | Reference_Value | Target_Key | Entropy_Improvement\nm             | PUT             | s          | 0.811",
    }],
    parse: |args| {
        let count = args.option("supcnt")?.float()?.unwrap_or(100.0);
        let frequency = args.option("supfreq")?.float()?.unwrap_or(0.1);
        let improvement = args.option("improv")?.float()?.unwrap_or(0.5);
        let fields = args.fields_if_any(&[])?.into_iter().map(|f| f.node).collect();
        args.end()?;
        Ok(Box::new(Associate(Arc::new(Node { count, frequency, improvement, fields }))))
    },
};

#[derive(Debug)]
struct Associate(Arc<Node>);

#[derive(Debug)]
struct Node {
    /// Rows that a value must have at least.
    count: f64,
    /// The same as a part of all rows.
    frequency: f64,
    /// Bits of entropy that must be saved.
    improvement: f64,
    fields: Vec<String>,
}

impl Command for Associate {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("associate {}", self.fields.join(", ")).trim_end().to_owned()
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { FieldSet::of(&self.fields) }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields = fields_or_all(&self.fields, input.fields());
        let batch = input.into_single();
        let keys: Vec<KeyColumn> =
            fields.iter().map(|field| KeyColumn::new(std::slice::from_ref(&batch), field)).collect();
        let code = |key: &KeyColumn, row: usize| key.codes[0].get(row);
        let rows: Vec<usize> = (0..batch.rows()).collect();
        let mut found = Vec::new();
        for (reference, reference_field) in keys.iter().zip(&fields) {
            cx.check()?;
            let mut by_value: HashMap<u32, Vec<usize>> = HashMap::new();
            rows.iter().for_each(|&row| by_value.entry(code(reference, row)).or_default().push(row));
            by_value.remove(&0);
            let mut values: Vec<(u32, Vec<usize>)> = by_value.into_iter().collect();
            values.sort_unstable_by_key(|(value, _)| *value);
            for (value, own) in values {
                let support = own.len() as f64;
                if support < self.count || support < self.frequency * rows.len() as f64 {
                    continue;
                }
                for (target, target_field) in keys.iter().zip(&fields) {
                    if target_field == reference_field {
                        continue;
                    }
                    let (before, under) = (entropy(target, &rows), entropy(target, &own));
                    if before - under < self.improvement {
                        continue;
                    }
                    let text = reference.dictionary.get(value).unwrap_or_default();
                    let bits = |n: f64| Value::Fixed(n, 3);
                    let description = format!(
                        "When '{reference_field}' has the value '{text}', the entropy of '{target_field}' decreases from {before:.3} to {under:.3}."
                    );
                    found.push((
                        before - under,
                        vec![
                            Value::str(reference_field),
                            Value::str(text),
                            Value::str(target_field),
                            bits(before),
                            bits(under),
                            bits(before - under),
                            Value::from(description),
                            Value::Num(support),
                        ],
                    ));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let names = [
            "Reference_Key",
            "Reference_Value",
            "Target_Key",
            "Unconditional_Entropy",
            "Conditional_Entropy",
            "Entropy_Improvement",
            "Description",
            "Support",
        ];
        Ok(Table::from_rows(&names.map(field_name), found.into_iter().map(|(_, row)| row).collect()))
    }
}

/// The entropy of a field over rows, in bits; rows without a value do not count.
fn entropy(key: &KeyColumn, rows: &[usize]) -> f64 {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    rows.iter().for_each(|&row| *counts.entry(key.codes[0].get(row)).or_default() += 1);
    counts.remove(&0);
    let all: usize = counts.values().sum();
    // Added up in one order, so that the last digit is always the same.
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable();
    -counts.into_iter().map(|count| count as f64 / all as f64).map(|p| p * p.log2()).sum::<f64>() + 0.0
}
