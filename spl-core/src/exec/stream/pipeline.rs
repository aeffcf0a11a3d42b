//! A plan's part that works on chunks: a scan, what is done to its rows one by one, and the operator that takes them in.

use super::gather::Collect;
use super::{Chunk, Gather, Reduce};
use crate::error::{Result, bail};
use crate::exec::partial::Aggregation;
use crate::exec::run::{RunContext, checked, over, resolve};
use crate::exec::scan::{expanded, resolved};
use crate::plan::{Plan, Predicate, Projection, Scan};
use crate::table::Table;

/// Everything between the events and a result that no longer depends on their number.
pub(crate) struct Pipeline<'p> {
    scan: Scan,
    /// The events that the scan asks for, whose subsearches have run.
    predicate: Option<Predicate>,
    /// What is done to the rows one by one, above the scan.
    rows: Vec<Plan>,
    gather: Option<Box<dyn Gather + 'p>>,
    /// The node whose result it gives.
    node: &'p Plan,
    pushed: bool,
}

impl<'p> Pipeline<'p> {
    /// The pipeline whose result is that of this node, if the node is one and a source of the catalog wants its events read in chunks.
    pub(in crate::exec) fn over_sources(node: &'p Plan, cx: &RunContext<'_>) -> Option<Self> {
        let chunked = cx.catalog.sources().iter().any(|source| source.in_chunks());
        if chunked { Self::of(node) } else { None }
    }

    /// The pipeline whose result is that of this node: one that works row by row over a scan, or that takes in the rows of such.
    pub(crate) fn of(node: &'p Plan) -> Option<Self> {
        if let Some((scan, rows)) = row_by_row(node) {
            return Some(Self::new(scan, rows, Collect::new(None), node));
        }
        if let Plan::Scan(scan) = node {
            let limit = scan.limit?;
            return Some(Self::new(scan, Vec::new(), Reduce::first(limit), node));
        }
        let [input] = node.inputs()[..] else { return None };
        let (scan, rows) = row_by_row(input)?;
        let gather: Box<dyn Gather + 'p> = match node {
            Plan::Limit(_, limit) => Box::new(Reduce::first(*limit)),
            Plan::Sort(_, keys, Some(limit)) => Box::new(Reduce::sorted(keys, *limit)),
            Plan::Aggregate(_, by, calls) => match Aggregation::new(by, calls) {
                Some(aggregation) => Box::new(aggregation),
                None => Box::new(Collect::new(Some(node))),
            },
            Plan::Command(_, command) => command.gather().unwrap_or_else(|| Box::new(Collect::new(Some(node)))),
            _ => Box::new(Collect::new(Some(node))),
        };
        Some(Self::boxed(scan, rows, gather, node))
    }

    fn new(scan: &Scan, rows: Vec<&Plan>, gather: impl Gather + 'p, node: &'p Plan) -> Self {
        Self::boxed(scan, rows, Box::new(gather), node)
    }

    fn boxed(scan: &Scan, rows: Vec<&Plan>, gather: Box<dyn Gather + 'p>, node: &'p Plan) -> Self {
        // Only the nodes themselves are of interest, not what they stand on.
        let alone = |node: &Plan| node.clone().map_inputs(&mut |_| Plan::nothing());
        Pipeline {
            scan: scan.clone(),
            predicate: scan.predicate.clone(),
            rows: rows.into_iter().map(alone).collect(),
            gather: Some(gather),
            node,
            pushed: false,
        }
    }

    /// Whether its result is nothing but its rows, each made of one event.
    pub(crate) fn is_row_by_row(&self) -> bool {
        row_by_row(self.node).is_some()
    }

    /// The node whose result it gives.
    pub(crate) fn node(&self) -> &'p Plan {
        self.node
    }

    fn name(&self) -> String {
        match self.node {
            Plan::Command(_, command) => command.describe(),
            other => other.describe(),
        }
    }

    /// Runs the subsearches that decide which rows are wanted.
    pub(crate) fn prepare(&mut self, cx: &RunContext<'_>) -> Result<()> {
        self.predicate = resolved(&mut self.scan, cx)?;
        for node in &mut self.rows {
            if let Plan::Filter(_, predicate, _) = node {
                *predicate = resolve(predicate, cx)?.0;
            }
        }
        Ok(())
    }

    /// Over all events of the catalog's sources.
    pub(in crate::exec) fn run(mut self, cx: &RunContext<'_>) -> Result<Table> {
        self.prepare(cx)?;
        let (scan, predicate) = (self.scan.clone(), self.predicate.take().map(|predicate| expanded(predicate, cx)));
        let rows = std::mem::take(&mut self.rows);
        for source in cx.catalog.sources() {
            let map = |table: Table| each_row(&rows, table, cx);
            source.chunks(&scan, predicate.as_ref(), cx, &map, &mut |chunk| self.take(chunk, cx))?;
        }
        self.finish(cx)
    }

    /// Over events that the caller has; what becomes of their rows.
    pub(crate) fn rows_of(&self, events: Table, cx: &RunContext<'_>) -> Result<Chunk> {
        let chunk = Chunk::by_time(events.into_ordered());
        let batches = chunk.table.batches().to_vec();
        let table =
            crate::exec::narrow::narrow(batches, cx.catalog.knowledge(), &self.scan, self.predicate.as_ref(), cx)?;
        Ok(chunk.with(each_row(&self.rows, checked(table, cx)?, cx)?))
    }

    /// Takes in rows.
    pub(crate) fn take(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        cx.check()?;
        self.pushed = true;
        let Some(gather) = &mut self.gather else { return Ok(()) };
        gather.push(chunk, cx)?;
        // As much again is left for reading and for what is made of the rows in the end.
        let (held, limit) = (gather.bytes() as u64, cx.limits.memory.map(|limit| limit / 2));
        match limit.filter(|&limit| held > limit) {
            Some(limit) => bail!(
                Limit,
                "`{}` has to keep more than the {} MB that it may of the rows that reach it", self.name(), limit >> 20;
                hint: "fewer rows or fewer fields before it, or a larger limit of memory (half of it may be kept)"
            ),
            None => Ok(()),
        }
    }

    /// The result.
    pub(crate) fn finish(mut self, cx: &RunContext<'_>) -> Result<Table> {
        if !self.pushed {
            self.take(Chunk::default(), cx)?;
        }
        match self.gather.take() {
            Some(gather) => gather.finish(cx),
            None => Ok(Table::default()),
        }
    }
}

/// What is done to each row, done to those of a table.
fn each_row(nodes: &[Plan], table: Table, cx: &RunContext<'_>) -> Result<Table> {
    nodes.iter().try_fold(table, |table, node| checked(over(node, table, cx)?, cx))
}

/// The scan below a node and the nodes from there to this one, if all of them work row by row.
fn row_by_row(node: &Plan) -> Option<(&Scan, Vec<&Plan>)> {
    let input = match node {
        Plan::Scan(scan) if scan.limit.is_none() => return Some((scan, Vec::new())),
        Plan::Filter(input, ..) | Plan::Extend(input, _) | Plan::Rename(input, _) => input,
        Plan::Project(input, projection) if names_fields(projection) => input,
        Plan::Command(input, command) if command.keeps_rows() && !command.ordered() => input,
        _ => return None,
    };
    let (scan, mut nodes) = row_by_row(input)?;
    nodes.push(node);
    Some((scan, nodes))
}

/// Whether the order of the fields does not depend on which fields there are: patterns are put in the order of the names that match.
fn names_fields(projection: &Projection) -> bool {
    match projection {
        Projection::Exactly(fields) | Projection::Keep(fields) => !fields.iter().any(|field| field.contains('*')),
        Projection::Drop(_) => true,
    }
}
