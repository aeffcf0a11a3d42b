//! The columnar event table: [`Table`] of [`Batch`]es of [`Column`]s. Knows values, but no SPL.
//!
//! Events are grouped by *shape* (the fields they have) into batches, so a field that a batch lacks costs nothing. Each batch knows
//! the [`Ordinals`] of its rows in the whole table; [`Table::into_ordered`] restores that order for operators that need it.

mod absorb;
mod assemble;
mod batch;
mod bitmap;
mod builder;
mod by_text;
#[cfg(any(feature = "parquet", test))]
mod coded;
mod collect;
mod collector;
mod column;
mod concat;
mod course;
mod dictionary;
mod entries;
mod gather;
mod intern;
mod intern_all;
mod kinds;
mod layout;
mod listing;
mod minutes;
mod multi;
mod order;
mod ordinals;
mod place;
mod raw_text;
mod shape;
mod stretch;
mod text;
mod uneven;

pub use batch::{Batch, FieldName, field_name};
pub use bitmap::Bitmap;
pub use builder::{Cell, TableBuilder};
#[cfg(any(feature = "parquet", test))]
pub(crate) use coded::{CodedColumn, CodedRows};
pub use collect::ColumnBuilder;
pub use collector::Collector;
pub(crate) use collector::joined_fields;
pub(crate) use column::dictionaries_of;
pub use column::{Column, NumColumn};
pub use course::Course;
pub use dictionary::Dictionary;
pub(crate) use entries::Entries;
pub use intern::DictionaryBuilder;
pub(crate) use intern_all::{Interned, TextList};
pub use kinds::FieldKind;
pub use layout::{Form, Layout, TIME_SLOT};
pub use multi::{MultiColumn, MultiRef};
pub(crate) use order::BATCH_ROWS;
pub use order::Table;
pub use ordinals::Ordinals;
pub(crate) use stretch::{Cut, Places, Stretch, StretchOf};
pub use text::TextColumn;
