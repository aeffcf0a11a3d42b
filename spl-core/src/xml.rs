//! XML text as `spath` sees it: elements and attributes by path, and a name for every leaf.
//!
//! Namespaces are parts of names, document types are skipped, entities other than the predefined and numeric ones stay as they are.

use std::borrow::Cow;

use crate::json::path::{Path, Step};

/// How deep elements may be nested; deeper text counts as no XML.
const MAX_DEPTH: usize = 256;

/// An element.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) name: &'a str,
    pub(crate) attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub(crate) children: Vec<Element<'a>>,
    /// The text directly inside of it.
    pub(crate) text: String,
    /// Where its content lies in the source.
    pub(crate) content: (usize, usize),
}

/// Calls `each` with every value that `path` leads to: the text of an element, the source text of one that holds others, or an
/// attribute. False when `text` is no XML.
pub fn find<'a>(text: &'a str, path: &Path, each: &mut dyn FnMut(Cow<'_, str>)) -> bool {
    let Some(root) = parse(text) else { return false };
    walk(text, std::slice::from_ref(&root), &path.0, each);
    true
}

/// Calls `each` with the name and value of every leaf, in order: elements `a.b`, attributes `a.b{@x}`. False when `text` is no XML.
pub fn flatten(text: &str, each: &mut dyn FnMut(&str, Cow<'_, str>)) -> bool {
    let Some(root) = parse(text) else { return false };
    let mut name = String::new();
    name_leaves(&root, &mut name, each);
    true
}

fn walk(source: &str, elements: &[Element<'_>], steps: &[Step], each: &mut dyn FnMut(Cow<'_, str>)) {
    let Some((Step::Key(key), rest)) = steps.split_first() else { return };
    let mut named = elements.iter().filter(|element| element.name == key);
    match rest.split_first() {
        // The first of them is 1.
        Some((Step::Index(index), rest)) => {
            if let Some(element) = index.checked_sub(1).and_then(|index| named.nth(index)) {
                below(source, element, rest, each);
            }
        }
        Some((Step::Each, rest)) => named.for_each(|element| below(source, element, rest, each)),
        _ => named.for_each(|element| below(source, element, rest, each)),
    }
}

/// What the steps behind an element's name and index lead to.
fn below(source: &str, element: &Element<'_>, steps: &[Step], each: &mut dyn FnMut(Cow<'_, str>)) {
    match steps.split_first() {
        None if element.children.is_empty() => each(Cow::Borrowed(element.text.trim())),
        None => each(Cow::Borrowed(source.get(element.content.0..element.content.1).unwrap_or_default().trim())),
        Some((Step::Attribute(wanted), _)) => {
            if let Some((_, value)) = element.attributes.iter().find(|(name, _)| name == wanted) {
                each(Cow::Borrowed(value));
            }
        }
        Some(_) => walk(source, &element.children, steps, each),
    }
}

fn name_leaves(element: &Element<'_>, name: &mut String, each: &mut dyn FnMut(&str, Cow<'_, str>)) {
    let length = name.len();
    if length > 0 {
        name.push('.');
    }
    name.push_str(element.name);
    let own = name.len();
    for (attribute, value) in &element.attributes {
        name.push_str("{@");
        name.push_str(attribute);
        name.push('}');
        each(name, Cow::Borrowed(value));
        name.truncate(own);
    }
    let text = element.text.trim();
    if !text.is_empty() {
        each(name, Cow::Borrowed(text));
    }
    for child in &element.children {
        name_leaves(child, name, each);
    }
    name.truncate(length);
}

/// The outermost element, if everything is well formed.
pub(crate) fn parse(text: &str) -> Option<Element<'_>> {
    let mut reader = Reader { text, at: 0 };
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    while reader.at < text.len() {
        let rest = &text[reader.at..];
        if !rest.starts_with('<') {
            let end = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            if let Some(element) = open.last_mut() {
                element.text.push_str(&entities(&rest[..end]));
            } else if !rest[..end].trim().is_empty() {
                return None;
            }
            reader.at += end;
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            reader.at += comment.find("-->")? + 7;
        } else if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let end = data.find("]]>")?;
            open.last_mut()?.text.push_str(&data[..end]);
            reader.at += end + 12;
        } else if rest.starts_with("<?") {
            reader.at += rest.find("?>")? + 2;
        } else if rest.starts_with("<!") {
            reader.at += doctype_length(rest)?;
        } else if let Some(end) = rest.strip_prefix("</") {
            let close = end.find('>')?;
            let mut element = open.pop()?;
            if end[..close].trim_end() != element.name {
                return None;
            }
            element.content.1 = reader.at;
            reader.at += close + 3;
            finish(element, &mut open, &mut root)?;
        } else {
            let (element, closed) = reader.start_tag()?;
            if closed {
                finish(element, &mut open, &mut root)?;
            } else if open.len() == MAX_DEPTH {
                return None;
            } else {
                open.push(element);
            }
        }
    }
    root.filter(|_| open.is_empty())
}

/// Hands a closed element to its parent; a second root is an error.
fn finish<'a>(element: Element<'a>, open: &mut [Element<'a>], root: &mut Option<Element<'a>>) -> Option<()> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return None,
    }
    Some(())
}

/// The bytes that `<!DOCTYPE ...>` takes up, with the brackets inside of it.
fn doctype_length(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// A start tag with its attributes, and whether it closes itself.
    fn start_tag(&mut self) -> Option<(Element<'a>, bool)> {
        self.at += 1;
        let name = self.name()?;
        let mut attributes = Vec::new();
        loop {
            self.blanks();
            let rest = &self.text[self.at..];
            if rest.starts_with('>') || rest.starts_with("/>") {
                let closed = rest.starts_with('/');
                self.at += 1 + usize::from(closed);
                let content = (self.at, self.at);
                return Some((
                    Element { name, attributes, children: Vec::new(), text: String::new(), content },
                    closed,
                ));
            }
            let attribute = self.name()?;
            self.blanks();
            self.text[self.at..].starts_with('=').then_some(())?;
            self.at += 1;
            self.blanks();
            let quote = self.text[self.at..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let value = &self.text[self.at + 1..];
            let end = value.find(quote)?;
            attributes.push((attribute, entities(&value[..end])));
            self.at += end + 2;
        }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<' | '"' | '\''))
            .unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }
}

/// Text with its entities resolved.
pub fn entities(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.bytes().take(12).position(|b| b == b';').map(|end| &rest[1..end]);
        match entity.and_then(|name| Some((name, resolve(name)?))) {
            Some((name, c)) => {
                out.push(c);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}
