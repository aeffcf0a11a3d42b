//! `extract`: fields from pairs of key and value in `_raw`.

use super::prelude::*;
use crate::exec::map_field;
use crate::knowledge::{Extraction, auto_pairs, clean_key};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "extract",
    aliases: &["kv"],
    kind: Kind::DistributableStreaming,
    syntax: "extract [pairdelim=<chars>] [kvdelim=<chars>] [limit=<int>] [maxchars=<int>] [mv_add=<bool>] [clean_keys=<bool>] [auto=<bool>] [reload=<bool>] [segment=<bool>] [<extractor-name>...]",
    summary: "Extracts pairs of key and value from _raw; the delimiters are sets of characters.",
    examples: &[
        Example {
            spl: "| makeresults | eval _raw=\"user=bob msg=\\\"hello world\\\"\" | extract | table user msg",
            result: "user | msg\nbob  | hello world",
        },
        Example {
            spl: "| makeresults | eval _raw=\"a:1|b:2;c:3\" | kv pairdelim=\"|;\" kvdelim=\":\" | table a b c",
            result: "a | b | c\n1 | 2 | 3",
        },
    ],
    parse: |args| {
        let pair = args.option("pairdelim")?.string()?;
        let key = args.option("kvdelim")?.string()?;
        let limit = args.option("limit")?.count()?.unwrap_or(50);
        let max_chars = args.option("maxchars")?.count()?.unwrap_or(10_240);
        let multivalue = args.option("mv_add")?.bool()?.unwrap_or(false);
        let clean_keys = args.option("clean_keys")?.bool()?.unwrap_or(true);
        let automatic = args.option("auto")?.bool()?;
        args.option("reload")?.bool()?;
        args.option("segment")?.bool()?;
        let mut named = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() && !args.at_option() {
            named.push(args.string("the name of a stanza")?);
            while args.punct(",") {}
        }
        args.end()?;
        // With names it looks for nothing else unless that is said.
        let automatic = automatic.unwrap_or(named.is_empty());
        let delims = match (pair, key) {
            (None, None) => None,
            (pair, key) => Some((pair.unwrap_or_else(|| " ,;|\t\n".to_owned()), key.unwrap_or_else(|| "=".to_owned()))),
        };
        let node = Node { delims, limit, max_chars, multivalue, clean_keys, automatic, wanted: FieldSet::all() };
        Ok(Box::new(Extract { named, pairs: Arc::new(node) }))
    },
};

#[derive(Debug)]
struct Extract {
    /// Stanzas of `transforms.conf`.
    named: Vec<Spanned<String>>,
    pairs: Arc<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    /// What parts pairs, and what parts keys from values; none for `key=value` anywhere.
    delims: Option<(String, String)>,
    limit: usize,
    max_chars: usize,
    multivalue: bool,
    clean_keys: bool,
    automatic: bool,
    wanted: FieldSet,
}

impl Command for Extract {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let mut plan = input;
        for Spanned { node: name, span } in &self.named {
            let Some(extraction) = cx.catalog.knowledge().extraction(name) else {
                bail!(Missing, *span, "there is no extraction `{name}`"; hint: "it is the name of a stanza of transforms.conf");
            };
            plan = plan.command(Named { name: name.clone(), extraction, wanted: FieldSet::all() });
        }
        Ok(match (&self.pairs.delims, self.pairs.automatic) {
            (None, false) => plan,
            _ => Plan::Command(Box::new(plan), self.pairs.clone()),
        })
    }
}

/// What a stanza of `transforms.conf` finds.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    extraction: Arc<Extraction>,
    wanted: FieldSet,
}

impl CommandNode for Named {
    fn describe(&self) -> String {
        format!("extract {}", self.name)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([self.extraction.source()]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Named { wanted: wanted.clone(), ..self.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields = input.declared_fields().map(<[_]>::to_vec);
        let mut batches = input.into_batches();
        self.extraction.apply(&mut batches, &self.wanted, &cx.functions.notes);
        Ok(Table::new(batches).with_fields_after(fields))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        match &self.delims {
            Some((pair, key)) => format!("extract pairdelim=\"{pair}\" kvdelim=\"{key}\""),
            None => "extract".to_owned(),
        }
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(["_raw"]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Node { wanted: wanted.clone(), ..self.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        map_field(input, "_raw", &[], cx, &|value, made| {
            let text = value.text();
            let text = text.char_indices().nth(self.max_chars).map_or(&*text, |(end, _)| &text[..end]);
            let mut left = self.limit;
            let mut each = |key: &str, value: &str| {
                if left == 0 {
                    return;
                }
                left -= 1;
                let key = if self.clean_keys { clean_key(key) } else { key.to_owned() };
                if key.is_empty() || !self.wanted.contains(&key) {
                    return;
                }
                let slot = made.slot(&key);
                if self.multivalue {
                    made.append(slot, value);
                } else if !made.has(slot) {
                    made.text(slot, value);
                }
            };
            match &self.delims {
                Some((pair, key)) => delimited(text, pair, key, &mut each),
                None => auto_pairs(text, each),
            }
            Ok(())
        })
    }
}

/// Pairs between characters of `pair`, their keys and values between characters of `key`. Neither counts inside of double quotes.
fn delimited(text: &str, pair: &str, key: &str, each: &mut dyn FnMut(&str, &str)) {
    let (mut start, mut split, mut quoted) = (0, None, false);
    let mut finish = |start: usize, split: Option<(usize, usize)>, end: usize| {
        let Some((key_end, value_start)) = split else { return };
        let value = text[value_start..end].trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        let name = text[start..key_end].trim().trim_matches('"');
        if !value.is_empty() && !name.is_empty() {
            each(name, value);
        }
    };
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if quoted {
        } else if pair.contains(c) {
            finish(start, split, at);
            (start, split) = (at + c.len_utf8(), None);
        } else if split.is_none() && key.contains(c) {
            split = Some((at, at + c.len_utf8()));
        }
    }
    finish(start, split, text.len());
}
