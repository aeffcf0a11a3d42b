//! stub
use crate::error::*;
use crate::knowledge::Macros;
use crate::syntax::ast::Expr;
use crate::value::Value;
pub struct SourceMap;
pub struct Expanded {
    pub text: String,
    pub map: SourceMap,
}
pub fn expand(text: &str, _m: &Macros, _e: &dyn Fn(&Expr, &[(String, String)]) -> Result<Value>) -> Result<Expanded> {
    Ok(Expanded { text: text.into(), map: SourceMap })
}
pub fn explain(d: Box<Diagnostic>, _: &SourceMap) -> Box<Diagnostic> {
    d
}
