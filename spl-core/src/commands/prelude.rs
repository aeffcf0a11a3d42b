//! What nearly every command file needs. Only leaves import it.

pub(super) use std::sync::Arc;

pub(super) use super::{Command, CommandSpec, Example, Kind};
pub(super) use crate::error::{Result, Spanned, bail};
pub(super) use crate::exec::RunContext;
pub(super) use crate::expr::Expression;
pub(super) use crate::plan::{Assignment, CommandNode, FieldSet, Plan, PlanContext, Predicate, Projection};
pub(super) use crate::syntax::Args;
pub(super) use crate::table::{Batch, Column, FieldName, Table, field_name};
pub(super) use crate::value::{Value, ValueRef};
