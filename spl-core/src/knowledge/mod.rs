//! stub
mod search_time;
pub use search_time::Knowledge;
#[derive(Default)]
pub struct Macros;
impl Macros {
    pub fn from_conf(_: &str) -> crate::error::Result<Macros> {
        Ok(Macros)
    }
}
pub mod conf {
    use indexmap::IndexMap;
    pub struct Conf {
        pub stanzas: IndexMap<String, IndexMap<String, String>>,
    }
}
