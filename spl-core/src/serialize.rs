//! What programs pass on, for any format of serde's (feature `serde`): rows as maps in the order of their fields, a multivalue as a list, a
//! missing field left out. What was read from events is text; what a search has computed as a number is a number.

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::detection::{Annotations, Row, rows};
use crate::engine::Results;
use crate::table::Table;
use crate::value::{Value, ValueRef};

/// Whole numbers below this are exact, and written without a decimal point.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn number<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && number.abs() < EXACT {
        serializer.serialize_i64(number as i64)
    } else {
        serializer.serialize_f64(number)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ValueRef::Null => serializer.serialize_none(),
            ValueRef::Bool(truth) => serializer.serialize_bool(*truth),
            ValueRef::Num(n) | ValueRef::Fixed(n, _) => number(*n, serializer),
            ValueRef::Str(text) => serializer.serialize_str(text),
            ValueRef::Multi(values) => serializer.collect_seq(values.iter()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, value) in self.in_order() {
            map.serialize_entry(&**field, &value)?;
        }
        map.end()
    }
}

/// Its rows, one after the other.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(rows(self))
    }
}

/// As the saved search has them.
impl Serialize for Annotations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut results = serializer.serialize_struct("Results", 3)?;
        results.serialize_field("rows", &self.table)?;
        results.serialize_field("warnings", &self.warnings)?;
        results.serialize_field("damaged", &self.damaged)?;
        results.end()
    }
}
