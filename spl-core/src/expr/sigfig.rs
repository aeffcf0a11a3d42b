//! `sigfig()`: rounds a calculation to the digits that its operands justify. It needs the operands as they were written, not only the
//! result, so it walks the expression itself.

use super::bind::{Bound, Node};
use super::eval::Frame;
use crate::syntax::ast::BinaryOp;
use crate::table::Column;
use crate::value::{Value, ValueRef, round_decimal};

/// The value for every row: a column for each batch.
pub(super) fn eval(calculation: &Bound, frame: &Frame<'_>) -> Vec<Column> {
    let operands = Operand::of(calculation, frame);
    let column = |(b, batch): (usize, &crate::table::Batch)| {
        Column::from_values(
            (0..batch.rows()).map(|row| operands.figure(b, row).map_or(Value::Null, Figure::rounded)).collect(),
        )
    };
    frame.batches.iter().enumerate().map(column).collect()
}

/// A calculation with its leaves evaluated.
enum Operand {
    Leaf(Vec<Column>),
    Negated(Box<Operand>),
    Binary(BinaryOp, Box<Operand>, Box<Operand>),
}

impl Operand {
    fn of(bound: &Bound, frame: &Frame<'_>) -> Self {
        use BinaryOp::{Add, Divide, Multiply, Subtract};
        match &bound.node {
            Node::Binary(op @ (Add | Subtract | Multiply | Divide), a, b) => {
                Operand::Binary(*op, Box::new(Operand::of(a, frame)), Box::new(Operand::of(b, frame)))
            }
            Node::Negate(inner) => Operand::Negated(Box::new(Operand::of(inner, frame))),
            _ => Operand::Leaf(bound.eval(frame)),
        }
    }

    fn figure(&self, batch: usize, row: usize) -> Option<Figure> {
        match self {
            Operand::Leaf(columns) => Figure::read(columns[batch].get(row)),
            Operand::Negated(inner) => inner.figure(batch, row).map(|figure| Figure { value: -figure.value, ..figure }),
            Operand::Binary(op, a, b) => {
                let (a, b) = (a.figure(batch, row)?, b.figure(batch, row)?);
                let value = match op {
                    BinaryOp::Add => a.value + b.value,
                    BinaryOp::Subtract => a.value - b.value,
                    BinaryOp::Multiply => a.value * b.value,
                    _ if b.value == 0.0 => return None,
                    _ => a.value / b.value,
                };
                Some(match op {
                    BinaryOp::Add | BinaryOp::Subtract => Figure { value, decimals: a.decimals.min(b.decimals) },
                    _ => Figure::with_digits(value, a.digits().min(b.digits())),
                })
            }
        }
    }
}

/// A number and how many of its decimals count; negative when not even all of its whole digits do.
#[derive(Clone, Copy)]
struct Figure {
    value: f64,
    decimals: i32,
}

impl Figure {
    fn read(value: ValueRef<'_>) -> Option<Figure> {
        let number = value.number().filter(|n| n.is_finite())?;
        let text = value.text();
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let decimals = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        Some(Figure { value: number, decimals })
    }

    /// A result of which only so many digits count.
    fn with_digits(value: f64, digits: i32) -> Figure {
        Figure { value, decimals: digits - 1 - magnitude(value) }
    }

    fn digits(self) -> i32 {
        (self.decimals + 1 + magnitude(self.value)).max(1)
    }

    fn rounded(self) -> Value {
        if self.decimals >= 0 {
            return round_decimal(self.value, self.decimals.min(20) as u8).into();
        }
        let unit = 10f64.powi(-self.decimals);
        (round_decimal(self.value / unit, 0) * unit).into()
    }
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}
