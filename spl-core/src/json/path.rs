//! The paths of `spath` and `json_extract`: `a.b`, `a{}.b`, `a{2}`, and for XML `a.b{@id}`.

use super::{decode, entries, items, kind, scan::Kind};

/// A path taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(pub(crate) Vec<Step>);

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `name`: a member of an object, an element of XML.
    Key(String),
    /// `{}`: every element of an array.
    Each,
    /// `{n}`: one element, the first being 0 (in XML 1).
    Index(usize),
    /// `{@name}`: an attribute of XML.
    Attribute(String),
}

impl Path {
    /// Reads a path. A brace that holds neither nothing, nor a number, nor an attribute is part of the name.
    pub fn parse(text: &str) -> Path {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, braces) = split_braces(part);
            if !name.is_empty() {
                steps.push(Step::Key(name.to_owned()));
            }
            steps.extend(braces);
        }
        Path(steps)
    }

    /// Calls `each` with every value that the path leads to in the checked JSON `value`.
    pub fn find<'a>(&self, value: &'a str, each: &mut dyn FnMut(&'a str)) {
        walk(&self.0, value, each);
    }

    /// Whether it may lead to more than one value.
    pub fn collects(&self) -> bool {
        self.0.contains(&Step::Each)
    }
}

/// The name of a path's part and the braces behind it.
fn split_braces(part: &str) -> (&str, Vec<Step>) {
    let mut braces = Vec::new();
    let mut name = part;
    while let Some(inner) = name.strip_suffix('}')
        && let Some(open) = inner.rfind('{')
    {
        let content = &inner[open + 1..];
        let step = match (content, content.strip_prefix('@'), content.parse()) {
            ("", ..) => Step::Each,
            (_, Some(attribute), _) => Step::Attribute(attribute.to_owned()),
            (_, _, Ok(index)) => Step::Index(index),
            _ => break,
        };
        braces.push(step);
        name = &name[..open];
    }
    braces.reverse();
    (name, braces)
}

fn walk<'a>(steps: &[Step], value: &'a str, each: &mut dyn FnMut(&'a str)) {
    let Some((step, rest)) = steps.split_first() else {
        each(value);
        return;
    };
    match (step, kind(value)) {
        (Step::Key(key), Kind::Object) => {
            if let Some((_, member)) = entries(value).find(|(name, _)| decode(name) == key.as_str()) {
                walk(rest, member, each);
            }
        }
        (Step::Each, Kind::Array) => items(value).for_each(|item| walk(rest, item, each)),
        (Step::Index(index), Kind::Array) => {
            if let Some(item) = items(value).nth(*index) {
                walk(rest, item, each);
            }
        }
        _ => {}
    }
}
