//! Datasets of data models as plans: what tstats, from, datamodel and pivot share.
//!
//! Inside, fields have their plain names; the names that searches use (`Processes.dest`) are put on at the end.

use super::lower::{assign, extend};
use super::prelude::*;
use crate::expr::{FieldTest, SearchPredicate};
use crate::knowledge::{Calculation, DataModel, Dataset, DatasetView, Rule};
use crate::syntax::{parse_expr, parse_search_expr};

/// A dataset, or all roots of a model.
pub(super) struct DatasetSource<'a> {
    pub(super) model: &'a DataModel,
    pub(super) view: Option<DatasetView<'a>>,
}

impl<'a> DatasetSource<'a> {
    /// `Model.Dataset` or `Model`.
    pub(super) fn find(path: &str, cx: &PlanContext<'a>) -> Result<Self> {
        let (model, view) = cx.catalog.data_models().view(path)?;
        Ok(DatasetSource { model, view })
    }

    /// What stands before the fields of the dataset in names: the root's name.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        match &self.view {
            Some(view) => view.fields(),
            None => self.roots().flat_map(|root| self.own_view(root).fields()).collect(),
        }
    }

    fn roots(&self) -> impl Iterator<Item = &'a Dataset> {
        self.model.datasets.iter().filter(|dataset| dataset.parent.is_none())
    }

    fn own_view(&self, root: &'a Dataset) -> DatasetView<'a> {
        DatasetView { model: self.model, chain: vec![root] }
    }

    fn calculations(&self) -> Vec<&'a Calculation> {
        match &self.view {
            Some(view) => view.chain.iter().flat_map(|dataset| &dataset.calculations).collect(),
            None => Vec::new(),
        }
    }

    /// The dataset's events that fulfil `condition`, with at least the fields `needed`, under plain names. With `fill`, fields that are missing
    /// get the values that the model has for that.
    pub(super) fn plan(
        &self,
        needed: &FieldSet,
        condition: SearchPredicate,
        fill: bool,
        cx: &mut PlanContext<'_>,
    ) -> Result<Plan> {
        let mut plan = self.events(cx)?;
        let mut conditions = vec![condition];
        if let Some(view) = &self.view {
            for child in &view.chain[1..] {
                let search = parse_search_expr(&child.search).map_err(|e| Box::new((*e).in_text(&child.search)))?;
                conditions.push(self.bind_plain(&search)?);
            }
        }
        let calculations = self.calculations();
        let calculations: Vec<&Calculation> = calculations
            .into_iter()
            .filter(|c| fill || !matches!(c.how, Rule::Default { .. } | Rule::Fill(_)))
            .collect();
        // Tests of fields that are merely filled can be asked of the events as they are; those of calculated fields cannot.
        let mut late: Vec<SearchPredicate> = Vec::new();
        let parts = match SearchPredicate::all(conditions) {
            SearchPredicate::And(parts) => parts,
            SearchPredicate::Always(true) => Vec::new(),
            one => vec![one],
        };
        for part in parts {
            let reads = part.fields();
            let of = |c: &&&Calculation| c.outputs.iter().any(|output| reads.iter().any(|field| **field == **output));
            if calculations.iter().filter(of).all(|c| matches!(c.how, Rule::Default { .. })) {
                plan = plan.filter(Predicate::Search(Arc::new(with_defaults(part, &calculations))));
            } else {
                late.push(part);
            }
        }
        let mut wanted = needed.clone();
        late.iter().flat_map(|part| part.fields()).for_each(|field| wanted.insert(field));
        for calculation in needed_calculations(&calculations, wanted)? {
            plan = calculated(plan, calculation, cx)?;
        }
        for part in late {
            plan = plan.filter(Predicate::Search(Arc::new(part)));
        }
        Ok(plan)
    }

    /// All events of the dataset with all its fields; with `strict` no others but those that every event has.
    pub(super) fn all_fields(
        &self,
        condition: SearchPredicate,
        strict: bool,
        cx: &mut PlanContext<'_>,
    ) -> Result<Plan> {
        let fields: Vec<String> = self.fields().into_iter().map(|(plain, _)| plain).collect();
        let plan = self.plan(&FieldSet::of(&fields), condition, true, cx)?;
        if !strict {
            return Ok(plan);
        }
        let every = ["host", "source", "sourcetype"].map(str::to_owned);
        Ok(Plan::Project(Box::new(plan), Projection::Keep(every.into_iter().chain(fields).collect())))
    }

    /// The events of the root.
    fn events(&self, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let text = match &self.view {
            Some(view) => view.chain.first().map_or(String::new(), |root| root.search.clone()),
            // Several roots: what follows a `|` in their searches is left out.
            None => {
                let searches = self.roots().map(|root| root.search.split('|').next().unwrap_or("").trim());
                searches.map(|search| format!("({search})")).collect::<Vec<_>>().join(" OR ")
            }
        };
        let generates = text.trim_start().starts_with('|');
        cx.plan_text(&if generates { text } else { format!("search {text}") })
    }

    /// A search expression on the dataset's fields as a condition on plain names; `nodename` means the events of a dataset.
    pub(super) fn bind_plain(&self, expr: &crate::syntax::ast::SearchExpr) -> Result<SearchPredicate> {
        let bound = SearchPredicate::bind(expr)?;
        let nodes = self.without_nodenames(&bound)?;
        Ok(nodes.renamed(&|name| field_name(self.model.plain_name(name).0)))
    }

    fn without_nodenames(&self, predicate: &SearchPredicate) -> Result<SearchPredicate> {
        let all = |parts: &[SearchPredicate]| parts.iter().map(|p| self.without_nodenames(p)).collect::<Result<_>>();
        Ok(match predicate {
            SearchPredicate::Field(name, test) if &**name == "nodename" => self.nodes(test)?,
            SearchPredicate::Not(inner) => match self.without_nodenames(inner)? {
                SearchPredicate::Always(value) => SearchPredicate::Always(!value),
                inner => SearchPredicate::Not(Box::new(inner)),
            },
            SearchPredicate::And(parts) => SearchPredicate::all(all(parts)?),
            SearchPredicate::Or(parts) => SearchPredicate::any(all(parts)?),
            other => other.clone(),
        })
    }

    /// The events of the datasets whose path passes the test.
    fn nodes(&self, test: &FieldTest) -> Result<SearchPredicate> {
        let mut any = Vec::new();
        for dataset in &self.model.datasets {
            let view = self.model.view(&dataset.name)?;
            if !test.accepts(ValueRef::Str(&view.path())) && !test.accepts(ValueRef::Str(&dataset.name)) {
                continue;
            }
            let mut all = Vec::new();
            // The root's own search is what the events come from, unless there are several.
            for part in &view.chain[usize::from(self.view.is_some())..] {
                let search = part.search.split('|').next().unwrap_or("");
                let expr = parse_search_expr(search).map_err(|e| Box::new((*e).in_text(search)))?;
                all.push(SearchPredicate::bind(&expr)?);
            }
            any.push(SearchPredicate::all(all));
        }
        Ok(SearchPredicate::any(any))
    }

    /// The plan's fields under the names that searches use: pairs of (plain, used).
    pub(super) fn renamed(plan: Plan, names: &[(String, String)]) -> Plan {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut copies: Vec<Assignment> = Vec::new();
        for (plain, used) in names.iter().filter(|(plain, used)| plain != used) {
            let taken = pairs.iter().any(|(old, _)| old == plain);
            if taken || names.iter().any(|(old, new)| old == plain && new == plain) {
                let value = Arc::new(Expression::field(plain));
                copies.push(Assignment { target: field_name(used), value });
            } else {
                pairs.push((plain.clone(), used.clone()));
            }
        }
        let plan = if copies.is_empty() { plan } else { Plan::Extend(Box::new(plan), copies.into()) };
        if pairs.is_empty() { plan } else { Plan::Rename(Box::new(plan), pairs.into()) }
    }
}

/// A condition on fields as the model fills them, as a condition on the fields as they are.
fn with_defaults(predicate: SearchPredicate, calculations: &[&Calculation]) -> SearchPredicate {
    let all = |parts: Vec<SearchPredicate>| parts.into_iter().map(|p| with_defaults(p, calculations)).collect();
    match predicate {
        SearchPredicate::Field(name, test) => {
            let default = calculations.iter().find_map(|c| match &c.how {
                Rule::Default { text, missing } if c.outputs.iter().any(|output| **output == *name) => {
                    Some((text, missing))
                }
                _ => None,
            });
            let Some((text, missing)) = default else { return SearchPredicate::Field(name, test) };
            let passes = |text: &str| test.accepts(ValueRef::Str(text));
            let empty = || std::iter::once("").chain(missing.iter().map(String::as_str));
            if passes(text) {
                let absent = SearchPredicate::Not(Box::new(SearchPredicate::Field(name.clone(), FieldTest::Exists)));
                let empty = FieldTest::OneOf(sorted(empty()));
                SearchPredicate::any(vec![
                    SearchPredicate::Field(name.clone(), test),
                    absent,
                    SearchPredicate::Field(name, empty),
                ])
            } else {
                let wrong = sorted(empty().filter(|text| passes(text)));
                let field = SearchPredicate::Field(name.clone(), test);
                if wrong.is_empty() {
                    return field;
                }
                let wrong = SearchPredicate::Field(name, FieldTest::OneOf(wrong));
                SearchPredicate::all(vec![field, SearchPredicate::Not(Box::new(wrong))])
            }
        }
        SearchPredicate::Not(inner) => SearchPredicate::Not(Box::new(with_defaults(*inner, calculations))),
        SearchPredicate::And(parts) => SearchPredicate::all(all(parts)),
        SearchPredicate::Or(parts) => SearchPredicate::any(all(parts)),
        other => other,
    }
}

fn sorted<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut texts: Vec<String> = texts.map(str::to_lowercase).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// The calculations that the fields take, in order.
fn needed_calculations<'c>(calculations: &[&'c Calculation], mut wanted: FieldSet) -> Result<Vec<&'c Calculation>> {
    let mut needed = Vec::new();
    for calculation in calculations.iter().rev() {
        if !calculation.outputs.iter().any(|output| wanted.contains(output)) {
            continue;
        }
        match &calculation.how {
            Rule::Default { .. } => {}
            Rule::Fill(text) | Rule::Eval(text) => {
                let expression = Expression::bind(&parse(text)?)?;
                expression.fields().iter().for_each(|field| wanted.insert(field));
            }
            // What a command reads is known to nobody but itself.
            Rule::Command(_) => wanted = FieldSet::all(),
        }
        needed.push(*calculation);
    }
    needed.reverse();
    Ok(needed)
}

fn parse(text: &str) -> Result<crate::syntax::ast::Expr> {
    parse_expr(text).map_err(|e| Box::new((*e).in_text(text)))
}

/// The plan with a calculation's fields.
fn calculated(plan: Plan, calculation: &Calculation, cx: &mut PlanContext<'_>) -> Result<Plan> {
    let target = calculation.outputs.first().map_or("", String::as_str);
    Ok(match &calculation.how {
        Rule::Default { text, missing } => {
            let (default, missing) = (Value::str(text), missing.clone());
            let filled = move |values: &[Value], _: &crate::functions::Context| {
                let text = values[0].text();
                let is_missing = text.is_empty() || missing.iter().any(|m| **m == *text);
                Ok(if is_missing { default.clone() } else { values[0].clone() })
            };
            extend(plan, [assign(target, format!("{target} or \"{text}\""), &[target], filled)])
        }
        Rule::Fill(text) => {
            let quoted = format!("'{target}'");
            let filled = format!("if(isnull({quoted}) OR {quoted}=\"\", {text}, {quoted})");
            extend(plan, [evaluated(target, &filled)?])
        }
        Rule::Eval(text) => extend(plan, [evaluated(target, text)?]),
        Rule::Command(text) => {
            let pipeline = crate::syntax::parse(&format!("| {text}")).map_err(|e| Box::new((*e).in_text(text)))?;
            cx.plan_onto(plan, &pipeline)?
        }
    })
}

fn evaluated(target: &str, text: &str) -> Result<Assignment> {
    Ok(Assignment { target: field_name(target), value: Arc::new(Expression::bind(&parse(text)?)?) })
}
