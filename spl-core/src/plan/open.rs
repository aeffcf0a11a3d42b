//! Plans over rows that are there only when they run: those of `appendpipe [ ... ]` and `foreach ... [ ... ]`.

use std::sync::Arc;

use super::{Plan, PlanContext};
use crate::error::Result;
use crate::syntax::ast::Pipeline;
use crate::table::{Batch, Table};

/// A plan with a place for its input.
#[derive(Clone, Debug)]
pub struct OpenPlan {
    plan: Plan,
    /// Stands where the rows will be; known by its address.
    place: Arc<Table>,
}

impl OpenPlan {
    /// The plan of a pipeline that continues from rows.
    pub fn new(pipeline: &Pipeline, cx: &mut PlanContext<'_>) -> Result<OpenPlan> {
        // One batch without rows: a table, if an empty one, and so not the beginning of a search.
        let place = Arc::new(Table::in_order(vec![Batch::new(0)]));
        let plan = cx.plan_onto(Plan::Values(place.clone()), pipeline)?;
        Ok(OpenPlan { plan, place })
    }

    /// The plan, its input an empty table.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The same place in a changed plan.
    #[must_use]
    pub fn with_plan(&self, plan: Plan) -> OpenPlan {
        OpenPlan { plan, place: self.place.clone() }
    }

    /// The plan over these rows.
    pub fn over(&self, rows: Table) -> Plan {
        let rows = Arc::new(rows);
        self.plan.clone().rewrite(&|plan| match plan {
            Plan::Values(table) if Arc::ptr_eq(&table, &self.place) => Plan::Values(rows.clone()),
            other => other,
        })
    }
}
