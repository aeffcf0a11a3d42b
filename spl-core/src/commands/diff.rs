//! `diff`: how two rows' texts differ, line by line.

use super::prelude::*;
use crate::error::Span;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "diff",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "diff [position1=<int>] [position2=<int>] [attribute=<field>] [diffheader=<bool>] [context=<bool>] [maxlen=<int>]",
    summary: "Compares the first two rows, or the ones given, line by line; gives one row with the difference as its text.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"_raw\nsame\nother\" | diff",
        result: "_raw\n\"@@ -1 +1 @@\\n-same\\n+other\"",
    }],
    parse: |args| {
        let first = args.option_of(&["position1", "pos1"])?.count()?.unwrap_or(1);
        let second = args.option_of(&["position2", "pos2"])?.count()?.unwrap_or(2);
        let field = args.option("attribute")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let header = args.option("diffheader")?.bool()?.unwrap_or(false);
        let context = args.option("context")?.bool()?.unwrap_or(false);
        let length = args.option("maxlen")?.count()?.unwrap_or(100_000);
        args.end()?;
        Ok(Box::new(Diff(Arc::new(Node { first, second, field, header, context, length, span: args.span() }))))
    },
};

#[derive(Debug)]
struct Diff(Arc<Node>);

#[derive(Debug)]
struct Node {
    /// Places of the rows, from 1.
    first: usize,
    second: usize,
    field: String,
    header: bool,
    context: bool,
    /// Characters that are compared; 0 for all.
    length: usize,
    span: Span,
}

impl Command for Diff {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let rows = self.0.first.max(self.0.second) as u64;
        Ok(Plan::Command(Box::new(Plan::Limit(Box::new(input), rows)), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("diff {} {}", self.first, self.second)
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of([&self.field])
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let batch = input.into_single();
        let text = |place: usize| -> Result<String> {
            let Some(row) = place.checked_sub(1).filter(|&row| row < batch.rows()) else {
                bail!(Argument, self.span, "diff has no row {place} to compare: there are {}", batch.rows());
            };
            let text = batch.get(&self.field, row).text().into_owned();
            Ok(match self.length {
                0 => text,
                most => text.chars().take(most).collect(),
            })
        };
        let (first, second) = (text(self.first)?, text(self.second)?);
        let (old, new): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
        let hunks = hunks(&edits(&old, &new), 3);
        let mut lines = Vec::new();
        if self.header && !hunks.is_empty() {
            let marks = if self.context { ["*** ", "--- "] } else { ["--- ", "+++ "] };
            lines.extend(marks.map(|mark| mark.trim_end().to_owned()));
        }
        for hunk in &hunks {
            if self.context { context(hunk, &old, &new, &mut lines) } else { unified(hunk, &old, &new, &mut lines) }
        }
        let text = if hunks.is_empty() { "Results are the Same".to_owned() } else { lines.join("\n") };
        Ok(Table::from_rows(&[field_name("_raw")], vec![vec![Value::from(text)]]))
    }
}

/// One line of the comparison, with its places in both texts.
#[derive(Clone, Copy, PartialEq)]
enum Edit {
    Same(usize, usize),
    Removed(usize, usize),
    Added(usize, usize),
}

/// Lines compared in full; beyond that the middle counts as replaced.
const MOST_CELLS: usize = 25_000_000;

/// The shortest way from one text to the other, by the longest common subsequence of lines.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    let mut edits: Vec<Edit> = (0..before).map(|i| Edit::Same(i, i)).collect();
    let (mut i, mut j) = (0, 0);
    if a.len().saturating_mul(b.len()) <= MOST_CELLS {
        // Lengths of the longest common subsequences of what is left of both.
        let width = b.len() + 1;
        let mut longest = vec![0u32; (a.len() + 1) * width];
        for x in (0..a.len()).rev() {
            for y in (0..b.len()).rev() {
                longest[x * width + y] = if a[x] == b[y] {
                    longest[(x + 1) * width + y + 1] + 1
                } else {
                    longest[(x + 1) * width + y].max(longest[x * width + y + 1])
                };
            }
        }
        while i < a.len() && j < b.len() {
            if a[i] == b[j] {
                edits.push(Edit::Same(before + i, before + j));
                (i, j) = (i + 1, j + 1);
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                edits.push(Edit::Removed(before + i, before + j));
                i += 1;
            } else {
                edits.push(Edit::Added(before + i, before + j));
                j += 1;
            }
        }
    }
    edits.extend((i..a.len()).map(|i| Edit::Removed(before + i, before + j)));
    edits.extend((j..b.len()).map(|j| Edit::Added(before + a.len(), before + j)));
    edits.extend((0..after).map(|i| Edit::Same(old.len() - after + i, new.len() - after + i)));
    edits
}

/// Runs of changes with some equal lines around them.
fn hunks(edits: &[Edit], around: usize) -> Vec<Vec<Edit>> {
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (at, _) in edits.iter().enumerate().filter(|(_, edit)| !matches!(edit, Edit::Same(..))) {
        let (start, end) = (at.saturating_sub(around), (at + around + 1).min(edits.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => hunks.push((start, end)),
        }
    }
    hunks.into_iter().map(|(start, end)| edits[start..end].to_vec()).collect()
}

/// The lines of both texts that a hunk covers: the first, and how many.
fn ranges(hunk: &[Edit]) -> ((usize, usize), (usize, usize)) {
    let (first_old, first_new) = match hunk.first() {
        Some(Edit::Same(a, b) | Edit::Removed(a, b) | Edit::Added(a, b)) => (*a, *b),
        None => (0, 0),
    };
    let old = hunk.iter().filter(|edit| !matches!(edit, Edit::Added(..))).count();
    let new = hunk.iter().filter(|edit| !matches!(edit, Edit::Removed(..))).count();
    ((first_old, old), (first_new, new))
}

fn unified(hunk: &[Edit], old: &[&str], new: &[&str], lines: &mut Vec<String>) {
    let range = |(start, count): (usize, usize)| match count {
        1 => format!("{}", start + 1),
        0 => format!("{start},0"),
        _ => format!("{},{count}", start + 1),
    };
    let (from, to) = ranges(hunk);
    lines.push(format!("@@ -{} +{} @@", range(from), range(to)));
    for edit in hunk {
        lines.push(match *edit {
            Edit::Same(i, _) => format!(" {}", old[i]),
            Edit::Removed(i, _) => format!("-{}", old[i]),
            Edit::Added(_, j) => format!("+{}", new[j]),
        });
    }
}

fn context(hunk: &[Edit], old: &[&str], new: &[&str], lines: &mut Vec<String>) {
    let range = |(start, count): (usize, usize)| match count {
        0 => format!("{start}"),
        1 => format!("{}", start + 1),
        _ => format!("{},{}", start + 1, start + count),
    };
    let (from, to) = ranges(hunk);
    let removes = hunk.iter().any(|edit| matches!(edit, Edit::Removed(..)));
    let adds = hunk.iter().any(|edit| matches!(edit, Edit::Added(..)));
    // A line that is replaced is marked on both sides.
    let (minus, plus) = if removes && adds { ("!", "!") } else { ("-", "+") };
    lines.push("***************".to_owned());
    lines.push(format!("*** {} ****", range(from)));
    if removes {
        lines.extend(hunk.iter().filter_map(|edit| match *edit {
            Edit::Same(i, _) => Some(format!("  {}", old[i])),
            Edit::Removed(i, _) => Some(format!("{minus} {}", old[i])),
            Edit::Added(..) => None,
        }));
    }
    lines.push(format!("--- {} ----", range(to)));
    if adds {
        lines.extend(hunk.iter().filter_map(|edit| match *edit {
            Edit::Same(i, _) => Some(format!("  {}", old[i])),
            Edit::Added(_, j) => Some(format!("{plus} {}", new[j])),
            Edit::Removed(..) => None,
        }));
    }
}
