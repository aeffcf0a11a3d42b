//! XPath expressions as trees: location paths with predicates, and the functions that predicates mostly use.

use crate::error::{Result, Span, bail};

/// How deep predicates may nest.
const MAX_DEPTH: usize = 32;

/// A location path.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// Whether it begins at the document and not at the context.
    pub(super) absolute: bool,
    pub(super) steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// `//` in front: at any depth.
    pub(super) deep: bool,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

/// What a step takes.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Elements of that name; `*` for any.
    Element(String),
    /// Attributes of that name; `*` for any.
    Attribute(String),
    /// `text()`.
    Text,
    /// `.`.
    Itself,
    /// `..`.
    Parent,
}

/// An expression in a predicate.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Path(Path),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Contains,
    Count,
    Last,
    LocalName,
    Name,
    NormalizeSpace,
    Not,
    Position,
    StartsWith,
    String,
    StringLength,
}

/// The functions by name, with fewest and most arguments.
const FUNCTIONS: &[(&str, Function, usize, usize)] = &[
    ("contains", Function::Contains, 2, 2),
    ("count", Function::Count, 1, 1),
    ("last", Function::Last, 0, 0),
    ("local-name", Function::LocalName, 0, 1),
    ("name", Function::Name, 0, 1),
    ("normalize-space", Function::NormalizeSpace, 0, 1),
    ("not", Function::Not, 1, 1),
    ("position", Function::Position, 0, 0),
    ("starts-with", Function::StartsWith, 2, 2),
    ("string", Function::String, 0, 1),
    ("string-length", Function::StringLength, 0, 1),
];

impl Path {
    pub(super) fn parse(text: &str, span: Span) -> Result<Path> {
        let mut reader = Reader { text, at: 0, span, depth: 0 };
        let path = reader.path()?;
        reader.blanks();
        if reader.at < text.len() {
            return reader.wrong("this is not understood");
        }
        Ok(path)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    span: Span,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let is = self.rest().starts_with(token);
        if is {
            self.at += token.len();
        }
        is
    }

    fn wrong<T>(&self, what: &str) -> Result<T> {
        bail!(
            Argument,
            self.span,
            "`{}` is no XPath expression that is known here: {what} at `{}`",
            self.text,
            self.rest()
        )
    }

    fn name(&mut self) -> Option<&'a str> {
        self.blanks();
        let rest = self.rest();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let begins = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
        begins.then(|| {
            self.at += end;
            &rest[..end]
        })
    }

    fn path(&mut self) -> Result<Path> {
        let mut deep = self.eat("//");
        let absolute = deep || self.eat("/");
        let mut steps = Vec::new();
        loop {
            steps.push(self.step(deep)?);
            deep = self.eat("//");
            if !deep && !self.eat("/") {
                return Ok(Path { absolute, steps });
            }
        }
    }

    fn step(&mut self, deep: bool) -> Result<Step> {
        let test = if self.eat("..") {
            Test::Parent
        } else if self.eat("@") {
            Test::Attribute(self.name_or_star()?)
        } else if self.eat("text()") {
            Test::Text
        } else if self.eat(".") {
            Test::Itself
        } else {
            Test::Element(self.name_or_star()?)
        };
        let mut predicates = Vec::new();
        while self.eat("[") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return self.wrong("predicates are nested too deeply");
            }
            predicates.push(self.or()?);
            self.depth -= 1;
            if !self.eat("]") {
                return self.wrong("a bracket is not closed");
            }
        }
        Ok(Step { deep, test, predicates })
    }

    fn name_or_star(&mut self) -> Result<String> {
        if self.eat("*") {
            return Ok("*".to_owned());
        }
        match self.name() {
            // Axes have names as well: `child::a`.
            Some(name) if !name.contains("::") => Ok(name.to_owned()),
            Some(name) => self.wrong(&format!("the axis `{name}` is not known")),
            None => self.wrong("a name is missing"),
        }
    }

    fn or(&mut self) -> Result<Expr> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let mut left = self.comparison()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    /// Takes an operator that is a word.
    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let follows =
            self.rest().strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(', '\t', '\n', '@', '.', '/']));
        if follows {
            self.at += word.len();
        }
        follows
    }

    fn comparison(&mut self) -> Result<Expr> {
        let left = self.operand()?;
        for operator in ["!=", "<=", ">=", "=", "<", ">"] {
            if self.eat(operator) {
                return Ok(Expr::Compare(operator, Box::new(left), Box::new(self.operand()?)));
            }
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expr> {
        self.blanks();
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let Some(end) = rest[1..].find(quote) else { return self.wrong("a quote is not closed") };
            self.at += end + 2;
            return Ok(Expr::Text(rest[1..=end].to_owned()));
        }
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        if let (true, Ok(number)) = (rest.starts_with(|c: char| c.is_ascii_digit()), rest[..digits].parse()) {
            self.at += digits;
            return Ok(Expr::Number(number));
        }
        if self.eat("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return self.wrong("parentheses are nested too deeply");
            }
            let inner = self.or()?;
            self.depth -= 1;
            return if self.eat(")") { Ok(inner) } else { self.wrong("a parenthesis is not closed") };
        }
        let before = self.at;
        if let Some(name) = self.name()
            && name != "text"
            && self.eat("(")
        {
            return self.call(name);
        }
        self.at = before;
        self.path().map(Expr::Path)
    }

    fn call(&mut self, name: &str) -> Result<Expr> {
        let Some(&(_, function, fewest, most)) = FUNCTIONS.iter().find(|f| f.0 == name) else {
            return self.wrong(&format!("the function `{name}` is not known"));
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.wrong("calls are nested too deeply");
        }
        let mut args = Vec::new();
        while !self.eat(")") {
            if !args.is_empty() && !self.eat(",") {
                return self.wrong("a parenthesis is not closed");
            }
            args.push(self.or()?);
        }
        self.depth -= 1;
        if !(fewest..=most).contains(&args.len()) {
            return self.wrong(&format!("`{name}` has a wrong number of arguments"));
        }
        Ok(Expr::Call(function, args))
    }
}
