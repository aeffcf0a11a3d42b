//! `replace`: whole values for others, by patterns.

use super::lower::{self, each};
use super::prelude::*;
use crate::exec::{carry, run};
use crate::expr::wildcard_match;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "replace",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "replace (<wc-string> WITH <wc-string>)... [IN <field-list>]",
    summary: "Replaces values that match a pattern, in the fields listed or in all but internal ones.",
    examples: &[Example {
        spl: "| makeresults | eval host=\"web.localhost\" | replace \"*localhost\" WITH \"*example.org\" IN host | table host",
        result: "host\nweb.example.org",
    }],
    parse: |args| {
        let mut pairs = Vec::new();
        while !args.is_empty() && !args.at_keyword("in") {
            let from = args.string("a value")?;
            args.expect_keyword("with")?;
            let to = args.string("a value")?;
            let stars = |text: &str| text.matches('*').count();
            if stars(&to.node) > stars(&from.node) {
                bail!(Argument, to.span, "`{}` holds more wildcards than `{}`", to.node, from.node);
            }
            pairs.push((from.node, to.node));
            while args.punct(",") {}
        }
        if pairs.is_empty() {
            bail!(Syntax, args.here(), "replace needs a value"; hint: "replace <old> WITH <new> IN <field>");
        }
        let fields =
            if args.keyword("in") { Some(args.field_list(&[])?.into_iter().map(|f| f.node).collect()) } else { None };
        args.end()?;
        Ok(Box::new(Replace { pairs: pairs.into(), fields }))
    },
};

#[derive(Debug)]
struct Replace {
    pairs: Arc<[(String, String)]>,
    fields: Option<Vec<String>>,
}

impl Command for Replace {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(match &self.fields {
            Some(fields) => lower::extend(input, fields.iter().map(|field| assignment(field, &self.pairs))),
            None => input.command(Everywhere { pairs: self.pairs.clone() }),
        })
    }
}

fn assignment(field: &str, pairs: &Arc<[(String, String)]>) -> Assignment {
    let pairs = pairs.clone();
    lower::assign(field, format!("replace({field})"), &[field], move |values, _| {
        Ok(each(&values[0], |value| replaced(&value.text(), &pairs).map_or_else(|| value.clone(), Value::from)))
    })
}

/// The value's replacement. Of the pairs that match, one without wildcards counts most, and the later of them; else the one whose pattern
/// says most.
fn replaced(text: &str, pairs: &[(String, String)]) -> Option<String> {
    let literal = pairs.iter().rev().find(|(from, _)| !from.contains('*') && from == text);
    if let Some((_, to)) = literal {
        return Some(to.clone());
    }
    let said = |from: &str| from.len() - from.matches('*').count();
    let matching = pairs.iter().filter(|(from, _)| from.contains('*') && wildcard_match(from, text));
    let (from, to) = matching.max_by_key(|(from, _)| said(from))?;
    carry(from, to, text)
}

/// The replacement in every field that is not internal.
#[derive(Debug)]
struct Everywhere {
    pairs: Arc<[(String, String)]>,
}

impl CommandNode for Everywhere {
    fn describe(&self) -> String {
        let pairs: Vec<String> = self.pairs.iter().map(|(from, to)| format!("{from} WITH {to}")).collect();
        format!("replace {}", pairs.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields: Vec<FieldName> = input.fields().into_iter().filter(|f| !f.starts_with('_')).collect();
        let assignments: Vec<Assignment> = fields.iter().map(|field| assignment(field, &self.pairs)).collect();
        run(&lower::extend(Plan::Values(Arc::new(input)), assignments), cx)
    }
}
