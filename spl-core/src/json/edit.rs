//! Changing a JSON document: setting, deleting and appending at paths. What is not touched stays as written.

use super::path::{Path, Step};
use super::{Kind, MAX_DEPTH, decode, entries, items, kind, write_compact, write_string};

/// A document that is opened only where it is changed.
#[derive(Clone, Debug)]
pub struct Document<'a>(Node<'a>);

#[derive(Clone, Debug)]
enum Node<'a> {
    /// JSON text, from the source or given.
    Text(std::borrow::Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(String, Node<'a>)>),
}

impl<'a> Document<'a> {
    /// A document from checked JSON.
    pub fn new(value: &'a str) -> Self {
        Document(Node::Text(value.into()))
    }

    /// Sets the value at `path` to the JSON `value`. Missing members are made on the way; a path through anything else but an
    /// object, or an array's element that exists, changes nothing.
    pub fn set(&mut self, path: &Path, value: String) {
        if path.0.len() <= MAX_DEPTH
            && let Some(node) = self.0.at(&path.0, true)
        {
            *node = Node::Text(value.into());
        }
    }

    /// Sets the member called `key` of the outermost object.
    pub fn set_member(&mut self, key: &str, value: String) {
        if let Some(node) = self.0.member(key, true) {
            *node = Node::Text(value.into());
        }
    }

    /// Removes the member that `path` leads to.
    pub fn delete(&mut self, path: &Path) {
        let Some((Step::Key(key), parents)) = path.0.split_last() else { return };
        if let Some(Node::Object(members)) = self.0.at(parents, false).map(Node::open) {
            members.retain(|(name, _)| name != key);
        }
    }

    /// Adds `values` at the end of the array at `path`; anything else there becomes the first element of one.
    pub fn append(&mut self, path: &Path, values: Vec<String>) {
        let Some(node) = self.0.at(&path.0, false) else { return };
        let values = values.into_iter().map(|value| Node::Text(value.into()));
        if let Node::Array(items) = node.open() {
            items.extend(values);
        } else {
            let scalar = std::mem::replace(node, Node::Array(Vec::new()));
            *node = Node::Array(std::iter::once(scalar).chain(values).collect());
        }
    }

    /// The document as compact text.
    pub fn into_text(self) -> String {
        let mut out = String::new();
        self.0.write(&mut out);
        out
    }
}

impl<'a> Node<'a> {
    /// Takes text apart by one level.
    fn open(&mut self) -> &mut Self {
        if let Node::Text(text) = self {
            let owned = |value: &str| Node::Text(value.to_owned().into());
            match kind(text) {
                Kind::Object => {
                    *self = Node::Object(
                        entries(text).map(|(key, value)| (decode(key).into_owned(), owned(value))).collect(),
                    );
                }
                Kind::Array => *self = Node::Array(items(text).map(owned).collect()),
                _ => {}
            }
        }
        self
    }

    fn at(&mut self, steps: &[Step], create: bool) -> Option<&mut Self> {
        let Some((step, rest)) = steps.split_first() else { return Some(self) };
        match step {
            Step::Key(key) => {
                let create = create && rest.iter().all(|step| matches!(step, Step::Key(_)));
                self.member(key, create)?.at(rest, create)
            }
            Step::Index(index) => match self.open() {
                Node::Array(items) => items.get_mut(*index)?.at(rest, create),
                _ => None,
            },
            Step::Each | Step::Attribute(_) => None,
        }
    }

    fn member(&mut self, key: &str, create: bool) -> Option<&mut Self> {
        let Node::Object(members) = self.open() else { return None };
        let position = match members.iter().position(|(name, _)| name == key) {
            Some(position) => position,
            None if create => {
                members.push((key.to_owned(), Node::Text("{}".into())));
                members.len() - 1
            }
            None => return None,
        };
        members.get_mut(position).map(|(_, node)| node)
    }

    fn write(&self, out: &mut String) {
        match self {
            Node::Text(text) => write_compact(out, text),
            Node::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Node::Object(members) => {
                out.push('{');
                for (i, (key, member)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(out, key);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }
}
