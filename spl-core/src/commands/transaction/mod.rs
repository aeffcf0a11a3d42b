//! `transaction`: events that belong together as one event.

mod assemble;
mod group;
mod order;
mod result;
mod split;

use super::prelude::*;
use crate::exec::{resolve, select};
use crate::syntax::args::Opt;
use crate::syntax::ast::{Expr, SearchExpr, TokenKind};
use crate::table::Bitmap;
use crate::time::TimeSpan;
use assemble::Limits;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "transaction",
    aliases: &["transam"],
    kind: Kind::CentralizedStreaming,
    syntax: "transaction [<field-list>] [maxspan=<span>] [maxpause=<span>] [maxevents=<int>] [startswith=<filter>] [endswith=<filter>] [connected=<bool>] [unifyends=<bool>] [keepevicted=<bool>] [keeporphans=<bool>] [maxopentxn=<int>] [maxopenevents=<int>] [mvlist=<bool>|<field-list>] [mvraw=<bool>] [nullstr=<string>] [delim=<string>] [name=<string>]",
    summary: "Groups events by fields, pauses, spans, first and last events; one event for each group.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"_time,user,act\n30,ann,out\n20,bob,in\n10,ann,in\" | transaction user | table user act duration eventcount",
        result: "user | act       | duration | eventcount\nbob  | in        | 0        | 1\nann  | (in; out) | 20       | 2",
    }],
    parse,
};

fn parse(args: &mut Args<'_>) -> Result<Box<dyn Command>> {
    if let Some(name) = args.option("name")?.spanned()? {
        bail!(Missing, name.span, "there is no transaction type `{}`", name.node);
    }
    let bool =
        |option: Opt<'_>, default: bool| Ok::<_, Box<crate::error::Diagnostic>>(option.bool()?.unwrap_or(default));
    let limits = Limits {
        span: seconds(args.option("maxspan")?)?,
        pause: seconds(args.option("maxpause")?)?,
        events: most(args.option("maxevents")?)?,
        open_transactions: most(args.option("maxopentxn")?)?,
        open_events: most(args.option("maxopenevents")?)?,
    };
    let starts = filter(args.option("startswith")?)?;
    let ends = filter(args.option("endswith")?)?;
    let keep =
        Keep { evicted: bool(args.option("keepevicted")?, false)?, orphans: bool(args.option("keeporphans")?, false)? };
    let connected = bool(args.option("connected")?, true)?;
    let unify_ends = bool(args.option("unifyends")?, false)?;
    let lists = match args.option("mvlist")? {
        option if option.bool().is_ok() => Lists { all: bool(option, false)?, ..Lists::default() },
        option => Lists { fields: words(&option.string()?.unwrap_or_default()), ..Lists::default() },
    };
    let lists = Lists { null: args.option("nullstr")?.string()?.unwrap_or_else(|| "NULL".to_owned()), ..lists };
    let raw_list = bool(args.option("mvraw")?, false)?;
    // How a multivalue shows as one text; here it stays a multivalue.
    args.option("delim")?.string()?;
    let mut fields = words(&args.option("fields")?.string()?.unwrap_or_default());
    fields.extend(args.fields_if_any(&[])?.into_iter().map(|f| field_name(f.node)));
    args.end()?;
    Ok(Box::new(Transaction { fields, limits, starts, ends, keep, connected, unify_ends, lists, raw_list }))
}

/// `30s`, `5m`; none when negative.
fn seconds(option: Opt<'_>) -> Result<Option<f64>> {
    let Some(text) = option.spanned()? else { return Ok(None) };
    if text.node.starts_with('-') {
        return Ok(None);
    }
    if let Ok(seconds) = text.node.parse::<f64>() {
        return Ok(Some(seconds));
    }
    TimeSpan::parse(&text.node).map(|span| Some(span.seconds())).map_err(|e| Box::new((*e).at(text.span)))
}

/// A count; none when negative.
fn most(option: Opt<'_>) -> Result<Option<Option<usize>>> {
    Ok(option.int()?.map(|count| usize::try_from(count).ok()))
}

fn words(text: &str) -> Vec<FieldName> {
    text.split([',', ' ']).filter(|word| !word.is_empty()).map(field_name).collect()
}

/// What the first or last event of a transaction must fulfil, as written.
#[derive(Clone, Debug)]
enum Filter {
    Eval(Expr),
    Search(SearchExpr),
}

fn filter(option: Opt<'_>) -> Result<Option<Filter>> {
    let Some(value) = option.value() else { return Ok(None) };
    let eval = matches!(value.tokens(), [first, _, ..] if matches!(&first.kind, TokenKind::Word(word) if word.eq_ignore_ascii_case("eval")));
    Ok(Some(if eval { Filter::Eval(value.expr()?) } else { Filter::Search(value.search_expr()?) }))
}

impl Filter {
    fn bind(&self, cx: &mut PlanContext<'_>) -> Result<Predicate> {
        match self {
            Filter::Eval(expr) => Ok(Predicate::Where(Arc::new(cx.bind(expr)?))),
            Filter::Search(expr) => cx.bind_search(expr),
        }
    }
}

/// Which groups are given although they are not complete.
#[derive(Clone, Copy, Debug)]
struct Keep {
    evicted: bool,
    orphans: bool,
}

/// The fields whose values are all listed, in the order of the events.
#[derive(Clone, Debug, Default)]
struct Lists {
    all: bool,
    fields: Vec<FieldName>,
    /// Stands for a missing value in a list.
    null: String,
}

impl Lists {
    fn contains(&self, field: &str) -> bool {
        self.all || self.fields.iter().any(|f| **f == *field)
    }
}

#[derive(Debug)]
struct Transaction {
    fields: Vec<FieldName>,
    limits: Limits,
    starts: Option<Filter>,
    ends: Option<Filter>,
    keep: Keep,
    connected: bool,
    unify_ends: bool,
    lists: Lists,
    raw_list: bool,
}

impl Command for Transaction {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let starts = self.starts.as_ref().map(|filter| filter.bind(cx)).transpose()?;
        let ends = self.ends.as_ref().map(|filter| filter.bind(cx)).transpose()?;
        Ok(input.command(Node {
            fields: self.fields.clone(),
            limits: self.limits,
            starts,
            ends,
            keep: self.keep,
            connected: self.connected,
            unify_ends: self.unify_ends,
            lists: self.lists.clone(),
            raw_list: self.raw_list,
            wanted: FieldSet::all(),
        }))
    }
}

/// The fields that a transaction has of its own.
const MADE: &[&str] = &["duration", "eventcount", "closed_txn", "field_match_sum", "linecount"];

#[derive(Clone, Debug)]
struct Node {
    fields: Vec<FieldName>,
    limits: Limits,
    starts: Option<Predicate>,
    ends: Option<Predicate>,
    keep: Keep,
    connected: bool,
    unify_ends: bool,
    lists: Lists,
    raw_list: bool,
    /// The fields of the result that anybody reads.
    wanted: FieldSet,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("transaction {}", self.fields.join(", ")).trim_end().to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        if wanted.is_all() {
            return FieldSet::all();
        }
        let mut reads = wanted.clone();
        if wanted.contains("linecount") {
            reads.insert("_raw");
        }
        MADE.iter().for_each(|field| reads.remove(field));
        reads.insert("_time");
        self.fields.iter().for_each(|field| reads.insert(field));
        for filter in [&self.starts, &self.ends].into_iter().flatten() {
            reads = reads.union(&filter.reads().unwrap_or_else(FieldSet::all));
        }
        reads
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        // Orphans are given as they are.
        (!self.keep.orphans).then(|| Arc::new(Node { wanted: wanted.clone(), ..self.clone() }) as Arc<dyn CommandNode>)
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let rows = |filter: &Option<Predicate>| -> Result<Option<Vec<Bitmap>>> {
            let Some(filter) = filter else { return Ok(None) };
            Ok(Some(select(&resolve(filter, cx)?.0, input.batches(), cx)))
        };
        let (starts, ends) = (rows(&self.starts)?, rows(&self.ends)?);
        let rows = result::Rows::new(&input, self);
        let parts = group::group(
            &input,
            self,
            [starts.as_deref(), ends.as_deref()],
            rows.of_members(),
            |grouped| rows.of_part(grouped),
            cx,
        )?;
        cx.check()?;
        Ok(rows.joined(parts))
    }
}
