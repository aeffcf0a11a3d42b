//! Evaluation of expressions over the batches of a table.

use std::sync::Arc;

use super::bind::{Bound, Expression, Node};
use super::ops;
use crate::cores::each;
use crate::functions::{Context, Shape};
use crate::syntax::ast::BinaryOp;
use crate::table::{Batch, Bitmap, Column};
use crate::value::{Value, ValueRef};

/// The batches an expression is evaluated over.
pub(super) struct Frame<'a> {
    pub(super) batches: &'a [Batch],
    pub(super) cx: &'a Context,
}

impl<'a> Frame<'a> {
    /// The same search over other batches.
    pub(super) fn with<'b>(&self, batches: &'b [Batch]) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { batches, cx: self.cx }
    }
}

impl Expression {
    /// The value for every row: a column for each batch.
    pub fn eval(&self, batches: &[Batch], cx: &Context) -> Vec<Column> {
        self.root.eval(&Frame { batches, cx })
    }

    /// The rows of each batch for which it is true. Null is not true.
    pub fn truth(&self, batches: &[Batch], cx: &Context) -> Vec<Bitmap> {
        self.eval(batches, cx).iter().map(truth_of).collect()
    }

    /// Whether it is operators over numbers alone, so that nothing is gained by evaluating it over many batches at once. `number` says which
    /// fields are columns of numbers.
    pub fn is_rowwise(&self, number: &dyn Fn(&str) -> bool) -> bool {
        self.root.is_rowwise(number)
    }

    /// Its value when it reads no field.
    pub fn constant(&self, cx: &Context) -> Value {
        self.eval(&[Batch::new(1)], cx)[0].value(0)
    }
}

/// Whether a field is a column of numbers in all batches.
pub(crate) fn all_numbers(batches: &[Batch], field: &str) -> bool {
    batches.iter().all(|batch| matches!(batch.column(field), Some(Column::Num(_))))
}

/// The rows that are true.
pub(super) fn truth_of(column: &Column) -> Bitmap {
    match column {
        Column::Bool(bits) => {
            let mut truth = bits.0.clone();
            truth.and(&bits.1);
            truth
        }
        Column::Const(value, rows) => Bitmap::filled(*rows, is_true(value.as_ref())),
        other => Bitmap::from_fn(other.len(), |row| is_true(other.get(row))),
    }
}

fn is_true(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Bool(b) => b,
        other => other.number().is_some_and(|n| n != 0.0),
    }
}

/// Truth with the rows where it is known.
fn logic_of(column: &Column) -> (Bitmap, Bitmap) {
    match column {
        Column::Bool(bits) => (bits.0.clone(), bits.1.clone()),
        other => (truth_of(other), other.present()),
    }
}

impl Bound {
    /// The value for every row, by distinct value where that is fewer.
    pub(super) fn eval(&self, frame: &Frame<'_>) -> Vec<Column> {
        match self.distinct_field() {
            Some(field)
                if frame
                    .batches
                    .iter()
                    .any(|b| matches!(b.column(field), None | Some(Column::Const(..) | Column::Dict(..)))) =>
            {
                self.eval_distinct(field, frame)
            }
            _ if frame.batches.len() > 1 && self.is_rowwise(&|field| all_numbers(frame.batches, field)) => {
                // What is made on the way is small enough for a core's cache.
                let one = |batch| self.eval_plain(&frame.with(std::slice::from_ref(batch))).swap_remove(0);
                each(frame.batches.iter().collect(), one)
            }
            _ => self.eval_plain(frame),
        }
    }

    /// Whether it is operators over numbers alone, which have no use for looking at all batches at once.
    fn is_rowwise(&self, number: &dyn Fn(&str) -> bool) -> bool {
        match &self.node {
            Node::Literal(..) => true,
            Node::Field(name) => number(name),
            Node::Binary(..) | Node::Not(_) | Node::Negate(_) => {
                self.node.parts().into_iter().all(|part| part.is_rowwise(number))
            }
            _ => false,
        }
    }

    /// The value for every row, row by row (parts below may still go by distinct value).
    pub(super) fn eval_plain(&self, frame: &Frame<'_>) -> Vec<Column> {
        match &self.node {
            Node::Literal(value, _) => frame.batches.iter().map(|b| Column::Const(value.clone(), b.rows())).collect(),
            Node::Field(name) => frame.batches.iter().map(|b| b.column_or_null(name)).collect(),
            Node::SearchMatch(predicate) => {
                predicate.select(frame.batches, &frame.cx.notes).into_iter().map(Column::from_truth).collect()
            }
            Node::Special(special, args) if special.evaluates_itself() => special.eval_frames(args, frame),
            Node::Special(special, args) if special.is_choice() => self.eval_choice(*special, args, frame),
            node => {
                let parts = node.parts();
                let single = self.distinct_field().is_some();
                // Below a part that is evaluated by rows of entries, nothing is gained by looking for entries again.
                let columns: Vec<Vec<Column>> =
                    parts.iter().map(|part| if single { part.eval_plain(frame) } else { part.eval(frame) }).collect();
                if let Some(result) = self.combine_numbers(&columns, frame) {
                    return result;
                }
                let combine = |b: usize| {
                    let args: Vec<&Column> = columns.iter().map(|c| &c[b]).collect();
                    self.combine(&args, frame.batches[b].rows(), frame.cx)
                };
                if frame.batches.len() < 2 {
                    return (0..frame.batches.len()).map(combine).collect();
                }
                each((0..frame.batches.len()).collect(), combine)
            }
        }
    }

    /// The column of this node from the columns of its parts. Nobody looks at it once the run is ending, so it is not computed.
    pub(super) fn combine(&self, args: &[&Column], rows: usize, cx: &Context) -> Column {
        if cx.notes.is_ending() {
            return Column::null(rows);
        }
        if rows > 1 && !self.volatile && args.iter().all(|c| matches!(c, Column::Const(..))) {
            let singles: Vec<Column> = args.iter().map(|c| c.take(&[0])).collect();
            let singles: Vec<&Column> = singles.iter().collect();
            return Column::Const(self.combine(&singles, 1, cx).value(0), rows);
        }
        match &self.node {
            Node::Binary(op, a, b) => match op {
                BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => logic(*op, args[0], args[1]),
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
                    let quoted = |side: &Bound| side.literal().is_some_and(|(_, quoted)| quoted);
                    ops::arithmetic(*op, args[0], quoted(a), args[1], quoted(b))
                }
                BinaryOp::Concat => ops::concat(args[0], args[1]),
                _ => {
                    let strict = |side: &Bound| side.literal().is_some_and(|(_, quoted)| quoted);
                    ops::compare(*op, args[0], strict(a), args[1], strict(b))
                }
            },
            Node::Not(_) => {
                let (mut truth, known) = logic_of(args[0]);
                truth.negate();
                truth.and(&known);
                Column::Bool(Arc::new((truth, known)))
            }
            Node::Negate(_) => ops::negate(args[0]),
            Node::In(_, list) => {
                let strict: Vec<bool> = list.iter().map(|b| b.literal().is_some_and(|(_, quoted)| quoted)).collect();
                ops::is_in(args[0], &args[1..], &strict)
            }
            Node::Call(function, _) => match function.shape {
                Shape::Num1(f) => crate::functions::lift::num1(f, args[0]),
                Shape::Num2(f) => crate::functions::lift::num2(f, args[0], args[1]),
                Shape::Text1(f) => crate::functions::lift::text1(f, args[0]),
                Shape::Measure(f, known) => crate::functions::lift::measure(f, known, args[0]),
                Shape::Row(f) | Shape::Volatile(f) => {
                    crate::functions::lift::rows(args, rows, cx, |values| f(values, cx))
                }
                // Prepared functions are bound to `Node::Prepared`.
                Shape::Prepared(_) => Column::null(rows),
            },
            Node::Prepared(f, _) => crate::functions::lift::ready(f, args, rows, cx),
            Node::Special(special, parts) => special.combine(args, parts, rows),
            Node::Literal(value, _) => Column::Const(value.clone(), rows),
            Node::Field(_) | Node::SearchMatch(_) => Column::null(rows),
        }
    }
}

/// AND, OR, XOR of three-valued logic: false AND null is false, true OR null is true.
fn logic(op: BinaryOp, a: &Column, b: &Column) -> Column {
    let ((mut at, ak), (mut bt, bk)) = (logic_of(a), logic_of(b));
    at.and(&ak);
    bt.and(&bk);
    let mut known = ak.clone();
    known.and(&bk);
    match op {
        BinaryOp::And => {
            // Known also where one side is known to be false.
            for (truth, side) in [(&at, &ak), (&bt, &bk)] {
                let mut is_false = truth.clone();
                is_false.negate();
                is_false.and(side);
                known.or(&is_false);
            }
            at.and(&bt);
        }
        BinaryOp::Or => {
            known.or(&at);
            known.or(&bt);
            at.or(&bt);
        }
        _ => {
            at.xor(&bt);
            at.and(&known);
        }
    }
    Column::Bool(Arc::new((at, known)))
}
