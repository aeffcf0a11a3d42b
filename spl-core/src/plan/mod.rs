//! What is to be done, as a tree: a small closed set of kernel nodes that the optimizer sees through, and open command nodes.

mod context;
mod deferred;
mod deferred_expr;
pub mod explain;
mod fields;
mod modifiers;
mod node;
mod open;
mod predicate;
mod search_text;
mod walk;

pub use context::PlanContext;
pub(crate) use context::parse_stage;
pub use deferred::DeferredSearch;
pub use deferred_expr::{DeferredExpressions, has_subsearch};
pub use fields::FieldSet;
pub(crate) use modifiers::split_time;
pub use node::{
    AggregateCall, Assignment, CommandNode, Plan, Predicate, Projection, Scan, SortKey, SortOrder, TimeRange,
};
pub use open::OpenPlan;
pub use search_text::SearchText;
