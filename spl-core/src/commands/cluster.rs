//! `cluster`: events with similar text.

use std::collections::{HashMap, HashSet};

use super::prelude::*;
use crate::exec::KeyColumn;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "cluster",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "cluster [t=<num>] [delims=<string>] [showcount=<bool>] [countfield=<field>] [labelfield=<field>] [field=<field>] [labelonly=<bool>] [match=termlist|termset|ngramset]",
    summary: "Groups events whose text is 0.8 alike, or as much as given, and keeps the first of each group.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"m\nuser ann logged in from web\nuser bob logged in from web\ndisk full\" | cluster field=m showcount=t | table m cluster_count",
        result: "m                           | cluster_count\nuser ann logged in from web | 2\ndisk full                   | 1",
    }],
    parse: |args| {
        let threshold = args.option("t")?;
        let span = threshold.span().unwrap_or(args.span());
        let threshold = threshold.float()?.unwrap_or(0.8);
        if !(threshold > 0.0 && threshold < 1.0) {
            bail!(Argument, span, "`t` must be between 0 and 1");
        }
        let delims = args.option("delims")?.string()?;
        let count = args.option("showcount")?.bool()?.unwrap_or(false);
        let count_field = args.option("countfield")?.string()?.unwrap_or_else(|| "cluster_count".to_owned());
        let label_field = args.option("labelfield")?.string()?.unwrap_or_else(|| "cluster_label".to_owned());
        let field = args.option("field")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let label_only = args.option("labelonly")?.bool()?.unwrap_or(false);
        let matching = match args.option("match")?.one_of(&["termlist", "termset", "ngramset"])? {
            Some("termset") => Matching::Set,
            Some("ngramset") => Matching::Ngrams,
            _ => Matching::List,
        };
        args.end()?;
        let node = Node { threshold, delims, count, count_field, label_field, field, label_only, matching };
        Ok(Box::new(Cluster(Arc::new(node))))
    },
};

#[derive(Debug)]
struct Cluster(Arc<Node>);

#[derive(Clone, Copy, Debug)]
enum Matching {
    /// Words in their order.
    List,
    /// Words in any order.
    Set,
    /// Runs of three characters.
    Ngrams,
}

#[derive(Debug)]
struct Node {
    threshold: f64,
    delims: Option<String>,
    count: bool,
    count_field: String,
    label_field: String,
    field: String,
    label_only: bool,
    matching: Matching,
}

impl Command for Cluster {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

/// What a text is compared by.
enum Terms {
    List(Vec<u32>),
    Set(HashSet<u32>),
}

impl Node {
    fn terms(&self, text: &str, known: &mut HashMap<String, u32>) -> Terms {
        let mut number = |term: String| {
            let next = known.len() as u32;
            *known.entry(term).or_insert(next)
        };
        if let Matching::Ngrams = self.matching {
            let chars: Vec<char> = text.chars().collect();
            return Terms::Set(chars.windows(3).map(|run| number(run.iter().collect())).collect());
        }
        let parts = |c: char| match &self.delims {
            Some(delims) => delims.contains(c),
            None => !(c.is_alphanumeric() || c == '_'),
        };
        let words = text.split(parts).filter(|word| !word.is_empty()).map(|word| number(word.to_owned()));
        match self.matching {
            Matching::List => Terms::List(words.collect()),
            _ => Terms::Set(words.collect()),
        }
    }
}

impl Terms {
    /// What both share, as a part of the larger.
    fn similarity(&self, other: &Terms) -> f64 {
        let (shared, most) = match (self, other) {
            (Terms::List(a), Terms::List(b)) => (a.iter().zip(b).filter(|(x, y)| x == y).count(), a.len().max(b.len())),
            (Terms::Set(a), Terms::Set(b)) => (a.intersection(b).count(), a.len().max(b.len())),
            _ => (0, 1),
        };
        if most == 0 { 1.0 } else { shared as f64 / most as f64 }
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("cluster field={} t={}", self.field, self.threshold)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let batch = input.into_single();
        let key = KeyColumn::new(std::slice::from_ref(&batch), &self.field);
        let mut known = HashMap::new();
        // Clusters by what their first text is compared by; and the cluster of each text met.
        let mut clusters: Vec<Terms> = Vec::new();
        let mut of_text: Vec<Option<usize>> = vec![None; key.dictionary.len() + 1];
        let mut labels: Vec<usize> = Vec::with_capacity(batch.rows());
        let (mut firsts, mut counts): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        for row in 0..batch.rows() {
            let code = key.codes[0].get(row) as usize;
            let label = match of_text[code] {
                Some(label) => label,
                None => {
                    cx.check()?;
                    let terms = self.terms(key.dictionary.get(code as u32).unwrap_or_default(), &mut known);
                    let like = clusters.iter().position(|other| terms.similarity(other) >= self.threshold);
                    let label = like.unwrap_or_else(|| {
                        clusters.push(terms);
                        firsts.push(row as u32);
                        counts.push(0);
                        clusters.len() - 1
                    });
                    of_text[code] = Some(label);
                    label
                }
            };
            counts[label] += 1;
            labels.push(label);
        }
        let with = |mut batch: Batch, labels: &[usize]| {
            batch.set(&self.label_field, Column::from_numbers(labels.iter().map(|&l| l as f64 + 1.0).collect()));
            if self.count {
                let count = labels.iter().map(|&label| counts[label] as f64).collect();
                batch.set(&self.count_field, Column::from_numbers(count));
            }
            batch
        };
        let result = if self.label_only {
            with(batch, &labels)
        } else {
            let mut order: Vec<usize> = (0..firsts.len()).collect();
            if self.count {
                order.sort_by_key(|&label| std::cmp::Reverse(counts[label]));
            }
            let rows: Vec<u32> = order.iter().map(|&label| firsts[label]).collect();
            with(batch.take(&rows), &order)
        };
        Ok(Table::in_order(vec![result]).with_fields_after(declared))
    }
}
