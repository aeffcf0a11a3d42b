//! XPath expressions over parsed XML.

use super::parse::{Expr, Function, Path, Step, Test};
use crate::xml::{self, Element};

/// What a step may lead to. Elements know the way up.
#[derive(Clone)]
enum Node<'t> {
    /// The document, above its outermost element.
    Document,
    /// The elements from the outermost down to this one.
    Element(Vec<&'t Element<'t>>),
    Attribute(&'t str, &'t str),
    Text(&'t str),
}

/// The texts of what the path finds; an element with others inside is given as it stands in the source. Nothing for text that is no XML.
pub(super) fn find(text: &str, path: &Path) -> Vec<String> {
    let Some(root) = xml::parse(text) else { return Vec::new() };
    let document = Document { root: &root };
    let found = document.path(path, &Node::Element(vec![&root]));
    found
        .iter()
        .map(|node| match node {
            Node::Element(way) => match way.last() {
                Some(element) if !element.children.is_empty() => source(text, element),
                _ => string(node).trim().to_owned(),
            },
            _ => string(node),
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// An element with its tags.
fn source(text: &str, element: &Element<'_>) -> String {
    let (start, end) = element.content;
    let open = text[..start].rfind('<').unwrap_or(start);
    let close = text[end..].find('>').map_or(end, |at| end + at + 1);
    text[open..close].to_owned()
}

/// The text of a node.
fn string(node: &Node<'_>) -> String {
    fn collect(element: &Element<'_>, into: &mut String) {
        into.push_str(&element.text);
        element.children.iter().for_each(|child| collect(child, into));
    }
    match node {
        Node::Document => String::new(),
        Node::Element(way) => {
            let mut text = String::new();
            way.iter().rev().take(1).for_each(|element| collect(element, &mut text));
            text
        }
        Node::Attribute(_, value) => (*value).to_owned(),
        Node::Text(text) => (*text).to_owned(),
    }
}

struct Document<'t> {
    root: &'t Element<'t>,
}

/// A value of an expression.
enum Value<'t> {
    Nodes(Vec<Node<'t>>),
    Text(String),
    Number(f64),
    Truth(bool),
}

impl<'t> Document<'t> {
    fn path(&self, path: &Path, context: &Node<'t>) -> Vec<Node<'t>> {
        let mut nodes = vec![if path.absolute { Node::Document } else { context.clone() }];
        for step in &path.steps {
            let mut next = Vec::new();
            for node in &nodes {
                if step.deep {
                    self.descend(node, step, &mut next);
                } else {
                    self.step(node, step, &mut next);
                }
            }
            nodes = next;
        }
        nodes
    }

    /// The step from a node and from everything below it.
    fn descend(&self, node: &Node<'t>, step: &Step, into: &mut Vec<Node<'t>>) {
        self.step(node, step, into);
        for child in self.children(node) {
            self.descend(&child, step, into);
        }
    }

    fn children(&self, node: &Node<'t>) -> Vec<Node<'t>> {
        match node {
            Node::Document => vec![Node::Element(vec![self.root])],
            Node::Element(way) => {
                let below = |child: &'t Element<'t>| {
                    let mut way = way.clone();
                    way.push(child);
                    Node::Element(way)
                };
                way.last().map_or_else(Vec::new, |element| element.children.iter().map(below).collect())
            }
            _ => Vec::new(),
        }
    }

    fn step(&self, node: &Node<'t>, step: &Step, into: &mut Vec<Node<'t>>) {
        let own = match node {
            Node::Element(way) => way.last().copied(),
            _ => None,
        };
        let named = |wanted: &str, name: &str| wanted == "*" || wanted == name;
        let mut found = match &step.test {
            Test::Itself => vec![node.clone()],
            Test::Parent => match node {
                Node::Element(way) if way.len() > 1 => vec![Node::Element(way[..way.len() - 1].to_vec())],
                Node::Element(_) => vec![Node::Document],
                _ => Vec::new(),
            },
            Test::Text => own
                .filter(|element| !element.text.trim().is_empty())
                .map_or_else(Vec::new, |element| vec![Node::Text(element.text.trim())]),
            Test::Attribute(wanted) => own.map_or_else(Vec::new, |element| {
                let matching = element.attributes.iter().filter(|(name, _)| named(wanted, name));
                matching.map(|(name, value)| Node::Attribute(name, value)).collect()
            }),
            Test::Element(wanted) => {
                let mut children = self.children(node);
                children.retain(|child| name(child).is_some_and(|name| named(wanted, name)));
                children
            }
        };
        for predicate in &step.predicates {
            let last = found.len();
            let mut place = 0;
            found.retain(|node| {
                place += 1;
                match self.value(predicate, node, place, last) {
                    // A number alone is a place.
                    Value::Number(number) => number == place as f64,
                    other => truth(&other),
                }
            });
        }
        into.extend(found);
    }

    fn value(&self, expr: &Expr, node: &Node<'t>, place: usize, last: usize) -> Value<'t> {
        let of = |expr: &Expr| self.value(expr, node, place, last);
        match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Path(path) => Value::Nodes(self.path(path, node)),
            Expr::And(a, b) => Value::Truth(truth(&of(a)) && truth(&of(b))),
            Expr::Or(a, b) => Value::Truth(truth(&of(a)) || truth(&of(b))),
            Expr::Compare(operator, a, b) => Value::Truth(compare(operator, &of(a), &of(b))),
            Expr::Call(function, args) => {
                let arg = |at: usize| args.get(at).map(&of);
                let text = |at: usize| arg(at).map_or_else(|| string(node), |value| as_text(&value));
                let first_name = || match arg(0) {
                    Some(Value::Nodes(nodes)) => nodes.first().and_then(name).unwrap_or_default().to_owned(),
                    _ => name(node).unwrap_or_default().to_owned(),
                };
                match function {
                    Function::Position => Value::Number(place as f64),
                    Function::Last => Value::Number(last as f64),
                    Function::Not => Value::Truth(!arg(0).is_some_and(|value| truth(&value))),
                    Function::Count => Value::Number(match arg(0) {
                        Some(Value::Nodes(nodes)) => nodes.len() as f64,
                        _ => 0.0,
                    }),
                    Function::Contains => Value::Truth(text(0).contains(&text(1))),
                    Function::StartsWith => Value::Truth(text(0).starts_with(&text(1))),
                    Function::String => Value::Text(text(0)),
                    Function::StringLength => Value::Number(text(0).chars().count() as f64),
                    Function::NormalizeSpace => Value::Text(text(0).split_whitespace().collect::<Vec<_>>().join(" ")),
                    Function::Name => Value::Text(first_name()),
                    Function::LocalName => Value::Text(first_name().rsplit(':').next().unwrap_or_default().to_owned()),
                }
            }
        }
    }
}

fn name<'t>(node: &Node<'t>) -> Option<&'t str> {
    match node {
        Node::Element(way) => way.last().map(|element| element.name),
        Node::Attribute(name, _) => Some(name),
        _ => None,
    }
}

fn truth(value: &Value<'_>) -> bool {
    match value {
        Value::Nodes(nodes) => !nodes.is_empty(),
        Value::Text(text) => !text.is_empty(),
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::Truth(truth) => *truth,
    }
}

fn as_text(value: &Value<'_>) -> String {
    match value {
        Value::Nodes(nodes) => nodes.first().map(string).unwrap_or_default(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => crate::value::number_text(*number),
        Value::Truth(truth) => truth.to_string(),
    }
}

fn as_number(value: &Value<'_>) -> f64 {
    match value {
        Value::Number(number) => *number,
        other => as_text(other).trim().parse().unwrap_or(f64::NAN),
    }
}

/// A node set compares as any of its nodes does.
fn compare(operator: &str, a: &Value<'_>, b: &Value<'_>) -> bool {
    let singles = |value: &Value<'_>| -> Vec<(String, f64, bool)> {
        let is_number = matches!(value, Value::Number(_));
        match value {
            Value::Nodes(nodes) => nodes
                .iter()
                .map(|node| {
                    let text = string(node).trim().to_owned();
                    let number = text.parse().unwrap_or(f64::NAN);
                    (text, number, false)
                })
                .collect(),
            other => vec![(as_text(other), as_number(other), is_number)],
        }
    };
    let (left, right) = (singles(a), singles(b));
    left.iter().any(|(x, m, x_number)| {
        right.iter().any(|(y, n, y_number)| {
            let numeric = *x_number || *y_number;
            match operator {
                "=" => {
                    if numeric {
                        m == n
                    } else {
                        x == y
                    }
                }
                "!=" => {
                    if numeric {
                        m != n
                    } else {
                        x != y
                    }
                }
                "<" => m < n,
                "<=" => m <= n,
                ">" => m > n,
                _ => m >= n,
            }
        })
    })
}
