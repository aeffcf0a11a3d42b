//! `addcoltotals`: a row with the sums of columns; `addtotals` without the sums of rows.

pub(super) use super::addtotals::COLUMNS as SPEC;
