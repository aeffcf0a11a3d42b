//! `sort`: rows by fields.

use super::prelude::*;
use crate::plan::{SortKey, SortOrder};

/// Rows that `sort` keeps when no count is given.
const DEFAULT_LIMIT: u64 = 10_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "sort",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "sort [<count>] [limit=<int>] (-|+)<sort-by-clause>[, ...] [d|desc]",
    summary: "Sorts rows by fields and keeps the first 10000, or as many as given; 0 keeps all.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | sort - n | table n",
        result: "n\n3\n2\n1",
    }],
    parse: |args| {
        let limit = args.option("limit")?.int()?;
        let count = args.int_if_any().map(|n| n.node);
        let mut keys: Vec<SortKey> = Vec::new();
        let mut all_descending = false;
        while !args.is_empty() {
            while args.punct(",") {}
            if args.is_empty() {
                break;
            }
            if !keys.is_empty() && ["d", "desc"].iter().any(|w| args.at_keyword(w)) && args.peek_at(1).is_none() {
                args.token();
                all_descending = true;
                break;
            }
            if !keys.is_empty() && ["a", "asc"].iter().any(|w| args.at_keyword(w)) && args.peek_at(1).is_none() {
                args.token();
                break;
            }
            keys.push(key(args)?);
        }
        if keys.is_empty() {
            bail!(Syntax, args.here(), "sort needs a field");
        }
        if all_descending {
            keys.iter_mut().for_each(|k| k.descending = !k.descending);
        }
        let limit = match limit.or(count) {
            None => Some(DEFAULT_LIMIT),
            Some(0) => None,
            Some(n) => Some(u64::try_from(n).unwrap_or(0)),
        };
        Ok(Box::new(Sort { keys: keys.into(), limit }))
    },
};

/// `-field`, `- field`, `+num(field)` ...; dedup has them too.
pub(super) fn key(args: &mut Args<'_>) -> Result<SortKey> {
    let mut name = args.field()?.node;
    let descending = name.starts_with('-');
    if let Some(rest) = name.strip_prefix(['-', '+']) {
        name = if rest.is_empty() { args.field()?.node } else { rest.to_owned() };
    }
    let mut order = SortOrder::Auto;
    if let Some((function, inner)) = name.strip_suffix(')').and_then(|n| n.split_once('(')) {
        let known = match function.to_ascii_lowercase().as_str() {
            "num" => Some(SortOrder::Number),
            "str" => Some(SortOrder::Text),
            "ip" => Some(SortOrder::Ip),
            "auto" => Some(SortOrder::Auto),
            // A field that stats has named: `sort -sum(bytes)`.
            _ => None,
        };
        if let Some(known) = known {
            order = known;
            name = inner.trim().trim_matches('"').to_owned();
        }
    }
    Ok(SortKey { field: field_name(&name), descending, order })
}

#[derive(Debug)]
struct Sort {
    keys: Arc<[SortKey]>,
    limit: Option<u64>,
}

impl Command for Sort {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Sort(Box::new(input), self.keys.clone(), self.limit))
    }
}
