//! `rare`: the least frequent values of fields; `top` with the order turned round.

pub(super) use super::top::RARE as SPEC;
