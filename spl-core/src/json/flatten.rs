//! Names for every leaf of a JSON document, as automatic extraction gives them: objects `a.b`, arrays `a{}`, objects in arrays `a{}.b`.

use std::borrow::Cow;

use super::{MAX_DEPTH, Scanner, decode};

/// A value that holds no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf<'a> {
    /// A string, decoded.
    Text(Cow<'a, str>),
    /// A number, `true`, `false` or `null`, as written.
    Plain(&'a str),
}

impl<'a> Leaf<'a> {
    /// The text that a field shows.
    pub fn into_text(self) -> Cow<'a, str> {
        match self {
            Leaf::Text(text) => text,
            Leaf::Plain(text) => Cow::Borrowed(text),
        }
    }
}

/// Calls `each` with the name and value of every leaf of the object or array at the start of `text`, in order; a name comes again for
/// each further value. False when the text turns out to be no JSON, after the leaves in front of that place.
pub fn flatten<'a>(text: &'a str, each: &mut dyn FnMut(&str, Leaf<'a>)) -> bool {
    let mut scanner = Scanner::new(text);
    if !matches!(scanner.next_byte(), Some(b'{' | b'[')) {
        return false;
    }
    let mut name = String::new();
    value(&mut scanner, &mut name, MAX_DEPTH, each).is_some() && scanner.end()
}

fn value<'a>(
    scanner: &mut Scanner<'a>,
    name: &mut String,
    depth: usize,
    each: &mut dyn FnMut(&str, Leaf<'a>),
) -> Option<()> {
    match scanner.next_byte()? {
        b'"' => {
            let text = scanner.string()?;
            each(name, Leaf::Text(decode(text)));
        }
        b'{' => {
            let depth = depth.checked_sub(1)?;
            scanner.eat(b'{');
            let mut first = true;
            let length = name.len();
            while scanner.more(&mut first, b'}')? {
                let key = scanner.key()?;
                if length > 0 {
                    name.push('.');
                }
                name.push_str(&decode(key));
                value(scanner, name, depth, each)?;
                name.truncate(length);
            }
        }
        b'[' => {
            let depth = depth.checked_sub(1)?;
            scanner.eat(b'[');
            let mut first = true;
            let length = name.len();
            name.push_str("{}");
            while scanner.more(&mut first, b']')? {
                value(scanner, name, depth, each)?;
            }
            name.truncate(length);
        }
        _ => each(name, Leaf::Plain(scanner.value()?)),
    }
    Some(())
}
